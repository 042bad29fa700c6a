/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate/truth.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/stamp.h"

#define INPUTS_MAX 1024
#define DEPTH_MAX  8

void
truth_init(struct truth *t)
{
	*t = (struct truth){ .rest = TRUTH_UNKNOWN };
	arena_init(&t->memory, (size_t)1 << 28);
}

void
truth_release(struct truth *t)
{
	free(t->mark);
	arena_release(&t->memory);
	*t = (struct truth){ 0 };
}

bool
truth_mark(struct truth *t, const struct mark *m)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 256;
		struct mark *more = realloc(t->mark, room * sizeof *more);

		if (more == NULL)
			return false;
		t->mark = more;
		t->room = room;
	}
	t->mark[t->n++] = *m;
	return true;
}

/* Bookkeeping of one truth_read: where in the document we are. */
struct reading {
	struct truth *t;
	struct error *err;
	enum status st;
	size_t line;
	int depth;              /* of mappings and sequences */
	bool in_map[DEPTH_MAX]; /* else a sequence */
	bool keyed[DEPTH_MAX];  /* a key waits for its value */
	char key[DEPTH_MAX][32];
	bool format;
	bool inbound;
	struct mark mark; /* being read */
};

static enum status
wrong(struct reading *r, const char *what, struct span value)
{
	return r->st = error_set(r->err, E_FORMAT, "line %zu: %s: %.*s", r->line, what,
		   (int)(value.len < 80 ? value.len : 80), (const char *)value.at);
}

static void
take_top(struct reading *r, struct span v)
{
	const char *key = r->key[0];

	if (strcmp(key, "format") == 0) {
		r->format = true;
		if (span_is(v, "geophone-truth/1"))
			r->t->rest = TRUTH_BENIGN;
		else if (!span_is(v, "geophone-scenario/1"))
			(void)wrong(r, "not a format that is known", v);
	} else if (strcmp(key, "rest") == 0) {
		r->t->rest = span_is(v, "benign") ? TRUTH_BENIGN : TRUTH_UNKNOWN;
		if (!span_is(v, "benign") && !span_is(v, "unknown"))
			(void)wrong(r, "the rest is benign or unknown, not", v);
	} else if (strcmp(key, "name") == 0 || strcmp(key, "scenario") == 0) {
		r->t->name = arena_text(&r->t->memory, (const char *)v.at, v.len);
	} else if (strcmp(key, "family") == 0) {
		r->t->family = arena_text(&r->t->memory, (const char *)v.at, v.len);
	}
}

static void
take_input(struct reading *r, struct span v)
{
	struct truth *t = r->t;

	if (t->input == NULL)
		t->input = arena_array(&t->memory, INPUTS_MAX, char *);
	if (t->input == NULL || t->inputs == INPUTS_MAX)
		(void)wrong(r, "too many inputs", v);
	else if ((t->input[t->inputs] =
			 arena_text(&t->memory, (const char *)v.at, v.len)) != NULL)
		t->inputs++;
}

static void
take_field(struct reading *r, struct span v)
{
	const char *key = r->key[2];
	struct mark *m = &r->mark;
	bool from = strcmp(key, "from") == 0 || strcmp(key, "first") == 0;

	if (strcmp(key, "host") == 0 || strcmp(key, "peer") == 0) {
		if (!ip_parse(v, *key == 'h' ? &m->host : &m->peer))
			(void)wrong(r, "not an address", v);
	} else if (from || strcmp(key, "to") == 0 || strcmp(key, "last") == 0) {
		if (!stamp_parse(v, from ? &m->from_ns : &m->to_ns))
			(void)wrong(r, "not a time", v);
	} else if (strcmp(key, "inbound") == 0) {
		r->inbound = span_is(v, "true");
	}
}

static void
begin_entry(struct reading *r)
{
	r->mark = (struct mark){ .to_ns = UINT64_MAX,
		.class = r->key[0][0] == 'm' ? TRUTH_MALICIOUS : TRUTH_BENIGN };
	r->inbound = false;
}

static void
end_entry(struct reading *r)
{
	static const struct ip none;

	if (ip_equal(&r->mark.host, &none))
		(void)wrong(
		    r, "an entry without its", (struct span){ (const uint8_t *)"host", 4 });
	else if (!r->inbound && !truth_mark(r->t, &r->mark))
		r->st = error_set(r->err, E_NOMEM, "no memory for the truth");
}

/* malicious: and benign: are lists of mappings. */
static bool
in_entry(const struct reading *r)
{
	return r->depth == 3 && r->in_map[2] && !r->in_map[1] &&
	       (strcmp(r->key[0], "malicious") == 0 || strcmp(r->key[0], "benign") == 0);
}

static void
take_scalar(struct reading *r, struct span v)
{
	int at = r->depth - 1;

	if (at < 0)
		return;
	if (r->in_map[at] && !r->keyed[at]) {
		size_t n = v.len < sizeof r->key[at] - 1 ? v.len : sizeof r->key[at] - 1;

		memcpy(r->key[at], v.at, n);
		r->key[at][n] = '\0';
		r->keyed[at] = true;
		return;
	}
	r->keyed[at] = false;
	if (at == 0)
		take_top(r, v);
	else if (at == 1 && !r->in_map[1] && strcmp(r->key[0], "inputs") == 0)
		take_input(r, v);
	else if (in_entry(r))
		take_field(r, v);
}

static void
go_in(struct reading *r, bool map)
{
	if (r->depth == DEPTH_MAX) {
		(void)wrong(
		    r, "nested too deeply", (struct span){ (const uint8_t *)"", 0 });
		return;
	}
	r->in_map[r->depth] = map;
	r->keyed[r->depth] = false;
	r->key[r->depth][0] = '\0';
	r->depth++;
	if (in_entry(r))
		begin_entry(r);
}

static void
go_out(struct reading *r)
{
	if (in_entry(r))
		end_entry(r);
	r->depth--;
	if (r->depth > 0)
		r->keyed[r->depth - 1] = false;
}

static void
take_event(struct reading *r, const yaml_event_t *e)
{
	r->line = e->start_mark.line + 1;
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		take_scalar(
		    r, (struct span){ e->data.scalar.value, e->data.scalar.length });
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		go_in(r, e->type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		go_out(r);
		break;
	case YAML_ALIAS_EVENT:
		(void)wrong(
		    r, "aliases are not read", (struct span){ (const uint8_t *)"", 0 });
		break;
	default:
		break;
	}
}

enum status
truth_read(struct truth *t, struct span text, struct error *err)
{
	struct reading r = { .t = t, .err = err };
	yaml_parser_t p;
	bool more = true;

	if (!yaml_parser_initialize(&p))
		return error_set(err, E_NOMEM, "no memory");
	yaml_parser_set_input_string(&p, text.at, text.len);
	while (more && r.st == OK) {
		yaml_event_t e;

		if (!yaml_parser_parse(&p, &e)) {
			r.st = error_set(err, E_FORMAT, "line %zu: %s",
			    p.problem_mark.line + 1, p.problem ? p.problem : "no YAML");
			break;
		}
		take_event(&r, &e);
		more = e.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	if (r.st == OK && !r.format)
		r.st = error_set(err, E_FORMAT, "no format: geophone-scenario/1");
	return r.st;
}

static bool
contains(struct span s, const char *text)
{
	return memmem(s.at, s.len, text, strlen(text)) != NULL;
}

bool
truth_recognise(struct span first)
{
	if (first.len > 4096 && first.at[0] != '{')
		first.len = 4096;
	return contains(first, "geophone-scenario/") ||
	       (first.len > 0 && first.at[0] == '{' && contains(first, "geophone-truth/"));
}
