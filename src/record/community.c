/* SPDX-License-Identifier: Apache-2.0 */
#include "record/community.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/base64.h"

#define SHA1_BYTES 20

/* Messages that ask for or answer each other; the rest goes one way only. */
static bool
icmp_answer(uint8_t type, uint16_t *other)
{
	static const uint8_t pairs[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 10, 9 },
		{ 17, 18 } };

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (pairs[i][0] == type || pairs[i][1] == type) {
			*other = pairs[i][pairs[i][0] == type];
			return true;
		}
	}
	return false;
}

static bool
icmp6_answer(uint8_t type, uint16_t *other)
{
	static const uint8_t pairs[][2] = { { 128, 129 }, { 133, 134 }, { 135, 136 },
		{ 130, 131 }, { 144, 145 }, { 139, 140 } };

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (pairs[i][0] == type || pairs[i][1] == type) {
			*other = pairs[i][pairs[i][0] == type];
			return true;
		}
	}
	return false;
}

/* ICMP's type and what answers it play the ports; true: it goes one way only. */
static bool
icmp_ports(struct ends *e)
{
	uint16_t other = 0;
	bool paired = false;

	if (e->src_port <= UINT8_MAX && e->proto == PROTO_ICMP)
		paired = icmp_answer((uint8_t)e->src_port, &other);
	else if (e->src_port <= UINT8_MAX && e->proto == PROTO_ICMP6)
		paired = icmp6_answer((uint8_t)e->src_port, &other);
	else
		return false;
	if (paired)
		e->dst_port = other;
	return !paired;
}

static bool
in_order(const struct ends *e)
{
	int order = ip_compare(&e->src, &e->dst);

	return order < 0 || (order == 0 && e->src_port < e->dst_port);
}

static size_t
put_ip(uint8_t *at, const struct ip *ip)
{
	if (ip_is_v4(ip)) {
		memcpy(at, ip->b + 12, 4);
		return 4;
	}
	memcpy(at, ip->b, 16);
	return 16;
}

static size_t
put_be16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return 2;
}

static bool
has_ports(uint8_t proto)
{
	return proto == PROTO_ICMP || proto == PROTO_TCP || proto == PROTO_UDP ||
	       proto == PROTO_ICMP6 || proto == PROTO_SCTP;
}

const char *
community_id(const struct ends *given, uint16_t seed, char text[COMMUNITY_TEXT])
{
	struct ends e = *given;
	uint8_t bytes[2 + 16 + 16 + 2 + 4], sha1[SHA1_BYTES];
	struct buf out;
	unsigned len;
	size_t n;

	if (!icmp_ports(&e) && !in_order(&e))
		e = (struct ends){ e.dst, e.src, e.dst_port, e.src_port, e.proto };
	n = put_be16(bytes, seed);
	n += put_ip(bytes + n, &e.src);
	n += put_ip(bytes + n, &e.dst);
	bytes[n++] = e.proto;
	bytes[n++] = 0;
	if (has_ports(e.proto)) {
		n += put_be16(bytes + n, e.src_port);
		n += put_be16(bytes + n, e.dst_port);
	}
	CHECK(EVP_Digest(bytes, n, sha1, &len, EVP_sha1(), NULL) == 1 && len == SHA1_BYTES);
	buf_init(&out, COMMUNITY_TEXT);
	buf_puts(&out, "1:");
	base64_encode((struct span){ sha1, sizeof sha1 }, &out);
	CHECK(!out.bad && out.len == COMMUNITY_TEXT - 1);
	memcpy(text, out.at, out.len);
	text[out.len] = '\0';
	buf_release(&out);
	return text;
}
