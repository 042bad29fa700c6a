/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/manifest.h"

#define HEX_DIGITS (DIGEST_HEX - 1)

static bool
component_is_sound(const char *at, size_t n)
{
	if (n == 0 || at[0] == '.' || at[0] == '-' || at[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		char b = at[i];

		if (!((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
			(b >= '0' && b <= '9') || strchr("._-+=,@", b) != NULL))
			return false;
	}
	return true;
}

bool
bag_path_is_sound(const char *path)
{
	unsigned depth = 0;

	if (strlen(path) >= BAG_PATH)
		return false;
	for (;;) {
		size_t n = strcspn(path, "/");

		if (++depth > BAG_DEPTH || !component_is_sound(path, n))
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

static char
fold(char b)
{
	return b >= 'A' && b <= 'Z' ? (char)(b - 'A' + 'a') : b;
}

int
bag_path_fold_compare(const char *a, const char *b)
{
	while (*a != '\0' && fold(*a) == fold(*b))
		a++, b++;
	return (unsigned char)fold(*a) - (unsigned char)fold(*b);
}

void
manifest_put(struct buf *out, const struct digest *d, const char *path)
{
	char hex[DIGEST_HEX];

	buf_printf(out, "%s  %s\n", digest_hex(d, hex), path);
}

void
manifest_read(struct manifest_reader *r, struct span text)
{
	*r = (struct manifest_reader){ .c = cursor_of(text) };
}

static bool
hex_to_digest(struct span hex, struct digest *d)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < hex.len; i++) {
		const char *p = hex.at[i] ? strchr(digits, hex.at[i]) : NULL;

		if (p == NULL)
			return false;
		if (i % 2 == 0)
			d->b[i / 2] = (uint8_t)((p - digits) << 4);
		else
			d->b[i / 2] |= (uint8_t)(p - digits);
	}
	return true;
}

/* Up to the newline, which is stepped over; false when there is none. */
static bool
next_line(struct cursor *c, struct span *line)
{
	const uint8_t *end = memchr(c->at, '\n', c->left);

	if (end == NULL) {
		*line = cursor_take(c, c->left);
		return false;
	}
	*line = cursor_take(c, (size_t)(end - c->at));
	cursor_skip(c, 1);
	return true;
}

enum manifest_verdict
manifest_next(struct manifest_reader *r)
{
	struct span line;
	struct cursor c;
	size_t n;

	if (r->c.left == 0)
		return MANIFEST_END;
	r->line++;
	if (!next_line(&r->c, &line))
		return MANIFEST_SPELLING;
	c = cursor_of(line);
	if (!hex_to_digest(cursor_take(&c, HEX_DIGITS), &r->digest) ||
	    cursor_u8(&c) != ' ' || cursor_u8(&c) != ' ' || c.bad)
		return MANIFEST_SPELLING;
	n = c.left;
	if (n == 0 || n >= BAG_PATH || memchr(c.at, '\0', n) != NULL)
		return MANIFEST_PATH;
	cursor_copy(&c, r->path, n);
	r->path[n] = '\0';
	if (!bag_path_is_sound(r->path))
		return MANIFEST_PATH;
	if (strcmp(r->last, r->path) >= 0)
		return MANIFEST_UNORDERED;
	memcpy(r->last, r->path, n + 1);
	return MANIFEST_LINE;
}
