/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - evidence is asked for, and the answer comes.
 *
 * Four signed accounts (evidence/account.h) with the states of RFC 6545 section 5:
 *
 *	request          who asks whom for what, why, by what right and until when
 *	acknowledgement  approved, denied or pending, and the justification
 *	answer           match, no match, not covered: by who was asked
 *	                 unanswered: by who asked, after the deadline
 *
 * A reply names the request by the SHA-256 of its signed bytes and by its nonce. A
 * "no match" brings its coverage, or it is not taken: silence of a sensor that was
 * not listening is no evidence.
 */
#ifndef CASE_EXCHANGE_H
#define CASE_EXCHANGE_H

#include "case/shape.h"
#include "evidence/account.h"
#include "evidence/key.h"

struct exchange {
	enum account_kind kind; /* REQUEST, ACKNOWLEDGEMENT or ANSWER */
	uint64_t time_ns;       /* what the writer's clock said */
	json_t *body;           /* owned; of the kind's shape, and it makes sense */
	struct digest statement;
	char key_id[DIGEST_HEX];
};

/* NULL: no kind of exchange. */
const struct shape *exchange_shape(enum account_kind);

/* The shape, and what no shape can say: "no match" with coverage, times in order. */
enum status exchange_check(enum account_kind, json_t *body, struct error *) MUST_USE;

/* The bytes that were signed. E_FORMAT: no exchange; E_LIMIT. */
enum status exchange_decode(
    struct span statement, struct exchange *out, struct error *) MUST_USE;

/* An envelope, signed by this key. E_DIFFERS: it is not. */
enum status exchange_open(const struct key *, struct span envelope, struct exchange *out,
    struct error *) MUST_USE;
void exchange_release(struct exchange *); /* takes zeroed ones */

/*
 * Is this a reply to that request, by who may give it? "unanswered" is said by the
 * key that asked and after the deadline, all else by another key. E_DIFFERS.
 */
enum status exchange_belongs(
    const struct exchange *request, const struct exchange *reply, struct error *) MUST_USE;

/* When the request is due. */
uint64_t exchange_deadline(const struct exchange *request);

/* Text of the body; "" when there is none. Borrowed. */
const char *exchange_text(const struct exchange *, const char *key);

#endif
