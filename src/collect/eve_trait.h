/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_trait.h - what flows carried, of Suricata's eve.json: events of the types
 * dns, tls, http, ssh and quic.
 *
 * A look-up is told in two events or more, in three ways (versions 1, 2 and 3 of
 * the dns object); it becomes one trait, with the time of its question. So a
 * question waits for its answer, among EVE_WAITING others, and is told when it
 * came, or when another needs its place, or in the end. All else is told at once.
 */
#ifndef COLLECT_EVE_TRAIT_H
#define COLLECT_EVE_TRAIT_H

#include "base/error.h"
#include "collect/told.h"
#include "record/trait.h"

#define EVE_WAITING 1024

struct eve_traits;

enum status eve_traits_new(
    struct eve_traits **out, trait_sink *, void *state, struct error *) MUST_USE;

/*
 * A line that eve_line does not take. TOLD_NOTHING: it is understood, and its trait
 * told or kept; TOLD_OTHER: an event of another type; TOLD_BAD: `why`.
 */
enum told eve_traits_line(
    struct eve_traits *, struct span line, uint64_t where, const char **why);

/* Questions that wait are told. */
void eve_traits_finish(struct eve_traits *); /* takes NULL */
void eve_traits_free(struct eve_traits *);   /* takes NULL */

#endif
