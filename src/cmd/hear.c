/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hear_own.h"

#include <stdlib.h>
#include <string.h>

#define PROCESS_MEMORY ((size_t)32 << 20)

/* What the user allows is for the process: code, libraries, packets on their way. */
static size_t
memory_for_tables(size_t memory)
{
	size_t rest = memory / 8 * 3;

	return memory - (rest < PROCESS_MEMORY ? rest : PROCESS_MEMORY);
}

static struct unit *
unit_new(void)
{
	struct unit *u = aligned_alloc(_Alignof(struct unit), sizeof *u);

	if (u == NULL)
		return NULL;
	u->n = 0;
	arena_init(&u->bytes, (size_t)HEAR_UNIT * CAPTURE_FRAME_MAX);
	return u;
}

enum status
hear_new(struct hear **out, const struct hear_options *options, hear_note *note,
    void *state, struct error *err)
{
	struct hear *h = calloc(1, sizeof *h);
	size_t part = memory_for_tables(options->memory) / HEAR_SHARDS;
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
		h->unit[i] = unit_new();
		if (h->unit[i] == NULL)
			st = error_set(err, E_NOMEM, "no memory for packets");
	}
	for (int i = 0; st == OK && i < HEAR_SHARDS; i++) {
		st = hear_shard_new(h, &h->shard[i], part, err);
		h->pairs[i] = h->shard[i].pairs;
		h->names[i] = h->shard[i].names;
		h->lookups[i] = h->shard[i].lookups;
		h->manners[i] = h->shard[i].manners;
		h->tunnels[i] = h->shard[i].tunnels;
	}
	if (st != OK) {
		hear_free(h);
		return st;
	}
	*out = h;
	return OK;
}

void
hear_count_capture(struct hear_counts *c, const struct capture_stats *s)
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

void
hear_note_end(struct hear *h, const struct error *err, uint64_t kept, const char *what)
{
	struct error note = *err;
	char text[ERROR_TEXT];

	memcpy(text, note.text, sizeof text);
	(void)error_set(&note, OK, "%s; the %llu %s before it were kept", text,
	    (unsigned long long)kept, what);
	h->counts.inputs_broken++;
	h->note(h->note_state, true, note.text);
}

enum status
hear_read(struct hear *h, struct source *source, unsigned index, struct error *err)
{
	struct input *in = source->pipe;
	enum status st = OK;

	source->pipe = NULL;
	if (in == NULL)
		st = source_open(&in, source, err);
	if (st == OK && filter_text(h->options.filter) && source->kind != SOURCE_CAPTURE) {
		st = error_set(err, E_MISUSE,
		    "%s: a packet filter (-f) cannot be applied to a log or to flow "
		    "records",
		    source->path);
		input_close(in);
	}
	if (st != OK) {
		hear_note_end(h, err, 0, "records");
		return OK;
	}
	h->source = index;
	if (source->kind == SOURCE_CAPTURE)
		st = hear_capture(h, in, source->next_ns, err);
	else if (source->kind == SOURCE_ZEEK)
		st = hear_zeek(h, in, err);
	else
		st = hear_records(h, source->kind, in, err);
	h->bytes_before += source->size;
	return st;
}

static void
pairs_finish(void *state, unsigned worker, unsigned workers)
{
	struct hear *h = state;
	struct pairs_spare spare = { 0 };

	for (unsigned i = worker; i < HEAR_SHARDS; i += workers) {
		names_seal(h->shard[i].names);
		lookups_seal(h->shard[i].lookups);
		manners_seal(h->shard[i].manners);
		h->shard[i].sealed =
		    pairs_seal_after(h->shard[i].pairs, &spare, &h->shard[i].why);
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
	c->tunnels_shed += tunnels_shed(s->tunnels);
}

enum status
hear_seal(struct hear *h, struct error *err)
{
	enum status st = OK;

	crew_wait(h->crew);
	hear_meters_end(h);
	hear_sum_up(h);
	fragments_finish(h->fragments, &h->counts.flow);
	for (int i = 0; i < HEAR_SHARDS; i++)
		/* One after the other, so that the flows that wait are never all of them. */
		hear_shard_finish(h, &h->shard[i]);
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

struct tunnels *const *
hear_tunnels(const struct hear *h)
{
	return h->tunnels;
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
	zeek_join_free(h->join);
	fragments_free(h->fragments);
	for (int i = 0; i < HEAR_SHARDS; i++) {
		known_free(h->known[i]);
		hear_shard_free(&h->shard[i]);
	}
	for (int i = 0; i < 2; i++) {
		if (h->unit[i])
			arena_release(&h->unit[i]->bytes);
		free(h->unit[i]);
	}
	free(h);
}
