/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readcap: read captures to their end and say what was in them; for those who
 * work on the readers. One line per file, tab-separated:
 *
 *	status frames bytes cut skipped bad dropped verdict=count... path [reason]
 *
 * -q decodes but prints nothing but a sum, for timing; -f prints a line per
 * frame, to compare with another reader. Not installed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "capture/capture.h"
#include "decode/packet.h"

static const char *const names[] = {
#define X(name, why) #name,
	DECODE_VERDICTS(X)
#undef X
};

static void
print_frame(const struct frame *f, enum decode_verdict v, const struct packet *p)
{
	char src[IP_TEXT], dst[IP_TEXT];

	printf("%" PRIu64 "\t%" PRIu32 "\t%zu\t%u\t%s", f->time_ns, f->wire_length,
	    f->bytes.len, f->link, names[v]);
	if (v == DECODE_OK)
		printf("\t%s\t%s\t%u\t%u\t%u\t%" PRIu32 "\t%" PRIu32 "\t%zu\t%u\t%u",
		    ip_text(&p->src, src), ip_text(&p->dst, dst), p->proto, p->src_port,
		    p->dst_port, p->ip_bytes, p->data_bytes, p->data.len, p->fragment,
		    p->vlan);
	printf("\n");
}

static enum status
read_all(struct capture *c, struct decode_counters *n, bool frames, uint64_t *sum,
    struct error *err)
{
	static struct frame_batch batch;
	enum status st;

	while ((st = capture_next(c, &batch, err)) == OK && batch.n > 0)
		for (unsigned i = 0; i < batch.n; i++) {
			struct packet p;
			enum decode_verdict v = decode_frame(&batch.frame[i], &p);

			n->verdict[v]++;
			if (v == DECODE_OK)
				*sum += p.src_port + p.data_bytes + p.src.b[15];
			if (frames)
				print_frame(&batch.frame[i], v, &p);
		}
	return st;
}

static void
print_line(const struct capture_stats *s, const struct decode_counters *n, enum status st,
    const char *path, const char *why)
{
	printf("%d\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	       "\t%" PRIu64,
	    (int)st, s->frames, s->bytes, s->frames_cut, s->blocks_skipped, s->records_bad,
	    s->dropped);
	for (size_t v = 0; v < DECODE_VERDICT_COUNT; v++)
		if (n->verdict[v] > 0)
			printf("\t%s=%" PRIu64, names[v], n->verdict[v]);
	printf("\t%s\t%s\n", path, why);
}

static int
read_path(const char *path, char mode)
{
	struct capture_stats none = { 0 };
	struct decode_counters n = { 0 };
	struct error err = { "" };
	struct capture *c = NULL;
	struct input *in;
	uint64_t sum = 0;
	clock_t began = clock();
	enum status st = input_open(&in, path, &err);

	if (st == OK)
		st = capture_open(&c, in, &err);
	if (st == OK)
		st = read_all(c, &n, mode == 'f', &sum, &err);
	if (mode != 'q')
		print_line(c ? capture_stats(c) : &none, &n, st, path, err.text);
	else if (c)
		printf("%" PRIu64 " frames, sum %" PRIu64 ", %.1f ns each\n",
		    capture_stats(c)->frames, sum,
		    (double)(clock() - began) * 1e9 / CLOCKS_PER_SEC /
			(double)capture_stats(c)->frames);
	capture_close(c);
	return st != OK;
}

int
main(int argc, char **argv)
{
	char mode = argc > 1 && argv[1][0] == '-' ? argv[1][1] : 0;
	int bad = 0;

	for (int i = mode ? 2 : 1; i < argc; i++)
		bad |= read_path(argv[i], mode);
	return bad;
}
