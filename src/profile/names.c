/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/names_own.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/digest.h"

/* What one name is counted to take, with its text and two links. */
#define NAME_COST 320
#define TEXT_EACH 40
#define LEVELS    64

struct ip
name_key(struct span clean)
{
	struct digest d = digest_of(clean);
	struct ip key = { .b = { 1 } };

	memcpy(key.b + 1, d.b, sizeof key.b - 1);
	return key;
}

static void
lay_out(struct names *ns)
{
	struct reserve *r = &ns->reserve;

	ns->name = reserve_take(r, ns->names_most + 1, sizeof *ns->name);
	ns->text = reserve_take(r, ns->used_most, 1);
	ns->link = reserve_take(r, ns->links_most, sizeof *ns->link);
	slots_take(&ns->name_slot, r, ns->names_most + 1);
	slots_take(&ns->link_slot, r, ns->links_most);
	ns->moved = reserve_take(r, ns->names_most + 1, sizeof *ns->moved);
	ns->by_name = reserve_take(r, ns->links_most, sizeof *ns->by_name);
	ns->sorted = reserve_take(r, ns->links_most, sizeof *ns->sorted);
}

enum status
names_new(struct names **out, size_t memory, struct error *err)
{
	struct names *ns = calloc(1, sizeof *ns);
	size_t most = memory / NAME_COST;

	if (ns == NULL)
		return error_set(err, E_NOMEM, "no memory for names");
	most = most < UINT32_MAX / 4 ? most : UINT32_MAX / 4;
	ns->names_most = (uint32_t)most;
	ns->links_most = 2 * ns->names_most;
	ns->used_most = most * TEXT_EACH;
	lay_out(ns);
	if (!reserve_open(&ns->reserve)) {
		free(ns);
		return error_set(err, E_NOMEM, "no address space for names");
	}
	lay_out(ns);
	ns->names = 1; /* number 0 is nobody */
	*out = ns;
	return OK;
}

void
names_free(struct names *ns)
{
	if (ns == NULL)
		return;
	reserve_close(&ns->reserve);
	free(ns);
}

static bool
stays(const struct names *ns, uint64_t hash)
{
	return ns->level == 0 || (ns->level < LEVELS && hash >> (64 - ns->level) == 0);
}

static uint32_t
find_name(const struct names *ns, uint64_t hash, struct span text, size_t *slot)
{
	const struct slots *s = &ns->name_slot;
	size_t i = hash & s->mask;

	for (; s->at[i] != 0; i = (i + 1) & s->mask) {
		const struct name *n = &ns->name[slots_number(s->at[i])];

		if (slots_alike(s->at[i], hash) && n->hash == hash && n->len == text.len &&
		    memcmp(ns->text + n->text, text.at, text.len) == 0)
			break;
	}
	*slot = i;
	return s->at[i] ? slots_number(s->at[i]) : 0;
}

static struct span
text_of(const struct names *ns, const struct name *n)
{
	return (struct span){ (const uint8_t *)ns->text + n->text, n->len };
}

uint64_t
names_link_base(const struct name_link *l, uint64_t name_hash)
{
	uint8_t b[32] = { 0 };

	memcpy(b, l->host.b, 16);
	memcpy(b + 16, &name_hash, sizeof name_hash);
	memcpy(b + 24, &l->port, sizeof l->port);
	memcpy(b + 26, &l->name_port, sizeof l->name_port);
	b[28] = l->proto;
	return XXH3_64bits(b, sizeof b);
}

static uint64_t
link_hash(const struct names *ns, const struct name_link *l)
{
	return names_link_hash(
	    names_link_base(l, l->name != 0 ? ns->name[l->name].hash : 0), &l->address);
}

static bool
same_link(const struct name_link *a, const struct name_link *b)
{
	return a->name == b->name && a->port == b->port && a->proto == b->proto &&
	       a->name_port == b->name_port && ip_equal(&a->host, &b->host) &&
	       ip_equal(&a->address, &b->address);
}

static size_t
link_place(const struct names *ns, const struct name_link *l, uint64_t hash)
{
	const struct slots *s = &ns->link_slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    same_link(&ns->link[slots_number(s->at[i])], l)))
		i = (i + 1) & s->mask;
	return i;
}

static void
place_link(struct names *ns, uint32_t i)
{
	const struct name_link *l = &ns->link[i];
	uint64_t hash = link_hash(ns, l);

	ns->link_slot.at[link_place(ns, l, hash)] = slots_of(hash, i);
}

/* Twice the places, once names or links have filled half of theirs. */
static void
make_places(struct names *ns)
{
	if (slots_crowded(&ns->name_slot, ns->names)) {
		slots_double(&ns->name_slot);
		for (uint32_t i = 1; i < ns->names; i++) {
			const struct name *n = &ns->name[i];
			size_t slot;

			(void)find_name(ns, n->hash, text_of(ns, n), &slot);
			ns->name_slot.at[slot] = slots_of(n->hash, i);
		}
	}
	if (slots_crowded(&ns->link_slot, ns->links)) {
		slots_double(&ns->link_slot);
		for (uint32_t i = 0; i < ns->links; i++)
			place_link(ns, i);
	}
}

/* Links to nobody go by their own hash, as else they would never go. */
static bool
link_stays(const struct names *ns, const struct name_link *l)
{
	if (l->name != 0)
		return stays(ns, ns->name[l->name].hash);
	return stays(ns, link_hash(ns, l));
}

/* One more zero bit: what does not stay goes, the rest moves up. */
static void
raise_level(struct names *ns)
{
	uint32_t names = 1, links = 0;
	uint32_t *moved = ns->moved;
	size_t used = 0;

	ns->level++;
	moved[0] = 0;
	slots_clear(&ns->name_slot);
	slots_clear(&ns->link_slot);
	for (uint32_t i = 0; i < ns->links; i++)
		if (link_stays(ns, &ns->link[i]))
			ns->link[links++] = ns->link[i];
	for (uint32_t i = 1; i < ns->names; i++) {
		struct name n = ns->name[i];
		size_t slot;

		moved[i] = 0;
		if (!stays(ns, n.hash))
			continue;
		memmove(ns->text + used, ns->text + n.text, n.len + 1);
		n.text = (uint32_t)used;
		used += n.len + 1;
		(void)find_name(ns, n.hash, text_of(ns, &n), &slot);
		moved[i] = names;
		ns->name_slot.at[slot] = slots_of(n.hash, names);
		ns->name[names++] = n;
	}
	ns->names = names;
	ns->used = used;
	ns->links = links;
	for (uint32_t i = 0; i < links; i++) {
		ns->link[i].name = moved[ns->link[i].name];
		place_link(ns, i);
	}
}

/* The number of a name, 0 when it is one of those that go. */
static uint32_t
number_of(struct names *ns, const struct mention *m)
{
	struct span text = m->name;
	uint64_t hash = m->hash;
	struct name *n;
	size_t slot;
	uint32_t at;

	for (;;) {
		if (!stays(ns, hash))
			return 0;
		at = find_name(ns, hash, text, &slot);
		if (at != 0)
			return at;
		if (ns->names <= ns->names_most && ns->used + text.len + 1 <= ns->used_most)
			break;
		raise_level(ns);
	}
	at = ns->names++;
	reserve_ahead(
	    ns->name, sizeof *ns->name, at, ns->names_most + 1, &ns->names_touched);
	n = &ns->name[at];
	n->hash = hash;
	n->key = known_key(m->known, text, hash);
	n->text = (uint32_t)ns->used;
	n->len = (uint32_t)text.len;
	memcpy(ns->text + ns->used, text.at, text.len);
	ns->text[ns->used + text.len] = '\0';
	ns->used += text.len + 1;
	ns->name_slot.at[slot] = slots_of(hash, at);
	return at;
}

void
names_add_link(struct names *ns, struct name_link *l, const struct mention *m)
{
	uint64_t hash = names_link_hash(m->link, &l->address);
	struct name_link *kept;
	size_t slot;

	ns->counters.seen++;
	for (;;) {
		l->name = m->name.len > 0 ? number_of(ns, m) : 0;
		if ((m->name.len > 0 && l->name == 0) || !link_stays(ns, l))
			return;
		slot = link_place(ns, l, hash);
		if (ns->link_slot.at[slot] != 0 || ns->links < ns->links_most)
			break;
		raise_level(ns);
	}
	if (ns->link_slot.at[slot] == 0) {
		reserve_ahead(ns->link, sizeof *ns->link, ns->links, ns->links_most,
		    &ns->links_touched);
		ns->link_slot.at[slot] = slots_of(hash, ns->links);
		ns->link[ns->links++] = *l;
	}
	kept = &ns->link[slots_number(ns->link_slot.at[slot])];
	kept->how |= l->how;
	kept->n += kept->n != UINT32_MAX;
	make_places(ns);
}

void
names_learn(struct names *ns, const struct name_link *link, const char *text)
{
	struct name_link l = *link;
	struct mention m;

	CHECK(!ns->sealed);
	l.n = 0;
	m.known = NULL;
	m.name = (struct span){ (const uint8_t *)m.room,
		name_clean((struct span){ (const uint8_t *)text, strlen(text) }, m.room) };
	m.hash = XXH3_64bits(m.name.at, m.name.len);
	m.link = names_link_base(&l, m.name.len > 0 ? m.hash : 0);
	names_add_link(ns, &l, &m);
}

const struct names_counters *
names_counters(const struct names *ns)
{
	return &ns->counters;
}
