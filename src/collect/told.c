/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/told.h"

#include "base/stamp.h"

bool
told_count(struct span s, uint64_t *out)
{
	struct decimal d;

	return s.len > 0 && decimal_scan_any(s, &d) == s.len && decimal_whole(&d, out) &&
	       *out <= FLOW_INT_MAX;
}

bool
told_seconds(struct span s, uint64_t *ns)
{
	struct decimal d;

	return s.len > 0 && decimal_scan_any(s, &d) == s.len && decimal_nanos(&d, ns) &&
	       *ns < TOLD_TIME_END;
}

bool
told_lasted(struct span s, uint64_t *ns)
{
	uint64_t part[2] = { 0, 0 };
	struct span rest = s;

	for (int i = 0; i < 2; i++) {
		const uint8_t *colon = rest.len ? memchr(rest.at, ':', rest.len) : NULL;
		struct decimal d;
		struct span n = { rest.at, colon ? (size_t)(colon - rest.at) : 0 };

		if (colon == NULL)
			return i == 0 && told_seconds(s, ns);
		while (n.len > 1 && n.at[0] == '0') { /* 08 */
			n.at++;
			n.len--;
		}
		if (decimal_scan_any(n, &d) != n.len || n.len == 0 ||
		    !decimal_whole(&d, &part[i]) || part[i] > 1000000)
			return false;
		rest.len -= (size_t)(colon + 1 - rest.at);
		rest.at = colon + 1;
	}
	if (rest.len > 1 && rest.at[0] == '0' && rest.at[1] != '.') {
		rest.at++;
		rest.len--;
	}
	if (!told_seconds(rest, ns))
		return false;
	*ns += (part[0] * 3600 + part[1] * 60) * SECOND_NS;
	return *ns < TOLD_TIME_END;
}

bool
told_time(struct span s, uint64_t *ns, bool *zoned, unsigned *digits)
{
	char text[48];
	size_t n = s.len;
	unsigned after = 0;

	if (n < 19 || n > 40)
		return false;
	memcpy(text, s.at, n);
	if ((text[4] != '-' && text[4] != '/') || text[7] != text[4] ||
	    (text[10] != 'T' && text[10] != ' '))
		return false;
	text[4] = text[7] = '-';
	text[10] = 'T';
	if (text[19] == '.' && n > 19)
		while (20 + after < n && text[20 + after] >= '0' && text[20 + after] <= '9')
			after++;
	/* +0200 */
	if (n > 5 && (text[n - 5] == '+' || text[n - 5] == '-') && n > 19 + after + 4 &&
	    text[n - 3] != ':') {
		memmove(text + n - 1, text + n - 2, 2);
		text[n - 2] = ':';
		n++;
	}
	*zoned = n > 19 + after + (after > 0);
	if (!*zoned)
		text[n++] = 'Z';
	if (digits != NULL)
		*digits = after;
	return stamp_parse((struct span){ (const uint8_t *)text, n }, ns) &&
	       *ns < TOLD_TIME_END;
}

static bool
same_letters(struct span s, const char *lower)
{
	if (s.len != strlen(lower))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 0x20 : s.at[i];

		if (c != (uint8_t)lower[i])
			return false;
	}
	return true;
}

bool
told_proto(struct span s, uint8_t *proto)
{
	static const struct {
		const char *word;
		uint8_t proto;
	} words[] = {
		{ "tcp", PROTO_TCP },
		{ "udp", PROTO_UDP },
		{ "icmp", PROTO_ICMP },
		{ "ipv6-icmp", PROTO_ICMP6 },
		{ "icmp6", PROTO_ICMP6 },
		{ "icmpv6", PROTO_ICMP6 },
		{ "sctp", PROTO_SCTP },
		{ "gre", 47 },
		{ "esp", 50 },
		{ "ah", 51 },
		{ "igmp", 2 },
		{ "ipip", 4 },
		{ "ipv6", 41 },
		{ "ospf", 89 },
		{ "pim", 103 },
		{ "vrrp", 112 },
	};
	uint64_t n;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (same_letters(s, words[i].word)) {
			*proto = words[i].proto;
			return true;
		}
	while (s.len > 1 && s.at[0] == '0') { /* 006 */
		s.at++;
		s.len--;
	}
	if (!told_count(s, &n) || n > UINT8_MAX)
		return false;
	*proto = (uint8_t)n;
	return true;
}

bool
told_tcp(struct span s, uint8_t *flags)
{
	static const char letters[] = "FSRPAUEC";

	*flags = 0;
	for (size_t i = 0; i < s.len; i++) {
		const char *at = memchr(letters, s.at[i], sizeof letters - 1);

		if (at != NULL)
			*flags |= (uint8_t)(1u << (at - letters));
		else if (s.at[i] != '.')
			return false;
	}
	return true;
}

uint32_t
told_resolution(unsigned digits)
{
	uint32_t step = 1000000000;

	for (unsigned i = 0; i < digits && step > 1; i++)
		step /= 10;
	return step;
}

uint64_t
told_ip_bytes(uint64_t frame_bytes, uint64_t pkts)
{
	const uint64_t ethernet = 14;

	return pkts > frame_bytes / ethernet ? frame_bytes : frame_bytes - ethernet * pkts;
}

/* ICMP's answer to each question, both ways; what nothing answers has its code. */
static unsigned
counterpart(uint8_t proto, unsigned type, unsigned code)
{
	static const uint8_t v4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 },
		{ 10, 9 } };
	static const uint8_t v6[][2] = { { 128, 129 }, { 131, 130 }, { 133, 134 },
		{ 135, 136 }, { 139, 140 }, { 144, 145 } };
	const uint8_t(*list)[2] = proto == PROTO_ICMP ? v4 : v6;
	size_t n = proto == PROTO_ICMP ? sizeof v4 / sizeof *v4 : sizeof v6 / sizeof *v6;

	for (size_t i = 0; i < n; i++) {
		if (list[i][0] == type)
			return list[i][1];
		if (list[i][1] == type)
			return list[i][0];
	}
	return code;
}

void
icmp_ports(struct flow *f, unsigned type, unsigned code)
{
	f->orig_port = (uint16_t)(type & 0xff);
	f->resp_port = (uint16_t)counterpart(f->proto, type & 0xff, code & 0xff);
}
