/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare.h - a packet as its headers and nothing else, for who needs no more.
 *
 * A new raw IP frame is made of what decode_frame found: addresses, protocol,
 * ports or type, flags, sequence numbers, window, lengths. Everything else is not
 * there: link addresses, tunnels, options, identification, payload. The lengths are
 * those of the packet, so the payload counts as cut off, and who judges by time and
 * size sees the same.
 */
#ifndef DECODE_BARE_H
#define DECODE_BARE_H

#include "decode/packet.h"

#define BARE_MAX 60 /* IPv6 and TCP */

/*
 * Writes the frame into `to` and gives its length; 0 for a piece of a fragmented
 * packet. Checksums of the transport are zero: there is nothing they could be of.
 */
size_t bare_frame(
    const struct packet *, uint8_t to[static BARE_MAX], uint32_t *wire_length);

#endif
