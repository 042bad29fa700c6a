/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes as they travel: whole, in small segments, disordered; inside other
 * protocols; in QUIC. A row is what is said, and what is told of it.
 */
#include "talks.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "quic_seal.h"

#define HELLO "t13d1516h2_8daaf6152771_e5627efa2ab1"
#define H2    "0010000e000c02683208687474702f312e31"

/* Bytes for a whole test: what `said` points to. */
static char store[65536];
static struct buf bytes;

static struct said
say(bool from_resp, size_t from)
{
	assert_false(bytes.bad);
	return (struct said){ from_resp, bytes.at + from, bytes.len - from };
}

static void
put_record(uint8_t type, const char *content, size_t n)
{
	put_8(&bytes, type);
	put_16(&bytes, 0x0303);
	put_16(&bytes, (unsigned)n);
	buf_put(&bytes, content, n);
}

/* A message in records of at most `most` bytes. */
static void
put_message(uint8_t type, const char *body, size_t n, size_t most)
{
	char room[8192];
	struct buf b = buf_over(room, sizeof room);

	put_8(&b, type);
	put_24(&b, n);
	buf_put(&b, body, n);
	assert_false(b.bad);
	for (size_t at = 0; at < b.len; at += most)
		put_record(22, b.at + at, b.len - at < most ? b.len - at : most);
}

static struct said
client_hello(const char *session, size_t most)
{
	struct client c = { 0x0303, chrome_ciphers, CHROME_EXTENSIONS(H2), session };
	char room[2048];
	struct buf b = buf_over(room, sizeof room);
	size_t from = bytes.len;

	put_client_hello(&b, &c);
	put_message(1, b.at, b.len, most);
	return say(false, from);
}

static void
put_server_hello(struct buf *b, const char *session, const char *rest)
{
	put_16(b, 0x0303);
	for (unsigned i = 0; i < 32; i++)
		put_8(b, 7 * i & 255);
	put_8(b, (unsigned)strlen(session));
	buf_puts(b, session);
	put_hex_text(b, rest);
}

static void
put_server(const char *session, const char *rest)
{
	char room[256];
	struct buf b = buf_over(room, sizeof room);

	put_server_hello(&b, session, rest);
	put_message(2, b.at, b.len, 4096);
}

#define TLS_1_3 "1301 00 0006 002b00020304"
#define TLS_1_2 "c02f 00 0009 00100005000302683200"

/* Self-signed, with a subject as long as it is told to be; valid for a day of 2020. */
static void
put_certificate(size_t long_subject, size_t most)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char der[8192], *at = der;
	char room[8300];
	struct buf b = buf_over(room, sizeof room);
	int n;

	assert_true(X509_set_pubkey(x, key) && X509_set_version(x, 2));
	assert_true(ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z"));
	assert_true(ASN1_TIME_set_string(X509_getm_notAfter(x), "20200102000000Z"));
	assert_true(X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)"a test", -1, -1, 0));
	for (size_t i = 0; i < long_subject; i++)
		assert_true(X509_NAME_add_entry_by_txt(
		    name, "O", MBSTRING_ASC, (const unsigned char *)"abcdefgh", -1, -1, 0));
	assert_true(X509_set_issuer_name(x, name) && X509_sign(x, key, NULL));
	n = i2d_X509(x, &at);
	assert_true(n > 0 && (size_t)n < sizeof der);
	put_24(&b, (size_t)n + 3);
	put_24(&b, (size_t)n);
	buf_put(&b, der, (size_t)n);
	put_message(11, b.at, b.len, most);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void
put_finished(void)
{
	put_record(20, "\1", 1);
	put_record(22, "\x55\x66\x77\x88\x99", 5);
}

static void
put_secret(void)
{
	put_record(20, "\1", 1);
	put_record(23, "\x55\x66\x77\x88\x99", 5);
}

struct play {
	struct said said[SAID_MAX];
	unsigned n;
};

static void
add(struct play *p, struct said s)
{
	assert_true(p->n < SAID_MAX);
	p->said[p->n++] = s;
}

#define ADD(play, from_resp, puts)                    \
	do {                                          \
		size_t from_here = bytes.len;         \
		puts;                                 \
		add(play, say(from_resp, from_here)); \
	} while (0)

/* The same however it travels. */
static void
expect_lines(
    const char *what, const struct play *p, const char *lines, enum service service)
{
	static const struct way ways[] = {
		{ PROTO_TCP, 443, 0, false, 0 },
		{ PROTO_TCP, 443, 1, false, 0 },
		{ PROTO_TCP, 443, 7, false, 0 },
		{ PROTO_TCP, 443, 400, true, 0 },
		{ PROTO_TCP, 8443, 90, true, 0 },
	};

	srandom(1);
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct listener l;

		ROW(i, what);
		l = listen_to(p->said, p->n, &ways[i]);
		assert_string_equal(l.lines.at, lines);
		assert_int_equal(l.service, service);
		buf_release(&l.lines);
	}
}

static void
full_1_3(struct play *p)
{
	add(p, client_hello(NULL, 4096));
	ADD(p, true, {
		put_server("", TLS_1_3);
		put_secret();
	});
	ADD(p, false, put_secret());
}

static int
begin(void **state)
{
	(void)state;
	bytes = buf_over(store, sizeof store);
	return 0;
}

static void
test_1_3(void **state)
{
	struct play p = { 0 };

	(void)state;
	full_1_3(&p);
	expect_lines("TLS 1.3", &p, "localhost h2 0304/0304 1301 " HELLO " established\n",
	    SERVICE_TLS);
	p.n = 2;
	expect_lines("the client says no more", &p,
	    "localhost h2 0304/0304 1301 " HELLO "\n", SERVICE_TLS);
	p.n = 1;
	expect_lines(
	    "a hello alone", &p, "localhost h2 0304/0000 0000 " HELLO "\n", SERVICE_TLS);
}

static void
test_1_2(void **state)
{
	static const size_t most[] = { 16000, 100, 3 };

	(void)state;
	for (size_t i = 0; i < COUNT(most); i++) {
		struct play p = { 0 };

		begin(NULL);
		add(&p, client_hello("12345678", most[i]));
		ADD(&p, true, {
			put_server("", TLS_1_2);
			put_certificate(0, most[i]);
			put_message(14, "", 0, 4);
		});
		ADD(&p, false, {
			put_message(16, "key", 3, most[i]);
			put_finished();
		});
		ADD(&p, true, put_finished());
		expect_lines("TLS 1.2", &p,
		    "localhost h2 0304/0303 c02f " HELLO
		    " established certificate self-signed CN=a test\n",
		    SERVICE_TLS);
	}
}

static void
test_resumed(void **state)
{
	struct play p = { 0 };

	(void)state;
	add(&p, client_hello("12345678", 4096));
	ADD(&p, true, {
		put_server("12345678", TLS_1_2);
		put_finished();
	});
	ADD(&p, false, put_finished());
	expect_lines("resumed", &p,
	    "localhost h2 0304/0303 c02f " HELLO " established resumed\n", SERVICE_TLS);
}

/* The second hello of a retry leaves its fingerprint and changes nothing else. */
static void
test_retry(void **state)
{
	static const uint8_t retry[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
		0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
		0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };
	static const uint16_t one[] = { 0x1301, 0xffff };
	struct client c = { 0x0303, one, NULL, NULL };
	char room[512], hello_room[512];
	struct buf b = buf_over(room, sizeof room),
		   h = buf_over(hello_room, sizeof hello_room);
	struct play p = { 0 };

	(void)state;
	put_16(&b, 0x0303);
	buf_put(&b, retry, sizeof retry);
	put_hex_text(&b, "00" TLS_1_3);
	put_client_hello(&h, &c);
	add(&p, client_hello(NULL, 4096));
	ADD(&p, true, put_message(2, b.at, b.len, 4096));
	ADD(&p, false, {
		put_record(20, "\1", 1);
		put_message(1, h.at, h.len, 4096);
	});
	ADD(&p, true, {
		put_server("", TLS_1_3);
		put_secret();
	});
	ADD(&p, false, put_secret());
	expect_lines("a retry", &p,
	    "localhost h2 0304/0304 1301 " HELLO
	    " then t12i010000_0f2cb44170f4_000000000000 established\n",
	    SERVICE_TLS);
}

/* Its first 4096 bytes are kept when it is spread over records, and are not enough. */
static void
test_long_certificate(void **state)
{
	struct play p = { 0 };

	(void)state;
	add(&p, client_hello(NULL, 4096));
	ADD(&p, true, {
		put_server("", TLS_1_2);
		put_certificate(200, 1000);
	});
	expect_lines("a certificate too long", &p,
	    "localhost h2 0304/0303 c02f " HELLO "\n", SERVICE_TLS);
}

static void
test_inside(void **state)
{
	static const struct said smtp[] = { SERVER("220 mx ESMTP\r\n"),
		CLIENT("EHLO me\r\n"), SERVER("250 STARTTLS\r\n"), CLIENT("STARTTLS\r\n"),
		SERVER("220 go\r\n") };
	static const struct said socks[] = { CLIENT("\5\2\0\2"), SERVER("\5\2"),
		CLIENT("\1\1u\1p"), SERVER("\1\0"), CLIENT("\5\1\0\3\4host\1\273"),
		SERVER("\5\0\0\1\0\0\0\0\0\0") };
	static const struct said socks4[] = { CLIENT("\4\1\1\273\0\0\0\1me\0host\0"),
		SERVER("\0\132\0\0\0\0\0\0") };
	static const struct said postgres[] = { CLIENT("\0\0\0\10\4\322\26\57"),
		SERVER("S") };
	static const struct {
		const char *what;
		const struct said *said;
		unsigned n;
	} table[] = {
		{ "after STARTTLS", smtp, COUNT(smtp) },
		{ "through SOCKS 5 with a password", socks, COUNT(socks) },
		{ "through SOCKS 4a", socks4, COUNT(socks4) },
		{ "asked for by PostgreSQL", postgres, COUNT(postgres) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct play p = { 0 };

		begin(NULL);
		for (unsigned k = 0; k < table[i].n; k++)
			add(&p, table[i].said[k]);
		full_1_3(&p);
		expect_lines(table[i].what, &p,
		    "localhost h2 0304/0304 1301 " HELLO " established\n", SERVICE_TLS);
	}
}

static void
test_not_tls(void **state)
{
	static const struct {
		const char *what;
		struct said said;
	} table[] = {
		{ "data first", CLIENT("\27\3\3\0\5abcde") },
		{ "version 9", CLIENT("\26\11\3\0\5\1\0\0\1a") },
		{ "a record without anything", CLIENT("\26\3\1\0\0\1\0\0\1a") },
		{ "a hello that lies", CLIENT("\26\3\1\0\5\1\0\0\1a") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct way way = { PROTO_TCP, 443, 0, false, 0 };
		struct listener l = listen_to(&table[i].said, 1, &way);

		ROW(i, table[i].what);
		assert_string_equal(l.lines.at, "");
		assert_int_equal(l.counters.lies, i == 3);
		buf_release(&l.lines);
	}
}

/* An Initial packet of packet number `number` with CRYPTO data [from, to) of a message. */
static void
put_initial(bool server, unsigned number, const struct buf *message, size_t from, size_t to)
{
	char room[1400], header_room[64];
	struct buf frames = buf_over(room, sizeof room),
		   header = buf_over(header_room, sizeof header_room);
	struct quic_keys k;

	assert_true(
	    quic_keys_make(1, (struct span){ (const uint8_t *)"8 octets", 8 }, server, &k));
	put_8(&frames, 6);
	put_16(&frames, 0x4000 | (unsigned)from);
	put_16(&frames, 0x4000 | (unsigned)(to - from));
	buf_put(&frames, message->at + from, to - from);
	while (frames.len < 1170)
		put_8(&frames, 0);
	put_hex_text(&header, server ? "c0 00000001 00 00 00" : "c0 00000001 08");
	if (!server) {
		buf_puts(&header, "8 octets");
		put_hex_text(&header, "00 00");
	}
	put_16(&header, 0x4000 | (unsigned)(1 + frames.len + 16));
	put_8(&header, number);
	quic_seal(&bytes, &k, buf_span(&header), 1, buf_span(&frames));
}

static void
test_quic(void **state)
{
	struct client c = { 0x0303, chrome_ciphers, CHROME_EXTENSIONS(H2), NULL };
	struct way way = { PROTO_UDP, 443, 0, false, 0 };
	char room[2048], hello_room[2048], server_room[256], answer_room[256];
	struct buf b = buf_over(room, sizeof room),
		   hello = buf_over(hello_room, sizeof hello_room),
		   s = buf_over(server_room, sizeof server_room),
		   answer = buf_over(answer_room, sizeof answer_room);
	struct play p = { 0 };
	struct listener l;

	(void)state;
	put_client_hello(&b, &c);
	put_8(&hello, 1);
	put_24(&hello, b.len);
	buf_put(&hello, b.at, b.len);
	put_server_hello(&s, "", TLS_1_3);
	put_8(&answer, 2);
	put_24(&answer, s.len);
	buf_put(&answer, s.at, s.len);
	/* The end before the beginning, and the middle twice. */
	ADD(&p, false, put_initial(false, 0, &hello, 200, hello.len));
	ADD(&p, false, put_initial(false, 1, &hello, 90, 210));
	ADD(&p, false, put_initial(false, 2, &hello, 0, 100));
	ADD(&p, true, put_initial(true, 0, &answer, 0, answer.len));

	l = listen_to(p.said, p.n, &way);
	assert_string_equal(l.lines.at,
	    "localhost h2 0304/0304 1301 q13d1516h2_8daaf6152771_e5627efa2ab1 quic\n");
	assert_int_equal(l.service, SERVICE_QUIC);
	buf_release(&l.lines);
	l = listen_to(p.said, 2, &way);
	assert_string_equal(l.lines.at, ""); /* its beginning is missing */
	buf_release(&l.lines);
}

/* Whatever memory there is: less is told, nothing breaks. */
static void
test_shortage(void **state)
{
	struct play p = { 0 };
	bool told = false;

	(void)state;
	full_1_3(&p);
	for (size_t memory = 1024; memory < 65536; memory += 1024) {
		struct way way = { PROTO_TCP, 443, 50, false, memory };
		struct listener l = listen_to(p.said, p.n, &way);

		told = l.lines.at[0] != '\0';
		buf_release(&l.lines);
	}
	assert_true(told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_1_3, begin),
		cmocka_unit_test_setup(test_1_2, begin),
		cmocka_unit_test_setup(test_resumed, begin),
		cmocka_unit_test_setup(test_retry, begin),
		cmocka_unit_test_setup(test_long_certificate, begin),
		cmocka_unit_test_setup(test_inside, begin),
		cmocka_unit_test_setup(test_not_tls, begin),
		cmocka_unit_test_setup(test_quic, begin),
		cmocka_unit_test_setup(test_shortage, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
