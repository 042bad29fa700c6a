/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "base/stamp.h"
#include "collect/eve.h"
#include "collect/lines.h"
#include "collect/table.h"
#include "decode/packet.h"

#define T0 UINT64_C(1559840400) /* 2019-06-06T17:00:00Z */

static void
times_in_text(void **state)
{
	static const struct {
		const char *text;
		bool good, zoned;
		uint64_t ns;
		unsigned digits;
	} rows[] = {
		{ "2019-06-06T17:00:00Z", true, true, T0 * SECOND_NS, 0 },
		{ "2019-06-06T19:00:00.457984+0200", true, true, T0 * SECOND_NS + 457984000,
		    6 },
		{ "2019-06-06T19:00:00.457984+02:00", true, true,
		    T0 * SECOND_NS + 457984000, 6 },
		{ "2019-06-06T15:00:00-0200", true, true, T0 * SECOND_NS, 0 },
		{ "2019/06/06 17:00:00.004000", true, false, T0 * SECOND_NS + 4000000, 6 },
		{ "2019-06-06 17:00:00.004", true, false, T0 * SECOND_NS + 4000000, 3 },
		{ "2019-06-06 17:00:00", true, false, T0 * SECOND_NS, 0 },
		{ "2019-06/06 17:00:00", false, false, 0, 0 },
		{ "2019-06-06", false, false, 0, 0 },
		{ "2019-06-06 17:00:00.", false, false, 0, 0 },
		{ "2500-06-06 17:00:00", false, false, 0, 0 },
		{ "yesterday, at seventeen o'clock", false, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t ns;
		unsigned digits;
		bool zoned;

		ROW(i, rows[i].text);
		assert_int_equal(
		    told_time(text_span(rows[i].text), &ns, &zoned, &digits), rows[i].good);
		if (!rows[i].good)
			continue;
		assert_int_equal(ns, rows[i].ns);
		assert_int_equal(zoned, rows[i].zoned);
		assert_int_equal(digits, rows[i].digits);
	}
}

#define ENDS                                                                  \
	"\"src_ip\":\"10.0.0.1\",\"src_port\":4000,\"dest_ip\":\"10.0.0.2\"," \
	"\"dest_port\":443,\"proto\":\"TCP\","
#define STAMP "\"timestamp\":\"2019-06-06T19:00:09.5+0200\","
#define FLOWED                                                                          \
	"\"flow\":{\"pkts_toserver\":5,\"pkts_toclient\":4,\"bytes_toserver\":570,"     \
	"\"bytes_toclient\":456,\"start\":\"2019-06-06T19:00:00.000001+0200\",\"end\":" \
	"\"2019-06-06T19:00:02.000001+0200\"}"

static void
events_become_halves(void **state)
{
	static const struct {
		const char *name, *line;
		enum told told;
		unsigned flags;
		uint64_t orig_pkts, orig_ip_bytes, resp_ip_bytes;
	} rows[] = {
		{ "a flow of both directions",
		    "{" STAMP "\"event_type\":\"flow\"," ENDS FLOWED
		    ",\"tcp\":{\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"13\"}}",
		    TOLD_FLOW, HALF_BOTH | HALF_WHOLE | HALF_FLAGS, 5, 500, 400 },
		{ "a netflow event beside it tells it again",
		    "{" STAMP "\"event_type\":\"netflow\"," ENDS
		    "\"netflow\":{\"pkts\":5}}",
		    TOLD_OTHER, 0, 0, 0, 0 },
		{ "an alert is no flow, though it brings one",
		    "{" STAMP "\"event_type\":\"alert\"," ENDS FLOWED "}", TOLD_OTHER, 0, 0,
		    0, 0 },
		{ "a flow without a start",
		    "{" STAMP "\"event_type\":\"flow\"," ENDS
		    "\"flow\":{\"pkts_toserver\":5}}",
		    TOLD_BAD, 0, 0, 0, 0 },
		{ "a port that cannot be",
		    "{" STAMP
		    "\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"src_port\":70000,"
		    "\"dest_ip\":\"10.0.0.2\",\"proto\":\"TCP\"," FLOWED "}",
		    TOLD_BAD, 0, 0, 0, 0 },
		{ "cut", "{" STAMP "\"event_type\":\"flow\"," ENDS, TOLD_BAD, 0, 0, 0, 0 },
		{ "nothing", "", TOLD_NOTHING, 0, 0, 0, 0 },
	};
	struct eve eve = { .flows = false };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *why;
		struct half h;

		ROW(i, rows[i].name);
		assert_int_equal(
		    eve_line(&eve, text_span(rows[i].line), &h, &why), rows[i].told);
		assert_int_equal(why != NULL, rows[i].told == TOLD_BAD);
		if (rows[i].told != TOLD_FLOW)
			continue;
		assert_int_equal(h.flags, rows[i].flags);
		assert_int_equal(h.flow.orig_pkts, rows[i].orig_pkts);
		assert_int_equal(h.flow.orig_ip_bytes, rows[i].orig_ip_bytes);
		assert_int_equal(h.flow.resp_ip_bytes, rows[i].resp_ip_bytes);
		assert_int_equal(h.flow.first_ns, T0 * SECOND_NS + 1000);
		assert_int_equal(h.flow.resolution_ns, 1000);
		assert_int_equal(h.orig_tcp, 0x1b);
	}
	assert_int_equal(eve.repeated, 1);
	assert_int_equal(eve.events[EVE_ALERT], 1);
}

#define ARGUS                                                                         \
	"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes," \
	"SrcBytes"
#define NFCSV  "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt"
#define NFLINE "Date first seen          Duration Proto      Src IP Addr:Port"

static void
columns_become_halves(void **state)
{
	static const struct {
		const char *name, *header, *line;
		enum told told;
		uint8_t orig; /* last byte of its address */
		uint16_t orig_port, resp_port;
		uint64_t lasted_ms, orig_pkts, orig_ip_bytes, resp_pkts;
		uint8_t orig_tcp;
	} rows[] = {
		{ "Argus", ARGUS,
		    "2019/06/06 17:00:00.000000,2.5,tcp,10.0.0.1,4000,   ->,10.0.0.2,443,"
		    "FSPA_FSPA,10,1140,570",
		    TOLD_FLOW, 1, 4000, 443, 2500, 5, 500, 5, 0x1b },
		{ "the other way round", ARGUS,
		    "2019/06/06 17:00:00.000000,2.5,tcp,10.0.0.1,443,  <-,10.0.0.2,4000,"
		    "FSPA_S,10,1140,570",
		    TOLD_FLOW, 2, 4000, 443, 2500, 5, 500, 5, 0x02 },
		{ "ICMP's type is in the low byte", ARGUS,
		    "2019/06/06 "
		    "17:00:00.000000,0,icmp,10.0.0.1,0x0303,->,10.0.0.2,,URP,1,114,114",
		    TOLD_FLOW, 1, 3, 3, 0, 1, 100, 0, 0 },
		{ "ARP is no flow", ARGUS,
		    "2019/06/06 "
		    "17:00:00.000000,0,arp,0.0.0.0,,who,192.168.1.1,,INT,1,60,60",
		    TOLD_OTHER, 0, 0, 0, 0, 0, 0, 0, 0 },
		{ "a column is missing", ARGUS,
		    "2019/06/06 17:00:00.000000,0,tcp,10.0.0.1,5", TOLD_BAD, 0, 0, 0, 0, 0,
		    0, 0, 0 },
		{ "no time", ARGUS, "soon,0,tcp,10.0.0.1,5,->,10.0.0.2,6,S_,1,74,74",
		    TOLD_BAD, 0, 0, 0, 0, 0, 0, 0, 0 },
		{ "nfdump -o csv", NFCSV,
		    "2019-06-06 17:00:00,2019-06-06 "
		    "17:00:02,2.500,10.0.0.1,10.0.0.2,4000,443,TCP,"
		    "...AP.SF,0,0,5,500,0,0",
		    TOLD_FLOW, 1, 4000, 443, 2500, 5, 500, 0, 0x1b },
		{ "its summary", NFCSV, "Summary", TOLD_NOTHING, 0, 0, 0, 0, 0, 0, 0, 0 },
		{ "nfdump's lines for people", NFLINE,
		    "2019-06-06 17:00:00.000     2.500 TCP         10.0.0.1:4000 ->    "
		    "10.0.0.2:443   .AP.SF   0     5     500     1",
		    TOLD_FLOW, 1, 4000, 443, 2500, 5, 500, 0, 0x1b },
		{ "with a duration in hours", NFLINE,
		    "2019-06-06 17:00:00.000     01:00:02.500 TCP         10.0.0.1:4000 -> "
		    "   "
		    "10.0.0.2:443   .AP.SF   0     5     500     1",
		    TOLD_FLOW, 1, 4000, 443, 3602500, 5, 500, 0, 0x1b },
		{ "without flags, with a large number", NFLINE,
		    "2019-06-06 17:00:00.000     2.500 TCP         10.0.0.1:4000 ->    "
		    "10.0.0.2:443   5     1.5 M     1",
		    TOLD_FLOW, 1, 4000, 443, 2500, 5, 1500000, 0, 0 },
		{ "an echo", NFLINE,
		    "2019-06-06 17:00:00.000     0.000 ICMP         10.0.0.1:0 ->    "
		    "10.0.0.2:8.0   5     500     1",
		    TOLD_FLOW, 1, 8, 0, 0, 5, 500, 0, 0 },
		{ "its summary", NFLINE, "Time window: 2019-06-06", TOLD_NOTHING, 0, 0, 0,
		    0, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct table t = { .kind = TABLE_NO };
		const char *why;
		struct half h;

		ROW(i, rows[i].name);
		assert_int_equal(
		    table_line(&t, text_span(rows[i].header), &h, &why), TOLD_NOTHING);
		assert_int_equal(
		    table_line(&t, text_span(rows[i].line), &h, &why), rows[i].told);
		if (rows[i].told != TOLD_FLOW)
			continue;
		assert_int_equal(h.flow.orig.b[15], rows[i].orig);
		assert_int_equal(h.flow.orig_port, rows[i].orig_port);
		assert_int_equal(h.flow.resp_port, rows[i].resp_port);
		assert_int_equal(h.flow.first_ns, T0 * SECOND_NS);
		assert_int_equal(
		    h.flow.last_ns, T0 * SECOND_NS + rows[i].lasted_ms * 1000000);
		assert_int_equal(h.flow.orig_pkts, rows[i].orig_pkts);
		assert_int_equal(h.flow.orig_ip_bytes, rows[i].orig_ip_bytes);
		assert_int_equal(h.flow.resp_pkts, rows[i].resp_pkts);
		assert_int_equal(h.orig_tcp, rows[i].orig_tcp);
		assert_int_equal(t.zoneless, 1);
	}
}

static void
lines_of_all_lengths(void **state)
{
	size_t size = 3 * LINES_LONGEST;
	uint8_t *text = malloc(size);
	struct lines l;
	struct error err;
	struct input *in;
	struct span line;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text,
	    "\xef\xbb\xbf"
	    "a\r\n\nb\n",
	    9);
	memcpy(text + size - 3, "\nzz", 3);
	assert_int_equal(input_open_bytes(&in, (struct span){ text, size }, "t", &err), OK);
	lines_init(&l, in);
	assert_true(lines_next(&l, &line) && told_is(line, "a"));
	assert_true(lines_next(&l, &line) && line.len == 0);
	assert_true(lines_next(&l, &line) && told_is(line, "b"));
	assert_int_equal(l.number, 3);
	assert_true(lines_next(&l, &line) && told_is(line, "zz"));
	assert_int_equal(l.number, 5);
	assert_int_equal(l.too_long, 1);
	assert_int_equal(l.too_long_first, 4);
	assert_false(lines_next(&l, &line));
	lines_close(&l);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_in_text),
		cmocka_unit_test(events_become_halves),
		cmocka_unit_test(columns_become_halves),
		cmocka_unit_test(lines_of_all_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
