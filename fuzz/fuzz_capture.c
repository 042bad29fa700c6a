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

/* A gzip file that stores its content as it is. */
static struct span
pack(struct span s)
{
	size_t most = s.len + s.len / 1000 + 1024;
	uint8_t *out = malloc(most);
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)s.at,
		.avail_in = (unsigned)s.len,
		.next_out = out,
		.avail_out = (unsigned)most };

	CHECK(out);
	CHECK(deflateInit2(&z, 0, Z_DEFLATED, 15 + 16, 1, 0) == Z_OK);
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return (struct span){ out, most - z.avail_out };
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
	CHECK(memcmp(&mapped.stats, &again.stats, sizeof again.stats) == 0);
	return 0;
}
