/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

void
words_count(struct buf *b, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, digits[i]);
	}
}

/* Two figures that matter, and no more than the ppm can say. */
void
words_share(struct buf *b, uint64_t ppm)
{
	if (ppm % 10000 == 0)
		buf_printf(b, "%" PRIu64 " %%", ppm / 10000);
	else if (ppm >= 10000 && ppm < 100000)
		buf_printf(b, "%" PRIu64 ".%02" PRIu64 " %%", ppm / 10000, ppm / 100 % 100);
	else if (ppm >= 100000)
		buf_printf(b, "%" PRIu64 ".%" PRIu64 " %%", ppm / 10000, ppm / 1000 % 10);
	else if (ppm >= 100)
		buf_printf(b, "0.%02" PRIu64 " %%", ppm / 100);
	else
		buf_printf(b, "0.%04" PRIu64 " %%", ppm);
}

/* Odds are known to a factor, not to a digit: the nearest of these, from its lower bound. */
static const struct {
	unsigned from_mb;
	unsigned tens; /* ten times the number */
} STEPS[] = {
	{ 0, 10 },
	{ 88, 15 },  /* log10 of the geometric mean of 1 and 1.5 */
	{ 239, 20 }, /* of 1.5 and 2 */
	{ 389, 30 },
	{ 540, 40 },
	{ 651, 50 },
	{ 738, 60 },
	{ 841, 80 },
	{ 952, 100 },
};

#define ODDS_EVEN_MB 88
#define ODDS_MOST_MB 6000

static void
put_ratio(struct buf *b, uint64_t size_mb, const char *to)
{
	unsigned tens = 0;
	uint64_t n;

	if (size_mb >= ODDS_MOST_MB)
		size_mb = ODDS_MOST_MB;
	for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
		if (size_mb % 1000 >= STEPS[i].from_mb)
			tens = STEPS[i].tens;
	n = tens;
	for (uint64_t i = 0; i < size_mb / 1000; i++)
		n *= 10;
	words_count(b, n / 10);
	if (n % 10)
		buf_printf(b, ".%" PRIu64, n % 10);
	buf_printf(b, "%s1", to);
}

void
words_odds(struct buf *b, int64_t mb)
{
	uint64_t size = mb < 0 ? -(uint64_t)mb : (uint64_t)mb;

	if (size < ODDS_EVEN_MB) {
		buf_puts(b, "about even");
		return;
	}
	buf_puts(b, size > ODDS_MOST_MB ? "more than " : "about ");
	put_ratio(b, size, " to ");
	buf_puts(b, mb < 0 ? " against" : " for");
}

void
words_odds_short(struct buf *b, int64_t mb)
{
	uint64_t size = mb < 0 ? -(uint64_t)mb : (uint64_t)mb;

	if (size < ODDS_EVEN_MB) {
		buf_puts(b, "even");
		return;
	}
	buf_puts(b, size > ODDS_MOST_MB ? ">" : "");
	put_ratio(b, size, ":");
	buf_puts(b, mb < 0 ? " against" : " for");
}

void
words_chance(struct buf *b, int64_t log10_ud)
{
	uint64_t ud = log10_ud < 0 ? -(uint64_t)log10_ud : 0;

	if (ud < 1000000) /* above one in ten there is nothing to be said with a power */
		buf_puts(b, "more than 1 in 10");
	else
		buf_printf(b, "1 in 10^%" PRIu64, ud / 1000000);
}

void
words_stamp(struct buf *b, uint64_t t_ns)
{
	char text[STAMP_TEXT];

	(void)stamp_text(t_ns, text);
	text[10] = ' ';
	buf_put(b, text, 19);
}

void
words_period(struct buf *b, uint64_t ns)
{
	char text[STAMP_TEXT];

	buf_puts(b, stamp_period(ns, text));
}

void
words_service(struct buf *b, const struct finding *f)
{
	static const struct ip none;
	char ip[IP_TEXT], proto[8];

	if (ip_equal(&f->peer, &none))
		return;
	(void)ip_text(&f->peer, ip);
	(void)proto_text(f->proto, proto);
	/* ICMP has none, and of others nought is any. */
	if (f->port == 0)
		buf_printf(b, "%s/%s", ip, proto);
	else if (ip_is_v4(&f->peer))
		buf_printf(b, "%s:%u/%s", ip, f->port, proto);
	else
		buf_printf(b, "[%s]:%u/%s", ip, f->port, proto);
}

void
words_arrow(struct buf *b, const struct finding *f)
{
	static const struct ip none;
	char proto[8];

	if (f->name[0] || !ip_equal(&f->peer, &none))
		buf_puts(b, " -> ");
	else if (f->port != 0 && f->kind != FINDING_DOS_VICTIM)
		buf_printf(b, " -> many, %u/%s", f->port, proto_text(f->proto, proto));
}

void
words_term(struct buf *b, const char *name)
{
	for (; *name; name++)
		buf_putc(b, *name == '_' ? ' ' : *name);
}

const char *
words_kind(enum finding_kind kind)
{
	static const char *const text[] = {
		[FINDING_BEACON] = "calls out on a timer",
		[FINDING_LONG_CONNECTION] = "holds one connection open for long",
		[FINDING_DNS_TUNNEL] = "sends data inside DNS queries",
		[FINDING_DGA] = "looks for names that look machine-made",
		[FINDING_INDICATOR] = "talks to something on a list",
		[FINDING_RARE_FINGERPRINT] = "uses client software rare in this network",
		[FINDING_SCAN] = "tries many addresses or ports",
		[FINDING_BRUTE_FORCE] = "tries many passwords",
		[FINDING_DOS_VICTIM] = "is being flooded",
		[FINDING_EXFILTRATION] = "sends out unusually much data",
		[FINDING_DOS_SOURCE] = "floods somebody",
		[FINDING_FAILED_RECONNECT] = "calls again and again in vain",
		[FINDING_GROUP] = "shares a rhythm and a server with others",
		[FINDING_P2P] = "is part of a network of peers",
		[FINDING_LATERAL] = "goes on from one internal host to the next",
		[FINDING_FAST_FLUX] = "looks up a name that moves about",
		[FINDING_NAMELESS_TLS] = "speaks TLS at an odd port and names no server",
		[FINDING_DROPOFF] = "hands something over outside and takes nothing",
		[FINDING_ICMP_TUNNEL] = "sends data inside pings",
		[FINDING_CLOCKLESS] =
		    "calls a rare service again and again, without a clock",
		[FINDING_TUNNEL] = "carries packets of others to a stranger",
		[FINDING_ROTATION] = "calls one server after another on a timer",
		[FINDING_DEVIATION] = "leaves the profile of its device",
	};

	CHECK((size_t)kind < sizeof text / sizeof *text);
	return text[kind];
}

const char *
words_technique(const char *id)
{
	static const struct {
		const char *id, *name;
	} known[] = {
		{ "T1008", "Fallback Channels" },
		{ "T1041", "Exfiltration Over C2 Channel" },
		{ "T1046", "Network Service Discovery" },
		{ "T1048", "Exfiltration Over Alternative Protocol" },
		{ "T1071", "Application Layer Protocol" },
		{ "T1071.001", "Application Layer Protocol: Web Protocols" },
		{ "T1021", "Remote Services" },
		{ "T1071.002", "Application Layer Protocol: File Transfer Protocols" },
		{ "T1071.003", "Application Layer Protocol: Mail Protocols" },
		{ "T1071.004", "Application Layer Protocol: DNS" },
		{ "T1090", "Proxy" },
		{ "T1090.003", "Proxy: Multi-hop Proxy" },
		{ "T1095", "Non-Application Layer Protocol" },
		{ "T1110", "Brute Force" },
		{ "T1219", "Remote Access Software" },
		{ "T1496", "Resource Hijacking" },
		{ "T1498", "Network Denial of Service" },
		{ "T1568", "Dynamic Resolution" },
		{ "T1568.001", "Dynamic Resolution: Fast Flux DNS" },
		{ "T1568.002", "Dynamic Resolution: Domain Generation Algorithms" },
		{ "T1595", "Active Scanning" },
		{ "T1571", "Non-Standard Port" },
		{ "T1572", "Protocol Tunneling" },
		{ "T1573", "Encrypted Channel" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].id, id) == 0)
			return known[i].name;
	return NULL;
}

/* Rounded up: a bound that is rounded down is not one. */
void
words_expected(struct buf *b, uint64_t ppm)
{
	uint64_t hundredths = (ppm + 9999) / 10000;

	words_count(b, hundredths / 100);
	if (hundredths % 100)
		buf_printf(b, ".%02" PRIu64, hundredths % 100);
}

/*
 * A list of clocks holds its rate as a whole, at that of its weakest member; of
 * other kinds each finding has its own.
 */
void
words_false(struct buf *b, const struct finding *f, size_t n)
{
	uint64_t ppm = 0, beacons = 0, worst = 0;

	for (size_t i = 0; i < n; i++) {
		if (f[i].kind != FINDING_BEACON) {
			ppm += f[i].fdr_ppm;
			continue;
		}
		beacons++;
		worst = f[i].fdr_ppm > worst ? f[i].fdr_ppm : worst;
	}
	words_expected(b, ppm + beacons * worst);
}

/* What odds for control leave open, in millionths: 1 / (1 + odds), rounded up. */
static uint64_t
left_open_ppm(int32_t odds_mb)
{
	/* 10^(-k / 20) in millionths, rounded up. */
	static const uint32_t against[20] = { 1000000, 891251, 794329, 707946, 630958,
		562342, 501188, 446684, 398108, 354814, 316228, 281839, 251189, 223873,
		199527, 177828, 158490, 141254, 125893, 112202 };
	uint64_t steps = odds_mb > 0 ? (uint64_t)odds_mb / 50 : 0,
		 ppm = against[steps % 20];

	for (uint64_t i = 0; i < steps / 20 && ppm > 1; i++)
		ppm = (ppm + 9) / 10;
	return (ppm * 1000000 + 999999 + ppm) / (1000000 + ppm);
}

void
words_open(struct buf *b, const struct finding *f, size_t n)
{
	uint64_t ppm = 0;

	for (size_t i = 0; i < n; i++)
		if (f[i].severity >= SEVERITY_MEDIUM)
			ppm += left_open_ppm(f[i].odds_mb);
	words_expected(b, ppm);
}
