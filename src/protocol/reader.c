/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - who speaks what.
 *
 * A flow is known by what its first bytes say, not by its port alone. Both
 * directions are asked about, because in some protocols the server speaks first
 * and because a capture may have lost one of them. When neither is known, the
 * flow is left alone for good.
 */
#include "protocol/reader.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/reader_own.h"

#define UNKNOWN_BYTES 4096 /* of one direction while the other is silent */
#define UNKNOWN_GRAMS 3    /* datagrams of a flow that nobody knows */

#define PARSER(name) extern const struct parser parser_##name;
#include "protocol/parsers.def"
#undef PARSER

static const struct parser *const PARSERS[] = {
#define PARSER(name) &parser_##name,
#include "protocol/parsers.def"
#undef PARSER
};

enum status
reader_new(
    struct reader **out, size_t memory, trait_sink *sink, void *state, struct error *err)
{
	struct reader *r = calloc(1, sizeof *r);
	enum status st;

	if (r == NULL)
		return error_set(err, E_NOMEM, "no memory to read flows");
	r->sink = sink;
	r->sink_state = state;
	st = slab_init(&r->talks, TALK_SIZE, memory / 8 * 3, err);
	if (st == OK)
		st = slab_init(&r->pieces, TALK_PIECE, memory / 8 * 3, err);
	if (st == OK)
		st = slab_init(&r->windows, TALK_WINDOW, memory / 4, err);
	if (st != OK) {
		reader_free(r);
		return st;
	}
	*out = r;
	return OK;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	quic_opener_free(r->opener);
	slab_release(&r->talks);
	slab_release(&r->pieces);
	slab_release(&r->windows);
	free(r);
}

const struct reader_counters *
reader_counters(const struct reader *r)
{
	return &r->counters;
}

/* What a parser may do. */

void
talk_tell(struct talk *t, struct trait *trait)
{
	struct reader *r = t->reader;
	bool began;

	trait->orig = t->orig;
	trait->resp = t->resp;
	trait->orig_port = t->orig_port;
	trait->resp_port = t->resp_port;
	trait->proto = t->proto;
	trait->source = 0;
	trait->where = 0;
	trait->uid = 0;
	/* A talk of DNS is read to the end, so the flow can be told what it began with. */
	began = trait->kind == TRAIT_DNS && trait->time_ns == t->opened_ns;
	t->began_asking |= began;
	trait->within =
	    t->service != SERVICE_NONE && (began || trait->time_ns > t->opened_ns);
	r->counters.traits++;
	r->sink(r->sink_state, trait);
}

void
talk_lied(struct talk *t)
{
	t->reader->counters.lies++;
}

void
talk_skip(struct talk *t, bool from_resp, uint64_t n)
{
	t->voice[from_resp].skip = n;
}

uint64_t
talk_skipping(const struct talk *t, bool from_resp)
{
	return t->voice[from_resp].skip;
}

void
talk_done(struct talk *t)
{
	t->done = true;
}

static void
drop_pieces(struct talk *t)
{
	for (int i = 0; i < TALK_PIECES; i++)
		if (t->piece[i])
			talk_drop(t, t->piece[i]);
}

void
talk_again(struct talk *t)
{
	drop_pieces(t);
	t->parser = NULL;
	t->again = true;
	t->voice[0].unknown = t->voice[1].unknown = 0;
	memset(t->state, 0, TALK_STATE);
}

struct quic_opener *
talk_opener(struct talk *t)
{
	struct reader *r = t->reader;

	if (r->opener == NULL)
		r->opener = quic_opener_new();
	return r->opener;
}

struct prints *
talk_prints(struct talk *t)
{
	return &t->reader->prints;
}

void *
talk_piece(struct talk *t)
{
	for (int i = 0; i < TALK_PIECES; i++)
		if (t->piece[i] == NULL)
			return t->piece[i] = slab_get(&t->reader->pieces);
	return NULL;
}

void
talk_drop(struct talk *t, void *piece)
{
	for (int i = 0; i < TALK_PIECES; i++)
		if (t->piece[i] == piece)
			t->piece[i] = NULL;
	slab_put(&t->reader->pieces, piece);
}

/* Asking. */

/*
 * The first that does not say NO: as long as it cannot tell, those behind it are not
 * asked, or what the flow is would depend on how its bytes were cut. When no more
 * bytes come (`last`), the first that says YES.
 */
static enum answer
ask(struct talk *t, const struct opening *o, bool last)
{
	for (size_t i = 0; i < sizeof PARSERS / sizeof *PARSERS; i++) {
		const struct parser *p = PARSERS[i];
		enum answer a = p->proto == t->proto ? p->is(o) : NO;

		if (a == NO || (a == NOT_YET && last))
			continue;
		if (a == NOT_YET)
			return NOT_YET;
		t->parser = p;
		if (p->service != SERVICE_NONE)
			t->service = p->service;
		t->reader->counters.known++;
		return YES;
	}
	return NO;
}

static struct opening
opening_of(const struct talk *t, const struct heard *h)
{
	return (struct opening){
		.bytes = h->bytes,
		.from_resp = h->from_resp,
		.cut = h->cut,
		.orig_port = t->orig_port,
		.resp_port = t->resp_port,
	};
}

/* Nobody knows these bytes: the other direction may tell, if it speaks soon. */
static size_t
not_known(struct talk *t, const struct heard *h)
{
	struct voice *v = &t->voice[h->from_resp];
	size_t n = h->bytes.len;

	v->unknown += n < UNKNOWN_BYTES ? (uint32_t)n : UNKNOWN_BYTES;
	if (v->unknown >= UNKNOWN_BYTES || t->voice[!h->from_resp].unknown > 0)
		talk_done(t);
	return n;
}

size_t
reader_offer(struct talk *t, const struct heard *h)
{
	struct opening o;
	enum answer a;

	if (t->parser)
		return t->parser->hear(t, h);
	if (t->voice[h->from_resp].unknown > 0)
		return not_known(t, h);
	o = opening_of(t, h);
	a = ask(t, &o, false);
	if (a == NO)
		return not_known(t, h);
	return a == YES ? t->parser->hear(t, h) : 0;
}

bool
reader_settle(struct talk *t, const struct heard *h)
{
	struct opening o = opening_of(t, h);

	return t->parser == NULL && t->voice[h->from_resp].unknown == 0 &&
	       ask(t, &o, true) == YES;
}

static void
see_datagram(struct talk *t, const struct flow_payload *p)
{
	struct heard h = {
		.bytes = p->data,
		.time_ns = p->in->time_ns,
		.from_resp = p->from_resp,
		.cut = p->data.len < p->length,
		.id = p->in->icmp_id,
		.seq = (uint16_t)p->in->seq,
	};

	if (t->parser == NULL) {
		struct opening o = opening_of(t, &h);

		if (ask(t, &o, true) != YES) {
			if (++t->unknown == UNKNOWN_GRAMS)
				talk_done(t);
			return;
		}
	}
	(void)t->parser->hear(t, &h);
}

/* Watching. */

/* Nothing more will come of it. */
static void
talk_over(struct talk *t)
{
	stream_settle(t, false);
	stream_settle(t, true);
	if (t->parser && t->parser->end && !t->done)
		t->parser->end(t);
	t->done = true;
}

static void
talk_free(struct talk *t)
{
	drop_pieces(t);
	stream_release(t);
	slab_put(&t->reader->talks, t);
}

static struct talk *
talk_begin(struct reader *r, const struct flow_payload *p)
{
	struct talk *t = slab_get(&r->talks);

	if (t == NULL) {
		r->counters.unread++;
		return NULL;
	}
	/* A size that is not told to the compiler: its own way with this one is slower. */
	memset(t, 0, r->talks.size);
	t->reader = r;
	t->proto = p->in->proto;
	t->service = *p->service;
	t->opened_ns = p->opened_ns;
	r->counters.talks++;
	return t;
}

static void
set_ends(struct talk *t, const struct flow_payload *p)
{
	const struct packet *in = p->in;

	t->orig = p->from_resp ? in->dst : in->src;
	t->resp = p->from_resp ? in->src : in->dst;
	t->orig_port = p->from_resp ? in->dst_port : in->src_port;
	t->resp_port = p->from_resp ? in->src_port : in->dst_port;
}

void
reader_expect(struct talk *t, bool at_resp, uint16_t port, uint8_t service)
{
	struct reader *r = t->reader;

	r->expect[r->expected++ % EXPECTED] = (struct expected){
		.orig = at_resp ? t->orig : t->resp,
		.resp = at_resp ? t->resp : t->orig,
		.resp_port = port,
		.service = service,
	};
}

/* The service that was announced of this flow, once; SERVICE_NONE. */
static uint8_t
was_expected(struct reader *r, const struct flow_payload *p)
{
	const struct ip *orig = p->from_resp ? &p->in->dst : &p->in->src;
	const struct ip *resp = p->from_resp ? &p->in->src : &p->in->dst;
	uint16_t port = p->from_resp ? p->in->src_port : p->in->dst_port;

	for (unsigned i = 0; i < EXPECTED && i < r->expected; i++) {
		struct expected *e = &r->expect[i];

		if (e->resp_port != port || p->in->proto != PROTO_TCP ||
		    !ip_equal(&e->orig, orig) || !ip_equal(&e->resp, resp))
			continue;
		e->resp_port = 0;
		return e->service;
	}
	return SERVICE_NONE;
}

static bool
is_read(const struct flow_payload *p)
{
	const struct packet *in = p->in;

	return in->proto == PROTO_TCP || in->proto == PROTO_UDP ||
	       is_echo_port(in->proto, in->src_port, in->dst_port);
}

/* Who searches a network pings each address once: that is no talk. */
static bool
is_first_ping(const struct flow_payload *p)
{
	return p->at == 0 && (p->in->proto == PROTO_ICMP || p->in->proto == PROTO_ICMP6);
}

/* A late SYN turned the flow round: its streams begin anew. */
static bool
is_turned(const struct talk *t, const struct flow_payload *p)
{
	const struct packet *in = p->in;
	uint16_t port = p->from_resp ? in->dst_port : in->src_port;

	return t->orig_port != port ||
	       !ip_equal(&t->orig, p->from_resp ? &in->dst : &in->src);
}

static bool
see_payload(void *state, const struct flow_payload *p)
{
	struct reader *r = state;
	struct talk *t = *p->mine;

	if (t && is_turned(t, p)) {
		talk_over(t);
		talk_free(t);
		t = *p->mine = NULL;
	}
	if (t == NULL) {
		uint8_t service = r->expected ? was_expected(r, p) : SERVICE_NONE;

		if (service != SERVICE_NONE) {
			*p->service = service;
			return false;
		}
		if (!is_read(p))
			return false;
		if (is_first_ping(p))
			return true;
		t = talk_begin(r, p);
		if (t == NULL)
			return false;
		*p->mine = t;
		set_ends(t, p);
	}
	if (t->proto == PROTO_TCP)
		stream_see(t, p->from_resp, p->at, p->data, p->in->time_ns);
	else
		see_datagram(t, p);
	if (t->voice[0].lost && t->voice[1].lost)
		talk_over(t);
	*p->service = t->service;
	if (!t->done)
		return true;
	talk_free(t);
	*p->mine = NULL;
	return false;
}

static void
see_end(void *state, uint32_t slot, void *mine, struct flow *f)
{
	struct talk *t = mine;

	(void)state;
	(void)slot;
	if (t == NULL)
		return;
	talk_over(t);
	f->service = t->service;
	/* A packet that came late may have moved its beginning. */
	f->asked = t->began_asking && f->first_ns == t->opened_ns;
	talk_free(t);
}

struct flow_watch
reader_watch(struct reader *r)
{
	return (struct flow_watch){ .state = r, .payload = see_payload, .ended = see_end };
}
