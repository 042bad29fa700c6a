/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/checkpoint.h"

#include <inttypes.h>

#include "base/base64.h"
#include "evidence/digits.h"

void
checkpoint_text(const struct checkpoint *c, struct buf *out)
{
	buf_printf(out, "%s\n%" PRIu64 "\n", c->origin, c->size);
	base64_encode((struct span){ c->root.b, DIGEST_BYTES }, out);
	buf_putc(out, '\n');
}

/* Up to the next newline, which is stepped over; bad when there is none. */
static struct span
line(struct cursor *c)
{
	const uint8_t *end = c->left ? memchr(c->at, '\n', c->left) : NULL;
	struct span s;

	if (end == NULL) {
		c->bad = true;
		return (struct span){ 0 };
	}
	s = cursor_take(c, (size_t)(end - c->at));
	cursor_skip(c, 1);
	return s;
}

enum status
checkpoint_parse(struct span text, struct checkpoint *out, struct error *err)
{
	struct cursor c = cursor_of(text);
	struct span origin = line(&c), size = line(&c), root = line(&c);
	struct checkpoint cp = { 0 };

	if (c.bad || origin.len == 0 || origin.len >= sizeof cp.origin ||
	    memchr(origin.at, '\0', origin.len) != NULL)
		return error_set(
		    err, E_FORMAT, "not a checkpoint: origin, size and root, a line each");
	memcpy(cp.origin, origin.at, origin.len);
	if (!digits_parse(size, &cp.size) || cp.size > MERKLE_SIZE_MAX)
		return error_set(err, E_FORMAT, "the size of the checkpoint is no size");
	if (!base64_decode_exact(root, cp.root.b, DIGEST_BYTES))
		return error_set(err, E_FORMAT, "the root of the checkpoint is no SHA-256");
	while (c.left > 0)
		if (line(&c).len == 0 || c.bad)
			return error_set(
			    err, E_FORMAT, "the checkpoint has an empty line in it");
	*out = cp;
	return OK;
}

enum status
checkpoint_sign(
    const struct checkpoint *c, const struct key *key, struct buf *out, struct error *err)
{
	struct buf text;
	enum status st;

	buf_init(&text, 2 * NOTE_NAME);
	checkpoint_text(c, &text);
	st = buf_state(&text, "the checkpoint", err);
	if (st == OK) {
		buf_put(out, text.at, text.len);
		buf_putc(out, '\n');
		st = note_sign(c->origin, key, buf_span(&text), out, err);
	}
	buf_release(&text);
	return st;
}
