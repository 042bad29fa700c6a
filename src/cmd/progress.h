/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h - one line on stderr that says how far we are.
 *
 * Only where a person looks: when stderr is a terminal (and TERM is not dumb).
 * Elsewhere these do nothing. The line shows the share done, the rate and the
 * time left; it is drawn at most ten times a second, first after a third of a
 * second, and is wiped at the end. There is one terminal, so there is one
 * bar; all calls come from one thread.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdint.h>

/* `label` is borrowed until progress_stop; `total` in bytes, 0: unknown. */
void progress_start(const char *label, uint64_t total);

/* Bytes done so far. Cheap: a look at the monotonic clock. */
void progress_at(uint64_t done);

/* Wipe the line so that something else can be printed; the next progress_at draws it again. */
void progress_hide(void);

/* Wipe the line. Harmless when there is none. */
void progress_stop(void);

#endif
