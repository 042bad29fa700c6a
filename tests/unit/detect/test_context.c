/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "detect/context.h"
#include "detect/series.h"
#include "detect/weights.h"

/* Small, large and everything between. */
static uint64_t
any(struct rng *r, uint64_t most)
{
	uint64_t x = rng_next(r) >> rng_below(r, 64);

	return most == UINT64_MAX ? x : x % (most + 1);
}

static struct context
any_context(struct rng *r)
{
	struct context c = { 0 }; /* no padding may differ where it is compared */

	c.pairs = any(r, INT64_MAX);
	c.hosts = any(r, INT64_MAX);
	c.peer_hosts = any(r, INT64_MAX);
	c.host_peers = any(r, INT64_MAX);
	c.host_scanned = any(r, INT64_MAX);
	c.host_first_ns = any(r, UINT64_MAX);
	c.port_hosts = any(r, INT64_MAX);
	c.siblings = any(r, INT64_MAX);
	c.domains = any(r, INT64_MAX);
	c.domain_hosts = any(r, INT64_MAX);
	c.lookups_level = (uint32_t)any(r, 62);
	if (rng_below(r, 2))
		memcpy(c.suffixes, "7a1f", 4);
	if (rng_below(r, 2)) {
		memcpy(c.listed, "address 192.0.2.7", 17);
		memcpy(c.listed_in, "a.txt sha256:2961", 17);
		c.listed_mb = any(r, 100000);
		c.listed_until_ns = any(r, UINT64_MAX);
		c.listed_how = any(r, 3);
	}
	c.span_first_ns = any(r, UINT64_MAX);
	c.span_last_ns = any(r, UINT64_MAX);
	c.looks = 1 + (uint32_t)any(r, UINT32_MAX - 1);
	for (int i = 0; i < 2; i++) {
		c.by_log10_p_ud[i] = -(int64_t)any(r, INT64_MAX);
		c.by_rank[i] = 1 + any(r, INT64_MAX - 1);
	}
	for (int i = 0; i < 3; i++)
		c.gap_ns[i] = any(r, INT64_MAX);
	c.host_side = rng_below(r, 2) ? SIDE_EXTERNAL : SIDE_INTERNAL;
	c.peer_side = (enum side)rng_below(r, 3);
	c.limits.frames_dropped = rng_below(r, 2) ? UINT64_MAX : any(r, INT64_MAX);
	c.limits.frames_cut = any(r, INT64_MAX);
	c.limits.records_skipped = any(r, INT64_MAX);
	c.limits.contacts_shed = any(r, INT64_MAX);
	c.limits.resolution_ns = any(r, INT64_MAX);
	c.limits.sampling = (uint32_t)any(r, UINT32_MAX);
	return c;
}

/* Every byte counts: a field that is not written comes back as zero and differs. */
static void
contexts_come_back(void **state)
{
	struct rng r = rng_seed(6);
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	for (int i = 0; i < 2000; i++) {
		struct context c = any_context(&r), again;
		struct error err;

		buf_reset(&b);
		context_encode(&c, &b);
		if (context_decode(buf_span(&b), &again, &err) != OK)
			fail_msg("%s: %s", err.text, b.at);
		assert_memory_equal(&c, &again, offsetof(struct context, limits));
		assert_int_equal(c.limits.frames_dropped, again.limits.frames_dropped);
		assert_int_equal(c.limits.frames_cut, again.limits.frames_cut);
		assert_int_equal(c.limits.records_skipped, again.limits.records_skipped);
		assert_int_equal(c.limits.contacts_shed, again.limits.contacts_shed);
		assert_int_equal(c.limits.resolution_ns, again.limits.resolution_ns);
		assert_int_equal(c.limits.sampling, again.limits.sampling);
	}
	buf_release(&b);
}

static void
params_come_back(void **state)
{
	static const char *const nets[] = { "192.0.2.0/24", "0.0.0.0/0", "198.51.100.7",
		"2001:db8::/32", "2001:db8::1", "::/0" };
	struct rng r = rng_seed(7);
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	for (int i = 0; i < 500; i++) {
		struct params p = params_default(), again;
		struct error err;

		p.alert_kappa_percent = 100 + (uint32_t)rng_below(&r, 901);
		p.candidate_kappa_percent = 100 + (uint32_t)rng_below(&r, 901);
		p.q_ppm = 1 + (uint32_t)rng_below(&r, 1000000);
		p.internals = (unsigned)rng_below(&r, PARAMS_NETS + 1);
		for (unsigned n = 0; n < p.internals; n++)
			assert_true(ip_net_parse(
			    text_span(nets[rng_below(&r, COUNT(nets))]), &p.internal[n]));
		buf_reset(&b);
		params_encode(&p, &b);
		if (params_decode(buf_span(&b), &again, &err) != OK)
			fail_msg("%s: %s", err.text, b.at);
		assert_memory_equal(&p, &again, sizeof p);
	}
	buf_release(&b);
}

static void
defaults_have_one_spelling(void **state)
{
	struct params p = params_default();
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	params_encode(&p, &b);
	assert_string_equal(b.at,
	    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
	    "\"external\":[],\"internal\":[],\"q_ppm\":10000,\"weights_sha256\":"
	    "\"" WEIGHTS_SHA256 "\"}");
	buf_release(&b);
}

#define DIGITS "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
#define W      ",\"weights_sha256\":\"" DIGITS "ff\""
#define NET    "\"192.0.2.0/24\""

static void
params_are_read_strictly(void **state)
{
	static const struct {
		const char *name, *json;
		enum status want;
	} rows[] = {
		{ "as written",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[" NET "],\"q_ppm\":10000" W "}",
		    OK },
		{ "a blank",
		    "{\"alert_kappa_percent\":150, \"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000" W "}",
		    E_FORMAT },
		{ "another order",
		    "{\"candidate_kappa_percent\":125,\"alert_kappa_percent\":150,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000" W "}",
		    E_FORMAT },
		{ "a key twice",
		    "{\"alert_kappa_percent\":150,\"alert_kappa_percent\":150,"
		    "\"candidate_kappa_percent\":125,\"external\":[],\"internal\":[],\"q_"
		    "ppm\":10000" W "}",
		    E_FORMAT },
		{ "a key too many",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000" W ",\"z\":1}",
		    E_FORMAT },
		{ "a key too few",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000}",
		    E_FORMAT },
		{ "a real",
		    "{\"alert_kappa_percent\":150.0,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000" W "}",
		    E_FORMAT },
		{ "kappa below the theorem's",
		    "{\"alert_kappa_percent\":99,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000" W "}",
		    E_FORMAT },
		{ "q of nought",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":0" W "}",
		    E_FORMAT },
		{ "a network that is none",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[\"192.0.2.1/24\"],\"q_ppm\":10000" W "}",
		    E_FORMAT },
		{ "a network in other words",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[\"2001:DB8::/32\"],\"q_ppm\":10000" W
		    "}",
		    E_FORMAT },
		{ "a table without a digest",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000,\"weights_sha256\":"
		    "\"\"}",
		    E_FORMAT },
		{ "a digest in capitals",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[],\"q_ppm\":10000,\"weights_sha256\":"
		    "\"" DIGITS "AB\"}",
		    E_FORMAT },
		{ "an array", "[]", E_FORMAT },
		{ "nothing", "", E_FORMAT },
		{ "half",
		    "{\"alert_kappa_percent\":150,\"candidate_kappa_percent\":125,"
		    "\"external\":[],\"internal\":[",
		    E_FORMAT },
	};
	char large[10000];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { .text = "" };
		struct params out = { .q_ppm = 77 };

		ROW(i, rows[i].name);
		assert_int_equal(
		    params_decode(text_span(rows[i].json), &out, &err), rows[i].want);
		if (rows[i].want != OK) {
			assert_int_equal(out.q_ppm, 77); /* set only on OK */
			assert_true(err.text[0] != '\0');
		}
	}
	memset(large, ' ', sizeof large);
	struct error err;
	struct params out;

	assert_int_equal(
	    params_decode(
		(struct span){ (const uint8_t *)large, sizeof large }, &out, &err),
	    E_LIMIT);
}

/* One byte changed: refused, or read as something that is written that way. */
static void
changed_bytes(void **state)
{
	struct rng r = rng_seed(8);
	struct buf b, again;

	(void)state;
	buf_init(&b, 1 << 16);
	buf_init(&again, 1 << 16);
	for (int i = 0; i < 3000; i++) {
		struct context c = any_context(&r), out;
		struct error err;

		buf_reset(&b);
		context_encode(&c, &b);
		b.at[rng_below(&r, b.len)] = (char)rng_below(&r, 128);
		if (context_decode(buf_span(&b), &out, &err) != OK)
			continue;
		buf_reset(&again);
		context_encode(&out, &again);
		assert_int_equal(again.len, b.len);
		assert_memory_equal(again.at, b.at, b.len);
	}
	buf_release(&b);
	buf_release(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contexts_come_back),
		cmocka_unit_test(params_come_back),
		cmocka_unit_test(defaults_have_one_spelling),
		cmocka_unit_test(params_are_read_strictly),
		cmocka_unit_test(changed_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
