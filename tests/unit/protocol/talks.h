/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talks.h - conversations as packets, and what a reader makes of them.
 */
#ifndef TESTS_PROTOCOL_TALKS_H
#define TESTS_PROTOCOL_TALKS_H

#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "protocol/reader.h"

/* What one side says at once. TEXT counts the bytes, so that they may hold NUL. */
struct said {
	bool from_resp;
	const char *bytes;
	size_t n;
};
#define CLIENT(text)                          \
	{                                     \
		false, text, sizeof(text) - 1 \
	}
#define SERVER(text)                         \
	{                                    \
		true, text, sizeof(text) - 1 \
	}
#define SAID_MAX 12

/* How the bytes travel. */
struct way {
	uint8_t proto;
	uint16_t port;
	size_t most; /* bytes of a segment, 0: all that is said at once */
	bool
	    disordered; /* segments of what is said at once come in any order, some twice */
	size_t memory;
};

struct listener {
	struct buf lines; /* one for each trait, in short */
	enum service service;
	struct reader_counters counters;
};

static void
put_span(struct buf *out, struct span s)
{
	if (s.len == 0)
		buf_putc(out, '-');
	buf_put(out, s.at, s.len);
	buf_putc(out, ' ');
}

static void
put_dns(struct buf *out, const struct trait_dns *d)
{
	put_span(out, d->query);
	buf_printf(out, "%u", d->qtype);
	if (!d->answered) {
		buf_puts(out, " unanswered");
		return;
	}
	buf_printf(out, " rcode %u", d->rcode);
	for (unsigned i = 0; i < d->answers; i++) {
		char text[IP_TEXT];

		buf_putc(out, ' ');
		if (d->answer[i].is_address)
			buf_puts(out, ip_text(&d->answer[i].address, text));
		else
			buf_put(out, d->answer[i].text.at, d->answer[i].text.len);
		buf_printf(out, "/%u", d->answer[i].ttl);
	}
}

static void
put_http(struct buf *out, const struct trait_http *h)
{
	buf_printf(out, "%u ", h->depth);
	put_span(out, h->method);
	put_span(out, h->host);
	if (h->port)
		buf_printf(out, ":%u ", h->port);
	put_span(out, h->uri);
	put_span(out, h->user_agent);
	buf_printf(out, "%u %u+%u", h->status, (unsigned)h->request_len,
	    (unsigned)h->response_len);
	if (h->proxied)
		buf_puts(out, " proxied");
}

static void
put_tls(struct buf *out, const struct trait_tls *t)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
		{ TRAIT_TLS_ESTABLISHED, " established" },
		{ TRAIT_TLS_RESUMED, " resumed" },
		{ TRAIT_TLS_CERT, " certificate" },
		{ TRAIT_TLS_SELF_SIGNED, " self-signed" },
		{ TRAIT_TLS_ECH, " ech" },
		{ TRAIT_TLS_QUIC, " quic" },
	};

	put_span(out, t->server_name);
	put_span(out, t->alpn);
	buf_printf(
	    out, "%04x/%04x %04x %s", t->client_version, t->version, t->cipher, t->ja4);
	if (t->ja4_retry[0])
		buf_printf(out, " then %s", t->ja4_retry);
	for (size_t i = 0; i < COUNT(words); i++)
		if (t->flags & words[i].flag)
			buf_puts(out, words[i].word);
	if (t->flags & TRAIT_TLS_CERT) {
		buf_putc(out, ' ');
		buf_put(out, t->subject.at, t->subject.len);
	}
}

static void
listen_trait(void *state, const struct trait *t)
{
	struct listener *l = state;

	if (t->kind == TRAIT_DNS)
		put_dns(&l->lines, &t->dns);
	else if (t->kind == TRAIT_HTTP)
		put_http(&l->lines, &t->http);
	else if (t->kind == TRAIT_TLS)
		put_tls(&l->lines, &t->tls);
	else
		trait_encode(t, &l->lines);
	buf_putc(&l->lines, '\n');
}

static void
listen_flow(void *state, const struct flow *f)
{
	struct listener *l = state;

	l->service = f->service;
}

/* Both ends, and the packets between them. */
struct wire {
	struct flow_table *table;
	const struct way *way;
	uint32_t seq[2];
	uint64_t now;
	bool turned; /* the one who answered before opens this one */
};

static void
wire_send(
    struct wire *w, bool from_resp, uint32_t at, const char *bytes, size_t n, uint8_t flags)
{
	struct packet p = {
		.time_ns = w->now,
		.clock_ns = w->now,
		.src = ip_from_v4(
		    (const uint8_t[4]){ 192, 0, 2, from_resp != w->turned ? 2 : 1 }),
		.dst = ip_from_v4(
		    (const uint8_t[4]){ 192, 0, 2, from_resp != w->turned ? 1 : 2 }),
		.src_port = from_resp ? w->way->port : 40000,
		.dst_port = from_resp ? 40000 : w->way->port,
		.proto = w->way->proto,
		.tcp_flags = flags,
		.seq = at,
		.ack = w->seq[!from_resp],
		.tcp_window = 1000,
		.ip_bytes = (uint32_t)(n + 40),
		.data_bytes = (uint32_t)n,
		.data = { (const uint8_t *)bytes, n },
	};
	const struct packet *one = &p;

	w->now += 1000000;
	flow_table_see(w->table, &one, 1);
}

static void
wire_say(struct wire *w, const struct said *s)
{
	size_t most = w->way->most ? w->way->most : s->n, n = 0;
	size_t at[16384];

	for (size_t from = 0; from < s->n; from += most) {
		assert_true(n + 1 < COUNT(at));
		at[n++] = from;
		if (w->way->disordered && random() % 4 == 0)
			at[n++] = from;
	}
	for (size_t i = 0; w->way->disordered && i < n; i++) {
		/* Near its place: what is too early is given up. */
		size_t k = i + (size_t)random() % (n - i < 4 ? n - i : 4), t = at[i];

		at[i] = at[k];
		at[k] = t;
	}
	for (size_t i = 0; i < n; i++)
		wire_send(w, s->from_resp, w->seq[s->from_resp] + (uint32_t)at[i],
		    s->bytes + at[i], s->n - at[i] < most ? s->n - at[i] : most,
		    TCP_ACK | TCP_PSH);
	w->seq[s->from_resp] += (uint32_t)s->n;
}

/* The listener's lines are to be released. */
static struct listener
listen_to(const struct said *said, unsigned n, const struct way *way)
{
	struct listener l = { 0 };
	struct flow_limits limits = flow_limits_default();
	struct wire w = { .way = way, .seq = { 1000, UINT32_MAX - 100 }, .now = 1 };
	struct flow_watch watch;
	struct reader *r;
	struct error err;

	buf_init(&l.lines, 1 << 20);
	limits.memory = 1 << 20;
	assert_int_equal(
	    reader_new(&r, way->memory ? way->memory : 1 << 20, listen_trait, &l, &err),
	    OK);
	assert_int_equal(flow_table_new(&w.table, &limits, listen_flow, &l, &err), OK);
	watch = reader_watch(r);
	flow_table_watch(w.table, &watch);
	if (way->proto == PROTO_TCP) {
		wire_send(&w, false, w.seq[0]++, NULL, 0, TCP_SYN);
		wire_send(&w, true, w.seq[1]++, NULL, 0, TCP_SYN | TCP_ACK);
	}
	for (unsigned i = 0; i < n && said[i].bytes; i++)
		wire_say(&w, &said[i]);
	flow_table_finish(w.table);
	l.counters = *reader_counters(r);
	flow_table_free(w.table);
	reader_free(r);
	buf_putc(&l.lines, '\0');
	return l;
}

#endif
