/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone profile: what a device was heard to do, as a MUD file.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "profile/needs.h"
#include "publish/mud.h"

#define VERB "profile"

struct order {
	struct hear_options hear;
	struct params params;
	struct needs_input in;
	const char *url, *info, *output;
	bool quiet, whole;
};

static const char usage[] =
    "usage: geophone profile --host ADDRESS [OPTION...] INPUT...\n"
    "Write a MUD file (RFC 8520) that allows what a device was heard to do. Read it, take\n"
    "out what the device has no business with, and give it to geophone analyze --mud.\n"
    "INPUT is as for geophone analyze.\n\n"
    "      --host ADDRESS     the device; repeatable, if it has several addresses\n"
    "      --url URL          where the file will be (mud-url)\n"
    "      --info TEXT        what the device is (systeminfo)\n"
    "      --internal CIDR    this network is ours, besides the private ones; repeatable\n"
    "  -o, --output FILE      write there\n"
    "  -q, --quiet            no progress bar and no remarks\n";

static void
remark(void *state, bool hard, const char *sentence)
{
	struct order *o = state;

	progress_hide();
	if (hard)
		o->whole = false;
	if (hard || !o->quiet)
		fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static enum status
hear(struct order *o, const struct inputs *inputs, struct hear **out, struct error *err)
{
	struct hear *h;
	enum status st = hear_new(&h, &o->hear, remark, o, err);

	if (st != OK)
		return st;
	if (o->hear.progress)
		progress_start("reading", inputs->bytes);
	for (unsigned i = 0; st == OK && i < inputs->n; i++)
		st = hear_read(h, &inputs->source[i], i, err);
	if (st == OK)
		st = hear_seal(h, err);
	progress_stop();
	if (st != OK)
		hear_free(h);
	else
		*out = h;
	return st;
}

static void
warn(struct order *o, const struct needs *n)
{
	struct error text;

	if (n->nameless > 0) {
		(void)error_set(&text, OK,
		    "%llu rules are for addresses outside whose names were not heard: "
		    "addresses change",
		    (unsigned long long)n->nameless);
		remark(o, false, text.text);
	}
	if (n->strangers > 0) {
		(void)error_set(&text, OK,
		    "%llu rules let somebody outside call the device: is that meant?",
		    (unsigned long long)n->strangers);
		remark(o, false, text.text);
	}
}

static enum status
write_file(struct order *o, const struct needs *n, struct error *err)
{
	struct buf out = { .max = (size_t)16 << 20 };
	char url[128], info[128], ip[IP_TEXT], from[STAMP_TEXT], to[STAMP_TEXT];
	struct mud_head head = { .url = o->url, .info = o->info, .updated_ns = n->last_ns };
	enum status st;

	(void)ip_text(&o->in.device[0], ip);
	(void)snprintf(info, sizeof info, "what %s was heard to do, %.10s to %.10s", ip,
	    stamp_text(n->first_ns, from), stamp_text(n->last_ns, to));
	for (char *c = ip; *c; c++)
		*c = (char)(*c == ':' ? '-' : *c);
	(void)snprintf(url, sizeof url, "https://geophone.invalid/%s.json", ip);
	if (head.url == NULL)
		head.url = url;
	if (head.info == NULL)
		head.info = info;
	st = publish_mud(&head, n->rule, n->n, &out, err);
	if (st == OK && o->output)
		st = output_write(o->output, buf_span(&out), err);
	else if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	return st;
}

/* False: nothing was heard of the device. */
static enum status
make(struct order *o, const struct hear *h, bool *any, struct error *err)
{
	struct hosts *hosts;
	struct needs needs;
	struct host_nets nets = params_nets(&o->params);
	enum status st = hosts_new(&hosts, hear_pairs(h), HEAR_SHARDS, &nets, err);

	if (st != OK)
		return st;
	o->in.shard = hear_pairs(h);
	o->in.names = hear_names(h);
	o->in.shards = HEAR_SHARDS;
	o->in.hosts = hosts;
	st = needs_of(&needs, &o->in, err);
	if (st == OK) {
		*any = needs.n > 0;
		warn(o, &needs);
		if (*any)
			st = write_file(o, &needs, err);
		needs_release(&needs);
	}
	hosts_free(hosts);
	return st;
}

static int
profile(struct order *o, char *const *paths, unsigned n)
{
	struct inputs inputs = { 0 };
	struct hear *h = NULL;
	bool any = false;
	struct error err;
	enum status st = inputs_find(&inputs, paths, n, false, remark, o, &err);

	if (st == OK && inputs.n == 0)
		st = error_set(&err, E_FORMAT, "nothing could be read");
	if (st == OK)
		st = hear(o, &inputs, &h, &err);
	if (st == OK)
		st = make(o, h, &any, &err);
	hear_free(h);
	inputs_release(&inputs);
	if (st != OK) {
		cmd_complain(VERB, &err, NULL);
		return EXIT_COULD_NOT;
	}
	if (!any)
		fprintf(stderr, "geophone: " VERB ": nothing was heard of the device\n");
	return !any ? EXIT_NO : o->whole ? EXIT_DONE : EXIT_COULD_NOT;
}

static struct span
word(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

enum { OPT_HOST = 256, OPT_URL, OPT_INFO, OPT_INTERNAL };

static int
take_option(struct order *o, int c, const char *arg)
{
	struct params *p = &o->params;

	switch (c) {
	case 'o':
		o->output = arg;
		return EXIT_DONE;
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	case OPT_URL:
		if (strncmp(arg, "https://", 8) != 0 || strlen(arg) > PERMIT_TEXT)
			return cmd_misused(
			    VERB, "--url: %s is no https:// of up to %d", arg, PERMIT_TEXT);
		o->url = arg;
		return EXIT_DONE;
	case OPT_INFO:
		o->info = arg;
		return EXIT_DONE;
	case OPT_HOST:
		if (o->in.devices == NEEDS_DEVICE)
			return cmd_misused(
			    VERB, "more than %d addresses of a device", NEEDS_DEVICE);
		if (!ip_parse(word(arg), &o->in.device[o->in.devices]))
			return cmd_misused(VERB, "--host: %s is no address", arg);
		o->in.devices++;
		return EXIT_DONE;
	case OPT_INTERNAL:
		if (p->internals == PARAMS_NETS ||
		    !ip_net_parse(word(arg), &p->internal[p->internals]))
			return cmd_misused(VERB,
			    "--internal: %s is not a network such as 192.0.2.0/24", arg);
		p->internals++;
		return EXIT_DONE;
	default:
		return cmd_misused(VERB, "see the line above");
	}
}

int
cmd_profile(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "host", required_argument, NULL, OPT_HOST },
		{ "url", required_argument, NULL, OPT_URL },
		{ "info", required_argument, NULL, OPT_INFO },
		{ "internal", required_argument, NULL, OPT_INTERNAL },
		{ "output", required_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct analysis_options defaults = analysis_default();
	struct order o = {
		.hear = defaults.hear, .params = defaults.params, .whole = true
	};
	int c, status = EXIT_DONE;

	while (status == EXIT_DONE &&
	       (c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		status = take_option(&o, c, optarg);
	}
	if (status == EXIT_DONE && o.in.devices == 0)
		status = cmd_misused(VERB, "which device? Name it with --host");
	if (status == EXIT_DONE && optind == argc)
		status = cmd_misused(VERB, "no input named");
	if (status == EXIT_DONE) {
		cmd_catch_signals();
		o.hear.progress = !o.quiet;
		status = profile(&o, argv + optind, (unsigned)(argc - optind));
	}
	return cmd_finish_stdout(VERB, status);
}
