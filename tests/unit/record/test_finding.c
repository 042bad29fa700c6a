/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/stamp.h"
#include "record/finding.h"
#include "record/flow.h"

static struct finding
example(void)
{
	struct finding f = {
		.kind = FINDING_BEACON,
		.severity = SEVERITY_HIGH,
		.host = ip_from_v4((const uint8_t[]){ 192, 0, 2, 17 }),
		.peer = ip_from_v4((const uint8_t[]){ 203, 0, 113, 9 }),
		.name = "updates.example.net",
		.port = 443,
		.proto = PROTO_TCP,
		.first_ns = UINT64_C(1545407416962094000),
		.last_ns = UINT64_C(1545493816000000001),
		.contacts = 431,
		.llr_mb = 212345,
		.fdr_ppm = 1,
		.odds_mb = 2300,
		.why = "412 of 431 gaps lie in [54 s, 64 s)",
		.term = { { "prevalence", 700, 0, "1 of 60 hosts calls it" },
		    { "size", -400, 0, "sizes vary" } },
		.terms = 2,
		.benign = { { "a clock (NTP)", false, "the port is 443/tcp" } },
		.benigns = 1,
		.technique = "T1071.001",
		.beacon = { .period_ns = 59 * SECOND_NS,
		    .gaps = 430,
		    .log10_p_ud = -300000000 },
		.limits = { .frames_dropped = 0, .resolution_ns = 1000, .sampling = 1 },
		.input = "day.pcap",
	};

	return f;
}

static json_t *
encoded(const struct finding *f, struct buf *b)
{
	json_error_t err;
	json_t *j;

	buf_reset(b);
	finding_encode(f, b);
	assert_false(b->bad);
	j = json_loadb(b->at, b->len, JSON_REJECT_DUPLICATES, &err);
	if (j == NULL)
		fail_msg("%s: %s", err.text, b->at);
	return j;
}

static void
texts(void **state)
{
	static const struct {
		uint8_t proto;
		const char *text;
	} rows[] = { { 6, "tcp" }, { 17, "udp" }, { 1, "icmp" }, { 58, "icmp6" },
		{ 132, "sctp" }, { 0, "0" }, { 255, "255" } };
	char text[8];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(proto_text(rows[i].proto, text), rows[i].text);
	assert_string_equal(finding_kind_text(FINDING_BEACON), "beacon");
	assert_string_equal(finding_kind_text(FINDING_EXFILTRATION), "exfiltration");
	assert_string_equal(severity_text(SEVERITY_INFO), "info");
	assert_string_equal(severity_text(SEVERITY_CRITICAL), "critical");
}

/* Keys sorted and compact: what another library writes from the parsed value is equal. */
static void
one_spelling(void **state)
{
	struct buf b = { .max = 1 << 20 };
	struct finding f = example();
	json_t *j = encoded(&f, &b);
	char *again = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);

	(void)state;
	assert_string_equal(b.at, again);
	free(again);
	json_decref(j);
	buf_release(&b);
}

/* The id is the hash of the line without what the core leaves out. */
static void
id_is_hash_of_core(void **state)
{
	static const char *const out[] = { "id", "input", "evidence" };
	struct buf b = { .max = 1 << 20 };
	struct finding f = example();
	char hex[DIGEST_HEX];
	struct digest d;
	json_t *j;
	char *core, *id;

	(void)state;
	f.slice[0].b[0] = 1;
	f.slices = 1;
	j = encoded(&f, &b);
	id = strdup(json_string_value(json_object_get(j, "id")));
	for (size_t i = 0; i < COUNT(out); i++)
		assert_int_equal(json_object_del(j, out[i]), 0);
	core = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	d = digest_of(text_span(core));
	assert_string_equal(id, digest_hex(&d, hex));
	buf_reset(&b);
	finding_core(&f, &b);
	assert_string_equal(b.at, core);
	d = finding_id(&f);
	assert_string_equal(id, digest_hex(&d, hex));
	free(core);
	free(id);
	json_decref(j);
	buf_release(&b);
}

/* Each change of what was seen is another finding; where it lay is not. */
static void
what_the_id_depends_on(void **state)
{
	struct finding f = example();
	const struct digest id = finding_id(&f);

#define CHANGES(change)                                                        \
	do {                                                                   \
		f = example();                                                 \
		change;                                                        \
		print_message("  %s\n", #change);                              \
		assert_memory_not_equal(finding_id(&f).b, id.b, DIGEST_BYTES); \
	} while (0)
	(void)state;
	CHANGES(f.kind = FINDING_SCAN);
	CHANGES(f.severity = SEVERITY_LOW);
	CHANGES(f.host.b[15]++);
	CHANGES(f.peer.b[15]++);
	CHANGES(f.name[0] = 'U');
	CHANGES(f.port++);
	CHANGES(f.proto = PROTO_UDP);
	CHANGES(f.first_ns++);
	CHANGES(f.last_ns++);
	CHANGES(f.contacts++);
	CHANGES(f.llr_mb++);
	CHANGES(f.fdr_ppm++);
	CHANGES(f.odds_mb++);
	CHANGES(f.why[0]++);
	CHANGES(f.terms--);
	CHANGES(f.term[1].mb++);
	CHANGES(f.term[1].why[0]++);
	CHANGES(f.benigns--);
	CHANGES(f.benign[0].stands = true);
	CHANGES(f.benign[0].because[0]++);
	CHANGES(f.technique = "T1571");
	CHANGES(f.technique = NULL);
	CHANGES(f.beacon.period_ns++);
	CHANGES(f.beacon.low_ns++);
	CHANGES(f.beacon.high_ns++);
	CHANGES(f.beacon.gaps++);
	CHANGES(f.beacon.gaps_in++);
	CHANGES(f.beacon.null_ppm++);
	CHANGES(f.beacon.coverage_ppm++);
	CHANGES(f.beacon.hours++);
	CHANGES(f.beacon.same_size_ppm++);
	CHANGES(f.beacon.failed_ppm++);
	CHANGES(f.beacon.kappa_percent++);
	CHANGES(f.beacon.log10_p_ud--);
	CHANGES(f.limits.frames_dropped = UINT64_MAX);
	CHANGES(f.limits.frames_cut++);
	CHANGES(f.limits.records_skipped++);
	CHANGES(f.limits.contacts_shed++);
	CHANGES(f.limits.resolution_ns++);
	CHANGES(f.limits.sampling++);
#undef CHANGES
	f = example();
	f.input = "/elsewhere/day.pcap";
	f.slice[0].b[31] = 7;
	f.slices = 1;
	assert_memory_equal(finding_id(&f).b, id.b, DIGEST_BYTES);
}

static void
what_is_left_out(void **state)
{
	struct buf b = { .max = 1 << 20 };
	struct finding f = { .kind = FINDING_DNS_TUNNEL, .name = "t.example" };
	json_t *j;

	(void)state;
	f.limits.frames_dropped = UINT64_MAX;
	j = encoded(&f, &b);
	assert_null(json_object_get(j, "peer"));
	assert_null(json_object_get(j, "shape"));
	assert_null(json_object_get(j, "technique"));
	assert_int_equal(json_array_size(json_object_get(j, "evidence")), 0);
	assert_true(
	    json_is_null(json_object_get(json_object_get(j, "limits"), "frames_dropped")));
	assert_string_equal(json_string_value(json_object_get(j, "name")), "t.example");
	assert_string_equal(json_string_value(json_object_get(j, "first_seen")),
	    "1970-01-01T00:00:00.000000000Z");
	json_decref(j);

	f.slice[0].b[0] = 0xab;
	f.slices = 1;
	f.name[0] = '\0';
	j = encoded(&f, &b);
	assert_null(json_object_get(j, "name"));
	assert_memory_equal(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(j, "evidence"), 0), "slice_sha256")),
	    "ab00", 4);
	json_decref(j);
	buf_release(&b);
}

/* The longest finding there can be still has a name, and hostile text stays text. */
static void
the_longest(void **state)
{
	struct buf b = { .max = 1 << 20 };
	struct finding f = example();
	json_t *j;

	(void)state;
	memset(f.name, 1, sizeof f.name - 1);
	memset(f.why, 1, sizeof f.why - 1);
	f.terms = FINDING_TERMS;
	f.benigns = FINDING_BENIGN;
	for (int i = 0; i < FINDING_TERMS; i++) {
		f.term[i].name = "prevalence";
		f.term[i].mb = INT32_MIN;
		memset(f.term[i].why, 1, FINDING_TEXT - 1);
	}
	for (int i = 0; i < FINDING_BENIGN; i++) {
		f.benign[i].what = "a software update check";
		memset(f.benign[i].because, i % 2 ? 1 : '"', FINDING_TEXT - 1);
	}
	f.llr_mb = INT64_MIN;
	f.limits.frames_cut = INT64_MAX;
	j = encoded(&f, &b);
	assert_int_equal(json_string_length(json_object_get(j, "why")), sizeof f.why - 1);
	json_decref(j);
	buf_release(&b);
}

static void
order_of_lists(void **state)
{
	struct finding a, b;

#define BEFORE(change)                                        \
	do {                                                  \
		a = b = example();                            \
		change;                                       \
		print_message("  %s\n", #change);             \
		assert_true(finding_compare(&a, &b) < 0);     \
		assert_true(finding_compare(&b, &a) > 0);     \
		assert_int_equal(finding_compare(&a, &a), 0); \
	} while (0)
	(void)state;
	BEFORE((a.severity++, b.odds_mb += 9, b.llr_mb += 9));
	BEFORE((a.odds_mb++, b.llr_mb += 9));
	BEFORE((a.odds_mb = INT32_MAX, b.odds_mb = INT32_MIN));
	BEFORE((a.llr_mb = INT64_MAX, b.llr_mb = INT64_MIN));
	BEFORE((a.llr_mb++, b.host.b[0] = 0));
	BEFORE((b.host.b[15]++, a.peer.b[15]++));
	BEFORE((b.peer.b[15]++, a.port++));
	BEFORE((b.port++, a.proto++));
	BEFORE((b.proto++, a.kind++));
	BEFORE((b.kind++, a.name[0]++));
	BEFORE(b.name[0]++);
#undef BEFORE
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(one_spelling),
		cmocka_unit_test(id_is_hash_of_core),
		cmocka_unit_test(what_the_id_depends_on),
		cmocka_unit_test(what_is_left_out),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(order_of_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
