/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - a link-layer frame as it was captured.
 *
 * The noun that capture/ hands to decode/. Frames travel in batches so that
 * the look-ups behind them can be prefetched.
 */
#ifndef RECORD_FRAME_H
#define RECORD_FRAME_H

#include <stdint.h>

#include "base/cursor.h"

/* Link types by their LINKTYPE_ numbers (www.tcpdump.org/linktypes.html). */
enum link_type {
	LINK_NULL = 0, /* BSD loopback, family in the writer's byte order */
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_FDDI = 10,
	LINK_ATM_RFC1483 = 11,
	LINK_RAW_BSD = 12, /* raw IP as some BSDs number it */
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW = 101, /* raw IP, version from the first nibble */
	LINK_C_HDLC = 104,
	LINK_WIFI = 105,
	LINK_FRELAY = 107,
	LINK_LOOP = 108, /* OpenBSD loopback, family in network order */
	LINK_ENC = 109,  /* OpenBSD's IPsec interface */
	LINK_LINUX_SLL = 113,
	LINK_SUNATM = 123,
	LINK_WIFI_RADIOTAP = 127,
	LINK_WIFI_AVS = 163,
	LINK_PPI = 192,
	LINK_MPLS = 219,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_LINUX_SLL2 = 276,
};

struct frame {
	uint64_t time_ns;
	struct span bytes;    /* what was kept; valid as long as the batch */
	uint32_t wire_length; /* bytes on the wire, >= bytes.len in honest files */
	uint16_t link;        /* enum link_type, or a number we do not know */
	uint16_t interface;   /* index within the file */
};

#define FRAME_BATCH 256

struct frame_batch {
	struct frame frame[FRAME_BATCH];
	unsigned n;
};

#endif
