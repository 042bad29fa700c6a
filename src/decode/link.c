/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/steps.h"

#define VLAN_ID          0x0fff
#define HARDWARE_NETLINK 824 /* ARPHRD_NETLINK */
#define SLL_LLC          4   /* LINUX_SLL_P_802_2 */

/*
 * IEEE 802.2 and RFC 1042: a length instead of a type, then LLC. SNAP with
 * an organisation code of zero carries an Ethernet type again.
 */
static enum decode_verdict
llc_step(struct piece in, uint16_t length, uint16_t *ether, struct piece *inside)
{
	struct cursor c;
	uint8_t dsap, ssap, control;

	if (length < in.wire)
		in = piece_until(in, length);
	c = cursor_of(in.bytes);
	dsap = cursor_u8(&c);
	ssap = cursor_u8(&c);
	control = cursor_u8(&c);
	if (c.bad)
		return DECODE_SHORT;
	if (dsap == 0x06 && ssap == 0x06 && control == 3) {
		*ether = ETHER_IPV4;
	} else if (dsap == 0xaa && ssap == 0xaa && control == 3) {
		uint32_t organisation = cursor_u8(&c);

		organisation = organisation << 16 | cursor_be16(&c);
		*ether = cursor_be16(&c);
		if (c.bad)
			return DECODE_SHORT;
		if (organisation != 0)
			return DECODE_NOT_IP;
	} else {
		return DECODE_NOT_IP;
	}
	*inside = piece_from(in, in.bytes.len - c.left);
	return DECODE_OK;
}

/* Behind a type: tags (IEEE 802.1Q, 802.1ad), each followed by the next type. */
static enum decode_verdict
tags_step(struct piece in, uint16_t *type, uint16_t *vlan, struct piece *inside)
{
	struct cursor c = cursor_of(in.bytes);
	uint16_t t = *type;

	for (unsigned tags = 0; t == ETHER_VLAN || t == ETHER_QINQ || t == ETHER_QINQ_OLD ||
				t == ETHER_QINQ_OLDER;
	     tags++) {
		uint16_t tag = cursor_be16(&c);

		if (tags == TAGS_MAX)
			return DECODE_DEEP;
		if (tags == 0)
			*vlan = tag & VLAN_ID;
		t = cursor_be16(&c);
	}
	if (c.bad)
		return DECODE_SHORT;
	*type = t;
	*inside = piece_from(in, in.bytes.len - c.left);
	return DECODE_OK;
}

static enum decode_verdict
ethernet_step(struct piece in, uint16_t *ether, uint16_t *vlan, struct piece *inside)
{
	struct cursor c = cursor_of(in.bytes);
	enum decode_verdict v;

	cursor_skip(&c, 12); /* the two hardware addresses */
	*ether = cursor_be16(&c);
	if (c.bad)
		return DECODE_SHORT;
	v = tags_step(piece_from(in, 14), ether, vlan, inside);
	if (v == DECODE_OK && *ether <= ETHER_LENGTH_MAX)
		v = llc_step(*inside, *ether, ether, inside);
	return v;
}

/*
 * BSD loopback: an address family in the byte order of the machine that wrote
 * it. AF_INET is 2 everywhere; AF_INET6 is 24 (NetBSD, OpenBSD), 28 (FreeBSD),
 * 30 (Darwin) or 10 (Linux).
 */
static enum decode_verdict
family_step(struct piece in, bool both_orders, uint16_t *ether, struct piece *inside)
{
	struct cursor be = cursor_of(in.bytes), le = be;
	uint32_t family = cursor_be32(&be), swapped = cursor_le32(&le);

	if (be.bad)
		return DECODE_SHORT;
	if (both_orders && swapped < family)
		family = swapped; /* a family is a small number */
	switch (family) {
	case 2:
		*ether = ETHER_IPV4;
		break;
	case 10:
	case 24:
	case 28:
	case 30:
		*ether = ETHER_IPV6;
		break;
	default:
		return DECODE_NOT_IP;
	}
	*inside = piece_from(in, 4);
	return DECODE_OK;
}

/* Linux "cooked" capture: the type is the last field of 16 bytes, or the first of 20. */
static enum decode_verdict
sll_step(
    struct piece in, bool second, uint16_t *ether, uint16_t *vlan, struct piece *inside)
{
	struct cursor c = cursor_of(in.bytes);
	uint16_t hardware;
	enum decode_verdict v;

	if (second) {
		*ether = cursor_be16(&c);
		cursor_skip(&c, 6); /* reserved, interface index */
		hardware = cursor_be16(&c);
		cursor_skip(&c, 10); /* packet type, address */
	} else {
		cursor_skip(&c, 2); /* packet type */
		hardware = cursor_be16(&c);
		cursor_skip(&c, 10); /* address */
		*ether = cursor_be16(&c);
	}
	if (c.bad)
		return DECODE_SHORT;
	if (hardware == HARDWARE_NETLINK) /* the type is a netlink family */
		return DECODE_NOT_IP;
	v = tags_step(piece_from(in, in.bytes.len - c.left), ether, vlan, inside);
	if (v == DECODE_OK && *ether == SLL_LLC)
		return llc_step(*inside, UINT16_MAX, ether, inside);
	return v == DECODE_OK && *ether <= ETHER_LENGTH_MAX ? DECODE_NOT_IP : v;
}

static enum decode_verdict
raw_step(struct piece in, uint16_t type, uint16_t *ether, struct piece *inside)
{
	*ether = type;
	*inside = in;
	return DECODE_OK;
}

enum decode_verdict
link_step(
    uint16_t link, struct piece in, uint16_t *ether, uint16_t *vlan, struct piece *inside)
{
	*vlan = 0;
	switch (link) {
	case LINK_ETHERNET:
		return ethernet_step(in, ether, vlan, inside);
	case LINK_LINUX_SLL:
		return sll_step(in, false, ether, vlan, inside);
	case LINK_LINUX_SLL2:
		return sll_step(in, true, ether, vlan, inside);
	case LINK_NULL:
		return family_step(in, true, ether, inside);
	case LINK_LOOP:
		return family_step(in, false, ether, inside);
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
		return raw_step(in, ETHER_BY_NIBBLE, ether, inside);
	case LINK_IPV4:
		return raw_step(in, ETHER_IPV4, ether, inside);
	case LINK_IPV6:
		return raw_step(in, ETHER_IPV6, ether, inside);
	default:
		return DECODE_LINK_UNKNOWN;
	}
}
