/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_json.h"

#include "collect/json_scan.h"

#define TEXT_MAX 256 /* of a word of ours that is written with escapes */

static void
set_string(struct zeek_draft *d, enum zeek_field field, const struct scan_value *v)
{
	enum zeek_type type = zeek_field_type(field);
	uint8_t room[TEXT_MAX];
	struct span s;

	if (type == ZEEK_MARK) {
		d->seen |= ZEEK_BIT(field);
		return;
	}
	if (type != ZEEK_ADDR && type != ZEEK_WORD && type != ZEEK_TIME) {
		zeek_bad(d, field, "a string, not what it must be", v->text);
		return;
	}
	if (!json_scan_text(v, room, sizeof room, &s)) {
		zeek_bad(d, field, "too long", v->text);
		return;
	}
	if (s.len == 0 || (s.len == 1 && s.at[0] == '-'))
		return; /* what exporters make of a value that is not set */
	zeek_set_text(d, field, s);
}

static void
set_value(struct zeek_draft *d, enum zeek_field field, const struct scan_value *v)
{
	enum zeek_type type = zeek_field_type(field);

	if (v->kind == SCAN_STRING) {
		set_string(d, field, v);
	} else if (type == ZEEK_MARK) {
		d->seen |= v->kind == SCAN_NULL ? 0 : ZEEK_BIT(field);
	} else if (v->kind == SCAN_NUMBER) {
		if (type == ZEEK_COUNT || type == ZEEK_TIME || type == ZEEK_INTERVAL)
			zeek_set_number(d, field, &v->number, v->text);
		else
			zeek_bad(d, field, "a number, not what it must be", v->text);
	} else if (v->kind == SCAN_TRUE || v->kind == SCAN_FALSE) {
		if (type == ZEEK_BOOL)
			zeek_set_bool(d, field, v->kind == SCAN_TRUE);
		else
			zeek_bad(d, field, "a truth, not what it must be", v->text);
	} else if (v->kind != SCAN_NULL) {
		zeek_bad(d, field, "not a plain value", v->text);
	}
}

/*
 * A key with escapes in it is found by what they stand for. The next line is
 * expected to have the same one behind `before`.
 */
static enum zeek_field
find_key(const struct zeek_draft *d, const struct json_scan *scan,
    const struct scan_value *key, unsigned before)
{
	uint8_t room[4 * ZEEK_NAME_MAX];
	enum zeek_field field = ZEEK_UNKNOWN;
	struct span name;

	if (!key->escaped)
		field = zeek_field_find(
		    d->words, key->text, (size_t)(scan->end - key->text.at));
	else if (json_scan_text(key, room, sizeof room, &name))
		field = zeek_field_find(d->words, name, sizeof room);
	json_scan_learn(&d->words->next[before].key, key);
	d->words->next[before].field = field;
	return field;
}

/*
 * By its keys alone, as nothing in the line names the log. A duration is in
 * other logs too (files.log), with a protocol it is a connection's.
 */
static enum zeek_kind
kind_by_keys(const struct zeek_draft *d)
{
	const uint32_t named = ZEEK_BIT(ZEEK_UID) | ZEEK_BIT(ZEEK_ORIG_H);
	const uint32_t timed = ZEEK_BIT(ZEEK_DURATION) | ZEEK_BIT(ZEEK_PROTO);

	if ((d->met & ZEEK_BIT(ZEEK_TS)) == 0 || (d->met & named) == 0)
		return ZEEK_NO;
	if ((d->met & ZEEK_CONN_MARKS) != 0 || (d->met & timed) == timed)
		return ZEEK_CONN;
	return ZEEK_OTHER;
}

static enum zeek_kind
kind_of(const struct zeek_draft *d)
{
	if ((d->met & ZEEK_BIT(ZEEK_EVENT_TYPE)) != 0)
		return ZEEK_NO; /* Suricata's */
	if (d->path[0] != '\0')
		return zeek_path_is_conn(d->path) ? ZEEK_CONN : ZEEK_OTHER;
	return kind_by_keys(d);
}

enum zeek_kind
zeek_json_line(struct span line, struct zeek_draft *d)
{
	enum zeek_field field = ZEEK_UNKNOWN + 1; /* before the first */
	struct scan_value key, value;
	struct json_scan scan;
	enum zeek_kind kind;
	bool right;

	json_scan_open(&scan, line);
	while (json_scan_guess(&scan, &d->words->next[field].key, &right, &key, &value)) {
		field =
		    right ? d->words->next[field].field : find_key(d, &scan, &key, field);
		if (field == ZEEK_UNKNOWN)
			continue;
		if ((d->met & ZEEK_BIT(field)) != 0)
			zeek_bad(d, field, "given twice", value.text);
		d->met |= ZEEK_BIT(field);
		set_value(d, field, &value);
	}
	if (scan.why != NULL) {
		d->why = NULL; /* what was read of a broken line does not matter */
		zeek_bad(d, ZEEK_UNKNOWN, scan.why, (struct span){ 0 });
		return ZEEK_NO;
	}
	kind = kind_of(d);
	if (kind == ZEEK_CONN) {
		zeek_finish(d);
	} else if (kind == ZEEK_NO) {
		d->why = NULL;
		zeek_bad(d, ZEEK_UNKNOWN, "not a record of Zeek's", (struct span){ 0 });
	}
	return kind;
}
