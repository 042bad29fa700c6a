/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "collect/zeek_twin.h"

#define HEADER                                                                          \
	"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n" \
	"#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"   \
	"proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\t"    \
	"local_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t"      \
	"resp_ip_bytes\ttunnel_parents\n"
#define REST "10\t20\tSF\tT\tF\t0\tShADadFf\t6\t832\t8\t1344\t-\n"

/* Lines that take the quick way, all or nearly, and some that cannot. */
/* clang-format off */
static const char *const LOGS[] = {
	HEADER
	"1700000000.300013\tCxsioKxcTMDoydSedh\t10.0.0.1\t49152\t203.0.113.1\t443\ttcp\tssl\t0.250011\t512\t1024\tSF\tT\tF\t0\tShADadFf\t8\t832\t8\t1344\t-\n"
	"1700000000.3\tC1\tfd00:10::1\t8\t2001:db8:85a3::8a2e:370:7334\t0\ticmp\t-\t-\t-\t-\tOTH\t-\t-\t0\t-\t1\t64\t0\t0\t(empty)\n"
	"1700000001\tC2\t255.255.255.255\t65535\t0.0.0.0\t0\tudp\tdns\t12345678.12345678\t12345678\t99999999\tS0\tF\tT\t0\t^dD\t7\t70\t700\t7000000\t-\n"
	"9999999999.9\tC3\t1.1.1.1\t65536\t1.1.1.1\t1\ttcp\tx\t1\t" REST
	"01.5\tC3\t1.1.1.01\t1\t1.1.1.256\t1\ttcp\tx\t1\t" REST
	"1.5\tC3\t1.1.1.1\t1\t2.2.2.2\t1\ttcp\tunknown\t1e3\t" REST
	"1.5\tC3\t1.1.1.1\t1\t2.2.2.2\t1\tunknown_transport\tssl,http\t1.123456789\t" REST,
	"#separator |\n#unset_field|tcp\n#empty_field|1\n#path|conn\n"
	"#fields|ts|id.orig_h|id.orig_p|id.resp_h|id.resp_p|proto|conn_state|history\n"
	"1.5|1.1.1.1|1|2.2.2.2|2|udp|SF|D\n1.5|1.1.1.1|3|2.2.2.2|2|tcp|SF|D\n1.5|1.1.1.1|3|2.2.2.2|2|udp||\n",
	"{\"ts\":1700000000.300013,\"uid\":\"CxsioKxcTMDoydSedh\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":49152,\"id.resp_h\":\"203.0.113.1\",\"id.resp_p\":443,\"proto\":\"tcp\",\"service\":\"ssl\",\"duration\":0.250011,\"orig_bytes\":512,\"resp_bytes\":1024,\"conn_state\":\"SF\",\"local_orig\":true,\"local_resp\":false,\"missed_bytes\":0,\"history\":\"ShADadFf\",\"orig_pkts\":8,\"orig_ip_bytes\":832,\"resp_pkts\":8,\"resp_ip_bytes\":1344}\n"
	"{\"ts\":1700000000.59,\"uid\":\"CIr4JH1d6KWrI3PqcD\",\"id.orig_h\":\"fd00:10::ef\",\"id.orig_p\":11611,\"id.resp_h\":\"2001:db8:85a3::8a2e:370:7334\",\"id.resp_p\":53,\"proto\":\"udp\",\"conn_state\":\"S0\",\"local_orig\":true,\"local_resp\":false,\"missed_bytes\":0,\"history\":\"D\",\"orig_pkts\":1,\"orig_ip_bytes\":119,\"resp_pkts\":0,\"resp_ip_bytes\":0,\"tunnel_parents\":[]}\n"
	"{\"ts\":1,\"uid\":\"C\",\"id.orig_h\":\"1.1.1.1\",\"id.orig_p\":65535,\"id.resp_h\":\"2.2.2.2\",\"id.resp_p\":65536,\"proto\":\"tcp\"}\n"
	"{\"ts\":1,\"uid\":\"C\",\"id.orig_h\":\"1.1.1.1\",\"id.orig_p\":12345678,\"id.resp_h\":\"2.2.2.2\",\"id.resp_p\":1,\"proto\":\"tcp\",\"history\":\"-\"}\n"
	"{\"ts\":1,\"uid\":\"\",\"id.orig_h\":\"1.1.1.1\",\"id.orig_p\":1,\"id.resp_h\":\"2.2.2.2\",\"id.resp_p\":1,\"proto\":\"tcp\",\"service\":\"a\\\\\",\"conn_state\":\"\",\"history\":\"\"}\n"
	"{\"ts\":1,\"uid\":\"\",\"id.orig_h\":\"1.1.1.1\",\"id.orig_p\":1,\"id.resp_h\":\"2.2.2.2\",\"id.resp_p\":1,\"proto\":\"tcp\",\"service\":\"a\\\",\",\"conn_state\":\"-\"}\n",
	("{\"_path\": \"conn\", \"ts\": \"2023-11-14T22:13:20.3Z\", \"id_orig_h\": \"10.0.0.1\", \"id_orig_p\": 1, \"id_resp_h\": \"10.0.0.2\", \"id_resp_p\": 2, \"proto\": \"tcp\", \"vlan\": 7, \"community_id\": \"1:x\", \"conn_state\": \"SF\"}\n"
	"{\"_path\": \"dns\", \"ts\": 1.5, \"uid\": \"C\", \"id_orig_h\": \"10.0.0.1\", \"id_orig_p\": 1, \"id_resp_h\": \"10.0.0.2\", \"id_resp_p\": 2, \"proto\": \"udp\", \"query\": \"a.example\"}\n"),
};
/* clang-format on */

/* Each log once as it is, then with lines and bytes of it exchanged, dropped and repeated. */
static void
both_ways_say_the_same(void **state)
{
	static const char bytes[] =
	    "{}[],:\"\\u0123456789eE+-.truefalsn \n\t|^#(\x80\xc3\xe4\xf0";
	uint64_t flows = 0, refused = 0;
	unsigned seed = 374;

	(void)state;
	for (int round = 0; round < 40000; round++) {
		const char *from = LOGS[(size_t)rand_r(&seed) % COUNT(LOGS)];
		size_t len = strlen(from), more = (size_t)rand_r(&seed) % 80;
		/* Between its lines is what the next may be guessed from. */
		uint8_t *log = malloc(2 * len + more);
		struct zeek_twin t;

		assert_non_null(log);
		memcpy(log, from, len);
		memcpy(log + len, from, len);
		memset(log + 2 * len, '0', more);
		for (int i = rand_r(&seed) % 4; i > 0; i--) {
			size_t at = (size_t)rand_r(&seed) % len;
			size_t to = (size_t)rand_r(&seed) % len;
			size_t n = 1 + (size_t)rand_r(&seed) % 12;

			if (rand_r(&seed) % 2 == 0)
				log[len + at] = (uint8_t)
				    bytes[(size_t)rand_r(&seed) % (sizeof bytes - 1)];
			else if (at + n <= len && to + n <= len)
				memmove(log + len + to, log + len + at, n);
		}
		zeek_twin_init(&t);
		zeek_twin_log(&t, (struct span){ log, 2 * len + more });
		flows += t.flows;
		refused += t.refused;
		free(log);
	}
	/* The comparison is worth something only if both verdicts came often. */
	assert_true(flows > 50000 && refused > 50000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_say_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
