/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hear_packets.c - from frames to the shards of flows, a unit at a time.
 */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/hear_own.h"
#include "cmd/progress.h"

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
		at[u->shard[i] + 1]++;
	for (unsigned s = 0; s < HEAR_SHARDS; s++)
		at[s + 1] += at[s];
	memcpy(u->start, at, sizeof at);
	for (unsigned i = 0; i < u->n; i++)
		u->order[at[u->shard[i]]++] = &u->packet[i];
	crew_wait(h->crew);
	hear_sum_up(h);
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
	u->shard[u->n] = (uint8_t)flow_shard(&p->src, &p->dst, HEAR_SHARDS);
	if (++u->n == HEAR_UNIT)
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

enum status
hear_capture(struct hear *h, struct input *in, uint64_t next_ns, struct error *err)
{
	struct frame_batch batch;
	struct capture *c;
	enum status st = capture_open(&c, in, err);
	bool keep;

	if (st != OK) {
		hear_note_end(h, err, 0, "frames");
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
		hear_note_end(h, err, capture_stats(c)->frames, "frames");
		st = OK;
	}
	settle(h, next_ns ? next_ns : UINT64_MAX); /* nothing speaks against the last one */
	unit_hand_over(h);
	crew_wait(h->crew);
	hear_count_capture(&h->counts, capture_stats(c));
	capture_close(c);
	return st;
}
