/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/run_own.h"

static bool
known_ours(const struct params *p, const struct ip *ip)
{
	enum ip_scope scope = ip_scope(ip);

	if (scope == IP_PRIVATE || scope == IP_LINK)
		return true;
	for (unsigned i = 0; i < p->internals; i++)
		if (ip_net_has(&p->internal[i], ip))
			return true;
	return false;
}

static enum side
side_of(const struct sides *s, const struct ip *ip, bool told_local)
{
	if (told_local || known_ours(s->params, ip) ||
	    (s->guess && ip_net_has(&s->guessed, ip)))
		return SIDE_INTERNAL;
	return SIDE_EXTERNAL;
}

enum side
sides_host(const struct sides *s, const struct pair_key *key, uint8_t flags)
{
	return side_of(s, &key->host, flags & CONTACT_HOST_LOCAL);
}

enum side
sides_peer(const struct sides *s, const struct pair_key *key, uint8_t flags)
{
	return side_of(s, &key->peer, flags & CONTACT_PEER_LOCAL);
}

/* The network of a desk: /24, or /64 of IPv6. */
static struct ip_net
network_of(const struct ip *ip)
{
	struct ip_net net = { .ip = *ip, .bits = ip_is_v4(ip) ? 96 + 24 : 64 };

	memset(net.ip.b + net.bits / 8, 0, sizeof net.ip.b - net.bits / 8);
	return net;
}

/*
 * Misra-Gries with four counters: a network that is in four of five pairs, and
 * so is at least two of five of the ends, is certain to be held.
 */
#define VOTES 4

struct vote {
	struct ip_net net;
	uint64_t n;
};

static void
cast(struct vote vote[static VOTES], const struct ip *ip)
{
	struct ip_net net = network_of(ip);
	int empty = -1;

	for (int i = 0; i < VOTES; i++) {
		if (vote[i].n == 0)
			empty = i;
		else if (ip_equal(&vote[i].net.ip, &net.ip) &&
			 vote[i].net.bits == net.bits) {
			vote[i].n++;
			return;
		}
	}
	if (empty >= 0) {
		vote[empty] = (struct vote){ net, 1 };
		return;
	}
	for (int i = 0; i < VOTES; i++)
		vote[i].n--;
}

/* Calls `see` for pairs neither end of which is known to be ours; returns their number. */
static uint64_t
outside_pairs(const struct run *run,
    void (*see)(void *, const struct ip *, const struct ip *), void *arg)
{
	uint64_t outside = 0;

	for (unsigned s = 0; s < run->input->shards; s++) {
		const struct pairs *pairs = run->input->shard[s];

		for (size_t i = 0; i < pairs_count(pairs); i++) {
			struct pair_key key = pairs_key(pairs, i);
			size_t n;
			uint8_t flags = pairs_contacts(pairs, i, &n)->flags;

			if (sides_host(&run->sides, &key, flags) == SIDE_INTERNAL ||
			    sides_peer(&run->sides, &key, flags) == SIDE_INTERNAL)
				continue;
			outside++;
			see(arg, &key.host, &key.peer);
		}
	}
	return outside;
}

static void
see_vote(void *arg, const struct ip *host, const struct ip *peer)
{
	cast(arg, host);
	cast(arg, peer);
}

struct tally {
	const struct vote *vote;
	uint64_t touched[VOTES];
};

static void
see_tally(void *arg, const struct ip *host, const struct ip *peer)
{
	struct tally *t = arg;

	for (int i = 0; i < VOTES; i++)
		t->touched[i] += t->vote[i].n > 0 && (ip_net_has(&t->vote[i].net, host) ||
							 ip_net_has(&t->vote[i].net, peer));
}

/*
 * A capture at one public address, or of one small public network, has that
 * network in nearly all of its pairs. We take it for ours when at least half of
 * the pairs have no end that is known to be, and four of five of these touch it.
 */
void
run_guess_network(struct run *run)
{
	struct vote vote[VOTES] = { 0 };
	struct tally tally = { .vote = vote };
	uint64_t outside = outside_pairs(run, see_vote, vote);
	int best = 0;

	if (outside == 0 || 2 * outside < run->totals.pairs)
		return;
	(void)outside_pairs(run, see_tally, &tally);
	for (int i = 1; i < VOTES; i++)
		if (tally.touched[i] > tally.touched[best])
			best = i;
	if (5 * tally.touched[best] < 4 * outside)
		return;
	run->sides.guessed = run->totals.network = vote[best].net;
	run->sides.guess = run->totals.network_is_guessed = true;
}
