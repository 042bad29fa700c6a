/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case.h - the subcommands of `geophone case`.
 *
 * One line is one subcommand: case_NAME(argc, argv) gets its own name in
 * argv[0], parses its own options and returns an exit status.
 */
#ifndef CMD_CASE_H
#define CMD_CASE_H

#include "case/casebook.h"

/* clang-format off */
#define CASE_VERBS(X) \
	X(new, "begin a case") \
	X(add, "add a document, a finding, an item, a claim, ...") \
	X(show, "what is in it") \
	X(docket, "who says what, on what evidence, and what became of it") \
	X(propose, "evidence items that the findings suggest") \
	X(timeline, "what happened, was said and was done, in order") \
	X(export, "all of it as JSON, a line a thing") \
	X(lineage, "which documents share words, speakers, an origin") \
	X(group, "confirm that documents have one origin") \
	X(schema, "what a kind of thing must look like, as JSON Schema") \
	X(sync, "what of it is in a transparency log; send what is not") \
	X(rebuild, "make case.db again from the journal")
/* clang-format on */

#define X(name, what) int case_##name(int argc, char **argv);
CASE_VERBS(X)
#undef X

#define CASE_VERB "case"

/*
 * Options that every writing subcommand takes: --key FILE, --log DIR. Give each
 * option to case_pen_option first; true: it was one of these.
 */
#define CASE_PEN_OPTIONS                            \
	{ "key", required_argument, NULL, 'k' },    \
	{                                           \
		"log", required_argument, NULL, 'l' \
	}
#define CASE_PEN_USAGE                                                                  \
	"      --key FILE   sign with this key; by default the one that analyze signs " \
	"with\n"                                                                        \
	"      --log DIR    the leaf of each change goes to this transparency log\n"

struct case_pen {
	const char *key_path, *log_path;
	struct key *key;
	struct ledger *ledger;
	struct casebook_hand hand;
	struct casebook_log log;
};
bool case_pen_option(struct case_pen *, int option, const char *arg);
/* Load or make the key, open the log if there is one; then `hand` can write. */
enum status case_pen_open(struct case_pen *, struct error *) MUST_USE;
void case_pen_close(struct case_pen *);
/* For casebook_open: NULL when no log was named. */
const struct casebook_log *case_pen_log(const struct case_pen *);

/*
 * Open a case for reading, or for writing with a pen; complain when it cannot be.
 * NULL: it was said.
 */
struct casebook *case_open(const char *dir, const struct case_pen *);

/* As cmd_complain, for sentences that may hold a stranger's text. */
void case_complain(const char *verb, const struct error *, const char *hint);

/* Complain and give the exit status for a status. */
int case_result(enum status, const struct error *);

/* getopt with --help and --json alone: -1 go on, else the exit status. */
int case_simple_options(int argc, char **argv, const char *usage, bool *json);

#endif
