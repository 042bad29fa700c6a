/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - the thresholds of limits.def, by name.
 */
#ifndef DETECT_LIMITS_H
#define DETECT_LIMITS_H

#include <stdint.h>

#define LIMIT(name, value, why) \
	static const int64_t LIMIT_##name __attribute__((unused)) = (value);
#include "detect/limits.def"
#undef LIMIT

#endif
