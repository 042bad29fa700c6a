/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey.h - one walk over all that was heard, which all detectors share.
 *
 * Host after host is laid out once, with what the calls of each of its services
 * add up to; every detector sieves that. Ten million pairs are read from memory
 * once and not once for each detector.
 */
#ifndef DETECT_SURVEY_H
#define DETECT_SURVEY_H

#include "base/arena.h"
#include "detect/detector.h"

/* A service of a host: a pair, and what its calls add up to. */
struct called {
	struct pair_key key;
	const struct contact *call; /* in order, at least one */
	size_t calls;
	size_t failed;               /* of the calls */
	uint64_t up, down;           /* bytes of payload */
	uint64_t up_pkts, down_pkts; /* down: of calls that the host had asked for */
	uint64_t unasked_pkts;       /* and of the others */
	uint64_t unasked;            /* calls that the host did not ask for */
	uint64_t longest_ns;
	uint64_t spoken; /* bit s: a call that did not fail was of enum service s, alone */
};

/* The services of one port: those of by_port from `from` to where the next one begins. */
struct port_run {
	uint32_t from;
	uint16_t port;
	uint8_t proto;
};

/* A host as it is surveyed. All arrays live until the next one. */
struct caller {
	const struct heard *heard;
	struct calls calls;
	size_t shard; /* where they are, and what else was heard of the host */
	enum side side;
	uint64_t first_ns;            /* of its first call; UINT64_MAX: it called nobody */
	const struct called *service; /* of each of its pairs, in their order */
	size_t services;
	const uint32_t *by_port; /* services in the order of protocol, port, peer */
	/*
	 * Where each peer's services begin, and each port's, both with one more at the
	 * end. Most peers and ports have too few of them to be looked at.
	 */
	const uint32_t *peer;
	const struct port_run *port;
	size_t peers, ports;
	uint64_t up_pkts; /* of all services */
};

/* Whose the peer is. It may cost a look into a large table: ask last. */
static inline enum side
called_side(const struct caller *c, const struct called *s)
{
	return heard_side_in_pair(c->heard, &s->key.peer);
}

/*
 * Is the peer outside, or apart? What volume and length tell is for the outside: backups,
 * cameras and shares are inside, wherever their network lies. As dear.
 */
static inline bool
called_may_be_out(const struct caller *c, const struct called *s)
{
	return called_side(c, s) == SIDE_EXTERNAL ||
	       heard_peer_side(c->heard, &s->key.peer) == SIDE_APART;
}

/* Which of `port` is this one, or `ports`. */
size_t caller_port(const struct caller *, uint8_t proto, uint16_t port);

/* What one detector has through one survey. */
struct survey {
	const struct heard *heard;
	const struct params *params;
	uint64_t pairs;     /* of the whole run */
	void *own;          /* detector.own bytes, zeroed before the first host */
	struct arena arena; /* for what `own` points to; it dies with the survey */
};

/* Name a suspect: each once. False: no memory, stop. */
bool survey_suspect(struct survey *, const struct subject *) MUST_USE;

/* The subject of one service. */
struct subject survey_subject(enum finding_kind, const struct pair_key *);

#endif
