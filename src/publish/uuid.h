/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uuid.h - names that follow from what they name (RFC 4122 section 4.3, version 5).
 */
#ifndef PUBLISH_UUID_H
#define PUBLISH_UUID_H

#include "base/cursor.h"

#define UUID_TEXT 37

struct uuid {
	uint8_t b[16];
};

/* The namespace STIX 2.1 section 2.9 gives to observables, for their ids alone. */
extern const struct uuid uuid_stix;
/* Ours, for everything else that we name. */
extern const struct uuid uuid_geophone;

struct uuid uuid_of(const struct uuid *space, struct span name);
/* Of a word of what it is and a key: "event" and a digest in hex. */
struct uuid uuid_ours(const char *what, const char *key);
const char *uuid_text(const struct uuid *, char text[static UUID_TEXT]);

#endif
