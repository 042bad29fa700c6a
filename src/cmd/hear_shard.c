/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hear_shard.c - from what shards of flows end and tell to what is kept of hosts.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cmd/hear_own.h"

#define TAKE        64  /* of what waits is taken together */
#define ENDED_FIRST 256 /* flows that a shard can end in a unit before it needs more room */

static bool
ended_grow(struct shard *s)
{
	uint32_t room = s->room ? 2 * s->room : ENDED_FIRST;
	struct ended *ended = realloc(s->ended, room * sizeof *ended);

	if (ended == NULL)
		return false;
	s->ended = ended;
	s->room = room;
	return true;
}

static void
flow_ended(void *state, const struct flow *flow)
{
	struct shard *s = state;
	unsigned home = hear_home(&flow->orig);
	struct ended *e;

	if (s->n == s->room && (s->room > UINT32_MAX / 4 || !ended_grow(s))) {
		s->lost++;
		return;
	}
	e = &s->ended[s->n++];
	e->flow = *flow;
	e->next = 0;
	if (s->last[home] > 0)
		s->ended[s->last[home] - 1].next = s->n;
	else
		s->first[home] = s->n;
	s->last[home] = s->n;
}

static void
trait_told(void *state, const struct trait *trait)
{
	struct shard *s = state;

	if (!trait_queue_put(&s->traits, hear_home(&trait->orig), trait))
		s->traits_lost++;
}

static void
keep(struct shard *s, struct mention *m)
{
	names_take(s->names, s->pairs, m);
	lookups_take(s->lookups, m);
	manners_take(s->manners, m);
}

static void
fetch(struct shard *s, struct mention *m, unsigned step)
{
	names_fetch(s->names, s->pairs, m, step);
	lookups_fetch(s->lookups, m, step);
	manners_fetch(s->manners, m, step);
}

static struct known *
known_of(struct hear *h, unsigned worker)
{
	if (h->known[worker] == NULL)
		h->known[worker] = known_new();
	return h->known[worker];
}

void
hear_keep_trait(struct shard *s, const struct trait *t)
{
	struct mention m;

	mention_make(&m, t, known_of(s->hear, 0));
	fetch(s, &m, 0);
	keep(s, &m);
}

/*
 * What waits for shards of pairs, in the order in which they take it. A trait needs
 * a dozen places in memory, each as slow as a packet: those of many are fetched at once.
 */
struct taking {
	struct known *known;
	unsigned n;
	struct {
		struct shard *to;
		const struct flow *flow; /* else it is a trait */
		struct mention mention;
	} item[TAKE];
};

static void
take(struct taking *all)
{
	for (unsigned step = 0; step < MENTION_STEPS; step++)
		for (unsigned i = 0; i < all->n; i++) {
			const struct flow *f = all->item[i].flow;

			if (f == NULL) {
				fetch(all->item[i].to, &all->item[i].mention, step);
			} else if (step < 2) {
				pairs_fetch(all->item[i].to->pairs, &f->orig, step);
				pairs_fetch(all->item[i].to->pairs, &f->resp, step);
			}
		}
	for (unsigned i = 0; i < all->n; i++) {
		struct shard *to = all->item[i].to;
		const struct flow *f = all->item[i].flow;

		if (f == NULL) {
			keep(to, &all->item[i].mention);
			continue;
		}
		pairs_see(to->pairs, f);
		if (f->tunnel)
			tunnels_see(to->tunnels, f);
	}
	all->n = 0;
}

static void
take_flow(struct taking *all, struct shard *to, const struct flow *f)
{
	if (all->n == TAKE)
		take(all);
	all->item[all->n].to = to;
	all->item[all->n++].flow = f;
}

static void
take_trait(struct taking *all, struct shard *to, const struct trait *t)
{
	if (all->n == TAKE)
		take(all);
	all->item[all->n].to = to;
	all->item[all->n].flow = NULL;
	mention_make(&all->item[all->n++].mention, t, all->known);
}

/* Everything that waits for this shard of pairs. */
static void
take_home(struct taking *all, struct hear *h, unsigned home)
{
	struct shard *to = &h->shard[home];

	for (unsigned from = 0; from < HEAR_SHARDS; from++) {
		const struct shard *s = &h->shard[from];

		for (uint32_t i = s->first[home]; i > 0; i = s->ended[i - 1].next)
			take_flow(all, to, &s->ended[i - 1].flow);
		for (const struct trait_queued *q = s->traits.lane[home].first; q;
		     q = q->next_of_lane)
			take_trait(all, to, &q->trait);
	}
}

/* A worker's share: its shards of pairs. */
static void
take_work(void *state, unsigned worker, unsigned workers)
{
	struct taking all;

	all.known = known_of(state, worker);
	all.n = 0;
	for (unsigned home = worker; home < HEAR_SHARDS; home += workers)
		take_home(&all, state, home);
	take(&all);
}

static bool
anything_waits(const struct hear *h)
{
	for (unsigned s = 0; s < HEAR_SHARDS; s++)
		if (h->shard[s].n > 0 || h->shard[s].traits.all.first)
			return true;
	return false;
}

/* Those who listen in get everything of one shard, then of the next. */
static void
tell_taps(struct hear *h)
{
	const struct hear_options *o = &h->options;

	for (unsigned i = 0; i < HEAR_SHARDS; i++) {
		struct shard *s = &h->shard[i];

		for (struct trait_queued *q = o->trait_tap ? s->traits.all.first : NULL; q;
		     q = q->next) {
			o->trait_tap(o->tap_state, &q->trait);
		}
		for (uint32_t k = 0; o->flow_tap && k < s->n; k++)
			o->flow_tap(o->tap_state, &s->ended[k].flow);
	}
}

void
hear_sum_up(struct hear *h)
{
	tell_taps(h);
	if (!anything_waits(h))
		return;
	crew_start(h->crew, take_work, h);
	crew_wait(h->crew);
	for (unsigned i = 0; i < HEAR_SHARDS; i++) {
		struct shard *s = &h->shard[i];

		s->n = 0;
		memset(s->first, 0, sizeof s->first);
		memset(s->last, 0, sizeof s->last);
		trait_queue_reset(&s->traits);
	}
}

enum status
hear_shard_new(struct hear *h, struct shard *s, size_t part, struct error *err)
{
	struct flow_limits limits = h->options.flow;
	uint64_t secret[2];
	enum status st;

	s->hear = h;
	limits.memory = part / 4;
	limits.whole = true;
	/* Against flows made to collide in our tables. No result depends on them. */
	if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
		return error_sys(err, "read random bytes");
	limits.secret = secret[0];
	st = flow_table_new(&s->flows, &limits, flow_ended, s, err);
	if (st == OK)
		st = reader_new(&s->reader, part / 8, trait_told, s, err);
	if (st == OK) {
		struct flow_watch watch = reader_watch(s->reader);

		flow_table_watch(s->flows, &watch);
	}
	if (st == OK)
		st = names_new(&s->names, part / 8, err);
	if (st == OK)
		st = lookups_new(&s->lookups, part / 16, err);
	if (st == OK)
		st = manners_new(&s->manners, part / 32, err);
	if (st == OK)
		st = tunnels_new(&s->tunnels, part / 256, err);
	if (st == OK)
		st = pairs_new(&s->pairs,
		    part - part / 4 - 2 * (part / 8) - part / 16 - part / 32 - part / 256,
		    err);
	if (st == OK)
		pairs_seed(s->pairs, secret[1]);
	return st;
}

void
hear_shard_finish(struct hear *h, struct shard *s)
{
	const struct flow_counters *f = flow_table_counters(s->flows);

	flow_table_finish(s->flows);
#define X(name, why) h->counts.flow.name += f->name;
	FLOW_COUNTERS(X)
#undef X
	flow_table_free(s->flows);
	s->flows = NULL;
	hear_sum_up(h);
	free(s->ended);
	s->ended = NULL;
	s->room = 0;
}

void
hear_shard_free(struct shard *s)
{
	flow_table_free(s->flows);
	reader_free(s->reader);
	trait_queue_release(&s->traits);
	pairs_free(s->pairs);
	names_free(s->names);
	lookups_free(s->lookups);
	manners_free(s->manners);
	tunnels_free(s->tunnels);
	free(s->ended);
}
