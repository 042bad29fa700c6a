/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "capture/capture.h"

/*
 * Files are put together from blocks, in either byte order, so that every row
 * runs in both.
 */
struct file {
	uint8_t b[1 << 16];
	size_t n, block; /* where the block being written began */
	bool big;
};

static void
put(struct file *f, uint64_t v, size_t bytes)
{
	assert_true(f->n + bytes <= sizeof f->b);
	for (size_t i = 0; i < bytes; i++)
		f->b[f->n++] = (uint8_t)(v >> 8 * (f->big ? bytes - 1 - i : i));
}

static void
put_text(struct file *f, const char *s, size_t n)
{
	assert_true(f->n + n + 3 <= sizeof f->b);
	memcpy(f->b + f->n, s, n);
	f->n += n;
	while (f->n % 4 != 0)
		f->b[f->n++] = 0;
}

static void
begin(struct file *f, uint32_t type)
{
	f->block = f->n;
	put(f, type, 4);
	put(f, 0, 4);
}

static void
end(struct file *f)
{
	size_t length = f->n + 4 - f->block;

	put(f, length, 4);
	f->n = f->block + 4;
	put(f, length, 4);
	f->n = f->block + length;
}

static void
section(struct file *f)
{
	begin(f, 0x0a0d0d0a);
	put(f, 0x1a2b3c4d, 4);
	put(f, 1, 2);
	put(f, 0, 2);
	put(f, UINT64_MAX, 8);
	end(f);
}

static void
option(struct file *f, uint16_t code, uint64_t v, size_t bytes)
{
	put(f, code, 2);
	put(f, bytes, 2);
	put(f, v, bytes);
	while (f->n % 4 != 0)
		f->b[f->n++] = 0;
}

/* resolution < 0: the option is left out. */
static void
interface(struct file *f, uint16_t link, uint32_t snap, int resolution, int64_t offset)
{
	begin(f, 1);
	put(f, link, 2);
	put(f, 0, 2);
	put(f, snap, 4);
	if (resolution >= 0)
		option(f, 9, (uint64_t)resolution, 1);
	if (offset != 0)
		option(f, 14, (uint64_t)offset, 8);
	if (resolution >= 0)
		option(f, 0, 0, 0);
	end(f);
}

static void
packet_body(struct file *f, uint64_t ticks, const char *text, uint32_t wire)
{
	put(f, ticks >> 32, 4);
	put(f, ticks & UINT32_MAX, 4);
	put(f, strlen(text), 4);
	put(f, wire, 4);
	put_text(f, text, strlen(text));
}

static void
packet(struct file *f, uint32_t interface_id, uint64_t ticks, const char *text)
{
	begin(f, 6);
	put(f, interface_id, 4);
	packet_body(f, ticks, text, (uint32_t)strlen(text));
	end(f);
}

static void
simple(struct file *f, const char *text, uint32_t wire)
{
	begin(f, 3);
	put(f, wire, 4);
	put_text(f, text, strlen(text));
	end(f);
}

struct read {
	enum status opened, ended;
	struct error err;
	struct capture_stats stats;
	struct frame frame[600];
	size_t n;
};

static void
read_file(const struct file *f, struct read *r)
{
	static struct frame_batch batch;
	uint8_t *exact = malloc(f->n ? f->n : 1);
	struct capture *c = NULL;
	struct input *in;

	memset(r, 0, sizeof *r);
	assert_non_null(exact);
	memcpy(exact, f->b, f->n);
	assert_int_equal(
	    input_open_bytes(&in, (struct span){ exact, f->n }, "test", &r->err), OK);
	r->opened = capture_open(&c, in, &r->err);
	while (r->opened == OK && (r->ended = capture_next(c, &batch, &r->err)) == OK &&
	       batch.n > 0)
		for (unsigned i = 0; i < batch.n; i++) {
			struct frame *to = &r->frame[r->n++];

			assert_true(r->n <= COUNT(r->frame));
			*to = batch.frame[i];
			to->bytes.at = f->b + (to->bytes.at - exact);
		}
	if (r->opened == OK)
		r->stats = *capture_stats(c);
	capture_close(c);
	free(exact);
}

static void
expect_text(const struct frame *f, const char *text)
{
	assert_int_equal(f->bytes.len, strlen(text));
	assert_memory_equal(f->bytes.at, text, f->bytes.len);
}

/* Two sections, their interfaces counted on; every kind of packet block. */
static void
all_kinds(void **state)
{
	static struct file f;
	static struct read r;

	(void)state;
	for (int order = 0; order < 4; order++) {
		memset(&f, 0, sizeof f);
		f.big = order & 1;
		section(&f);
		interface(&f, 1, 0, -1, 0);
		interface(&f, 101, 0, 9, 0);
		packet(&f, 1, 5, "one");
		packet(&f, 0, 7, "two22");
		begin(&f, 4); /* name resolution */
		put(&f, 0, 4);
		end(&f);
		begin(&f, 2); /* obsolete packet block: interface, drops */
		put(&f, 1, 2);
		put(&f, 3, 2);
		packet_body(&f, 9, "three", 60);
		end(&f);
		simple(&f, "four", 4);
		f.big = order & 2;
		section(&f);
		interface(&f, 113, 5, 6, 0);
		packet(&f, 0, 11, "five");
		simple(&f, "six!!", 1500); /* the interface's snap length cut it */
		begin(&f, 0x80000bad);
		end(&f);

		ROW(order, f.big ? "ends big-endian" : "ends little-endian");
		assert_true(capture_recognise((struct span){ f.b, f.n }));
		read_file(&f, &r);
		assert_int_equal(r.opened, OK);
		assert_int_equal(r.ended, OK);
		assert_int_equal(r.n, 6);
		expect_text(&r.frame[0], "one");
		expect_text(&r.frame[1], "two22");
		expect_text(&r.frame[2], "three");
		expect_text(&r.frame[3], "four");
		expect_text(&r.frame[4], "five");
		expect_text(&r.frame[5], "six!!");
		assert_int_equal(r.frame[0].time_ns, 5);
		assert_int_equal(r.frame[1].time_ns, 7000);
		assert_int_equal(r.frame[2].time_ns, 9);
		assert_int_equal(r.frame[3].time_ns, 9); /* as the one before */
		assert_int_equal(r.frame[4].time_ns, 11000);
		assert_int_equal(r.frame[5].time_ns, 11000);
		assert_int_equal(r.frame[0].link, 101);
		assert_int_equal(r.frame[3].link, 1);
		assert_int_equal(r.frame[4].link, 113);
		assert_int_equal(r.frame[0].interface, 1);
		assert_int_equal(r.frame[1].interface, 0);
		assert_int_equal(r.frame[4].interface, 2);
		assert_int_equal(r.frame[2].wire_length, 60);
		assert_int_equal(r.frame[5].wire_length, 1500);
		assert_int_equal(r.stats.frames, 6);
		assert_int_equal(r.stats.bytes, 3 + 5 + 5 + 4 + 4 + 5);
		assert_int_equal(r.stats.frames_cut, 2);
		assert_int_equal(r.stats.blocks_skipped, 2);
		assert_int_equal(r.stats.frames_untimed, 2);
		assert_int_equal(r.stats.records_bad, 0);
		assert_int_equal(r.stats.resolution_ns, 1000);
		assert_true(r.stats.dropped_known);
		assert_int_equal(r.stats.dropped, 3);
	}
}

static void
resolutions(void **state)
{
	static const struct {
		const char *name;
		int resolution;
		int64_t offset_s;
		uint64_t ticks, time_ns, resolution_ns;
		unsigned clamped;
	} rows[] = {
		{ "left out: microseconds", -1, 0, 1234567, 1234567000, 1000, 0 },
		{ "seconds", 0, 0, 1600000000, 1600000000000000000, 1000000000, 0 },
		{ "milliseconds", 3, 0, 1600000000123, 1600000000123000000, 1000000, 0 },
		{ "nanoseconds", 9, 0, 1600000000123456789, 1600000000123456789, 1, 0 },
		{ "picoseconds", 12, 0, 1234567899, 1234567, 1, 0 },
		{ "10^-28: a nanosecond still shows", 28, 0, 10000000000000000000U, 1, 1,
		    0 },
		{ "10^-127", 127, 0, UINT64_MAX - 1, 0, 1, 0 },
		{ "halves of a second", 0x81, 0, 3, 1500000000, 500000000, 0 },
		{ "2^-20", 0x94, 0, 1 << 20, 1000000000, 954, 0 },
		{ "2^-32", 0xa0, 0, (UINT64_C(5) << 32) + 1, 5000000000, 1, 0 },
		{ "2^-63", 0xbf, 0, UINT64_C(3) << 62, 1500000000, 1, 0 },
		{ "2^-127", 0xff, 0, UINT64_MAX, 0, 1, 0 },
		{ "an offset", 6, 1600000000, 5, 1600000000000005000, 1000, 0 },
		{ "an offset back", 0, -5, 7, 2000000000, 1000000000, 0 },
		{ "before 1970", 0, -8, 7, 0, 1000000000, 1 },
		{ "the first offset there is", 9, INT64_MIN, 7, 0, 1, 1 },
		{ "the last offset there is", 9, INT64_MAX, 7, UINT64_MAX, 1, 1 },
		{ "past 2554", 6, 0, UINT64_MAX, UINT64_MAX, 1000, 1 },
		{ "past 2554 by one", 6, 0, UINT64_MAX / 1000 + 1, UINT64_MAX, 1000, 1 },
		{ "the last microsecond before it", 6, 0, UINT64_MAX / 1000,
		    UINT64_MAX / 1000 * 1000, 1000, 0 },
		{ "past 2554, brought back", 0, -10000000000, 10000000001, 1000000000,
		    1000000000, 0 },
		{ "2^0 with everything set", 0x80, INT64_MAX, UINT64_MAX, UINT64_MAX,
		    1000000000, 1 },
	};
	static struct file f;
	static struct read r;

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		size_t row = i / 2;

		memset(&f, 0, sizeof f);
		f.big = i & 1;
		section(&f);
		interface(&f, 1, 0, rows[row].resolution, rows[row].offset_s);
		packet(&f, 0, rows[row].ticks, "x");
		ROW(row, rows[row].name);
		read_file(&f, &r);
		assert_int_equal(r.n, 1);
		assert_true(r.frame[0].time_ns == rows[row].time_ns);
		assert_true(r.stats.resolution_ns == rows[row].resolution_ns);
		assert_int_equal(r.stats.times_clamped, rows[row].clamped);
	}
}

/* Two accounts per interface, of which the larger one counts; interfaces add up. */
static void
drops(void **state)
{
	static struct file f;
	static struct read r;

	(void)state;
	section(&f);
	interface(&f, 1, 0, -1, 0);
	interface(&f, 1, 0, -1, 0);
	read_file(&f, &r);
	assert_false(r.stats.dropped_known);

	begin(&f, 6);
	put(&f, 0, 4);
	packet_body(&f, 1, "abcde", 5);
	option(&f, 4, 10, 8);
	option(&f, 0, 0, 0);
	end(&f);
	begin(&f, 6);
	put(&f, 0, 4);
	packet_body(&f, 1, "abcd", 4);
	option(&f, 2, 0, 4); /* flags */
	option(&f, 4, 5, 8); /* and no end mark */
	end(&f);
	read_file(&f, &r);
	assert_int_equal(r.n, 2);
	assert_true(r.stats.dropped_known);
	assert_int_equal(r.stats.dropped, 15);

	begin(&f, 5); /* the same interface says 12: the 15 stand */
	put(&f, 0, 4);
	put(&f, 0, 8);
	option(&f, 5, 12, 8);
	end(&f);
	begin(&f, 5); /* the other one 3 + 4, */
	put(&f, 1, 4);
	put(&f, 0, 8);
	option(&f, 5, 3, 8);
	option(&f, 7, 4, 8);
	option(&f, 0, 0, 0);
	end(&f);
	begin(&f, 5); /* and later 9: counted from the start, not added */
	put(&f, 1, 4);
	put(&f, 0, 8);
	option(&f, 5, 9, 8);
	end(&f);
	begin(&f, 5); /* of an interface that is not there */
	put(&f, 2, 4);
	put(&f, 0, 8);
	option(&f, 5, 1000, 8);
	end(&f);
	read_file(&f, &r);
	assert_int_equal(r.ended, OK);
	assert_int_equal(r.stats.dropped, 15 + 9);
	assert_int_equal(r.stats.records_bad, 1);
}

/* Sound blocks with nonsense inside are stepped over and counted. */
static void
bad_records(void **state)
{
	static struct file f;
	static struct read r;

	(void)state;
	section(&f);
	simple(&f, "no interface yet", 16);
	interface(&f, 1, 0, -1, 0);
	packet(&f, 1, 1, "no such interface");
	begin(&f, 6);
	put(&f, 0, 4);
	put(&f, 0, 8);
	put(&f, 5, 4); /* captured: more than there is */
	put(&f, 5, 4);
	put_text(&f, "abcd", 4);
	end(&f);
	begin(&f, 6);
	put(&f, 0, 4);
	put(&f, 0, 8);
	put(&f, UINT32_MAX, 4);
	put(&f, UINT32_MAX, 4);
	end(&f);
	begin(&f, 6); /* shorter than its fields */
	put(&f, 0, 4);
	end(&f);
	simple(&f, "shorter", 100);
	begin(&f, 5);
	end(&f);
	packet(&f, 0, 1, "sound");
	read_file(&f, &r);
	assert_int_equal(r.ended, OK);
	assert_int_equal(r.n, 1);
	expect_text(&r.frame[0], "sound");
	assert_int_equal(r.stats.records_bad, 7);
}

static void
patch(struct file *f, size_t at, uint64_t v)
{
	size_t n = f->n;

	f->n = at;
	put(f, v, 4);
	f->n = n;
}

/* A block whose frame is broken ends the stream; what was before it is kept. */
static void
broken(void **state)
{
	static const struct {
		const char *name;
		enum { NO_ORDER, VERSION, TINY, ODD, TRAILER, HUGE, LARGE, OPTIONS } what;
		enum status status;
		const char *why;
	} rows[] = {
		{ "no byte order magic", NO_ORDER, E_FORMAT, "without a byte order" },
		{ "version 2", VERSION, E_FORMAT, "version" },
		{ "shorter than its own frame", TINY, E_FORMAT, "cannot be" },
		{ "not a multiple of four", ODD, E_FORMAT, "cannot be" },
		{ "lengths differ", TRAILER, E_FORMAT, "differ" },
		{ "4 GiB that are not there", HUGE, E_FORMAT, "ends inside a block" },
		{ "an interface of 16 MiB", LARGE, E_LIMIT, "a header of 16777216" },
		{ "an interface with its options cut", OPTIONS, E_FORMAT, "cut short" },
	};
	static struct file f;
	static struct read r;

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		size_t row = i / 2, at;
		char where[64];

		memset(&f, 0, sizeof f);
		f.big = i & 1;
		section(&f);
		interface(&f, 1, 0, -1, 0);
		packet(&f, 0, 1, "kept");
		at = f.n;
		switch (rows[row].what) {
		case NO_ORDER:
			section(&f);
			patch(&f, at + 8, 0x1a2b3c4e);
			break;
		case VERSION:
			section(&f);
			patch(&f, at + 12, 0x00020002);
			break;
		case TINY:
		case ODD:
			packet(&f, 0, 1, "broken");
			patch(&f, at + 4, rows[row].what == TINY ? 8 : 33);
			break;
		case TRAILER:
			packet(&f, 0, 1, "broken");
			patch(&f, f.n - 4, 12);
			break;
		case HUGE:
			begin(&f, 77);
			end(&f);
			patch(&f, at + 4, UINT32_MAX & ~3U);
			break;
		case LARGE:
			interface(&f, 1, 0, -1, 0);
			patch(&f, at + 4, 16 << 20);
			break;
		case OPTIONS:
			begin(&f, 1);
			put(&f, 1, 8);
			put(&f, f.big ? 9 << 16 | 200 : 200 << 16 | 9, 4);
			end(&f);
			break;
		}
		ROW(row, rows[row].name);
		read_file(&f, &r);
		assert_int_equal(r.opened, OK);
		assert_int_equal(r.ended, rows[row].status);
		assert_int_equal(r.n, 1);
		expect_text(&r.frame[0], "kept");
		assert_non_null(strstr(r.err.text, rows[row].why));
		(void)snprintf(where, sizeof where, "test: offset %zu: ", at);
		if (rows[row].what != HUGE) /* of that, what is there was stepped over */
			assert_memory_equal(r.err.text, where, strlen(where));
	}
}

/* Cut anywhere, the frames that are whole are read, and the cut is noticed. */
static void
cut_everywhere(void **state)
{
	static struct file f, cut;
	static struct read r;
	size_t ends[5], blocks = 0;

	(void)state;
	section(&f);
	ends[blocks++] = f.n;
	interface(&f, 1, 0, -1, 0);
	ends[blocks++] = f.n;
	for (int i = 0; i < 3; i++) {
		packet(&f, 0, 1, "frame");
		ends[blocks++] = f.n;
	}
	for (cut.n = 12; cut.n < f.n; cut.n++) {
		size_t whole = 0;

		memcpy(cut.b, f.b, cut.n);
		while (whole < blocks && ends[whole] <= cut.n)
			whole++;
		read_file(&cut, &r);
		if (cut.n < 24) {
			assert_int_equal(r.opened, cut.n < 12 ? E_FORMAT : OK);
			assert_int_equal(r.ended, E_FORMAT);
			continue;
		}
		assert_int_equal(r.n, whole < 2 ? 0 : whole - 2);
		assert_int_equal(
		    r.ended, whole > 0 && ends[whole - 1] == cut.n ? OK : E_FORMAT);
	}
}

/* More than a batch, and a block larger than any window in between. */
static void
many(void **state)
{
	static struct file f;
	static struct read r;

	(void)state;
	section(&f);
	interface(&f, 1, 0, -1, 0);
	for (unsigned i = 0; i < 3 * FRAME_BATCH / 2; i++)
		packet(&f, 0, i, "x");
	section(&f);
	interface(&f, 101, 0, -1, 0);
	for (unsigned i = 0; i < FRAME_BATCH / 2; i++)
		packet(&f, 0, i, "y");
	read_file(&f, &r);
	assert_int_equal(r.ended, OK);
	assert_int_equal(r.n, 2 * FRAME_BATCH);
	for (unsigned i = 0; i < r.n; i++) {
		bool first = i < 3 * FRAME_BATCH / 2;

		expect_text(&r.frame[i], first ? "x" : "y");
		assert_int_equal(r.frame[i].link, first ? 1 : 101);
		assert_int_equal(
		    r.frame[i].time_ns, 1000 * (first ? i : i - 3 * FRAME_BATCH / 2));
	}
}

static void
large_blocks(void **state)
{
	static const uint32_t types[] = { 6, 77 };
	size_t size = (6 << 20), n;
	uint8_t *bytes = calloc(1, size + 4096);
	static struct file f;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < COUNT(types); i++) {
		static struct frame_batch batch;
		struct capture *c;
		struct input *in;
		struct error err;
		uint32_t length = (uint32_t)size;

		memset(&f, 0, sizeof f);
		section(&f);
		interface(&f, 1, 0, -1, 0);
		memcpy(bytes, f.b, n = f.n);
		memcpy(bytes + n, &types[i],
		    4); /* little-endian, like the machines we run on */
		memcpy(bytes + n + 4, &length, 4);
		memcpy(bytes + n + size - 4, &length, 4);
		n += size;
		f.n = 0;
		packet(&f, 0, 1, "behind");
		memcpy(bytes + n, f.b, f.n);
		n += f.n;
		assert_int_equal(
		    input_open_bytes(&in, (struct span){ bytes, n }, "x", &err), OK);
		assert_int_equal(capture_open(&c, in, &err), OK);
		assert_int_equal(capture_next(c, &batch, &err), OK);
		assert_int_equal(batch.n, 1);
		expect_text(&batch.frame[0], "behind");
		assert_int_equal(capture_stats(c)->records_bad, types[i] == 6);
		assert_int_equal(capture_stats(c)->blocks_skipped, types[i] != 6);
		capture_close(c);
	}
	free(bytes);
}

static void
too_many_interfaces(void **state)
{
	size_t most = 65535;
	uint8_t *bytes = malloc(28 + (most + 1) * 20), *at = bytes;
	static struct frame_batch batch;
	static struct file f;
	struct capture *c;
	struct input *in;
	struct error err;

	(void)state;
	assert_non_null(bytes);
	section(&f);
	memcpy(at, f.b, f.n);
	at += f.n;
	f.n = 0;
	interface(&f, 1, 0, -1, 0);
	assert_int_equal(f.n, 20);
	for (size_t i = 0; i <= most; i++, at += f.n)
		memcpy(at, f.b, f.n);
	assert_int_equal(
	    input_open_bytes(&in, (struct span){ bytes, (size_t)(at - bytes) }, "x", &err),
	    OK);
	assert_int_equal(capture_open(&c, in, &err), OK);
	assert_int_equal(capture_next(c, &batch, &err), E_LIMIT);
	assert_string_equal(err.text, "x: offset 1310728: more than 65535 interfaces");
	capture_close(c);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds),
		cmocka_unit_test(resolutions),
		cmocka_unit_test(drops),
		cmocka_unit_test(bad_records),
		cmocka_unit_test(broken),
		cmocka_unit_test(cut_everywhere),
		cmocka_unit_test(many),
		cmocka_unit_test(large_blocks),
		cmocka_unit_test(too_many_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
