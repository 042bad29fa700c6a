/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account that is read is written the same.
 */
#include "evidence/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct account_read r;
	struct error err;
	struct buf b;

	if (account_decode(in, &r, &err) == OK) {
		buf_init(&b, ACCOUNT_MAX);
		CHECK(account_encode(&r.account, &b, &err) == OK);
		CHECK(b.len == size && memcmp(b.at, data, size) == 0);
		buf_release(&b);
		account_release(&r);
	}
	return 0;
}
