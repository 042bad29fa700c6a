/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dga_table.h"

#include <stdbool.h>

enum { UNIT = 16, LETTERS_COST = 76, ANY_COST = 84, HEX_COST = 64, THREE_WAYS = 26 };

static unsigned
sign_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a');
	if (c >= '0' && c <= '9')
		return 26U + (unsigned)(c - '0');
	return c == '-' ? 36 : 37;
}

int
dga_score(const char *label, size_t len)
{
	unsigned a = DGA_SIGNS - 1, b = DGA_SIGNS - 1;
	bool letters = true, hex = true;
	int told = 0, each, score;

	for (size_t i = 0; i <= len; i++) {
		unsigned c = i < len ? sign_of(label[i]) : DGA_SIGNS - 1;

		told += dga_cost[(a * DGA_SIGNS + b) * DGA_SIGNS + c];
		if (i < len) {
			letters &= c < 26;
			hex &= c < 6 || (c >= 26 && c < 36);
		}
		a = b;
		b = c;
	}
	each = hex ? HEX_COST : letters ? LETTERS_COST : ANY_COST;
	score = told - (int)(len + 1) - (int)len * each - THREE_WAYS;
	return score >= 0 ? score / UNIT : -((-score + UNIT - 1) / UNIT);
}

int64_t
dga_surprise(size_t names, int64_t sum)
{
	int64_t most = 0;

	for (unsigned i = 0; names > 0 && names <= DGA_NAMES && i < DGA_LEVELS; i++)
		if (sum >= dga_least[names - 1][i])
			most = 1000 + 500 * (int64_t)i;
	for (size_t i = 0; i < dga_tilts; i++) {
		int64_t ud = dga_tilt[i].slope * sum - dga_tilt[i].mean * (int64_t)names;

		if (ud / 1000 > most)
			most = ud / 1000;
	}
	return most;
}
