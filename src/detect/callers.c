/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/callers.h"

#include <stdlib.h>
#include <string.h>

/* The first pair of a host and a peer; the others follow it. */
struct entry {
	uint32_t shard, pair; /* pairs are numbered in 32 bits */
};

/* Bits of hashes: peers that share one with a wanted peer are there as well. */
#define WANTED_BITS 18

struct callers {
	struct pairs *const *shard;
	size_t shards;
	unsigned bits;
	uint32_t *end; /* of each bucket; it begins where the one before ends */
	struct entry *entry;
	bool made, failed;
	uint64_t wanted[(1 << WANTED_BITS) / 64];
};

struct callers *
callers_new(struct pairs *const *shard, size_t shards)
{
	struct callers *c = calloc(1, sizeof *c);

	if (c)
		*c = (struct callers){ .shard = shard, .shards = shards };
	return c;
}

void
callers_free(struct callers *c)
{
	if (c == NULL)
		return;
	free(c->end);
	free(c->entry);
	free(c);
}

static uint64_t
hash_of(const struct ip *ip)
{
	uint64_t a, b;

	memcpy(&a, ip->b, 8);
	memcpy(&b, ip->b + 8, 8);
	return (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
}

static uint32_t
bucket_of(const struct callers *c, const struct ip *ip)
{
	return (uint32_t)(hash_of(ip) >> (64 - c->bits));
}

static bool
is_wanted(const struct callers *c, const struct ip *ip)
{
	uint64_t bit = hash_of(ip) >> (64 - WANTED_BITS);

	return c->wanted[bit / 64] >> (bit % 64) & 1;
}

void
callers_want(struct callers *c, const struct ip *peer)
{
	uint64_t bit = hash_of(peer) >> (64 - WANTED_BITS);

	if (c && !c->made)
		c->wanted[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool
begins(const struct pair_key *k, const struct pair_key *before, size_t pair)
{
	return pair == 0 || !ip_equal(&k->peer, &before->peer) ||
	       !ip_equal(&k->host, &before->host);
}

/* What is wanted, as it is found; then it is put into buckets. */
struct found {
	struct entry *entry;
	uint32_t *bucket;
	size_t n, room;
};

static bool
more(struct found *f)
{
	size_t room = f->room ? 2 * f->room : 1024;
	struct entry *entry = realloc(f->entry, room * sizeof *entry);
	uint32_t *bucket;

	f->entry = entry ? entry : f->entry;
	bucket = realloc(f->bucket, room * sizeof *bucket);
	f->bucket = bucket ? bucket : f->bucket;
	f->room = entry && bucket ? room : f->room;
	return entry && bucket;
}

/* False: no memory. */
static bool
find(const struct callers *c, struct found *f)
{
	for (uint32_t s = 0; s < c->shards; s++) {
		struct pair_key before = { 0 };

		for (size_t i = 0; i < pairs_count(c->shard[s]); i++) {
			struct pair_key k = pairs_key(c->shard[s], i);
			bool is_first = begins(&k, &before, i);

			before = k;
			if (!is_first || !is_wanted(c, &k.peer))
				continue;
			if (f->n == f->room && !more(f))
				return false;
			f->entry[f->n] = (struct entry){ s, (uint32_t)i };
			f->bucket[f->n++] = bucket_of(c, &k.peer);
		}
	}
	return true;
}

/* How far ahead a bucket is fetched. */
#define AHEAD 16

/* Each entry to its bucket, where they stay in their order. False: no memory. */
static bool
put(struct callers *c, const struct found *f)
{
	uint32_t sum = 0;

	c->end = calloc((size_t)1 << c->bits, sizeof *c->end);
	c->entry = malloc((f->n ? f->n : 1) * sizeof *c->entry);
	if (c->end == NULL || c->entry == NULL)
		return false;
	for (size_t i = 0; i < f->n; i++)
		c->end[f->bucket[i]]++;
	for (size_t b = 0; b < (size_t)1 << c->bits; b++) {
		uint32_t n = c->end[b];

		c->end[b] = sum;
		sum += n;
	}
	for (size_t i = 0; i < f->n; i++) {
		if (f->n - i > AHEAD)
			__builtin_prefetch(&c->end[f->bucket[i + AHEAD]], 1);
		c->entry[c->end[f->bucket[i]]++] = f->entry[i];
	}
	return true;
}

static void
make(struct callers *c)
{
	struct found f = { 0 };
	uint64_t pairs = 0;

	for (size_t s = 0; s < c->shards; s++)
		pairs += pairs_count(c->shard[s]);
	c->failed = true;
	if (pairs >= UINT32_MAX)
		return;
	for (c->bits = 4; c->bits < 26 && UINT64_C(2) << c->bits < pairs; c->bits++)
		;
	c->failed = !find(c, &f) || !put(c, &f);
	free(f.entry);
	free(f.bucket);
}

/* The calls of one host to one peer that begin with pair i. */
static struct calls
range(const struct pairs *pairs, size_t i, size_t all)
{
	struct pair_key k = pairs_key(pairs, i), next;
	size_t end = i + 1;

	for (; end < all; end++) {
		next = pairs_key(pairs, end);
		if (!ip_equal(&next.peer, &k.peer) || !ip_equal(&next.host, &k.host))
			break;
	}
	return (struct calls){ k.host, pairs, i, end };
}

bool
calls_to(const struct calls *calls, const struct ip *peer, struct calls *out)
{
	size_t low = calls->first, high = calls->end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct ip there = pairs_key(calls->pairs, mid).peer;

		if (ip_compare(&there, peer) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < calls->end) {
		struct ip there = pairs_key(calls->pairs, low).peer;

		if (ip_equal(&there, peer)) {
			*out = range(calls->pairs, low, calls->end);
			return true;
		}
	}
	*out = (struct calls){ calls->host, calls->pairs, low, low };
	return false;
}

static bool
next_of_all(
    const struct heard *h, const struct ip *peer, struct calls_walk *at, struct calls *out)
{
	struct calls calls;

	while (calls_next(h, at, &calls))
		if (calls_to(&calls, peer, out))
			return true;
	return false;
}

bool
callers_next(
    const struct heard *h, const struct ip *peer, struct calls_walk *at, struct calls *out)
{
	struct callers *c = h->callers;
	uint32_t bucket, first;

	if (c && !c->made) {
		make(c);
		c->made = true;
	}
	if (c == NULL || c->failed || !is_wanted(c, peer))
		return next_of_all(h, peer, at, out);
	bucket = bucket_of(c, peer);
	first = bucket ? c->end[bucket - 1] : 0;
	while (at->entry < c->end[bucket] - first) {
		const struct entry *e = &c->entry[first + at->entry++];
		const struct pairs *pairs = c->shard[e->shard];
		struct ip there = pairs_key(pairs, e->pair).peer;

		if (!ip_equal(&there, peer))
			continue;
		*out = range(pairs, e->pair, pairs_count(pairs));
		return true;
	}
	return false;
}
