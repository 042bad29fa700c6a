/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts.h - which addresses are ours, and how many of ours call whom.
 *
 * What a verdict on a pair rests on besides its own contacts: the prevalence of
 * the peer, the number of peers of the host, and the side of both. Made once of
 * all sealed shards; all calls from a host to a peer must be in one of them.
 *
 * An address is internal, unless it lies in a network that the user named as others',
 *  1. when it is private, link-local or loopback,
 *  2. when it lies in one of the networks the user named,
 *  3. when the sources called it local on more host-peer pairs than remote,
 *  4. or when it must be. If of all the host-peer pairs of a family (IPv4,
 *     IPv6) that have an end outside of 1., more than half have no internal end
 *     by then, nobody has told us where we are listening: a public address on
 *     its own, a server farm, a home whose IPv6 addresses are global. A place to
 *     listen at sees what goes through it, so we look among the pairs without an
 *     internal end for the address, else the network of 24, else of 16 bits
 *     (IPv6: of 64, 56, 48) that takes part in nine tenths of them; if there is
 *     none, in half of them. Of several, those that opened most. When there is
 *     none at all, every originator of such a pair.
 *
 * Ports do not count in 4: one who scans all ports of one address must not
 * make it ours.
 */
#ifndef PROFILE_HOSTS_H
#define PROFILE_HOSTS_H

#include "profile/pairs.h"

enum host_side {
	HOST_EXTERNAL,
	HOST_PRIVATE, /* by rule 1, and so on */
	HOST_NAMED,
	HOST_TOLD,
	HOST_INFERRED,
};

struct host {
	uint32_t callers; /* internal hosts that called it */
	uint32_t peers;   /* external addresses it called */
	uint8_t side;     /* enum host_side; all but HOST_EXTERNAL are internal */
	bool opened : 1;  /* it has called somebody */
	bool others : 1;  /* named as somebody else's */
	bool ours : 1;    /* named as ours */
	bool houses : 1;  /* called for what a network gives to its own, or from outside */
};

#define HOSTS_INFERRED 8

/* What the user named. Borrowed. */
struct host_nets {
	const struct ip_net *ours, *others;
	unsigned n_ours, n_others;
};

struct hosts;

/* `nets` may be NULL. Takes a few dozen bytes for each address and 4 for each host-peer pair. */
enum status hosts_new(struct hosts **out, struct pairs *const *shards, size_t n,
    const struct host_nets *nets, struct error *) MUST_USE;

/* NULL: an address that is in no pair. Valid until hosts_free. */
const struct host *hosts_find(const struct hosts *, const struct ip *);

/* False of an address that is in no pair. */
bool hosts_is_internal(const struct hosts *, const struct ip *);

/* The same of an address that is in a pair, which private ones need not be looked up for. */
bool hosts_is_internal_in_pair(const struct hosts *, const struct ip *);

/*
 * Internal by rule 1 alone, of a network where nobody was seen to live: none of its
 * addresses has called anybody, is called by more than two of ours or from outside, or
 * is asked for names, addresses, the time or admission, and at most two of them are called at
 * all. A relay, a laboratory, or a lone server. Networks are of 16 bits, in
 * 192.168/16 of 24; of IPv6 none is known apart.
 */
bool hosts_is_apart(const struct hosts *, const struct ip *);

/* Internal hosts that opened a connection. */
uint64_t hosts_callers(const struct hosts *);

/*
 * What rule 4 found, to be told to the user: up to HOSTS_INFERRED networks of
 * `out`, addresses being networks of 128 bits. Originators are not listed: with
 * them *originators is how many there were.
 */
unsigned hosts_inferred(
    const struct hosts *, struct ip_net out[static HOSTS_INFERRED], uint64_t *originators);

void hosts_free(struct hosts *); /* takes NULL */

#endif
