/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manifest without a complaint is the one we would have written, and none of
 * its paths leads out of a bag.
 */
#include "evidence/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest_reader r;
	enum manifest_verdict v;
	struct buf again;
	unsigned lines = 0;
	bool clean = true;

	buf_init(&again, size + 1);
	manifest_read(&r, (struct span){ data, size });
	while ((v = manifest_next(&r)) != MANIFEST_END) {
		CHECK(r.line == ++lines);
		if (v != MANIFEST_LINE) {
			clean = false;
			continue;
		}
		CHECK(bag_path_is_sound(r.path));
		CHECK(r.path[0] != '/' && strstr(r.path, "..") != r.path);
		CHECK(strstr(r.path, "/..") == NULL && strchr(r.path, '\\') == NULL);
		manifest_put(&again, &r.digest, r.path);
	}
	if (clean)
		CHECK(
		    again.len == size && (size == 0 || memcmp(again.at, data, size) == 0));
	buf_release(&again);
	return 0;
}
