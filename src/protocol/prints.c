/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/prints.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* What the fingerprints of a hello are made of; `len` past the end: it is too much. */
struct key {
	uint8_t at[PRINTS_KEY];
	size_t len;
};

static void
put(struct key *k, const void *bytes, size_t n)
{
	if (k->len <= PRINTS_KEY && n <= PRINTS_KEY - k->len && n > 0)
		memcpy(k->at + k->len, bytes, n);
	k->len += n;
}

static void
put16(struct key *k, uint16_t v)
{
	put(k, &v, sizeof v);
}

static void
put_span(struct key *k, struct span s)
{
	put16(k, (uint16_t)s.len);
	put(k, s.at, s.len);
}

/* All lists are under 64 KiB, and so are the types of extensions. */
static void
put_types(struct key *k, struct span extensions)
{
	struct cursor c = cursor_of(extensions);
	struct span content;
	uint16_t type;

	while (k->len <= PRINTS_KEY && hello_extension(&c, &type, &content))
		put16(k, type);
}

static void
key_of(struct key *k, const struct hello_client *h, enum fingerprint_carrier carrier)
{
	const uint8_t flags[] = { (uint8_t)carrier, h->v2, h->has_name };

	k->len = 0;
	put(k, flags, sizeof flags);
	put16(k, h->version);
	put16(k, h->highest);
	put_span(k, h->ciphers);
	put_span(k, h->groups);
	put_span(k, h->formats);
	put_span(k, h->signatures);
	put_span(k, h->alpn);
	put_types(k, h->extensions); /* the last: what is left of the key */
}

static void
make(struct prints_one *p, const struct hello_client *h, enum fingerprint_carrier carrier,
    struct buf *work)
{
	p->has_ja3 = fingerprint_ja3(h, work, p->ja3);
	if (!fingerprint_ja4(h, carrier, work, p->ja4))
		p->ja4[0] = '\0';
}

/* A server's: what comes first is no carrier, so it is no client's. */
static void
server_key(struct key *k, const struct hello_server *h)
{
	const uint8_t server = 0xff;

	k->len = 0;
	put(k, &server, sizeof server);
	put16(k, h->version);
	put16(k, h->cipher);
	put_types(k, h->extensions);
}

/*
 * Where what has this key is kept, or will be; `alone` if it cannot be. True: it is
 * there, else it is to be made.
 */
static bool
find(struct prints *kept, const struct key *key, struct prints_one *alone,
    struct prints_one **out)
{
	struct prints_one *p = alone;

	if (kept && key->len <= PRINTS_KEY)
		p = &kept->at[XXH3_64bits(key->at, key->len) % PRINTS_KEPT];
	*out = p;
	if (p->len != 0 && p->len == key->len && memcmp(p->key, key->at, key->len) == 0)
		return true;
	if (p != alone) {
		memcpy(p->key, key->at, key->len);
		p->len = (uint16_t)key->len;
	}
	return false;
}

void
prints_of(struct prints *kept, const struct hello_client *h,
    enum fingerprint_carrier carrier, struct buf *work, struct trait_tls *out)
{
	struct prints_one alone, *p;
	struct key key;

	alone.len = 0;
	key_of(&key, h, carrier);
	if (!find(kept, &key, &alone, &p))
		make(p, h, carrier, work);
	if (p->has_ja3) {
		out->flags |= TRAIT_TLS_JA3;
		memcpy(out->ja3, p->ja3, sizeof out->ja3);
	}
	memcpy(out->ja4, p->ja4, sizeof out->ja4);
}

void
prints_of_server(struct prints *kept, const struct hello_server *h, struct buf *work,
    struct trait_tls *out)
{
	struct prints_one alone, *p;
	struct key key;

	alone.len = 0;
	server_key(&key, h);
	if (!find(kept, &key, &alone, &p))
		p->has_ja3 = fingerprint_ja3s(h, work, p->ja3);
	if (p->has_ja3) {
		out->flags |= TRAIT_TLS_JA3S;
		memcpy(out->ja3s, p->ja3, sizeof out->ja3s);
	}
}
