/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of ours that floods somebody.
 *
 * Packet after packet to one address from which next to nothing comes back: what
 * bots do when they are told to. What streams over UDP looks the same, so the
 * kind of packets weighs: TCP that is not answered streams nothing.
 */
#include "detect/detectors.h"
#include "detect/flood.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	FAST_PPS = 1000,
	MANY_PORTS = 20,
	TCP_PAYLOAD = 200, /* bytes a packet: more is a transfer seen from one side */
};

static bool
is_part(const struct subject *s, const struct pair_key *k, const struct contact *c)
{
	return ip_equal(&k->peer, &s->peer) && !(c->flags & CONTACT_ASKED) &&
	       c->up_pkts / FLOOD_RATIO >= c->down_pkts;
}

static bool
is_flood(const struct flood *f)
{
	return flood_stands_out(f) &&
	       (f->proto != PROTO_TCP || f->bytes / f->up <= TCP_PAYLOAD);
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	if (caller->up_pkts < FLOOD_PACKETS)
		return true;
	for (size_t p = 0; p < caller->peers; p++) {
		struct subject s;
		uint64_t packets = 0;
		struct flood f;

		for (size_t k = caller->peer[p]; k < caller->peer[p + 1]; k++)
			packets += caller->service[k].up_pkts;
		if (packets < FLOOD_PACKETS)
			continue;
		s = (struct subject){ .kind = FINDING_DOS_SOURCE,
			.host = caller->calls.host,
			.peer = caller->service[caller->peer[p]].key.peer };
		if (name_is_key(&s.peer))
			continue;
		f = flood_measure(v->heard, &s, true, is_part);
		if (is_flood(&f) && !survey_suspect(v, &s))
			return false;
	}
	return true;
}

static void
weigh(struct finding *f, const struct context *c, const struct flood *m)
{
	const struct port_use *use = port_use_find(m->proto, m->port);
	char n[PHRASE_COUNT], port[PHRASE_ENDPOINT];

	odds_weight(
	    f, "prior", WEIGHT_DOS_SOURCE_PRIOR, "most that goes one way is a stream");
	if (m->proto == PROTO_TCP)
		odds_weight(f, "half_open", WEIGHT_DOS_SOURCE_HALF_OPEN,
		    "TCP that nobody answers carries nothing");
	if (flood_pps(m) >= FAST_PPS)
		odds_weight(f, "fast", WEIGHT_DOS_SOURCE_FAST, "up to %s packets a second",
		    phrase_count(flood_pps(m), n));
	if (c->peer_side == SIDE_EXTERNAL)
		odds_weight(
		    f, "abroad", WEIGHT_DOS_SOURCE_ABROAD, "it goes to an address outside");
	if (m->ports >= MANY_PORTS)
		odds_weight(f, "ports", WEIGHT_DOS_SOURCE_MANY_PORTS, "it goes to %s ports",
		    phrase_count(m->ports, n));
	else if (m->port != 0 && use && use->mb < 0)
		odds_term(f, "port", use->mb, "port %s is usually %s",
		    phrase_port(m->port, m->proto, port), use->words);
	else if (m->port != 0 && !use)
		odds_weight(f, "port", WEIGHT_DOS_SOURCE_PORT_ODD,
		    "port %s has no usual service", phrase_port(m->port, m->proto, port));
	odds_benign(f, "a stream of pictures, voice or measurements",
	    m->proto != PROTO_TCP && m->proto != PROTO_ICMP, "it needs no answer");
	odds_benign(f, "a capture that sees one direction alone", c->host_answered == 0,
	    "%llu of the host's calls were answered", (unsigned long long)c->host_answered);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct flood m = flood_measure(h, s, true, is_part);
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[IP_TEXT], up[PHRASE_COUNT], down[PHRASE_COUNT],
	    pps[PHRASE_COUNT], span[STAMP_TEXT];

	(void)params;
	if (!is_flood(&m))
		return false;
	f->first_ns = m.first_ns;
	f->last_ns = m.last_ns;
	f->contacts = m.calls;
	f->llr_mb = flood_llr_mb(&m);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->pairs);
	odds_measure(f, "up_packets", m.up);
	odds_measure(f, "down_packets", m.down);
	odds_measure(f, "up_bytes", m.bytes);
	odds_measure(f, "densest_10_s_packets", m.peak);
	odds_measure(f, "ports", m.ports);
	weigh(f, ctx, &m);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1498";
	buf_printf(&b,
	    "%s sent %s %s packets over %s, up to %s a second, and %s came back; who is "
	    "not answered sends no more than %d a second",
	    ip_text(&s->host, host), ip_text(&s->peer, peer), phrase_count(m.up, up),
	    stamp_period(m.last_ns - m.first_ns, span), phrase_count(flood_pps(&m), pps),
	    phrase_count(m.down, down), FLOOD_NULL_PPS);
	CHECK(!b.bad);
	return true;
}

/* Whether answers to the host are heard at all. */
static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	(void)h;
	(void)s;
	for (size_t i = 0; i < host->services; i++) {
		const struct called *service = &host->service[i];

		for (size_t j = 0; j < service->calls; j++)
			c->host_answered +=
			    service->call[j].down_pkts > 0 || service->call[j].down > 0;
	}
}

const struct detector detector_dos_source = {
	.kind = FINDING_DOS_SOURCE,
	.scope = SCOPE_PEER,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
