/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_message.h - one message of DNS (RFC 1035 section 4), and of its relatives
 * mDNS (RFC 6762), LLMNR (RFC 4795) and NetBIOS names (RFC 1002).
 */
#ifndef PROTOCOL_DNS_MESSAGE_H
#define PROTOCOL_DNS_MESSAGE_H

#include "protocol/parser.h"

#define DNS_HEADER    12
#define DNS_QUESTIONS 8                /* of one message that are kept */
#define DNS_TEXTS     3072             /* bytes of names and texts of all answers */
#define DNS_NAME      (TRAIT_NAME + 1) /* room that dns_name needs */

struct dns_header {
	uint16_t id, flags;
	uint16_t questions, answers, authorities, additionals;
};

enum dns_flags {
	DNS_RESPONSE = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_UPDATE = 0x2800, /* of DNS_OPCODE */
	DNS_TRUNCATED = 0x0200,
	DNS_RCODE = 0x000f,
};

struct dns_question {
	uint16_t type, class;
	uint8_t len;
	char name[DNS_NAME]; /* labels joined by dots, lower case; "" is the root */
};

bool dns_header(struct cursor *, struct dns_header *);

/*
 * The name at the cursor, which stands in `message`. Compression may only point
 * backwards, so that no name is endless. False: it is none.
 */
bool dns_name(struct cursor *, struct span message, char name[DNS_NAME], uint8_t *len);
bool dns_question(struct cursor *, struct span message, struct dns_question *);

/*
 * Up to `count` records into `out->answer`, their texts into `texts`. False when
 * the message ends early; what came before is kept.
 */
bool dns_answers(struct cursor *, struct span message, unsigned count,
    char texts[DNS_TEXTS], struct trait_dns *out);

/*
 * Whether it reads like a message; `strict` where nothing but the bytes speaks for
 * it. NOT_YET: it is cut before that shows.
 */
enum answer dns_is_message(struct span message, bool strict, bool cut);

#endif
