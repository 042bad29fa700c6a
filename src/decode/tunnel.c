/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnel.c - packets in packets.
 *
 * A port is a hint and no proof: a packet to VXLAN's port that has no VXLAN
 * header is what it is without one. So each step says whether it is a tunnel,
 * and the caller believes it only if a whole packet is found inside.
 */
#include "decode/steps.h"

#include "record/flow.h"

enum ip_protocol {
	IP_IN_IP = 4,
	IP_IPV6 = 41,
	IP_GRE = 47,
	IP_ETHERIP = 97,
	IP_MPLS = 137,
};

enum gre_flags {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, /* version 1 */
	GRE_VERSION = 7,
	GRE_PPP = 0x880b,
	GRE_ERSPAN = 0x88be,
	GRE_ERSPAN_III = 0x22eb,
	GRE_ARUBA = 0x8200, /* to 0x83ff: 802.11 from an access point to its controller */
};

enum gtp_flags {
	GTP_VERSION_PT = 0xf0,
	GTP_V1 = 0x30, /* version 1, and GTP rather than GTP' */
	GTP_EXTENSION = 4,
	GTP_OPTIONAL = 7,
	GTP_G_PDU = 255,
};

#define GTP_EXTENSIONS_MAX 8

static enum tunnel_trouble
into(struct layer *l, const struct cursor *c, enum tunnel tunnel, uint32_t id,
    uint16_t ether)
{
	if (c->bad)
		return TROUBLE_SHORT;
	l->in = piece_from(l->in, l->in.bytes.len - c->left);
	l->ether = ether;
	l->tunnel = (uint8_t)tunnel;
	l->tunnel_id = id;
	return TROUBLE_NONE;
}

/* draft-foschiano-erspan: type II has 8 bytes, type III 12 and perhaps 8 more. */
static enum tunnel_trouble
erspan_step(struct layer *l, struct cursor *c, bool third)
{
	uint32_t session, last;

	cursor_skip(c, 2); /* version, VLAN */
	session = cursor_be16(c) & 0x3ff;
	if (!third) {
		cursor_skip(c, 4);
		return into(l, c, TUNNEL_ERSPAN, session, ETHER_FRAME);
	}
	cursor_skip(c, 6); /* time stamp, security tag */
	last = cursor_be16(c);
	if (last & 1)
		cursor_skip(c, 8); /* platform specific */
	/* Frame type: 0 Ethernet, 2 IP. */
	return into(l, c, TUNNEL_ERSPAN, session,
	    (last >> 10 & 31) == 2 ? ETHER_BY_NIBBLE : ETHER_FRAME);
}

/* RFC 2784, RFC 2890; RFC 7637 has its network in the upper bits of the key. */
static enum tunnel_trouble
gre_0_step(struct layer *l, struct cursor *c, uint16_t flags, uint16_t type)
{
	uint32_t key = 0;

	if (flags & GRE_ROUTING) /* RFC 1701's source routes, which nobody sends */
		return TROUBLE_VERSION;
	if (flags & GRE_CHECKSUM)
		cursor_skip(c, 4);
	if (flags & GRE_KEY)
		key = cursor_be32(c);
	if (flags & GRE_SEQUENCE)
		cursor_skip(c, 4);
	if (type == GRE_ERSPAN && !(flags & GRE_SEQUENCE)) /* type I has no header */
		return into(l, c, TUNNEL_ERSPAN, 0, ETHER_FRAME);
	if (type == GRE_ERSPAN || type == GRE_ERSPAN_III)
		return erspan_step(l, c, type == GRE_ERSPAN_III);
	if (type >= GRE_ARUBA && type < GRE_ARUBA + 0x200)
		return into(l, c, TUNNEL_GRE, key, ETHER_WIFI);
	if (type <= ETHER_LENGTH_MAX)
		return c->bad ? TROUBLE_SHORT : TROUBLE_OTHER;
	return into(l, c, TUNNEL_GRE, key, type);
}

/* RFC 2637 section 4.1. */
static enum tunnel_trouble
gre_1_step(struct layer *l, struct cursor *c, uint16_t flags, uint16_t type)
{
	size_t length = cursor_be16(c);
	uint16_t call = cursor_be16(c);
	enum tunnel_trouble t;

	if (type != GRE_PPP || !(flags & GRE_KEY))
		return c->bad ? TROUBLE_SHORT : TROUBLE_LIES;
	if (!(flags & GRE_SEQUENCE)) /* an acknowledgement alone */
		return c->bad ? TROUBLE_SHORT : TROUBLE_OTHER;
	cursor_skip(c, flags & GRE_ACK ? 8 : 4);
	t = into(l, c, TUNNEL_PPTP, call, ETHER_PPP);
	if (t == TROUBLE_NONE && length > l->in.wire)
		return TROUBLE_LIES;
	if (t == TROUBLE_NONE)
		l->in = piece_until(l->in, length);
	return t;
}

static enum tunnel_trouble
gre_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t flags = cursor_be16(&c), type = cursor_be16(&c);

	if (c.bad)
		return TROUBLE_SHORT;
	switch (flags & GRE_VERSION) {
	case 0:
		return gre_0_step(l, &c, flags, type);
	case 1:
		return gre_1_step(l, &c, flags, type);
	default:
		return TROUBLE_VERSION;
	}
}

/* RFC 3378: version 3. */
static enum tunnel_trouble
etherip_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);

	if (cursor_be16(&c) >> 12 != 3)
		return c.bad ? TROUBLE_SHORT : TROUBLE_VERSION;
	return into(l, &c, TUNNEL_ETHERIP, 0, ETHER_FRAME);
}

/* RFC 7348 section 5; draft-ietf-nvo3-vxlan-gpe names what is inside. */
static enum tunnel_trouble
vxlan_step(struct layer *l, bool gpe)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint32_t word = cursor_be32(&c), vni = cursor_be32(&c) >> 8;
	uint16_t ether = ETHER_FRAME;

	if (c.bad)
		return TROUBLE_SHORT;
	if (!(word & 0x08000000)) /* the VNI is valid */
		return TROUBLE_LIES;
	if (gpe && (word & 0x04000000)) {
		if ((word & 0xff) == 1)
			ether = ETHER_IPV4;
		else if ((word & 0xff) == 2)
			ether = ETHER_IPV6;
		else if ((word & 0xff) != 3)
			return TROUBLE_OTHER;
	}
	return into(l, &c, TUNNEL_VXLAN, vni, ether);
}

/* RFC 8926 section 3.4. */
static enum tunnel_trouble
geneve_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t start = cursor_be16(&c), type = cursor_be16(&c);
	uint32_t vni = cursor_be32(&c) >> 8;

	if (c.bad)
		return TROUBLE_SHORT;
	if (start >> 14 != 0)
		return TROUBLE_VERSION;
	cursor_skip(&c, (start >> 8 & 63) * 4U);
	if (type <= ETHER_LENGTH_MAX)
		return c.bad ? TROUBLE_SHORT : TROUBLE_OTHER;
	return into(l, &c, TUNNEL_GENEVE, vni, type);
}

/* 3GPP TS 29.281 section 5: optional fields, then extension headers of 4n bytes. */
static enum tunnel_trouble
gtp_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t flags = cursor_u8(&c), type = cursor_u8(&c), next;
	size_t length = cursor_be16(&c);
	uint32_t teid = cursor_be32(&c);

	if (c.bad)
		return TROUBLE_SHORT;
	if ((flags & GTP_VERSION_PT) != GTP_V1 || type != GTP_G_PDU)
		return TROUBLE_OTHER; /* control, or no GTP */
	if (length > l->in.wire - 8)
		return TROUBLE_LIES;
	l->in = piece_until(l->in, length + 8);
	c = cursor_of(l->in.bytes);
	cursor_skip(&c, 8);
	if (flags & GTP_OPTIONAL) {
		cursor_skip(&c, 3); /* sequence, N-PDU number */
		next = cursor_u8(&c);
		for (unsigned n = 0; (flags & GTP_EXTENSION) && next && !c.bad; n++) {
			size_t words = cursor_u8(&c);

			if (n == GTP_EXTENSIONS_MAX)
				return TROUBLE_DEEP;
			if (words == 0 && !c.bad)
				return TROUBLE_LIES;
			if (words > 0)
				cursor_skip(&c, words * 4 - 2);
			next = cursor_u8(&c);
		}
	}
	return into(l, &c, TUNNEL_GTP, teid, ETHER_BY_NIBBLE);
}

/* RFC 4380 section 5.1.1: authentication and origin may stand before IPv6. */
static enum tunnel_trouble
teredo_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes), look = c;
	uint16_t start = cursor_be16(&look);

	if (start == 1) {
		size_t ids = cursor_u8(&look);

		ids += cursor_u8(&look);
		cursor_skip(&look, ids + 9); /* and nonce, confirmation */
		c = look;
		start = cursor_be16(&look);
	}
	if (start == 0) {
		cursor_skip(&look, 6); /* the port and address that the server saw */
		c = look;
		start = cursor_be16(&look);
	}
	if (look.bad)
		return TROUBLE_SHORT;
	if (start >> 12 != 6)
		return TROUBLE_OTHER;
	return into(l, &c, TUNNEL_TEREDO, 0, ETHER_IPV6);
}

/* draft-massar-v6ops-ayiya: identity of 2^n bytes, signature of 4n, next header. */
static enum tunnel_trouble
ayiya_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t identity = cursor_u8(&c) >> 4, signature = cursor_u8(&c) >> 4;
	uint8_t operation = cursor_u8(&c) & 15, next = cursor_u8(&c);

	if (c.bad)
		return TROUBLE_SHORT;
	if (operation != 1 || (next != IP_IN_IP && next != IP_IPV6)) /* 1: forward */
		return TROUBLE_OTHER;
	cursor_skip(&c, 4 + ((size_t)1 << identity) + signature * 4U); /* and the time */
	return into(l, &c, TUNNEL_AYIYA, 0, next == IP_IN_IP ? ETHER_IPV4 : ETHER_IPV6);
}

/* RFC 2661 section 3.1, data messages. */
static enum tunnel_trouble
l2tp_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t flags = cursor_be16(&c);
	uint32_t id;

	if (c.bad)
		return TROUBLE_SHORT;
	if ((flags & 15) != 2 || (flags & 0x8000)) /* version 3, or control */
		return TROUBLE_OTHER;
	if (flags & 0x4000) {
		size_t length = cursor_be16(&c);

		if (length < 6 || length > l->in.wire)
			return TROUBLE_LIES;
	}
	id = cursor_be32(&c); /* tunnel, session */
	if (flags & 0x0800)
		cursor_skip(&c, 4); /* sequence */
	if (flags & 0x0200)
		cursor_skip(&c, cursor_be16(&c));
	return into(l, &c, TUNNEL_L2TP, id, ETHER_PPP);
}

/* The port that is asked for decides; two protocols answer from theirs. */
static enum tunnel_trouble
udp_step(const struct packet *p, struct layer *l)
{
	switch (p->dst_port) {
	case PORT_VXLAN:
	case PORT_VXLAN_GPE:
		return vxlan_step(l, p->dst_port == PORT_VXLAN_GPE);
	case PORT_GENEVE:
		return geneve_step(l);
	case PORT_GTP:
		return gtp_step(l);
	case PORT_TEREDO:
		return teredo_step(l);
	case PORT_AYIYA:
		return ayiya_step(l);
	case PORT_L2TP:
		return l2tp_step(l);
	default:
		break;
	}
	switch (p->src_port) {
	case PORT_GTP:
		return gtp_step(l);
	case PORT_TEREDO:
		return teredo_step(l);
	case PORT_AYIYA:
		return ayiya_step(l);
	case PORT_L2TP:
		return l2tp_step(l);
	default:
		return TROUBLE_NONE;
	}
}

enum tunnel_trouble
tunnel_step(const struct packet *p, struct piece in, struct layer *l)
{
	struct cursor c = cursor_of(in.bytes);

	*l = (struct layer){ .in = in, .vlan = p->vlan };
	switch (p->proto) {
	case IP_IN_IP:
		return into(l, &c, TUNNEL_IP, 0, ETHER_IPV4);
	case IP_IPV6:
		return into(l, &c, TUNNEL_IP, 0, ETHER_IPV6);
	case IP_GRE:
		return gre_step(l);
	case IP_ETHERIP:
		return etherip_step(l);
	case IP_MPLS:
		return into(l, &c, TUNNEL_MPLS, 0, ETHER_MPLS);
	case PROTO_UDP:
		if (p->data.len == 0)
			return TROUBLE_NONE;
		l->in = (struct piece){ .bytes = p->data, .wire = p->data_bytes };
		return udp_step(p, l);
	default:
		return TROUBLE_NONE;
	}
}
