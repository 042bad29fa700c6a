/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/indicators.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define CHUNK      ((size_t)1 << 20) /* keys are kept in pieces of it */
#define CHUNKS_MAX 4096
#define LISTS_MAX  65535
#define FIRST      4096

/*
 * Load is at most 8 in 10, and the table grows by a quarter: at any moment the
 * old one and the new one are there, and a power of two would not fit beside it.
 */
struct slot {
	uint32_t key; /* 1 + offset of its length byte in the pieces; 0: free */
	uint32_t tag; /* of its hash */
	uint32_t until_s;
	uint16_t list;
	uint16_t weight; /* 0: the list's */
};
static_assert(sizeof(struct slot) == 16, "a slot is 16 bytes");

struct indicators {
	struct slot *slot;
	size_t slots, used;
	uint8_t *chunk[CHUNKS_MAX];
	size_t at; /* bytes of keys */
	struct indicator_list *list;
	size_t lists;
	uint64_t count[INDICATOR_TYPE_COUNT];
	uint64_t doubled;
	uint8_t widths[129]; /* of networks: which there are */
	size_t memory;
};

/* A key is a byte of its type and its bytes: 17 of a network, 18 of an address. */
struct key {
	uint8_t b[INDICATOR_KEY + 1];
	size_t len;
};

static const char *const type_text[] = {
#define X(name, text) [INDICATOR_##name] = text,
	INDICATOR_TYPES(X)
#undef X
};

enum status
indicators_new(struct indicators **out, size_t memory, struct error *err)
{
	struct indicators *s = calloc(1, sizeof *s);

	if (s)
		s->slot = calloc(FIRST, sizeof *s->slot);
	if (s == NULL || s->slot == NULL) {
		free(s);
		return error_set(err, E_NOMEM, "no memory for indicators");
	}
	s->slots = FIRST;
	s->memory = memory;
	*out = s;
	return OK;
}

void
indicators_free(struct indicators *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CHUNKS_MAX; i++)
		free(s->chunk[i]);
	free(s->list);
	free(s->slot);
	free(s);
}

size_t
indicators_bytes(const struct indicators *s)
{
	return sizeof *s + s->slots * sizeof *s->slot +
	       (s->at + CHUNK - 1) / CHUNK * CHUNK + s->lists * sizeof *s->list;
}

uint64_t
indicators_count(const struct indicators *s, enum indicator_type type)
{
	return s->count[type];
}

uint64_t
indicators_doubled(const struct indicators *s)
{
	return s->doubled;
}

enum status
indicators_begin(struct indicators *s, const struct indicator_list *l, struct error *err)
{
	struct indicator_list *more;

	if (s->lists == LISTS_MAX)
		return error_set(err, E_LIMIT, "more than %d lists", LISTS_MAX);
	more = realloc(s->list, (s->lists + 1) * sizeof *more);
	if (more == NULL)
		return error_set(err, E_NOMEM, "no memory for a list of indicators");
	s->list = more;
	s->list[s->lists++] = *l;
	return OK;
}

void
indicators_end(struct indicators *s, int32_t weight_mb, uint64_t until_ns)
{
	s->list[s->lists - 1].weight_mb = weight_mb;
	s->list[s->lists - 1].until_ns = until_ns;
}

static const uint8_t *
key_at(const struct indicators *s, const struct slot *slot)
{
	size_t at = slot->key - 1;

	return s->chunk[at / CHUNK] + at % CHUNK;
}

static size_t
home(uint64_t hash, size_t slots)
{
	__extension__ typedef unsigned __int128 wide;

	return (size_t)((wide)hash * slots >> 64);
}

static bool
same(const struct indicators *s, const struct slot *slot, const struct key *k)
{
	const uint8_t *at = key_at(s, slot);

	return at[0] == k->len && memcmp(at + 1, k->b, k->len) == 0;
}

static struct slot *
place(const struct indicators *s, const struct key *k, uint64_t hash)
{
	size_t i = home(hash, s->slots);

	while (s->slot[i].key != 0 &&
	       (s->slot[i].tag != (uint32_t)hash || !same(s, &s->slot[i], k)))
		i = i + 1 == s->slots ? 0 : i + 1;
	return &s->slot[i];
}

static bool
grow(struct indicators *s)
{
	size_t slots = s->slots + s->slots / 4;
	struct slot *more;

	/* Both tables are there for a moment. */
	if (indicators_bytes(s) + slots * sizeof *more > s->memory)
		return false;
	more = calloc(slots, sizeof *more);
	if (more == NULL)
		return false;
	for (size_t i = 0; i < s->slots; i++) {
		const uint8_t *key;
		size_t to;

		if (s->slot[i].key == 0)
			continue;
		key = key_at(s, &s->slot[i]);
		to = home(XXH3_64bits(key + 1, key[0]), slots);
		while (more[to].key != 0)
			to = to + 1 == slots ? 0 : to + 1;
		more[to] = s->slot[i];
	}
	free(s->slot);
	s->slot = more;
	s->slots = slots;
	return true;
}

/* The length and the bytes, in one piece; SIZE_MAX: no room. */
static size_t
store(struct indicators *s, const struct key *k)
{
	size_t need = k->len + 1, at = s->at;

	if (at % CHUNK + need > CHUNK)
		at = (at / CHUNK + 1) * CHUNK;
	if (at / CHUNK >= CHUNKS_MAX || at + need >= UINT32_MAX)
		return SIZE_MAX;
	if (s->chunk[at / CHUNK] == NULL) {
		if (indicators_bytes(s) + CHUNK > s->memory)
			return SIZE_MAX;
		s->chunk[at / CHUNK] = malloc(CHUNK);
	}
	if (s->chunk[at / CHUNK] == NULL)
		return SIZE_MAX;
	s->chunk[at / CHUNK][at % CHUNK] = (uint8_t)k->len;
	memcpy(s->chunk[at / CHUNK] + at % CHUNK + 1, k->b, k->len);
	s->at = at + need;
	return at;
}

static void
key_of_address(struct key *k, const struct ip *ip, uint16_t port)
{
	k->b[0] = INDICATOR_ADDRESS;
	memcpy(k->b + 1, ip->b, 16);
	k->b[17] = (uint8_t)(port >> 8);
	k->b[18] = (uint8_t)port;
	k->len = 19;
}

static void
key_of_network(struct key *k, const struct ip *ip, unsigned bits)
{
	k->b[0] = INDICATOR_NETWORK;
	memset(k->b + 1, 0, 16);
	memcpy(k->b + 1, ip->b, bits / 8);
	if (bits % 8)
		k->b[1 + bits / 8] = (uint8_t)(ip->b[bits / 8] & (0xff00 >> bits % 8));
	k->b[17] = (uint8_t)bits;
	k->len = 18;
}

static bool
key_of_text(struct key *k, enum indicator_type type, struct span text)
{
	if (text.len == 0 || text.len > INDICATOR_KEY)
		return false;
	k->b[0] = (uint8_t)type;
	memcpy(k->b + 1, text.at, text.len);
	k->len = text.len + 1;
	return true;
}

static bool
key_of(struct key *k, const struct indicator *i)
{
	if (i->type == INDICATOR_ADDRESS)
		key_of_address(k, &i->net.ip, i->port);
	else if (i->type == INDICATOR_NETWORK)
		key_of_network(k, &i->net.ip, i->net.bits);
	else
		return key_of_text(k, i->type, i->key);
	return true;
}

static int32_t
weight_of(const struct indicators *s, const struct slot *slot)
{
	return slot->weight ? slot->weight : s->list[slot->list].weight_mb;
}

bool
indicators_add(void *state, const struct indicator *i)
{
	struct indicators *s = state;
	struct slot *slot,
	    new = { .list = (uint16_t)(s->lists - 1), .weight = (uint16_t)i->weight_mb };
	struct key k;
	uint64_t hash, until_s = (i->until_ns + 999999999) / 1000000000;
	size_t at;

	if (!key_of(&k, i))
		return true;
	new.until_s = until_s > UINT32_MAX ? 0 : (uint32_t)until_s;
	if ((s->used + 1) * 10 > s->slots * 8 && !grow(s))
		return false;
	hash = XXH3_64bits(k.b, k.len);
	slot = place(s, &k, hash);
	if (slot->key != 0) {
		s->doubled++;
		/* One that never ends, or ends later, or weighs more. */
		if (weight_of(s, &new) > weight_of(s, slot) ||
		    (weight_of(s, &new) == weight_of(s, slot) && slot->until_s != 0 &&
			(new.until_s == 0 || new.until_s > slot->until_s))) {
			new.key = slot->key;
			new.tag = slot->tag;
			*slot = new;
		}
		return true;
	}
	at = store(s, &k);
	if (at == SIZE_MAX)
		return false;
	new.key = (uint32_t)at + 1;
	new.tag = (uint32_t)hash;
	*slot = new;
	s->used++;
	s->count[i->type]++;
	if (i->type == INDICATOR_NETWORK)
		s->widths[i->net.bits] = 1;
	return true;
}

static bool
find(const struct indicators *s, const struct key *k, uint64_t t_ns, struct listed *out)
{
	const struct slot *slot = place(s, k, XXH3_64bits(k->b, k->len));
	const struct indicator_list *l;
	uint64_t until_ns;

	if (slot->key == 0)
		return false;
	l = &s->list[slot->list];
	until_ns = slot->until_s ? slot->until_s * UINT64_C(1000000000) : l->until_ns;
	if (until_ns != 0 && t_ns > until_ns)
		return false;
	out->type = (enum indicator_type)k->b[0];
	out->list = l;
	out->weight_mb = weight_of(s, slot);
	out->until_ns = until_ns;
	return true;
}

static void say(struct listed *out, const char *form, ...) PRINTF_LIKE(2, 3);

static void
say(struct listed *out, const char *form, ...)
{
	va_list ap;

	va_start(ap, form);
	(void)vsnprintf(out->text, sizeof out->text, form, ap);
	va_end(ap);
}

/* "domain evil.example": what is asked a million times a second is not formatted. */
static void
say_text(struct listed *out, enum indicator_type type, struct span key)
{
	size_t n = strlen(type_text[type]);

	memcpy(out->text, type_text[type], n);
	out->text[n] = ' ';
	memcpy(out->text + n + 1, key.at, key.len);
	out->text[n + 1 + key.len] = '\0';
}

bool
indicators_address(const struct indicators *s, const struct ip *ip, uint16_t port,
    uint64_t t_ns, struct listed *out)
{
	char text[IP_TEXT];
	struct key k;

	if (s->count[INDICATOR_ADDRESS] > 0) {
		key_of_address(&k, ip, port);
		if (port != 0 && find(s, &k, t_ns, out)) {
			say(out, ip_is_v4(ip) ? "address %s:%u" : "address [%s]:%u",
			    ip_text(ip, text), port);
			return true;
		}
		key_of_address(&k, ip, 0);
		if (find(s, &k, t_ns, out)) {
			say(out, "address %s", ip_text(ip, text));
			return true;
		}
	}
	for (unsigned bits = 128; s->count[INDICATOR_NETWORK] > 0 && bits > 0; bits--) {
		struct ip net;

		if (!s->widths[bits])
			continue;
		key_of_network(&k, ip, bits);
		if (!find(s, &k, t_ns, out))
			continue;
		memcpy(net.b, k.b + 1, 16);
		say(out, "network %s/%u", ip_text(&net, text),
		    bits - (ip_is_v4(&net) && bits >= 96 ? 96 : 0));
		return true;
	}
	return false;
}

bool
indicators_name(
    const struct indicators *s, struct span name, uint64_t t_ns, struct listed *out)
{
	struct key k;

	if (s->count[INDICATOR_DOMAIN] == 0)
		return false;
	/* From the whole of it upwards; a top-level domain is nobody's sign. */
	for (const uint8_t *dot; (dot = memchr(name.at, '.', name.len)) != NULL;) {
		if (key_of_text(&k, INDICATOR_DOMAIN, name) && find(s, &k, t_ns, out)) {
			say_text(out, INDICATOR_DOMAIN, name);
			return true;
		}
		name.len -= (size_t)(dot + 1 - name.at);
		name.at = dot + 1;
	}
	return false;
}

bool
indicators_text(const struct indicators *s, enum indicator_type type, struct span key,
    uint64_t t_ns, struct listed *out)
{
	struct key k;

	if (s->count[type] == 0 || !key_of_text(&k, type, key) || !find(s, &k, t_ns, out))
		return false;
	say_text(out, type, key);
	return true;
}
