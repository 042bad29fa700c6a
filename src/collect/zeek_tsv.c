/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_tsv.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/utf8.h"
#include "collect/zeek_quick.h"

void
zeek_tsv_init(struct zeek_tsv *t)
{
	*t = (struct zeek_tsv){
		.separator = '\t',
		.unset = { "-", 1 },
		.empty = { "(empty)", 7 },
		.plain = true,
		.why_field = ZEEK_UNKNOWN,
	};
}

/* From the front of *s up to the next separator, which is stepped over. */
static struct span
cut_field(struct span *s, uint8_t separator, bool *more)
{
	const uint8_t *end = s->len > 0 ? memchr(s->at, separator, s->len) : NULL;
	struct span field = *s;

	*more = end != NULL;
	if (end != NULL) {
		field.len = (size_t)(end - s->at);
		s->at = end + 1;
		s->len -= field.len + 1;
	} else {
		s->len = 0;
	}
	return field;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* No #fields line can mend this; the next #separator line begins anew. */
static void
refuse(struct zeek_tsv *t, const char *why)
{
	t->refused = true;
	t->why = why;
	t->why_field = ZEEK_UNKNOWN;
}

/* What values are made of cannot be between them. */
static bool
in_values(int c)
{
	int low = c | 0x20;

	return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z') || c == '.' ||
	       c == '-' || c == '+';
}

/* "\x09", or the byte itself. Begins a new header. */
static void
read_separator(struct zeek_tsv *t, struct span v)
{
	int c = -1;

	zeek_tsv_init(t);
	t->separator_said = true;
	if (v.len == 1)
		c = v.at[0];
	else if (v.len == 4 && v.at[0] == '\\' && v.at[1] == 'x' && hex(v.at[2]) >= 0 &&
		 hex(v.at[3]) >= 0)
		c = hex(v.at[2]) << 4 | hex(v.at[3]);
	if (c <= 0 || c >= 0x80 || c == '\n' || c == '\r' || in_values(c))
		refuse(t, "the #separator line names no single byte that can be one");
	else
		t->separator = (uint8_t)c;
}

/* As Zeek's own words for no value do, and no value of ours that Zeek writes. */
static inline bool
begins_marker(uint8_t c)
{
	return c == '-' || c == '(';
}

static void
read_marker(struct zeek_tsv *t, struct zeek_marker *m, struct span v)
{
	if (v.len == 0 || v.len > ZEEK_MARKER) {
		refuse(t, "the header's word for no value is empty or too long");
		return;
	}
	memcpy(m->text, v.at, v.len);
	m->len = (uint8_t)v.len;
	t->plain = begins_marker(t->unset.text[0]) && begins_marker(t->empty.text[0]);
}

static void
add_column(struct zeek_tsv *t, enum zeek_field field)
{
	uint32_t bit = ZEEK_BIT(field);

	if ((t->has & bit) != 0) {
		t->why = "the #fields line names it twice";
		t->why_field = field;
		return;
	}
	t->has |= bit;
	t->used[t->n_used].column = (uint16_t)t->columns;
	t->used[t->n_used].field = (uint8_t)field;
	t->used[t->n_used].type = (uint8_t)zeek_field_type(field);
	t->n_used++;
	if (zeek_field_type(field) == ZEEK_MARK)
		return;
	t->read[t->n_read].column = (uint16_t)t->columns;
	t->read[t->n_read].field = (uint8_t)field;
	t->read[t->n_read].type = (uint8_t)zeek_field_type(field);
	t->read[t->n_read].bit = bit;
	t->n_read++;
}

static void
read_fields(struct zeek_tsv *t, const struct zeek_words *words, struct span v)
{
	uint32_t missing;
	bool more = true;

	t->has = 0;
	t->n_used = t->n_read = 0;
	t->columns = 1;
	if (t->refused)
		return;
	t->why = NULL;
	t->why_field = ZEEK_UNKNOWN;
	for (t->columns = 0; more && t->why == NULL; t->columns++) {
		struct span name = cut_field(&v, t->separator, &more);
		enum zeek_field field = zeek_field_find(words, name, name.len);

		if (t->columns == ZEEK_COLUMNS)
			t->why = "the #fields line names more than 256 fields";
		else if (field != ZEEK_UNKNOWN && field != ZEEK_PATH &&
			 field != ZEEK_EVENT_TYPE)
			add_column(t, field);
	}
	missing = ZEEK_NEEDED & ~t->has;
	if (t->why == NULL && missing != 0) {
		t->why = "the #fields line does not name it";
		t->why_field = (enum zeek_field)__builtin_ctz(missing);
	}
}

/* May a value of the type that the header names be what we want of the field? */
static bool
type_fits(enum zeek_type type, struct span name)
{
	switch (type) {
	case ZEEK_TIME:
		return span_is(name, "time") || span_is(name, "string") ||
		       span_is(name, "double");
	case ZEEK_INTERVAL:
		return span_is(name, "interval") || span_is(name, "double") ||
		       span_is(name, "string");
	case ZEEK_COUNT:
		return span_is(name, "count") || span_is(name, "port") ||
		       span_is(name, "int") || span_is(name, "string");
	case ZEEK_ADDR:
		return span_is(name, "addr") || span_is(name, "string");
	case ZEEK_BOOL:
		return span_is(name, "bool") || span_is(name, "string");
	case ZEEK_WORD:
		return span_is(name, "string") || span_is(name, "enum") ||
		       span_is(name, "set[string]") || span_is(name, "set[enum]");
	case ZEEK_MARK:
		break;
	}
	return true;
}

/*
 * Types do not tell us how to read a column, its name does; but where they
 * disagree with the names, the header does not belong to itself, and columns
 * read by it would be the wrong ones.
 */
static void
read_types(struct zeek_tsv *t, struct span v)
{
	unsigned column = 0, u = 0;
	bool more = true;

	for (; more && t->why == NULL; column++) {
		struct span name = cut_field(&v, t->separator, &more);

		if (u == t->n_used || t->used[u].column != column)
			continue;
		if (!type_fits((enum zeek_type)t->used[u].type, name)) {
			t->why = "the #types line gives it another type";
			t->why_field = (enum zeek_field)t->used[u].field;
		}
		u++;
	}
	if (t->why == NULL && column != t->columns)
		t->why = "#fields and #types differ in length";
}

static void
read_path(struct zeek_tsv *t, struct span v)
{
	size_t n = v.len < sizeof t->path ? v.len : sizeof t->path - 1;

	memset(t->path, 0, sizeof t->path);
	memcpy(t->path, v.at, n);
}

static void
read_header(struct zeek_tsv *t, const struct zeek_words *words, struct span line)
{
	static const char separator[] = "#separator ";
	struct span name;
	bool more;

	if (line.len >= sizeof separator - 1 &&
	    memcmp(line.at, separator, sizeof separator - 1) == 0) {
		line.at += sizeof separator - 1;
		line.len -= sizeof separator - 1;
		read_separator(t, line);
		return;
	}
	name = cut_field(&line, t->separator, &more);
	if (!more)
		return; /* a remark */
	if (span_is(name, "#fields"))
		read_fields(t, words, line);
	else if (span_is(name, "#types") && t->columns > 0)
		read_types(t, line);
	else if (span_is(name, "#path"))
		read_path(t, line);
	else if (span_is(name, "#unset_field"))
		read_marker(t, &t->unset, line);
	else if (span_is(name, "#empty_field"))
		read_marker(t, &t->empty, line);
	/* #set_separator is for sets, and no field of ours is one; #open and
	 * #close say when the writer was started and stopped. */
}

static enum zeek_kind
kind_of(const struct zeek_tsv *t)
{
	if (t->path[0] != '\0')
		return zeek_path_is_conn(t->path) ? ZEEK_CONN : ZEEK_OTHER;
	if (t->columns > 0 && (t->has & (ZEEK_CONN_MARKS | ZEEK_BIT(ZEEK_DURATION))) != 0 &&
	    (t->has & ZEEK_NEEDED) == ZEEK_NEEDED)
		return ZEEK_CONN;
	return t->columns > 0 || t->separator_said ? ZEEK_OTHER : ZEEK_NO;
}

void
zeek_tsv_header(struct zeek_tsv *t, const struct zeek_words *words, struct span line)
{
	read_header(t, words, line);
	t->kind = kind_of(t);
}

/* Of 64 bytes, a bit for each that is the separator, and for each that is not ASCII. */
#ifdef __SSE2__
static inline uint64_t
separators(const uint8_t *at, uint8_t separator, uint64_t *high)
{
	const __m128i *from = (const __m128i *)(const void *)at;
	uint64_t found = 0;

	*high = 0;
	for (unsigned i = 0; i < 4; i++) {
		__m128i b = _mm_loadu_si128(from + i);
		__m128i hit = _mm_cmpeq_epi8(b, _mm_set1_epi8((char)separator));

		found |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << 16 * i;
		*high |= (uint64_t)(unsigned)_mm_movemask_epi8(b) << 16 * i;
	}
	return found;
}
#endif

/*
 * Where the columns begin: column i is from at[i] to at[i + 1] - 1. Stops when
 * there is one more than wanted. *high: some byte is not ASCII. What is behind s
 * may be read up to limit.
 */
static unsigned
split(struct span s, const uint8_t *limit, uint8_t separator, uint32_t *at, unsigned want,
    bool *high)
{
	unsigned n = 1;
	uint64_t seen = 0;
	size_t i = 0;

	at[0] = 0;
#ifdef __SSE2__
	/* So many at once that how often the inner loop runs is not guessed wrong often. */
	for (; i < s.len && limit - (s.at + i) >= 64; i += 64) {
		uint64_t not_ascii, found = separators(s.at + i, separator, &not_ascii);
		uint64_t ours =
		    s.len - i < 64 ? (UINT64_C(1) << (s.len - i)) - 1 : UINT64_MAX;

		seen |= not_ascii & ours;
		for (found &= ours; found != 0; found &= found - 1) {
			if (n > want)
				return n;
			at[n++] = (uint32_t)i + (uint32_t)__builtin_ctzll(found) + 1;
		}
	}
#else
	(void)limit;
#endif
	for (; i < s.len; i++) {
		seen |= s.at[i] & 0x80;
		if (s.at[i] != separator)
			continue;
		if (n > want)
			return n;
		at[n++] = (uint32_t)i + 1;
	}
	*high = seen != 0;
	return n;
}

static bool
is_utf8(struct span s)
{
	for (size_t i = 0, n; i < s.len; i += n) {
		n = utf8_length(s.at + i, s.len - i);
		if (n == 0)
			return false;
	}
	return true;
}

static inline bool
is_marker(const struct zeek_marker *m, struct span v)
{
	return v.len == m->len && v.at[0] == m->text[0] &&
	       memcmp(v.at, m->text, v.len) == 0;
}

/* `room` bytes can be read from v.at: a number is told faster with what follows it. */
static void
set_number(struct zeek_draft *d, enum zeek_field field, enum zeek_type type, struct span v,
    size_t room)
{
	struct decimal n;

	if (v.len > 0 && decimal_scan((struct span){ v.at, room }, &n) == v.len)
		zeek_set_number(d, field, &n, v);
	else if (type == ZEEK_TIME)
		zeek_set_text(d, field, v);
	else
		zeek_bad(d, field, "not a number", v);
}

static inline void
set_value(struct zeek_draft *d, enum zeek_field field, enum zeek_type type, struct span v,
    size_t room)
{
	switch (type) {
	case ZEEK_TIME:
	case ZEEK_INTERVAL:
	case ZEEK_COUNT:
		set_number(d, field, type, v, room);
		return;
	case ZEEK_ADDR:
	case ZEEK_WORD:
		zeek_set_text(d, field, v);
		return;
	case ZEEK_BOOL:
		if (v.len == 1 && (v.at[0] == 'T' || v.at[0] == 'F'))
			zeek_set_bool(d, field, v.at[0] == 'T');
		else
			zeek_bad(d, field, "neither T nor F", v);
		return;
	case ZEEK_MARK:
		return;
	}
}

void
zeek_tsv_line(const struct zeek_tsv *t, struct span line, struct zeek_draft *d)
{
	uint32_t at[ZEEK_COLUMNS + 1];
	const uint8_t *limit = d->limit != NULL ? d->limit : line.at + line.len;
	bool quick = t->plain && d->limit != NULL, high = false;
	unsigned n;

	if (t->why != NULL) {
		zeek_bad(d, t->why_field, t->why, (struct span){ 0 });
		return;
	}
	n = split(line, limit, t->separator, at, t->columns, &high);
	if (n != t->columns) {
		zeek_bad(d, ZEEK_UNKNOWN,
		    n < t->columns ? "too few fields" : "too many fields",
		    (struct span){ 0 });
		return;
	}
	if (high && !is_utf8(line)) {
		zeek_bad(d, ZEEK_UNKNOWN, "not UTF-8", (struct span){ 0 });
		return;
	}
	at[n] = (uint32_t)line.len + 1;
	for (unsigned i = 0; i < t->n_read; i++) {
		unsigned c = t->read[i].column;
		enum zeek_field field = (enum zeek_field)t->read[i].field;
		struct span v = { .at = line.at + at[c], .len = at[c + 1] - at[c] - 1 };

		if (quick && limit - v.at >= ZEEK_QUICK_ROOM && !begins_marker(v.at[0]) &&
		    zeek_quick(d, field, v, false) == v.at + v.len)
			d->seen |= t->read[i].bit;
		else if (!is_marker(&t->unset, v) && !is_marker(&t->empty, v))
			set_value(
			    d, field, (enum zeek_type)t->read[i].type, v, line.len - at[c]);
	}
	zeek_finish(d);
}
