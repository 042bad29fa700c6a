/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten thousand changes of a bag and of a log, seeded. Each is found: the plain ones
 * all; those of somebody who cannot sign and writes new manifests that fit, but for
 * what geophone-bag(5) lists as not authenticated, which is what `free_to_change` has.
 */
#include <dirent.h>
#include <fcntl.h>

#include "../../system/sample_bag.h"
#include "evidence/ledger.h"
#include "evidence/log_read.h"
#include "evidence/policy.h"
#include "scratch.h"
#include "some_log.h"

#define FILES      64
#define PLAIN      4000
#define FITTED     3000
#define OF_LOG     3000
#define LOG_SIZE   300 /* a full bundle, a partial one, and tiles of two levels */
#define PATH_ROOM  512
#define FILE_BYTES 70000

/* Nothing in a bag that verify takes says what is in these (geophone-bag(5)). */
static const char *const free_to_change[] = { "data/README-VERIFY.txt", "data/report/",
	"data/more" };

/*
 * And whole signed things can be left out or misplaced: what a bag should have held is
 * known from the log, if from anywhere.
 */
static const char *const free_to_remove[] = { "data/findings/", "data/keys/",
	"data/proofs/", "data/records/" };

struct file {
	char path[PATH_ROOM]; /* below the root */
	char *b;
	size_t n;
};

struct tree {
	char root[PATH_ROOM];
	struct file file[FILES];
	unsigned n;
};

static void
read_tree(struct tree *t, const char *below)
{
	char path[2 * PATH_ROOM];
	struct dirent *e;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/%s", t->root, below);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct file *f = &t->file[t->n];
		struct buf b;

		if (e->d_name[0] == '.')
			continue;
		assert_true(snprintf(f->path, sizeof f->path, "%.200s%s%.200s", below,
				*below ? "/" : "", e->d_name) < PATH_ROOM);
		if (e->d_type == DT_DIR) {
			char deeper[PATH_ROOM];

			memcpy(deeper, f->path, sizeof deeper);
			read_tree(t, deeper);
			continue;
		}
		if (strcmp(f->path, "lock") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", t->root, f->path);
		buf_init(&b, FILE_BYTES);
		get_file(path, &b);
		f->b = b.at ? b.at : calloc(1, 1);
		f->n = b.len;
		assert_true(++t->n < FILES);
	}
	closedir(d);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static void
read_all(struct tree *t, const char *root)
{
	t->n = 0;
	(void)snprintf(t->root, sizeof t->root, "%s", root);
	read_tree(t, "");
	qsort(t->file, t->n, sizeof *t->file, by_path);
}

static void
forget(struct tree *t)
{
	for (unsigned i = 0; i < t->n; i++)
		free(t->file[i].b);
	t->n = 0;
}

static void
write_file(const struct tree *t, const char *path, const void *b, size_t n)
{
	char full[2 * PATH_ROOM];

	(void)snprintf(full, sizeof full, "%s/%s", t->root, path);
	put_file(full, (struct span){ b, n });
}

/* One change of one file, as bytes. */
static void
change_bytes(struct buf *to, const struct file *f)
{
	size_t at = f->n ? (size_t)random() % f->n : 0, k;
	char *b = f->b;

	switch (f->n ? random() % 8 : 0) {
	case 0: /* something behind */
		buf_put(to, b, f->n);
		buf_putc(to, f->n % 2 ? '\n' : 'x');
		return;
	case 1: /* cut off */
		buf_put(to, b, at);
		return;
	case 2: /* something between */
		buf_put(to, b, at);
		buf_putc(to, (char)random());
		buf_put(to, b + at, f->n - at);
		return;
	case 3: /* one gone */
		buf_put(to, b, at);
		buf_put(to, b + at + 1, f->n - at - 1);
		return;
	case 4: /* a piece twice */
		k = 1 + (size_t)random() % (f->n - at);
		buf_put(to, b, at + k);
		buf_put(to, b + at, f->n - at);
		return;
	case 5: /* another byte */
		buf_put(to, b, f->n);
		to->at[at] = (char)(to->at[at] + 1 + random() % 255);
		return;
	default: /* another bit */
		buf_put(to, b, f->n);
		to->at[at] = (char)(to->at[at] ^ (1 << random() % 8));
		return;
	}
}

static bool
is_under(const char *path, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(path, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

/* New manifests for what is there, as who cannot sign would write them. */
static void
fit(const struct tree *t)
{
	char hex[DIGEST_HEX], info[256];
	struct buf manifest, tags;
	struct tree now;
	uint64_t bytes = 0;
	unsigned files = 0;

	memset(&now, 0, sizeof now);
	read_all(&now, t->root);
	buf_init(&manifest, 1 << 20), buf_init(&tags, 1 << 20);
	for (unsigned i = 0; i < now.n; i++) {
		const struct file *f = &now.file[i];
		struct digest d = digest_of((struct span){ (uint8_t *)f->b, f->n });

		if (strncmp(f->path, "data/", 5) != 0)
			continue;
		buf_printf(&manifest, "%s  %s\n", digest_hex(&d, hex), f->path);
		bytes += f->n;
		files++;
	}
	write_file(t, "manifest-sha256.txt", manifest.at, manifest.len);
	(void)snprintf(info, sizeof info,
	    "Bagging-Date: 2026-01-01\nPayload-Oxum: %llu.%u\n", (unsigned long long)bytes,
	    files);
	write_file(t, "bag-info.txt", info, strlen(info));
	write_file(t, "bagit.txt", BAG_BAGIT_TXT, strlen(BAG_BAGIT_TXT));
	forget(&now);
	read_all(&now, t->root);
	for (unsigned i = 0; i < now.n; i++) {
		const struct file *f = &now.file[i];
		struct digest d = digest_of((struct span){ (uint8_t *)f->b, f->n });

		if (strncmp(f->path, "data/", 5) != 0 && strncmp(f->path, "tag", 3) != 0)
			buf_printf(&tags, "%s  %s\n", digest_hex(&d, hex), f->path);
	}
	write_file(t, "tagmanifest-sha256.txt", tags.at, tags.len);
	forget(&now);
	buf_release(&manifest), buf_release(&tags);
}

static enum status
say_again(void *state, const struct verify_finding *f, struct buf *core, struct error *err)
{
	(void)state;
	buf_put(core, f->core.at, f->core.len);
	return buf_state(core, "the core", err);
}

static bool
verifies(const char *dir, const struct key *key, const struct policy *policy)
{
	struct verify_options opt = {
		.pinned = key, .policy = policy, .recompute = say_again
	};
	struct verify_report r;
	struct error err;

	return verify_bag(dir, &opt, &r, &err) == OK && !r.failed;
}

/* The sample bag, its findings and a gap in a log, and the proofs in the bag. */
static struct policy *
make_logged_bag(struct tree *t, const char *dir, const char *log, const struct key *key)
{
	struct account gap = {
		.kind = ACCOUNT_GAP, .time_ns = 5, .body = text_span("{\"frames\":3}")
	};
	struct note_key own;
	struct buf envelope, text;
	struct ledger *l;
	struct policy *p;
	struct error err;
	uint64_t index;
	char path[PATH_ROOM];

	assert_int_equal(sample_bag(dir, &err), OK);
	assert_int_equal(ledger_create(log, ORIGIN, key, &err), OK);
	assert_int_equal(ledger_open(&l, log, key, &err), OK);
	buf_init(&envelope, 1 << 20), buf_init(&text, 1 << 20);
	assert_int_equal(ledger_append(l, key, &gap, &envelope, &index, &err), OK);
	read_all(t, dir);
	for (unsigned i = 0; i < t->n; i++)
		if (strncmp(t->file[i].path, BAG_FINDINGS, strlen(BAG_FINDINGS)) == 0)
			assert_int_equal(
			    ledger_append_envelope(l, key,
				(struct span){ (uint8_t *)t->file[i].b, t->file[i].n },
				&index, &err),
			    OK);
	assert_int_equal(ledger_commit(l, &err), OK);
	(void)snprintf(path, sizeof path, "%s/data/records", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/data/proofs", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(t, BAG_RECORDS "gap-0" BAG_ENVELOPE, envelope.at, envelope.len);
	assert_int_equal(ledger_proof(l, 0, &text, &err), OK);
	write_file(t, BAG_PROOFS "gap-0" BAG_PROOF, text.at, text.len);
	index = 0;
	for (unsigned i = 0; i < t->n; i++) {
		if (strncmp(t->file[i].path, BAG_FINDINGS, strlen(BAG_FINDINGS)) != 0)
			continue;
		buf_reset(&text);
		assert_int_equal(ledger_proof(l, ++index, &text, &err), OK);
		(void)snprintf(path, sizeof path, BAG_PROOFS "%.64s" BAG_PROOF,
		    t->file[i].path + strlen(BAG_FINDINGS));
		write_file(t, path, text.at, text.len);
	}
	ledger_close(l);
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, key, &own, &err), OK);
	buf_reset(&text);
	buf_puts(&text, "log ");
	note_key_text(&own, &text);
	buf_puts(&text, "\nquorum none\n");
	assert_int_equal(policy_parse(buf_span(&text), &p, &err), OK);
	note_key_release(&own);
	buf_release(&envelope), buf_release(&text);
	fit(t);
	forget(t);
	read_all(t, dir);
	return p;
}

enum deed { CHANGED, REMOVED, RENAMED, ADDED, SWAPPED, DEEDS };

/*
 * Do it to a file; `other` is a second one that it also touches, or the same. False:
 * nothing was changed.
 */
static bool
do_deed(
    const struct tree *t, enum deed deed, const struct file *f, const struct file *other)
{
	char from[2 * PATH_ROOM], to[2 * PATH_ROOM + 2];
	struct buf b;
	bool done;

	(void)snprintf(from, sizeof from, "%s/%s", t->root, f->path);
	(void)snprintf(to, sizeof to, "%sx", from);
	switch (deed) {
	case REMOVED:
		return remove(from) == 0;
	case RENAMED:
		return rename(from, to) == 0;
	case ADDED:
		write_file(t, "data/more", f->b, f->n);
		return true;
	case SWAPPED:
		write_file(t, f->path, other->b, other->n);
		write_file(t, other->path, f->b, f->n);
		return f->n != other->n || memcmp(f->b, other->b, f->n) != 0;
	default:
		buf_init(&b, 2 * FILE_BYTES);
		change_bytes(&b, f);
		done = b.len != f->n || memcmp(b.at, f->b, b.len) != 0;
		write_file(t, f->path, b.at ? b.at : "", b.len);
		buf_release(&b);
		return done;
	}
}

static void
undo(const struct tree *t, const struct file *f, const struct file *other, bool all)
{
	char path[2 * PATH_ROOM + 2];

	(void)snprintf(path, sizeof path, "%s/data/more", t->root);
	(void)remove(path);
	(void)snprintf(path, sizeof path, "%s/%sx", t->root, f->path);
	(void)remove(path);
	write_file(t, f->path, f->b, f->n);
	write_file(t, other->path, other->b, other->n);
	for (unsigned i = 0; all && i < t->n; i++)
		if (strncmp(t->file[i].path, "data/", 5) != 0)
			write_file(t, t->file[i].path, t->file[i].b, t->file[i].n);
}

static enum deed
some_deed(void)
{
	enum deed d = (enum deed)(random() % (4 * DEEDS)); /* mostly bytes */

	return d < DEEDS ? d : CHANGED;
}

static void
a_bag_that_is_changed(void **state)
{
	static struct tree t;
	struct policy *policy;
	struct key *key;
	struct error err;
	char dir[SCRATCH], bag[2 * SCRATCH], log[2 * SCRATCH];
	unsigned plain = 0, fitted = 0, spared = 0;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/bag", dir);
	(void)snprintf(log, sizeof log, "%s/log", dir);
	assert_int_equal(key_from_seed(&key, sample_seed, &err), OK);
	policy = make_logged_bag(&t, bag, log, key);
	assert_true(verifies(bag, key, policy));
	srandom(20261122);
	while (plain < PLAIN || fitted < FITTED) {
		const struct file *f = &t.file[random() % t.n], *other;
		bool fitting = plain >= PLAIN, mine;
		enum deed deed = some_deed();

		other = deed == SWAPPED ? &t.file[random() % t.n] : f;
		mine = strncmp(f->path, "data/", 5) == 0 &&
		       strncmp(other->path, "data/", 5) == 0;
		if ((fitting && !mine) || !do_deed(&t, deed, f, other)) {
			undo(&t, f, other, false);
			continue;
		}
		if (fitting)
			fit(&t);
		*(fitting ? &fitted : &plain) += 1;
		if (verifies(bag, key, policy)) {
			bool spare = fitting && (deed == ADDED ||
						    is_under(f->path, free_to_change,
							COUNT(free_to_change)) ||
						    ((deed == REMOVED || deed == RENAMED) &&
							is_under(f->path, free_to_remove,
							    COUNT(free_to_remove))));

			if (!spare)
				fail_msg("not found: deed %d on %s (and %s), %s, number %u",
				    (int)deed, f->path, other->path,
				    fitting ? "manifests fitted" : "plain", plain + fitted);
			spared++;
		}
		undo(&t, f, other, fitting);
	}
	assert_true(verifies(bag, key, policy));
	/* the list is no longer than it must be */
	assert_true(spared > 0 && spared < FITTED / 2);
	printf(
	    "%u plain changes all found; %u with new manifests, %u of them where nothing "
	    "is authenticated\n",
	    plain, fitted, spared);
	forget(&t);
	policy_free(policy);
	key_free(key);
	scratch_remove(dir);
}

static bool
log_holds(const char *dir, const struct policy *policy)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	struct policy_answer a;
	struct checkpoint cp;
	struct error err;
	struct buf note;
	bool good;

	assert_true(fd != -1);
	buf_init(&note, NOTE_MAX);
	good = log_read_checkpoint(fd, &note, &cp, &err) == OK &&
	       log_audit(fd, &cp, &err) == OK &&
	       policy_check(policy, buf_span(&note), &a, &err) == OK;
	buf_release(&note);
	close(fd);
	return good;
}

static void
a_log_that_is_changed(void **state)
{
	static struct tree t;
	struct key *key = test_key(3);
	struct note_key own;
	struct policy *policy;
	struct log *l;
	struct buf text;
	struct error err;
	char dir[SCRATCH], path[2 * SCRATCH];
	unsigned n = 0;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(log_open(&l, path, ORIGIN, key, &disk_real, &err), OK);
	assert_int_equal(append_to(l, LOG_SIZE, &err), OK);
	assert_int_equal(log_commit(l, &err), OK);
	log_close(l);
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, key, &own, &err), OK);
	buf_init(&text, 4096);
	buf_puts(&text, "log ");
	note_key_text(&own, &text);
	buf_puts(&text, "\nquorum none\n");
	assert_int_equal(policy_parse(buf_span(&text), &policy, &err), OK);
	assert_true(log_holds(path, policy));
	read_all(&t, path);
	assert_true(t.n >= 5);
	srandom(20261123);
	while (n < OF_LOG) {
		const struct file *f = &t.file[random() % t.n], *other = f;
		enum deed deed = some_deed();

		if (deed == ADDED) /* what is read is what the checkpoint asks for */
			continue;
		other = deed == SWAPPED ? &t.file[random() % t.n] : f;
		if (do_deed(&t, deed, f, other)) {
			n++;
			if (log_holds(path, policy))
				fail_msg("not found: deed %d on %s (and %s), number %u",
				    (int)deed, f->path, other->path, n);
		}
		undo(&t, f, other, false);
	}
	assert_true(log_holds(path, policy));
	printf("%u changes of a log, all found\n", n);
	forget(&t);
	buf_release(&text);
	policy_free(policy);
	note_key_release(&own);
	key_free(key);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bag_that_is_changed),
		cmocka_unit_test(a_log_that_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
