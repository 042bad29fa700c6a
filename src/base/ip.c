/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include <arpa/inet.h>
#include <stdio.h>

const char *
ip_text(const struct ip *ip, char text[static IP_TEXT])
{
	if (ip_is_v4(ip))
		(void)snprintf(text, IP_TEXT, "%u.%u.%u.%u", ip->b[12], ip->b[13],
		    ip->b[14], ip->b[15]);
	else
		(void)inet_ntop(AF_INET6, ip->b, text, IP_TEXT);
	return text;
}

static inline uint64_t
eight_at(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof v);
	return le64toh(v);
}

static inline uint32_t
four_at(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return le32toh(v);
}

/* A bit for each of eight bytes that is a point. */
static inline unsigned
points(uint64_t b)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t x = b ^ UINT64_C(0x2e2e2e2e2e2e2e2e);

	x = ~(((x & low) + low) | x | low); /* the high bit where x is zero */
	return (unsigned)((x >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* The highest n bytes of text, digits as their values; n is 1 to 3. */
static inline uint64_t
highest(uint32_t text, unsigned n)
{
	unsigned shift = 32 - 8 * n;

	return ((text ^ UINT32_C(0x30303030)) >> shift) << shift;
}

/*
 * Two numbers of an address at once, in the halves of x, as `highest` gives them
 * and of n and m digits. False when one is past 255, has a zero in front, or is none.
 */
static inline bool
two_numbers(uint64_t x, unsigned n, unsigned m, uint64_t *out)
{
	static const uint8_t least[4] = { 0, 0, 10, 100 };
	const uint64_t one = UINT64_C(0x0000000100000001), sign = one << 31;
	uint64_t v = (x >> 24 & 0xff * one) + (x >> 16 & 0xff * one) * 10 +
		     (x >> 8 & 0xff * one) * 100;
	uint64_t short_of = ~((v | sign) - (least[n] | (uint64_t)least[m] << 32));
	uint64_t past = v + (INT32_MAX - 255) * one;
	uint64_t other = x | (x + UINT64_C(0x7676767676767676));

	*out = v;
	return ((short_of | past) & sign) == 0 &&
	       (other & UINT64_C(0x8080808080808080)) == 0;
}

/*
 * Dotted decimal by hand: addresses in logs are on the hot path, and inet_pton
 * costs more than the rest of the line. How long each number is differs from
 * one address to the next, and a loop over digits would be guessed wrong each
 * time: the points are found first, and each number is read at once.
 */
static bool
parse_v4(struct span s, struct ip *out)
{
	const uint8_t *t = s.at;
	unsigned found, p, q, r, last;
	uint64_t x, y, half;

	if (s.len < 7 || s.len > 15)
		return false;
	if (s.len == 7)
		found = points(four_at(t) | (uint64_t)four_at(t + 3) << 24);
	else
		found = points(eight_at(t)) | points(eight_at(t + s.len - 8))
						  << (s.len - 8);
	found |= 0xfU << s.len; /* so that there is always another */
	p = (unsigned)__builtin_ctz(found);
	found &= found - 1;
	q = (unsigned)__builtin_ctz(found);
	found &= found - 1;
	r = (unsigned)__builtin_ctz(found);
	found &= found - 1;
	last = (unsigned)s.len - r - 1;
	if (found != 0xfU << s.len || p - 1 > 2 || q - p - 2 > 2 || r - q - 2 > 2 ||
	    last - 1 > 2)
		return false;
	/* So long are they that each of the four bytes read is in the text. */
	x = highest(four_at(t) << (32 - 8 * p), p) |
	    highest(four_at(t + p + 1) << (32 - 8 * (q - p - 1)), q - p - 1) << 32;
	y = highest(four_at(t + r - 4), r - q - 1) | highest(four_at(t + s.len - 4), last)
							 << 32;
	if (!two_numbers(x, p, q - p - 1, &x) || !two_numbers(y, r - q - 1, last, &y))
		return false;
	half = htobe64(UINT64_C(0xffff) << 32 | (x & 0xff) << 24 | x >> 32 << 16 |
		       (y & 0xff) << 8 | y >> 32);
	memset(out->b, 0, 8);
	memcpy(out->b + 8, &half, sizeof half);
	return true;
}

bool
ip_parse(struct span s, struct ip *out)
{
	char text[IP_TEXT];
	struct ip ip;

	if (parse_v4(s, out))
		return true;
	if (s.len == 0 || s.len >= sizeof text || memchr(s.at, ':', s.len) == NULL)
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	if (strlen(text) != s.len || inet_pton(AF_INET6, text, ip.b) != 1)
		return false;
	*out = ip;
	return true;
}

/* Networks that overlap nowhere; of those of IPv6 the first four bytes. */
struct scope_net {
	uint32_t net, mask;
	enum ip_scope scope;
};

/* clang-format off */
static const struct scope_net V4_SCOPES[] = {
	{ 0x0a000000, 0xff000000, IP_PRIVATE },   /* 10/8, RFC 1918 */
	{ 0xac100000, 0xfff00000, IP_PRIVATE },   /* 172.16/12 */
	{ 0xc0a80000, 0xffff0000, IP_PRIVATE },   /* 192.168/16 */
	{ 0x64400000, 0xffc00000, IP_PRIVATE },   /* 100.64/10, RFC 6598, carrier NAT */
	{ 0xa9fe0000, 0xffff0000, IP_LINK },      /* 169.254/16, RFC 3927 */
	{ 0x7f000000, 0xff000000, IP_LINK },      /* 127/8, RFC 1122 */
	{ 0x00000000, 0xff000000, IP_LINK },      /* 0/8, this network */
	{ 0xe0000000, 0xf0000000, IP_MULTICAST }, /* 224/4, RFC 5771 */
	{ 0xffffffff, 0xffffffff, IP_MULTICAST }, /* the limited broadcast */
};
static const struct scope_net V6_SCOPES[] = {
	{ 0xff000000, 0xff000000, IP_MULTICAST }, /* ff00::/8, RFC 4291 */
	{ 0xfe800000, 0xffc00000, IP_LINK },      /* fe80::/10 */
	{ 0xfc000000, 0xfe000000, IP_PRIVATE },   /* fc00::/7, RFC 4193 */
};
/* clang-format on */

/* Asked of every address of every pair by more than one detector: no loop over bytes. */
enum ip_scope
ip_scope(const struct ip *ip)
{
	bool four = ip_is_v4(ip);
	const struct scope_net *s = four ? V4_SCOPES : V6_SCOPES;
	size_t n = four ? sizeof V4_SCOPES / sizeof *V4_SCOPES
			: sizeof V6_SCOPES / sizeof *V6_SCOPES;
	uint32_t word;

	if (ip_half(ip, 0) == 0 && ip_half(ip, 8) <= 1)
		return IP_LINK; /* :: and ::1 */
	memcpy(&word, ip->b + (four ? 12 : 0), sizeof word);
	word = be32toh(word);
	for (size_t i = 0; i < n; i++)
		if ((word & s[i].mask) == s[i].net)
			return s[i].scope;
	return IP_GLOBAL;
}

bool
ip_net_has(const struct ip_net *net, const struct ip *ip)
{
	size_t whole = net->bits / 8;
	unsigned rest = net->bits % 8;

	if (memcmp(net->ip.b, ip->b, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return ((net->ip.b[whole] ^ ip->b[whole]) >> (8 - rest)) == 0;
}

static bool
bits_below_are_zero(const struct ip_net *net)
{
	for (unsigned bit = net->bits; bit < 128; bit++)
		if (net->ip.b[bit / 8] & (0x80u >> (bit % 8)))
			return false;
	return true;
}

bool
ip_net_parse(struct span s, struct ip_net *out)
{
	const uint8_t *slash = s.len ? memchr(s.at, '/', s.len) : NULL;
	struct ip_net net = { .bits = 128 };
	unsigned bits = 0, most;
	size_t addr = s.len;

	if (slash)
		addr = (size_t)(slash - s.at);
	if (!ip_parse((struct span){ s.at, addr }, &net.ip))
		return false;
	most = ip_is_v4(&net.ip) ? 32 : 128;
	if (slash) {
		if (s.len - addr < 2 || s.len - addr > 4)
			return false;
		for (size_t i = addr + 1; i < s.len; i++) {
			if (s.at[i] < '0' || s.at[i] > '9')
				return false;
			bits = bits * 10 + (s.at[i] - '0');
		}
		if (bits > most)
			return false;
		net.bits = (uint8_t)(bits + 128 - most);
	}
	if (!bits_below_are_zero(&net))
		return false;
	*out = net;
	return true;
}
