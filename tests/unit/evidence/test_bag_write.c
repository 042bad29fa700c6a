/* SPDX-License-Identifier: Apache-2.0 */
#include "small_bag.h"

#include <signal.h>
#include <sys/resource.h>

static void
writes_what_rfc_8493_says(void **state)
{
	char dir[SCRATCH], bag[128], path[256];
	struct buf b;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	buf_init(&b, 10000);
	(void)snprintf(path, sizeof path, "%s/bagit.txt", bag);
	get_file(path, &b);
	assert_string_equal(
	    b.at, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
	buf_reset(&b);
	(void)snprintf(path, sizeof path, "%s/bag-info.txt", bag);
	get_file(path, &b);
	assert_string_equal(b.at, "Source-Organization: Observatoire g\xc3\xa9ophysique\n"
				  "Bagging-Date: 2026-01-01\n"
				  "Payload-Oxum: 26.4\n");
	buf_reset(&b);
	(void)snprintf(path, sizeof path, "%s/manifest-sha256.txt", bag);
	get_file(path, &b);
	/* printf 'read me\n' | sha256sum, and so on */
	assert_string_equal(b.at,
	    "65ce01fcc3e22e78b63419ef0f4493b0950daac7cee97329b428f5cafd395cda"
	    "  data/README-VERIFY.txt\n"
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/empty\n"
	    "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
	    "  data/findings/f.dsse.json\n"
	    "460f3f50336bd94ec8ddc80f22f28ccc4e2e3532a0e4db6294f9e41fe01a1153"
	    "  data/slices/s.pcapng\n");
	buf_release(&b);
	scratch_remove(dir);
}

static void
paths_we_write(void **state)
{
	static const struct {
		const char *path;
		bool sound;
	} rows[] = {
		{ "data/slices/0a.pcapng", true },
		{ "data/report/report.html", true },
		{ "data/A_b-c+d=e,f@g.h", true },
		{ "a/b/c/d/e/f/g/h", true },
		{ "a/b/c/d/e/f/g/h/i", false },
		{ "", false },
		{ "/", false },
		{ "/a", false },
		{ "a/", false },
		{ "a//b", false },
		{ ".", false },
		{ "..", false },
		{ "a/../b", false },
		{ "a/.hidden", false },
		{ "a.", false }, /* Windows drops the dot */
		{ "-a", false },
		{ "a b", false },
		{ "a\\b", false },
		{ "c:b", false },
		{ "a%2fb", false },
		{ "a\tb", false },
		{ "caf\xc3\xa9", false },
	};
	char dir[SCRATCH], bag[128];
	struct bag_writer *w;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].path);
		assert_int_equal(bag_path_is_sound(rows[i].path), rows[i].sound);
	}
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	assert_int_equal(bag_create(&w, bag, &err), OK);
	assert_int_equal(bag_add(w, "../x", BYTES(""), &err), E_MISUSE);
	assert_int_equal(bag_add(w, "x", BYTES(""), &err), OK);
	assert_int_equal(bag_add(w, "x", BYTES(""), &err), E_MISUSE);
	assert_non_null(strstr(err.text, "data/x is in the bag already"));
	assert_int_equal(bag_add(w, "X", BYTES(""), &err), OK);
	assert_int_equal(bag_commit(w, &err), E_MISUSE);
	assert_non_null(strstr(err.text, "data/X and data/x"));
	bag_writer_close(w);
	assert_int_equal(rmdir(dir), 0); /* nothing was left */
}

enum target {
	ABSENT,
	EMPTY_FOLDER,
	FULL_FOLDER,
	A_FILE,
	A_LINK,
	PARTIAL,
	NO_PARENT,
	DOT,
	SLASHES
};

static void
never_over_something(void **state)
{
	static const struct {
		const char *name, *says;
		enum target t;
		enum status want;
	} rows[] = {
		{ "not there", "", ABSENT, OK },
		{ "an empty folder", "", EMPTY_FOLDER, OK },
		{ "slashes behind", "", SLASHES, OK },
		{ "a folder with something in it", "not an empty directory", FULL_FOLDER,
		    E_MISUSE },
		{ "a file", "not an empty directory", A_FILE, E_MISUSE },
		{ "a link", "not an empty directory", A_LINK, E_MISUSE },
		{ "half a bag of another run", "case.partial is there already", PARTIAL,
		    E_MISUSE },
		{ "no parent", "No such file", NO_PARENT, E_IO },
		{ "where we stand", "cannot name", DOT, E_MISUSE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char dir[SCRATCH], bag[128], path[256];
		struct bag_writer *w = NULL;
		struct error err = { "" };
		struct stat st;

		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		(void)snprintf(path, sizeof path, "%s.partial", bag);
		if (rows[i].t == EMPTY_FOLDER || rows[i].t == FULL_FOLDER)
			assert_int_equal(mkdir(bag, 0700), 0);
		if (rows[i].t == FULL_FOLDER)
			in(bag, "precious", BYTES("x"));
		if (rows[i].t == A_FILE)
			in(dir, "case", BYTES("x"));
		if (rows[i].t == A_LINK)
			assert_int_equal(symlink(".", bag), 0);
		if (rows[i].t == PARTIAL)
			assert_int_equal(mkdir(path, 0700), 0);
		if (rows[i].t == NO_PARENT)
			(void)snprintf(bag, sizeof bag, "%s/none/case", dir);
		if (rows[i].t == SLASHES)
			(void)snprintf(bag, sizeof bag, "%s/case//", dir);
		if (rows[i].t == DOT)
			(void)snprintf(bag, sizeof bag, "%s/.", dir);
		assert_int_equal(bag_create(&w, bag, &err), rows[i].want);
		assert_non_null(strstr(err.text, rows[i].says));
		if (rows[i].want == OK) {
			assert_int_equal(bag_commit(w, &err), OK);
			bag_writer_close(w);
			(void)snprintf(path, sizeof path, "%s/bagit.txt", bag);
			assert_int_equal(stat(path, &st), 0);
		}
		scratch_remove(dir);
	}
}

static void
a_full_target_at_the_end_is_kept(void **state)
{
	char dir[SCRATCH], bag[128], path[256];
	struct bag_writer *w;
	struct error err;
	struct stat st;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	assert_int_equal(bag_create(&w, bag, &err), OK);
	assert_int_equal(mkdir(bag, 0700), 0);
	in(bag, "precious", BYTES("x"));
	assert_int_equal(bag_commit(w, &err), E_MISUSE);
	bag_writer_close(w);
	(void)snprintf(path, sizeof path, "%s/precious", bag);
	assert_int_equal(stat(path, &st), 0);
	(void)snprintf(path, sizeof path, "%s.partial", bag);
	assert_int_equal(stat(path, &st), -1);
	scratch_remove(dir);
}

static void
bad_info_is_refused_at_the_end(void **state)
{
	static const struct {
		const char *label, *value;
	} rows[] = { { "", "x" }, { "a:b", "x" }, { "a", "x\ny: z" }, { "a", "\xff" },
		{ "Payload-Oxum", "0.0" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char dir[SCRATCH], bag[128];
		struct bag_writer *w;
		struct error err;

		ROW(i, rows[i].label);
		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		assert_int_equal(bag_create(&w, bag, &err), OK);
		bag_info(w, rows[i].label, rows[i].value);
		assert_int_equal(bag_commit(w, &err), E_MISUSE);
		assert_non_null(strstr(err.text, "bag-info.txt"));
		bag_writer_close(w);
		assert_int_equal(rmdir(dir), 0);
	}
}

/*
 * The disk is full after `room` bytes of any file, whichever file that is. The
 * limit on file sizes stands in for it: writes come back short and then fail.
 */
static void
a_full_disk_leaves_nothing(void **state)
{
	struct rlimit was, now;
	static const char big[20000] = { 1 };
	unsigned failed = 0;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	for (rlim_t room = 0; room <= 20480; room += room < 600 ? 20 : 4096) {
		char dir[SCRATCH], bag[128];
		struct bag_writer *w;
		struct error err = { "" };
		enum status st;
		FILE *f = NULL;

		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		now = was;
		now.rlim_cur = room;
		assert_int_equal(bag_create(&w, bag, &err), OK);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
		st = bag_begin_file(w, "slices/big", &f, &err);
		assert_int_equal(st, OK);
		/* a caller that does not look at what fwrite says */
		(void)fwrite(big, 1, sizeof big, f);
		st = bag_end_file(w, NULL, &err);
		assert_int_equal(st, room < sizeof big ? E_IO : OK);
		if (st != OK) {
			assert_non_null(strstr(
			    err.text, "case.partial/data/slices/big: File too large"));
			assert_int_equal(bag_commit(w, &err), E_MISUSE);
			failed++;
		} else
			assert_int_equal(bag_commit(w, &err), OK);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
		bag_writer_close(w);
		if (st != OK)
			assert_int_equal(rmdir(dir), 0); /* nothing was left */
		scratch_remove(dir);
	}
	for (rlim_t room = 0; room < 400; room += 10) {
		char dir[SCRATCH], bag[128];
		struct bag_writer *w;
		struct error err = { "" };
		enum status st;

		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		now = was;
		now.rlim_cur = room;
		assert_int_equal(bag_create(&w, bag, &err), OK);
		assert_int_equal(bag_add(w, "x", BYTES("x"), &err), OK);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
		st = bag_commit(w, &err);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
		assert_true(st == OK || st == E_IO);
		assert_true(st == OK || strstr(err.text, ".txt: File too large") != NULL);
		assert_true(st == OK || room <= 240);
		failed += st != OK;
		bag_writer_close(w);
		if (st != OK)
			assert_int_equal(rmdir(dir), 0);
		scratch_remove(dir);
	}
	assert_true(failed > 40);
}

/* Given up at any point, the writer leaves no trace. */
static void
given_up_it_leaves_nothing(void **state)
{
	(void)state;
	for (int until = 0; until < 4; until++) {
		char dir[SCRATCH], bag[128];
		struct bag_writer *w;
		struct error err;
		FILE *f;

		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		assert_int_equal(bag_create(&w, bag, &err), OK);
		if (until > 0)
			assert_int_equal(bag_add(w, "a/b/c", BYTES("x"), &err), OK);
		if (until > 1)
			assert_int_equal(bag_begin_file(w, "a/d", &f, &err), OK);
		if (until > 2)
			assert_true(fputs("hello", f) >= 0);
		bag_writer_close(w);
		assert_int_equal(rmdir(dir), 0);
	}
	bag_writer_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_rfc_8493_says),
		cmocka_unit_test(paths_we_write),
		cmocka_unit_test(never_over_something),
		cmocka_unit_test(a_full_target_at_the_end_is_kept),
		cmocka_unit_test(bad_info_is_refused_at_the_end),
		cmocka_unit_test(a_full_disk_leaves_nothing),
		cmocka_unit_test(given_up_it_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
