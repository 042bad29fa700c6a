/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hear.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "cmd/cmd.h"
#include "cmd/crew.h"
#include "cmd/progress.h"
#include "decode/clock.h"
#include "flow/fragment.h"
#include "record/trait_queue.h"

#define UNIT           2048 /* packets between two hand-overs: enough to pay for the barrier */
#define TRAITS_AHEAD   8
#define LOG_FLOWS      256
#define PROCESS_MEMORY ((size_t)32 << 20)
#define ENDED_FIRST    256 /* flows that a shard can end in a unit before it needs more room */

/*
 * Packets on their way from the reader to the shards. There are two: the crew
 * works on one while the reader fills the other.
 */
struct unit {
	struct packet packet[UNIT];
	const struct packet *order[UNIT]; /* by shard */
	unsigned n;
	unsigned start[HEAR_SHARDS + 1];
	struct arena bytes; /* copies of frames whose input is a moving window */
};

/*
 * A shard of flows is by pair of addresses, so that both directions meet. A
 * shard of pairs is by host, so that all a host does meets. Flows that ended
 * wait in `ended` until the unit is done, then each shard of pairs takes its
 * own from all of them, in order: who took which does not depend on workers.
 */
struct shard {
	struct hear *hear;
	struct flow_table *flows;
	struct flow *ended;
	unsigned *home; /* the shard of pairs that each of them goes to */
	size_t n, room;
	uint64_t lost; /* ended flows for which there was no memory */

	struct reader *reader;
	struct trait_queue traits; /* of this unit */
	uint64_t traits_lost;

	struct pairs *pairs;
	struct names *names;
	struct lookups *lookups;
	struct manners *manners;
	enum status sealed;
	struct error why;
};

/* Flows of records on their way to the pairs. */
struct gather {
	struct hear *hear;
	unsigned n;
	struct flow flow[LOG_FLOWS];
};

struct hear {
	struct hear_options options;
	struct hear_counts counts;
	hear_note *note;
	void *note_state;
	struct crew *crew;
	struct unit *unit[2];
	unsigned filling;
	struct unit *working; /* what the crew is at */
	/*
	 * Pieces are put together before the shards: what is inside a tunnel has
	 * other addresses than the pieces it came in.
	 */
	struct fragments *fragments;
	bool unsettled; /* the packet behind those of the unit that is being filled */
	struct clock clock;
	uint64_t bytes_before; /* of the sources already read, for progress */
	unsigned source;
	struct shard shard[HEAR_SHARDS];
	struct pairs *pairs[HEAR_SHARDS];
	struct meters *meters; /* NULL until there are records of them */
	struct gather gather;
	struct names *names[HEAR_SHARDS];
	struct lookups *lookups[HEAR_SHARDS];
	struct manners *manners[HEAR_SHARDS];
};

/* The host is the originator. */
static unsigned
home_of(const struct flow *f)
{
	return flow_shard(&f->orig, &f->orig, HEAR_SHARDS);
}

static bool
ended_grow(struct shard *s)
{
	size_t room = s->room ? 2 * s->room : ENDED_FIRST;
	struct flow *ended = realloc(s->ended, room * sizeof *ended);
	unsigned *home;

	if (ended == NULL)
		return false;
	s->ended = ended;
	home = realloc(s->home, room * sizeof *home);
	if (home == NULL)
		return false;
	s->home = home;
	s->room = room;
	return true;
}

static void
flow_ended(void *state, const struct flow *flow)
{
	struct shard *s = state;

	if (s->n == s->room && !ended_grow(s)) {
		s->lost++;
		return;
	}
	s->ended[s->n] = *flow;
	s->home[s->n++] = home_of(flow);
}

static void
trait_told(void *state, const struct trait *trait)
{
	struct shard *s = state;

	if (!trait_queue_put(&s->traits, trait))
		s->traits_lost++;
}

static unsigned
trait_home(const struct trait *t)
{
	return flow_shard(&t->orig, &t->orig, HEAR_SHARDS);
}

/* What a trait says, where it is at home. */
static void
trait_see(struct shard *s, const struct trait *t)
{
	names_see(s->names, s->pairs, t);
	lookups_see(s->lookups, t);
	manners_see(s->manners, t);
}

static void
trait_warm(
    struct hear *h, const struct trait *t, unsigned worker, unsigned workers, bool deep)
{
	unsigned home = trait_home(t);

	if (home % workers == worker)
		names_warm(h->shard[home].names, t, deep);
}

/* Of one shard's traits those at home with the worker; what is kept knows no order. */
static void
traits_work(struct hear *h, const struct shard *from, unsigned worker, unsigned workers)
{
	size_t at = 0, near = 0, far = 0;
	struct trait t;
	bool more = true;

	for (unsigned n = 0; more; n++) {
		/* Two steps ahead of what is seen, so that it need not wait for memory. */
		if (trait_queue_next(&from->traits, &far, &t))
			trait_warm(h, &t, worker, workers, false);
		if (n >= TRAITS_AHEAD && trait_queue_next(&from->traits, &near, &t))
			trait_warm(h, &t, worker, workers, true);
		if (n < 2 * TRAITS_AHEAD)
			continue;
		more = trait_queue_next(&from->traits, &at, &t);
		if (more && trait_home(&t) % workers == worker)
			trait_see(&h->shard[trait_home(&t)], &t);
	}
}

/* A worker's share of the flows that ended: those at home in its shards of pairs. */
static void
flows_work(void *state, unsigned worker, unsigned workers)
{
	struct hear *h = state;

	for (unsigned from = 0; from < HEAR_SHARDS; from++) {
		const struct shard *s = &h->shard[from];

		for (size_t i = 0; i < s->n; i++)
			if (s->home[i] % workers == worker)
				pairs_see(h->shard[s->home[i]].pairs, &s->ended[i]);
		traits_work(h, s, worker, workers);
	}
}

static bool
anything_ended(const struct hear *h)
{
	for (unsigned s = 0; s < HEAR_SHARDS; s++)
		if (h->shard[s].n > 0 || h->shard[s].traits.used > 0)
			return true;
	return false;
}

/* Those who listen in get everything of one shard, then of the next. */
static void
tell_taps(struct hear *h)
{
	const struct hear_options *o = &h->options;
	struct trait trait;

	for (unsigned i = 0; i < HEAR_SHARDS; i++) {
		struct shard *s = &h->shard[i];

		for (size_t at = 0;
		     o->trait_tap && trait_queue_next(&s->traits, &at, &trait);) {
			o->trait_tap(o->tap_state, &trait);
		}
		for (size_t k = 0; o->flow_tap && k < s->n; k++)
			o->flow_tap(o->tap_state, &s->ended[k]);
	}
}

/* The crew is idle before and after. */
static void
flows_sum_up(struct hear *h)
{
	tell_taps(h);
	if (!anything_ended(h))
		return;
	crew_start(h->crew, flows_work, h);
	crew_wait(h->crew);
	for (unsigned s = 0; s < HEAR_SHARDS; s++) {
		h->shard[s].n = 0;
		trait_queue_reset(&h->shard[s].traits);
	}
}

/* What the user allows is for the process: code, libraries, packets on their way. */
static size_t
memory_for_tables(size_t memory)
{
	size_t rest = memory / 8 * 3;

	return memory - (rest < PROCESS_MEMORY ? rest : PROCESS_MEMORY);
}

static enum status
shard_new(struct hear *h, struct shard *s, struct error *err)
{
	struct flow_limits limits = h->options.flow;
	size_t part = memory_for_tables(h->options.memory) / HEAR_SHARDS;
	uint64_t secret[2];
	enum status st;

	s->hear = h;
	limits.memory = part / 4;
	limits.whole = true;
	/* Against flows made to collide in our tables. No result depends on them. */
	if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
		return error_sys(err, "read random bytes");
	limits.secret = secret[0];
	st = flow_table_new(&s->flows, &limits, flow_ended, s, err);
	if (st == OK)
		st = reader_new(&s->reader, part / 8, trait_told, s, err);
	if (st == OK) {
		struct flow_watch watch = reader_watch(s->reader);

		flow_table_watch(s->flows, &watch);
	}
	if (st == OK)
		st = names_new(&s->names, part / 8, err);
	if (st == OK)
		st = lookups_new(&s->lookups, part / 16, err);
	if (st == OK)
		st = manners_new(&s->manners, part / 16, err);
	if (st == OK)
		st = pairs_new(
		    &s->pairs, part - part / 4 - 2 * (part / 8) - 2 * (part / 16), err);
	if (st == OK)
		pairs_seed(s->pairs, secret[1]);
	return st;
}

enum status
hear_new(struct hear **out, const struct hear_options *options, hear_note *note,
    void *state, struct error *err)
{
	struct hear *h = calloc(1, sizeof *h);
	enum status st;

	if (h == NULL)
		return error_set(err, E_NOMEM, "no memory");
	h->options = *options;
	h->note = note;
	h->note_state = state;
	h->counts.capture.resolution_ns = 1;
	st = crew_new(&h->crew, options->workers, err);
	if (st == OK)
		st = fragments_new(&h->fragments, hear_fragments(options->memory), err);
	for (int i = 0; st == OK && i < 2; i++) {
		h->unit[i] = calloc(1, sizeof *h->unit[i]);
		if (h->unit[i] == NULL)
			st = error_set(err, E_NOMEM, "no memory for packets");
		else
			arena_init(&h->unit[i]->bytes, (size_t)UNIT * CAPTURE_FRAME_MAX);
	}
	for (int i = 0; st == OK && i < HEAR_SHARDS; i++) {
		st = shard_new(h, &h->shard[i], err);
		h->pairs[i] = h->shard[i].pairs;
		h->names[i] = h->shard[i].names;
		h->lookups[i] = h->shard[i].lookups;
		h->manners[i] = h->shard[i].manners;
	}
	if (st != OK) {
		hear_free(h);
		return st;
	}
	*out = h;
	return OK;
}

/* A worker's share of a unit: its shards' packets. */
static void
unit_work(void *state, unsigned worker, unsigned workers)
{
	struct hear *h = state;
	const struct unit *u = h->working;

	for (unsigned s = worker; s < HEAR_SHARDS; s += workers)
		if (u->start[s] < u->start[s + 1])
			flow_table_see(h->shard[s].flows, u->order + u->start[s],
			    u->start[s + 1] - u->start[s]);
}

/* Counting sort by shard, then hand over and take the other unit. */
static void
unit_hand_over(struct hear *h)
{
	struct unit *u = h->unit[h->filling];
	unsigned at[HEAR_SHARDS + 1] = { 0 };

	for (unsigned i = 0; i < u->n; i++)
		at[flow_shard(&u->packet[i].src, &u->packet[i].dst, HEAR_SHARDS) + 1]++;
	for (unsigned s = 0; s < HEAR_SHARDS; s++)
		at[s + 1] += at[s];
	memcpy(u->start, at, sizeof at);
	for (unsigned i = 0; i < u->n; i++) {
		const struct packet *p = &u->packet[i];

		u->order[at[flow_shard(&p->src, &p->dst, HEAR_SHARDS)]++] = p;
	}
	crew_wait(h->crew);
	flows_sum_up(h);
	h->working = u;
	crew_start(h->crew, unit_work, h);
	if (h->options.workers == 1)
		crew_wait(h->crew); /* now, while the packets are in the cache */
	h->filling ^= 1;
	u = h->unit[h->filling];
	u->n = 0;
	arena_reset(&u->bytes);
}

/* Keep the frame's bytes past the next read, where the input does not. */
static bool
frame_keep(struct unit *u, struct frame *f)
{
	uint8_t *copy = arena_get(&u->bytes, f->bytes.len, 1);

	if (copy == NULL)
		return false;
	if (f->bytes.len > 0)
		memcpy(copy, f->bytes.at, f->bytes.len);
	f->bytes.at = copy;
	return true;
}

/* True when the piece was the last that was missing: `p` is the packet then. */
static bool
piece_taken(struct hear *h, struct unit *u, struct packet *p)
{
	struct packet whole;
	uint8_t *copy;

	if (!fragments_add(h->fragments, p, &whole, &h->counts.flow))
		return false;
	*p = whole;
	copy = arena_get(&u->bytes, whole.data.len, 1);
	if (copy && whole.data.len > 0)
		memcpy(copy, whole.data.at, whole.data.len);
	p->data = (struct span){ copy, copy ? whole.data.len : 0 };
	return true;
}

/* The packet that was read last, now that the time of the frame behind it is known. */
static void
settle(struct hear *h, uint64_t next_ns)
{
	struct unit *u = h->unit[h->filling];
	struct packet *p = &u->packet[u->n];

	if (!h->unsettled)
		return;
	h->unsettled = false;
	p->clock_ns = clock_see(&h->clock, p->time_ns, next_ns);
	if (p->fragment && !piece_taken(h, u, p))
		return;
	h->counts.proto[p->proto]++;
	h->counts.bad_sums += p->sum == SUM_BAD;
	if (p->tunnel | p->trouble) {
		h->counts.tunnelled += p->tunnel != TUNNEL_NONE;
		h->counts.trouble[p->trouble]++;
	}
	if (++u->n == UNIT)
		unit_hand_over(h);
}

static void
see_batch(struct hear *h, struct frame_batch *batch, bool keep)
{
	for (unsigned i = 0; i < batch->n; i++) {
		enum decode_verdict v;
		struct unit *u;

		settle(h, batch->frame[i].time_ns);
		u = h->unit[h->filling];
		if (keep && !frame_keep(u, &batch->frame[i])) {
			h->counts.capture.records_bad++;
			continue;
		}
		v = decode_frame(&batch->frame[i], &u->packet[u->n]);
		h->counts.verdict[v]++;
		h->unsettled = v == DECODE_OK;
	}
}

static void
count_capture(struct hear_counts *c, const struct capture_stats *s)
{
	c->capture.frames += s->frames;
	c->capture.bytes += s->bytes;
	c->capture.frames_cut += s->frames_cut;
	c->capture.blocks_skipped += s->blocks_skipped;
	c->capture.records_bad += s->records_bad;
	c->capture.times_clamped += s->times_clamped;
	c->capture.frames_untimed += s->frames_untimed;
	c->capture.outside += s->outside;
	c->capture.unwanted += s->unwanted;
	c->capture.dropped += s->dropped;
	c->capture.dropped_known |= s->dropped_known;
	if (s->resolution_ns > c->capture.resolution_ns)
		c->capture.resolution_ns = s->resolution_ns;
}

static void
note_end(struct hear *h, const struct error *err, uint64_t kept, const char *what)
{
	struct error note = *err;
	char text[ERROR_TEXT];

	memcpy(text, note.text, sizeof text);
	(void)error_set(&note, OK, "%s; the %llu %s before it were kept", text,
	    (unsigned long long)kept, what);
	h->counts.inputs_broken++;
	h->note(h->note_state, true, note.text);
}

static enum status
read_capture(struct hear *h, struct input *in, uint64_t next_ns, struct error *err)
{
	struct frame_batch batch;
	struct capture *c;
	enum status st = capture_open(&c, in, err);
	bool keep;

	if (st != OK) {
		note_end(h, err, 0, "frames");
		return OK;
	}
	keep = !input_is_mapped(capture_input(c));
	capture_filter(c, h->options.filter);
	do {
		st = capture_next(c, &batch, err);
		if (st != OK)
			break;
		see_batch(h, &batch, keep);
		progress_at(h->bytes_before + input_consumed(capture_input(c)));
	} while (batch.n > 0 && !cmd_stopped);
	if (cmd_stopped) {
		st = error_set(err, E_STOPPED, "stopped in %s at frame %llu",
		    input_path(capture_input(c)),
		    (unsigned long long)capture_stats(c)->frames);
	} else if (st != OK) {
		note_end(h, err, capture_stats(c)->frames, "frames");
		st = OK;
	}
	settle(h, next_ns ? next_ns : UINT64_MAX); /* nothing speaks against the last one */
	unit_hand_over(h);
	crew_wait(h->crew);
	count_capture(&h->counts, capture_stats(c));
	capture_close(c);
	return st;
}

/* Flows of a log need no table: they go straight to the pairs of their host. */
static void
see_flows(struct hear *h, struct flow *flow, unsigned n)
{
	unsigned at[HEAR_SHARDS + 1] = { 0 }, home[LOG_FLOWS];
	struct flow order[LOG_FLOWS];

	for (unsigned i = 0; i < n; i++) {
		if (h->options.flow_tap)
			h->options.flow_tap(h->options.tap_state, &flow[i]);
		home[i] = home_of(&flow[i]);
		at[home[i] + 1]++;
	}
	for (unsigned s = 0; s < HEAR_SHARDS; s++)
		at[s + 1] += at[s];
	for (unsigned i = 0; i < n; i++)
		order[at[home[i]]++] = flow[i];
	for (unsigned s = 0, from = 0; s < HEAR_SHARDS; from = at[s++])
		if (at[s] > from)
			pairs_see_batch(h->shard[s].pairs, order + from, at[s] - from);
}

/* A flow belongs to the time of its first packet. */
static unsigned
flows_in_time(struct hear *h, struct flow *flow, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (filter_in_time(h->options.filter, flow[i].first_ns))
			flow[kept++] = flow[i];
	h->counts.records_outside += n - kept;
	return kept;
}

static void
note_bad(struct hear *h, const char *path, uint64_t bad, uint64_t line, const char *why)
{
	struct error note;

	if (bad == 0)
		return;
	(void)error_set(&note, OK,
	    "%s: %llu of its lines were stepped over, the first at line %llu: %s", path,
	    (unsigned long long)bad, (unsigned long long)line, why);
	h->note(h->note_state, false, note.text);
}

void
hear_traits(struct hear *h, const struct trait *t)
{
	struct shard *s = &h->shard[flow_shard(&t->orig, &t->orig, HEAR_SHARDS)];

	if (!filter_in_time(h->options.filter, t->time_ns)) {
		h->counts.records_outside++;
		return;
	}
	h->counts.traits++;
	if (h->options.trait_tap)
		h->options.trait_tap(h->options.tap_state, t);
	trait_see(s, t);
}

static void
on_trait(void *state, const struct trait *t)
{
	hear_traits(state, t);
}

static void
on_alert(void *state, const struct alert *a)
{
	struct hear *h = state;

	if (filter_in_time(h->options.filter, a->time_ns))
		h->options.alert_tap(h->options.tap_state, a);
}

static enum status
read_zeek(struct hear *h, struct input *in, struct error *err)
{
	struct flow flows[LOG_FLOWS];
	const char *path = input_path(in);
	struct zeek *z;
	unsigned n = 0;
	enum status st = zeek_open(&z, in, err);

	if (st != OK) {
		note_end(h, err, 0, "lines");
		return OK;
	}
	zeek_traits(z, on_trait, h);
	do {
		st = zeek_next(z, flows, NULL, LOG_FLOWS, &n, err);
		if (st != OK)
			break;
		see_flows(h, flows, flows_in_time(h, flows, n));
		progress_at(h->bytes_before + input_consumed(zeek_input(z)));
	} while (!zeek_ended(z) && !cmd_stopped);
	if (cmd_stopped) {
		st = error_set(err, E_STOPPED, "stopped in %s at line %llu", path,
		    (unsigned long long)zeek_stats(z)->lines);
	} else if (st != OK) {
		note_end(h, err, zeek_stats(z)->lines, "lines");
		st = OK;
	}
	h->counts.lines += zeek_stats(z)->lines + zeek_stats(z)->traits;
	h->counts.lines_bad += zeek_stats(z)->bad;
	h->counts.lines_other += zeek_stats(z)->other;
	note_bad(
	    h, path, zeek_stats(z)->bad, zeek_stats(z)->bad_line, zeek_stats(z)->bad_why);
	zeek_close(z);
	return st;
}

static void
gather_flush(struct gather *g)
{
	see_flows(g->hear, g->flow, flows_in_time(g->hear, g->flow, g->n));
	g->n = 0;
}

static void
gather_flow(void *state, const struct flow *flow)
{
	struct gather *g = state;

	if (!filter_in_time(g->hear->options.filter, flow->first_ns)) {
		g->hear->counts.records_outside++;
		return;
	}
	g->flow[g->n++] = *flow;
	if (g->n == LOG_FLOWS)
		gather_flush(g);
}

static void
count_records(struct hear_counts *c, const struct records_counts *r)
{
	struct records_counts *sum = &c->records;

	for (int v = 0; v < DECODE_VERDICT_COUNT; v++)
		c->verdict[v] += r->verdict[v];
	count_capture(c, &r->capture);
	sum->nfdump.records += r->nfdump.records;
	sum->nfdump.others += r->nfdump.others;
	sum->nfdump.bad += r->nfdump.bad;
	sum->nfdump.addressless += r->nfdump.addressless;
	sum->nfdump.blocks_skipped += r->nfdump.blocks_skipped;
	for (int i = 0; i < EVE_TYPE_COUNT; i++)
		sum->event[i] += r->event[i];
	sum->repeated += r->repeated;
	sum->zoneless += r->zoneless;
	c->lines += r->lines + r->traits;
	c->lines_bad += r->lines_bad;
	c->lines_other += r->lines_other;
	sum->strangers += r->strangers;
}

static enum status
read_records(struct hear *h, enum source_kind kind, struct input *in, struct error *err)
{
	const char *path = input_path(in);
	struct records *r;
	bool more = true;
	enum status st = OK;

	h->gather.hear = h;
	if (h->meters == NULL)
		st = meters_new(&h->meters, gather_flow, &h->gather, err);
	if (st != OK) {
		input_close(in);
		return st;
	}
	st = records_open(&r, h->meters, kind, h->source + 1, in, err);
	if (st != OK) {
		note_end(h, err, 0, "records");
		return OK;
	}
	st = records_traits(r, on_trait, h, err);
	if (h->options.alert_tap)
		records_alerts(r, on_alert, h);
	while (st == OK && more && !cmd_stopped) {
		st = records_step(r, &more, err);
		progress_at(h->bytes_before + input_consumed(records_input(r)));
	}
	if (cmd_stopped) {
		st = error_set(err, E_STOPPED, "stopped in %s", path);
	} else if (st != OK) {
		note_end(h, err, meters_counts(h->meters).flows, "flows");
		st = OK;
	}
	count_records(&h->counts, records_counts(r));
	note_bad(h, path, records_counts(r)->lines_bad, records_counts(r)->bad_line,
	    records_counts(r)->bad_why);
	if (records_counts(r)->zoneless > 0) {
		struct error note;

		(void)error_set(
		    &note, OK, "%s: its times name no zone, and are taken for UTC", path);
		h->note(h->note_state, false, note.text);
	}
	records_close(r);
	return st;
}

enum status
hear_read(struct hear *h, struct source *source, unsigned index, struct error *err)
{
	struct input *in = source->pipe;
	enum status st = OK;

	source->pipe = NULL;
	if (in == NULL)
		st = input_open(&in, source->path, err);
	if (st == OK && filter_text(h->options.filter) && source->kind != SOURCE_CAPTURE) {
		st = error_set(err, E_MISUSE,
		    "%s: a packet filter (-f) cannot be applied to a log or to flow "
		    "records",
		    source->path);
		input_close(in);
	}
	if (st != OK) {
		note_end(h, err, 0, "records");
		return OK;
	}
	h->source = index;
	if (source->kind == SOURCE_CAPTURE)
		st = read_capture(h, in, source->next_ns, err);
	else if (source->kind == SOURCE_ZEEK)
		st = read_zeek(h, in, err);
	else
		st = read_records(h, source->kind, in, err);
	h->bytes_before += source->size;
	return st;
}

/*
 * All its open flows end at once. One shard after the other, and what it held is given
 * back, so that the flows that wait for their pairs are never all of them.
 */
static void
shard_finish(struct hear *h, struct shard *s)
{
	const struct flow_counters *f = flow_table_counters(s->flows);

	flow_table_finish(s->flows);
#define X(name, why) h->counts.flow.name += f->name;
	FLOW_COUNTERS(X)
#undef X
	flow_table_free(s->flows);
	s->flows = NULL;
	flows_sum_up(h);
	free(s->ended);
	free(s->home);
	s->ended = NULL;
	s->home = NULL;
	s->room = 0;
}

static void
pairs_finish(void *state, unsigned worker, unsigned workers)
{
	struct hear *h = state;

	for (unsigned i = worker; i < HEAR_SHARDS; i += workers) {
		names_seal(h->shard[i].names);
		lookups_seal(h->shard[i].lookups);
		manners_seal(h->shard[i].manners);
		h->shard[i].sealed = pairs_seal(h->shard[i].pairs, &h->shard[i].why);
	}
}

static void
count_shard(struct hear_counts *c, const struct shard *s)
{
	const struct reader_counters *r = reader_counters(s->reader);
	const struct pairs_counters *p = pairs_counters(s->pairs);

#define X(name, why) c->reader.name += r->name;
	READER_COUNTERS(X)
#undef X
	c->traits += r->traits;
	c->reader.unread += s->traits_lost;
	c->pairs.contacts += p->contacts;
	c->pairs.shed += p->shed;
	c->pairs.stitched += p->stitched;
	c->pairs.apart += p->apart;
	c->pairs.joined += p->joined;
	c->names.seen += names_counters(s->names)->seen;
	c->names.shed += names_counters(s->names)->shed;
	c->lookups.seen += lookups_counters(s->lookups)->seen;
	c->lookups.shed += lookups_counters(s->lookups)->shed;
	c->manners.seen += manners_counters(s->manners)->seen;
	c->manners.shed += manners_counters(s->manners)->shed;
	c->pairs.shed += s->lost;
}

/* The flows that waited for their other direction to the end. */
static void
meters_end(struct hear *h)
{
	if (h->meters == NULL)
		return;
	meters_finish(h->meters);
	gather_flush(&h->gather);
	h->counts.meters = meters_counts(h->meters);
}

enum status
hear_seal(struct hear *h, struct error *err)
{
	enum status st = OK;

	crew_wait(h->crew);
	meters_end(h);
	flows_sum_up(h);
	fragments_finish(h->fragments, &h->counts.flow);
	for (int i = 0; i < HEAR_SHARDS; i++)
		shard_finish(h, &h->shard[i]);
	crew_start(h->crew, pairs_finish, h);
	crew_wait(h->crew);
	for (int i = 0; i < HEAR_SHARDS; i++) {
		count_shard(&h->counts, &h->shard[i]);
		if (st == OK && h->shard[i].sealed != OK) {
			st = h->shard[i].sealed;
			*err = h->shard[i].why;
		}
	}
	return st;
}

struct pairs *const *
hear_pairs(const struct hear *h)
{
	return h->pairs;
}

struct names *const *
hear_names(const struct hear *h)
{
	return h->names;
}

struct lookups *const *
hear_lookups(const struct hear *h)
{
	return h->lookups;
}

struct manners *const *
hear_manners(const struct hear *h)
{
	return h->manners;
}

const struct hear_counts *
hear_counts(const struct hear *h)
{
	return &h->counts;
}

void
hear_free(struct hear *h)
{
	if (h == NULL)
		return;
	crew_free(h->crew);
	meters_free(h->meters);
	fragments_free(h->fragments);
	for (int i = 0; i < HEAR_SHARDS; i++) {
		flow_table_free(h->shard[i].flows);
		reader_free(h->shard[i].reader);
		trait_queue_release(&h->shard[i].traits);
		pairs_free(h->shard[i].pairs);
		names_free(h->shard[i].names);
		lookups_free(h->shard[i].lookups);
		manners_free(h->shard[i].manners);
		free(h->shard[i].ended);
		free(h->shard[i].home);
	}
	for (int i = 0; i < 2; i++) {
		if (h->unit[i])
			arena_release(&h->unit[i]->bytes);
		free(h->unit[i]);
	}
	free(h);
}
