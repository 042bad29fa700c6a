/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone assess: competing hypotheses, weighed.
 */
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/input.h"
#include "case/weigh.h"
#include "cmd/assess_case.h"
#include "cmd/cmd.h"
#include "publish/assessment.h"

#define VERB       "assess"
#define MATRIX_MAX ((size_t)1 << 20)

static const char usage[] =
    "usage: geophone assess [--json] MATRIX | DIR\n"
    "Weigh a matrix of evidence: a JSON file with actors and items, each rated for each\n"
    "hypothesis and graded by the Admiralty code (docs/formats/assessment.md). Or a case:\n"
    "its items become the matrix, and the outcome is written down in it, signed.\n\n"
    "      --json           canonical JSON: scores, verdict, level, confidence, what "
    "would\n"
    "                       flip it\n"
    "      --dry-run        of a case: write nothing down\n"
    "      --key FILE       of a case: sign with this key\n"
    "      --log DIR        of a case: the leaf of the change goes to this log\n"
    "      --requests DIR   of a case: write what to ask for next there, as evidence\n"
    "                       requests\n";

static enum status
read_matrix(struct weigh_case *c, const char *path, struct arena *a, struct error *err)
{
	struct input *in;
	struct span s;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	s = input_peek(in, MATRIX_MAX + 1);
	st = input_state(in, err);
	if (st == OK && s.len > MATRIX_MAX)
		st = error_set(
		    err, E_LIMIT, "%s is longer than %zu bytes", path, MATRIX_MAX);
	if (st == OK) {
		st = weigh_read(c, s, a, err);
		if (st != OK)
			error_wrap(err, "%s", path);
	}
	input_close(in);
	return st;
}

static int
assess(const char *path, bool as_json)
{
	static struct weigh_result result; /* too large for a stack */
	struct weigh_case c;
	struct arena a;
	struct buf out;
	struct error err;
	enum status st;

	arena_init(&a, (size_t)16 << 20);
	buf_init(&out, (size_t)16 << 20);
	st = read_matrix(&c, path, &a, &err);
	if (st == OK) {
		weigh(&c, &result);
		if (as_json)
			weigh_encode(&c, &result, &out);
		else
			publish_assessment(&c, &result, &out);
		if (as_json)
			buf_putc(&out, '\n');
		st = buf_state(&out, "the assessment", &err);
	}
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	else
		cmd_complain(VERB, &err, NULL);
	buf_release(&out);
	arena_release(&a);
	return st == OK ? EXIT_DONE : EXIT_COULD_NOT;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
cmd_assess(int argc, char **argv)
{
	enum { OPT_DRY_RUN = 256, OPT_REQUESTS };
	static const struct option longs[] = { CASE_PEN_OPTIONS,
		{ "json", no_argument, NULL, 'j' },
		{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
		{ "requests", required_argument, NULL, OPT_REQUESTS },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct assess_order o = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (case_pen_option(&o.pen, c, optarg))
			continue;
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		case 'j':
			o.json = true;
			break;
		case OPT_DRY_RUN:
			o.dry_run = true;
			break;
		case OPT_REQUESTS:
			o.requests = optarg;
			break;
		default:
			return cmd_misused(VERB, "see the line above");
		}
	}
	if (argc - optind != 1)
		return cmd_misused(VERB, "one matrix or one case is needed");
	if (is_directory(argv[optind]))
		return cmd_finish_stdout(VERB, assess_case(argv[optind], &o));
	return cmd_finish_stdout(VERB, assess(argv[optind], o.json));
}
