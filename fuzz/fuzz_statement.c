/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A statement has one spelling: what decodes encodes to the same bytes. And
 * canonical JSON is JSON: what we accept, jansson accepts too.
 */
#include <jansson.h>

#include "evidence/canonical.h"
#include "evidence/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size }, value;
	struct cursor c = cursor_of(in);
	struct statement s;
	struct buf core, again;
	struct error err;

	buf_init(&core, STATEMENT_MAX), buf_init(&again, STATEMENT_MAX);
	if (statement_decode(in, &s, &core, &err) == OK) {
		statement_encode(&s, buf_span(&core), &again);
		CHECK(again.len == size && memcmp(again.at, data, size) == 0);
	} else
		CHECK(core.len == 0);
	if (canonical_value(&c, &value)) {
		json_t *json;

		CHECK(value.at == data && value.len + c.left == size);
		json = json_loadb((const char *)data, value.len,
		    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL |
			JSON_ALLOW_NUL,
		    NULL);
		CHECK(json != NULL);
		json_decref(json);
	}
	buf_release(&core), buf_release(&again);
	return 0;
}
