/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a log of Zeek's that tells traits. Each trait is within its
 * limits and survives its line; reading in batches of another size tells the
 * same ones; every line ends up in one count.
 */
#include <string.h>

#include "base/error.h"
#include "collect/zeek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	struct buf lines, text, again;
	uint64_t n;
};

static void
on_trait(void *state, const struct trait *t)
{
	struct told *x = state;
	size_t from = x->lines.len;
	struct span line;
	struct error err;
	struct trait back;

	CHECK(t->where > 0);
	x->n++;
	trait_encode(t, &x->lines);
	if (x->lines.bad)
		return;
	line = (struct span){ (const uint8_t *)x->lines.at + from, x->lines.len - from };
	CHECK(trait_decode(line, &x->text, &back, &err) == OK);
	buf_reset(&x->again);
	trait_encode(&back, &x->again);
	CHECK(x->again.len == line.len && memcmp(x->again.at, line.at, line.len) == 0);
}

static struct told
read_all(const uint8_t *data, size_t size, unsigned max)
{
	struct told x = { 0 };
	struct flow flow[64];
	struct error err;
	struct input *in;
	struct zeek *z;
	unsigned n;

	buf_init(&x.lines, (size_t)4 << 20);
	buf_init(&x.text, (size_t)1 << 20);
	buf_init(&x.again, (size_t)1 << 20);
	if (input_open_bytes(&in, (struct span){ data, size }, "fuzz", &err) != OK)
		return x;
	CHECK(zeek_open(&z, in, &err) == OK);
	zeek_traits(z, on_trait, &x);
	while (!zeek_ended(z))
		if (zeek_next(z, flow, NULL, max, &n, &err) != OK)
			break;
	CHECK(zeek_stats(z)->traits == x.n);
	zeek_close(z);
	return x;
}

static void
release(struct told *x)
{
	buf_release(&x->lines);
	buf_release(&x->text);
	buf_release(&x->again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told a = read_all(data, size, 64), b = read_all(data, size, 3);

	CHECK(a.n == b.n && a.lines.len == b.lines.len);
	CHECK(a.lines.len == 0 || memcmp(a.lines.at, b.lines.at, a.lines.len) == 0);
	release(&a);
	release(&b);
	return 0;
}
