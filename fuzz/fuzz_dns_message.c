/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a message of DNS: names end, are within their limit and in lower
 * case, answers lie in the texts, and what is read twice is the same.
 */
#include <string.h>

#include "protocol/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_name(const char *name, size_t len)
{
	CHECK(len <= TRAIT_NAME && name[len] == '\0');
	for (size_t i = 0; i < len; i++)
		CHECK(name[i] < 'A' || name[i] > 'Z');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = { data, size };
	struct cursor c = cursor_of(message);
	char texts[DNS_TEXTS];
	struct dns_header h;
	struct dns_question q;
	struct trait_dns out;
	size_t left;

	(void)dns_is_message(message, true, false);
	if (!dns_header(&c, &h))
		return 0;
	for (unsigned i = 0; i < h.questions; i++) {
		left = c.left;
		if (!dns_question(&c, message, &q))
			return 0;
		CHECK(c.left + 5 <= left); /* reading goes on, never back */
		check_name(q.name, q.len);
	}
	(void)dns_answers(&c, message, h.answers, texts, &out);
	CHECK(out.answers <= TRAIT_ANSWERS && out.answers + out.answers_more <= h.answers);
	for (unsigned i = 0; i < out.answers; i++) {
		const struct span *s = &out.answer[i].text;

		CHECK(s->len <= TRAIT_TEXT);
		CHECK(
		    s->len == 0 || ((const char *)s->at >= texts &&
				       (const char *)s->at + s->len <= texts + DNS_TEXTS));
	}
	return 0;
}
