/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy that is read is read again with a comment behind it, and says the
 * same of a checkpoint; an unsigned one satisfies none.
 */
#include "evidence/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char note[] =
    "log.geophone.example/golden\n300\nMAd/hznf7Z6WSaR8dGK1HbJOHw9eNzrQy0kpGw3XFkA=\n\n"
    "\xe2\x80\x94 log.geophone.example/golden "
    "czRm6KIU5eZwvSYp7Cgc8aXic9SeVkbSLbbPeORuGFf8NQmyBxS+"
    "q2t6DSMUILwd2os3EzeOOdHIHC9JwO80GXWCI"
    "Aw=\n"
    "\xe2\x80\x94 witness.geophone.example/w1 "
    "GHXc0gAAAABpVbkAIuclsdPmrfR5dK7aHMUNsyTASgml/ERshRZaSxrI3hPTqXlOhByJcSqpjtaCxr62S/"
    "OG1HN36"
    "Ur2wQW5bWoxDA==\n";
static const char bare[] =
    "log.geophone.example/golden\n300\nMAd/hznf7Z6WSaR8dGK1HbJOHw9eNzrQy0kpGw3XFkA=\n\n"
    "\xe2\x80\x94 somebody AAAAAAA=\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *p = NULL, *again = NULL;
	struct policy_answer a, b;
	struct error err;
	struct buf more;
	enum status st = policy_parse((struct span){ data, size }, &p, &err), first;

	if (st != OK) {
		CHECK(p == NULL);
		return 0;
	}
	buf_init(&more, POLICY_MAX + 64);
	buf_put(&more, data, size);
	buf_puts(&more, " \t# comment\n\n");
	CHECK(policy_parse(buf_span(&more), &again, &err) == OK);
	first = policy_check(
	    p, (struct span){ (const uint8_t *)note, sizeof note - 1 }, &a, &err);
	CHECK(policy_check(again, (struct span){ (const uint8_t *)note, sizeof note - 1 },
		  &b, &err) == first);
	CHECK(first == OK || first == E_DIFFERS);
	CHECK(first != OK || (a.cosigned == b.cosigned && a.cosigned <= 1));
	CHECK(policy_check(p, (struct span){ (const uint8_t *)bare, sizeof bare - 1 }, &a,
		  &err) == E_DIFFERS);
	policy_free(p), policy_free(again);
	buf_release(&more);
	return 0;
}
