/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phrase.h - numbers and endpoints for people, the same in every locale.
 */
#ifndef DETECT_PHRASE_H
#define DETECT_PHRASE_H

#include "base/ip.h"
#include "record/finding.h"

#define PHRASE_COUNT    28
#define PHRASE_ENDPOINT (IP_TEXT + 24)

/* 6,706 */
const char *phrase_count(uint64_t, char text[static PHRASE_COUNT]);

/* Whole percent of parts per million, "under 1 %" and "over 99 %" where rounding would lie. */
const char *phrase_share(uint32_t ppm, char text[static PHRASE_COUNT]);

/* 1.2 MB, in powers of ten. */
const char *phrase_bytes(uint64_t, char text[static PHRASE_COUNT]);

/* 185.244.25.235:6667/tcp, [2001:db8::1]:443/tcp, "192.0.2.1 (icmp)" */
const char *phrase_endpoint(
    const struct ip *, uint16_t port, uint8_t proto, char text[static PHRASE_ENDPOINT]);

/* 443/tcp */
const char *phrase_port(uint16_t port, uint8_t proto, char text[static PHRASE_ENDPOINT]);

/*
 * The one sentence of a beacon whose shape is filled. `gaps` are all that its
 * counters hold, `floor_ns` the shortest that was tried.
 */
void phrase_beacon(struct finding *, uint32_t gaps, uint64_t floor_ns);

#endif
