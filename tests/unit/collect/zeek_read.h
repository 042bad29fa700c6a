/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_read.h - for tests: a whole log from memory to an array of flows.
 */
#ifndef TESTS_ZEEK_READ_H
#define TESTS_ZEEK_READ_H

#include <inttypes.h>
#include <stdlib.h>

#include "collect/zeek.h"

struct zeek_result {
	struct flow *flow;
	unsigned n;
	struct zeek_stats stats;
	enum status st; /* how it ended */
	struct error err;
};

/* In batches of `max`. Each raw line must be there at its number in `plain`, if given. */
static inline struct zeek_result
zeek_read(struct span bytes, unsigned max, const struct span *plain)
{
	struct zeek_result r = { 0 };
	unsigned room = 0;
	struct span *line = malloc(max * sizeof *line);
	struct flow *flow = malloc(max * sizeof *flow);
	struct input *in;
	struct zeek *z;
	unsigned n;

	assert_true(line && flow);
	assert_int_equal(input_open_bytes(&in, bytes, "test.log", &r.err), OK);
	assert_int_equal(zeek_open(&z, in, &r.err), OK);
	while ((r.st = zeek_next(z, flow, line, max, &n, &r.err)) == OK && n > 0) {
		assert_true(n <= max);
		if (r.n + n > room) {
			room = 2 * (r.n + n);
			r.flow = realloc(r.flow, room * sizeof *r.flow);
			assert_non_null(r.flow);
		}
		memcpy(r.flow + r.n, flow, n * sizeof *flow);
		r.n += n;
		for (unsigned i = 0; plain && i < n; i++) {
			struct span at = plain[flow[i].where];

			assert_int_equal(line[i].len, at.len);
			assert_memory_equal(line[i].at, at.at, at.len);
		}
	}
	if (r.st == OK) { /* the end stays the end */
		assert_int_equal(zeek_next(z, flow, line, max, &n, &r.err), OK);
		assert_int_equal(n, 0);
	}
	r.stats = *zeek_stats(z);
	zeek_close(z);
	free(line);
	free(flow);
	assert_int_equal(r.stats.lines, r.n);
	return r;
}

/* All of a flow but its line, for comparison and for people. */
static inline const char *
zeek_summary(const struct flow *f, char text[static 400])
{
	char a[IP_TEXT], b[IP_TEXT];

	(void)snprintf(text, 400,
	    "%" PRIu64 "+%" PRIu64 " %s:%u>%s:%u proto=%u %s %s bytes=%" PRIu64 "/%" PRIu64
	    " pkts=%" PRIu64 "/%" PRIu64 " ip=%" PRIu64 "/%" PRIu64
	    " flags=%u history=%s vlan=%u source=%u",
	    f->first_ns, f->last_ns - f->first_ns, ip_text(&f->orig, a), f->orig_port,
	    ip_text(&f->resp, b), f->resp_port, f->proto, service_text(f->service),
	    conn_state_text(f->state), f->orig_bytes, f->resp_bytes, f->orig_pkts,
	    f->resp_pkts, f->orig_ip_bytes, f->resp_ip_bytes, f->flags, f->history, f->vlan,
	    f->source);
	return text;
}

#endif
