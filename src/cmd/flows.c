/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone flows: the records themselves, for people and other programs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/hear.h"
#include "cmd/options.h"
#include "cmd/progress.h"

#define VERB  "flows"
#define FLUSH ((size_t)64 << 10) /* bytes that wait before they are written */

struct order {
	struct hear_options hear;
	bool traits;
	bool quiet;
};

/* What the taps share. */
struct printer {
	const struct order *o;
	struct buf out;
	bool whole; /* every input named was read to its end */
};

static const char usage[] =
    "usage: geophone flows [OPTION...] INPUT...\n"
    "Print the flows of captures and logs, one a line, and what they carried. INPUT is\n"
    "as for geophone analyze.\n\n"
    "      --json             one flow a line (docs/formats/flow.schema.json)\n"
    "      --traits           look-ups and requests as well, each on its line\n"
    "                         (docs/formats/trait.schema.json)\n"
    "      --workers N        threads, 1 to 16; the flows are the same (default 1)\n"
    "      --memory SIZE      for the tables, such as 512M or 4G (default 1G)\n"
    "  -q, --quiet            no progress bar and no remarks\n";

enum { OPT_JSON = 256, OPT_TRAITS, OPT_WORKERS, OPT_MEMORY };

static int
take_option(struct order *o, int c, const char *arg)
{
	uint64_t n;

	switch (c) {
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	case OPT_JSON:
		return EXIT_DONE;
	case OPT_TRAITS:
		o->traits = true;
		return EXIT_DONE;
	case OPT_WORKERS:
		if (!option_number(arg, 1, HEAR_SHARDS, &n))
			return cmd_misused(
			    VERB, "--workers: %s is not 1 to %d", arg, HEAR_SHARDS);
		o->hear.workers = (unsigned)n;
		return EXIT_DONE;
	case OPT_MEMORY:
		if (option_size(arg, &o->hear.memory) && o->hear.memory >= ANALYSIS_LEAST)
			return EXIT_DONE;
		return cmd_misused(VERB, "--memory: %s is not a size of 16M or more", arg);
	default:
		return EXIT_MISUSED;
	}
}

static int
parse(struct order *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ "traits", no_argument, NULL, OPT_TRAITS },
		{ "workers", required_argument, NULL, OPT_WORKERS },
		{ "memory", required_argument, NULL, OPT_MEMORY },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, bad = EXIT_DONE;

	while (bad == EXIT_DONE && (c = getopt_long(argc, argv, "qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		bad = take_option(o, c, optarg);
	}
	if (bad == EXIT_DONE && optind == argc)
		return cmd_misused(VERB, "no input named");
	return bad;
}

static void
flush(struct printer *p, size_t more_than)
{
	if (p->out.len <= more_than)
		return;
	(void)fwrite(p->out.at, 1, p->out.len, stdout);
	buf_reset(&p->out);
}

static void
on_flow(void *state, const struct flow *f)
{
	struct printer *p = state;

	flow_encode(f, &p->out);
	buf_putc(&p->out, '\n');
	flush(p, FLUSH);
}

static void
on_trait(void *state, const struct trait *t)
{
	struct printer *p = state;

	trait_encode(t, &p->out);
	buf_putc(&p->out, '\n');
	flush(p, FLUSH);
}

static void
remark(void *state, bool hard, const char *sentence)
{
	struct printer *p = state;

	progress_hide();
	if (hard)
		p->whole = false;
	if (hard || !p->o->quiet)
		fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static enum status
print_all(struct printer *p, struct inputs *in, struct error *err)
{
	struct hear *h;
	enum status st = hear_new(&h, &p->o->hear, remark, p, err);

	if (st != OK)
		return st;
	if (p->o->hear.progress)
		progress_start("reading", in->bytes);
	for (unsigned i = 0; st == OK && i < in->n; i++)
		st = hear_read(h, &in->source[i], i, err);
	if (st == OK)
		st = hear_seal(h, err);
	progress_stop();
	hear_free(h);
	flush(p, 0);
	return st;
}

static int
flows(struct order *o, char *const *paths, unsigned n)
{
	struct printer p = { .o = o, .whole = true };
	struct inputs in;
	struct error err;
	enum status st;

	buf_init(&p.out, (size_t)1 << 30);
	o->hear.flow_tap = on_flow;
	o->hear.trait_tap = o->traits ? on_trait : NULL;
	o->hear.tap_state = &p;
	st = inputs_find(&in, paths, n, remark, &p, &err);
	if (st == OK && in.n == 0)
		st = error_set(&err, E_FORMAT, "nothing could be read");
	if (st == OK)
		st = print_all(&p, &in, &err);
	inputs_release(&in);
	buf_release(&p.out);
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	return st == OK && p.whole ? EXIT_DONE : EXIT_COULD_NOT;
}

int
cmd_flows(int argc, char **argv)
{
	struct order o = { .hear = analysis_default().hear };
	int status = parse(&o, argc, argv);

	if (status == EXIT_DONE) {
		cmd_catch_signals();
		o.hear.progress = !o.quiet;
		status = flows(&o, argv + optind, (unsigned)(argc - optind));
	} else if (status == -1) {
		status = EXIT_DONE;
	}
	return cmd_finish_stdout(VERB, status);
}
