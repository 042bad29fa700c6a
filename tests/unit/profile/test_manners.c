/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How hosts speak with services: whatever the order, and counted over hosts.
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "profile/manners.h"
#include "profile/own_address.h"

#define MEMORY ((size_t)4 << 20)
#define TRAITS 3000
#define HOSTS  12
#define PEERS  20
#define PRINTS 6

static struct ip
v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return ip_from_v4((uint8_t[4]){ a, b, c, d });
}

static struct span
text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static struct trait
trait_of(enum trait_kind kind, unsigned host, unsigned peer)
{
	return (struct trait){ .time_ns = 1000,
		.orig = v4(10, 0, 0, (uint8_t)host),
		.resp = v4(192, 0, 2, (uint8_t)peer),
		.orig_port = 40000,
		.resp_port = 443,
		.proto = PROTO_TCP,
		.kind = (uint8_t)kind };
}

static struct trait
hello(unsigned host, unsigned peer, unsigned print)
{
	struct trait t = trait_of(TRAIT_TLS, host, peer);

	(void)snprintf(t.tls.ja4, sizeof t.tls.ja4, "t13d15%02uh2", print);
	return t;
}

static unsigned
below(unsigned n)
{
	return (unsigned)random() % n;
}

static struct trait
any_trait(void)
{
	static const char *const names[] = { "api.ipify.org", "ip-api.com",
		"www.example.net" };
	static const char *const uris[] = { "/a", "/b?x=1", "/b?x=2", "/c", "/d", "/e",
		"/f", "/g", "/h", "/i", "/j" };
	static const char *const subjects[] = { "CN=one", "CN=two", "CN=three" };
	struct trait t = hello(below(HOSTS), below(PEERS), below(PRINTS));

	if (below(2)) {
		t.tls.subject = text(subjects[below(3)]);
		t.tls.issuer = text("CN=one");
		t.tls.flags = TRAIT_TLS_CERT;
		t.tls.not_after_ns = below(2) ? 77 : 0;
	}
	if (below(3) == 0) {
		t = trait_of(TRAIT_HTTP, below(HOSTS), below(PEERS));
		t.http.method = text(below(3) ? "GET" : "POST");
		t.http.uri = text(uris[below(below(2) ? 2 : COUNT(uris))]);
		t.http.host = text(names[below(3)]);
		t.http.status = 200;
		t.http.response_len = below(3);
	}
	t.time_ns = 1000 + below(50);
	return t;
}

/* All that can be asked, as text. Pages and answers in no order: their counts add up. */
static void
describe(const struct manners *m, struct buf *out)
{
	size_t n;
	const uint32_t *at = manners_all(m, &n);

	buf_reset(out);
	for (size_t i = 0; i < n; i++) {
		const struct manner *x = manners_at(m, at[i]);

		buf_printf(out, "%u %u %u n%u p%u f%u %llu %llx %llx %llu", x->host.b[15],
		    x->peer.b[15], x->kind, x->n, x->posts, x->flags,
		    (unsigned long long)x->first_ns, (unsigned long long)x->print,
		    (unsigned long long)x->cert, (unsigned long long)x->until_ns);
		if (x->kind == MANNER_PAGES_ASKED && !(x->flags & MANNER_MANY_PAGES)) {
			uint64_t sum = 0;

			for (int k = 0; k < MANNER_PAGES; k++)
				sum += (uint64_t)x->page[k] * x->page_n[k];
			buf_printf(out, " %llu", (unsigned long long)sum);
		} else if (x->kind != MANNER_PAGES_ASKED) {
			buf_printf(out, " %s %s", x->name,
			    x->kind == MANNER_HELLO ? x->subject : "");
		}
		buf_printf(out, "\n");
	}
	buf_printf(out, "%llu\n", (unsigned long long)manners_speakers(m));
}

/* In any order, with room and without, the same is known. */
static void
order_does_not_matter(void **state)
{
	static const size_t memory[] = { MEMORY, 16384, 4096 };
	struct trait *t = malloc(TRAITS * sizeof *t);
	struct buf first = { .max = 1 << 20 }, other = { .max = 1 << 20 };
	bool shed = false;

	(void)state;
	srandom(11);
	for (size_t i = 0; i < TRAITS; i++)
		t[i] = any_trait();
	for (size_t k = 0; k < COUNT(memory) * 3; k++) {
		struct manners *m;
		struct error err;

		for (size_t i = TRAITS - 1; k % 3 != 0 && i > 0; i--) {
			size_t j = (size_t)random() % (i + 1);
			struct trait swap = t[i];

			t[i] = t[j];
			t[j] = swap;
		}
		assert_int_equal(manners_new(&m, memory[k / 3], &err), OK);
		for (size_t i = 0; i < TRAITS; i++)
			manners_see(m, &t[i]);
		manners_seal(m);
		describe(m, k % 3 == 0 ? &first : &other);
		if (k % 3 != 0)
			assert_string_equal(first.at, other.at);
		shed |= manners_counters(m)->shed > 0;
		manners_free(m);
	}
	assert_true(shed);
	buf_release(&first);
	buf_release(&other);
	free(t);
}

/* Against counting the long way. */
static void
prints_are_counted_over_hosts(void **state)
{
	static bool met[HOSTS][PEERS][PRINTS];
	struct manners *m;
	struct error err;

	(void)state;
	srandom(12);
	memset(met, 0, sizeof met);
	assert_int_equal(manners_new(&m, MEMORY, &err), OK);
	for (int i = 0; i < 60; i++) {
		unsigned host = below(HOSTS), peer = below(PEERS), print = below(PRINTS);
		bool taken = false;
		struct trait t = hello(host, peer, print);

		for (unsigned p = 0; p < PRINTS; p++)
			taken |= met[host][peer][p];
		if (taken)
			continue; /* a pair with several keeps one of them */
		met[host][peer][print] = true;
		manners_see(m, &t);
		manners_see(m, &t);
	}
	manners_seal(m);
	for (unsigned p = 0; p < PRINTS; p++) {
		uint64_t hosts = 0, print = 0;

		for (unsigned h = 0; h < HOSTS; h++) {
			uint64_t with = 0, others = 0, a, b;
			struct ip host = v4(10, 0, 0, (uint8_t)h);

			for (unsigned s = 0; s < PEERS; s++) {
				for (unsigned q = 0; q < PRINTS; q++)
					*(q == p ? &with : &others) += met[h][s][q];
				if (met[h][s][p]) {
					struct ip peer = v4(192, 0, 2, (uint8_t)s);

					print = manners_of(
					    m, MANNER_HELLO, &host, &peer, 443, PROTO_TCP)
						    ->print;
				}
			}
			hosts += with > 0;
			if (with == 0)
				continue;
			manners_print_servers(m, &host, print, &a, &b);
			assert_int_equal(a, with);
			assert_int_equal(b, others);
		}
		assert_true(hosts > 0);
		assert_int_equal(manners_print_hosts(m, print), hosts);
	}
	manners_free(m);
}

/* Addresses of which the first or the last bytes are the same, on both sides of IPv4. */
static struct ip
any_address(void)
{
	static const char *const nets[] = { "::", "::fffe:0:0", "::ffff:10.0.0.0",
		"::ffff:192.0.2.0", "::1:0:0:0", "2001:db8::", "2001:db8:0:1::", "fe80::" };
	struct ip ip;

	assert_true(ip_parse(text(nets[below(COUNT(nets))]), &ip));
	ip.b[15] = (uint8_t)below(3);
	if (!ip_is_v4(&ip))
		ip.b[12] = (uint8_t)below(3);
	return ip;
}

static int
three_way(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int
compare_places(const struct manner *a, const struct manner *b)
{
	int c = ip_compare(&a->host, &b->host);

	c = c ? c : ip_compare(&a->peer, &b->peer);
	c = c ? c : three_way(a->port, b->port);
	c = c ? c : three_way(a->proto, b->proto);
	return c ? c : three_way(a->kind, b->kind);
}

/* Of addresses of every family, and two kinds of manners of one service. */
static void
all_are_in_order(void **state)
{
	struct manners *m;
	struct error err;

	(void)state;
	srandom(13);
	for (unsigned most = 1; most <= 4096; most *= 4) {
		const uint32_t *at;
		size_t n;

		assert_int_equal(manners_new(&m, MEMORY, &err), OK);
		for (unsigned i = 0; i < most; i++) {
			struct trait t = any_trait();

			t.orig = any_address();
			t.resp = any_address();
			t.resp_port = (uint16_t)(255 + below(3));
			t.proto = below(2) ? PROTO_TCP : PROTO_UDP;
			manners_see(m, &t);
		}
		manners_seal(m);
		at = manners_all(m, &n);
		assert_true(n > 0);
		for (size_t i = 1; i < n; i++)
			assert_true(compare_places(manners_at(m, at[i - 1]),
					manners_at(m, at[i])) < 0);
		manners_free(m);
	}
}

static void
who_tells_an_address(void **state)
{
	static const struct {
		const char *name;
		bool tells;
	} rows[] = {
		{ "api.ipify.org", true },
		{ "ipify.org", true },
		{ "notipify.org", false },
		{ "ipify.org.example.net", false },
		{ "checkip.amazonaws.com", true },
		{ "s3.amazonaws.com", false },
		{ "", false },
	};

	struct own_address_filter filter;

	(void)state;
	own_address_prepare(&filter);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		assert_int_equal(
		    own_address_told(&filter, text(rows[i].name)), rows[i].tells);
	}
}

/* What a handshake shows of the server. */
static void
certificates_are_read(void **state)
{
	static const struct {
		const char *what, *subject, *issuer;
		uint16_t flags;
		uint64_t until_ns;
		uint8_t known;
	} rows[] = {
		{ "no certificate was seen", "", "", 0, 0, 0 },
		{ "an authority's", "CN=a", "CN=b", TRAIT_TLS_CERT, 5,
		    MANNER_CERT | MANNER_VALIDITY },
		{ "issuer and subject are one", "CN=a", "CN=a", TRAIT_TLS_CERT, 5,
		    MANNER_CERT | MANNER_SELF_SIGNED | MANNER_VALIDITY },
		{ "the source says so", "", "", TRAIT_TLS_CERT | TRAIT_TLS_SELF_SIGNED, 0,
		    MANNER_CERT | MANNER_SELF_SIGNED },
		{ "nameless on both sides is not the same name", "", "", TRAIT_TLS_CERT, 5,
		    MANNER_CERT | MANNER_VALIDITY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trait t = hello(1, 2, 3);
		const struct manner *x;
		struct manners *m;
		struct error err;

		ROW(i, rows[i].what);
		t.tls.subject = text(rows[i].subject);
		t.tls.issuer = text(rows[i].issuer);
		t.tls.flags = rows[i].flags;
		t.tls.not_after_ns = rows[i].until_ns;
		assert_int_equal(manners_new(&m, MEMORY, &err), OK);
		manners_see(m, &t);
		manners_seal(m);
		x = manners_of(m, MANNER_HELLO, &t.orig, &t.resp, 443, PROTO_TCP);
		assert_non_null(x);
		assert_int_equal(x->flags, rows[i].known);
		assert_string_equal(x->print_text, "t13d1503h2");
		manners_free(m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(prints_are_counted_over_hosts),
		cmocka_unit_test(all_are_in_order),
		cmocka_unit_test(who_tells_an_address),
		cmocka_unit_test(certificates_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
