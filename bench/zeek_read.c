/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_read: read Zeek logs to their end and say what was in them, one line a
 * file: kind, path, flows, bad lines, lines of other logs, CPU seconds, lines
 * per CPU second, and the first bad line. With -f, every flow in its canonical
 * form instead, for comparison with another reader.
 *
 *	cc -O2 -D_GNU_SOURCE -Isrc bench/zeek_read.c build/release/src/libgeophone-core.a
 *	    -lz -lzstd -llzma -o build/zeek_read
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collect/zeek.h"

#define BATCH 256

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
print_flows(const struct flow *flows, unsigned n)
{
	struct buf b;

	buf_init(&b, 4096);
	for (unsigned i = 0; i < n; i++) {
		buf_reset(&b);
		flow_encode(&flows[i], &b);
		puts(b.at);
	}
	buf_release(&b);
}

static int
read_one(const char *file, bool print)
{
	static const char *const kinds[] = { "no", "conn", "other" };
	struct flow flows[BATCH];
	const struct zeek_stats *s;
	struct error err;
	struct input *in;
	struct zeek *z;
	char path[32];
	enum zeek_kind kind;
	enum status st;
	unsigned n = 0;
	double from = cpu_seconds(), took;

	if (input_open(&in, file, &err) != OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	kind = zeek_recognise(input_peek(in, (size_t)64 << 10), path);
	if (zeek_open(&z, in, &err) != OK)
		return 1;
	while ((st = zeek_next(z, flows, NULL, BATCH, &n, &err)) == OK && n > 0)
		if (print)
			print_flows(flows, n);
	took = cpu_seconds() - from;
	s = zeek_stats(z);
	if (!print)
		printf("%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		       "\t%.3f\t%.0f\t%" PRIu64 "\t%s\t%s\n",
		    file, kinds[kind], path, s->lines, s->bad, s->other, took,
		    (double)s->lines / took, s->bad_line, s->bad_why,
		    st == OK ? "" : err.text);
	zeek_close(z);
	return st != OK;
}

int
main(int argc, char **argv)
{
	bool print = argc > 1 && strcmp(argv[1], "-f") == 0;
	int bad = 0;

	for (int i = 1 + print; i < argc; i++)
		bad |= read_one(argv[i], print);
	return bad;
}
