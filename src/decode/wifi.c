/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wifi.c - IEEE 802.11 data frames, bare or behind radiotap (radiotap.org).
 *
 * A frame check sequence at the end needs no care: IP knows its own length. Of
 * an A-MSDU the first frame is taken, the others are not seen.
 */
#include "decode/steps.h"

enum frame_control {
	WIFI_TYPE = 0x0c,
	WIFI_DATA = 0x08,
	WIFI_NULL = 0x40, /* subtype: no data */
	WIFI_QOS = 0x80,
	/* second byte */
	WIFI_TO_DS = 0x01,
	WIFI_FROM_DS = 0x02,
	WIFI_PROTECTED = 0x40,
	WIFI_ORDER = 0x80,
};

#define QOS_AMSDU     0x80
#define RADIOTAP_TSFT 1u
#define RADIOTAP_FLAG 2u
#define RADIOTAP_MORE 0x80000000u
#define FLAG_PADDED   0x20 /* the data begin at a multiple of four */
#define PRESENT_MAX   16

enum decode_verdict
wifi_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint8_t kind = cursor_u8(&c), flags = cursor_u8(&c), qos = 0;

	cursor_skip(&c, 22); /* duration, three addresses, sequence */
	if ((kind & WIFI_TYPE) != WIFI_DATA || (kind & WIFI_NULL))
		return l->in.bytes.len < 2 ? DECODE_SHORT : DECODE_NOT_IP;
	if ((flags & WIFI_TO_DS) && (flags & WIFI_FROM_DS))
		cursor_skip(&c, 6);
	if (kind & WIFI_QOS) {
		qos = cursor_u8(&c);
		cursor_skip(&c, 1);
		if (flags & WIFI_ORDER)
			cursor_skip(&c, 4); /* HT control */
	}
	if (c.bad)
		return DECODE_SHORT;
	if (flags & WIFI_PROTECTED)
		return DECODE_SEALED;
	if (qos & QOS_AMSDU)
		cursor_skip(&c, 14); /* addresses and length of the first one */
	if (c.bad)
		return DECODE_SHORT;
	l->in = piece_from(l->in, l->in.bytes.len - c.left);
	l->ether = ETHER_LLC;
	return DECODE_OK;
}

/* Where the flags say that the header is padded, the pad is taken out of its end. */
static enum decode_verdict
padded_step(struct layer *l)
{
	size_t before = l->in.bytes.len, header;
	enum decode_verdict v = wifi_step(l);

	if (v != DECODE_OK)
		return v;
	header = before - l->in.bytes.len;
	if (header % 4 == 0)
		return DECODE_OK;
	if (l->in.bytes.len < 4 - header % 4)
		return DECODE_SHORT;
	l->in = piece_from(l->in, 4 - header % 4);
	return DECODE_OK;
}

enum decode_verdict
radiotap_step(struct layer *l)
{
	struct cursor c = cursor_of(l->in.bytes);
	uint32_t present, more;
	size_t length;
	uint8_t flags = 0;

	cursor_skip(&c, 2); /* version, pad */
	length = cursor_le16(&c);
	more = present = cursor_le32(&c);
	for (unsigned n = 0; (more & RADIOTAP_MORE) && !c.bad; n++) {
		if (n == PRESENT_MAX)
			return DECODE_DEEP;
		more = cursor_le32(&c);
	}
	if (present & RADIOTAP_TSFT) /* 8 bytes, aligned to 8 from the start */
		cursor_skip(&c, (-(l->in.bytes.len - c.left) & 7) + 8);
	if (present & RADIOTAP_FLAG)
		flags = cursor_u8(&c);
	if (c.bad || length > l->in.bytes.len)
		return DECODE_SHORT;
	if (length < l->in.bytes.len - c.left)
		return DECODE_LIES;
	l->in = piece_from(l->in, length);
	l->ether = ETHER_WIFI;
	return flags & FLAG_PADDED ? padded_step(l) : DECODE_OK;
}
