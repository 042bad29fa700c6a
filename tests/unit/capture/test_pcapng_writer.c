/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "capture/capture.h"
#include "capture/pcapng_writer.h"

#define WRITTEN_MAX ((size_t)1 << 20)

static const struct frame frames[] = {
	{ .time_ns = 1545407416962094001,
	    .bytes = { (const uint8_t *)"one", 3 },
	    .wire_length = 3,
	    .link = LINK_ETHERNET,
	    .interface = 0 },
	{ .time_ns = 0,
	    .bytes = { (const uint8_t *)"two2", 4 },
	    .wire_length = 1500,
	    .link = LINK_RAW,
	    .interface = 4 },
	{ .time_ns = UINT64_MAX,
	    .bytes = { NULL, 0 },
	    .wire_length = 60,
	    .link = LINK_ETHERNET,
	    .interface = 4 },
	{ .time_ns = 5,
	    .bytes = { (const uint8_t *)"three", 5 },
	    .wire_length = 5,
	    .link = LINK_ETHERNET,
	    .interface = 0 },
};
/* The number that (link, interface) gets in the file we write. */
static const uint16_t numbers[] = { 0, 1, 2, 0 };

/* The bytes of a file with those frames; freed by the caller. */
static struct span
write_frames(const char *comment, size_t n, uint64_t dropped)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&bytes, &length);
	struct pcapng_writer *w;
	struct error err;

	assert_non_null(to);
	assert_int_equal(pcapng_writer_open(&w, to, comment, &err), OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pcapng_writer_put(w, &frames[i], &err), OK);
	assert_int_equal(pcapng_writer_end(w, dropped, &err), OK);
	pcapng_writer_close(w);
	assert_int_equal(fclose(to), 0);
	return (struct span){ (uint8_t *)bytes, length };
}

static void
drop(struct span s)
{
	free((void *)(uintptr_t)s.at);
}

static void
read_back(void **state)
{
	static const struct {
		const char *name, *comment;
		size_t frames;
		uint64_t dropped;
	} rows[] = {
		{ "everything", "slice 1", COUNT(frames), 7 },
		{ "no comment", NULL, COUNT(frames), 7 },
		{ "an empty comment", "", COUNT(frames), 7 },
		{ "a comment that needs no padding", "1234", 1, 0 },
		{ "drops not known", NULL, 2, UINT64_MAX },
		{ "no frames", NULL, 0, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct frame_batch batch;
		const struct capture_stats *stats;
		struct span s =
		    write_frames(rows[i].comment, rows[i].frames, rows[i].dropped);
		struct capture *c;
		struct input *in;
		struct error err;

		ROW(i, rows[i].name);
		assert_int_equal(input_open_bytes(&in, s, "x", &err), OK);
		assert_int_equal(capture_open(&c, in, &err), OK);
		stats = capture_stats(c);
		assert_int_equal(capture_next(c, &batch, &err), OK);
		assert_int_equal(batch.n, rows[i].frames);
		for (size_t n = 0; n < batch.n; n++) {
			const struct frame *f = &batch.frame[n];

			assert_true(f->time_ns == frames[n].time_ns);
			assert_int_equal(f->bytes.len, frames[n].bytes.len);
			if (f->bytes.len > 0)
				assert_memory_equal(
				    f->bytes.at, frames[n].bytes.at, f->bytes.len);
			assert_int_equal(f->wire_length, frames[n].wire_length);
			assert_int_equal(f->link, frames[n].link);
			assert_int_equal(f->interface, numbers[n]);
		}
		if (batch.n > 0) {
			assert_int_equal(capture_next(c, &batch, &err), OK);
			assert_int_equal(batch.n, 0);
			assert_int_equal(
			    stats->dropped_known, rows[i].dropped != UINT64_MAX);
			if (stats->dropped_known)
				assert_int_equal(stats->dropped, rows[i].dropped);
			assert_int_equal(stats->resolution_ns, 1);
		}
		assert_int_equal(stats->records_bad, 0);
		assert_int_equal(stats->blocks_skipped, 0);
		capture_close(c);
		drop(s);
	}
}

struct remarks {
	unsigned n, at[COUNT(frames)];
	char text[COUNT(frames)][PCAPNG_REMARK + 1];
};

static void
on_remark(void *state, unsigned at, struct span text)
{
	struct remarks *r = state;

	assert_true(r->n < COUNT(frames) && text.len <= PCAPNG_REMARK);
	memcpy(r->text[r->n], text.at, text.len);
	r->at[r->n++] = at;
}

/* A comment comes back with the frame that it was written to. */
static void
remarks(void **state)
{
	static const char *const said[COUNT(frames)] = { "one", NULL, "",
		"as long as a remark may be: sixty-four bytes and not a single mo" };
	static struct frame_batch batch;
	struct remarks got = { 0 };
	struct pcapng_writer *w;
	struct capture *c;
	struct input *in;
	struct error err;
	char *bytes = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&bytes, &length);

	(void)state;
	assert_non_null(to);
	assert_int_equal(strlen(said[3]), PCAPNG_REMARK);
	assert_int_equal(pcapng_writer_open(&w, to, "c", &err), OK);
	for (size_t i = 0; i < COUNT(frames); i++)
		assert_int_equal(
		    pcapng_writer_put_remark(w, &frames[i], said[i], &err), OK);
	pcapng_writer_close(w);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(
	    input_open_bytes(&in, (struct span){ (uint8_t *)bytes, length }, "x", &err),
	    OK);
	assert_int_equal(capture_open(&c, in, &err), OK);
	capture_remarks(c, on_remark, &got);
	assert_int_equal(capture_next(c, &batch, &err), OK);
	assert_int_equal(batch.n, COUNT(frames));
	assert_int_equal(got.n, 3);
	for (unsigned i = 0; i < got.n; i++)
		assert_string_equal(got.text[i], said[got.at[i]]);
	assert_int_equal(capture_stats(c)->records_bad, 0);
	capture_close(c);
	free(bytes);
}

static void
same_frames_same_bytes(void **state)
{
	struct span a = write_frames("c", COUNT(frames), 7);
	struct span b = write_frames("c", COUNT(frames), 7);

	(void)state;
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.at, b.at, a.len);
	drop(a);
	drop(b);
}

/* What is hashed names every byte: the smallest file, written out by hand. */
static void
every_byte(void **state)
{
	static const struct span want =
	    BYTES("\x0a\x0d\x0d\x0a\x28\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0"
		  "\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\1\0\2\0hi\0\0\0\0\0\0\x28\0\0\0"
		  "\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\x09\0\1\0\x09\0\0\0\0\0\0\0\x20\0\0\0"
		  "\6\0\0\0\x24\0\0\0\0\0\0\0\xdb\x63\x72\x15\xb1\x93\x47\x99"
		  "\3\0\0\0\3\0\0\0one\0\x24\0\0\0"
		  "\5\0\0\0\x28\0\0\0\0\0\0\0\xdb\x63\x72\x15\xb1\x93\x47\x99"
		  "\5\0\x08\0\7\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0");
	struct span s = write_frames("hi", 1, 7);

	(void)state;
	assert_int_equal(s.len, want.len);
	assert_memory_equal(s.at, want.at, want.len);
	drop(s);
}

static void
limits(void **state)
{
	static uint8_t large[CAPTURE_FRAME_MAX + 1];
	struct frame f = { .bytes = { large, sizeof large }, .link = LINK_ETHERNET };
	char *comment = calloc(1, 65537);
	struct pcapng_writer *w;
	struct error err;
	FILE *to = fopen("/dev/null", "wb");

	(void)state;
	assert_non_null(to);
	assert_non_null(comment);
	memset(comment, 'x', 65536);
	assert_int_equal(pcapng_writer_open(&w, to, comment, &err), E_LIMIT);
	comment[65535] = 0;
	assert_int_equal(pcapng_writer_open(&w, to, comment, &err), OK);
	assert_int_equal(pcapng_writer_put(w, &f, &err), E_LIMIT);
	f.bytes.len--;
	assert_int_equal(pcapng_writer_put(w, &f, &err), OK);
	f.bytes.len = 0;
	for (unsigned i = 1; i < 1024; i++) {
		f.interface = (uint16_t)i;
		assert_int_equal(pcapng_writer_put(w, &f, &err), OK);
	}
	f.interface = 1024;
	assert_int_equal(pcapng_writer_put(w, &f, &err), E_LIMIT);
	pcapng_writer_close(w);
	fclose(to);
	free(comment);
}

static void
full_disk(void **state)
{
	FILE *to = fopen("/dev/full", "wb");
	struct pcapng_writer *w;
	struct error err;

	(void)state;
	if (to == NULL)
		skip();
	assert_int_equal(setvbuf(to, NULL, _IONBF, 0), 0);
	assert_int_equal(pcapng_writer_open(&w, to, NULL, &err), E_IO);
	assert_string_equal(err.text, "write pcapng: No space left on device");
	fclose(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_back),
		cmocka_unit_test(remarks),
		cmocka_unit_test(same_frames_same_bytes),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(limits),
		cmocka_unit_test(full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
