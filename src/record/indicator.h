/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicator.h - one line of somebody's list: a sign that others saw before.
 *
 * `key` is borrowed during the call that hands it over. Addresses and networks
 * stand in `net`; all others are text: names in lower case without the last
 * dot, URLs without their scheme, fingerprints in lower-case hex.
 */
#ifndef RECORD_INDICATOR_H
#define RECORD_INDICATOR_H

#include "base/ip.h"

#define INDICATOR_TYPES(X)    \
	X(ADDRESS, "address") \
	X(NETWORK, "network") \
	X(DOMAIN, "domain")   \
	X(URL, "url")         \
	X(JA3, "ja3")         \
	X(JA4, "ja4")         \
	X(CERTIFICATE, "certificate")

enum indicator_type {
#define X(name, text) INDICATOR_##name,
	INDICATOR_TYPES(X)
#undef X
	    INDICATOR_TYPE_COUNT
};

#define INDICATOR_KEY 250 /* longest text; longer ones are not taken */

/* What a list is worth that does not say: log10 odds in thousandths that it is right. */
#define INDICATOR_WEIGHT_MB   3000
#define INDICATOR_WEIGHT_MOST 5000

struct indicator {
	enum indicator_type type;
	struct ip_net net; /* ADDRESS: 128 bits */
	uint16_t port;     /* ADDRESS: 0 any */
	struct span key;
	int32_t weight_mb; /* 0: as the list says */
	uint64_t until_ns; /* not after this moment of the capture; 0: no end */
};

typedef bool indicator_sink(void *state, const struct indicator *);

#endif
