/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/eve_trait.h"

#include <stdlib.h>
#include <string.h>

#include "collect/eve_dns.h"
#include "collect/eve_value.h"

struct eve_traits {
	trait_sink *sink;
	void *state;
	struct eve_dns *dns;
	struct eve_room room;
};

enum status
eve_traits_new(struct eve_traits **out, trait_sink *sink, void *state, struct error *err)
{
	struct eve_traits *t = calloc(1, sizeof *t);

	if (t == NULL || (t->dns = eve_dns_new(sink, state)) == NULL) {
		free(t);
		return error_set(err, E_NOMEM, "no memory to read events");
	}
	t->sink = sink;
	t->state = state;
	*out = t;
	return OK;
}

void
eve_traits_finish(struct eve_traits *t)
{
	if (t)
		eve_dns_finish(t->dns);
}

void
eve_traits_free(struct eve_traits *t)
{
	if (t == NULL)
		return;
	free(t->dns);
	free(t);
}

/* The members of a line that name the flow, and the object of its type. */
struct event {
	struct eve_head head;
	struct span object[5];
	uint64_t flow, tx;
};

static const char *const OBJECTS[] = { "dns", "tls", "http", "ssh", "quic" };

static const char *
read_event(struct span line, struct event *e)
{
	struct scan_value key, v;
	struct json_scan s;

	*e = (struct event){ 0 };
	json_scan_open(&s, line);
	while (json_scan_member(&s, &key, &v)) {
		if (eve_head_takes(&e->head, &key, &v))
			continue;
		if (told_is(key.text, "flow_id"))
			e->flow = eve_count(&v, FLOW_INT_MAX);
		else if (told_is(key.text, "tx_id"))
			e->tx = eve_count(&v, UINT32_MAX - 1);
		for (size_t i = 0; v.kind == SCAN_OBJECT && i < 5; i++)
			if (told_is(key.text, OBJECTS[i]))
				e->object[i] = v.text;
	}
	return s.why;
}

static const char *
take_ends(const struct event *e, struct trait *t)
{
	struct eve_ends ends;
	const char *why = eve_head_ends(&e->head, &ends);

	if (why)
		return why;
	t->orig = ends.src;
	t->resp = ends.dst;
	t->orig_port = ends.src_port;
	t->resp_port = ends.dst_port;
	t->proto = ends.proto;
	t->time_ns = ends.time_ns;
	t->uid = e->flow;
	return NULL;
}

/* {"hash":"...","string":"..."}, or the hash itself. */
static bool
take_hash(const struct scan_value *v, uint8_t out[16])
{
	struct scan_value key, in;
	struct json_scan s;

	if (v->kind == SCAN_STRING)
		return eve_hex(v->text, out, 16);
	if (v->kind != SCAN_OBJECT)
		return false;
	json_scan_open(&s, v->text);
	while (json_scan_member(&s, &key, &in))
		if (told_is(key.text, "hash") && in.kind == SCAN_STRING)
			return eve_hex(in.text, out, 16);
	return false;
}

static uint16_t
tls_version(struct span s)
{
	static const struct {
		const char *text;
		uint16_t version;
	} known[] = { { "TLS 1.3", 0x0304 }, { "TLS 1.2", 0x0303 }, { "TLS 1.1", 0x0302 },
		{ "TLSv1", 0x0301 }, { "TLS 1.0", 0x0301 }, { "SSLv3", 0x0300 },
		{ "SSLv2", 0x0002 } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (told_is(s, known[i].text))
			return known[i].version;
	return 0;
}

/* Letters, digits and _ alone; anything else is none. */
static void
take_ja4(struct span s, char out[TRAIT_JA4 + 1])
{
	if (s.len != TRAIT_JA4)
		return;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return;
	}
	memcpy(out, s.at, TRAIT_JA4);
}

/* "ab:cd:..." of 20 bytes. */
static void
take_fingerprint(struct span s, uint8_t out[static TRAIT_SHA1])
{
	uint8_t bytes[TRAIT_SHA1];

	if (s.len != 3 * TRAIT_SHA1 - 1)
		return;
	for (size_t i = 0; i < TRAIT_SHA1; i++)
		if (!eve_hex((struct span){ s.at + 3 * i, 2 }, bytes + i, 1) ||
		    (i > 0 && s.at[3 * i - 1] != ':'))
			return;
	memcpy(out, bytes, sizeof bytes);
}

/* "2024-02-26T17:40:09", which is UTC. */
static void
take_validity(const struct scan_value *v, uint64_t *ns)
{
	bool zoned;

	if (!told_time(eve_plain(v), ns, &zoned, NULL))
		*ns = 0;
}

/* tls and quic have the same words. */
static void
take_tls(struct eve_room *room, struct span object, struct trait_tls *t)
{
	struct scan_value key, v;
	struct json_scan s;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "sni"))
			t->server_name = eve_host(room, &v);
		else if (told_is(key.text, "version"))
			t->version = tls_version(eve_plain(&v));
		else if (told_is(key.text, "subject"))
			t->subject = eve_text(room, &v, TRAIT_TEXT);
		else if (told_is(key.text, "issuerdn"))
			t->issuer = eve_text(room, &v, TRAIT_TEXT);
		else if (told_is(key.text, "fingerprint"))
			take_fingerprint(eve_plain(&v), t->cert_sha1);
		else if (told_is(key.text, "notbefore"))
			take_validity(&v, &t->not_before_ns);
		else if (told_is(key.text, "notafter"))
			take_validity(&v, &t->not_after_ns);
		else if (told_is(key.text, "ja3") && take_hash(&v, t->ja3))
			t->flags |= TRAIT_TLS_JA3;
		else if (told_is(key.text, "ja3s") && take_hash(&v, t->ja3s))
			t->flags |= TRAIT_TLS_JA3S;
		else if (told_is(key.text, "session_resumed") && v.kind == SCAN_TRUE)
			t->flags |= TRAIT_TLS_RESUMED;
		else if (told_is(key.text, "ja4"))
			take_ja4(eve_plain(&v), t->ja4);
	}
	if (t->subject.len > 0 || t->issuer.len > 0)
		t->flags |= TRAIT_TLS_CERT;
}

/* "http://host/", "host:443": who is asked for; of a proxy it is in the target. */
static void
take_target(struct eve_room *room, struct trait_http *h, const struct scan_value *host)
{
	struct span authority = h->uri;
	struct scan_value v = *host;

	if (told_is(h->method, "CONNECT")) {
		h->proxied = h->uri.len > 0;
		h->port = 443;
	} else if (authority.len > 7 && memcmp(authority.at, "http://", 7) == 0) {
		h->proxied = true;
		h->port = 80;
		authority.at += 7;
		authority.len -= 7;
	}
	if (h->proxied) {
		const uint8_t *slash = memchr(authority.at, '/', authority.len);

		if (slash)
			authority.len = (size_t)(slash - authority.at);
		v = (struct scan_value){ .kind = SCAN_STRING, .text = authority };
	}
	h->host = eve_host_port(room, &v, &h->port);
}

static void
take_http(struct eve_room *room, struct span object, struct trait_http *h)
{
	struct scan_value key, v, host = { .kind = SCAN_NULL };
	struct json_scan s;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "hostname"))
			host = v;
		else if (told_is(key.text, "url"))
			h->uri = eve_text(room, &v, TRAIT_TEXT);
		else if (told_is(key.text, "http_method"))
			h->method = eve_text(room, &v, TRAIT_NAME);
		else if (told_is(key.text, "http_user_agent"))
			h->user_agent = eve_text(room, &v, TRAIT_TEXT);
		else if (told_is(key.text, "http_content_type"))
			h->mime = eve_text(room, &v, TRAIT_NAME);
		else if (told_is(key.text, "protocol"))
			h->version = eve_text(room, &v, TRAIT_NAME);
		else if (told_is(key.text, "status"))
			h->status = (uint16_t)eve_count(&v, 999);
		else if (told_is(key.text, "http_port"))
			h->port = (uint16_t)eve_count(&v, UINT16_MAX);
		else if (told_is(key.text, "length"))
			h->response_len = eve_count(&v, FLOW_INT_MAX);
	}
	if (h->version.len > 5 && memcmp(h->version.at, "HTTP/", 5) == 0) {
		h->version.at += 5;
		h->version.len -= 5;
	}
	take_target(room, h, &host);
}

/* One side of ssh: "SSH-2.0-OpenSSH_9.2" in two parts, and the fingerprint. */
static bool
take_side(struct eve_room *room, struct span object, struct span *text, uint8_t hassh[16])
{
	struct scan_value key, v, version = { .kind = SCAN_NULL }, software = version;
	struct json_scan s;
	bool has = false;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "proto_version"))
			version = v;
		else if (told_is(key.text, "software_version"))
			software = v;
		else if (told_is(key.text, "hassh"))
			has = take_hash(&v, hassh);
	}
	*text = eve_identification(room, &version, &software);
	return has;
}

static void
take_ssh(struct eve_room *room, struct span object, struct trait_ssh *t)
{
	struct scan_value key, v;
	struct json_scan s;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (v.kind != SCAN_OBJECT)
			continue;
		if (told_is(key.text, "client"))
			t->has_hassh = take_side(room, v.text, &t->client, t->hassh);
		else if (told_is(key.text, "server"))
			t->has_hassh_server =
			    take_side(room, v.text, &t->server, t->hassh_server);
	}
}

enum told
eve_traits_line(struct eve_traits *e, struct span line, uint64_t where, const char **why)
{
	struct trait t = { .where = where };
	struct event event;
	size_t kind = 0;

	*why = read_event(line, &event);
	if (*why != NULL)
		return TOLD_BAD;
	while (kind < 5 && !told_is(event.head.type, OBJECTS[kind]))
		kind++;
	if (kind == 5 || event.object[kind].len == 0)
		return TOLD_OTHER;
	*why = take_ends(&event, &t);
	if (*why != NULL)
		return TOLD_BAD;
	e->room.used = 0;
	switch (kind) {
	case 0:
		*why = eve_dns_event(e->dns, &e->room, event.object[0], &t);
		return *why ? TOLD_BAD : TOLD_NOTHING;
	case 2:
		t.kind = TRAIT_HTTP;
		t.http.depth = (uint32_t)event.tx + 1;
		take_http(&e->room, event.object[2], &t.http);
		break;
	case 3:
		t.kind = TRAIT_SSH;
		take_ssh(&e->room, event.object[3], &t.ssh);
		break;
	default:
		t.kind = TRAIT_TLS;
		t.tls.flags = kind == 4 ? TRAIT_TLS_QUIC : 0;
		take_tls(&e->room, event.object[kind], &t.tls);
		break;
	}
	e->sink(e->state, &t);
	return TOLD_NOTHING;
}
