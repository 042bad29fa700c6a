/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone bulletin: what a case lets one say in public, and no more.
 */
#include "publish/bulletin.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/case.h"
#include "cmd/cmd.h"

#define VERB    "bulletin"
#define OUT_MAX ((size_t)64 << 20)
#define WIDTH   78

static const char usage[] =
    "usage: geophone bulletin [--lang en|zh] [--format text|html|pdf] [-o FILE] DIR\n"
    "What a case lets one say in public, every number and graded word drawn from it.\n"
    "A sentence that says more than the case fails the whole, and is named.\n\n"
    "      --lang LANG     en, or zh\n"
    "      --format FORM   text, html or pdf\n"
    "  -o, --output FILE   write there; by default to standard output\n";

struct order {
	enum bulletin_lang lang;
	const char *format, *output;
};

static enum status
render(const struct bulletin *b, const char *format, struct buf *out, struct error *err)
{
	if (strcmp(format, "pdf") == 0)
		return bulletin_pdf(b, out, err);
	if (strcmp(format, "html") == 0)
		bulletin_html(b, out);
	else
		bulletin_text(b, WIDTH, out);
	return buf_state(out, "the bulletin", err);
}

static enum status
write_out(const char *path, const struct buf *out, struct error *err)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char dir[4096];
	enum status st;
	int fd;

	if (path == NULL) {
		(void)fwrite(out->at, 1, out->len, stdout);
		return OK;
	}
	(void)snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path + 1) : 1,
	    slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return error_sys(err, "open %s", dir);
	st = casebook_write_file(fd, slash ? slash + 1 : path, buf_span(out), err);
	(void)close(fd);
	return st;
}

/* Drawn up, looked at sentence by sentence, and only then rendered. */
static enum status
run(struct casebook *cb, const struct order *o, struct error *err)
{
	struct bulletin *b = calloc(1, sizeof *b);
	struct buf out = { .max = OUT_MAX };
	enum status st;

	if (b == NULL)
		return error_set(err, E_NOMEM, "no memory");
	st = bulletin_make(cb, o->lang, b, err);
	if (st == OK)
		st = bulletin_check(b, err);
	if (st == OK)
		st = render(b, o->format, &out, err);
	if (st == OK)
		st = write_out(o->output, &out, err);
	bulletin_release(b);
	free(b);
	buf_release(&out);
	return st;
}

/* -1: go on, else the exit status. */
static int
read_options(int argc, char **argv, struct order *o)
{
	static const struct option longs[] = { { "lang", required_argument, NULL, 'l' },
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		if (c == 'o')
			o->output = optarg;
		else if (c == 'f')
			o->format = optarg;
		else if (strcmp(optarg, "zh") == 0 || strcmp(optarg, "en") == 0)
			o->lang = optarg[0] == 'z' ? BULLETIN_ZH : BULLETIN_EN;
		else
			return cmd_misused(VERB, "there is no language %s here", optarg);
	}
	if (strcmp(o->format, "text") != 0 && strcmp(o->format, "html") != 0 &&
	    strcmp(o->format, "pdf") != 0)
		return cmd_misused(VERB, "there is no format %s here", o->format);
	if (argc - optind != 1)
		return cmd_misused(VERB, "one case is needed");
	return -1;
}

int
cmd_bulletin(int argc, char **argv)
{
	struct order o = { .lang = BULLETIN_EN, .format = "text" };
	struct casebook *cb;
	struct error err;
	int done = read_options(argc, argv, &o);
	enum status st;

	if (done >= 0)
		return done;
	st = casebook_open(&cb, argv[optind], CASEBOOK_READ, NULL, &err);
	if (st == OK) {
		st = run(cb, &o, &err);
		casebook_close(cb);
	}
	if (st != OK)
		case_complain(VERB, &err, NULL);
	return cmd_finish_stdout(VERB, st == OK          ? EXIT_DONE
				       : st == E_DIFFERS ? EXIT_NO
							 : EXIT_COULD_NOT);
}
