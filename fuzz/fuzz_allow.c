/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of what is not shown: every rule that is read says something, and why. */
#include <string.h>

#include "publish/allow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
yes(void *state, const struct finding *f, const char *suffix)
{
	(void)state;
	CHECK(allow_under(f->name, suffix));
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct finding f = {
		.name = "www.example.com", .port = 443, .proto = 6
	};
	struct allow a;
	struct input *in;
	struct error err;

	if (input_open_bytes(&in, (struct span){ data, size }, "rules", &err) != OK)
		return 0;
	if (allow_read(&a, in, &err) != OK)
		return 0;
	for (size_t i = 0; i < a.n; i++) {
		const struct allow_rule *r = &a.rule[i];

		CHECK(r->reason[0] != '\0');
		CHECK(r->source.bits <= 128 || r->destination.bits <= 128 || r->suffix[0] ||
		      r->print[0] || r->asn);
	}
	(void)allow_find(&a, &f, "ja4 x", 64496, yes, NULL);
	allow_release(&a);
	return 0;
}
