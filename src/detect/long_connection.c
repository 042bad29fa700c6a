/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that holds connections to one outside service open for long.
 *
 * A remote-access tool that keeps one connection makes no rhythm of calls.
 * What is left are its length, which way the data goes, and where to. The
 * producer-consumer ratio (Bullard and Gerth, FloCon 2014) is (up - down) /
 * (up + down) of the payload: 1 only gives, -1 only takes.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	GIVES_PPM = 400000,
	ONLY_GIVES = 1000,
	GIVES_BYTES = 1000000,
};

#define LEAST_NS UINT64_C(1500000000000) /* 25 min, as Slips has it */
#define HOUR_NS  UINT64_C(3600000000000)

struct held {
	uint64_t longest_ns, total_ns;
	uint64_t up, down; /* of all calls to the service */
	size_t held;       /* connections of LEAST_NS or more */
};

static struct held
measure(const struct contact *c, size_t n)
{
	struct held h = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint64_t ns = c[i].last_ns - c[i].start_ns;

		/* What is fetched over connections of their own belongs to the same visit. */
		h.up += c[i].up;
		h.down += c[i].down;
		if (ns < LEAST_NS)
			continue;
		h.held++;
		h.longest_ns = ns > h.longest_ns ? ns : h.longest_ns;
		h.total_ns += ns;
	}
	return h;
}

static bool
worth(const struct caller *caller, const struct called *s)
{
	return s->longest_ns >= LEAST_NS && s->key.proto == PROTO_TCP &&
	       called_side(caller, s) == SIDE_EXTERNAL;
}

static void
weigh(struct finding *f, const struct context *c, const struct held *s)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], up[PHRASE_COUNT], down[PHRASE_COUNT];
	int32_t port_mb;
	bool gives = s->up >= GIVES_BYTES && s->up > s->down &&
		     (s->up - s->down) / ((s->up + s->down) / 1000000 + 1) >= GIVES_PPM;
	char span[STAMP_TEXT];

	(void)phrase_port(f->port, f->proto, port);
	(void)phrase_bytes(s->up, up);
	(void)phrase_bytes(s->down, down);
	odds_weight(f, "prior", WEIGHT_LONG_CONNECTION_PRIOR,
	    "most connections held for long are harmless");
	if (s->longest_ns >= HOUR_NS)
		odds_weight(f, "length",
		    s->longest_ns >= 8 * HOUR_NS ? WEIGHT_LONG_CONNECTION_DAY
						 : WEIGHT_LONG_CONNECTION_HOURS,
		    "the longest was held %s", stamp_period(s->longest_ns, span));
	if (gives && s->up / ONLY_GIVES >= s->down)
		odds_weight(f, "direction", WEIGHT_LONG_CONNECTION_ONLY_GIVES,
		    "%s went out and next to nothing, %s, came back", up, down);
	else if (gives)
		odds_weight(f, "direction", WEIGHT_LONG_CONNECTION_GIVES,
		    "%s went out and %s came back", up, down);
	port_mb = odds_port(f, WEIGHT_LONG_CONNECTION_PORT_ODD);
	if (s->held > 1 && !use)
		odds_weight(f, "again", WEIGHT_LONG_CONNECTION_AGAIN,
		    "it was held %zu times", s->held);
	odds_name(f, c);
	odds_prevalence(f, c);
	odds_benign(f, "a backup or a camera that takes its data out", gives,
	    "%s went out, %s came back", up, down);
	odds_benign(f, use ? port_class_benign(use->class) : "a program of one's own",
	    !use || port_mb <= 0, "port %s %s%s", port,
	    use ? "is usually " : "tells nothing", use ? use->words : "");
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], up[PHRASE_COUNT], down[PHRASE_COUNT],
	    held[PHRASE_COUNT], longest[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	const struct contact *c;
	struct calls calls;
	struct held m;
	size_t pair, n;

	(void)params;
	if (!calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	m = measure(c, n);
	if (m.held == 0 || ctx->peer_side != SIDE_EXTERNAL)
		return false;
	f->first_ns = c[0].start_ns;
	f->last_ns = c[n - 1].start_ns;
	f->contacts = n;
	f->fdr_ppm = 1; /* lengths are measured; nothing is inferred */
	odds_measure(f, "held_calls", m.held);
	odds_measure(f, "longest_ns", m.longest_ns);
	odds_measure(f, "total_ns", m.total_ns);
	odds_measure(f, "up_bytes", m.up);
	odds_measure(f, "down_bytes", m.down);
	weigh(f, ctx, &m);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = f->severity >= SEVERITY_LOW ? "T1571" : NULL;
	buf_printf(&b,
	    "%s held %s connections to %s open, the longest for %s; %s went out and %s "
	    "came back",
	    ip_text(&f->host, host), phrase_count(m.held, held),
	    phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    stamp_period(m.longest_ns, longest), phrase_bytes(m.up, up),
	    phrase_bytes(m.down, down));
	CHECK(!b.bad);
	return true;
}

const struct detector detector_long_connection = {
	.kind = FINDING_LONG_CONNECTION,
	.scope = SCOPE_SERVICE,
	.worth = worth,
	.judge = judge,
};
