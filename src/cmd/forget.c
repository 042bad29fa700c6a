/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone forget: delete evidence that is held no longer, and log that.
 *
 * What the log has of a statement is a hash over it and 32 random bytes that only
 * the statement holds, so deleting the bag deletes what was said. The entries stay
 * and say nothing; the deletion becomes an entry of its own.
 */
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/sealing.h"
#include "evidence/bag.h"
#include "evidence/dsse.h"
#include "evidence/file.h"
#include "evidence/proof.h"
#include "publish/handout.h"

#define VERB     "forget"
#define BODY_MAX ((size_t)4 << 20)

static const char usage[] =
    "usage: geophone forget --log DIR --reason TEXT [OPTION...] BAG...\n"
    "Delete bags of evidence, and append to the log that, which and why. The log's "
    "entries\n"
    "of what they held stay, and say nothing without it.\n\n"
    "      --log DIR       the log\n"
    "      --reason TEXT   why: a rule of retention, an order\n"
    "      --before TIME   only a bag whose last finding is older; the others stay\n"
    "      --key FILE      the key that signs it; the sensor's by default\n"
    "      --log-key FILE  the key of the log, when it has its own\n"
    "  -q, --quiet         only errors\n"
    "Beside each bag stay BAG.deletion.dsse.json and BAG.deletion.tlog-proof.\n";

struct order {
	const char *log, *reason, *key, *log_key;
	uint64_t before_ns;
	bool quiet;
	struct sealing sealing;
};

static void
complain(void *state, const char *sentence)
{
	(void)state;
	fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static void
deletion_body(const struct order *o, const struct handout *h, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "bag_sha256"), json_str(&j, h->bag);
	json_key(&j, "entries"), json_open(&j, '[');
	for (size_t i = 0; i < h->items; i++) {
		if (!h->item[i].logged)
			continue;
		json_open(&j, '{');
		json_key(&j, "index"), json_uint(&j, h->item[i].index);
		json_key(&j, "leaf"), json_str(&j, h->item[i].leaf);
		json_key(&j, "origin"), json_str(&j, h->item[i].origin);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "findings"), json_uint(&j, h->items);
	json_key(&j, "reason"), json_str(&j, o->reason);
	json_close(&j, '}');
}

static enum status
keep(const char *bag, const char *ending, struct span bytes, struct error *err)
{
	struct buf path = { .max = 8192 };
	enum status st;

	buf_printf(&path, "%s.deletion%s", bag, ending);
	st = buf_state(&path, "the name of what is kept", err);
	if (st == OK)
		st = output_write(path.at, bytes, err);
	buf_release(&path);
	return st;
}

static enum status
log_deletion(struct order *o, const char *bag, const struct handout *h, struct error *err)
{
	struct buf body = { .max = BODY_MAX }, envelope = { .max = DSSE_MAX },
		   proof = { .max = PROOF_MAX };
	struct sealing *s = &o->sealing;
	enum status st;

	deletion_body(o, h, &body);
	st = buf_state(&body, "what is said of the deletion", err);
	if (st == OK)
		st = sealing_account(
		    s, ACCOUNT_DELETION, buf_span(&body), NULL, 0, &envelope, err);
	if (st == OK)
		st = keep(bag, ".dsse.json", buf_span(&envelope), err);
	if (st == OK)
		st = ledger_commit(s->ledger, err);
	if (st == OK)
		st = ledger_proof(s->ledger, s->sealed[s->n - 1].index, &proof, err);
	if (st == OK)
		st = keep(bag, ".tlog-proof", buf_span(&proof), err);
	buf_release(&body), buf_release(&envelope), buf_release(&proof);
	return st;
}

static int
remove_one(const char *path, const struct stat *meta, int kind, struct FTW *at)
{
	(void)meta, (void)kind, (void)at;
	return remove(path);
}

/* Renamed first: what a crash leaves behind is no bag any more. Links are not followed. */
static enum status
remove_bag(const char *bag, struct error *err)
{
	struct buf aside = { .max = 8192 };
	enum status st;

	buf_printf(&aside, "%s.forgotten", bag);
	st = buf_state(&aside, "the name of what is deleted", err);
	if (st == OK && rename(bag, aside.at) != 0)
		st = error_sys(err, "rename %s", bag);
	if (st == OK && nftw(aside.at, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		st = error_sys(
		    err, "the deletion is logged, but some of %s is there", aside.at);
	buf_release(&aside);
	return st;
}

static bool
is_due(const struct order *o, const struct handout *h)
{
	for (size_t i = 0; i < h->items; i++)
		if (h->item[i].last_ns >= o->before_ns)
			return false;
	return true;
}

static enum status
forget_bag(struct order *o, const char *dir, bool *kept, struct error *err)
{
	struct handout_choice choice = { .all = true };
	struct handout h = { 0 };
	struct bag *bag = NULL;
	unsigned faults = 0;
	enum status st = bag_open(&bag, dir, complain, NULL, &faults, err);

	if (st == OK && faults > 0)
		st = error_set(err, E_DIFFERS,
		    "%s has %u faults; what it is cannot be said in the log", dir, faults);
	if (st == OK)
		st = handout_read(&h, bag, &choice, err);
	bag_close(bag);
	*kept = st == OK && !is_due(o, &h);
	if (st == OK && !*kept)
		st = log_deletion(o, dir, &h, err);
	if (st == OK && !*kept)
		st = remove_bag(dir, err);
	if (st == OK && !o->quiet)
		fprintf(
		    stderr, "geophone: %s %s\n", dir, *kept ? "is kept" : "is forgotten");
	handout_release(&h);
	return st;
}

static enum status
forget(struct order *o, char *const *bags, int n, struct error *err)
{
	struct key *by = NULL, *log_key = NULL;
	bool kept;
	enum status st = keys_open(&by, o->key, o->quiet, err);

	if (st == OK && o->log_key)
		st = keys_open(&log_key, o->log_key, o->quiet, err);
	if (st == OK)
		st = sealing_open(&o->sealing, o->log, log_key ? log_key : by, by, err);
	for (int i = 0; st == OK && i < n; i++)
		st = cmd_stopped ? error_set(err, E_STOPPED, "stopped")
				 : forget_bag(o, bags[i], &kept, err);
	sealing_close(&o->sealing);
	key_free(by), key_free(log_key);
	return st;
}

enum { OPT_LOG = 256, OPT_REASON, OPT_BEFORE, OPT_KEY, OPT_LOG_KEY };

static int
take_option(struct order *o, int c)
{
	switch (c) {
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	case OPT_LOG:
		o->log = optarg;
		return EXIT_DONE;
	case OPT_REASON:
		o->reason = optarg;
		return EXIT_DONE;
	case OPT_KEY:
		o->key = optarg;
		return EXIT_DONE;
	case OPT_LOG_KEY:
		o->log_key = optarg;
		return EXIT_DONE;
	case OPT_BEFORE:
		return option_time(optarg, &o->before_ns)
			   ? EXIT_DONE
			   : cmd_misused(VERB, "no time: %s", optarg);
	default:
		return cmd_misused(VERB, "see the line above");
	}
}

int
cmd_forget(int argc, char **argv)
{
	static const struct option longs[] = { { "log", required_argument, NULL, OPT_LOG },
		{ "reason", required_argument, NULL, OPT_REASON },
		{ "before", required_argument, NULL, OPT_BEFORE },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "log-key", required_argument, NULL, OPT_LOG_KEY },
		{ "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	struct order o = { .before_ns = UINT64_MAX };
	struct error err;
	int c, bad = EXIT_DONE;
	enum status st;

	while (bad == EXIT_DONE && (c = getopt_long(argc, argv, "qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		bad = take_option(&o, c);
	}
	if (bad != EXIT_DONE)
		return bad;
	if (o.log == NULL || o.reason == NULL || o.reason[0] == '\0')
		return cmd_misused(
		    VERB, "a --log is needed, and the --reason that goes into it");
	if (argc == optind)
		return cmd_misused(VERB, "a bag is needed");
	cmd_catch_signals();
	st = forget(&o, argv + optind, argc - optind, &err);
	if (st == OK)
		return EXIT_DONE;
	cmd_complain(VERB, &err, NULL);
	if (st == E_DIFFERS || st == E_FORMAT)
		return EXIT_NO;
	return st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
}
