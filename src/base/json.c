/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

void
json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

static void
json_before(struct json *j)
{
	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (j->comma)
		buf_putc(j->out, ',');
}

void
json_open(struct json *j, char bracket)
{
	json_before(j);
	buf_putc(j->out, bracket);
	CHECK(j->depth + 1 < JSON_DEPTH);
	j->depth++;
	j->last[j->depth][0] = '\0';
	j->comma = false;
}

void
json_close(struct json *j, char bracket)
{
	CHECK(j->depth > 0);
	j->depth--;
	buf_putc(j->out, bracket);
	j->comma = true;
}

void
json_key(struct json *j, const char *key)
{
	char *last = j->last[j->depth];

	CHECK(strlen(key) < JSON_KEY && strcmp(last, key) < 0);
	memcpy(last, key, strlen(key) + 1);
	json_before(j);
	j->comma = false;
	json_str(j, key);
	buf_putc(j->out, ':');
	j->keyed = true;
}

static void
json_escape(struct buf *b, uint8_t c)
{
	static const char letter[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};

	if (c == '"' || c == '\\')
		buf_printf(b, "\\%c", c);
	else if (letter[c])
		buf_printf(b, "\\%c", letter[c]);
	else
		buf_printf(b, "\\u%04x", c);
}

void
json_bytes(struct json *j, struct span s)
{
	struct buf *b = j->out;
	size_t i = 0, plain = 0;

	json_before(j);
	buf_putc(b, '"');
	while (i < s.len) {
		uint8_t c = s.at[i];
		size_t n = 1;

		if (c >= 0x20 && c != '"' && c != '\\') {
			n = utf8_length(s.at + i, s.len - i);
			if (n > 0) {
				i += n;
				continue;
			}
		}
		buf_put(b, s.at + plain, i - plain);
		if (n == 0)
			buf_puts(b, UTF8_REPLACEMENT);
		else
			json_escape(b, c);
		i++;
		plain = i;
	}
	if (s.len > plain)
		buf_put(b, s.at + plain, s.len - plain);
	buf_putc(b, '"');
	j->comma = true;
}

void
json_str(struct json *j, const char *s)
{
	json_bytes(j, (struct span){ .at = (const uint8_t *)s, .len = strlen(s) });
}

void
json_int(struct json *j, int64_t v)
{
	json_before(j);
	buf_printf(j->out, "%" PRId64, v);
	j->comma = true;
}

void
json_uint(struct json *j, uint64_t v)
{
	json_before(j);
	buf_printf(j->out, "%" PRIu64, v);
	j->comma = true;
}

void
json_bool(struct json *j, bool v)
{
	json_before(j);
	buf_puts(j->out, v ? "true" : "false");
	j->comma = true;
}

void
json_none(struct json *j)
{
	json_before(j);
	buf_puts(j->out, "null");
	j->comma = true;
}

void
json_raw(struct json *j, struct span s)
{
	json_before(j);
	buf_put(j->out, s.at, s.len);
	j->comma = true;
}
