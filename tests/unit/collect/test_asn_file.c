/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of who an address belongs to, and looking into them.
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "collect/asn_file.h"

static enum status
read_text(const char *text, struct asn_table **out, struct error *err)
{
	struct input *in;

	assert_int_equal(
	    input_open_bytes(
		&in, (struct span){ (const uint8_t *)text, strlen(text) }, "table", err),
	    OK);
	return asn_read(out, in, err);
}

static uint32_t
of(const struct asn_table *t, const char *address)
{
	struct ip ip;

	assert_true(
	    ip_parse((struct span){ (const uint8_t *)address, strlen(address) }, &ip));
	return asn_of(t, &ip);
}

static void
tables(void **state)
{
	static const struct {
		const char *what, *text, *address;
		uint32_t asn;
	} rows[] = {
		{ "first and last", "192.0.2.0\t192.0.2.255\t64496\tXX\tNAME\n",
		    "192.0.2.255", 64496 },
		{ "a prefix", "192.0.2.0/24 AS64496\n", "192.0.2.7", 64496 },
		{ "a prefix of IPv6", "2001:db8::/32 64497\n", "2001:db8:ffff::1", 64497 },
		{ "address and length", "192.0.2.0\t24\t64496\n", "192.0.2.7", 64496 },
		{ "not in it", "192.0.2.0/24 64496\n", "192.0.3.0", 0 },
		{ "before it", "192.0.2.0/24 64496\n", "192.0.1.255", 0 },
		{ "the narrowest counts",
		    "192.0.0.0/16 1\n192.0.2.0/24 2\n192.0.2.128/25 3\n", "192.0.2.127",
		    2 },
		{ "behind what is within", "192.0.0.0/16 1\n192.0.2.0/24 2\n", "192.0.3.1",
		    1 },
		{ "nobody's", "192.0.2.0\t192.0.2.255\t0\tNone\tNot routed\n", "192.0.2.7",
		    0 },
		{ "remarks and empty lines", "# table\n\n 192.0.2.0/24 7 \r\n", "192.0.2.7",
		    7 },
		{ "IPv4 is not IPv6", "::/0 9\n", "2001:db8::1", 9 },
	};
	static const char *const bad[] = { "192.0.2.0/24\n", "192.0.2.0/24 x\n",
		"192.0.2.9 192.0.2.1 7\n", "192.0.2.0 2001:db8::1 7\n", "192.0.2.0 33 7\n",
		"192.0.2.0/24 99999999999\n", "192.0.2.0\n", "what\n",
		"192.0.2.0 192.0.2.9 7\n192.0.2.5 192.0.2.20 8\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct asn_table *t;
		struct error err;

		ROW(i, rows[i].what);
		assert_int_equal(read_text(rows[i].text, &t, &err), OK);
		assert_int_equal(of(t, rows[i].address), rows[i].asn);
		asn_free(t);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct asn_table *t = NULL;
		struct error err;

		ROW(i, bad[i]);
		assert_int_equal(read_text(bad[i], &t, &err), E_FORMAT);
		assert_null(t);
	}
}

/* Against looking through all of them. */
static void
as_the_long_way(void **state)
{
	static struct {
		uint32_t net, asn;
		unsigned bits;
	} made[300];
	char text[300 * 40] = "";
	size_t used = 0;
	struct asn_table *t;
	struct error err;

	(void)state;
	srandom(5);
	for (size_t i = 0; i < COUNT(made); i++) {
		made[i].bits = 8 + (unsigned)random() % 17;
		made[i].net = (10u << 24 | ((uint32_t)random() & 0xffffff)) &
			      ~(uint32_t)(0xffffffffULL >> made[i].bits);
		made[i].asn = 1 + (uint32_t)i;
		for (size_t k = 0; k < i; k++) /* of the same net there is one */
			if (made[k].bits == made[i].bits && made[k].net == made[i].net)
				made[i].bits = 0;
		if (made[i].bits > 0)
			used += (size_t)snprintf(text + used, sizeof text - used,
			    "%u.%u.%u.%u/%u %u\n", made[i].net >> 24,
			    made[i].net >> 16 & 255, made[i].net >> 8 & 255,
			    made[i].net & 255, made[i].bits, made[i].asn);
	}
	assert_int_equal(read_text(text, &t, &err), OK);
	for (int i = 0; i < 20000; i++) {
		uint32_t ip = 10u << 24 | ((uint32_t)random() & 0xffffff), asn = 0;
		unsigned bits = 0;
		struct ip address = ip_from_v4((uint8_t[4]){
		    10, (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip });

		for (size_t k = 0; k < COUNT(made); k++)
			if (made[k].bits > bits &&
			    (ip ^ made[k].net) >> (32 - made[k].bits) == 0) {
				bits = made[k].bits;
				asn = made[k].asn;
			}
		assert_int_equal(asn_of(t, &address), asn);
	}
	asn_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(as_the_long_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
