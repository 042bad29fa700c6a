/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_log DIR N: writes logs of N/100, N/10 and N signed statements (N alone
 * when it is small), in batches of 1,000, each committed and synced, and keeps
 * some checkpoints on the way as checkpoint.SIZE. Statements are signed on two
 * threads, a batch ahead of the one that is appended. Proves and verifies
 * entries of each, and counts the hashes that takes, for times say little about
 * how a thing grows. Prints a JSON object for each log; before them, what
 * the two halves of the work take alone: appending, and signing on one thread.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

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
	char path[4200];
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

/* Half of a batch, signed by one thread. */
struct half {
	const struct key *key;
	struct ledger_entry *entry; /* of the whole batch */
	uint64_t first;             /* number of the batch's first */
	unsigned n, at;             /* entries at, at + 2, ... */
	pthread_t thread;
};

static void *
sign_half(void *state)
{
	struct half *h = state;

	for (unsigned i = h->at; i < h->n; i += 2) {
		char body[64];
		struct account a = { .kind = ACCOUNT_GAP, .time_ns = h->first + i };
		struct error err;

		(void)snprintf(body, sizeof body, "{\"n\":%" PRIu64 "}", h->first + i);
		a.body = (struct span){ (const uint8_t *)body, strlen(body) };
		memcpy(a.salt, &a.time_ns, sizeof a.time_ns);
		must(ledger_make(&h->entry[i], h->key, &a, false, &err), &err);
	}
	return NULL;
}

static void
sign_begin(struct half half[2], const struct key *key, struct ledger_entry *entry,
    uint64_t first, uint64_t n)
{
	for (unsigned i = 0; i < 2; i++) {
		half[i] = (struct half){ .key = key,
			.entry = entry,
			.first = first,
			.n = n - first < BATCH ? (unsigned)(n - first) : BATCH,
			.at = i };
		if (pthread_create(&half[i].thread, NULL, sign_half, &half[i]) != 0)
			exit(1);
	}
}

static void
sign_end(struct half half[2])
{
	for (unsigned i = 0; i < 2; i++)
		(void)pthread_join(half[i].thread, NULL);
}

static void
append_batch(
    struct ledger *l, const char *dir, const struct ledger_entry *entry, unsigned n)
{
	struct error err;
	uint64_t index = 0;

	for (unsigned i = 0; i < n; i++)
		must(ledger_append_made(l, &entry[i], &index, &err), &err);
	must(ledger_commit(l, &err), &err);
	if ((index + 1) % (10 * BATCH) == 0 || index + 1 == BATCH)
		keep_checkpoint(dir, ledger_log(l));
}

/* Two batches of entries in turn: one is signed while the other is appended. */
static struct ledger_entry *
entries_new(void)
{
	struct ledger_entry *e = calloc(2 * BATCH, sizeof *e);

	if (e == NULL)
		exit(1);
	for (unsigned i = 0; i < 2 * BATCH; i++)
		ledger_entry_init(&e[i]);
	return e;
}

static void
entries_free(struct ledger_entry *e)
{
	for (unsigned i = 0; i < 2 * BATCH; i++)
		ledger_entry_release(&e[i]);
	free(e);
}

static double
fill(const char *dir, const struct key *key, uint64_t n)
{
	struct ledger_entry *entry = entries_new();
	double start = now();
	struct ledger *l;
	struct error err;
	struct half half[2];

	must(ledger_create(dir, ORIGIN, key, &err), &err);
	must(ledger_open(&l, dir, key, &err), &err);
	sign_begin(half, key, entry, 0, n);
	for (uint64_t first = 0; first < n; first += BATCH) {
		struct ledger_entry *here = &entry[first / BATCH % 2 * BATCH];
		unsigned count = half[0].n;

		sign_end(half);
		if (first + BATCH < n)
			sign_begin(half, key, &entry[(first / BATCH + 1) % 2 * BATCH],
			    first + BATCH, n);
		append_batch(l, dir, here, count);
	}
	ledger_close(l);
	entries_free(entry);
	return now() - start;
}

/* Each half of the work alone, on one thread. */
static void
halves(const char *dir, const struct key *key)
{
	struct ledger_entry *entry = entries_new();
	struct half half = { .key = key, .entry = entry, .n = BATCH };
	double t0 = now(), t1, t2;
	char path[4096 - 64];
	struct ledger *l;
	struct error err;

	for (half.at = 0; half.at < 2; half.at++)
		(void)sign_half(&half);
	t1 = now();
	(void)snprintf(path, sizeof path, "%s.halves", dir);
	must(ledger_create(path, ORIGIN, key, &err), &err);
	must(ledger_open(&l, path, key, &err), &err);
	for (unsigned i = 0; i < 20; i++)
		append_batch(l, path, entry, BATCH);
	ledger_close(l);
	t2 = now();
	printf("{\"bench\":\"log halves\",\"appended_per_s\":%.0f,"
	       "\"signed_per_s\":%.0f}\n",
	    20 * BATCH / (t2 - t1), BATCH / (t1 - t0));
	entries_free(entry);
}

/* Every SHA-256 that the program finishes: the linker puts this before OpenSSL's. */
static uint64_t hashes;
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *, unsigned char *, unsigned int *);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *, unsigned char *, unsigned int *);
int
__wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *md, unsigned int *n)
{
	(void)__atomic_add_fetch(&hashes, 1, __ATOMIC_RELAXED);
	return __real_EVP_DigestFinal_ex(ctx, md, n);
}

/* What one proof took, and verifying it, at worst. */
struct cost {
	double us;
	uint64_t hashes;
};

static void
count(struct cost *c, double us, uint64_t n)
{
	c->us += us / TRIES;
	c->hashes = n > c->hashes ? n : c->hashes;
}

static void
prove_and_verify(
    const char *dir, const struct policy *policy, uint64_t n, struct cost cost[2])
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	struct buf entry, proof;

	buf_init(&entry, ENTRY_MAX), buf_init(&proof, PROOF_MAX);
	for (unsigned i = 0; i < TRIES; i++) {
		/* the last one, the first one, and any */
		uint64_t at = i == 0 ? n - 1 : (i - 1) * UINT64_C(2654435761) % n;
		struct proof_report r;
		struct error err;
		uint64_t h0 = hashes, h1;
		double t0 = now(), t1;

		must(log_read_proof(fd, at, &entry, &proof, &err), &err);
		h1 = hashes;
		t1 = now();
		must(verify_proof(
			 buf_span(&proof), policy, (struct span){ 0 }, NULL, &r, &err),
		    &err);
		count(&cost[0], (t1 - t0) * 1e6, h1 - h0);
		count(&cost[1], (now() - t1) * 1e6, hashes - h1);
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
	halves(argv[1], key);
	for (uint64_t size = n >= 100 * BATCH ? n / 100 : n; size <= n; size *= 10) {
		char dir[4096];
		struct cost cost[2] = { 0 };

		(void)snprintf(
		    dir, sizeof dir, "%s%s%" PRIu64, argv[1], size == n ? "" : ".", size);
		if (size == n)
			(void)snprintf(dir, sizeof dir, "%s", argv[1]);
		s = fill(dir, key, size);
		put(dir, "policy", buf_span(&text));
		prove_and_verify(dir, policy, size, cost);
		printf("{\"bench\":\"log\",\"leaves\":%" PRIu64 ",\"leaves_per_s\":%.0f,"
		       "\"prove_us\":%.1f,\"prove_hashes\":%" PRIu64
		       ",\"verify_us\":%.1f,\"verify_hashes\":%" PRIu64 "}\n",
		    size, (double)size / s, cost[0].us, cost[0].hashes, cost[1].us,
		    cost[1].hashes);
	}
	note_key_release(&own);
	policy_free(policy);
	buf_release(&text);
	key_free(key);
	return 0;
}
