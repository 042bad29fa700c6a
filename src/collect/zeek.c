/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "collect/zeek_json.h"
#include "collect/zeek_trait.h"
#include "collect/zeek_tsv.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define PEEK_FIRST     ((size_t)64 << 10)
#define TRAITS_AT_ONCE 256

struct zeek {
	struct input *in;
	struct span rest; /* of the window: not read yet, and not skipped either */
	size_t used;      /* bytes before rest that were read and not skipped */
	bool last;        /* nothing comes after rest */
	bool too_long;    /* rest begins inside a line that is stepped over */
	uint64_t line;    /* number of the line read last */
	struct zeek_stats stats;
	struct zeek_words words;
	struct zeek_tsv tsv;
	bool ended;

	trait_sink *sink; /* NULL: nobody wants traits */
	void *sink_state;
	unsigned told; /* traits since zeek_next was called */
	struct zeek_columns columns;
	struct zeek_row row;
	struct trait trait;
	struct zeek_join *join, *own; /* `own`: nobody shares it */
};

enum status
zeek_open(struct zeek **out, struct input *in, struct error *err)
{
	struct zeek *z = calloc(1, sizeof *z);

	if (z == NULL || zeek_join_new(&z->own, ZEEK_JOIN_MEMORY, err) != OK) {
		input_close(in);
		free(z);
		return error_set(err, E_NOMEM, "no memory to read a Zeek log");
	}
	z->in = in;
	z->join = z->own;
	zeek_words_init(&z->words);
	zeek_tsv_init(&z->tsv);
	zeek_columns_init(&z->columns);
	*out = z;
	return OK;
}

void
zeek_close(struct zeek *z)
{
	if (z == NULL)
		return;
	input_close(z->in);
	zeek_join_free(z->own);
	free(z);
}

void
zeek_share(struct zeek *z, struct zeek_join *join)
{
	z->join = join;
}

void
zeek_traits(struct zeek *z, trait_sink *sink, void *state)
{
	z->sink = sink;
	z->sink_state = state;
}

bool
zeek_ended(const struct zeek *z)
{
	return z->ended;
}

const struct zeek_stats *
zeek_stats(const struct zeek *z)
{
	return &z->stats;
}

const struct input *
zeek_input(const struct zeek *z)
{
	return z->in;
}

/* For a person: what is not printable ASCII becomes '?'. */
static void
quote(char *out, size_t size, struct span s)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = s.at[i] >= ' ' && s.at[i] < 0x7f ? (char)s.at[i] : '?';
	out[n] = '\0';
}

static void
count(struct zeek *z, const char *field, const char *why, struct span bad_value)
{
	struct zeek_stats *st = &z->stats;
	char value[41];

	if (st->bad++ > 0)
		return;
	st->bad_line = z->line;
	quote(value, sizeof value, bad_value);
	(void)snprintf(st->bad_why, sizeof st->bad_why, "%s%s%s%s%s%s", field,
	    field[0] ? ": " : "", why, value[0] ? ": \"" : "", value, value[0] ? "\"" : "");
}

static void
count_bad(struct zeek *z, const struct zeek_draft *d)
{
	count(z, d->bad_field == ZEEK_UNKNOWN ? "" : zeek_field_name(d->bad_field), d->why,
	    d->bad_value);
}

static void
count_long(struct zeek *z)
{
	struct zeek_draft d = { .why = "longer than 1 MiB", .bad_field = ZEEK_UNKNOWN };

	z->line++;
	count_bad(z, &d);
}

void
zeek_odds_add(struct zeek_odds *o, struct span name, uint64_t count)
{
	char text[ZEEK_ODD_NAME];
	unsigned i = 0;

	quote(text, sizeof text, name);
	while (i < o->n && strcmp(o->odd[i].name, text) != 0)
		i++;
	if (i == ZEEK_ODDS) {
		o->more += count;
		return;
	}
	if (i == o->n) {
		memcpy(o->odd[i].name, text, sizeof text);
		o->odd[i].count = 0;
		o->n++;
	}
	o->odd[i].count += count;
}

static void
use(struct zeek *z, size_t n)
{
	z->used += n;
	z->rest.at += n;
	z->rest.len -= n;
}

static void
give_back(struct zeek *z)
{
	input_skip(z->in, z->used);
	z->used = 0;
}

/* A larger window. What was borrowed from the old one is gone. */
static void
refill(struct zeek *z)
{
	size_t want = z->rest.len < PEEK_FIRST / 2 ? PEEK_FIRST : 2 * z->rest.len;

	give_back(z);
	z->rest = input_peek(z->in, want);
	z->last = z->rest.len < want;
}

/* Drop the rest of a line that is too long, as far as it is in the window. */
static void
step_over(struct zeek *z)
{
	const uint8_t *end = memchr(z->rest.at, '\n', z->rest.len);

	if (end != NULL)
		z->too_long = false;
	use(z, end ? (size_t)(end - z->rest.at) + 1 : z->rest.len);
}

/*
 * The next line without its end, CR LF or LF, if it can be had from the window
 * alone. The last line of a file needs no end: a writer may be at it.
 */
static bool
take_line(struct zeek *z, struct span *line)
{
	size_t look = z->rest.len < LINE_MAX_BYTES + 1 ? z->rest.len : LINE_MAX_BYTES + 1;
	const uint8_t *end = look > 0 ? memchr(z->rest.at, '\n', look) : NULL;

	if (end == NULL && look > LINE_MAX_BYTES) {
		count_long(z);
		z->too_long = true;
		return false;
	}
	if (end == NULL && (!z->last || look == 0))
		return false;
	line->at = z->rest.at;
	line->len = end ? (size_t)(end - line->at) : look;
	use(z, line->len + (end != NULL));
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	z->line++;
	return true;
}

/* A line, from as many windows as it needs; `borrowed`: only from this one. */
static bool
next_line(struct zeek *z, bool borrowed, struct span *line)
{
	for (;;) {
		if (z->too_long && z->rest.len > 0)
			step_over(z);
		if (!z->too_long && take_line(z, line))
			return true;
		if (z->too_long && z->rest.len > 0)
			continue;
		if (z->last || borrowed)
			return false;
		refill(z);
	}
}

/* A byte order mark that some editors leave. */
static void
drop_mark(struct span *line)
{
	if (line->len >= 3 && memcmp(line->at, "\xef\xbb\xbf", 3) == 0) {
		line->at += 3;
		line->len -= 3;
	}
}

static bool
is_json(struct span line)
{
	while (line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t')) {
		line.at++;
		line.len--;
	}
	return line.len > 0 && line.at[0] == '{';
}

static enum zeek_kind
tsv_line(const struct zeek_tsv *t, struct span line, struct zeek_draft *d)
{
	enum zeek_kind kind = t->kind;

	if (kind == ZEEK_CONN && t->columns > 0) {
		zeek_tsv_line(t, line, d);
	} else if (kind != ZEEK_OTHER || t->columns == 0) {
		zeek_bad(d, ZEEK_UNKNOWN, "no #fields line before it", (struct span){ 0 });
		return ZEEK_NO;
	}
	return kind;
}

static void
tell(struct zeek *z, const struct zeek_names *names)
{
	static const struct digest none;
	struct trait *t = &z->trait;
	const struct trait_file *f = &t->file;

	if (t->kind == TRAIT_TLS) {
		zeek_join_tell(
		    z->join, t, names->fingerprint, names->file, z->sink, z->sink_state);
		return;
	}
	if (t->kind == TRAIT_FILE && (memcmp(&f->sha256, &none, sizeof none) != 0 ||
					 memcmp(f->sha1, none.b, sizeof f->sha1) != 0))
		zeek_join_digests(z->join, names->file, &f->sha256, f->sha1);
	z->sink(z->sink_state, t);
}

/* A line of another log than conn.log. */
static void
read_other(struct zeek *z, struct span line, bool json)
{
	struct zeek_row *r = &z->row;
	struct zeek_names names;

	if (json)
		zeek_row_json(r, line);
	else
		zeek_row_tsv(r, &z->columns, &z->tsv, line);
	switch (zeek_trait(r, &z->trait, &names)) {
	case ZEEK_TRAIT_NO:
		z->stats.other++;
		return;
	case ZEEK_TRAIT_CERTIFICATE:
		z->stats.certificates++;
		zeek_join_certificate(z->join, names.fingerprint, &z->trait.tls);
		zeek_join_certificate(z->join, names.file, &z->trait.tls);
		return;
	case ZEEK_TRAIT_ODD:
		z->stats.odds++;
		zeek_odds_add(&z->stats.odd, r->value[ROW_NAME], 1);
		return;
	case ZEEK_TRAIT_BAD:
		count(z, r->bad_field == ROW_FIELDS ? "" : zeek_row_name(r->bad_field),
		    r->why, r->bad_value);
		return;
	case ZEEK_TRAIT_YES:
		z->trait.where = z->line;
		z->stats.traits++;
		z->told++;
		tell(z, &names);
		return;
	}
}

/* What the line is; true when it became a flow. */
static bool
read_line(struct zeek *z, struct span line, struct flow *flow)
{
	struct zeek_draft d;
	enum zeek_kind kind;

	if (z->line == 1)
		drop_mark(&line);
	if (line.len == 0)
		return false;
	if (line.at[0] == '#') {
		zeek_tsv_header(&z->tsv, &z->words, line);
		zeek_columns_header(&z->columns, &z->tsv, line);
		return false;
	}
	zeek_draft_init(&d, flow, &z->words, z->rest.at + z->rest.len);
	kind = is_json(line) ? zeek_json_line(line, &d) : tsv_line(&z->tsv, line, &d);
	if (kind == ZEEK_NO && is_json(line) && z->sink != NULL) {
		zeek_row_json(&z->row, line); /* of a log whose lines name no flow? */
		if (zeek_row_log(&z->row) != NULL)
			kind = ZEEK_OTHER;
	}
	if (kind == ZEEK_OTHER) {
		if (z->sink != NULL)
			read_other(z, line, is_json(line));
		else
			z->stats.other++;
		return false;
	}
	if (d.why != NULL) {
		count_bad(z, &d);
		return false;
	}
	flow->where = z->line;
	z->stats.lines++;
	return true;
}

enum status
zeek_next(struct zeek *z, struct flow *flows, struct span *line, unsigned max, unsigned *n,
    struct error *err)
{
	unsigned got = 0;
	struct span s;

	z->told = 0;
	while (got < max && z->told < TRAITS_AT_ONCE) {
		if (!next_line(z, got > 0, &s)) {
			z->ended = got == 0;
			break;
		}
		if (!read_line(z, s, &flows[got]))
			continue;
		if (line != NULL)
			line[got] = s;
		got++;
	}
	give_back(z);
	if (z->ended) {
		enum status st = input_state(z->in, err);

		if (z->sink != NULL)
			zeek_join_flush(z->join, z->sink, z->sink_state);
		if (st != OK) {
			error_wrap(err, "after line %" PRIu64, z->line);
			return st;
		}
	}
	*n = got;
	return OK;
}
