/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone log: make a transparency log, look at it, audit all of it.
 */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "evidence/ledger.h"
#include "evidence/log_read.h"
#include "evidence/policy.h"

#define VERB "log"

static const char usage[] =
    "usage: geophone log init --origin NAME [--key FILE] DIR\n"
    "       geophone log show DIR\n"
    "       geophone log audit [--policy FILE] DIR\n"
    "A log of what was signed, in which nothing can be taken back or slipped in (C2SP\n"
    "tlog-tiles). init makes an empty one and prints its verifier key, a line of a "
    "policy;\n"
    "show prints the state it is in; audit reads every entry against that state.\n\n"
    "      --origin NAME  what the log is called, for ever: a URL without https://\n"
    "      --key FILE     the key that signs its states; the sensor's by default\n"
    "      --policy FILE  audit: the state must be signed as this policy asks\n";

struct order {
	const char *origin, *key, *policy, *dir;
};

static enum status
init(const struct order *o, struct error *err)
{
	struct note_key own = { 0 };
	struct key *key = NULL;
	struct buf vkey;
	enum status st = keys_open(&key, o->key, false, err);

	buf_init(&vkey, NOTE_VKEY_MAX);
	if (st == OK)
		st = note_key_make(o->origin, NOTE_ED25519, key, &own, err);
	if (st == OK)
		st = ledger_create(o->dir, o->origin, key, err);
	if (st == OK) {
		note_key_text(&own, &vkey);
		st = buf_state(&vkey, "the verifier key", err);
	}
	if (st == OK)
		printf("log %s\n", vkey.at);
	buf_release(&vkey);
	note_key_release(&own);
	key_free(key);
	return st;
}

static enum status
judge(const struct order *o, struct span note, struct error *err)
{
	struct policy_answer a;
	struct policy *p = NULL;
	struct buf text;
	enum status st;

	buf_init(&text, POLICY_MAX);
	st = keys_read_file(o->policy, &text, err);
	if (st == OK)
		st = policy_parse(buf_span(&text), &p, err);
	if (st == OK)
		st = policy_check(p, note, &a, err);
	if (st == OK && a.cosigned == 0)
		printf("unwitnessed: no witness of your policy cosigned\n");
	else if (st == OK)
		printf("witnessed: cosigned by %u of %u witnesses of your policy\n",
		    a.cosigned, a.witnesses);
	policy_free(p);
	buf_release(&text);
	return st;
}

/* show and audit. */
static enum status
look(const struct order *o, bool all, struct error *err)
{
	struct checkpoint cp;
	struct buf note;
	enum status st;
	int fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return error_sys(err, "open the log %s", o->dir);
	buf_init(&note, NOTE_MAX);
	st = log_read_checkpoint(fd, &note, &cp, err);
	if (st == OK && all)
		st = log_audit(fd, &cp, err);
	if (st == OK && !all)
		(void)fwrite(note.at, 1, note.len, stdout);
	if (st == OK && all)
		printf("%s: every one of %" PRIu64
		       " entries is where the checkpoint says\n",
		    o->dir, cp.size);
	if (st == OK && o->policy)
		st = judge(o, buf_span(&note), err);
	else if (st == OK && all)
		printf("who signed the checkpoint was not judged: give a policy\n");
	if (st != OK)
		error_wrap(err, "%s", o->dir);
	buf_release(&note);
	(void)close(fd);
	return st;
}

static int
answer(enum status st, bool judging, const struct error *err)
{
	if (st == OK)
		return EXIT_DONE;
	cmd_complain(VERB, err, NULL);
	if (judging && (st == E_DIFFERS || st == E_FORMAT))
		return EXIT_NO;
	return st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
}

int
cmd_log(int argc, char **argv)
{
	static const struct option longs[] = { { "origin", required_argument, NULL, 'o' },
		{ "key", required_argument, NULL, 'k' },
		{ "policy", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct order o = { 0 };
	struct error err;
	const char *what;
	enum status st;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		*(c == 'o' ? &o.origin : c == 'k' ? &o.key : &o.policy) = optarg;
	}
	if (argc - optind != 2)
		return cmd_misused(
		    VERB, "one of init, show and audit is needed, and one log");
	what = argv[optind];
	o.dir = argv[optind + 1];
	cmd_catch_signals();
	if (strcmp(what, "init") == 0 && o.origin && o.policy == NULL)
		st = init(&o, &err);
	else if (strcmp(what, "init") == 0)
		return cmd_misused(VERB, "init takes --origin and no policy");
	else if (o.origin || o.key)
		return cmd_misused(VERB, "--origin and --key are for init");
	else if (strcmp(what, "show") == 0 && o.policy == NULL)
		st = look(&o, false, &err);
	else if (strcmp(what, "audit") == 0)
		st = look(&o, true, &err);
	else
		return cmd_misused(VERB, "not init, show or audit: %s", what);
	return cmd_finish_stdout(VERB, answer(st, strcmp(what, "audit") == 0, &err));
}
