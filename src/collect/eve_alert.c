/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/eve_alert.h"

#include <string.h>

#include "collect/eve_value.h"
#include "record/flow.h"

struct event {
	struct eve_head head;
	struct span alert;
};

static const char *
read_event(struct span line, struct event *e)
{
	struct scan_value key, v;
	struct json_scan s;

	*e = (struct event){ 0 };
	json_scan_open(&s, line);
	while (json_scan_member(&s, &key, &v)) {
		if (eve_head_takes(&e->head, &key, &v))
			continue;
		if (told_is(key.text, "alert") && v.kind == SCAN_OBJECT)
			e->alert = v.text;
	}
	return s.why;
}

/* It is shown, and goes into a context: printable and in one line. */
static void
take_signature(struct span s, char out[static ALERT_TEXT])
{
	size_t n = s.len < ALERT_TEXT - 1 ? s.len : ALERT_TEXT - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)(s.at[i] >= ' ' && s.at[i] < 0x7f ? s.at[i] : '?');
	out[n] = '\0';
}

static const char *
take_rule(struct span object, struct alert *a)
{
	struct scan_value key, v;
	struct eve_room room;
	struct json_scan s;

	room.used = 0;
	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "gid"))
			a->gid = eve_count(&v, UINT32_MAX);
		else if (told_is(key.text, "signature_id"))
			a->sid = eve_count(&v, UINT32_MAX);
		else if (told_is(key.text, "rev"))
			a->rev = eve_count(&v, UINT32_MAX);
		else if (told_is(key.text, "severity"))
			a->severity = (uint8_t)eve_count(&v, UINT8_MAX);
		else if (told_is(key.text, "signature"))
			take_signature(eve_text(&room, &v, ALERT_TEXT), a->signature);
	}
	return s.why;
}

enum told
eve_alert_line(struct span line, struct alert *out, const char **why)
{
	struct alert a = { 0 };
	struct eve_ends ends;
	struct event e;

	*why = read_event(line, &e);
	if (*why == NULL && !told_is(e.head.type, "alert"))
		return TOLD_OTHER;
	if (*why == NULL)
		*why = eve_head_ends(&e.head, &ends);
	if (*why == NULL)
		*why = e.alert.len > 0 ? take_rule(e.alert, &a) : "an alert without a rule";
	if (*why != NULL)
		return TOLD_BAD;
	a.src = ends.src;
	a.dst = ends.dst;
	a.src_port = ends.src_port;
	a.dst_port = ends.dst_port;
	a.proto = ends.proto;
	a.time_ns = ends.time_ns;
	*out = a;
	return TOLD_NOTHING;
}
