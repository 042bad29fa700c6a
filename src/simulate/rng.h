/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.h - chance that is the same everywhere.
 *
 * xoshiro256** seeded by splitmix64 (Blackman and Vigna, prng.di.unimi.it):
 * integers only, so that every compiler and machine draws the same numbers. A
 * statement draws at most once: the order of two draws among the arguments of a
 * call is the compiler's to choose.
 * Each habit of each host and each conversation draws from a stream of its
 * own, so that a row added to a scenario leaves the other rows as they were.
 */
#ifndef SIMULATE_RNG_H
#define SIMULATE_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* One step of splitmix64: moves *state on and returns what it gives. */
static inline uint64_t
rng_split(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Two numbers into one that looks like neither. */
static inline uint64_t
rng_mix(uint64_t a, uint64_t b)
{
	uint64_t state = a;
	uint64_t first = rng_split(&state);

	state = first ^ b;
	return rng_split(&state);
}

/* Stream number `stream` of `seed`. */
static inline struct rng
rng_of(uint64_t seed, uint64_t stream)
{
	uint64_t state = rng_mix(seed, stream);
	struct rng r;

	for (int i = 0; i < 4; i++)
		r.s[i] = rng_split(&state);
	return r;
}

static inline uint64_t
rng_next(struct rng *r)
{
	uint64_t *s = r->s, five = s[1] * 5;
	uint64_t out = (five << 7 | five >> 57) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return out;
}

/*
 * 0 to n - 1; 0 for n == 0. The high half of a product: the bias is below
 * n / 2^64, which no capture is long enough to show.
 */
static inline uint64_t
rng_below(struct rng *r, uint64_t n)
{
	return (uint64_t)((unsigned __int128)rng_next(r) * n >> 64);
}

/* low to high, both included. */
static inline uint64_t
rng_between(struct rng *r, uint64_t low, uint64_t high)
{
	return low + rng_below(r, high - low + 1);
}

/* True `ppm` times in a million. */
static inline bool
rng_chance(struct rng *r, unsigned ppm)
{
	return rng_below(r, 1000000) < ppm;
}

void rng_fill(struct rng *, uint8_t *to, size_t n);

#endif
