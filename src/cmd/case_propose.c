/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case propose: evidence items that the findings of a case suggest.
 *
 * The facts are filled in; the ratings are left to the analyst, because whom a fact
 * speaks for is a judgement. What is known of how often the like is seen without
 * any actor is told beside: the false discovery rate of the findings themselves.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "case/shape.h"
#include "cmd/case.h"
#include "cmd/cmd.h"

static const char usage[] =
    "usage: geophone case propose DIR\n"
    "Evidence items that the findings of the case suggest, as JSON, a line each: shared\n"
    "infrastructure, fingerprints, indicators, hours of activity. Rate them, give each a\n"
    "reason, and add what you keep with geophone case add DIR item FILE.\n";

/* Findings that tell the same thing of several hosts. */
static const struct proposal {
	const char *name, *kind; /* of the item */
	const char *finding;     /* kind of finding; NULL: any */
	const char *key;         /* that they share */
	const char *forge;
	unsigned least; /* findings that it takes */
} proposals[] = {
	{ "peer", "infra", NULL, "peer", "costly", 2 },
	{ "name", "dns", NULL, "name", "cheap", 2 },
	{ "fingerprint", "tls", "rare_fingerprint", "name", "cheap", 1 },
	{ "family", "malware", "indicator", "why", "cheap", 1 },
};

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* What needs no action says nothing of an actor. */
static bool
is_alert(const json_t *core)
{
	static const char *const severities[] = { "medium", "high", "critical" };
	const char *s = text_of(core, "severity");

	for (size_t i = 0; s && i < sizeof severities / sizeof *severities; i++)
		if (strcmp(s, severities[i]) == 0)
			return true;
	return false;
}

/* The cores of the alerts, each with its id. */
static json_t *
read_cores(struct casebook *cb)
{
	json_t *cores = json_array(), *rows, *row;
	struct error unimportant;
	size_t i;

	if (casebook_list(cb, "finding", NULL, &rows, &unimportant) != OK)
		return cores;
	json_array_foreach(rows, i, row)
	{
		const char *text = text_of(json_object_get(row, "body"), "core");
		json_t *core = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

		if (json_is_object(core) && is_alert(core)) {
			(void)json_object_set(core, "id", json_object_get(row, "id"));
			(void)json_array_append(cores, core);
		}
		json_decref(core);
	}
	json_decref(rows);
	return cores;
}

static void
put_item(const char *name, const char *kind, const char *forge, const char *title,
    const json_t *findings, int64_t fdr_ppm)
{
	struct buf out = { .max = 1 << 20 };
	char id[SHAPE_ID_MAX + 1], base[160];
	json_t *item;

	(void)snprintf(id, sizeof id, "propose-%s-%.8s", name,
	    json_string_value(json_array_get(findings, 0)));
	(void)snprintf(base, sizeof base,
	    "no base rate of the actor is known; of such findings %" PRId64 ".%04" PRId64
	    " %% are expected to be chance",
	    fdr_ppm / 10000, fdr_ppm % 10000);
	item = json_pack("{s:s, s:s, s:s, s:s, s:{s:O}, s:[], s:s, s:s}", "id", id, "kind",
	    kind, "forge", forge, "title", title, "rests_on", "findings", findings,
	    "ratings", "note", base, "source", "A1");
	if (item) {
		shape_put(item, &out);
		buf_putc(&out, '\n');
		(void)fwrite(out.at ? out.at : "", 1, out.len, stdout);
	}
	json_decref(item);
	buf_release(&out);
}

static bool
is_of(const struct proposal *p, const json_t *core)
{
	return text_of(core, p->key) &&
	       (p->finding == NULL || (text_of(core, "kind") &&
					  strcmp(text_of(core, "kind"), p->finding) == 0));
}

static void
propose_shared(const struct proposal *p, const json_t *cores, size_t first)
{
	const json_t *core = json_array_get(cores, first);
	const char *value = text_of(core, p->key);
	json_t *findings = json_array(), *x;
	int64_t fdr = 0;
	char title[400];
	size_t i;

	for (i = 0; i < first; i++)
		if (is_of(p, json_array_get(cores, i)) &&
		    strcmp(text_of(json_array_get(cores, i), p->key), value) == 0) {
			json_decref(findings); /* told already */
			return;
		}
	json_array_foreach(cores, i, x)
	{
		if (!is_of(p, x) || strcmp(text_of(x, p->key), value) != 0)
			continue;
		(void)json_array_append(findings, json_object_get(x, "id"));
		if (json_integer_value(json_object_get(x, "fdr_ppm")) > fdr)
			fdr = json_integer_value(json_object_get(x, "fdr_ppm"));
	}
	(void)snprintf(title, sizeof title, "%zu finding%s share%s the %s %.300s",
	    json_array_size(findings), json_array_size(findings) == 1 ? "" : "s",
	    json_array_size(findings) == 1 ? "s" : "", p->name, value);
	if (json_array_size(findings) >= p->least)
		put_item(p->name, p->kind, p->forge, title, findings, fdr);
	json_decref(findings);
}

/* Who works by day somewhere is active some hours of the day; a machine all of them. */
static void
propose_hours(const json_t *core)
{
	json_t *hours = json_object_get(json_object_get(core, "shape"), "hours");
	json_t *findings;
	char title[160];

	if (!json_is_integer(hours) || !text_of(core, "first_seen") ||
	    !text_of(core, "last_seen"))
		return;
	findings = json_pack("[s]", text_of(core, "id"));
	(void)snprintf(title, sizeof title,
	    "active in %" PRId64 " of 24 hours of the day, from %s to %s",
	    (int64_t)json_integer_value(hours), text_of(core, "first_seen"),
	    text_of(core, "last_seen"));
	put_item("hours", "flow", "cheap", title, findings,
	    json_integer_value(json_object_get(core, "fdr_ppm")));
	json_decref(findings);
}

int
case_propose(int argc, char **argv)
{
	struct casebook *cb;
	json_t *cores, *core;
	size_t i;
	int done = case_simple_options(argc, argv, usage, NULL);

	if (done >= 0)
		return done;
	cb = case_open(argv[optind], NULL);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	cores = read_cores(cb);
	for (size_t p = 0; p < sizeof proposals / sizeof *proposals; p++)
		json_array_foreach(cores, i, core) if (is_of(&proposals[p], core))
		    propose_shared(&proposals[p], cores, i);
	json_array_foreach(cores, i, core) propose_hours(core);
	json_decref(cores);
	casebook_close(cb);
	return EXIT_DONE;
}
