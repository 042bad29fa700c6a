/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/packets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "evidence/merkle.h"
#include "evidence/strict.h"

#define NUMBER_BYTES 8
#define PART_MAX     ((size_t)4 << 20) /* bytes of a head or a tail */

static void
put_be(uint8_t *to, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static void
make_salt(uint8_t salt[static PACKETS_SALT], const char *what,
    const uint8_t secret[static PACKETS_SECRET], uint64_t number)
{
	uint8_t message[4 + NUMBER_BYTES];
	struct digest d;

	memcpy(message, what, 4);
	put_be(message + 4, number, NUMBER_BYTES);
	d = digest_keyed((struct span){ secret, PACKETS_SECRET },
	    (struct span){ message, sizeof message });
	memcpy(salt, d.b, PACKETS_SALT);
}

void
packets_salts(
    struct packet_whole *p, const uint8_t secret[static PACKETS_SECRET], uint64_t number)
{
	make_salt(p->head.salt, "head", secret, number);
	make_salt(p->tail.salt, "tail", secret, number);
}

/* A leaf of RFC 6962: a zero byte in front. `domain` with its NUL. */
static struct digest
leaf(struct span domain, const struct packet_part *p, struct span between)
{
	static const uint8_t zero[1];
	struct digest_stream s;

	digest_stream_begin(&s);
	digest_stream_add(&s, (struct span){ zero, 1 });
	digest_stream_add(&s, domain);
	digest_stream_add(&s, (struct span){ p->salt, PACKETS_SALT });
	digest_stream_add(&s, between);
	digest_stream_add(&s, p->bytes);
	return digest_stream_end(&s);
}

struct digest
packets_head(const struct packet_whole *p)
{
	static const uint8_t domain[] = "geophone/pkt/v1";
	uint8_t numbers[8 + 4 + 4];

	put_be(numbers, p->time_ns, 8);
	put_be(numbers + 8, p->caplen, 4);
	put_be(numbers + 12, p->wire, 4);
	return leaf((struct span){ domain, sizeof domain }, &p->head,
	    (struct span){ numbers, sizeof numbers });
}

struct digest
packets_tail(const struct packet_part *p)
{
	static const uint8_t domain[] = "geophone/tail/v1";

	return leaf((struct span){ domain, sizeof domain }, p, (struct span){ domain, 0 });
}

void
packets_add(struct packets *t, const struct digest *node)
{
	struct digest d = *node;

	CHECK(t->depth < PACKETS_LEVELS);
	for (uint64_t n = t->n; n & 1; n >>= 1)
		d = merkle_node(&t->stack[--t->depth], &d);
	t->stack[t->depth++] = d;
	t->n++;
}

struct digest
packets_root(const struct packets *t)
{
	struct digest d;

	CHECK(t->n > 0);
	d = t->stack[t->depth - 1];
	for (unsigned i = t->depth - 1; i > 0; i--)
		d = merkle_node(&t->stack[i - 1], &d);
	return d;
}

static void
put_digest(struct json *j, const char *key, const struct digest *d)
{
	char hex[DIGEST_HEX];

	json_key(j, key), json_str(j, digest_hex(d, hex));
}

static void
put_part(struct json *j, const char *key, const char *salt_key, const struct packet_part *p)
{
	struct digest wide = { 0 };
	char hex[DIGEST_HEX];
	struct buf text;

	buf_init(&text, BASE64_CHARS(PART_MAX) + 4);
	base64_encode(p->bytes, &text);
	CHECK(!text.bad);
	json_key(j, key), json_str(j, text.at ? text.at : "");
	buf_release(&text);
	memcpy(wide.b, p->salt, PACKETS_SALT);
	(void)digest_hex(&wide, hex);
	hex[2 * PACKETS_SALT] = '\0';
	json_key(j, salt_key), json_str(j, hex);
}

static void
put_numbers(struct json *j, const struct packet_whole *p)
{
	char digits[24];

	(void)snprintf(digits, sizeof digits, "%" PRIu64, p->time_ns);
	json_key(j, "time_ns"), json_str(j, digits);
	json_key(j, "wire"), json_uint(j, p->wire);
}

/* The way it is spelled, from which it is also judged. */
static void
put_line(const struct packet_whole *p, const struct digest *tail, const struct digest *node,
    enum packets_shown how, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	if (how == PACKETS_WITHHELD) {
		put_digest(&j, "withheld", node);
	} else {
		json_key(&j, "caplen"), json_uint(&j, p->caplen);
		put_part(&j, "head", "head_salt", &p->head);
		if (how == PACKETS_WHOLE)
			put_part(&j, "tail", "tail_salt", &p->tail);
		else
			put_digest(&j, "tail_hash", tail);
		put_numbers(&j, p);
	}
	json_close(&j, '}');
	buf_putc(out, '\n');
}

void
packets_line(struct packets *t, const struct packet_whole *p, enum packets_shown how,
    struct buf *out)
{
	struct digest head = packets_head(p), tail = packets_tail(&p->tail);
	struct digest node = merkle_node(&head, &tail);

	put_line(p, &tail, &node, how, out);
	packets_add(t, &node);
}

struct line {
	struct packet_whole p;
	struct digest tail, node;
	enum packets_shown how;
	struct buf head_bytes, tail_bytes;
};

/* Up to the next quote, which is stepped over. */
static struct span
get_span(struct cursor *c)
{
	const uint8_t *end = c->bad || c->left == 0 ? NULL : memchr(c->at, '"', c->left);
	struct span s;

	if (end == NULL) {
		c->bad = true;
		return (struct span){ 0 };
	}
	s = cursor_take(c, (size_t)(end - c->at));
	cursor_skip(c, 1);
	return s;
}

static void
get_part(struct cursor *c, const char *between, struct packet_part *p, struct buf *bytes)
{
	static const char digits[] = "0123456789abcdef";
	struct span text = get_span(c);
	char hex[2 * PACKETS_SALT + 1];

	if (c->bad || !base64_decode(text, bytes) || bytes->bad) {
		c->bad = true;
		return;
	}
	p->bytes = buf_span(bytes);
	expect(c, between);
	get_text(c, hex, sizeof hex);
	if (strspn(hex, digits) != 2 * PACKETS_SALT) {
		c->bad = true;
		return;
	}
	for (size_t i = 0; i < PACKETS_SALT; i++)
		p->salt[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
				       (strchr(digits, hex[2 * i + 1]) - digits));
}

static uint32_t
get_u32(struct cursor *c)
{
	uint64_t v = get_number(c);

	if (v > UINT32_MAX)
		c->bad = true;
	return (uint32_t)v;
}

static void
get_line(struct cursor *c, struct line *l)
{
	struct packet_whole *p = &l->p;
	struct digest head;

	if (next_is(c, "{\"withheld\":\"")) {
		l->how = PACKETS_WITHHELD;
		expect(c, "{\"withheld\":\"");
		get_hex(c, l->node.b);
		expect(c, "}");
		return;
	}
	expect(c, "{\"caplen\":");
	p->caplen = get_u32(c);
	expect(c, ",\"head\":\"");
	get_part(c, ",\"head_salt\":\"", &p->head, &l->head_bytes);
	if (next_is(c, ",\"tail\":\"")) {
		l->how = PACKETS_WHOLE;
		expect(c, ",\"tail\":\"");
		get_part(c, ",\"tail_salt\":\"", &p->tail, &l->tail_bytes);
		l->tail = packets_tail(&p->tail);
		c->bad |= p->head.bytes.len + p->tail.bytes.len != p->caplen;
	} else {
		l->how = PACKETS_HEAD;
		expect(c, ",\"tail_hash\":\"");
		get_hex(c, l->tail.b);
		c->bad |= p->head.bytes.len > p->caplen;
	}
	expect(c, ",\"time_ns\":\"");
	p->time_ns = get_number(c);
	expect(c, "\",\"wire\":");
	p->wire = get_u32(c);
	expect(c, "}");
	head = packets_head(p);
	l->node = merkle_node(&head, &l->tail);
}

/* One spelling: what was read is written again and compared. */
static bool
read_line(struct span text, struct line *l)
{
	struct cursor c = cursor_of(text);
	struct buf again;
	bool same;

	buf_reset(&l->head_bytes), buf_reset(&l->tail_bytes);
	l->p = (struct packet_whole){ 0 };
	get_line(&c, l);
	if (c.bad || c.left > 0)
		return false;
	buf_init(&again, text.len + 1);
	put_line(&l->p, &l->tail, &l->node, l->how, &again);
	same = !again.bad && again.len == text.len + 1 &&
	       memcmp(again.at, text.at, text.len) == 0;
	buf_release(&again);
	return same;
}

enum status
packets_read(struct span text, struct packets_read *out, struct error *err)
{
	struct packets_read r = { 0 };
	struct packets tree = { 0 };
	struct line l = { 0 };
	bool good = true;

	buf_init(&l.head_bytes, PART_MAX), buf_init(&l.tail_bytes, PART_MAX);
	while (good && text.len > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.len);

		good =
		    end && read_line((struct span){ text.at, (size_t)(end - text.at) }, &l);
		if (!good)
			break;
		packets_add(&tree, &l.node);
		r.shown[l.how]++;
		text.len -= (size_t)(end - text.at) + 1;
		text.at = end + 1;
	}
	buf_release(&l.head_bytes), buf_release(&l.tail_bytes);
	if (!good || tree.n == 0)
		return error_set(
		    err, E_FORMAT, "line %" PRIu64 " is no packet of a slice", tree.n + 1);
	r.n = tree.n;
	r.root = packets_root(&tree);
	*out = r;
	return OK;
}
