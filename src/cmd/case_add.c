/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case add: something is put into a case, and signed.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "case/claim.h"
#include "case/item.h"
#include "case/kind.h"
#include "cmd/case.h"
#include "cmd/case_finding.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"

static const char usage_head[] =
    "usage: geophone case add DIR KIND FILE|ID [OPTION...]\n"
    "Put something into a case: signed, chained to what was there, never taken back.\n"
    "What has the same id already is superseded and stays in the journal.\n\n"
    "document FILE: kept byte for byte under its SHA-256\n"
    "      --publisher TEXT  who published it\n"
    "      --published DATE  when\n"
    "      --retrieved DATE  when it was fetched\n"
    "      --url TEXT        from where\n"
    "      --party ID        whose institutions it quotes\n"
    "      --note TEXT       anything else about it\n"
    "finding BAG or ID: every finding of a bag, which is copied; or one that is elsewhere\n"
    "      --reference       the bag is named by its hash and not copied\n"
    "key PEM: somebody else may write from now on, whose public key this is\n"
    "      --name TEXT       whose it is\n"
    "other kinds, FILE is JSON as docs/formats says (- is standard input):\n";

enum {
	OPT_REFERENCE = 255,
	OPT_PUBLISHER,
	OPT_PUBLISHED,
	OPT_RETRIEVED,
	OPT_URL,
	OPT_PARTY,
	OPT_NOTE,
	OPT_NAME
};

/* In the order of the enum: what the option is called in a document's body. */
static const char *const document_keys[] = { "publisher", "published", "retrieved", "url",
	"party", "note" };

struct order {
	struct case_pen pen;
	const char *value[sizeof document_keys / sizeof *document_keys];
	const char *dir, *kind, *what;
	const char *name;    /* whose key it is */
	bool reference;      /* a bag is named and not copied */
	char id[DIGEST_HEX]; /* of what was added */
};

static void
print_usage(void)
{
	fputs(usage_head, stdout);
	for (unsigned i = 0; i < kinds_n; i++)
		if (kinds[i].by_hand)
			printf("  %s: %s\n", kinds[i].name, kinds[i].what);
	fputs(CASE_PEN_USAGE, stdout);
}

static enum status
add_document(struct order *o, struct casebook *cb, struct error *err)
{
	const char *name = strrchr(o->what, '/') ? strrchr(o->what, '/') + 1 : o->what;
	struct buf bytes = { .max = CASEBOOK_DOCUMENT_MAX };
	struct digest id;
	json_t *body = NULL;
	bool whole = true;
	enum status st = keys_read_file(o->what, &bytes, err);

	if (st == OK)
		st = casebook_keep_document(cb, buf_span(&bytes), &id, err);
	if (st == OK) {
		body = json_pack("{s:s, s:I, s:s*}", "id", digest_hex(&id, o->id), "size",
		    (json_int_t)bytes.len, "name", strcmp(o->what, "-") == 0 ? NULL : name);
		whole = body != NULL;
		for (size_t i = 0;
		     whole && i < sizeof document_keys / sizeof *document_keys; i++)
			if (o->value[i])
				whole = json_object_set_new(body, document_keys[i],
					    json_string(o->value[i])) == 0;
		st = whole ? casebook_add(cb, &o->pen.hand, "document", o->id, body, err)
			   : error_set(err, E_FORMAT, "the name or an option is not UTF-8");
	}
	json_decref(body);
	buf_release(&bytes);
	return st;
}

/* Whoever adds it vouches for it: the line is signed by who may write already. */
static enum status
add_key(struct order *o, struct casebook *cb, struct error *err)
{
	struct buf pem = { .max = 65536 }, b64 = { .max = BASE64_CHARS(KEY_BYTES) };
	struct key *key = NULL;
	json_t *body = NULL;
	struct digest id;
	enum status st = keys_read_file(o->what, &pem, err);

	if (st == OK)
		st = key_public(&key, buf_span(&pem), err);
	if (st == OK && key_kind(key) != KEY_ED25519)
		st = error_set(err, E_MISUSE, "a case is kept with Ed25519 keys");
	if (st == OK) {
		id = key_id(key);
		(void)digest_hex(&id, o->id);
		base64_encode((struct span){ key_raw(key), KEY_BYTES }, &b64);
		body = json_pack("{s:s*, s:s}", "name", o->name, "public", b64.at);
		if (casebook_key(cb, o->id, UINT64_MAX))
			st = error_set(
			    err, E_MISUSE, "key %.16s... may write already", o->id);
		else
			st = body ? casebook_add(cb, &o->pen.hand, "key", o->id, body, err)
				  : error_set(err, E_FORMAT, "the name is not UTF-8");
	}
	json_decref(body);
	key_free(key);
	buf_release(&pem), buf_release(&b64);
	return st;
}

/* Kinds that are looked at again, with the case at hand, before they are added. */
static const struct {
	const char *kind;
	enum status (*settle)(struct casebook *, json_t *, struct error *);
} settlers[] = {
	{ "claim", claim_settle },
	{ "hypotheses", item_settle_hypotheses },
	{ "item", item_settle },
};

static enum status
add_json(struct order *o, struct casebook *cb, struct error *err)
{
	struct buf bytes = { .max = JOURNAL_LINE_MAX };
	const char *id;
	json_t *body = NULL;
	enum status st = keys_read_file(o->what, &bytes, err);

	if (st == OK)
		st = shape_load(buf_span(&bytes), &body, err);
	if (st == OK)
		st = shape_check(kind_find(o->kind)->shape, body, err);
	for (size_t i = 0; st == OK && i < sizeof settlers / sizeof *settlers; i++)
		if (strcmp(settlers[i].kind, o->kind) == 0)
			st = settlers[i].settle(cb, body, err);
	id = json_string_value(json_object_get(body, "id"));
	if (st == OK) {
		(void)snprintf(o->id, sizeof o->id, "%s", id ? id : o->kind);
		st = casebook_add(cb, &o->pen.hand, o->kind, o->id, body, err);
	} else
		error_wrap(err, "%s", o->what);
	json_decref(body);
	buf_release(&bytes);
	return st;
}

static int
add(struct order *o)
{
	const struct kind *k = kind_find(o->kind);
	struct casebook *cb;
	struct error err;
	enum status st;

	if (k == NULL ||
	    (!k->by_hand && strcmp(o->kind, "document") != 0 &&
		strcmp(o->kind, "key") != 0 && strcmp(o->kind, "finding") != 0))
		return cmd_misused(
		    CASE_VERB, "add: %s is nothing that can be added", o->kind);
	st = case_pen_open(&o->pen, &err);
	if (st != OK)
		return case_result(st, &err);
	cb = case_open(o->dir, &o->pen);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	if (strcmp(o->kind, "document") == 0)
		st = add_document(o, cb, &err);
	else if (strcmp(o->kind, "key") == 0)
		st = add_key(o, cb, &err);
	else if (strcmp(o->kind, "finding") == 0)
		st =
		    case_add_finding(cb, &o->pen.hand, o->what, !o->reference, o->id, &err);
	else
		st = add_json(o, cb, &err);
	casebook_close(cb);
	if (st == OK)
		printf("%s %s\n", o->kind, o->id);
	return case_result(st, &err);
}

int
case_add(int argc, char **argv)
{
	static const struct option longs[] = { CASE_PEN_OPTIONS,
		{ "publisher", required_argument, NULL, OPT_PUBLISHER },
		{ "published", required_argument, NULL, OPT_PUBLISHED },
		{ "retrieved", required_argument, NULL, OPT_RETRIEVED },
		{ "url", required_argument, NULL, OPT_URL },
		{ "party", required_argument, NULL, OPT_PARTY },
		{ "note", required_argument, NULL, OPT_NOTE },
		{ "name", required_argument, NULL, OPT_NAME },
		{ "reference", no_argument, NULL, OPT_REFERENCE },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct order o = { 0 };
	int c, status;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (case_pen_option(&o.pen, c, optarg))
			continue;
		if (c == 'h') {
			print_usage();
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(CASE_VERB, "see the line above");
		if (c == OPT_REFERENCE)
			o.reference = true;
		else if (c == OPT_NAME)
			o.name = optarg;
		else
			o.value[c - OPT_PUBLISHER] = optarg;
	}
	if (argc - optind != 3)
		return cmd_misused(CASE_VERB, "add: a case, a kind and a file are needed");
	o.dir = argv[optind];
	o.kind = argv[optind + 1];
	o.what = argv[optind + 2];
	status = add(&o);
	case_pen_close(&o.pen);
	return status;
}
