/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_trait.h"

#include <xxhash.h>

#define NO_TRAIT (-1)

static const struct {
	const char *path;
	int kind; /* enum trait_kind, or NO_TRAIT: read and counted */
} LOGS[] = {
	{ "dns", TRAIT_DNS },
	{ "http", TRAIT_HTTP },
	{ "ssl", TRAIT_TLS },
	{ "ssh", TRAIT_SSH },
	{ "x509", NO_TRAIT },
	{ "files", NO_TRAIT },
	{ "ntp", NO_TRAIT },
	{ "weird", NO_TRAIT },
	{ "dhcp", NO_TRAIT },
};

bool
zeek_path_is_read(const char *path)
{
	for (size_t i = 0; i < sizeof LOGS / sizeof *LOGS; i++)
		if (strcmp(path, LOGS[i].path) == 0)
			return true;
	return false;
}

static bool
has(const struct zeek_row *r, enum zeek_row_field field)
{
	return r->value[field].at != NULL;
}

/* Of a line of JSON that does not name its log; unset fields are left out of it. */
static int
kind_by_fields(const struct zeek_row *r)
{
	if (has(r, ROW_TRANS_DEPTH) || has(r, ROW_METHOD))
		return TRAIT_HTTP;
	if (has(r, ROW_TRANS_ID) || has(r, ROW_QTYPE) || has(r, ROW_QUERY))
		return TRAIT_DNS;
	if (has(r, ROW_AUTH_ATTEMPTS) || has(r, ROW_AUTH_SUCCESS) || has(r, ROW_HASSH))
		return TRAIT_SSH;
	if (has(r, ROW_ESTABLISHED) || has(r, ROW_RESUMED) || has(r, ROW_SERVER_NAME))
		return TRAIT_TLS;
	return NO_TRAIT;
}

static int
kind_of(const struct zeek_row *r)
{
	if (r->path[0] == '\0')
		return r->json ? kind_by_fields(r) : NO_TRAIT;
	for (size_t i = 0; i < sizeof LOGS / sizeof *LOGS; i++)
		if (strcmp(r->path, LOGS[i].path) == 0)
			return LOGS[i].kind;
	return NO_TRAIT;
}

/* A name of a host: in lower case, without the last dot. */
static struct span
host_name(struct zeek_row *r, struct span s)
{
	uint8_t *to;

	if (s.len > 0 && s.at[s.len - 1] == '.')
		s.len--;
	s.len = s.len < TRAIT_NAME ? s.len : TRAIT_NAME;
	to = s.len > 0 ? row_take(r, s.len) : NULL;
	if (to == NULL)
		return (struct span){ 0 };
	for (size_t i = 0; i < s.len; i++)
		to[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 0x20 : s.at[i];
	return (struct span){ to, s.len };
}

static void
need(struct zeek_row *r, enum zeek_row_field field, bool there)
{
	if (there || r->why != NULL)
		return;
	r->why = "missing";
	r->bad_field = field;
	r->bad_value = (struct span){ 0 };
}

static bool
begins(struct span s, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (i >= s.len || (s.at[i] | 0x20) != text[i])
			return false;
	return true;
}

static uint8_t
proto_of(const struct zeek_row *r, int kind, uint16_t port)
{
	if (row_is(r, ROW_PROTO, "udp"))
		return PROTO_UDP;
	if (row_is(r, ROW_PROTO, "tcp"))
		return PROTO_TCP;
	if (kind == TRAIT_DNS && port != 0)
		return PROTO_UDP;
	/* ssl.log has no protocol; QUIC and DTLS are told by their version. */
	if (kind == TRAIT_TLS && begins(r->value[ROW_VERSION], "dtls"))
		return PROTO_UDP;
	return PROTO_TCP;
}

static void
common(struct zeek_row *r, int kind, struct trait *t)
{
	uint64_t orig_port = 0, resp_port = 0;
	struct span uid = r->value[ROW_UID];

	need(r, ROW_TS, row_time(r, ROW_TS, &t->time_ns));
	need(r, ROW_ORIG_H, row_ip(r, ROW_ORIG_H, &t->orig));
	need(r, ROW_ORIG_P, row_count(r, ROW_ORIG_P, UINT16_MAX, &orig_port));
	need(r, ROW_RESP_H, row_ip(r, ROW_RESP_H, &t->resp));
	need(r, ROW_RESP_P, row_count(r, ROW_RESP_P, UINT16_MAX, &resp_port));
	t->orig_port = (uint16_t)orig_port;
	t->resp_port = (uint16_t)resp_port;
	t->proto = proto_of(r, kind, t->resp_port);
	if (uid.len > 0) {
		t->uid = XXH3_64bits(uid.at, uid.len);
		t->uid += t->uid == 0;
	}
}

static void
read_answers(struct zeek_row *r, struct trait_dns *d)
{
	struct row_list answers = row_list(r, ROW_ANSWERS), ttls = row_list(r, ROW_TTLS);
	struct span text, ttl;

	while (row_next(r, &answers, TRAIT_TEXT, &text)) {
		struct trait_answer a = { .text = text };
		struct decimal n;
		uint64_t ns;

		if (row_next(r, &ttls, 64, &ttl) && ttl.len > 0 &&
		    decimal_scan_any(ttl, &n) == ttl.len && decimal_nanos(&n, &ns) &&
		    ns / 1000000000 <= UINT32_MAX)
			a.ttl = (uint32_t)(ns / 1000000000);
		a.is_address = ip_parse(text, &a.address);
		if (a.is_address)
			a.text = (struct span){ 0 };
		if (d->answers < TRAIT_ANSWERS)
			d->answer[d->answers++] = a;
		else
			d->answers_more++;
	}
}

static void
read_dns(struct zeek_row *r, struct trait *t)
{
	struct trait_dns *d = &t->dns;
	uint64_t v = 0;

	d->query = host_name(r, row_text(r, ROW_QUERY, 2 * TRAIT_NAME));
	if (row_count(r, ROW_TRANS_ID, UINT16_MAX, &v))
		d->id = (uint16_t)v;
	if (row_count(r, ROW_QCLASS, UINT16_MAX, &v))
		d->qclass = (uint16_t)v;
	if (row_count(r, ROW_QTYPE, UINT16_MAX, &v))
		d->qtype = (uint16_t)v;
	if (row_count(r, ROW_RCODE, UINT16_MAX, &v)) {
		d->rcode = v > UINT8_MAX ? UINT8_MAX : (uint8_t)v;
		d->answered = true;
	}
	(void)row_bool(r, ROW_TC, &d->truncated);
	(void)row_interval(r, ROW_RTT, &d->rtt_ns);
	read_answers(r, d);
	d->answered |= d->answers > 0;
}

/* "name", "name:80", "[2001:db8::1]:80": the host and, if it is there, the port. */
static struct span
split_port(struct span s, uint16_t *port)
{
	const uint8_t *colon = NULL;
	unsigned n = 0, digits = 0;
	size_t i = 0;

	if (s.len > 0 && s.at[0] == '[') {
		const uint8_t *close = memchr(s.at, ']', s.len);

		if (close == NULL)
			return s;
		i = (size_t)(close - s.at);
	} else if (s.len > 0) {
		colon = memchr(s.at, ':', s.len);
		if (colon != NULL &&
		    memchr(colon + 1, ':', s.len - (size_t)(colon + 1 - s.at)) != NULL)
			return s; /* an IPv6 address without brackets */
		i = colon ? (size_t)(colon - s.at) - 1 : s.len - 1;
	}
	for (size_t k = i + 2; k < s.len; k++, digits++) {
		if (s.at[k] < '0' || s.at[k] > '9' || digits == 5)
			return s;
		n = 10 * n + (unsigned)(s.at[k] - '0');
	}
	if (digits > 0 && s.at[i + 1] == ':' && n <= UINT16_MAX)
		*port = (uint16_t)n;
	if (s.len > 0 && s.at[0] == '[')
		return (struct span){ s.at + 1, i - 1 };
	return (struct span){ s.at, colon ? i + 1 : s.len };
}

/* The authority of an absolute URI (RFC 7230 section 5.3.2), without a user. */
static struct span
authority_of(struct span uri, size_t scheme)
{
	struct span a = { uri.at + scheme, 0 };

	while (scheme + a.len < uri.len && a.at[a.len] != '/' && a.at[a.len] != '?' &&
	       a.at[a.len] != '#') {
		if (a.at[a.len++] != '@')
			continue;
		scheme += a.len;
		a = (struct span){ uri.at + scheme, 0 };
	}
	return a;
}

/* Who is asked for: of a proxy it is in the target, and Host does not count. */
static void
read_target(struct zeek_row *r, struct trait *t)
{
	struct trait_http *h = &t->http;
	struct span host = row_text(r, ROW_HOST, 2 * TRAIT_NAME);
	struct ip ip;

	if (row_is(r, ROW_METHOD, "CONNECT")) {
		h->proxied = true;
		h->port = 443;
		if (h->uri.len > 0)
			host = h->uri;
	} else if (begins(h->uri, "http://")) {
		h->proxied = true;
		h->port = 80;
		host = authority_of(h->uri, 7);
	} else if (begins(h->uri, "https://")) {
		h->proxied = true;
		h->port = 443;
		host = authority_of(h->uri, 8);
	}
	h->host = host_name(r, split_port(host, &h->port));
	/* Who names the server he is connected to asks that one. */
	if (h->proxied && ip_parse(h->host, &ip) && ip_equal(&ip, &t->resp) &&
	    !row_is(r, ROW_METHOD, "CONNECT"))
		h->proxied = false;
}

static void
read_http(struct zeek_row *r, struct trait *t)
{
	struct trait_http *h = &t->http;
	struct row_list mime = row_list(r, ROW_MIME);
	uint64_t v = 0;

	h->method = row_text(r, ROW_METHOD, TRAIT_TEXT);
	h->uri = row_text(r, ROW_URI, TRAIT_TEXT);
	h->user_agent = row_text(r, ROW_USER_AGENT, TRAIT_TEXT);
	h->version = row_text(r, ROW_VERSION, TRAIT_TEXT);
	(void)row_next(r, &mime, TRAIT_TEXT, &h->mime);
	if (row_count(r, ROW_STATUS, UINT16_MAX, &v))
		h->status = (uint16_t)v;
	if (row_count(r, ROW_TRANS_DEPTH, UINT32_MAX, &v))
		h->depth = (uint32_t)v;
	(void)row_count(r, ROW_REQUEST_LEN, FLOW_INT_MAX, &h->request_len);
	(void)row_count(r, ROW_RESPONSE_LEN, FLOW_INT_MAX, &h->response_len);
	read_target(r, t);
}

static uint16_t
tls_version(const struct zeek_row *r)
{
	static const struct {
		const char *text;
		uint16_t version;
	} known[] = {
		{ "SSLv2", 0x0002 },
		{ "SSLv3", 0x0300 },
		{ "TLSv10", 0x0301 },
		{ "TLSv11", 0x0302 },
		{ "TLSv12", 0x0303 },
		{ "TLSv13", 0x0304 },
		{ "DTLSv10", 0xfeff },
		{ "DTLSv12", 0xfefd },
		{ "DTLSv13", 0xfefc },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (row_is(r, ROW_VERSION, known[i].text))
			return known[i].version;
	return 0;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A fingerprint; false when there is none, or it is spelled otherwise. */
static bool
read_hex(struct span s, uint8_t *out, size_t n)
{
	if (s.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex(s.at[2 * i]), low = hex(s.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void
read_certificate(struct zeek_row *r, struct trait_tls *x)
{
	struct row_list chain = row_list(r, ROW_CHAIN_FPS);
	uint8_t sha1[TRAIT_SHA1];
	struct span first;

	x->subject = row_text(r, ROW_SUBJECT, TRAIT_TEXT);
	x->issuer = row_text(r, ROW_ISSUER, TRAIT_TEXT);
	/* What the fingerprints of a chain are made with is a setting: told by their length. */
	if (row_next(r, &chain, 2 * DIGEST_BYTES, &first) &&
	    !read_hex(first, x->cert_sha256.b, sizeof x->cert_sha256.b)) {
		memset(&x->cert_sha256, 0, sizeof x->cert_sha256);
		if (!read_hex(first, x->cert_sha1, sizeof x->cert_sha1))
			memset(x->cert_sha1, 0, sizeof x->cert_sha1);
	}
	first = row_text(r, ROW_CERT_SHA1, sizeof sha1 * 2);
	if (first.len > 0 && read_hex(first, sha1, sizeof sha1))
		memcpy(x->cert_sha1, sha1, sizeof sha1);
	if (x->subject.len > 0 || x->issuer.len > 0)
		x->flags |= TRAIT_TLS_CERT;
	if (row_is(r, ROW_VALIDATION, "self signed certificate") ||
	    row_is(r, ROW_VALIDATION, "self-signed certificate"))
		x->flags |= TRAIT_TLS_SELF_SIGNED;
}

static void
read_tls(struct zeek_row *r, struct trait *t)
{
	struct trait_tls *x = &t->tls;
	struct span ja4 = row_text(r, ROW_JA4, TRAIT_JA4);
	bool yes;

	x->server_name = host_name(r, row_text(r, ROW_SERVER_NAME, 2 * TRAIT_NAME));
	x->alpn = row_text(r, ROW_ALPN, TRAIT_NAME);
	x->version = tls_version(r);
	if (row_bool(r, ROW_RESUMED, &yes) && yes)
		x->flags |= TRAIT_TLS_RESUMED;
	if (row_bool(r, ROW_ESTABLISHED, &yes) && yes)
		x->flags |= TRAIT_TLS_ESTABLISHED;
	if (read_hex(row_text(r, ROW_JA3, 32), x->ja3, sizeof x->ja3))
		x->flags |= TRAIT_TLS_JA3;
	if (read_hex(row_text(r, ROW_JA3S, 32), x->ja3s, sizeof x->ja3s))
		x->flags |= TRAIT_TLS_JA3S;
	for (size_t i = 0; i < ja4.len; i++)
		if (ja4.at[i] <= ' ' || ja4.at[i] >= 0x7f)
			ja4.len = 0;
	if (ja4.len > 0)
		memcpy(x->ja4, ja4.at, ja4.len);
	read_certificate(r, x);
}

static void
read_ssh(struct zeek_row *r, struct trait *t)
{
	struct trait_ssh *s = &t->ssh;
	uint64_t v = 0;
	bool yes;

	s->client = row_text(r, ROW_CLIENT, TRAIT_TEXT);
	s->server = row_text(r, ROW_SERVER, TRAIT_TEXT);
	if (row_bool(r, ROW_AUTH_SUCCESS, &yes))
		s->auth = yes ? TRAIT_YES : TRAIT_NO;
	if (row_count(r, ROW_AUTH_ATTEMPTS, UINT32_MAX, &v))
		s->attempts = (uint32_t)v;
	s->has_hassh = read_hex(row_text(r, ROW_HASSH, 32), s->hassh, sizeof s->hassh);
	s->has_hassh_server =
	    read_hex(row_text(r, ROW_HASSH_SERVER, 32), s->hassh_server, sizeof s->hassh);
}

enum zeek_trait_verdict
zeek_trait(struct zeek_row *r, struct trait *t)
{
	int kind = kind_of(r);

	if (kind == NO_TRAIT)
		return ZEEK_TRAIT_NO;
	*t = (struct trait){ .kind = (uint8_t)kind };
	if (r->why == NULL)
		common(r, kind, t);
	if (r->why == NULL && kind == TRAIT_DNS)
		read_dns(r, t);
	if (r->why == NULL && kind == TRAIT_HTTP)
		read_http(r, t);
	if (r->why == NULL && kind == TRAIT_TLS)
		read_tls(r, t);
	if (r->why == NULL && kind == TRAIT_SSH)
		read_ssh(r, t);
	return r->why == NULL ? ZEEK_TRAIT_YES : ZEEK_TRAIT_BAD;
}
