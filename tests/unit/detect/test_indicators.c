/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of indicators beside a list that is searched from end to end, its
 * memory, and what comes of a match.
 */
#include "table.h"

#include "detect/indicators.h"
#include "detect/series.h"
#include "detect/sightings.h"

#include <stdio.h>
#include <string.h>

static const struct indicator_list LIST = { .name = "list", .weight_mb = 3000 };

static struct span
text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static struct ip
ip(const char *s)
{
	struct ip out;

	assert_true(ip_parse(text(s), &out));
	return out;
}

static struct indicators *
set_of(size_t memory)
{
	struct indicators *s;
	struct error err;

	assert_int_equal(indicators_new(&s, memory, &err), OK);
	assert_int_equal(indicators_begin(s, &LIST, &err), OK);
	return s;
}

static bool
add_name(struct indicators *s, const char *name, int32_t weight_mb, uint64_t until_ns)
{
	struct indicator i = { .type = INDICATOR_DOMAIN,
		.key = text(name),
		.weight_mb = weight_mb,
		.until_ns = until_ns };

	return indicators_add(s, &i);
}

static bool
has_name(const struct indicators *s, const char *name, uint64_t t_ns)
{
	struct listed l;

	return indicators_name(s, text(name), t_ns, &l);
}

static void
names(void **state)
{
	struct indicators *s = set_of(1 << 22);
	struct listed l;

	(void)state;
	assert_true(add_name(s, "evil.example", 0, 0));
	assert_true(add_name(s, "old.example", 0, 5000000000));
	assert_true(has_name(s, "evil.example", 1));
	assert_true(has_name(s, "a.b.evil.example", 1));
	assert_false(has_name(s, "notevil.example", 1));
	assert_false(has_name(s, "example", 1));
	assert_true(has_name(s, "old.example", 5000000000));
	assert_false(has_name(s, "old.example", 5000000001));
	/* The weightiest of two stays; the same weight that never ends stays. */
	assert_true(add_name(s, "old.example", 0, 0));
	assert_true(has_name(s, "old.example", 5000000001));
	assert_true(add_name(s, "evil.example", 4000, 0));
	assert_true(indicators_name(s, text("evil.example"), 0, &l));
	assert_int_equal(l.weight_mb, 4000);
	assert_string_equal(l.text, "domain evil.example");
	assert_int_equal(indicators_doubled(s), 2);
	indicators_free(s);
}

static const struct {
	const char *address;
	uint16_t port;
	const char *listed; /* NULL: not */
} addresses[] = {
	{ "192.0.2.7", 80, "address 192.0.2.7" },
	{ "192.0.2.8", 443, "address 192.0.2.8:443" },
	{ "192.0.2.8", 80, "network 192.0.2.8/31" },
	{ "192.0.2.9", 443, "network 192.0.2.8/31" },
	{ "192.0.2.10", 443, "network 192.0.2.0/24" },
	{ "192.0.3.10", 443, NULL },
	{ "2001:db8::1", 443, "network 2001:db8::/32" },
	{ "2001:db9::1", 443, NULL },
};

static void
addresses_and_networks(void **state)
{
	static const struct {
		const char *net;
		uint16_t port;
	} in[] = { { "192.0.2.7", 0 }, { "192.0.2.8", 443 }, { "192.0.2.8/31", 0 },
		{ "192.0.2.0/24", 0 }, { "2001:db8::/32", 0 } };
	struct indicators *s = set_of(1 << 22);

	(void)state;
	for (size_t k = 0; k < COUNT(in); k++) {
		struct indicator i = { .port = in[k].port };

		assert_true(ip_net_parse(text(in[k].net), &i.net));
		i.type = i.net.bits == 128 ? INDICATOR_ADDRESS : INDICATOR_NETWORK;
		assert_true(indicators_add(s, &i));
	}
	for (size_t k = 0; k < COUNT(addresses); k++) {
		struct ip a = ip(addresses[k].address);
		struct listed l = { .text = "" };
		bool yes = indicators_address(s, &a, addresses[k].port, 0, &l);

		if (yes != (addresses[k].listed != NULL) ||
		    (yes && strcmp(l.text, addresses[k].listed) != 0))
			fail_msg(
			    "%s:%u: %s", addresses[k].address, addresses[k].port, l.text);
	}
	indicators_free(s);
}

#define TWIN 3000

/* Names over four letters, so that many are listed twice and many are near. */
static void
as_the_slow_twin(void **state)
{
	static char name[TWIN][16];
	struct indicators *s = set_of(1 << 22);
	struct rng r = rng_seed(77);
	int found = 0;

	(void)state;
	for (int i = 0; i < TWIN; i++) {
		for (int k = 0; k < 6; k++)
			name[i][k] = (char)('a' + rng_below(&r, 4));
		memcpy(name[i] + 6, ".ex", 4);
		assert_true(add_name(s, name[i], 0, 0));
	}
	for (int i = 0; i < 4 * TWIN; i++) {
		char asked[16];
		bool slow = false;

		for (int k = 0; k < 6; k++)
			asked[k] = (char)('a' + rng_below(&r, 4));
		memcpy(asked + 6, ".ex", 4);
		for (int k = 0; k < TWIN && !slow; k++)
			slow = strcmp(asked, name[k]) == 0;
		found += slow;
		assert_int_equal(has_name(s, asked, 0), slow);
	}
	assert_true(found > TWIN / 2);
	indicators_free(s);
}

#define MILLION 1000000

static void
million_name(int i, char out[32])
{
	uint64_t z = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);

	(void)snprintf(
	    out, 32, "%llx.example-%d.com", (unsigned long long)(z >> 40), i % 97);
}

/* A million names in 64 MB at any moment, the growing included; less, and it says so. */
static void
a_million(void **state)
{
	struct indicators *s = set_of((size_t)64 << 20);
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < MILLION; i++) {
		million_name(i, name);
		if (!add_name(s, name, 0, 0))
			fail_msg("full at %d", i);
	}
	assert_true(indicators_bytes(s) <= (size_t)64 << 20);
	for (i = 0; i < MILLION; i += 1000) {
		million_name(i, name);
		assert_true(has_name(s, name, 0));
	}
	indicators_free(s);
	s = set_of(1 << 22);
	for (i = 0; i < MILLION; i++) {
		million_name(i, name);
		if (!add_name(s, name, 0, 0))
			break;
	}
	assert_true(i > 1000 && i < MILLION);
	million_name(0, name);
	assert_true(has_name(s, name, 0)); /* what was taken is there */
	indicators_free(s);
}

/* A look-up, its answer, and what is asked there. */
static void
sightings(void **state)
{
	struct indicators *set = set_of(1 << 22);
	struct trait dns = { .time_ns = 9,
		.orig = ip("10.0.0.1"),
		.resp = ip("10.0.0.53"),
		.resp_port = 53,
		.proto = 17,
		.kind = TRAIT_DNS };
	struct trait tls = { .time_ns = 10,
		.orig = ip("10.0.0.1"),
		.resp = ip("198.51.100.7"),
		.resp_port = 443,
		.proto = 6,
		.kind = TRAIT_TLS };
	struct ip host = ip("10.0.0.1"), other = ip("10.0.0.2"), resolver = ip("10.0.0.53"),
		  answer = ip("198.51.100.9"), server = ip("198.51.100.7");
	struct sightings *s;
	struct context c = { 0 };
	struct error err;

	(void)state;
	assert_true(add_name(set, "evil.example", 0, 0));
	assert_int_equal(sightings_new(&s, set, 1 << 20, &err), OK);
	dns.dns.query = text("www.evil.example");
	dns.dns.answers = 1;
	dns.dns.answer[0] = (struct trait_answer){ .is_address = true, .address = answer };
	tls.tls.server_name = text("evil.example");
	for (int i = 0; i < 5000; i++) /* more than there is room for, were they not one */
		sightings_see(s, &dns);
	sightings_see(s, &tls);
	dns.dns.query = text("good.example");
	dns.orig = other;
	sightings_see(s, &dns);
	sightings_seal(s);
	assert_int_equal(sightings_shed(s), 0);
	assert_true(sightings_of(s, &host, &resolver, "", 53, 17, 0, &c));
	assert_int_equal(c.listed_how, SIGHTING_LOOKED_UP);
	assert_true(sightings_of(s, &host, &answer, "", 8443, 6, 0, &c));
	assert_int_equal(c.listed_how, SIGHTING_RESOLVED);
	assert_true(sightings_of(s, &host, &server, "", 443, 6, 0, &c));
	assert_int_equal(c.listed_how, SIGHTING_ASKED);
	assert_int_equal(c.listed_mb, 3000);
	assert_string_equal(c.listed, "domain evil.example");
	assert_false(sightings_of(s, &host, &server, "", 80, 6, 0, &c));
	assert_false(sightings_of(s, &other, &resolver, "", 53, 17, 0, &c));
	sightings_free(s);
	indicators_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(addresses_and_networks),
		cmocka_unit_test(as_the_slow_twin),
		cmocka_unit_test(a_million),
		cmocka_unit_test(sightings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
