/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.c - from an Ethernet type to IP, through whatever lies between.
 *
 * Each step reads one header and leaves what comes next; layers_step drives
 * them and counts, so that no stack of headers is longer than TAGS_MAX. The
 * same steps serve the link and the inside of tunnels.
 */
#include "decode/steps.h"

#include "record/flow.h"

#define VLAN_ID 0x0fff

/* `c` began at l->in: what it has left comes next. */
static enum decode_verdict
go_on(struct layer *l, const struct cursor *c, uint16_t ether)
{
	if (c->bad)
		return DECODE_SHORT;
	l->in = piece_from(l->in, l->in.bytes.len - c->left);
	l->ether = ether;
	return DECODE_OK;
}

/*
 * IEEE 802.2 and RFC 1042. SNAP with an organisation code of zero carries an
 * Ethernet type again.
 */
static enum decode_verdict
llc_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t dsap = cursor_u8(&c), ssap = cursor_u8(&c), control = cursor_u8(&c);
	uint32_t organisation;
	uint16_t type;

	if (c.bad)
		return DECODE_SHORT;
	if (dsap == 0x06 && ssap == 0x06 && control == 3)
		return go_on(l, &c, ETHER_IPV4);
	if (dsap != 0xaa || ssap != 0xaa || control != 3)
		return DECODE_NOT_IP;
	organisation = (uint32_t)cursor_u8(&c) << 16;
	organisation |= cursor_be16(&c);
	type = cursor_be16(&c);
	if (c.bad)
		return DECODE_SHORT;
	if (organisation != 0 || type <= ETHER_LENGTH_MAX)
		return DECODE_NOT_IP;
	return go_on(l, &c, type);
}

/* Behind a field that is a type or, in IEEE 802.3, a length. */
static enum decode_verdict
type_or_length(struct layer *l, const struct cursor *c, uint16_t type)
{
	enum decode_verdict v = go_on(l, c, type);

	if (v != DECODE_OK || type > ETHER_LENGTH_MAX)
		return v;
	if (type < l->in.wire)
		l->in = piece_until(l->in, type);
	l->ether = ETHER_LLC;
	return DECODE_OK;
}

static enum decode_verdict
ethernet_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);

	cursor_skip(&c, 12); /* the two hardware addresses */
	return type_or_length(l, &c, cursor_be16(&c));
}

/* IEEE 802.1Q and 802.1ad. */
static enum decode_verdict
vlan_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t tag = cursor_be16(&c), type = cursor_be16(&c);

	if (l->vlan == 0)
		l->vlan = tag & VLAN_ID;
	return type_or_length(l, &c, type);
}

/*
 * RFC 3032: a label, and what is inside only the routers know. The customary
 * guess: a nibble of 4 or 6 is IP, the rest Ethernet.
 */
static enum decode_verdict
mpls_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint32_t label = cursor_be32(&c);

	l->tunnel = TUNNEL_MPLS;
	l->tunnel_id = label >> 12;
	return go_on(l, &c, label & 0x100 ? ETHER_FRAME_OR_IP : ETHER_MPLS);
}

/* Is there a type, or a length and LLC, in the place where Ethernet would have it? */
static bool
looks_like_ethernet(struct span s, size_t skip)
{
	struct cursor c = cursor_of(s);
	uint16_t type;

	cursor_skip(&c, skip + 12);
	type = cursor_be16(&c);
	if (type <= ETHER_LENGTH_MAX) {
		uint16_t saps = cursor_be16(&c);

		return !c.bad && (saps == 0xaaaa || saps == 0x4242);
	}
	return !c.bad && (type == ETHER_IPV4 || type == ETHER_IPV6 || type == 0x0806 ||
			     type == ETHER_VLAN || type == ETHER_QINQ ||
			     type == ETHER_MPLS || type == ETHER_PPPOE || type == 0x88cc);
}

/* RFC 4385: a nibble of 0 is a pseudowire's control word, of 1 its channel for control. */
static enum decode_verdict
guess_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t nibble;

	if (l->in.bytes.len == 0)
		return DECODE_SHORT;
	nibble = l->in.bytes.at[0] >> 4;
	if (nibble == 4 || nibble == 6)
		return go_on(l, &c, ETHER_BY_NIBBLE);
	if (nibble == 1)
		return DECODE_NOT_IP;
	if (nibble == 0 &&
	    (looks_like_ethernet(l->in.bytes, 4) || !looks_like_ethernet(l->in.bytes, 0)))
		cursor_skip(&c, 4);
	return go_on(l, &c, ETHER_FRAME);
}

/* RFC 2516 section 4; only the session stage carries anything. */
static enum decode_verdict
pppoe_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t version_type = cursor_u8(&c), code = cursor_u8(&c);
	uint16_t session = cursor_be16(&c), length = cursor_be16(&c);
	enum decode_verdict v = go_on(l, &c, ETHER_PPP);

	if (v != DECODE_OK)
		return v;
	if (version_type != 0x11)
		return DECODE_LIES;
	if (code != 0)
		return DECODE_NOT_IP;
	if (length > l->in.wire)
		return DECODE_SHORT;
	l->in = piece_until(l->in, length);
	l->tunnel = TUNNEL_PPPOE;
	l->tunnel_id = session;
	return DECODE_OK;
}

/* RFC 1661 section 2; address and control may be left out, and half of the protocol. */
static enum decode_verdict
ppp_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes), look = c;
	uint16_t protocol;

	if (cursor_be16(&look) == 0xff03)
		c = look;
	protocol = cursor_u8(&c);
	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&c));
	switch (protocol) {
	case 0x0021:
		return go_on(l, &c, ETHER_IPV4);
	case 0x0057:
		return go_on(l, &c, ETHER_IPV6);
	case 0x0281:
	case 0x0283:
		return go_on(l, &c, ETHER_MPLS);
	default:
		return c.bad ? DECODE_SHORT : DECODE_NOT_IP;
	}
}

/* IEEE 802.1ah: I-TAG, then the customer's frame. */
static enum decode_verdict
pbb_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);

	l->tunnel = TUNNEL_PBB;
	l->tunnel_id = cursor_be32(&c) & 0xffffff;
	return go_on(l, &c, ETHER_FRAME);
}

/* Cisco FabricPath: forwarding tag and time to live, then the frame. */
static enum decode_verdict
fabricpath_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);

	l->tunnel = TUNNEL_FABRICPATH;
	l->tunnel_id = cursor_be16(&c) >> 6;
	return go_on(l, &c, ETHER_FRAME);
}

/* VN-Tag (later IEEE 802.1BR): direction, destination and source interface. */
static enum decode_verdict
vntag_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint32_t tag = cursor_be32(&c);

	l->tunnel = TUNNEL_VNTAG;
	l->tunnel_id = tag >> 16 & 0x3fff;
	return type_or_length(l, &c, cursor_be16(&c));
}

static enum decode_verdict
layer_step(struct layer *l)
{
	switch (l->ether) {
	case ETHER_FRAME:
	case ETHER_TRANSPARENT:
		return ethernet_step(l);
	case ETHER_VLAN:
	case ETHER_QINQ:
	case ETHER_QINQ_OLD:
	case ETHER_QINQ_OLDER:
		return vlan_step(l);
	case ETHER_LLC:
		return llc_step(l);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return mpls_step(l);
	case ETHER_FRAME_OR_IP:
		return guess_step(l);
	case ETHER_PPPOE:
		return pppoe_step(l);
	case ETHER_PPP:
	case ETHER_PPP_TYPE:
		return ppp_step(l);
	case ETHER_PBB:
		return pbb_step(l);
	case ETHER_FABRICPATH:
		return fabricpath_step(l);
	case ETHER_VNTAG:
		return vntag_step(l);
	case ETHER_WIFI:
		return wifi_step(l);
	default:
		return DECODE_NOT_IP;
	}
}

static bool
is_tag(uint16_t ether)
{
	return ether != ETHER_FRAME && ether != ETHER_LLC && ether != ETHER_FRAME_OR_IP;
}

enum decode_verdict
layers_step(struct layer *l)
{
	enum decode_verdict v = DECODE_OK;

	/* What is no tag of its own comes at most every second time. */
	while (v == DECODE_OK && l->ether != ETHER_IPV4 && l->ether != ETHER_IPV6 &&
	       l->ether != ETHER_BY_NIBBLE) {
		if (is_tag(l->ether) && l->tags++ == TAGS_MAX)
			return DECODE_DEEP;
		v = layer_step(l);
	}
	return v;
}
