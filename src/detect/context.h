/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.h - everything besides a pair's own contacts that a verdict rests on.
 *
 * A detector is a pure function of (profile, context, parameters). The context
 * is small, has one canonical JSON spelling, and travels with the finding as
 * `data/baseline/<sha256>.json` of the bag, so that a stranger who holds only
 * the slice can compute the finding again.
 */
#ifndef DETECT_CONTEXT_H
#define DETECT_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/ip.h"
#include "profile/hosts.h"
#include "record/finding.h"

#define PARAMS_NETS 64

/* What the user may set, and what he may not but ought to know. Canonical JSON goes to data/params/<sha256>.json. */
struct params {
	uint32_t candidate_kappa_percent;    /* 125 */
	uint32_t alert_kappa_percent;        /* 150 */
	uint32_t q_ppm;                      /* false discovery rate wanted: 10,000 = 1 % */
	struct ip_net internal[PARAMS_NETS]; /* added to the private networks */
	unsigned internals;
	struct ip_net external[PARAMS_NETS]; /* not ours, though they may be private */
	unsigned externals;
	/* The tables that findings were weighed by: WEIGHTS_SHA256, if it was here. */
	char weights_sha256[DIGEST_HEX];
};

struct params params_default(void);

/* As hosts_new takes them. */
static inline struct host_nets
params_nets(const struct params *p)
{
	return (struct host_nets){ .ours = p->internal,
		.n_ours = p->internals,
		.others = p->external,
		.n_others = p->externals };
}

/*
 * Both are read as strictly as they are written: another spelling of the same
 * JSON, a key too many or too few, a value out of range: E_FORMAT. Longer than
 * anything we write: E_LIMIT.
 */
void params_encode(const struct params *, struct buf *out);
enum status params_decode(struct span json, struct params *out, struct error *) MUST_USE;

enum side {
	SIDE_INTERNAL, /* private, --internal, or told local by the source */
	SIDE_EXTERNAL,
	/*
	 * Of a peer: private, and of a network where nobody was seen to live. Judged as
	 * outside by those who look at one service, and weighed for it (odds_apart).
	 */
	SIDE_APART,
};

enum cert_traits {
	CERT_SHOWN = 1,
	CERT_OWN_ISSUER = 2, /* it vouches for itself */
	CERT_VALIDITY = 4,   /* from and until are known */
};

enum page_traits {
	PAGES_BROWSER = 1, /* asked for by what calls itself a browser */
	PAGES_SCRIPT = 2,  /* their names end as those of scripts do */
};

struct context {
	uint64_t pairs;         /* pairs in the run: the M of Benjamini-Yekutieli */
	uint64_t hosts;         /* internal hosts that opened a connection */
	uint64_t peer_hosts;    /* of them, those that called this peer (address) */
	uint64_t host_peers;    /* external peers this host called */
	uint64_t host_scanned;  /* of them, never answering on the port with most such */
	uint64_t host_first_ns; /* first contact of this host with anybody */
	uint64_t port_hosts;    /* internal hosts that call this port of external peers */
	uint64_t
	    siblings; /* other external networks it calls with this period, within 1/16 */
	uint64_t span_first_ns; /* first and last contact of the whole run */
	uint64_t span_last_ns;
	/*
	 * Gaps in the window of the candidate's test: the 10th, 50th and 90th of a
	 * hundred, to 1/256 of the window. This and the next are measured on the
	 * pair's own contacts, because its counters know a gap to a fifth. 0: unknown.
	 */
	uint64_t gap_ns[3];
	/* As well: between first and last contact, nobody listened or nothing was kept. */
	uint64_t unheard_ns;
	uint32_t looks; /* which look at this pair it is, from 1 */
	/* The step of Benjamini-Yekutieli that fixed this pair's q, per kappa. */
	int64_t
	    by_log10_p_ud[2]; /* p at that step, micro-decades; [0] candidate, [1] alert */
	uint64_t by_rank[2];
	enum side host_side, peer_side;
	/*
	 * What the host called the peer: the name it asked for there most often, else
	 * one whose look-up gave the address; "" none. Of a pair by name, the name.
	 */
	char name[FINDING_NAME];
	uint64_t names;   /* how many it has for the address; of a name: addresses it has */
	uint64_t named;   /* requests to the pair that named a host */
	uint64_t unnamed; /* and those that named none, or an address */
	uint64_t proxied; /* of the named ones, those asked of a proxy */
	uint64_t lookups; /* names the host looked up, if its look-ups are heard at all */
	uint64_t tried;   /* calls of the host that the finding could be about, and */
	uint64_t tried_outside; /* of them, those to outside */
	uint64_t host_answered; /* calls of the host that anything came back from */
	uint64_t host_up;       /* most bytes the host sent to another server outside */
	uint64_t
	    mutual_hosts; /* other hosts that call five and more of the same peers; of a name
			     with many addresses, that call those, where the host does not */
	/* Of an indicator: what was matched, in which list ("NAME sha256:HEX"). */
	char listed[FINDING_NAME];
	char listed_in[FINDING_NAME];
	uint64_t listed_mb;       /* what the list is worth; 0: nothing is listed */
	uint64_t listed_until_ns; /* when it expires; 0: never */
	uint64_t listed_how;      /* enum sighting_how; 0: the address itself */
	/* How the host says hello to the service: JA4, JA3 or HASSH; "": unknown. */
	char print[FINDING_NAME];
	uint64_t print_hosts;    /* hosts that have this fingerprint */
	uint64_t print_speakers; /* hosts that have any */
	uint64_t print_servers;  /* servers this host met with it */
	uint64_t print_others;   /* and servers it met with another */
	uint64_t hellos;         /* handshakes with the service */
	char cert[FINDING_NAME]; /* subject of the certificate it shows, cut */
	uint64_t cert_traits;    /* enum cert_traits */
	uint64_t cert_from_ns, cert_until_ns;
	uint64_t requests, posts; /* HTTP, asked of the service itself; of them POST, PUT */
	uint64_t pages;           /* different ones; 0: none, or too many to keep */
	uint64_t page_most;       /* how often the most popular was asked for */
	uint64_t answer_most;     /* and the most common length of an answer but 0 came */
	uint64_t page_traits;     /* enum page_traits */
	uint64_t mail_fetched;    /* calls for mail that brought something */
	uint64_t mail_servers;    /* that the host gave mail to */
	/* Pings of the host to the peer that were not what pings are: trait.h. */
	uint64_t echo_requests, echo_replies;
	uint64_t echo_changes; /* of the data of requests */
	uint64_t echo_differ, echo_differ_bytes;
	uint64_t echo_differ_changes; /* of the replies that differ */
	/* Whom the host first asked for its own address, and when; "" nobody. */
	char own_address[FINDING_NAME];
	uint64_t own_address_ns;
	uint64_t domains; /* domains of hosts whose look-ups were heard, all together */
	uint64_t domain_hosts;  /* hosts that use this domain as the finding says */
	uint32_t lookups_level; /* of shedding: one in 2^level names was kept */
	char suffixes
	    [FINDING_NAME]; /* SHA-1 of the list that names were split by; "" none */
	struct finding_limits limits;
};

void context_encode(const struct context *, struct buf *out);
enum status context_decode(struct span json, struct context *out, struct error *) MUST_USE;

#endif
