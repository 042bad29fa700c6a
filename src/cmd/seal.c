/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone seal: append signed statements to a log.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/sealing.h"
#include "cmd/vouch.h"
#include "evidence/bag.h"
#include "evidence/dsse.h"
#include "evidence/file.h"
#include "evidence/proof.h"
#include "evidence/verify.h"

#define VERB "seal"

static const char usage[] =
    "usage: geophone seal [OPTION...] LOG THING...\n"
    "       geophone seal --kind KIND [--subject FILE]... [OPTION...] LOG [BODY.json]\n"
    "Append to a log and sign its new state. A THING is a bag of evidence, of which the\n"
    "findings, slices, parameters and manifest are logged, or an envelope (.dsse.json) "
    "that\n"
    "this key signed. With --kind, BODY is signed as a statement of that kind first:\n"
    "sensor, detectors, slice, bag, assessment, correction, request, acknowledgement,\n"
    "answer, export, deletion, gap or custody. A sensor needs no BODY.\n\n"
    "  -o, --output DIR    write each new envelope and each proof there\n"
    "      --kind KIND     what is said\n"
    "      --subject FILE  a file it is about, by its hash; up to 64 times\n"
    "      --witness URL   ask this witness to cosign; up to 16 times, and with\n"
    "      --policy FILE   which names its key\n"
    "      --tsa URL       ask this authority for a time stamp (RFC 3161), one of\n"
    "      --tsa-ca FILE   these, or below them (PEM)\n"
    "      --key FILE      the key that signs statements; the sensor's by default\n"
    "      --log-key FILE  the key of the log, when it has its own\n"
    "  -q, --quiet         print nothing\n"
    "With --witness or --tsa there need be no THING. Nobody is asked otherwise.\n";

#define SUBJECTS_MAX 64
#define BODY_MAX     ((size_t)1 << 20)

struct order {
	const char *log, *output, *key, *log_key;
	bool making; /* --kind */
	enum account_kind kind;
	const char *subject[SUBJECTS_MAX];
	unsigned subjects;
	bool quiet;
	struct vouch vouch;
	int dirfd; /* of the output; -1: none */
	struct sealing *sealing;
};

static enum status
keep(const struct order *o, const char *name, const char *ending, struct span bytes,
    struct error *err)
{
	return sealing_keep(o->dirfd, o->output, name, ending, bytes, err);
}

/* Say it, log it, and keep the envelope: without it nobody knows what was said. */
static enum status
account(struct order *o, enum account_kind kind, struct span body,
    const struct statement_subject *subject, unsigned subjects, struct error *err)
{
	struct sealing *s = o->sealing;
	struct buf envelope;
	enum status st;

	if (o->dirfd == -1)
		return error_set(err, E_MISUSE,
		    "a new statement would be lost: say with -o where to keep it");
	buf_init(&envelope, DSSE_MAX);
	st = sealing_account(s, kind, body, subject, subjects, &envelope, err);
	if (st == OK)
		st = keep(
		    o, s->sealed[s->n - 1].name, BAG_ENVELOPE, buf_span(&envelope), err);
	buf_release(&envelope);
	return st;
}

static void
to_subject(struct statement_subject *to, const struct bag_file *from)
{
	(void)snprintf(to->name, sizeof to->name, "%s", from->path);
	to->digest = from->digest;
}

/* The files of the bag below a folder, in as many accounts as they need. */
static enum status
log_folder(struct order *o, const struct bag *bag, const char *folder,
    enum account_kind kind, struct error *err)
{
	static const uint8_t nothing[] = "{}";
	struct statement_subject *subject = calloc(ACCOUNT_SUBJECTS, sizeof *subject);
	unsigned k = 0;
	size_t n;
	const struct bag_file *file = bag_files(bag, &n);
	enum status st = OK;

	if (subject == NULL)
		return error_set(err, E_NOMEM, "no memory for the files of a bag");
	for (size_t i = 0; st == OK && i < n; i++) {
		if (strncmp(file[i].path, folder, strlen(folder)) == 0 &&
		    strlen(file[i].path) < STATEMENT_NAME)
			to_subject(&subject[k++], &file[i]);
		if (k > 0 && (k == ACCOUNT_SUBJECTS || i + 1 == n)) {
			st = account(o, kind, (struct span){ nothing, 2 }, subject, k, err);
			k = 0;
		}
	}
	free(subject);
	return st;
}

static enum status
log_findings(struct order *o, const struct bag *bag, unsigned *found, struct error *err)
{
	size_t n, before = strlen(BAG_FINDINGS), ending = strlen(BAG_ENVELOPE);
	const struct bag_file *file = bag_files(bag, &n);
	enum status st = OK;

	for (size_t i = 0; st == OK && i < n; i++) {
		const char *path = file[i].path;
		size_t len = strlen(path);
		char name[SEALING_NAME];
		struct buf envelope;

		if (strncmp(path, BAG_FINDINGS, before) != 0 || len <= before + ending ||
		    strcmp(path + len - ending, BAG_ENVELOPE) != 0 ||
		    len - before - ending >= sizeof name)
			continue;
		(void)snprintf(
		    name, sizeof name, "%.*s", (int)(len - before - ending), path + before);
		buf_init(&envelope, DSSE_MAX);
		st = bag_read(bag, path, DSSE_MAX, &envelope, err);
		if (st == OK)
			st = sealing_envelope(
			    o->sealing, "finding", name, buf_span(&envelope), err);
		if (st != OK)
			error_wrap(err, "%s", path);
		buf_release(&envelope);
		++*found;
	}
	return st;
}

static enum status
log_manifest(struct order *o, const struct bag *bag, unsigned findings, struct error *err)
{
	const struct bag_file *tag = bag_find(bag, "tagmanifest-sha256.txt");
	struct statement_subject subject;
	struct buf body;
	struct json j;
	size_t n;
	enum status st;

	if (tag == NULL)
		return error_set(err, E_FORMAT, "the bag has no tagmanifest");
	(void)bag_files(bag, &n);
	to_subject(&subject, tag);
	buf_init(&body, 4096);
	json_init(&j, &body);
	json_open(&j, '{');
	json_key(&j, "files"), json_uint(&j, n);
	json_key(&j, "findings"), json_uint(&j, findings);
	json_close(&j, '}');
	st = account(o, ACCOUNT_BAG, buf_span(&body), &subject, 1, err);
	buf_release(&body);
	return st;
}

static void
complain(void *state, const char *sentence)
{
	(void)state;
	fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static enum status
log_bag(struct order *o, const char *dir, struct error *err)
{
	struct bag *bag;
	unsigned faults, findings = 0;
	enum status st = bag_open(&bag, dir, complain, NULL, &faults, err);

	if (st != OK)
		return st;
	if (faults > 0)
		st = error_set(
		    err, E_DIFFERS, "the bag %s has %u faults: not logged", dir, faults);
	if (st == OK)
		st = log_folder(o, bag, STATEMENT_SLICES, ACCOUNT_SLICE, err);
	if (st == OK)
		st = log_folder(o, bag, STATEMENT_FLOWS, ACCOUNT_SLICE, err);
	if (st == OK)
		st = log_folder(o, bag, STATEMENT_PARAMS, ACCOUNT_DETECTORS, err);
	if (st == OK)
		st = log_findings(o, bag, &findings, err);
	if (st == OK)
		st = log_manifest(o, bag, findings, err);
	bag_close(bag);
	return st;
}

/* The name of a file without folders and without the ending of an envelope. */
static void
stem_of(const char *path, char to[static SEALING_NAME])
{
	const char *slash = strrchr(path, '/');
	size_t n, ending = strlen(BAG_ENVELOPE);

	path = slash ? slash + 1 : path;
	n = strlen(path);
	if (n > ending && strcmp(path + n - ending, BAG_ENVELOPE) == 0)
		n -= ending;
	(void)snprintf(to, SEALING_NAME, "%.*s", (int)n, path);
}

static enum status
log_thing(struct order *o, const char *path, struct error *err)
{
	char name[SEALING_NAME];
	struct buf envelope;
	struct stat sb;
	enum status st;

	if (stat(path, &sb) != 0)
		return error_sys(err, "look at %s", path);
	if (S_ISDIR(sb.st_mode))
		return log_bag(o, path, err);
	stem_of(path, name);
	buf_init(&envelope, DSSE_MAX);
	st = keys_read_file(path, &envelope, err);
	if (st == OK) {
		st = sealing_envelope(
		    o->sealing, "envelope", name, buf_span(&envelope), err);
		if (st != OK)
			error_wrap(err, "%s", path);
	}
	buf_release(&envelope);
	return st;
}

/* What people write as JSON, in the one spelling: keys sorted, no white space, no reals. */
static enum status
read_body(const char *path, struct buf *body, struct error *err)
{
	struct buf text;
	json_error_t why;
	json_t *json;
	char *canonical;
	enum status st;

	buf_init(&text, BODY_MAX);
	st = keys_read_file(path, &text, err);
	if (st == OK) {
		json = json_loadb(
		    text.at ? text.at : "", text.len, JSON_REJECT_DUPLICATES, &why);
		canonical = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
		if (canonical)
			buf_puts(body, canonical);
		else
			st = error_set(err, E_FORMAT, "%s is no JSON object at line %d",
			    path, why.line);
		free(canonical);
		json_decref(json);
	}
	buf_release(&text);
	return st == OK ? buf_state(body, path, err) : st;
}

static enum status
read_subject(const char *path, struct statement_subject *to, struct error *err)
{
	char chunk[65536], shown[SEALING_NAME];
	struct digest_stream d;
	size_t n;
	FILE *f = fopen(path, "rbe");
	bool bad;

	if (f == NULL)
		return error_sys(err, "open %s", path);
	digest_stream_begin(&d);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		digest_stream_add(&d, (struct span){ (const uint8_t *)chunk, n });
	bad = ferror(f) != 0;
	(void)fclose(f);
	to->digest = digest_stream_end(&d);
	stem_of(path, shown);
	(void)snprintf(to->name, sizeof to->name, "%s", shown);
	return bad ? error_sys(err, "read %s", path) : OK;
}

static enum status
log_account(struct order *o, const char *path, struct error *err)
{
	struct statement_subject *subject = calloc(SUBJECTS_MAX, sizeof *subject);
	struct buf body;
	enum status st = OK;

	if (subject == NULL)
		return error_set(err, E_NOMEM, "no memory for the subjects");
	buf_init(&body, BODY_MAX);
	if (path)
		st = read_body(path, &body, err);
	else
		sealing_sensor_body(o->sealing->by, &body);
	for (unsigned i = 0; st == OK && i < o->subjects; i++)
		st = read_subject(o->subject[i], &subject[i], err);
	if (st == OK)
		st = account(o, o->kind, buf_span(&body), subject, o->subjects, err);
	buf_release(&body);
	free(subject);
	return st;
}

static enum status
fill(struct order *o, char *const *things, unsigned n, struct error *err)
{
	enum status st = OK;

	if (o->making)
		st = log_account(o, n > 0 ? things[0] : NULL, err);
	else
		for (unsigned i = 0; st == OK && i < n; i++)
			st = log_thing(o, things[i], err);
	if (st == OK && o->dirfd != -1 && !file_sync_dir(o->dirfd))
		st = error_sys(err, "sync %s", o->output);
	if (st == OK && cmd_stopped)
		st = error_set(err, E_STOPPED, "stopped; nothing was logged");
	if (st == OK)
		st = ledger_commit(o->sealing->ledger, err);
	return st;
}

/* The stamp beside the text that it stamps, for openssl ts -verify -data. */
static enum status
keep_stamp(const struct order *o, const struct vouched *v, struct error *err)
{
	struct log *log = ledger_log(o->sealing->ledger);
	char name[SEALING_NAME];
	struct note n;
	enum status st = note_parse(log_note(log), &n, err);

	(void)snprintf(name, sizeof name, "checkpoint-%" PRIu64, log_state(log)->size);
	if (st == OK)
		st = keep(o, name, ".txt", n.text, err);
	if (st == OK)
		st = keep(o, name, ".tsr", buf_span(&v->tsr), err);
	return st;
}

/* *lacking: somebody who was asked did not vouch. */
static enum status
vouch_and_tell(struct order *o, bool *lacking, struct error *err)
{
	struct ledger *l = o->sealing->ledger;
	struct vouched v;
	char text[256];
	enum status st = vouch_ask(&o->vouch, l, &v, err);

	if (st == OK && v.stamped)
		st = keep_stamp(o, &v, err);
	if (st == OK)
		st = sealing_tell(o->sealing, o->dirfd, o->output, o->quiet, err);
	vouched_text(&v, text, sizeof text);
	if (st == OK && !o->quiet)
		fprintf(stderr, "geophone: the log %s has %" PRIu64 " entries; %s\n",
		    o->log, log_state(ledger_log(l))->size, text);
	*lacking = v.failed > 0;
	vouched_release(&v);
	return st;
}

static enum status
seal(struct order *o, char *const *things, unsigned n, bool *lacking, struct error *err)
{
	struct sealing s = { 0 };
	struct key *by = NULL, *log_key = NULL;
	enum status st = keys_open(&by, o->key, o->quiet, err);

	o->sealing = &s;
	if (st == OK && o->log_key)
		st = keys_open(&log_key, o->log_key, o->quiet, err);
	if (st == OK)
		st = sealing_folder(o->output, &o->dirfd, err);
	if (st == OK)
		st = sealing_open(&s, o->log, log_key ? log_key : by, by, err);
	if (st == OK)
		st = fill(o, things, n, err);
	if (st == OK)
		st = vouch_and_tell(o, lacking, err);
	sealing_close(&s);
	key_free(by), key_free(log_key);
	if (o->dirfd != -1)
		(void)close(o->dirfd);
	return st;
}

enum {
	OPT_KIND = 256,
	OPT_SUBJECT,
	OPT_KEY,
	OPT_LOG_KEY,
	OPT_WITNESS,
	OPT_POLICY,
	OPT_TSA,
	OPT_ROOTS
};

static int
take_option(struct order *o, int c)
{
	switch (c) {
	case 'o':
		o->output = optarg;
		return EXIT_DONE;
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	case OPT_KEY:
		o->key = optarg;
		return EXIT_DONE;
	case OPT_LOG_KEY:
		o->log_key = optarg;
		return EXIT_DONE;
	case OPT_POLICY:
		o->vouch.policy = optarg;
		return EXIT_DONE;
	case OPT_TSA:
		o->vouch.tsa = optarg;
		return EXIT_DONE;
	case OPT_ROOTS:
		o->vouch.roots = optarg;
		return EXIT_DONE;
	case OPT_WITNESS:
		if (o->vouch.witnesses == VOUCH_WITNESSES)
			return cmd_misused(VERB, "more than %d witnesses", VOUCH_WITNESSES);
		o->vouch.witness[o->vouch.witnesses++] = optarg;
		return EXIT_DONE;
	case OPT_KIND:
		o->making = account_kind_of(
		    (struct span){ (const uint8_t *)optarg, strlen(optarg) }, &o->kind);
		return o->making ? EXIT_DONE
				 : cmd_misused(VERB, "no such kind: %s", optarg);
	case OPT_SUBJECT:
		if (o->subjects == SUBJECTS_MAX)
			return cmd_misused(VERB, "more than %d subjects", SUBJECTS_MAX);
		o->subject[o->subjects++] = optarg;
		return EXIT_DONE;
	default:
		return cmd_misused(VERB, "see the line above");
	}
}

int
cmd_seal(int argc, char **argv)
{
	static const struct option longs[] = { { "output", required_argument, NULL, 'o' },
		{ "kind", required_argument, NULL, OPT_KIND },
		{ "subject", required_argument, NULL, OPT_SUBJECT },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "log-key", required_argument, NULL, OPT_LOG_KEY },
		{ "witness", required_argument, NULL, OPT_WITNESS },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "tsa", required_argument, NULL, OPT_TSA },
		{ "tsa-ca", required_argument, NULL, OPT_ROOTS },
		{ "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	struct order o = { .dirfd = -1, .vouch.verb = VERB };
	bool lacking = false;
	const char *lacks;
	struct error err;
	int c, bad = EXIT_DONE, things;
	enum status st;

	while (
	    bad == EXIT_DONE && (c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		bad = take_option(&o, c);
	}
	if (bad != EXIT_DONE)
		return bad;
	things = argc - optind - 1;
	lacks = vouch_lacks(&o.vouch);
	if (lacks)
		return cmd_misused(VERB, "%s", lacks);
	if (o.vouch.tsa && o.output == NULL)
		return cmd_misused(VERB, "say with -o where to keep the stamp");
	if (things < 0 ||
	    (!o.making && things == 0 && o.vouch.witnesses == 0 && o.vouch.tsa == NULL))
		return cmd_misused(VERB, "a log is needed, and what to put there");
	if (o.making && things != (o.kind == ACCOUNT_SENSOR ? things > 0 : 1))
		return cmd_misused(VERB, "one BODY is needed");
	o.log = argv[optind];
	cmd_catch_signals();
	st = seal(&o, argv + optind + 1, (unsigned)things, &lacking, &err);
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	if (st == OK)
		return cmd_finish_stdout(VERB, lacking ? EXIT_COULD_NOT : EXIT_DONE);
	return cmd_finish_stdout(VERB, st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT);
}
