/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of indicators in any spelling. What is taken is clean, and is taken
 * again as the same when it is written down plainly and read once more.
 */
#include <string.h>

#include "collect/indicator_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
take(void *state, const struct indicator *i)
{
	char room[INDICATOR_KEY + 1];
	struct indicator again;

	(void)state;
	CHECK((int)i->type >= 0 && i->type < INDICATOR_TYPE_COUNT);
	CHECK(i->weight_mb >= 0 && i->weight_mb <= INDICATOR_WEIGHT_MOST);
	if (i->type == INDICATOR_ADDRESS || i->type == INDICATOR_NETWORK) {
		CHECK(i->net.bits <= 128);
		return true;
	}
	CHECK(i->key.len > 0 && i->key.len <= INDICATOR_KEY);
	for (size_t k = 0; k < i->key.len; k++)
		CHECK(i->key.at[k] > ' ' && i->key.at[k] <= '~');
	if (i->type == INDICATOR_DOMAIN)
		CHECK(indicator_classify(i->key, room, &again) &&
		      again.type == INDICATOR_DOMAIN && again.key.len == i->key.len &&
		      memcmp(again.key.at, i->key.at, i->key.len) == 0);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct indicator_counts n;
	struct input *in;
	struct error err;

	if (input_open_bytes(&in, (struct span){ data, size }, "list", &err) != OK)
		return 0;
	(void)!indicator_file_read(in, &n, take, NULL, &err);
	return 0;
}
