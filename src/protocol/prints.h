/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prints.h - fingerprints of hellos that were just made, made no second time.
 *
 * The programs of a network say hello in a few ways again and again, and the
 * digests are the better part of reading one. What a fingerprint is made of is kept
 * beside it and compared byte for byte, so that nobody can pass for somebody else.
 * A hello of which more goes into its fingerprints than is kept is made anew.
 */
#ifndef PROTOCOL_PRINTS_H
#define PROTOCOL_PRINTS_H

#include "protocol/fingerprint.h"

#define PRINTS_KEPT 16
#define PRINTS_KEY  320

struct prints_one {
	uint16_t len; /* of the key; 0: nothing is kept here */
	bool has_ja3;
	uint8_t ja3[16];         /* of a server its JA3S */
	char ja4[TRAIT_JA4 + 1]; /* "": it has none */
	uint8_t key[PRINTS_KEY];
};

/* Zeroed, it is empty. */
struct prints {
	struct prints_one at[PRINTS_KEPT];
};

/* JA3 and JA4 of a hello, and the flag of the former. `kept` may be NULL. */
void prints_of(struct prints *kept, const struct hello_client *, enum fingerprint_carrier,
    struct buf *work, struct trait_tls *out);

/* JA3S of a server's hello, and its flag. */
void prints_of_server(struct prints *kept, const struct hello_server *, struct buf *work,
    struct trait_tls *out);

#endif
