/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_twin.h - lines of Zeek's the quick way and the long way, for tests and the
 * fuzz target.
 *
 * The quick way remembers what came before and reads past the end of a line; the
 * long way is given a reader that is new for each line, and nothing behind it. Both
 * must say the same of every line.
 */
#ifndef TESTS_ZEEK_TWIN_H
#define TESTS_ZEEK_TWIN_H

#include <stdlib.h>

#include "base/error.h"
#include "collect/zeek_json.h"
#include "collect/zeek_tsv.h"

struct zeek_twin {
	struct zeek_words quick, fresh;
	struct zeek_tsv tsv;
	uint64_t flows, refused;
};

static inline void
zeek_twin_init(struct zeek_twin *t)
{
	*t = (struct zeek_twin){ 0 };
	zeek_words_init(&t->quick);
	zeek_words_init(&t->fresh);
	zeek_tsv_init(&t->tsv);
}

static inline void
zeek_twin_same(const struct zeek_draft *a, const struct zeek_draft *b)
{
	CHECK(a->met == b->met);
	CHECK((a->why == NULL) == (b->why == NULL));
	if (a->why != NULL) {
		CHECK(strcmp(a->why, b->why) == 0 && a->bad_field == b->bad_field);
		CHECK(a->bad_value.at == b->bad_value.at);
		CHECK(a->bad_value.len == b->bad_value.len);
		return;
	}
	CHECK(strcmp(a->path, b->path) == 0);
	CHECK(memcmp(a->flow, b->flow, sizeof *a->flow) == 0);
}

static inline void
zeek_twin_line(struct zeek_twin *t, struct span line, const uint8_t *limit)
{
	struct zeek_words words = t->fresh;
	struct zeek_draft quick = { 0 }, slow = { 0 };
	struct flow a, b;
	enum zeek_kind kind = ZEEK_CONN;

	memset(&a, 0, sizeof a); /* and what is between its members */
	memset(&b, 0, sizeof b);
	zeek_draft_init(&quick, &a, &t->quick, limit);
	zeek_draft_init(&slow, &b, &words, NULL);
	if (line.at[0] == '#') {
		zeek_tsv_header(&t->tsv, &t->quick, line);
		return;
	}
	if (line.at[0] == '{' || line.at[0] == ' ') {
		kind = zeek_json_line(line, &quick);
		CHECK(zeek_json_line(line, &slow) == kind);
	} else if (t->tsv.columns > 0) {
		zeek_tsv_line(&t->tsv, line, &quick);
		zeek_tsv_line(&t->tsv, line, &slow);
	}
	zeek_twin_same(&quick, &slow);
	t->flows += kind == ZEEK_CONN && quick.why == NULL;
	t->refused += quick.why != NULL;
}

/* Every line of a log. */
static inline void
zeek_twin_log(struct zeek_twin *t, struct span log)
{
	const uint8_t *limit = log.at + log.len;

	while (log.len > 0) {
		const uint8_t *end = memchr(log.at, '\n', log.len);
		struct span line = { log.at, end ? (size_t)(end - log.at) : log.len };

		log.at += line.len + (end != NULL);
		log.len -= line.len + (end != NULL);
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (line.len > 0)
			zeek_twin_line(t, line, limit);
	}
}

#endif
