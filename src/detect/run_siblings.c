/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/run_own.h"

#include <stdlib.h>

/* Enough to weigh, and a bound on the work when a host calls thousands. */
#define SIBLINGS_MOST 16
#define NEAR_MOST     256

/* A candidate with an outside peer. */
struct beat {
	uint64_t period_ns;
	uint32_t host;
	uint32_t network; /* /16, or /32 of IPv6 */
	uint32_t hit;
};

static int
beat_order(const void *a, const void *b)
{
	const struct beat *x = a, *y = b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	if (x->period_ns != y->period_ns)
		return x->period_ns < y->period_ns ? -1 : 1;
	return (x->hit > y->hit) - (x->hit < y->hit);
}

static uint32_t
network_of(const struct ip *ip)
{
	if (ip_is_v4(ip))
		return (uint32_t)ip->b[12] << 8 | ip->b[13];
	return (uint32_t)ip->b[0] << 24 | (uint32_t)ip->b[1] << 16 |
	       (uint32_t)ip->b[2] << 8 | ip->b[3];
}

static bool
near(const struct beat *a, const struct beat *b)
{
	uint64_t low = a->period_ns < b->period_ns ? a->period_ns : b->period_ns;
	uint64_t high = a->period_ns < b->period_ns ? b->period_ns : a->period_ns;

	return a->host == b->host && high - low <= low / 16;
}

/* Other networks at the period of beat `at`. */
static uint32_t
siblings_of(const struct beat *beat, size_t n, size_t at)
{
	uint32_t seen[SIBLINGS_MOST + 1] = { beat[at].network };
	uint32_t kinds = 1;

	for (int way = -1; way <= 1; way += 2) {
		size_t i = at;

		for (int steps = 0; steps < NEAR_MOST && kinds <= SIBLINGS_MOST; steps++) {
			uint32_t k = 0;

			if ((way < 0 && i == 0) || (way > 0 && i + 1 == n))
				break;
			i = way < 0 ? i - 1 : i + 1;
			if (!near(&beat[at], &beat[i]))
				break;
			while (k < kinds && seen[k] != beat[i].network)
				k++;
			if (k == kinds)
				seen[kinds++] = beat[i].network;
		}
	}
	return kinds - 1;
}

enum status
run_siblings(struct run *run, struct error *err)
{
	struct beat *beat = arena_array(&run->arena, run->hits + 1, struct beat);
	size_t n = 0;

	if (!beat)
		return error_set(
		    err, E_NOMEM, "no memory to compare %zu periods", run->hits);
	for (size_t i = 0; i < run->hits; i++) {
		const struct hit *h = &run->hit[i];
		struct pair_key key = pairs_key(run->input->shard[h->shard], h->pair);
		struct by_step step = run_step(run, 0, h->log10_p_ud[0]);

		if (by_fdr_ppm(step, run->totals.pairs) <= run->params.q_ppm &&
		    run_side(run, &key.peer) == SIDE_EXTERNAL && !name_is_key(&key.peer))
			beat[n++] = (struct beat){ h->gap_ns[1], h->host,
				network_of(&key.peer), (uint32_t)i };
	}
	if (n > 0)
		qsort(beat, n, sizeof *beat, beat_order);
	for (size_t k = 0; k < n; k++)
		run->hit[beat[k].hit].siblings = siblings_of(beat, n, k);
	return OK;
}
