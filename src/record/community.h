/* SPDX-License-Identifier: Apache-2.0 */
/*
 * community.h - Community ID version 1, the name that other tools give a flow.
 *
 * "1:" and the base64 of a SHA-1 over seed, addresses, protocol and ports, the
 * same for both directions (github.com/corelight/community-id-spec).
 */
#ifndef RECORD_COMMUNITY_H
#define RECORD_COMMUNITY_H

#include "record/flow.h"

#define COMMUNITY_TEXT 31 /* "1:" and 28 characters, terminated */

struct ends {
	struct ip src, dst;
	uint16_t src_port, dst_port; /* of ICMP type and code, or Zeek's pair of types */
	uint8_t proto;
};

/* Returns `text`. CHECKs on OpenSSL's failure. */
const char *community_id(const struct ends *, uint16_t seed, char text[COMMUNITY_TEXT]);

static inline const char *
community_of(const struct flow *f, uint16_t seed, char text[COMMUNITY_TEXT])
{
	struct ends e = { f->orig, f->resp, f->orig_port, f->resp_port, f->proto };

	return community_id(&e, seed, text);
}

#endif
