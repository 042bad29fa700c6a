/* SPDX-License-Identifier: Apache-2.0 */
#include "record/origin.h"

#include <string.h>

#define KEY    "line_sha256"
#define MEMBER "\"" KEY "\":\""

/*
 * Where the member is or would be: at the first key of the outer object that does not
 * come before it, or at its end. The line may be anything; then so is the place.
 */
static size_t
place_of(struct span s)
{
	unsigned depth = 0;
	bool key = false;

	for (size_t i = 0; i < s.len; i++) {
		size_t from = i + 1;
		int order;

		switch (s.at[i]) {
		case '{':
		case '[':
			key = depth++ == 0;
			break;
		case '}':
		case ']':
			if (depth-- <= 1)
				return i;
			break;
		case ',':
			key = depth == 1;
			break;
		case '"':
			for (i++; i < s.len && s.at[i] != '"'; i++)
				i += s.at[i] == '\\';
			if (!key || i >= s.len)
				break;
			key = false;
			order = memcmp(s.at + from, KEY,
			    i - from < sizeof KEY - 1 ? i - from : sizeof KEY - 1);
			if (order > 0 || (order == 0 && i - from >= sizeof KEY - 1))
				return from - 1;
			break;
		default:
			break;
		}
	}
	return s.len;
}

void
origin_put(struct span line, const struct digest *d, struct buf *out)
{
	size_t at = place_of(line);
	bool last = at < line.len && line.at[at] == '}';
	char hex[DIGEST_HEX];

	buf_put(out, line.at, at);
	if (last && at > 1)
		buf_putc(out, ',');
	buf_printf(out, MEMBER "%s\"%s", digest_hex(d, hex), last ? "" : ",");
	buf_put(out, line.at + at, line.len - at);
}

static bool
from_hex(const uint8_t *hex, struct digest *d)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		const char *high = memchr(digits, hex[2 * i], 16);
		const char *low = memchr(digits, hex[2 * i + 1], 16);

		if (high == NULL || low == NULL)
			return false;
		d->b[i] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	return true;
}

/* Nothing but what origin_put writes before and behind it: so there is one way to say it. */
static bool
stands_alone(struct span line, size_t at, size_t behind)
{
	uint8_t next = behind < line.len ? line.at[behind] : 0;

	if (next == ',')
		return behind + 1 < line.len && line.at[behind + 1] == '"';
	return next == '}' && (at <= 1 || line.at[at - 1] == ',');
}

enum status
origin_take(
    struct span line, struct buf *without, struct digest *d, bool *has, struct error *err)
{
	const size_t front = sizeof MEMBER - 1, all = front + 2 * DIGEST_BYTES + 1;
	size_t at = place_of(line), behind;
	bool comma;

	buf_reset(without);
	*has = line.len - at >= front && memcmp(line.at + at, MEMBER, front) == 0;
	if (!*has) {
		buf_put(without, line.at, line.len);
		return buf_state(without, "a record", err);
	}
	if (line.len - at < all || line.at[at + all - 1] != '"' ||
	    !from_hex(line.at + at + front, d))
		return error_set(err, E_FORMAT, "field \"" KEY "\" is no SHA-256 in hex");
	/* With it goes the comma behind it, or of the last member the one before. */
	behind = at + all;
	comma = behind < line.len && line.at[behind] == ',';
	if (!stands_alone(line, at, behind))
		return error_set(
		    err, E_FORMAT, "field \"" KEY "\" does not stand between commas");
	buf_put(without, line.at, at - (!comma && at > 1));
	buf_put(without, line.at + behind + comma, line.len - behind - comma);
	return buf_state(without, "a record", err);
}
