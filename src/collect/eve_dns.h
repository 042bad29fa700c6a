/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_dns.h - look-ups of Suricata's dns events, put together.
 */
#ifndef COLLECT_EVE_DNS_H
#define COLLECT_EVE_DNS_H

#include "collect/eve_value.h"
#include "record/trait.h"

struct eve_dns;

struct eve_dns *eve_dns_new(trait_sink *, void *state); /* NULL: no memory; free() */

/* The dns object of an event; `t` names the ends, time and line. NULL, or why not. */
const char *eve_dns_event(
    struct eve_dns *, struct eve_room *, struct span object, struct trait *t);
void eve_dns_finish(struct eve_dns *);

#endif
