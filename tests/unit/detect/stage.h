/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage.h - flows on a stage, all detectors run over them, and every finding
 * made once more from nothing but the records of its scope and its context.
 */
#ifndef TESTS_DETECT_STAGE_H
#define TESTS_DETECT_STAGE_H

#include "detect/detector.h"
#include "detect/scenery.h"

#define STAGE_SHARDS 3

struct stage {
	struct pairs *shard[STAGE_SHARDS];
	struct hosts *hosts;
	struct heard heard;
	struct params params;
	struct detections found;
};

static inline void
stage_open_with(struct stage *t, const struct scenery *s, const struct devices *devices)
{
	struct error err;

	*t = (struct stage){ .params = params_default() };
	for (size_t i = 0; i < STAGE_SHARDS; i++)
		assert_int_equal(pairs_new(&t->shard[i], (size_t)256 << 20, &err), OK);
	for (size_t i = 0; i < s->n; i++)
		pairs_see(t->shard[s->flow[i].orig.b[15] % STAGE_SHARDS], &s->flow[i]);
	for (size_t i = 0; i < STAGE_SHARDS; i++)
		assert_int_equal(pairs_seal(t->shard[i], &err), OK);
	assert_int_equal(hosts_new(&t->hosts, t->shard, STAGE_SHARDS, NULL, &err), OK);
	t->heard = (struct heard){ .shard = t->shard,
		.shards = STAGE_SHARDS,
		.hosts = t->hosts,
		.devices = devices,
		.span_first_ns = UINT64_MAX,
		.limits = { .sampling = 1, .frames_dropped = UINT64_MAX } };
	for (size_t i = 0; i < s->n; i++) {
		uint64_t at = s->flow[i].first_ns;

		if (at < t->heard.span_first_ns)
			t->heard.span_first_ns = at;
		if (at > t->heard.span_last_ns)
			t->heard.span_last_ns = at;
	}
	if (detect_all(&t->found, &t->heard, &t->params, &err) != OK)
		fail_msg("%s", err.text);
}

static inline void
stage_open(struct stage *t, const struct scenery *s)
{
	stage_open_with(t, s, NULL);
}

static inline void
stage_close(struct stage *t)
{
	detections_release(&t->found);
	hosts_free(t->hosts);
	for (size_t i = 0; i < STAGE_SHARDS; i++)
		pairs_free(t->shard[i]);
}

/* The first finding of a kind about a host; NULL: none. */
static inline const struct finding *
stage_find(const struct stage *t, enum finding_kind kind, const struct ip *host)
{
	for (size_t i = 0; i < t->found.n; i++)
		if (t->found.at[i].finding.kind == kind &&
		    ip_equal(&t->found.at[i].finding.host, host))
			return &t->found.at[i].finding;
	return NULL;
}

/* What `verify` does: the slice alone, the context as it was written, the same bytes. */
static inline void
stage_again(const struct stage *t, const struct scenery *s, const struct detected *d)
{
	struct buf said = { .max = 1 << 20 }, again = { .max = 1 << 20 },
		   text = { .max = 1 << 20 };
	const struct finding *f = &d->finding;
	struct subject subject = { .kind = f->kind,
		.host = f->host,
		.peer = f->peer,
		.port = f->port,
		.proto = f->proto };
	struct context context;
	struct heard heard;
	struct finding made;
	struct pairs *pairs;
	struct error err;

	memcpy(subject.name, f->name, sizeof subject.name);
	assert_int_equal(pairs_new(&pairs, (size_t)64 << 20, &err), OK);
	for (size_t i = 0; i < s->n; i++)
		if (scope_has(scope_of(f), f, &s->flow[i].orig, &s->flow[i].resp,
			s->flow[i].resp_port, s->flow[i].proto))
			pairs_see(pairs, &s->flow[i]);
	assert_int_equal(pairs_seal(pairs, &err), OK);
	context_encode(&d->context, &text);
	assert_int_equal(context_decode(buf_span(&text), &context, &err), OK);
	heard = (struct heard){ .shard = &pairs,
		.shards = 1,
		.span_first_ns = context.span_first_ns,
		.span_last_ns = context.span_last_ns,
		.limits = context.limits };
	assert_true(detector_judge(
	    detector_find(f->kind), &heard, &subject, &context, &t->params, &made));
	finding_core(f, &said);
	finding_core(&made, &again);
	assert_string_equal(said.at, again.at);
	buf_release(&said);
	buf_release(&again);
	buf_release(&text);
	pairs_free(pairs);
}

static inline void
stage_all_again(const struct stage *t, const struct scenery *s)
{
	for (size_t i = 0; i < t->found.n; i++)
		stage_again(t, s, &t->found.at[i]);
}

/* What a row says: a finding about the host or none, and how severe. Takes the scenery. */
static inline void
stage_row(struct scenery *s, enum finding_kind kind, const struct ip *host, bool found,
    enum severity least, enum severity most)
{
	const struct finding *f;
	struct stage t;

	shuffle(s);
	stage_open(&t, s);
	f = stage_find(&t, kind, host);
	assert_int_equal(f != NULL, found);
	if (f)
		assert_in_range(f->severity, least, most);
	stage_all_again(&t, s);
	stage_close(&t);
	free(s->flow);
}

#endif
