/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd.h - the verbs.
 *
 * One file per verb. A verb gets its own name in argv[0], prints data to
 * stdout and talk to stderr, and returns an exit status. Only this room prints
 * errors, reads the clock, forks or handles signals.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <signal.h>

#include "base/error.h"

enum exit_status {
	EXIT_DONE = 0,     /* done, or yes */
	EXIT_NO = 1,       /* does not verify; with --fail-on: findings exist */
	EXIT_MISUSED = 2,  /* the command line makes no sense */
	EXIT_COULD_NOT = 3 /* the answer could not be found */
};

/*
 * The line is the table of verbs, the help and the check that each has a page.
 * Where: STATION verbs are in geophone itself, which hears and judges and loads
 * little; DESK verbs, for which one needs to read, draw and talk, are in
 * geophone-desk, which geophone starts (docs/decisions/0011-station-and-desk.md).
 */
/* clang-format off */
#define VERBS(X) \
	X(analyze, STATION, "find hosts controlled from outside") \
	X(flows, STATION, "print the flows of captures and logs, and what they carried") \
	X(profile, STATION, "write a MUD file of what a device was heard to do") \
	X(listen, STATION, "keep what exporters of flows send, to be analyzed") \
	X(evaluate, STATION, "hold findings against labelled captures") \
	X(export, STATION, "hand findings to others: STIX, MISP, IODEF, rules, CSV") \
	X(forget, STATION, "delete evidence that is held no longer, and log that") \
	X(verify, DESK, "check the evidence of findings, offline") \
	X(bag, STATION, "withhold packets of a bag, and keep its signatures") \
	X(log, STATION, "make a transparency log, look at it, audit it") \
	X(seal, STATION, "append signed statements to a log") \
	X(prove, STATION, "print the proof that an entry is in a log") \
	X(witness, DESK, "cosign the states of other people's logs") \
	X(assess, DESK, "weigh competing hypotheses, or refuse") \
	X(request, DESK, "ask others for evidence, and answer them") \
	X(case, DESK, "keep documents, claims and evidence items of an incident") \
	X(bulletin, DESK, "what a case lets one say in public, in English or Chinese") \
	X(simulate, STATION, "write a capture or log of a scenario, with its ground truth")
/* clang-format on */

#define X(name, where, what) int cmd_##name(int argc, char **argv);
VERBS(X)
#undef X

/* Print "geophone: VERB: text" to stderr, and "hint: ..." below when there is one. */
void cmd_complain(const char *verb, const struct error *err, const char *hint);

/* Say what is wrong with the command line and where help is; returns EXIT_MISUSED. */
int cmd_misused(const char *verb, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Set by SIGINT and SIGTERM after cmd_catch_signals: long loops ask it and
 * stop in good order with E_STOPPED. A second signal ends the process at once.
 */
extern volatile sig_atomic_t cmd_stopped;
void cmd_catch_signals(void);

/* stdout is flushed and was written whole; else an error and EXIT_COULD_NOT. */
int cmd_finish_stdout(const char *verb, int status);

#endif
