/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as events of Suricata's that tell traits. Each trait has a time and
 * survives its line; a line that tells nothing is another's or has a reason, and
 * no look-up is told more often than there are lines. What a rule said is printable.
 */
#include <string.h>

#include "base/error.h"
#include "collect/eve_alert.h"
#include "collect/eve_trait.h"
#include "collect/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	struct buf line, text, again;
	uint64_t n;
};

static void
on_trait(void *state, const struct trait *t)
{
	struct heard *x = state;
	struct span line;
	struct error err;
	struct trait back;

	CHECK(t->where > 0 && t->time_ns > 0);
	x->n++;
	buf_reset(&x->line);
	trait_encode(t, &x->line);
	if (x->line.bad)
		return;
	line = (struct span){ (const uint8_t *)x->line.at, x->line.len };
	CHECK(trait_decode(line, &x->text, &back, &err) == OK);
	buf_reset(&x->again);
	trait_encode(&back, &x->again);
	CHECK(x->again.len == line.len && memcmp(x->again.at, line.at, line.len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data, size }, line;
	struct heard x = { 0 };
	struct eve_traits *e;
	struct alert alert;
	uint64_t lines = 0;
	struct error err;

	buf_init(&x.line, (size_t)1 << 20);
	buf_init(&x.text, (size_t)1 << 20);
	buf_init(&x.again, (size_t)1 << 20);
	if (eve_traits_new(&e, on_trait, &x, &err) != OK)
		return 0;
	while (lines_cut(&rest, &line)) {
		const char *why;
		enum told told = eve_traits_line(e, line, ++lines, &why);

		CHECK(told != TOLD_FLOW && (told == TOLD_BAD) == (why != NULL));
		told = eve_alert_line(line, &alert, &why);
		CHECK(told != TOLD_FLOW && (told == TOLD_BAD) == (why != NULL));
		if (told != TOLD_NOTHING)
			continue;
		CHECK(alert.time_ns > 0 && strlen(alert.signature) < ALERT_TEXT);
		for (const char *s = alert.signature; *s; s++)
			CHECK(*s >= ' ' && *s < 0x7f);
	}
	eve_traits_finish(e);
	eve_traits_free(e);
	CHECK(x.n <= lines);
	buf_release(&x.line);
	buf_release(&x.text);
	buf_release(&x.again);
	return 0;
}
