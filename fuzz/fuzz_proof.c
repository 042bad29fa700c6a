/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proof read is written the same; a bundle of entries too; and no proof leads
 * from a leaf to a root that it was not made for.
 */
#include "evidence/proof.h"
#include "evidence/tiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
as_bundle(struct span in)
{
	struct cursor c = cursor_of(in);
	struct span entry;
	struct buf b;

	buf_init(&b, in.len);
	while (bundle_next(&c, &entry)) {
		buf_putc(&b, (char)(entry.len >> 8));
		buf_putc(&b, (char)entry.len);
		buf_put(&b, entry.at, entry.len);
	}
	CHECK(!b.bad && (c.bad || b.len == in.len));
	CHECK(b.len == 0 || memcmp(b.at, in.at, b.len) == 0);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct proof p;
	struct error err;
	struct buf b;

	as_bundle(in);
	if (proof_parse(in, &p, &err) == OK) {
		struct checkpoint cp = { .size = p.index + 1 };
		struct digest leaf = merkle_leaf(in);

		buf_init(&b, PROOF_MAX);
		proof_encode(&p, &b);
		CHECK(b.len == size && memcmp(b.at, data, size) == 0);
		buf_release(&b);
		for (unsigned shift = 0; shift < 62; shift++) {
			cp.size = (UINT64_C(1) << shift) + p.index % 3;
			CHECK(!proof_includes(&p, &cp, &leaf));
		}
	}
	return 0;
}
