/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone bag: hand on a bag without some of its packets.
 */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/input.h"
#include "capture/capture.h"
#include "capture/pcapng_writer.h"
#include "cmd/cmd.h"
#include "cmd/custody.h"
#include "cmd/options.h"
#include "cmd/slice.h"
#include "evidence/bag.h"
#include "evidence/verify.h"

#define VERB "bag"

static const char usage[] =
    "usage: geophone bag redact -o DIR [--headers-only] [--withhold LIST] [--finding ID]\n"
    "           BAG\n"
    "       geophone bag custody -o DIR --action WORD [OPTION...] BAG\n"
    "Write a bag without some of the packets. What was signed stays signed: in place of\n"
    "what is withheld stand the hashes that the signed root is made of.\n\n"
    "  -o, --output DIR     the new bag\n"
    "      --headers-only   cut each packet behind its headers\n"
    "      --withhold LIST  leave out these packets of the finding: 3,7-9, from 1\n"
    "      --finding ID     of this finding alone, by the beginning of its id\n";

#define FILE_ROOM    ((size_t)1 << 30)
#define RANGES_MAX   256
#define CUT_COMMENT  "geophone: what is left of the packets of one finding"
#define CUT_ENDING   ".redacted.pcapng"
#define SLICE_ENDING ".pcapng"
#define INDEX_ENDING ".json"

struct range {
	uint64_t from, to;
};

struct order {
	const char *bag, *output, *finding;
	bool headers_only;
	struct range range[RANGES_MAX];
	unsigned ranges;
};

struct redactor {
	const struct order *o;
	struct bag *from;
	struct bag_writer *to;
	unsigned slices;
	struct error *err;
};

/* How a slice was committed to: its index file. */
struct split_reader {
	json_t *index;
	size_t at;
	uint64_t left, length;
	uint8_t secret[PACKETS_SECRET];
};

static bool
next_split(struct split_reader *r, uint64_t *length)
{
	while (r->left == 0) {
		const json_t *pair =
		    json_array_get(json_object_get(r->index, "splits"), r->at++);

		if (pair == NULL)
			return false;
		r->length = (uint64_t)json_integer_value(json_array_get(pair, 0));
		r->left = (uint64_t)json_integer_value(json_array_get(pair, 1));
	}
	r->left--;
	*length = r->length;
	return true;
}

static bool
from_hex(const char *hex, uint8_t *to, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (hex == NULL || strlen(hex) != 2 * n || strspn(hex, digits) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
				  (strchr(digits, hex[2 * i + 1]) - digits));
	return true;
}

static enum status
read_index(struct redactor *r, const char *stem, struct split_reader *out)
{
	char path[PATH_MAX + 32];
	struct buf text;
	enum status st;

	(void)snprintf(path, sizeof path, STATEMENT_INDEX "%s" INDEX_ENDING,
	    stem + strlen(STATEMENT_SLICES));
	buf_init(&text, FILE_ROOM);
	if (bag_find(r->from, path) == NULL)
		st = error_set(r->err, E_MISUSE,
		    "the slice %s was sealed without an index: nothing of it can be "
		    "withheld",
		    stem);
	else
		st = bag_read(r->from, path, FILE_ROOM, &text, r->err);
	if (st == OK) {
		out->index = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
		if (!from_hex(json_string_value(json_object_get(out->index, "secret")),
			out->secret, sizeof out->secret))
			st = error_set(r->err, E_FORMAT, "%s is no index", path);
	}
	buf_release(&text);
	return st;
}

static bool
is_withheld(const struct order *o, uint64_t number)
{
	for (unsigned i = 0; i < o->ranges; i++)
		if (number >= o->range[i].from && number <= o->range[i].to)
			return true;
	return false;
}

/* The files of what is left: for machines to check, and for people to read. */
struct left {
	FILE *lines, *pcapng;
	struct pcapng_writer *writer;
	struct packets tree;
	struct buf line;
};

static enum status
put_packet(
    struct redactor *r, struct left *l, struct split_reader *splits, const struct frame *f)
{
	struct packet_whole p;
	enum packets_shown how = is_withheld(r->o, l->tree.n + 1) ? PACKETS_WITHHELD
				 : r->o->headers_only             ? PACKETS_HEAD
								  : PACKETS_WHOLE;
	struct frame cut = *f;
	uint64_t length;
	enum status st;

	if (!next_split(splits, &length))
		return error_set(r->err, E_DIFFERS, "the index tells of fewer packets");
	p = slice_packet(f, length, splits->secret, l->tree.n);
	buf_reset(&l->line);
	packets_line(&l->tree, &p, how, &l->line);
	st = buf_state(&l->line, "a packet", r->err);
	if (st == OK && fwrite(l->line.at, 1, l->line.len, l->lines) != l->line.len)
		st = error_sys(r->err, "write packets");
	if (how == PACKETS_HEAD)
		cut.bytes = p.head.bytes;
	if (st == OK && how != PACKETS_WITHHELD)
		st = pcapng_writer_put(l->writer, &cut, r->err);
	return st;
}

static enum status
go_through(
    struct redactor *r, const char *path, struct split_reader *splits, struct left *l)
{
	struct frame_batch batch = { .n = 0 };
	struct capture *c = NULL;
	struct input *in;
	char full[PATH_MAX];
	enum status st;

	(void)snprintf(full, sizeof full, "%s/%s", r->o->bag, path);
	st = input_open(&in, full, r->err);
	if (st == OK)
		st = capture_open(&c, in, r->err);
	while (st == OK && (st = capture_next(c, &batch, r->err)) == OK && batch.n > 0)
		for (unsigned i = 0; st == OK && i < batch.n; i++)
			st = put_packet(r, l, splits, &batch.frame[i]);
	if (c)
		capture_close(c);
	return st;
}

static enum status
check_root(struct redactor *r, const struct split_reader *splits, const struct left *l)
{
	const char *root = json_string_value(json_object_get(splits->index, "root"));
	struct digest d;
	char hex[DIGEST_HEX];

	if (l->tree.n == 0)
		return error_set(r->err, E_FORMAT, "a slice without packets");
	d = packets_root(&l->tree);
	if (root == NULL || strcmp(digest_hex(&d, hex), root) != 0)
		return error_set(r->err, E_DIFFERS,
		    "the slice and its index do not give the root that the index names");
	return OK;
}

static enum status
add_spooled(struct redactor *r, const char *path, FILE *from)
{
	char chunk[65536];
	struct digest d;
	FILE *to;
	size_t n;
	enum status st = bag_begin_file(r->to, path, &to, r->err);

	rewind(from);
	while (st == OK && (n = fread(chunk, 1, sizeof chunk, from)) > 0)
		if (fwrite(chunk, 1, n, to) != n)
			st = error_sys(r->err, "write %s", path);
	return st == OK ? bag_end_file(r->to, &d, r->err) : st;
}

/* `path` is of a slice: data/slices/ID.pcapng. */
static enum status
redact_slice(struct redactor *r, const char *path)
{
	struct split_reader splits = { 0 };
	struct left l = { .lines = tmpfile(), .pcapng = tmpfile() };
	char stem[PATH_MAX], name[PATH_MAX + 32];
	enum status st = OK;

	(void)snprintf(
	    stem, sizeof stem, "%.*s", (int)(strlen(path) - strlen(SLICE_ENDING)), path);
	buf_init(&l.line, (size_t)16 << 20);
	if (l.lines == NULL || l.pcapng == NULL)
		st = error_sys(r->err, "make a temporary file");
	if (st == OK)
		st = read_index(r, stem, &splits);
	if (st == OK)
		st = pcapng_writer_open(&l.writer, l.pcapng, CUT_COMMENT, r->err);
	if (st == OK)
		st = go_through(r, path, &splits, &l);
	if (st == OK)
		st = check_root(r, &splits, &l);
	if (st == OK)
		st = pcapng_writer_end(l.writer, UINT64_MAX, r->err);
	(void)snprintf(name, sizeof name, "%s" BAG_PACKETS, stem + strlen("data/"));
	if (st == OK)
		st = add_spooled(r, name, l.lines);
	(void)snprintf(name, sizeof name, "%s" CUT_ENDING, stem + strlen("data/"));
	if (st == OK)
		st = add_spooled(r, name, l.pcapng);
	pcapng_writer_close(l.writer);
	if (l.lines)
		(void)fclose(l.lines);
	if (l.pcapng)
		(void)fclose(l.pcapng);
	json_decref(splits.index);
	buf_release(&l.line);
	r->slices++;
	return st;
}

static bool
ends_with(const char *path, const char *ending)
{
	size_t n = strlen(path), e = strlen(ending);

	return n > e && strcmp(path + n - e, ending) == 0;
}

/* A file of a slice that packets are taken from. */
static bool
is_wanted(const struct order *o, const char *path, const char *in, const char *ending)
{
	size_t folder = strlen(in);

	return strncmp(path, in, folder) == 0 && ends_with(path, ending) &&
	       (o->finding == NULL ||
		   strncmp(path + folder, o->finding, strlen(o->finding)) == 0);
}

/* By hand, what is not there cannot be held against its hash. */
static void
soften_readme(struct buf *text)
{
	static const char strict[] = "sha256sum --quiet --strict -c \"$b.files\"";
	static const char soft[] =
	    "while read -r h f; do ! test -e \"$f\" || echo \"$h  $f\" | "
	    "sha256sum --quiet --strict -c -; done < \"$b.files\"";
	char *at = text->at ? strstr(text->at, strict) : NULL;
	struct buf again = { .max = text->max };

	if (at == NULL)
		return;
	buf_put(&again, text->at, (size_t)(at - text->at));
	buf_puts(&again, soft);
	buf_puts(&again, at + strlen(strict));
	buf_release(text);
	*text = again;
}

static enum status
copy_file(struct redactor *r, const char *path)
{
	struct buf bytes;
	enum status st;

	buf_init(&bytes, FILE_ROOM);
	st = bag_read(r->from, path, FILE_ROOM, &bytes, r->err);
	if (st == OK && strcmp(path, BAG_README) == 0)
		soften_readme(&bytes);
	if (st == OK)
		st = bag_add(r->to, path + strlen("data/"), buf_span(&bytes), r->err);
	buf_release(&bytes);
	return st;
}

static enum status
copy_all(struct redactor *r)
{
	size_t n;
	const struct bag_file *file = bag_files(r->from, &n);
	enum status st = OK;

	for (size_t i = 0; st == OK && i < n; i++) {
		const char *path = file[i].path;

		if (strncmp(path, "data/", 5) != 0 ||
		    is_wanted(r->o, path, STATEMENT_INDEX, INDEX_ENDING))
			continue;
		if (is_wanted(r->o, path, STATEMENT_SLICES, SLICE_ENDING) &&
		    !ends_with(path, CUT_ENDING))
			st = redact_slice(r, path);
		else
			st = copy_file(r, path);
	}
	if (st == OK && r->slices == 0)
		st = error_set(r->err, E_MISUSE, "no slice of packets is of that finding");
	if (st == OK && r->slices > 1 && r->o->ranges > 0)
		st = error_set(r->err, E_MISUSE,
		    "--withhold names packets of one finding: say which with --finding");
	return st;
}

static void
complain(void *state, const char *sentence)
{
	(void)state;
	fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static enum status
redact(const struct order *o, struct error *err)
{
	struct redactor r = { .o = o, .err = err };
	time_t now = time(NULL);
	char date[16];
	unsigned faults;
	struct tm tm;
	enum status st = bag_open(&r.from, o->bag, complain, NULL, &faults, err);

	if (st != OK)
		return st;
	if (faults > 0)
		st = error_set(err, E_DIFFERS, "the bag %s has %u faults", o->bag, faults);
	if (st == OK)
		st = bag_create(&r.to, o->output, err);
	if (st == OK) {
		(void)gmtime_r(&now, &tm);
		(void)strftime(date, sizeof date, "%Y-%m-%d", &tm);
		bag_info(r.to, "Bag-Software-Agent", "geophone " GEOPHONE_VERSION);
		bag_info(r.to, "Bagging-Date", date);
		st = copy_all(&r);
	}
	if (st == OK)
		st = bag_commit(r.to, err);
	bag_writer_close(r.to);
	bag_close(r.from);
	return st;
}

/* "3,7-9" */
static bool
parse_ranges(struct order *o, const char *text)
{
	char *copy = strdup(text), *state = NULL, *word;
	bool good = copy != NULL;

	for (word = good ? strtok_r(copy, ",", &state) : NULL; good && word;
	     word = strtok_r(NULL, ",", &state)) {
		char *dash = strchr(word, '-');
		struct range *r = &o->range[o->ranges];

		if (dash)
			*dash = '\0';
		good =
		    o->ranges < RANGES_MAX && option_number(word, 1, UINT32_MAX, &r->from);
		r->to = r->from;
		if (good && dash)
			good = option_number(dash + 1, r->from, UINT32_MAX, &r->to);
		o->ranges++;
	}
	free(copy);
	return good && o->ranges > 0;
}

enum { OPT_HEADERS = 256, OPT_WITHHOLD, OPT_FINDING };

int
cmd_bag(int argc, char **argv)
{
	static const struct option longs[] = { { "output", required_argument, NULL, 'o' },
		{ "headers-only", no_argument, NULL, OPT_HEADERS },
		{ "withhold", required_argument, NULL, OPT_WITHHOLD },
		{ "finding", required_argument, NULL, OPT_FINDING },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct order o = { 0 };
	struct error err;
	enum status st;
	int c;

	if (argc > 1 && strcmp(argv[1], "custody") == 0)
		return custody_main(argc - 1, argv + 1);
	while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		if (c == OPT_HEADERS)
			o.headers_only = true;
		else if (c == OPT_WITHHOLD) {
			if (!parse_ranges(&o, optarg))
				return cmd_misused(VERB,
				    "--withhold: %s is no list such as 3,7-9", optarg);
		} else
			*(c == 'o' ? &o.output : &o.finding) = optarg;
	}
	if (argc - optind != 2 || strcmp(argv[optind], "redact") != 0 || o.output == NULL)
		return cmd_misused(VERB, "redact, -o DIR and one bag are needed");
	if (!o.headers_only && o.ranges == 0)
		return cmd_misused(VERB, "--headers-only or --withhold is needed");
	o.bag = argv[optind + 1];
	st = redact(&o, &err);
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	return st == OK          ? EXIT_DONE
	       : st == E_MISUSE  ? EXIT_MISUSED
	       : st == E_DIFFERS ? EXIT_NO
				 : EXIT_COULD_NOT;
}
