/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/lookups_own.h"

#include <stdlib.h>
#include <string.h>

/* What a name is counted to take: with its slots, its place in the order, half a domain. */
#define NAME_COST 208
#define TEXT_EACH 20

static void
lay_out(struct lookups *l)
{
	struct reserve *r = &l->reserve;

	l->name = reserve_take(r, l->names_most, sizeof *l->name);
	l->moved = reserve_take(r, l->names_most, sizeof *l->moved);
	l->address = reserve_take(r, l->addresses_most, sizeof *l->address);
	l->domain = reserve_take(r, l->domains_most, sizeof *l->domain);
	l->text = reserve_take(r, l->used_most, 1);
	slots_take(&l->name_slot, r, l->names_most);
	slots_take(&l->domain_slot, r, l->domains_most);
}

enum status
lookups_new(struct lookups **out, size_t memory, struct error *err)
{
	struct lookups *l = calloc(1, sizeof *l);
	size_t most = (memory < LOOKUPS_MEMORY ? memory : LOOKUPS_MEMORY) / NAME_COST;

	if (l == NULL)
		return error_set(err, E_NOMEM, "no memory for look-ups");
	most = most < 16 ? 16 : most;
	l->names_most = (uint32_t)most;
	l->domains_most = l->names_most;
	l->addresses_most = l->names_most + TRAIT_ANSWERS;
	l->used_most = most * TEXT_EACH + NAME_TEXT;
	lay_out(l);
	if (!reserve_open(&l->reserve)) {
		free(l);
		return error_set(err, E_NOMEM, "no address space for look-ups");
	}
	lay_out(l);
	*out = l;
	return OK;
}

void
lookups_free(struct lookups *l)
{
	if (l == NULL)
		return;
	reserve_close(&l->reserve);
	free(l);
}

void
lookups_only(struct lookups *l, const char *domain)
{
	l->only = true;
	l->only_len = name_clean(
	    (struct span){ (const uint8_t *)domain, strlen(domain) }, l->only_domain);
}

/* A name is told by its hash: at 2^64, two names of a host are as good as never one. */
size_t
lookups_name_place(const struct lookups *l, uint64_t hash)
{
	const struct slots *s = &l->name_slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    l->name[slots_number(s->at[i])].hash == hash))
		i = (i + 1) & s->mask;
	return i;
}

size_t
lookups_domain_place(const struct lookups *l, uint64_t hash)
{
	const struct slots *s = &l->domain_slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    l->domain[slots_number(s->at[i])].hash == hash))
		i = (i + 1) & s->mask;
	return i;
}

void
lookups_place_name(struct lookups *l, uint32_t number)
{
	uint64_t hash = l->name[number].hash;

	l->name_slot.at[lookups_name_place(l, hash)] = slots_of(hash, number);
}

static void
place_domain(struct lookups *l, uint32_t number)
{
	uint64_t hash = l->domain[number].hash;

	l->domain_slot.at[lookups_domain_place(l, hash)] = slots_of(hash, number);
}

/* All names that are held: what was given back hangs in no domain. */
static void
place_names(struct lookups *l)
{
	for (uint32_t i = 0; i < l->domains; i++)
		for (uint32_t at = l->domain[i].first; at != 0; at = l->name[at - 1].next)
			lookups_place_name(l, at - 1);
}

void
lookups_make_places(struct lookups *l)
{
	if (slots_crowded(&l->name_slot, l->live)) {
		slots_double(&l->name_slot);
		place_names(l);
	}
	if (slots_crowded(&l->domain_slot, l->domains)) {
		slots_double(&l->domain_slot);
		for (uint32_t i = 0; i < l->domains; i++)
			place_domain(l, i);
	}
}

/* Take a name out of its slot; those that it had pushed on move back. */
static void
slot_clear(struct lookups *l, uint64_t hash)
{
	uint64_t *slot = l->name_slot.at;
	size_t mask = l->name_slot.mask, hole = lookups_name_place(l, hash);

	for (size_t i = (hole + 1) & mask; slot[i] != 0; i = (i + 1) & mask) {
		size_t home = l->name[slots_number(slot[i])].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		slot[hole] = slot[i];
		hole = i;
	}
	slot[hole] = 0;
}

/* The addresses of a name that goes. */
static void
give_back(struct lookups *l, const struct lookup *n)
{
	uint32_t at = n->address;

	while (at != 0) {
		struct lookup_address *a = &l->address[at - 1];
		uint32_t next = a->next;

		a->next = l->address_free;
		l->address_free = at;
		l->address_live--;
		at = next;
	}
}

void
lookups_thin_domain(struct lookups *l, struct domain *d)
{
	uint32_t *link = &d->first;

	d->level++;
	while (*link != 0) {
		uint32_t at = *link;
		struct lookup *n = &l->name[at - 1];

		if (lookups_stays(d->level, n->hash)) {
			link = &n->next;
			continue;
		}
		*link = n->next;
		slot_clear(l, n->hash);
		give_back(l, n);
		n->next = l->free;
		l->free = at;
		l->live--;
		d->n--;
	}
}

void
lookups_thin_all(struct lookups *l)
{
	uint32_t domains = 0, names = 0;
	size_t used = 0;

	l->level++;
	CHECK(l->level < LOOKUPS_LEVELS);
	slots_clear(&l->name_slot);
	slots_clear(&l->domain_slot);
	for (uint32_t i = 0; i < l->domains; i++) {
		struct domain d = l->domain[i];
		uint32_t next = d.first;

		d.first = 0;
		d.n = 0;
		while (next != 0) {
			struct lookup n = l->name[next - 1];

			next = n.next;
			if (!lookups_stays(l->level, n.hash)) {
				give_back(l, &n);
				continue;
			}
			n.domain = domains;
			n.next = d.first;
			l->moved[names++] = n;
			d.first = names;
			d.n++;
		}
		if (d.n == 0)
			continue;
		memmove(l->text + used, l->text + d.text, d.len + 1U);
		d.text = (uint32_t)used;
		used += d.len + 1U;
		l->domain[domains] = d;
		place_domain(l, domains++);
	}
	memcpy(l->name, l->moved, names * sizeof *l->name);
	l->names = names;
	l->live = names;
	l->free = 0;
	l->domains = domains;
	l->used = used;
	place_names(l);
}

void
lookups_thin(struct lookups *l, unsigned level)
{
	CHECK(!l->sealed);
	while (l->level < level && l->level + 1 < LOOKUPS_LEVELS)
		lookups_thin_all(l);
}

unsigned
lookups_level(const struct lookups *l)
{
	return l->level;
}

const struct lookups_counters *
lookups_counters(const struct lookups *l)
{
	return &l->counters;
}
