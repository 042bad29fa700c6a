/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/scenario.h"

static const struct scenario *const SCENARIOS_ALL[] = {
#define X(name, text) &scenario_##text,
	SCENARIOS(X)
#undef X
};

const struct scenario *
scenario_at(size_t i)
{
	return i < sizeof SCENARIOS_ALL / sizeof *SCENARIOS_ALL ? SCENARIOS_ALL[i] : NULL;
}

const struct scenario *
scenario_find(const char *name)
{
	const struct scenario *sc;

	for (size_t i = 0; (sc = scenario_at(i)) != NULL; i++)
		if (strcmp(sc->name, name) == 0)
			return sc;
	return NULL;
}
