/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cmd/state_own.h"
#include "profile/kept_line.h"
#include "profile/names.h"

/* A finding whose pair may have been kept. */
struct asked {
	struct pair_key key;
	unsigned finding;
};

static int
asked_order(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;
	int c = kept_order(&x->key, &y->key);

	return c ? c : (x->finding > y->finding) - (x->finding < y->finding);
}

struct telling {
	struct asked *asked;
	unsigned n;
	struct buf line;
	state_sink *sink;
	void *to;
	struct error *err;
};

static enum status
tell_line(struct telling *t, unsigned finding)
{
	enum status st;

	st = buf_state(&t->line, "a line of the state", t->err);
	return st == OK ? t->sink(t->to, finding, buf_span(&t->line)) : st;
}

static enum status
tell_runs(struct telling *t, const struct listening *l)
{
	enum status st = OK;

	for (unsigned i = 0; i < t->n; i++)
		for (unsigned k = 0; st == OK && k < l->runs; k++) {
			buf_reset(&t->line);
			kept_line_run(&l->run[k], &t->line);
			st = tell_line(t, t->asked[i].finding);
		}
	return st;
}

/* What was heard in this run, too, is in the slice as it came. */
static enum status
tell_pair(struct telling *t, const struct asked *a, const struct state_step *step)
{
	struct state_merge m = { 0 };
	struct contact c;
	enum status st = OK;
	bool kept;

	while (st == OK && state_merge_next(step, &m, &c, &kept)) {
		if (!kept)
			continue;
		buf_reset(&t->line);
		kept_line_contact(&a->key, &c, &t->line);
		st = tell_line(t, a->finding);
	}
	return st;
}

static enum status
tell_pairs(struct telling *t, struct state *s)
{
	struct state_step step;
	struct state_walk w;
	unsigned i = 0;
	enum status st = state_walk_begin(s, &w, t->err);

	if (st != OK)
		return st;
	while (st == OK && i < t->n && state_walk_step(&w, &step, &st, t->err)) {
		while (i < t->n && kept_order(&t->asked[i].key, &step.key) < 0)
			i++;
		for (; st == OK && i < t->n && kept_order(&t->asked[i].key, &step.key) == 0;
		     i++)
			st = tell_pair(t, &t->asked[i], &step);
	}
	state_walk_end(&w);
	return st;
}

/* Where the peer is a name it has no address. */
static struct pair_key
key_of(const struct finding *f)
{
	static const struct ip none;
	struct pair_key k = {
		.host = f->host, .peer = f->peer, .port = f->port, .proto = f->proto
	};

	if (ip_equal(&f->peer, &none))
		k.peer =
		    name_key((struct span){ (const uint8_t *)f->name, strlen(f->name) });
	return k;
}

enum status
state_tell(const struct state *s, const struct finding *const *f, unsigned n,
    state_sink *sink, void *to, struct error *err)
{
	struct telling t = {
		.asked = calloc(n + 1, sizeof *t.asked), .sink = sink, .to = to, .err = err
	};
	enum status st;

	if (t.asked == NULL)
		return error_set(err, E_NOMEM, "no memory to tell what was kept");
	buf_init(&t.line, 4096);
	for (unsigned i = 0; i < n; i++)
		if (f[i]->kind == FINDING_BEACON)
			t.asked[t.n++] =
			    (struct asked){ .key = key_of(f[i]), .finding = i };
	if (t.n > 1)
		qsort(t.asked, t.n, sizeof *t.asked, asked_order);
	st = tell_runs(&t, &s->listening);
	if (st == OK && t.n > 0)
		st = tell_pairs(&t, (struct state *)(uintptr_t)s);
	buf_release(&t.line);
	free(t.asked);
	return st;
}
