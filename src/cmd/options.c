/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include <string.h>

#include "base/stamp.h"

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

/* "1528636800.25" */
static bool
epoch_time(const char *text, uint64_t *t_ns)
{
	uint64_t s = 0, fraction = 0, unit = SECOND_NS;

	if (*text == '\0' || *text == '.')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(s, 10, &s) ||
		    __builtin_add_overflow(s, (uint64_t)(*text - '0'), &s))
			return false;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9' && unit > 1; text++)
			fraction += (uint64_t)(*text - '0') * (unit /= 10);
	return *text == '\0' && !__builtin_mul_overflow(s, SECOND_NS, &s) &&
	       !__builtin_add_overflow(s, fraction, t_ns);
}

bool
option_time(const char *text, uint64_t *t_ns)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd", rest[] = "0000-00-00T00:00:00";
	char full[STAMP_TEXT];
	size_t n = strlen(text), i = 0;

	if (strspn(text, "0123456789.") == n && n > 8)
		return epoch_time(text, t_ns);
	if (n + sizeof rest > sizeof full)
		return false;
	for (; i < sizeof shape - 1 && i < n; i++) {
		bool same = shape[i] == 'd'   ? text[i] >= '0' && text[i] <= '9'
			    : shape[i] == '-' ? text[i] == '-' || text[i] == '/'
			    : shape[i] == 'T' ? strchr("Tt .", text[i]) != NULL
					      : text[i] == shape[i];

		if (!same)
			break;
		full[i] = shape[i] == 'd' ? text[i] : shape[i];
	}
	/* What was left out from the day on is zero; a half number is not. */
	if (i < 10 || (i != 10 && i != 13 && i != 16 && i != sizeof shape - 1))
		return false;
	memcpy(full + i, rest + i, sizeof rest - 1 - i);
	text += i;
	n = strlen(text);
	memcpy(full + sizeof rest - 1, text, n + 1);
	if (n == 0 || (text[0] == '.' && strspn(text + 1, "0123456789") == n - 1))
		memcpy(full + sizeof rest - 1 + n, "Z", 2);
	return stamp_parse((struct span){ (const uint8_t *)full, strlen(full) }, t_ns);
}
