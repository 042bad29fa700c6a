/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone flows: the records themselves, for people and other programs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/hear.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "publish/records.h"

#define VERB  "flows"
#define FLUSH ((size_t)64 << 10) /* bytes that wait before they are written */

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_ZEEK };

#define LOGS (TRAIT_KIND_COUNT + 1) /* Zeek's logs: conn, and one of each kind of trait */

struct order {
	struct hear_options hear;
	enum output output;
	const char *dir; /* -o: of Zeek's logs */
	uint16_t seed;
	bool traits;
	bool quiet;
};

/* What the taps share. */
struct printer {
	const struct order *o;
	struct buf out[LOGS];
	FILE *to[LOGS];
	bool whole; /* every input named was read to its end */
};

static const char usage[] =
    "usage: geophone flows [OPTION...] INPUT...\n"
    "Print the flows of captures and logs, one a line, and what they carried. INPUT is\n"
    "as for geophone analyze.\n\n"
    "      --json             one flow a line, with the names of docs/formats/flows.md\n"
    "      --traits           with --json, look-ups, requests and handshakes as well,\n"
    "                         each on its line (docs/formats/trait.schema.json)\n"
    "      --csv              one flow a line for spreadsheets\n"
    "      --zeek             Zeek's conn.log\n"
    "  -o, --output DIR       Zeek's conn.log, dns.log, http.log, ssl.log, ssh.log,\n"
    "                         files.log, ntp.log and dhcp.log, and echo.log of odd\n"
    "                         pings, into the new directory DIR\n"
    "      --community-seed N of the Community ID, 0 to 65535 (default 0)\n"
    "      --workers N        threads, 1 to 16; the flows are the same (default 1)\n"
    "      --memory SIZE      for the tables, such as 512M or 4G (default 1G)\n"
    "  -q, --quiet            no progress bar and no remarks\n";

enum { OPT_JSON = 256, OPT_CSV, OPT_ZEEK, OPT_SEED, OPT_TRAITS, OPT_WORKERS, OPT_MEMORY };

static int
take_option(struct order *o, int c, const char *arg)
{
	uint64_t n;

	switch (c) {
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	case 'o':
		o->dir = arg;
		o->output = OUTPUT_ZEEK;
		return EXIT_DONE;
	case OPT_JSON:
		o->output = OUTPUT_JSON;
		return EXIT_DONE;
	case OPT_CSV:
		o->output = OUTPUT_CSV;
		return EXIT_DONE;
	case OPT_ZEEK:
		o->output = OUTPUT_ZEEK;
		return EXIT_DONE;
	case OPT_SEED:
		if (!option_number(arg, 0, UINT16_MAX, &n))
			return cmd_misused(
			    VERB, "--community-seed: %s is not 0 to 65535", arg);
		o->seed = (uint16_t)n;
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
		return cmd_misused(VERB, "--memory: %s is not a size of 64M or more", arg);
	default:
		return EXIT_MISUSED;
	}
}

static int
parse(struct order *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ "csv", no_argument, NULL, OPT_CSV },
		{ "zeek", no_argument, NULL, OPT_ZEEK },
		{ "output", required_argument, NULL, 'o' },
		{ "community-seed", required_argument, NULL, OPT_SEED },
		{ "traits", no_argument, NULL, OPT_TRAITS },
		{ "workers", required_argument, NULL, OPT_WORKERS },
		{ "memory", required_argument, NULL, OPT_MEMORY },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, bad = EXIT_DONE;

	while (
	    bad == EXIT_DONE && (c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		bad = take_option(o, c, optarg);
	}
	if (bad == EXIT_DONE && o->traits && o->output != OUTPUT_JSON)
		return cmd_misused(
		    VERB, "--traits needs --json; -o DIR writes traits as logs");
	if (bad == EXIT_DONE && optind == argc)
		return cmd_misused(VERB, "no input named");
	return bad;
}

static void
flush(struct printer *p, unsigned log, size_t more_than)
{
	struct buf *out = &p->out[log];

	if (out->len <= more_than)
		return;
	(void)fwrite(out->at, 1, out->len, p->to[log]);
	buf_reset(out);
}

static void
on_flow(void *state, const struct flow *f)
{
	struct printer *p = state;

	switch (p->o->output) {
	case OUTPUT_TABLE:
		publish_flow_table(f, &p->out[0]);
		break;
	case OUTPUT_JSON:
		publish_flow_json(f, p->o->seed, &p->out[0]);
		break;
	case OUTPUT_CSV:
		publish_flow_csv(f, p->o->seed, &p->out[0]);
		break;
	case OUTPUT_ZEEK:
		publish_zeek_conn(f, p->o->seed, &p->out[0]);
		break;
	}
	flush(p, 0, FLUSH);
}

static void
on_trait(void *state, const struct trait *t)
{
	struct printer *p = state;
	unsigned log = p->o->dir ? t->kind + 1u : 0;

	if (p->o->dir) {
		publish_zeek_trait(t, p->o->seed, &p->out[log]);
	} else {
		trait_encode(t, &p->out[0]);
		buf_putc(&p->out[0], '\n');
	}
	flush(p, log, FLUSH);
}

static void
print_headers(struct printer *p)
{
	if (p->o->output == OUTPUT_TABLE)
		publish_flow_table_header(&p->out[0]);
	if (p->o->output == OUTPUT_CSV)
		publish_flow_csv_header(&p->out[0]);
	if (p->o->output == OUTPUT_ZEEK)
		publish_zeek_conn_header(&p->out[0]);
	for (unsigned i = 1; p->o->dir && i < LOGS; i++)
		publish_zeek_header((enum trait_kind)(i - 1), &p->out[i]);
}

static enum status
open_logs(struct printer *p, struct error *err)
{
	const char *dir = p->o->dir;

	p->to[0] = stdout;
	if (dir == NULL)
		return OK;
	if (mkdir(dir, 0777) != 0)
		return error_sys(err, "make the directory %s", dir);
	for (unsigned i = 0; i < LOGS; i++) {
		const char *name =
		    i == 0 ? "conn" : trait_kind_text((enum trait_kind)(i - 1));
		char path[4096];

		if (snprintf(path, sizeof path, "%s/%s.log", dir, name) >= (int)sizeof path)
			return error_set(err, E_LIMIT, "%s is too long a name", dir);
		p->to[i] = fopen(path, "wbx");
		if (p->to[i] == NULL)
			return error_sys(err, "write %s", path);
	}
	return OK;
}

/* All of it is on its way to the disk, or it is said that it is not. */
static enum status
close_logs(struct printer *p, enum status st, struct error *err)
{
	for (unsigned i = 0; i < LOGS; i++) {
		bool bad;

		if (p->to[i] && st == OK)
			flush(p, i, 0);
		bad = p->out[i].bad;
		buf_release(&p->out[i]);
		if (p->to[i] == NULL || p->to[i] == stdout)
			continue;
		bad |= ferror(p->to[i]) != 0;
		if ((fclose(p->to[i]) != 0 || bad) && st == OK)
			st = error_set(err, E_IO, "%s was not written whole", p->o->dir);
	}
	return st;
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
	return st;
}

static int
flows(struct order *o, char *const *paths, unsigned n)
{
	struct printer p = { .o = o, .whole = true };
	struct inputs in;
	struct error err;
	enum status st;

	for (unsigned i = 0; i < LOGS; i++)
		buf_init(&p.out[i], (size_t)1 << 30);
	o->hear.flow_tap = on_flow;
	o->hear.trait_tap = o->traits || o->dir ? on_trait : NULL;
	o->hear.tap_state = &p;
	st = inputs_find(&in, paths, n, false, remark, &p, &err);
	if (st == OK && in.n == 0)
		st = error_set(&err, E_FORMAT, "nothing could be read");
	if (st == OK)
		st = open_logs(&p, &err);
	if (st == OK) {
		print_headers(&p);
		st = print_all(&p, &in, &err);
	}
	st = close_logs(&p, st, &err);
	inputs_release(&in);
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
