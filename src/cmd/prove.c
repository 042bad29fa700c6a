/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone prove: that an entry is in a log, as a file for somebody else.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "evidence/leaf.h"
#include "evidence/log_read.h"
#include "evidence/proof.h"

#define VERB "prove"

static const char usage[] =
    "usage: geophone prove [--key PEM] LOG LEAF\n"
    "Print the proof that an entry is in the log, for geophone verify --policy. LEAF is\n"
    "the number of the entry, which takes a few tiles, or the envelope (.dsse.json) it is\n"
    "the hash of, which is looked for in the whole log.\n\n"
    "      --key PEM  with an envelope: the public key of who signed it\n";

static enum status
find(int dirfd, const char *path, const char *pem, uint64_t *index, struct error *err)
{
	struct key *key = NULL;
	struct buf envelope, leaf;
	enum status st;

	if (pem == NULL)
		return error_set(err, E_MISUSE,
		    "to look for %s the public key of who signed it is needed: --key",
		    path);
	buf_init(&envelope, DSSE_MAX), buf_init(&leaf, LEAF_MAX);
	st = keys_public(&key, pem, err);
	if (st == OK)
		st = keys_read_file(path, &envelope, err);
	if (st == OK) {
		st = leaf_of_envelope(key, DSSE_IN_TOTO, buf_span(&envelope), &leaf, err);
		if (st == OK)
			st = log_read_find(dirfd, buf_span(&leaf), index, err);
		if (st != OK)
			error_wrap(err, "%s", path);
	}
	buf_release(&envelope), buf_release(&leaf);
	key_free(key);
	return st;
}

static enum status
prove(const char *dir, const char *what, const char *pem, struct error *err)
{
	uint64_t index;
	struct buf entry, proof;
	enum status st = OK;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return error_sys(err, "open the log %s", dir);
	buf_init(&entry, ENTRY_MAX), buf_init(&proof, PROOF_MAX);
	if (!option_number(what, 0, MERKLE_SIZE_MAX, &index))
		st = find(fd, what, pem, &index, err);
	if (st == OK)
		st = log_read_proof(fd, index, &entry, &proof, err);
	if (st == OK)
		(void)fwrite(proof.at, 1, proof.len, stdout);
	else
		error_wrap(err, "%s", dir);
	buf_release(&entry), buf_release(&proof);
	(void)close(fd);
	return st;
}

int
cmd_prove(int argc, char **argv)
{
	static const struct option longs[] = { { "key", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	const char *pem = NULL;
	struct error err;
	enum status st;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		pem = optarg;
	}
	if (argc - optind != 2)
		return cmd_misused(VERB, "a log and an entry of it are needed");
	cmd_catch_signals();
	st = prove(argv[optind], argv[optind + 1], pem, &err);
	if (st == OK)
		return cmd_finish_stdout(VERB, EXIT_DONE);
	cmd_complain(VERB, &err, NULL);
	if (st == E_MISUSE) /* the log has no such entry: the answer is no */
		return EXIT_NO;
	return EXIT_COULD_NOT;
}
