/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/odds.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "detect/binomial.h"
#include "detect/limits.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

static void
add_term(struct finding *f, const char *name, enum weight weight, int32_t mb,
    const char *fmt, va_list ap)
{
	struct finding_term *t = &f->term[f->terms];

	CHECK(f->terms < FINDING_TERMS);
	f->terms++;
	t->name = name;
	t->mb = mb;
	t->weight = weight;
	(void)vsnprintf(t->why, sizeof t->why, fmt, ap);
	f->odds_mb += mb;
}

void
odds_weight(struct finding *f, const char *name, enum weight weight, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_term(f, name, weight, weight_mb[weight], fmt, ap);
	va_end(ap);
}

void
odds_part(struct finding *f, const char *name, enum weight weight, int32_t mb,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_term(f, name, weight, mb, fmt, ap);
	va_end(ap);
}

void
odds_term(struct finding *f, const char *name, int32_t mb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_term(f, name, WEIGHT_NONE, mb, fmt, ap);
	va_end(ap);
}

void
odds_benign(struct finding *f, const char *what, bool stands, const char *fmt, ...)
{
	struct finding_benign *b = &f->benign[f->benigns];
	va_list ap;

	CHECK(f->benigns < FINDING_BENIGN);
	f->benigns++;
	b->what = what;
	b->stands = stands;
	va_start(ap, fmt);
	(void)vsnprintf(b->because, sizeof b->because, fmt, ap);
	va_end(ap);
}

void
odds_measure(struct finding *f, const char *name, uint64_t value)
{
	CHECK(f->measures < FINDING_MEASURES);
	f->measure[f->measures++] =
	    (struct finding_measure){ name, value < FLOW_INT_MAX ? value : FLOW_INT_MAX };
}

/* log10(N / 5), at most 1, of the weight. */
int32_t
odds_alone_mb(uint64_t hosts)
{
	int64_t q58 = log10_q58(hosts) - log10_q58(5);
	const int64_t whole = INT64_C(1) << 58;

	q58 = q58 > whole ? whole : q58;
	return (int32_t)((q58 >> 28) * weight_mb[WEIGHT_PEER_ALONE] >> 30);
}

void
odds_prevalence(struct finding *f, const struct context *c)
{
	uint64_t ppm = c->hosts ? c->peer_hosts * 1000000 / c->hosts : 0;

	if (c->peer_side != SIDE_EXTERNAL || c->hosts < (uint64_t)LIMIT_HOSTS)
		return;
	if (c->peer_hosts <= 1) {
		odds_part(f, "prevalence", WEIGHT_PEER_ALONE, odds_alone_mb(c->hosts),
		    "of %llu internal hosts no other calls this server",
		    (unsigned long long)c->hosts);
		return;
	}
	if (c->peer_hosts < (uint64_t)LIMIT_COMMON_HOSTS ||
	    ppm < (uint64_t)LIMIT_COMMON_PPM)
		return;
	odds_weight(f, "prevalence",
	    ppm >= (uint64_t)LIMIT_EVERYWHERE_PPM ? WEIGHT_PEER_EVERYWHERE
						  : WEIGHT_PEER_COMMON,
	    "%llu of %llu internal hosts call this server",
	    (unsigned long long)c->peer_hosts, (unsigned long long)c->hosts);
}

int32_t
odds_port(struct finding *f, enum weight odd)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT];
	bool people;

	(void)phrase_port(f->port, f->proto, port);
	if (use == NULL) {
		odds_weight(f, "port", odd, "port %s has no usual service", port);
		return weight_mb[odd];
	}
	people = use->mb > 0 && use->class != PORT_MINER && use->class != PORT_IMPLANT;
	odds_term(f, "port", people ? 0 : use->mb, "port %s is usually %s%s", port,
	    use->words, people ? ", which people use as well" : "");
	return people ? 0 : use->mb;
}

/* Is it under a domain where anybody gets a name for an address that changes? */
static bool
is_dynamic(const char *name)
{
	static const char *const suffix[] = {
#define DYNAMIC(text) "." text,
#include "detect/dynamic_name.def"
#undef DYNAMIC
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		size_t n = strlen(suffix[i]);

		if (len > n && strcmp(name + len - n, suffix[i]) == 0)
			return true;
	}
	return false;
}

void
odds_own_address(struct finding *f, const struct context *c, uint64_t first_ns)
{
	char text[STAMP_TEXT];

	if (c->own_address[0] == '\0' || c->peer_side == SIDE_INTERNAL ||
	    c->own_address_ns > first_ns ||
	    first_ns - c->own_address_ns > (uint64_t)LIMIT_OWN_ADDRESS_NS)
		return;
	odds_weight(f, "own_address", WEIGHT_PEER_OWN_ADDRESS,
	    "%s before, the host asked %.60s for its own address",
	    stamp_period(first_ns - c->own_address_ns, text), c->own_address);
}

void
odds_name(struct finding *f, const struct context *c)
{
	char n[PHRASE_COUNT];

	if (c->peer_side == SIDE_INTERNAL)
		return;
	if (c->unnamed >= (uint64_t)LIMIT_UNNAMED_COUNT && c->named == 0)
		odds_weight(f, "unnamed", WEIGHT_PEER_UNNAMED,
		    "%s requests name no host, only the address",
		    phrase_count(c->unnamed, n));
	if (is_dynamic(c->name))
		odds_weight(f, "name", WEIGHT_PEER_DYNAMIC,
		    "its name, %.180s, is one that anybody gets for an address that "
		    "changes",
		    c->name);
	else if (c->name[0] != '\0')
		odds_weight(f, "name", WEIGHT_PEER_NAMED,
		    "the host knows it by the name %.200s", c->name);
	else if (c->lookups >= (uint64_t)LIMIT_LOOKUPS && c->peer_side == SIDE_EXTERNAL)
		odds_weight(f, "name", WEIGHT_PEER_NAMELESS,
		    "the host looked %s names up, and none of them is this address",
		    phrase_count(c->lookups, n));
}

void
odds_apart(struct finding *f, const struct context *c)
{
	if (c->peer_side == SIDE_APART)
		odds_weight(f, "apart", WEIGHT_PEER_APART,
		    "the peer is private, of a network where nobody was seen to live: a "
		    "relay, a laboratory, or a server of yours; --external, --internal or "
		    "an allow rule settles it");
}

void
odds_severity(struct finding *f, const struct context *c, enum severity most)
{
	enum severity s = SEVERITY_INFO;

	if (c->peer_side == SIDE_APART && f->odds_mb < LIMIT_ODDS_HIGH &&
	    most > SEVERITY_LOW)
		most = SEVERITY_LOW;
	if (c->host_side != SIDE_INTERNAL && most > SEVERITY_LOW)
		most = SEVERITY_LOW;
	if (f->odds_mb >= LIMIT_ODDS_CRITICAL)
		s = SEVERITY_CRITICAL;
	else if (f->odds_mb >= LIMIT_ODDS_HIGH)
		s = SEVERITY_HIGH;
	else if (f->odds_mb >= LIMIT_ODDS_MEDIUM)
		s = SEVERITY_MEDIUM;
	else if (f->odds_mb >= LIMIT_ODDS_LOW)
		s = SEVERITY_LOW;
	f->severity = s < most ? s : most;
}

uint32_t
odds_fdr_ppm(int64_t llr_mb, uint64_t tested)
{
	/* 10^(3/1000 of a decade) steps are enough: rounded up to a sixteenth of a decade. */
	static const uint32_t tenth[16] = { 1000000, 865965, 749895, 649382, 562342, 486968,
		421697, 365175, 316228, 273842, 237138, 205353, 177828, 153993, 133353,
		115479 };
	__extension__ typedef unsigned __int128 uwide;
	uint64_t steps = llr_mb > 0 ? (uint64_t)llr_mb * 16 / 1000 : 0;
	uwide ppm = (uwide)tested * tenth[steps % 16];

	for (uint64_t i = 0; i < steps / 16 && ppm > 1; i++)
		ppm = (ppm + 9) / 10;
	if (ppm > 1000000)
		return 1000000;
	return ppm < 1 ? 1 : (uint32_t)ppm;
}
