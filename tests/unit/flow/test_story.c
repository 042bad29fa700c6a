/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories: what two hosts say to each other, and what the record says of it.
 * The expectations are what Zeek's conn.log documents for such a connection.
 */
#include "packets.h"

#include <ctype.h>

#include "flow/entry.h"

/*
 * A story is one letter a packet: upper case from host 1, lower from host 2.
 *   S SYN   H SYN and ACK   A ACK   D 100 bytes   F FIN and ACK   R RST
 *   T the last 100 bytes again      W ACK with a zero window
 *   L 100 bytes that the capture missed (no packet)
 *   X SYN and FIN                   I FIN and RST
 *   N a SYN with new sequence numbers on both sides
 */
struct teller {
	uint32_t first[2]; /* sequence number of each side's SYN */
	uint32_t next[2];  /* what each side sends next */
	uint16_t port[2];
	uint64_t at;
	struct flow_table *table;
};

static void
tell(struct teller *t, char word)
{
	unsigned from = islower((unsigned char)word) ? 1 : 0;
	uint32_t *next = &t->next[from];
	struct packet p;

	if (toupper(word) == 'N') {
		t->next[0] = t->first[0] += 5000000;
		t->next[1] = t->first[1] += 7000000;
	}
	p = packet_of(PROTO_TCP, 1 + from, t->port[from], 2 - from, t->port[!from], t->at);
	p.seq = *next;
	p.ack = t->next[!from];
	p.tcp_flags = TCP_ACK;
	t->at += 1000000;
	switch (toupper(word)) {
	case 'S':
	case 'N':
		p.tcp_flags = TCP_SYN;
		p.ack = 0;
		p.seq = t->first[from];
		*next = p.seq + 1;
		break;
	case 'H':
		p.tcp_flags = TCP_SYN | TCP_ACK;
		p.seq = t->first[from];
		p.ack = t->first[!from] + 1;
		*next = p.seq + 1;
		break;
	case 'D':
		give_payload(&p, 100);
		*next += 100;
		break;
	case 'L':
		*next += 100;
		return;
	case 'T':
		p.seq -= 100;
		give_payload(&p, 100);
		break;
	case 'F':
		p.tcp_flags |= TCP_FIN;
		++*next;
		break;
	case 'R':
		p.tcp_flags |= TCP_RST;
		break;
	case 'W':
		p.tcp_window = 0;
		break;
	case 'X':
		p.tcp_flags = TCP_SYN | TCP_FIN;
		*next += 2;
		break;
	case 'I':
		p.tcp_flags = TCP_FIN | TCP_RST;
		break;
	default:
		break;
	}
	see(t->table, &p);
}

static void
tell_all(const char *story, uint16_t port1, uint16_t port2, uint32_t seq, struct caught *c)
{
	struct flow_limits limits = flow_limits_default();
	struct teller t = {
		.first = { seq, seq + 77777777 },
		.next = { seq, seq + 77777777 },
		.port = { port1, port2 },
	};

	t.table = table_with(&limits, c);
	for (; *story; story++)
		tell(&t, *story);
	flow_table_finish(t.table);
	flow_table_free(t.table);
}

struct story {
	const char *name, *story;
	enum conn_state state;
	const char *history;
	uint64_t orig_bytes, resp_bytes;
	unsigned flows;
	bool host2_is_orig;
};

static const struct story STORIES[] = {
	{ "a SYN and nothing", "S", CONN_S0, "S", 0, 0, 1, false },
	{ "three tries are one attempt", "SSS", CONN_S0, "S", 0, 0, 1, false },
	{ "half a handshake", "Sh", CONN_S1, "Sh", 0, 0, 1, false },
	{ "a handshake", "ShA", CONN_S1, "ShA", 0, 0, 1, false },
	{ "open talk", "ShADaDadA", CONN_S1, "ShADad", 200, 100, 1, false },
	{ "a normal life", "ShADadAFafA", CONN_SF, "ShADadFf", 100, 100, 1, false },
	{ "the responder ends first", "ShADadAfAFa", CONN_SF, "ShADadfF", 100, 100, 1,
	    false },
	{ "the originator ends, no reply", "ShADadAF", CONN_S2, "ShADadF", 100, 100, 1,
	    false },
	{ "the responder ends, no reply", "ShADadAf", CONN_S3, "ShADadf", 100, 100, 1,
	    false },
	{ "refused", "Sr", CONN_REJ, "Sr", 0, 0, 1, false },
	{ "accepted, then aborted by the originator", "ShADR", CONN_RSTO, "ShADR", 100, 0,
	    1, false },
	{ "accepted, then aborted by the responder", "ShADadr", CONN_RSTR, "ShADadr", 100,
	    100, 1, false },
	{ "the originator thinks better of it", "SR", CONN_RSTOS0, "SR", 0, 0, 1, false },
	{ "SYN and FIN, never an answer", "SF", CONN_SH, "SF", 0, 0, 1, false },
	{ "SYN-ACK and RST, never a SYN", "hr", CONN_RSTRH, "^hr", 0, 0, 1, false },
	{ "SYN-ACK and FIN, never a SYN", "hf", CONN_SHR, "^hf", 0, 0, 1, false },
	{ "a SYN-ACK scan from a server's port", "h", CONN_OTH, "^h", 0, 0, 1, false },
	{ "the middle of a talk", "DdA", CONN_OTH, "DdA", 100, 100, 1, false },
	{ "the middle, server first", "dADa", CONN_OTH, "^dADa", 100, 100, 1, false },
	{ "the end of a talk", "dAfF", CONN_SF, "^dAfF", 0, 100, 1, false },
	{ "the SYN came late", "hSA", CONN_OTH, "^hSA", 0, 0, 1, false },
	{ "the SYN was missed", "hADad", CONN_S1, "^hADad", 100, 100, 1, false },
	{ "data twice", "ShADTad", CONN_S1, "ShADTad", 100, 100, 1, false },
	{ "data ten times", "ShADTTTTTTTTTTa", CONN_S1, "ShADTTa", 100, 0, 1, false },
	{ "the receiver is full", "ShADwa", CONN_S1, "ShADaw", 100, 0, 1, false },
	{ "a hole in the capture", "ShALDa", CONN_S1, "ShADaG", 200, 0, 1, false },
	{ "a hole at the end", "ShADLa", CONN_S1, "ShADaG", 200, 0, 1, false },
	{ "a hole nobody acknowledged", "ShALD", CONN_S1, "ShAD", 200, 0, 1, false },
	{ "SYN and FIN at once", "X", CONN_SH, "Q", 0, 0, 1, false },
	{ "FIN and RST at once", "ShAI", CONN_RSTO, "ShAI", 0, 0, 1, false },
	{ "RST after FIN", "ShADadFR", CONN_RSTO, "ShADadFR", 100, 100, 1, false },
	{ "RST after both FINs", "ShADadFafR", CONN_SF, "ShADadFfR", 100, 100, 1, false },
	{ "a new SYN after the end", "ShAFafANh", CONN_SF, "ShAFaf", 0, 0, 2, false },
	{ "a new SYN after refusal", "SrNrNr", CONN_REJ, "Sr", 0, 0, 3, false },
	{ "a new SYN in the middle", "ShADadNh", CONN_S1, "ShADad", 100, 100, 2, false },
	{ "the same SYN again", "ShASAD", CONN_S1, "ShAD", 100, 0, 1, false },
	{ "the server calls back", "s", CONN_S0, "S", 0, 0, 1, true },
};

static void
check_story(const struct story *row, uint32_t seq)
{
	struct caught c = { 0 };
	struct ip one = host(1), two = host(2);
	uint64_t pkts = 0, words = 0;
	const struct flow *f;

	tell_all(row->story, 40000, 80, seq, &c);
	assert_int_equal(c.n, row->flows);
	f = &c.flow[0];
	assert_string_equal(f->history, row->history);
	assert_string_equal(conn_state_text(f->state), conn_state_text(row->state));
	assert_int_equal(f->orig_bytes, row->orig_bytes);
	assert_int_equal(f->resp_bytes, row->resp_bytes);
	assert_true(ip_equal(&f->orig, row->host2_is_orig ? &two : &one));
	assert_int_equal(f->orig_port, row->host2_is_orig ? 80 : 40000);
	for (size_t i = 0; i < c.n; i++)
		pkts += c.flow[i].orig_pkts + c.flow[i].resp_pkts;
	for (const char *s = row->story; *s; s++)
		words += toupper(*s) != 'L';
	assert_int_equal(pkts, words);
	release_caught(&c);
}

/* Also across the end of the sequence numbers. */
static void
stories(void **state)
{
	static const uint32_t seqs[] = { 1000, UINT32_MAX, UINT32_MAX - 99,
		UINT32_MAX - 150, UINT32_MAX - 77777777, UINT32_MAX - 77777777 - 120,
		0x7ffffff0 };

	(void)state;
	for (size_t i = 0; i < COUNT(STORIES); i++) {
		ROW(i, STORIES[i].name);
		for (size_t k = 0; k < COUNT(seqs); k++)
			check_story(&STORIES[i], seqs[k]);
	}
}

/* Between ports that tell nothing, the late SYN does. */
static void
the_syn_ack_overtook_the_syn(void **state)
{
	struct caught c = { 0 };
	struct ip one = host(1);

	(void)state;
	tell_all("hSADad", 40000, 50000, 99, &c);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.flow[0].state, CONN_S1);
	assert_string_equal(c.flow[0].history, "Hs^ADad");
	assert_true(ip_equal(&c.flow[0].orig, &one));
	assert_int_equal(c.flow[0].orig_pkts, 3);
	assert_int_equal(c.flow[0].resp_pkts, 3);
	assert_int_equal(c.flow[0].orig_bytes, 100);
	assert_int_equal(c.flow[0].resp_bytes, 100);
	release_caught(&c);
}

/* Between ports that tell nothing, whoever goes on tells that it was no scan. */
static void
the_syn_was_missed(void **state)
{
	static const struct {
		const char *name, *story;
		enum conn_state state;
		const char *history;
		bool turned;
	} rows[] = {
		{ "nobody goes on", "h", CONN_OTH, "H", false },
		{ "two SYN-ACKs and nobody goes on", "hh", CONN_OTH, "H", false },
		{ "a scan that is refused", "hR", CONN_REJ, "Hr", false },
		{ "the other side acknowledges", "hAdaD", CONN_S1, "^hAdaD", true },
		{ "the other side sends", "hDa", CONN_S1, "^hDa", true },
		{ "the same side sends", "hdA", CONN_S1, "^hdA", true },
		{ "to the end", "hADadFaf", CONN_SF, "^hADadFf", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct caught c = { 0 };
		struct ip one = host(1);

		ROW(i, rows[i].name);
		tell_all(rows[i].story, 40000, 50000, 99, &c);
		assert_int_equal(c.n, 1);
		assert_string_equal(
		    conn_state_text(c.flow[0].state), conn_state_text(rows[i].state));
		assert_string_equal(c.flow[0].history, rows[i].history);
		assert_int_equal(ip_equal(&c.flow[0].orig, &one), rows[i].turned);
		release_caught(&c);
	}
}

/* Who is the originator when the first packet does not say. */
static void
roles(void **state)
{
	static const struct {
		const char *name, *story;
		uint16_t port1, port2;
		bool flipped;
	} rows[] = {
		{ "high ports: the first sender", "d", 40000, 50000, true },
		{ "from a server's port", "d", 40000, 443, false },
		{ "between two servers' ports, the lower serves", "D", 80, 443, true },
		{ "between two servers' ports, the lower serves", "D", 443, 80, false },
		{ "SYN-ACK from a high port may be a scan", "h", 40000, 50000, true },
		{ "SYN-ACK between servers' ports may be a scan", "h", 443, 80, true },
		{ "a SYN always says", "s", 40000, 80, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct caught c = { 0 };
		struct ip two = host(2);

		ROW(i, rows[i].name);
		tell_all(rows[i].story, rows[i].port1, rows[i].port2, 1, &c);
		assert_int_equal(c.n, 1);
		assert_int_equal(ip_equal(&c.flow[0].orig, &two), rows[i].flipped);
		release_caught(&c);
	}
}

/* A stream of 5 GB by acknowledgements, most of it missed by the capture. */
static void
more_than_the_sequence_space(void **state)
{
	struct flow_limits limits = flow_limits_default();
	struct caught c = { 0 };
	struct teller t = { .first = { 5, 6 }, .port = { 40000, 80 } };
	uint64_t sent = 0;

	(void)state;
	t.table = table_with(&limits, &c);
	tell(&t, 'S'), tell(&t, 'h'), tell(&t, 'A');
	while (sent < UINT64_C(5000000000)) {
		tell(&t, 'd');
		sent += 100;
		t.next[1] += 1000000000;
		sent += 1000000000;
		tell(&t, 'A');
	}
	flow_table_finish(t.table);
	flow_table_free(t.table);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.flow[0].resp_bytes, sent);
	assert_string_equal(c.flow[0].history, "ShAdg");
	release_caught(&c);
}

/*
 * The short way through TCP and the long one: conversations that mostly go
 * well, with a packet lost, late, doubled, cut or odd now and then.
 */
static void
the_short_way_is_the_long_way(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 300; seed++) {
		static const uint8_t odd[] = { TCP_SYN, TCP_SYN | TCP_ACK,
			TCP_FIN | TCP_ACK, TCP_RST, 0, TCP_ACK };
		uint32_t next[2];
		struct packet p = packet_of(PROTO_TCP, 1, 40000, 2, 50000, 0);
		struct entry fast, slow;
		unsigned dir = 0;

		srandom(seed);
		next[0] = (uint32_t)random() * 3;
		next[1] = seed % 3 ? (uint32_t)random() * 3 : UINT32_MAX - 500;
		p.tcp_flags = TCP_SYN;
		memset(&fast, 0, sizeof fast);
		(void)entry_begin(&fast, &p);
		memcpy(&slow, &fast, sizeof slow);
		for (unsigned i = 0; i < 200; i++) {
			bool from = i < 2 ? i : random() % 2;

			p = packet_of(PROTO_TCP, 1 + from, 40000, 2 - from, 50000, 0);
			p.seq = next[from];
			p.ack = next[!from];
			p.tcp_flags = i == 0   ? TCP_SYN
				      : i == 1 ? TCP_SYN | TCP_ACK
					       : TCP_ACK;
			if (i > 1 && random() % 2)
				give_payload(&p, (uint32_t)random() % 100);
			if (i > 1 && random() % 12 == 0)
				p.seq += (uint32_t)(random() % 5) * 50 - 100;
			if (i > 1 && random() % 12 == 0)
				p.ack += (uint32_t)(random() % 5) * 50 - 100;
			if (random() % 40 == 0)
				p.tcp_window = 0;
			if (random() % 40 == 0 && p.data.len > 0)
				p.data.len--;
			if (i > 1 && random() % 60 == 0)
				p.tcp_flags = odd[(size_t)random() % COUNT(odd)];
			next[from] += p.data_bytes + (i < 2);
			if (random() % 20 == 0)
				continue; /* lost */
			dir = tcp_see(&fast, &p, from);
			assert_int_equal(tcp_see_any(&slow, &p, from), dir);
			if (memcmp(&fast, &slow, sizeof fast) != 0)
				fail_msg("seed %u, packet %u", seed, i);
		}
	}
}

struct icmp_row {
	const char *name;
	uint8_t proto;
	uint16_t type1,
	    port1; /* host 1 to host 2: type, and the answer's type or the code */
	uint16_t type2, port2; /* and back */
	unsigned flows;
};

static void
icmp(void **state)
{
	static const struct icmp_row rows[] = {
		{ "echo and reply", PROTO_ICMP, 8, 0, 0, 8, 1 },
		{ "the reply first", PROTO_ICMP, 0, 8, 8, 0, 1 },
		{ "echo of ICMPv6", PROTO_ICMP6, 128, 129, 129, 128, 1 },
		{ "port unreachable both ways", PROTO_ICMP, 3, 3, 3, 3, 2 },
		{ "host unreachable both ways", PROTO_ICMP, 3, 1, 3, 1, 2 },
		{ "echo and unreachable", PROTO_ICMP, 8, 0, 3, 1, 2 },
		{ "time stamps", PROTO_ICMP, 13, 14, 14, 13, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct icmp_row *r = &rows[i];
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);
		struct packet p = packet_of(r->proto, 1, r->type1, 2, r->port1, 0);

		ROW(i, r->name);
		give_payload(&p, 56);
		see(t, &p);
		see(t, &p);
		p = packet_of(r->proto, 2, r->type2, 1, r->port2, SECOND);
		give_payload(&p, 48);
		see(t, &p);
		flow_table_finish(t);
		flow_table_free(t);
		assert_int_equal(c.n, r->flows);
		assert_int_equal(c.flow[0].orig_port, r->type1);
		assert_int_equal(c.flow[0].resp_port, r->port1);
		assert_int_equal(c.flow[0].orig_bytes, 112);
		assert_int_equal(c.flow[0].state, CONN_OTH);
		assert_int_equal(c.flow[0].resp_bytes, r->flows == 1 ? 48 : 0);
		release_caught(&c);
	}
}

static void
udp(void **state)
{
	static const struct {
		const char *name, *story;
		uint16_t port1, port2;
		enum conn_state state;
		const char *history;
		uint64_t orig_pkts;
	} rows[] = {
		{ "a question", "D", 40000, 53, CONN_S0, "D", 1 },
		{ "question and answer", "DdD", 40000, 53, CONN_SF, "Dd", 2 },
		{ "only the answer", "d", 40000, 53, CONN_SHR, "^d", 0 },
		{ "the answer first", "dD", 40000, 53, CONN_SF, "^dD", 1 },
		{ "between servers the first sender", "D", 53, 53, CONN_S0, "D", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);

		ROW(i, rows[i].name);
		for (const char *s = rows[i].story; *s; s++) {
			bool back = islower((unsigned char)*s);
			struct packet p = back ? packet_of(PROTO_UDP, 2, rows[i].port2, 1,
						     rows[i].port1, 0)
					       : packet_of(PROTO_UDP, 1, rows[i].port1, 2,
						     rows[i].port2, 0);

			see(t, &p);
		}
		flow_table_finish(t);
		flow_table_free(t);
		assert_int_equal(c.n, 1);
		assert_int_equal(c.flow[0].state, rows[i].state);
		assert_string_equal(c.flow[0].history, rows[i].history);
		assert_int_equal(c.flow[0].orig_pkts, rows[i].orig_pkts);
		release_caught(&c);
	}
}

/*
 * G, B, U, L: a packet whose checksum is good, bad, unknown, left to the card; upper
 * case from the originator. What the receiver throws away is in no count.
 */
static void
wrong_sums(void **state)
{
	static const struct {
		const char *name, *story, *history;
		uint64_t orig_pkts, resp_pkts;
	} rows[] = {
		{ "all right", "GgGg", "Dd", 2, 2 },
		{ "one of a sender that knows better", "GBGg", "DCd", 2, 1 },
		{ "nine more of them are one letter", "GBBBBBBBBBg", "DCd", 1, 1 },
		{ "the tenth is another", "GBBBBBBBBBBg", "DCCd", 1, 1 },
		{ "of a side that never was right", "BBBg", "Dd", 3, 1 },
		{ "the other side's are no witness", "gBb", "^dDc", 1, 1 },
		{ "left to the card", "LLg", "Dd", 2, 1 },
		{ "left to the card, then wrong", "LBg", "Dd", 2, 1 },
		{ "not known", "UBg", "Dd", 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);
		uint64_t packets = 0;

		ROW(i, rows[i].name);
		for (const char *s = rows[i].story; *s; s++, packets++) {
			bool back = islower((unsigned char)*s);
			struct packet p = back ? packet_of(PROTO_UDP, 2, 53, 1, 40000, 0)
					       : packet_of(PROTO_UDP, 1, 40000, 2, 53, 0);
			char word = (char)toupper(*s);

			p.sum = word == 'G'   ? SUM_GOOD
				: word == 'B' ? SUM_BAD
				: word == 'L' ? SUM_LEFT
					      : SUM_UNKNOWN;
			see(t, &p);
		}
		flow_table_finish(t);
		assert_int_equal(c.n, 1);
		assert_string_equal(c.flow[0].history, rows[i].history);
		assert_int_equal(c.flow[0].orig_pkts, rows[i].orig_pkts);
		assert_int_equal(c.flow[0].resp_pkts, rows[i].resp_pkts);
		assert_int_equal(flow_table_counters(t)->bad_sums,
		    packets - rows[i].orig_pkts - rows[i].resp_pkts);
		flow_table_free(t);
		release_caught(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stories),
		cmocka_unit_test(the_syn_ack_overtook_the_syn),
		cmocka_unit_test(the_syn_was_missed),
		cmocka_unit_test(roles),
		cmocka_unit_test(more_than_the_sequence_space),
		cmocka_unit_test(the_short_way_is_the_long_way),
		cmocka_unit_test(icmp),
		cmocka_unit_test(udp),
		cmocka_unit_test(wrong_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
