/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone request new: a draft becomes a signed request.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/stamp.h"
#include "case/kind.h"
#include "case/selector.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/request.h"

static const char usage[] =
    "usage: geophone request new -o DIR [OPTION...] LOG DRAFT.json\n"
    "Sign a request for evidence and log it. A DRAFT is a thing of kind request, as\n"
    "geophone assess --requests writes them. What identifies is kept out: selectors are\n"
    "keyed hashes, and the key is in a file of its own, for who is asked alone.\n\n"
    "      --from ID           who asks\n"
    "      --to ID             who is asked\n"
    "      --legal-basis TEXT  by what right\n"
    "      --deadline TIME     when it is due, in UTC\n"
    "      --case DIR          note in this case that it was sent\n" REQUEST_DESK_USAGE;

struct order {
	struct request_desk desk;
	const char *draft, *from, *to, *legal_basis, *deadline;
	uint8_t key[SELECTOR_KEY];
	json_t *body; /* of the request */
};

/* What of a draft is for the other side. What answer would help whom is not. */
static const char *const passed[] = { "from", "hypothesis", "id", "kind", "legal_basis",
	"max_retention", "pap", "purpose", "tlp", "to", "wanted" };

static enum status
random_bytes(uint8_t *to, size_t n, struct error *err)
{
	return getrandom(to, n, 0) == (ssize_t)n ? OK : error_sys(err, "read random bytes");
}

static enum status
add_selectors(struct order *o, const json_t *lines, struct error *err)
{
	json_t *list, *line;
	struct digest id;
	char hex[DIGEST_HEX];
	enum status st;
	size_t i;

	if (json_array_size(lines) == 0)
		return OK;
	st = random_bytes(o->key, sizeof o->key, err);
	list = json_array();
	json_array_foreach(lines, i, line)
	{
		const char *s = json_string_value(line);
		struct selector sel;

		if (st == OK)
			st = selector_parse((struct span){ (const uint8_t *)s, strlen(s) },
			    o->key, &sel, err);
		if (st == OK)
			(void)json_array_append_new(list, selector_json(&sel));
	}
	id = selector_key_id(o->key);
	(void)json_object_set_new(o->body, "selectors", list);
	(void)json_object_set_new(
	    o->body, "selector_key", json_string(digest_hex(&id, hex)));
	return st;
}

static enum status
set_deadline(struct order *o, json_t *draft, struct error *err)
{
	const char *text = json_string_value(json_object_get(draft, "deadline"));
	char stamp[STAMP_TEXT];
	uint64_t ns;

	if (text == NULL)
		return error_set(err, E_MISUSE, "no deadline: say --deadline");
	if (!option_time(text, &ns))
		return error_set(err, E_MISUSE, "the deadline %s is no time", text);
	if (ns <= o->desk.sealing.now_ns)
		return error_set(err, E_MISUSE, "the deadline %s is past", text);
	(void)json_object_set_new(o->body, "deadline", json_string(stamp_text(ns, stamp)));
	return OK;
}

static enum status
make_body(struct order *o, json_t *draft, struct error *err)
{
	struct digest nonce;
	char hex[DIGEST_HEX];
	enum status st = random_bytes(nonce.b, sizeof nonce.b, err);

	if (st != OK)
		return st;
	o->body = json_pack("{s:s}", "nonce", digest_hex(&nonce, hex));
	(void)json_object_set_new(draft, "nonce", json_string(hex));
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (json_object_get(draft, passed[i]))
			(void)json_object_set(
			    o->body, passed[i], json_object_get(draft, passed[i]));
	st = set_deadline(o, draft, err);
	return st == OK ? add_selectors(o, json_object_get(draft, "selectors"), err) : st;
}

static enum status
read_draft(struct order *o, json_t **out, struct error *err)
{
	const struct {
		const char *key, *value;
	} said[] = { { "from", o->from }, { "to", o->to },
		{ "legal_basis", o->legal_basis }, { "deadline", o->deadline } };
	static const struct {
		const char *key, *value;
	} else_[] = { { "tlp", "AMBER" }, { "pap", "AMBER" },
		{ "max_retention", "until the case is closed" } };
	struct buf text = { .max = JOURNAL_LINE_MAX };
	json_t *draft = NULL;
	enum status st = keys_read_file(o->draft, &text, err);

	if (st == OK)
		st = shape_load(buf_span(&text), &draft, err);
	buf_release(&text);
	for (size_t i = 0; st == OK && i < sizeof said / sizeof *said; i++)
		if (said[i].value)
			(void)json_object_set_new(
			    draft, said[i].key, json_string(said[i].value));
	for (size_t i = 0; st == OK && i < sizeof else_ / sizeof *else_; i++)
		if (json_object_get(draft, else_[i].key) == NULL)
			(void)json_object_set_new(
			    draft, else_[i].key, json_string(else_[i].value));
	if (st == OK)
		st = shape_check(kind_find("request")->shape, draft, err);
	if (st != OK) {
		error_wrap(err, "%s", o->draft);
		json_decref(draft);
		return st;
	}
	*out = draft;
	return OK;
}

/* For who is asked, by another way than the request. */
static enum status
keep_key(struct order *o, struct error *err)
{
	struct sealing *s = &o->desk.sealing;
	struct digest key;
	char hex[DIGEST_HEX + 1];
	mode_t before;
	enum status st;

	memcpy(key.b, o->key, sizeof key.b);
	(void)digest_hex(&key, hex);
	hex[DIGEST_HEX - 1] = '\n';
	before = umask(077);
	st = sealing_keep(o->desk.dirfd, o->desk.output, s->sealed[0].name,
	    REQUEST_SELECTOR_KEY, (struct span){ (const uint8_t *)hex, DIGEST_HEX }, err);
	(void)umask(before);
	return st;
}

static enum status
make(struct order *o, struct error *err)
{
	json_t *draft = NULL;
	struct buf envelope = { .max = (size_t)8 << 20 };
	enum status st = read_draft(o, &draft, err);

	if (st == OK)
		st = request_desk_open(&o->desk, err);
	if (st == OK)
		st = make_body(o, draft, err);
	if (st == OK)
		st = request_say(
		    &o->desk, ACCOUNT_REQUEST, o->body, NULL, 0, &envelope, err);
	if (st == OK && json_object_get(o->body, "selectors"))
		st = keep_key(o, err);
	if (st == OK)
		st = request_close_log(&o->desk, err);
	if (st == OK)
		st = request_in_case(&o->desk, draft,
		    json_string_value(json_object_get(draft, "id")), "sent", "sent",
		    buf_span(&envelope), err);
	buf_release(&envelope);
	json_decref(draft);
	json_decref(o->body);
	return st;
}

enum { OPT_FROM = 256, OPT_TO, OPT_BASIS, OPT_DEADLINE };

int
request_new(int argc, char **argv)
{
	static const struct option longs[] = { REQUEST_DESK_OPTIONS,
		{ "case", required_argument, NULL, REQUEST_OPT_CASE },
		{ "from", required_argument, NULL, OPT_FROM },
		{ "to", required_argument, NULL, OPT_TO },
		{ "legal-basis", required_argument, NULL, OPT_BASIS },
		{ "deadline", required_argument, NULL, OPT_DEADLINE },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct order o = { .desk.dirfd = -1 };
	struct error err;
	enum status st;
	int c;

	while ((c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (request_desk_option(&o.desk, c, optarg))
			continue;
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(REQUEST_VERB, "see the line above");
		*(c == OPT_FROM      ? &o.from
		    : c == OPT_TO    ? &o.to
		    : c == OPT_BASIS ? &o.legal_basis
				     : &o.deadline) = optarg;
	}
	if (argc - optind != 2)
		return cmd_misused(REQUEST_VERB, "new: a log and a draft are needed");
	o.desk.log = argv[optind];
	o.draft = argv[optind + 1];
	st = make(&o, &err);
	request_desk_close(&o.desk);
	return request_result(st, &err);
}
