/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_writer.h - write a slice of a capture as evidence.
 *
 * One little-endian section, nanosecond time stamps (if_tsresol 9), one
 * interface description per (link type, interface) seen, without a snap length,
 * one enhanced packet block per frame, an interface statistics block at the end
 * (of the first interface; none if there was no frame). The same frames give
 * the same bytes: no time of writing, no host name, no user application. Writes
 * into a FILE that the caller opened and closes.
 */
#ifndef CAPTURE_PCAPNG_WRITER_H
#define CAPTURE_PCAPNG_WRITER_H

#include <stdio.h>

#include "base/error.h"
#include "record/frame.h"

struct pcapng_writer;

/* `comment` (UTF-8, < 64 KiB) is the section's opt_comment; NULL for none. */
enum status pcapng_writer_open(
    struct pcapng_writer **out, FILE *to, const char *comment, struct error *) MUST_USE;
enum status pcapng_writer_put(
    struct pcapng_writer *, const struct frame *, struct error *) MUST_USE;
/* With an opt_comment of at most PCAPNG_REMARK bytes, of which UTF-8 is asked. */
#define PCAPNG_REMARK 64
enum status pcapng_writer_put_remark(struct pcapng_writer *, const struct frame *,
    const char *remark, struct error *) MUST_USE;
/* Writes the statistics: `dropped` as isb_ifdrop unless UINT64_MAX (unknown). */
enum status pcapng_writer_end(
    struct pcapng_writer *, uint64_t dropped, struct error *) MUST_USE;
void pcapng_writer_close(struct pcapng_writer *); /* takes NULL; does not close the FILE */

#endif
