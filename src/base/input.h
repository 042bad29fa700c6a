/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - one file somebody else wrote, as a window of bytes.
 *
 * A plain file is mapped, and the window is all that is left of it. gzip
 * (RFC 1952, several members), zstd (RFC 8878) and xz files are recognised by
 * their first bytes, never by name, and decoded through a window of bounded
 * size, so a bomb costs time and not memory. A pipe, a device, a file that
 * cannot be mapped (/proc) or "-" (standard input) is read through the same
 * window.
 *
 * A mapped file that somebody cuts short while we read is an error like any
 * other, if it happens before its bytes were peeked at. Bytes that are in use
 * when they are cut away kill the process (SIGBUS): move captures, do not
 * truncate them.
 *
 *	while ((s = input_peek(in, 16)).len > 0) { ...; input_skip(in, used); }
 *	if (input_state(in, &err) != OK) ... the stream broke; what was read stands
 */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

/* The most a caller may ask of input_peek: the longest line or block we take. */
#define INPUT_WINDOW ((size_t)4 << 20)

struct input;

/*
 * Open `path`; "-" is standard input. Errors: E_IO with the system's reason,
 * also for a directory (the caller walks those).
 */
enum status input_open(struct input **out, const char *path, struct error *) MUST_USE;

/* The same over an open file, from its beginning; `fd` stays the caller's. */
enum status input_open_fd(
    struct input **out, int fd, const char *name, struct error *) MUST_USE;

/*
 * The same over bytes in memory, which outlive the input; counts as mapped
 * unless they are compressed. `name` is what errors call it.
 */
enum status input_open_bytes(
    struct input **out, struct span bytes, const char *name, struct error *) MUST_USE;

void input_close(struct input *); /* takes NULL */

/*
 * At least `want` bytes (<= INPUT_WINDOW) unless the end is nearer, and more
 * if they are there already. Borrowed: valid until the next input_peek; for a
 * mapped file until input_close.
 */
struct span input_peek(struct input *, size_t want);

/* Step over n bytes, n at most the length of the last peek. */
void input_skip(struct input *, size_t n);

/*
 * OK, or why the stream ended early: E_IO, E_FORMAT for a broken or cut
 * compressed stream, E_LIMIT for one that wants too much memory. The sentence
 * names the path and the offset in the file.
 */
enum status input_state(const struct input *, struct error *) MUST_USE;

const char *input_path(const struct input *);
uint64_t input_at(const struct input *);    /* offset of the window in decoded bytes */
bool input_is_mapped(const struct input *); /* frames stay valid until close */
bool input_is_pipe(const struct input *);   /* cannot be read a second time */

/* For progress: bytes of the file consumed so far, and its size (0: unknown). */
uint64_t input_consumed(const struct input *);
uint64_t input_size(const struct input *);

#endif
