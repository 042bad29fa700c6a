/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/packet.h"

#include <string.h>

#include "base/error.h"
#include "decode/fast.h"
#include "decode/steps.h"
#include "record/flow.h"

const char *
decode_verdict_text(enum decode_verdict v)
{
	static const char *const text[] = {
#define X(name, why) why,
		DECODE_VERDICTS(X)
#undef X
	};

	CHECK((unsigned)v < DECODE_VERDICT_COUNT);
	return text[v];
}

const char *
tunnel_trouble_text(enum tunnel_trouble t)
{
	static const char *const text[] = {
#define X(name, why) why,
		TUNNEL_TROUBLES(X)
#undef X
	};

	CHECK((unsigned)t < TROUBLE_COUNT);
	return text[t];
}

/*
 * A piece of a packet: its transport header is read if it is the first piece
 * and has all of it. If not that is no fault of the piece.
 */
static void
fragment_transport(struct packet *p, struct piece in)
{
	if (p->fragment_at > 0 || transport_step(p, in) != DECODE_OK) {
		p->data_bytes = (uint32_t)in.wire;
		p->data = in.bytes;
	}
}

/* From a layer that has come to IP: one packet. `payload` is what IP carries. */
static enum decode_verdict
packet_step(struct packet *p, const struct layer *l, struct piece *payload)
{
	enum decode_verdict v = ip_step(p, l->ether, l->in, payload);

	p->vlan = l->vlan;
	p->tunnel = l->tunnel;
	p->tunnel_id = l->tunnel_id;
	if (v != DECODE_OK)
		return v;
	if (p->fragment) {
		fragment_transport(p, *payload);
		return DECODE_OK;
	}
	return transport_step(p, *payload);
}

static enum tunnel_trouble
trouble_of(enum decode_verdict v)
{
	switch (v) {
	case DECODE_NOT_IP:
	case DECODE_LINK_UNKNOWN:
	case DECODE_SEALED:
		return TROUBLE_OTHER;
	case DECODE_DEEP:
		return TROUBLE_DEEP;
	default:
		return TROUBLE_INNER;
	}
}

static struct span
ip_header(struct span ip)
{
	return (struct span){ ip.at, ip.len < 40 ? ip.len : 40 };
}

/*
 * From the packet that carries to the one that is carried, as far as it goes. `ip` is
 * what the first begins with; empty: it was put together from pieces.
 */
static void
follow_tunnels(struct packet *p, struct piece payload, struct span ip)
{
	for (unsigned depth = 0;; depth++) {
		struct packet inner = { .time_ns = p->time_ns, .clock_ns = p->clock_ns };
		struct layer l;
		enum decode_verdict v;

		p->trouble = (uint8_t)tunnel_step(p, payload, &l);
		if (p->trouble != TROUBLE_NONE || l.tunnel == TUNNEL_NONE)
			return;
		if (p->fragment || depth == TUNNELS_MAX) {
			p->trouble = p->fragment ? TROUBLE_PIECES : TROUBLE_DEEP;
			return;
		}
		v = layers_step(&l);
		if (v == DECODE_OK)
			v = packet_step(&inner, &l, &payload);
		if (v != DECODE_OK) {
			p->trouble = (uint8_t)trouble_of(v);
			return;
		}
		if (!inner.fragment)
			inner.carrier = ip_header(ip);
		*p = inner;
		ip = l.in.bytes;
	}
}

bool
packet_carrier(const struct packet *p, struct ip *src, struct ip *dst)
{
	struct cursor c = cursor_of(p->carrier);
	uint8_t version;
	struct span from, to;

	if (p->tunnel == TUNNEL_NONE || p->fragment || p->carrier.len == 0)
		return false;
	version = cursor_u8(&c) >> 4;
	cursor_skip(&c, version == 4 ? 11 : 7);
	from = cursor_take(&c, version == 4 ? 4 : 16);
	to = cursor_take(&c, version == 4 ? 4 : 16);
	if (c.bad || (version != 4 && version != 6))
		return false;
	if (version == 4) {
		*src = ip_from_v4(from.at);
		*dst = ip_from_v4(to.at);
	} else {
		memcpy(src->b, from.at, sizeof src->b);
		memcpy(dst->b, to.at, sizeof dst->b);
	}
	return true;
}

/* Not inline: what it needs on the stack would be made for every frame. */
__attribute__((noinline)) enum decode_verdict
decode_steps(const struct frame *f, struct packet *p)
{
	struct layer l = { .in = { .bytes = f->bytes, .wire = f->wire_length } };
	struct piece payload;
	enum decode_verdict v;

	if (l.in.wire < l.in.bytes.len) /* a writer that does not know */
		l.in.wire = l.in.bytes.len;
	v = link_step(f->link, &l);
	if (v == DECODE_OK)
		v = layers_step(&l);
	if (v != DECODE_OK)
		return v;
	*p = (struct packet){ .time_ns = f->time_ns, .clock_ns = f->time_ns };
	v = packet_step(p, &l, &payload);
	if (v == DECODE_OK)
		follow_tunnels(p, payload, l.in.bytes);
	return v;
}

enum decode_verdict
decode_frame(const struct frame *f, struct packet *p)
{
	return fast_frame(f, p) ? DECODE_OK : decode_steps(f, p);
}

enum decode_verdict
decode_transport(struct packet *p, struct span payload)
{
	struct piece in = { .bytes = payload, .wire = payload.len };
	enum decode_verdict v;

	p->fragment = false;
	if (!ip_is_v4(&p->src)) {
		v = ip_extensions(p, in, &in);
		if (v != DECODE_OK)
			return v;
		if (p->fragment) /* a fragment of a fragment (RFC 8200 section 4.5) */
			return DECODE_LIES;
	}
	v = transport_step(p, in);
	if (v == DECODE_OK)
		follow_tunnels(p, in, (struct span){ 0 });
	return v;
}
