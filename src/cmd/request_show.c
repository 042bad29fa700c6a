/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone request show: a request or a reply, for people.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/request.h"
#include "evidence/dsse.h"
#include "publish/escape.h"

static const char usage[] =
    "usage: geophone request show [--peer FILE] [--key FILE] [--json] ENVELOPE\n"
    "Check the signature and print what it says.\n\n"
    "      --peer FILE  the public key of who signed (PEM)\n"
    "      --key FILE   else, the key that was signed with; the sensor's by default\n"
    "      --json       what was said, in canonical JSON\n";

static void
put_field(const struct exchange *x, const char *key, const char *shown, struct buf *out)
{
	const char *s = exchange_text(x, key);

	if (*s == '\0')
		return;
	buf_printf(out, "%-15s ", shown);
	escape_str(out, ESCAPE_TEXT, s);
	buf_putc(out, '\n');
}

static uint64_t
number(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

static void
put_tallies(const json_t *list, const char *shown, struct buf *out)
{
	const json_t *t;
	size_t i;

	json_array_foreach(list, i, t)
	{
		buf_printf(out, "%-15s %" PRIu64 " ", shown, number(t, "count"));
		escape_str(out, ESCAPE_TEXT, json_string_value(json_object_get(t, "what")));
		buf_putc(out, '\n');
	}
}

static void
put_coverage(const json_t *c, struct buf *out)
{
	const json_t *heard = json_object_get(c, "heard"), *s;
	size_t i;

	if (c == NULL)
		return;
	buf_printf(out,
	    "%-15s %" PRIu64 " flows, %" PRIu64 " look-ups, requests and handshakes, "
	    "in %" PRIu64 " inputs%s\n",
	    "listened to", number(c, "flows"), number(c, "traits"), number(c, "inputs"),
	    json_is_true(json_object_get(c, "complete")) ? "" : ", not to their end");
	if (!json_is_true(json_object_get(c, "names")))
		buf_printf(
		    out, "%-15s names: none was carried in what was heard\n", "deaf to");
	if (number(c, "sampling") > 1)
		buf_printf(out, "%-15s 1 in %" PRIu64 " packets\n", "looked at",
		    number(c, "sampling"));
	json_array_foreach(heard, i, s)
	{
		buf_printf(out, "%-15s from ", "heard");
		escape_str(out, ESCAPE_TEXT, json_string_value(json_object_get(s, "from")));
		buf_puts(out, " to ");
		escape_str(out, ESCAPE_TEXT, json_string_value(json_object_get(s, "to")));
		buf_putc(out, '\n');
	}
	put_tallies(json_object_get(c, "lost"), "not seen", out);
}

static void
put_results(const struct exchange *x, struct buf *out)
{
	const json_t *list = json_object_get(x->body, "results"), *r;
	size_t i;

	json_array_foreach(list, i, r)
	{
		buf_printf(out, "selector %.12s  %" PRIu64 " flows, %" PRIu64 " names",
		    json_string_value(json_object_get(r, "hmac")), number(r, "flows"),
		    number(r, "names"));
		if (json_object_get(r, "asked_s"))
			buf_printf(out, ", of %" PRIu64 " s asked for %" PRIu64 " s heard",
			    number(r, "asked_s"), number(r, "heard_s"));
		buf_putc(out, '\n');
	}
}

void
request_text(const struct exchange *x, struct buf *out)
{
	static const struct {
		const char *key, *shown;
	} fields[] = { { "id", "id" }, { "request_id", "of request" }, { "from", "from" },
		{ "to", "to" }, { "state", "state" }, { "justification", "justification" },
		{ "outcome", "outcome" }, { "purpose", "purpose" },
		{ "legal_basis", "legal basis" }, { "hypothesis", "hypothesis" },
		{ "deadline", "deadline" }, { "max_retention", "retention" },
		{ "tlp", "TLP" }, { "pap", "PAP" }, { "says", "says" }, { "bag", "bag" },
		{ "flows", "flows" } };
	const json_t *wanted = json_object_get(x->body, "wanted"), *w;
	char hex[DIGEST_HEX], time[STAMP_TEXT];
	size_t i;

	buf_printf(out, "%-15s %s\n", "kind", account_word(x->kind));
	for (i = 0; i < sizeof fields / sizeof *fields; i++)
		put_field(x, fields[i].key, fields[i].shown, out);
	json_array_foreach(wanted, i, w)
	    buf_printf(out, "%-15s %s\n", "wanted", json_string_value(w));
	if (json_object_get(x->body, "selectors"))
		buf_printf(out, "%-15s %zu, as keyed hashes\n", "selectors",
		    json_array_size(json_object_get(x->body, "selectors")));
	put_results(x, out);
	put_coverage(json_object_get(x->body, "coverage"), out);
	buf_printf(out, "%-15s %s, says the clock of who signed\n", "signed",
	    stamp_text(x->time_ns, time));
	buf_printf(out, "%-15s %s\n%-15s %s\n", "key", x->key_id, "statement",
	    digest_hex(&x->statement, hex));
}

static enum status
show(const char *path, const char *peer, const char *own, bool json, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX }, out = { .max = (size_t)16 << 20 };
	struct exchange x = { 0 };
	struct key *key = NULL;
	enum status st =
	    peer ? keys_public(&key, peer, err) : keys_open(&key, own, false, err);

	if (st == OK)
		st = request_load(key, path, ACCOUNT_COUNT, &envelope, &x, err);
	if (st == OK && json) {
		shape_put(x.body, &out);
		buf_putc(&out, '\n');
	} else if (st == OK)
		request_text(&x, &out);
	if (st == OK)
		st = buf_state(&out, "what it says", err);
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	exchange_release(&x);
	key_free(key);
	buf_release(&envelope), buf_release(&out);
	return st;
}

int
request_show(int argc, char **argv)
{
	static const struct option longs[] = { { "peer", required_argument, NULL, 'p' },
		{ "key", required_argument, NULL, 'k' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	const char *peer = NULL, *key = NULL;
	bool json = false;
	struct error err;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(REQUEST_VERB, "see the line above");
		if (c == 'j')
			json = true;
		else
			*(c == 'p' ? &peer : &key) = optarg;
	}
	if (argc - optind != 1)
		return cmd_misused(REQUEST_VERB, "show: one envelope is needed");
	return request_result(show(argv[optind], peer, key, json, &err), &err);
}
