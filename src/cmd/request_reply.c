/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone request acknowledge, take, lapse: what becomes of a request.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/request.h"
#include "evidence/dsse.h"

struct order {
	struct request_desk desk;
	const char *state, *justification, *says, *bag, *flows;
	const char *request; /* path */
	char *const *reply;  /* paths */
	unsigned replies;
};

/* The statement that a reply is about. */
static void
request_subject(const struct exchange *request, struct statement_subject *to)
{
	*to = (struct statement_subject){ .name = "request", .digest = request->statement };
}

static const char acknowledge_usage[] =
    "usage: geophone request acknowledge -o DIR --peer FILE --state STATE [OPTION...]\n"
    "           LOG REQUEST\n"
    "Log a request that came, and a signed word on what will become of it.\n\n"
    "      --peer FILE           the public key of who asks (PEM)\n"
    "      --state STATE         approved, denied or pending\n"
    "      --justification WORD  of what is not approved: SystemResource, Authentication,\n"
    "                            AuthenticationOrigin, Encryption, UnrecognizedFormat,\n"
    "                            CannotProcess or Other\n"
    "      --says TEXT           why, in words\n" REQUEST_DESK_USAGE;

static enum status
acknowledge(struct order *o, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX };
	struct statement_subject subject;
	struct exchange x = { 0 };
	json_t *body = NULL;
	enum status st = request_desk_open(&o->desk, err);

	if (st == OK)
		st = request_load(
		    o->desk.other, o->request, ACCOUNT_REQUEST, &envelope, &x, err);
	if (st == OK)
		st = request_received(
		    &o->desk, "received-request", buf_span(&envelope), err);
	if (st == OK) {
		body = request_reply(&x);
		(void)json_object_set_new(body, "state", json_string(o->state));
		if (o->justification)
			(void)json_object_set_new(
			    body, "justification", json_string(o->justification));
		if (o->says)
			(void)json_object_set_new(body, "says", json_string(o->says));
		request_subject(&x, &subject);
		st = request_say(
		    &o->desk, ACCOUNT_ACKNOWLEDGEMENT, body, &subject, 1, NULL, err);
	}
	if (st == OK)
		st = request_close_log(&o->desk, err);
	json_decref(body);
	exchange_release(&x);
	buf_release(&envelope);
	return st;
}

static const char take_usage[] =
    "usage: geophone request take -o DIR --peer FILE [OPTION...] LOG REQUEST REPLY\n"
    "Judge a reply: signed by who was asked, to this request, and with its coverage if it\n"
    "says that nothing was there. Then log it and print what it says.\n\n"
    "      --peer FILE     the public key of who was asked (PEM)\n"
    "      --bag DIR       the bag that came with it must be the one it names\n"
    "      --flows FILE    and so the flow records\n"
    "      --case DIR      note in this case what became of the "
    "request\n" REQUEST_DESK_USAGE;

/* Does what came beside have the hash that was signed? */
static enum status
check_named(const struct exchange *r, const char *what, const char *path,
    const struct digest *d, struct error *err)
{
	char hex[DIGEST_HEX];

	if (strcmp(digest_hex(d, hex), exchange_text(r, what)) == 0)
		return OK;
	return error_set(
	    err, E_DIFFERS, "%s is not the %s that the answer names", path, what);
}

static enum status
check_beside(const struct order *o, const struct exchange *r, struct error *err)
{
	struct buf flows = { .max = (size_t)1 << 30 };
	struct digest d;
	enum status st = OK;

	if (o->bag)
		st = request_bag(o->bag, &d, err);
	if (st == OK && o->bag)
		st = check_named(r, "bag", o->bag, &d, err);
	if (st == OK && o->flows)
		st = keys_read_file(o->flows, &flows, err);
	if (st == OK && o->flows) {
		d = digest_of(buf_span(&flows));
		st = check_named(r, "flows", o->flows, &d, err);
	}
	buf_release(&flows);
	return st;
}

static enum status
take(struct order *o, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX }, reply = { .max = DSSE_MAX };
	struct buf text = { .max = (size_t)4 << 20 };
	struct exchange x = { 0 }, r = { 0 };
	bool acknowledged;
	enum status st = request_desk_open(&o->desk, err);

	if (st == OK)
		st = request_load(
		    o->desk.own, o->request, ACCOUNT_REQUEST, &envelope, &x, err);
	if (st == OK)
		st = request_load(
		    o->desk.other, o->reply[0], ACCOUNT_COUNT, &reply, &r, err);
	if (st == OK) {
		st = exchange_belongs(&x, &r, err);
		if (st != OK)
			error_wrap(err, "%s", o->reply[0]);
	}
	if (st == OK)
		st = check_beside(o, &r, err);
	acknowledged = r.kind == ACCOUNT_ACKNOWLEDGEMENT;
	if (st == OK)
		st = request_received(&o->desk,
		    acknowledged ? "received-acknowledgement" : "received-answer",
		    buf_span(&reply), err);
	if (st == OK)
		st = request_close_log(&o->desk, err);
	if (st == OK)
		st = request_in_case(&o->desk, NULL, exchange_text(&x, "id"),
		    acknowledged ? exchange_text(&r, "state") : "answered",
		    acknowledged ? "acknowledgement" : "answer", buf_span(&reply), err);
	if (st == OK && !o->desk.quiet) {
		request_text(&r, &text);
		(void)fwrite(text.at ? text.at : "", 1, text.len, stdout);
	}
	exchange_release(&x), exchange_release(&r);
	buf_release(&envelope), buf_release(&reply), buf_release(&text);
	return st;
}

static const char lapse_usage[] =
    "usage: geophone request lapse -o DIR [--peer FILE] [OPTION...] LOG REQUEST "
    "[REPLY...]\n"
    "After its deadline, log that no answer to a request came. REPLIES are what did come:\n"
    "acknowledgements, which are counted. An answer among them is refused.\n\n"
    "      --peer FILE     the public key of who was asked (PEM), for the replies\n"
    "      --case DIR      note in this case that it is unanswered\n" REQUEST_DESK_USAGE;

static enum status
count_replies(struct order *o, const struct exchange *x, struct error *err)
{
	enum status st = OK;

	if (o->replies > 0 && o->desk.other == NULL)
		return error_set(err, E_MISUSE, "--peer is needed to read replies");
	for (unsigned i = 0; st == OK && i < o->replies; i++) {
		struct buf envelope = { .max = DSSE_MAX };
		struct exchange r = { 0 };

		st = request_load(
		    o->desk.other, o->reply[i], ACCOUNT_COUNT, &envelope, &r, err);
		if (st == OK)
			st = exchange_belongs(x, &r, err);
		if (st == OK && r.kind == ACCOUNT_ANSWER)
			st = error_set(err, E_MISUSE, "%s is an answer", o->reply[i]);
		exchange_release(&r);
		buf_release(&envelope);
	}
	return st;
}

static enum status
lapse(struct order *o, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX }, own = { .max = DSSE_MAX };
	struct statement_subject subject;
	struct exchange x = { 0 };
	json_t *body = NULL;
	enum status st = request_desk_open(&o->desk, err);

	if (st == OK)
		st = request_load(
		    o->desk.own, o->request, ACCOUNT_REQUEST, &envelope, &x, err);
	if (st == OK && o->desk.sealing.now_ns <= exchange_deadline(&x))
		st = error_set(err, E_MISUSE, "it is due at %s, which is not past",
		    exchange_text(&x, "deadline"));
	if (st == OK)
		st = count_replies(o, &x, err);
	if (st == OK) {
		body = request_reply(&x);
		(void)json_object_set_new(body, "outcome", json_string("unanswered"));
		(void)json_object_set_new(
		    body, "replies", json_integer((json_int_t)o->replies));
		request_subject(&x, &subject);
		st = request_say(&o->desk, ACCOUNT_ANSWER, body, &subject, 1, &own, err);
	}
	if (st == OK)
		st = request_close_log(&o->desk, err);
	if (st == OK)
		st = request_in_case(&o->desk, NULL, exchange_text(&x, "id"), "unanswered",
		    "answer", buf_span(&own), err);
	json_decref(body);
	exchange_release(&x);
	buf_release(&envelope), buf_release(&own);
	return st;
}

enum { OPT_STATE = 256, OPT_JUSTIFICATION, OPT_SAYS, OPT_BAG, OPT_FLOWS };

/* -1: go on. */
static int
parse(struct order *o, int argc, char **argv, const char *usage)
{
	static const struct option longs[] = { REQUEST_DESK_OPTIONS,
		{ "peer", required_argument, NULL, REQUEST_OPT_PEER },
		{ "case", required_argument, NULL, REQUEST_OPT_CASE },
		{ "state", required_argument, NULL, OPT_STATE },
		{ "justification", required_argument, NULL, OPT_JUSTIFICATION },
		{ "says", required_argument, NULL, OPT_SAYS },
		{ "bag", required_argument, NULL, OPT_BAG },
		{ "flows", required_argument, NULL, OPT_FLOWS },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (request_desk_option(&o->desk, c, optarg))
			continue;
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(REQUEST_VERB, "see the line above");
		*(c == OPT_STATE             ? &o->state
		    : c == OPT_BAG           ? &o->bag
		    : c == OPT_FLOWS         ? &o->flows
		    : c == OPT_JUSTIFICATION ? &o->justification
					     : &o->says) = optarg;
	}
	if (argc - optind < 2)
		return cmd_misused(REQUEST_VERB, "a log and a request are needed");
	o->desk.log = argv[optind];
	o->request = argv[optind + 1];
	o->reply = argv + optind + 2;
	o->replies = (unsigned)(argc - optind - 2);
	return -1;
}

int
request_acknowledge(int argc, char **argv)
{
	struct order o = { .desk.dirfd = -1 };
	int status = parse(&o, argc, argv, acknowledge_usage);
	struct error err;

	if (status != -1)
		return status;
	if (o.replies > 0 || o.state == NULL || o.desk.peer == NULL || o.desk.casedir ||
	    o.bag || o.flows)
		return cmd_misused(REQUEST_VERB,
		    "acknowledge: --peer, --state and one request are needed");
	status = request_result(acknowledge(&o, &err), &err);
	request_desk_close(&o.desk);
	return status;
}

int
request_take(int argc, char **argv)
{
	struct order o = { .desk.dirfd = -1 };
	int status = parse(&o, argc, argv, take_usage);
	struct error err;

	if (status != -1)
		return status;
	if (o.replies != 1 || o.desk.peer == NULL || o.state || o.justification || o.says)
		return cmd_misused(
		    REQUEST_VERB, "take: --peer, a request and one reply are needed");
	status = request_result(take(&o, &err), &err);
	request_desk_close(&o.desk);
	return status;
}

int
request_lapse(int argc, char **argv)
{
	struct order o = { .desk.dirfd = -1 };
	int status = parse(&o, argc, argv, lapse_usage);
	struct error err;

	if (status != -1)
		return status;
	if (o.state || o.justification || o.says || o.bag || o.flows)
		return cmd_misused(REQUEST_VERB, "lapse: a log and a request are needed");
	status = request_result(lapse(&o, &err), &err);
	request_desk_close(&o.desk);
	return status;
}
