/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netflow_set.c - templates, and the records that they describe.
 *
 * v9 (RFC 3954 section 5) and IPFIX (RFC 7011 section 3) differ in the numbers
 * of sets, in the head of an options template and in what a scope is; v9 pads.
 * Fields of any length are IPFIX's, but some exporters put them into v9 too.
 */
#include "collect/netflow_own.h"

enum {
	SET_V9_TEMPLATE = 0,
	SET_V9_OPTIONS = 1,
	SET_TEMPLATE = 2,
	SET_OPTIONS = 3,
	SET_DATA = 256,
};

#define ENTERPRISE 0x8000
#define PROBES     16

static unsigned
template_slot(uint32_t domain, uint16_t id, unsigned probe)
{
	uint32_t h = (domain * UINT32_C(0x9e3779b1)) ^ (id * UINT32_C(0x85ebca6b));

	return ((h >> 16 ^ h) + probe) % NETFLOW_TEMPLATES;
}

/* That one, or with `make` a free slot for it; NULL: there is none. */
static struct layout *
template_find(struct heard *h, uint16_t id, bool make)
{
	uint32_t domain = (uint32_t)(h->domain - h->nf->domain) + 1;

	for (unsigned i = 0; i < PROBES; i++) {
		struct layout *t = &h->nf->template[template_slot(domain, id, i)];

		if (t->domain == domain && t->id == id)
			return t;
		if (t->domain != 0)
			continue;
		if (make) {
			t->domain = domain;
			t->id = id;
		}
		return make ? t : NULL;
	}
	return NULL;
}

/* Fields that follow each other and mean nothing to us are stepped over at once. */
static bool
add_step(struct layout *t, enum element el, uint16_t len)
{
	struct step *last = t->steps ? &t->step[t->steps - 1] : NULL;

	t->least += len == STEP_VARIES ? 1 : len;
	if (el == EL_SKIP && len != STEP_VARIES && last && last->element == EL_SKIP &&
	    last->len != STEP_VARIES && last->len + len < STEP_VARIES) {
		last->len = (uint16_t)(last->len + len);
		return true;
	}
	if (t->steps == NETFLOW_STEPS)
		return false;
	t->step[t->steps++] = (struct step){ (uint8_t)el, len };
	return true;
}

/* `n` fields; of v9's scopes the numbers are none of the elements'. */
static bool
read_fields(struct cursor *c, struct layout *t, unsigned n, bool ipfix, unsigned scopes)
{
	bool room = true;

	for (unsigned i = 0; i < n && !c->bad; i++) {
		uint64_t number = cursor_be16(c);
		uint16_t len = cursor_be16(c);

		if (ipfix && (number & ENTERPRISE))
			number = (number & ~(uint64_t)ENTERPRISE) | (uint64_t)cursor_be32(c)
									<< 16;
		if (!ipfix && i < scopes)
			number = UINT64_MAX;
		room &= add_step(t, element_find(number), len);
	}
	return room;
}

/* A template without fields withdraws the one before (RFC 7011 section 8.1). */
static void
keep(struct heard *h, uint16_t id, const struct layout *made, bool good)
{
	struct layout *t;

	if (id < SET_DATA || !good || made->least == 0) {
		h->nf->counters.refused++;
		return;
	}
	t = template_find(h, id, true);
	if (t == NULL) {
		h->nf->counters.refused++;
		return;
	}
	t->steps = made->steps;
	t->least = made->least;
	t->options = made->options;
	memcpy(t->step, made->step, made->steps * sizeof *made->step);
}

static bool
see_templates(struct heard *h, struct cursor c, bool ipfix)
{
	while (c.left >= 4) {
		struct layout t;
		uint16_t id = cursor_be16(&c), n = cursor_be16(&c);
		bool good;

		t.steps = 0;
		t.least = 0;
		t.options = false;
		if (id == 0 && n == 0)
			return true; /* padding */
		if (n == 0)
			continue; /* withdrawn: it stays, for late records */
		good = read_fields(&c, &t, n, ipfix, 0);
		if (c.bad)
			return false;
		keep(h, id, &t, good);
	}
	return true;
}

static bool
see_option_templates(struct heard *h, struct cursor c, bool ipfix)
{
	while (c.left >= 6) {
		struct layout t;
		uint16_t id = cursor_be16(&c), a = cursor_be16(&c), b = cursor_be16(&c);
		/* IPFIX: fields in all, scopes; v9: bytes of scopes, bytes of options */
		unsigned n = ipfix ? a : a / 4u + b / 4u, scopes = ipfix ? b : a / 4u;
		bool good;

		t.steps = 0;
		t.least = 0;
		t.options = true;
		if (id == 0 && n == 0)
			return true;
		if (n == 0)
			continue;
		good = read_fields(&c, &t, n, ipfix, scopes);
		if (c.bad)
			return false;
		keep(h, id, &t, good);
	}
	return true;
}

/* The length of a field of any length (RFC 7011 section 7). */
static size_t
read_length(struct cursor *c)
{
	size_t len = cursor_u8(c);

	return len == 255 ? cursor_be16(c) : len;
}

static void
see_record(struct heard *h, const struct layout *t, struct cursor *c)
{
	struct draft d = { 0 };

	for (unsigned i = 0; i < t->steps; i++) {
		const struct step *s = &t->step[i];
		size_t len = s->len == STEP_VARIES ? read_length(c) : s->len;
		struct span v = cursor_take(c, len);

		if (s->element != EL_SKIP && !c->bad)
			draft_take(&d, (enum element)s->element, v);
	}
	if (c->bad)
		return;
	h->records++;
	if (t->options)
		draft_options(h, &d);
	else
		draft_flow(h, &d);
}

/* What is left after the last record, less than the shortest one, is padding. */
static bool
see_data(struct heard *h, uint16_t id, struct cursor c)
{
	const struct layout *t = template_find(h, id, false);

	if (t == NULL) {
		h->nf->counters.no_template++;
		return true;
	}
	while (c.left >= t->least && !c.bad)
		see_record(h, t, &c);
	return !c.bad;
}

static bool
see_set(struct heard *h, uint16_t id, struct cursor c)
{
	bool ipfix = h->domain->version == 10;

	if (id >= SET_DATA)
		return see_data(h, id, c);
	if (id == (ipfix ? SET_TEMPLATE : SET_V9_TEMPLATE))
		return see_templates(h, c, ipfix);
	if (id == (ipfix ? SET_OPTIONS : SET_V9_OPTIONS))
		return see_option_templates(h, c, ipfix);
	return false;
}

bool
sets_see(struct heard *h, struct span sets)
{
	struct cursor c = cursor_of(sets);
	bool whole = true;

	while (c.left >= 4) {
		uint16_t id = cursor_be16(&c), len = cursor_be16(&c);

		if (id == 0 && len == 0)
			return whole; /* some fill the datagram with zeros */
		if (len < 4 || len - 4u > c.left)
			return false;
		whole &= see_set(h, id, cursor_of(cursor_take(&c, len - 4u)));
	}
	return whole;
}
