/* SPDX-License-Identifier: Apache-2.0 */
/*
 * domain.h - where in a name the part begins that somebody registered.
 *
 * "a.b.example.co.uk" is "a.b" under "example.co.uk". Which suffixes are open to
 * the public is told by the list that libpsl carries; it changes with the library,
 * so what rests on it also says which list it was.
 */
#ifndef PROFILE_DOMAIN_H
#define PROFILE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

/* SHA-1 of the list, in hex: "" if the library has none. */
const char *domain_list(void);

struct domain_split {
	size_t
	    domain; /* where the registered domain begins; 0: the name is one, or has none */
	size_t suffix; /* where its public suffix begins */
	bool listed;   /* the suffix is a registry's: ICANN's part of the list names it */
};

/* Of a name in lower case, printable ASCII, without the last dot, terminated. No allocation. */
struct domain_split domain_split(const char *name, size_t len);

/* Where the name without its first label begins; 0: it has one label. */
size_t domain_rest(const char *name, size_t len);

/* The split of a name whose rest, from there on, is split already: one question to the list. */
struct domain_split domain_above(
    const char *name, size_t len, size_t rest, struct domain_split of_rest);

#endif
