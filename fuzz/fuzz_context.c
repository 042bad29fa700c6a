/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Context and params from a bag we did not write. What is taken is written
 * back as it was, and any context that is taken can be judged by, with terms
 * that add up.
 */
#include <stdlib.h>

#include "base/error.h"
#include "detect/beacon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(struct span json, const struct buf *again)
{
	CHECK(!again->bad && again->len == json.len);
	CHECK(memcmp(again->at, json.at, json.len) == 0);
}

/* A clock of 300 s, 200 times. */
static struct pair
clock_pair(void)
{
	struct pair p = { 0 };

	for (uint64_t i = 0; i < 200; i++) {
		struct contact c = { .start_ns = (1000 + 300 * i) * UINT64_C(1000000000),
			.up = 412 };

		c.last_ns = c.start_ns;
		pair_see(&p, &c);
	}
	return p;
}

static void
judge(const struct context *ctx, const struct params *params)
{
	struct pair_key key = { .host = ip_from_v4((const uint8_t[]){ 10, 0, 0, 1 }),
		.peer = ip_from_v4((const uint8_t[]){ 192, 0, 2, 1 }),
		.port = 4321,
		.proto = 6 };
	struct pair pair = clock_pair();
	struct finding f;
	int64_t sum = 0;

	if (!beacon_judge(&key, &pair, ctx, params, &f))
		return;
	for (unsigned i = 0; i < f.terms; i++)
		sum += f.term[i].mb;
	CHECK(sum == f.odds_mb);
	CHECK(f.fdr_ppm <= params->q_ppm);
	CHECK(f.llr_mb >= 0 && f.llr_mb * 1000 <= -f.beacon.log10_p_ud);
	(void)finding_id(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span json = { data, size };
	struct params params = params_default();
	struct context ctx;
	struct error err;
	struct buf again;

	buf_init(&again, 1 << 16);
	if (context_decode(json, &ctx, &err) == OK) {
		context_encode(&ctx, &again);
		same(json, &again);
		judge(&ctx, &params);
	} else if (params_decode(json, &params, &err) == OK) {
		params_encode(&params, &again);
		same(json, &again);
	}
	buf_release(&again);
	return 0;
}
