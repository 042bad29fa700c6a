/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a Zeek log. Reading them twice, in batches of different size,
 * gives the same flows; no flow ends before it begins; lines are counted once
 * each and in order; what holds flows is recognised as a conn.log; and the quick
 * way of reading a line says what the long way does.
 */
#include <stdlib.h>

#include "../tests/unit/collect/zeek_twin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLOWS 128 /* more are read, but not compared */

struct result {
	struct flow *flow;
	unsigned n;
	struct zeek_stats stats;
	enum status st;
	bool mapped;
};

static void
take(struct result *r, const struct flow *flow, const struct span *line, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		CHECK(flow[i].first_ns <= flow[i].last_ns);
		CHECK(flow[i].where > 0);
		CHECK(memchr(line[i].at, '\n', line[i].len) == NULL);
		CHECK(strnlen(flow[i].history, FLOW_HISTORY) < FLOW_HISTORY);
		CHECK(conn_state_text(flow[i].state) && service_text(flow[i].service));
		if (r->n < FLOWS)
			r->flow[r->n++] = flow[i];
	}
}

static struct result
read_all(const uint8_t *data, size_t size, unsigned max)
{
	struct result r = { .flow = calloc(FLOWS, sizeof *r.flow) };
	struct flow flow[64];
	struct span line[64];
	struct error err;
	struct input *in;
	struct zeek *z;
	unsigned n;

	CHECK(r.flow != NULL);
	if (input_open_bytes(&in, (struct span){ data, size }, "fuzz", &err) != OK)
		return r;
	r.mapped = input_is_mapped(in);
	CHECK(zeek_open(&z, in, &err) == OK);
	while ((r.st = zeek_next(z, flow, line, max, &n, &err)) == OK && n > 0)
		take(&r, flow, line, n);
	r.stats = *zeek_stats(z);
	zeek_close(z);
	return r;
}

static void
compare(const struct result *a, const struct result *b)
{
	CHECK(a->n == b->n && a->st == b->st);
	CHECK(memcmp(&a->stats, &b->stats, sizeof a->stats) == 0);
	CHECK(memcmp(a->flow, b->flow, a->n * sizeof *a->flow) == 0);
	for (unsigned i = 1; i < a->n; i++)
		CHECK(a->flow[i - 1].where < a->flow[i].where);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result a = read_all(data, size, 64), b = read_all(data, size, 3);
	enum zeek_kind kind;
	char path[32];
	struct zeek_twin *twin = malloc(sizeof *twin);
	uint64_t newlines = 0;

	compare(&a, &b);
	CHECK(twin != NULL);
	zeek_twin_init(twin);
	zeek_twin_log(twin, (struct span){ data, size });
	free(twin);
	for (size_t i = 0; i < size; i++)
		newlines += data[i] == '\n';
	kind = zeek_recognise((struct span){ data, size }, path);
	CHECK(memchr(path, 0, sizeof path) != NULL);
	if (a.mapped) {
		CHECK(a.stats.lines + a.stats.bad + a.stats.other <= newlines + 1);
		CHECK(a.stats.bad_line <= newlines + 1);
		CHECK((a.stats.bad == 0) == (a.stats.bad_line == 0));
		if (a.stats.lines > 0 && size <= (size_t)1 << 20)
			CHECK(kind == ZEEK_CONN);
	}
	free(a.flow);
	free(b.flow);
	return 0;
}
