/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone request: ask others for evidence, and answer them.
 */
#include "cmd/request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "evidence/dsse.h"
#include "evidence/file.h"
#include "evidence/verify.h"

static const struct {
	const char *name, *what;
	int (*run)(int argc, char **argv);
} subcommands[] = {
#define X(name, what) { #name, what, request_##name },
	REQUEST_VERBS(X)
#undef X
};

static void
usage(FILE *to)
{
	fprintf(to, "usage: geophone request SUBCOMMAND [OPTION...] ARGUMENT...\n\n");
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
		fprintf(to, "  %-11s  %s\n", subcommands[i].name, subcommands[i].what);
	fprintf(to, "\n  geophone request SUBCOMMAND --help, man geophone-request\n");
}

int
cmd_request(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_MISUSED;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
			char *args[] = { argv[1], argv[1], NULL };

			optind = 1;
			(void)putchar('\n');
			(void)subcommands[i].run(2, args);
		}
		return cmd_finish_stdout(REQUEST_VERB, EXIT_DONE);
	}
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return cmd_finish_stdout(
			    REQUEST_VERB, subcommands[i].run(argc - 1, argv + 1));
	return cmd_misused(REQUEST_VERB, "there is no subcommand %s", argv[1]);
}

int
request_result(enum status st, const struct error *err)
{
	if (st == OK)
		return EXIT_DONE;
	case_complain(REQUEST_VERB, err, NULL);
	return st == E_DIFFERS ? EXIT_NO : st == E_MISUSE ? EXIT_MISUSED : EXIT_COULD_NOT;
}

bool
request_desk_option(struct request_desk *d, int option, const char *arg)
{
	switch (option) {
	case 'o':
		d->output = arg;
		return true;
	case 'q':
		d->quiet = true;
		return true;
	case REQUEST_OPT_KEY:
		d->key = arg;
		return true;
	case REQUEST_OPT_LOG_KEY:
		d->log_key = arg;
		return true;
	case REQUEST_OPT_PEER:
		d->peer = arg;
		return true;
	case REQUEST_OPT_CASE:
		d->casedir = arg;
		return true;
	default:
		return false;
	}
}

enum status
request_desk_open(struct request_desk *d, struct error *err)
{
	enum status st = OK;

	d->dirfd = -1;
	if (d->output == NULL)
		return error_set(err, E_MISUSE,
		    "what is signed would be lost: say with -o where to keep it");
	if (d->peer)
		st = keys_public(&d->other, d->peer, err);
	if (st == OK)
		st = keys_open(&d->own, d->key, d->quiet, err);
	if (st == OK && d->log_key)
		st = keys_open(&d->log_own, d->log_key, d->quiet, err);
	if (st == OK)
		st = sealing_open(
		    &d->sealing, d->log, d->log_own ? d->log_own : d->own, d->own, err);
	return st == OK ? sealing_folder(d->output, &d->dirfd, err) : st;
}

/* What was not committed is nowhere: the next one gets its number. */
static void
take_back(struct request_desk *d)
{
	char name[SEALING_NAME + 32];

	for (size_t i = 0; i < d->kept; i++) {
		(void)snprintf(
		    name, sizeof name, "%s" BAG_ENVELOPE, d->sealing.sealed[i].name);
		(void)unlinkat(d->dirfd, name, 0);
		(void)snprintf(name, sizeof name, "%s" REQUEST_SELECTOR_KEY,
		    d->sealing.sealed[i].name);
		(void)unlinkat(d->dirfd, name, 0);
	}
}

void
request_desk_close(struct request_desk *d)
{
	if (!d->committed)
		take_back(d);
	sealing_close(&d->sealing);
	key_free(d->own), key_free(d->log_own), key_free(d->other);
	if (d->dirfd != -1)
		(void)close(d->dirfd);
}

static enum status
keep_last(struct request_desk *d, struct span envelope, struct error *err)
{
	enum status st = sealing_keep(d->dirfd, d->output,
	    d->sealing.sealed[d->sealing.n - 1].name, BAG_ENVELOPE, envelope, err);

	if (st == OK)
		d->kept++;
	return st;
}

enum status
request_say(struct request_desk *d, enum account_kind kind, json_t *body,
    const struct statement_subject *subject, unsigned subjects, struct buf *envelope,
    struct error *err)
{
	struct buf text, own;
	enum status st = exchange_check(kind, body, err);

	if (st != OK)
		return st;
	buf_init(&text, ACCOUNT_MAX), buf_init(&own, DSSE_MAX);
	if (envelope == NULL)
		envelope = &own;
	shape_put(body, &text);
	st = buf_state(&text, account_word(kind), err);
	if (st == OK)
		st = sealing_account(
		    &d->sealing, kind, buf_span(&text), subject, subjects, envelope, err);
	if (st == OK)
		st = keep_last(d, buf_span(envelope), err);
	buf_release(&text), buf_release(&own);
	return st;
}

enum status
request_received(
    struct request_desk *d, const char *what, struct span envelope, struct error *err)
{
	enum status st = sealing_received(&d->sealing, d->other, what, NULL, envelope, err);

	return st == OK ? keep_last(d, envelope, err) : st;
}

enum status
request_close_log(struct request_desk *d, struct error *err)
{
	enum status st = OK;

	if (!file_sync_dir(d->dirfd))
		st = error_sys(err, "sync %s", d->output);
	if (st == OK && cmd_stopped)
		st = error_set(err, E_STOPPED, "stopped; nothing was logged");
	if (st == OK)
		st = ledger_commit(d->sealing.ledger, err);
	d->committed = st == OK;
	return st == OK ? sealing_tell(&d->sealing, d->dirfd, d->output, d->quiet, err)
			: st;
}

enum status
request_load(const struct key *key, const char *path, enum account_kind kind,
    struct buf *envelope, struct exchange *out, struct error *err)
{
	struct exchange x = { 0 };
	enum status st = keys_read_file(path, envelope, err);

	if (st == OK)
		st = exchange_open(key, buf_span(envelope), &x, err);
	if (st == OK && kind != ACCOUNT_COUNT && x.kind != kind) {
		st = error_set(err, E_FORMAT, "it is of kind %s, not %s",
		    account_word(x.kind), account_word(kind));
		exchange_release(&x);
	}
	if (st != OK)
		error_wrap(err, "%s", path);
	else
		*out = x;
	return st;
}

json_t *
request_reply(const struct exchange *request)
{
	char hex[DIGEST_HEX];

	return json_pack("{s:s, s:s, s:s}", "request", digest_hex(&request->statement, hex),
	    "nonce", exchange_text(request, "nonce"), "request_id",
	    exchange_text(request, "id"));
}

static enum status
keep_document(struct casebook *cb, const struct casebook_hand *hand, const char *name,
    struct span bytes, char hex[static DIGEST_HEX], struct error *err)
{
	struct digest id;
	enum status st = casebook_keep_document(cb, bytes, &id, err);
	json_t *body = NULL;

	if (st == OK)
		body = json_pack("{s:s, s:I, s:s}", "id", digest_hex(&id, hex), "size",
		    (json_int_t)bytes.len, "name", name);
	if (st == OK)
		st = body ? casebook_add(cb, hand, "document", hex, body, err)
			  : error_set(err, E_NOMEM, "no memory");
	json_decref(body);
	return st;
}

static enum status
note_state(struct casebook *cb, const struct casebook_hand *hand, json_t *draft,
    const char *id, const char *state, const char *field, struct span envelope,
    struct error *err)
{
	json_t *body = draft ? json_deep_copy(draft) : casebook_get(cb, "request", id);
	char hex[DIGEST_HEX], name[SHAPE_ID_MAX + 32];
	enum status st = OK;

	if (body == NULL)
		return error_set(err, E_MISUSE, "the case has no request %s", id);
	(void)snprintf(name, sizeof name, "%s.%s.dsse.json", id, field ? field : "");
	if (field)
		st = keep_document(cb, hand, name, envelope, hex, err);
	if (st == OK && field)
		(void)json_object_set_new(body, field, json_string(hex));
	(void)json_object_set_new(body, "state", json_string(state));
	if (st == OK)
		st = casebook_add(cb, hand, "request", id, body, err);
	json_decref(body);
	return st;
}

enum status
request_in_case(struct request_desk *d, json_t *draft, const char *id, const char *state,
    const char *field, struct span envelope, struct error *err)
{
	struct case_pen pen = { .key_path = d->key };
	struct casebook *cb;
	enum status st;

	if (d->casedir == NULL)
		return OK;
	st = case_pen_open(&pen, err);
	if (st == OK)
		st = casebook_open(&cb, d->casedir, CASEBOOK_WRITE, NULL, err);
	if (st == OK) {
		st = note_state(cb, &pen.hand, draft, id, state, field, envelope, err);
		casebook_close(cb);
	}
	case_pen_close(&pen);
	if (st != OK)
		error_wrap(err, "it is in the log and not in the case");
	return st;
}

int
request_schema(int argc, char **argv)
{
	enum account_kind kind;
	struct buf out = { .max = 1 << 20 };
	json_t *schema;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		puts("usage: geophone request schema request|acknowledgement|answer");
		return EXIT_DONE;
	}
	if (argc != 2 ||
	    !account_kind_of(
		(struct span){ (const uint8_t *)argv[1], strlen(argv[1]) }, &kind) ||
	    exchange_shape(kind) == NULL)
		return cmd_misused(REQUEST_VERB,
		    "schema: one of request, acknowledgement and answer is needed");
	schema = shape_schema(exchange_shape(kind), argv[1]);
	shape_put(schema, &out);
	buf_putc(&out, '\n');
	(void)fwrite(out.at ? out.at : "", 1, out.len, stdout);
	json_decref(schema);
	buf_release(&out);
	return EXIT_DONE;
}
