/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/packet.h"

#include "base/error.h"
#include "decode/fast.h"
#include "decode/steps.h"

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

enum decode_verdict
decode_steps(const struct frame *f, struct packet *p)
{
	struct piece in = { .bytes = f->bytes, .wire = f->wire_length }, inside;
	enum decode_verdict v;
	uint16_t ether, vlan;

	if (in.wire < in.bytes.len) /* a writer that does not know */
		in.wire = in.bytes.len;
	v = link_step(f->link, in, &ether, &vlan, &inside);
	if (v != DECODE_OK)
		return v;
	*p = (struct packet){ .time_ns = f->time_ns, .clock_ns = f->time_ns, .vlan = vlan };
	v = ip_step(p, ether, inside, &inside);
	if (v != DECODE_OK)
		return v;
	if (p->fragment) {
		fragment_transport(p, inside);
		return DECODE_OK;
	}
	return transport_step(p, inside);
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
	return transport_step(p, in);
}
