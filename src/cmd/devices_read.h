/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices_read.h - the devices that --mud names, with their files.
 */
#ifndef CMD_DEVICES_READ_H
#define CMD_DEVICES_READ_H

#include "base/error.h"
#include "detect/devices.h"

#define DEVICES_PATHS 64

struct devices_counts {
	uint64_t files, rules;
	uint64_t odd;        /* rules that are not understood */
	char odd_first[320]; /* "FILE: LIST RULE: WHY" of the first; "" none */
};

/*
 * Each of `words` is NETWORK=FILE, a device and its MUD file, or a map of many
 * (collect/device_map.h), whose paths begin where it lies. E_MISUSE with the
 * file and the line when one is not understood.
 */
enum status devices_read(struct devices **out, const char *const *words, unsigned n,
    struct devices_counts *, struct error *) MUST_USE;

#endif
