/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/recompute.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "cmd/cmd.h"
#include "decode/packet.h"
#include "detect/beacon.h"
#include "flow/table.h"
#include "profile/pairs.h"

#define RECOMPUTE_MEMORY ((size_t)1 << 30)
#define LINE_MAX_BYTES   65536

/* Which pair the claimed finding is about. */
static enum status
claimed_key(struct span core, struct pair_key *key, struct error *err)
{
	json_t *j =
	    json_loadb((const char *)core.at, core.len, JSON_REJECT_DUPLICATES, NULL);
	const char *kind = json_string_value(json_object_get(j, "kind"));
	const char *host = json_string_value(json_object_get(j, "host"));
	const char *peer = json_string_value(json_object_get(j, "peer"));
	const char *proto = json_string_value(json_object_get(j, "proto"));
	json_int_t port = json_integer_value(json_object_get(j, "port"));
	enum status st = OK;
	bool known = false;

	*key = (struct pair_key){ .port = (uint16_t)port };
	if (kind == NULL || strcmp(kind, finding_kind_text(FINDING_BEACON)) != 0 ||
	    host == NULL || peer == NULL || proto == NULL || port < 0 || port > 65535)
		st =
		    error_set(err, E_FORMAT, "not a finding that this version can compute");
	for (unsigned p = 0; st == OK && p < 256 && !known; p++) {
		char text[8];

		key->proto = (uint8_t)p;
		known = strcmp(proto_text((uint8_t)p, text), proto) == 0;
	}
	if (st == OK && (!known ||
			    !ip_parse((struct span){ (const uint8_t *)host, strlen(host) },
				&key->host) ||
			    !ip_parse((struct span){ (const uint8_t *)peer, strlen(peer) },
				&key->peer)))
		st =
		    error_set(err, E_FORMAT, "the finding names no host, peer or protocol");
	json_decref(j);
	return st;
}

static void
take_flow(void *state, const struct flow *flow)
{
	pairs_see(state, flow);
}

/* Takes `in` over. */
static enum status
see_packets(struct input *in, struct pairs *pairs, struct error *err)
{
	struct flow_limits limits = flow_limits_default();
	struct frame_batch batch = { .n = 0 };
	struct flow_table *table = NULL;
	struct capture *c = NULL;
	uint64_t clock_ns = 0;
	enum status st = capture_open(&c, in, err);

	limits.memory = RECOMPUTE_MEMORY / 4;
	if (st == OK)
		st = flow_table_new(&table, &limits, take_flow, pairs, err);
	while (st == OK && (st = capture_next(c, &batch, err)) == OK && batch.n > 0) {
		static const struct packet none;
		const struct packet *at[1];

		for (unsigned i = 0; i < batch.n; i++) {
			struct packet p = none;

			if (decode_frame(&batch.frame[i], &p) != DECODE_OK)
				continue;
			clock_ns = packet_clock(clock_ns, p.time_ns,
			    i + 1 < batch.n ? batch.frame[i + 1].time_ns : UINT64_MAX);
			p.clock_ns = clock_ns;
			at[0] = &p;
			flow_table_see(table, at, 1);
		}
		if (cmd_stopped)
			st = error_set(err, E_STOPPED, "stopped");
	}
	if (st == OK)
		flow_table_finish(table);
	flow_table_free(table);
	capture_close(c);
	return st;
}

/* Takes `in` over. */
static enum status
see_records(struct input *in, struct pairs *pairs, struct error *err)
{
	enum status st = OK;
	uint64_t line = 0;

	for (;;) {
		struct span s = input_peek(in, LINE_MAX_BYTES);
		const uint8_t *end = s.len ? memchr(s.at, '\n', s.len) : NULL;
		struct flow f;

		if (s.len == 0)
			break;
		line++;
		if (end == NULL) {
			st = error_set(err, E_FORMAT, "%s: line %llu has no end",
			    input_path(in), (unsigned long long)line);
			break;
		}
		st = flow_decode((struct span){ s.at, (size_t)(end - s.at) }, &f, err);
		if (st != OK) {
			error_wrap(
			    err, "%s: line %llu", input_path(in), (unsigned long long)line);
			break;
		}
		pairs_see(pairs, &f);
		input_skip(in, (size_t)(end - s.at) + 1);
	}
	if (st == OK)
		st = input_state(in, err);
	input_close(in);
	return st;
}

static enum status
judge_again(const struct pairs *pairs, const struct pair_key *key, struct span context_json,
    struct span params_json, struct buf *core, struct error *err)
{
	struct finding *f = calloc(1, sizeof *f);
	struct context context;
	struct params params;
	enum status st = params_decode(params_json, &params, err);
	size_t i = 0;

	if (f == NULL)
		return error_set(err, E_NOMEM, "no memory");
	if (st == OK)
		st = context_decode(context_json, &context, err);
	for (; st == OK && i < pairs_count(pairs); i++) {
		struct pair_key k = pairs_key(pairs, i);

		if (memcmp(&k, key, sizeof k) == 0)
			break;
	}
	if (st == OK && i == pairs_count(pairs))
		st = error_set(
		    err, E_DIFFERS, "the slice holds no contact of the finding's pair");
	if (st == OK) {
		struct pair pair = pairs_pair(pairs, i);
		struct beacon_test t =
		    beacon_test(&pair, params.candidate_kappa_percent, context.looks);
		const struct contact *contact;
		size_t n;

		/* What the contacts themselves tell is not taken from the context. */
		contact = pairs_contacts(pairs, i, &n);
		memset(context.gap_ns, 0, sizeof context.gap_ns);
		if (t.log10_p_ud != 0)
			beacon_gaps(contact, n, &t, context.gap_ns);
		if (!beacon_judge(key, &pair, &context, &params, f))
			st = error_set(err, E_DIFFERS, "the slice does not give a finding");
	}
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
	struct pairs *pairs = NULL;
	struct pair_key key;
	enum status st = claimed_key(r->claimed, &key, err);

	if (st == OK)
		st = pairs_new(&pairs, RECOMPUTE_MEMORY, err);
	if (st == OK && r->slice[0]) {
		st = see_packets(r->slice[0], pairs, err);
		r->slice[0] = NULL;
	}
	if (st == OK && r->slice[1]) {
		st = see_records(r->slice[1], pairs, err);
		r->slice[1] = NULL;
	}
	if (st == OK)
		st = pairs_seal(pairs, err);
	if (st == OK)
		st = judge_again(pairs, &key, r->context, r->params, core, err);
	for (int i = 0; i < 2; i++) {
		input_close(r->slice[i]);
		r->slice[i] = NULL;
	}
	pairs_free(pairs);
	return st;
}
