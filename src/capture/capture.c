/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/capture.h"

#include <inttypes.h>
#include <stdlib.h>

#include "capture/format.h"

bool
capture_recognise(struct span first)
{
	return pcap_recognise(first) || pcapng_recognise(first);
}

enum status
capture_broken(const struct capture *c, uint64_t skip, struct error *err, const char *what)
{
	return error_set(err, E_FORMAT, "%s: offset %" PRIu64 ": %s", input_path(c->in),
	    input_at(c->in) + skip, what);
}

enum status
capture_cut(const struct capture *c, struct error *err, const char *inside)
{
	enum status st = input_state(c->in, err);

	if (st != OK)
		return st;
	return error_set(err, E_FORMAT, "%s: offset %" PRIu64 ": the file ends inside %s",
	    input_path(c->in), input_at(c->in), inside);
}

static enum status
open_format(struct capture *c, struct error *err)
{
	struct span first = input_peek(c->in, 24);

	if (pcap_recognise(first))
		return pcap_open(c, err);
	if (pcapng_recognise(first)) {
		pcapng_open(c);
		return OK;
	}
	if (first.len < 24)
		return capture_cut(c, err, "its header");
	return error_set(err, E_FORMAT, "%s: neither pcap nor pcapng", input_path(c->in));
}

enum status
capture_open(struct capture **out, struct input *in, struct error *err)
{
	struct capture *c = calloc(1, sizeof *c);
	enum status st;

	if (c == NULL) {
		st = error_set(err, E_NOMEM, "%s: no memory to read it", input_path(in));
		input_close(in);
		return st;
	}
	c->in = in;
	st = open_format(c, err);
	if (st != OK)
		capture_close(c);
	else
		*out = c;
	return st;
}

void
capture_filter(struct capture *c, struct filter *filter)
{
	c->filter = filter;
}

void
capture_remarks(struct capture *c, capture_remark *remark, void *state)
{
	c->remark = remark;
	c->remark_state = state;
}

/* The next batch that is not empty, or the end. */
static enum status
next_wanted(struct capture *c, struct frame_batch *batch)
{
	enum status st;
	unsigned read;

	do {
		batch->n = 0;
		st = c->next(c, batch, &c->why);
		c->stats.frames += batch->n;
		read = batch->n;
		if (st == OK && c->filter && read > 0)
			st = filter_batch(c->filter, batch, &c->stats.outside,
			    &c->stats.unwanted, &c->why);
	} while (st == OK && read > 0 && batch->n == 0);
	if (st != OK)
		batch->n = 0;
	return st;
}

enum status
capture_next(struct capture *c, struct frame_batch *batch, struct error *err)
{
	batch->n = 0;
	if (c->over == OK)
		c->over = next_wanted(c, batch);
	if (c->over != OK)
		*err = c->why;
	return c->over;
}

const struct capture_stats *
capture_stats(const struct capture *c)
{
	return &c->stats;
}

const struct input *
capture_input(const struct capture *c)
{
	return c->in;
}

void
capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	pcapng_close(c);
	input_close(c->in);
	free(c);
}
