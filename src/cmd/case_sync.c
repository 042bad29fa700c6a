/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case sync: each line of the journal has a leaf in the log.
 *
 * A change is in the journal before its leaf is in the log: if the log was full,
 * away or held by somebody else, the leaf is missing. It is made of the line alone,
 * so it can be made again by anybody, at any time. Where a leaf lies in the log is
 * not kept in the case, because that would be one more line with one more leaf: it
 * is found.
 */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/case.h"
#include "cmd/cmd.h"
#include "evidence/leaf.h"
#include "evidence/ledger.h"
#include "evidence/log.h"
#include "evidence/log_read.h"

static const char usage[] =
    "usage: geophone case sync --log LOG [--dry-run] [--key FILE] DIR\n"
    "Where each line of the journal lies in the log: its number, the index of its leaf,\n"
    "or that it was sent now, because it was missing.\n\n"
    "      --dry-run    send nothing: exit status 1 when a leaf is "
    "missing\n" CASE_PEN_USAGE;

struct sync {
	struct case_pen pen;
	struct casebook *cb;
	int log; /* its directory, to look in */
	bool dry;
	unsigned missing;
};

static enum status
sync_line(struct sync *s, const struct journal_entry *e, struct error *err)
{
	const struct key *key = casebook_key(s->cb, e->key, e->n == 1 ? 1 : e->n - 1);
	struct buf leaf = { .max = LEAF_MAX };
	struct error why;
	uint64_t index;
	enum status st;

	if (key == NULL || !journal_is_signed(e, key))
		return error_set(err, E_DIFFERS,
		    "line %" PRIu64 " is not signed by who may write", e->n);
	journal_leaf(e, key, &leaf);
	st = buf_state(&leaf, "the leaf", err);
	if (st == OK)
		st = log_read_find(s->log, buf_span(&leaf), &index, &why);
	if (st == OK)
		printf("%" PRIu64 "\t%" PRIu64 "\n", e->n, index);
	else if (st == E_MISUSE) {
		s->missing++;
		st = s->dry ? OK
			    : log_append(
				  ledger_log(s->pen.ledger), buf_span(&leaf), &index, err);
		if (st == OK && s->dry)
			printf("%" PRIu64 "\tmissing\n", e->n);
		else if (st == OK)
			printf("%" PRIu64 "\t%" PRIu64 "\tsent\n", e->n, index);
	} else
		*err = why;
	buf_release(&leaf);
	return st;
}

static enum status
sync_lines(struct sync *s, struct error *err)
{
	struct journal_reader r;
	struct journal_entry e;
	bool more = true;
	enum status st = OK;

	journal_read(&r, casebook_journal(s->cb));
	while (st == OK) {
		st = journal_next(&r, &e, &more, err);
		if (st != OK || !more)
			break;
		st = sync_line(s, &e, err);
		journal_release(&e);
	}
	if (st == OK && s->missing > 0 && !s->dry)
		st = ledger_commit(s->pen.ledger, err);
	return st;
}

static enum status
run(struct sync *s, const char *dir, struct error *err)
{
	enum status st = OK;

	s->log = open(s->pen.log_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->log == -1)
		return error_sys(err, "open %s", s->pen.log_path);
	if (!s->dry)
		st = case_pen_open(&s->pen, err);
	if (st == OK)
		st = casebook_open(
		    &s->cb, dir, s->dry ? CASEBOOK_READ : CASEBOOK_WRITE, NULL, err);
	if (st == OK)
		st = sync_lines(s, err);
	casebook_close(s->cb);
	case_pen_close(&s->pen);
	(void)close(s->log);
	return st;
}

int
case_sync(int argc, char **argv)
{
	static const struct option longs[] = { CASE_PEN_OPTIONS,
		{ "dry-run", no_argument, NULL, 'd' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	struct sync s = { 0 };
	struct error err;
	enum status st;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (case_pen_option(&s.pen, c, optarg))
			continue;
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(CASE_VERB, "see the line above");
		s.dry = true;
	}
	if (argc - optind != 1 || s.pen.log_path == NULL)
		return cmd_misused(CASE_VERB, "sync: a case and --log are needed");
	st = run(&s, argv[optind], &err);
	if (st == OK && s.dry && s.missing > 0)
		return EXIT_NO;
	return case_result(st, &err);
}
