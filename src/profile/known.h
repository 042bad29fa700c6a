/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.h - names met lately, and what is dear to find out of a name.
 *
 * Where a name is split takes several questions to a long list, and its key is a
 * SHA-256. Both are functions of the name alone, and hosts ask for the same names,
 * so whoever takes traits remembers some thousands of them, each in one place by
 * its hash, the last one met there. Names are compared byte for byte: nothing
 * depends on what is remembered. Of one thread at a time.
 */
#ifndef PROFILE_KNOWN_H
#define PROFILE_KNOWN_H

#include "base/cursor.h"
#include "base/ip.h"
#include "profile/domain.h"

struct known;

struct known *known_new(
    void); /* NULL: no memory; the others take it, and remember nothing */

/* What is known of the name with this XXH3 will be asked soon. */
void known_fetch(const struct known *, uint64_t hash);

/* Of clean names (name_clean) that are not empty. */
struct domain_split known_split(struct known *, struct span name, uint64_t hash);
struct ip known_key(struct known *, struct span name, uint64_t hash);

void known_free(struct known *);

#endif
