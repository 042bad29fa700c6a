/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/meter.h"

#include "base/stamp.h"

/* Zeek's udp_inactivity_timeout, tcp_inactivity_timeout and dns_session_timeout. */
#define UDP_IDLE_NS   (60 * SECOND_NS)
#define TCP_IDLE_NS   (300 * SECOND_NS)
#define NAMES_IDLE_NS (10 * SECOND_NS)
#define ATTEMPT_NS    (5 * SECOND_NS) /* tcp_attempt_delay, from the first SYN */

enum seen {
	SEEN_SYN = 1,
	SEEN_SYN_ACK = 2,
	SEEN_FIN_ORIG = 4,
	SEEN_FIN_RESP = 8,
	SEEN_RST_ORIG = 16,
	SEEN_RST_RESP = 32,
};

/* clang-format off */
static const struct {
	uint8_t ttl, scale;
	bool stamps;
	uint16_t syn_window, window;
} STACKS[] = {
	[STACK_SERVER]  = { 64, 7, true, 64240, 501 },
	[STACK_DESKTOP] = { 128, 8, false, 64240, 1026 },
	[STACK_LAPTOP]  = { 64, 6, true, 65535, 2058 },
	[STACK_DEVICE]  = { 64, 0, false, 14600, 14600 },
};
/* clang-format on */

bool
meter_stamps(const struct session *s)
{
	return STACKS[s->end[0].stack].stamps && STACKS[s->end[1].stack].stamps;
}

uint32_t
meter_window(const struct session *s, unsigned dir)
{
	unsigned stack = s->end[dir].stack;

	return (uint32_t)STACKS[stack].window << STACKS[stack].scale;
}

/* Multicast does not leave the link or the site (RFC 6762 section 11). */
static uint8_t
ttl(const struct endpoint *from, const struct endpoint *to)
{
	if (ip_scope(&to->ip) == IP_MULTICAST)
		return to->ip.b[12] == 239 ? 2 : 255;
	return (uint8_t)(STACKS[from->stack].ttl - from->hops);
}

static void
put_be(uint8_t *to, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

/* Milliseconds since this machine was started. */
static uint32_t
clock_of(const struct session *s, unsigned dir, uint64_t now)
{
	return s->clock[dir] + (uint32_t)(now / (SECOND_NS / 1000));
}

/* RFC 9293 and RFC 7323 options in the order that each stack has them. */
static void
options(const struct session *s, const struct meter_packet *p, struct wire_tcp *t)
{
	uint64_t ago = s->tally.last_ns ? s->tally.last_ns : p->now_ns;
	bool stamps = meter_stamps(s);
	unsigned stack = s->end[p->dir].stack;
	uint8_t *o = t->options;
	uint8_t stamp[10] = { 8, 10 };

	put_be(stamp + 2, clock_of(s, p->dir, p->now_ns), 4);
	if (p->flags & WIRE_ACK)
		put_be(stamp + 6, clock_of(s, !p->dir, ago), 4);
	if (!(p->flags & WIRE_SYN)) {
		if (!stamps || p->flags & WIRE_RST)
			return;
		memcpy(o, "\1\1", 2);
		memcpy(o + 2, stamp, 10);
		t->options_len = 12;
		return;
	}
	memcpy(o, "\2\4", 2); /* maximum segment size */
	put_be(o + 2, wire_ip_header(&s->end[0].ip) == 20 ? 1460 : 1440, 2);
	if (STACKS[stack].scale == 0) {
		memcpy(o + 4, "\4\2\1\1", 4);
		t->options_len = 8;
	} else if (!stamps) {
		memcpy(o + 4, "\1\3\3", 3);
		o[7] = STACKS[stack].scale;
		memcpy(o + 8, "\1\1\4\2", 4);
		t->options_len = 12;
	} else {
		memcpy(o + 4, "\4\2", 2);
		memcpy(o + 6, stamp, 10);
		memcpy(o + 16, "\1\3\3", 3);
		o[19] = STACKS[stack].scale;
		t->options_len = 20;
	}
}

static void
frame(struct session *s, struct sink *k, const struct meter_packet *p)
{
	const struct endpoint *from = &s->end[p->dir], *to = &s->end[!p->dir];
	struct wire_path path = {
		.src = from->ip,
		.dst = to->ip,
		.src_port = from->port,
		.dst_port = to->port,
		.id = ++s->ip_id[p->dir],
		.ttl = ttl(from, to),
	};
	struct wire_frame f;

	memcpy(path.src_mac, from->mac, 6);
	memcpy(path.dst_mac, to->mac, 6);
	if (s->proto == PROTO_TCP) {
		struct wire_tcp t = {
			.seq = p->seq,
			.ack = p->flags & WIRE_ACK ? p->ack : 0,
			.window = p->flags & WIRE_SYN ? STACKS[from->stack].syn_window
						      : STACKS[from->stack].window,
			.flags = p->flags,
		};

		options(s, p, &t);
		wire_tcp(&f, &path, &t, p->kept, p->bytes);
	} else if (s->proto == PROTO_UDP) {
		wire_udp(&f, &path, p->kept, p->bytes);
	} else {
		wire_ping(&f, &path, p->dir == 1, (uint16_t)s->talk,
		    (uint16_t)s->tally.pkts[p->dir], p->kept);
	}
	sink_frame(k, p->now_ns, &f);
}

/* Bytes of the IP packet, as the header of the frame says. */
static uint32_t
ip_bytes(const struct session *s, const struct meter_packet *p)
{
	uint32_t n = wire_ip_header(&s->end[0].ip) + p->bytes;
	struct wire_tcp t = { 0 };

	if (s->proto != PROTO_TCP)
		return n + 8;
	options(s, p, &t);
	return n + 20 + t.options_len;
}

static void
letter(struct tally *t, unsigned dir, char c)
{
	char as = dir == 0 ? c : (char)(c - 'A' + 'a');

	if (t->letters + 1 < FLOW_HISTORY && strchr(t->history, as) == NULL)
		t->history[t->letters++] = as;
}

static void
history(struct session *s, const struct meter_packet *p)
{
	static const struct {
		uint8_t flag, orig, resp;
		char letter;
	} rows[] = {
		{ WIRE_SYN, SEEN_SYN, SEEN_SYN_ACK, 'S' },
		{ WIRE_FIN, SEEN_FIN_ORIG, SEEN_FIN_RESP, 'F' },
		{ WIRE_RST, SEEN_RST_ORIG, SEEN_RST_RESP, 'R' },
	};
	struct tally *t = &s->tally;

	if (s->proto != PROTO_TCP) {
		if (s->proto == PROTO_UDP)
			letter(t, p->dir, 'D');
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!(p->flags & rows[i].flag))
			continue;
		t->seen |= p->dir ? rows[i].resp : rows[i].orig;
		/* a SYN with an ACK is Zeek's H */
		letter(
		    t, p->dir, rows[i].flag == WIRE_SYN && p->dir ? 'H' : rows[i].letter);
	}
	if (p->bytes > 0)
		letter(t, p->dir, p->again ? 'T' : 'D');
	else if (p->flags == WIRE_ACK)
		letter(t, p->dir, 'A');
}

static bool
was_idle(const struct session *s, uint64_t now)
{
	const struct tally *t = &s->tally;
	uint16_t port = s->end[1].port;

	if (t->first_ns == 0)
		return false;
	if (s->proto == PROTO_TCP && t->seen == SEEN_SYN)
		return now - t->first_ns > ATTEMPT_NS;
	if (s->proto == PROTO_TCP)
		return now - t->last_ns > TCP_IDLE_NS;
	if (s->proto == PROTO_UDP && (port == 53 || port == 137 || port == 5353))
		return now - t->last_ns > NAMES_IDLE_NS;
	return now - t->last_ns > UDP_IDLE_NS;
}

void
meter_packet(struct session *s, struct sink *k, const struct meter_packet *p)
{
	struct tally *t = &s->tally;
	unsigned both = SEEN_FIN_ORIG | SEEN_FIN_RESP;

	if (was_idle(s, p->now_ns))
		meter_flush(s, k);
	if (k->pcap)
		frame(s, k, p);
	t->ip_bytes[p->dir] += ip_bytes(s, p);
	t->pkts[p->dir]++;
	if (!p->again)
		t->bytes[p->dir] += p->bytes;
	if (t->first_ns == 0) {
		t->first_ns = p->now_ns;
		t->first_dir = (uint8_t)p->dir;
	}
	/* Zeek's duration leaves out the acknowledgement of the last FIN */
	if ((t->seen & both) != both)
		t->last_ns = p->now_ns;
	history(s, p);
}

static enum conn_state
state_of(const struct session *s)
{
	const struct tally *t = &s->tally;
	bool established = t->seen & SEEN_SYN && t->seen & SEEN_SYN_ACK;
	unsigned fins = SEEN_FIN_ORIG | SEEN_FIN_RESP;

	if (s->proto == PROTO_UDP)
		return t->pkts[1] == 0 ? CONN_S0 : t->pkts[0] == 0 ? CONN_SHR : CONN_SF;
	if (s->proto != PROTO_TCP)
		return CONN_OTH;
	if (!(t->seen & SEEN_SYN))
		return (t->seen & fins) == fins ? CONN_SF : CONN_OTH;
	if (!established)
		return t->seen & SEEN_RST_RESP ? CONN_REJ : CONN_S0;
	if (t->seen & SEEN_RST_ORIG)
		return CONN_RSTO;
	if (t->seen & SEEN_RST_RESP)
		return CONN_RSTR;
	if (t->seen & SEEN_FIN_ORIG)
		return t->seen & SEEN_FIN_RESP ? CONN_SF : CONN_S2;
	return t->seen & SEEN_FIN_RESP ? CONN_S3 : CONN_S1;
}

static void
answers(struct session *s, struct sink *k, uint64_t flow)
{
	const struct step *ask = &s->steps[0];
	struct sink_dns row = {
		.flow = flow,
		.at_ns = s->tally.first_ns,
		.rtt_ns = s->tally.pkts[1] ? s->tally.last_ns - s->tally.first_ns : 0,
		.orig = s->end[0].ip,
		.resp = s->end[1].ip,
		.orig_port = s->end[0].port,
		.type = ask->arg,
		.id = (uint16_t)s->talk,
		.query = s->name,
		.exists = s->address != NULL,
		.ttl_s = s->ttl_s,
	};

	if (s->address && ip_is_v4(s->address) == (ask->arg == 1)) {
		row.answer = s->address;
		row.answers = ask->arg == 1 && s->addresses > 0 ? s->addresses : 1;
	}
	sink_dns(k, &row);
}

/*
 * Of a connection whose beginning was not seen, Zeek takes the one heard first
 * for the originator, unless the other one's port is a client's and its own is
 * one of those that servers have.
 */
static bool
is_turned(const struct session *s)
{
	static const uint16_t servers[] = { 22, 53, 80, 443, 445, 993 };

	if (s->proto != PROTO_TCP || s->tally.seen & SEEN_SYN || s->tally.first_dir == 0)
		return false;
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
		if (s->end[1].port == servers[i])
			return false;
	return true;
}

static void
turn(struct flow *f)
{
	struct flow was = *f;

	f->orig = was.resp;
	f->resp = was.orig;
	f->orig_port = was.resp_port;
	f->resp_port = was.orig_port;
	f->orig_bytes = was.resp_bytes;
	f->resp_bytes = was.orig_bytes;
	f->orig_ip_bytes = was.resp_ip_bytes;
	f->resp_ip_bytes = was.orig_ip_bytes;
	f->orig_pkts = was.resp_pkts;
	f->resp_pkts = was.orig_pkts;
	for (char *c = f->history; *c; c++)
		*c = (char)(*c ^ 0x20); /* the other case */
}

void
meter_flush(struct session *s, struct sink *k)
{
	struct tally *t = &s->tally;
	bool turned = is_turned(s);
	bool icmp = s->proto != PROTO_TCP && s->proto != PROTO_UDP;
	struct flow f = {
		.first_ns = t->first_ns,
		.last_ns = t->last_ns,
		.orig = s->end[0].ip,
		.resp = s->end[1].ip,
		.orig_bytes = t->bytes[0],
		.resp_bytes = t->bytes[1],
		.orig_ip_bytes = t->ip_bytes[0],
		.resp_ip_bytes = t->ip_bytes[1],
		.orig_pkts = t->pkts[0],
		.resp_pkts = t->pkts[1],
		.orig_port = icmp ? 8 : s->end[0].port,
		.resp_port = icmp ? 0 : s->end[1].port,
		.proto = s->proto,
		.service =
		    s->said[0] + s->said[1] || s->proto != PROTO_TCP ? s->service : 0,
	};
	uint64_t number;

	if (t->first_ns == 0)
		return;
	f.state = (uint8_t)state_of(s);
	memcpy(f.history, t->history, sizeof f.history);
	if (turned)
		turn(&f);
	number = sink_flow(k, &f, s->end[turned].hops == 0, s->end[!turned].hops == 0);
	if (s->service == SERVICE_DNS && s->steps[0].say == SAY_DNS_QUERY)
		answers(s, k, number);
	*t = (struct tally){ 0 };
}
