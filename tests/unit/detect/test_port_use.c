/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "detect/odds.h"
#include "detect/port_use.h"
#include "record/flow.h"

static void
the_table_is_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < port_uses_count; i++) {
		const struct port_use *u = &port_uses[i];

		assert_true(u->low > 0 && u->low <= u->high && u->words[0]);
		assert_true(u->proto == PROTO_TCP || u->proto == PROTO_UDP);
		if (i > 0 && u[-1].proto == u->proto)
			assert_true(u[-1].high < u->low);
		else if (i > 0)
			assert_true(u[-1].proto < u->proto);
	}
}

/* Every port of both protocols, against a walk through the table. */
static void
search_is_its_slow_twin(void **state)
{
	static const uint8_t protos[] = { PROTO_ICMP, PROTO_TCP, PROTO_UDP, PROTO_SCTP };

	(void)state;
	for (size_t p = 0; p < COUNT(protos); p++)
		for (unsigned port = 0; port < 65536; port++) {
			const struct port_use *slow = NULL;

			for (unsigned i = 0; i < port_uses_count; i++)
				if (port_uses[i].proto == protos[p] &&
				    port_uses[i].low <= port && port <= port_uses[i].high)
					slow = &port_uses[i];
			assert_ptr_equal(port_use_find(protos[p], (uint16_t)port), slow);
		}
}

static void
ports(void **state)
{
	static const struct {
		const char *name;
		uint8_t proto;
		uint16_t port;
		enum port_class class;
		int sign;
	} rows[] = {
		{ "NTP", PROTO_UDP, 123, PORT_CLOCK, -1 },
		{ "NTP is no TCP", PROTO_TCP, 123, PORT_OTHER, 0 },
		{ "HTTPS", PROTO_TCP, 443, PORT_WEB_TLS, 0 },
		{ "QUIC", PROTO_UDP, 443, PORT_WEB_TLS, 0 },
		{ "IRC, first", PROTO_TCP, 6660, PORT_IRC, 1 },
		{ "IRC, last", PROTO_TCP, 6669, PORT_IRC, 1 },
		{ "one past IRC", PROTO_TCP, 6670, PORT_OTHER, 0 },
		{ "SeedLink", PROTO_TCP, 18000, PORT_SCIENCE, -1 },
		{ "MQTT over TLS", PROTO_TCP, 8883, PORT_PUSH, -1 },
		{ "nothing", PROTO_TCP, 13606, PORT_OTHER, 0 },
		{ "port 0", PROTO_TCP, 0, PORT_OTHER, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct port_use *u = port_use_find(rows[i].proto, rows[i].port);
		int mb = u ? u->mb : 0;

		ROW(i, rows[i].name);
		assert_int_equal(u ? u->class : PORT_OTHER, rows[i].class);
		assert_int_equal((mb > 0) - (mb < 0), rows[i].sign);
	}
}

/* What a port is worth where no clock shows that a program calls. */
static void
without_a_clock(void **state)
{
	static const struct {
		const char *name;
		uint16_t port;
		int sign;
	} rows[] = {
		{ "people chat", 6667, 0 },
		{ "people log in", 22, 0 },
		{ "people browse, on other ports as well", 8888, 0 },
		{ "HTTPS says nothing either way", 443, 0 },
		{ "what is against stays against", 8883, -1 },
		{ "nobody mines by hand", 3333, 1 },
		{ "what implants listen on", 4444, 1 },
		{ "no usual service", 13606, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct finding f = { .proto = PROTO_TCP, .port = rows[i].port };
		int32_t mb = odds_port(&f, WEIGHT_LONG_CONNECTION_PORT_ODD);

		ROW(i, rows[i].name);
		assert_int_equal((mb > 0) - (mb < 0), rows[i].sign);
		assert_int_equal(f.terms, 1);
		assert_int_equal(f.odds_mb, mb);
		assert_int_equal(f.term[0].mb, mb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_in_order),
		cmocka_unit_test(search_is_its_slow_twin),
		cmocka_unit_test(ports),
		cmocka_unit_test(without_a_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
