/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/device_map.h"

#include <string.h>

#include "base/words.h"
#include "collect/lines.h"

#define PATH_MOST 4096

static bool
copy(struct span s, char *out, size_t room, bool lower)
{
	if (s.len == 0 || s.len >= room)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (c < ' ' || c == 0x7f || (lower && (c == ' ' || c > '~')))
			return false;
		out[i] = (char)(lower && c >= 'A' && c <= 'Z' ? c | 32 : c);
	}
	out[s.len] = '\0';
	return true;
}

static bool
take_class(struct span *rest, enum permit_peer peer, struct device_line *l, char *text)
{
	l->kind = DEVICE_CLASS;
	l->peer = peer;
	return copy(words_next(rest), text, PERMIT_TEXT + 1, true) &&
	       ip_net_parse(words_next(rest), &l->net) && words_rest(*rest).len == 0;
}

static bool
take_line(struct span rest, struct device_line *l, char *text)
{
	struct span key = words_next(&rest), whose;

	if (span_is(key, "controller"))
		return take_class(&rest, PERMIT_CONTROLLER, l, text);
	if (span_is(key, "manufacturer"))
		return take_class(&rest, PERMIT_MANUFACTURER, l, text);
	if (span_is(key, "model"))
		return take_class(&rest, PERMIT_MODEL, l, text);
	if (span_is(key, "my-controller")) {
		l->kind = DEVICE_CONTROLLER;
		whose = words_next(&rest);
		return (span_is(whose, "*") || ip_net_parse(whose, &l->whose)) &&
		       ip_net_parse(words_next(&rest), &l->net) &&
		       words_rest(rest).len == 0;
	}
	l->kind = DEVICE_FILE;
	return span_is(key, "device") && ip_net_parse(words_next(&rest), &l->net) &&
	       copy(words_rest(rest), text, PATH_MOST, false);
}

enum status
device_map_read(struct input *in, device_line_sink *sink, void *state, struct error *err)
{
	char text[PATH_MOST];
	struct lines lines;
	struct span line;
	enum status st = OK;

	lines_init(&lines, in);
	while (st == OK && lines_next(&lines, &line)) {
		struct device_line l = { .text = text, .line = lines.number };
		struct span rest = line, first = words_next(&rest);

		if (first.len == 0 || *first.at == '#')
			continue;
		text[0] = '\0';
		if (take_line(line, &l, text))
			st = sink(state, &l, err);
		else
			st = error_set(err, E_FORMAT,
			    "line %llu is none of device, controller, my-controller, "
			    "manufacturer and model with what belongs to it",
			    (unsigned long long)l.line);
	}
	if (st == OK && lines.too_long > 0)
		st = error_set(err, E_FORMAT, "line %llu is too long",
		    (unsigned long long)lines.too_long_first);
	if (st == OK)
		st = input_state(in, err);
	lines_close(&lines);
	return st;
}
