/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.h - what a detector says, and its one spelling.
 *
 * A finding keeps two numbers apart. `llr_mb` and `fdr_ppm` say how sure we are
 * of the behaviour (for a beacon: that a clock drives it). `odds_mb` and the
 * terms behind it say how far the rest of what was seen speaks for control from
 * outside. All numbers are integers: millibans (mb) are thousandths of a
 * decimal logarithm, ppm are parts per million.
 */
#ifndef RECORD_FINDING_H
#define RECORD_FINDING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/ip.h"

/* clang-format off */
#define FINDING_KINDS(X) \
	X(BEACON, "beacon") \
	X(LONG_CONNECTION, "long_connection") \
	X(DNS_TUNNEL, "dns_tunnel") \
	X(DGA, "dga") \
	X(INDICATOR, "indicator") \
	X(RARE_FINGERPRINT, "rare_fingerprint") \
	X(SCAN, "scan") \
	X(BRUTE_FORCE, "brute_force") \
	X(DOS_VICTIM, "dos_victim") \
	X(EXFILTRATION, "exfiltration") \
	X(DOS_SOURCE, "dos_source") \
	X(FAILED_RECONNECT, "failed_reconnect") \
	X(GROUP, "group") \
	X(P2P, "p2p") \
	X(LATERAL, "lateral") \
	X(FAST_FLUX, "fast_flux") \
	X(DEVIATION, "deviation") \
	X(ROTATION, "rotation") \
	X(NAMELESS_TLS, "nameless_tls") \
	X(DROPOFF, "dropoff") \
	X(ICMP_TUNNEL, "icmp_tunnel") \
	X(CLOCKLESS, "clockless") \
	X(TUNNEL, "tunnel")
/* clang-format on */

enum finding_kind {
#define X(name, text) FINDING_##name,
	FINDING_KINDS(X)
#undef X
};

/* An alert is a finding of SEVERITY_MEDIUM or more. */
enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
};

const char *finding_kind_text(enum finding_kind);
const char *severity_text(enum severity);

#define FINDING_TERMS    24
#define FINDING_BENIGN   6
#define FINDING_TEXT     256
#define FINDING_NAME     256
#define FINDING_SLICES   2
#define FINDING_MEASURES 12

/* One reason of the second layer: it speaks for (mb > 0) or against control. */
struct finding_term {
	const char *name; /* static: "prevalence" */
	int32_t mb;
	unsigned weight; /* its line in data/weights.tsv; 0: none. Not encoded */
	char why[FINDING_TEXT];
};

/* A harmless explanation that was considered. */
struct finding_benign {
	const char *what; /* static: "a software update check" */
	bool stands;      /* nothing we saw speaks against it */
	char because[FINDING_TEXT];
};

/* What a beacon looks like; zeros for other kinds. Times in ns. */
struct beacon_shape {
	uint64_t period_ns;       /* median-like centre of the window */
	uint64_t low_ns, high_ns; /* the window: gaps in [low, high) */
	uint32_t gaps, gaps_in;   /* tried and inside the window */
	uint32_t null_ppm;        /* most that the null can put there */
	uint32_t coverage_ppm;    /* gaps in the window x period / span */
	uint32_t hours;           /* hours of the day active, of 24 */
	uint32_t same_size_ppm;   /* share of the most common request size */
	uint32_t failed_ppm;      /* share of contacts that got no service */
	uint32_t kappa_percent;   /* margin at which it was called: 125 or 150 */
	int64_t log10_p_ud;       /* log10 p in micro-decades, corrected, <= 0 */
};

/* A figure that a finding of another kind rests on; the name ends in its unit. */
struct finding_measure {
	const char *name; /* static: "up_bytes", "failed_ppm", "peers" */
	uint64_t value;
};

/* What was not seen. */
struct finding_limits {
	uint64_t frames_dropped; /* told by the capture file; UINT64_MAX: it does not say */
	uint64_t frames_cut;     /* shorter than on the wire */
	uint64_t records_skipped; /* malformed, counted elsewhere by verdict */
	uint64_t contacts_shed;   /* forgotten for want of memory */
	uint64_t resolution_ns;   /* of the time stamps */
	uint32_t sampling;        /* 1 in N; 1 = all */
};

struct finding {
	enum finding_kind kind;
	enum severity severity;
	struct ip host;          /* who may be controlled */
	struct ip peer;          /* with whom it talks; all zeros: with many */
	char name[FINDING_NAME]; /* FQDN of the peer, "" if unknown */
	uint16_t port;           /* 0: any, or the protocol has none */
	uint8_t proto;           /* 0: any */
	uint64_t first_ns, last_ns;
	uint64_t contacts;
	int64_t llr_mb;
	uint32_t fdr_ppm;
	int32_t odds_mb;
	char why[2 * FINDING_TEXT]; /* one sentence */
	struct finding_term term[FINDING_TERMS];
	unsigned terms;
	struct finding_benign benign[FINDING_BENIGN];
	unsigned benigns;
	const char *technique; /* ATT&CK id, static */
	struct beacon_shape beacon;
	struct finding_measure measure[FINDING_MEASURES];
	unsigned measures;
	struct finding_limits limits;
	const char *input;                   /* borrowed: what it was read from */
	struct digest slice[FINDING_SLICES]; /* of the evidence: packets, flow records */
	unsigned slices;
};

/*
 * The signed core: canonical JSON without `id`, `input` and `evidence`, so that
 * it depends on what was seen and on nothing about where it lay. The id is the
 * SHA-256 of these bytes.
 */
void finding_core(const struct finding *, struct buf *out);
struct digest finding_id(const struct finding *);

/* The whole finding as one line of `--json`, without the newline. */
void finding_encode(const struct finding *, struct buf *out);

/* The order of every list: severity, odds, llr (all falling), then host, peer, port, proto. */
int finding_compare(const struct finding *, const struct finding *);

const char *proto_text(uint8_t proto, char text[static 8]); /* "tcp", or the number */

#endif
