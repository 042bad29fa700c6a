/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manner.h - what a host's way of speaking with a service says of it.
 *
 * A fingerprint or a certificate by itself says nothing: software of all kinds
 * shares the libraries that make them. What counts is how many hosts of this
 * network have it, what else the same host has, and whether what a certificate
 * states is what public services state.
 */
#ifndef DETECT_MANNER_H
#define DETECT_MANNER_H

#include "detect/context.h"
#include "profile/manners.h"
#include "profile/pair.h"

/*
 * Fill the fields of the context about it. `manners` may be NULL. What a host says
 * is all in one shard: whoever has it from there knows which (`home`).
 */
void manner_look_at(struct manners *const *manners, size_t shards, size_t home,
    const struct pair_key *, struct context *);
void manner_look(struct manners *const *manners, size_t shards, const struct pair_key *,
    struct context *);

/* How many hosts have a fingerprint, of how many. */
struct print_use {
	uint64_t print, hosts, speakers;
};

/* What was found of the hello before: mostly the same host says the same again. */
struct print_asked {
	struct print_use use;
	struct ip host;
	uint64_t print;
	bool apart;
};

/*
 * May this hello weigh anything, by its certificate or its fingerprint? Asked of every
 * one before its context is made. `asked`: zeroed before the first of these manners.
 */
bool manner_hello_tells(struct manners *const *manners, size_t shards, size_t home,
    const struct manner *, struct print_asked *asked);

/* What the certificate weighs, in millibans; the terms are added where `f` is no NULL. */
int32_t manner_certificate(const struct context *, struct finding *f);
/* The same of the client's fingerprint. */
int32_t manner_print(const struct context *, struct finding *f);
/* Of the pages that are asked for in turn, one at a time: `alone` says so. */
void manner_pages(const struct context *, bool alone, struct finding *f);

#endif
