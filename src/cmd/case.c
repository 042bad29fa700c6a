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

#include "base/input.h"
#include "cmd/cmd.h"

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

int
case_result(enum status st, const struct error *err)
{
	if (st == OK)
		return EXIT_DONE;
	cmd_complain(CASE_VERB, err, NULL);
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
	if (option != 'k')
		return false;
	pen->key_path = arg;
	return true;
}

enum status
case_pen_open(struct case_pen *pen, struct error *err)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	char *path = NULL;
	bool made = false;
	enum status st = OK;
	int n = 0;

	if (pen->key_path)
		n = asprintf(&path, "%s", pen->key_path);
	else if (data && data[0])
		n = asprintf(&path, "%s/geophone/sensor.key", data);
	else if (home && home[0])
		n = asprintf(&path, "%s/.local/share/geophone/sensor.key", home);
	else
		return error_set(
		    err, E_MISUSE, "no home directory to keep the key in: use --key");
	if (n < 0)
		return error_set(err, E_NOMEM, "no memory");
	st = key_open(&pen->key, path, &made, err);
	if (st == OK && made)
		fprintf(stderr, "geophone: made the signing key %s\n", path);
	free(path);
	pen->hand = (struct casebook_hand){
		.key = pen->key, .now_ns = clock_now, .salt = random_salt
	};
	return st;
}

void
case_pen_close(struct case_pen *pen)
{
	key_free(pen->key);
	pen->key = NULL;
}

struct casebook *
case_open(const char *dir, enum casebook_mode mode)
{
	struct casebook *cb;
	struct error err;
	enum status st = casebook_open(&cb, dir, mode, NULL, &err);

	if (st == OK)
		return cb;
	cmd_complain(CASE_VERB, &err,
	    st == E_DIFFERS ? "geophone verify DIR names what was changed; geophone case "
			      "rebuild DIR makes the tables again from the journal"
			    : NULL);
	return NULL;
}

enum status
case_read_file(const char *path, size_t max, struct buf *out, struct error *err)
{
	struct input *in;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	for (;;) {
		struct span s = input_peek(in, 1);

		if (s.len == 0)
			break;
		if (s.len > max - out->len) {
			st = error_set(
			    err, E_LIMIT, "%s is larger than %zu bytes", path, max);
			break;
		}
		buf_put(out, s.at, s.len);
		input_skip(in, s.len);
	}
	if (st == OK)
		st = input_state(in, err);
	if (st == OK)
		st = buf_state(out, path, err);
	input_close(in);
	return st;
}

static const char new_usage[] =
    "usage: geophone case new DIR --title TEXT [--name NAME] [--key FILE]\n"
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
		st = casebook_new(argv[optind], title, name, &pen.hand, NULL, &err);
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
