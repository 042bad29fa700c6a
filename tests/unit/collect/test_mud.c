/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MUD files: a row is the conditions of one rule and what it comes to, or a
 * whole file that is none and why. What publish_mud writes is read again.
 */
#include "table.h"

#include "base/buf.h"
#include "collect/device_map.h"
#include "collect/mud.h"
#include "publish/mud.h"

static const char *const peers[] = { "anybody", "local", "net", "name", "controller",
	"my-controller", "manufacturer", "same-maker", "model" };

static bool
put(void *state, const struct permit *p)
{
	char ip[IP_TEXT];
	struct buf *b = state;

	buf_printf(b, "%s%s %s", b->len ? "; " : "", p->from_device ? "from" : "to",
	    peers[p->peer]);
	if (p->peer == PERMIT_NET)
		buf_printf(b, " %s/%u", ip_text(&p->net.ip, ip), p->net.bits);
	if (p->text.len)
		buf_printf(b, " %.*s", (int)p->text.len, (const char *)p->text.at);
	if (p->family)
		buf_printf(b, " v%u", p->family);
	if (p->proto)
		buf_printf(b, " proto %u", p->proto);
	if (p->low != 0 || p->high != 65535)
		buf_printf(b, " %s%u-%u", p->but ? "not " : "", p->low, p->high);
	if (p->answers)
		buf_puts(b, " answers");
	if (!p->peer_opens)
		buf_puts(b, " device opens");
	if (!p->device_opens)
		buf_puts(b, " peer opens");
	if (!p->accept)
		buf_puts(b, " no");
	return true;
}

#define HEAD        "{\"ietf-mud:mud\":{\"mud-version\":1,\"mud-url\":\"https://M.example/a\","
#define POLICY(way) "\"" way "\":{\"access-lists\":{\"access-list\":[{\"name\":\"l\"}]}}},"
#define ACLS(type, rule)                                                               \
	"\"ietf-access-control-list:acls\":{\"acl\":[{\"name\":\"l\",\"type\":\"" type \
	"\",\"aces\":{\"ace\":[" rule "]}}]}}"
#define ACE(match, action)                                                              \
	"{\"name\":\"r\",\"matches\":{" match "},\"actions\":{\"forwarding\":\"" action \
	"\"}}"
#define FROM(match) \
	HEAD POLICY("from-device-policy") ACLS("ipv4-acl-type", ACE(match, "accept"))
#define TO(match) \
	HEAD POLICY("to-device-policy") ACLS("ipv6-acl-type", ACE(match, "accept"))

static const struct row {
	const char *what, *file;
	const char *rules;      /* what comes out */
	const char *odd, *fail; /* why the rule is not used; why the file is none */
} rows[] = {
	{ "nothing asked: anybody", FROM(""), "from anybody v4", "", NULL },
	{ "a name, a port, who opens",
	    FROM("\"ipv4\":{\"ietf-acldns:dst-dnsname\":\"C.Example.\",\"protocol\":6},"
		 "\"tcp\":{\"ietf-mud:direction-initiated\":\"from-device\","
		 "\"destination-port\":{\"operator\":\"eq\",\"port\":443}}"),
	    "from name c.example v4 proto 6 443-443 device opens", "", NULL },
	{ "answers open nothing",
	    TO("\"ipv6\":{\"ietf-acldns:src-dnsname\":\"c.example\",\"protocol\":17},"
	       "\"udp\":{\"source-port\":{\"port\":53}}"),
	    "to name c.example v6 proto 17 answers", "", NULL },
	{ "a prefix with a host's bits",
	    FROM("\"ipv4\":{\"destination-ipv4-network\":\"192.0.2.77/24\"}"),
	    "from net 192.0.2.0/120 v4", "", NULL },
	{ "a range",
	    FROM("\"tcp\":{\"destination-port\":{\"lower-port\":10,\"upper-port\":20}}"),
	    "from anybody v4 proto 6 10-20", "", NULL },
	{ "all but one",
	    FROM("\"tcp\":{\"destination-port\":{\"operator\":\"neq\",\"port\":23}}"),
	    "from anybody v4 proto 6 not 23-23", "", NULL },
	{ "up to",
	    FROM("\"udp\":{\"destination-port\":{\"operator\":\"lte\",\"port\":99}}"),
	    "from anybody v4 proto 17 0-99", "", NULL },
	{ "ours", TO("\"ietf-mud:mud\":{\"local-networks\":[null]}"), "to local v6", "",
	    NULL },
	{ "a controller", FROM("\"ietf-mud:mud\":{\"controller\":\"urn:x\"}"),
	    "from controller urn:x v4", "", NULL },
	{ "mine", FROM("\"ietf-mud:mud\":{\"my-controller\":[null]}"),
	    "from my-controller v4", "", NULL },
	{ "the maker's", FROM("\"ietf-mud:mud\":{\"same-manufacturer\":[null]}"),
	    "from same-maker v4", "", NULL },
	{ "a ping", FROM("\"icmp\":{\"type\":8}"), "from anybody v4 proto 1", "", NULL },
	{ "what is forbidden",
	    HEAD POLICY("from-device-policy")
		ACLS("ipv4-acl-type", ACE("\"tcp\":{}", "drop")),
	    "from anybody v4 proto 6 no", "", NULL },
	{ "a frame's type", FROM("\"eth\":{\"ethertype\":2048}"), "",
	    "l r: a condition that is not known", NULL },
	{ "a flag", FROM("\"tcp\":{\"flags\":\"syn\"}"), "",
	    "l r: a condition on a transport header that is not looked at", NULL },
	{ "who the device is", FROM("\"ipv4\":{\"source-ipv4-network\":\"192.0.2.1/32\"}"),
	    "", "l r: a condition on an IP header that is not looked at", NULL },
	{ "two names of one",
	    FROM("\"ipv4\":{\"ietf-acldns:dst-dnsname\":\"c\"},"
		 "\"ietf-mud:mud\":{\"my-controller\":[null]}"),
	    "", "l r: two conditions on who the other is", NULL },
	{ "the wrong family",
	    FROM("\"ipv4\":{\"destination-ipv4-network\":\"2001:db8::/32\"}"), "",
	    "l r: a network that is none", NULL },
	{ "a port past the last", FROM("\"tcp\":{\"destination-port\":{\"port\":65536}}"),
	    "", "l r: a port that is none", NULL },
	{ "no policy: nothing is allowed",
	    "{\"ietf-mud:mud\":{\"mud-version\":1,\"mud-url\":\"https://a/\"}}", "", "",
	    NULL },
	{ "another JSON", "{\"a\":1}", "", "",
	    "no MUD file: it has no container \"ietf-mud:mud\"" },
	{ "version 2", "{\"ietf-mud:mud\":{\"mud-version\":2,\"mud-url\":\"https://a/\"}}",
	    "", "", "its mud-version is not 1, the only one there is" },
	{ "no URL", "{\"ietf-mud:mud\":{\"mud-version\":1}}", "", "",
	    "its mud-url is missing, or is no printable text of up to 250 octets" },
	{ "a list that is not there", HEAD POLICY("from-device-policy") "\"x\":1}", "", "",
	    "the policy names the access list l, which is not there" },
	{ "cut short", "{\"a\":\n[", "", "",
	    "no JSON: line 2, column 1: ']' expected near end of file" },
};

static void
what_a_rule_comes_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { .max = 4096 };
		struct error err = { "" };
		struct mud m;
		enum status st;

		ROW(i, rows[i].what);
		st = mud_read(text_span(rows[i].file), &m, put, &b, &err);
		assert_string_equal(err.text, rows[i].fail ? rows[i].fail : "");
		assert_int_equal(st, rows[i].fail ? E_FORMAT : OK);
		assert_string_equal(m.odd_first, rows[i].odd);
		assert_string_equal(b.len ? b.at : "", rows[i].rules);
		buf_release(&b);
	}
}

static bool
refuse(void *state, const struct permit *p)
{
	(void)p;
	return ++*(int *)state < 2;
}

static void
a_sink_that_is_full(void **state)
{
	struct error err;
	struct mud m;
	int n = 1;

	(void)state;
	assert_int_equal(mud_read(text_span(FROM("")), &m, refuse, &n, &err), E_NOMEM);
}

static const char *const maps[] = {
	"device 192.0.2.9",
	"device 192.0.2.9/24 x",
	"device x y",
	"192.0.2.9 x.json",
	"controller urn:x",
	"controller urn:x 192.0.2.1 more",
	"my-controller 192.0.2.1",
	"my-controller all 192.0.2.1",
	"manufacturer 192.0.2.1",
};

static enum status
keep(void *state, const struct device_line *l, struct error *err)
{
	char ip[IP_TEXT];
	struct buf *b = state;

	(void)err;
	buf_printf(b, "%llu %d %s/%u %s;", (unsigned long long)l->line, (int)l->kind,
	    ip_text(&l->net.ip, ip), l->net.bits, l->text);
	return OK;
}

static void
maps_of_devices(void **state)
{
	struct buf b = { .max = 4096 };
	struct error err;
	struct input *in;

	(void)state;
	assert_int_equal(
	    input_open_bytes(&in,
		BYTES("# ours\n\ndevice 192.0.2.9\tmy camera.json \r\n"
		      "controller URN:x 192.0.2.0/28\nmy-controller * 2001:db8::1"),
		"map", &err),
	    OK);
	assert_int_equal(device_map_read(in, keep, &b, &err), OK);
	assert_string_equal(b.at,
	    "3 0 192.0.2.9/128 my camera.json;4 1 192.0.2.0/124 urn:x;"
	    "5 2 2001:db8::1/128 ;");
	for (size_t i = 0; i < COUNT(maps); i++) {
		ROW(i, maps[i]);
		assert_int_equal(
		    input_open_bytes(&in, text_span(maps[i]), "map", &err), OK);
		assert_int_equal(device_map_read(in, keep, &b, &err), E_FORMAT);
		assert_non_null(strstr(err.text, "line 1 is none of device"));
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_rule_comes_to),
		cmocka_unit_test(a_sink_that_is_full),
		cmocka_unit_test(maps_of_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
