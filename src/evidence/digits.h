/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digits.h - a decimal number in its one spelling: no sign, no leading zero.
 */
#ifndef EVIDENCE_DIGITS_H
#define EVIDENCE_DIGITS_H

#include "base/cursor.h"

static inline bool
digits_parse(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.len == 0 || (s.len > 1 && s.at[0] == '0'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.at[i] - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

#endif
