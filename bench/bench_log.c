/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_log DIR N: writes a log of N signed statements at DIR, in batches of
 * 1,000, each committed and synced, and keeps some checkpoints on the way as
 * checkpoint.SIZE. Then proves and verifies entries of it as it was at each of
 * those sizes. Prints a JSON object for the writing and one for each size.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "evidence/file.h"
#include "evidence/ledger.h"
#include "evidence/log_read.h"
#include "evidence/verify_proof.h"

#define ORIGIN "log.geophone.example/bench"
#define BATCH  1000
#define TRIES  200

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum status st, const struct error *err)
{
	if (st == OK)
		return;
	fprintf(stderr, "bench_log: %s\n", err->text);
	exit(1);
}

static void
put(const char *dir, const char *name, struct span bytes)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd == -1 || !file_write_all(fd, bytes)) {
		perror(path);
		exit(1);
	}
	(void)close(fd);
}

static void
keep_checkpoint(const char *dir, struct log *log)
{
	char name[64];

	(void)snprintf(name, sizeof name, "checkpoint.%" PRIu64, log_state(log)->size);
	put(dir, name, log_note(log));
}

static double
fill(const char *dir, const struct key *key, uint64_t n)
{
	double start = now();
	struct ledger *l;
	struct error err;

	must(ledger_create(dir, ORIGIN, key, &err), &err);
	must(ledger_open(&l, dir, key, &err), &err);
	for (uint64_t i = 0; i < n; i++) {
		char body[64];
		struct account a = { .kind = ACCOUNT_GAP, .time_ns = i };
		uint64_t index;

		(void)snprintf(body, sizeof body, "{\"n\":%" PRIu64 "}", i);
		a.body = (struct span){ (const uint8_t *)body, strlen(body) };
		memcpy(a.salt, &i, sizeof i);
		must(ledger_append(l, key, &a, NULL, &index, &err), &err);
		if ((i + 1) % BATCH != 0 && i + 1 != n)
			continue;
		must(ledger_commit(l, &err), &err);
		if ((i + 1) % (10 * BATCH) == 0 || i + 1 == BATCH)
			keep_checkpoint(dir, ledger_log(l));
	}
	ledger_close(l);
	return now() - start;
}

/* Microseconds for a proof, and for verifying one, of the log as it is now. */
static void
prove_and_verify(const char *dir, const struct policy *policy, uint64_t n, double us[2])
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	struct buf entry, proof;

	us[0] = us[1] = 0;
	buf_init(&entry, ENTRY_MAX), buf_init(&proof, PROOF_MAX);
	for (unsigned i = 0; i < TRIES; i++) {
		struct proof_report r;
		struct error err;
		double t0 = now(), t1;

		must(log_read_proof(
			 fd, (i * UINT64_C(2654435761)) % n, &entry, &proof, &err),
		    &err);
		t1 = now();
		must(verify_proof(
			 buf_span(&proof), policy, (struct span){ 0 }, NULL, &r, &err),
		    &err);
		us[0] += (t1 - t0) * 1e6 / TRIES;
		us[1] += (now() - t1) * 1e6 / TRIES;
	}
	buf_release(&entry), buf_release(&proof);
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	static const uint8_t seed[KEY_BYTES] = { 7 };
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	struct policy *policy;
	struct note_key own;
	struct key *key;
	struct error err;
	struct buf text;
	double s;

	if (argc != 3 || n == 0) {
		fprintf(stderr, "usage: bench_log DIR N\n");
		return 2;
	}
	must(key_from_seed(&key, seed, &err), &err);
	must(note_key_make(ORIGIN, NOTE_ED25519, key, &own, &err), &err);
	buf_init(&text, 4096);
	buf_puts(&text, "log ");
	note_key_text(&own, &text);
	buf_puts(&text, "\nquorum none\n");
	must(policy_parse(buf_span(&text), &policy, &err), &err);
	for (uint64_t size = n >= 100 * BATCH ? n / 100 : n; size <= n; size *= 10) {
		char dir[4096];
		double us[2];

		(void)snprintf(
		    dir, sizeof dir, "%s%s%" PRIu64, argv[1], size == n ? "" : ".", size);
		if (size == n)
			(void)snprintf(dir, sizeof dir, "%s", argv[1]);
		s = fill(dir, key, size);
		put(dir, "policy", buf_span(&text));
		prove_and_verify(dir, policy, size, us);
		printf("{\"bench\":\"log\",\"leaves\":%" PRIu64
		       ",\"leaves_per_s\":%.0f,\"prove_us\":%.1f,\"verify_us\":%.1f}\n",
		    size, (double)size / s, us[0], us[1]);
	}
	note_key_release(&own);
	policy_free(policy);
	buf_release(&text);
	key_free(key);
	return 0;
}
