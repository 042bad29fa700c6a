/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_address.h - names that tell whoever asks which address he comes from.
 */
#ifndef PROFILE_OWN_ADDRESS_H
#define PROFILE_OWN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/* Nearly all names can be told apart from these by a few bytes of their last two labels. */
struct own_address_filter {
	uint64_t bit[16];
};

void own_address_prepare(struct own_address_filter *);

/* Is this clean name one of them, or under one? */
bool own_address_told(const struct own_address_filter *, struct span name);

#endif
