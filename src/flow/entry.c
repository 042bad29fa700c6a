/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/entry.h"

#include <string.h>

#include "flow/hash.h"

unsigned
flow_shard(const struct ip *a, const struct ip *b, unsigned shards)
{
	uint64_t h =
	    mix(mix_address(a, 0) + mix_address(b, 0), UINT64_C(0xa0761d6478bd642f));

	return (unsigned)((h >> 32) * shards >> 32);
}

/* Whether the first packet seen was the server's. */
static bool
begins_with_responder(const struct packet *p)
{
	static const struct ip broadcast = {
		{ [10] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }
	};
	uint8_t syn = p->tcp_flags & (TCP_SYN | TCP_ACK);

	if (p->proto == PROTO_TCP && syn == TCP_SYN)
		return false;
	if (ip_equal(&p->dst, &broadcast) || !port_is_likely_server(p->proto, p->src_port))
		return false;
	if (!port_is_likely_server(p->proto, p->dst_port))
		return true;
	/* Both may be servers. A SYN-ACK alone may be a scan of its own. */
	return p->proto == PROTO_TCP && !(syn & TCP_SYN) && p->src_port < p->dst_port;
}

unsigned
entry_begin(struct entry *e, const struct packet *p)
{
	*e = (struct entry){
		.orig = p->src,
		.resp = p->dst,
		.orig_port = p->src_port,
		.resp_port = p->dst_port,
		.proto = p->proto,
		.class = CLASS_OTHER,
		.one_way = (p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6) &&
			   p->src_port == p->dst_port,
		.first_ns = p->time_ns,
		.cut_from = p->clock_ns,
		.vlan = p->vlan,
		.tunnel = p->tunnel,
		.tunnel_id = p->tunnel_id,
	};
	if (begins_with_responder(p))
		entry_flip(e);
	if (p->proto == PROTO_UDP && port_is_name_service(e->resp_port))
		e->class = CLASS_QUERY;
	return e->letters > 0;
}

void
entry_letter(struct entry *e, unsigned dir, char letter)
{
	if (e->letters < FLOW_HISTORY - 1)
		e->history[e->letters++] = (char)(dir == 0 ? letter : letter | 0x20);
}

void
entry_count_letter(struct entry *e, unsigned dir, uint16_t *count, char letter)
{
	if (*count == UINT16_MAX)
		return;
	++*count;
	if (*count == 1 || *count == 10 || *count == 100 || *count == 1000 ||
	    *count == 10000)
		entry_letter(e, dir, letter);
}

/*
 * Whoever captures on the sender itself sees sums that a card has yet to write, and
 * who has changed the addresses of a capture sees wrong ones only: those are taken.
 */
bool
entry_drops(struct entry *e, const struct packet *p, unsigned dir)
{
	if (p->sum != SUM_BAD || !(e->side[dir].letters & LETTER_SUMS))
		return false;
	entry_count_letter(e, dir, &e->rare[dir].bad_sums, 'C');
	return true;
}

void
entry_flip(struct entry *e)
{
	struct ip ip = e->orig;
	uint16_t port = e->orig_port;
	struct side side = e->side[0];
	struct side_rare rare = e->rare[0];
	struct ip carrier = e->carrier[0];

	e->orig = e->resp;
	e->resp = ip;
	e->orig_port = e->resp_port;
	e->resp_port = port;
	e->side[0] = e->side[1];
	e->side[1] = side;
	e->rare[0] = e->rare[1];
	e->rare[1] = rare;
	e->carrier[0] = e->carrier[1];
	e->carrier[1] = carrier;
	e->carried_ways = (uint8_t)(e->carried_ways >> 1 | (e->carried_ways & 1) << 1);
	if (e->letters < FLOW_HISTORY - 1)
		e->history[e->letters++] = '^';
}

/* Zeek counts payload of these alone; of the rest, SCTP too, only what IP says. */
static bool
has_payload(uint8_t proto)
{
	return proto == PROTO_UDP || proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

unsigned
entry_see(struct entry *e, const struct packet *p, unsigned dir)
{
	struct side *s;

	if (p->proto == PROTO_TCP) {
		dir = tcp_see(e, p, dir);
		s = &e->side[dir];
	} else {
		e->since = p->clock_ns;
		s = &e->side[dir];
		if (has_payload(p->proto))
			s->sent += p->data_bytes;
		if (p->proto == PROTO_UDP && !(s->letters & LETTER_DATA)) {
			s->letters |= LETTER_DATA;
			entry_letter(e, dir, 'D');
		}
	}
	if (p->sum == SUM_GOOD && !(s->letters & LETTER_SUMS))
		s->letters |= LETTER_SUMS;
	s->pkts++;
	s->ip_bytes += p->ip_bytes;
	if (p->time_ns > s->last_ns)
		s->last_ns = p->time_ns;
	/* Only a packet behind the clock can be; the others spare us a line of cache. */
	if (p->time_ns < p->clock_ns && p->time_ns < e->first_ns)
		e->first_ns = p->time_ns;
	return dir;
}

void
entry_carried(struct entry *e, const struct packet *p, unsigned dir)
{
	static const struct ip none;
	struct ip src, dst;

	if (!packet_carrier(p, &src, &dst))
		return;
	if (ip_equal(&e->carrier[0], &none)) {
		e->carrier[dir] = src;
		e->carrier[!dir] = dst;
	}
	if (ip_equal(&src, &dst)) /* of a machine with itself no end can be told */
		return;
	/* What says less does not take back what said more. */
	if (ip_equal(&e->carrier[!dir], &src) && ip_equal(&e->carrier[dir], &dst))
		e->carried = CARRIED_MIRRORED;
	else if (ip_equal(&e->carrier[dir], &src) && ip_equal(&e->carrier[!dir], &dst))
		e->carried_ways |= (uint8_t)(1U << dir);
	if (e->carried_ways == 3 && e->carried == CARRIED_ONE_WAY)
		e->carried = CARRIED_BACK;
}

bool
entry_is_reused(const struct entry *e, const struct packet *p)
{
	return (p->tcp_flags & TCP_SYN) && p->proto == PROTO_TCP && tcp_is_reused(e, p);
}

static uint64_t
payload_bytes(const struct entry *e, unsigned dir)
{
	uint64_t all =
	    e->proto == PROTO_TCP ? tcp_size(e, dir) : (uint64_t)e->side[dir].sent;

	/* A SYN that starts a side afresh can take bytes back. */
	return all > e->rare[dir].earlier ? all - e->rare[dir].earlier : 0;
}

static enum conn_state
udp_state(const struct entry *e)
{
	bool orig = e->side[0].letters & LETTER_DATA;
	bool resp = e->side[1].letters & LETTER_DATA;

	if (orig)
		return resp ? CONN_SF : CONN_S0;
	return resp ? CONN_SHR : CONN_OTH;
}

void
entry_record(const struct entry *e, struct flow *out)
{
	const struct side *o = &e->side[0], *r = &e->side[1];

	*out = (struct flow){
		.first_ns = e->first_ns,
		.last_ns = o->last_ns > r->last_ns ? o->last_ns : r->last_ns,
		.orig = e->orig,
		.resp = e->resp,
		.orig_bytes = payload_bytes(e, 0),
		.resp_bytes = payload_bytes(e, 1),
		.orig_ip_bytes = o->ip_bytes,
		.resp_ip_bytes = r->ip_bytes,
		.orig_pkts = o->pkts,
		.resp_pkts = r->pkts,
		.orig_port = e->orig_port,
		.resp_port = e->resp_port,
		.vlan = e->vlan,
		.tunnel = e->tunnel,
		.tunnel_id = e->tunnel_id,
		.proto = e->proto,
		.state = CONN_OTH,
		.service = e->service,
		.flags = e->continues ? FLOW_CONTINUES : 0,
		.carrier = { e->carrier[0], e->carrier[1] },
		.carried = e->carried,
	};
	memcpy(out->history, e->history, sizeof out->history);
	if (e->proto == PROTO_TCP)
		out->state = (uint8_t)tcp_state(e);
	else if (e->proto == PROTO_UDP)
		out->state = (uint8_t)udp_state(e);
}

void
entry_cut(struct entry *e, const struct packet *p)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		e->rare[dir].earlier += payload_bytes(e, dir);
		e->side[dir].pkts = 0;
		e->side[dir].ip_bytes = 0;
		e->side[dir].last_ns = 0;
	}
	e->first_ns = p->time_ns;
	e->cut_from = p->clock_ns;
	e->continues = true;
}
