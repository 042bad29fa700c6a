/* SPDX-License-Identifier: Apache-2.0 */
#include "record/finding.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/stamp.h"
#include "record/flow.h"

/*
 * No finding is longer: every byte of every text as \u00xx, and as much again
 * for the numbers and keys. It fits a stack, so that naming a finding cannot
 * run out of memory.
 */
#define CORE_TEXT                                                           \
	(FINDING_TERMS * FINDING_TEXT + FINDING_BENIGN * 2 * FINDING_TEXT + \
	    2 * FINDING_TEXT + FINDING_NAME)
#define CORE_MAX (6 * CORE_TEXT + 8192)

static const char *const KIND_TEXT[] = {
#define X(name, text) text,
	FINDING_KINDS(X)
#undef X
};

static const char *const SEVERITY_TEXT[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};

const char *
finding_kind_text(enum finding_kind kind)
{
	CHECK((size_t)kind < sizeof KIND_TEXT / sizeof *KIND_TEXT);
	return KIND_TEXT[kind];
}

const char *
severity_text(enum severity severity)
{
	CHECK((size_t)severity < sizeof SEVERITY_TEXT / sizeof *SEVERITY_TEXT);
	return SEVERITY_TEXT[severity];
}

const char *
proto_text(uint8_t proto, char text[static 8])
{
	static const struct {
		uint8_t proto;
		const char *text;
	} known[] = {
		{ PROTO_ICMP, "icmp" },
		{ PROTO_TCP, "tcp" },
		{ PROTO_UDP, "udp" },
		{ PROTO_ICMP6, "icmp6" },
		{ PROTO_SCTP, "sctp" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].proto == proto) {
			(void)snprintf(text, 8, "%s", known[i].text);
			return text;
		}
	(void)snprintf(text, 8, "%u", proto);
	return text;
}

static void
put_uint(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_uint(j, v);
}

static void
put_int(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_int(j, v);
}

static void
put_str(struct json *j, const char *key, const char *v)
{
	json_key(j, key);
	json_str(j, v);
}

static void
put_stamp(struct json *j, const char *key, uint64_t t_ns)
{
	char text[STAMP_TEXT];

	put_str(j, key, stamp_text(t_ns, text));
}

static void
put_benign(struct json *j, const struct finding *f)
{
	CHECK(f->benigns <= FINDING_BENIGN);
	json_key(j, "benign");
	json_open(j, '[');
	for (unsigned i = 0; i < f->benigns; i++) {
		json_open(j, '{');
		put_str(j, "because", f->benign[i].because);
		json_key(j, "stands");
		json_bool(j, f->benign[i].stands);
		put_str(j, "what", f->benign[i].what);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
put_control(struct json *j, const struct finding *f)
{
	CHECK(f->terms <= FINDING_TERMS);
	json_key(j, "control");
	json_open(j, '{');
	put_int(j, "odds_mb", f->odds_mb);
	json_key(j, "terms");
	json_open(j, '[');
	for (unsigned i = 0; i < f->terms; i++) {
		json_open(j, '{');
		put_int(j, "mb", f->term[i].mb);
		put_str(j, "name", f->term[i].name);
		put_str(j, "why", f->term[i].why);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
put_evidence(struct json *j, const struct finding *f)
{
	char hex[DIGEST_HEX];

	CHECK(f->slices <= FINDING_SLICES);
	json_key(j, "evidence");
	json_open(j, '[');
	for (unsigned i = 0; i < f->slices; i++) {
		json_open(j, '{');
		put_str(j, "slice_sha256", digest_hex(&f->slice[i], hex));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
put_limits(struct json *j, const struct finding_limits *l)
{
	json_key(j, "limits");
	json_open(j, '{');
	put_uint(j, "contacts_shed", l->contacts_shed);
	put_uint(j, "frames_cut", l->frames_cut);
	json_key(j, "frames_dropped");
	if (l->frames_dropped == UINT64_MAX)
		json_none(j);
	else
		json_uint(j, l->frames_dropped);
	put_uint(j, "records_skipped", l->records_skipped);
	put_uint(j, "resolution_ns", l->resolution_ns);
	put_uint(j, "sampling", l->sampling);
	json_close(j, '}');
}

static void
put_shape(struct json *j, const struct beacon_shape *s)
{
	json_key(j, "shape");
	json_open(j, '{');
	put_uint(j, "coverage_ppm", s->coverage_ppm);
	put_uint(j, "failed_ppm", s->failed_ppm);
	put_uint(j, "gaps", s->gaps);
	put_uint(j, "gaps_in", s->gaps_in);
	put_uint(j, "high_ns", s->high_ns);
	put_uint(j, "hours", s->hours);
	put_uint(j, "kappa_percent", s->kappa_percent);
	put_int(j, "log10_p_ud", s->log10_p_ud);
	put_uint(j, "low_ns", s->low_ns);
	put_uint(j, "null_ppm", s->null_ppm);
	put_uint(j, "period_ns", s->period_ns);
	put_uint(j, "same_size_ppm", s->same_size_ppm);
	json_close(j, '}');
}

/* In the order of the detector, which is the same for all findings of a kind. */
static void
put_measures(struct json *j, const struct finding *f)
{
	CHECK(f->measures <= FINDING_MEASURES);
	if (f->measures == 0)
		return;
	json_key(j, "measures");
	json_open(j, '[');
	for (unsigned i = 0; i < f->measures; i++) {
		json_open(j, '{');
		put_str(j, "name", f->measure[i].name);
		put_uint(j, "value", f->measure[i].value);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* A finding about a name or about many has no peer: the address is all zeros. */
static bool
has_peer(const struct finding *f)
{
	static const struct ip none;

	return !ip_equal(&f->peer, &none);
}

/* `id`: NULL for the core, and then without what the core leaves out. */
static void
put_finding(struct json *j, const struct finding *f, const char *id)
{
	char text[IP_TEXT], proto[8];

	json_open(j, '{');
	put_benign(j, f);
	put_uint(j, "contacts", f->contacts);
	put_control(j, f);
	if (id)
		put_evidence(j, f);
	put_uint(j, "fdr_ppm", f->fdr_ppm);
	put_stamp(j, "first_seen", f->first_ns);
	put_str(j, "host", ip_text(&f->host, text));
	if (id) {
		put_str(j, "id", id);
		put_str(j, "input", f->input ? f->input : "");
	}
	put_str(j, "kind", finding_kind_text(f->kind));
	put_stamp(j, "last_seen", f->last_ns);
	put_limits(j, &f->limits);
	put_int(j, "llr_mb", f->llr_mb);
	put_measures(j, f);
	if (f->name[0])
		put_str(j, "name", f->name);
	if (has_peer(f))
		put_str(j, "peer", ip_text(&f->peer, text));
	put_uint(j, "port", f->port);
	put_str(j, "proto", f->proto ? proto_text(f->proto, proto) : "any");
	put_str(j, "severity", severity_text(f->severity));
	if (f->kind == FINDING_BEACON)
		put_shape(j, &f->beacon);
	if (f->technique)
		put_str(j, "technique", f->technique);
	put_str(j, "why", f->why);
	json_close(j, '}');
}

void
finding_core(const struct finding *f, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	put_finding(&j, f, NULL);
}

struct digest
finding_id(const struct finding *f)
{
	char bytes[CORE_MAX];
	/* Never grows, and so never allocates: the capacity is above the maximum. */
	struct buf core = { .at = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1 };

	finding_core(f, &core);
	CHECK(!core.bad);
	return digest_of(buf_span(&core));
}

void
finding_encode(const struct finding *f, struct buf *out)
{
	struct digest id = finding_id(f);
	char hex[DIGEST_HEX];
	struct json j;

	json_init(&j, out);
	put_finding(&j, f, digest_hex(&id, hex));
}

static int
order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int
finding_compare(const struct finding *a, const struct finding *b)
{
	const int by[] = {
		order(b->severity, a->severity),
		order(b->odds_mb, a->odds_mb),
		order(b->llr_mb, a->llr_mb),
		ip_compare(&a->host, &b->host),
		ip_compare(&a->peer, &b->peer),
		order(a->port, b->port),
		order(a->proto, b->proto),
		order(a->kind, b->kind),
		strcmp(a->name, b->name),
	};

	for (size_t i = 0; i < sizeof by / sizeof *by; i++)
		if (by[i] != 0)
			return by[i] < 0 ? -1 : 1;
	return 0;
}
