/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_trait.h"

#include <xxhash.h>

#include "collect/zeek.h"

/* Logs that tell no trait of their own. */
enum { NO_TRAIT = -1, CERTIFICATE = -2, ODD = -3 };

static const struct {
	const char *path;
	int kind; /* enum trait_kind, or one of these */
} LOGS[] = {
	{ "dns", TRAIT_DNS },
	{ "http", TRAIT_HTTP },
	{ "ssl", TRAIT_TLS },
	{ "ssh", TRAIT_SSH },
	{ "x509", CERTIFICATE },
	{ "files", TRAIT_FILE },
	{ "ntp", TRAIT_NTP },
	{ "weird", ODD },
	{ "dhcp", TRAIT_DHCP },
};

bool
zeek_path_is_read(const char *path)
{
	for (size_t i = 0; i < sizeof LOGS / sizeof *LOGS; i++)
		if (strcmp(path, LOGS[i].path) == 0)
			return true;
	return false;
}

bool
zeek_path_completes(const char *path)
{
	return strcmp(path, "x509") == 0 || strcmp(path, "files") == 0;
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
	if (has(r, ROW_CERT_SUBJECT) || has(r, ROW_CERT_ISSUER) || has(r, ROW_NOT_AFTER))
		return CERTIFICATE;
	if (has(r, ROW_FUID) && has(r, ROW_SEEN_BYTES))
		return TRAIT_FILE;
	if (has(r, ROW_MSG_TYPES))
		return TRAIT_DHCP;
	if (has(r, ROW_MODE) && has(r, ROW_STRATUM))
		return TRAIT_NTP;
	if (has(r, ROW_NAME) && has(r, ROW_NOTICE))
		return ODD;
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

const char *
zeek_row_log(const struct zeek_row *r)
{
	int kind = r->why == NULL && has(r, ROW_TS) ? kind_of(r) : NO_TRAIT;

	for (size_t i = 0; i < sizeof LOGS / sizeof *LOGS; i++)
		if (LOGS[i].kind == kind)
			return LOGS[i].path;
	return NULL;
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
	if ((kind == TRAIT_DNS && port != 0) || kind == TRAIT_NTP || kind == TRAIT_DHCP)
		return PROTO_UDP;
	/* ssl.log has no protocol; QUIC and DTLS are told by their version. */
	if (kind == TRAIT_TLS && begins(r->value[ROW_VERSION], "dtls"))
		return PROTO_UDP;
	return PROTO_TCP;
}

static void
take_uid(struct trait *t, struct span uid)
{
	if (uid.len == 0)
		return;
	t->uid = XXH3_64bits(uid.at, uid.len);
	t->uid += t->uid == 0;
}

/* The first of a list that is not empty. */
static struct span
first_of(struct zeek_row *r, enum zeek_row_field field, size_t most)
{
	struct row_list list = row_list(r, field);
	struct span one = { 0 };

	(void)row_next(r, &list, most, &one);
	return one;
}

static void
common(struct zeek_row *r, int kind, struct trait *t)
{
	uint64_t orig_port = 0, resp_port = 0;

	need(r, ROW_TS, row_time(r, ROW_TS, &t->time_ns));
	need(r, ROW_ORIG_H, row_ip(r, ROW_ORIG_H, &t->orig));
	need(r, ROW_ORIG_P, row_count(r, ROW_ORIG_P, UINT16_MAX, &orig_port));
	need(r, ROW_RESP_H, row_ip(r, ROW_RESP_H, &t->resp));
	need(r, ROW_RESP_P, row_count(r, ROW_RESP_P, UINT16_MAX, &resp_port));
	t->orig_port = (uint16_t)orig_port;
	t->resp_port = (uint16_t)resp_port;
	t->proto = proto_of(r, kind, t->resp_port);
	take_uid(t, r->value[ROW_UID]);
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
		return false; /* before anything of it is written */
	for (size_t i = 0; i < n; i++) {
		int high = hex(s.at[2 * i]), low = hex(s.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* All zero unless the text is such a digest. */
static void
read_digest(struct span s, uint8_t *out, size_t n)
{
	if (!read_hex(s, out, n))
		memset(out, 0, n);
}

/* Zeek's fingerprints are SHA-256, of those who set it so SHA-1 or MD5. */
static void
read_fingerprint(struct span s, struct trait_tls *x)
{
	read_digest(s, x->cert_sha256.b, sizeof x->cert_sha256.b);
	read_digest(s, x->cert_sha1, sizeof x->cert_sha1);
}

static void
read_certificate(struct zeek_row *r, struct trait_tls *x)
{
	x->subject = row_text(r, ROW_SUBJECT, TRAIT_TEXT);
	x->issuer = row_text(r, ROW_ISSUER, TRAIT_TEXT);
	read_fingerprint(first_of(r, ROW_CHAIN_FPS, 2 * DIGEST_BYTES), x);
	if (has(r, ROW_CERT_SHA1))
		read_digest(row_text(r, ROW_CERT_SHA1, 40), x->cert_sha1, TRAIT_SHA1);
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

/* Of older logs the hosts alone are known, and whose the file was. */
static bool
file_ends(struct zeek_row *r, struct trait *t)
{
	bool from_orig = false;
	struct ip tx, rx;

	(void)row_bool(r, ROW_IS_ORIG, &from_orig);
	if (!ip_parse(first_of(r, ROW_TX_HOSTS, IP_TEXT), &tx) ||
	    !ip_parse(first_of(r, ROW_RX_HOSTS, IP_TEXT), &rx))
		return false;
	t->orig = from_orig ? tx : rx;
	t->resp = from_orig ? rx : tx;
	take_uid(t, first_of(r, ROW_CONN_UIDS, TRAIT_NAME));
	return true;
}

static void
read_file(struct zeek_row *r, struct trait *t)
{
	struct trait_file *f = &t->file;

	f->source = row_text(r, ROW_SOURCE, TRAIT_TEXT);
	f->mime = row_text(r, ROW_MIME_TYPE, TRAIT_TEXT);
	f->filename = row_text(r, ROW_FILENAME, TRAIT_TEXT);
	(void)row_bool(r, ROW_IS_ORIG, &f->from_orig);
	(void)row_count(r, ROW_SEEN_BYTES, FLOW_INT_MAX, &f->seen);
	(void)row_count(r, ROW_TOTAL_BYTES, FLOW_INT_MAX, &f->total);
	(void)row_count(r, ROW_MISSING_BYTES, FLOW_INT_MAX, &f->missing);
	read_digest(row_text(r, ROW_MD5, 32), f->md5, sizeof f->md5);
	read_digest(row_text(r, ROW_SHA1, 40), f->sha1, sizeof f->sha1);
	read_digest(row_text(r, ROW_SHA256, 64), f->sha256.b, sizeof f->sha256.b);
}

static void
read_ntp(struct zeek_row *r, struct trait_ntp *n)
{
	uint64_t v = 0;

	if (row_count(r, ROW_MODE, UINT8_MAX, &v))
		n->mode = (uint8_t)v;
	if (row_count(r, ROW_VERSION, UINT8_MAX, &v))
		n->version = (uint8_t)v;
	if (row_count(r, ROW_STRATUM, UINT8_MAX, &v))
		n->stratum = (uint8_t)v;
	n->ref = row_text(r, ROW_REF_ID, TRAIT_NAME);
}

/* "DISCOVER OFFER REQUEST ACK": one text, cut where it gets too long. */
static struct span
messages_of(struct zeek_row *r)
{
	struct row_list list = row_list(r, ROW_MSG_TYPES);
	uint8_t *to = row_take(r, TRAIT_NAME);
	struct span one;
	size_t n = 0;

	while (to != NULL && row_next(r, &list, TRAIT_NAME, &one) &&
	       one.len + (n > 0) <= TRAIT_NAME - n) {
		if (n > 0)
			to[n++] = ' ';
		if (one.len > 0)
			memcpy(to + n, one.at, one.len);
		n += one.len;
	}
	return n > 0 ? (struct span){ to, n } : (struct span){ 0 };
}

/* False when there was no server, or no client with an address. */
static bool
read_dhcp(struct zeek_row *r, struct trait *t)
{
	struct trait_dhcp *d = &t->dhcp;
	struct ip assigned;

	need(r, ROW_TS, row_time(r, ROW_TS, &t->time_ns));
	if (row_ip(r, ROW_ASSIGNED_ADDR, &assigned))
		d->assigned = row_text(r, ROW_ASSIGNED_ADDR, TRAIT_NAME);
	if (!row_ip(r, ROW_SERVER_ADDR, &t->resp) ||
	    (!row_ip(r, ROW_CLIENT_ADDR, &t->orig) && d->assigned.len == 0))
		return r->why != NULL;
	if (r->value[ROW_CLIENT_ADDR].at == NULL)
		t->orig = assigned;
	t->orig_port = 68; /* RFC 2131 section 4.1 */
	t->resp_port = 67;
	t->proto = PROTO_UDP;
	d->host_name = host_name(r, row_text(r, ROW_HOST_NAME, 2 * TRAIT_NAME));
	d->mac = row_text(r, ROW_MAC, TRAIT_NAME);
	d->messages = messages_of(r);
	take_uid(t, first_of(r, ROW_UIDS, TRAIT_NAME));
	return true;
}

/* Its own issuer by its name: the keys are not in the log. */
static enum zeek_trait_verdict
certificate(struct zeek_row *r, struct trait_tls *x, struct zeek_names *names)
{
	struct span fingerprint = row_text(r, ROW_FINGERPRINT, TRAIT_NAME);

	*x = (struct trait_tls){ .flags = TRAIT_TLS_CERT };
	x->subject = row_text(r, ROW_CERT_SUBJECT, TRAIT_TEXT);
	x->issuer = row_text(r, ROW_CERT_ISSUER, TRAIT_TEXT);
	(void)row_claim(r, ROW_NOT_BEFORE, &x->not_before_ns);
	(void)row_claim(r, ROW_NOT_AFTER, &x->not_after_ns);
	if (x->subject.len > 0 && x->subject.len == x->issuer.len &&
	    memcmp(x->subject.at, x->issuer.at, x->subject.len) == 0)
		x->flags |= TRAIT_TLS_SELF_SIGNED;
	names->fingerprint = zeek_join_key(fingerprint);
	names->file = zeek_join_key(row_text(r, ROW_ID, TRAIT_NAME));
	return r->why == NULL ? ZEEK_TRAIT_CERTIFICATE : ZEEK_TRAIT_BAD;
}

/* True when there is a trait in it; those of flows without ends are none. */
static bool
read_kind(struct zeek_row *r, int kind, struct trait *t, struct zeek_names *names)
{
	if (kind == TRAIT_DHCP)
		return read_dhcp(r, t);
	if (kind == TRAIT_FILE && !has(r, ROW_ORIG_H)) {
		need(r, ROW_TS, row_time(r, ROW_TS, &t->time_ns));
		if (!file_ends(r, t))
			return false;
	} else {
		common(r, kind, t);
	}
	if (r->why != NULL)
		return true;
	if (kind == TRAIT_DNS)
		read_dns(r, t);
	if (kind == TRAIT_HTTP)
		read_http(r, t);
	if (kind == TRAIT_TLS) {
		read_tls(r, t);
		names->fingerprint = zeek_join_key(first_of(r, ROW_CHAIN_FPS, TRAIT_NAME));
		names->file = zeek_join_key(first_of(r, ROW_CHAIN_FUIDS, TRAIT_NAME));
	}
	if (kind == TRAIT_SSH)
		read_ssh(r, t);
	if (kind == TRAIT_FILE) {
		read_file(r, t);
		names->file = zeek_join_key(row_text(r, ROW_FUID, TRAIT_NAME));
	}
	if (kind == TRAIT_NTP)
		read_ntp(r, &t->ntp);
	return true;
}

enum zeek_trait_verdict
zeek_trait(struct zeek_row *r, struct trait *t, struct zeek_names *names)
{
	int kind = kind_of(r);

	*names = (struct zeek_names){ 0 };
	if (kind == NO_TRAIT)
		return ZEEK_TRAIT_NO;
	if (kind == ODD && r->why == NULL)
		return has(r, ROW_NAME) ? ZEEK_TRAIT_ODD : ZEEK_TRAIT_NO;
	*t = (struct trait){ .kind = (uint8_t)(kind < 0 ? TRAIT_TLS : kind) };
	if (r->why != NULL)
		return ZEEK_TRAIT_BAD;
	if (kind == CERTIFICATE)
		return certificate(r, &t->tls, names);
	if (!read_kind(r, kind, t, names))
		return ZEEK_TRAIT_NO;
	return r->why == NULL ? ZEEK_TRAIT_YES : ZEEK_TRAIT_BAD;
}
