/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - finding the flow of a packet, and ending flows in time.
 *
 * Memory: one mapping holds all entries there can ever be, of which the system
 * gives pages as they are touched; the index grows by doubling. Nothing is
 * allocated for a packet.
 *
 * Time: a wheel of slots, each a power of two of nanoseconds. A flow lies in
 * the slot of its death as it was known when it was put there; packets do not
 * move it, so it is looked at again when its slot comes up, and moved on if it
 * lived. Slots are emptied when the clock has left them behind, before the
 * packet that moved the clock is looked up, so what is emitted when depends on
 * the packets alone and not on how they came in batches.
 */
#include "flow/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "flow/entry.h"
#include "flow/fragment.h"
#include "flow/hash.h"
#include "flow/index.h"

#define NONE             UINT32_MAX
#define SLOTS            1024 /* of the wheel; the longest limit spans at most half */
#define BATCH            64   /* as many look-ups as are prefetched at once */
#define PACKETS_AHEAD    8
#define WATCH_LINES      4 /* of cache, of what the watch keeps of a flow */
#define ENTRY_LINES      (sizeof(struct entry) / 64)
#define INDEX_MIN        64
#define FLOWS_MAX        ((size_t)1 << 28)
#define FRAGMENTS_MEMORY ((size_t)4 << 20) /* Linux allows its fragments as much */

struct slot {
	uint32_t head, tail;
};

struct flow_table {
	struct entry *entry;
	uint32_t capacity; /* entries there can be */
	uint32_t touched;  /* entries ever used: [0, touched) */
	uint32_t free;     /* list of those given back */
	uint32_t open;
	struct index index;

	uint64_t clock;
	uint64_t tick_end; /* the clock that empties the next slot */
	uint64_t tick;     /* the next slot to be emptied, counted from 0 */
	unsigned shift;    /* of a tick */
	struct slot slot[SLOTS];

	uint64_t limit[CLASS_COUNT];
	uint64_t active_ns, secret;
	struct flow_counters counters;
	struct fragments *fragments;
	flow_sink *sink;
	void *sink_state;
	struct flow_watch watch;
};

struct flow_limits
flow_limits_default(void)
{
	return (struct flow_limits){
		.tcp_idle_ns = 300 * UINT64_C(1000000000),
		.tcp_attempt_ns = 5 * UINT64_C(1000000000),
		.tcp_closed_ns = 5 * UINT64_C(1000000000),
		.udp_idle_ns = 60 * UINT64_C(1000000000),
		.query_idle_ns = 10 * UINT64_C(1000000000),
		.memory = (size_t)512 << 20,
	};
}

static void
set_limits(struct flow_table *t, const struct flow_limits *l)
{
	uint64_t longest = 1;

	t->limit[CLASS_IDLE] = l->tcp_idle_ns;
	t->limit[CLASS_ATTEMPT] = l->tcp_attempt_ns;
	t->limit[CLASS_CLOSED] = l->tcp_closed_ns;
	t->limit[CLASS_QUERY] = l->query_idle_ns;
	t->limit[CLASS_OTHER] = l->udp_idle_ns;
	t->active_ns = l->active_ns;
	t->secret = l->secret;
	for (int i = 0; i < CLASS_COUNT; i++)
		if (t->limit[i] > longest)
			longest = t->limit[i];
	while (longest >> t->shift > SLOTS / 2 - 1)
		t->shift++;
	t->tick_end = UINT64_C(1) << t->shift;
}

/* Entries, and what the index needs for them at worst: old and new while it grows. */
static size_t
flows_in(size_t memory)
{
	size_t n = memory / (sizeof(struct entry) + 6 * sizeof(uint64_t));

	return n < FLOWS_MAX ? n : FLOWS_MAX;
}

enum status
flow_table_new(struct flow_table **out, const struct flow_limits *limits, flow_sink *sink,
    void *state, struct error *err)
{
	size_t own = sizeof(struct flow_table) + INDEX_MIN * sizeof(uint64_t);
	size_t fragments = limits->whole ? 0 : limits->memory / 8;
	struct flow_table *t;
	void *map;

	if (fragments > FRAGMENTS_MEMORY)
		fragments = FRAGMENTS_MEMORY;
	if (limits->memory < own + fragments ||
	    flows_in(limits->memory - own - fragments) == 0)
		return error_set(
		    err, E_NOMEM, "%zu bytes are too few for a flow table", limits->memory);
	t = calloc(1, sizeof *t);
	if (t == NULL)
		return error_set(err, E_NOMEM, "no memory for a flow table");
	t->capacity = (uint32_t)flows_in(limits->memory - own - fragments);
	t->free = NONE;
	t->sink = sink;
	t->sink_state = state;
	for (int i = 0; i < SLOTS; i++)
		t->slot[i] = (struct slot){ NONE, NONE };
	set_limits(t, limits);
	map = mmap(NULL, t->capacity * sizeof *t->entry, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED) {
		(void)error_sys(
		    err, "reserve %zu bytes for flows", t->capacity * sizeof *t->entry);
		flow_table_free(t);
		return E_NOMEM;
	}
	t->entry = map;
	if (!index_init(&t->index, INDEX_MIN) ||
	    fragments_new(&t->fragments, fragments, err) != OK) {
		flow_table_free(t);
		return error_set(err, E_NOMEM, "no memory for a flow table");
	}
	*out = t;
	return OK;
}

void
flow_table_free(struct flow_table *t)
{
	if (t == NULL)
		return;
	if (t->entry)
		(void)munmap(t->entry, t->capacity * sizeof *t->entry);
	index_release(&t->index);
	fragments_free(t->fragments);
	free(t);
}

void
flow_table_watch(struct flow_table *t, const struct flow_watch *watch)
{
	t->watch = *watch;
}

const struct flow_counters *
flow_table_counters(const struct flow_table *t)
{
	return &t->counters;
}

static inline void
prefetch_lines(const void *at, size_t lines)
{
	for (size_t line = 0; line < lines; line++)
		__builtin_prefetch((const char *)at + 64 * line, 1);
}

/* The wheel. */

static uint64_t
death_of(const struct flow_table *t, const struct entry *e)
{
	uint64_t limit = t->limit[e->class];

	return e->since > UINT64_MAX - limit ? UINT64_MAX : e->since + limit;
}

static bool
is_over(const struct flow_table *t, const struct entry *e)
{
	return t->clock > death_of(t, e);
}

static void
wheel_put(struct flow_table *t, uint32_t i)
{
	struct entry *e = &t->entry[i];
	uint32_t s = (uint32_t)(death_of(t, e) >> t->shift) % SLOTS;

	e->slot = s;
	e->next = NONE;
	e->prev = t->slot[s].tail;
	if (e->prev == NONE)
		t->slot[s].head = i;
	else
		t->entry[e->prev].next = i;
	t->slot[s].tail = i;
}

static void
wheel_take(struct flow_table *t, uint32_t i)
{
	struct entry *e = &t->entry[i];

	if (e->prev == NONE)
		t->slot[e->slot].head = e->next;
	else
		t->entry[e->prev].next = e->next;
	if (e->next == NONE)
		t->slot[e->slot].tail = e->prev;
	else
		t->entry[e->next].prev = e->prev;
}

static __attribute__((noinline)) void
wheel_move(struct flow_table *t, uint32_t i)
{
	wheel_take(t, i);
	wheel_put(t, i);
}

static void
emit(struct flow_table *t, uint32_t i)
{
	struct flow flow;

	entry_record(&t->entry[i], &flow);
	if (t->watch.ended && t->entry[i].watched)
		t->watch.ended(t->watch.state, i, t->entry[i].mine, &flow);
	t->counters.flows++;
	t->sink(t->sink_state, &flow);
}

/* Out of the index, the wheel and the table, to the sink. */
static __attribute__((noinline)) void
end_flow(struct flow_table *t, uint32_t i)
{
	index_remove(&t->index, t->entry[i].hash, i);
	/* Whoever had found it shall see that it is gone. */
	t->entry[i].hash = ~t->entry[i].hash;
	wheel_take(t, i);
	emit(t, i);
	t->entry[i].next = t->free;
	t->free = i;
	t->open--;
}

static inline uint32_t
next_in_slot(const struct flow_table *t, uint32_t i, uint32_t last)
{
	return i == NONE || i == last ? NONE : t->entry[i].next;
}

/*
 * All that is in a slot when this is called: those that lived on may come back to its
 * end. What ends is seldom in the cache, so it is fetched while those before it end: who
 * it is, then all that is known of it, then what the watch keeps of it.
 */
static void
slot_empty(struct flow_table *t, const struct slot *s)
{
	uint32_t last = s->tail, i = s->head;
	uint32_t one = next_in_slot(t, i, last), two = next_in_slot(t, one, last);

	while (i != NONE) {
		uint32_t three = next_in_slot(t, two, last);

		if (three != NONE)
			__builtin_prefetch(&t->entry[three]);
		if (two != NONE && is_over(t, &t->entry[two])) {
			index_prefetch(&t->index, t->entry[two].hash);
			prefetch_lines(&t->entry[two], ENTRY_LINES);
		}
		if (one != NONE && t->entry[one].watched && is_over(t, &t->entry[one]))
			prefetch_lines(t->entry[one].mine, WATCH_LINES);
		if (is_over(t, &t->entry[i])) {
			end_flow(t, i);
		} else {
			wheel_move(t, i);
		}
		i = one;
		one = two;
		two = three;
	}
}

/* Empties slots until the clock is in the next one. */
static void
wheel_turn(struct flow_table *t)
{
	uint64_t now = t->clock >> t->shift;

	while (t->tick < now && t->open > 0)
		slot_empty(t, &t->slot[t->tick++ % SLOTS]);
	t->tick = now;
	t->tick_end = now + 1 > UINT64_MAX >> t->shift ? UINT64_MAX : (now + 1) << t->shift;
}

static inline void
set_clock(struct flow_table *t, uint64_t clock)
{
	if (clock <= t->clock)
		return;
	t->clock = clock;
	if (clock >= t->tick_end)
		wheel_turn(t);
}

/*
 * Ends the flow that is nearest to its death. Those that lived on since they
 * were put into their slot are put where they belong, once for many packets.
 */
static void
shed_one(struct flow_table *t)
{
	for (uint64_t tick = t->tick;; tick++) {
		struct slot *s = &t->slot[tick % SLOTS];

		while (s->head != NONE) {
			uint32_t i = s->head;
			uint64_t death = death_of(t, &t->entry[i]) >> t->shift;

			if (death <= tick) {
				t->counters.shed++;
				end_flow(t, i);
				return;
			}
			wheel_move(t, i);
		}
	}
}

/* Finding. */

static __attribute__((noinline)) uint32_t
find(const struct flow_table *t, const struct packet *p, uint32_t hash, unsigned *dir)
{
	uint32_t at = index_first(&t->index, hash), i;

	while ((i = index_next(&t->index, hash, &at)) != NONE) {
		*dir = entry_match(&t->entry[i], p);
		if (*dir != NO_MATCH)
			return i;
	}
	return NONE;
}

/* What is not inline here is asked by few packets, and wants more room than they all have. */
static __attribute__((noinline)) uint32_t
open_flow(struct flow_table *t, const struct packet *p, uint32_t hash, unsigned *dir)
{
	uint32_t i;

	if (t->free == NONE && t->touched == t->capacity)
		shed_one(t);
	/* When the machine has no memory to grow the index, flows are shed as well. */
	while (!index_make_room(&t->index, t->open + 1))
		shed_one(t);
	i = t->free;
	if (i != NONE) {
		t->free = t->entry[i].next;
		if (t->free != NONE)
			prefetch_lines(&t->entry[t->free], ENTRY_LINES);
	} else {
		i = t->touched++;
	}
	*dir = entry_begin(&t->entry[i], p);
	t->entry[i].hash = hash;
	index_add(&t->index, hash, i);
	t->open++;
	return i;
}

static __attribute__((noinline)) void
cut_slice(struct flow_table *t, struct entry *e, const struct packet *p)
{
	struct flow flow;

	entry_record(e, &flow);
	flow.flags |= FLOW_TO_CONTINUE;
	t->counters.slices++;
	t->sink(t->sink_state, &flow);
	entry_cut(e, p);
}

static __attribute__((noinline)) void
show_payload(struct flow_table *t, uint32_t slot, const struct packet *p, unsigned dir)
{
	struct entry *e = &t->entry[slot];
	struct flow_payload payload = {
		.slot = slot,
		.from_resp = dir == 1,
		.data = p->data,
		.length = p->data_bytes,
		.in = p,
		.opened_ns = entry_opened(e),
		.mine = &e->mine,
		.service = &e->service,
	};

	if (e->proto == PROTO_TCP)
		payload.at = tcp_stream_at(e, p, dir);
	else
		payload.at = (uint64_t)e->side[dir].sent - p->data_bytes;
	e->watched = t->watch.payload(t->watch.state, &payload);
	e->unwanted = !e->watched;
}

/* `i` is an entry that had this hash when the batch began, or NONE; mostly it is the one. */
static inline __attribute__((always_inline)) void
see_one(struct flow_table *t, const struct packet *p, uint32_t hash, uint32_t i)
{
	unsigned dir = NO_MATCH;
	struct entry *e;
	uint8_t class;

	if (i != NONE && t->entry[i].hash == hash)
		dir = entry_match(&t->entry[i], p);
	if (dir == NO_MATCH)
		i = find(t, p, hash, &dir);
	if (i != NONE && p->sum == SUM_BAD && !is_over(t, &t->entry[i]) &&
	    entry_drops(&t->entry[i], p, dir)) {
		t->counters.bad_sums++;
		return;
	}
	if (i != NONE && (is_over(t, &t->entry[i]) || entry_is_reused(&t->entry[i], p))) {
		end_flow(t, i);
		i = NONE;
	}
	if (i == NONE) {
		i = open_flow(t, p, hash, &dir);
		dir = entry_see(&t->entry[i], p, dir);
		wheel_put(t, i);
	} else {
		e = &t->entry[i];
		if (t->active_ns && t->clock - e->cut_from > t->active_ns)
			cut_slice(t, e, p);
		class = e->class;
		dir = entry_see(e, p, dir);
		/* A flow that will die sooner than its slot knows is moved there. */
		if (e->class != class && t->limit[e->class] < t->limit[class])
			wheel_move(t, i);
	}
	if (p->tunnel)
		entry_carried(&t->entry[i], p, dir);
	/* An echo without data is told of: its reply ought to have none either. */
	if (t->watch.payload && (p->data_bytes > 0 || p->icmp_id != 0) &&
	    !t->entry[i].unwanted)
		show_payload(t, i, p, dir);
}

static __attribute__((noinline)) void
see_fragment(struct flow_table *t, const struct packet *p)
{
	struct packet whole;

	if (fragments_add(t->fragments, p, &whole, &t->counters))
		see_one(t, &whole, flow_hash(&whole, t->secret), NONE);
}

static void
see_batch(struct flow_table *t, const struct packet *const *p, unsigned n)
{
	uint32_t hash[BATCH], found[BATCH], watched[BATCH];
	unsigned n_watched = 0;

	for (unsigned k = 0; k < n; k++) {
		if (k + PACKETS_AHEAD < n)
			prefetch_lines(p[k + PACKETS_AHEAD], sizeof **p / 64);
		hash[k] = flow_hash(p[k], t->secret);
		index_prefetch(&t->index, hash[k]);
	}
	for (unsigned k = 0; k < n; k++) {
		uint32_t at = index_first(&t->index, hash[k]);
		uint32_t i = index_next(&t->index, hash[k], &at);

		found[k] = i;
		if (i != NONE)
			prefetch_lines(&t->entry[i], 3);
	}
	for (unsigned k = 0; k < n; k++) {
		if (p[k]->data_bytes == 0 ||
		    (found[k] != NONE && !t->entry[found[k]].watched))
			continue;
		__builtin_prefetch(p[k]->data.at); /* the watch will read it */
		if (found[k] != NONE) {
			watched[n_watched++] = found[k];
			prefetch_lines(&t->entry[found[k]].first_ns, 1);
		}
	}
	for (unsigned k = 0; k < n_watched; k++)
		prefetch_lines(t->entry[watched[k]].mine, WATCH_LINES);
	for (unsigned k = 0; k < n; k++) {
		set_clock(t, p[k]->clock_ns);
		if (p[k]->fragment)
			see_fragment(t, p[k]);
		else
			see_one(t, p[k], hash[k], found[k]);
	}
}

void
flow_table_see(struct flow_table *t, const struct packet *const *p, unsigned n)
{
	t->counters.packets += n;
	for (unsigned from = 0; from < n; from += BATCH)
		see_batch(t, p + from, n - from < BATCH ? n - from : BATCH);
}

static int
by_age(const void *a, const void *b, void *table)
{
	const struct flow_table *t = table;
	const struct entry *x = &t->entry[*(const uint64_t *)a];
	const struct entry *y = &t->entry[*(const uint64_t *)b];
	int order;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	order = ip_compare(&x->orig, &y->orig);
	if (order == 0)
		order = ip_compare(&x->resp, &y->resp);
	if (order == 0)
		order = (int)x->proto - y->proto;
	if (order == 0)
		order = (int)x->orig_port - y->orig_port;
	return order ? order : (int)x->resp_port - y->resp_port;
}

void
flow_table_finish(struct flow_table *t)
{
	uint64_t *order = t->index.at;
	uint32_t n = index_list(&t->index);

	fragments_finish(t->fragments, &t->counters);
	CHECK(n == t->open);
	qsort_r(order, n, sizeof *order, by_age, t);
	for (uint32_t k = 0; k < n; k++)
		emit(t, (uint32_t)order[k]);
	index_clear(&t->index);
	for (int i = 0; i < SLOTS; i++)
		t->slot[i] = (struct slot){ NONE, NONE };
	t->open = 0;
	t->touched = 0;
	t->free = NONE;
}
