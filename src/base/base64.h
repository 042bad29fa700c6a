/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - bytes as text (RFC 4648 section 4: standard alphabet, padded).
 *
 * The decoder takes the one spelling the encoder would have written and no
 * other: no line breaks, no missing padding, no bits set behind the last byte.
 * What is signed or hashed as text must not have a second spelling.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Characters that n bytes become. */
#define BASE64_CHARS(n) (((n) + 2) / 3 * 4)

void base64_encode(struct span, struct buf *out);

/* False: not base64; then nothing was written. True also when `out` ran full: ask buf_state. */
bool base64_decode(struct span text, struct buf *out) MUST_USE;

/* Exactly `n` bytes into `to`, or false. For keys, hashes and signatures. */
bool base64_decode_exact(struct span text, void *to, size_t n) MUST_USE;

#endif
