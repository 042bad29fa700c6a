/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/port_use.h"

#include <stddef.h>

#include "base/error.h"

static const struct {
	const char *technique, *benign;
} classes[] = {
#define X(name, technique, benign) { technique, benign },
	PORT_CLASSES(X)
#undef X
};

const struct port_use *
port_use_find(uint8_t proto, uint16_t port)
{
	unsigned low = 0, high = port_uses_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		const struct port_use *u = &port_uses[middle];

		if (u->proto < proto || (u->proto == proto && u->high < port))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == port_uses_count || port_uses[low].proto != proto ||
	    port_uses[low].low > port)
		return NULL;
	return &port_uses[low];
}

bool
port_is_odd(uint8_t proto, uint16_t port)
{
	const struct port_use *use = port_use_find(proto, port);

	return use == NULL || use->class == PORT_IMPLANT;
}

const char *port_class_technique(enum port_class class)
{
	CHECK((size_t) class < sizeof classes / sizeof *classes);
	return classes[class].technique[0] ? classes[class].technique : NULL;
}

const char *port_class_benign(enum port_class class)
{
	CHECK((size_t) class < sizeof classes / sizeof *classes);
	return classes[class].benign;
}
