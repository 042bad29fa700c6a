/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "record/trait.h"
#include "traits.h"

#define HEAD(path) "{\"_path\":\"" path "\","
#define ENDS                                                            \
	"\"id.orig_h\":\"10.0.0.5\",\"id.orig_p\":50000,\"id.resp_h\":" \
	"\"192.0.2.1\",\"id.resp_p\":443,"

static const char DNS[] =
    HEAD("dns") "\"answered\":true,\"answers\":[{\"address\":true,\"data\":\"192.0.2.7\","
		"\"ttl\":60,\"type\":1},{\"address\":false,\"data\":\"a\\\\\\\\b\\\\xff\","
		"\"ttl\":0,\"type\":16}],\"answers_more\":3," ENDS
		"\"proto\":\"udp\",\"qclass\":1,\"qtype\":1,\"query\":\"c2.example\","
		"\"rcode\":0,\"rtt_ns\":5,\"trans_id\":77,\"truncated\":false,"
		"\"ts_ns\":9,\"uid\":\"00000000000000ff\",\"where\":3}";
static const char SSH[] =
    HEAD("ssh") "\"auth_attempts\":2,\"auth_success\":false,\"client\":\"SSH-2.0-x\","
		"\"hassh\":\"000102030405060708090a0b0c0d0e0f\",\"hassh_server\":\"\"," ENDS
		"\"proto\":\"tcp\",\"server\":\"\",\"ts_ns\":9,\"uid\":\"\",\"where\":3}";

static struct trait
example(enum trait_kind kind)
{
	struct trait t;

	memset(&t, 0, sizeof t);
	t.time_ns = 9;
	t.orig = ip_from_v4((const uint8_t[4]){ 10, 0, 0, 5 });
	t.resp = ip_from_v4((const uint8_t[4]){ 192, 0, 2, 1 });
	t.orig_port = 50000;
	t.resp_port = 443;
	t.proto = kind == TRAIT_DNS ? PROTO_UDP : PROTO_TCP;
	t.kind = (uint8_t)kind;
	t.where = 3;
	return t;
}

static void
the_lines_are_canonical(void **state)
{
	struct trait dns = example(TRAIT_DNS), ssh = example(TRAIT_SSH);
	struct buf b;

	(void)state;
	dns.uid = 255;
	dns.dns = (struct trait_dns){ .query = BYTES("c2.example"),
		.id = 77,
		.qtype = 1,
		.qclass = 1,
		.answered = true,
		.rtt_ns = 5,
		.answer = { { .type = 1,
				.ttl = 60,
				.is_address = true,
				.address = ip_from_v4((const uint8_t[4]){ 192, 0, 2, 7 }) },
		    { .type = 16, .text = BYTES("a\\b\xff") } },
		.answers = 2,
		.answers_more = 3 };
	buf_init(&b, 4096);
	trait_encode(&dns, &b);
	assert_string_equal(b.at, DNS);
	ssh.ssh = (struct trait_ssh){ .client = BYTES("SSH-2.0-x"),
		.has_hassh = true,
		.auth = TRAIT_NO,
		.attempts = 2 };
	for (uint8_t i = 0; i < 16; i++)
		ssh.ssh.hassh[i] = i;
	buf_reset(&b);
	trait_encode(&ssh, &b);
	assert_string_equal(b.at, SSH);
	buf_release(&b);
}

static void
assert_same(struct span a, struct span b)
{
	assert_int_equal(a.len, b.len);
	if (a.len > 0)
		assert_memory_equal(a.at, b.at, a.len);
}

static void
assert_same_dns(const struct trait_dns *a, const struct trait_dns *b)
{
	assert_same(a->query, b->query);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->qtype, b->qtype);
	assert_int_equal(a->qclass, b->qclass);
	assert_int_equal(a->rcode, b->rcode);
	assert_int_equal(a->answered, b->answered);
	assert_int_equal(a->truncated, b->truncated);
	assert_int_equal(a->rtt_ns, b->rtt_ns);
	assert_int_equal(a->answers, b->answers);
	assert_int_equal(a->answers_more, b->answers_more);
	for (unsigned i = 0; i < a->answers; i++) {
		assert_int_equal(a->answer[i].type, b->answer[i].type);
		assert_int_equal(a->answer[i].ttl, b->answer[i].ttl);
		assert_int_equal(a->answer[i].is_address, b->answer[i].is_address);
		assert_memory_equal(
		    &a->answer[i].address, &b->answer[i].address, sizeof(struct ip));
		assert_same(a->answer[i].text, b->answer[i].text);
	}
}

static void
assert_same_http(const struct trait_http *a, const struct trait_http *b)
{
	assert_same(a->method, b->method);
	assert_same(a->host, b->host);
	assert_same(a->uri, b->uri);
	assert_same(a->user_agent, b->user_agent);
	assert_same(a->version, b->version);
	assert_same(a->mime, b->mime);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->depth, b->depth);
	assert_int_equal(a->proxied, b->proxied);
	assert_int_equal(a->request_len, b->request_len);
	assert_int_equal(a->response_len, b->response_len);
}

static void
assert_same_tls(const struct trait_tls *a, const struct trait_tls *b)
{
	assert_same(a->server_name, b->server_name);
	assert_same(a->alpn, b->alpn);
	assert_same(a->subject, b->subject);
	assert_same(a->issuer, b->issuer);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->client_version, b->client_version);
	assert_int_equal(a->cipher, b->cipher);
	assert_int_equal(a->flags, b->flags);
	assert_memory_equal(a->ja3, b->ja3, sizeof a->ja3);
	assert_memory_equal(a->ja3s, b->ja3s, sizeof a->ja3s);
	assert_string_equal(a->ja4, b->ja4);
	assert_string_equal(a->ja4_retry, b->ja4_retry);
	assert_memory_equal(a->cert_sha1, b->cert_sha1, sizeof a->cert_sha1);
	assert_memory_equal(&a->cert_sha256, &b->cert_sha256, sizeof a->cert_sha256);
	assert_int_equal(a->not_before_ns, b->not_before_ns);
	assert_int_equal(a->not_after_ns, b->not_after_ns);
}

static void
assert_same_ssh(const struct trait_ssh *a, const struct trait_ssh *b)
{
	assert_same(a->client, b->client);
	assert_same(a->server, b->server);
	assert_int_equal(a->has_hassh, b->has_hassh);
	assert_int_equal(a->has_hassh_server, b->has_hassh_server);
	assert_memory_equal(a->hassh, b->hassh, sizeof a->hassh);
	assert_memory_equal(a->hassh_server, b->hassh_server, sizeof a->hassh_server);
	assert_int_equal(a->auth, b->auth);
	assert_int_equal(a->attempts, b->attempts);
}

static void
assert_same_file(const struct trait_file *a, const struct trait_file *b)
{
	assert_same(a->source, b->source);
	assert_same(a->mime, b->mime);
	assert_same(a->filename, b->filename);
	assert_int_equal(a->from_orig, b->from_orig);
	assert_int_equal(a->seen, b->seen);
	assert_int_equal(a->total, b->total);
	assert_int_equal(a->missing, b->missing);
	assert_memory_equal(a->md5, b->md5, sizeof a->md5);
	assert_memory_equal(a->sha1, b->sha1, sizeof a->sha1);
	assert_memory_equal(&a->sha256, &b->sha256, sizeof a->sha256);
}

static void
assert_same_others(const struct trait *a, const struct trait *b)
{
	if (a->kind == TRAIT_FILE)
		assert_same_file(&a->file, &b->file);
	if (a->kind == TRAIT_NTP) {
		assert_int_equal(a->ntp.mode, b->ntp.mode);
		assert_int_equal(a->ntp.version, b->ntp.version);
		assert_int_equal(a->ntp.stratum, b->ntp.stratum);
		assert_same(a->ntp.ref, b->ntp.ref);
	}
	if (a->kind == TRAIT_ECHO) {
		assert_int_equal(a->echo.requests, b->echo.requests);
		assert_int_equal(a->echo.request_bytes, b->echo.request_bytes);
		assert_int_equal(a->echo.request_changes, b->echo.request_changes);
		assert_int_equal(a->echo.replies, b->echo.replies);
		assert_int_equal(a->echo.reply_bytes, b->echo.reply_bytes);
		assert_int_equal(a->echo.differ_changes, b->echo.differ_changes);
		assert_int_equal(a->echo.differ, b->echo.differ);
		assert_int_equal(a->echo.differ_bytes, b->echo.differ_bytes);
	}
	if (a->kind == TRAIT_DHCP) {
		assert_same(a->dhcp.host_name, b->dhcp.host_name);
		assert_same(a->dhcp.mac, b->dhcp.mac);
		assert_same(a->dhcp.assigned, b->dhcp.assigned);
		assert_same(a->dhcp.messages, b->dhcp.messages);
	}
}

static void
assert_traits_equal(const struct trait *a, const struct trait *b)
{
	assert_int_equal(a->time_ns, b->time_ns);
	assert_memory_equal(&a->orig, &b->orig, sizeof a->orig);
	assert_memory_equal(&a->resp, &b->resp, sizeof a->resp);
	assert_int_equal(a->orig_port, b->orig_port);
	assert_int_equal(a->resp_port, b->resp_port);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->where, b->where);
	assert_int_equal(a->uid, b->uid);
	if (a->kind == TRAIT_DNS)
		assert_same_dns(&a->dns, &b->dns);
	if (a->kind == TRAIT_HTTP)
		assert_same_http(&a->http, &b->http);
	if (a->kind == TRAIT_TLS)
		assert_same_tls(&a->tls, &b->tls);
	if (a->kind == TRAIT_SSH)
		assert_same_ssh(&a->ssh, &b->ssh);
	assert_same_others(a, b);
}

static void
what_is_encoded_decodes_to_itself(void **state)
{
	static struct trait_room room;
	struct buf line, text;

	(void)state;
	buf_init(&line, 1 << 20);
	buf_init(&text, 1 << 20);
	for (unsigned seed = 1; seed <= 5; seed++) {
		srandom(seed);
		for (int i = 0; i < 200; i++) {
			struct trait t = random_trait(&room), back;
			struct error err = { "" };

			buf_reset(&line);
			trait_encode(&t, &line);
			if (trait_decode(buf_span(&line), &text, &back, &err) != OK)
				fail_msg("seed %u: %s\n%s", seed, err.text, line.at);
			assert_traits_equal(&t, &back);
		}
	}
	buf_release(&line);
	buf_release(&text);
}

static const struct {
	const char *name, *from, *to;
} WRONG[] = {
	{ "a stranger among the fields", "\"where\":3", "\"where\":3,\"x\":1" },
	{ "a field is missing", ",\"where\":3", "" },
	{ "a field comes twice", "\"where\":3", "\"where\":3,\"where\":3" },
	{ "a log that we have not", "\"dns\"", "\"smb\"" },
	{ "a fraction", "\"rtt_ns\":5", "\"rtt_ns\":5.0" },
	{ "a port too large", "\"id.resp_p\":443", "\"id.resp_p\":65536" },
	{ "a type too large", "\"qtype\":1", "\"qtype\":65536" },
	{ "a number below zero", "\"ttl\":60", "\"ttl\":-1" },
	{ "no address", "10.0.0.5", "10.0.0.256" },
	{ "an answer that is no address", "192.0.2.7", "192.0.2" },
	{ "an answer with a field too many", "\"type\":16", "\"type\":16,\"x\":1" },
	{ "answers that are none", "\"answers\":[{", "\"answers\":[7,{" },
	{ "a backslash alone", "a\\\\\\\\b", "a\\\\b" },
	{ "an escape in upper case", "\\\\xff", "\\\\xFF" },
	{ "an escape cut short", "\\\\xff", "\\\\xf" },
	{ "a uid of another length", "00000000000000ff", "00000000000ff" },
	{ "a uid of zero", "00000000000000ff", "0000000000000000" },
	{ "a number for a truth", "\"answered\":true", "\"answered\":1" },
	{ "a text for a number", "\"trans_id\":77", "\"trans_id\":\"77\"" },
	{ "not JSON", "\"where\":3}", "\"where\":3" },
};

static void
what_is_not_a_trait_is_refused(void **state)
{
	struct buf line, text;

	(void)state;
	buf_init(&line, 1 << 16);
	buf_init(&text, 1 << 16);
	for (size_t i = 0; i < COUNT(WRONG); i++) {
		const char *at = strstr(DNS, WRONG[i].from);
		struct error err = { "" };
		struct trait t;

		ROW(i, WRONG[i].name);
		assert_non_null(at);
		buf_reset(&line);
		buf_put(&line, DNS, (size_t)(at - DNS));
		buf_puts(&line, WRONG[i].to);
		buf_puts(&line, at + strlen(WRONG[i].from));
		t.time_ns = 123;
		assert_int_equal(trait_decode(buf_span(&line), &text, &t, &err), E_FORMAT);
		assert_int_equal(t.time_ns, 123);
		assert_string_not_equal(err.text, "");
	}
	buf_release(&line);
	buf_release(&text);
}

static void
too_little_room_is_an_answer(void **state)
{
	struct trait t;
	struct error err;
	struct buf text;

	(void)state;
	for (size_t max = 0; max < sizeof DNS + 8; max += 64) {
		enum status st;

		buf_init(&text, max);
		st = trait_decode(BYTES(DNS), &text, &t, &err);
		assert_int_equal(st, max < sizeof DNS - 1 ? E_NOMEM : OK);
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lines_are_canonical),
		cmocka_unit_test(what_is_encoded_decodes_to_itself),
		cmocka_unit_test(what_is_not_a_trait_is_refused),
		cmocka_unit_test(too_little_room_is_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
