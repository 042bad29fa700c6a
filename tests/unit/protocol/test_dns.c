/* SPDX-License-Identifier: Apache-2.0 */
#include "talks.h"

#define HEAD(id, flags, qd, an) id flags "\0" qd "\0" an "\0\0\0\0"
#define QUERY(id)               HEAD(id, "\1\0", "\1", "\0")
#define REPLY(id, an)           HEAD(id, "\x81\x80", "\1", an)
#define A_EXAMPLE               "\7eXample\3org\0\0\1\0\1"
#define ZONE                    "\7example\3org\0\0\6\0\1"
#define SRV_EXAMPLE             "\4_sip\7example\3org\0\0\x21\0\1"
#define IN(type, ttl, len)      "\0" type "\0\1\0\0\0" ttl "\0" len

static const struct row {
	const char *what;
	uint16_t port;
	struct said said[SAID_MAX];
	const char *lines;
} rows[] = {
	{ "a question and its answer", 53,
	    { CLIENT(QUERY("ab") A_EXAMPLE),
		SERVER(REPLY("ab", "\1") A_EXAMPLE
		    "\xc0\x0c" IN("\1", "\x3c", "\4") "\1\2\3\4") },
	    "example.org 1 rcode 0 1.2.3.4/60\n" },
	{ "on another port", 4444,
	    { CLIENT(QUERY("ab") A_EXAMPLE),
		SERVER(REPLY("ab", "\1") A_EXAMPLE
		    "\xc0\x0c" IN("\1", "\x3c", "\4") "\1\2\3\4") },
	    "example.org 1 rcode 0 1.2.3.4/60\n" },
	{ "no answer", 53, { CLIENT(QUERY("ab") A_EXAMPLE) },
	    "example.org 1 unanswered\n" },
	{ "asked again and never answered", 53,
	    { CLIENT(QUERY("ab") A_EXAMPLE), CLIENT(QUERY("ab") A_EXAMPLE) },
	    "example.org 1 unanswered\n" },
	{ "two at once, answered the other way round", 53,
	    { CLIENT(QUERY("ab") A_EXAMPLE), CLIENT(QUERY("cd") SRV_EXAMPLE),
		SERVER(REPLY("cd", "\0") SRV_EXAMPLE),
		SERVER(REPLY("ab", "\0") A_EXAMPLE) },
	    "_sip.example.org 33 rcode 0\nexample.org 1 rcode 0\n" },
	{ "an update is about the name that it adds", 53,
	    { CLIENT("ab\x28\0\0\1\0\0\0\1\0\0" ZONE
		     "\4host\xc0\x0c" IN("\1", "\x3c", "\4") "\1\2\3\4"),
		SERVER("ab\xa8\5\0\1\0\0\0\0\0\0" ZONE) },
	    "host.example.org 6 rcode 5 1.2.3.4/60\n" },
	{ "an update without records is about its zone", 53,
	    { CLIENT("ab\x28\0\0\1\0\0\0\0\0\0" ZONE) }, "example.org 6 unanswered\n" },
	{ "an update whose records are cut", 53,
	    { CLIENT("ab\x28\0\0\1\0\0\0\1\0\0" ZONE
		     "\4host\xc0\x0c" IN("\1", "\x3c", "\4") "\1\2"),
		SERVER("ab\xa8\0\0\1\0\0\0\0\0\0" ZONE) },
	    "host.example.org 6 rcode 0\n" },
	{ "no such name", 53,
	    { CLIENT(QUERY("ab") A_EXAMPLE),
		SERVER(HEAD("ab", "\x81\x83", "\1", "\0") A_EXAMPLE) },
	    "example.org 1 rcode 3\n" },
	{ "an answer without a question", 53, { SERVER(REPLY("ab", "\0") A_EXAMPLE) },
	    "example.org 1 rcode 0\n" },
	{ "names and texts", 53,
	    { CLIENT(QUERY("ab") SRV_EXAMPLE),
		SERVER(REPLY("ab", "\3") SRV_EXAMPLE "\xc0\x0c" IN("\x21", "\1",
		    "\x0a") "\0\1\0\2\0\3\1h\xc0\x11"
			    "\xc0\x0c" IN("\x10", "\1", "\7") "\3abc\2de"
							      "\xc0\x0c" IN("\5", "\1",
								  "\2") "\xc0\x0c") },
	    "_sip.example.org 33 rcode 0 h.example.org/1 abcde/1 _sip.example.org/1\n" },
	{ "a text that is longer than its data", 53,
	    { CLIENT(QUERY("ab") SRV_EXAMPLE),
		SERVER(REPLY("ab", "\1") SRV_EXAMPLE
		    "\xc0\x0c" IN("\x10", "\1", "\6") "\2hi\377ab") },
	    "_sip.example.org 33 rcode 0 hi/1\n" },
	{ "a name that points at itself", 53,
	    { SERVER(
		  REPLY("ab", "\1") A_EXAMPLE "\xc0\x1d" IN("\1", "\x3c", "\4") "\1\2\3\4"),
		CLIENT(QUERY("cd") A_EXAMPLE) },
	    "example.org 1 unanswered\n" },
	{ "a name that points forward", 53, { CLIENT(QUERY("ab") "\xc0\x12\0\1\0\1\1a\0") },
	    "" },
	{ "an answer that is cut", 53,
	    { CLIENT(QUERY("ab") A_EXAMPLE),
		SERVER(REPLY("ab", "\2") A_EXAMPLE "\xc0\x0c" IN(
		    "\1", "\x3c", "\4") "\1\2\3\4\xc0\x0c" IN("\1", "\0", "\4") "\1") },
	    "example.org 1 rcode 0 1.2.3.4/60\n" },
	{ "noise", 4444, { CLIENT("ab\1\0\0\1 no question at all") }, "" },
};

static void
check(const struct row *r, const struct way *way, const struct said *said)
{
	struct listener l = listen_to(said, SAID_MAX, way);

	if (strcmp(l.lines.at, r->lines) != 0)
		fail_msg("%s:\n%swanted:\n%s", r->what, l.lines.at, r->lines);
	buf_release(&l.lines);
}

static void
datagrams(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i], &(struct way){ .proto = PROTO_UDP, .port = rows[i].port },
		    rows[i].said);
}

/* The same over TCP, with a length before each, cut anywhere. */
static void
streams(void **state)
{
	char bytes[SAID_MAX][300];
	struct said said[SAID_MAX];

	(void)state;
	srandom(5);
	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(said, rows[i].said, sizeof said);
		for (unsigned k = 0; k < SAID_MAX && said[k].bytes; k++) {
			bytes[k][0] = (char)(said[k].n >> 8);
			bytes[k][1] = (char)said[k].n;
			memcpy(bytes[k] + 2, said[k].bytes, said[k].n);
			said[k].bytes = bytes[k];
			said[k].n += 2;
		}
		for (size_t most = 1; most < 60; most++)
			check(&rows[i],
			    &(struct way){ PROTO_TCP, rows[i].port, most, most % 2, 0 },
			    said);
	}
}

/* More questions wait than there are places: each is told, and told once. */
static void
many_wait(void **state)
{
	static struct said said[100];
	static char bytes[100][64];
	const char *at;
	struct listener l;
	unsigned lines = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		memcpy(bytes[i], QUERY("ab") A_EXAMPLE, sizeof(QUERY("ab") A_EXAMPLE));
		bytes[i][1] = (char)i;
		said[i] =
		    (struct said){ false, bytes[i], sizeof(QUERY("ab") A_EXAMPLE) - 1 };
	}
	l = listen_to(said, 100, &(struct way){ .proto = PROTO_UDP, .port = 53 });
	for (at = l.lines.at; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 100);
	buf_release(&l.lines);
}

struct told {
	unsigned within, apart;
	bool asked; /* the flow */
};

static void
tell_trait(void *state, const struct trait *t)
{
	struct told *told = state;

	told->within += t->within;
	told->apart += !t->within;
}

static void
tell_flow(void *state, const struct flow *f)
{
	struct told *told = state;

	told->asked = f->asked;
}

/* The flow says that it began with a look-up exactly when one was told to be in it from then. */
static void
a_flow_knows_that_it_began_with_a_look_up(void **state)
{
	static const struct {
		const char *name;
		struct {
			int64_t late_ns; /* behind those before it */
			struct said said;
		} gram[4];
		struct told told;
	} cases[] = {
		{ "answered",
		    { { 0, CLIENT(QUERY("ab") A_EXAMPLE) },
			{ 0, SERVER(REPLY("ab", "\0") A_EXAMPLE) } },
		    { 1, 0, true } },
		{ "not answered", { { 0, CLIENT(QUERY("ab") A_EXAMPLE) } },
		    { 1, 0, true } },
		{ "an answer alone", { { 0, SERVER(REPLY("ab", "\0") A_EXAMPLE) } },
		    { 1, 0, true } },
		{ "two questions",
		    { { 0, CLIENT(QUERY("ab") A_EXAMPLE) },
			{ 0, CLIENT(QUERY("cd") A_EXAMPLE) },
			{ 0, SERVER(REPLY("cd", "\0") A_EXAMPLE) } },
		    { 2, 0, true } },
		{ "it began with something else",
		    { { 0, CLIENT("?") }, { 0, CLIENT(QUERY("ab") A_EXAMPLE) } },
		    { 1, 0, false } },
		{ "what it began with comes last",
		    { { 0, CLIENT(QUERY("ab") A_EXAMPLE) },
			{ -5000000, CLIENT(QUERY("ab") A_EXAMPLE) } },
		    { 1, 0, false } },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct flow_limits limits = flow_limits_default();
		struct told told = { 0 };
		struct wire w = { .now = 10000000 };
		struct flow_watch watch;
		struct reader *r;
		struct error err;

		ROW(i, cases[i].name);
		limits.memory = 1 << 20;
		assert_int_equal(reader_new(&r, 1 << 20, tell_trait, &told, &err), OK);
		assert_int_equal(
		    flow_table_new(&w.table, &limits, tell_flow, &told, &err), OK);
		watch = reader_watch(r);
		flow_table_watch(w.table, &watch);
		for (size_t k = 0; k < COUNT(cases[i].gram); k++) {
			const struct said *s = &cases[i].gram[k].said;
			struct packet p = {
				.time_ns = w.now + (uint64_t)cases[i].gram[k].late_ns,
				.clock_ns = w.now,
				.src = ip_from_v4(
				    (const uint8_t[4]){ 192, 0, 2, s->from_resp ? 2 : 1 }),
				.dst = ip_from_v4(
				    (const uint8_t[4]){ 192, 0, 2, s->from_resp ? 1 : 2 }),
				.src_port = s->from_resp ? 53 : 40000,
				.dst_port = s->from_resp ? 40000 : 53,
				.proto = PROTO_UDP,
				.data_bytes = (uint32_t)s->n,
				.data = { (const uint8_t *)s->bytes, s->n },
			};
			const struct packet *one = &p;

			if (s->bytes == NULL)
				break;
			w.now += 1000000;
			flow_table_see(w.table, &one, 1);
		}
		flow_table_finish(w.table);
		flow_table_free(w.table);
		reader_free(r);
		assert_int_equal(told.within, cases[i].told.within);
		assert_int_equal(told.apart, cases[i].told.apart);
		assert_int_equal(told.asked, cases[i].told.asked);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_knows_that_it_began_with_a_look_up),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(streams),
		cmocka_unit_test(many_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
