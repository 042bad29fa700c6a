/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/recompute.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/hear.h"
#include "cmd/replay.h"
#include "decode/packet.h"
#include "detect/beacon.h"
#include "detect/detector.h"
#include "detect/weights.h"
#include "flow/table.h"
#include "profile/domain.h"
#include "profile/kept_line.h"
#include "profile/lookups.h"
#include "profile/names.h"
#include "profile/pairs.h"
#include "profile/tunnels.h"
#include "protocol/reader.h"
#include "record/origin.h"

#define RECOMPUTE_MEMORY ((size_t)1 << 30)
#define LINE_MAX_BYTES   ((size_t)1 << 20)

/* What the records of a slice become. */
struct again {
	struct pairs *pairs;
	struct listening listening; /* none: nothing is of a run before */
	uint64_t kept;
	struct lookups *lookups;
	struct tunnels *tunnels;
};

static bool
parse_ip(const char *text, struct ip *out)
{
	return text && ip_parse((struct span){ (const uint8_t *)text, strlen(text) }, out);
}

static bool
parse_kind(const char *text, enum finding_kind *out)
{
#define X(name, word)                          \
	if (text && strcmp(text, word) == 0) { \
		*out = FINDING_##name;         \
		return true;                   \
	}
	FINDING_KINDS(X)
#undef X
	return false;
}

static bool
parse_proto(const char *text, uint8_t *out)
{
	char known[8];

	*out = 0;
	if (text && strcmp(text, "any") == 0)
		return true;
	for (unsigned p = 0; text && p < 256; p++)
		if (strcmp(proto_text((uint8_t)p, known), text) == 0) {
			*out = (uint8_t)p;
			return true;
		}
	return false;
}

/* A beacon and its like are about one peer, others may be about many. */
static bool
needs_peer(enum finding_kind kind)
{
	const struct detector *d = detector_find(kind);

	return d == NULL || d->scope == SCOPE_SERVICE || d->scope == SCOPE_PEER ||
	       d->scope == SCOPE_SERVER || d->scope == SCOPE_CARRIED;
}

static bool
needs_name(enum finding_kind kind)
{
	const struct detector *d = detector_find(kind);

	return d && d->scope == SCOPE_NAME;
}

/* Who the claimed finding is about. */
static enum status
claimed_subject(struct span core, struct subject *s, struct error *err)
{
	json_t *j =
	    json_loadb((const char *)core.at, core.len, JSON_REJECT_DUPLICATES, NULL);
	const char *peer = json_string_value(json_object_get(j, "peer"));
	const char *name = json_string_value(json_object_get(j, "name"));
	json_int_t port = json_integer_value(json_object_get(j, "port"));
	enum status st = OK;

	*s = (struct subject){ .port = (uint16_t)port };
	if (!parse_kind(json_string_value(json_object_get(j, "kind")), &s->kind) ||
	    (s->kind != FINDING_BEACON && detector_find(s->kind) == NULL))
		st =
		    error_set(err, E_FORMAT, "not a finding that this version can compute");
	else if (port < 0 || port > 65535 ||
		 !parse_ip(json_string_value(json_object_get(j, "host")), &s->host) ||
		 (peer && !parse_ip(peer, &s->peer)) ||
		 (name == NULL && needs_name(s->kind)) ||
		 (peer == NULL && needs_peer(s->kind) &&
		     (name == NULL || s->kind != FINDING_BEACON)) ||
		 !parse_proto(json_string_value(json_object_get(j, "proto")), &s->proto) ||
		 (name && strlen(name) >= sizeof s->name))
		st =
		    error_set(err, E_FORMAT, "the finding names no host, peer or protocol");
	else if (name)
		memcpy(s->name, name, strlen(name) + 1);
	if (st == OK && peer == NULL && s->kind == FINDING_BEACON)
		s->peer = name_key((struct span){ (const uint8_t *)name, strlen(name) });
	json_decref(j);
	return st;
}

static void
take_flow(void *state, const struct flow *flow)
{
	const struct again *a = state;

	pairs_see(a->pairs, flow);
	tunnels_see(a->tunnels, flow);
}

static void
take_trait(void *state, const struct trait *t)
{
	const struct again *a = state;

	names_see(NULL, a->pairs, t);
	lookups_see(a->lookups, t);
}

static bool
take_packet(void *state, const struct replayed *r)
{
	flow_table_see(state, &r->packet, 1);
	return !cmd_stopped;
}

/* Takes `in` over. */
static enum status
see_packets(struct input *in, struct again *a, struct error *err)
{
	struct flow_limits limits = flow_limits_default();
	struct flow_table *table = NULL;
	struct reader *reader = NULL;
	struct replay *replay = NULL;
	enum status st;

	limits.memory = RECOMPUTE_MEMORY / 4;
	limits.whole = true;
	st = flow_table_new(&table, &limits, take_flow, a, err);
	if (st == OK)
		st = reader_new(&reader, RECOMPUTE_MEMORY / 8, take_trait, a, err);
	if (st == OK) {
		struct flow_watch watch = reader_watch(reader);

		flow_table_watch(table, &watch);
		st = replay_new(&replay, NULL, hear_fragments(RECOMPUTE_MEMORY),
		    take_packet, table, err);
	}
	if (st == OK) {
		replay_by_remarks(replay);
		st = replay_read(replay, in, 0, err);
	} else {
		input_close(in);
	}
	if (st == OK && cmd_stopped)
		st = error_set(err, E_STOPPED, "stopped");
	if (st == OK)
		flow_table_finish(table);
	replay_free(replay);
	flow_table_free(table);
	reader_free(reader);
	return st;
}

/* What was kept from runs before, and the runs. */
static enum status
see_kept(struct span line, struct again *a, struct error *err)
{
	struct listening_run run;
	struct pair_key key;
	struct contact contact;
	enum status st;

	if (kept_line_kind(line) == KEPT_LINE_CONTACT) {
		st = kept_line_take_contact(line, &key, &contact, err);
		if (st == OK)
			pairs_keep(a->pairs, &key, &contact);
		a->kept += st == OK;
		return st;
	}
	st = kept_line_take_run(line, &run, err);
	if (st == OK && a->listening.run == NULL)
		st = listening_new(&a->listening, err);
	if (st == OK)
		(void)listening_add(&a->listening, &run);
	return st;
}

/*
 * A line is a flow, or names its log first: something kept, or a trait. Which line of a
 * log it came from decides nothing; that it is said in the one way there is, is looked at.
 */
static enum status
see_line(struct span whole, struct buf *bare, struct buf *text, struct again *a,
    struct error *err)
{
	static const char path[] = "{\"_path\":";
	struct digest origin;
	struct span line;
	struct trait t;
	struct flow f;
	bool has;
	enum status st = origin_take(whole, bare, &origin, &has, err);

	if (st != OK)
		return st;
	line = buf_span(bare);
	if (line.len < sizeof path || memcmp(line.at, path, sizeof path - 1) != 0) {
		st = flow_decode(line, &f, err);
		if (st == OK)
			take_flow(a, &f);
		return st;
	}
	if (kept_line_kind(line) != KEPT_LINE_NONE)
		return see_kept(line, a, err);
	st = trait_decode(line, text, &t, err);
	if (st == OK)
		take_trait(a, &t);
	return st;
}

/* Takes `in` over. */
static enum status
see_records(struct input *in, struct again *a, struct error *err)
{
	enum status st = OK;
	uint64_t line = 0;
	struct buf text, bare;

	buf_init(&text, LINE_MAX_BYTES), buf_init(&bare, LINE_MAX_BYTES);
	for (;;) {
		struct span s = input_peek(in, LINE_MAX_BYTES);
		const uint8_t *end = s.len ? memchr(s.at, '\n', s.len) : NULL;

		if (s.len == 0)
			break;
		line++;
		if (end == NULL) {
			st = error_set(err, E_FORMAT, "%s: line %llu has no end",
			    input_path(in), (unsigned long long)line);
			break;
		}
		st = see_line(
		    (struct span){ s.at, (size_t)(end - s.at) }, &bare, &text, a, err);
		if (st != OK) {
			error_wrap(
			    err, "%s: line %llu", input_path(in), (unsigned long long)line);
			break;
		}
		input_skip(in, (size_t)(end - s.at) + 1);
	}
	if (st == OK)
		st = input_state(in, err);
	buf_release(&text), buf_release(&bare);
	input_close(in);
	return st;
}

static enum status
judge_beacon(struct pairs *pairs, const struct subject *s, struct context *context,
    const struct params *params, struct finding *f, struct error *err)
{
	struct pair_key key = {
		.host = s->host, .peer = s->peer, .port = s->port, .proto = s->proto
	};
	struct heard heard = { .shard = &pairs, .shards = 1 };
	const struct contact *contact;
	struct beacon_test t;
	struct calls calls;
	struct pair pair;
	size_t i, n;

	(void)calls_of(&heard, &s->host, &calls);
	contact = calls_service(&calls, s, &i, &n);
	if (contact == NULL)
		return error_set(
		    err, E_DIFFERS, "the slice holds no contact of the finding's pair");
	pair = pairs_pair(pairs, i);
	t = beacon_test(&pair, params->candidate_kappa_percent, context->looks);
	/* What the contacts themselves tell is not taken from the context. */
	memset(context->gap_ns, 0, sizeof context->gap_ns);
	if (t.log10_p_ud != 0)
		beacon_gaps(contact, n, &t, context->gap_ns);
	context->unheard_ns = beacon_unheard(contact, n);
	if (!beacon_judge(&key, &pair, context, params, f))
		return error_set(err, E_DIFFERS, "the slice does not give a finding");
	return OK;
}

static enum status
judge_other(struct again *a, const struct subject *s, const struct context *context,
    const struct params *params, struct finding *f, struct error *err)
{
	struct heard heard = { .shard = &a->pairs,
		.shards = 1,
		.lookups = &a->lookups,
		.tunnels = &a->tunnels,
		.span_first_ns = context->span_first_ns,
		.span_last_ns = context->span_last_ns,
		.limits = context->limits };

	if (context->suffixes[0] && strcmp(context->suffixes, domain_list()) != 0)
		return error_set(err, E_LIMIT,
		    "names were split by the list of public suffixes %s, and this program "
		    "has %s",
		    context->suffixes, domain_list());
	lookups_thin(a->lookups, context->lookups_level);
	lookups_seal(a->lookups);
	if (!detector_judge(detector_find(s->kind), &heard, s, context, params, f))
		return error_set(err, E_DIFFERS, "the slice does not give a finding");
	return OK;
}

static enum status
judge_again(struct again *a, const struct subject *s, struct span context_json,
    struct span params_json, struct buf *core, struct error *err)
{
	struct finding *f = calloc(1, sizeof *f);
	struct context context;
	struct params params;
	enum status st = params_decode(params_json, &params, err);

	if (f == NULL)
		return error_set(err, E_NOMEM, "no memory");
	if (st == OK && strcmp(params.weights_sha256, WEIGHTS_SHA256) != 0)
		st = error_set(err, E_LIMIT,
		    "it was weighed by the tables %.16s..., and this program has %.16s...",
		    params.weights_sha256, WEIGHTS_SHA256);
	if (st == OK)
		st = context_decode(context_json, &context, err);
	if (st == OK)
		st = s->kind == FINDING_BEACON
			 ? judge_beacon(a->pairs, s, &context, &params, f, err)
			 : judge_other(a, s, &context, &params, f, err);
	if (st == OK) {
		finding_core(f, core);
		st = buf_state(core, "a finding", err);
	}
	free(f);
	return st;
}

enum status
recompute_core(struct recompute *r, struct buf *core, struct error *err)
{
	struct again a = { 0 };
	struct subject subject;
	enum status st = claimed_subject(r->claimed, &subject, err);

	if (st == OK)
		st = pairs_new(&a.pairs, RECOMPUTE_MEMORY, err);
	if (st == OK)
		st = lookups_new(&a.lookups, LOOKUPS_MEMORY, err);
	if (st == OK)
		st = tunnels_new(&a.tunnels, RECOMPUTE_MEMORY / 64, err);
	if (st == OK && needs_name(subject.kind))
		lookups_only(a.lookups, subject.name);
	if (st == OK && r->slice[0]) {
		st = see_packets(r->slice[0], &a, err);
		r->slice[0] = NULL;
	}
	if (st == OK && r->slice[1]) {
		st = see_records(r->slice[1], &a, err);
		r->slice[1] = NULL;
	}
	if (a.listening.run) {
		listening_done(&a.listening);
		pairs_listened(a.pairs, &a.listening);
	}
	if (st == OK)
		st = pairs_seal(a.pairs, err);
	if (st == OK)
		st = judge_again(&a, &subject, r->context, r->params, core, err);
	for (int i = 0; i < 2; i++) {
		input_close(r->slice[i]);
		r->slice[i] = NULL;
	}
	pairs_free(a.pairs);
	lookups_free(a.lookups);
	tunnels_free(a.tunnels);
	listening_free(&a.listening);
	r->kept = a.kept;
	return st;
}
