/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mention.h - a trait on its way to what is kept of its host, and the name in it.
 *
 * Names, look-ups and manners look for the place of a trait by the same few
 * fields. A mention has them clean and hashed, once, and brings what one of them
 * found out on the way. The memory that a trait will need can so be asked for
 * some traits ahead: whoever has many makes all mentions, lets each table fetch
 * in MENTION_STEPS steps, first where to look, then what is there, and only then
 * lets it take them. Whoever has one lets it be taken at once.
 *
 * It borrows the trait and the trait's texts.
 */
#ifndef PROFILE_MENTION_H
#define PROFILE_MENTION_H

#include "profile/known.h"
#include "record/trait.h"

#define NAME_TEXT     (TRAIT_NAME + 1)
#define MENTION_STEPS 4

struct mention {
	const struct trait *trait;
	struct known *known; /* NULL: nothing is remembered */
	struct span name;    /* that it asks for, as name_clean has it; empty: none */
	uint64_t hash;       /* XXH3 of the name */
	uint64_t link;       /* of a link to it but for the address: names */
	uint64_t lookup;     /* of host and name as it was asked: look-ups */
	uint64_t service;    /* of host and whom it speaks with: manners */
	uint64_t domain;     /* of host and registered domain, once `is_split` */
	struct domain_split split;
	struct ip address; /* asked for in place of a name, if `is_address` */
	bool is_split, is_address;
	char room[NAME_TEXT]; /* the name lies here where the trait's own is not clean */
};

/* Sets what a trait says of itself; the hashes but that of the name are set by who reads them. */
void mention_make(struct mention *, const struct trait *, struct known *);

/* As names are compared and shown: what is no printable ASCII is '?', cut at 255. */
size_t name_clean(struct span, char out[static NAME_TEXT]);

#endif
