/* SPDX-License-Identifier: Apache-2.0 */
#include "record/trait_queue.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_MAX (1 + TRAIT_ANSWERS)
#define ALIGN     16

/* Bytes of a trait that mean something; what is behind them is not copied. */
static size_t
trait_size(const struct trait *t)
{
	switch ((enum trait_kind)t->kind) {
	case TRAIT_DNS:
		return offsetof(struct trait, dns.answer) +
		       t->dns.answers * sizeof *t->dns.answer;
	case TRAIT_HTTP:
		return offsetof(struct trait, http) + sizeof t->http;
	case TRAIT_TLS:
		return offsetof(struct trait, tls) + sizeof t->tls;
	case TRAIT_SSH:
		return offsetof(struct trait, ssh) + sizeof t->ssh;
	}
	check_failed("a trait is of a kind", __FILE__, __LINE__);
}

static unsigned
spans_of(struct trait *t, struct span *span[SPANS_MAX])
{
	unsigned n = 0;

	switch ((enum trait_kind)t->kind) {
	case TRAIT_DNS:
		span[n++] = &t->dns.query;
		for (unsigned i = 0; i < t->dns.answers; i++)
			span[n++] = &t->dns.answer[i].text;
		break;
	case TRAIT_HTTP:
		span[n++] = &t->http.method;
		span[n++] = &t->http.host;
		span[n++] = &t->http.uri;
		span[n++] = &t->http.user_agent;
		span[n++] = &t->http.version;
		span[n++] = &t->http.mime;
		break;
	case TRAIT_TLS:
		span[n++] = &t->tls.server_name;
		span[n++] = &t->tls.alpn;
		span[n++] = &t->tls.subject;
		span[n++] = &t->tls.issuer;
		break;
	case TRAIT_SSH:
		span[n++] = &t->ssh.client;
		span[n++] = &t->ssh.server;
		break;
	}
	return n;
}

static bool
make_room(struct trait_queue *q, size_t n)
{
	size_t room = q->room ? q->room : 4096;
	uint8_t *at;

	while (room - q->used < n)
		room *= 2;
	if (room == q->room)
		return true;
	at = realloc(q->at, room);
	if (at == NULL)
		return false;
	q->at = at;
	q->room = room;
	return true;
}

bool
trait_queue_put(struct trait_queue *q, const struct trait *t)
{
	struct span *span[SPANS_MAX];
	size_t n = trait_size(t);
	unsigned spans = spans_of((struct trait *)(uintptr_t)t, span); /* only read */
	uint8_t *to;

	for (unsigned i = 0; i < spans; i++)
		n += span[i]->len;
	if (!make_room(q, n + ALIGN))
		return false;
	to = q->at + q->used;
	memcpy(to, t, trait_size(t));
	to += trait_size(t);
	for (unsigned i = 0; i < spans; i++) {
		if (span[i]->len > 0)
			memcpy(to, span[i]->at, span[i]->len);
		to += span[i]->len;
	}
	q->used += (n + ALIGN - 1) / ALIGN * ALIGN;
	return true;
}

bool
trait_queue_next(const struct trait_queue *q, size_t *at, struct trait *out)
{
	struct span *span[SPANS_MAX];
	const struct trait *t;
	const uint8_t *text;
	unsigned spans;

	if (*at == q->used)
		return false;
	t = (const void *)(q->at + *at);
	memcpy(out, t, trait_size(t));
	text = (const uint8_t *)t + trait_size(t);
	spans = spans_of(out, span);
	for (unsigned i = 0; i < spans; i++) {
		span[i]->at = text;
		text += span[i]->len;
	}
	*at += ((size_t)(text - (const uint8_t *)t) + ALIGN - 1) / ALIGN * ALIGN;
	return true;
}

void
trait_queue_reset(struct trait_queue *q)
{
	q->used = 0;
}

void
trait_queue_release(struct trait_queue *q)
{
	free(q->at);
	*q = (struct trait_queue){ 0 };
}
