/* SPDX-License-Identifier: Apache-2.0 */
#include "case/docket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/numeral.h"

#define PARTS_MAX 64

/* A figure and the claim it stands in; all borrowed from the docket. */
struct figure {
	const char *claim, *id, *unit, *as_stated, *part_of, *bound;
	const char *period, *population;
	int64_t value;
};

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Is `ref` ("total", or "c1:total" from another claim) this figure? */
static bool
refers_to(const char *ref, const char *from_claim, const struct figure *f)
{
	size_t n = strlen(f->claim);

	if (strcmp(f->claim, from_claim) == 0 && strcmp(ref, f->id) == 0)
		return true;
	return strncmp(ref, f->claim, n) == 0 && ref[n] == ':' &&
	       strcmp(ref + n + 1, f->id) == 0;
}

static void
put_sum(const struct figure *whole, const struct figure *const *part, unsigned n,
    struct buf *out)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(out, "%s%s", i ? " + " : "", part[i]->as_stated);
	buf_printf(
	    out, " %s, parts of %s %s: ", whole->unit, whole->as_stated, whole->unit);
}

static void
set_decimal(json_t *o, const char *key, int64_t v)
{
	struct buf b = { .max = 64 };

	numeral_put(v, &b);
	(void)json_object_set_new(o, key, json_string(b.bad ? "" : b.at));
	buf_release(&b);
}

static bool
is_stated(const char *s)
{
	return s && strcmp(s, DOCKET_NOT_STATED) != 0;
}

enum comparable { COMPARABLE, AS_FAR_AS_STATED, DIFFERENT };

/* Are these two of one period and one population? */
static enum comparable
compare_basis(const struct figure *a, const struct figure *b)
{
	const char *of[2][2] = { { a->period, b->period },
		{ a->population, b->population } };
	enum comparable c = COMPARABLE;

	for (int i = 0; i < 2; i++) {
		if (!is_stated(of[i][0]) || !is_stated(of[i][1]))
			c = c == DIFFERENT ? c : AS_FAR_AS_STATED;
		else if (strcmp(of[i][0], of[i][1]) != 0)
			c = DIFFERENT;
	}
	return c;
}

static bool
is_bound(const struct figure *f, const char *bound)
{
	return f->bound && strcmp(f->bound, bound) == 0;
}

/*
 * Parts that add up to more than the whole overlap. Who is counted under all n
 * parts is counted n - 1 times too often, so at least excess / (n - 1) are counted
 * more than once.
 */
static void
say_overlap(
    json_t *o, const struct figure *whole, unsigned n, int64_t sum, struct buf *says)
{
	int64_t excess = sum - whole->value;
	int64_t most = NUMERAL_SCALE * (int64_t)(n - 1);
	int64_t twice = (excess + most - 1) / most * NUMERAL_SCALE;

	set_decimal(o, "excess", excess);
	set_decimal(o, "counted_more_than_once_at_least", twice);
	(void)json_object_set_new(o, "implies", json_string("overlap"));
	numeral_put(sum, says);
	buf_puts(says, " in all, ");
	numeral_put(excess, says);
	buf_puts(says, " more than the whole, so the parts overlap: at least ");
	numeral_put(twice, says);
	buf_printf(says,
	    " of the %s are counted under two or more of the %u. One can be counted under "
	    "several: the parts may not be added, and the share of one does not lessen "
	    "that of another.",
	    whole->unit, n);
}

static void
say(json_t *o, const struct figure *whole, const struct figure *const *part, unsigned n,
    int64_t sum, struct buf *says)
{
	const struct figure *above = NULL;
	enum comparable basis = COMPARABLE;

	put_sum(whole, part, n, says);
	for (unsigned i = 0; i < n; i++) {
		enum comparable c = compare_basis(whole, part[i]);

		basis = c > basis ? c : basis;
		if (part[i]->value > whole->value)
			above = part[i];
	}
	if (basis == DIFFERENT) {
		(void)json_object_set_new(o, "implies", json_string("nothing"));
		buf_puts(says, "they are of different periods or populations, so nothing "
			       "follows.");
	} else if (is_bound(whole, "over")) {
		(void)json_object_set_new(o, "implies", json_string("nothing"));
		buf_puts(says, "the whole is stated as a lower bound, so nothing follows.");
	} else if (above) {
		(void)json_object_set_new(o, "implies", json_string("contradiction"));
		buf_printf(says,
		    "a part, %s, is larger than its whole. The two cannot both be right as "
		    "they are defined here.",
		    above->as_stated);
	} else if (sum > whole->value)
		say_overlap(o, whole, n, sum, says);
	else if (sum == whole->value) {
		(void)json_object_set_new(o, "implies", json_string("partition"));
		buf_puts(says, "they add up, as parts do that do not overlap.");
	} else {
		(void)json_object_set_new(o, "implies", json_string("remainder"));
		set_decimal(o, "remainder", whole->value - sum);
		numeral_put(whole->value - sum, says);
		buf_puts(
		    says, " are under none of them, or the parts overlap and more are.");
	}
	if (basis == AS_FAR_AS_STATED)
		buf_puts(says,
		    " (Period or population is not stated for some of them and is "
		    "taken to be the same.)");
}

static void
imply(
    json_t *list, const struct figure *whole, const struct figure *const *part, unsigned n)
{
	json_t *o = json_object(), *ids = json_array();
	struct buf says = { .max = 4096 };
	int64_t sum = 0;
	bool known = true;
	char name[160];

	for (unsigned i = 0; i < n; i++) {
		known &= !__builtin_add_overflow(sum, part[i]->value, &sum);
		(void)snprintf(name, sizeof name, "%s:%s", part[i]->claim, part[i]->id);
		(void)json_array_append_new(ids, json_string(name));
	}
	if (known) {
		say(o, whole, part, n, sum, &says);
		set_decimal(o, "sum", sum);
	}
	(void)json_object_set_new(o, "parts", ids);
	(void)snprintf(name, sizeof name, "%s:%s", whole->claim, whole->id);
	(void)json_object_set_new(o, "whole", json_string(name));
	(void)json_object_set_new(
	    o, "says", json_string(says.bad || !known ? "" : says.at));
	(void)json_array_append_new(list, o);
	buf_release(&says);
}

/* What is not of the same unit cannot be added; that too is said. */
static void
imply_for(json_t *list, const struct figure *f, size_t n, const struct figure *whole)
{
	const struct figure *part[PARTS_MAX];
	unsigned parts = 0;

	for (size_t i = 0; i < n; i++)
		if (f[i].part_of && refers_to(f[i].part_of, f[i].claim, whole) &&
		    strcmp(f[i].unit, whole->unit) == 0 && parts < PARTS_MAX &&
		    &f[i] != whole)
			part[parts++] = &f[i];
	if (parts >= 2)
		imply(list, whole, part, parts);
}

static size_t
figures_of(json_t *claims, struct figure *f, size_t max)
{
	size_t n = 0, c, i;
	json_t *claim, *figure;

	json_array_foreach(claims, c, claim)
	    json_array_foreach(json_object_get(claim, "figures"), i, figure)
	{
		struct figure *x = &f[n];

		if (n == max)
			return n;
		*x = (struct figure){ .claim = text_of(claim, "id"),
			.id = text_of(figure, "id"),
			.unit = text_of(figure, "unit"),
			.as_stated = text_of(figure, "as_stated"),
			.part_of = text_of(figure, "part_of"),
			.period = text_of(figure, "period"),
			.population = text_of(figure, "population"),
			.bound = text_of(figure, "bound") };
		if (x->claim && x->id && x->unit && x->as_stated &&
		    text_of(figure, "value") &&
		    numeral_value(text_of(figure, "value"), &x->value))
			n++;
	}
	return n;
}

static json_t *
implications(json_t *claims)
{
	static const size_t max = 4096;
	struct figure *f = calloc(max, sizeof *f);
	json_t *list = json_array();
	size_t n = f ? figures_of(claims, f, max) : 0;

	for (size_t i = 0; i < n; i++)
		imply_for(list, f, n, &f[i]);
	free(f);
	return list;
}

static void
state(json_t *o, const char *key)
{
	if (json_object_get(o, key) == NULL)
		(void)json_object_set_new(o, key, json_string(DOCKET_NOT_STATED));
}

static void
state_figures(json_t *figures)
{
	static const char *const keys[] = { "period", "population", "method" };
	json_t *f;
	size_t i;

	json_array_foreach(figures, i, f) for (size_t k = 0; k < sizeof keys / sizeof *keys;
					       k++) state(f, keys[k]);
}

/* The latest word on a claim: its own, or a later entry of kind status. */
static void
set_status(json_t *claim, json_int_t entry, json_t *statuses)
{
	json_t *row;
	size_t i;

	json_array_foreach(statuses, i, row)
	{
		json_t *body = json_object_get(row, "body");
		json_int_t n = json_integer_value(json_object_get(row, "entry"));

		if (n < entry || text_of(body, "claim") == NULL ||
		    strcmp(text_of(body, "claim"), text_of(claim, "id")) != 0)
			continue;
		entry = n;
		(void)json_object_set(claim, "status", json_object_get(body, "status"));
		(void)json_object_set(
		    claim, "status_reason", json_object_get(body, "reason"));
		(void)json_object_set(claim, "status_since", json_object_get(row, "time"));
	}
}

static enum status
complete(struct casebook *cb, json_t *claims, json_t **out, struct error *err)
{
	json_t *list = json_array(), *statuses, *row;
	enum status st = casebook_list(cb, "status", NULL, &statuses, err);
	size_t i;

	if (st != OK) {
		json_decref(list);
		return st;
	}
	json_array_foreach(claims, i, row)
	{
		json_t *claim = json_object_get(row, "body"), *party;
		const char *by = text_of(claim, "by");

		party = by ? casebook_get(cb, "party", by) : NULL;
		state(claim, "about");
		state(claim, "on");
		state(claim, "evidence_stated");
		state_figures(json_object_get(claim, "figures"));
		set_status(
		    claim, json_integer_value(json_object_get(row, "entry")), statuses);
		if (party)
			(void)json_object_set(
			    claim, "by_name", json_object_get(party, "name"));
		(void)json_array_append(list, claim);
		json_decref(party);
	}
	json_decref(statuses);
	*out = list;
	return OK;
}

enum status
docket_make(struct casebook *cb, json_t **out, struct error *err)
{
	json_t *rows, *claims;
	enum status st = casebook_list(cb, "claim", NULL, &rows, err);

	if (st != OK)
		return st;
	st = complete(cb, rows, &claims, err);
	json_decref(rows);
	if (st != OK)
		return st;
	*out = json_object();
	(void)json_object_set_new(*out, "title", json_string(casebook_title(cb)));
	(void)json_object_set_new(*out, "implications", implications(claims));
	(void)json_object_set_new(*out, "claims", claims);
	return *out ? OK : error_set(err, E_NOMEM, "no memory");
}
