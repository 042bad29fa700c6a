/* SPDX-License-Identifier: Apache-2.0 */
#include "record/trait.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "record/finding.h"
#include "record/trait_own.h"

static const char *const KIND_TEXT[] = {
#define X(name, text) [TRAIT_##name] = text,
	TRAIT_KINDS(X)
#undef X
};

#define KINDS (sizeof KIND_TEXT / sizeof *KIND_TEXT)

const char *
trait_kind_text(enum trait_kind kind)
{
	CHECK((size_t)kind < KINDS);
	return KIND_TEXT[kind];
}

/* clang-format off */
#define FIELD(key, type, member, limit) \
	{ key, FIELD_##type, offsetof(struct trait, member), \
	  sizeof(((struct trait *)NULL)->member), limit }
#define FLAG(key, bit) FIELD(key, FLAG, tls.flags, TRAIT_TLS_##bit)

static const struct trait_field COMMON[] = {
	FIELD("id.orig_h", IP, orig, 0),
	FIELD("id.orig_p", UINT, orig_port, UINT16_MAX),
	FIELD("id.resp_h", IP, resp, 0),
	FIELD("id.resp_p", UINT, resp_port, UINT16_MAX),
	FIELD("proto", PROTO, proto, 0),
	FIELD("ts_ns", UINT, time_ns, FLOW_INT_MAX),
	FIELD("uid", UID, uid, 0),
	FIELD("where", UINT, where, FLOW_INT_MAX),
};

static const struct trait_field DNS[] = {
	FIELD("answered", BOOL, dns.answered, 0),
	FIELD("answers", ANSWERS, dns.answer, 0),
	FIELD("answers_more", UINT, dns.answers_more, UINT32_MAX),
	FIELD("qclass", UINT, dns.qclass, UINT16_MAX),
	FIELD("qtype", UINT, dns.qtype, UINT16_MAX),
	FIELD("query", TEXT, dns.query, TRAIT_NAME),
	FIELD("rcode", UINT, dns.rcode, UINT8_MAX),
	FIELD("rtt_ns", UINT, dns.rtt_ns, FLOW_INT_MAX),
	FIELD("trans_id", UINT, dns.id, UINT16_MAX),
	FIELD("truncated", BOOL, dns.truncated, 0),
};

static const struct trait_field HTTP[] = {
	FIELD("host", TEXT, http.host, TRAIT_NAME),
	FIELD("host_p", UINT, http.port, UINT16_MAX),
	FIELD("method", TEXT, http.method, TRAIT_TEXT),
	FIELD("mime", TEXT, http.mime, TRAIT_TEXT),
	FIELD("proxied", BOOL, http.proxied, 0),
	FIELD("request_body_len", UINT, http.request_len, FLOW_INT_MAX),
	FIELD("response_body_len", UINT, http.response_len, FLOW_INT_MAX),
	FIELD("status_code", UINT, http.status, UINT16_MAX),
	FIELD("trans_depth", UINT, http.depth, UINT32_MAX),
	FIELD("uri", TEXT, http.uri, TRAIT_TEXT),
	FIELD("user_agent", TEXT, http.user_agent, TRAIT_TEXT),
	FIELD("version", TEXT, http.version, TRAIT_TEXT),
};

static const struct trait_field TLS[] = {
	FIELD("alpn", TEXT, tls.alpn, TRAIT_NAME),
	FIELD("cert_sha1", DIGEST, tls.cert_sha1, 0),
	FIELD("cert_sha256", DIGEST, tls.cert_sha256, 0),
	FLAG("certificate", CERT),
	FIELD("cipher", UINT, tls.cipher, UINT16_MAX),
	FIELD("client_version", UINT, tls.client_version, UINT16_MAX),
	FLAG("ech", ECH),
	FLAG("established", ESTABLISHED),
	FIELD("issuer", TEXT, tls.issuer, TRAIT_TEXT),
	FIELD("ja3", JA3, tls.ja3, TRAIT_TLS_JA3),
	FIELD("ja3s", JA3, tls.ja3s, TRAIT_TLS_JA3S),
	FIELD("ja4", JA4, tls.ja4, TRAIT_JA4),
	FIELD("ja4_retry", JA4, tls.ja4_retry, TRAIT_JA4),
	FIELD("not_after_ns", UINT, tls.not_after_ns, FLOW_INT_MAX),
	FIELD("not_before_ns", UINT, tls.not_before_ns, FLOW_INT_MAX),
	FLAG("quic", QUIC),
	FLAG("resumed", RESUMED),
	FLAG("self_signed", SELF_SIGNED),
	FIELD("server_name", TEXT, tls.server_name, TRAIT_NAME),
	FIELD("subject", TEXT, tls.subject, TRAIT_TEXT),
	FIELD("version", UINT, tls.version, UINT16_MAX),
};

static const struct trait_field SSH[] = {
	FIELD("auth_attempts", UINT, ssh.attempts, UINT32_MAX),
	FIELD("auth_success", OUTCOME, ssh.auth, 0),
	FIELD("client", TEXT, ssh.client, TRAIT_TEXT),
	FIELD("hassh", HASSH, ssh.hassh, offsetof(struct trait, ssh.has_hassh)),
	FIELD("hassh_server", HASSH, ssh.hassh_server,
	    offsetof(struct trait, ssh.has_hassh_server)),
	FIELD("server", TEXT, ssh.server, TRAIT_TEXT),
};

static const struct trait_field FILES[] = {
	FIELD("filename", TEXT, file.filename, TRAIT_TEXT),
	FIELD("is_orig", BOOL, file.from_orig, 0),
	FIELD("md5", DIGEST, file.md5, 0),
	FIELD("mime_type", TEXT, file.mime, TRAIT_TEXT),
	FIELD("missing_bytes", UINT, file.missing, FLOW_INT_MAX),
	FIELD("seen_bytes", UINT, file.seen, FLOW_INT_MAX),
	FIELD("sha1", DIGEST, file.sha1, 0),
	FIELD("sha256", DIGEST, file.sha256, 0),
	FIELD("source", TEXT, file.source, TRAIT_TEXT),
	FIELD("total_bytes", UINT, file.total, FLOW_INT_MAX),
};

static const struct trait_field NTP[] = {
	FIELD("mode", UINT, ntp.mode, UINT8_MAX),
	FIELD("ref_id", TEXT, ntp.ref, TRAIT_NAME),
	FIELD("stratum", UINT, ntp.stratum, UINT8_MAX),
	FIELD("version", UINT, ntp.version, UINT8_MAX),
};

static const struct trait_field DHCP[] = {
	FIELD("assigned_addr", TEXT, dhcp.assigned, TRAIT_NAME),
	FIELD("host_name", TEXT, dhcp.host_name, TRAIT_NAME),
	FIELD("mac", TEXT, dhcp.mac, TRAIT_NAME),
	FIELD("msg_types", TEXT, dhcp.messages, TRAIT_NAME),
};

static const struct trait_field ECHO[] = {
	FIELD("differ", UINT, echo.differ, UINT32_MAX),
	FIELD("differ_bytes", UINT, echo.differ_bytes, FLOW_INT_MAX),
	FIELD("differ_changes", UINT, echo.differ_changes, UINT32_MAX),
	FIELD("replies", UINT, echo.replies, UINT32_MAX),
	FIELD("reply_bytes", UINT, echo.reply_bytes, FLOW_INT_MAX),
	FIELD("request_bytes", UINT, echo.request_bytes, FLOW_INT_MAX),
	FIELD("request_changes", UINT, echo.request_changes, UINT32_MAX),
	FIELD("requests", UINT, echo.requests, UINT32_MAX),
};
/* clang-format on */

#define FIELDS(table) ((struct trait_fields){ table, sizeof(table) / sizeof *(table) })

struct trait_fields
trait_fields_common(void)
{
	return FIELDS(COMMON);
}

struct trait_fields
trait_fields_of(enum trait_kind kind)
{
	switch (kind) {
	case TRAIT_DNS:
		return FIELDS(DNS);
	case TRAIT_HTTP:
		return FIELDS(HTTP);
	case TRAIT_TLS:
		return FIELDS(TLS);
	case TRAIT_SSH:
		return FIELDS(SSH);
	case TRAIT_FILE:
		return FIELDS(FILES);
	case TRAIT_NTP:
		return FIELDS(NTP);
	case TRAIT_DHCP:
		return FIELDS(DHCP);
	default:
		CHECK(kind == TRAIT_ECHO);
		return FIELDS(ECHO);
	}
}

struct writer {
	const struct trait *trait;
	struct json json;
};

/*
 * Zeek's way to keep any byte in a text: \xNN for what is not UTF-8. JSON's own
 * escapes come on top, as for every string.
 */
static void
put_text(struct json *j, struct span s)
{
	char room[4 * TRAIT_TEXT];
	size_t n = 0;

	CHECK(s.len <= TRAIT_TEXT);
	for (size_t i = 0; i < s.len;) {
		size_t len = utf8_length(s.at + i, s.len - i);

		if (len == 0) {
			static const char hex[] = "0123456789abcdef";

			room[n++] = '\\';
			room[n++] = 'x';
			room[n++] = hex[s.at[i] >> 4];
			room[n++] = hex[s.at[i] & 15];
			i++;
			continue;
		}
		if (s.at[i] == '\\')
			room[n++] = '\\';
		memcpy(room + n, s.at + i, len);
		n += len;
		i += len;
	}
	json_bytes(j, (struct span){ (const uint8_t *)room, n });
}

static void
put_hex(struct json *j, const uint8_t *b, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char text[2 * DIGEST_BYTES + 1];

	CHECK(n <= DIGEST_BYTES);
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = hex[b[i] >> 4];
		text[2 * i + 1] = hex[b[i] & 15];
	}
	text[2 * n] = '\0';
	json_str(j, text);
}

static void
put_uint(struct json *j, uint64_t v)
{
	json_uint(j, v < FLOW_INT_MAX ? v : FLOW_INT_MAX);
}

static uint64_t
uint_at(const uint8_t *at, size_t size)
{
	uint64_t v = 0;
	uint32_t v32 = 0;
	uint16_t v16 = 0;

	if (size == sizeof v)
		memcpy(&v, at, sizeof v);
	if (size == sizeof v32)
		memcpy(&v32, at, sizeof v32);
	if (size == sizeof v16)
		memcpy(&v16, at, sizeof v16);
	return size == 1 ? *at : v | v32 | v16;
}

static void
put_answers(struct json *j, const struct trait_dns *d)
{
	char text[IP_TEXT];

	CHECK(d->answers <= TRAIT_ANSWERS);
	json_open(j, '[');
	for (unsigned i = 0; i < d->answers; i++) {
		const struct trait_answer *a = &d->answer[i];

		json_open(j, '{');
		json_key(j, "address");
		json_bool(j, a->is_address);
		json_key(j, "data");
		if (a->is_address)
			json_str(j, ip_text(&a->address, text));
		else
			put_text(j, a->text);
		json_key(j, "ttl");
		put_uint(j, a->ttl);
		json_key(j, "type");
		put_uint(j, a->type);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
put_outcome(struct json *j, enum trait_outcome o)
{
	if (o == TRAIT_UNKNOWN)
		json_none(j);
	else
		json_bool(j, o == TRAIT_YES);
}

static bool
all_zero(const uint8_t *b, size_t n)
{
	while (n > 0 && b[n - 1] == 0)
		n--;
	return n == 0;
}

/* Those that are unknown are "". */
static void
put_fingerprint(struct writer *w, const struct trait_field *f, const uint8_t *at)
{
	bool known = !all_zero(at, f->size);

	if (f->type == FIELD_JA3)
		known = (w->trait->tls.flags & f->limit) != 0;
	if (f->type == FIELD_HASSH)
		known = *(const bool *)((const uint8_t *)w->trait + f->limit);
	put_hex(&w->json, at, known ? f->size : 0);
}

static void
put_special(struct writer *w, const struct trait_field *f, const uint8_t *at)
{
	char text[IP_TEXT], proto[8];
	uint64_t uid = w->trait->uid;
	uint8_t be[8];

	switch (f->type) {
	case FIELD_IP:
		json_str(&w->json, ip_text((const struct ip *)at, text));
		return;
	case FIELD_PROTO:
		json_str(&w->json, proto_text(*at, proto));
		return;
	case FIELD_UID:
		for (int i = 7; i >= 0; i--, uid >>= 8)
			be[i] = (uint8_t)uid;
		put_hex(&w->json, be, w->trait->uid ? sizeof be : 0);
		return;
	case FIELD_JA4:
		json_str(&w->json, (const char *)at);
		return;
	case FIELD_OUTCOME:
		put_outcome(&w->json, w->trait->ssh.auth);
		return;
	case FIELD_ANSWERS:
		put_answers(&w->json, &w->trait->dns);
		return;
	default:
		put_fingerprint(w, f, at);
	}
}

static void
put_field(struct writer *w, const struct trait_field *f)
{
	const uint8_t *at = (const uint8_t *)w->trait + f->at;
	struct json *j = &w->json;

	json_key(j, f->key);
	switch (f->type) {
	case FIELD_UINT:
		put_uint(j, uint_at(at, f->size));
		return;
	case FIELD_TEXT:
		CHECK(((const struct span *)at)->len <= f->limit);
		put_text(j, *(const struct span *)at);
		return;
	case FIELD_BOOL:
		json_bool(j, *(const bool *)at);
		return;
	case FIELD_FLAG:
		json_bool(j, (w->trait->tls.flags & f->limit) != 0);
		return;
	default:
		put_special(w, f, at);
	}
}

void
trait_encode(const struct trait *t, struct buf *out)
{
	struct trait_fields all = trait_fields_common(), own = trait_fields_of(t->kind);
	struct writer w = { .trait = t };

	json_init(&w.json, out);
	json_open(&w.json, '{');
	json_key(&w.json, "_path");
	json_str(&w.json, trait_kind_text(t->kind));
	while (all.n + own.n > 0) {
		bool ours =
		    all.n == 0 || (own.n > 0 && strcmp(own.field->key, all.field->key) < 0);
		struct trait_fields *next = ours ? &own : &all;

		put_field(&w, next->field++);
		next->n--;
	}
	json_close(&w.json, '}');
}
