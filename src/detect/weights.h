/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weights.h - what each reason of the second layer is worth.
 *
 * The lines of data/weights.tsv, by name: a line is an enumerator and a weight.
 * weights_list.h is made of it by tools/weights.py while this is built.
 */
#ifndef DETECT_WEIGHTS_H
#define DETECT_WEIGHTS_H

#include <stdint.h>

#include "detect/weights_list.h"

enum weight {
	WEIGHT_NONE,
#define WEIGHT(name, mb) WEIGHT_##name,
	WEIGHTS_LIST
#undef WEIGHT
	    WEIGHTS
};

extern const int32_t weight_mb[WEIGHTS];

/* As it is called in the table: "BEACON_PRIOR". Of WEIGHT_NONE: "". */
const char *weight_name(unsigned weight);

/*
 * Of all that tables make a finding worth: WEIGHTS_LIST and the ports of
 * data/services.tsv, lower case hexadecimal SHA-256. Comments do not count.
 */
#define WEIGHTS_SHA256 WEIGHTS_LIST_SHA256

#endif
