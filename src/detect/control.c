/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/control.h"

#include "base/stamp.h"
#include "detect/limits.h"
#include "detect/manner.h"
#include "detect/odds.h"
#include "detect/port_use.h"
#include "detect/phrase.h"
#include "record/flow.h"

/* What all the terms look at. */
struct view {
	const struct pair *pair;
	const struct context *ctx;
	const struct port_use *use; /* NULL: the port has no usual service */
	struct finding *f;
	bool outside; /* the peer may be outside: what speaks for control counts */
	bool apart;   /* though it is private; what is common inside does not count */
	bool uploads;
	bool by_name; /* the peer is a name, its address is not known */
};

#define term_mb(v, name, mb, ...)      odds_term((v)->f, name, mb, __VA_ARGS__)
#define part(v, name, weight, mb, ...) odds_part((v)->f, name, weight, mb, __VA_ARGS__)
#define term(v, name, weight, ...)     odds_weight((v)->f, name, WEIGHT_##weight, __VA_ARGS__)
#define benign(v, what, stands, ...)   odds_benign((v)->f, what, stands, __VA_ARGS__)

static uint64_t
share_ppm(uint64_t part, uint64_t whole)
{
	__extension__ typedef unsigned __int128 uwide;

	return whole ? (uint64_t)((uwide)part * 1000000 / whole) : 0;
}

static uint64_t
pair_span_ns(const struct pair *p)
{
	return p->last_ns - p->first_ns;
}

static uint64_t
run_span_ns(const struct context *c)
{
	return c->span_last_ns > c->span_first_ns ? c->span_last_ns - c->span_first_ns : 0;
}

static void
weigh_timing(struct view *v, bool holds)
{
	char share[PHRASE_COUNT];

	term(v, "prior", BEACON_PRIOR,
	    "of the clocks in a network few are control channels");
	if (holds)
		term(v, "timing", BEACON_TIMING,
		    "holds even where the null is given half as much again");
	else
		term(v, "timing", BEACON_TIMING_WEAK,
		    "does not hold where the null is given half as much again");
	if (pair_span_ns(v->pair) < (uint64_t)LIMIT_COVERAGE_NS)
		return;
	(void)phrase_share(v->f->beacon.coverage_ppm, share);
	if (v->f->beacon.coverage_ppm >= LIMIT_COVERAGE_PPM)
		term(v, "coverage", BEACON_COVERAGE, "the rhythm fills %s of the time",
		    share);
}

static void
weigh_shape(struct view *v)
{
	const struct beacon_shape *s = &v->f->beacon;
	uint64_t from = v->ctx->gap_ns[0], to = v->ctx->gap_ns[2];
	char low[STAMP_TEXT], high[STAMP_TEXT];

	if (from > 0 && to > from &&
	    share_ppm(to - from, from) >= (uint64_t)LIMIT_JITTER_PPM)
		term(v, "jitter", BEACON_JITTER,
		    "its sleep is spread, mostly from %s to %s", stamp_period(from, low),
		    stamp_period(to, high));
	if (s->same_size_ppm >= LIMIT_SAME_SIZE_PPM)
		term(v, "same_size", BEACON_SAME_SIZE,
		    "mostly the same size is sent: %u bytes", v->pair->size[0]);
}

/* Software has company: how many other internal hosts call this server. */
static void
weigh_prevalence(struct view *v)
{
	const struct context *c = v->ctx;
	uint64_t ppm = share_ppm(c->peer_hosts, c->hosts);
	enum weight common;
	int32_t mb;

	if (!v->outside || v->apart || c->hosts < (uint64_t)LIMIT_HOSTS)
		return;
	if (c->peer_hosts <= 1) {
		part(v, "prevalence", WEIGHT_PEER_ALONE, odds_alone_mb(c->hosts),
		    "of %llu internal hosts no other calls this server",
		    (unsigned long long)c->hosts);
		return;
	}
	if (c->peer_hosts < (uint64_t)LIMIT_COMMON_HOSTS ||
	    ppm < (uint64_t)LIMIT_COMMON_PPM)
		return;
	common = ppm >= (uint64_t)LIMIT_EVERYWHERE_PPM ? WEIGHT_PEER_EVERYWHERE
						       : WEIGHT_PEER_COMMON;
	mb = weight_mb[common];
	/* An outbreak has company too: where the port is no custom, half of it. */
	if (!v->use || v->use->mb > 0)
		mb /= 2;
	part(v, "prevalence", common, mb, "%llu of %llu internal hosts call this server",
	    (unsigned long long)c->peer_hosts, (unsigned long long)c->hosts);
}

static bool
port_is_custom_here(const struct context *c)
{
	return c->hosts >= (uint64_t)LIMIT_HOSTS &&
	       c->port_hosts >= (uint64_t)LIMIT_COMMON_HOSTS &&
	       share_ppm(c->port_hosts, c->hosts) >= (uint64_t)LIMIT_EVERYWHERE_PPM;
}

static void
weigh_port(struct view *v)
{
	struct finding *f = v->f;
	char port[PHRASE_ENDPOINT];

	(void)phrase_port(f->port, f->proto, port);
	if (f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6) {
		term(v, "port", BEACON_PING, "it is a ping or another message of ICMP");
		return;
	}
	if (v->use) {
		if (v->use->mb < 0 || (v->use->mb > 0 && v->outside))
			term_mb(v, "port", v->use->mb, "port %s is usually %s", port,
			    v->use->words);
		return;
	}
	if (!v->outside || (f->proto != PROTO_TCP && f->proto != PROTO_UDP))
		return;
	if (port_is_custom_here(v->ctx)) {
		term_mb(v, "port", 0,
		    "port %s has no usual service, but %llu hosts use it here", port,
		    (unsigned long long)v->ctx->port_hosts);
		return;
	}
	if (f->proto == PROTO_TCP)
		term(v, "port", BEACON_PORT_ODD_TCP, "port %s has no usual service", port);
	else
		term(v, "port", BEACON_PORT_ODD_UDP, "port %s has no usual service", port);
}

static void
weigh_failures(struct view *v)
{
	const struct beacon_shape *s = &v->f->beacon;
	char n[PHRASE_COUNT], of[PHRASE_COUNT], period[STAMP_TEXT];
	uint32_t failed = v->pair->failed;

	if (!v->outside || failed < LIMIT_FAILED_COUNT || s->failed_ppm < LIMIT_FAILED_PPM)
		return;
	(void)phrase_count(failed, n);
	(void)phrase_count(v->pair->contacts, of);
	if (v->f->proto != PROTO_TCP)
		term(v, "failed", BEACON_FAILED_UDP, "%s of %s attempts got no answer", n,
		    of);
	else if (s->failed_ppm < LIMIT_FAILED_MOST_PPM)
		term(v, "failed", BEACON_FAILED, "%s of %s attempts got no service", n, of);
	else if (failed >= LIMIT_FAILED_FAST_COUNT &&
		 s->period_ns < (uint64_t)LIMIT_FAILED_FAST_NS)
		term(v, "failed", BEACON_FAILED_FAST,
		    "%s of %s attempts got no service, and it tries again every %s", n, of,
		    stamp_period(s->period_ns, period));
	else
		term(v, "failed", BEACON_FAILED_MOST, "%s of %s attempts got no service", n,
		    of);
}

static void
weigh_upload(struct view *v)
{
	const struct context *c = v->ctx;
	const struct pair *p = v->pair;
	char up[PHRASE_COUNT], down[PHRASE_COUNT];

	v->uploads = v->outside && !v->apart && p->up >= (uint64_t)LIMIT_UPLOAD_BYTES &&
		     p->up / (uint64_t)LIMIT_UPLOAD_RATIO >= p->down;
	if (!v->uploads)
		return;
	(void)phrase_bytes(p->up, up);
	(void)phrase_bytes(p->down, down);
	/* Where there are few hosts, this may be what such devices do. */
	if (c->host_peers <= (uint64_t)LIMIT_DEVICE_PEERS &&
	    c->hosts >= (uint64_t)LIMIT_HOSTS && c->peer_hosts <= 1)
		term(v, "upload", BEACON_UPLOAD_DEVICE,
		    "%s went out and %s came back, from a host with %llu outside servers",
		    up, down, (unsigned long long)c->host_peers);
	else
		term(v, "upload", BEACON_UPLOAD, "%s went out and %s came back", up, down);
}

/* A run of weeks, or runs whose contacts were kept for as long, know since when. */
static void
weigh_age(struct view *v, bool host_was_there, uint64_t span)
{
	uint64_t age = v->ctx->span_last_ns - v->pair->first_ns;
	char text[STAMP_TEXT], whole[STAMP_TEXT];

	(void)stamp_period(age, text);
	(void)stamp_period(span, whole);
	/* Of its own contacts: one record with a wrong time makes every run an old one. */
	if (pair_span_ns(v->pair) >= (uint64_t)LIMIT_MONTH_NS)
		term(v, "first_seen", BEACON_OLD_MONTH, "it has been called for %s",
		    stamp_period(pair_span_ns(v->pair), text));
	else if (host_was_there && age <= (uint64_t)LIMIT_WEEK_NS &&
		 span >= (uint64_t)LIMIT_WEEKS_SPAN_NS)
		term(v, "first_seen", BEACON_NEW_WEEK,
		    "first seen %s ago, and we have listened for %s", text, whole);
	else if (host_was_there)
		term(v, "first_seen", BEACON_NEW_LONG, "first seen %s ago, the host %s ago",
		    text, whole);
	else if (age >= span - (uint64_t)LIMIT_OLD_FIRST_NS)
		term(v, "first_seen", BEACON_OLD, "it was there from the first day of %s",
		    whole);
}

static void
weigh_novelty(struct view *v)
{
	const struct context *c = v->ctx;
	uint64_t span = run_span_ns(c), into;
	char text[STAMP_TEXT], whole[STAMP_TEXT];
	bool was_there;

	if (!v->outside || span < (uint64_t)LIMIT_NEW_SPAN_NS ||
	    v->pair->first_ns < c->span_first_ns || c->host_first_ns < c->span_first_ns)
		return;
	into = v->pair->first_ns - c->span_first_ns;
	was_there = into >= span / 6 && c->host_first_ns - c->span_first_ns <= span / 12;
	if (span >= (uint64_t)LIMIT_OLD_SPAN_NS) {
		weigh_age(v, was_there, span);
		return;
	}
	if (!was_there)
		return;
	(void)stamp_period(into, text);
	(void)stamp_period(span, whole);
	if (span >= (uint64_t)LIMIT_LONG_SPAN_NS)
		term(v, "first_seen", BEACON_NEW_LONG,
		    "it began %s into %s, the host was there", text, whole);
	else
		term(v, "first_seen", BEACON_NEW, "it began %s into %s, the host was there",
		    text, whole);
}

static void
weigh_company(struct view *v)
{
	const struct context *c = v->ctx;

	if (!v->outside || v->apart)
		return;
	if (c->host_scanned >= (uint64_t)LIMIT_SCANNED)
		term(v, "scans", BEACON_SCANS,
		    "the host also tried %llu outside addresses in vain on one port",
		    (unsigned long long)c->host_scanned);
	/* Pools of time servers and peers of file sharing are lists by design. */
	if (v->use && v->use->mb < 0)
		return;
	if (c->siblings >= (uint64_t)LIMIT_SIBLINGS_LONG)
		term(v, "siblings", BEACON_SIBLINGS_MANY,
		    "%llu other networks are called with the same period",
		    (unsigned long long)c->siblings);
	else if (c->siblings >= (uint64_t)LIMIT_SIBLINGS_FEW)
		term(v, "siblings", BEACON_SIBLINGS,
		    "%llu other networks are called with the same period",
		    (unsigned long long)c->siblings);
}

/* Pools of time servers and the like are known by address by design. */
static void
weigh_name(struct view *v)
{
	if (v->outside && !(v->use && v->use->mb < 0))
		odds_name(v->f, v->ctx);
}

/* Private addresses of one block; the first byte tells the blocks of RFC 1918 apart. */
static bool
same_block(const struct ip *a, const struct ip *b)
{
	if (ip_is_v4(a) != ip_is_v4(b))
		return false;
	return ip_is_v4(a) ? a->b[12] == b->b[12] : memcmp(a->b, b->b, 6) == 0;
}

static void
weigh_sides(struct view *v)
{
	const struct context *c = v->ctx;

	if (v->apart) {
		odds_apart(v->f, c);
	} else if (c->peer_side != SIDE_EXTERNAL) {
		if (c->host_side == SIDE_EXTERNAL)
			term(v, "sides", BEACON_INBOUND,
			    "an outside host calls us on schedule");
		else if (v->by_name || same_block(&v->f->host, &v->f->peer))
			term(v, "sides", BEACON_INTERNAL, "both are ours");
		else
			term(v, "sides", BEACON_INTERNAL_FAR,
			    "both are private, of different blocks");
	} else if (c->host_side == SIDE_EXTERNAL)
		term(v, "sides", BEACON_SIDES_UNKNOWN,
		    "neither address is known to be ours");
}

static void
consider_benign(struct view *v)
{
	const struct beacon_shape *s = &v->f->beacon;
	const struct context *c = v->ctx;
	char port[PHRASE_ENDPOINT], share[PHRASE_COUNT];

	(void)phrase_port(v->f->port, v->f->proto, port);
	if (v->use)
		benign(v, port_class_benign(v->use->class), v->use->mb <= 0,
		    v->use->mb <= 0 ? "port %s is usually %s" : "but port %s is usually %s",
		    port, v->use->words);
	else if (v->f->proto == PROTO_TCP || v->f->proto == PROTO_UDP)
		benign(
		    v, port_class_benign(PORT_OTHER), true, "port %s tells nothing", port);
	if (c->hosts < (uint64_t)LIMIT_HOSTS)
		benign(v, "software that others have too", true,
		    "%llu internal hosts are too few to tell",
		    (unsigned long long)c->hosts);
	else
		benign(v, "software that others have too", c->peer_hosts > 1,
		    "%llu of %llu internal hosts call this server",
		    (unsigned long long)c->peer_hosts, (unsigned long long)c->hosts);
	benign(v, "a page or program somebody leaves open",
	    s->coverage_ppm < LIMIT_COVERAGE_PPM,
	    "active in %u of 24 hours of the day, the rhythm fills %s of the time",
	    s->hours, phrase_share(s->coverage_ppm, share));
	if (s->failed_ppm >= LIMIT_FAILED_PPM)
		benign(v, "a program whose server is down", true,
		    "%s of the attempts got no service",
		    phrase_share(s->failed_ppm, share));
	if (v->uploads)
		benign(v, "a backup or a service that takes data",
		    c->host_peers > (uint64_t)LIMIT_DEVICE_PEERS,
		    "the host calls %llu outside servers",
		    (unsigned long long)c->host_peers);
}

static enum severity
severity_of(const struct view *v, bool timing_holds)
{
	int32_t odds = v->f->odds_mb;
	enum severity most = SEVERITY_CRITICAL, s = SEVERITY_INFO;

	/* A host outside is not ours to find controlled, and weak timing is no alert. */
	if (!timing_holds || !v->outside || (v->apart && odds < LIMIT_ODDS_HIGH))
		most = SEVERITY_LOW;
	if (odds >= LIMIT_ODDS_CRITICAL)
		s = SEVERITY_CRITICAL;
	else if (odds >= LIMIT_ODDS_HIGH)
		s = SEVERITY_HIGH;
	else if (odds >= LIMIT_ODDS_MEDIUM)
		s = SEVERITY_MEDIUM;
	else if (odds >= LIMIT_ODDS_LOW)
		s = SEVERITY_LOW;
	return s < most ? s : most;
}

static const char *
technique_of(const struct view *v)
{
	if (!v->outside || v->f->severity < SEVERITY_LOW)
		return NULL;
	if (v->uploads)
		return "T1041"; /* exfiltration over the control channel */
	if (v->f->proto != PROTO_TCP && v->f->proto != PROTO_UDP)
		return "T1095"; /* not an application's protocol */
	return port_class_technique(v->use ? v->use->class : PORT_OTHER);
}

/* Somebody saw the peer do harm before. The list is taken at its word. */
static void
weigh_listed(struct view *v)
{
	const struct context *c = v->ctx;

	if (c->listed_mb > 0 && v->outside)
		term_mb(v, "listed", (int32_t)c->listed_mb, "%.150s is in %.90s", c->listed,
		    c->listed_in);
}

void
control_weigh(const struct pair *pair, const struct context *ctx, bool timing_holds,
    struct finding *f)
{
	struct view v = { .pair = pair,
		.ctx = ctx,
		.use = port_use_find(f->proto, f->port),
		.f = f,
		.outside = ctx->peer_side == SIDE_EXTERNAL,
		.by_name = ip_equal(&f->peer, &(struct ip){ { 0 } }) };

	/* Who is asked in vain is a server of ours that is out of reach. */
	v.apart = ctx->peer_side == SIDE_APART && ctx->host_side == SIDE_INTERNAL &&
		  f->beacon.failed_ppm < LIMIT_FAILED_PPM;
	v.outside |= v.apart;
	f->terms = f->benigns = 0;
	f->odds_mb = 0;
	weigh_timing(&v, timing_holds);
	weigh_shape(&v);
	weigh_sides(&v);
	weigh_port(&v);
	weigh_prevalence(&v);
	weigh_failures(&v);
	weigh_upload(&v);
	weigh_novelty(&v);
	weigh_company(&v);
	weigh_name(&v);
	weigh_listed(&v);
	(void)manner_certificate(ctx, f);
	(void)manner_print(ctx, f);
	manner_pages(ctx, pair->gaps * 5 >= (pair->contacts - 1) * 4, f);
	f->severity = severity_of(&v, timing_holds);
	consider_benign(&v);
	f->technique = technique_of(&v);
}
