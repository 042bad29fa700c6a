/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.h - gzip, zstd and xz as one decoder that is fed by hand.
 *
 * The storey under base/input.h; nobody else needs it. Files may hold several
 * members, frames or streams one after the other. Memory is bounded: a header
 * that asks for a larger dictionary than UNPACK_MEMORY is refused (E_LIMIT)
 * before the memory is taken.
 */
#ifndef BASE_UNPACK_H
#define BASE_UNPACK_H

#include <stdbool.h>

#include "base/cursor.h"
#include "base/error.h"

/* zstd -22 asks for 128 MiB, xz -9 for 65 MiB; nothing honest asks for more. */
#define UNPACK_WINDOW_LOG 27
#define UNPACK_MEMORY     ((size_t)1 << UNPACK_WINDOW_LOG)

/* Bytes that unpack_recognise wants to see. */
#define UNPACK_MAGIC 6

enum unpack_kind {
	UNPACK_NONE,
	UNPACK_GZIP, /* RFC 1952 */
	UNPACK_ZSTD, /* RFC 8878, also starting with a skippable frame */
	UNPACK_XZ,
};

enum unpack_kind unpack_recognise(struct span first);

struct unpack;

enum status unpack_new(struct unpack **out, enum unpack_kind, struct error *) MUST_USE;

/*
 * Decode from `in` into `out` and advance both by what was used, until one of
 * them is empty or the stream is over. `last`: nothing follows `in`. What was
 * decoded before an error is in `out` nevertheless. Errors: E_FORMAT broken or
 * cut, E_LIMIT, E_NOMEM; the sentence does not name the file.
 */
struct unpack_io {
	struct span in;
	uint8_t *out;
	size_t room;
};
enum status unpack_run(
    struct unpack *, struct unpack_io *, bool last, struct error *) MUST_USE;

/* The last run reached the end of the file, and it was a right place to end. */
bool unpack_over(const struct unpack *);

void unpack_free(struct unpack *); /* takes NULL */

#endif
