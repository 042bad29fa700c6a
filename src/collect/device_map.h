/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_map.h - which address is which device, as the operator wrote it down.
 *
 * A commented text file (docs/formats/mud.md), a line of which is
 *
 *	device NETWORK FILE         who is there has this MUD file
 *	controller URI NETWORK      who is there is of that class
 *	my-controller WHOSE NETWORK who is there controls those devices, "*": all
 *	manufacturer HOST NETWORK   a device of his without a file
 *	model URI NETWORK           a device with that MUD URL
 */
#ifndef COLLECT_DEVICE_MAP_H
#define COLLECT_DEVICE_MAP_H

#include "base/error.h"
#include "base/input.h"
#include "record/permit.h"

enum device_line_kind {
	DEVICE_FILE,
	DEVICE_CLASS,      /* `peer` says of which kind */
	DEVICE_CONTROLLER, /* of `whose` */
};

struct device_line {
	enum device_line_kind kind;
	enum permit_peer peer;
	struct ip_net net, whose; /* whose: 0 bits: everybody's */
	const char *text;         /* a path, a URI or a host; until the call returns */
	uint64_t line;
};

typedef enum status device_line_sink(
    void *state, const struct device_line *, struct error *);

/* Takes `in` over. What is not understood is E_FORMAT, with its line. */
enum status device_map_read(
    struct input *in, device_line_sink *, void *state, struct error *) MUST_USE;

#endif
