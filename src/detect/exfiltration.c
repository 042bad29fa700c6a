/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that gives one server outside far more than any other.
 *
 * Who gives and who takes is told by the producer-consumer ratio (Bullard and
 * Gerth, FloCon 2014). The null is that what a host sends its servers has a tail
 * as heavy as Pareto's with an exponent of 1: then the largest is r times the
 * second largest with a chance of 1/r. That chance as a likelihood ratio is at
 * most 1 / (2 sqrt(1/r)) (Vovk and Wang 2021), for each host once.
 */
#include "detect/detectors.h"
#include "detect/binomial.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	GIVES_PPM = 400000, /* the ratio at the least: who sends mail has it */
	TIMES = 10,         /* what any other server got */

	ONLY_GIVES = 100,
};

#define LEAST_BYTES UINT64_C(50000000)
#define DAY_NS      UINT64_C(86400000000000)

static bool
stands_out(const struct volume *u, uint64_t other)
{
	return u->up >= LEAST_BYTES && u->up > u->down && u->up / TIMES >= other &&
	       (u->up - u->down) / ((u->up + u->down) / 1000000 + 1) >= GIVES_PPM;
}

/* What one host sends the services outside: the most and the second most. */
struct most {
	const struct called *service; /* NULL: none */
	uint64_t up, second;
};

static struct most
most_of(const struct caller *caller)
{
	struct most m = { 0 };

	for (size_t i = 0; i < caller->services; i++) {
		const struct called *s = &caller->service[i];

		if (s->up <= m.second || name_is_key(&s->key.peer) ||
		    called_side(caller, s) != SIDE_EXTERNAL)
			continue;
		if (s->up > m.up) {
			m = (struct most){ s, s->up, m.up };
		} else {
			m.second = s->up;
		}
	}
	return m;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	struct subject s;
	struct most m;

	if (caller->side != SIDE_INTERNAL)
		return true;
	m = most_of(caller);
	if (m.up < LEAST_BYTES || m.up / TIMES < m.second)
		return true;
	s = survey_subject(FINDING_EXFILTRATION, &m.service->key);
	return survey_suspect(v, &s);
}

static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	(void)h;
	(void)s;
	c->host_up = most_of(host).second;
}

/* log10(sqrt(r) / 2), rounded down. */
static int64_t
llr_mb(const struct volume *u, uint64_t other)
{
	uint64_t r = u->up / (other ? other : 1);
	int64_t mb = (int64_t)(((__int128)log10_q58(r) * 1000) >> 58) / 2 - 302;

	return mb > 0 ? mb : 0;
}

static void
weigh(struct finding *f, const struct context *c, const struct volume *u)
{
	char up[PHRASE_COUNT], down[PHRASE_COUNT], most[PHRASE_COUNT];

	(void)phrase_bytes(u->up, up);
	(void)phrase_bytes(u->down, down);
	(void)phrase_bytes(c->host_up, most);
	odds_weight(f, "prior", WEIGHT_EXFILTRATION_PRIOR,
	    "most that goes out is a backup, pictures or work");
	if (u->up >= 10 * LEAST_BYTES)
		odds_weight(f, "much", WEIGHT_EXFILTRATION_MUCH, "%s went out", up);
	if (u->up / ONLY_GIVES >= u->down)
		odds_weight(f, "direction", WEIGHT_EXFILTRATION_ONLY_GIVES,
		    "%s went out and %s came back", up, down);
	if (c->host_peers > 1 && u->up / 10 / TIMES >= c->host_up)
		odds_weight(f, "alone", WEIGHT_EXFILTRATION_ALONE,
		    "no other server was given more than %s", most);
	if (c->host_first_ns > 0 && u->first_ns > c->host_first_ns + DAY_NS)
		odds_weight(f, "new", WEIGHT_EXFILTRATION_NEW,
		    "the host had been seen for a day before");
	(void)odds_port(f, WEIGHT_EXFILTRATION_PORT_ODD);
	odds_name(f, c);
	odds_prevalence(f, c);
	odds_benign(f, "a backup, or a camera that takes its data out", true,
	    "%s went out, %s came back", up, down);
	odds_benign(f, "a service that others use as well", c->peer_hosts > 1,
	    "%llu of our hosts call this server", (unsigned long long)c->peer_hosts);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], up[PHRASE_COUNT], down[PHRASE_COUNT],
	    most[PHRASE_COUNT], span[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	const struct contact *c;
	struct calls calls;
	struct volume u;
	size_t pair, n;

	(void)params;
	if (!calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL || ctx->peer_side != SIDE_EXTERNAL)
		return false;
	u = volume_of(c, n);
	if (!stands_out(&u, ctx->host_up))
		return false;
	f->first_ns = u.first_ns;
	f->last_ns = u.last_ns;
	f->contacts = n;
	f->llr_mb = llr_mb(&u, ctx->host_up);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->hosts);
	odds_measure(f, "up_bytes", u.up);
	odds_measure(f, "down_bytes", u.down);
	odds_measure(f, "next_up_bytes", ctx->host_up);
	weigh(f, ctx, &u);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1048";
	buf_printf(&b,
	    "%s sent %s to %s over %s and got %s; no other server got more than %s",
	    ip_text(&f->host, host), phrase_bytes(u.up, up),
	    phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    stamp_period(u.last_ns - u.first_ns, span), phrase_bytes(u.down, down),
	    phrase_bytes(ctx->host_up, most));
	CHECK(!b.bad);
	return true;
}

const struct detector detector_exfiltration = {
	.kind = FINDING_EXFILTRATION,
	.scope = SCOPE_SERVICE,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
