/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - which of the frames are wanted.
 *
 * A window of time, and an expression as pcap-filter(7) has them, compiled by
 * libpcap for each link type that is met. It looks at the frame as it was
 * captured: inside tunnels only as far as the expression says so. Names of
 * hosts and networks are refused, because libpcap would ask DNS for them.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "base/error.h"
#include "record/frame.h"

struct filter;

/*
 * `text` is copied; NULL: all frames. Times are in [from_ns, to_ns). E_MISUSE
 * names the character of the expression at which it makes no sense.
 */
enum status filter_new(struct filter **out, const char *text, uint64_t from_ns,
    uint64_t to_ns, struct error *) MUST_USE;
void filter_free(struct filter *); /* takes NULL */

const char *filter_text(const struct filter *); /* NULL: none */
uint64_t filter_from(const struct filter *);
uint64_t filter_to(const struct filter *); /* UINT64_MAX: no end */

/* NULL takes every time. */
bool filter_in_time(const struct filter *, uint64_t t_ns);

/*
 * Leave the wanted frames in the batch, in order, and count the others.
 * E_FORMAT: the expression means nothing for a link type of this batch.
 */
enum status filter_batch(struct filter *, struct frame_batch *, uint64_t *outside,
    uint64_t *unwanted, struct error *) MUST_USE;

#endif
