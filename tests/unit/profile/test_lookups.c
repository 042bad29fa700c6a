/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups by domain: where a name is split, what it can tell, and that what is
 * kept is a function of the set of traits, also when there are too many.
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/domain.h"
#include "profile/lookups.h"

#define MEMORY ((size_t)8 << 20)

static struct trait
asked(unsigned host, const char *name, uint64_t time_s, uint16_t type, int rcode)
{
	return (struct trait){ .time_ns = time_s * UINT64_C(1000000000),
		.orig = ip_from_v4((const uint8_t[4]){ 10, 0, 0, (uint8_t)host }),
		.resp = ip_from_v4((const uint8_t[4]){ 192, 0, 2, 1 }),
		.orig_port = 50000,
		.resp_port = 53,
		.proto = PROTO_UDP,
		.kind = TRAIT_DNS,
		.dns = { .query = text_span(name),
		    .qtype = type,
		    .answered = rcode >= 0,
		    .rcode = (uint8_t)(rcode >= 0 ? rcode : 0) } };
}

static void
a_name_is_split_where_it_was_registered(void **state)
{
	static const struct {
		const char *name, *domain, *suffix;
		bool listed;
	} row[] = {
		{ "www.example.com", "example.com", "com", true },
		{ "example.com", "example.com", "com", true },
		{ "com", "com", "com", false },
		{ "a.b.example.co.uk", "example.co.uk", "co.uk", true },
		{ "a.b.c.d.e.f.g.h.i.example.org", "example.org", "org", true },
		{ "x.y.kobe.jp", "x.y.kobe.jp", "y.kobe.jp", true },
		{ "www.city.kobe.jp", "city.kobe.jp", "kobe.jp", true },
		{ "printer", "printer", "printer", false },
		{ "wpad.lan", "wpad.lan", "lan", false },
		{ "host.corp.lan", "corp.lan", "lan", false },
		{ "me.github.io", "me.github.io", "github.io", false },
		{ "a?b.example.net", "example.net", "net", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct domain_split s = domain_split(row[i].name, strlen(row[i].name));

		if (strcmp(row[i].name + s.domain, row[i].domain) != 0 ||
		    strcmp(row[i].name + s.suffix, row[i].suffix) != 0 ||
		    s.listed != row[i].listed)
			fail_msg("%s: %s, %s, %d", row[i].name, row[i].name + s.domain,
			    row[i].name + s.suffix, s.listed);
	}
	assert_int_equal(strlen(domain_list()), 40);
}

static void
a_name_tells_what_its_letters_can(void **state)
{
	static const struct {
		const char *name, *domain;
		unsigned bits, octets;
		bool address;
	} row[] = {
		{ "example.com", "example.com", 0, 0, false },
		{ "aaaaaaaaaa.example.com", "example.com", 0, 10, false },
		{ "abababab.example.com", "example.com", 8, 8, false },
		{ "0123456789abcdef.example.com", "example.com", 64, 16, false },
		{ "01234567.89abcdef.example.com", "example.com", 64, 16, false },
		{ "4.3.2.1.lists.example.org", "example.org", 27, 9, false },
		{ "4.3.2.1.example.org", "example.org", 8, 4, true },
		{ "4.3.2.1111.example.org", "example.org", 14, 7, false },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct trait t = asked(1, row[i].name, 5, 1, 0);
		struct lookup_domain d;
		char domain[NAME_TEXT];
		struct lookups *l;

		assert_int_equal(lookups_new(&l, MEMORY, &err), OK);
		lookups_see(l, &t);
		lookups_seal(l);
		lookups_domain(&t, domain);
		assert_string_equal(domain, row[i].domain);
		assert_int_equal(lookups_domains(l), 1);
		assert_true(lookups_find(l, &t.orig, row[i].domain, &d));
		assert_int_equal(d.n, 1);
		if (d.name->bits != row[i].bits || d.name->label != row[i].octets ||
		    (d.name->flags == LOOKUP_ADDRESS) != row[i].address)
			fail_msg("%s: %u bits of %u octets, flags %u", row[i].name,
			    d.name->bits, d.name->label, d.name->flags);
		lookups_free(l);
	}
}

static void
some_are_passed_by(void **state)
{
	static const struct {
		const char *name;
		uint16_t port;
		bool kept;
	} row[] = {
		{ "www.example.com", 53, true },
		{ "www.example.com", 5300, true },
		{ "printer.local", 5353, false },
		{ "printer", 5355, false },
		{ "printer", 137, false },
		{ "1.2.0.192.in-addr.arpa", 53, false },
		{ "", 53, false },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct trait t = asked(1, row[i].name, 5, 1, 0);
		struct lookups *l;

		t.resp_port = row[i].port;
		assert_int_equal(lookups_new(&l, MEMORY, &err), OK);
		lookups_see(l, &t);
		lookups_seal(l);
		if ((lookups_domains(l) == 1) != row[i].kept)
			fail_msg("row %zu, %s", i, row[i].name);
		lookups_free(l);
	}
}

static void
a_slice_is_split_by_its_domain(void **state)
{
	static const char *const name[] = { "a.example.com", "b.deep.example.com",
		"example.com", "c.badexample.com", "d.example.org", "xexample.com" };
	struct lookup_domain d;
	struct lookups *l;
	struct error err;

	(void)state;
	assert_int_equal(lookups_new(&l, MEMORY, &err), OK);
	lookups_only(l, "example.com");
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		struct trait t = asked(1, name[i], 5, 1, 0);

		lookups_see(l, &t);
	}
	lookups_seal(l);
	assert_int_equal(lookups_domains(l), 1);
	d = lookups_at(l, 0);
	assert_string_equal(d.text, "example.com");
	assert_int_equal(d.n, 3);
	lookups_free(l);
}

#define NAMES 6000

/* One of NAMES names of one of four hosts: half under one domain, half under their own. */
static struct trait
random_lookup(uint64_t *seed, char name[static 64])
{
	unsigned i, host;

	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	i = (unsigned)(*seed >> 33) % NAMES;
	host = i % 4;
	if (i % 2)
		(void)snprintf(name, 64, "%x.big.example", i * 2654435761U);
	else
		(void)snprintf(name, 64, "www.n%u.example", i);
	return asked(host, name, 1000 + (*seed >> 40) % 5000, (*seed >> 50) % 3 ? 1 : 16,
	    (*seed >> 52) % 5 ? 0 : 3);
}

struct slow {
	uint64_t first_ns, last_ns;
	uint32_t asked, failed, rich;
};

static void
see_all(struct lookups *l, struct slow slow[NAMES], int rounds, bool backwards)
{
	enum { MOST = 40000 };
	static struct trait t[MOST];
	static char name[MOST][64];
	uint64_t seed = 7;

	assert_true(rounds <= MOST);
	for (int k = 0; k < rounds; k++) {
		t[k] = random_lookup(&seed, name[k]);
		t[k].dns.query = text_span(name[k]);
	}
	for (int k = 0; k < rounds; k++) {
		const struct trait *one = &t[backwards ? rounds - 1 - k : k];
		unsigned i = 0;

		lookups_see(l, one);
		if (slow == NULL)
			continue;
		for (i = 0; i < NAMES; i++) {
			char text[64];

			if (i % 2)
				(void)snprintf(
				    text, sizeof text, "%x.big.example", i * 2654435761U);
			else
				(void)snprintf(text, sizeof text, "www.n%u.example", i);
			if (strcmp(text, (const char *)one->dns.query.at) == 0)
				break;
		}
		assert_true(i < NAMES);
		if (slow[i].asked == 0 || one->time_ns < slow[i].first_ns)
			slow[i].first_ns = one->time_ns;
		if (one->time_ns > slow[i].last_ns)
			slow[i].last_ns = one->time_ns;
		slow[i].asked++;
		slow[i].failed += one->dns.rcode == 3;
		slow[i].rich += one->dns.qtype == 16;
	}
}

/* Everything against counting one by one. */
static void
counts_are_those_of_the_slow_twin(void **state)
{
	static struct slow slow[NAMES];
	uint64_t asked_all = 0, failed = 0, rich = 0, first = 0, last = 0, names = 0;
	uint64_t got[6] = { 0 };
	struct lookups *l;
	struct error err;

	(void)state;
	assert_int_equal(lookups_new(&l, MEMORY, &err), OK);
	see_all(l, slow, 8000, false);
	lookups_seal(l);
	for (unsigned i = 0; i < NAMES; i++) {
		asked_all += slow[i].asked;
		failed += slow[i].failed;
		rich += slow[i].rich;
		first += slow[i].first_ns;
		last += slow[i].last_ns;
		names += slow[i].asked > 0;
	}
	for (size_t i = 0; i < lookups_domains(l); i++) {
		struct lookup_domain d = lookups_at(l, i);

		assert_int_equal(d.level, 0);
		for (size_t k = 0; k < d.n; k++) {
			if (k > 0)
				assert_true(d.name[k - 1].first_ns <= d.name[k].first_ns);
			got[0] += d.name[k].asked;
			got[1] += d.name[k].failed;
			got[2] += d.name[k].rich;
			got[3] += d.name[k].first_ns;
			got[4] += d.name[k].last_ns;
			got[5]++;
		}
	}
	assert_int_equal(got[0], asked_all);
	assert_int_equal(got[1], failed);
	assert_int_equal(got[2], rich);
	assert_int_equal(got[3], first);
	assert_int_equal(got[4], last);
	assert_int_equal(got[5], names);
	assert_int_equal(lookups_counters(l)->shed, 0);
	lookups_free(l);
}

static void
expect_same(const struct lookups *a, const struct lookups *b)
{
	assert_int_equal(lookups_domains(a), lookups_domains(b));
	for (size_t i = 0; i < lookups_domains(a); i++) {
		struct lookup_domain x = lookups_at(a, i), y = lookups_at(b, i);

		assert_string_equal(x.text, y.text);
		assert_true(ip_equal(&x.host, &y.host));
		assert_int_equal(x.n, y.n);
		assert_int_equal(x.level, y.level);
		for (size_t k = 0; k < x.n; k++) {
			assert_int_equal(x.name[k].hash, y.name[k].hash);
			assert_int_equal(x.name[k].asked, y.name[k].asked);
			assert_int_equal(x.name[k].first_ns, y.name[k].first_ns);
		}
	}
}

/* One host, one domain, many more names than are kept. */
static struct lookups *
one_large_domain(unsigned names, bool backwards)
{
	struct lookups *l;
	struct error err;

	assert_int_equal(lookups_new(&l, MEMORY, &err), OK);
	for (unsigned k = 0; k < names; k++) {
		unsigned i = backwards ? names - 1 - k : k;
		char name[64];
		struct trait t;

		(void)snprintf(name, sizeof name, "%08x.t.example", i * 2654435761U);
		t = asked(1, name, 100 + i, 1, 0);
		lookups_see(l, &t);
		if (i % 3 == 0)
			lookups_see(l, &t);
	}
	return l;
}

static void
a_large_domain_is_sampled_whatever_the_order(void **state)
{
	static const unsigned size[] = { 2048, 2049, 5000, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		struct lookups *a = one_large_domain(size[i], false),
			       *b = one_large_domain(size[i], true);
		struct lookup_domain d;
		double names;

		lookups_seal(a);
		lookups_seal(b);
		expect_same(a, b);
		d = lookups_at(a, 0);
		assert_true(d.n <= LOOKUPS_MOST);
		assert_int_equal(d.level == 0, size[i] <= LOOKUPS_MOST);
		names = (double)((uint64_t)d.n << d.level);
		if (names < 0.85 * size[i] || names > 1.15 * size[i])
			fail_msg("%u names are told as %.0f", size[i], names);
		for (size_t k = 0; k < d.n; k++) {
			uint64_t i_k = d.name[k].first_ns / 1000000000 - 100;

			assert_int_equal(d.name[k].asked, i_k % 3 == 0 ? 2 : 1);
		}
		lookups_free(a);
		lookups_free(b);
	}
}

/* A slice has fewer names than the shard had, and is thinned as the shard was. */
static void
a_slice_is_thinned_as_the_whole_was(void **state)
{
	struct error err;

	(void)state;
	for (size_t memory = 4096; memory < (size_t)2 << 20; memory *= 2) {
		struct lookups *whole, *slice;
		struct ip host = ip_from_v4((const uint8_t[4]){ 10, 0, 0, 1 });
		uint64_t seed = 7, kept = 0;
		size_t first, end;

		assert_int_equal(lookups_new(&whole, memory, &err), OK);
		assert_int_equal(lookups_new(&slice, MEMORY, &err), OK);
		see_all(whole, NULL, 20000, false);
		for (int k = 0; k < 20000; k++) {
			char name[64];
			struct trait t = random_lookup(&seed, name);

			t.dns.query = text_span(name);
			if (ip_equal(&t.orig, &host))
				lookups_see(slice, &t);
		}
		lookups_thin(slice, lookups_level(whole));
		lookups_seal(whole);
		lookups_seal(slice);
		lookups_of(whole, &host, &first, &end);
		assert_int_equal(end - first, lookups_domains(slice));
		for (size_t i = first; i < end; i++) {
			struct lookup_domain x = lookups_at(whole, i),
					     y = lookups_at(slice, i - first);

			assert_string_equal(x.text, y.text);
			assert_int_equal(x.n, y.n);
			assert_int_equal(x.level, y.level);
			for (size_t k = 0; k < x.n; k++)
				assert_memory_equal(&x.name[k].hash, &y.name[k].hash, 48);
		}
		for (size_t i = 0; i < lookups_domains(whole); i++) {
			struct lookup_domain x = lookups_at(whole, i);

			for (size_t k = 0; k < x.n; k++)
				kept += x.name[k].asked;
		}
		assert_int_equal(lookups_counters(whole)->seen, 20000);
		assert_int_equal(lookups_counters(whole)->shed, 20000 - kept);
		lookups_free(whole);
		lookups_free(slice);
	}
}

/* Hosts of both families, and domains with the same beginning, of which some are all of it. */
static void
domains_are_in_order(void **state)
{
	static const char *const tail[] = { "", "a", "b", "ab", "abc", "abcd", "zz", "-z" };
	static const char *const head[] = { "a", "exam", "exampl", "example", "examples",
		"xn--n" };
	static const char *const nets[] = { "::ffff:10.0.0.0",
		"2001:db8::", "::", "::ffff:10.0.1.0", "fe80::" };
	struct lookups *l;
	struct error err;

	(void)state;
	srandom(14);
	assert_int_equal(lookups_new(&l, MEMORY, &err), OK);
	for (int i = 0; i < 3000; i++) {
		char name[32];
		struct trait t;

		(void)snprintf(name, sizeof name, "%s%s.%s", head[random() % 6],
		    tail[random() % 8], random() % 2 ? "org" : "com");
		t = asked(0, name, 5, 1, 0);
		assert_true(ip_parse(text_span(nets[random() % 5]), &t.orig));
		t.orig.b[15] = (uint8_t)(random() % 5);
		lookups_see(l, &t);
	}
	lookups_seal(l);
	assert_true(lookups_domains(l) > 1000);
	for (size_t i = 0; i < lookups_domains(l); i++) {
		struct lookup_domain d = lookups_at(l, i), before, found;
		int c = -1;

		assert_int_equal(d.n, 1);
		assert_true(lookups_find(l, &d.host, d.text, &found));
		assert_ptr_equal(found.text, d.text);
		if (i > 0) {
			before = lookups_at(l, i - 1);
			c = ip_compare(&before.host, &d.host);
			c = c ? c : strcmp(before.text, d.text);
		}
		assert_true(c < 0);
	}
	lookups_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_split_where_it_was_registered),
		cmocka_unit_test(a_name_tells_what_its_letters_can),
		cmocka_unit_test(some_are_passed_by),
		cmocka_unit_test(a_slice_is_split_by_its_domain),
		cmocka_unit_test(counts_are_those_of_the_slow_twin),
		cmocka_unit_test(a_large_domain_is_sampled_whatever_the_order),
		cmocka_unit_test(a_slice_is_thinned_as_the_whole_was),
		cmocka_unit_test(domains_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
