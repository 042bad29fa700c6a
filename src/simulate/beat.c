/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/beat.h"

#include "simulate/chance.h"

#define MILLI     UINT64_C(1000000)
#define HOUR_NS   (UINT64_C(3600) * 1000 * MILLI)
#define DAY_NS    (24 * HOUR_NS)
#define NIGHT_NS  HOUR_NS       /* the window begins at one */
#define WINDOW_NS (3 * HOUR_NS) /* and ends at four */
#define LATE_NS   (30 * MILLI) /* how late a timer fires on a busy machine, at most often */

const char *
beat_word(enum beat_law law)
{
	static const char *const words[] = {
#define X(name, word, what) word,
		BEAT_LAWS(X)
#undef X
	};

	return words[law];
}

bool
beat_is_clock(enum beat_law law)
{
	return law != BEAT_POISSON && law != BEAT_HEAVY;
}

static uint64_t
share(uint64_t v, uint32_t ppm)
{
	return v / 1000 * ppm / 1000;
}

/* The next point of the grid, and a little late. */
static uint64_t
grid(uint64_t period, struct rng *r, uint64_t now, uint64_t anchor, uint32_t spread_ppm)
{
	uint64_t k = now >= anchor ? (now - anchor) / period + 1 : 0;
	uint64_t at = anchor + k * period;

	at += chance_exponential(r, LATE_NS);
	return at + rng_below(r, share(period, spread_ppm) + 1);
}

/* ntpd's habit: patient once the clock is good, hasty again after trouble. */
static uint64_t
poll(uint64_t period, struct rng *r, uint64_t now, uint32_t count, uint32_t spread_ppm)
{
	uint32_t step = count / 9 < 4 ? count / 9 : rng_chance(r, 40000) ? 3 : 4;
	uint64_t t = period << step, j = share(t, spread_ppm);

	return now + t - j + rng_below(r, 2 * j + 1);
}

uint64_t
beat_next(const struct beat *b, struct rng *r, uint64_t now, const struct beat_past *past)
{
	uint64_t midnight = past->midnight_ns;
	uint64_t t = b->period_ms * MILLI, j = share(t, b->spread_ppm);
	uint64_t late = rng_below(r, 15 * MILLI);

	switch (b->law) {
	case BEAT_SLEEP:
		return now + t - rng_below(r, j + 1) + late;
	case BEAT_EITHER:
		return now + t - j + rng_below(r, 2 * j + 1) + late;
	case BEAT_GRID:
		return grid(t, r, now, past->anchor_ns, b->spread_ppm);
	case BEAT_DELAY:
		return now + t + rng_below(r, j + 1) + late;
	case BEAT_POLL:
		return poll(t, r, now, past->count, b->spread_ppm);
	case BEAT_NIGHTLY:
		while (midnight + NIGHT_NS <= now)
			midnight += DAY_NS;
		return midnight + NIGHT_NS + rng_below(r, WINDOW_NS);
	case BEAT_POISSON:
		return now + chance_exponential(r, t) + late;
	case BEAT_HEAVY:
		return now + chance_pareto(r, t, b->spread_ppm, 1000 * t) + late;
	}
	return UINT64_MAX;
}
