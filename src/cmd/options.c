/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include <string.h>

bool
option_number(const char *text, uint64_t least, uint64_t most, uint64_t *n)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return false;
	}
	if (v < least || v > most)
		return false;
	*n = v;
	return true;
}

bool
option_size(const char *text, size_t *bytes)
{
	static const char units[] = "KMGT";
	size_t len = strlen(text);
	const char *unit = len > 0 ? strchr(units, text[len - 1]) : NULL;
	char digits[32];
	uint64_t v;

	if (len == 0 || len >= sizeof digits)
		return false;
	memcpy(digits, text, len + 1);
	if (unit)
		digits[len - 1] = '\0';
	if (!option_number(digits, 0, UINT64_MAX, &v))
		return false;
	for (int i = unit ? (int)(unit - units) : -1; i >= 0; i--)
		if (__builtin_mul_overflow(v, 1024, &v))
			return false;
	*bytes = v;
	return true;
}
