/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_value.h - values of Suricata's events.
 *
 * Each takes what it can and leaves the rest empty: an event with one strange
 * field still tells the others.
 */
#ifndef COLLECT_EVE_VALUE_H
#define COLLECT_EVE_VALUE_H

#include "collect/json_scan.h"
#include "collect/told.h"

#define EVE_ROOM 16384

/* Texts without their escapes, of one event; more than there is room for is empty. */
struct eve_room {
	size_t used;
	uint8_t bytes[EVE_ROOM];
};

/* What every event says: its kind, when, and between whom. */
struct eve_head {
	struct span type, timestamp, src, dst, proto;
	uint64_t src_port, dst_port;
};

/* The ends of an event, as it says them. */
struct eve_ends {
	struct ip src, dst;
	uint64_t time_ns;
	uint16_t src_port, dst_port;
	uint8_t proto;
};

/* Takes a member of an event if it is one of the head's; false: it is not. */
bool eve_head_takes(
    struct eve_head *, const struct scan_value *key, const struct scan_value *);
/* NULL, or why the ends are not told. */
const char *eve_head_ends(const struct eve_head *, struct eve_ends *);

/* A string without escapes in it, as it stands. */
struct span eve_plain(const struct scan_value *);
/* A number, or digits in a string; 0 when it is neither, or more than `most`. */
uint64_t eve_count(const struct scan_value *, uint64_t most);
/* A string of any kind, cut at `most` bytes. */
struct span eve_text(struct eve_room *, const struct scan_value *, size_t most);
/* The name of a host: in lower case, without the last dot. */
struct span eve_host(struct eve_room *, const struct scan_value *);
/* The same with a port behind it, which is taken if it is there. */
struct span eve_host_port(struct eve_room *, const struct scan_value *, uint16_t *port);
/* "SSH-" version "-" software; empty without both. */
struct span eve_identification(
    struct eve_room *, const struct scan_value *version, const struct scan_value *software);
/* Exactly n bytes in hexadecimal digits. */
bool eve_hex(struct span, uint8_t *out, size_t n);

#endif
