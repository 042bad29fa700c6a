/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/asn_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "collect/lines.h"

#define NONE UINT32_MAX

struct range {
	struct ip first, last;
	uint32_t asn;
	uint32_t within; /* the narrowest that this one is in; NONE: none */
};

struct asn_table {
	struct range *at; /* by first, the wider before the narrower */
	size_t n, room;
};

static void
take_net(const struct ip_net *net, struct range *r)
{
	r->first = r->last = net->ip;
	for (unsigned bit = net->bits; bit < 128; bit++) {
		r->first.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		r->last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

/* False: not understood. */
static bool
take_range(struct span line, struct range *r)
{
	struct span first = words_next(&line), second = words_next(&line);
	struct span third = words_next(&line);
	struct ip_net net;
	uint64_t n, asn;

	*r = (struct range){ .within = NONE };
	if (first.len > 0 && memchr(first.at, '/', first.len)) {
		if (!ip_net_parse(first, &net) || !words_number(second, UINT32_MAX, &asn))
			return false;
		take_net(&net, r);
	} else if (ip_parse(first, &r->first) && ip_parse(second, &r->last)) {
		if (!words_number(third, UINT32_MAX, &asn) ||
		    ip_is_v4(&r->first) != ip_is_v4(&r->last) ||
		    ip_compare(&r->first, &r->last) > 0)
			return false;
	} else {
		if (!ip_parse(first, &net.ip) ||
		    !words_number(second, ip_is_v4(&net.ip) ? 32 : 128, &n) ||
		    !words_number(third, UINT32_MAX, &asn))
			return false;
		net.bits = (uint8_t)(n + (ip_is_v4(&net.ip) ? 96 : 0));
		take_net(&net, r);
	}
	r->asn = (uint32_t)asn;
	return true;
}

static enum status
add(struct asn_table *t, const struct range *r, struct error *err)
{
	if (t->n == ASN_RANGES)
		return error_set(err, E_LIMIT, "more than %zu ranges", ASN_RANGES);
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 1024;
		struct range *more = realloc(t->at, room * sizeof *more);

		if (more == NULL)
			return error_set(err, E_NOMEM, "no memory for ranges");
		t->at = more;
		t->room = room;
	}
	t->at[t->n++] = *r;
	return OK;
}

/* The wider before the narrower; of the same, one order whatever the file's. */
static int
order(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int c = ip_compare(&x->first, &y->first);

	if (c == 0)
		c = ip_compare(&y->last, &x->last);
	return c ? c : (x->asn > y->asn) - (x->asn < y->asn);
}

static enum status
nest(struct asn_table *t, struct error *err)
{
	char first[IP_TEXT], last[IP_TEXT];
	uint32_t open = NONE;

	if (t->n > 1)
		qsort(t->at, t->n, sizeof *t->at, order);
	for (uint32_t i = 0; i < t->n; i++) {
		struct range *r = &t->at[i];

		while (open != NONE && ip_compare(&t->at[open].last, &r->first) < 0)
			open = t->at[open].within;
		if (open != NONE && ip_compare(&t->at[open].last, &r->last) < 0)
			return error_set(err, E_FORMAT,
			    "%s to %s lies across the end of another range",
			    ip_text(&r->first, first), ip_text(&r->last, last));
		r->within = open;
		open = i;
	}
	return OK;
}

enum status
asn_read(struct asn_table **out, struct input *in, struct error *err)
{
	struct asn_table *t = calloc(1, sizeof *t);
	struct lines lines;
	struct span line;
	enum status st = OK;

	if (t == NULL) {
		input_close(in);
		return error_set(err, E_NOMEM, "no memory for a table");
	}
	lines_init(&lines, in);
	while (st == OK && lines_next(&lines, &line)) {
		struct range r;

		line = words_rest(line);
		if (line.len == 0 || *line.at == '#')
			continue;
		if (!take_range(line, &r))
			st = error_set(err, E_FORMAT,
			    "line %llu is no range and number: %.*s",
			    (unsigned long long)lines.number,
			    (int)(line.len < 80 ? line.len : 80), (const char *)line.at);
		else if (r.asn != 0)
			st = add(t, &r, err);
	}
	if (st == OK)
		st = input_state(in, err);
	lines_close(&lines);
	if (st == OK)
		st = nest(t, err);
	if (st != OK) {
		asn_free(t);
		return st;
	}
	*out = t;
	return OK;
}

uint32_t
asn_of(const struct asn_table *t, const struct ip *ip)
{
	size_t low = 0, high = t->n;
	uint32_t at;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_compare(&t->at[mid].first, ip) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	at = low > 0 ? (uint32_t)(low - 1) : NONE;
	while (at != NONE && ip_compare(&t->at[at].last, ip) < 0)
		at = t->at[at].within;
	return at == NONE ? 0 : t->at[at].asn;
}

size_t
asn_ranges(const struct asn_table *t)
{
	return t->n;
}

void
asn_free(struct asn_table *t)
{
	if (t == NULL)
		return;
	free(t->at);
	free(t);
}
