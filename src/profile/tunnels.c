/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/tunnels.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "profile/slots.h"

#define LEVELS 64

struct tunnels {
	struct tunnel_pair *at;
	uint32_t n, most;
	struct slots slot;
	unsigned level;
	uint64_t shed;
	struct reserve reserve;
};

static void
lay_out(struct tunnels *t)
{
	t->at = reserve_take(&t->reserve, t->most, sizeof *t->at);
	slots_take(&t->slot, &t->reserve, t->most);
}

enum status
tunnels_new(struct tunnels **out, size_t memory, struct error *err)
{
	struct tunnels *t = calloc(1, sizeof *t);
	size_t most = memory / (sizeof *t->at + 32);

	if (t == NULL)
		return error_set(err, E_NOMEM, "no memory for tunnels");
	most = most < 16 ? 16 : most;
	t->most = (uint32_t)(most < UINT32_MAX / 4 ? most : UINT32_MAX / 4);
	lay_out(t);
	if (!reserve_open(&t->reserve)) {
		free(t);
		return error_set(err, E_NOMEM, "no address space for tunnels");
	}
	lay_out(t);
	*out = t;
	return OK;
}

void
tunnels_free(struct tunnels *t)
{
	if (t == NULL)
		return;
	reserve_close(&t->reserve);
	free(t);
}

uint64_t
tunnels_shed(const struct tunnels *t)
{
	return t->shed;
}

size_t
tunnels_count(const struct tunnels *t)
{
	return t->n;
}

static uint64_t
hash_ends(const struct tunnel_pair *t)
{
	uint8_t b[32];

	memcpy(b, t->end[0].ip.b, 16);
	memcpy(b + 16, t->end[1].ip.b, 16);
	return XXH3_64bits(b, sizeof b);
}

static bool
same_ends(const struct tunnel_pair *a, const struct tunnel_pair *b)
{
	return ip_equal(&a->end[0].ip, &b->end[0].ip) &&
	       ip_equal(&a->end[1].ip, &b->end[1].ip);
}

static bool
stays(const struct tunnels *t, uint64_t hash)
{
	return t->level == 0 || (t->level < LEVELS && hash >> (64 - t->level) == 0);
}

static size_t
slot_of(const struct tunnels *t, const struct tunnel_pair *key, uint64_t hash)
{
	const struct slots *s = &t->slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    same_ends(&t->at[slots_number(s->at[i])], key)))
		i = (i + 1) & s->mask;
	return i;
}

static void
put_all(struct tunnels *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		uint64_t hash = hash_ends(&t->at[i]);

		t->slot.at[slot_of(t, &t->at[i], hash)] = slots_of(hash, i);
	}
}

static void
raise_level(struct tunnels *t)
{
	uint32_t kept = 0;

	t->level++;
	slots_clear(&t->slot);
	for (uint32_t i = 0; i < t->n; i++) {
		if (stays(t, hash_ends(&t->at[i])))
			t->at[kept++] = t->at[i];
		else
			t->shed += t->at[i].flows;
	}
	t->n = kept;
	put_all(t);
}

/* NULL: it is one of those that go. */
static struct tunnel_pair *
place(struct tunnels *t, const struct tunnel_pair *key)
{
	uint64_t hash = hash_ends(key);
	size_t i;

	for (;;) {
		if (!stays(t, hash))
			return NULL;
		i = slot_of(t, key, hash);
		if (t->slot.at[i] != 0)
			return &t->at[slots_number(t->slot.at[i])];
		if (t->n < t->most)
			break;
		raise_level(t);
	}
	t->at[t->n] = *key;
	t->slot.at[i] = slots_of(hash, t->n++);
	if (slots_crowded(&t->slot, t->n)) {
		slots_double(&t->slot);
		put_all(t);
	}
	return &t->at[t->n - 1];
}

/* The least addresses stay, in order. */
static void
add_inner(struct tunnel_end *e, const struct ip *ip)
{
	unsigned at = 0;

	while (at < e->inners && ip_compare(&e->inner[at], ip) < 0)
		at++;
	if (at < e->inners && ip_equal(&e->inner[at], ip))
		return;
	e->more |= e->inners == TUNNEL_INNER;
	if (at == TUNNEL_INNER)
		return;
	e->inners = (uint8_t)(e->inners + (e->inners < TUNNEL_INNER));
	for (unsigned i = e->inners - 1U; i > at; i--)
		e->inner[i] = e->inner[i - 1];
	e->inner[at] = *ip;
}

static void
merge_end(struct tunnel_end *to, const struct tunnel_end *from)
{
	for (unsigned i = 0; i < from->inners; i++)
		add_inner(to, &from->inner[i]);
	to->more |= from->more;
	to->packets += from->packets;
	to->bytes += from->bytes;
}

static void
merge(struct tunnel_pair *to, const struct tunnel_pair *from)
{
	merge_end(&to->end[0], &from->end[0]);
	merge_end(&to->end[1], &from->end[1]);
	to->kinds |= from->kinds;
	to->flows += from->flows;
	to->back += from->back;
	to->mirrored += from->mirrored;
	to->first_ns = from->first_ns < to->first_ns ? from->first_ns : to->first_ns;
	to->last_ns = from->last_ns > to->last_ns ? from->last_ns : to->last_ns;
}

/* Nothing yet between these two. */
static struct tunnel_pair
between(const struct ip *a, const struct ip *b)
{
	bool turned = ip_compare(a, b) > 0;

	return (struct tunnel_pair){ .end = { { .ip = turned ? *b : *a },
					 { .ip = turned ? *a : *b } },
		.first_ns = UINT64_MAX };
}

void
tunnels_see(struct tunnels *t, const struct flow *f)
{
	struct tunnel_pair one, *to;
	unsigned orig;

	if (f->tunnel == TUNNEL_NONE || !flow_has_carrier(f))
		return;
	one = between(&f->carrier[0], &f->carrier[1]);
	to = place(t, &one);
	if (to == NULL) {
		t->shed++;
		return;
	}
	orig = ip_equal(&one.end[0].ip, &f->carrier[0]) ? 0 : 1;
	add_inner(&one.end[orig], &f->orig);
	add_inner(&one.end[!orig], &f->resp);
	one.end[orig].packets = f->orig_pkts;
	one.end[orig].bytes = f->orig_ip_bytes;
	one.end[!orig].packets = f->resp_pkts;
	one.end[!orig].bytes = f->resp_ip_bytes;
	one.kinds = 1U << f->tunnel;
	one.flows = 1;
	one.back = f->carried == CARRIED_BACK;
	one.mirrored = f->carried == CARRIED_MIRRORED;
	one.first_ns = f->first_ns;
	one.last_ns = f->last_ns;
	merge(to, &one);
}

static const struct tunnel_pair *
find_in(const struct tunnels *t, const struct tunnel_pair *key)
{
	size_t i;

	if (t->n == 0)
		return NULL;
	i = slot_of(t, key, hash_ends(key));
	return t->slot.at[i] ? &t->at[slots_number(t->slot.at[i])] : NULL;
}

bool
tunnels_find(struct tunnels *const *part, size_t n, const struct ip *a, const struct ip *b,
    struct tunnel_pair *out)
{
	*out = between(a, b);
	for (size_t i = 0; i < n; i++) {
		const struct tunnel_pair *one = find_in(part[i], out);

		if (one)
			merge(out, one);
	}
	return out->flows > 0;
}

bool
tunnels_ends_at(const struct tunnels *t, size_t i, const struct ip *ip)
{
	return ip_equal(&t->at[i].end[0].ip, ip) || ip_equal(&t->at[i].end[1].ip, ip);
}

bool
tunnels_at(
    struct tunnels *const *part, size_t n, size_t which, size_t i, struct tunnel_pair *out)
{
	const struct tunnel_pair *one = &part[which]->at[i];

	for (size_t k = 0; k < which; k++)
		if (find_in(part[k], one))
			return false;
	return tunnels_find(part, n, &one->end[0].ip, &one->end[1].ip, out);
}
