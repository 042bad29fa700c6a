/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/tallies.h"

#include <stdio.h>
#include <string.h>

static void
tally(struct tally *t, unsigned *n, const char *what, uint64_t count)
{
	if (count > 0)
		t[(*n)++] = (struct tally){ .what = what, .n = count };
}

/* Suricata's events that are no flows: counted by kind, not read. */
static const char *const EVENTS[EVE_TYPE_COUNT] = {
#define X(name, text) [EVE_##name] = "Suricata events of the kind " text,
	EVE_TYPES(X)
#undef X
	    [EVE_OTHER] = "Suricata events of other kinds",
};

/* Counters of what was read, and of what was not understood or never came. */
static void
sum_up_records(
    struct summary *s, const struct records_counts *r, const struct meters_counts *m)
{
	const struct netflow_counters *n = &m->netflow;

	tally(s->read, &s->reads, "export datagrams", n->datagrams);
	tally(s->read, &s->reads, "flow records of exporters", n->records);
	tally(s->read, &s->reads, "sFlow datagrams", m->sflow.datagrams);
	tally(s->read, &s->reads, "packets sampled by sFlow", m->sflow.samples);
	tally(s->lost, &s->losts, "sFlow samples and records of kinds not read",
	    m->sflow.others);
	tally(s->lost, &s->losts, "sFlow datagrams cut or contradicting themselves",
	    m->sflow.malformed);
	tally(s->read, &s->reads, "flow records of nfdump", r->nfdump.records);
	tally(s->read, &s->reads, "flows made of both directions", m->halves.paired);
	tally(s->read, &s->reads, "flows told of one direction alone", m->halves.single);
	tally(s->read, &s->reads, "flow records of sampled packets", n->sampled);
	tally(s->lost, &s->losts, "records of nfdump that contradict themselves",
	    r->nfdump.bad);
	tally(s->lost, &s->losts, "records of nfdump without two addresses",
	    r->nfdump.addressless);
	tally(s->lost, &s->losts, "blocks of nfdump's files that could not be read",
	    r->nfdump.blocks_skipped);
	tally(s->lost, &s->losts, "events that tell of a flow again", r->repeated);
	for (int i = EVE_ALERT; i < EVE_TYPE_COUNT; i++)
		tally(s->lost, &s->losts, EVENTS[i], r->event[i]);
	tally(s->lost, &s->losts, "export datagrams cut or contradicting themselves",
	    n->malformed);
	tally(s->lost, &s->losts, "sets of records that came before their template",
	    n->no_template);
	tally(s->lost, &s->losts, "templates and exporters past our limits", n->refused);
	tally(s->lost, &s->losts, "flow records without a time that we know", n->untimed);
	tally(s->lost, &s->losts, "export records that are no flow between two addresses",
	    n->addressless);
	tally(s->lost, &s->losts, "flow records or datagrams that never arrived", n->lost);
	tally(s->lost, &s->losts, "directions that could not wait for the other one",
	    m->halves.early);
	tally(
	    s->lost, &s->losts, "packets between export datagrams, not read", r->strangers);
}

static void
sum_up_lost(struct summary *s, const struct hear_counts *c)
{
	struct tally *t = s->lost;
	unsigned *n = &s->losts;

	tally(t, n, "frames the capturing kernel dropped", c->capture.dropped);
	tally(t, n, "frames shorter than on the wire (snap length)", c->capture.frames_cut);
	tally(t, n, "malformed records in capture files", c->capture.records_bad);
	tally(
	    t, n, "frames with a time before 1970 or past 2554", c->capture.times_clamped);
	tally(t, n, "frames without a time (simple packet blocks)",
	    c->capture.frames_untimed);
	tally(t, n, "capture blocks of kinds not read", c->capture.blocks_skipped);
	for (int v = DECODE_OK + 1; v < DECODE_VERDICT_COUNT; v++)
		tally(t, n, decode_verdict_text((enum decode_verdict)v), c->verdict[v]);
	tally(t, n, "packets with a wrong checksum", c->bad_sums);
	tally(t, n, "of them left out, their sender knows better", c->flow.bad_sums);
	for (int i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++)
		tally(t, n, tunnel_trouble_text((enum tunnel_trouble)i), c->trouble[i]);
	tally(t, n, "frames left out by the filter (-f)", c->capture.unwanted);
	tally(t, n, "frames outside of --from and --to", c->capture.outside);
	tally(t, n, "log records outside of --from and --to", c->records_outside);
	tally(t, n, "log lines stepped over", c->lines_bad);
	tally(t, n, "log lines that tell neither flow nor request", c->lines_other);
	tally(t, n, "IP fragments that never became a packet", c->flow.fragments_lost);
	tally(t, n, "flows ended early for want of memory", c->flow.shed);
	tally(
	    t, n, "flows whose content was not read for want of memory", c->reader.unread);
	tally(t, n, "contacts forgotten for want of memory", c->pairs.shed);
	tally(t, n, "names forgotten for want of memory", c->names.shed);
	tally(t, n, "look-ups not kept one by one", c->lookups.shed);
	tally(t, n, "certificates of logs forgotten for want of memory",
	    c->certificates_shed);
	tally(t, n, "handshakes and requests of services not kept", c->manners.shed);
	tally(t, n, "flows whose carriers were forgotten", c->tunnels_shed);
	tally(t, n, "inputs that ended before their end", c->inputs_broken);
}

static void
tally_protocols(struct summary *s, const struct hear_counts *c)
{
	static const struct {
		uint8_t proto;
		const char *what;
	} known[] = { { PROTO_TCP, "TCP packets" }, { PROTO_UDP, "UDP packets" },
		{ PROTO_ICMP, "ICMP packets" }, { PROTO_ICMP6, "ICMPv6 packets" },
		{ PROTO_SCTP, "SCTP packets" } };
	uint64_t other = 0;

	for (size_t i = 0; i < sizeof c->proto / sizeof *c->proto; i++)
		other += c->proto[i];
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		tally(s->read, &s->reads, known[i].what, c->proto[known[i].proto]);
		other -= c->proto[known[i].proto];
	}
	tally(s->read, &s->reads, "packets of other IP protocols", other);
	tally(s->read, &s->reads, "of them in tunnels, counted as what is inside",
	    c->tunnelled);
}

/* By name, so that the order of the inputs does not show. */
static bool
tally_odds(struct summary *s, const struct zeek_odds *o, struct arena *memory)
{
	const char *before = "";

	for (unsigned i = 0; i < o->n; i++) {
		char text[ZEEK_ODD_NAME + 32];
		const char *what;
		unsigned next = ZEEK_ODDS;
		int len;

		for (unsigned k = 0; k < o->n; k++)
			if (strcmp(o->odd[k].name, before) > 0 &&
			    (next == ZEEK_ODDS ||
				strcmp(o->odd[k].name, o->odd[next].name) < 0))
				next = k;
		if (next == ZEEK_ODDS)
			break;
		before = o->odd[next].name;
		len = snprintf(text, sizeof text, "what Zeek found odd: %s", before);
		what = arena_text(memory, text, (size_t)len);
		if (what == NULL)
			return false;
		tally(s->lost, &s->losts, what, o->odd[next].count);
	}
	tally(s->lost, &s->losts, "what Zeek found odd, under other names", o->more);
	return true;
}

bool
tallies_take(struct summary *s, const struct hear_counts *c, struct arena *memory)
{
	tally(s->read, &s->reads, "frames", c->capture.frames);
	tally(s->read, &s->reads, "bytes in frames", c->capture.bytes);
	tally_protocols(s, c);
	tally(s->read, &s->reads, "log records", c->lines);
	tally(s->read, &s->reads, "of them, certificates in x509 logs", c->certificates);
	tally(s->read, &s->reads, "look-ups, requests and handshakes", c->traits);
	tally(s->read, &s->reads, "of them, those of a connection seen itself",
	    c->pairs.joined);
	tally(s->read, &s->reads, "flows from frames", c->flow.flows);
	tally(s->read, &s->reads, "contacts", c->pairs.contacts);
	tally(s->read, &s->reads, "slices stitched to their connection", c->pairs.stitched);
	tally(s->read, &s->reads, "flows to groups (multicast, broadcast), not judged",
	    c->pairs.apart);
	sum_up_records(s, &c->records, &c->meters);
	sum_up_lost(s, c);
	return tally_odds(s, &c->odd, memory);
}

void
tallies_state(struct summary *s, const struct state_counts *c)
{
	tally(s->read, &s->reads, "contacts recalled from runs before", c->recalled);
	tally(s->lost, &s->losts, "pairs forgotten for their age", c->expired);
	tally(s->lost, &s->losts, "pairs forgotten for want of room in the state", c->shed);
	tally(s->lost, &s->losts, "contacts not recalled for want of memory", c->lost);
}

void
tallies_left_out(struct summary *s, uint64_t findings)
{
	tally(s->lost, &s->losts, "findings left out of a very long list", findings);
}
