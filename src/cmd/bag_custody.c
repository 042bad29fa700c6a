/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone bag custody: a bag with one more event in its chain of custody.
 *
 * A bag is never written over: the new one has all files of the old, and the event,
 * signed by whoever it is that held, handed over or received it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "base/json.h"
#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/custody.h"
#include "cmd/keys.h"
#include "evidence/manifest.h"
#include "evidence/verify.h"

#define VERB      "bag"
#define FILE_ROOM ((size_t)1 << 30)
#define TEXT_MAX  1024

static const char usage[] =
    "usage: geophone bag custody -o DIR --action WORD [OPTION...] BAG\n"
    "Write the bag with one more event of custody, signed. WORD is one of captured,\n"
    "sealed, copied, viewed, exported, transferred, received, deleted.\n\n"
    "  -o, --output DIR            the new bag\n"
    "      --key FILE              who signs: the holder's own key (default: the "
    "sensor's)\n"
    "      --person TEXT           who did it, and\n"
    "      --role TEXT             as what\n"
    "      --organisation TEXT     of which organisation\n"
    "      --exhibit TEXT          the number of the exhibit\n"
    "      --root-exhibit TEXT     the number of what it comes from\n"
    "      --place TEXT            where\n"
    "      --from TEXT, --to TEXT  who handed it to whom\n"
    "      --reason TEXT           why\n"
    "      --authority TEXT        on what legal basis or order\n"
    "      --storage TEXT          how it is kept, and who has access\n"
    "      --marks TEXT            how it may be handled (TLP, PAP)\n"
    "      --remarks TEXT          what else\n";

/* In the order of the canonical body; "clock", "previous", "tool" fall between. */
/* clang-format off */
static const char *const field[] = { "action", "authority", "exhibit", "from", "marks",
	"organisation", "person", "place", "reason", "remarks", "role", "root-exhibit",
	"storage", "to" };
/* clang-format on */
#define FIELDS (sizeof field / sizeof *field)

struct order {
	const char *bag, *output, *key;
	const char *text[FIELDS];
};

struct work {
	const struct order *o;
	struct bag *from;
	struct bag_writer *to;
	const struct key *by;
	struct statement_subject subject[ACCOUNT_SUBJECTS];
	unsigned subjects;
	struct error *err;
};

static enum status
copy_all(struct work *w)
{
	size_t n;
	const struct bag_file *file = bag_files(w->from, &n);
	enum status st = OK;

	for (size_t i = 0; st == OK && i < n && !cmd_stopped; i++) {
		const char *path = file[i].path;
		struct buf bytes;

		if (strncmp(path, "data/", 5) != 0)
			continue;
		buf_init(&bytes, FILE_ROOM);
		st = bag_read(w->from, path, FILE_ROOM, &bytes, w->err);
		if (st == OK)
			st = bag_add(w->to, path + 5, buf_span(&bytes), w->err);
		buf_release(&bytes);
		if (strncmp(path, BAG_FINDINGS, strlen(BAG_FINDINGS)) == 0 &&
		    strlen(path) < STATEMENT_NAME && w->subjects < ACCOUNT_SUBJECTS) {
			struct statement_subject *s = &w->subject[w->subjects++];

			(void)snprintf(s->name, sizeof s->name, "%s", path);
			s->digest = file[i].digest;
		}
	}
	return st == OK && cmd_stopped ? error_set(w->err, E_STOPPED, "stopped") : st;
}

static void
put_clock(struct json *j)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);

	json_key(j, "clock"), json_open(j, '{');
	json_key(j, "bound_us"), json_int(j, state == -1 ? -1 : t.maxerror);
	json_key(j, "source"), json_str(j, "CLOCK_REALTIME");
	json_key(j, "synchronised");
	json_bool(j, state != -1 && state != TIME_ERROR && !(t.status & STA_UNSYNC));
	json_close(j, '}');
}

/* Keys sorted: see canonical.h. Names of fields have '_' where options have '-'. */
static void
put_body(struct work *w, const struct digest *previous, const struct digest *before,
    struct buf *out)
{
	char hex[DIGEST_HEX];
	bool clock = false, hash = false, prev = false;
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	for (size_t i = 0; i < FIELDS; i++) {
		if (!clock && strcmp(field[i], "clock") > 0) {
			put_clock(&j);
			clock = true;
		}
		if (!hash && strcmp(field[i], "hash_before") > 0) {
			json_key(&j, "hash_before");
			json_str(&j, digest_hex(before, hex));
			hash = true;
		}
		if (!prev && strcmp(field[i], "previous") > 0) {
			json_key(&j, "previous"), json_str(&j, digest_hex(previous, hex));
			prev = true;
		}
		if (w->o->text[i]) {
			json_key(&j, strcmp(field[i], "root-exhibit") == 0 ? "root_exhibit"
									   : field[i]);
			json_str(&j, w->o->text[i]);
		}
	}
	custody_tool(&j);
	json_close(&j, '}');
}

/* The bag's own key, or, when another signs, that one beside it. */
static enum status
put_key(struct work *w)
{
	struct digest id = key_id(w->by);
	char path[BAG_PATH], hex[DIGEST_HEX];
	struct buf pem = { .max = 4096 }, own = { .max = 65536 };
	enum status st;

	key_public_pem(w->by, &pem);
	st = bag_read(w->from, BAG_KEY, 65536, &own, w->err);
	(void)snprintf(path, sizeof path, BAG_KEYS "%s.pem", digest_hex(&id, hex));
	if (st == OK && bag_find(w->from, path) == NULL &&
	    (own.len != pem.len || memcmp(own.at, pem.at, own.len) != 0))
		st = bag_add(w->to, path + 5, buf_span(&pem), w->err);
	buf_release(&pem), buf_release(&own);
	return st;
}

static enum status
put_event(struct work *w)
{
	const struct bag_file *tag = bag_find(w->from, "tagmanifest-sha256.txt");
	struct account event = {
		.kind = ACCOUNT_CUSTODY, .subject = w->subject, .subjects = w->subjects
	};
	struct buf body = { .max = 65536 };
	struct digest previous;
	struct timespec now;
	uint64_t number;
	enum status st;

	if (tag == NULL || !custody_last(w->from, &previous, &number))
		return error_set(w->err, E_MISUSE,
		    "the bag has no event of custody that this one could follow");
	(void)clock_gettime(CLOCK_REALTIME, &now);
	event.time_ns = (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
	put_body(w, &previous, &tag->digest, &body);
	st = buf_state(&body, "the event", w->err);
	event.body = buf_span(&body);
	if (st == OK)
		st = account_salt(event.salt, w->err);
	if (st == OK)
		st = custody_add(w->to, w->by, number + 1, &event, w->err);
	if (st == OK)
		st = put_key(w);
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
append(struct work *w)
{
	time_t now = time(NULL);
	unsigned faults;
	char date[16];
	struct tm tm;
	enum status st = bag_open(&w->from, w->o->bag, complain, NULL, &faults, w->err);

	if (st == OK && faults > 0)
		st = error_set(
		    w->err, E_DIFFERS, "the bag %s has %u faults", w->o->bag, faults);
	if (st == OK)
		st = bag_create(&w->to, w->o->output, w->err);
	if (st != OK)
		return st;
	(void)gmtime_r(&now, &tm);
	(void)strftime(date, sizeof date, "%Y-%m-%d", &tm);
	bag_info(w->to, "Bag-Software-Agent", "geophone " GEOPHONE_VERSION);
	bag_info(w->to, "Bagging-Date", date);
	st = copy_all(w);
	if (st == OK)
		st = put_event(w);
	return st == OK ? bag_commit(w->to, w->err) : st;
}

static bool
is_action(const char *text)
{
	/* clang-format off */
	static const char *const word[] = { "captured", "sealed", "copied", "viewed",
		"exported", "transferred", "received", "deleted" };
	/* clang-format on */

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (text && strcmp(text, word[i]) == 0)
			return true;
	return false;
}

enum { OPT_KEY = 256, OPT_FIELD };

static int
parse(struct order *o, int argc, char **argv)
{
	struct option longs[FIELDS + 4] = { { "output", required_argument, NULL, 'o' },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "help", no_argument, NULL, 'h' } };
	int c;

	for (size_t i = 0; i < FIELDS; i++)
		longs[3 + i] = (struct option){ field[i], required_argument, NULL,
			OPT_FIELD + (int)i };
	while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		if (c >= OPT_FIELD && strlen(optarg) > TEXT_MAX)
			return cmd_misused(VERB, "--%s: more than %d bytes",
			    field[c - OPT_FIELD], TEXT_MAX);
		if (c >= OPT_FIELD)
			o->text[c - OPT_FIELD] = optarg;
		else
			*(c == 'o' ? &o->output : &o->key) = optarg;
	}
	if (argc - optind != 1 || o->output == NULL)
		return cmd_misused(VERB, "-o DIR and one bag are needed");
	if (!is_action(o->text[0]))
		return cmd_misused(VERB,
		    "--action: one of captured, sealed, copied, "
		    "viewed, exported, transferred, received, deleted");
	o->bag = argv[optind];
	return EXIT_DONE;
}

int
custody_main(int argc, char **argv)
{
	struct work *w = calloc(1, sizeof *w); /* too much for a stack */
	struct order o = { 0 };
	struct key *by = NULL;
	struct error err;
	enum status st;
	int bad = parse(&o, argc, argv);

	if (bad != EXIT_DONE) {
		free(w);
		return cmd_finish_stdout(VERB, bad == -1 ? EXIT_DONE : bad);
	}
	cmd_catch_signals();
	st = w ? keys_open(&by, o.key, false, &err) : error_set(&err, E_NOMEM, "no memory");
	if (st == OK) {
		w->o = &o, w->by = by, w->err = &err;
		st = append(w);
		bag_writer_close(w->to);
		bag_close(w->from);
	}
	key_free(by);
	free(w);
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	return st == OK          ? EXIT_DONE
	       : st == E_MISUSE  ? EXIT_MISUSED
	       : st == E_DIFFERS ? EXIT_NO
				 : EXIT_COULD_NOT;
}
