/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "capture/filter.h"

#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"
#define UDP4                                                                              \
	MACS "\x08\0\x45\0\0\x1e\0\1\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2\x14\xe9\0\x35\0" \
	     "\x0a\0\0hi"

/* clang-format off */
static const struct {
	const char *text;
	enum status st;
	const char *says; /* in the error */
	bool wanted;      /* the frame UDP4 */
} rows[] = {
	{ NULL, OK, "", true },
	{ "udp", OK, "", true },
	{ "tcp", OK, "", false },
	{ "udp port 53", OK, "", true },
	{ "src host 10.0.0.1 and dst net 10.0.0.0/24", OK, "", true },
	{ "port domain", OK, "", true },
	{ "udp port (domain or ntp)", OK, "", true },
	{ "udp[0:2] = 5353 and len >= 44", OK, "", true },
	{ "len - 1 = 43", OK, "", true },
	{ "not ether src 02:00:00:00:00:02", OK, "", true },
	{ "ip6 host 2001:db8::1", OK, "", false },
	{ "ip proto \\udp", OK, "", true },
	{ "wlan type data", OK, "", false }, /* for another link type */
	{ "upd", E_MISUSE, "character 1, \"upd\"", false },
	{ "udp and host fileserver", E_MISUSE, "character 14, \"fileserver\"", false },
	{ "udp port 53 or or tcp", E_MISUSE, "character 16, \"or\"", false },
	{ "udp )", E_MISUSE, "character 5, \")\"", false },
	{ "host 1.2.3.4.5", E_MISUSE, "character 6, \"1.2.3.4.5\"", false },
	{ "udp port", E_MISUSE, "ends too soon", false },
	{ "(udp", E_MISUSE, "ends too soon", false },
};
/* clang-format on */

static void
expressions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame_batch batch = { .n = 1 };
		uint64_t outside = 0, unwanted = 0;
		struct filter *f = NULL;
		struct error err = { "" };
		enum status st;

		ROW(i, rows[i].text ? rows[i].text : "none");
		assert_int_equal(
		    filter_new(&f, rows[i].text, 0, UINT64_MAX, &err), rows[i].st);
		assert_non_null(strstr(err.text, rows[i].says));
		if (rows[i].st != OK)
			continue;
		batch.frame[0] = (struct frame){
			.bytes = BYTES(UDP4), .wire_length = 44, .link = LINK_ETHERNET
		};
		st = filter_batch(f, &batch, &outside, &unwanted, &err);
		if (strncmp(rows[i].text ? rows[i].text : "", "wlan", 4) == 0) {
			assert_int_equal(st, E_FORMAT);
		} else {
			assert_int_equal(st, OK);
			assert_int_equal(batch.n, rows[i].wanted);
			assert_int_equal(unwanted, !rows[i].wanted);
			assert_int_equal(outside, 0);
		}
		filter_free(f);
	}
}

static void
window(void **state)
{
	static const uint64_t times[] = { 0, 9, 10, 19, 20, UINT64_MAX };
	struct frame_batch batch = { .n = COUNT(times) };
	uint64_t outside = 0, unwanted = 0;
	struct filter *f;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++)
		batch.frame[i].time_ns = times[i];
	assert_int_equal(filter_new(&f, NULL, 10, 20, &err), OK);
	assert_int_equal(filter_batch(f, &batch, &outside, &unwanted, &err), OK);
	assert_int_equal(batch.n, 2);
	assert_int_equal(batch.frame[0].time_ns, 10);
	assert_int_equal(batch.frame[1].time_ns, 19);
	assert_int_equal(outside, 4);
	assert_int_equal(unwanted, 0);
	filter_free(f);
	assert_true(filter_in_time(NULL, UINT64_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions),
		cmocka_unit_test(window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
