/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "simulate/simulate.h"
#include "simulate/world.h"

#define VERB       "simulate"
#define HOUR_NS    (3600 * SECOND_NS)
#define MOST_HOURS UINT64_C(87840)                   /* ten years */
#define OLDEST_NS  (UINT64_C(315532800) * SECOND_NS) /* 1980: local days need a day before */
#define TRUTH_MOST ((size_t)64 << 20)
#define OUT_BUFFER ((size_t)1 << 18)

/* A Monday, so that a day of it is a working day. */
#define START "2026-03-02T00:00:00Z"

struct options {
	const struct scenario *scenario;
	uint64_t seed, hours, start_ns;
	bool zeek, no_clock;
	const char *truth, *out;
};

/*
 * A file that is whole or not there: written beside its place and renamed. What
 * is not a regular file (a pipe, a device) is written as it is.
 */
struct part {
	char path[PATH_MAX], beside[PATH_MAX];
	FILE *f;
	bool placed; /* nothing left to rename or remove */
};

static void
usage(FILE *to)
{
	const struct scenario *sc;

	fprintf(to, "usage: geophone simulate SCENARIO [OPTION...]\n\nscenarios:");
	for (size_t i = 0; (sc = scenario_at(i)) != NULL; i++)
		fprintf(to, " %s", sc->name);
	fprintf(to,
	    "\n\n"
	    "  --seed N         another network and other days (1)\n"
	    "  --days N         how long (1)\n"
	    "  --hours N        the same in hours\n"
	    "  --start TIME     RFC 3339 (" START ", a Monday)\n"
	    "  --sleep WHAT     clock, or exponential: what is controlled calls at times "
	    "without\n"
	    "                   memory, as often on average (clock)\n"
	    "  --format WHAT    pcap, or zeek: conn.log and dns.log in a directory (pcap)\n"
	    "  --truth FILE     the ground truth as JSON (OUTPUT.truth.json)\n"
	    "  -o, --output OUT file, or directory for zeek (standard output)\n"
	    "\nThe same arguments give the same bytes.\n");
}

static bool
number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < least || v > most)
		return false;
	*out = v;
	return true;
}

static enum status
part_open(struct part *p, const char *path, struct error *err)
{
	mode_t mask = umask(0);
	struct stat st;
	int fd;

	(void)umask(mask);
	*p = (struct part){ 0 };
	if (snprintf(p->path, sizeof p->path, "%s", path) >= PATH_MAX ||
	    snprintf(p->beside, sizeof p->beside, "%s.XXXXXX", path) >= PATH_MAX)
		return error_set(err, E_MISUSE, "%s: the path is too long", path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		p->placed = true;
		fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		fd = mkstemp(p->beside);
		if (fd != -1)
			(void)fchmod(fd, 0666 & ~mask);
	}
	if (fd == -1) {
		p->placed = true;
		return error_sys(err, "open %s", path);
	}
	p->f = fdopen(fd, "wb");
	if (p->f == NULL) {
		(void)close(fd);
		return error_sys(err, "open %s", path);
	}
	(void)setvbuf(p->f, NULL, _IOFBF, OUT_BUFFER);
	return OK;
}

/* Everything is on the disk, and the file in its place. */
static enum status
part_place(struct part *p, struct error *err)
{
	bool failed;

	if (p->f == NULL)
		return OK;
	failed = fflush(p->f) != 0 || (!p->placed && fsync(fileno(p->f)) != 0);
	if (fclose(p->f) != 0 || failed) {
		p->f = NULL;
		return error_sys(err, "write %s", p->path);
	}
	p->f = NULL;
	if (p->placed)
		return OK;
	if (rename(p->beside, p->path) != 0)
		return error_sys(err, "rename to %s", p->path);
	p->placed = true;
	return OK;
}

static void
part_drop(struct part *p)
{
	if (p->f)
		(void)fclose(p->f);
	if (!p->placed && p->beside[0])
		(void)unlink(p->beside);
}

static enum status
run(struct simulate *sim, const struct options *o, struct buf *truth, struct error *err)
{
	enum status st;

	for (uint64_t h = 1; h <= o->hours; h++) {
		st = simulate_run(sim, o->start_ns + h * HOUR_NS, err);
		if (st != OK)
			return st;
		if (cmd_stopped)
			return error_set(err, E_STOPPED, "stopped; nothing was kept");
		progress_at(simulate_bytes(sim));
	}
	return simulate_end(sim, truth, err);
}

static enum status
write_all(const struct options *o, const struct simulate_outputs *to, struct buf *truth,
    struct error *err)
{
	struct world_plan plan = {
		.scenario = o->scenario,
		.seed = o->seed,
		.start_ns = o->start_ns,
		.end_ns = o->start_ns + o->hours * HOUR_NS,
		.no_clock = o->no_clock,
	};
	struct simulate *sim;
	enum status st = simulate_new(&sim, &plan, to, err);

	if (st != OK)
		return st;
	progress_start("writing", 0);
	st = run(sim, o, truth, err);
	progress_stop();
	simulate_free(sim);
	return st;
}

/* conn.log and dns.log of a directory, which is made if it is not there. */
static enum status
open_logs(const char *dir, struct part *conn, struct part *dns, struct error *err)
{
	char path[PATH_MAX];
	enum status st;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return error_sys(err, "make directory %s", dir);
	if (snprintf(path, sizeof path, "%s/conn.log", dir) >= PATH_MAX)
		return error_set(err, E_MISUSE, "%s: the path is too long", dir);
	st = part_open(conn, path, err);
	if (st != OK)
		return st;
	(void)snprintf(path, sizeof path, "%s/dns.log", dir);
	return part_open(dns, path, err);
}

static enum status
open_truth(const struct options *o, struct part *p, struct error *err)
{
	char path[PATH_MAX];
	size_t n;

	if (o->truth)
		return part_open(p, o->truth, err);
	if (o->out == NULL)
		return OK;
	n = strlen(o->out);
	while (n > 1 && o->out[n - 1] == '/')
		n--;
	if (snprintf(path, sizeof path, "%.*s.truth.json", (int)n, o->out) >= PATH_MAX)
		return error_set(err, E_MISUSE, "%s: the path is too long", o->out);
	return part_open(p, path, err);
}

enum { PART_DATA, PART_DNS, PART_TRUTH, PART_COUNT };

static enum status
open_all(
    const struct options *o, struct part *p, struct simulate_outputs *to, struct error *err)
{
	enum status st = OK;

	if (o->out == NULL)
		(void)setvbuf(stdout, NULL, _IOFBF, OUT_BUFFER);
	else if (o->zeek)
		st = open_logs(o->out, &p[PART_DATA], &p[PART_DNS], err);
	else
		st = part_open(&p[PART_DATA], o->out, err);
	if (st != OK)
		return st;
	*(o->zeek ? &to->conn : &to->pcap) = o->out ? p[PART_DATA].f : stdout;
	to->dns = p[PART_DNS].f;
	return open_truth(o, &p[PART_TRUTH], err);
}

static enum status
simulate(const struct options *o, struct error *err)
{
	struct part part[PART_COUNT] = { 0 };
	struct simulate_outputs to = { 0 };
	struct buf truth;
	enum status st;

	buf_init(&truth, TRUTH_MOST);
	st = open_all(o, part, &to, err);
	if (st == OK) {
		st = write_all(o, &to, &truth, err);
		if (st == E_IO)
			error_wrap(err, "%s", o->out ? o->out : "standard output");
	}
	if (st == OK && part[PART_TRUTH].f)
		(void)fwrite(truth.at, 1, truth.len, part[PART_TRUTH].f);
	for (int i = 0; i < PART_COUNT && st == OK; i++)
		st = part_place(&part[i], err);
	for (int i = 0; i < PART_COUNT; i++)
		part_drop(&part[i]);
	buf_release(&truth);
	return st;
}

/* What getopt found; 0 when there is nothing to say against it. */
static int
option(struct options *o, int c, const char *value)
{
	switch (c) {
	case 's':
		if (!number(value, 0, UINT64_MAX, &o->seed))
			return cmd_misused(VERB, "--seed %s: not a number", value);
		return 0;
	case 'd':
		if (!number(value, 1, MOST_HOURS / 24, &o->hours))
			return cmd_misused(VERB, "--days %s: must be 1 to %" PRIu64, value,
			    MOST_HOURS / 24);
		o->hours *= 24;
		return 0;
	case 'h':
		if (!number(value, 1, MOST_HOURS, &o->hours))
			return cmd_misused(
			    VERB, "--hours %s: must be 1 to %" PRIu64, value, MOST_HOURS);
		return 0;
	case 'b':
		if (!stamp_parse((struct span){ (const uint8_t *)value, strlen(value) },
			&o->start_ns) ||
		    o->start_ns < OLDEST_NS)
			return cmd_misused(VERB,
			    "--start %s: must be like " START ", and not before 1980",
			    value);
		return 0;
	case 'l':
		o->no_clock = strcmp(value, "exponential") == 0;
		if (!o->no_clock && strcmp(value, "clock") != 0)
			return cmd_misused(
			    VERB, "--sleep %s: must be clock or exponential", value);
		return 0;
	case 'f':
		o->zeek = strcmp(value, "zeek") == 0;
		if (!o->zeek && strcmp(value, "pcap") != 0)
			return cmd_misused(
			    VERB, "--format %s: must be pcap or zeek", value);
		return 0;
	case 't':
		o->truth = value;
		return 0;
	case 'o':
		o->out = strcmp(value, "-") == 0 ? NULL : value;
		return 0;
	default:
		return cmd_misused(VERB, "unknown option, or its value is missing");
	}
}

static int
arguments(struct options *o, int argc, char **argv)
{
	const uint64_t last = UINT32_MAX * SECOND_NS; /* a capture's time has 32 bits */

	if (optind + 1 != argc)
		return cmd_misused(VERB,
		    optind == argc ? "no scenario is named" : "more than one scenario");
	o->scenario = scenario_find(argv[optind]);
	if (o->scenario == NULL)
		return cmd_misused(VERB, "no such scenario: %s", argv[optind]);
	if (o->start_ns > last || o->hours * HOUR_NS > last - o->start_ns)
		return cmd_misused(VERB, "the time ends after 2106-02-07T06:28:15Z");
	if (o->out == NULL && isatty(STDOUT_FILENO))
		return cmd_misused(VERB, "not onto a terminal: name a file with -o");
	return 0;
}

int
cmd_simulate(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "days", required_argument, NULL, 'd' },
		{ "hours", required_argument, NULL, 'h' },
		{ "start", required_argument, NULL, 'b' },
		{ "sleep", required_argument, NULL, 'l' },
		{ "format", required_argument, NULL, 'f' },
		{ "truth", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'H' },
		{ 0 },
	};
	struct options o = { .seed = 1, .hours = 24 };
	struct error err;
	int c, bad;

	CHECK(stamp_parse(
	    (struct span){ (const uint8_t *)START, strlen(START) }, &o.start_ns));
	opterr = 0;
	while ((c = getopt_long(argc, argv, "o:", names, NULL)) != -1) {
		if (c == 'H') {
			usage(stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		bad = option(&o, c, optarg);
		if (bad)
			return bad;
	}
	bad = arguments(&o, argc, argv);
	if (bad)
		return bad;
	cmd_catch_signals();
	switch (simulate(&o, &err)) {
	case OK:
		return cmd_finish_stdout(VERB, EXIT_DONE);
	case E_MISUSE:
		cmd_complain(VERB, &err, NULL);
		return EXIT_MISUSED;
	default:
		cmd_complain(VERB, &err, NULL);
		return EXIT_COULD_NOT;
	}
}
