/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario, and the same bytes as a labelled line. What is read has a host in
 * every mark; what is refused says why; the same bytes say the same twice.
 */
#include <string.h>

#include "evaluate/truth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ip nobody;
	struct span text = { data, size };
	struct truth t, again;
	struct error err = { "" }, err2;
	enum status st, st2;

	truth_init(&t);
	truth_init(&again);
	st = truth_read(&t, text, &err);
	st2 = truth_read(&again, text, &err2);
	CHECK(st == st2 && t.n == again.n && t.inputs == again.inputs);
	CHECK(st == OK || err.text[0]);
	for (size_t i = 0; i < t.n; i++)
		CHECK(!ip_equal(&t.mark[i].host, &nobody) &&
		      t.mark[i].class != TRUTH_UNKNOWN &&
		      memcmp(&t.mark[i].host, &again.mark[i].host, sizeof nobody) == 0);
	(void)truth_recognise(text);
	CHECK((int)label_of(text) <= (int)TRUTH_MALICIOUS);
	truth_release(&t);
	truth_release(&again);
	return 0;
}
