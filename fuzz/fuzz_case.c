/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case is made of, from strangers: a line of the journal is in its one
 * spelling, so what parses is found again byte for byte; a body of any kind that
 * passes its shape has one spelling that passes too and is canonical; a figure that
 * is read prints a decimal that is read the same.
 */
#include <stdio.h>

#include "case/journal.h"
#include "case/kind.h"
#include "case/numeral.h"
#include "evidence/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_line(struct span in)
{
	struct journal_entry e;
	struct error err;

	if (journal_parse(in, &e, &err) != OK)
		return;
	CHECK(e.entry.at == in.at + 9 && e.entry.len < in.len);
	CHECK(e.body.at > e.entry.at && e.body.at + e.body.len < e.entry.at + e.entry.len);
	CHECK(json_is_object(e.value) && e.n >= 1);
	journal_release(&e);
}

static void
fuzz_body(struct span in)
{
	json_t *body, *again;
	struct error err;

	if (shape_load(in, &body, &err) != OK)
		return;
	for (unsigned i = 0; i < kinds_n; i++) {
		struct buf text = { .max = (size_t)16 << 20 };
		struct span value;
		struct cursor c;

		if (shape_check(kinds[i].shape, body, &err) != OK)
			continue;
		shape_put(body, &text);
		c = cursor_of(buf_span(&text));
		CHECK(!text.bad && canonical_value(&c, &value) && c.left == 0);
		CHECK(shape_load(buf_span(&text), &again, &err) == OK);
		CHECK(json_equal(body, again));
		json_decref(again);
		buf_release(&text);
	}
	json_decref(body);
}

static void
fuzz_numeral(struct span in)
{
	struct buf decimal = { .max = 64 };
	struct numeral v;
	struct error err;
	char text[256];
	int64_t again;

	(void)snprintf(text, sizeof text, "%.*s", (int)(in.len < 255 ? in.len : 255),
	    in.len ? (const char *)in.at : "");
	if (numeral_read(text, &v, &err) == OK) {
		CHECK(v.millionths >= 0);
		numeral_put(v.millionths, &decimal);
		CHECK(numeral_value(decimal.at, &again) && again == v.millionths);
	}
	buf_release(&decimal);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	fuzz_line(in);
	fuzz_body(in);
	fuzz_numeral(in);
	return 0;
}
