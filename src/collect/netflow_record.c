/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netflow_record.c - from the elements of a record to one direction of a flow.
 */
#include <stdlib.h>

#include "base/stamp.h"
#include "collect/netflow_own.h"

#define MS       UINT64_C(1000000)
#define US       UINT64_C(1000)
#define NTP_1970 UINT64_C(2208988800)               /* seconds from 1900 (RFC 5905) */
#define TIME_END (UINT64_C(7258118400) * SECOND_NS) /* 2200-01-01 */

static const uint64_t NUMBERS[EL_COUNT] = {
#define X(name, number) [EL_##name] = (number),
	ELEMENTS(X)
#undef X
};

/* Asked for each field of a template, not of a record. */
enum element
element_find(uint64_t number)
{
	for (unsigned i = 0; i < EL_COUNT; i++)
		if (NUMBERS[i] == number)
			return (enum element)i;
	return EL_SKIP;
}

/* Numbers may be shorter than their type (RFC 7011 section 6.2). */
void
draft_take(struct draft *d, enum element el, struct span value)
{
	uint64_t v = 0;

	if (el == EL_SRC6 || el == EL_DST6) {
		if (value.len != 16)
			return;
		memcpy(el == EL_SRC6 ? d->src.b : d->dst.b, value.at, 16);
		d->met |= UINT64_C(1) << el;
		return;
	}
	if (value.len == 0 || value.len > 8)
		return;
	for (size_t i = 0; i < value.len; i++)
		v = v << 8 | value.at[i];
	if (el == EL_SRC4 || el == EL_DST4) {
		if (value.len != 4)
			return;
	} else if (d->met & UINT64_C(1) << el) {
		return;
	}
	d->v[el] = v;
	d->met |= UINT64_C(1) << el;
}

/* The first of two, three elements that is there. */
static uint64_t
first_of(const struct draft *d, enum element a, enum element b, enum element c)
{
	if (d->met & UINT64_C(1) << a)
		return d->v[a];
	return d->met & UINT64_C(1) << b ? d->v[b] : d->v[c];
}

static struct ip
ip_of_v4(uint64_t v)
{
	return ip_from_v4((uint8_t[4]){
	    (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v });
}

/*
 * Exporters whose flows are of both families fill the other one's addresses
 * with zeros.
 */
static bool
take_addresses(const struct draft *d, struct flow *f)
{
	static const struct ip none;
	bool v4 = (d->met & (BIT(SRC4) | BIT(DST4))) == (BIT(SRC4) | BIT(DST4));
	bool v6 = (d->met & (BIT(SRC6) | BIT(DST6))) == (BIT(SRC6) | BIT(DST6));

	if (v4 && v6 && d->v[EL_SRC4] == 0 && d->v[EL_DST4] == 0)
		v4 = false;
	if (v4) {
		f->orig = ip_of_v4(d->v[EL_SRC4]);
		f->resp = ip_of_v4(d->v[EL_DST4]);
		return true;
	}
	f->orig = d->src;
	f->resp = d->dst;
	return v6 && !(ip_equal(&f->orig, &none) && ip_equal(&f->resp, &none));
}

/*
 * dateTimeMicroseconds and -Nanoseconds are NTP's format (RFC 7011 section
 * 6.1.9). Many exporters send plain numbers since 1970 instead: as NTP's those
 * would lie long before 1970, so there is no doubt.
 */
static uint64_t
ntp_ns(uint64_t v, uint64_t plain_unit)
{
	uint64_t seconds = v >> 32, part = v & UINT32_MAX;

	if (seconds < NTP_1970)
		return v < TIME_END / plain_unit ? v * plain_unit : 0;
	return (seconds - NTP_1970) * SECOND_NS + (part * SECOND_NS >> 32);
}

/* A point in time, if the record has it in one of its forms; the finest wins. */
struct point {
	uint64_t ns; /* 0: not told */
	uint32_t resolution;
	uint8_t clock;
};

static struct point
device(uint64_t ns, uint64_t resolution)
{
	return (struct point){ ns < TIME_END ? ns : 0, (uint32_t)resolution,
		FLOW_CLOCK_DEVICE };
}

/* `at`: seconds, then milli-, micro- and nanoseconds, two or one apart. */
static struct point
absolute(const struct draft *d, unsigned at, unsigned apart)
{
	const uint64_t *v = d->v;
	unsigned s = at, ms = at + apart, us = at + 2 * apart, ns = at + 3 * apart;

	if (d->met >> ns & 1)
		return device(ntp_ns(v[ns], 1), 1);
	if (d->met >> us & 1)
		return device(ntp_ns(v[us], US), US);
	if (d->met >> ms & 1)
		return device(v[ms] < TIME_END / MS ? v[ms] * MS : 0, MS);
	if (d->met >> s & 1)
		return device(
		    v[s] < TIME_END / SECOND_NS ? v[s] * SECOND_NS : 0, SECOND_NS);
	return (struct point){ 0 };
}

/*
 * IPFIX without the moment of the boot: no flow ends after its export, so the
 * boot is not later than the export less the largest end. That is off by how
 * long exporters wait, soon a second or less, and the same for all flows.
 */
static uint64_t
guess_boot(const struct heard *h, const struct draft *d)
{
	struct domain *dom = h->domain;
	uint64_t export_ms = h->export_ns / MS, end = (uint32_t)d->v[EL_END_UP];

	if (dom->version != 10 || !(d->met & BIT(END_UP)) || end > export_ms)
		return 0;
	if (!dom->guessed || dom->boot_ns > (export_ms + 1000 - end) * MS) {
		dom->boot_ns = (export_ms - end) * MS;
		dom->guessed = true;
	}
	return dom->boot_ns / MS;
}

/*
 * Milliseconds since boot, which begin again after 49.7 days: of the moments
 * that it may be, the one next to the export.
 */
static struct point
since_boot(const struct heard *h, const struct draft *d, enum element el)
{
	const struct domain *dom = h->domain;
	uint64_t boot = dom->timed ? dom->boot_ns / MS : 0;
	uint64_t at, export_ms = h->export_ns / MS;
	const uint64_t round = UINT64_C(1) << 32;

	if (!(d->met >> el & 1))
		return (struct point){ 0 };
	if ((d->met & BIT(BOOT_MS)) && d->v[EL_BOOT_MS] < TIME_END / MS)
		boot = d->v[EL_BOOT_MS];
	else if (!dom->timed)
		boot = guess_boot(h, d);
	if (boot == 0)
		return (struct point){ 0 };
	at = boot + (uint32_t)d->v[el];
	if (at > export_ms + round / 2 && at >= round)
		at -= round;
	else if (export_ms > at)
		at += (export_ms - at + round / 2) / round * round;
	if (dom->guessed)
		return (struct point){ at * MS, (uint32_t)SECOND_NS, FLOW_CLOCK_EXPORT };
	return (struct point){ at * MS + (dom->timed ? dom->boot_ns % MS : 0), (uint32_t)MS,
		FLOW_CLOCK_UPTIME };
}

/* Microseconds before the export, whose time is told in seconds. */
static struct point
before_export(const struct heard *h, const struct draft *d, enum element el)
{
	uint64_t back = d->v[el];

	if (!(d->met >> el & 1) || back > h->export_ns / US)
		return (struct point){ 0 };
	return (struct point){ h->export_ns - back * US, (uint32_t)SECOND_NS,
		FLOW_CLOCK_EXPORT };
}

static struct point
point_of(const struct heard *h, const struct draft *d, enum element seconds,
    enum element up, enum element delta)
{
	struct point p = absolute(d, seconds, 2);

	if (p.ns == 0)
		p = since_boot(h, d, up);
	return p.ns ? p : before_export(h, d, delta);
}

static uint64_t
duration_ns(const struct draft *d)
{
	uint64_t v = 0;

	if ((d->met & BIT(DURATION_US)) && d->v[EL_DURATION_US] < TIME_END / US)
		v = d->v[EL_DURATION_US] * US;
	else if ((d->met & BIT(DURATION_MS)) && d->v[EL_DURATION_MS] < TIME_END / MS)
		v = d->v[EL_DURATION_MS] * MS;
	return v;
}

/* False when the record tells no time that we know. */
static bool
take_times(const struct heard *h, const struct draft *d, struct flow *f)
{
	struct point start = point_of(h, d, EL_START_S, EL_START_UP, EL_START_DELTA);
	struct point end = point_of(h, d, EL_END_S, EL_END_UP, EL_END_DELTA);
	uint64_t lasted = duration_ns(d);

	if (start.ns == 0 && end.ns == 0) {
		end = absolute(d, EL_SEEN_S, 1);
		lasted = 0;
	}
	if (start.ns == 0) {
		start = end;
		start.ns -= lasted < end.ns ? lasted : 0;
	}
	if (end.ns == 0) {
		end = start;
		end.ns += lasted;
	}
	if (start.ns == 0)
		return false;
	f->first_ns = start.ns;
	f->last_ns = end.ns > start.ns ? end.ns : start.ns;
	f->clock = start.clock;
	f->resolution_ns =
	    start.resolution > end.resolution ? start.resolution : end.resolution;
	return true;
}

static void
take_ports(const struct draft *d, struct flow *f)
{
	const uint64_t typed = BIT(ICMP4_TYPE) | BIT(ICMP6_TYPE);
	uint64_t both = first_of(d, EL_ICMP4, EL_ICMP6, EL_DPORT);

	f->proto = (uint8_t)d->v[EL_PROTO];
	if (f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6) {
		if (d->met & typed)
			icmp_ports(f,
			    (unsigned)first_of(
				d, EL_ICMP4_TYPE, EL_ICMP6_TYPE, EL_ICMP6_TYPE),
			    (unsigned)first_of(
				d, EL_ICMP4_CODE, EL_ICMP6_CODE, EL_ICMP6_CODE));
		else
			icmp_ports(
			    f, (unsigned)(both >> 8 & 0xff), (unsigned)(both & 0xff));
		return;
	}
	f->orig_port = (uint16_t)first_of(d, EL_SPORT, EL_SPORT_UDP, EL_SPORT_TCP);
	f->resp_port = (uint16_t)first_of(d, EL_DPORT, EL_DPORT_UDP, EL_DPORT_TCP);
}

static uint64_t
times(uint64_t v, uint32_t n)
{
	uint64_t out;

	return __builtin_mul_overflow(v, (uint64_t)n, &out) || out > FLOW_INT_MAX
		   ? FLOW_INT_MAX
		   : out;
}

/* 1 in how many packets: by the sampler that the record names, else the domain's. */
static uint32_t
interval_of(const struct domain *dom, const struct draft *d)
{
	uint64_t id = first_of(d, EL_SAMPLER, EL_SELECTOR, EL_SELECTOR);
	uint32_t n = dom->interval;

	if (d->met & (BIT(SAMPLER) | BIT(SELECTOR)))
		for (unsigned i = 0; i < dom->samplers; i++)
			if (dom->sampler[i].id == id)
				n = dom->sampler[i].interval;
	if ((d->met & BIT(INTERVAL)) && d->v[EL_INTERVAL] > 0 &&
	    d->v[EL_INTERVAL] <= UINT32_MAX)
		n = (uint32_t)d->v[EL_INTERVAL];
	return n > 0 ? n : 1;
}

static void
take_counts(const struct draft *d, uint32_t n, struct half *h)
{
	const uint64_t both = BIT(R_OCTETS) | BIT(R_PACKETS) | BIT(R_OCTETS_TOTAL) |
			      BIT(R_PACKETS_TOTAL) | BIT(RESPONDER_OCTETS) |
			      BIT(RESPONDER_PACKETS);
	struct flow *f = &h->flow;

	f->orig_ip_bytes =
	    times(first_of(d, EL_OCTETS, EL_OCTETS_TOTAL, EL_INITIATOR_OCTETS), n);
	f->orig_pkts =
	    times(first_of(d, EL_PACKETS, EL_PACKETS_TOTAL, EL_INITIATOR_PACKETS), n);
	if (d->met & both) {
		f->resp_ip_bytes = times(
		    first_of(d, EL_R_OCTETS, EL_R_OCTETS_TOTAL, EL_RESPONDER_OCTETS), n);
		f->resp_pkts = times(
		    first_of(d, EL_R_PACKETS, EL_R_PACKETS_TOTAL, EL_RESPONDER_PACKETS), n);
		h->flags |= HALF_BOTH;
	}
}

static void
take_tcp(const struct draft *d, struct half *h)
{
	h->orig_tcp = (uint8_t)(d->v[EL_TCP] | d->v[EL_FIRST_TCP] | d->v[EL_UNION_TCP]);
	h->resp_tcp =
	    (uint8_t)(d->v[EL_R_TCP] | d->v[EL_R_FIRST_TCP] | d->v[EL_R_UNION_TCP]);
	if (h->orig_tcp | h->resp_tcp)
		h->flags |= HALF_FLAGS;
}

/* The originator is known: by name, or since its first packet opened a connection. */
static bool
is_whole(const struct draft *d)
{
	const uint64_t named = BIT(INITIATOR_OCTETS) | BIT(INITIATOR_PACKETS);

	return (d->met & named) || d->v[EL_BIFLOW] == 1 ||
	       ((d->met & BIT(FIRST_TCP)) && (d->v[EL_FIRST_TCP] & 0x12) == 0x02);
}

#define REASON_ACTIVE 2 /* flowEndReason, element 136 */

void
draft_flow(struct heard *heard, const struct draft *d)
{
	struct netflow_counters *c = &heard->nf->counters;
	struct half h = { .clock_ns = heard->clock_ns };
	uint32_t n = interval_of(heard->domain, d);

	c->records++;
	if (!take_addresses(d, &h.flow)) {
		c->addressless++;
		return;
	}
	if (!take_times(heard, d, &h.flow)) {
		c->untimed++;
		return;
	}
	take_ports(d, &h.flow);
	take_counts(d, n, &h);
	take_tcp(d, &h);
	h.flow.vlan = (uint16_t)(first_of(d, EL_VLAN, EL_VLAN_Q, EL_VLAN_Q) & 4095);
	h.flow.sampling = n;
	c->sampled += n > 1;
	if (d->v[EL_REASON] == REASON_ACTIVE)
		h.flags |= HALF_CUT;
	if (is_whole(d))
		h.flags |= HALF_WHOLE;
	h.flow.where = c->records;
	heard->nf->sink(heard->nf->state, &h);
}

/* RFC 5477: so many packets are taken, then so many are left. */
static uint64_t
options_interval(const struct draft *d)
{
	uint64_t taken = d->v[EL_SPACE_TAKEN], left = d->v[EL_SPACE_LEFT];

	if (taken > 0 && left <= UINT32_MAX)
		return (taken + left + taken - 1) / taken;
	return first_of(d, EL_INTERVAL, EL_SAMPLER_INTERVAL, EL_SAMPLER_INTERVAL);
}

void
draft_options(struct heard *heard, const struct draft *d)
{
	const uint64_t told = BIT(INTERVAL) | BIT(SAMPLER_INTERVAL) | BIT(SPACE_TAKEN);
	struct domain *dom = heard->domain;
	uint64_t n = options_interval(d);
	uint64_t id = first_of(d, EL_SAMPLER, EL_SELECTOR, EL_SELECTOR);
	unsigned i = 0;

	heard->nf->counters.options++;
	if ((d->met & BIT(BOOT_MS)) && d->v[EL_BOOT_MS] < TIME_END / MS &&
	    dom->version == 10) {
		dom->timed = true;
		dom->guessed = false;
		dom->boot_ns = d->v[EL_BOOT_MS] * MS;
	}
	if (!(d->met & told) || n == 0 || n > UINT32_MAX)
		return;
	if (!(d->met & (BIT(SAMPLER) | BIT(SELECTOR)))) {
		dom->interval = (uint32_t)n;
		return;
	}
	while (i < dom->samplers && dom->sampler[i].id != id)
		i++;
	if (i == NETFLOW_SAMPLERS) {
		heard->nf->counters.refused++;
		return;
	}
	dom->sampler[i] = (struct sampler){ id, (uint32_t)n };
	if (i == dom->samplers)
		dom->samplers++;
}
