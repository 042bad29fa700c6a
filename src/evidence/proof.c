/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/proof.h"

#include <inttypes.h>

#include "base/base64.h"
#include "evidence/digits.h"

#define HEAD "c2sp.org/tlog-proof@v1"

void
proof_encode(const struct proof *p, struct buf *out)
{
	buf_puts(out, HEAD "\n");
	if (p->extra.len > 0) {
		buf_puts(out, "extra ");
		buf_put(out, p->extra.at, p->extra.len);
		buf_putc(out, '\n');
	}
	buf_printf(out, "index %" PRIu64 "\n", p->index);
	for (unsigned i = 0; i < p->path.n; i++) {
		base64_encode((struct span){ p->path.hash[i].b, DIGEST_BYTES }, out);
		buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
	buf_put(out, p->note.at, p->note.len);
}

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

/* What follows `word` and a space; false when the line does not begin so. */
static bool
after(struct span l, const char *word, struct span *rest)
{
	size_t n = strlen(word);

	if (l.len <= n || memcmp(l.at, word, n) != 0 || l.at[n] != ' ')
		return false;
	*rest = (struct span){ l.at + n + 1, l.len - n - 1 };
	return true;
}

static enum status
parse_path(struct cursor *c, struct merkle_path *p, struct error *err)
{
	for (;;) {
		struct span l = line(c);

		if (c->bad)
			return error_set(err, E_FORMAT, "the proof has no checkpoint");
		if (l.len == 0)
			return OK;
		if (p->n == MERKLE_PATH_MAX)
			return error_set(err, E_LIMIT, "the proof has more than %d hashes",
			    MERKLE_PATH_MAX);
		if (!base64_decode_exact(l, p->hash[p->n].b, DIGEST_BYTES))
			return error_set(
			    err, E_FORMAT, "hash %u of the proof is no SHA-256", p->n + 1);
		p->n++;
	}
}

enum status
proof_parse(struct span text, struct proof *out, struct error *err)
{
	struct cursor c = cursor_of(text);
	struct proof p = { 0 };
	struct span l, number;
	struct buf nothing;
	enum status st;

	if (text.len > PROOF_MAX)
		return error_set(err, E_LIMIT, "the proof has %zu bytes", text.len);
	l = line(&c);
	if (l.len != strlen(HEAD) || memcmp(l.at, HEAD, l.len) != 0)
		return error_set(err, E_FORMAT, "not a " HEAD);
	l = line(&c);
	if (after(l, "extra", &p.extra)) {
		buf_init(&nothing, 0); /* only whether it is base64 */
		if (p.extra.len == 0 || p.extra.len > PROOF_EXTRA_MAX ||
		    !base64_decode(p.extra, &nothing))
			return error_set(err, E_FORMAT, "the extra data is no base64");
		l = line(&c);
	}
	if (!after(l, "index", &number) || !digits_parse(number, &p.index))
		return error_set(err, E_FORMAT, "the proof does not name the index");
	st = parse_path(&c, &p.path, err);
	if (st != OK)
		return st;
	p.note = cursor_rest(&c);
	*out = p;
	return OK;
}

bool
proof_includes(
    const struct proof *p, const struct checkpoint *cp, const struct digest *leaf)
{
	return merkle_includes(&cp->root, cp->size, p->index, leaf, &p->path);
}
