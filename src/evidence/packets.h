/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets.h - a commitment to packets of which some may be withheld later.
 *
 * The tree of RFC 6962 with two leaves for each packet, what is in its headers and
 * what is behind them:
 *
 *	SHA256(00 "geophone/pkt/v1" 00 salt[16] time_ns[8] caplen[4] wire[4] head)
 *	SHA256(00 "geophone/tail/v1" 00 salt[16] tail)
 *
 * big-endian. The root is in the signed statement. Instead of a tail its leaf may be
 * handed on, instead of a packet the node above both, and the root stays what was
 * signed. The salts make that hash tell nothing of what is withheld; they come from
 * one secret, which stays with the whole slice:
 * salt = the first 16 of HMAC-SHA-256(secret, "head" or "tail", number[8]).
 */
#ifndef EVIDENCE_PACKETS_H
#define EVIDENCE_PACKETS_H

#include "base/buf.h"
#include "base/digest.h"

#define PACKETS_SALT   16
#define PACKETS_SECRET 32
#define PACKETS_LEVELS 63

/* A tree that grows by packets. All zeros: empty. */
struct packets {
	struct digest stack[PACKETS_LEVELS]; /* perfect subtrees, largest first */
	unsigned depth;
	uint64_t n;
};

struct packet_part {
	uint8_t salt[PACKETS_SALT];
	struct span bytes;
};

struct packet_whole {
	uint64_t time_ns;
	uint32_t caplen, wire; /* caplen: head and tail together */
	struct packet_part head, tail;
};

void packets_salts(struct packet_whole *, const uint8_t secret[static PACKETS_SECRET],
    uint64_t number); /* from 0 */
struct digest packets_head(const struct packet_whole *);
struct digest packets_tail(const struct packet_part *);
void packets_add(struct packets *, const struct digest *node);
struct digest packets_root(const struct packets *); /* n > 0 */

/* Whole, cut behind its headers, withheld. */
enum packets_shown { PACKETS_WHOLE, PACKETS_HEAD, PACKETS_WITHHELD, PACKETS_WAYS };

/* One line of a redacted slice (geophone-bag(5)), with its newline; adds to the tree. */
void packets_line(
    struct packets *, const struct packet_whole *, enum packets_shown, struct buf *out);

struct packets_read {
	struct digest root;
	uint64_t n, shown[PACKETS_WAYS];
};

/* All the lines, strict. E_FORMAT names the line. */
enum status packets_read(struct span text, struct packets_read *, struct error *) MUST_USE;

#endif
