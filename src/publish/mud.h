/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud.h - rules as a MUD file (RFC 8520, RFC 8519), for people to read and change.
 */
#ifndef PUBLISH_MUD_H
#define PUBLISH_MUD_H

#include "base/buf.h"
#include "record/permit.h"

struct mud_head {
	const char *url;  /* https://..., of the file */
	const char *info; /* what the device is, for its operator; UTF-8 */
	uint64_t updated_ns;
};

/*
 * Rules that open something, of PERMIT_NET, PERMIT_NAME and PERMIT_CONTROLLER,
 * each with a family; those of the answers are written beside them. E_NOMEM.
 */
enum status publish_mud(const struct mud_head *, const struct permit *, size_t n,
    struct buf *out, struct error *) MUST_USE;

#endif
