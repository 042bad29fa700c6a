/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_asks.h - requests that wait for their responses, in one piece of a talk.
 */
#ifndef PROTOCOL_HTTP_ASKS_H
#define PROTOCOL_HTTP_ASKS_H

#include "protocol/parser.h"

#define ASKS 16

/* A part of the piece's text. */
struct text {
	uint16_t at, n;
};

struct ask {
	uint64_t time_ns;
	uint64_t body;
	struct text method, host, uri, user_agent;
	uint32_t depth;
	uint16_t port;
	bool proxied;
	bool bare; /* without a version: what answers it is a body (HTTP/0.9) */
};

struct asks {
	unsigned first, n; /* a ring */
	unsigned used;     /* of text */
	struct ask ask[ASKS];
	char text[];
};

#define ASKS_TEXT (TALK_PIECE - sizeof(struct asks))

/* One more, not cleared; NULL: no memory, or (there are `asks`) too many wait. */
struct ask *ask_new(struct talk *, struct asks **);
struct ask *ask_latest(struct asks *); /* takes NULL; NULL: none waits */

/* At most so many bytes of it, and as many as there is room for. */
struct text ask_keep(struct asks *, struct span, size_t most);
struct span ask_kept(const struct asks *, struct text);

/* host[:port], which is kept in lower case and without the last dot. */
void ask_host(struct asks *, struct ask *, struct span host);

/* An absolute URI is what a proxy is asked; the authority is the peer (RFC 9112 section 3.2.2). */
void ask_target(struct asks *, struct ask *, struct span method, struct span uri);

#endif
