/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "capture/capture.h"

/* A file in memory: open, read everything, remember the frames. */
struct read {
	enum status opened, ended;
	struct error err;
	struct capture_stats stats;
	struct frame frame[16];
	size_t n;
};

static void
read_bytes(struct span bytes, struct read *r)
{
	static struct frame_batch batch;
	struct capture *c = NULL;
	struct input *in;

	memset(r, 0, sizeof *r);
	assert_int_equal(input_open_bytes(&in, bytes, "test", &r->err), OK);
	r->opened = capture_open(&c, in, &r->err);
	if (r->opened != OK)
		return;
	while ((r->ended = capture_next(c, &batch, &r->err)) == OK && batch.n > 0)
		for (unsigned i = 0; i < batch.n; i++)
			if (r->n < COUNT(r->frame))
				r->frame[r->n++] = batch.frame[i];
	assert_int_equal(batch.n, 0);
	assert_int_equal(capture_next(c, &batch, &r->err), r->ended); /* it stays over */
	r->stats = *capture_stats(c);
	capture_close(c);
}

/* clang-format off */
#define LE(magic)  magic "\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
#define BE(magic)  magic "\0\2\0\4\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\1"
#define LE_RECORD  "\4\3\2\1\7\0\0\0\3\0\0\0\5\0\0\0"
#define BE_RECORD  "\1\2\3\4\0\0\0\7\0\0\0\3\0\0\0\5"
#define EXTRA      "\1\0\0\0\0\0\0\0" /* Kuznetzov: index, protocol, type */
#define SECONDS    UINT64_C(0x01020304)
/* clang-format on */

static void
shapes(void **state)
{
	static const struct {
		const char *name;
		struct span bytes;
		uint64_t fraction_ns, resolution_ns;
	} rows[] = {
		{ "microseconds, little-endian",
		    BYTES(LE("\xd4\xc3\xb2\xa1") LE_RECORD "abc"), 7000, 1000 },
		{ "microseconds, big-endian", BYTES(BE("\xa1\xb2\xc3\xd4") BE_RECORD "abc"),
		    7000, 1000 },
		{ "nanoseconds, little-endian",
		    BYTES(LE("\x4d\x3c\xb2\xa1") LE_RECORD "abc"), 7, 1 },
		{ "nanoseconds, big-endian", BYTES(BE("\xa1\xb2\x3c\x4d") BE_RECORD "abc"),
		    7, 1 },
		{ "Kuznetzov's, little-endian",
		    BYTES(LE("\x34\xcd\xb2\xa1") LE_RECORD EXTRA "abc"), 7000, 1000 },
		{ "Kuznetzov's, big-endian",
		    BYTES(BE("\xa1\xb2\xcd\x34") BE_RECORD EXTRA "abc"), 7000, 1000 },
		{ "version 2.2 has its lengths swapped",
		    BYTES("\xd4\xc3\xb2\xa1\2\0\2\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
			  "\4\3\2\1\7\0\0\0\5\0\0\0\3\0\0\0"
			  "abc"),
		    7000, 1000 },
		{ "version 2.3 may have its lengths swapped",
		    BYTES("\xd4\xc3\xb2\xa1\2\0\3\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
			  "\4\3\2\1\7\0\0\0\5\0\0\0\3\0\0\0"
			  "abc"),
		    7000, 1000 },
		{ "version 2.3 may have them right",
		    BYTES(
			"\xd4\xc3\xb2\xa1\2\0\3\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0" LE_RECORD
			"abc"),
		    7000, 1000 },
		{ "the upper half of the link type speaks of the check sum",
		    BYTES("\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0"
			  "\x24" LE_RECORD "abc"),
		    7000, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct span s = rows[i].bytes;
		struct read r;

		ROW(i, rows[i].name);
		assert_true(capture_recognise(s));
		read_bytes(s, &r);
		assert_int_equal(r.opened, OK);
		assert_int_equal(r.ended, OK);
		assert_int_equal(r.n, 1);
		assert_int_equal(
		    r.frame[0].time_ns, SECONDS * 1000000000 + rows[i].fraction_ns);
		assert_int_equal(r.frame[0].bytes.len, 3);
		assert_ptr_equal(r.frame[0].bytes.at, s.at + s.len - 3); /* not copied */
		assert_int_equal(r.frame[0].wire_length, 5);
		assert_int_equal(r.frame[0].link, LINK_ETHERNET);
		assert_int_equal(r.stats.frames, 1);
		assert_int_equal(r.stats.bytes, 3);
		assert_int_equal(r.stats.frames_cut, 1);
		assert_int_equal(r.stats.resolution_ns, rows[i].resolution_ns);
		assert_false(r.stats.dropped_known);
	}
}

static void
broken(void **state)
{
	static const struct {
		const char *name;
		struct span bytes;
		enum status opened, ended;
		size_t frames;
		const char *why;
	} rows[] = {
		{ "nothing", { NULL, 0 }, E_FORMAT, OK, 0, "test: offset 0: " },
		{ "a header cut in half", BYTES("\xd4\xc3\xb2\xa1\2\0\4\0"), E_FORMAT, OK,
		    0, "ends inside its header" },
		{ "something else", BYTES("GIF89a..................."), E_FORMAT, OK, 0,
		    "neither pcap" },
		{ "version 3",
		    BYTES("\xd4\xc3\xb2\xa1\3\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"),
		    E_FORMAT, OK, 0, "version" },
		{ "no frames", BYTES(LE("\xd4\xc3\xb2\xa1")), OK, OK, 0, "" },
		{ "cut inside a record header",
		    BYTES(LE("\xd4\xc3\xb2\xa1") LE_RECORD "abc"
							   "\4\3\2"),
		    OK, E_FORMAT, 1, "test: offset 43: the file ends inside a record" },
		{ "cut inside a frame",
		    BYTES(LE("\xd4\xc3\xb2\xa1") LE_RECORD "abc" LE_RECORD "ab"), OK,
		    E_FORMAT, 1, "test: offset 43: the file ends inside a record" },
		{ "a frame longer than we take",
		    BYTES(LE("\xd4\xc3\xb2\xa1") LE_RECORD "abc"
							   "\4\3\2\1\7\0\0\0"
							   "\1\0\4\0\1\0\4\0"
							   "abc"),
		    OK, E_FORMAT, 1, "test: offset 43: a frame is longer" },
		{ "a length with all bits",
		    BYTES(LE("\xd4\xc3\xb2\xa1") "\4\3\2\1\7\0\0\0"
						 "\xff\xff\xff\xff\xff\xff\xff\xff"
						 "abc"),
		    OK, E_FORMAT, 0, "test: offset 24: a frame is longer" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct read r;

		ROW(i, rows[i].name);
		read_bytes(rows[i].bytes, &r);
		assert_int_equal(r.opened, rows[i].opened);
		assert_int_equal(r.ended, rows[i].ended);
		assert_int_equal(r.n, rows[i].frames);
		if (rows[i].opened != OK || rows[i].ended != OK)
			assert_non_null(strstr(r.err.text, rows[i].why));
	}
}

/* The longest frame we take, and one byte more, with all their bytes there. */
static void
long_frames(void **state)
{
	static uint8_t file[24 + 2 * (16 + CAPTURE_FRAME_MAX + 1)];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		const size_t length[] = { CAPTURE_FRAME_MAX, CAPTURE_FRAME_MAX + more };
		const struct span header = BYTES(LE("\xd4\xc3\xb2\xa1"));
		uint8_t *to = file + header.len;
		struct read r;

		memset(file, 0, sizeof file);
		memcpy(file, header.at, header.len);
		for (size_t i = 0; i < COUNT(length); i++, to += 16 + length[i - 1])
			for (size_t byte = 0; byte < 4; byte++)
				to[8 + byte] = to[12 + byte] =
				    (uint8_t)(length[i] >> 8 * byte);
		read_bytes((struct span){ file, (size_t)(to - file) }, &r);
		assert_int_equal(r.n, more ? 1 : 2);
		assert_int_equal(r.ended, more ? E_FORMAT : OK);
		assert_int_equal(r.frame[0].bytes.len, CAPTURE_FRAME_MAX);
	}
}

/* No time a pcap file can hold overflows. */
static void
times(void **state)
{
	struct read r;

	(void)state;
	read_bytes(BYTES(LE("\xd4\xc3\xb2\xa1") "\xff\xff\xff\xff\xff\xff\xff\xff"
						"\0\0\0\0\0\0\0\0"),
	    &r);
	assert_int_equal(r.n, 1);
	assert_true(r.frame[0].time_ns ==
		    UINT64_C(4294967295) * 1000000000 + UINT64_C(4294967295) * 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(broken),
		cmocka_unit_test(long_frames),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
