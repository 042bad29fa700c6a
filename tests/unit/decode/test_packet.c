/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "base/stamp.h"
#include "decode/clock.h"
#include "decode/packet.h"
#include "decode/steps.h"
#include "record/flow.h"

/* Headers as text, so that a row is a frame. Addresses 10.0.0.1 and 10.0.0.2. */
#define MACS  "\2\0\0\0\0\2\2\0\0\0\0\1"
#define ETH   MACS "\x08\x00"
#define ETH6  MACS "\x86\xdd"
#define ADDRS "\x0a\0\0\1\x0a\0\0\2"
#define IP4(total, fragment, proto) \
	"\x45\0" total "\x12\x34" fragment "\x40" proto "\0\0" ADDRS
#define SIX(last)          "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" last
#define IP6(payload, next) "\x60\0\0\0" payload next "\x40" SIX("\1") SIX("\2")
#define WHOLE              "\0\0"
#define TCP(offset_flags) \
	"\x04\0\x01\xbb\x11\x22\x33\x44\x55\x66\x77\x88" offset_flags "\x20\0\0\0\0\0"
#define UDP(length) "\x14\xe9\0\x35" length "\xff\xff"
#define PAD         "\0\0\0\0\0\0"

#define BAD(verdict) verdict, 0, 0, 0, 0, 0, NULL, 0

struct row {
	const char *name;
	struct span bytes;
	uint16_t link;
	uint32_t wire; /* 0: all of it was captured */
	enum decode_verdict verdict;
	/* and when OK: */
	uint8_t proto;
	uint16_t src_port, dst_port;
	uint32_t ip_bytes, data_bytes;
	const char *data;
	uint16_t vlan;
};

/* clang-format off */
static const struct row rows[] = {
	{ "tcp", BYTES(ETH IP4("\0\x2a", WHOLE, "\6") TCP("\x50\x18") "hi"), 1, 0, DECODE_OK, 6, 1024, 443, 42, 2, "hi", 0 },
	{ "ethernet padding is dropped", BYTES(ETH IP4("\0\x28", WHOLE, "\6") TCP("\x50\x10") PAD), 1, 0, DECODE_OK, 6, 1024, 443, 40, 0, "", 0 },
	{ "tcp options", BYTES(ETH IP4("\0\x2e", WHOLE, "\6") TCP("\x60\x18") "\1\1\1\1hi"), 1, 0, DECODE_OK, 6, 1024, 443, 46, 2, "hi", 0 },
	{ "tcp header below 20", BYTES(ETH IP4("\0\x2a", WHOLE, "\6") TCP("\x40\x18") "hi"), 1, 0, BAD(DECODE_LIES) },
	{ "tcp header past the packet", BYTES(ETH IP4("\0\x2a", WHOLE, "\6") TCP("\x60\x18") "hi"), 1, 0, BAD(DECODE_LIES) },
	{ "ip total too small for tcp", BYTES(ETH IP4("\0\x27", WHOLE, "\6") TCP("\x50\x18")), 1, 0, BAD(DECODE_LIES) },
	{ "tcp cut by the snap length in its data", BYTES(ETH IP4("\0\x2a", WHOLE, "\6") TCP("\x50\x18") "h"), 1, 56, DECODE_OK, 6, 1024, 443, 42, 2, "h", 0 },
	{ "tcp cut by the snap length in its options", BYTES(ETH IP4("\0\x2e", WHOLE, "\6") TCP("\x60\x18") "\1"), 1, 60, DECODE_OK, 6, 1024, 443, 46, 2, "", 0 },
	{ "tcp cut by the snap length in its header", BYTES(ETH IP4("\0\x2a", WHOLE, "\6") "\x04\0\x01\xbb"), 1, 56, BAD(DECODE_SHORT) },
	{ "shorter on the wire than ip says", BYTES(ETH IP4("\0\x2b", WHOLE, "\6") TCP("\x50\x18") "hi"), 1, 0, BAD(DECODE_SHORT) },
	{ "total length 0 of an offloading card", BYTES(ETH IP4("\0\0", WHOLE, "\6") TCP("\x50\x18") "hi"), 1, 0, DECODE_OK, 6, 1024, 443, 42, 2, "hi", 0 },
	{ "wire length that the writer left 0", BYTES(ETH IP4("\0\x2a", WHOLE, "\6") TCP("\x50\x18") "hi"), 1, 1, DECODE_OK, 6, 1024, 443, 42, 2, "hi", 0 },

	{ "ip header length 4", BYTES(ETH "\x44\0\0\x2a\0\0\0\0\x40\6\0\0" ADDRS TCP("\x50\x18") "hi"), 1, 0, BAD(DECODE_LIES) },
	{ "ip options", BYTES(ETH "\x46\0\0\x2e\0\0\0\0\x40\6\0\0" ADDRS "\1\1\1\0" TCP("\x50\x18") "hi"), 1, 0, DECODE_OK, 6, 1024, 443, 46, 2, "hi", 0 },
	{ "ip options past the frame", BYTES(ETH "\x4f\0\0\x3c\0\0\0\0\x40\6\0\0" ADDRS "\1\1\1\0"), 1, 74, BAD(DECODE_SHORT) },
	{ "ip total below its header", BYTES(ETH IP4("\0\x13", WHOLE, "\6") TCP("\x50\x18")), 1, 0, BAD(DECODE_LIES) },
	{ "ip header cut", BYTES(ETH "\x45\0\0\x2a\0\0\0\0\x40\6\0\0\x0a\0\0\1\x0a\0\0"), 1, 0, BAD(DECODE_SHORT) },
	{ "version 6 announced as 4", BYTES(ETH IP6("\0\x08", "\x11") UDP("\0\x08")), 1, 0, BAD(DECODE_VERSION) },
	{ "version 4 announced as 6", BYTES(ETH6 IP4("\0\x2a", WHOLE, "\6") TCP("\x50\x18") "hi"), 1, 0, BAD(DECODE_VERSION) },

	{ "udp", BYTES(ETH IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "udp shorter than ip: padding", BYTES(ETH IP4("\0\x20", WHOLE, "\x11") UDP("\0\x0a") "hi\0\0"), 1, 0, DECODE_OK, 17, 5353, 53, 32, 2, "hi", 0 },
	{ "udp length under 8", BYTES(ETH IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x07") "hi"), 1, 0, BAD(DECODE_LIES) },
	{ "udp length past ip", BYTES(ETH IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0b") "hi"), 1, 0, BAD(DECODE_LIES) },
	{ "udp length 0 of an offloading card", BYTES(ETH IP4("\0\x1e", WHOLE, "\x11") UDP("\0\0") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "udp header does not fit ip", BYTES(ETH IP4("\0\x1b", WHOLE, "\x11") UDP("\0\x08")), 1, 0, BAD(DECODE_LIES) },

	{ "udp of more than a few bytes", BYTES(ETH IP4("\0\x2a", WHOLE, "\x11") UDP("\0\x15") "fourteen bytes"), 1, 0, DECODE_OK, 17, 5353, 53, 42, 13, "fourteen byte", 0 },
	{ "udp of nothing but padding", BYTES(ETH IP4("\0\x2a", WHOLE, "\x11") UDP("\0\x08") "fourteen bytes"), 1, 0, DECODE_OK, 17, 5353, 53, 42, 0, "", 0 },
	{ "udp length past ip, more than a few bytes", BYTES(ETH IP4("\0\x2a", WHOLE, "\x11") UDP("\0\x17") "fourteen bytes"), 1, 0, BAD(DECODE_LIES) },
	{ "udp length far past ip", BYTES(ETH IP4("\0\x2a", WHOLE, "\x11") UDP("\xff\xff") "fourteen bytes"), 1, 0, BAD(DECODE_LIES) },

	{ "icmp echo mirrors its reply", BYTES(ETH IP4("\0\x1e", WHOLE, "\1") "\x08\0\0\0\x12\x34\0\1hi"), 1, 0, DECODE_OK, 1, 8, 0, 30, 2, "hi", 0 },
	{ "icmp echo reply", BYTES(ETH IP4("\0\x1e", WHOLE, "\1") "\0\0\0\0\x12\x34\0\1hi"), 1, 0, DECODE_OK, 1, 0, 8, 30, 2, "hi", 0 },
	{ "icmp unreachable has a code", BYTES(ETH IP4("\0\x1e", WHOLE, "\1") "\x03\x0d\0\0\0\0\0\0hi"), 1, 0, DECODE_OK, 1, 3, 13, 30, 2, "hi", 0 },
	{ "icmp below its 8 bytes", BYTES(ETH IP4("\0\x1b", WHOLE, "\1") "\x08\0\0\0\x12\x34\0"), 1, 0, BAD(DECODE_LIES) },
	{ "icmp6 neighbour solicitation", BYTES(ETH6 IP6("\0\x08", "\x3a") "\x87\0\0\0\0\0\0\0"), 1, 0, DECODE_OK, 58, 135, 136, 48, 0, "", 0 },
	{ "icmp6 packet too big", BYTES(ETH6 IP6("\0\x08", "\x3a") "\x02\x07\0\0\0\0\0\0"), 1, 0, DECODE_OK, 58, 2, 7, 48, 0, "", 0 },
	{ "sctp", BYTES(ETH IP4("\0\x22", WHOLE, "\x84") "\x0b\x59\x0b\x5a\0\0\0\0\0\0\0\0hi"), 1, 0, DECODE_OK, 132, 2905, 2906, 34, 2, "hi", 0 },
	{ "sctp below its 12 bytes", BYTES(ETH IP4("\0\x1f", WHOLE, "\x84") "\x0b\x59\x0b\x5a\0\0\0\0\0\0\0"), 1, 0, BAD(DECODE_LIES) },
	{ "another protocol has no ports", BYTES(ETH IP4("\0\x16", WHOLE, "\x59") "hi"), 1, 0, DECODE_OK, 89, 0, 0, 22, 2, "hi", 0 },

	{ "ipv6 udp", BYTES(ETH6 IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "ipv6 udp of more than a few bytes", BYTES(ETH6 IP6("\0\x16", "\x11") UDP("\0\x16") "fourteen bytes"), 1, 0, DECODE_OK, 17, 5353, 53, 62, 14, "fourteen bytes", 0 },
	{ "ipv6 tcp", BYTES(ETH6 IP6("\0\x16", "\6") TCP("\x50\x18") "hi"), 1, 0, DECODE_OK, 6, 1024, 443, 62, 2, "hi", 0 },
	{ "ipv6 tcp past the frame", BYTES(ETH6 IP6("\0\x17", "\6") TCP("\x50\x18") "hi"), 1, 0, BAD(DECODE_SHORT) },
	{ "ipv6 payload past the frame", BYTES(ETH6 IP6("\0\x0b", "\x11") UDP("\0\x0a") "hi"), 1, 0, BAD(DECODE_SHORT) },
	{ "ipv6 payload 0 of an offloading card", BYTES(ETH6 IP6("\0\0", "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "ipv6 payload 0 of what no card offloads is padding", BYTES(ETH6 IP6("\0\0", "\x59") PAD), 1, 0, DECODE_OK, 89, 0, 0, 40, 0, "", 0 },
	{ "ipv6 with nothing inside", BYTES(ETH6 IP6("\0\0", "\x3b")), 1, 0, DECODE_OK, 59, 0, 0, 40, 0, "", 0 },
	{ "ipv6 hop-by-hop, routing, destination", BYTES(ETH6 IP6("\0\x22", "\0") "\x2b\0\1\4\0\0\0\0" "\x3c\0\0\0\0\0\0\0" "\x11\0\1\4\0\0\0\0" UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 74, 2, "hi", 0 },
	{ "ipv6 authentication header counts in fours", BYTES(ETH6 IP6("\0\x16", "\x33") "\x11\1\0\0\0\0\0\1\0\0\0\1" UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 62, 2, "hi", 0 },
	{ "ipv6 extension past the payload", BYTES(ETH6 IP6("\0\x12", "\0") "\x11\2\1\4\0\0\0\0" UDP("\0\x0a") "hi"), 1, 0, BAD(DECODE_LIES) },
	{ "ipv6 extension cut by the snap length", BYTES(ETH6 IP6("\0\x22", "\0") "\x11\1\1\4"), 1, 100, BAD(DECODE_SHORT) },
	{ "ipv6 nine extensions", BYTES(ETH6 IP6("\0\x52", "\0") PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" "\x11\0" PAD UDP("\0\x0a") "hi"), 1, 0, BAD(DECODE_DEEP) },
	{ "ipv6 eight extensions", BYTES(ETH6 IP6("\0\x4a", "\0") PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" PAD "\0\0" "\x11\0" PAD UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 114, 2, "hi", 0 },
	{ "ipv6 atomic fragment is whole (RFC 6946)", BYTES(ETH6 IP6("\0\x12", "\x2c") "\x11\0\0\0\1\2\3\4" UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 58, 2, "hi", 0 },

	{ "ipv6 atomic fragment with its reserved bits set", BYTES(ETH6 IP6("\0\x12", "\x2c") "\x11\xff\0\6\1\2\3\4" UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 58, 2, "hi", 0 },

	{ "vlan", BYTES(MACS "\x81\0\xe0\x07\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 7 },
	{ "priority tag has no id", BYTES(MACS "\x81\0\xe0\0\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "qinq: the outer id", BYTES(MACS "\x88\xa8\0\x64\x81\0\0\x07\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 100 },
	{ "nine tags", BYTES(MACS "\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x08\0"), 1, 0, BAD(DECODE_DEEP) },
	{ "cut inside a tag", BYTES(MACS "\x81\0\0\1\x08"), 1, 0, BAD(DECODE_SHORT) },
	{ "cut inside the ethernet header", BYTES(MACS "\x08"), 1, 0, BAD(DECODE_SHORT) },
	{ "nothing at all", { NULL, 0 }, 1, 0, BAD(DECODE_SHORT) },
	{ "arp", BYTES(MACS "\x08\x06\0\1\x08\0\6\4"), 1, 0, BAD(DECODE_NOT_IP) },
	{ "802.3 spanning tree", BYTES(MACS "\0\x26\x42\x42\x03\0\0\0"), 1, 0, BAD(DECODE_NOT_IP) },
	{ "802.3 snap with ip", BYTES(MACS "\0\x26\xaa\xaa\x03\0\0\0\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), 1, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "802.3 snap of cisco", BYTES(MACS "\0\x26\xaa\xaa\x03\0\0\x0c\x20\0" PAD), 1, 0, BAD(DECODE_NOT_IP) },
	{ "802.3 length cuts ip", BYTES(MACS "\0\x25\xaa\xaa\x03\0\0\0\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), 1, 0, BAD(DECODE_SHORT) },

	{ "raw 4", BYTES(IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_RAW, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "raw 6", BYTES(IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_RAW, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "raw 5", BYTES("\x50\0\0\0"), LINK_RAW, 0, BAD(DECODE_VERSION) },
	{ "raw nothing", { NULL, 0 }, LINK_RAW, 0, BAD(DECODE_SHORT) },
	{ "raw of a bsd", BYTES(IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_RAW_BSD, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "raw of openbsd", BYTES(IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_RAW_OPENBSD, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "link ipv4", BYTES(IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_IPV4, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "link ipv4 with 6", BYTES(IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_IPV4, 0, BAD(DECODE_VERSION) },
	{ "link ipv6", BYTES(IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_IPV6, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "null, little-endian", BYTES("\2\0\0\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_NULL, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "null, big-endian", BYTES("\0\0\0\2" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_NULL, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "null, darwin's ipv6", BYTES("\x1e\0\0\0" IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_NULL, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "null, freebsd's ipv6", BYTES("\x1c\0\0\0" IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_NULL, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "null, openbsd's ipv6, big-endian", BYTES("\0\0\0\x18" IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_NULL, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "null, linux's ipv6", BYTES("\x0a\0\0\0" IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_NULL, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "null, another family", BYTES("\7\0\0\0" PAD), LINK_NULL, 0, BAD(DECODE_NOT_IP) },
	{ "null, cut", BYTES("\2\0\0"), LINK_NULL, 0, BAD(DECODE_SHORT) },
	{ "loop", BYTES("\0\0\0\2" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LOOP, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "loop has one order", BYTES("\2\0\0\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LOOP, 0, BAD(DECODE_NOT_IP) },
	{ "sll", BYTES("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "sll with a tag", BYTES("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x81\0\0\7\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 7 },
	{ "sll of netlink", BYTES("\0\4\x03\x38\0\0\0\0\0\0\0\0\0\0\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL, 0, BAD(DECODE_NOT_IP) },
	{ "sll with llc", BYTES("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\0\4\xaa\xaa\3\0\0\0\x08\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "sll cut", BYTES("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08"), LINK_LINUX_SLL, 0, BAD(DECODE_SHORT) },
	{ "sll2", BYTES("\x08\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL2, 0, DECODE_OK, 17, 5353, 53, 30, 2, "hi", 0 },
	{ "sll2 ipv6", BYTES("\x86\xdd\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0" IP6("\0\x0a", "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL2, 0, DECODE_OK, 17, 5353, 53, 50, 2, "hi", 0 },
	{ "sll2 of netlink", BYTES("\x08\0\0\0\0\0\0\2\x03\x38\0\6\2\0\0\0\0\1\0\0" IP4("\0\x1e", WHOLE, "\x11") UDP("\0\x0a") "hi"), LINK_LINUX_SLL2, 0, BAD(DECODE_NOT_IP) },
	{ "a link type we do not read", BYTES("\0\0\0\0"), 147, 0, BAD(DECODE_LINK_UNKNOWN) },
};
/* clang-format on */

static struct frame
frame_of(const struct row *row)
{
	return (struct frame){ .time_ns = 7,
		.bytes = row->bytes,
		.link = row->link,
		.wire_length = row->wire ? row->wire : (uint32_t)row->bytes.len };
}

static void
frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct frame f = frame_of(row);
		struct packet p;

		ROW(i, row->name);
		assert_int_equal(decode_frame(&f, &p), row->verdict);
		if (row->verdict != DECODE_OK)
			continue;
		assert_int_equal(p.time_ns, 7);
		assert_int_equal(p.clock_ns, 7);
		assert_int_equal(p.proto, row->proto);
		assert_int_equal(p.src_port, row->src_port);
		assert_int_equal(p.dst_port, row->dst_port);
		assert_int_equal(p.ip_bytes, row->ip_bytes);
		assert_int_equal(p.data_bytes, row->data_bytes);
		assert_int_equal(p.data.len, strlen(row->data));
		assert_memory_equal(p.data.at, row->data, p.data.len);
		assert_int_equal(p.vlan, row->vlan);
		assert_int_equal(p.src.b[15], 1);
		assert_int_equal(p.dst.b[15], 2);
		assert_false(p.fragment);
	}
}

/* A frame that was cut anywhere reads like the whole one or not at all. */
static void
every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame f = frame_of(&rows[i]);
		size_t whole = f.bytes.len;
		struct packet all, p;

		if (rows[i].verdict != DECODE_OK)
			continue;
		ROW(i, rows[i].name);
		assert_int_equal(decode_frame(&f, &all), DECODE_OK);
		for (f.bytes.len = 0; f.bytes.len < whole; f.bytes.len++) {
			enum decode_verdict v = decode_frame(&f, &p);

			assert_true(v == DECODE_OK || v == DECODE_SHORT);
			if (v != DECODE_OK)
				continue;
			assert_int_equal(p.src_port, all.src_port);
			assert_int_equal(p.dst_port, all.dst_port);
			assert_int_equal(p.data_bytes, all.data_bytes);
			assert_true(p.data.len <= all.data.len);
		}
	}
}

/* The short cut and the steps are twins, also over bytes that were changed. */
static void
twins(void **state)
{
	uint32_t seed = 1;
	unsigned fine = 0;

	(void)state;
	for (size_t n = 0; n < 400000; n++) {
		struct frame f = frame_of(&rows[n % COUNT(rows)]);
		uint8_t bytes[256] = { 0 };
		struct packet a, b;

		memset(&a, 0, sizeof a);
		memset(&b, 0, sizeof b);
		if (f.bytes.len > 0)
			memcpy(bytes, f.bytes.at, f.bytes.len);
		for (size_t change = n / COUNT(rows) % 4; change > 0; change--) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 16) % 64] ^= (uint8_t)(1 << (seed >> 24 & 7));
		}
		f.bytes.at = bytes;
		f.bytes.len +=
		    seed >> 12 & 15; /* padding, or a frame longer than it says */
		f.wire_length = (uint32_t)f.bytes.len + (seed >> 28);
		if (seed >> 27 & 1) /* a writer that does not know, or lies */
			f.wire_length = seed >> 20 & 63;
		assert_int_equal(decode_frame(&f, &a), decode_steps(&f, &b));
		if (decode_steps(&f, &b) != DECODE_OK)
			continue;
		assert_memory_equal(&a, &b, sizeof a);
		fine++;
	}
	assert_true(fine > 100000);
}

static void
tcp_fields(void **state)
{
	struct row row = { .bytes =
			       BYTES(ETH IP4("\0\x2a", WHOLE, "\6") TCP("\x50\xd2") "hi"),
		.link = 1 };
	struct frame f = frame_of(&row);
	struct packet p;

	(void)state;
	assert_int_equal(decode_frame(&f, &p), DECODE_OK);
	assert_int_equal(p.seq, 0x11223344);
	assert_int_equal(p.ack, 0x55667788);
	assert_int_equal(p.tcp_flags, TCP_SYN | TCP_ACK); /* ECN's two are left out */
	assert_int_equal(p.tcp_window, 0x2000);
	assert_int_equal(p.icmp_id, 0);
}

static void
icmp_ids(void **state)
{
	static const struct {
		const char *name;
		struct span bytes;
		uint16_t id;
	} ids[] = {
		{ "echo", BYTES(IP4("\0\x1c", WHOLE, "\1") "\x08\0\0\0\x12\x34\0\1"),
		    0x1234 },
		{ "timestamp reply",
		    BYTES(IP4("\0\x1c", WHOLE, "\1") "\x0e\0\0\0\x12\x34\0\1"), 0x1234 },
		{ "unreachable has none",
		    BYTES(IP4("\0\x1c", WHOLE, "\1") "\x03\1\0\0\x12\x34\0\1"), 0 },
		{ "echo 6", BYTES(IP6("\0\x08", "\x3a") "\x80\0\0\0\x12\x34\0\1"), 0x1234 },
		{ "too big 6 has none",
		    BYTES(IP6("\0\x08", "\x3a") "\x02\0\0\0\x12\x34\0\1"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct row row = { .bytes = ids[i].bytes, .link = LINK_RAW };
		struct frame f = frame_of(&row);
		struct packet p;

		ROW(i, ids[i].name);
		assert_int_equal(decode_frame(&f, &p), DECODE_OK);
		assert_int_equal(p.icmp_id, ids[i].id);
	}
}

static void
fragments(void **state)
{
	static const struct {
		const char *name;
		struct span bytes;
		uint32_t wire;
		enum decode_verdict verdict;
		bool more;
		uint16_t at;
		uint32_t id;
		size_t piece; /* fragment_data.len */
		uint16_t port;
	} pieces[] = {
		{ "the first, with its udp header",
		    BYTES(IP4("\0\x24", "\x20\0", "\x11") UDP("\0\x28") "12345678"), 0,
		    DECODE_OK, true, 0, 0x1234, 16, 53 },
		{ "the first, without all of a tcp header",
		    BYTES(IP4("\0\x1c", "\x20\0", "\6") "\x04\0\x01\xbb\1\2\3\4"), 0,
		    DECODE_OK, true, 0, 0x1234, 8, 0 },
		{ "a later one has no ports",
		    BYTES(IP4("\0\x24", "\x20\2", "\x11") UDP("\0\x28") "12345678"), 0,
		    DECODE_OK, true, 16, 0x1234, 16, 0 },
		{ "the last", BYTES(IP4("\0\x16", "\0\5", "\x11") "hi"), 0, DECODE_OK,
		    false, 40, 0x1234, 2, 0 },
		{ "one that the capture cut", BYTES(IP4("\0\x24", "\x20\2", "\x11") "hi"),
		    36, DECODE_OK, true, 16, 0x1234, 0, 0 },
		{ "past 65535", BYTES(IP4("\0\x24", "\x1f\xff", "\x11") "1234567812345678"),
		    0, DECODE_LIES, false, 0, 0, 0, 0 },
		{ "ipv6, the first",
		    BYTES(IP6("\0\x18", "\x2c") "\x11\0\0\1\1\2\3\4" UDP(
			"\0\x28") "12345678"),
		    0, DECODE_OK, true, 0, 0x01020304, 16, 53 },
		{ "ipv6, the last",
		    BYTES(IP6("\0\x0a", "\x2c") "\x11\0\0\x28\1\2\3\4"
						"hi"),
		    0, DECODE_OK, false, 40, 0x01020304, 2, 0 },
		{ "ipv6, header cut", BYTES(IP6("\0\x07", "\x2c") "\x11\0\0\x28\1\2\3"), 0,
		    DECODE_LIES, false, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct row row = {
			.bytes = pieces[i].bytes, .link = LINK_RAW, .wire = pieces[i].wire
		};
		struct frame f = frame_of(&row);
		struct packet p;

		ROW(i, pieces[i].name);
		assert_int_equal(decode_frame(&f, &p), pieces[i].verdict);
		if (pieces[i].verdict != DECODE_OK)
			continue;
		assert_true(p.fragment);
		assert_int_equal(p.more_fragments, pieces[i].more);
		assert_int_equal(p.fragment_at, pieces[i].at);
		assert_int_equal(p.fragment_id, pieces[i].id);
		assert_int_equal(p.fragment_data.len, pieces[i].piece);
		assert_int_equal(p.dst_port, pieces[i].port);
	}
}

/* What was put together again is read like a packet that never was apart. */
static void
reassembled(void **state)
{
	static const struct {
		const char *name;
		struct span first, payload;
		enum decode_verdict verdict;
	} rows4[] = {
		{ "udp", BYTES(IP4("\0\x1c", "\x20\0", "\x11") UDP("\0\x0a")),
		    BYTES(UDP("\0\x0a") "hi"), DECODE_OK },
		{ "udp whose length is past what came",
		    BYTES(IP4("\0\x1c", "\x20\0", "\x11") UDP("\0\x0b")),
		    BYTES(UDP("\0\x0b") "hi"), DECODE_LIES },
		{ "ipv6 with a destination header in the payload",
		    BYTES(IP6("\0\x10", "\x2c") "\x3c\0\0\1\1\2\3\4"
						"\x11\0\1\4\0\0\0\0"),
		    BYTES("\x11\0\1\4\0\0\0\0" UDP("\0\x0a") "hi"), DECODE_OK },
		{ "ipv6, a fragment of a fragment",
		    BYTES(IP6("\0\x10", "\x2c") "\x2c\0\0\1\1\2\3\4"
						"\x11\0\0\1\0\0\0\0"),
		    BYTES("\x11\0\0\1\0\0\0\0" UDP("\0\x0a") "hi"), DECODE_LIES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows4); i++) {
		struct row row = { .bytes = rows4[i].first, .link = LINK_RAW };
		struct frame f = frame_of(&row);
		struct packet p;

		ROW(i, rows4[i].name);
		assert_int_equal(decode_frame(&f, &p), DECODE_OK);
		assert_true(p.fragment);
		assert_int_equal(decode_transport(&p, rows4[i].payload), rows4[i].verdict);
		if (rows4[i].verdict != DECODE_OK)
			continue;
		assert_int_equal(p.proto, PROTO_UDP);
		assert_int_equal(p.dst_port, 53);
		assert_int_equal(p.data_bytes, 2);
		assert_memory_equal(p.data.at, "hi", 2);
	}
}

/* One time stamp moves the clock as far as the next one agrees, and a second. */
static void
clock_of_the_run(void **state)
{
	static const struct {
		const char *name;
		uint64_t clock, t, next, want; /* seconds */
	} runs[] = {
		{ "in order", 100, 101, 102, 101 },
		{ "a frame from before", 100, 90, 101, 100 },
		{ "a little ahead of its place", 100, 101, 100, 101 },
		{ "a pause, and it goes on", 100, 5000, 5001, 5000 },
		{ "a pause, and the next is a little earlier", 100, 5000, 4999, 5000 },
		{ "years ahead, alone", 100, 9000000, 101, 102 },
		{ "years ahead, and the next is from before", 100, 9000000, 50, 101 },
		{ "years ahead, and so is the next", 100, 9000000, 9000001, 9000000 },
		{ "the first of all", 0, 5000, 5001, 5000 },
		{ "the first of all, years ahead", 0, 9000000, 5000, 5001 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct clock c = { .now = runs[i].clock * SECOND_NS,
			.latest = runs[i].clock * SECOND_NS };

		ROW(i, runs[i].name);
		assert_int_equal(
		    clock_see(&c, runs[i].t * SECOND_NS, runs[i].next * SECOND_NS),
		    runs[i].want * SECOND_NS);
		assert_int_equal(c.starts, 0);
	}
	assert_int_equal(clock_latest(7, UINT64_MAX, UINT64_MAX), UINT64_MAX);
	assert_int_equal(clock_latest(UINT64_MAX, UINT64_MAX, 0), UINT64_MAX);
}

/* Time stamps that fall back: the clock goes on, and what was open is over. */
static void
clock_starts_over(void **state)
{
	static const struct {
		const char *name;
		uint64_t t[8]; /* seconds, up to a 0 */
		unsigned starts;
		uint64_t
		    want; /* the clock at the last, less CLOCK_OVER_NS for each start */
	} runs[] = {
		{ "never", { 1000, 2000, 3000 }, 0, 3000 },
		{ "a few minutes", { 4999, 5000, 4710, 4711 }, 0, 5000 },
		{ "hours, and it goes on from there", { 89999, 90000, 10, 11, 15 }, 1,
		    90005 },
		{ "one frame of old", { 89999, 90000, 10, 90001, 90002 }, 0, 90002 },
		{ "the last of all is of old", { 89999, 90000, 10 }, 0, 90000 },
		{ "twice", { 89999, 90000, 10, 11, 89999, 90000, 5, 6 }, 2, 179991 },
		{ "years ahead and back", { 99, 100, 9000000, 9000000, 101, 102 }, 1,
		    9000001 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct clock c = { 0 };
		uint64_t now = 0;

		ROW(i, runs[i].name);
		for (unsigned k = 0; k < 8 && runs[i].t[k]; k++) {
			uint64_t next = k < 7 && runs[i].t[k + 1]
					    ? runs[i].t[k + 1] * SECOND_NS
					    : UINT64_MAX;
			uint64_t was = now;

			now = clock_see(&c, runs[i].t[k] * SECOND_NS, next);
			assert_true(now >= was);
		}
		assert_int_equal(c.starts, runs[i].starts);
		assert_int_equal(now - c.starts * CLOCK_OVER_NS, runs[i].want * SECOND_NS);
	}
}

/* However often time stamps go to both ends, some of the 64 bits are left. */
static void
clock_of_the_absurd(void **state)
{
	static const uint64_t t[] = { 1, 2, UINT64_MAX - 2, UINT64_MAX - 1 };
	struct clock c = { 0 };
	uint64_t was = 0, now;

	(void)state;
	for (int i = 0; i < 400; i++) {
		now = clock_see(&c, t[i % 4], t[(i + 1) % 4]);
		assert_true(now >= was);
		was = now;
	}
	assert_true(c.starts >= 99);
	assert_true(was < UINT64_MAX / 2);
}

static void
verdicts_have_words(void **state)
{
	(void)state;
	for (int v = 0; v < DECODE_VERDICT_COUNT; v++)
		assert_true(strlen(decode_verdict_text((enum decode_verdict)v)) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(twins),
		cmocka_unit_test(tcp_fields),
		cmocka_unit_test(icmp_ids),
		cmocka_unit_test(fragments),
		cmocka_unit_test(reassembled),
		cmocka_unit_test(clock_of_the_run),
		cmocka_unit_test(clock_starts_over),
		cmocka_unit_test(clock_of_the_absurd),
		cmocka_unit_test(verdicts_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
