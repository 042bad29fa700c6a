/* SPDX-License-Identifier: Apache-2.0 */
#include "record/trait_queue.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_MAX (1 + TRAIT_ANSWERS)
#define ALIGN     16
#define ROOM      ((size_t)64 << 10)

/* Memory for queued traits: the first, which is the largest, is being filled. */
struct queue_room {
	struct queue_room *full; /* those before it */
	size_t used, size;
	_Alignas(ALIGN) uint8_t at[];
};

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
	case TRAIT_FILE:
		return offsetof(struct trait, file) + sizeof t->file;
	case TRAIT_NTP:
		return offsetof(struct trait, ntp) + sizeof t->ntp;
	case TRAIT_DHCP:
		return offsetof(struct trait, dhcp) + sizeof t->dhcp;
	case TRAIT_ECHO:
		return offsetof(struct trait, echo) + sizeof t->echo;
	case TRAIT_KIND_COUNT:
		break;
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
	case TRAIT_FILE:
		span[n++] = &t->file.source;
		span[n++] = &t->file.mime;
		span[n++] = &t->file.filename;
		break;
	case TRAIT_NTP:
		span[n++] = &t->ntp.ref;
		break;
	case TRAIT_DHCP:
		span[n++] = &t->dhcp.host_name;
		span[n++] = &t->dhcp.mac;
		span[n++] = &t->dhcp.assigned;
		span[n++] = &t->dhcp.messages;
		break;
	case TRAIT_ECHO:
	case TRAIT_KIND_COUNT:
		break;
	}
	return n;
}

/* `n` bytes that stay where they are; NULL: there is no memory. */
static void *
room_take(struct trait_queue *q, size_t n)
{
	struct queue_room *r = q->room;
	void *at;

	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (r == NULL || r->size - r->used < n) {
		size_t size = r ? 2 * r->size : ROOM;

		size = n > size ? n : size;
		r = malloc(sizeof *r + size);
		if (r == NULL)
			return NULL;
		r->full = q->room;
		r->used = 0;
		r->size = size;
		q->room = r;
	}
	at = r->at + r->used;
	r->used += n;
	return at;
}

static void
rooms_free(struct queue_room *r)
{
	while (r) {
		struct queue_room *next = r->full;

		free(r);
		r = next;
	}
}

/* Its texts go where they will lie. */
static void
keep_texts(struct trait *t, uint8_t *to)
{
	struct span *span[SPANS_MAX];
	unsigned spans = spans_of(t, span);

	for (unsigned i = 0; i < spans; i++) {
		if (span[i]->len > 0)
			memcpy(to, span[i]->at, span[i]->len);
		span[i]->at = to;
		to += span[i]->len;
	}
}

bool
trait_queue_put(struct trait_queue *q, unsigned lane, const struct trait *t)
{
	struct span *span[SPANS_MAX];
	size_t size = trait_size(t), texts = 0;
	unsigned spans = spans_of((struct trait *)(uintptr_t)t, span); /* only read */
	struct trait_chain *chain = &q->lane[lane];
	struct trait_queued *queued;

	CHECK(lane < TRAIT_LANES);
	for (unsigned i = 0; i < spans; i++)
		texts += span[i]->len;
	queued = room_take(q, offsetof(struct trait_queued, trait) + size + texts);
	if (queued == NULL)
		return false;
	queued->next = queued->next_of_lane = NULL;
	memcpy(&queued->trait, t, size);
	keep_texts(&queued->trait, (uint8_t *)&queued->trait + size);
	if (q->all.last)
		q->all.last->next = queued;
	else
		q->all.first = queued;
	q->all.last = queued;
	if (chain->last)
		chain->last->next_of_lane = queued;
	else
		chain->first = queued;
	chain->last = queued;
	return true;
}

void
trait_queue_reset(struct trait_queue *q)
{
	struct queue_room *r = q->room;

	if (r) {
		rooms_free(r->full);
		r->full = NULL;
		r->used = 0;
	}
	*q = (struct trait_queue){ .room = r };
}

void
trait_queue_release(struct trait_queue *q)
{
	rooms_free(q->room);
	*q = (struct trait_queue){ 0 };
}
