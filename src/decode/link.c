/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/steps.h"

#include "record/flow.h"

#define HARDWARE_NETLINK 824 /* ARPHRD_NETLINK */
#define SLL_LLC          4   /* LINUX_SLL_P_802_2 */
#define PPI_LINK_WIFI    105
#define NFLOG_PAYLOAD    9 /* NFULA_PAYLOAD */
#define NFLOG_FIELDS     64

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
 * Address families: AF_INET is 2 everywhere; AF_INET6 is 24 (NetBSD, OpenBSD),
 * 28 (FreeBSD), 30 (Darwin) or 10 (Linux).
 */
static enum decode_verdict
family_step(struct layer *l, const struct cursor *c, uint32_t family)
{
	switch (family) {
	case 2:
		return go_on(l, c, ETHER_IPV4);
	case 10:
	case 24:
	case 28:
	case 30:
		return go_on(l, c, ETHER_IPV6);
	default:
		return c->bad ? DECODE_SHORT : DECODE_NOT_IP;
	}
}

/* BSD loopback and OpenBSD's IPsec interface: a family, in the writer's byte order. */
static enum decode_verdict
loopback_step(struct layer *l, bool both_orders, size_t more)
{
	struct cursor c = cursor_of(l->in.bytes), le = c;
	uint32_t family = cursor_be32(&c), swapped = cursor_le32(&le);

	if (both_orders && swapped < family)
		family = swapped; /* a family is a small number */
	cursor_skip(&c, more);
	return family_step(l, &c, family);
}

/* Linux "cooked" capture: the type is the last field of 16 bytes, or the first of 20. */
static enum decode_verdict
sll_step(struct layer *l, bool second)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t hardware, type;

	if (second) {
		type = cursor_be16(&c);
		cursor_skip(&c, 6); /* reserved, interface index */
		hardware = cursor_be16(&c);
		cursor_skip(&c, 10); /* packet type, address */
	} else {
		cursor_skip(&c, 2); /* packet type */
		hardware = cursor_be16(&c);
		cursor_skip(&c, 10); /* address */
		type = cursor_be16(&c);
	}
	if (c.bad)
		return DECODE_SHORT;
	if (hardware == HARDWARE_NETLINK) /* the type is a netlink family */
		return DECODE_NOT_IP;
	if (type <= ETHER_LENGTH_MAX)
		return type == SLL_LLC ? go_on(l, &c, ETHER_LLC) : DECODE_NOT_IP;
	return go_on(l, &c, type);
}

/* Cisco HDLC: address, control, type. */
static enum decode_verdict
hdlc_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t start = cursor_be16(&c), type = cursor_be16(&c);

	if (start == 0xff03) { /* PPP after all */
		l->ether = ETHER_PPP;
		return DECODE_OK;
	}
	if (type <= ETHER_LENGTH_MAX)
		return c.bad ? DECODE_SHORT : DECODE_NOT_IP;
	return go_on(l, &c, type);
}

/* Lines of Cisco's are captured as PPP, too; no PPP begins with their addresses. */
static enum decode_verdict
ppp_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint16_t start = cursor_be16(&c);

	if (!c.bad && (start == 0x0f00 || start == 0x8f00))
		return hdlc_step(l);
	l->ether = ETHER_PPP;
	return DECODE_OK;
}

/* RFC 2427: Q.922 address, UI, and which protocol. */
static enum decode_verdict
frame_relay_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	unsigned n = 0;
	uint8_t control, nlpid;

	while (n++ < 4 && (cursor_u8(&c) & 1) == 0 && !c.bad)
		;
	control = cursor_u8(&c);
	if (control != 3) { /* Cisco's: a type instead */
		uint16_t type = (uint16_t)(control << 8 | cursor_u8(&c));

		if (type > ETHER_LENGTH_MAX)
			return go_on(l, &c, type);
		return c.bad ? DECODE_SHORT : DECODE_NOT_IP;
	}
	nlpid = cursor_u8(&c);
	if (nlpid == 0) /* padding */
		nlpid = cursor_u8(&c);
	if (nlpid == 0xcc)
		return go_on(l, &c, ETHER_IPV4);
	if (nlpid == 0x8e)
		return go_on(l, &c, ETHER_IPV6);
	if (nlpid == 0x80) {
		uint32_t organisation = (uint32_t)cursor_u8(&c) << 16;
		uint16_t type;

		organisation |= cursor_be16(&c);
		type = cursor_be16(&c);
		if (organisation == 0 && type > ETHER_LENGTH_MAX)
			return go_on(l, &c, type);
	}
	return c.bad ? DECODE_SHORT : DECODE_NOT_IP;
}

/* Per-Packet Information: a header with its length, then the link type it names. */
static enum decode_verdict
ppi_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	size_t length;
	uint32_t link;

	cursor_skip(&c, 2); /* version, flags */
	length = cursor_le16(&c);
	link = cursor_le32(&c);
	if (length < 8)
		return c.bad ? DECODE_SHORT : DECODE_LIES;
	cursor_skip(&c, length - 8);
	if (c.bad)
		return DECODE_SHORT;
	if (link == PPI_LINK_WIFI)
		return go_on(l, &c, ETHER_WIFI);
	return link == LINK_ETHERNET ? go_on(l, &c, ETHER_FRAME) : DECODE_LINK_UNKNOWN;
}

/* The AVS header of Wi-Fi: magic, length. */
static enum decode_verdict
avs_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint32_t length;

	cursor_skip(&c, 4);
	length = cursor_be32(&c);
	if (length < 8)
		return c.bad ? DECODE_SHORT : DECODE_LIES;
	cursor_skip(&c, length - 8);
	return go_on(l, &c, ETHER_WIFI);
}

/* Linux netfilter: family, version, resource, then fields of length and type. */
static enum decode_verdict
nflog_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t family = cursor_u8(&c);

	cursor_skip(&c, 3);
	for (unsigned n = 0; n < NFLOG_FIELDS; n++) {
		struct cursor at = c;
		size_t length = cursor_le16(&c);
		uint16_t type = cursor_le16(&c) & 0x7fff;

		if (c.bad)
			return DECODE_SHORT;
		if (length < 4)
			return DECODE_LIES;
		if (type == NFLOG_PAYLOAD)
			return family_step(l, &c, family);
		c = at;
		cursor_skip(&c, (length + 3) & ~(size_t)3);
	}
	return DECODE_DEEP;
}

/* SunATM: the low nibble says how it is packed, 2 is LLC. */
static enum decode_verdict
sunatm_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t kind = cursor_u8(&c) & 15;

	cursor_skip(&c, 3);
	if (c.bad)
		return DECODE_SHORT;
	return kind == 2 ? go_on(l, &c, ETHER_LLC) : DECODE_NOT_IP;
}

static enum decode_verdict
fddi_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t control = cursor_u8(&c);

	cursor_skip(&c, 12);
	if (c.bad)
		return DECODE_SHORT;
	return (control & 0xf0) == 0x50 ? go_on(l, &c, ETHER_LLC) : DECODE_NOT_IP;
}

/* pcap's PPPoE link type begins at the PPPoE header, serial PPP at address and control. */
enum decode_verdict
link_step(uint16_t link, struct layer *l)
{
	static const struct {
		uint16_t link, ether;
	} plain[] = {
		{ LINK_ETHERNET, ETHER_FRAME },
		{ LINK_RAW_BSD, ETHER_BY_NIBBLE },
		{ LINK_RAW_OPENBSD, ETHER_BY_NIBBLE },
		{ LINK_RAW, ETHER_BY_NIBBLE },
		{ LINK_IPV4, ETHER_IPV4 },
		{ LINK_IPV6, ETHER_IPV6 },
		{ LINK_PPP_ETHER, ETHER_PPPOE },
		{ LINK_MPLS, ETHER_MPLS },
		{ LINK_ATM_RFC1483, ETHER_LLC },
		{ LINK_WIFI, ETHER_WIFI },
	};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (plain[i].link == link) {
			l->ether = plain[i].ether;
			return DECODE_OK;
		}
	switch (link) {
	case LINK_LINUX_SLL:
		return sll_step(l, false);
	case LINK_LINUX_SLL2:
		return sll_step(l, true);
	case LINK_NULL:
		return loopback_step(l, true, 0);
	case LINK_LOOP:
		return loopback_step(l, false, 0);
	case LINK_ENC:
		return loopback_step(l, true, 8); /* SPI, flags */
	case LINK_C_HDLC:
		return hdlc_step(l);
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return ppp_step(l);
	case LINK_FRELAY:
		return frame_relay_step(l);
	case LINK_FDDI:
		return fddi_step(l);
	case LINK_SUNATM:
		return sunatm_step(l);
	case LINK_WIFI_RADIOTAP:
		return radiotap_step(l);
	case LINK_WIFI_AVS:
		return avs_step(l);
	case LINK_PPI:
		return ppi_step(l);
	case LINK_NFLOG:
		return nflog_step(l);
	default:
		return DECODE_LINK_UNKNOWN;
	}
}
