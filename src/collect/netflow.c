/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/netflow.h"

#include <stdlib.h>

#include "base/stamp.h"
#include "collect/netflow_own.h"

#define V5_HEADER    24
#define V5_RECORD    48
#define V9_HEADER    20
#define IPFIX_HEADER 16
#define MS           UINT64_C(1000000)

enum status
netflow_new(struct netflow **out, half_sink *sink, void *state, struct error *err)
{
	struct netflow *nf = calloc(1, sizeof *nf);

	if (nf == NULL)
		return error_set(err, E_NOMEM, "no memory for templates of NetFlow");
	nf->sink = sink;
	nf->state = state;
	*out = nf;
	return OK;
}

void
netflow_free(struct netflow *nf)
{
	free(nf);
}

const struct netflow_counters *
netflow_counters(const struct netflow *nf)
{
	return &nf->counters;
}

static uint32_t
domain_hash(const struct ip *exporter, uint32_t id, uint16_t version)
{
	uint64_t a, b;

	memcpy(&a, exporter->b, sizeof a);
	memcpy(&b, exporter->b + 8, sizeof b);
	a = (a ^ b ^ id ^ (uint64_t)version << 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(a >> 40);
}

/* NULL when there are too many. */
static struct domain *
domain_find(struct netflow *nf, const struct ip *exporter, uint32_t id, uint16_t version)
{
	uint32_t at = domain_hash(exporter, id, version);

	for (unsigned i = 0; i < 16; i++) {
		struct domain *d = &nf->domain[(at + i) % NETFLOW_DOMAINS];

		if (d->version == 0) {
			*d = (struct domain){
				.exporter = *exporter, .id = id, .version = version
			};
			return d;
		}
		if (d->id == id && d->version == version &&
		    ip_equal(&d->exporter, exporter))
			return d;
	}
	return NULL;
}

/*
 * An exporter that restarts begins its numbers anew; datagrams that overtake
 * each other look like a small step back. Neither is a loss. `ahead`: what the
 * number grows by. Some count the datagram's own records in already (RFC 7011
 * says that they do not): the smaller gap is the one to believe.
 */
static void
count_lost(struct heard *h, uint32_t number, uint32_t ahead)
{
	struct domain *d = h->domain;
	uint32_t gap = number - d->next, other = gap + d->ahead - ahead;

	if (other < gap)
		gap = other;
	if (d->counted && gap > 0 && gap < UINT32_C(1) << 20)
		h->nf->counters.lost += gap;
	d->next = number + ahead;
	d->ahead = ahead;
	d->counted = true;
}

void
domain_boot(struct domain *d, uint64_t export_ns, uint32_t uptime_ms, uint64_t off_ns)
{
	uint64_t up = uptime_ms * MS;
	uint64_t boot = export_ns > up ? export_ns - up : 0;
	uint64_t off = boot > d->boot_ns ? boot - d->boot_ns : d->boot_ns - boot;

	if (d->timed && off <= off_ns)
		return;
	d->timed = true;
	d->boot_ns = boot;
}

static void
v5_record(struct heard *h, struct cursor *c, uint32_t interval)
{
	struct draft d = { 0 };
	struct span r[2];

	draft_take(&d, EL_SRC4, cursor_take(c, 4));
	draft_take(&d, EL_DST4, cursor_take(c, 4));
	cursor_skip(c, 8); /* next hop, interfaces */
	draft_take(&d, EL_PACKETS, cursor_take(c, 4));
	draft_take(&d, EL_OCTETS, cursor_take(c, 4));
	draft_take(&d, EL_START_UP, cursor_take(c, 4));
	draft_take(&d, EL_END_UP, cursor_take(c, 4));
	r[0] = cursor_take(c, 2);
	r[1] = cursor_take(c, 2);
	cursor_skip(c, 1);
	draft_take(&d, EL_TCP, cursor_take(c, 1));
	draft_take(&d, EL_PROTO, cursor_take(c, 1));
	cursor_skip(c, 9); /* TOS, autonomous systems, masks, padding */
	if (d.v[EL_PROTO] == PROTO_ICMP) {
		draft_take(&d, EL_ICMP4, r[1]);
	} else {
		draft_take(&d, EL_SPORT, r[0]);
		draft_take(&d, EL_DPORT, r[1]);
	}
	h->domain->interval = interval;
	draft_flow(h, &d);
}

static bool
see_v5(struct netflow *nf, const struct ip *exporter, uint64_t arrival_ns, struct cursor *c)
{
	struct heard h = { .nf = nf };
	unsigned n = cursor_be16(c);
	uint32_t uptime = cursor_be32(c), seconds = cursor_be32(c);
	uint32_t nanos = cursor_be32(c), number = cursor_be32(c);
	uint32_t engine = cursor_be16(c);
	uint32_t interval = cursor_be16(c) & 0x3fff; /* above it, how it was chosen */

	if (c->bad || n * V5_RECORD > c->left || nanos >= SECOND_NS)
		return false;
	h.domain = domain_find(nf, exporter, engine, 5);
	if (h.domain == NULL) {
		nf->counters.refused++;
		return true;
	}
	h.export_ns = seconds * SECOND_NS + nanos;
	h.clock_ns = arrival_ns ? arrival_ns : h.export_ns;
	domain_boot(h.domain, h.export_ns, uptime, 2 * MS);
	count_lost(&h, number, n);
	for (unsigned i = 0; i < n; i++)
		v5_record(&h, c, interval);
	return true;
}

static bool
see_v9(struct netflow *nf, const struct ip *exporter, uint64_t arrival_ns, struct cursor *c)
{
	struct heard h = { .nf = nf };
	unsigned n = cursor_be16(c);
	uint32_t uptime = cursor_be32(c), seconds = cursor_be32(c);
	uint32_t number = cursor_be32(c), id = cursor_be32(c);

	if (c->bad || n == 0)
		return false;
	h.domain = domain_find(nf, exporter, id, 9);
	if (h.domain == NULL) {
		nf->counters.refused++;
		return true;
	}
	h.export_ns = seconds * SECOND_NS;
	h.clock_ns = arrival_ns ? arrival_ns : h.export_ns;
	domain_boot(h.domain, h.export_ns, uptime, SECOND_NS);
	count_lost(&h, number, 1);
	return sets_see(&h, cursor_rest(c));
}

static bool
see_ipfix(
    struct netflow *nf, const struct ip *exporter, uint64_t arrival_ns, struct cursor *c)
{
	struct heard h = { .nf = nf };
	unsigned len = cursor_be16(c);
	uint32_t seconds = cursor_be32(c), number = cursor_be32(c), id = cursor_be32(c);
	bool whole;

	if (c->bad || len < IPFIX_HEADER || len - IPFIX_HEADER > c->left)
		return false;
	h.domain = domain_find(nf, exporter, id, 10);
	if (h.domain == NULL) {
		nf->counters.refused++;
		return true;
	}
	h.export_ns = seconds * SECOND_NS;
	h.clock_ns = arrival_ns ? arrival_ns : h.export_ns;
	whole = sets_see(&h, cursor_take(c, len - IPFIX_HEADER));
	count_lost(&h, number, h.records);
	return whole;
}

bool
netflow_see(
    struct netflow *nf, const struct ip *exporter, uint64_t arrival_ns, struct span payload)
{
	struct cursor c = cursor_of(payload);
	unsigned version = cursor_be16(&c);
	bool good = false;

	nf->counters.datagrams++;
	if (version == 5)
		good = see_v5(nf, exporter, arrival_ns, &c);
	else if (version == 9)
		good = see_v9(nf, exporter, arrival_ns, &c);
	else if (version == 10)
		good = see_ipfix(nf, exporter, arrival_ns, &c);
	nf->counters.malformed += !good;
	return good;
}

/* The lengths of sets lead to the end; padding of zeros may follow. */
static bool
sets_add_up(struct cursor c, bool v9)
{
	unsigned sets = 0;

	while (c.left >= 4) {
		unsigned id = cursor_be16(&c), len = cursor_be16(&c);

		if (id == 0 && len == 0 && sets > 0)
			return true;
		if (len < 4 || (id > 3 && id < 256) || ((id < 2) != v9 && id < 256))
			return false;
		cursor_skip(&c, len - 4);
		if (c.bad)
			return false;
		sets++;
	}
	return sets > 0;
}

bool
netflow_recognise(struct span payload)
{
	struct cursor c = cursor_of(payload);
	unsigned version = cursor_be16(&c), n = cursor_be16(&c);

	if (version == 5)
		return n > 0 && payload.len >= V5_HEADER &&
		       payload.len == V5_HEADER + (size_t)n * V5_RECORD;
	if (version == 9) {
		cursor_skip(&c, V9_HEADER - 4);
		return n > 0 && !c.bad && sets_add_up(c, true);
	}
	if (version == 10 && n == payload.len) {
		cursor_skip(&c, IPFIX_HEADER - 4);
		return !c.bad && sets_add_up(c, false);
	}
	return false;
}
