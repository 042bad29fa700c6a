/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/weights.h"

const int32_t weight_mb[WEIGHTS] = {
#define WEIGHT(name, mb) [WEIGHT_##name] = (mb),
	WEIGHTS_LIST
#undef WEIGHT
};

static const char *const names[WEIGHTS] = { [WEIGHT_NONE] = "",
#define WEIGHT(name, mb) [WEIGHT_##name] = #name,
	WEIGHTS_LIST
#undef WEIGHT
};

const char *
weight_name(unsigned w)
{
	return names[w];
}
