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

#define V4(a, b, bits)                                                                \
	{                                                                             \
		{ { [10] = 0xff, [11] = 0xff, [12] = (a), [13] = (b) } }, 96 + (bits) \
	}

/* First match wins. */
static const struct {
	struct ip_net net;
	enum ip_scope scope;
} SCOPES[] = {
	{ V4(10, 0, 8), IP_PRIVATE },          /* RFC 1918 */
	{ V4(172, 16, 12), IP_PRIVATE },       /* RFC 1918 */
	{ V4(192, 168, 16), IP_PRIVATE },      /* RFC 1918 */
	{ V4(100, 64, 10), IP_PRIVATE },       /* RFC 6598, carrier NAT */
	{ V4(169, 254, 16), IP_LINK },         /* RFC 3927 */
	{ V4(127, 0, 8), IP_LINK },            /* RFC 1122 */
	{ V4(0, 0, 8), IP_LINK },              /* RFC 1122, this network */
	{ V4(224, 0, 4), IP_MULTICAST },       /* RFC 5771 */
	{ { { { 0xff } }, 8 }, IP_MULTICAST }, /* RFC 4291 */
	{ { { { 0xfe, 0x80 } }, 10 }, IP_LINK },
	{ { { { 0xfc } }, 7 }, IP_PRIVATE }, /* RFC 4193 */
	{ { { { [15] = 1 } }, 128 }, IP_LINK },
	{ { { { 0 } }, 128 }, IP_LINK },
};

/* Of those that no line of SCOPES begins like; false says nothing. */
static bool
is_plainly_global(const struct ip *ip)
{
	if (!ip_is_v4(ip))
		return (ip->b[0] & 0xe0) == 0x20; /* RFC 4291 section 2.4 */
	switch (ip->b[12]) {
	case 0:
	case 10:
	case 100:
	case 127:
	case 169:
	case 172:
	case 192:
		return false;
	default:
		return ip->b[12] < 224;
	}
}

enum ip_scope
ip_scope(const struct ip *ip)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	/* One byte settles most of the addresses there are: this is asked of every pair. */
	if (is_plainly_global(ip))
		return IP_GLOBAL;
	for (size_t i = 0; i < sizeof SCOPES / sizeof *SCOPES; i++)
		if (ip_net_has(&SCOPES[i].net, ip))
			return SCOPES[i].scope;
	if (ip_is_v4(ip) && memcmp(ip->b + 12, broadcast, 4) == 0)
		return IP_MULTICAST;
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
