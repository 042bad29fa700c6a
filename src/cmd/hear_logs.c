/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hear_logs.c - what other tools wrote: flows and traits that need no table of flows.
 */
#include "cmd/cmd.h"
#include "cmd/hear_own.h"
#include "cmd/progress.h"

/* Flows of a log need no table: they go straight to the pairs of their host. */
static void
see_flows(struct hear *h, struct flow *flow, unsigned n)
{
	unsigned at[HEAR_SHARDS + 1] = { 0 }, home[HEAR_FLOWS];
	struct flow order[HEAR_FLOWS];

	for (unsigned i = 0; i < n; i++) {
		if (h->options.flow_tap)
			h->options.flow_tap(h->options.tap_state, &flow[i]);
		home[i] = hear_home(&flow[i].orig);
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

	for (unsigned i = 0; i < n; i++) {
		if (!filter_in_time(h->options.filter, flow[i].first_ns))
			continue;
		if (kept < i)
			flow[kept] = flow[i];
		kept++;
	}
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
	struct shard *s = &h->shard[hear_home(&t->orig)];

	if (!filter_in_time(h->options.filter, t->time_ns)) {
		h->counts.records_outside++;
		return;
	}
	h->counts.traits++;
	if (h->options.trait_tap)
		h->options.trait_tap(h->options.tap_state, t);
	hear_keep_trait(s, t);
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

static void
count_zeek(struct hear_counts *c, const struct zeek_stats *s)
{
	c->lines += s->lines + s->traits + s->certificates + s->odds;
	c->lines_bad += s->bad;
	c->lines_other += s->other;
	c->certificates += s->certificates;
	c->odds += s->odds;
	for (unsigned i = 0; i < s->odd.n; i++) {
		const char *name = s->odd.odd[i].name;

		zeek_odds_add(&c->odd, (struct span){ (const uint8_t *)name, strlen(name) },
		    s->odd.odd[i].count);
	}
	c->odd.more += s->odd.more;
}

enum status
hear_zeek(struct hear *h, struct input *in, struct error *err)
{
	struct flow flows[HEAR_FLOWS];
	const char *path = input_path(in);
	struct zeek *z;
	unsigned n = 0;
	enum status st = zeek_open(&z, in, err);

	if (st != OK) {
		hear_note_end(h, err, 0, "lines");
		return OK;
	}
	if (h->join == NULL)
		st = zeek_join_new(&h->join, ZEEK_JOIN_MEMORY, err);
	if (st != OK) {
		zeek_close(z);
		return st;
	}
	zeek_traits(z, on_trait, h);
	zeek_share(z, h->join);
	do {
		st = zeek_next(z, flows, NULL, HEAR_FLOWS, &n, err);
		if (st != OK)
			break;
		see_flows(h, flows, flows_in_time(h, flows, n));
		progress_at(h->bytes_before + input_consumed(zeek_input(z)));
	} while (!zeek_ended(z) && !cmd_stopped);
	if (cmd_stopped) {
		st = error_set(err, E_STOPPED, "stopped in %s at line %llu", path,
		    (unsigned long long)zeek_stats(z)->lines);
	} else if (st != OK) {
		hear_note_end(h, err, zeek_stats(z)->lines, "lines");
		st = OK;
	}
	count_zeek(&h->counts, zeek_stats(z));
	h->counts.certificates_shed = zeek_join_shed(h->join);
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
	if (g->n == HEAR_FLOWS)
		gather_flush(g);
}

static void
count_records(struct hear_counts *c, const struct records_counts *r)
{
	struct records_counts *sum = &c->records;

	for (int v = 0; v < DECODE_VERDICT_COUNT; v++)
		c->verdict[v] += r->verdict[v];
	hear_count_capture(c, &r->capture);
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

enum status
hear_records(struct hear *h, enum source_kind kind, struct input *in, struct error *err)
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
		hear_note_end(h, err, 0, "records");
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
		hear_note_end(h, err, meters_counts(h->meters).flows, "flows");
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

void
hear_meters_end(struct hear *h)
{
	if (h->meters == NULL)
		return;
	meters_finish(h->meters);
	gather_flush(&h->gather);
	h->counts.meters = meters_counts(h->meters);
}
