/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The golden log: 300 entries, made once by another program out of the
 * standards alone. What we write must be the same bytes, file by file, and no
 * file more. It lies outside of this tree; without it the test is skipped.
 */
#include "power.h"

#include "evidence/log.h"
#include "evidence/policy.h"
#include "evidence/proof.h"

#define ORIGIN  "log.geophone.example/golden"
#define WITNESS "witness.geophone.example/w1"

static const char *golden; /* its directory */

static struct key *
seeded(uint8_t first)
{
	uint8_t seed[KEY_BYTES];
	struct key *k;
	struct error err;

	for (int i = 0; i < KEY_BYTES; i++)
		seed[i] = (uint8_t)(first + i);
	assert_int_equal(key_from_seed(&k, seed, &err), OK);
	return k;
}

static void
golden_file(const char *name, struct buf *to)
{
	char path[1024];

	(void)snprintf(path, sizeof path, "%s/%s", golden, name);
	buf_init(to, 1 << 20);
	get_file(path, to);
}

static void
same_as_golden(const char *name, struct span ours)
{
	struct buf want;

	golden_file(name, &want);
	if (ours.len != want.len || memcmp(ours.at, want.at, want.len) != 0)
		fail_msg("%s differs", name);
	buf_release(&want);
}

/* Is hex of `h` in vectors.json, where it should be: behind `key`, as number i of a list? */
static void
in_vectors(const char *key, const struct merkle_path *p)
{
	struct buf b;
	const char *at;

	golden_file("vectors.json", &b);
	at = strstr(b.at, key);
	assert_non_null(at);
	for (unsigned i = 0; i < p->n; i++) {
		char hex[DIGEST_HEX];

		at = strchr(at, i == 0 ? '[' : ',') + 1;
		at = strchr(at, '"') + 1;
		assert_memory_equal(at, digest_hex(&p->hash[i], hex), 64);
	}
	assert_int_equal(at[65 + strspn(at + 65, " \n")], ']');
	buf_release(&b);
}

static const char *ours; /* the log we wrote, for the walk below */
static int walked;

static int
compare_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + strlen(golden) + 1;
	char mine[2048];
	struct buf b;

	(void)st, (void)ftw;
	if (type != FTW_F ||
	    (strncmp(name, "tile/", 5) != 0 && strcmp(name, "checkpoint") != 0))
		return 0;
	(void)snprintf(mine, sizeof mine, "%s/%s", ours, name);
	buf_init(&b, 1 << 20);
	get_file(mine, &b);
	same_as_golden(name, buf_span(&b));
	buf_release(&b);
	walked++;
	return 0;
}

static int
is_in_golden(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + strlen(ours) + 1;
	char theirs[2048];

	(void)st, (void)ftw;
	if (type != FTW_F || strcmp(name, "lock") == 0)
		return 0;
	(void)snprintf(theirs, sizeof theirs, "%s/%s", golden, name);
	if (access(theirs, R_OK) != 0)
		fail_msg("%s is not in the golden log", name);
	walked--;
	return 0;
}

static void
grow_to(struct log *l, uint64_t size)
{
	struct error err;

	for (uint64_t i = log_state(l)->size; i < size; i++) {
		char text[64];
		uint64_t index;

		(void)snprintf(text, sizeof text, "geophone golden entry %d", (int)i);
		assert_int_equal(log_append(l, text_span(text), &index, &err), OK);
	}
	assert_int_equal(log_commit(l, &err), OK);
}

static void
cosign(struct log *l)
{
	struct key *w = seeded(0x20);
	struct buf text, note;
	struct error err;

	buf_init(&text, 4096), buf_init(&note, NOTE_MAX);
	checkpoint_text(log_state(l), &text);
	buf_put(&note, log_note(l).at, log_note(l).len);
	assert_int_equal(
	    note_cosign(WITNESS, w, 1767225600, buf_span(&text), &note, &err), OK);
	assert_int_equal(log_adopt(l, buf_span(&note), &err), OK);
	buf_release(&text), buf_release(&note);
	key_free(w);
}

/* The proof of entry 123, made and checked. */
static void
prove(struct log *l)
{
	struct proof p = { .index = 123, .note = log_note(l) }, again;
	struct digest leaf = merkle_leaf(BYTES("geophone golden entry 123"));
	struct policy_answer a;
	struct policy *policy;
	struct buf b, text;
	struct error err;

	assert_true(merkle_inclusion(123, 300, tiles_node, log_tiles(l), &p.path));
	in_vectors("incl123", &p.path);
	buf_init(&b, PROOF_MAX);
	proof_encode(&p, &b);
	same_as_golden("entry123.tlog-proof", buf_span(&b));
	assert_int_equal(proof_parse(buf_span(&b), &again, &err), OK);
	golden_file("policy", &text);
	assert_int_equal(policy_parse(buf_span(&text), &policy, &err), OK);
	assert_int_equal(policy_check(policy, again.note, &a, &err), OK);
	assert_int_equal(a.cosigned, 1);
	assert_int_equal(a.first_time, 1767225600);
	assert_true(proof_includes(&again, &a.checkpoint, &leaf));
	leaf.b[0] ^= 1;
	assert_false(proof_includes(&again, &a.checkpoint, &leaf));
	policy_free(policy);
	buf_release(&b), buf_release(&text);
}

static void
keys_are_the_golden_ones(const struct key *k)
{
	struct key *w = seeded(0x20);
	struct note_key n;
	struct error err;
	struct buf want, b;

	golden_file("policy", &want);
	buf_init(&b, 4096);
	buf_puts(&b, "log ");
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, k, &n, &err), OK);
	note_key_text(&n, &b);
	note_key_release(&n);
	buf_puts(&b, "\nwitness W1 ");
	assert_int_equal(note_key_make(WITNESS, NOTE_COSIGNATURE, w, &n, &err), OK);
	note_key_text(&n, &b);
	note_key_release(&n);
	buf_puts(&b, "\nquorum W1\n");
	assert_string_equal(b.at, want.at);
	buf_release(&want), buf_release(&b);
	key_free(w);
}

static void
the_golden_log(void **state)
{
	char dir[SCRATCH], path[128];
	struct disk quick = quick_disk();
	struct key *k = seeded(0);
	struct merkle_path p;
	struct log *l;
	struct error err;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	ours = path;
	keys_are_the_golden_ones(k);
	assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
	grow_to(l, 100);
	same_as_golden("checkpoint.100", log_note(l));
	grow_to(l, 256);
	same_as_golden("checkpoint.256", log_note(l));
	grow_to(l, 300);
	cosign(l);
	same_as_golden("checkpoint", log_note(l));
	assert_true(merkle_consistency(100, 300, tiles_node, log_tiles(l), &p));
	in_vectors("cons100_300", &p);
	prove(l);
	log_close(l);
	assert_int_equal(nftw(golden, compare_file, 16, FTW_PHYS), 0);
	assert_true(walked >= 6);
	assert_int_equal(nftw(path, is_in_golden, 16, FTW_PHYS), 0);
	assert_int_equal(walked, 0);
	key_free(k);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_golden_log),
	};
	const char *shared = getenv("GEOPHONE_SHARED");
	static char dir[1024];

	if (shared == NULL)
		return 77;
	(void)snprintf(dir, sizeof dir, "%s/reference/evidence/goldenlog", shared);
	if (access(dir, R_OK) != 0)
		return 77;
	golden = dir;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
