/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone verify: is this bag what it says, and does each finding come out
 * again from what lies in it? Needs nothing but the bag: no network, no key of
 * ours, no other file.
 */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/input.h"
#include "base/json.h"
#include "case/casebook.h"
#include "case/shape.h"
#include "cmd/case_verify.h"
#include "cmd/cmd.h"
#include "cmd/judge_proof.h"
#include "cmd/keys.h"
#include "cmd/recompute.h"
#include "evidence/timestamp.h"
#include "evidence/verify.h"

#define VERB "verify"

static const char usage[] =
    "usage: geophone verify [OPTION...] DIR\n"
    "       geophone verify --policy FILE [--statement FILE --key PEM] X.tlog-proof\n"
    "Check the evidence in DIR: every hash, every signature, and every finding computed\n"
    "again from its slice and compared byte for byte. Or check the proof that an entry is "
    "in\n"
    "a log that you trust. Works offline.\n\n"
    "      --key PEM   the sensor's public key as you know it; without it the key in the\n"
    "                  bag is taken at its word\n"
    "      --policy FILE     whom you trust: logs, witnesses and how many of them\n"
    "      --tsa-ca FILE     whose time stamps you take: certificates (PEM)\n"
    "      --statement FILE  the envelope that a proof should be about\n"
    "      --json      the steps as one JSON object\n"
    "  -q, --quiet     only the exit status: 0 it verifies, 1 it does not\n";

struct order {
	const char *dir, *pem, *policy, *statement, *roots;
	bool json, quiet;
	unsigned faults;
	uint64_t kept,
	    rest_on_kept; /* contacts that earlier runs kept; findings with some */
};

static enum status
run_again(void *state, const struct verify_finding *f, struct buf *core, struct error *err)
{
	struct recompute r = {
		.params = f->params, .context = f->baseline, .claimed = f->core
	};
	struct order *o = state;
	enum status st = OK;

	if (f->params.at == NULL || f->baseline.at == NULL)
		return error_set(
		    err, E_FORMAT, "its parameters or its context are missing");
	if (f->slice_path)
		st = input_open(&r.slice[0], f->slice_path, err);
	if (st == OK && f->flows_path)
		st = input_open(&r.slice[1], f->flows_path, err);
	if (st != OK) {
		input_close(r.slice[0]);
		return st;
	}
	st = recompute_core(&r, core, err);
	o->kept += r.kept;
	o->rest_on_kept += r.kept > 0;
	return st;
}

/* Sentences about a bag are printable ASCII whatever lies in it. */
static void
complain(void *state, const char *sentence)
{
	struct order *o = state;

	o->faults++;
	if (!o->quiet)
		fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static void
print_text(const struct order *o, const struct verify_report *r)
{
	for (int i = 0; i < VERIFY_STEPS; i++) {
		const struct verify_step *s = &r->step[i];

		printf("%-3s %-12s  %s: %s\n", s->id, verify_verdict_text(s->verdict),
		    s->what, s->sentence);
		if (s->does_not_show && s->verdict == VERIFY_PASS)
			printf("%18sdoes not show: %s\n", "", s->does_not_show);
	}
	if (o->rest_on_kept > 0)
		printf("not possible: that the %llu contacts which earlier runs kept, and "
		       "which %llu of the findings rest on, were on the wire; their "
		       "packets are not in this bag\n",
		    (unsigned long long)o->kept, (unsigned long long)o->rest_on_kept);
	printf("\n%s\n", r->witness);
	printf("%s: %u of %u findings come out again, byte for byte%s\n", o->dir,
	    r->reproduced, r->findings, r->failed ? "; this evidence does NOT verify" : "");
}

static enum status
print_json(const struct order *o, const struct verify_report *r, struct error *err)
{
	struct buf out;
	struct json j;
	enum status st;

	buf_init(&out, (size_t)1 << 20);
	json_init(&j, &out);
	json_open(&j, '{');
	json_key(&j, "findings"), json_uint(&j, r->findings);
	json_key(&j, "kept_contacts"), json_uint(&j, o->kept);
	json_key(&j, "key_id"), json_str(&j, r->key_id);
	json_key(&j, "records"), json_uint(&j, r->records);
	json_key(&j, "reproduced"), json_uint(&j, r->reproduced);
	json_key(&j, "steps"), json_open(&j, '[');
	for (int i = 0; i < VERIFY_STEPS; i++) {
		const struct verify_step *s = &r->step[i];

		json_open(&j, '{');
		json_key(&j, "does_not_show");
		json_str(&j, s->does_not_show ? s->does_not_show : "");
		json_key(&j, "id"), json_str(&j, s->id);
		json_key(&j, "sentence"), json_str(&j, s->sentence);
		json_key(&j, "verdict"), json_str(&j, verify_verdict_text(s->verdict));
		json_key(&j, "what"), json_str(&j, s->what);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "unsigned_files"), json_uint(&j, r->unsigned_files);
	json_key(&j, "verifies"), json_bool(&j, !r->failed);
	json_key(&j, "witness"), json_str(&j, r->witness);
	json_close(&j, '}');
	buf_putc(&out, '\n');
	st = buf_state(&out, "the report", err);
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	return st;
}

static int
verify(struct order *o)
{
	struct verify_report *r = calloc(1, sizeof *r);
	struct verify_options options = { .recompute = run_again,
		.recompute_state = o,
		.complain = complain,
		.complain_state = o };
	struct key *key = NULL;
	struct policy *policy = NULL;
	struct buf roots;
	struct error err;
	bool failed = false;
	enum status st = OK;

	if (r == NULL)
		st = error_set(&err, E_NOMEM, "no memory");
	if (st == OK && o->pem)
		st = keys_public(&key, o->pem, &err);
	if (st == OK && o->policy)
		st = judge_read_policy(o->policy, &policy, &err);
	buf_init(&roots, TIMESTAMP_MAX);
	if (st == OK && o->roots)
		st = keys_read_file(o->roots, &roots, &err);
	options.authorities = buf_span(&roots);
	options.pinned = key;
	options.policy = policy;
	if (st == OK)
		st = verify_bag(o->dir, &options, r, &err);
	if (st == OK && cmd_stopped)
		st = error_set(&err, E_STOPPED, "stopped before the end");
	if (st == OK) {
		failed = r->failed;
		if (o->json)
			st = print_json(o, r, &err);
		else if (!o->quiet)
			print_text(o, r);
	}
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	key_free(key);
	policy_free(policy);
	buf_release(&roots);
	free(r);
	return st != OK ? EXIT_COULD_NOT : failed ? EXIT_NO : EXIT_DONE;
}

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int
verify_one_proof(const struct order *o)
{
	struct proof_order p = { .path = o->dir,
		.statement = o->statement,
		.pem = o->pem,
		.json = o->json,
		.quiet = o->quiet };
	struct policy *policy = NULL;
	struct error err;
	bool judged = false;
	enum status st;

	if (o->policy == NULL)
		return cmd_misused(VERB, "a proof is judged by a policy: --policy");
	if ((o->statement == NULL) != (o->pem == NULL))
		return cmd_misused(
		    VERB, "--statement and --key go together: who should have signed it");
	st = judge_read_policy(o->policy, &policy, &err);
	if (st == OK) {
		judged = true;
		st = judge_proof(&p, policy, &err);
	}
	policy_free(policy);
	if (st == OK)
		return EXIT_DONE;
	if (!o->quiet || !judged)
		cmd_complain(VERB, &err, NULL);
	return judged && (st == E_DIFFERS || st == E_FORMAT || st == E_LIMIT)
		   ? EXIT_NO
		   : EXIT_COULD_NOT;
}

/* The bags that a case holds are checked like any other, one after the other. */
static int
verify_bags(const struct order *o)
{
	char folder[4200];
	int worst = EXIT_DONE;
	const struct dirent *e;
	DIR *d;

	(void)snprintf(folder, sizeof folder, "%s/" CASEBOOK_BAGS, o->dir);
	d = opendir(folder);
	while (d && (e = readdir(d)) != NULL) {
		char path[4500];
		struct order one = { .dir = path, .policy = o->policy, .quiet = true };
		int got;

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%.64s", folder, e->d_name);
		got = verify(&one);
		if (got != EXIT_DONE && !o->quiet)
			fprintf(stderr,
			    "geophone: " VERB ": bag %.16s... does not verify: geophone "
			    "verify says why\n",
			    shape_is_hash(e->d_name) ? e->d_name : "of another name");
		worst = got > worst ? got : worst;
	}
	if (d)
		closedir(d);
	return worst;
}

static int
verify_case(const struct order *o)
{
	struct key *key = NULL;
	struct error err;
	int status = EXIT_COULD_NOT, bags;

	if (o->pem && keys_public(&key, o->pem, &err) != OK) {
		cmd_complain(VERB, &err, NULL);
		return status;
	}
	bags = verify_bags(o);
	status = case_verify(o->dir, key, o->json, o->quiet);
	key_free(key);
	return bags > status ? bags : status;
}

int
cmd_verify(int argc, char **argv)
{
	static const struct option longs[] = { { "key", required_argument, NULL, 'k' },
		{ "policy", required_argument, NULL, 'p' },
		{ "tsa-ca", required_argument, NULL, 't' },
		{ "statement", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' }, { "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct order o = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "qh", longs, NULL)) != -1) {
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		case 'k':
			o.pem = optarg;
			break;
		case 'p':
			o.policy = optarg;
			break;
		case 't':
			o.roots = optarg;
			break;
		case 's':
			o.statement = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'q':
			o.quiet = true;
			break;
		default:
			return cmd_misused(VERB, "see the line above");
		}
	}
	if (argc - optind != 1)
		return cmd_misused(VERB, "one directory of evidence is needed");
	o.dir = argv[optind];
	cmd_catch_signals();
	if (is_file(o.dir))
		return cmd_finish_stdout(VERB, verify_one_proof(&o));
	if (o.statement)
		return cmd_misused(VERB, "--statement is for a single proof");
	if (case_is_at(o.dir))
		return cmd_finish_stdout(VERB, verify_case(&o));
	return cmd_finish_stdout(VERB, verify(&o));
}
