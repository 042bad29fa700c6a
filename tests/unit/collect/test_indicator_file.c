/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indicators as people write them: a row is a word, or a file, and what is taken
 * of it, one after the other.
 */
#include "table.h"

#include "base/buf.h"
#include "base/stamp.h"
#include "collect/indicator_file.h"

#include <string.h>

static const char *const types[] = {
#define X(name, text) text,
	INDICATOR_TYPES(X)
#undef X
};

static void
put(struct buf *b, const struct indicator *i)
{
	char ip[IP_TEXT], until[STAMP_TEXT];

	buf_printf(b, "%s ", types[i->type]);
	if (i->type == INDICATOR_ADDRESS || i->type == INDICATOR_NETWORK)
		buf_printf(b, "%s/%u", ip_text(&i->net.ip, ip), i->net.bits);
	else
		buf_put(b, i->key.at, i->key.len);
	if (i->port)
		buf_printf(b, ":%u", i->port);
	if (i->weight_mb)
		buf_printf(b, " w%d", i->weight_mb);
	if (i->until_ns)
		buf_printf(b, " until %.10s", stamp_text(i->until_ns, until));
}

static const struct {
	const char *word, *taken; /* NULL: it is none */
} words[] = {
	{ "evil.example", "domain evil.example" },
	{ "EVIL.Example.", "domain evil.example" },
	{ "*.evil.example", "domain evil.example" },
	{ "evil[.]example", "domain evil.example" },
	{ "hxxps://evil[.]example/gate.php?a=1", "url evil.example/gate.php?a=1" },
	{ "...hxxp.example", "domain hxxp.example" },
	{ "http://evil.example/", "domain evil.example" },
	{ "http://evil.example:8080", "domain evil.example" },
	{ "http://192.0.2.7", "address 192.0.2.7/128" },
	{ "http://192.0.2.7:81", "address 192.0.2.7/128:81" },
	{ "http://192.0.2.7/x", "url 192.0.2.7/x" },
	{ "192.0.2.7", "address 192.0.2.7/128" },
	{ "192[.]0[.]2[.]7", "address 192.0.2.7/128" },
	{ "192.0.2.7:443", "address 192.0.2.7/128:443" },
	{ "192.0.2.0/24", "network 192.0.2.0/120" },
	{ "192.0.2.7/32", "address 192.0.2.7/128" },
	{ "2001:db8::/32", "network 2001:db8::/32" },
	{ "2001:db8::1", "address 2001:db8::1/128" },
	{ "[2001:db8::1]:443", "address 2001:db8::1/128:443" },
	{ "t13d1516h2_8daaf6152771_e5627efa2ab1",
	    "ja4 t13d1516h2_8daaf6152771_e5627efa2ab1" },
	{ "ja3:E7D705A3286E19EA42F587B344EE6865", "ja3 e7d705a3286e19ea42f587b344ee6865" },
	{ "e7d705a3286e19ea42f587b344ee6865", NULL }, /* of a file, as likely as not */
	{ "192.0.2.7:0", NULL },
	{ "192.0.2.7:70000", NULL },
	{ "192.0.2.256", NULL },
	{ "192.0.2.1/24", "network 192.0.2.0/120" }, /* host bits are cut off */
	{ "2001:db8:ffff::/33", "network 2001:db8:8000::/33" },
	{ "0.0.0.0/0", NULL },
	{ "com", NULL },
	{ "evil..example", NULL },
	{ "/gate.php", NULL },
	{ "someone@evil.example", NULL },
	{ "ev il.example", NULL },
	{ "[", NULL },
	{ "", NULL },
};

static void
words_are_classified(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(words); k++) {
		struct span word = { (const uint8_t *)words[k].word,
			strlen(words[k].word) };
		char room[INDICATOR_KEY + 1];
		struct indicator i;
		bool taken = indicator_classify(word, room, &i);
		struct buf b;

		buf_init(&b, 1024);
		if (taken)
			put(&b, &i);
		if (taken != (words[k].taken != NULL) ||
		    (taken && strcmp(b.at, words[k].taken) != 0))
			fail_msg("%s: %s", words[k].word, taken ? b.at : "none");
		buf_release(&b);
	}
}

static const struct {
	const char *name, *text, *taken;
	uint64_t unused;
} files[] = {
	{ "a plain list",
	    "# Copyright\n\nevil.example # why\n192.0.2.7:22\r\n/gate.php\n; old\n",
	    "domain evil.example|address 192.0.2.7/128:22|", 1 },
	{ "a hosts file", "127.0.0.1 localhost\n0.0.0.0 evil.example\n",
	    "domain evil.example|", 1 },
	{ "CSV with a header",
	    "type,value,expires,weight\ndomain,evil.example,2026-12-31,1500\n"
	    "ja3,e7d705a3286e19ea42f587b344ee6865,,\n\"domain\",\"b.example\",,\n",
	    "domain evil.example w1500 until 2026-12-31|"
	    "ja3 e7d705a3286e19ea42f587b344ee6865|domain b.example|",
	    0 },
	{ "CSV without one", "2026-01-01 10:00:00,192.0.2.9,443,online\n",
	    "address 192.0.2.9/128|", 0 },
	{ "MISP: ports, pairs, what nobody should look for",
	    "{\"Event\":{\"info\":\"x\",\"Attribute\":["
	    "{\"type\":\"ip-dst|port\",\"value\":\"192.0.2.7|443\",\"to_ids\":true},"
	    "{\"type\":\"domain|ip\",\"value\":\"evil.example|192.0.2.7\",\"to_ids\":true},"
	    "{\"type\":\"domain\",\"value\":\"good.example\",\"to_ids\":false},"
	    "{\"type\":\"md5\",\"value\":\"e7d705a3286e19ea42f587b344ee6865\"}],"
	    "\"Object\":[{\"Attribute\":[{\"type\":\"ja3-fingerprint-md5\",\"value\":"
	    "\"e7d705a3286e19ea42f587b344ee6865\"}]}]}}",
	    "address 192.0.2.7/128:443|domain evil.example|"
	    "ja3 e7d705a3286e19ea42f587b344ee6865|",
	    2 },
	{ "MISP's answer to a search",
	    "{\"response\":{\"Attribute\":[{\"type\":\"url\",\"value\":"
	    "\"http://evil.example/a\"}]}}",
	    "url evil.example/a|", 0 },
	{ "STIX 2",
	    "{\"type\":\"bundle\",\"objects\":[{\"type\":\"malware\"},"
	    "{\"type\":\"indicator\",\"pattern\":\"[domain-name:value = 'evil.example' OR "
	    "ipv4-addr:value='192.0.2.7']\",\"valid_until\":\"2026-12-31T00:00:00Z\"},"
	    "{\"type\":\"indicator\",\"pattern\":\"[process:name='x']\"},"
	    "{\"type\":\"indicator\",\"revoked\":true,\"pattern\":\"[url:value='http://a.b/"
	    "c']\"}"
	    "]}",
	    "domain evil.example until 2026-12-31|address 192.0.2.7/128 until 2026-12-31|",
	    2 },
	{ "a bracket that is no JSON", "[2001:db8::1]:443\n",
	    "address 2001:db8::1/128:443|", 0 },
};

static bool
collect(void *state, const struct indicator *i)
{
	put(state, i);
	buf_putc(state, '|');
	return true;
}

static void
files_are_read(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(files); k++) {
		struct span text = { (const uint8_t *)files[k].text,
			strlen(files[k].text) };
		struct indicator_counts n;
		struct input *in;
		struct error err;
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(input_open_bytes(&in, text, "list", &err), OK);
		if (indicator_file_read(in, &n, collect, &b, &err) != OK)
			fail_msg("%s: %s", files[k].name, err.text);
		if (b.at == NULL || strcmp(b.at, files[k].taken) != 0 ||
		    n.unused != files[k].unused)
			fail_msg("%s: %s, %d unused", files[k].name,
			    b.at ? b.at : "nothing", (int)n.unused);
		buf_release(&b);
	}
}

/* What a list says of itself, and what is broken. */
static void
of_itself(void **state)
{
	static const char list[] = "# weight: 1200\n# expires: 2026-12-31\nevil.example\n";
	static const char broken[] = "{\"objects\": [\n";
	struct indicator_counts n;
	struct input *in;
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(
	    input_open_bytes(
		&in, (struct span){ (const uint8_t *)list, sizeof list - 1 }, "l", &err),
	    OK);
	assert_int_equal(indicator_file_read(in, &n, collect, &b, &err), OK);
	assert_int_equal(n.weight_mb, 1200);
	assert_int_equal(n.until_ns / SECOND_NS, 1798761599);
	assert_int_equal(
	    input_open_bytes(&in,
		(struct span){ (const uint8_t *)broken, sizeof broken - 1 }, "b", &err),
	    OK);
	assert_int_equal(indicator_file_read(in, &n, collect, &b, &err), E_FORMAT);
	assert_non_null(strstr(err.text, "b: line 2"));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_classified),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(of_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
