/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive.h - slices of a bag for others: headers alone, hosts under other names, and
 * records of flows with as little (derive_records.h).
 *
 * What comes out is another exhibit, in a bag of its own with a signed record of
 * what it was derived from and how. It is no evidence of anything by itself: its
 * bytes are not those that were on the wire. Who doubts it asks for the original.
 */
#ifndef CMD_DERIVE_H
#define CMD_DERIVE_H

#include "publish/handout.h"

struct derive_order {
	const struct bag *bag;
	const struct handout *handout; /* of which findings; sorted */
	const struct key *by;          /* who derives */
	uint64_t now_ns;
	const char *output;                 /* a directory that is not there */
	const char *scheme;                 /* of the pseudonyms; NULL: none */
	const char *recipient, *which_case; /* NULL: not said */
};

struct derive_done {
	uint64_t slices, packets, records; /* written; slices of either */
	uint64_t left_out;                 /* packets that are no whole IP packet */
	uint64_t without;                  /* findings that have no packets */
};

/* E_IO, E_FORMAT, E_NOMEM; nothing is there then. */
enum status derive_slices(
    const struct derive_order *, struct derive_done *, struct error *) MUST_USE;

#endif
