/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capture file of any bytes: every frame lies inside the file, a batch is
 * never more than full, and the same file read through the small window of a
 * compressed stream gives the same frames and the same end.
 */
#include <stdlib.h>

#include <zlib.h>

#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a reader saw, in a form that can be compared. */
struct seen {
	enum status status;
	struct capture_stats stats;
	uint64_t mixed;
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
}

static uint64_t
mix_frame(uint64_t h, const struct frame *f)
{
	h = mix(mix(h, f->time_ns), f->wire_length);
	h = mix(mix(mix(h, f->link), f->interface), f->bytes.len);
	for (size_t i = 0; i < f->bytes.len; i++)
		h = mix(h, f->bytes.at[i]);
	return h;
}

static struct seen
read_all(struct span bytes, struct span bounds)
{
	static struct frame_batch batch;
	struct seen seen = { 0 };
	struct capture *c = NULL;
	struct input *in = NULL;
	struct error err;

	seen.status = input_open_bytes(&in, bytes, "fuzz", &err);
	CHECK(seen.status == OK);
	seen.status = capture_open(&c, in, &err);
	while (seen.status == OK) {
		seen.status = capture_next(c, &batch, &err);
		CHECK(batch.n <= FRAME_BATCH);
		CHECK(seen.status == OK || batch.n == 0);
		if (batch.n == 0)
			break;
		for (unsigned i = 0; i < batch.n; i++) {
			const struct frame *f = &batch.frame[i];

			CHECK(f->bytes.len <= CAPTURE_FRAME_MAX);
			if (bounds.at && f->bytes.len > 0)
				CHECK(f->bytes.at >= bounds.at &&
				      f->bytes.at + f->bytes.len <= bounds.at + bounds.len);
			seen.mixed = mix_frame(seen.mixed, f);
		}
	}
	if (c)
		seen.stats = *capture_stats(c);
	capture_close(c);
	return seen;
}

static uint8_t *
put_le(uint8_t *to, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		*to++ = (uint8_t)(v >> 8 * i);
	return to;
}

/* A gzip file that stores its content as it is (RFC 1952, RFC 1951 section 3.2.4). */
static struct span
pack(struct span s)
{
	static const uint8_t header[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 };
	uint8_t *out = malloc(sizeof header + s.len + s.len / 60000 * 5 + 5 + 8), *to;
	size_t at = 0, n;

	CHECK(out);
	memcpy(out, header, sizeof header);
	to = out + sizeof header;
	do {
		n = s.len - at < 60000 ? s.len - at : 60000;
		*to++ = at + n == s.len; /* the last block */
		to = put_le(to, n | (~n & 0xffff) << 16, 4);
		if (n > 0)
			memcpy(to, s.at + at, n);
		to += n;
		at += n;
	} while (at < s.len);
	to = put_le(to, crc32(0, s.at, (unsigned)s.len), 4);
	to = put_le(to, s.len, 4);
	return (struct span){ out, (size_t)(to - out) };
}

/* Field by field: a struct has holes, and a copy need not fill them. */
static bool
same_stats(const struct capture_stats *a, const struct capture_stats *b)
{
	return a->frames == b->frames && a->bytes == b->bytes &&
	       a->frames_cut == b->frames_cut && a->blocks_skipped == b->blocks_skipped &&
	       a->records_bad == b->records_bad && a->times_clamped == b->times_clamped &&
	       a->frames_untimed == b->frames_untimed && a->dropped == b->dropped &&
	       a->dropped_known == b->dropped_known && a->resolution_ns == b->resolution_ns;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { data, size }, packed;
	struct seen mapped, again;

	if (size >= 3 && data[0] == 0x1f && data[1] == 0x8b)
		return 0; /* what is packed is fuzz_input's */
	if (size >= 4 && (data[0] == 0xfd || data[1] == 0xb5 || data[1] == 0x2a))
		return 0;
	mapped = read_all(s, s);
	packed = pack(s);
	again = read_all(packed, (struct span){ 0 });
	free((void *)(uintptr_t)packed.at);
	CHECK(mapped.status == again.status);
	CHECK(mapped.mixed == again.mixed);
	CHECK(same_stats(&mapped.stats, &again.stats));
	return 0;
}
