/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selector.h - what to look for, without saying it aloud.
 *
 *	peer 192.0.2.7 from 2026-06-10T00:00:00Z to 2026-06-11T00:00:00Z
 *	name c2.example.net
 *	community 1:wCb3OG7yAFWelaUydu0D+125CLM=
 *
 * A signed request holds HMAC-SHA-256(key, "geophone/selector/v1" NUL type NUL
 * value) of each, and the SHA-256 of the key. The key travels apart: with it one can
 * ask of anything one saw whether it was meant, and without it a request that is
 * logged or shown around tells nothing. Who has the key can also try all addresses
 * of IPv4: it hides from others, not from who was asked.
 */
#ifndef CASE_SELECTOR_H
#define CASE_SELECTOR_H

#include <jansson.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/ip.h"

#define SELECTOR_KEY    32
#define SELECTORS_MAX   64
#define SELECTOR_DOMAIN "geophone/selector/v1" /* and its NUL */

enum selector_type { SELECTOR_ADDRESS, SELECTOR_NAME, SELECTOR_COMMUNITY, SELECTOR_TYPES };

const char *selector_type_text(enum selector_type); /* "address" */

struct selector {
	enum selector_type type;
	struct digest keyed;
	uint64_t from_ns, to_ns; /* 0, UINT64_MAX: any time; both ends belong to it */
};

/* A line as above; "host", "ip" and "address" say what "peer" says. E_FORMAT. */
enum status selector_parse(struct span line, const uint8_t key[static SELECTOR_KEY],
    struct selector *out, struct error *) MUST_USE;

/* {"from"?,"hmac","to"?,"type"} of a request, and back. */
json_t *selector_json(const struct selector *);
enum status selector_read(const json_t *, struct selector *out, struct error *) MUST_USE;

/* What is heard, as a selector has it: names in lower case without the last dot. */
struct digest selector_keyed(
    enum selector_type, struct span value, const uint8_t key[static SELECTOR_KEY]);
struct digest selector_keyed_ip(const struct ip *, const uint8_t key[static SELECTOR_KEY]);

/* The commitment to a key that stands in the request. */
struct digest selector_key_id(const uint8_t key[static SELECTOR_KEY]);

#endif
