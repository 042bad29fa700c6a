/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pcapng writer writes our reader reads, frame by frame, with remarks or without. The input is
 * a list of frames: 16 bytes of fields, then as many bytes as they say.
 */
#include <stdio.h>
#include <stdlib.h>

#include "capture/capture.h"
#include "capture/pcapng_writer.h"

#define FRAMES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
make_frames(struct span s, struct frame frames[static FRAMES_MAX])
{
	struct cursor c = cursor_of(s);
	size_t n = 0;

	while (n < FRAMES_MAX && c.left >= 16) {
		struct frame *f = &frames[n++];
		size_t length;

		f->time_ns = cursor_le64(&c);
		f->wire_length = cursor_le32(&c);
		f->link = cursor_u8(&c);
		f->interface = cursor_u8(&c);
		length = cursor_le16(&c);
		f->bytes = cursor_take(&c, length < c.left ? length : c.left);
	}
	return n;
}

static struct span
write_all(const struct frame *frames, size_t n, uint64_t dropped)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&bytes, &length);
	struct pcapng_writer *w = NULL;
	struct error err;

	CHECK(to && pcapng_writer_open(&w, to, "fuzz", &err) == OK);
	for (size_t i = 0; i < n; i++)
		CHECK(pcapng_writer_put_remark(
			  w, &frames[i], i % 3 ? NULL : "geophone: clock +1", &err) == OK);
	CHECK(pcapng_writer_end(w, dropped, &err) == OK);
	pcapng_writer_close(w);
	CHECK(fclose(to) == 0);
	return (struct span){ (uint8_t *)bytes, length };
}

static void
same(const struct frame *a, const struct frame *b)
{
	CHECK(a->time_ns == b->time_ns && a->wire_length == b->wire_length);
	CHECK(a->link == b->link && a->bytes.len == b->bytes.len);
	CHECK(a->bytes.len == 0 || memcmp(a->bytes.at, b->bytes.at, a->bytes.len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame_batch batch;
	struct frame frames[FRAMES_MAX];
	size_t n = make_frames((struct span){ data, size }, frames);
	uint64_t dropped = size % 3 ? size : UINT64_MAX;
	struct span written = write_all(frames, n, dropped);
	struct capture *c = NULL;
	struct input *in = NULL;
	struct error err;

	CHECK(input_open_bytes(&in, written, "fuzz", &err) == OK);
	CHECK(capture_open(&c, in, &err) == OK);
	CHECK(capture_next(c, &batch, &err) == OK);
	CHECK(batch.n == n);
	for (size_t i = 0; i < n; i++)
		same(&frames[i], &batch.frame[i]);
	CHECK(capture_next(c, &batch, &err) == OK && batch.n == 0);
	CHECK(capture_stats(c)->records_bad == 0 && capture_stats(c)->blocks_skipped == 0);
	if (n > 0 && dropped != UINT64_MAX)
		CHECK(capture_stats(c)->dropped == dropped);
	capture_close(c);
	free((void *)(uintptr_t)written.at);
	return 0;
}
