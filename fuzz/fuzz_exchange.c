/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked and answered, from strangers: what is taken is written the same, and
 * a "no match" has its coverage.
 */
#include "case/exchange.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exchange x;
	struct error err;
	struct buf b;

	if (exchange_decode((struct span){ data, size }, &x, &err) == OK) {
		buf_init(&b, ACCOUNT_MAX);
		shape_put(x.body, &b);
		CHECK(!b.bad && memmem(data, size, b.at, b.len) != NULL);
		CHECK(exchange_check(x.kind, x.body, &err) == OK);
		if (strcmp(exchange_text(&x, "outcome"), "no match") == 0)
			CHECK(json_array_size(json_object_get(
				  json_object_get(x.body, "coverage"), "heard")) > 0);
		buf_release(&b);
		exchange_release(&x);
	}
	return 0;
}
