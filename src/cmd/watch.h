/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - what exporters send, held against lists as it comes.
 *
 * A line of JSON on stdout for a flow with an end that is listed; of one host and
 * one listed address, once an hour. It concludes nothing: that is analyze's.
 *
 * The lists are read again when they are asked to be, beside the ones in use and in
 * a thread of their own, so that nothing goes by unseen meanwhile. A new set that
 * cannot be read is said, and the old one stays.
 */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include "base/error.h"
#include "base/ip.h"

struct watch;

/* `paths` are borrowed. */
enum status watch_new(
    struct watch **out, const char *const *paths, unsigned n, struct error *) MUST_USE;

/* An exporter's datagram, with who sent it. */
void watch_see(
    struct watch *, const struct ip *exporter, uint64_t arrival_ns, struct span payload);

/* Ask for the lists to be read again; asked for while they are, they are once more. */
void watch_again(struct watch *);

/* Between datagrams: takes what was read. */
void watch_turn(struct watch *);

uint64_t watch_told(const struct watch *); /* lines */
void watch_free(struct watch *);           /* takes NULL */

#endif
