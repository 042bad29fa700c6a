/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "decode/packet.h"
#include "decode/steps.h"
#include "record/flow.h"

/*
 * Outside 192.0.2.8 to 192.0.2.9, inside 10.0.0.1 to 10.0.0.2. The outer lengths
 * are 0, which is all that there is, so that a row need not count.
 */
#define MACS        "\2\0\0\0\0\2\2\0\0\0\0\1"
#define ETH         MACS "\x08\x00"
#define OUT4(proto) "\x45\0\0\0\x12\x34\0\0\x40" proto "\0\0\xc0\0\2\x08\xc0\0\2\x09"
#define OUT6(next)                                                                         \
	"\x60\0\0\0\0\0" next "\x40"                                                       \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" \
	"\x09"
#define UDPTO(port) "\xc0\0" port "\0\0\0\0"
#define IN4         "\x45\0\0\x1e\0\1\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2" IN_UDP
#define IN6                                                                              \
	"\x60\0\0\0\0\x0a\x11\x40"                                                       \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" \
	"\2" IN_UDP
#define IN_UDP "\x14\xe9\0\x35\0\x0a\0\0hi"
#define SNAP   "\xaa\xaa\3\0\0\0\x08\0"
#define WIFI   "\0\0" MACS "\2\0\0\0\0\3\0\0"

#define VXLAN  "\x08\0\0\0\0\0\x2a\0"
#define GENEVE "\0\0\x65\x58\0\0\x2a\0"
#define GTP    "\x30\xff\0\x1e\0\0\0\x2a"

#define P_VXLAN  "\x12\xb5"
#define P_GPE    "\x12\xb6"
#define P_GENEVE "\x17\xc1"
#define P_GTP    "\x08\x68"
#define P_TEREDO "\x0d\xd8"
#define P_AYIYA  "\x13\xd0"
#define P_L2TP   "\x06\xa5"

#define IN(tunnel, id) DECODE_OK, TUNNEL_##tunnel, id, TROUBLE_NONE
#define OUT(trouble)   DECODE_OK, TUNNEL_NONE, 0, TROUBLE_##trouble
#define NOT(verdict)   DECODE_##verdict, TUNNEL_NONE, 0, TROUBLE_NONE

/* clang-format off */
static const struct row {
	const char *name;
	struct span bytes;
	uint16_t link;
	enum decode_verdict verdict;
	enum tunnel tunnel;
	uint32_t id;
	enum tunnel_trouble trouble;
} rows[] = {
	{ "mpls", BYTES(MACS "\x88\x47\0\x02\xa1\x40" IN4), 1, IN(MPLS, 42) },
	{ "mpls, two labels: the inner", BYTES(MACS "\x88\x47\0\x01\x10\x40\0\x02\xa1\x40" IN4), 1, IN(MPLS, 42) },
	{ "mpls, ipv6", BYTES(MACS "\x88\x47\0\x02\xa1\x40" IN6), 1, IN(MPLS, 42) },
	{ "mpls, a pseudowire with a control word", BYTES(MACS "\x88\x47\0\x02\xa1\x40\0\0\0\0" ETH IN4), 1, IN(MPLS, 42) },
	{ "mpls, a pseudowire without", BYTES(MACS "\x88\x47\0\x02\xa1\x40" ETH IN4), 1, IN(MPLS, 42) },
	{ "mpls, its control channel", BYTES(MACS "\x88\x47\0\x02\xa1\x40\x10\0\0\x21" IN4), 1, NOT(NOT_IP) },
	{ "mpls, nine labels", BYTES(MACS "\x88\x47" "\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\1\1" IN4), 1, NOT(DEEP) },
	{ "mpls, cut in a label", BYTES(MACS "\x88\x47\0\x02\xa1"), 1, NOT(SHORT) },
	{ "mpls in a vlan", BYTES(MACS "\x81\0\0\x07\x88\x47\0\x02\xa1\x40" IN4), 1, IN(MPLS, 42) },
	{ "pppoe", BYTES(MACS "\x88\x64\x11\0\0\x2a\0\x20\0\x21" IN4), 1, IN(PPPOE, 42) },
	{ "pppoe, ipv6, padded", BYTES(MACS "\x88\x64\x11\0\0\x2a\0\x34\0\x57" IN6 "\0\0"), 1, IN(PPPOE, 42) },
	{ "pppoe, half a protocol field", BYTES(MACS "\x88\x64\x11\0\0\x2a\0\x1f\x21" IN4), 1, IN(PPPOE, 42) },
	{ "pppoe, control", BYTES(MACS "\x88\x64\x11\0\0\x2a\0\x06\xc0\x21\1\1\0\4"), 1, NOT(NOT_IP) },
	{ "pppoe, discovery code in a session", BYTES(MACS "\x88\x64\x11\x09\0\x2a\0\x20\0\x21" IN4), 1, NOT(NOT_IP) },
	{ "pppoe, another version", BYTES(MACS "\x88\x64\x21\0\0\x2a\0\x20\0\x21" IN4), 1, NOT(LIES) },
	{ "pppoe, longer than the frame", BYTES(MACS "\x88\x64\x11\0\0\x2a\0\x21\0\x21" IN4), 1, NOT(SHORT) },
	{ "fabricpath", BYTES(MACS "\x89\x03\x0a\x80" ETH IN4), 1, IN(FABRICPATH, 42) },
	{ "pbb", BYTES(MACS "\x88\xe7\x40\0\0\x2a" ETH IN4), 1, IN(PBB, 42) },
	{ "vn-tag", BYTES(MACS "\x89\x26\0\x2a\0\0\x08\0" IN4), 1, IN(VNTAG, 42) },

	{ "ip in ip", BYTES(ETH OUT4("\4") IN4), 1, IN(IP, 0) },
	{ "6in4", BYTES(ETH OUT4("\x29") IN6), 1, IN(IP, 0) },
	{ "4in6", BYTES(MACS "\x86\xdd" OUT6("\4") IN4), 1, IN(IP, 0) },
	{ "6in6", BYTES(MACS "\x86\xdd" OUT6("\x29") IN6), 1, IN(IP, 0) },
	{ "ip in ip, a lie inside", BYTES(ETH OUT4("\4") "\x44\0\0\x1e"), 1, OUT(INNER) },
	{ "ip in ip, the other version inside", BYTES(ETH OUT4("\4") IN6), 1, OUT(INNER) },
	{ "ip in ip, four deep", BYTES(ETH OUT4("\4") OUT4("\4") OUT4("\4") OUT4("\4") IN4), 1, IN(IP, 0) },
	{ "etherip", BYTES(ETH OUT4("\x61") "\x30\0" ETH IN4), 1, IN(ETHERIP, 0) },
	{ "etherip 2", BYTES(ETH OUT4("\x61") "\x20\0" ETH IN4), 1, OUT(VERSION) },
	{ "mpls in ip", BYTES(ETH OUT4("\x89") "\0\x02\xa1\x40" IN4), 1, IN(MPLS, 42) },

	{ "gre", BYTES(ETH OUT4("\x2f") "\0\0\x08\0" IN4), 1, IN(GRE, 0) },
	{ "gre, checksum, key and sequence", BYTES(ETH OUT4("\x2f") "\xb0\0\x08\0\0\0\0\0\0\0\0\x2a\0\0\0\1" IN4), 1, IN(GRE, 42) },
	{ "gre, ethernet", BYTES(ETH OUT4("\x2f") "\x20\0\x65\x58\0\0\0\x2a" ETH IN4), 1, IN(GRE, 42) },
	{ "gre, mpls: the innermost counts", BYTES(ETH OUT4("\x2f") "\0\0\x88\x47\0\x02\xa1\x40" IN4), 1, IN(MPLS, 42) },
	{ "gre, source routes", BYTES(ETH OUT4("\x2f") "\x40\0\x08\0\0\0\0\0" IN4), 1, OUT(VERSION) },
	{ "gre, version 2", BYTES(ETH OUT4("\x2f") "\0\2\x08\0" IN4), 1, OUT(VERSION) },
	{ "gre, arp", BYTES(ETH OUT4("\x2f") "\0\0\x08\6\0\1"), 1, OUT(OTHER) },
	{ "gre, keepalive", BYTES(ETH OUT4("\x2f") "\0\0\0\0"), 1, OUT(OTHER) },
	{ "gre, cut", BYTES(ETH OUT4("\x2f") "\x20\0\x08\0\0\0"), 1, OUT(SHORT) },
	{ "gre, wi-fi of an access point", BYTES(ETH OUT4("\x2f") "\0\0\x82\0\x08\2" WIFI SNAP IN4), 1, IN(GRE, 0) },
	{ "gre, encrypted wi-fi", BYTES(ETH OUT4("\x2f") "\0\0\x82\0\x08\x42" WIFI SNAP IN4), 1, OUT(OTHER) },
	{ "pptp", BYTES(ETH OUT4("\x2f") "\x30\1\x88\x0b\0\x22\0\x2a\0\0\0\1\xff\3\0\x21" IN4), 1, IN(PPTP, 42) },
	{ "pptp, with an acknowledgement", BYTES(ETH OUT4("\x2f") "\x30\x81\x88\x0b\0\x22\0\x2a\0\0\0\1\0\0\0\1\xff\3\0\x21" IN4), 1, IN(PPTP, 42) },
	{ "pptp, an acknowledgement alone", BYTES(ETH OUT4("\x2f") "\x20\x81\x88\x0b\0\0\0\x2a\0\0\0\1"), 1, OUT(OTHER) },
	{ "pptp, longer than its packet", BYTES(ETH OUT4("\x2f") "\x30\1\x88\x0b\0\x23\0\x2a\0\0\0\1\xff\3\0\x21" IN4), 1, OUT(LIES) },
	{ "erspan i", BYTES(ETH OUT4("\x2f") "\0\0\x88\xbe" ETH IN4), 1, IN(ERSPAN, 0) },
	{ "erspan ii", BYTES(ETH OUT4("\x2f") "\x10\0\x88\xbe\0\0\0\1\x10\0\0\x2a\0\0\0\0" ETH IN4), 1, IN(ERSPAN, 42) },
	{ "erspan iii", BYTES(ETH OUT4("\x2f") "\x10\0\x22\xeb\0\0\0\1\x20\0\0\x2a\0\0\0\0\0\0\0\0" ETH IN4), 1, IN(ERSPAN, 42) },
	{ "erspan iii with a platform's header", BYTES(ETH OUT4("\x2f") "\x10\0\x22\xeb\0\0\0\1\x20\0\0\x2a\0\0\0\0\0\0\0\1" "12345678" ETH IN4), 1, IN(ERSPAN, 42) },
	{ "erspan iii of ip", BYTES(ETH OUT4("\x2f") "\x10\0\x22\xeb\0\0\0\1\x20\0\0\x2a\0\0\0\0\0\0\x08\0" IN4), 1, IN(ERSPAN, 42) },

	{ "vxlan", BYTES(ETH OUT4("\x11") UDPTO(P_VXLAN) VXLAN ETH IN4), 1, IN(VXLAN, 42) },
	{ "vxlan over ipv6", BYTES(MACS "\x86\xdd" OUT6("\x11") UDPTO(P_VXLAN) VXLAN MACS "\x86\xdd" IN6), 1, IN(VXLAN, 42) },
	{ "vxlan, no valid vni", BYTES(ETH OUT4("\x11") UDPTO(P_VXLAN) "\0\0\0\0\0\0\x2a\0" ETH IN4), 1, OUT(LIES) },
	{ "vxlan, arp inside", BYTES(ETH OUT4("\x11") UDPTO(P_VXLAN) VXLAN MACS "\x08\6\0\1"), 1, OUT(OTHER) },
	{ "vxlan, cut", BYTES(ETH OUT4("\x11") UDPTO(P_VXLAN) "\x08\0\0\0\0"), 1, OUT(SHORT) },
	{ "vxlan, ip cut inside", BYTES(ETH OUT4("\x11") UDPTO(P_VXLAN) VXLAN ETH "\x45\0\0\x1e"), 1, OUT(INNER) },
	{ "vxlan's port asked from, not to", BYTES(ETH OUT4("\x11") P_VXLAN "\0\x35\0\0\0\0" VXLAN ETH IN4), 1, OUT(NONE) },
	{ "vxlan-gpe, ipv4", BYTES(ETH OUT4("\x11") UDPTO(P_GPE) "\x0c\0\0\1\0\0\x2a\0" IN4), 1, IN(VXLAN, 42) },
	{ "vxlan-gpe, service headers", BYTES(ETH OUT4("\x11") UDPTO(P_GPE) "\x0c\0\0\4\0\0\x2a\0" IN4), 1, OUT(OTHER) },
	{ "geneve", BYTES(ETH OUT4("\x11") UDPTO(P_GENEVE) GENEVE ETH IN4), 1, IN(GENEVE, 42) },
	{ "geneve, options, ipv4", BYTES(ETH OUT4("\x11") UDPTO(P_GENEVE) "\1\0\x08\0\0\0\x2a\0\1\2\3\4" IN4), 1, IN(GENEVE, 42) },
	{ "geneve, options cut", BYTES(ETH OUT4("\x11") UDPTO(P_GENEVE) "\2\0\x08\0\0\0\x2a\0\1\2\3\4"), 1, OUT(SHORT) },
	{ "geneve, version 1", BYTES(ETH OUT4("\x11") UDPTO(P_GENEVE) "\x40\0\x65\x58\0\0\x2a\0" ETH IN4), 1, OUT(VERSION) },
	{ "vxlan in geneve: the innermost counts", BYTES(ETH OUT4("\x11") UDPTO(P_GENEVE) "\0\0\x65\x58\0\0\7\0" ETH OUT4("\x11") UDPTO(P_VXLAN) VXLAN ETH IN4), 1, IN(VXLAN, 42) },
	{ "gtp", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) GTP IN4), 1, IN(GTP, 42) },
	{ "gtp from its port", BYTES(ETH OUT4("\x11") P_GTP "\xc0\0\0\0\0\0" GTP IN4), 1, IN(GTP, 42) },
	{ "gtp with a sequence", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) "\x32\xff\0\x22\0\0\0\x2a\0\1\0\0" IN4), 1, IN(GTP, 42) },
	{ "gtp with two extensions", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) "\x34\xff\0\x2a\0\0\0\x2a\0\0\0\x85\1\0\0\x85\1\0\0\0" IN4), 1, IN(GTP, 42) },
	{ "gtp, an extension of no length", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) "\x34\xff\0\x26\0\0\0\x2a\0\0\0\x85\0\0\0\0" IN4), 1, OUT(LIES) },
	{ "gtp, echo", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) "\x32\1\0\4\0\0\0\0\0\1\0\0"), 1, OUT(OTHER) },
	{ "gtp', which is billing", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) "\x20\xff\0\x1e\0\0\0\x2a" IN4), 1, OUT(OTHER) },
	{ "gtp, longer than its packet", BYTES(ETH OUT4("\x11") UDPTO(P_GTP) "\x30\xff\0\x1f\0\0\0\x2a" IN4), 1, OUT(LIES) },
	{ "teredo", BYTES(ETH OUT4("\x11") UDPTO(P_TEREDO) IN6), 1, IN(TEREDO, 0) },
	{ "teredo, authentication and origin", BYTES(ETH OUT4("\x11") UDPTO(P_TEREDO) "\0\1\0\0" "123456789" "\0\0\1\2\3\4\5\6" IN6), 1, IN(TEREDO, 0) },
	{ "teredo's port, something else", BYTES(ETH OUT4("\x11") UDPTO(P_TEREDO) IN4), 1, OUT(OTHER) },
	{ "ayiya", BYTES(ETH OUT4("\x11") UDPTO(P_AYIYA) "\x44\x52\x11\x29" "1234" "1234567890123456" "12345678901234567890" IN6), 1, IN(AYIYA, 0) },
	{ "l2tp", BYTES(ETH OUT4("\x11") UDPTO(P_L2TP) "\0\2\0\0\0\x2a\xff\3\0\x21" IN4), 1, IN(L2TP, 42) },
	{ "l2tp, length, sequence, offset", BYTES(ETH OUT4("\x11") UDPTO(P_L2TP) "\x4a\2\0\x30\0\0\0\x2a\0\0\0\0\0\1" "x" "\xff\3\0\x21" IN4), 1, IN(L2TP, 42) },
	{ "l2tp, control", BYTES(ETH OUT4("\x11") UDPTO(P_L2TP) "\xc8\2\0\x0c\0\0\0\0\0\0\0\0"), 1, OUT(OTHER) },

	{ "ppp", BYTES("\xff\3\0\x21" IN4), LINK_PPP, IN(NONE, 0) },
	{ "ppp of cisco's", BYTES("\x0f\0\x08\0" IN4), LINK_C_HDLC, IN(NONE, 0) },
	{ "cisco's, captured as ppp", BYTES("\x0f\0\x08\0" IN4), LINK_PPP, IN(NONE, 0) },
	{ "cisco's to all, captured as ppp", BYTES("\x8f\0\x08\0" IN4), LINK_PPP_HDLC,
	    IN(NONE, 0) },
	{ "pppoe as a link", BYTES("\x11\0\0\x2a\0\x20\0\x21" IN4), LINK_PPP_ETHER, IN(PPPOE, 42) },
	{ "frame relay of cisco's", BYTES("\x18\x61\x08\0" IN4), LINK_FRELAY, IN(NONE, 0) },
	{ "frame relay", BYTES("\x18\x41\3\xcc" IN4), LINK_FRELAY, IN(NONE, 0) },
	{ "fddi", BYTES("\x50" MACS SNAP IN4), LINK_FDDI, IN(NONE, 0) },
	{ "sunatm", BYTES("\2\0\0\x2a" SNAP IN4), LINK_SUNATM, IN(NONE, 0) },
	{ "ipsec's interface", BYTES("\2\0\0\0\0\0\0\1\0\0\0\1" IN4), LINK_ENC, IN(NONE, 0) },
	{ "nflog", BYTES("\2\0\0\0" "\5\0\2\0\1\0\0\0" "\x22\0\x09\0" IN4), LINK_NFLOG, IN(NONE, 0) },
	{ "nflog, a field of no length", BYTES("\2\0\0\0" "\0\0\2\0"), LINK_NFLOG, NOT(LIES) },
	{ "wi-fi", BYTES("\x08\2" WIFI SNAP IN4), LINK_WIFI, IN(NONE, 0) },
	{ "wi-fi, quality of service, four addresses", BYTES("\x88\3" WIFI "123456" "\0\0" SNAP IN4), LINK_WIFI, IN(NONE, 0) },
	{ "wi-fi, several frames: the first", BYTES("\x88\2" WIFI "\x80\0" MACS "\0\x26" SNAP IN4), LINK_WIFI, IN(NONE, 0) },
	{ "wi-fi, encrypted", BYTES("\x08\x42" WIFI SNAP IN4), LINK_WIFI, NOT(SEALED) },
	{ "wi-fi, a beacon", BYTES("\x80\0" WIFI), LINK_WIFI, NOT(NOT_IP) },
	{ "radiotap", BYTES("\0\0\x08\0\0\0\0\0" "\x08\2" WIFI SNAP IN4), LINK_WIFI_RADIOTAP, IN(NONE, 0) },
	{ "radiotap with time, flags and a pad", BYTES("\0\0\x18\0\3\0\0\0" "12345678" "\x20" "1234567" "\x88\2" WIFI "\0\0" "\0\0" SNAP IN4), LINK_WIFI_RADIOTAP, IN(NONE, 0) },
	{ "radiotap, longer than the frame", BYTES("\0\0\x80\0\0\0\0\0" "\x08\2" WIFI SNAP IN4), LINK_WIFI_RADIOTAP, NOT(SHORT) },
	{ "ppi of wi-fi", BYTES("\0\0\x08\0\x69\0\0\0" "\x08\2" WIFI SNAP IN4), LINK_PPI, IN(NONE, 0) },
};
/* clang-format on */

/* Does a frame of Ethernet hold IP, or else a link's own tunnel? */
static bool
is_ip(struct span frame)
{
	return frame.len > 14 && (memcmp(frame.at + 12, "\x08\0", 2) == 0 ||
				     memcmp(frame.at + 12, "\x86\xdd", 2) == 0);
}

static void
frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct frame f = { .bytes = row->bytes,
			.link = row->link,
			.wire_length = (uint32_t)row->bytes.len };
		struct packet p;
		struct ip src, dst;
		bool in_ip;

		ROW(i, row->name);
		assert_int_equal(decode_frame(&f, &p), row->verdict);
		if (row->verdict != DECODE_OK)
			continue;
		assert_int_equal(p.trouble, row->trouble);
		assert_int_equal(p.tunnel, row->tunnel);
		assert_int_equal(p.tunnel_id, row->id);
		in_ip = row->tunnel != TUNNEL_NONE && is_ip(row->bytes);
		assert_int_equal(packet_carrier(&p, &src, &dst), in_ip);
		if (in_ip) {
			assert_int_equal(src.b[15], 8);
			assert_int_equal(dst.b[15], 9);
		}
		if (row->trouble == TROUBLE_NONE && p.dst_port == 53 &&
		    p.src_port == 5353) {
			assert_int_equal(p.src.b[15], 1);
			assert_int_equal(p.dst.b[15], 2);
			assert_int_equal(p.data_bytes, 2);
			assert_memory_equal(p.data.at, "hi", 2);
		} else { /* what carries it */
			assert_int_equal(row->tunnel, TUNNEL_NONE);
			assert_int_equal(p.src.b[15], 8);
			assert_int_equal(p.dst.b[15], 9);
		}
	}
}

/* A frame cut anywhere is the packet inside, the one outside, or none; never a third. */
static void
every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame f = { .bytes = rows[i].bytes,
			.link = rows[i].link,
			.wire_length = (uint32_t)rows[i].bytes.len };
		struct packet p;

		ROW(i, rows[i].name);
		for (f.bytes.len = 0; f.bytes.len < rows[i].bytes.len; f.bytes.len++)
			if (decode_frame(&f, &p) == DECODE_OK)
				assert_true((p.src.b[15] == 1 && p.dst.b[15] == 2) ||
					    (p.src.b[15] == 8 && p.dst.b[15] == 9));
	}
}

/* Packets in packets without end are read to a limit, which is no error. */
static void
nesting(void **state)
{
	uint8_t bytes[20 * 64] = { 0 };
	struct packet p;

	(void)state;
	for (unsigned depth = 1; depth < 60; depth++) {
		struct frame f = { .link = LINK_RAW, .bytes = { bytes, depth * 20 } };
		unsigned followed = depth - 1 < TUNNELS_MAX ? depth - 1 : TUNNELS_MAX;

		f.wire_length = depth * 20;
		for (unsigned i = 0; i < depth; i++) {
			memcpy(bytes + i * 20, OUT4("\4"), 20);
			bytes[i * 20 + 19] = (uint8_t)i;
		}
		bytes[(depth - 1) * 20 + 9] = 89; /* the last carries no packet */
		assert_int_equal(decode_frame(&f, &p), DECODE_OK);
		assert_int_equal(p.dst.b[15], followed);
		assert_int_equal(
		    p.trouble, depth - 1 > TUNNELS_MAX ? TROUBLE_DEEP : TROUBLE_NONE);
	}
}

static void
words(void **state)
{
	(void)state;
	for (int t = 0; t < TROUBLE_COUNT; t++)
		assert_true(strlen(tunnel_trouble_text((enum tunnel_trouble)t)) > 0);
	for (int t = 0; t < TUNNEL_COUNT; t++)
		assert_true(strlen(tunnel_text((enum tunnel)t)) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(nesting),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
