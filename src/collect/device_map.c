/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/device_map.h"

#include <string.h>

#include "collect/lines.h"

#define PATH_MOST 4096

static bool
is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span
word(struct span *rest)
{
	struct span w;

	while (rest->len > 0 && is_blank(*rest->at)) {
		rest->at++;
		rest->len--;
	}
	w = (struct span){ rest->at, 0 };
	while (rest->len > 0 && !is_blank(*rest->at)) {
		rest->at++;
		rest->len--;
		w.len++;
	}
	return w;
}

/* All that is left: a path may have blanks in it. */
static struct span
remainder_of(struct span rest)
{
	while (rest.len > 0 && is_blank(*rest.at)) {
		rest.at++;
		rest.len--;
	}
	while (rest.len > 0 && is_blank(rest.at[rest.len - 1]))
		rest.len--;
	return rest;
}

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
	return copy(word(rest), text, PERMIT_TEXT + 1, true) &&
	       ip_net_parse(word(rest), &l->net) && remainder_of(*rest).len == 0;
}

static bool
take_line(struct span rest, struct device_line *l, char *text)
{
	struct span key = word(&rest), whose;

	if (is(key, "controller"))
		return take_class(&rest, PERMIT_CONTROLLER, l, text);
	if (is(key, "manufacturer"))
		return take_class(&rest, PERMIT_MANUFACTURER, l, text);
	if (is(key, "model"))
		return take_class(&rest, PERMIT_MODEL, l, text);
	if (is(key, "my-controller")) {
		l->kind = DEVICE_CONTROLLER;
		whose = word(&rest);
		return (is(whose, "*") || ip_net_parse(whose, &l->whose)) &&
		       ip_net_parse(word(&rest), &l->net) && remainder_of(rest).len == 0;
	}
	l->kind = DEVICE_FILE;
	return is(key, "device") && ip_net_parse(word(&rest), &l->net) &&
	       copy(remainder_of(rest), text, PATH_MOST, false);
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
		struct span rest = line, first = word(&rest);

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
