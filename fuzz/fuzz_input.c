/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of any bytes, compressed or not: taken in small and in large steps it
 * gives the same content and comes to the same end.
 */
#include "base/input.h"

#define ENOUGH ((size_t)2 << 20) /* a bomb need not be read to its end */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	enum status status;
	uint64_t n, mixed;
};

static struct seen
read_all(struct span bytes, size_t want, size_t step)
{
	struct seen seen = { .mixed = 1 };
	struct input *in = NULL;
	struct error err;
	struct span s;

	CHECK(input_open_bytes(&in, bytes, "fuzz", &err) == OK);
	while ((s = input_peek(in, want)).len > 0 && seen.n < ENOUGH) {
		size_t n = s.len < step ? s.len : step;

		CHECK(s.len >= want || input_peek(in, want).len == s.len);
		for (size_t i = 0; i < n && seen.n + i < ENOUGH; i++)
			seen.mixed = (seen.mixed ^ s.at[i]) * UINT64_C(0x100000001b3);
		CHECK(input_at(in) == seen.n);
		input_skip(in, n);
		seen.n += n;
	}
	if (seen.n >= ENOUGH)
		seen.n = ENOUGH;
	else
		seen.status = input_state(in, &err);
	CHECK(input_consumed(in) <= bytes.len);
	input_close(in);
	return seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { data, size };
	struct seen a = read_all(s, 1, SIZE_MAX), b = read_all(s, 700000, 99991);

	CHECK(a.status == b.status && a.n == b.n && a.mixed == b.mixed);
	return 0;
}
