/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "collect/sflow.h"

/* Datagrams of sFlow v5 by their fields (sflow.org, sFlow version 5, section 5). */
#define W(n)    "\0\0\0" n
#define HEAD(n) W("\5") W("\1") "\xc0\0\2\1" W("\0") W("\7") W("\x64") W(n)
#define HEAD_6(n) \
	W("\5")   \
	W("\2") "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1" W("\0") W("\7") W("\x64") W(n)
/* Number, source, rate, pool, drops, input, output, records. */
#define SAMPLE(rate, n) W("\1") W("\3") rate W("\0") W("\0") W("\1") W("\2") W(n)
#define SAMPLE_WIDE(rate, n) \
	W("\1") W("\0") W("\3") rate W("\0") W("\0") W("\0") W("\1") W("\0") W("\2") W(n)
/* Protocol, bytes on the wire, stripped, length, four bytes of a packet. */
#define RAW(proto, wire, stripped, len) \
	W("\1") W("\x14") W(proto) W(wire) W(stripped) W(len) "\x45\0\0\x14"
#define FLOW(len) W("\1") W(len)
#define WIDE(len) W("\3") W(len)
#define COUNTERS  W("\2") W("\4") "abcd"

static const struct {
	const char *name;
	struct span datagram;
	bool ours;  /* recognised: its lengths add up */
	bool whole; /* read to its end */
	struct sflow_counters counters;
	uint32_t sampling, wire; /* of the last packet; 0: there is none */
	uint16_t link;
} ROWS[] = {
	{ "one packet in 512, as IPv4",
	    BYTES(HEAD("\1") FLOW("\x3c") SAMPLE("\0\0\2\0", "\1")
		    RAW("\xb", "\x28", "\0", "\4")),
	    true, true, { 1, 0, 1, 0 }, 512, 40, LINK_IPV4 },
	{ "in the wide form, from an agent with an IPv6 address",
	    BYTES(HEAD_6("\1") WIDE("\x48") SAMPLE_WIDE("\0\1\0\0", "\1")
		    RAW("\1", "\x44", "\4", "\4")),
	    true, true, { 1, 0, 1, 0 }, 65536, 64, LINK_ETHERNET },
	{ "a rate of nothing is every packet",
	    BYTES(HEAD("\1") FLOW("\x3c") SAMPLE(W("\0"), "\1")
		    RAW("\xc", "\x28", "\0", "\4")),
	    true, true, { 1, 0, 1, 0 }, 1, 40, LINK_IPV6 },
	{ "more was kept than was on the wire: it was as long as that",
	    BYTES(
		HEAD("\1") FLOW("\x3c") SAMPLE(W("\1"), "\1") RAW("\xb", "\2", "\0", "\4")),
	    true, true, { 1, 0, 1, 0 }, 1, 4, LINK_IPV4 },
	{ "more was stripped than there was",
	    BYTES(HEAD("\1") FLOW("\x3c") SAMPLE(W("\1"), "\1")
		    RAW("\xb", "\x28", "\x29", "\4")),
	    true, true, { 1, 0, 1, 0 }, 1, 40, LINK_IPV4 },
	{ "two samples of two packets each",
	    BYTES(HEAD("\2") FLOW("\x58") SAMPLE(W("\2"), "\2") RAW("\xb", "\x28", "\0",
		"\4") RAW("\xb", "\x29", "\0", "\4") FLOW("\x58") SAMPLE(W("\4"), "\2")
		    RAW("\xb", "\x2a", "\0", "\4") RAW("\xb", "\x2b", "\0", "\4")),
	    true, true, { 1, 0, 4, 0 }, 4, 43, LINK_IPV4 },
	{ "counters of an interface are no packets",
	    BYTES(HEAD("\2") COUNTERS FLOW("\x3c") SAMPLE(W("\2"), "\1")
		    RAW("\xb", "\x28", "\0", "\4")),
	    true, true, { 1, 0, 1, 1 }, 2, 40, LINK_IPV4 },
	{ "a header of a kind that we cannot read",
	    BYTES(HEAD("\1") FLOW("\x3c") SAMPLE(W("\2"), "\1")
		    RAW("\x63", "\x28", "\0", "\4")),
	    true, true, { 1, 0, 0, 1 }, 0, 0, 0 },
	{ "a record of another kind in a sample",
	    BYTES(HEAD("\1") FLOW("\x2c") SAMPLE(W("\2"), "\1") W("\2") W("\4") "abcd"),
	    true, true, { 1, 0, 0, 1 }, 0, 0, 0 },
	{ "version 4",
	    BYTES(W("\4") W("\1") "\xc0\0\2\1" W("\0") W("\7") W("\x64") W("\1") COUNTERS),
	    false, false, { 1, 1, 0, 0 }, 0, 0, 0 },
	{ "an agent with no address",
	    BYTES(W("\5") W("\0") W("\0") W("\7") W("\x64") W("\1") COUNTERS), false, false,
	    { 1, 1, 0, 0 }, 0, 0, 0 },
	{ "no sample at all", BYTES(HEAD("\0")), false, true, { 1, 0, 0, 0 }, 0, 0, 0 },
	{ "more samples are said than there are", BYTES(HEAD("\3") COUNTERS), false, true,
	    { 1, 0, 0, 1 }, 0, 0, 0 },
	{ "bytes behind the last sample", BYTES(HEAD("\1") COUNTERS "x"), false, true,
	    { 1, 0, 0, 1 }, 0, 0, 0 },
	{ "a sample longer than the datagram",
	    BYTES(HEAD("\1") FLOW("\x3d") SAMPLE(W("\2"), "\1")
		    RAW("\xb", "\x28", "\0", "\4")),
	    false, false, { 1, 1, 0, 0 }, 0, 0, 0 },
	{ "a sample as long as numbers go",
	    BYTES(HEAD("\1") W("\1") "\xff\xff\xff\xff" W("\1")), false, false,
	    { 1, 1, 0, 0 }, 0, 0, 0 },
	{ "a record longer than its sample",
	    BYTES(HEAD("\1") FLOW("\x2c") SAMPLE(W("\2"), "\1") W("\1") W("\x7f") "abcd"),
	    true, false, { 1, 1, 0, 0 }, 0, 0, 0 },
	{ "a header longer than its record; the one before it counts",
	    BYTES(HEAD("\1") FLOW("\x58") SAMPLE(W("\2"), "\2")
		    RAW("\xb", "\x28", "\0", "\4") RAW("\xb", "\x28", "\0", "\5")),
	    true, false, { 1, 1, 1, 0 }, 2, 40, LINK_IPV4 },
	{ "more records are said than there are",
	    BYTES(HEAD("\1") FLOW("\x3c") SAMPLE(W("\2"), "\x7f")
		    RAW("\xb", "\x28", "\0", "\4")),
	    true, true, { 1, 0, 1, 0 }, 2, 40, LINK_IPV4 },
	{ "nothing", BYTES(""), false, false, { 1, 1, 0, 0 }, 0, 0, 0 },
};

struct seen {
	uint32_t sampling, wire;
	uint16_t link;
};

static void
on_frame(void *state, const struct frame *f, uint32_t sampling)
{
	struct seen *s = state;

	assert_int_equal(f->time_ns, 77);
	assert_int_equal(f->bytes.len, 4);
	assert_memory_equal(f->bytes.at, "\x45\0\0\x14", 4);
	*s = (struct seen){ sampling, f->wire_length, f->link };
}

static void
datagrams(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct sflow_counters c = { 0 };
		struct seen s = { 0 };

		ROW(i, ROWS[i].name);
		assert_int_equal(sflow_recognise(ROWS[i].datagram), ROWS[i].ours);
		assert_int_equal(
		    sflow_see(ROWS[i].datagram, 77, &c, on_frame, &s), ROWS[i].whole);
		assert_memory_equal(&c, &ROWS[i].counters, sizeof c);
		assert_int_equal(s.sampling, ROWS[i].sampling);
		assert_int_equal(s.wire, ROWS[i].wire);
		assert_int_equal(s.link, ROWS[i].link);
	}
}

/* Cut anywhere, it is no export, and never more is counted than was there. */
static void
cut_anywhere(void **state)
{
	struct span all = ROWS[5].datagram;

	(void)state;
	for (size_t n = 0; n < all.len; n++) {
		struct sflow_counters c = { 0 };
		struct seen s;
		struct span part = { all.at, n };

		assert_false(sflow_recognise(part));
		(void)sflow_see(part, 77, &c, on_frame, &s);
		assert_true(c.samples < 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams),
		cmocka_unit_test(cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
