/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exportdump: the records of exporters in a capture of their datagrams, as
 * lines of JSON in the order in which they came, before directions are put
 * together; with -f the flows made of them. Last comes a line of counters on
 * stderr. For those who compare with other collectors. Not installed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "capture/capture.h"
#include "collect/netflow.h"
#include "decode/packet.h"
#include "flow/halves.h"

struct dump {
	struct halves *halves;
	bool flows;
};

static void
print_flow(void *state, const struct flow *f)
{
	struct buf line;

	(void)state;
	buf_init(&line, 4096);
	flow_encode(f, &line);
	puts(line.at);
	buf_release(&line);
}

static void
on_half(void *state, const struct half *h)
{
	struct dump *d = state;

	if (d->flows)
		halves_see(d->halves, h);
	else
		print_flow(NULL, &h->flow);
}

static enum status
read_all(struct netflow *nf, struct capture *c, struct error *err)
{
	static struct frame_batch frames;
	enum status st;

	while ((st = capture_next(c, &frames, err)) == OK && frames.n > 0) {
		for (unsigned i = 0; i < frames.n; i++) {
			struct packet p;

			if (decode_frame(&frames.frame[i], &p) == DECODE_OK &&
			    p.proto == PROTO_UDP)
				(void)netflow_see(nf, &p.src, p.time_ns, p.data);
		}
	}
	return st;
}

int
main(int argc, char **argv)
{
	struct dump d = { .flows = argc > 1 && strcmp(argv[1], "-f") == 0 };
	struct netflow *nf = NULL;
	struct capture *c = NULL;
	struct input *in = NULL;
	struct error err = { "" };
	enum status st;

	if (argc != 2 + d.flows) {
		fputs("usage: exportdump [-f] CAPTURE\n", stderr);
		return 2;
	}
	st = halves_new(&d.halves, (size_t)64 << 20, print_flow, NULL, &err);
	if (st == OK)
		st = netflow_new(&nf, on_half, &d, &err);
	if (st == OK)
		st = input_open(&in, argv[argc - 1], &err);
	if (st == OK)
		st = capture_open(&c, in, &err);
	if (st == OK)
		st = read_all(nf, c, &err);
	if (d.halves)
		halves_finish(d.halves);
	if (nf) {
#define X(name, why) fprintf(stderr, #name " %" PRIu64 " ", netflow_counters(nf)->name);
		NETFLOW_COUNTERS(X)
#undef X
		fputs("\n", stderr);
	}
	if (st != OK)
		fprintf(stderr, "exportdump: %s\n", err.text);
	netflow_free(nf);
	halves_free(d.halves);
	capture_close(c);
	return st == OK ? 0 : 3;
}
