/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

#define DAY_NS   (86400 * SECOND_NS)
#define START_NS UINT64_C(1781049600000000000) /* 2026-06-10T00:00:00Z */

const char *const SAMPLE_SETS[] = { "none", "one", "day", "forty", "many", "hostile",
	"other", NULL };

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct ip
address(const char *text)
{
	struct ip ip = { 0 };

	if (!ip_parse((struct span){ (const uint8_t *)text, strlen(text) }, &ip))
		abort();
	return ip;
}

/* A sleeper: each gap is period less up to jitter per cent, one in `lost` is doubled. */
struct clockwork {
	uint64_t from_ns, period_ns, seed;
	unsigned jitter, lost;
	size_t n;
};

static struct trace
contacts(const struct clockwork *c)
{
	uint64_t seed = c->seed, t = c->from_ns;
	uint64_t *start = calloc(c->n + 1, sizeof *start);

	if (start == NULL)
		abort();
	for (size_t i = 0; i < c->n; i++) {
		uint64_t gap = c->period_ns;

		start[i] = t;
		gap -= c->jitter ? next(&seed) % (c->period_ns * c->jitter / 100) : 0;
		if (c->lost && next(&seed) % c->lost == 0)
			gap *= 2;
		t += gap + next(&seed) % (SECOND_NS / 5);
	}
	return (struct trace){ .start_ns = start, .n = c->n };
}

static void
add_term(struct finding *f, const char *name, int32_t mb, const char *why)
{
	struct finding_term *t = &f->term[f->terms++];

	*t = (struct finding_term){ .name = name, .mb = mb };
	(void)snprintf(t->why, sizeof t->why, "%s", why);
	f->odds_mb += mb;
}

static void
add_benign(struct finding *f, const char *what, bool stands, const char *because)
{
	struct finding_benign *b = &f->benign[f->benigns++];

	*b = (struct finding_benign){ .what = what, .stands = stands };
	(void)snprintf(b->because, sizeof b->because, "%s", because);
}

/* The window's edges are quarter octaves above 2 s; the counts are those of the trace. */
static void
measure(struct finding *f, const struct trace *t, uint64_t low_ns, uint64_t high_ns)
{
	struct beacon_shape *s = &f->beacon;

	s->low_ns = low_ns;
	s->high_ns = high_ns;
	s->period_ns = (low_ns + high_ns) / 2;
	for (size_t i = 1; i < t->n; i++) {
		uint64_t gap = t->start_ns[i] - t->start_ns[i - 1];

		s->gaps += gap >= 2 * SECOND_NS;
		s->gaps_in += gap >= low_ns && gap < high_ns;
	}
	s->null_ppm = 127000;
	s->coverage_ppm = 940000;
	s->hours = 24;
	s->same_size_ppm = 970000;
	s->kappa_percent = 150;
	s->log10_p_ud = -(int64_t)s->gaps_in * 650000;
	f->contacts = t->n;
	f->first_ns = t->start_ns[0];
	f->last_ns = t->start_ns[t->n - 1];
	f->llr_mb = (int64_t)s->gaps_in * 810;
}

/* Somebody's implant: 60 s less up to 16 %, on a seismic digitizer. */
static void
implant(struct samples *s, const char *host, const char *peer, const char *name, size_t n)
{
	struct finding *f = &s->finding[s->n];
	struct clockwork c = { START_NS + 7 * 3600 * SECOND_NS, 60 * SECOND_NS, 88172645,
		16, 30, n };

	s->trace[s->n] = contacts(&c);
	*f = (struct finding){
		.kind = FINDING_BEACON,
		.severity = SEVERITY_HIGH,
		.host = address(host),
		.peer = address(peer),
		.port = 8843,
		.proto = PROTO_TCP,
		.fdr_ppm = 1,
		.technique = "T1071.001",
		.limits = { .frames_dropped = UINT64_MAX,
		    .resolution_ns = 1000,
		    .sampling = 1 },
		.input = "station.pcap",
	};
	(void)snprintf(f->name, sizeof f->name, "%s", name);
	measure(f, &s->trace[s->n], UINT64_C(45254834000), 64 * SECOND_NS);
	(void)snprintf(f->why, sizeof f->why,
	    "%u of %u gaps between contacts lie from 45 s to 64 s; without a clock no "
	    "process can put more than 12.7 %% of them there, and of 61 hosts only this "
	    "one calls the address",
	    f->beacon.gaps_in, f->beacon.gaps);
	add_term(f, "prior", -4000, "of the clocks in a network few are control channels");
	add_term(
	    f, "timing", 2000, "holds even where the null is given half as much again");
	add_term(f, "coverage", 300, "the rhythm fills 94 % of the time");
	add_term(f, "jitter", 400, "its sleep is spread, from 45 s to 64 s");
	add_term(f, "same_size", 200, "mostly the same size is sent: 412 bytes");
	add_term(f, "prevalence", 700, "of 61 internal hosts no other calls this server");
	add_term(f, "port", 1200, "port 8843/tcp has no usual service");
	add_term(f, "siblings", 800, "3 other networks are called with the same period");
	add_term(f, "first_seen", -300, "it was there from the first day of 8 d");
	add_benign(f, "a time service", false, "but port 8843/tcp is no port of one");
	add_benign(f, "a software update check", true,
	    "the name is not in the list of known update services, which is no proof");
	add_benign(f, "monitoring set up by the operator", true,
	    "nothing in the traffic can tell; ask the operator");
	f->slice[0].b[0] = 0x5e;
	f->slice[1].b[31] = 0x15;
	f->slices = 1 + (unsigned)(s->n % 2);
	s->n++;
}

/* A harmless clock: the time service. */
static void
harmless(struct samples *s, const char *host, const char *peer, uint64_t seed)
{
	struct finding *f = &s->finding[s->n];
	struct clockwork c = { START_NS + seed % 900 * SECOND_NS, 1024 * SECOND_NS, seed, 2,
		9, 84 };

	s->trace[s->n] = contacts(&c);
	*f = (struct finding){
		.kind = FINDING_BEACON,
		.severity = seed % 5 ? SEVERITY_INFO : SEVERITY_LOW,
		.host = address(host),
		.peer = address(peer),
		.name = "ntp.example.org",
		.port = 123,
		.proto = PROTO_UDP,
		.fdr_ppm = 12,
		.limits = { .frames_dropped = 0, .resolution_ns = 1000, .sampling = 1 },
		.input = "station.pcap",
	};
	measure(f, &s->trace[s->n], UINT64_C(861077929219), 1024 * SECOND_NS);
	(void)snprintf(f->why, sizeof f->why,
	    "%u of %u gaps lie from 14 min to 17 min, and 40 of 61 hosts call the same "
	    "address",
	    f->beacon.gaps_in, f->beacon.gaps);
	add_term(f, "prior", -4000, "most clocks in a network are harmless");
	add_term(f, "timing", 2000, "the gaps follow a clock");
	add_term(f, "prevalence", -3000, "40 of 61 hosts call this address");
	add_term(f, "service", -(int32_t)(seed % 700), "it is the time service");
	add_benign(f, "a time service", true, "port 123/udp, 48 bytes both ways");
	s->n++;
}

static void
some_harmless(struct samples *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char host[32];

		(void)snprintf(host, sizeof host, "10.20.%u.%u", 1 + i / 200, 10 + i % 200);
		harmless(
		    s, host, i % 7 ? "198.51.100.123" : "2001:db8:77::123", 1000 + i * 77);
	}
}

static void
hostile(struct samples *s)
{
	static const char *const names[] = {
		"<script>alert(1)</script>.example",
		"\"onload=alert(1) x='y'.example",
		"=HYPERLINK(\"http://evil.example\",\"click\")",
		"+1+cmd|' /C calc'!A0",
		"@SUM(1,2)",
		"-2+3",
		"\xe2\x80\xaegpj.exe\xe2\x81\xa6 example",
		"\x1b]0;owned\x07\x1b[2Jclear.example\r\n\tline",
		"broken \xff\xc0\xaf utf8",
		"</style></title><svg/onload=x>&amp;&#x41;",
		"\xe4\xbe\x8b\xe5\xad\x90.\xe4\xb8\xad\xe5\x9b\xbd",
		"]]><!--a---- https://evil.example/?a=b&c=d src=x url(x)",
	};
	static char longest[FINDING_NAME];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct finding *f = &s->finding[s->n];

		implant(s, "10.20.30.40", "2001:db8:ffff:1111:2222:3333:4444:5555",
		    names[i], 200 + i);
		(void)snprintf(f->why, sizeof f->why, "calls %s", names[i]);
		(void)snprintf(f->benign[1].because, FINDING_TEXT, "%s", names[i]);
		(void)snprintf(f->term[0].why, FINDING_TEXT, "%s", names[i]);
		f->input = names[i];
		f->severity = (enum severity)(i % 5);
	}
	memset(longest, 'W', sizeof longest - 1);
	implant(s, "10.20.30.41", "203.0.113.7", longest, 60);
}

/* Kinds that have no clock, some without an address. */
static void
other(struct samples *s)
{
	for (int kind = FINDING_LONG_CONNECTION; kind <= FINDING_EXFILTRATION; kind++) {
		struct finding *f = &s->finding[s->n];

		*f = (struct finding){
			.kind = (enum finding_kind)kind,
			.severity = (enum severity)(kind % 5),
			.host = address("10.1.1.9"),
			.first_ns = START_NS,
			.last_ns = START_NS + DAY_NS,
			.contacts = 12,
			.fdr_ppm = 400,
			.odds_mb = 900 - 150 * kind,
			.limits = { .frames_dropped = UINT64_MAX, .sampling = 100 },
			.input = "-",
		};
		if (kind % 2) {
			f->peer = address("fe80::1");
			f->proto = (uint8_t)(kind % 3 ? PROTO_ICMP6 : PROTO_UDP);
		} else {
			(void)snprintf(f->name, sizeof f->name, "t%d.example", kind);
		}
		(void)snprintf(f->why, sizeof f->why, "made up for kind %d", kind);
		s->n++;
	}
}

static void
summarize(struct samples *s)
{
	static const char *const inputs[] = { "station.pcap", "zeek/conn.log",
		"\xe5\x9c\xb0\xe9\x9c\x87/\xe5\x8f\xb0\xe7\xbd\x91.pcapng", "d.pcap",
		"e.pcap" };
	static const char *const notes[] = {
		"station.pcap: cut inside the frame at offset 104,857,312; what was read "
		"before "
		"it is kept",
	};

	s->summary = (struct summary){
		.inputs = inputs,
		.inputs_n = s->n == 0 ? 1 : 5,
		.first_ns = START_NS,
		.last_ns = START_NS + DAY_NS - 1,
		.hosts = 61,
		.pairs = 4812,
		.contacts = 1234567,
		.read = { { "frames", 9876543 }, { "flows", 1234567 },
		    { "bytes", 1850000000 }, { "lines", 0 } },
		.reads = 4,
		.lost = { { "frames dropped by the capture", 120 },
		    { "frames cut short of their length on the wire", 0 },
		    { "frames of an unknown link type", 3 } },
		.losts = s->n == 0 ? 0 : 3,
		.notes = notes,
		.notes_n = s->n == 0 ? 0 : 1,
		.q_ppm = 10000,
		.version = "0.1.0",
	};
}

struct pick {
	const struct finding *finding;
	struct trace trace;
};

static int
pick_compare(const void *a, const void *b)
{
	return finding_compare(
	    ((const struct pick *)a)->finding, ((const struct pick *)b)->finding);
}

/* The order every list has, traces along with their findings. */
static void
sort(struct samples *s)
{
	struct pick *pick = calloc(s->n + 1, sizeof *pick);
	struct finding *sorted = calloc(SAMPLES_MAX, sizeof *sorted);

	if (pick == NULL || sorted == NULL)
		abort();
	for (size_t i = 0; i < s->n; i++)
		pick[i] = (struct pick){ &s->finding[i], s->trace[i] };
	qsort(pick, s->n, sizeof *pick, pick_compare);
	for (size_t i = 0; i < s->n; i++) {
		sorted[i] = *pick[i].finding;
		s->trace[i] = pick[i].trace;
	}
	free(s->finding);
	free(pick);
	s->finding = sorted;
}

bool
samples_make(struct samples *s, const char *set)
{
	*s = (struct samples){
		.finding = calloc(SAMPLES_MAX, sizeof *s->finding),
		.trace = calloc(SAMPLES_MAX, sizeof *s->trace),
	};
	if (s->finding == NULL || s->trace == NULL)
		abort();
	if (strcmp(set, "one") == 0) {
		implant(s, "10.20.1.44", "203.0.113.9", "cdn-sync.example", 1017);
	} else if (strcmp(set, "day") == 0) {
		implant(s, "10.20.1.44", "203.0.113.9", "cdn-sync.example", 1017);
		implant(s, "2001:db8:1:2::44", "2001:db8:ffff::17", "", 240);
		s->finding[1].severity = SEVERITY_MEDIUM;
		s->finding[1].port = 443;
		some_harmless(s, 6);
	} else if (strcmp(set, "forty") == 0) {
		implant(s, "10.20.1.44", "203.0.113.9", "cdn-sync.example", 1017);
		some_harmless(s, 39);
	} else if (strcmp(set, "many") == 0) {
		implant(s, "10.20.1.44", "203.0.113.9", "cdn-sync.example", 50000);
		some_harmless(s, 1500);
	} else if (strcmp(set, "hostile") == 0) {
		hostile(s);
	} else if (strcmp(set, "other") == 0) {
		other(s);
	} else if (strcmp(set, "none") != 0) {
		samples_free(s);
		return false;
	}
	sort(s);
	summarize(s);
	return true;
}

void
samples_free(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++)
		free((void *)(uintptr_t)s->trace[i].start_ns);
	free(s->finding);
	free(s->trace);
	*s = (struct samples){ 0 };
}
