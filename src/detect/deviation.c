/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device of few services that one day calls another.
 *
 * A digitizer, a camera or a printer calls the same few services for years; a
 * new one is worth more there than at a desk. The null is Laplace's rule of
 * succession: the days on which a device calls something new come in any order,
 * so after n days without, the next is one with a chance of 1 / (n + 1) at the
 * most. Whose servers change their addresses is no device of few services.
 * Of a device with a MUD file the file says what it may do (unpermitted.c).
 */
#include "detect/binomial.h"
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/devices.h"
#include "detect/port_use.h"
#include "detect/unpermitted.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	MOST_SERVICES = 12, /* that it ever called, the new one included */
	FEWEST_BEFORE = 2,  /* that it called before */
	FEWEST_DAYS = 7,    /* without anything new, and called on */
	MOST_NEW = 3,       /* at once: more is another purpose, or another device */

	LONG_DAYS = 28,
	UPLOAD_BYTES = 1000000,
};

#define DAY_NS UINT64_C(86400000000000)

/* The services of one host, as far as a device has them. */
struct habit {
	unsigned services,
	    fresh;         /* fresh: first called within a day of the one asked for */
	uint64_t quiet_ns; /* from the last new service before to this one */
	uint64_t lived_ns; /* from the first call of all to this one */
	uint64_t first_ns, last_ns, calls, up, down;
	bool alive; /* others were called within the last day before it */
};

static bool
counts(const struct pair_key *k, const struct contact *c)
{
	return !name_is_key(&k->peer) && !(c->up_pkts == 0 && c->down_pkts > 0) &&
	       ip_scope(&k->peer) != IP_MULTICAST;
}

/* The habit before the service that is pair `asked`. */
static bool
habit_of(const struct calls *calls, size_t asked, struct habit *out)
{
	struct habit h = { 0 };
	uint64_t before = 0, born = UINT64_MAX;
	size_t n;
	const struct contact *c = pairs_contacts(calls->pairs, asked, &n);
	struct pair_key key = pairs_key(calls->pairs, asked);

	if (!counts(&key, &c[0]))
		return false;
	h.first_ns = c[0].start_ns;
	h.last_ns = c[n - 1].start_ns;
	h.calls = n;
	for (size_t i = 0; i < n; i++) {
		h.up += c[i].up;
		h.down += c[i].down;
	}
	for (size_t i = calls->first; i < calls->end; i++) {
		struct pair_key k = pairs_key(calls->pairs, i);
		uint64_t at;

		c = pairs_contacts(calls->pairs, i, &n);
		if (!counts(&k, &c[0]))
			continue;
		at = c[0].start_ns;
		if (++h.services > MOST_SERVICES)
			return false;
		if (i == asked)
			continue;
		born = at < born ? at : born;
		if (at + DAY_NS > h.first_ns) {
			h.fresh += at < h.first_ns + DAY_NS;
			continue;
		}
		before = at > before ? at : before;
		for (size_t j = n; j > 0 && !h.alive; j--)
			h.alive = c[j - 1].start_ns < h.first_ns &&
				  c[j - 1].start_ns + DAY_NS >= h.first_ns;
	}
	if (before == 0)
		return false;
	h.quiet_ns = h.first_ns - before;
	h.lived_ns = h.first_ns - born;
	*out = h;
	return true;
}

static bool
stands_out(const struct habit *h)
{
	return h->alive && h->services > FEWEST_BEFORE + h->fresh && h->fresh < MOST_NEW &&
	       h->quiet_ns >= FEWEST_DAYS * DAY_NS;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	const struct heard *h = v->heard;

	if (h->devices && !unpermitted_survey(v, caller))
		return false;
	/* Names are peers of their own, so there may be twice as many. */
	if (h->span_last_ns - h->span_first_ns < FEWEST_DAYS * DAY_NS ||
	    caller->services > 3 * MOST_SERVICES || caller->side != SIDE_INTERNAL ||
	    (h->devices && devices_find(h->devices, &caller->calls.host)))
		return true;
	for (size_t i = 0; i < caller->services; i++) {
		struct subject s =
		    survey_subject(FINDING_DEVIATION, &caller->service[i].key);
		struct habit habit;

		if (habit_of(&caller->calls, caller->calls.first + i, &habit) &&
		    stands_out(&habit) && !survey_suspect(v, &s))
			return false;
	}
	return true;
}

static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	if (h->devices)
		unpermitted_look_around(h, &host->calls, s, c);
}

static void
weigh(struct finding *f, const struct context *c, const struct habit *h)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], up[PHRASE_COUNT], down[PHRASE_COUNT];
	uint64_t days = h->quiet_ns / DAY_NS;

	(void)phrase_port(f->port, f->proto, port);
	odds_weight(
	    f, "prior", WEIGHT_DEVIATION_PRIOR, "devices are set up anew, and updated");
	odds_term(f, "habit", (int32_t)f->llr_mb,
	    "nothing new for %llu days, and then this: one time in %llu",
	    (unsigned long long)days, (unsigned long long)days + 1);
	if (days >= LONG_DAYS)
		odds_weight(f, "long", WEIGHT_DEVIATION_LONG, "for four weeks and more");
	if (h->up >= UPLOAD_BYTES && h->up > h->down)
		odds_weight(f, "upload", WEIGHT_DEVIATION_UPLOAD, "it gave %s and got %s",
		    phrase_bytes(h->up, up), phrase_bytes(h->down, down));
	if (use)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	else
		odds_weight(f, "port", WEIGHT_DEVIATION_PORT_ODD,
		    "port %s has no usual service", port);
	odds_name(f, c);
	odds_prevalence(f, c);
	odds_benign(f, "somebody set the device up anew", true,
	    "it would call what it was told to call");
	odds_benign(f, "another device at its address", h->fresh > 0,
	    "%u other services began within a day", h->fresh);
}

static bool
judge(const struct heard *heard, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], quiet[STAMP_TEXT];
	struct calls calls;
	struct habit h;
	size_t pair, n;

	(void)params;
	if (unpermitted_is(ctx))
		return unpermitted_judge(heard, s, ctx, f);
	if (!calls_of(heard, &s->host, &calls) ||
	    calls_service(&calls, s, &pair, &n) == NULL || !habit_of(&calls, pair, &h) ||
	    !stands_out(&h))
		return false;
	f->first_ns = h.first_ns;
	f->last_ns = h.last_ns;
	f->contacts = h.calls;
	/* log10(n + 1), rounded down. */
	f->llr_mb = (int64_t)(((__int128)log10_q58(h.quiet_ns / DAY_NS + 1) * 1000) >> 58);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->hosts);
	odds_measure(f, "quiet_ns", h.quiet_ns);
	odds_measure(f, "seen_before_ns", h.lived_ns);
	odds_measure(f, "services", h.services);
	odds_measure(f, "up_bytes", h.up);
	odds_measure(f, "down_bytes", h.down);
	weigh(f, ctx, &h);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1071";
	buf_printf(&b,
	    "%s, which calls %u services and called nothing new for %s, called %s",
	    ip_text(&s->host, host), h.services, stamp_period(h.quiet_ns, quiet),
	    phrase_endpoint(&f->peer, f->port, f->proto, peer));
	CHECK(!b.bad);
	return true;
}

const struct detector detector_deviation = {
	.kind = FINDING_DEVIATION,
	.scope = SCOPE_HOST,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
