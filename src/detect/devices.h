/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices.h - what devices may do, by their MUD files, to be asked.
 *
 * Made before anything is judged, and only read after that. Who is which device
 * and who controls it was said by the operator; what a rule rests on that nobody
 * said is answered PERMISSION_UNSURE, and is nobody's deviation.
 */
#ifndef DETECT_DEVICES_H
#define DETECT_DEVICES_H

#include "base/digest.h"
#include "base/error.h"
#include "record/permit.h"

#define DEVICES_MOST       4096
#define DEVICES_RULES_MOST 65536

struct devices;

struct device_file {
	char name[128]; /* printable, without its folder */
	struct digest digest;
};

enum status devices_new(struct devices **out, struct error *) MUST_USE;
void devices_free(struct devices *); /* takes NULL */

/* Rules that are added from now on are of this file; `*file` is its number. */
enum status devices_begin(
    struct devices *, const struct device_file *, unsigned *file, struct error *) MUST_USE;
/* A permit_sink; `state` is the devices. */
bool devices_permit(void *state, const struct permit *);
/* The URL that the file says it has. */
enum status devices_end(struct devices *, const char *url, struct error *) MUST_USE;

/* The narrowest network decides; the first of equals. */
enum status devices_bind(
    struct devices *, const struct ip_net *, unsigned file, struct error *) MUST_USE;
/* PERMIT_CONTROLLER, _MANUFACTURER, _MODEL: who is of the class `text`. */
enum status devices_class(struct devices *, enum permit_peer, const char *text,
    const struct ip_net *, struct error *) MUST_USE;
/* Who is my-controller of the devices in `whose`. */
enum status devices_controls(struct devices *, const struct ip_net *whose,
    const struct ip_net *, struct error *) MUST_USE;

size_t devices_count(const struct devices *);
/* NULL: no device. */
const struct device_file *devices_find(const struct devices *, const struct ip *);
size_t devices_rules(const struct devices *, const struct ip *device);

enum permission {
	PERMISSION_GIVEN,
	PERMISSION_UNSURE, /* it may be, and cannot be told */
	PERMISSION_NONE,
	PERMISSION_CLAIMED, /* none, but it was asked for by a name that would be allowed */
};

/* Who the other one is, as far as it was heard. */
struct device_peer {
	struct ip ip;
	bool local;
	bool lookups_heard;           /* of the device, any */
	const char *const *looked_up; /* names whose look-up gave the address */
	size_t looked_ups;
	const char *const *asked; /* names that were asked for there */
	size_t askeds;
};

/*
 * May the device call the port (`from_device`), or be called on it? Local DNS
 * and NTP are allowed as RFC 8520 section 1 has it, and so is DHCP.
 */
enum permission devices_ask(const struct devices *, const struct ip *device,
    const struct device_peer *, bool from_device, uint16_t port, uint8_t proto);

#endif
