/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_json.h"

#include "collect/json_scan.h"
#include "collect/zeek_quick.h"

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

/* A key with escapes in it is found by what they stand for. */
static enum zeek_field
find_key(
    const struct zeek_draft *d, const struct json_scan *scan, const struct scan_value *key)
{
	uint8_t room[4 * ZEEK_NAME_MAX];
	struct span name;

	if (!key->escaped)
		return zeek_field_find(
		    d->words, key->text, (size_t)(scan->limit - key->text.at));
	if (json_scan_text(key, room, sizeof room, &name))
		return zeek_field_find(d->words, name, sizeof room);
	return ZEEK_UNKNOWN;
}

/* Any member, and a lesson for the next line; false when there is none. */
static bool
learn_member(struct zeek_draft *d, struct json_scan *scan, enum zeek_field *field,
    struct scan_value *value)
{
	struct zeek_next *next = &d->words->next[*field];
	struct zeek_guess *g = &next->guess[next->guess[0].key.len > 0];
	const uint8_t *from = scan->at;
	struct scan_value key;

	if (!json_scan_member(scan, &key, value))
		return false;
	*field = find_key(d, scan, &key);
	json_scan_learn(&g->key, from, value);
	g->field = *field;
	g->bit = *field == ZEEK_UNKNOWN ? UINT32_MAX : ZEEK_BIT(*field);
	return true;
}

/* The second came often: look for it first. */
static __attribute__((noinline)) void
change_places(struct zeek_next *next)
{
	struct zeek_guess first = next->guess[0];

	next->guess[0] = next->guess[1];
	next->guess[1] = first;
	next->second = 0;
}

/*
 * Members into the draft for as long as they are the expected ones and of the
 * usual shape. Which key it is, is a branch and not a choice: then it is known
 * before the bytes are compared.
 */
static enum zeek_field
quick_members(struct zeek_draft *d, struct json_scan *scan, enum zeek_field field)
{
	const uint8_t *at = scan->at, *after;
	uint32_t met = d->met, old = met;

	while (scan->limit - at >= SCAN_GUESS + ZEEK_QUICK_ROOM) {
		struct zeek_next *next = &d->words->next[field];
		const struct zeek_guess *g = &next->guess[0];

		if (!__builtin_expect(json_scan_matches(at, &g->key), true)) {
			g = &next->guess[1];
			if (!json_scan_matches(at, &g->key))
				break;
			if (++next->second == ZEEK_TURNS) {
				change_places(next);
				g = &next->guess[0];
			}
		}
		if ((met & g->bit) != 0)
			break;
		after = zeek_quick(d, (enum zeek_field)g->field,
		    (struct span){ .at = at + g->key.len }, true);
		if (after == NULL || (*after != ',' && *after != '}'))
			break;
		at = after;
		met |= g->bit;
		field = (enum zeek_field)g->field;
	}
	if (met != old) {
		d->met = met;
		d->seen |= met & ~old;
		json_scan_past(scan, at);
	}
	return field;
}

/* The next member into the draft, whatever it is; false when there is none. */
static __attribute__((noinline)) bool
read_member(struct zeek_draft *d, struct json_scan *scan, enum zeek_field *field)
{
	const struct zeek_guess *g = d->words->next[*field].guess;
	const uint8_t *at = json_scan_try(scan, &g->key);
	struct scan_value value;

	if (at == NULL)
		at = json_scan_try(scan, &(++g)->key);
	if (at != NULL)
		*field = (enum zeek_field)g->field;
	if (at != NULL ? !json_scan_value(scan, at, &value)
		       : !learn_member(d, scan, field, &value))
		return false;
	if (*field == ZEEK_UNKNOWN)
		return true;
	if ((d->met & ZEEK_BIT(*field)) != 0)
		zeek_bad(d, *field, "given twice", value.text);
	d->met |= ZEEK_BIT(*field);
	set_value(d, *field, &value);
	return true;
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
	struct json_scan scan;
	enum zeek_kind kind;

	json_scan_open(&scan, line);
	if (d->limit != NULL)
		scan.limit = d->limit;
	do
		if (scan.at != NULL && d->limit != NULL)
			field = quick_members(d, &scan, field);
	while (read_member(d, &scan, &field));
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
