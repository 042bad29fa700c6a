/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to a witness that is read is written the same.
 */
#include "evidence/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct witness_request q;
	struct error err;
	struct buf b;

	if (witness_request_parse(in, &q, &err) == OK) {
		CHECK(q.path.n <= WITNESS_PROOF);
		buf_init(&b, WITNESS_REQUEST);
		witness_request_encode(&q, &b);
		CHECK(b.len == size && memcmp(b.at, data, size) == 0);
		buf_release(&b);
	}
	return 0;
}
