/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permit.h - one rule of what a device may do, by somebody's word (RFC 8520).
 *
 * A MUD file is a list of them in an order: the first that fits decides, and
 * what none fits is not allowed. Text is borrowed during the call that hands the
 * rule over; it is printable ASCII in lower case, at most PERMIT_TEXT octets.
 */
#ifndef RECORD_PERMIT_H
#define RECORD_PERMIT_H

#include "base/ip.h"

enum permit_peer {
	PERMIT_ANYBODY,
	PERMIT_LOCAL, /* whoever is of our networks */
	PERMIT_NET,
	PERMIT_NAME,          /* an address that a look-up of the name gave */
	PERMIT_CONTROLLER,    /* those that the operator named for a class, a URI */
	PERMIT_MY_CONTROLLER, /* those that he named for this device */
	PERMIT_MANUFACTURER,  /* devices whose MUD file is from this host */
	PERMIT_SAME_MAKER,    /* the same of the device's own */
	PERMIT_MODEL,         /* devices with this MUD file */
};

#define PERMIT_TEXT 250

struct permit {
	enum permit_peer peer;
	bool from_device; /* of what the device sends, else of what it gets */
	bool accept;
	bool answers;          /* of a sender's port alone: it opens nothing */
	bool but;              /* any port except these */
	uint8_t family, proto; /* 4, 6 and the protocol; 0: any */
	/* Who may open the connection; both, where nothing is said. */
	bool device_opens, peer_opens;
	uint16_t low, high; /* ports of who is called; 0 to 65535: any */
	struct ip_net net;  /* PERMIT_NET */
	struct span text;   /* a name or a URI */
};

/* False: no room. */
typedef bool permit_sink(void *state, const struct permit *);

#endif
