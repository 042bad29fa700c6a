/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time stamp of anybody is judged without harm, and without an authority that
 * is trusted none is good.
 */
#include "evidence/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The root that signed the seed; its key is gone. */
static const char root[] =
#include "timestamp_root.h"
    ;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t other[] = "other bytes than those that were stamped";
	struct span in = { data, size };
	struct span roots = { (const uint8_t *)root, sizeof root - 1 };
	struct timestamp t;
	struct error err;

	CHECK(timestamp_check(
		  in, (struct span){ other, sizeof other }, roots, NULL, &t, &err) != OK);
	CHECK(timestamp_check(in, (struct span){ (const uint8_t *)"geophone\n", 9 },
		  (struct span){ 0 }, NULL, &t, &err) != OK);
	(void)!timestamp_check(
	    in, (struct span){ (const uint8_t *)"geophone\n", 9 }, roots, NULL, &t, &err);
	return 0;
}
