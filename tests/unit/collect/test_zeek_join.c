/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "base/stamp.h"
#include "collect/zeek.h"

#define SEP    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
#define ID     "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
#define ENDS   "1500000000.5\tCx\t10.0.0.1\t50000\t192.0.2.1\t443\t"
#define SHA1   "0102030405060708090a0b0c0d0e0f1011121314"
#define SHA256 "aa02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fbb"

#define SSL SEP "#path\tssl\n#fields\t" ID "\tcert_chain_fuids\n" ENDS "Fa,Fb\n"
#define X509                                                                        \
	SEP "#path\tx509\n#fields\tts\tid\tcertificate.subject\tcertificate.issuer" \
	    "\tcertificate.not_valid_before\tcertificate.not_valid_after\n"         \
	    "1500000001\tFa\tCN=c2,O=A\\x5c, B\tCN=ca\t-5.0\t253402300799.000000\n"
#define FILES                                                     \
	SEP "#path\tfiles\n#fields\tts\tfuid\ttx_hosts\trx_hosts" \
	    "\tis_orig\tsha1\n1500000001\tFa\t192.0.2.1\t10.0.0.1\tF\t" SHA1 "\n"
#define NEW_SSL                                                                         \
	"{\"_path\":\"ssl\",\"ts\":1500000000.5,\"uid\":\"Cx\",\"id.orig_h\":\"10.0.0." \
	"1\","                                                                          \
	"\"id.orig_p\":50000,\"id.resp_h\":\"192.0.2.1\",\"id.resp_p\":443,"            \
	"\"cert_chain_fps\":[\"" SHA256 "\",\"00\"]}\n"
#define NEW_X509                                                                       \
	"{\"ts\":1500000001,\"fingerprint\":\"" SHA256 "\",\"certificate.subject\":"   \
	"\"CN=c2\",\"certificate.issuer\":\"CN=c2\",\"certificate.not_valid_before\":" \
	"\"2017-07-14T02:40:00Z\",\"certificate.not_valid_after\":\"9999-12-31T23:59:" \
	"59Z\"}\n"

struct told {
	struct buf lines;
	unsigned n;
};

static void
on_trait(void *state, const struct trait *t)
{
	struct told *x = state;

	if (t->kind != TRAIT_TLS)
		return;
	trait_encode(t, &x->lines);
	buf_putc(&x->lines, '\n');
	x->n++;
}

static struct zeek_stats
read_log(struct span log, struct zeek_join *join, struct told *x)
{
	struct zeek_stats stats;
	struct flow flow[4];
	struct error err;
	struct input *in;
	struct zeek *z;
	unsigned n;

	assert_int_equal(input_open_bytes(&in, log, "test.log", &err), OK);
	assert_int_equal(zeek_open(&z, in, &err), OK);
	zeek_traits(z, on_trait, x);
	if (join)
		zeek_share(z, join);
	while (!zeek_ended(z))
		assert_int_equal(zeek_next(z, flow, NULL, 4, &n, &err), OK);
	stats = *zeek_stats(z);
	zeek_close(z);
	return stats;
}

/* Logs that are read one after the other; the one handshake in them says this. */
static const struct {
	const char *name;
	struct span log[3];
	const char *has[4];
} JOINS[] = {
	{ "one stream, the certificate before", { BYTES(X509 SSL) },
	    { "\"certificate\":true", "\"issuer\":\"CN=ca\"",
		"\"subject\":\"CN=c2,O=A\\\\\\\\, B\"", "\"self_signed\":false" } },
	{ "one stream, the certificate behind: the handshake waits", { BYTES(SSL X509) },
	    { "\"certificate\":true", "\"issuer\":\"CN=ca\"", "\"not_before_ns\":0",
		"\"not_after_ns\":9223372036854775807" } },
	{ "three files, the digest from the third",
	    { BYTES(FILES), BYTES(X509), BYTES(SSL) },
	    { "\"cert_sha1\":\"" SHA1 "\"", "\"issuer\":\"CN=ca\"" } },
	{ "and in the other order", { BYTES(X509), BYTES(FILES), BYTES(SSL) },
	    { "\"cert_sha1\":\"" SHA1 "\"", "\"issuer\":\"CN=ca\"" } },
	{ "of two files the handshake's is read first: it cannot wait for another input",
	    { BYTES(SSL), BYTES(X509) }, { "\"certificate\":false", "\"issuer\":\"\"" } },
	{ "a later Zeek names it by its fingerprint, JSON that names no log",
	    { BYTES(NEW_X509), BYTES(NEW_SSL) },
	    { "\"cert_sha256\":\"" SHA256 "\"", "\"self_signed\":true",
		"\"not_before_ns\":1500000000000000000",
		"\"not_after_ns\":9223372036854775807" } },
	{ "it is the server's own that counts, the first of the chain",
	    { BYTES(
		  SEP "#path\tx509\n#fields\tts\tid\tcertificate.subject\n1\tFb\tCN=ca\n"),
		BYTES(SSL) },
	    { "\"certificate\":false", "\"subject\":\"\"" } },
	{ "the first word of a file stands",
	    { BYTES(X509),
		BYTES(
		    SEP "#path\tx509\n#fields\tts\tid\tcertificate.issuer\n1\tFa\tCN=x\n"),
		BYTES(SSL) },
	    { "\"issuer\":\"CN=ca\"" } },
};

static void
logs_complete_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(JOINS); i++) {
		struct zeek_join *join;
		struct told x = { .n = 0 };
		struct error err;

		ROW(i, JOINS[i].name);
		buf_init(&x.lines, 1 << 20);
		assert_int_equal(zeek_join_new(&join, ZEEK_JOIN_MEMORY, &err), OK);
		for (int k = 0; k < 3 && JOINS[i].log[k].at; k++)
			assert_int_equal(read_log(JOINS[i].log[k], join, &x).bad, 0);
		assert_int_equal(x.n, 1);
		for (int k = 0; k < 4 && JOINS[i].has[k]; k++)
			if (strstr(x.lines.at, JOINS[i].has[k]) == NULL)
				fail_msg("no %s in %s", JOINS[i].has[k], x.lines.at);
		assert_int_equal(zeek_join_shed(join), 0);
		zeek_join_free(join);
		buf_release(&x.lines);
	}
}

#define HANDSHAKES 3000

/* What each handshake was told with, by its number, which is its time. */
struct heard {
	unsigned n;
	bool complete[HANDSHAKES];
};

static void
hear(void *state, const struct trait *t)
{
	struct heard *h = state;
	char want[32];

	assert_true(t->time_ns < HANDSHAKES);
	h->n++;
	if (t->tls.subject.len == 0)
		return;
	assert_int_equal(snprintf(want, sizeof want, "CN=%u", (unsigned)t->time_ns % 700),
	    t->tls.subject.len);
	assert_memory_equal(want, t->tls.subject.at, t->tls.subject.len);
	assert_int_equal(t->tls.not_after_ns, t->time_ns % 700 + 1);
	h->complete[t->time_ns] = true;
}

static void
see(struct zeek_join *j, unsigned i)
{
	struct trait_tls t = { .flags = TRAIT_TLS_CERT, .not_after_ns = i % 700 + 1 };
	char text[32];
	int n = snprintf(text, sizeof text, "CN=%u", i % 700);

	t.subject = (struct span){ (const uint8_t *)text, (size_t)n };
	zeek_join_certificate(j, 1 + i, &t);
}

static void
ask(struct zeek_join *j, unsigned i, struct heard *h)
{
	struct trait t = { .kind = TRAIT_TLS, .time_ns = i };

	zeek_join_tell(j, &t, i % 2 ? 1 + i : 0, i % 2 ? 0 : 1 + i, hear, h);
}

/* A handshake is complete if its certificate is at most so far behind. */
static void
who_waits_is_completed(void **state)
{
	static struct heard h;
	unsigned behind[] = { 0, 1, 300, ZEEK_JOIN_WAIT, 3 * ZEEK_JOIN_WAIT };

	(void)state;
	for (size_t k = 0; k < COUNT(behind); k++) {
		struct zeek_join *j;
		struct error err;
		unsigned complete = 0;

		h = (struct heard){ 0 };
		assert_int_equal(zeek_join_new(&j, ZEEK_JOIN_MEMORY, &err), OK);
		for (unsigned i = 0; i < HANDSHAKES; i++) {
			ask(j, i, &h);
			if (i >= behind[k])
				see(j, i - behind[k]);
		}
		zeek_join_flush(j, hear, &h);
		assert_int_equal(h.n, HANDSHAKES);
		for (unsigned i = 0; i < HANDSHAKES; i++)
			complete += h.complete[i];
		if (behind[k] <= ZEEK_JOIN_WAIT)
			assert_int_equal(complete, HANDSHAKES - behind[k]);
		else
			assert_true(complete < HANDSHAKES / 2);
		assert_int_equal(zeek_join_shed(j), 0);
		zeek_join_free(j);
	}
}

/* At every limit each handshake is told once, and what is forgotten is counted. */
static void
memory_that_runs_out_is_survived(void **state)
{
	static struct heard h;
	unsigned last = 0;

	(void)state;
	for (size_t limit = 0; limit <= (size_t)512 << 10; limit += 8191) {
		struct zeek_join *j;
		struct error err;
		unsigned complete = 0;

		h = (struct heard){ 0 };
		assert_int_equal(zeek_join_new(&j, limit, &err), OK);
		for (unsigned i = 0; i < HANDSHAKES; i++)
			see(j, i);
		for (unsigned i = 0; i < HANDSHAKES; i++)
			ask(j, i, &h);
		zeek_join_flush(j, hear, &h);
		assert_int_equal(h.n, HANDSHAKES);
		for (unsigned i = 0; i < HANDSHAKES; i++)
			complete += h.complete[i];
		assert_int_equal(complete + zeek_join_shed(j), HANDSHAKES);
		last = complete;
		zeek_join_free(j);
	}
	assert_int_equal(last, HANDSHAKES);
}

/* Names of weird.log are counted; past those that have room together. */
static void
oddities_are_counted(void **state)
{
	struct zeek_odds o = { 0 };
	struct told x = { .n = 0 };
	struct zeek_stats stats;

	(void)state;
	buf_init(&x.lines, 1 << 20);
	stats = read_log(
	    (struct span)BYTES(SEP "#path\tweird\n#fields\tts\tname\n1\ta_b\n2\tc\x01\n"
				   "3\ta_b\n"
				   "{\"ts\":1,\"name\":\"a_b\",\"notice\":false}\n"),
	    NULL, &x);
	assert_int_equal(stats.odds, 4);
	assert_int_equal(stats.other + stats.bad, 0);
	assert_int_equal(stats.odd.n, 2);
	assert_string_equal(stats.odd.odd[0].name, "a_b");
	assert_int_equal(stats.odd.odd[0].count, 3);
	assert_string_equal(stats.odd.odd[1].name, "c?");
	for (unsigned i = 0; i < 2 * ZEEK_ODDS; i++) {
		char name[16];
		int n = snprintf(name, sizeof name, "odd_%u", i);

		zeek_odds_add(&o, (struct span){ (const uint8_t *)name, (size_t)n }, 2);
	}
	assert_int_equal(o.n, ZEEK_ODDS);
	assert_int_equal(o.more, 2 * ZEEK_ODDS);
	buf_release(&x.lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_complete_each_other),
		cmocka_unit_test(who_waits_is_completed),
		cmocka_unit_test(memory_that_runs_out_is_survived),
		cmocka_unit_test(oddities_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
