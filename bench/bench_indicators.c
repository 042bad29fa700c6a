/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A million names in the set of indicators: memory, and look-ups a CPU second,
 * of names that are listed and of three labels that are not. One line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "detect/indicators.h"

#define NAMES   1000000
#define LOOKUPS 4000000
#define WIDTH   40

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(void)
{
	static const struct indicator_list list = { .name = "bench", .weight_mb = 3000 };
	static char name[NAMES][WIDTH];
	struct indicators *s;
	struct error err;
	struct listed l;
	double from, to;
	size_t found = 0;

	if (indicators_new(&s, (size_t)64 << 20, &err) != OK ||
	    indicators_begin(s, &list, &err) != OK)
		return 3;
	for (size_t i = 0; i < NAMES; i++) {
		unsigned long long z = i * 0x9e3779b97f4a7c15ull;
		struct indicator in = { .type = INDICATOR_DOMAIN };

		(void)snprintf(name[i], WIDTH, "%llx.example-%zu.com", z >> 40, i % 97);
		in.key = (struct span){ (const uint8_t *)name[i], strlen(name[i]) };
		if (!indicators_add(s, &in))
			return 1;
		if (i % 2) /* half of those that are asked for are not listed */
			name[i][0] = 'x';
	}
	from = now();
	for (size_t i = 0; i < LOOKUPS; i++) {
		const char *n = name[i * 0x9e3779b1u % NAMES];

		found += indicators_name(
		    s, (struct span){ (const uint8_t *)n, strlen(n) }, 0, &l);
	}
	to = now();
	printf("{\"name\":\"indicators\",\"names\":%d,\"bytes\":%zu,\"found\":%zu,"
	       "\"lookups_per_s\":%.0f}\n",
	    NAMES, indicators_bytes(s), found, LOOKUPS / (to - from));
	indicators_free(s);
	return 0;
}
