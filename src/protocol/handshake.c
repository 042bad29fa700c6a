/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/handshake.h"

#include "protocol/certificate.h"

enum { WORK = 8192 };

void
handshake_begin(
    struct handshake *h, enum fingerprint_carrier carrier, struct prints *prints)
{
	memset(h, 0, offsetof(struct handshake, name));
	h->carrier = (uint8_t)carrier;
	h->prints = prints;
	if (carrier == CARRIER_QUIC)
		h->tls.flags = TRAIT_TLS_QUIC;
}

static struct span
keep(uint8_t *to, size_t max, struct span s)
{
	size_t n = s.len < max ? s.len : max;

	if (n > 0)
		memcpy(to, s.at, n);
	return (struct span){ to, n };
}

/* A host's name: lower case, no last dot. */
static struct span
keep_name(uint8_t *to, struct span name)
{
	struct span s = keep(to, TRAIT_NAME, name);

	if (s.len > 0 && s.at[s.len - 1] == '.')
		s.len--;
	for (size_t i = 0; i < s.len; i++)
		if (to[i] >= 'A' && to[i] <= 'Z')
			to[i] = (uint8_t)(to[i] + ('a' - 'A'));
	return s;
}

static void
begin_at(struct handshake *h, uint64_t time_ns, bool server_is_resp)
{
	if (h->hello || h->answer)
		return;
	h->time_ns = time_ns;
	h->server_is_resp = server_is_resp;
}

/* A second ClientHello, after a retry, is the first one again but for its fingerprint. */
static void
client_hello_again(struct handshake *h, const struct hello_client *c, struct buf *work)
{
	struct trait_tls *t = &h->tls;

	if (h->retried && t->ja4_retry[0] == '\0' &&
	    !fingerprint_ja4(c, (enum fingerprint_carrier)h->carrier, work, t->ja4_retry))
		t->ja4_retry[0] = '\0';
}

static void
client_hello(
    struct handshake *h, bool from_resp, uint64_t time_ns, const struct hello_client *c)
{
	static const uint8_t none[32] = { 0 };
	char room[WORK];
	struct buf work = buf_over(room, sizeof room);
	struct trait_tls *t = &h->tls;

	if (h->hello) {
		client_hello_again(h, c, &work);
		return;
	}
	begin_at(h, time_ns, !from_resp);
	h->hello = true;
	h->psk = c->psk;
	h->session_len = (uint8_t)c->session_id.len;
	(void)keep(h->session, sizeof h->session, c->session_id);
	if (h->session_len == 32 && memcmp(h->session, none, 32) == 0)
		h->session_len = 0;
	h->ticket = c->ticket && h->session_len == 0;
	t->client_version = c->highest;
	t->server_name = keep_name(h->name, c->name);
	if (!h->answer)
		t->alpn = keep(h->alpn, TRAIT_NAME, c->alpn);
	if (c->ech)
		t->flags |= TRAIT_TLS_ECH;
	prints_of(h->prints, c, (enum fingerprint_carrier)h->carrier, &work, t);
}

/*
 * Resumed as Zeek means it: TLS 1.3 by the pre-shared key that both name; before
 * that by the session id that comes back, or (client_key) by a ticket.
 */
static void
server_hello(
    struct handshake *h, bool from_resp, uint64_t time_ns, const struct hello_server *s)
{
	char room[WORK];
	struct buf work = buf_over(room, sizeof room);
	struct trait_tls *t = &h->tls;

	begin_at(h, time_ns, from_resp);
	t->version = s->selected;
	t->cipher = s->cipher;
	if (h->answer)
		return;
	prints_of_server(h->prints, s, &work, t);
	h->retried = s->retry;
	if (s->retry) /* another comes, if the client goes on */
		return;
	h->answer = true;
	if (s->alpn.len > 0)
		t->alpn = keep(h->alpn, TRAIT_NAME, s->alpn);
	if (s->psk && h->psk)
		t->flags |= TRAIT_TLS_RESUMED;
	if (h->session_len > 0 && hello_before_1_3(s->selected) &&
	    s->session_id.len == h->session_len &&
	    memcmp(s->session_id.at, h->session, h->session_len) == 0)
		t->flags |= TRAIT_TLS_RESUMED;
}

/* RFC 5246 section 7.4.2: the first of the list is the server's own. */
static bool
certificate(struct handshake *h, struct span message)
{
	char room[2 * TRAIT_TEXT + 1];
	struct buf text = buf_over(room, sizeof room);
	struct cursor c = cursor_of(message);
	struct trait_tls *t = &h->tls;
	struct certificate of;
	size_t n;

	cursor_skip(&c, 3);
	n = (size_t)cursor_u8(&c) << 16;
	n |= cursor_be16(&c);
	if (n == 0 && !c.bad)
		return true;
	if (!certificate_read(cursor_take(&c, n), &text, &of) || c.bad)
		return false;
	t->cert_sha256 = of.sha256;
	memcpy(t->cert_sha1, of.sha1, sizeof t->cert_sha1);
	t->subject = keep(h->subject, TRAIT_TEXT, of.subject);
	t->issuer = keep(h->issuer, TRAIT_TEXT, of.issuer);
	t->not_before_ns = of.not_before_ns;
	t->not_after_ns = of.not_after_ns;
	t->flags |= TRAIT_TLS_CERT;
	if (of.self_signed)
		t->flags |= TRAIT_TLS_SELF_SIGNED;
	return true;
}

bool
handshake_message(struct handshake *h, bool from_resp, uint64_t time_ns, uint8_t type,
    struct span message)
{
	struct hello_client c;
	struct hello_server s;

	switch (type) {
	case HANDSHAKE_CLIENT_HELLO:
		if (!hello_client_read(message, h->carrier == CARRIER_DATAGRAM, &c))
			return false;
		client_hello(h, from_resp, time_ns, &c);
		return true;
	case HANDSHAKE_SERVER_HELLO:
		if (!hello_server_read(message, &s))
			return false;
		server_hello(h, from_resp, time_ns, &s);
		return true;
	case HANDSHAKE_CERTIFICATE:
		if (from_resp != h->server_is_resp || (h->tls.flags & TRAIT_TLS_CERT))
			return true;
		return certificate(h, message);
	case HANDSHAKE_CLIENT_KEY:
		h->key_sent = true;
		return true;
	default:
		return true;
	}
}

bool
handshake_message_v2(
    struct handshake *h, bool from_resp, uint64_t time_ns, struct span message)
{
	struct hello_client c;

	if (!hello_client_read_v2(message, &c))
		return false;
	client_hello(h, from_resp, time_ns, &c);
	return true;
}

void
handshake_switch(struct handshake *h, bool from_resp)
{
	if (from_resp != h->server_is_resp && h->ticket && !h->key_sent &&
	    hello_before_1_3(h->tls.version))
		h->tls.flags |= TRAIT_TLS_RESUMED;
	h->switched[from_resp] = true;
}

void
handshake_sealed(struct handshake *h, bool from_resp)
{
	h->sealed[from_resp] = true;
	if (h->sealed[!from_resp] && (h->hello || h->answer))
		h->tls.flags |= TRAIT_TLS_ESTABLISHED;
}

bool
handshake_is_over(const struct handshake *h)
{
	return h->tls.flags & TRAIT_TLS_ESTABLISHED;
}

bool
handshake_trait(const struct handshake *h, struct trait *out)
{
	if (!h->hello && !h->answer)
		return false;
	out->time_ns = h->time_ns;
	out->kind = TRAIT_TLS;
	out->tls = h->tls;
	return true;
}
