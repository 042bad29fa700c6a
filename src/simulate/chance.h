/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chance.h - how long things take and how large they are.
 *
 * The distributions that traffic is made of, in fixed point: a floating-point
 * library may differ in the last bit between two machines, and one bit is
 * enough to make two captures differ.
 */
#ifndef SIMULATE_CHANCE_H
#define SIMULATE_CHANCE_H

#include "simulate/rng.h"

/* log2 of v as Q32; v must not be 0. */
uint64_t chance_log2(uint64_t v);

/* 2^(x / 2^32), rounded down and never more than 2^62. */
uint64_t chance_exp2(uint64_t x_q32);

/* No memory: mean `mean`. */
uint64_t chance_exponential(struct rng *, uint64_t mean);

/* Heavy tail: P(X > x) = (least / x)^(alpha_milli / 1000), cut at `most`. */
uint64_t chance_pareto(struct rng *, uint64_t least, unsigned alpha_milli, uint64_t most);

/* exp of a normal: half are below `median`; sigma in thousandths. */
uint64_t chance_lognormal(struct rng *, uint64_t median, unsigned sigma_milli);

/* Around 0; a sum of twelve uniform draws, so never beyond six deviations. */
int64_t chance_normal(struct rng *, uint64_t deviation);

/* base + normal, but at least `least`. */
uint64_t chance_around(struct rng *, uint64_t base, uint64_t deviation, uint64_t least);

#endif
