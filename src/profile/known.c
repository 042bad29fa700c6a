/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/known.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "profile/names.h"

#define NAMES 32768
#define TEXT  100 /* longer names are not remembered */

enum { HAS_SPLIT = 1, HAS_KEY = 2, IS_LISTED = 4 };

struct one {
	uint64_t hash;
	struct ip key;
	uint8_t len; /* 0: nothing */
	uint8_t has;
	uint8_t domain, suffix;
	char text[TEXT];
};
static_assert(sizeof(struct one) == 128, "two lines of cache");

struct known {
	struct one name[NAMES];
};

/*
 * In two pages where the system has large ones: names come in no order, and each small page
 * would be waited for when it is first looked at and again when written to. Who hears no
 * name has neither.
 */
struct known *
known_new(void)
{
	size_t size = sizeof(struct known);
	struct known *k = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (k == MAP_FAILED)
		return NULL;
	(void)madvise(k, size, MADV_HUGEPAGE);
	return k;
}

void
known_free(struct known *k)
{
	if (k)
		(void)munmap(k, sizeof *k);
}

void
known_fetch(const struct known *k, uint64_t hash)
{
	if (k == NULL)
		return;
	__builtin_prefetch(&k->name[hash % NAMES], 1);
	__builtin_prefetch((const char *)&k->name[hash % NAMES] + 64, 1);
}

/* Its place, emptied if another name was there; NULL: it is not one to be remembered. */
static struct one *
place(struct known *k, struct span name, uint64_t hash)
{
	struct one *n;

	if (k == NULL || name.len > TEXT)
		return NULL;
	n = &k->name[hash % NAMES];
	if (n->hash == hash && n->len == name.len &&
	    memcmp(n->text, name.at, name.len) == 0)
		return n;
	n->hash = hash;
	n->len = (uint8_t)name.len;
	n->has = 0;
	memcpy(n->text, name.at, name.len);
	return n;
}

static bool
recall(const struct one *n, struct domain_split *s)
{
	if (n == NULL || !(n->has & HAS_SPLIT))
		return false;
	*s = (struct domain_split){ n->domain, n->suffix, (n->has & IS_LISTED) != 0 };
	return true;
}

static void
remember(struct one *n, const struct domain_split *s)
{
	if (n == NULL)
		return;
	n->domain = (uint8_t)s->domain;
	n->suffix = (uint8_t)s->suffix;
	n->has |= HAS_SPLIT | (s->listed ? IS_LISTED : 0);
}

/* Names differ in their first label more often than in the rest, so that is remembered, too. */
static struct domain_split
split(struct known *k, const char *text, size_t len)
{
	size_t at = domain_rest(text, len);
	struct span rest = { (const uint8_t *)text + at, len - at };
	struct domain_split s;
	struct one *n;

	if (at == 0)
		return domain_split(text, len);
	n = place(k, rest, XXH3_64bits(rest.at, rest.len));
	if (!recall(n, &s)) {
		s = domain_split(text + at, rest.len);
		remember(n, &s);
	}
	return domain_above(text, len, at, s);
}

struct domain_split
known_split(struct known *k, struct span name, uint64_t hash)
{
	struct domain_split s;
	char text[NAME_TEXT];

	if (recall(place(k, name, hash), &s))
		return s;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	s = split(k, text, name.len);
	/* The rest may have taken its place. */
	remember(place(k, name, hash), &s);
	return s;
}

struct ip
known_key(struct known *k, struct span name, uint64_t hash)
{
	struct one *n = place(k, name, hash);
	struct ip key;

	if (n != NULL && (n->has & HAS_KEY))
		return n->key;
	key = name_key(name);
	if (n != NULL) {
		n->key = key;
		n->has |= HAS_KEY;
	}
	return key;
}
