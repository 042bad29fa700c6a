/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_stage.h - look-ups on a stage, all detectors run over them, and every
 * finding made once more from nothing but the look-ups of its scope.
 */
#ifndef TESTS_DETECT_NAME_STAGE_H
#define TESTS_DETECT_NAME_STAGE_H

#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detector.h"

#define NAME_STAGE_MOST 60000
#define NAME_SHARDS     2

struct name_stage {
	struct trait *trait;
	char (*text)[NAME_TEXT];
	size_t n;
	struct pairs *pairs[NAME_SHARDS];
	struct lookups *lookups[NAME_SHARDS];
	struct hosts *hosts;
	struct heard heard;
	struct params params;
	struct detections found;
	uint16_t port;  /* that each address an answer gave is called on; 0: none is */
	uint8_t caller; /* last octet of who calls; 0: who asked */
	uint8_t proto;
};

static inline struct name_stage
name_stage_new(void)
{
	return (struct name_stage){ .params = params_default(),
		.trait = calloc(NAME_STAGE_MOST, sizeof(struct trait)),
		.text = calloc(NAME_STAGE_MOST, NAME_TEXT) };
}

/* `rcode` below 0: no answer was seen. */
static inline struct trait *
name_ask(struct name_stage *s, unsigned host, const char *name, double time_s,
    uint16_t type, int rcode)
{
	struct trait *t = &s->trait[s->n];

	assert_true(s->n < NAME_STAGE_MOST);
	(void)snprintf(s->text[s->n], NAME_TEXT, "%s", name);
	*t = (struct trait){ .time_ns =
				 UINT64_C(1700000000000000000) + (uint64_t)(time_s * 1e9),
		.orig = ip_from_v4(
		    (const uint8_t[4]){ 10, 0, (uint8_t)(host >> 8), (uint8_t)host }),
		.resp = ip_from_v4((const uint8_t[4]){ 10, 9, 9, 9 }),
		.orig_port = 50000,
		.resp_port = 53,
		.proto = PROTO_UDP,
		.kind = TRAIT_DNS,
		.dns = { .query = text_span(s->text[s->n]),
		    .qtype = type,
		    .answered = rcode >= 0,
		    .rcode = (uint8_t)(rcode >= 0 ? rcode : 0) } };
	s->n++;
	return t;
}

static inline void
name_stage_call(struct name_stage *s, const struct trait *t)
{
	struct ip caller = t->orig;

	if (s->caller)
		caller.b[15] = s->caller;
	for (unsigned i = 0; s->port != 0 && i < t->dns.answers; i++) {
		struct flow f = { .first_ns = t->time_ns + 1000000,
			.last_ns = t->time_ns + 2000000,
			.orig = caller,
			.resp = t->dns.answer[i].address,
			.orig_port = 40000,
			.resp_port = s->port,
			.proto = s->proto,
			.state = CONN_SF,
			.orig_bytes = 100,
			.resp_bytes = 200 };

		pairs_see(s->pairs[caller.b[15] % NAME_SHARDS], &f);
	}
}

static inline void
name_stage_run(struct name_stage *s)
{
	struct error err;

	for (size_t i = 0; i < NAME_SHARDS; i++) {
		assert_int_equal(pairs_new(&s->pairs[i], (size_t)64 << 20, &err), OK);
		assert_int_equal(lookups_new(&s->lookups[i], (size_t)16 << 20, &err), OK);
	}
	for (size_t i = 0; i < s->n; i++) {
		size_t shard = s->trait[i].orig.b[15] % NAME_SHARDS;

		names_see(NULL, s->pairs[shard], &s->trait[i]);
		lookups_see(s->lookups[shard], &s->trait[i]);
		name_stage_call(s, &s->trait[i]);
	}
	for (size_t i = 0; i < NAME_SHARDS; i++) {
		assert_int_equal(pairs_seal(s->pairs[i], &err), OK);
		lookups_seal(s->lookups[i]);
	}
	assert_int_equal(hosts_new(&s->hosts, s->pairs, NAME_SHARDS, NULL, &err), OK);
	s->heard = (struct heard){ .shard = s->pairs,
		.shards = NAME_SHARDS,
		.lookups = s->lookups,
		.hosts = s->hosts,
		.span_first_ns = s->trait[0].time_ns,
		.span_last_ns = s->trait[s->n - 1].time_ns,
		.limits = { .sampling = 1, .frames_dropped = UINT64_MAX } };
	if (detect_all(&s->found, &s->heard, &s->params, &err) != OK)
		fail_msg("%s", err.text);
}

/* What `verify` does: the slice, as it was written, and the context. */
static inline void
name_stage_again(const struct name_stage *s, const struct detected *d)
{
	struct buf said = { .max = 1 << 20 }, again = { .max = 1 << 20 },
		   text = { .max = 1 << 20 }, line = { .max = 1 << 20 };
	const struct finding *f = &d->finding;
	enum scope scope = scope_of(f);
	struct subject subject = { .kind = f->kind, .host = f->host };
	struct context context;
	struct lookups *lookups;
	struct pairs *pairs;
	struct heard heard;
	struct finding made;
	struct error err;

	memcpy(subject.name, f->name, sizeof subject.name);
	assert_int_equal(pairs_new(&pairs, (size_t)16 << 20, &err), OK);
	assert_int_equal(lookups_new(&lookups, (size_t)32 << 20, &err), OK);
	if (scope == SCOPE_NAME)
		lookups_only(lookups, f->name);
	for (size_t i = s->n; i-- > 0;) {
		struct trait t;

		if (!scope_has_trait(scope, f, &s->trait[i]))
			continue;
		buf_reset(&line);
		trait_encode(&s->trait[i], &line);
		assert_int_equal(trait_decode(buf_span(&line), &text, &t, &err), OK);
		lookups_see(lookups, &t);
	}
	buf_reset(&text);
	context_encode(&d->context, &text);
	assert_int_equal(context_decode(buf_span(&text), &context, &err), OK);
	lookups_thin(lookups, context.lookups_level);
	lookups_seal(lookups);
	assert_int_equal(pairs_seal(pairs, &err), OK);
	heard = (struct heard){ .shard = &pairs,
		.shards = 1,
		.lookups = &lookups,
		.span_first_ns = context.span_first_ns,
		.span_last_ns = context.span_last_ns,
		.limits = context.limits };
	assert_true(detector_judge(
	    detector_find(f->kind), &heard, &subject, &context, &s->params, &made));
	finding_core(f, &said);
	finding_core(&made, &again);
	assert_string_equal(said.at, again.at);
	buf_release(&said);
	buf_release(&again);
	buf_release(&text);
	buf_release(&line);
	lookups_free(lookups);
	pairs_free(pairs);
}

static inline void
name_stage_close(struct name_stage *s)
{
	for (size_t i = 0; i < s->found.n; i++)
		if (scope_is_names(scope_of(&s->found.at[i].finding)))
			name_stage_again(s, &s->found.at[i]);
	detections_release(&s->found);
	hosts_free(s->hosts);
	for (size_t i = 0; i < NAME_SHARDS; i++) {
		pairs_free(s->pairs[i]);
		lookups_free(s->lookups[i]);
	}
	free(s->trait);
	free(s->text);
}

/* The first of a kind about a host; NULL: none. */
static inline const struct finding *
name_stage_find(const struct name_stage *s, enum finding_kind kind, unsigned host)
{
	struct ip ip =
	    ip_from_v4((const uint8_t[4]){ 10, 0, (uint8_t)(host >> 8), (uint8_t)host });

	for (size_t i = 0; i < s->found.n; i++)
		if (s->found.at[i].finding.kind == kind &&
		    ip_equal(&s->found.at[i].finding.host, &ip))
			return &s->found.at[i].finding;
	return NULL;
}

#endif
