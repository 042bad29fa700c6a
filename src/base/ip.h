/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip.h - one address type for both families.
 *
 * An IPv4 address is held as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that
 * keys, comparison and storage know one shape of 16 bytes, network order.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

struct ip {
	uint8_t b[16];
};

#define IP_TEXT 46 /* longest text and the NUL */

static inline struct ip
ip_from_v4(const uint8_t v4[static 4])
{
	struct ip ip = { .b = { [10] = 0xff, [11] = 0xff } };

	memcpy(ip.b + 12, v4, 4);
	return ip;
}

static inline bool
ip_is_v4(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(ip->b, mapped, sizeof mapped) == 0;
}

/* Eight of the bytes from `at` on, as a number that compares as they do. */
static inline uint64_t
ip_half(const struct ip *ip, unsigned at)
{
	uint64_t half;

	memcpy(&half, ip->b + at, sizeof half);
	return be64toh(half);
}

/* What memcmp says, without the call: tables of addresses are sorted by it. */
static inline int
ip_compare(const struct ip *a, const struct ip *b)
{
	uint64_t x = ip_half(a, 0), y = ip_half(b, 0);

	if (x == y) {
		x = ip_half(a, 8);
		y = ip_half(b, 8);
	}
	return (x > y) - (x < y);
}

static inline bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Writes RFC 5952 text into `text`, and returns it. */
const char *ip_text(const struct ip *, char text[static IP_TEXT]);

/* The whole span must be one address, IPv4 dotted or IPv6, without zone or port. */
bool ip_parse(struct span, struct ip *out);

enum ip_scope {
	IP_GLOBAL,    /* may be anywhere in the world */
	IP_PRIVATE,   /* RFC 1918, RFC 4193, RFC 6598 */
	IP_LINK,      /* link-local, loopback, unspecified */
	IP_MULTICAST, /* multicast and limited broadcast */
};

enum ip_scope ip_scope(const struct ip *);

/* A network: the first `bits` bits of `ip`, counted in the 128-bit form. */
struct ip_net {
	struct ip ip;
	uint8_t bits;
};

/* "192.0.2.0/24", "2001:db8::/32", or a bare address. Host bits must be zero. */
bool ip_net_parse(struct span, struct ip_net *out);
bool ip_net_has(const struct ip_net *, const struct ip *);

#endif
