/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a table of autonomous systems. What is read holds for both ends of
 * IPv4 without a crash, and 0 is never in it.
 */
#include "base/error.h"
#include "collect/asn_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip low = ip_from_v4((uint8_t[4]){ 0 }),
		  high = ip_from_v4((uint8_t[4]){ 255, 255, 255, 255 });
	struct asn_table *t;
	struct input *in;
	struct error err;

	if (input_open_bytes(&in, (struct span){ data, size }, "table", &err) != OK)
		return 0;
	if (asn_read(&t, in, &err) != OK)
		return 0;
	CHECK(asn_ranges(t) > 0 || (asn_of(t, &low) == 0 && asn_of(t, &high) == 0));
	asn_free(t);
	return 0;
}
