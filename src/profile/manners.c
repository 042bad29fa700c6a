/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/manners_own.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define LEVELS 64

static void
lay_out(struct manners *m)
{
	struct reserve *r = &m->reserve;

	m->at = reserve_take(r, m->most, sizeof *m->at);
	slots_take(&m->slot, r, m->most);
	m->by_host = reserve_take(r, m->most, sizeof *m->by_host);
	m->order = reserve_take(r, m->most, sizeof *m->order);
	m->other = reserve_take(r, m->most, sizeof *m->other);
}

enum status
manners_new(struct manners **out, size_t memory, struct error *err)
{
	struct manners *m = calloc(1, sizeof *m);
	size_t most = memory / (sizeof *m->at + 4 * sizeof *m->slot.at +
				   sizeof *m->by_host + 2 * sizeof *m->order);

	if (m == NULL)
		return error_set(err, E_NOMEM, "no memory for manners");
	most = most < 16 ? 16 : most;
	m->most = (uint32_t)(most < UINT32_MAX / 4 ? most : UINT32_MAX / 4);
	lay_out(m);
	if (!reserve_open(&m->reserve)) {
		free(m);
		return error_set(err, E_NOMEM, "no address space for manners");
	}
	lay_out(m);
	own_address_prepare(&m->own_address);
	*out = m;
	return OK;
}

void
manners_free(struct manners *m)
{
	if (m == NULL)
		return;
	reserve_close(&m->reserve);
	free(m);
}

const struct manners_counters *
manners_counters(const struct manners *m)
{
	return &m->counters;
}

uint64_t
manners_hash(const struct manner *m)
{
	uint8_t b[40] = { 0 };

	memcpy(b, m->host.b, 16);
	memcpy(b + 16, m->peer.b, 16);
	b[32] = (uint8_t)(m->port >> 8);
	b[33] = (uint8_t)m->port;
	b[34] = m->proto;
	b[35] = m->kind;
	return XXH3_64bits(b, sizeof b);
}

static bool
same_place(const struct manner *a, const struct manner *b)
{
	return ip_equal(&a->host, &b->host) && ip_equal(&a->peer, &b->peer) &&
	       a->port == b->port && a->proto == b->proto && a->kind == b->kind;
}

static bool
stays(const struct manners *m, uint64_t hash)
{
	return m->level == 0 || (m->level < LEVELS && hash >> (64 - m->level) == 0);
}

size_t
manners_slot(const struct manners *m, const struct manner *key, uint64_t hash)
{
	const struct slots *s = &m->slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    same_place(&m->at[slots_number(s->at[i])], key)))
		i = (i + 1) & s->mask;
	return i;
}

static void
raise_level(struct manners *m)
{
	uint32_t kept = 0;

	m->level++;
	slots_clear(&m->slot);
	for (uint32_t i = 0; i < m->n; i++) {
		uint64_t hash = manners_hash(&m->at[i]);

		if (!stays(m, hash))
			continue;
		m->at[kept] = m->at[i];
		m->slot.at[manners_slot(m, &m->at[kept], hash)] = slots_of(hash, kept);
		kept++;
	}
	m->n = kept;
}

/* Twice the places, once they are half full. */
static void
make_places(struct manners *m)
{
	if (!slots_crowded(&m->slot, m->n))
		return;
	slots_double(&m->slot);
	for (uint32_t i = 0; i < m->n; i++) {
		uint64_t hash = manners_hash(&m->at[i]);

		m->slot.at[manners_slot(m, &m->at[i], hash)] = slots_of(hash, i);
	}
}

/* NULL: it is one of those that go. */
static struct manner *
place(struct manners *m, const struct manner *key, uint64_t hash)
{
	size_t i;

	m->counters.seen++;
	for (;;) {
		if (!stays(m, hash)) {
			m->counters.shed++;
			return NULL;
		}
		i = manners_slot(m, key, hash);
		if (m->slot.at[i] != 0)
			return &m->at[slots_number(m->slot.at[i])];
		if (m->n < m->most)
			break;
		raise_level(m);
	}
	reserve_ahead(m->at, sizeof *m->at, m->n, m->most, &m->touched);
	m->at[m->n] = *key;
	m->slot.at[i] = slots_of(hash, m->n++);
	make_places(m);
	return &m->at[m->n - 1];
}

static uint32_t
one_more(uint32_t n)
{
	return n + (n != UINT32_MAX);
}

static struct manner
key_of(const struct trait *t, enum manner_kind kind)
{
	return (struct manner){ .host = t->orig,
		.peer = t->resp,
		.port = t->resp_port,
		.proto = t->proto,
		.kind = (uint8_t)kind,
		.first_ns = UINT64_MAX };
}

/* Printable, without spaces: it is shown, and goes into a context. */
static void
clean_text(struct span s, char *out, size_t room)
{
	size_t n = s.len < room - 1 ? s.len : room - 1;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.at[i];

		out[i] = c == ' ' ? '_' : (char)(c > ' ' && c < 0x7f ? c : '?');
	}
	memset(out + n, 0, room - n);
}

static void
hex_text(const char *prefix, const uint8_t *b, char out[static MANNER_TEXT])
{
	static const char digit[] = "0123456789abcdef";
	size_t at = strlen(prefix);

	memset(out, 0, MANNER_TEXT);
	memcpy(out, prefix, at);
	for (int i = 0; i < 16; i++) {
		out[at++] = digit[b[i] >> 4];
		out[at++] = digit[b[i] & 15];
	}
}

/* A fingerprint that was met: the least hash stays, others are known to have been. */
static void
see_print(struct manner *m, const char text[static MANNER_TEXT])
{
	uint64_t hash = XXH3_64bits(text, strlen(text));

	hash += hash == 0;
	if (m->print != 0 && m->print != hash)
		m->flags |= MANNER_PRINTS;
	if (m->print != 0 && m->print <= hash)
		return;
	m->print = hash;
	memcpy(m->print_text, text, MANNER_TEXT);
}

/* Two certificates may have the same names: the digest counts, if it is known. */
static uint64_t
hash_certificate(const struct trait_tls *t)
{
	static const struct digest none;
	uint64_t hash;

	if (memcmp(&t->cert_sha256, &none, sizeof none) != 0)
		hash = XXH3_64bits(&t->cert_sha256, sizeof t->cert_sha256);
	else
		hash = XXH3_64bits_withSeed(t->issuer.at, t->issuer.len,
		    XXH3_64bits(t->subject.at, t->subject.len));
	return hash + (hash == 0);
}

static bool
own_issuer(const struct trait_tls *t)
{
	return (t->flags & TRAIT_TLS_SELF_SIGNED) ||
	       (t->subject.len > 0 && t->subject.len == t->issuer.len &&
		   memcmp(t->subject.at, t->issuer.at, t->subject.len) == 0);
}

static void
see_certificate(struct manner *m, const struct trait_tls *t)
{
	uint64_t hash = hash_certificate(t);

	if (m->cert != 0 && m->cert < hash)
		return;
	if (m->cert != hash) {
		m->flags &= MANNER_PRINTS;
		m->flags |= MANNER_CERT;
		m->cert = hash;
		m->from_ns = m->until_ns = 0;
		clean_text(t->subject, m->subject, sizeof m->subject);
	}
	/* Of one certificate a source may tell more than another. */
	if (own_issuer(t))
		m->flags |= MANNER_SELF_SIGNED;
	if (t->not_after_ns > 0 &&
	    (!(m->flags & MANNER_VALIDITY) || t->not_after_ns < m->until_ns)) {
		m->flags |= MANNER_VALIDITY;
		m->from_ns = t->not_before_ns;
		m->until_ns = t->not_after_ns;
	}
}

static void
see_tls(struct manners *all, const struct trait *t, uint64_t hash)
{
	struct manner key = key_of(t, MANNER_HELLO), *m = place(all, &key, hash);
	char text[MANNER_TEXT] = { 0 };

	if (m == NULL)
		return;
	m->n = one_more(m->n);
	m->first_ns = t->time_ns < m->first_ns ? t->time_ns : m->first_ns;
	if (t->tls.ja4[0]) {
		memcpy(text, t->tls.ja4, sizeof t->tls.ja4);
		see_print(m, text);
	} else if (t->tls.flags & TRAIT_TLS_JA3) {
		hex_text("ja3:", t->tls.ja3, text);
		see_print(m, text);
	}
	if (t->tls.flags & TRAIT_TLS_CERT)
		see_certificate(m, &t->tls);
}

static void
see_ssh(struct manners *all, const struct trait *t, uint64_t hash)
{
	struct manner key = key_of(t, MANNER_HELLO), *m;
	char text[MANNER_TEXT];

	if (!t->ssh.has_hassh || (m = place(all, &key, hash)) == NULL)
		return;
	m->n = one_more(m->n);
	m->first_ns = t->time_ns < m->first_ns ? t->time_ns : m->first_ns;
	hex_text("hassh:", t->ssh.hassh, text);
	see_print(m, text);
}

/* True: it is there or has found room. */
static bool
tally(uint32_t what, uint32_t kind[static MANNER_PAGES], uint32_t n[static MANNER_PAGES])
{
	for (int i = 0; i < MANNER_PAGES; i++) {
		if (n[i] != 0 && kind[i] != what)
			continue;
		kind[i] = what;
		n[i] = one_more(n[i]);
		return true;
	}
	return false;
}

static bool
is_method(const struct trait_http *h, const char *text)
{
	return h->method.len == strlen(text) &&
	       memcmp(h->method.at, text, h->method.len) == 0;
}

/* As scripts on servers are called. */
static bool
is_script(struct span path)
{
	static const char *const ends[] = { ".php", ".asp", ".aspx", ".jsp", ".cgi" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t n = strlen(ends[i]);

		if (path.len > n && memcmp(path.at + path.len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

/* Browsers ask in forms whether a certificate was revoked (RFC 6960). */
static bool
is_revocation(const struct trait_http *h)
{
	static const char mime[] = "application/ocsp-response";

	return (h->mime.len == sizeof mime - 1 &&
		   memcmp(h->mime.at, mime, h->mime.len) == 0) ||
	       (h->host.len > 5 && memcmp(h->host.at, "ocsp", 4) == 0);
}

static void
see_http(struct manners *all, const struct trait *t, uint64_t hash)
{
	const struct trait_http *h = &t->http;
	struct manner key = key_of(t, MANNER_PAGES_ASKED), *m;
	const uint8_t *query = h->uri.len ? memchr(h->uri.at, '?', h->uri.len) : NULL;
	size_t path = query ? (size_t)(query - h->uri.at) : h->uri.len;
	uint32_t len =
	    h->response_len < UINT32_MAX ? (uint32_t)h->response_len : UINT32_MAX;

	if (h->proxied || h->method.len == 0 || (m = place(all, &key, hash)) == NULL)
		return;
	m->n = one_more(m->n);
	m->first_ns = t->time_ns < m->first_ns ? t->time_ns : m->first_ns;
	if ((is_method(h, "POST") || is_method(h, "PUT")) && !is_revocation(h))
		m->posts = one_more(m->posts);
	if (!tally((uint32_t)XXH3_64bits(h->uri.at, path), m->page, m->page_n))
		m->flags |= MANNER_MANY_PAGES;
	if (is_script((struct span){ h->uri.at, path }))
		m->flags |= MANNER_SCRIPT;
	if (h->user_agent.len > 8 && memcmp(h->user_agent.at, "Mozilla/", 8) == 0)
		m->flags |= MANNER_BROWSER;
	if (h->status != 0 && !tally(len, m->answer, m->answer_n))
		m->flags |= MANNER_MANY_ANSWERS;
}

/* The earliest question stays; of two at once the lesser name. */
static void
see_own_address(struct manners *all, const struct trait *t, struct span name)
{
	struct manner key = {
		.host = t->orig, .kind = MANNER_OWN_ADDRESS, .first_ns = UINT64_MAX
	};
	struct manner *m;
	char text[2 * MANNER_TEXT] = { 0 };

	if (!own_address_told(&all->own_address, name) ||
	    (m = place(all, &key, manners_hash(&key))) == NULL)
		return;
	m->n = one_more(m->n);
	memcpy(text, name.at, name.len < sizeof text - 1 ? name.len : sizeof text - 1);
	if (t->time_ns > m->first_ns ||
	    (t->time_ns == m->first_ns && strcmp(text, m->name) >= 0))
		return;
	m->first_ns = t->time_ns;
	memcpy(m->name, text, sizeof m->name);
}

static uint32_t
add32(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static uint64_t
add64(uint64_t a, uint64_t b)
{
	return a > FLOW_INT_MAX - b ? FLOW_INT_MAX : a + b;
}

static void
see_echo(struct manners *all, const struct trait *t)
{
	const struct trait_echo *e = &t->echo;
	struct manner key = key_of(t, MANNER_ECHO), *m;
	struct trait_echo *sum;

	key.port = 0;
	if ((m = place(all, &key, manners_hash(&key))) == NULL)
		return;
	sum = &m->echo;
	m->n = one_more(m->n);
	m->first_ns = t->time_ns < m->first_ns ? t->time_ns : m->first_ns;
	sum->requests = add32(sum->requests, e->requests);
	sum->request_bytes = add64(sum->request_bytes, e->request_bytes);
	sum->request_changes = add32(sum->request_changes, e->request_changes);
	sum->replies = add32(sum->replies, e->replies);
	sum->reply_bytes = add64(sum->reply_bytes, e->reply_bytes);
	sum->differ_changes = add32(sum->differ_changes, e->differ_changes);
	sum->differ = add32(sum->differ, e->differ);
	sum->differ_bytes = add64(sum->differ_bytes, e->differ_bytes);
}

void
manners_take(struct manners *m, const struct mention *said)
{
	const struct trait *t = said->trait;

	if (said->name.len > 0)
		see_own_address(m, t, said->name);
	if (t->kind == TRAIT_HTTP)
		see_http(m, t, said->service);
	else if (t->kind == TRAIT_TLS)
		see_tls(m, t, said->service);
	else if (t->kind == TRAIT_SSH)
		see_ssh(m, t, said->service);
	else if (t->kind == TRAIT_ECHO)
		see_echo(m, t);
}

void
manners_fetch(const struct manners *m, struct mention *said, unsigned step)
{
	const struct trait *t = said->trait;
	const struct slots *s = &m->slot;
	struct manner key;
	const char *at;

	if (t->kind != TRAIT_HTTP && t->kind != TRAIT_TLS && t->kind != TRAIT_SSH)
		return;
	if (step == 0) {
		key.host = t->orig;
		key.peer = t->resp;
		key.port = t->resp_port;
		key.proto = t->proto;
		key.kind = t->kind == TRAIT_HTTP ? MANNER_PAGES_ASKED : MANNER_HELLO;
		said->service = manners_hash(&key);
		__builtin_prefetch(&s->at[said->service & s->mask]);
	} else if (step == 1) {
		at = (const char *)&m->at[slots_guess(s, said->service, m->n)];
		__builtin_prefetch(at, 1);
		__builtin_prefetch(at + 64, 1);
		__builtin_prefetch(at + 128, 1);
		__builtin_prefetch(at + 192, 1);
	}
}

void
manners_see(struct manners *m, const struct trait *t)
{
	struct mention said;

	mention_make(&said, t, NULL);
	manners_fetch(m, &said, 0);
	manners_take(m, &said);
}
