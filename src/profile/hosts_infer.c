/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "profile/hosts_own.h"
#include "profile/names.h"

/* A network that takes part in host-peer pairs without an internal end. */
struct part {
	uint32_t edges, opened;
};

/* The search for a place to listen at, in one family. */
struct search {
	struct hosts *hs;
	bool v4;
	uint64_t edges; /* without an internal end */
	struct addresses nets;
	struct part *part; /* by number of the net */
	struct reserve reserve;
};

/* Whether run r is of an external host of the family. */
static bool
is_open(const struct search *s, uint32_t r)
{
	uint32_t host = s->hs->run[r].host;

	return !hosts_internal(s->hs, host) && ip_is_v4(&s->hs->ip[host]) == s->v4;
}

/* Counts them; true when they are more than half of those that are not private. */
static bool
is_needed(struct search *s)
{
	const struct hosts *hs = s->hs;
	uint64_t all = 0;

	s->edges = 0;
	for (uint32_t r = 0; r < hs->runs; r++) {
		bool open = is_open(s, r);
		bool private = hs->host[hs->run[r].host].side == HOST_PRIVATE;

		if (ip_is_v4(&hs->ip[hs->run[r].host]) != s->v4)
			continue;
		for (uint32_t i = hs->run[r].from; i < hs->run[r + 1].from; i++) {
			if (name_is_key(&hs->ip[hs->peer[i]]))
				continue;
			all += !private || hs->host[hs->peer[i]].side != HOST_PRIVATE;
			s->edges += open && !hosts_internal(hs, hs->peer[i]);
		}
	}
	return 2 * s->edges > all;
}

static struct ip
network_of(const struct ip *ip, unsigned bits)
{
	struct ip net = *ip;

	memset(net.b + bits / 8, 0, sizeof net.b - bits / 8);
	return net;
}

static struct part *
part_of(struct search *s, const struct ip *net)
{
	uint32_t tag = addresses_tag(&s->nets, net);
	uint32_t number = addresses_find(&s->nets, tag, net);

	if (number == ADDRESS_NONE) {
		number = addresses_add(&s->nets, tag, net);
		s->part[number] = (struct part){ 0, 0 };
	}
	return &s->part[number];
}

static void
count_parts(struct search *s, unsigned bits)
{
	const struct hosts *hs = s->hs;

	addresses_rebuild(&s->nets, 0);
	for (uint32_t r = 0; r < hs->runs; r++) {
		struct ip from = network_of(&hs->ip[hs->run[r].host], bits);

		if (!is_open(s, r))
			continue;
		for (uint32_t i = hs->run[r].from; i < hs->run[r + 1].from; i++) {
			struct ip to = network_of(&hs->ip[hs->peer[i]], bits);

			if (hosts_internal(hs, hs->peer[i]) ||
			    name_is_key(&hs->ip[hs->peer[i]]))
				continue;
			part_of(s, &from)->edges++;
			part_of(s, &from)->opened++;
			if (!ip_equal(&from, &to))
				part_of(s, &to)->edges++;
		}
	}
}

/* Of the networks in at least so many tenths, those that opened most. */
static unsigned
choose(const struct search *s, unsigned tenths, unsigned bits,
    struct ip_net out[static HOSTS_INFERRED / 2])
{
	uint32_t most = 0;
	unsigned n = 0;

	for (uint32_t i = 0; i < s->nets.n; i++) {
		const struct part *p = &s->part[i];

		if (10 * (uint64_t)p->edges < tenths * s->edges || p->opened < most)
			continue;
		if (p->opened > most)
			n = 0;
		most = p->opened;
		if (n < HOSTS_INFERRED / 2)
			out[n++] = (struct ip_net){ s->nets.ip[i], (uint8_t)bits };
	}
	return n;
}

static void
mark_inferred(struct search *s, const struct ip_net *net, unsigned nets)
{
	struct hosts *hs = s->hs;

	for (uint32_t i = 0; i < hs->n; i++)
		for (unsigned k = 0; k < nets; k++)
			if (!hosts_internal(hs, i) && !hs->host[i].others &&
			    ip_net_has(&net[k], &hs->ip[i]))
				hs->host[i].side = HOST_INFERRED;
	for (unsigned k = 0; k < nets; k++)
		hs->inferred[hs->nets++] = net[k];
}

static void
mark_originators(struct search *s)
{
	struct hosts *hs = s->hs;

	for (uint32_t i = 0; i < hs->n; i++)
		if (!hosts_internal(hs, i) && !hs->host[i].others && hs->host[i].opened &&
		    ip_is_v4(&hs->ip[i]) == s->v4) {
			hs->host[i].side = HOST_INFERRED;
			hs->originators++;
		}
}

static void
lay_out_search(struct search *s)
{
	size_t most = s->hs->n;

	s->nets.ip = reserve_take(&s->reserve, most, sizeof *s->nets.ip);
	s->nets.slot = reserve_take(
	    &s->reserve, (size_t)1 << addresses_bits(most), sizeof *s->nets.slot);
	s->nets.spare = reserve_take(
	    &s->reserve, (size_t)1 << addresses_bits(most), sizeof *s->nets.spare);
	s->part = reserve_take(&s->reserve, most, sizeof *s->part);
}

enum status
hosts_infer(struct hosts *hs, bool v4, struct error *err)
{
	static const unsigned tenths[] = { 9, 5 };
	static const unsigned bits[2][3] = { { 64, 56, 48 },
		{ 96 + 32, 96 + 24, 96 + 16 } };
	struct search s = { .hs = hs, .v4 = v4 };
	struct ip_net net[HOSTS_INFERRED / 2];
	unsigned nets = 0;

	if (!is_needed(&s))
		return OK;
	lay_out_search(&s);
	if (!reserve_open(&s.reserve))
		return error_set(err, E_NOMEM, "no memory to find the monitored side");
	lay_out_search(&s);
	for (int i = 0; i < 6 && nets == 0; i++) {
		count_parts(&s, bits[v4][i % 3]);
		nets = choose(&s, tenths[i / 3], bits[v4][i % 3], net);
	}
	if (nets > 0)
		mark_inferred(&s, net, nets);
	else
		mark_originators(&s);
	reserve_close(&s.reserve);
	return OK;
}
