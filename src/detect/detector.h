/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detector.h - what every detector besides the beacon is.
 *
 * A detector names its suspects while all that was heard is surveyed, once for
 * all detectors (survey.h), and judges each of them. The judgement is a pure function of (records of the suspect's scope,
 * context, parameters): `verify` makes it again from the slice that travels
 * with the finding, where nothing else is to be seen. What a judgement needs
 * of the rest of the network therefore stands in the context.
 *
 * A new detector is a file with one `struct detector` and a line in
 * DETECTORS; slices, evidence, recomputation and reports follow from it.
 */
#ifndef DETECT_DETECTOR_H
#define DETECT_DETECTOR_H

#include "base/error.h"
#include "detect/context.h"
#include "profile/hosts.h"
#include "profile/manners.h"
#include "profile/names.h"
#include "profile/lookups.h"
#include "profile/pairs.h"
#include "profile/tunnels.h"
#include "detect/sightings.h"
#include "record/finding.h"

/* Which records a finding rests on, and so which its slice holds. */
enum scope {
	SCOPE_SERVICE, /* the host's calls to peer, port and protocol; packets are kept */
	SCOPE_PEER,    /* the host's calls to the peer on any port */
	SCOPE_PORT,    /* the host's calls to anybody on port and protocol */
	SCOPE_HOST,    /* all the host's calls */
	SCOPE_SERVER,  /* everybody's calls to peer, port and protocol */
	SCOPE_TARGET,  /* everybody's calls to the host; if a port is named, as PORT */
	SCOPE_AROUND,  /* all the host's calls, and everybody's to it */
	/*
	 * Of a detector whose findings name more or less: a port of a peer is SERVICE, a
	 * peer without a port PEER, a protocol without a peer PORT, nothing at all HOST.
	 */
	SCOPE_NAMED,
	SCOPE_NAME,    /* the host's look-ups under the name */
	SCOPE_LOOKUPS, /* all the host's look-ups */
	SCOPE_CARRIED, /* what host and peer carried for others, of anybody to anybody */
};

/*
 * Who a finding is about. Of peer, port, proto and name those count that its
 * scope needs; the others are zero, which says "any".
 */
struct subject {
	enum finding_kind kind;
	struct ip host, peer;
	uint16_t port;
	uint8_t proto;
	char name[FINDING_NAME];
};

struct survey; /* survey.h, with the two below */
struct caller;
struct called;
struct callers; /* callers.h */

/* All that was heard, sealed. All calls of a host are in one shard. */
struct heard {
	struct pairs *const *shard;
	size_t shards;
	struct names *const *names;        /* of each shard; NULL: only a slice is left */
	struct manners *const *manners;    /* likewise */
	const struct sightings *sightings; /* of what is listed; NULL: no lists, a slice */
	const struct devices *devices;     /* with their MUD files; NULL: none, a slice */
	const struct hosts *hosts;         /* NULL where only a slice is left */
	struct lookups *const *lookups;    /* of each shard; NULL: none were heard */
	struct tunnels *const *tunnels;    /* likewise */
	uint64_t span_first_ns, span_last_ns; /* first and last contact's start */
	struct finding_limits limits;
	size_t memory;  /* that the run may use; 0: no matter */
	bool explained; /* suspects that have an explanation are kept as well */
	/* What a survey has found out and a slice has not: both may be NULL. */
	struct callers *callers; /* who calls whom, instead of looking through all */
	const struct caller *at; /* the host at hand, laid out */
};

/* The pairs of one host: [first, end) of `pairs`, in the order of peer, port, protocol. */
struct calls {
	struct ip host;
	const struct pairs *pairs;
	size_t first, end;
};

/* Host after host, in the order of shards and addresses. Start with `at` all zero. */
struct calls_walk {
	size_t shard, pair, entry;
};
bool calls_next(const struct heard *, struct calls_walk *at, struct calls *out);

/* Of a host's calls those to the peer; false, and an empty range, when there are none. */
bool calls_to(const struct calls *, const struct ip *peer, struct calls *out);

/*
 * Host after host of those that call a peer, and of their calls those to the peer
 * alone. With `callers` it looks at no others.
 */
bool callers_next(
    const struct heard *, const struct ip *peer, struct calls_walk *at, struct calls *out);

/* The calls of one host; false, and an empty range, when there are none. */
bool calls_of(const struct heard *, const struct ip *host, struct calls *out);

/* The pair of a SCOPE_SERVICE subject; NULL contacts when there is none. */
const struct contact *calls_service(
    const struct calls *, const struct subject *, size_t *pair, size_t *n);

/* All that n > 0 contacts carried, and from when to when. */
struct volume {
	uint64_t up, down, first_ns, last_ns;
	size_t calls;
};

struct volume volume_of(const struct contact *, size_t n);

/* Whose an address is; without `hosts` (a slice) ask the context instead. */
enum side heard_side(const struct heard *, const struct ip *);
/* The same, sooner, of an address that calls or is called. */
enum side heard_side_in_pair(const struct heard *, const struct ip *);

/* The same of a peer, which may be apart as well. */
enum side heard_peer_side(const struct heard *, const struct ip *);

struct detector {
	enum finding_kind kind;
	enum scope scope;
	size_t own;     /* bytes of its own that a survey has, see struct survey */
	bool explained; /* its suspects are kept also when they have an explanation */
	/*
	 * Who is suspected: a service by itself; what a look at a host shows; what is
	 * known when all hosts were looked at. Each may be NULL. Cheap: most are none.
	 * False, but of `worth`: no memory.
	 */
	bool (*worth)(const struct caller *, const struct called *);
	bool (*survey_host)(struct survey *, const struct caller *);
	bool (*survey_end)(struct survey *);
	/*
	 * Fill the fields of the context that only this kind needs, from everything
	 * that was heard; the common ones are there. NULL: it needs none. `host` is
	 * the subject's host; it may have called nobody.
	 */
	void (*look_around)(const struct heard *, const struct caller *host,
	    const struct subject *, struct context *);
	/*
	 * False: no finding. True: `out`, zeroed before, is one, complete but for what
	 * the caller fills from the subject and the context: kind, host, peer, port,
	 * proto, name and limits. Uses of `heard` nothing but the records of its scope.
	 */
	bool (*judge)(const struct heard *, const struct subject *, const struct context *,
	    const struct params *, struct finding *out);
};

/* The line is the detector. NULL: a kind that has none (a beacon has its own way). */
const struct detector *detector_find(enum finding_kind);

/*
 * Judge one subject: the common part of analysis and recomputation. What comes
 * out at SEVERITY_INFO, because it has an explanation, is no finding, unless
 * `explained` of the detector or of the run asks for those, too.
 */
bool detector_judge(const struct detector *, const struct heard *, const struct subject *,
    const struct context *, const struct params *, struct finding *out);

/* One finding with the context it rests on. */
struct detected {
	struct finding finding;
	struct context context;
};

struct detections {
	struct detected *at; /* malloced, in the order of finding_compare */
	size_t n;
	uint64_t shed; /* findings of the kinds that had more than DETECTIONS_MOST */
};

#define DETECTIONS_MOST \
	20000 /* of a kind; the strongest are kept, fewer where memory is short */

/* Run all detectors. `heard` is judged as it is; deterministic. */
enum status detect_all(struct detections *out, const struct heard *, const struct params *,
    struct error *) MUST_USE;
void detections_release(struct detections *);

/* Does a record belong to the slice of a finding of this scope? */
bool scope_has(enum scope, const struct finding *, const struct ip *orig,
    const struct ip *resp, uint16_t resp_port, uint8_t proto);

/* The same of a flow, with what it was carried in. */
bool scope_has_flow(enum scope, const struct finding *, const struct flow *);

/* The same of what a flow carried. */
bool scope_has_trait(enum scope, const struct finding *, const struct trait *);

/* Do the records of a slice of this scope lie in what flows carried, and not in flows? */
static inline bool
scope_is_names(enum scope s)
{
	return s == SCOPE_NAME || s == SCOPE_LOOKUPS;
}

/* The look-ups of the shard where a host's are; NULL: it looked nothing up. */
const struct lookups *heard_lookups(const struct heard *, const struct ip *host);

/* Never SCOPE_NAMED; a beacon's is SCOPE_SERVICE. */
enum scope scope_of(const struct finding *);

#endif
