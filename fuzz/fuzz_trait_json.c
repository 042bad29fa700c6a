/* SPDX-License-Identifier: Apache-2.0 */
/* A line that decodes re-encodes to the canonical line, which decodes to the same trait. */
#include <string.h>

#include "base/error.h"
#include "record/trait.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trait one, two;
	struct error err;
	struct buf line, again, text, other;

	buf_init(&line, 1 << 20);
	buf_init(&again, 1 << 20);
	buf_init(&text, 1 << 20);
	buf_init(&other, 1 << 20);
	if (trait_decode((struct span){ data, size }, &text, &one, &err) == OK) {
		trait_encode(&one, &line);
		CHECK(!line.bad);
		CHECK(trait_decode(buf_span(&line), &other, &two, &err) == OK);
		trait_encode(&two, &again);
		CHECK(line.len == again.len && memcmp(line.at, again.at, line.len) == 0);
		CHECK(one.kind == two.kind && one.time_ns == two.time_ns);
	}
	buf_release(&line);
	buf_release(&again);
	buf_release(&text);
	buf_release(&other);
	return 0;
}
