/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case: what is known, said and asked about an incident, in a
 * directory that travels.
 */
#include "cmd/case.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "evidence/ledger.h"
#include "publish/escape.h"

static const struct {
	const char *name, *what;
	int (*run)(int argc, char **argv);
} subcommands[] = {
#define X(name, what) { #name, what, case_##name },
	CASE_VERBS(X)
#undef X
};

static void
usage(FILE *to)
{
	fprintf(to, "usage: geophone case SUBCOMMAND DIR [ARGUMENT...]\n\n");
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
		fprintf(to, "  %-9s %s\n", subcommands[i].name, subcommands[i].what);
	fprintf(to, "\n  geophone case SUBCOMMAND --help, man geophone-case\n");
}

int
cmd_case(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_MISUSED;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return cmd_finish_stdout(CASE_VERB, EXIT_DONE);
	}
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return cmd_finish_stdout(
			    CASE_VERB, subcommands[i].run(argc - 1, argv + 1));
	return cmd_misused(CASE_VERB, "there is no subcommand %s", argv[1]);
}

/* What went wrong may name what a stranger wrote. */
void
case_complain(const char *verb, const struct error *err, const char *hint)
{
	struct buf text = { .max = 8 * ERROR_TEXT };
	struct error shown;

	escape_str(&text, ESCAPE_TEXT, err->text);
	(void)error_set(&shown, E_FORMAT, "%s", text.bad || !text.at ? "" : text.at);
	cmd_complain(verb, &shown, hint);
	buf_release(&text);
}

int
case_result(enum status st, const struct error *err)
{
	if (st == OK)
		return EXIT_DONE;
	case_complain(CASE_VERB, err, NULL);
	return EXIT_COULD_NOT;
}

int
case_simple_options(int argc, char **argv, const char *text, bool *json)
{
	static const struct option longs[] = { { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(text, stdout);
			return EXIT_DONE;
		}
		if (c == '?' || json == NULL)
			return cmd_misused(CASE_VERB, "see the line above");
		*json = true;
	}
	if (argc - optind != 1)
		return cmd_misused(CASE_VERB, "one case is needed");
	return -1;
}

static uint64_t
clock_now(void *state)
{
	struct timespec now;

	(void)state;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static bool
random_salt(void *state, uint8_t salt[static JOURNAL_SALT])
{
	(void)state;
	return getrandom(salt, JOURNAL_SALT, 0) == JOURNAL_SALT;
}

bool
case_pen_option(struct case_pen *pen, int option, const char *arg)
{
	if (option != 'k' && option != 'l')
		return false;
	*(option == 'k' ? &pen->key_path : &pen->log_path) = arg;
	return true;
}

static enum status
append_leaf(void *state, struct span leaf, struct error *err)
{
	struct ledger *l = state;
	uint64_t index;
	enum status st = log_append(ledger_log(l), leaf, &index, err);

	if (st == OK)
		st = ledger_commit(l, err);
	if (st != OK)
		error_wrap(err, "the change is in the case and not in the log, which "
				"geophone case sync makes good");
	return st;
}

enum status
case_pen_open(struct case_pen *pen, struct error *err)
{
	enum status st = keys_open(&pen->key, pen->key_path, false, err);

	pen->hand = (struct casebook_hand){
		.key = pen->key, .now_ns = clock_now, .salt = random_salt
	};
	if (st == OK && pen->log_path)
		st = ledger_open(&pen->ledger, pen->log_path, pen->key, err);
	pen->log = (struct casebook_log){ .append = append_leaf, .state = pen->ledger };
	return st;
}

void
case_pen_close(struct case_pen *pen)
{
	ledger_close(pen->ledger);
	key_free(pen->key);
	pen->ledger = NULL;
	pen->key = NULL;
}

const struct casebook_log *
case_pen_log(const struct case_pen *pen)
{
	return pen->ledger ? &pen->log : NULL;
}

struct casebook *
case_open(const char *dir, const struct case_pen *pen)
{
	struct casebook *cb;
	struct error err;
	enum status st = casebook_open(&cb, dir, pen ? CASEBOOK_WRITE : CASEBOOK_READ,
	    pen ? case_pen_log(pen) : NULL, &err);

	if (st == OK)
		return cb;
	case_complain(CASE_VERB, &err,
	    st == E_DIFFERS ? "geophone verify DIR names what was changed; geophone case "
			      "rebuild DIR makes the tables again from the journal"
			    : NULL);
	return NULL;
}

static const char new_usage[] =
    "usage: geophone case new DIR --title TEXT [--name NAME] [--key FILE] [--log DIR]\n"
    "Begin a case in DIR, which must not exist or be empty.\n\n"
    "      --title TEXT the title of the case\n"
    "      --name NAME  whose key signs: a name to show\n" CASE_PEN_USAGE;

int
case_new(int argc, char **argv)
{
	static const struct option longs[] = { CASE_PEN_OPTIONS,
		{ "title", required_argument, NULL, 't' },
		{ "name", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	const char *title = NULL, *name = NULL;
	struct case_pen pen = { 0 };
	struct error err;
	enum status st;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (case_pen_option(&pen, c, optarg))
			continue;
		if (c == 'h') {
			fputs(new_usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(CASE_VERB, "see the line above");
		*(c == 't' ? &title : &name) = optarg;
	}
	if (argc - optind != 1 || title == NULL)
		return cmd_misused(CASE_VERB, "new: a directory and --title are needed");
	st = case_pen_open(&pen, &err);
	if (st == OK)
		st = casebook_new(
		    argv[optind], title, name, &pen.hand, case_pen_log(&pen), &err);
	case_pen_close(&pen);
	return case_result(st, &err);
}

static const char rebuild_usage[] =
    "usage: geophone case rebuild DIR\n"
    "Throw case.db away and make it again from the journal.\n";

int
case_rebuild(int argc, char **argv)
{
	struct error err;
	int done = case_simple_options(argc, argv, rebuild_usage, NULL);

	if (done >= 0)
		return done;
	return case_result(casebook_rebuild(argv[optind], &err), &err);
}
