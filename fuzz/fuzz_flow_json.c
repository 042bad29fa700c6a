/* SPDX-License-Identifier: Apache-2.0 */
/* A line that decodes re-encodes to the canonical line, which decodes to the same flow. */
#include <string.h>

#include "base/error.h"
#include "record/flow.h"
#include "record/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A flow line that says which line it came from says so in one way. */
static void
with_origin(struct span line)
{
	struct buf bare, again;
	struct digest d;
	struct error err;
	struct flow f;
	bool has;

	buf_init(&bare, line.len + 1), buf_init(&again, line.len + 1);
	if (origin_take(line, &bare, &d, &has, &err) == OK && has &&
	    flow_decode(buf_span(&bare), &f, &err) == OK) {
		origin_put(buf_span(&bare), &d, &again);
		CHECK(again.len == line.len && memcmp(again.at, line.at, line.len) == 0);
	}
	buf_release(&bare), buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow one, two;
	struct error err;
	struct buf line, again;

	with_origin((struct span){ data, size });
	memset(&one, 0xee, sizeof one);
	if (flow_decode((struct span){ data, size }, &one, &err) != OK)
		return 0;
	buf_init(&line, 4096);
	buf_init(&again, 4096);
	flow_encode(&one, &line);
	CHECK(!line.bad);
	CHECK(flow_decode(buf_span(&line), &two, &err) == OK);
	flow_encode(&two, &again);
	CHECK(line.len == again.len && memcmp(line.at, again.at, line.len) == 0);
	CHECK(memcmp(&one.orig, &two.orig, sizeof one.orig) == 0);
	CHECK(one.first_ns == two.first_ns && one.flags == two.flags);
	buf_release(&line);
	buf_release(&again);
	return 0;
}
