/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone export: the findings of a bag in formats that others read.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/derive.h"
#include "cmd/keys.h"
#include "cmd/output.h"
#include "cmd/sealing.h"
#include "cmd/sigstore.h"
#include "evidence/bag.h"
#include "evidence/dsse.h"
#include "evidence/proof.h"
#include "publish/handout.h"

#define VERB "export"

static const char usage[] =
    "usage: geophone export --format FORMAT [OPTION...] BAG\n"
    "       geophone export --slices -o DIR [OPTION...] BAG\n"
    "       geophone export --sigstore -o DIR --policy FILE [OPTION...] BAG\n"
    "Print the alerts of a bag for other people's programs. FORMAT is stix (2.1), misp,\n"
    "iodef (2), suricata, sigma or csv (as Shadowserver's). The same bag gives the same\n"
    "bytes, and each object points back at the signed statement it rests on.\n\n"
    "  -f, --format FORMAT\n"
    "  -o, --output FILE    write there\n"
    "      --slices         instead of a format: packets and flow records behind the\n"
    "                       alerts, headers alone, into a new bag at FILE, with a signed\n"
    "                       record of their origin\n"
    "      --sigstore       instead of a format: a Sigstore bundle of each finding that\n"
    "                       is in a log, and trusted_root.json\n"
    "      --policy FILE    with --sigstore: it names the log's key\n"
    "      --tsa URL        with --sigstore: stamp each signature there (RFC 3161)\n"
    "      --tsa-ca FILE    the authority's certificate, and those above it (PEM)\n"
    "      --feed           with misp: FILE is a directory, and becomes a feed\n"
    "      --all            also what is no alert, and private addresses\n"
    "      --tlp LEVEL      clear, green, amber (the default), amber+strict or red\n"
    "      --pseudonymize KEYFILE  hosts under other names; KEYFILE is made if there is "
    "none\n"
    "      --recipient NAME who gets it: he has a key of his own,\n"
    "      --case NAME      and in each case another\n"
    "      --scheme SCHEME  ipcrypt-pfx (the default) or crypto-pan\n"
    "      --log DIR        log that this was handed out; with -o\n"
    "      --key FILE       the key that signs it; the sensor's by default\n"
    "      --log-key FILE   the key of the log, when it has its own\n"
    "  -q, --quiet          only errors\n";

struct order {
	const char *bag, *output, *master, *recipient, *which_case, *log, *key, *log_key;
	struct vouch vouch;
	bool formatted, feed, slices, sigstore, quiet;
	enum handout_format format;
	enum pseudonym_scheme scheme;
	struct handout_choice choice;
};

static void
complain(void *state, const char *sentence)
{
	(void)state;
	fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static enum status
write_in(const char *dir, const char *name, const struct buf *bytes, struct error *err)
{
	struct buf path = { .max = 8192 };
	enum status st = buf_state(bytes, name, err);

	buf_printf(&path, "%s/%s", dir, name);
	if (st == OK)
		st = buf_state(&path, "the name of the output", err);
	if (st == OK)
		st = output_write(path.at, buf_span(bytes), err);
	buf_release(&path);
	return st;
}

/* The event first: a list that names what is not there would be believed. */
static enum status
write_feed(const struct order *o, const struct handout *h, const struct buf *event,
    struct error *err)
{
	struct buf name = { .max = 128 }, manifest = { .max = HANDOUT_MAX },
		   hashes = { .max = HANDOUT_MAX };
	enum status st = OK;

	handout_misp_event_name(h, &name);
	handout_misp_manifest(h, &manifest);
	handout_misp_hashes(h, &hashes);
	if (mkdir(o->output, 0755) != 0 && errno != EEXIST)
		st = error_sys(err, "make %s", o->output);
	if (st == OK)
		st = buf_state(&name, "the name of the event", err);
	if (st == OK)
		st = write_in(o->output, name.at, event, err);
	if (st == OK)
		st = write_in(o->output, "hashes.csv", &hashes, err);
	if (st == OK)
		st = write_in(o->output, "manifest.json", &manifest, err);
	buf_release(&name), buf_release(&manifest), buf_release(&hashes);
	return st;
}

/* What is said of it in the log: to whom, of what, how much, and under which names. */
static void
export_body(const struct order *o, const struct handout *h, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "all"), json_bool(&j, h->choice.all);
	json_key(&j, "bag_sha256"), json_str(&j, h->bag);
	if (o->which_case)
		json_key(&j, "case"), json_str(&j, o->which_case);
	json_key(&j, "findings"), json_uint(&j, h->items);
	json_key(&j, "format"), json_str(&j, handout_format_text(o->format));
	json_key(&j, "indicators"), json_uint(&j, h->indicators);
	if (h->choice.hide) {
		json_key(&j, "pseudonyms");
		json_str(&j, pseudonym_scheme_text(o->scheme));
	}
	if (o->recipient)
		json_key(&j, "recipient"), json_str(&j, o->recipient);
	json_key(&j, "tlp"), json_str(&j, tlp_text(h->choice.tlp));
	json_close(&j, '}');
}

static enum status
log_entry(const struct order *o, struct sealing *s, const struct handout *h,
    struct span bytes, struct error *err)
{
	struct statement_subject subject = { .digest = digest_of(bytes) };
	struct buf body = { .max = 64 << 10 }, envelope = { .max = DSSE_MAX },
		   proof = { .max = PROOF_MAX }, path = { .max = 8192 };
	enum status st;

	(void)snprintf(
	    subject.name, sizeof subject.name, "export.%s", handout_format_text(o->format));
	export_body(o, h, &body);
	st = buf_state(&body, "what is said of the export", err);
	if (st == OK)
		st = sealing_account(
		    s, ACCOUNT_EXPORT, buf_span(&body), &subject, 1, &envelope, err);
	buf_printf(&path, "%s.dsse.json", o->output);
	if (st == OK)
		st = buf_state(&path, "the name of the output", err);
	if (st == OK)
		st = output_write(path.at, buf_span(&envelope), err);
	if (st == OK)
		st = ledger_commit(s->ledger, err);
	if (st == OK)
		st = ledger_proof(s->ledger, s->sealed[0].index, &proof, err);
	buf_reset(&path);
	buf_printf(&path, "%s.tlog-proof", o->output);
	if (st == OK)
		st = output_write(path.at, buf_span(&proof), err);
	buf_release(&body), buf_release(&envelope), buf_release(&proof), buf_release(&path);
	return st;
}

/* That something will be handed out is logged before it is there to be handed out. */
static enum status
log_export(
    const struct order *o, const struct handout *h, struct span bytes, struct error *err)
{
	struct sealing s = { 0 };
	struct key *by = NULL, *log_key = NULL;
	enum status st;

	if (o->log == NULL)
		return OK;
	st = keys_open(&by, o->key, o->quiet, err);
	if (st == OK && o->log_key)
		st = keys_open(&log_key, o->log_key, o->quiet, err);
	if (st == OK)
		st = sealing_open(&s, o->log, log_key ? log_key : by, by, err);
	if (st == OK)
		st = log_entry(o, &s, h, bytes, err);
	sealing_close(&s);
	key_free(by), key_free(log_key);
	return st;
}

static enum status
hand_out(const struct order *o, const struct handout *h, struct error *err)
{
	struct buf out = { .max = HANDOUT_MAX };
	enum status st = handout_write(h, o->format, &out, err);

	if (st == OK)
		st = log_export(o, h, buf_span(&out), err);
	if (st == OK && o->feed)
		st = write_feed(o, h, &out, err);
	else if (st == OK && o->output)
		st = output_write(o->output, buf_span(&out), err);
	else if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	return st;
}

/* Nothing to hand out is an answer, "no". */
static bool
is_empty(const struct order *o, const struct handout *h)
{
	bool rules =
	    !o->slices && (o->format == HANDOUT_SURICATA || o->format == HANDOUT_SIGMA);

	if (h->items == 0) {
		fprintf(stderr, "geophone: " VERB ": %s has no alert%s\n", o->bag,
		    h->left_out ? "; what it has is no indicator of anything, see --all"
				: "");
		return true;
	}
	if (rules && h->indicators == 0) {
		fprintf(stderr,
		    "geophone: " VERB
		    ": %s has nothing to watch for: no address that means "
		    "the same elsewhere, and no name\n",
		    o->bag);
		return true;
	}
	return false;
}

static enum status
open_pseudonyms(const struct order *o, struct pseudonym **out, struct error *err)
{
	uint8_t master[PSEUDONYM_KEY], key[PSEUDONYM_KEY];
	bool made = false;
	enum status st;

	if (o->master == NULL)
		return OK;
	st = pseudonym_master(o->master, master, &made, err);
	if (st == OK && made && !o->quiet)
		fprintf(stderr,
		    "geophone: made the key of pseudonyms %s: who has it can undo them\n",
		    o->master);
	if (st == OK)
		st = pseudonym_derive(
		    master, o->scheme, o->recipient, o->which_case, key, err);
	if (st == OK)
		st = pseudonym_open(out, o->scheme, key, err);
	OPENSSL_cleanse(master, sizeof master), OPENSSL_cleanse(key, sizeof key);
	return st;
}

/* The slices of what was read, while the bag is open. */
static enum status
derive(const struct order *o, const struct bag *bag, const struct handout *h,
    struct error *err)
{
	struct derive_order d = { .bag = bag,
		.handout = h,
		.output = o->output,
		.scheme = h->choice.hide ? pseudonym_scheme_text(o->scheme) : NULL,
		.recipient = o->recipient,
		.which_case = o->which_case };
	struct derive_done done;
	struct timespec now;
	struct key *by = NULL;
	enum status st = keys_open(&by, o->key, o->quiet, err);

	(void)clock_gettime(CLOCK_REALTIME, &now);
	d.now_ns = (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
	d.by = by;
	if (st == OK)
		st = derive_slices(&d, &done, err);
	if (st == OK && !o->quiet)
		fprintf(stderr,
		    "geophone: %" PRIu64 " slices, %" PRIu64 " packets, %" PRIu64
		    " records; %" PRIu64
		    " packets left out that are no whole IP packet; %" PRIu64
		    " findings have no packets\n",
		    done.slices, done.packets, done.records, done.left_out, done.without);
	key_free(by);
	return st;
}

static enum status
bundle(const struct order *o, const struct bag *bag, struct error *err)
{
	struct sigstore_order s = { .bag = bag, .dir = o->output, .vouch = o->vouch };
	unsigned n;
	enum status st = sigstore_write(&s, &n, err);

	if (st == OK && !o->quiet)
		fprintf(stderr, "geophone: %u Sigstore bundles, %s\n", n,
		    o->vouch.tsa ? "stamped" : "without a stamp");
	return st;
}

static enum status
read_bag(const struct order *o, struct handout *h, struct error *err)
{
	struct bag *bag = NULL;
	unsigned faults = 0;
	enum status st = bag_open(&bag, o->bag, complain, NULL, &faults, err);

	if (st == OK && faults > 0)
		st = error_set(err, E_DIFFERS,
		    "%s has %u faults; nothing of it is handed out", o->bag, faults);
	if (st == OK && o->sigstore)
		st = bundle(o, bag, err);
	else if (st == OK)
		st = handout_read(h, bag, &o->choice, err);
	if (st == OK && o->slices && h->items > 0)
		st = derive(o, bag, h, err);
	bag_close(bag);
	return st;
}

static enum status
export_bag(struct order *o, bool *empty, struct error *err)
{
	struct pseudonym *hide = NULL;
	struct handout h = { 0 };
	enum status st = open_pseudonyms(o, &hide, err);

	o->choice.hide = hide;
	if (st == OK)
		st = read_bag(o, &h, err);
	*empty = st == OK && !o->sigstore && is_empty(o, &h);
	if (st == OK && !*empty && !o->slices && !o->sigstore)
		st = hand_out(o, &h, err);
	if (st == OK && !*empty && !o->sigstore && !o->quiet)
		fprintf(stderr,
		    "geophone: %zu findings, %zu to watch for; left out, for they are no "
		    "alerts: %zu\n",
		    h.items, h.indicators, h.left_out);
	handout_release(&h);
	pseudonym_close(hide);
	return st;
}

enum {
	OPT_FEED = 256,
	OPT_SLICES,
	OPT_SIGSTORE,
	OPT_POLICY,
	OPT_TSA,
	OPT_ROOTS,
	OPT_ALL,
	OPT_TLP,
	OPT_PSEUDONYMIZE,
	OPT_RECIPIENT,
	OPT_CASE,
	OPT_SCHEME,
	OPT_LOG,
	OPT_KEY,
	OPT_LOG_KEY
};

static int
take_word(struct order *o, int c)
{
	switch (c) {
	case 'f':
		o->formatted = handout_format_of(optarg, &o->format);
		return o->formatted ? EXIT_DONE
				    : cmd_misused(VERB, "no such format: %s", optarg);
	case OPT_TLP:
		return tlp_of(optarg, &o->choice.tlp)
			   ? EXIT_DONE
			   : cmd_misused(VERB, "no such level of TLP 2.0: %s", optarg);
	case OPT_SCHEME:
		return pseudonym_scheme_of(optarg, &o->scheme)
			   ? EXIT_DONE
			   : cmd_misused(VERB, "no such scheme: %s", optarg);
	default:
		return cmd_misused(VERB, "see the line above");
	}
}

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
	case OPT_FEED:
		o->feed = true;
		return EXIT_DONE;
	case OPT_SLICES:
		o->slices = true;
		return EXIT_DONE;
	case OPT_SIGSTORE:
		o->sigstore = true;
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
	case OPT_ALL:
		o->choice.all = true;
		return EXIT_DONE;
	case OPT_PSEUDONYMIZE:
		o->master = optarg;
		return EXIT_DONE;
	case OPT_RECIPIENT:
		o->recipient = optarg;
		return EXIT_DONE;
	case OPT_CASE:
		o->which_case = optarg;
		return EXIT_DONE;
	case OPT_LOG:
		o->log = optarg;
		return EXIT_DONE;
	case OPT_KEY:
		o->key = optarg;
		return EXIT_DONE;
	case OPT_LOG_KEY:
		o->log_key = optarg;
		return EXIT_DONE;
	default:
		return take_word(o, c);
	}
}

/* NULL, or what makes no sense. */
static const char *
lacks(const struct order *o)
{
	if (o->sigstore && (o->formatted || o->slices || o->feed || o->log || o->master ||
			       o->output == NULL || o->vouch.policy == NULL))
		return "--sigstore is instead of all else, and needs -o DIR and --policy";
	if (!o->sigstore && (o->vouch.policy || o->vouch.tsa || o->vouch.roots))
		return "--policy, --tsa and --tsa-ca are for --sigstore";
	if ((o->vouch.tsa == NULL) != (o->vouch.roots == NULL))
		return "--tsa and --tsa-ca go together";
	if (o->slices && (o->formatted || o->feed || o->log || o->output == NULL))
		return "--slices is instead of a format and a log, and needs -o DIR";
	if (!o->formatted && !o->slices && !o->sigstore)
		return "say with --format which of stix, misp, iodef, suricata, sigma, csv";
	if (o->feed && (o->format != HANDOUT_MISP || o->output == NULL))
		return "--feed is for --format misp with -o DIR";
	if (o->master && (o->recipient == NULL || o->which_case == NULL))
		return "--pseudonymize needs --recipient and --case: each has its own key";
	if (o->log && o->output == NULL)
		return "--log needs -o: the statement and its proof are written beside it";
	if (o->log == NULL && ((o->key && !o->slices) || o->log_key))
		return "--key and --log-key are for --log";
	return NULL;
}

int
cmd_export(int argc, char **argv)
{
	static const struct option longs[] = { { "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "feed", no_argument, NULL, OPT_FEED },
		{ "slices", no_argument, NULL, OPT_SLICES },
		{ "sigstore", no_argument, NULL, OPT_SIGSTORE },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "tsa", required_argument, NULL, OPT_TSA },
		{ "tsa-ca", required_argument, NULL, OPT_ROOTS },
		{ "all", no_argument, NULL, OPT_ALL },
		{ "tlp", required_argument, NULL, OPT_TLP },
		{ "pseudonymize", required_argument, NULL, OPT_PSEUDONYMIZE },
		{ "recipient", required_argument, NULL, OPT_RECIPIENT },
		{ "case", required_argument, NULL, OPT_CASE },
		{ "scheme", required_argument, NULL, OPT_SCHEME },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "log-key", required_argument, NULL, OPT_LOG_KEY },
		{ "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	struct order o = { .choice.tlp = TLP_AMBER, .vouch.verb = VERB };
	bool empty = false;
	const char *wrong;
	struct error err;
	int c, bad = EXIT_DONE;
	enum status st;

	while (bad == EXIT_DONE &&
	       (c = getopt_long(argc, argv, "f:o:qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		bad = take_option(&o, c);
	}
	if (bad != EXIT_DONE)
		return bad;
	wrong = lacks(&o);
	if (wrong)
		return cmd_misused(VERB, "%s", wrong);
	if (argc - optind != 1)
		return cmd_misused(VERB, "one bag is needed");
	o.bag = argv[optind];
	cmd_catch_signals();
	st = export_bag(&o, &empty, &err);
	if (st == OK)
		return cmd_finish_stdout(VERB, empty ? EXIT_NO : EXIT_DONE);
	cmd_complain(VERB, &err, NULL);
	if (st == E_DIFFERS || st == E_FORMAT)
		return EXIT_NO;
	return st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
}
