/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traits.h - traits by chance, of every kind, with any bytes in their texts.
 */
#ifndef TESTS_TRAITS_H
#define TESTS_TRAITS_H

#include <stdlib.h>
#include <string.h>

#include "record/trait.h"

/* Texts of one trait lie here. */
struct trait_room {
	uint8_t at[64 * 1024];
	size_t n;
};

static inline uint64_t
random_count(void)
{
	uint64_t v = (uint64_t)random() << 32 ^ (uint64_t)random() << 1;

	return (v & (uint64_t)INT64_MAX) >> (random() % 63);
}

static inline struct span
random_text(struct trait_room *room, size_t most)
{
	static const char pieces[] = "abc.\\\\x\"\n\xc3\xa9\xff/ 7";
	size_t n = random() % 8 ? (size_t)random() % 20 : (size_t)random() % (most + 1);
	uint8_t *at = room->at + room->n;

	for (size_t i = 0; i < n; i++)
		at[i] = random() % 3 ? (uint8_t)pieces[(size_t)random() % sizeof pieces]
				     : (uint8_t)random();
	room->n += n;
	return n ? (struct span){ at, n } : (struct span){ 0 };
}

static inline struct ip
random_ip(void)
{
	struct ip ip = ip_from_v4((const uint8_t[4]){ 192, 0, 2, (uint8_t)random() });

	for (size_t i = random() % 2 ? 0 : 16; i < sizeof ip.b; i++)
		ip.b[i] = (uint8_t)random();
	return ip;
}

static inline void
random_bytes(uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)random();
}

static inline void
random_dns(struct trait_dns *d, struct trait_room *room)
{
	d->query = random_text(room, TRAIT_NAME);
	d->id = (uint16_t)random();
	d->qtype = (uint16_t)random();
	d->qclass = (uint16_t)random();
	d->rcode = (uint8_t)random();
	d->answered = random() % 2;
	d->truncated = random() % 2;
	d->rtt_ns = random_count();
	d->answers = (unsigned)random() % (TRAIT_ANSWERS + 1);
	d->answers_more = (unsigned)random();
	for (unsigned i = 0; i < d->answers; i++) {
		struct trait_answer *a = &d->answer[i];

		a->type = (uint16_t)random();
		a->ttl = (uint32_t)random();
		a->is_address = random() % 2;
		if (a->is_address)
			a->address = random_ip();
		else
			a->text = random_text(room, TRAIT_TEXT);
	}
}

static inline void
random_http(struct trait_http *h, struct trait_room *room)
{
	h->method = random_text(room, 16);
	h->host = random_text(room, TRAIT_NAME);
	h->uri = random_text(room, TRAIT_TEXT);
	h->user_agent = random_text(room, TRAIT_TEXT);
	h->version = random_text(room, 8);
	h->mime = random_text(room, TRAIT_TEXT);
	h->status = (uint16_t)random();
	h->port = (uint16_t)random();
	h->depth = (uint32_t)random();
	h->proxied = random() % 2;
	h->request_len = random_count();
	h->response_len = random_count();
}

static inline void
random_tls(struct trait_tls *t, struct trait_room *room)
{
	t->server_name = random_text(room, TRAIT_NAME);
	t->alpn = random_text(room, 16);
	t->subject = random_text(room, TRAIT_TEXT);
	t->issuer = random_text(room, TRAIT_TEXT);
	t->version = (uint16_t)random();
	t->client_version = (uint16_t)random();
	t->cipher = (uint16_t)random();
	t->flags = (uint16_t)random() & 255;
	if (t->flags & TRAIT_TLS_JA3)
		random_bytes(t->ja3, sizeof t->ja3);
	if (t->flags & TRAIT_TLS_JA3S)
		random_bytes(t->ja3s, sizeof t->ja3s);
	if (random() % 2)
		memcpy(t->ja4_retry, "t13d1515h2_8daaf6152771_f37e75b10bcc", TRAIT_JA4 + 1);
	if (random() % 2)
		memcpy(t->ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1", TRAIT_JA4 + 1);
	if (random() % 2)
		random_bytes(t->cert_sha256.b, sizeof t->cert_sha256.b);
	if (random() % 2)
		random_bytes(t->cert_sha1, sizeof t->cert_sha1);
	t->not_before_ns = random_count();
	t->not_after_ns = random_count();
}

static inline void
random_ssh(struct trait_ssh *s, struct trait_room *room)
{
	s->client = random_text(room, 64);
	s->server = random_text(room, 64);
	s->has_hassh = random() % 2;
	if (s->has_hassh)
		random_bytes(s->hassh, sizeof s->hassh);
	s->has_hassh_server = random() % 2;
	if (s->has_hassh_server)
		random_bytes(s->hassh_server, sizeof s->hassh_server);
	s->auth = (enum trait_outcome)(random() % 3);
	s->attempts = (uint32_t)random();
}

static inline void
random_file(struct trait_file *f, struct trait_room *room)
{
	f->source = random_text(room, 16);
	f->mime = random_text(room, TRAIT_TEXT);
	f->filename = random_text(room, TRAIT_TEXT);
	f->from_orig = random() % 2;
	f->seen = random_count();
	f->total = random_count();
	f->missing = random_count();
	if (random() % 2)
		random_bytes(f->md5, sizeof f->md5);
	if (random() % 2)
		random_bytes(f->sha1, sizeof f->sha1);
	if (random() % 2)
		random_bytes(f->sha256.b, sizeof f->sha256.b);
}

static inline void
random_dhcp(struct trait_dhcp *d, struct trait_room *room)
{
	d->host_name = random_text(room, TRAIT_NAME);
	d->mac = random_text(room, 17);
	d->assigned = random_text(room, 40);
	d->messages = random_text(room, TRAIT_NAME);
}

static inline struct trait
random_trait(struct trait_room *room)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_ICMP6, 0, 255 };
	struct trait t;

	memset(&t, 0, sizeof t);
	room->n = 0;
	t.time_ns = random_count();
	t.orig = random_ip();
	t.resp = random_ip();
	t.orig_port = (uint16_t)random();
	t.resp_port = (uint16_t)random();
	t.proto = protos[(size_t)random() % sizeof protos];
	t.kind = (uint8_t)(random() % TRAIT_KIND_COUNT);
	t.where = random_count();
	t.uid = random() % 2 ? (uint64_t)random() << 33 | (uint64_t)random() : 0;
	if (t.kind == TRAIT_DNS)
		random_dns(&t.dns, room);
	if (t.kind == TRAIT_HTTP)
		random_http(&t.http, room);
	if (t.kind == TRAIT_TLS)
		random_tls(&t.tls, room);
	if (t.kind == TRAIT_SSH)
		random_ssh(&t.ssh, room);
	if (t.kind == TRAIT_FILE)
		random_file(&t.file, room);
	if (t.kind == TRAIT_DHCP)
		random_dhcp(&t.dhcp, room);
	if (t.kind == TRAIT_NTP)
		t.ntp = (struct trait_ntp){ (uint8_t)random(), (uint8_t)random(),
			(uint8_t)random(), random_text(room, TRAIT_NAME) };
	if (t.kind == TRAIT_ECHO)
		t.echo = (struct trait_echo){ .request_bytes = random_count(),
			.reply_bytes = random_count(),
			.requests = (uint32_t)random(),
			.replies = (uint32_t)random(),
			.request_changes = (uint32_t)random(),
			.differ = (uint32_t)random(),
			.differ_changes = (uint32_t)random(),
			.differ_bytes = random_count() };
	return t;
}

#endif
