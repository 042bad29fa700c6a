/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flowdump: the flows of one capture as lines of JSON, in the order in which
 * the table ends them; for those who work on the table and compare it with
 * other tools. With -q only counts and the time for a packet, with -t the traits
 * that the flows carried instead. Not installed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "capture/capture.h"
#include "decode/clock.h"
#include "flow/table.h"
#include "protocol/reader.h"

struct dump {
	struct flow_table *table;
	struct buf line;
	bool quiet, traits;
	struct clock clock;
	uint64_t flows, pkts, sum;
	uint64_t flow_ns; /* spent in the table */
};

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
print_flow(void *state, const struct flow *f)
{
	struct dump *d = state;

	d->flows++;
	d->pkts += f->orig_pkts + f->resp_pkts;
	d->sum += f->orig_bytes + f->resp_bytes;
	if (d->quiet || d->traits)
		return;
	buf_reset(&d->line);
	flow_encode(f, &d->line);
	puts(d->line.at);
}

static void
print_trait(void *state, const struct trait *t)
{
	struct dump *d = state;

	if (d->quiet)
		return;
	buf_reset(&d->line);
	trait_encode(t, &d->line);
	puts(d->line.at);
}

static enum status
read_all(struct dump *d, struct capture *c, struct error *err)
{
	static struct frame_batch frames;
	static struct packet packets[FRAME_BATCH];
	enum status st;

	while ((st = capture_next(c, &frames, err)) == OK && frames.n > 0) {
		const struct packet *order[FRAME_BATCH];
		uint64_t from;
		unsigned n = 0;

		for (unsigned i = 0; i < frames.n; i++) {
			struct packet *p = &packets[n];

			if (decode_frame(&frames.frame[i], p) != DECODE_OK)
				continue;
			p->clock_ns = clock_see(&d->clock, p->time_ns,
			    i + 1 < frames.n ? frames.frame[i + 1].time_ns : UINT64_MAX);
			order[n++] = p;
		}
		from = cpu_ns();
		flow_table_see(d->table, order, n);
		d->flow_ns += cpu_ns() - from;
	}
	return st;
}

static void
print_counts(const struct dump *d)
{
	const struct flow_counters *c = flow_table_counters(d->table);

	printf("packets %" PRIu64 " flows %" PRIu64 " shed %" PRIu64 " fragments %" PRIu64
	       " lost %" PRIu64 " bytes %" PRIu64 " table %.1f ns a packet\n",
	    c->packets, c->flows, c->shed, c->fragments, c->fragments_lost, d->sum,
	    (double)d->flow_ns / (double)(c->packets ? c->packets : 1));
}

int
main(int argc, char **argv)
{
	struct dump d = {
		.quiet = argc > 1 && strcmp(argv[1], "-q") == 0,
		.traits = argc > 1 && strcmp(argv[1], "-t") == 0,
	};
	struct reader *reader = NULL;
	struct flow_watch watch;
	struct flow_limits limits = flow_limits_default();
	struct capture *c = NULL;
	struct input *in = NULL;
	struct error err = { "" };
	enum status st;

	if (argc != 2 + (d.quiet || d.traits)) {
		fputs("usage: flowdump [-q | -t] CAPTURE\n", stderr);
		return 2;
	}
	buf_init(&d.line, 1 << 20);
	st = flow_table_new(&d.table, &limits, print_flow, &d, &err);
	if (st == OK && d.traits)
		st = reader_new(&reader, (size_t)256 << 20, print_trait, &d, &err);
	if (reader) {
		watch = reader_watch(reader);
		flow_table_watch(d.table, &watch);
	}
	if (st == OK)
		st = input_open(&in, argv[argc - 1], &err);
	if (st == OK)
		st = capture_open(&c, in, &err);
	if (st == OK)
		st = read_all(&d, c, &err);
	if (d.table) {
		uint64_t from = cpu_ns();

		flow_table_finish(d.table);
		d.flow_ns += cpu_ns() - from;
		if (d.quiet)
			print_counts(&d);
	}
	if (st != OK)
		fprintf(stderr, "flowdump: %s\n", err.text);
	flow_table_free(d.table);
	reader_free(reader);
	capture_close(c);
	buf_release(&d.line);
	return st == OK ? 0 : 3;
}
