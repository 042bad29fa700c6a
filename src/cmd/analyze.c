/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone analyze: the main job. Inputs in, findings out; with -o the report
 * and the evidence.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/stamp.h"
#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/exhibit.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/progress.h"

#define VERB "analyze"

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

struct order {
	struct analysis_options run;
	enum output output;
	const char *dir;        /* -o */
	char *key;              /* --key, or the default place */
	enum key_kind key_kind; /* of one that has to be made */
	const char *filter;     /* -f */
	uint64_t from_ns, to_ns;
	const char *log, *log_key;
	struct vouch vouch;
	int fail_on; /* enum severity, -1: never */
	bool quiet;
	bool progress;
};

static const char usage[] =
    "usage: geophone analyze [OPTION...] INPUT...\n"
    "Find hosts controlled from outside. An INPUT is a capture (pcap, pcapng), a Zeek\n"
    "log (conn, dns, http, ssl, ssh), also as .gz, .zst or .xz, a directory of them, or -\n"
    "for standard input; what it is shows from its content.\n\n"
    "  -o, --output DIR       write the report and the evidence into the new directory "
    "DIR\n"
    "  -f, --filter EXPR      only frames that match, as pcap-filter(7) says\n"
    "      --from TIME        only what begins at TIME or later, such as 2026-06-10T14:30\n"
    "      --to TIME          only what begins before TIME; both are UTC\n"
    "      --json             one finding a line (docs/formats/finding.schema.json)\n"
    "      --csv              the same as a table for spreadsheets\n"
    "      --fail-on LEVEL    exit 1 if there is a finding of LEVEL or more:\n"
    "                         info, low, medium, high, critical; medium is an alert\n"
    "      --internal CIDR    this network is ours, besides the private ones; repeatable\n"
    "      --external CIDR    this one is not, though it may be private; repeatable\n"
    "      --indicators FILE  addresses, names, fingerprints that others listed (a list, "
    "CSV,\n"
    "                         MISP, STIX, or a folder of them); repeatable\n"
    "      --mud WHAT         NETWORK=FILE: the device there does what this MUD file "
    "(RFC 8520)\n"
    "                         allows; or a map of many; repeatable\n"
    "      --allow FILE       rules of what is known here to be harmless and is not shown\n"
    "      --asn FILE         a table of networks and their AS, for rules by asn\n"
    "      --show-allowed     show it nevertheless, and count\n"
    "      --workers N        threads, 1 to 16; the findings are the same (default 1)\n"
    "      --memory SIZE      for the tables, such as 512M or 4G (default 1G)\n"
    "      --state DIR        judge clocks with what runs before kept there, and keep "
    "this one\n"
    "      --state-keep DAYS  forget what is older than that before the latest (90)\n"
    "      --state-size SIZE  the most that is kept on disk (1G)\n"
    "      --key FILE         the sensor's signing key; made if there is none,\n"
    "      --key-kind KIND    ed25519 (the default) or p256\n"
    "      --log DIR          with -o: into this log (geophone log), with its proofs\n"
    "      --log-key FILE     the key of the log, when it has its own\n"
    "      --witness URL      with --log: ask this witness, named in --policy FILE\n"
    "      --policy FILE      the keys of witnesses\n"
    "      --tsa URL          with --log: ask this authority for a time stamp\n"
    "      --tsa-ca FILE      the authorities whose word is taken (PEM)\n"
    "  -q, --quiet            no progress bar and no remarks\n";

static bool
severity_parse(const char *text, int *out)
{
	for (int s = SEVERITY_INFO; s <= SEVERITY_CRITICAL; s++)
		if (strcmp(text, severity_text((enum severity)s)) == 0) {
			*out = s;
			return true;
		}
	return false;
}

static int
add_net(const char *option, struct ip_net *net, unsigned *n, const char *text)
{
	struct span s = { (const uint8_t *)text, strlen(text) };

	if (*n == PARAMS_NETS)
		return cmd_misused(
		    VERB, "more than %d networks with %s", PARAMS_NETS, option);
	if (!ip_net_parse(s, &net[*n]))
		return cmd_misused(
		    VERB, "%s: %s is not a network such as 192.0.2.0/24", option, text);
	++*n;
	return EXIT_DONE;
}

enum {
	OPT_JSON = 256,
	OPT_CSV,
	OPT_FAIL,
	OPT_INTERNAL,
	OPT_EXTERNAL,
	OPT_ASN,
	OPT_WORKERS,
	OPT_MEMORY,
	OPT_INDICATORS,
	OPT_MUD,
	OPT_ALLOW,
	OPT_SHOW_ALLOWED,
	OPT_STATE,
	OPT_STATE_KEEP,
	OPT_STATE_SIZE,
	OPT_KEY,
	OPT_KEY_KIND,
	OPT_FROM,
	OPT_TO,
	OPT_LOG,
	OPT_LOG_KEY,
	OPT_WITNESS,
	OPT_POLICY,
	OPT_TSA,
	OPT_ROOTS
};

static int
take_log_option(struct order *o, int c, const char *arg)
{
	struct vouch *v = &o->vouch;

	switch (c) {
	case OPT_LOG:
		o->log = arg;
		return EXIT_DONE;
	case OPT_LOG_KEY:
		o->log_key = arg;
		return EXIT_DONE;
	case OPT_POLICY:
		v->policy = arg;
		return EXIT_DONE;
	case OPT_TSA:
		v->tsa = arg;
		return EXIT_DONE;
	case OPT_ROOTS:
		v->roots = arg;
		return EXIT_DONE;
	case OPT_WITNESS:
		if (v->witnesses == VOUCH_WITNESSES)
			return cmd_misused(VERB, "more than %d witnesses", VOUCH_WITNESSES);
		v->witness[v->witnesses++] = arg;
		return EXIT_DONE;
	default:
		return EXIT_MISUSED;
	}
}

static int
take_state_option(struct order *o, int c, const char *arg)
{
	struct state_options *s = &o->run.state;
	uint64_t n;
	size_t size;

	switch (c) {
	case OPT_STATE:
		s->dir = arg;
		return EXIT_DONE;
	case OPT_STATE_KEEP:
		if (!option_number(arg, 1, 3650, &n))
			return cmd_misused(
			    VERB, "--state-keep: %s is not a number of days", arg);
		s->keep_ns = n * 86400 * SECOND_NS;
		return EXIT_DONE;
	default:
		if (!option_size(arg, &size) || size < STATE_SIZE_LEAST)
			return cmd_misused(
			    VERB, "--state-size: %s is not a size of 1M or more", arg);
		s->size = size;
		return EXIT_DONE;
	}
}

/* A state of a part of the packets, or of half a run, would tell of gaps that were none. */
static int
check_state(struct order *o)
{
	struct state_options *s = &o->run.state;

	if (s->dir == NULL)
		return EXIT_DONE;
	if (o->filter)
		return cmd_misused(
		    VERB, "--state needs all packets, -f leaves some of them out");
	if (o->run.hear.memory < STATE_MEMORY_LEAST)
		return cmd_misused(VERB, "--state needs a --memory of 128M or more");
	s->from_ns = o->from_ns;
	s->to_ns = o->to_ns;
	s->memory = o->run.hear.memory / STATE_PART;
	o->run.hear.memory -= s->memory;
	return EXIT_DONE;
}

static int
take_option(struct order *o, int c, char *arg)
{
	uint64_t n;

	switch (c) {
	case 'o':
		o->dir = arg;
		return EXIT_DONE;
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	case 'f':
		o->filter = arg;
		return EXIT_DONE;
	case OPT_FROM:
	case OPT_TO:
		if (option_time(arg, c == OPT_FROM ? &o->from_ns : &o->to_ns))
			return EXIT_DONE;
		return cmd_misused(VERB, "%s: %s is not a time such as 2026-06-10T14:30",
		    c == OPT_FROM ? "--from" : "--to", arg);
	case OPT_JSON:
		o->output = OUTPUT_JSON;
		return EXIT_DONE;
	case OPT_CSV:
		o->output = OUTPUT_CSV;
		return EXIT_DONE;
	case OPT_FAIL:
		if (severity_parse(arg, &o->fail_on))
			return EXIT_DONE;
		return cmd_misused(VERB, "--fail-on: %s is no severity", arg);
	case OPT_INTERNAL:
		return add_net(
		    "--internal", o->run.params.internal, &o->run.params.internals, arg);
	case OPT_ASN:
		o->run.asn = arg;
		return EXIT_DONE;
	case OPT_EXTERNAL:
		return add_net(
		    "--external", o->run.params.external, &o->run.params.externals, arg);
	case OPT_ALLOW:
		o->run.allow = arg;
		return EXIT_DONE;
	case OPT_SHOW_ALLOWED:
		o->run.show_allowed = true;
		return EXIT_DONE;
	case OPT_INDICATORS:
		if (o->run.indicators == LISTS_PATHS)
			return cmd_misused(
			    VERB, "more than %d --indicators; name a folder", LISTS_PATHS);
		o->run.indicator[o->run.indicators++] = arg;
		return EXIT_DONE;
	case OPT_MUD:
		if (o->run.devices == DEVICES_PATHS)
			return cmd_misused(
			    VERB, "more than %d --mud; write a map", DEVICES_PATHS);
		o->run.device[o->run.devices++] = arg;
		return EXIT_DONE;
	case OPT_WORKERS:
		if (!option_number(arg, 1, HEAR_SHARDS, &n))
			return cmd_misused(
			    VERB, "--workers: %s is not 1 to %d", arg, HEAR_SHARDS);
		o->run.hear.workers = (unsigned)n;
		return EXIT_DONE;
	case OPT_MEMORY:
		if (option_size(arg, &o->run.hear.memory) &&
		    o->run.hear.memory >= ANALYSIS_LEAST)
			return EXIT_DONE;
		return cmd_misused(VERB, "--memory: %s is not a size of 64M or more", arg);
	case OPT_STATE:
	case OPT_STATE_KEEP:
	case OPT_STATE_SIZE:
		return take_state_option(o, c, arg);
	case OPT_KEY_KIND:
		return keys_kind(arg, &o->key_kind)
			   ? EXIT_DONE
			   : cmd_misused(VERB, "--key-kind: ed25519 or p256");
	case OPT_KEY:
		free(o->key);
		o->key = strdup(arg);
		return EXIT_DONE;
	default:
		return take_log_option(o, c, arg);
	}
}

static int
make_filter(struct order *o)
{
	struct error err;
	enum status st;

	if (o->filter == NULL && o->from_ns == 0 && o->to_ns == UINT64_MAX)
		return EXIT_DONE;
	if (o->from_ns >= o->to_ns)
		return cmd_misused(VERB, "--from is not before --to");
	st = filter_new(&o->run.hear.filter, o->filter, o->from_ns, o->to_ns, &err);
	if (st == OK)
		return EXIT_DONE;
	cmd_complain(VERB, &err, NULL);
	return st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
}

static int
parse(struct order *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "filter", required_argument, NULL, 'f' },
		{ "from", required_argument, NULL, OPT_FROM },
		{ "to", required_argument, NULL, OPT_TO },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "csv", no_argument, NULL, OPT_CSV },
		{ "fail-on", required_argument, NULL, OPT_FAIL },
		{ "internal", required_argument, NULL, OPT_INTERNAL },
		{ "external", required_argument, NULL, OPT_EXTERNAL },
		{ "asn", required_argument, NULL, OPT_ASN },
		{ "indicators", required_argument, NULL, OPT_INDICATORS },
		{ "mud", required_argument, NULL, OPT_MUD },
		{ "allow", required_argument, NULL, OPT_ALLOW },
		{ "show-allowed", no_argument, NULL, OPT_SHOW_ALLOWED },
		{ "workers", required_argument, NULL, OPT_WORKERS },
		{ "memory", required_argument, NULL, OPT_MEMORY },
		{ "state", required_argument, NULL, OPT_STATE },
		{ "state-keep", required_argument, NULL, OPT_STATE_KEEP },
		{ "state-size", required_argument, NULL, OPT_STATE_SIZE },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "key-kind", required_argument, NULL, OPT_KEY_KIND },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "log-key", required_argument, NULL, OPT_LOG_KEY },
		{ "witness", required_argument, NULL, OPT_WITNESS },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "tsa", required_argument, NULL, OPT_TSA },
		{ "tsa-ca", required_argument, NULL, OPT_ROOTS },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, bad = EXIT_DONE;

	while (bad == EXIT_DONE &&
	       (c = getopt_long(argc, argv, "o:f:qh", longs, NULL)) != -1) {
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
	if (bad == EXIT_DONE && vouch_lacks(&o->vouch))
		return cmd_misused(VERB, "%s", vouch_lacks(&o->vouch));
	if (bad == EXIT_DONE && o->log == NULL &&
	    (o->log_key || o->vouch.witnesses > 0 || o->vouch.tsa))
		return cmd_misused(VERB, "--log-key, --witness and --tsa go with --log");
	if (bad == EXIT_DONE && o->log && o->dir == NULL)
		return cmd_misused(VERB, "--log goes with -o: the log holds hashes alone");
	if (bad == EXIT_DONE)
		bad = check_state(o);
	return bad == EXIT_DONE ? make_filter(o) : bad;
}

static void
today(char text[static 16])
{
	time_t now = time(NULL);
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	(void)strftime(text, 16, "%Y-%m-%d", &tm);
}

/* Through a log, when there is one. `vouched` says who besides us vouches. */
static enum status
write_bag(const struct order *o, struct exhibit *x, char vouched[static 256],
    unsigned *lacking, struct error *err)
{
	struct exhibit_log log = { .vouch = &o->vouch };
	struct key *log_key = NULL;
	enum status st = OK;

	(void)snprintf(vouched, 256, "unwitnessed: nobody else vouches for it");
	if (o->log && o->log_key)
		st = keys_open(&log_key, o->log_key, o->quiet, err);
	if (st == OK && o->log) {
		st = sealing_open(
		    &log.sealing, o->log, log_key ? log_key : x->key, x->key, err);
		x->log = &log;
	}
	if (st == OK)
		st = exhibit_write(x, o->dir, err);
	if (st == OK && o->log) {
		memcpy(vouched, log.vouched, sizeof log.vouched);
		*lacking = log.lacking;
	}
	exhibit_log_release(&log);
	x->log = NULL;
	key_free(log_key);
	return st;
}

static enum status
write_evidence(const struct order *o, struct analysis *a, char vouched[static 256],
    unsigned *lacking, struct error *err)
{
	struct exhibit x = { .inputs = &a->inputs,
		.hear = &o->run.hear,
		.state = a->state,
		.params = &o->run.params,
		.finding = a->finding,
		.context = a->context,
		.trace = a->trace,
		.hidden = a->hidden,
		.n = a->findings,
		.summary = &a->summary,
		.frames_dropped = a->frames_dropped };
	uint8_t(*salt)[EXHIBIT_SALT] = calloc(a->findings + 1, sizeof *salt);
	struct key *key = NULL;
	char date[16];
	enum status st = OK;

	if (salt == NULL)
		return error_set(err, E_NOMEM, "no memory for %zu findings", a->findings);
	for (size_t i = 0; st == OK && i <= a->findings; i++)
		if (getrandom(salt[i], sizeof salt[i], 0) != (ssize_t)sizeof salt[i])
			st = error_sys(err, "read random bytes");
	if (st == OK)
		st = keys_open_kind(&key, o->key, o->key_kind, o->quiet, err);
	if (st == OK) {
		today(date);
		x.key = key;
		x.bagging_date = date;
		x.salt = (const uint8_t(*)[EXHIBIT_SALT])salt;
		st = write_bag(o, &x, vouched, lacking, err);
		if (st != OK && st != E_STOPPED)
			error_wrap(err, "evidence in %s", o->dir);
	}
	key_free(key);
	free(salt);
	return st;
}

/* COLUMNS, if somebody exported it, as ls has it; else the terminal's; 0: none. */
static unsigned
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	uint64_t n;

	if (columns && option_number(columns, 40, 1000, &n))
		return (unsigned)n;
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
		return w.ws_col;
	return 80;
}

static enum status
print_findings(const struct order *o, struct analysis *a, struct error *err)
{
	const struct finding *shown;
	size_t n;
	struct buf out;
	bool colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	enum status st = analysis_shown(a, &shown, &n, err);

	if (st != OK)
		return st;
	buf_init(&out, (size_t)1 << 30);
	if (o->output == OUTPUT_TABLE)
		publish_table(shown, n, &a->summary, terminal_width(), colour, &out);
	if (o->output == OUTPUT_CSV)
		publish_csv_header(&out);
	for (size_t i = 0; i < n; i++) {
		if (o->output == OUTPUT_CSV)
			publish_csv(&shown[i], &out);
		if (o->output != OUTPUT_JSON)
			continue;
		finding_encode(&shown[i], &out);
		buf_putc(&out, '\n');
	}
	st = buf_state(&out, "the list of findings", err);
	if (st == OK && out.len > 0)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	return st;
}

static bool
fails(const struct order *o, const struct analysis *a)
{
	for (size_t i = 0; o->fail_on >= 0 && i < a->findings; i++)
		if (!a->hidden[i] && (int)a->finding[i].severity >= o->fail_on)
			return true;
	return false;
}

/* A remark about one input; hard ones change the exit status. */
static void
remark(void *state, bool hard, const char *sentence)
{
	const struct order *o = state;

	if (hard || !o->quiet)
		fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static int
analyze(struct order *o, char *const *paths, unsigned n)
{
	struct analysis *a;
	char vouched[256];
	unsigned lacking = 0;
	struct error err;
	bool whole;
	enum status st = analysis_run(&a, &o->run, paths, n, remark, o, &err);

	if (st != OK) {
		cmd_complain(VERB, &err, NULL);
		return st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
	}
	whole = a->whole;
	if (o->dir) {
		/* First, so that the list names the slices it rests on. */
		st = write_evidence(o, a, vouched, &lacking, &err);
		if (st == OK && !o->quiet)
			fprintf(stderr,
			    "geophone: report and evidence are in %s, %s; check them with: "
			    "geophone verify %s\n",
			    o->dir, vouched, o->dir);
	}
	if (st == OK && a->state)
		st = state_commit(a->state, &err);
	if (st == OK)
		st = print_findings(o, a, &err);
	if (st != OK)
		cmd_complain(VERB, &err, st == E_STOPPED ? "nothing was written" : NULL);
	n = st == OK && fails(o, a);
	analysis_free(a);
	if (st != OK)
		return st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
	return n ? EXIT_NO : whole && lacking == 0 ? EXIT_DONE : EXIT_COULD_NOT;
}

int
cmd_analyze(int argc, char **argv)
{
	struct order o = { .fail_on = -1,
		.to_ns = UINT64_MAX,
		.vouch.verb = VERB,
		.run = analysis_default(),
		.key = keys_default_path() };
	int status = parse(&o, argc, argv);

	if (status == EXIT_DONE) {
		cmd_catch_signals();
		o.run.hear.progress = !o.quiet;
		o.run.again = o.dir != NULL;
		status = analyze(&o, argv + optind, (unsigned)(argc - optind));
	} else if (status == -1) {
		status = EXIT_DONE;
	}
	filter_free(o.run.hear.filter);
	free(o.key);
	return cmd_finish_stdout(VERB, status);
}
