/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/indicator_file.h"

#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/stamp.h"
#include "collect/lines.h"

#define COLUMNS 64

struct reading {
	struct indicator_counts *counts;
	indicator_sink *sink;
	void *state;
	bool full;
	uint64_t at; /* line or entry */
	/* Of CSV: which columns, -1: none. */
	int value, type, until, weight;
};

static struct span
off(struct span s, uint8_t besides)
{
	while (s.len > 0 && (s.at[0] <= ' ' || s.at[0] == besides)) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] <= ' ' || s.at[s.len - 1] == besides))
		s.len--;
	return s;
}

static struct span
blanks_off(struct span s)
{
	return off(s, ' ');
}

static struct span
trim(struct span s)
{
	return off(s, '"');
}

static struct span
text(const char *s)
{
	return (struct span){ (const uint8_t *)(s ? s : ""), s ? strlen(s) : 0 };
}

static bool
starts(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && memcmp(s.at, word, n) == 0;
}

static void
unused(struct reading *r)
{
	r->counts->unused++;
	if (r->counts->unused_first == 0)
		r->counts->unused_first = r->at;
}

/* A day alone lasts to its end. */
static uint64_t
moment(struct span s)
{
	char day[32];
	uint64_t t_ns;

	if (stamp_parse(s, &t_ns))
		return t_ns;
	if (s.len != 10)
		return 0;
	memcpy(day, s.at, 10);
	memcpy(day + 10, "T23:59:59Z", 11);
	return stamp_parse(text(day), &t_ns) ? t_ns : 0;
}

static int32_t
number(struct span s)
{
	int32_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' || n > INDICATOR_WEIGHT_MOST)
			return 0;
		n = n * 10 + (s.at[i] - '0');
	}
	return n > INDICATOR_WEIGHT_MOST ? INDICATOR_WEIGHT_MOST : n;
}

/* `prefix`: what the source says of it besides, "ja3:", "cert:", "". */
static void
take(struct reading *r, const char *prefix, struct span word, uint64_t until_ns,
    int32_t weight_mb)
{
	char whole[2 * INDICATOR_KEY], room[INDICATOR_KEY + 1];
	size_t n = strlen(prefix);
	struct indicator i;

	if (n + word.len > sizeof whole) {
		unused(r);
		return;
	}
	memcpy(whole, prefix, n);
	if (word.len > 0)
		memcpy(whole + n, word.at, word.len);
	if (!indicator_classify(
		(struct span){ (const uint8_t *)whole, n + word.len }, room, &i)) {
		unused(r);
		return;
	}
	i.until_ns = until_ns;
	i.weight_mb = weight_mb;
	r->counts->taken++;
	r->full |= !r->sink(r->state, &i);
}

/* "# weight: 2000", "# expires: 2026-12-31": what a list says of itself. */
static void
take_comment(struct reading *r, struct span line)
{
	while (line.len > 0 && (*line.at == '#' || *line.at == ';' || *line.at <= ' ')) {
		line.at++;
		line.len--;
	}
	if (starts(line, "weight:"))
		r->counts->weight_mb =
		    number(trim((struct span){ line.at + 7, line.len - 7 }));
	if (starts(line, "expires:"))
		r->counts->until_ns =
		    moment(trim((struct span){ line.at + 8, line.len - 8 }));
}

/* Cells between commas; quotes keep commas inside. */
static int
split(struct span line, struct span cell[COLUMNS])
{
	int n = 0;
	size_t from = 0;
	bool quoted = false;

	for (size_t i = 0; i <= line.len && n < COLUMNS; i++) {
		if (i < line.len && line.at[i] == '"')
			quoted = !quoted;
		if (i < line.len && (line.at[i] != ',' || quoted))
			continue;
		cell[n++] = trim((struct span){ line.at + from, i - from });
		from = i + 1;
	}
	return n;
}

static const char *const VALUES[] = { "value", "indicator", "ioc", "ioc_value", "domain",
	"host", "hostname", "ip", "ip_address", "dst_ip", "url", "address", "ja3",
	"ja3_md5", "ja4", "cert", NULL };
static const char *const UNTILS[] = { "expires", "expiry", "valid_until", "until", NULL };

static bool
one_of(struct span s, const char *const *words)
{
	char lower[32];

	if (s.len >= sizeof lower)
		return false;
	for (size_t i = 0; i < s.len; i++)
		lower[i] =
		    (char)(s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 32 : s.at[i]);
	lower[s.len] = '\0';
	for (; *words; words++)
		if (strcmp(lower, *words) == 0)
			return true;
	return false;
}

/* A header names its columns; none of them is an indicator. */
static bool
take_header(struct reading *r, const struct span *cell, int n)
{
	int value = -1, type = -1, until = -1, weight = -1;

	for (int i = 0; i < n; i++) {
		if (value < 0 && one_of(cell[i], VALUES))
			value = i;
		if (one_of(cell[i], UNTILS))
			until = i;
		if (span_is(cell[i], "type") || span_is(cell[i], "ioc_type"))
			type = i;
		if (span_is(cell[i], "weight"))
			weight = i;
	}
	if (value < 0)
		return false;
	r->value = value;
	r->type = type;
	r->until = until;
	r->weight = weight;
	return true;
}

/* What a type's name makes of a bare hash. */
static const char *
prefix_of(struct span type)
{
	if (starts(type, "ja3-fingerprint") || span_is(type, "ja3") ||
	    span_is(type, "ja3_md5"))
		return "ja3:";
	if (span_is(type, "x509-fingerprint-sha256") ||
	    span_is(type, "x509-fingerprint-sha1") || span_is(type, "cert"))
		return "cert:";
	return "";
}

/* MISP writes "domain|ip" and "ip-dst|port" in one value. */
static void
take_typed(struct reading *r, struct span type, struct span value, uint64_t until_ns,
    int32_t weight_mb)
{
	const uint8_t *bar = value.len ? memchr(value.at, '|', value.len) : NULL;
	char joined[INDICATOR_KEY];

	if (starts(type, "ip-dst|port") && bar && value.len < sizeof joined) {
		memcpy(joined, value.at, value.len);
		joined[bar - value.at] = ':';
		take(r, "", (struct span){ (uint8_t *)joined, value.len }, until_ns,
		    weight_mb);
		return;
	}
	if (bar)
		value.len = (size_t)(bar - value.at);
	take(r, prefix_of(type), value, until_ns, weight_mb);
}

static void
take_cells(struct reading *r, struct span line)
{
	struct span cell[COLUMNS];
	int n = split(line, cell);
	struct span type = text(NULL);

	if (r->value < 0 && take_header(r, cell, n))
		return;
	if (r->value >= n) {
		unused(r);
		return;
	}
	if (r->value >= 0) {
		if (r->type >= 0 && r->type < n)
			type = cell[r->type];
		take_typed(r, type, cell[r->value],
		    r->until >= 0 && r->until < n ? moment(cell[r->until]) : 0,
		    r->weight >= 0 && r->weight < n ? number(cell[r->weight]) : 0);
		return;
	}
	for (int i = 0; i < n; i++) {
		char room[INDICATOR_KEY + 1];
		struct indicator ignored;

		if (indicator_classify(cell[i], room, &ignored)) {
			take(r, "", cell[i], 0, 0);
			return;
		}
	}
	unused(r);
}

static void
take_line(struct reading *r, struct span line)
{
	const uint8_t *end;
	struct span word;

	line = blanks_off(line);
	if (line.len == 0)
		return;
	if (*line.at == '#' || *line.at == ';') {
		take_comment(r, line);
		return;
	}
	if (memchr(line.at, ',', line.len)) {
		take_cells(r, line);
		return;
	}
	end = memmem(line.at, line.len, " #", 2);
	if (end)
		line.len = (size_t)(end - line.at);
	line = trim(line);
	word = line;
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] <= ' ') {
			word.len = i;
			break;
		}
	/* A hosts file: where nobody should go, and the name. */
	if (word.len < line.len && (span_is(word, "0.0.0.0") || span_is(word, "127.0.0.1")))
		word = trim((struct span){ line.at + word.len, line.len - word.len });
	take(r, "", word, 0, 0);
}

/* [domain-name:value = 'evil.example'] and its like; of several compared, each. */
static void
take_pattern(struct reading *r, const char *pattern, uint64_t until_ns)
{
	static const struct {
		const char *path, *prefix;
	} known[] = { { "domain-name:value", "" }, { "hostname:value", "" },
		{ "ipv4-addr:value", "" }, { "ipv6-addr:value", "" }, { "url:value", "" },
		{ "x509-certificate:hashes.'SHA-256'", "cert:" },
		{ "x509-certificate:hashes.'SHA-1'", "cert:" } };
	bool any = false;

	for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
		const char *at = pattern;

		while ((at = strstr(at, known[k].path)) != NULL) {
			const char *from, *to;

			at += strlen(known[k].path);
			from = at + strspn(at, " ");
			if (*from != '=')
				continue;
			from += 1 + strspn(from + 1, " ");
			if (*from != '\'' || (to = strchr(from + 1, '\'')) == NULL)
				continue;
			any = true;
			take(r, known[k].prefix,
			    (struct span){
				(const uint8_t *)from + 1, (size_t)(to - from - 1) },
			    until_ns, 0);
			at = to;
		}
	}
	if (!any)
		unused(r);
}

static void
take_stix(struct reading *r, const json_t *objects)
{
	const json_t *o;
	size_t i;

	json_array_foreach(objects, i, o)
	{
		const char *type = json_string_value(json_object_get(o, "type"));
		const char *pattern = json_string_value(json_object_get(o, "pattern"));

		r->at = i + 1;
		if (type == NULL || strcmp(type, "indicator") != 0 || r->full)
			continue;
		if (pattern == NULL || json_is_true(json_object_get(o, "revoked")))
			unused(r);
		else
			take_pattern(r, pattern,
			    moment(text(
				json_string_value(json_object_get(o, "valid_until")))));
	}
}

static void
take_attributes(struct reading *r, const json_t *attributes)
{
	const json_t *a;
	size_t i;

	json_array_foreach(attributes, i, a)
	{
		const json_t *ids = json_object_get(a, "to_ids");
		const char *value = json_string_value(json_object_get(a, "value"));

		r->at++;
		if (r->full)
			return;
		/* What its own author would not look for is no indicator. */
		if (value == NULL || json_is_false(ids) ||
		    json_is_true(json_object_get(a, "deleted")))
			unused(r);
		else
			take_typed(r, text(json_string_value(json_object_get(a, "type"))),
			    text(value), 0, 0);
	}
}

static void
take_misp(struct reading *r, const json_t *event)
{
	const json_t *objects = json_object_get(event, "Object"), *o;
	size_t i;

	take_attributes(r, json_object_get(event, "Attribute"));
	json_array_foreach(objects, i, o)
	    take_attributes(r, json_object_get(o, "Attribute"));
}

/* The answer of MISP's search: events in "response", or attributes. */
static void
take_document(struct reading *r, const json_t *j)
{
	const json_t *response = json_object_get(j, "response"), *e;
	size_t i;

	if (json_is_array(json_object_get(j, "objects")))
		take_stix(r, json_object_get(j, "objects"));
	if (json_object_get(j, "Event"))
		take_misp(r, json_object_get(j, "Event"));
	if (json_object_get(j, "Attribute"))
		take_attributes(r, json_object_get(j, "Attribute"));
	if (json_object_get(response, "Attribute"))
		take_attributes(r, json_object_get(response, "Attribute"));
	json_array_foreach(json_is_array(j) ? j : response, i,
	    e) if (json_object_get(e, "Event")) take_misp(r, json_object_get(e, "Event"));
}

static enum status
read_json(struct reading *r, struct input *in, struct error *err)
{
	struct buf all;
	json_error_t why;
	json_t *j;
	enum status st;

	buf_init(&all, INDICATOR_JSON);
	for (struct span s; (s = input_peek(in, 65536)).len > 0; input_skip(in, s.len))
		buf_put(&all, s.at, s.len);
	st = input_state(in, err);
	if (st == OK)
		st = buf_state(&all, input_path(in), err);
	if (st == OK) {
		j = json_loadb(all.at, all.len, 0, &why);
		if (j == NULL)
			st = error_set(err, E_FORMAT, "%s: line %d: %s", input_path(in),
			    why.line, why.text);
		else
			take_document(r, j);
		json_decref(j);
	}
	buf_release(&all);
	input_close(in);
	return st;
}

/* A line may begin with a bracket, too: [2001:db8::1]:443. */
static bool
is_json(struct span first)
{
	if (first.len > 0 && *first.at == '[') {
		first.at++;
		first.len--;
		first = trim(first);
	}
	return first.len > 0 && *first.at == '{';
}

enum status
indicator_file_read(struct input *in, struct indicator_counts *counts, indicator_sink *sink,
    void *state, struct error *err)
{
	struct reading r = { .counts = counts,
		.sink = sink,
		.state = state,
		.value = -1,
		.type = -1,
		.until = -1,
		.weight = -1 };
	struct span first = trim(input_peek(in, 4096));
	enum status st = OK;

	*counts = (struct indicator_counts){ .weight_mb = INDICATOR_WEIGHT_MB };
	if (is_json(first)) {
		st = read_json(&r, in, err);
	} else {
		struct lines lines;
		struct span line;

		lines_init(&lines, in);
		while (!r.full && lines_next(&lines, &line)) {
			r.at = lines.number;
			take_line(&r, line);
		}
		st = input_state(lines.in, err);
		lines_close(&lines);
	}
	if (st == OK && r.full)
		st = error_set(err, E_NOMEM, "no room for so many indicators");
	return st;
}
