/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crew.h - some threads that do one thing at a time, together.
 *
 * crew_start hands the same task to every worker, each with its own number;
 * crew_wait returns when all are done. Between the two the caller may prepare
 * the next task. A crew of one has no thread: the task runs in crew_wait.
 */
#ifndef CMD_CREW_H
#define CMD_CREW_H

#include "base/error.h"

struct crew;

typedef void crew_task(void *state, unsigned worker, unsigned workers);

enum status crew_new(struct crew **out, unsigned workers, struct error *) MUST_USE;
void crew_start(struct crew *, crew_task *, void *state); /* not while one is under way */
void crew_wait(struct crew *);                            /* nothing under way: returns */
void crew_free(struct crew *);                            /* waits; takes NULL */

#endif
