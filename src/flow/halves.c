/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Halves are numbered as they come and lie in a ring; a table of chains finds
 * them by five-tuple, the youngest first. They leave at the ring's tail, so a
 * chain ends where a number is below it. One that was handed out stays until
 * then, as memory of where its connection ended. A chain is followed for so
 * long and no longer: one that somebody made long on purpose costs no more.
 */
#include "flow/halves.h"

#include <stdlib.h>
#include <string.h>

#include "decode/packet.h"
#include "flow/entry.h"

#define NONE   UINT64_MAX
#define FOLLOW 256

struct entry_half {
	struct half half;
	uint64_t next; /* the one before it in its chain; NONE: none */
	bool done;     /* handed out */
};

struct halves {
	halves_sink *sink;
	void *state;
	struct halves_counters counters;
	struct entry_half *ring;
	uint64_t *chain; /* youngest of each; NONE: none */
	size_t room, chains;
	uint64_t tail, head; /* numbers of the oldest, and of the next one */
	uint64_t clock_ns;
};

enum status
halves_new(
    struct halves **out, size_t memory, halves_sink *sink, void *state, struct error *err)
{
	const size_t each = sizeof(struct entry_half) + 2 * sizeof(uint64_t);
	struct halves *h;

	if (memory < HALVES_MEMORY_LEAST)
		return error_set(
		    err, E_LIMIT, "%zu bytes are too few to pair halves", memory);
	h = calloc(1, sizeof *h);
	if (h == NULL)
		return error_set(err, E_NOMEM, "no memory to pair halves of flows");
	h->sink = sink;
	h->state = state;
	h->room = memory / each;
	for (h->chains = 1; 2 * h->chains <= h->room;)
		h->chains *= 2;
	h->ring = malloc(h->room * sizeof *h->ring);
	h->chain = malloc(h->chains * sizeof *h->chain);
	if (h->ring == NULL || h->chain == NULL) {
		halves_free(h);
		return error_set(err, E_NOMEM, "no memory to pair halves of flows");
	}
	memset(h->chain, 0xff, h->chains * sizeof *h->chain);
	*out = h;
	return OK;
}

void
halves_free(struct halves *h)
{
	if (h == NULL)
		return;
	free(h->ring);
	free(h->chain);
	free(h);
}

const struct halves_counters *
halves_counters(const struct halves *h)
{
	return &h->counters;
}

static uint64_t
end_hash(const struct ip *ip, uint16_t port)
{
	uint64_t a, b;

	memcpy(&a, ip->b, sizeof a);
	memcpy(&b, ip->b + 8, sizeof b);
	a = (a ^ (uint64_t)port << 40) * UINT64_C(0x9e3779b97f4a7c15);
	b = (b + port) * UINT64_C(0xc2b2ae3d27d4eb4f);
	a ^= b >> 29 ^ b;
	return a ^ a >> 32;
}

static inline struct entry_half *
entry(const struct halves *h, uint64_t number)
{
	return &h->ring[number % h->room];
}

/* It was not written over yet; below the tail it is a memory. */
static inline bool
is_there(const struct halves *h, uint64_t number)
{
	return number != NONE && h->head - number <= h->room;
}

/* Both directions have the same. */
static size_t
chain_of(const struct halves *h, const struct flow *f)
{
	uint64_t sum =
	    end_hash(&f->orig, f->orig_port) + end_hash(&f->resp, f->resp_port) + f->proto;

	sum *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(sum >> 32) & (h->chains - 1);
}

/* 1: the same direction, -1: the other one, 0: another five-tuple. */
static int
relation(const struct flow *a, const struct flow *b)
{
	if (a->proto != b->proto || a->vlan != b->vlan)
		return 0;
	if (a->orig_port == b->orig_port && a->resp_port == b->resp_port &&
	    ip_equal(&a->orig, &b->orig) && ip_equal(&a->resp, &b->resp))
		return 1;
	if (a->orig_port == b->resp_port && a->resp_port == b->orig_port &&
	    ip_equal(&a->orig, &b->resp) && ip_equal(&a->resp, &b->orig))
		return -1;
	return 0;
}

static bool
near(const struct flow *a, const struct flow *b, uint64_t apart)
{
	return a->first_ns <= b->last_ns + apart && b->first_ns <= a->last_ns + apart;
}

/* The shortest headers there are. */
static uint64_t
headers(const struct flow *f)
{
	uint64_t ip = ip_is_v4(&f->orig) ? 20 : 40;

	switch (f->proto) {
	case PROTO_TCP:
		return ip + 20;
	case PROTO_UDP:
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return ip + 8;
	default:
		return ip;
	}
}

static uint64_t
payload(uint64_t bytes, uint64_t pkts, uint64_t each)
{
	return pkts > bytes / each ? 0 : bytes - pkts * each;
}

/* TCP's state from all flags of each side; what was never told is no state. */
static enum conn_state
state_of(const struct half *h)
{
	const struct flow *f = &h->flow;
	unsigned o = h->orig_tcp, r = h->resp_tcp;

	if (f->proto != PROTO_TCP)
		return f->orig_pkts == 0  ? CONN_UNKNOWN
		       : f->resp_pkts > 0 ? CONN_SF
					  : CONN_S0;
	if (!(h->flags & HALF_FLAGS))
		return CONN_UNKNOWN;
	if (!(o & TCP_SYN))
		return r & TCP_SYN ? r & TCP_RST ? CONN_RSTRH : CONN_SHR : CONN_OTH;
	if (f->resp_pkts == 0) /* an ACK answers something: half of it was not seen */
		return o & TCP_ACK   ? CONN_UNKNOWN
		       : o & TCP_RST ? CONN_RSTOS0
		       : o & TCP_FIN ? CONN_SH
				     : CONN_S0;
	if (!(r & TCP_SYN))
		return r & TCP_RST ? CONN_REJ : CONN_OTH;
	if (o & TCP_RST)
		return CONN_RSTO;
	if (r & TCP_RST)
		return CONN_RSTR;
	if (o & r & TCP_FIN)
		return CONN_SF;
	return o & TCP_FIN ? CONN_S2 : r & TCP_FIN ? CONN_S3 : CONN_S1;
}

static void
swap_ends(struct half *h)
{
	struct flow old = h->flow;
	uint8_t tcp = h->orig_tcp;

	h->flow.orig = old.resp;
	h->flow.resp = old.orig;
	h->flow.orig_port = old.resp_port;
	h->flow.resp_port = old.orig_port;
	h->flow.orig_pkts = old.resp_pkts;
	h->flow.resp_pkts = old.orig_pkts;
	h->flow.orig_ip_bytes = old.resp_ip_bytes;
	h->flow.resp_ip_bytes = old.orig_ip_bytes;
	h->orig_tcp = h->resp_tcp;
	h->resp_tcp = tcp;
}

/*
 * Who looks like the server: by ports that servers have, else the lower one. A
 * question of ICMP has the higher number for IPv4 and the lower one for IPv6.
 */
static bool
looks_turned(const struct flow *f)
{
	bool a = port_is_likely_server(f->proto, f->orig_port);
	bool b = port_is_likely_server(f->proto, f->resp_port);

	if (f->proto == PROTO_ICMP)
		return f->orig_port == 0 && f->resp_port == 8;
	if (f->proto == PROTO_ICMP6)
		return f->orig_port == 129 && f->resp_port == 128;
	if (a != b)
		return a;
	if (f->proto != PROTO_TCP && f->proto != PROTO_UDP && f->proto != PROTO_SCTP)
		return false;
	return f->orig_port < 1024 && f->resp_port >= 1024;
}

/* A lone direction: the one that asked, unless ports and flags say it answered. */
static bool
single_turned(const struct half *h)
{
	if (h->flow.proto == PROTO_TCP && (h->flags & HALF_FLAGS) &&
	    (h->orig_tcp & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return false;
	return looks_turned(&h->flow);
}

/*
 * What follows a pause that is longer than the slice before was ended by an
 * idle timeout, and is a contact: a heartbeat in a connection that is kept.
 */
static bool
is_slice(const struct half *x, const struct half *before)
{
	const struct flow *f = &x->flow, *b = &before->flow;
	uint64_t lasted = b->last_ns - b->first_ns;

	if (f->proto == PROTO_TCP && ((x->orig_tcp | x->resp_tcp) & TCP_SYN))
		return false;
	if ((before->flags & HALF_CUT) || f->first_ns <= b->last_ns)
		return true;
	return lasted >= HALVES_LONG_NS && f->first_ns - b->last_ns < lasted;
}

/* The youngest that came before it and began before it, of the same two ends. */
static const struct half *
before(const struct halves *h, const struct entry_half *e)
{
	const struct flow *f = &e->half.flow;
	uint64_t i = e->next;

	for (int k = 0; k < FOLLOW && is_there(h, i); k++, i = entry(h, i)->next) {
		const struct half *x = &entry(h, i)->half;

		if (x->flow.first_ns < f->first_ns && relation(&x->flow, f) != 0)
			return x;
	}
	return NULL;
}

static void
hand_out(struct halves *h, struct entry_half *e)
{
	struct half x = e->half;
	const struct half *last = before(h, e);
	struct flow *f = &x.flow;
	uint64_t each;

	e->done = true;
	if (!(x.flags & HALF_WHOLE) &&
	    (x.flags & HALF_BOTH ? looks_turned(f) : single_turned(&x)))
		swap_ends(&x);
	if (last != NULL && is_slice(&x, last)) {
		/* Either side may have sent first in it: the first slice knows who asked. */
		if (relation(&last->flow, f) < 0)
			swap_ends(&x);
		f->flags |= FLOW_CONTINUES;
	}
	e->half = x;
	if (f->resp_pkts > 0 && f->orig_pkts > 0)
		h->counters.paired++;
	else
		h->counters.single++;
	if (x.flags & HALF_CUT)
		f->flags |= FLOW_TO_CONTINUE;
	each = headers(f);
	f->orig_bytes = payload(f->orig_ip_bytes, f->orig_pkts, each);
	f->resp_bytes = payload(f->resp_ip_bytes, f->resp_pkts, each);
	f->flags |= FLOW_BYTES_GUESSED;
	if (f->state == CONN_UNKNOWN)
		f->state = (uint8_t)state_of(&x);
	h->sink(h->state, f);
}

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a > FLOW_INT_MAX - b ? FLOW_INT_MAX : a + b;
}

/* Who asked first. Where the clock cannot tell, the flags or the ports may. */
static bool
second_asked(const struct flow *a, const struct flow *b)
{
	uint64_t apart = a->first_ns < b->first_ns ? b->first_ns - a->first_ns
						   : a->first_ns - b->first_ns;

	if (apart > 0 && apart >= a->resolution_ns && apart >= b->resolution_ns)
		return b->first_ns < a->first_ns;
	return looks_turned(a);
}

static void
join_twin(struct half *a, const struct half *b)
{
	struct flow *f = &a->flow;
	const struct flow *g = &b->flow;
	bool turn = second_asked(f, g);

	f->resp_pkts = g->orig_pkts;
	f->resp_ip_bytes = g->orig_ip_bytes;
	a->resp_tcp = b->orig_tcp;
	a->flags |= b->flags;
	if (turn)
		swap_ends(a);
	a->flags |= HALF_BOTH | HALF_WHOLE;
	f->first_ns = f->first_ns < g->first_ns ? f->first_ns : g->first_ns;
	f->last_ns = f->last_ns > g->last_ns ? f->last_ns : g->last_ns;
	f->resolution_ns =
	    f->resolution_ns > g->resolution_ns ? f->resolution_ns : g->resolution_ns;
	f->sampling = f->sampling > g->sampling ? f->sampling : g->sampling;
}

/* Single packets that were sampled: of one direction, they add up. */
static void
join_sample(struct half *a, const struct half *b)
{
	struct flow *f = &a->flow;
	const struct flow *g = &b->flow;

	f->orig_pkts = sum(f->orig_pkts, g->orig_pkts);
	f->orig_ip_bytes = sum(f->orig_ip_bytes, g->orig_ip_bytes);
	f->first_ns = f->first_ns < g->first_ns ? f->first_ns : g->first_ns;
	f->last_ns = f->last_ns > g->last_ns ? f->last_ns : g->last_ns;
	a->orig_tcp |= b->orig_tcp;
}

/* The oldest one that waits for this; NONE: nobody does. */
static uint64_t
waiting(const struct halves *h, const struct half *x, int way, uint64_t apart)
{
	uint64_t i = h->chain[chain_of(h, &x->flow)], found = NONE;

	for (int k = 0; k < FOLLOW && is_there(h, i) && i >= h->tail;
	     k++, i = entry(h, i)->next) {
		const struct entry_half *e = entry(h, i);

		if (!e->done && relation(&e->half.flow, &x->flow) == way &&
		    near(&e->half.flow, &x->flow, apart))
			found = i;
	}
	return found;
}

#define SAMPLES_APART UINT64_C(60000000000)

/* Samples of one direction wait as long as they can for more; then for their twin. */
static void
drop_tail(struct halves *h)
{
	struct entry_half *e = entry(h, h->tail);

	if (!e->done && (e->half.flags & HALF_SAMPLE)) {
		uint64_t twin = waiting(h, &e->half, -1, SAMPLES_APART);

		if (twin != NONE) {
			join_twin(&e->half, &entry(h, twin)->half);
			entry(h, twin)->done = true;
		}
	}
	if (!e->done)
		hand_out(h, e);
	h->tail++;
}

static void
let_go(struct halves *h)
{
	while (h->tail < h->head &&
	       entry(h, h->tail)->half.clock_ns + HALVES_WAIT_NS < h->clock_ns)
		drop_tail(h);
	if (h->head - h->tail == h->room) {
		h->counters.early += !entry(h, h->tail)->done;
		drop_tail(h);
	}
}

static bool
found_place(struct halves *h, const struct half *x)
{
	uint64_t at = NONE;

	if (x->flags & HALF_SAMPLE) {
		at = waiting(h, x, 1, SAMPLES_APART);
		if (at != NONE)
			join_sample(&entry(h, at)->half, x);
	} else if (!(x->flags & HALF_BOTH)) {
		at = waiting(h, x, -1, HALVES_APART_NS);
		if (at != NONE) {
			join_twin(&entry(h, at)->half, x);
			hand_out(h, entry(h, at));
		}
	}
	return at != NONE;
}

void
halves_see(struct halves *h, const struct half *x)
{
	uint64_t *chain = &h->chain[chain_of(h, &x->flow)];
	struct entry_half *e;

	if (x->clock_ns > h->clock_ns)
		h->clock_ns = x->clock_ns;
	let_go(h);
	if (found_place(h, x))
		return;
	e = entry(h, h->head);
	*e = (struct entry_half){ .half = *x, .next = *chain };
	*chain = h->head++;
	if (x->flags & HALF_BOTH)
		hand_out(h, e);
}

void
halves_finish(struct halves *h)
{
	while (h->tail < h->head)
		drop_tail(h);
}
