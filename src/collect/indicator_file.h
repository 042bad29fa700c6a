/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicator_file.h - lists of indicators, in the spellings they come in.
 *
 * Plain lists (an indicator a line, as Maltrail has them), hosts files, CSV with
 * or without a header, MISP events and attributes, STIX 2 bundles. Which one it
 * is shows from the content; docs/formats/indicators.md has the details. What is
 * no sign of the network (mutexes, file hashes, mail addresses) is counted.
 */
#ifndef COLLECT_INDICATOR_FILE_H
#define COLLECT_INDICATOR_FILE_H

#include "base/error.h"
#include "base/input.h"
#include "record/indicator.h"

#define INDICATOR_JSON ((size_t)256 << 20) /* bytes of a document that are read at once */

struct indicator_counts {
	uint64_t taken;
	uint64_t unused;       /* lines or entries that are none of our types */
	uint64_t unused_first; /* line or entry, from 1; 0: none */
	int32_t weight_mb;     /* that the list says of itself */
	uint64_t until_ns;
};

/* Takes `in` over. The sink says false when it has no room: E_NOMEM. */
enum status indicator_file_read(struct input *in, struct indicator_counts *,
    indicator_sink *, void *state, struct error *) MUST_USE;

/*
 * One word as people write it: with a port, a scheme, in brackets against
 * clicking ("hxxp://evil[.]example"). `room` holds the text of its key.
 */
bool indicator_classify(
    struct span word, char room[static INDICATOR_KEY + 1], struct indicator *out);

#endif
