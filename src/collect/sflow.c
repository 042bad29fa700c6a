/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/sflow.h"

enum sample_format { SAMPLE_FLOW = 1, SAMPLE_FLOW_WIDE = 3 };
#define RECORD_HEADER 1 /* the bytes a packet begins with */

struct heard {
	struct sflow_counters *counters;
	sflow_sink *sink;
	void *state;
	uint64_t time_ns;
};

/* The header_protocol of a raw header; LINKTYPE_ numbers, -1: another. */
static int
link_of(uint32_t protocol)
{
	switch (protocol) {
	case 1:
		return LINK_ETHERNET;
	case 11:
		return LINK_IPV4;
	case 12:
		return LINK_IPV6;
	default:
		return -1;
	}
}

static bool
see_header(struct heard *h, struct cursor c, uint32_t sampling)
{
	int link = link_of(cursor_be32(&c));
	uint32_t wire = cursor_be32(&c), stripped = cursor_be32(&c);
	uint32_t len = cursor_be32(&c);
	struct span bytes = cursor_take(&c, len);
	struct frame f = { .time_ns = h->time_ns, .bytes = bytes, .link = (uint16_t)link };

	if (c.bad)
		return false;
	if (link < 0) {
		h->counters->others++;
		return true;
	}
	/* What was stripped off the end (the FCS) is no part of the packet. */
	f.wire_length = wire > stripped ? wire - stripped : wire;
	if (f.wire_length < bytes.len)
		f.wire_length = (uint32_t)bytes.len;
	h->counters->samples++;
	h->sink(h->state, &f, sampling);
	return true;
}

static bool
see_sample(struct heard *h, struct cursor c, bool wide)
{
	uint32_t sampling, records;

	cursor_skip(&c, wide ? 12 : 8); /* number and source */
	sampling = cursor_be32(&c);
	/* Packets that might have been taken, samples dropped so far, interfaces. */
	cursor_skip(&c, wide ? 24 : 16);
	records = cursor_be32(&c);
	if (c.bad)
		return false;
	for (uint32_t i = 0; i < records && c.left > 0; i++) {
		uint32_t format = cursor_be32(&c), len = cursor_be32(&c);
		struct span record = cursor_take(&c, len);

		if (c.bad)
			return false;
		if (format != RECORD_HEADER)
			h->counters->others++;
		else if (!see_header(h, cursor_of(record), sampling ? sampling : 1))
			return false;
	}
	return !c.bad;
}

/* Up to the samples: who sent it. */
static uint32_t
read_head(struct cursor *c)
{
	uint32_t version = cursor_be32(c), family = cursor_be32(c);

	if (version != 5 || (family != 1 && family != 2))
		c->bad = true;
	cursor_skip(c, family == 1 ? 4 : 16);
	cursor_skip(c, 12); /* sub-agent, number, uptime */
	return cursor_be32(c);
}

bool
sflow_see(struct span payload, uint64_t arrival_ns, struct sflow_counters *counters,
    sflow_sink *sink, void *state)
{
	struct heard h = { counters, sink, state, arrival_ns };
	struct cursor c = cursor_of(payload);
	uint32_t n = read_head(&c);

	counters->datagrams++;
	for (uint32_t i = 0; i < n && !c.bad && c.left > 0; i++) {
		uint32_t format = cursor_be32(&c), len = cursor_be32(&c);
		struct span sample = cursor_take(&c, len);

		if (c.bad)
			break;
		if (format != SAMPLE_FLOW && format != SAMPLE_FLOW_WIDE)
			counters->others++;
		else if (!see_sample(&h, cursor_of(sample), format == SAMPLE_FLOW_WIDE))
			c.bad = true;
	}
	counters->malformed += c.bad;
	return !c.bad;
}

bool
sflow_recognise(struct span payload)
{
	struct cursor c = cursor_of(payload);
	uint32_t n = read_head(&c);

	for (uint32_t i = 0; i < n && !c.bad; i++) {
		(void)cursor_be32(&c);
		cursor_skip(&c, cursor_be32(&c));
	}
	return !c.bad && n > 0 && c.left == 0;
}
