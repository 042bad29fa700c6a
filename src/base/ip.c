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

/*
 * Dotted decimal by hand: addresses in logs are on the hot path, and inet_pton
 * costs more than the rest of the line.
 */
static bool
parse_v4(struct span s, struct ip *out)
{
	uint8_t v4[4];
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		unsigned v = 0;
		size_t from = i;

		for (; i < s.len && s.at[i] >= '0' && s.at[i] <= '9' && i - from < 4; i++)
			v = v * 10 + (s.at[i] - '0');
		if (i == from || v > 255 || (i - from > 1 && s.at[from] == '0'))
			return false;
		v4[part] = (uint8_t)v;
		if (part < 3 && (i >= s.len || s.at[i++] != '.'))
			return false;
	}
	if (i != s.len)
		return false;
	*out = ip_from_v4(v4);
	return true;
}

bool
ip_parse(struct span s, struct ip *out)
{
	char text[IP_TEXT];
	struct ip ip;

	if (s.len == 0 || s.len >= sizeof text)
		return false;
	if (memchr(s.at, ':', s.len) == NULL)
		return parse_v4(s, out);
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
