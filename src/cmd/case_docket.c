/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case docket: the register of claims.
 */
#include <getopt.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "case/docket.h"
#include "case/shape.h"
#include "cmd/case.h"
#include "cmd/cmd.h"
#include "publish/docket.h"

static const char usage[] =
    "usage: geophone case docket DIR [--json | --html]\n"
    "Who says what about which incident, on what evidence, and what became of it; and\n"
    "what follows from the figures by arithmetic alone.\n\n"
    "      --json   canonical JSON\n"
    "      --html   one page that refers to nothing outside itself\n";

static unsigned
columns(void)
{
	struct winsize w;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0)
		return 0;
	return w.ws_col;
}

static int
docket(const char *dir, int how)
{
	struct casebook *cb = case_open(dir, NULL);
	struct buf out = { .max = (size_t)64 << 20 };
	struct error err;
	json_t *d = NULL;
	enum status st;

	if (cb == NULL)
		return EXIT_COULD_NOT;
	st = docket_make(cb, &d, &err);
	if (st == OK) {
		if (how == 'j') {
			shape_put(d, &out);
			buf_putc(&out, '\n');
		} else if (how == 'm')
			publish_docket_html(d, &out);
		else
			publish_docket(d, columns(), &out);
		st = buf_state(&out, "the docket", &err);
	}
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	json_decref(d);
	buf_release(&out);
	casebook_close(cb);
	return case_result(st, &err);
}

int
case_docket(int argc, char **argv)
{
	static const struct option longs[] = { { "json", no_argument, NULL, 'j' },
		{ "html", no_argument, NULL, 'm' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	int c, how = 0;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(CASE_VERB, "see the line above");
		how = c;
	}
	if (argc - optind != 1)
		return cmd_misused(CASE_VERB, "docket: one case is needed");
	return docket(argv[optind], how);
}
