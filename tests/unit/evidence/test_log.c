/* SPDX-License-Identifier: Apache-2.0 */
#include "some_log.h"

static struct disk quick;

static void
grows_and_is_the_twins_at_every_commit(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1000,
		65535, 65536, 65537, 66000 };
	char dir[SCRATCH], path[128];
	struct checkpoint old[COUNT(sizes)];
	struct key *k = test_key(1);

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct log *l;
		struct error err;

		ROW(sizes[i], "entries");
		assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
		assert_int_equal(log_state(l)->size, i ? sizes[i - 1] : 0);
		assert_int_equal(append_to(l, sizes[i], &err), OK);
		assert_int_equal(log_commit(l, &err), OK);
		old[i] = *log_state(l);
		assert_int_equal(old[i].size, sizes[i]);
		audit(path, &old[i]);
		for (size_t m = 0; m <= i; m++) {
			struct merkle_path p;

			assert_true(merkle_consistency(
			    sizes[m], sizes[i], tiles_node, log_tiles(l), &p));
			assert_true(merkle_extends(
			    &old[i].root, sizes[i], &old[m].root, sizes[m], &p));
		}
		for (uint64_t at = 0; at < sizes[i]; at += sizes[i] / 7 + 1) {
			struct merkle_path p;
			struct digest leaf;
			struct buf b;
			char text[256];

			assert_true(
			    merkle_inclusion(at, sizes[i], tiles_node, log_tiles(l), &p));
			leaf = merkle_leaf(entry(at, text));
			assert_true(merkle_includes(&old[i].root, sizes[i], at, &leaf, &p));
			buf_init(&b, ENTRY_MAX);
			assert_int_equal(tiles_entry(log_tiles(l), at, &b, &err), OK);
			assert_string_equal(b.at, text);
			buf_release(&b);
		}
		log_close(l);
	}
	key_free(k);
	scratch_remove(dir);
}

static void
only_what_was_committed_is_there(void **state)
{
	char dir[SCRATCH], path[128];
	struct key *k = test_key(1);
	struct log *l;
	struct error err;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(log_open(&l, path, ORIGIN, k, &disk_real, &err), OK);
	assert_int_equal(append_to(l, 300, &err), OK);
	assert_int_equal(log_commit(l, &err), OK);
	assert_int_equal(append_to(l, 700, &err), OK);
	assert_int_equal(log_state(l)->size, 300);
	log_close(l);
	/* another entry where the forgotten ones were: their files are in the way */
	assert_int_equal(log_open(&l, path, ORIGIN, k, &disk_real, &err), OK);
	assert_int_equal(log_state(l)->size, 300);
	assert_int_equal(append_to(l, 600, &err), OK);
	assert_int_equal(log_commit(l, &err), OK);
	audit(path, log_state(l));
	log_close(l);
	log_close(NULL);
	key_free(k);
	scratch_remove(dir);
}

static void
entries_have_a_limit(void **state)
{
	static uint8_t big[ENTRY_MAX + 1];
	char dir[SCRATCH], path[128];
	struct key *k = test_key(1);
	struct log *l;
	struct error err;
	struct buf b;
	uint64_t index;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
	assert_int_equal(
	    log_append(l, (struct span){ big, sizeof big }, &index, &err), E_LIMIT);
	for (int i = 0; i < 300; i++)
		assert_int_equal(
		    log_append(l, (struct span){ big, ENTRY_MAX }, &index, &err), OK);
	assert_int_equal(log_append(l, (struct span){ 0 }, &index, &err), OK);
	assert_int_equal(index, 300);
	assert_int_equal(log_commit(l, &err), OK);
	buf_init(&b, ENTRY_MAX);
	assert_int_equal(tiles_entry(log_tiles(l), 299, &b, &err), OK);
	assert_int_equal(b.len, ENTRY_MAX);
	buf_reset(&b);
	assert_int_equal(tiles_entry(log_tiles(l), 300, &b, &err), OK);
	assert_int_equal(b.len, 0);
	assert_int_equal(tiles_entry(log_tiles(l), 301, &b, &err), E_MISUSE);
	buf_release(&b);
	log_close(l);
	key_free(k);
	scratch_remove(dir);
}

static void
tile_names(void **state)
{
	static const struct {
		int level;
		uint64_t n;
		unsigned width;
		const char *path;
	} rows[] = {
		{ 0, 0, 256, "tile/0/000" },
		{ 0, 999, 256, "tile/0/999" },
		{ 0, 1000, 256, "tile/0/x001/000" },
		{ 3, 1234067, 256, "tile/3/x001/x234/067" },
		{ 1, 1, 17, "tile/1/001.p/17" },
		{ TILE_ENTRIES, 1234067, 255, "tile/entries/x001/x234/067.p/255" },
		{ 0, MERKLE_SIZE_MAX / 256, 1, "tile/0/x018/x014/x398/x509/x481/983.p/1" },
	};
	/* 70,000 entries are the example of the standard */
	static const struct {
		int level;
		uint64_t n;
		unsigned width;
	} widths[] = { { 0, 0, 256 }, { 0, 272, 256 }, { 0, 273, 112 }, { 0, 274, 0 },
		{ 1, 0, 256 }, { 1, 1, 17 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
		{ 3, 0, 0 }, { TILE_ENTRIES, 273, 112 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[TILE_PATH];

		assert_string_equal(
		    tile_path(rows[i].level, rows[i].n, rows[i].width, path), rows[i].path);
	}
	for (size_t i = 0; i < COUNT(widths); i++)
		assert_int_equal(
		    tile_width(70000, widths[i].level, widths[i].n), widths[i].width);
}

enum damage {
	NOTHING,
	SECOND_WRITER,
	OTHER_ORIGIN,
	OTHER_KEY,
	NO_CHECKPOINT,
	TORN_CHECKPOINT,
	CHECKPOINT_SIZE,
	EDGE_TILE,
	EDGE_TILE_GONE,
	EDGE_TILE_SHORT,
	UPPER_TILE,
	BUNDLE,
	BUNDLE_GONE,
	BUNDLE_LONG,
	BEYOND,
	OLD_TILE,
	SIGNED_FORK,   /* checkpoint.new: as large, another root */
	SIGNED_AHEAD,  /* more entries than there are tiles for */
	SIGNED_BEFORE, /* an older state of this history */
	SIGNED_OTHER,  /* a fork, but by another key */
};

static void
flip_in(const char *dir, const char *name, long at)
{
	char path[256];
	FILE *f;
	int c;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
	c = fgetc(f);
	assert_int_equal(fseek(f, -1, SEEK_CUR), 0);
	assert_true(fputc(c ^ 1, f) != EOF);
	assert_int_equal(fclose(f), 0);
}

/* What a run signed that did not live to publish it. */
static void
sign_beside(const char *dir, enum damage d)
{
	struct checkpoint cp = { .origin = ORIGIN,
		.size = d == SIGNED_AHEAD    ? 301
			: d == SIGNED_BEFORE ? 299
					     : 300 };
	struct key *k = test_key(d == SIGNED_OTHER ? 2 : 1);
	char path[256];
	struct error err;
	struct buf b;

	if (d == SIGNED_BEFORE)
		assert_true(merkle_root(cp.size, twin, NULL, &cp.root));
	(void)snprintf(path, sizeof path, "%s/checkpoint.new", dir);
	buf_init(&b, NOTE_MAX);
	assert_int_equal(checkpoint_sign(&cp, k, &b, &err), OK);
	put_file(path, buf_span(&b));
	buf_release(&b);
	key_free(k);
}

static void
damage(const char *dir, enum damage d)
{
	char path[256];
	struct buf b;

	if (d == NO_CHECKPOINT || d == TORN_CHECKPOINT) {
		(void)snprintf(path, sizeof path, "%s/checkpoint", dir);
		assert_int_equal(d == NO_CHECKPOINT ? unlink(path) : truncate(path, 30), 0);
	}
	if (d == CHECKPOINT_SIZE)
		flip_in(dir, "checkpoint", (long)strlen(ORIGIN) + 1);
	if (d == EDGE_TILE)
		flip_in(dir, "tile/0/001.p/44", 100);
	if (d == EDGE_TILE_GONE || d == EDGE_TILE_SHORT) {
		(void)snprintf(path, sizeof path, "%s/tile/0/001.p/44", dir);
		assert_int_equal(
		    d == EDGE_TILE_GONE ? unlink(path) : truncate(path, 32), 0);
	}
	if (d >= SIGNED_FORK)
		sign_beside(dir, d);
	if (d == UPPER_TILE)
		flip_in(dir, "tile/1/000.p/1", 0);
	if (d == OLD_TILE)
		flip_in(dir, "tile/0/000", 0);
	if (d == BUNDLE)
		flip_in(dir, "tile/entries/001.p/44", 40);
	(void)snprintf(path, sizeof path, "%s/tile/entries/001.p/44", dir);
	if (d == BUNDLE_GONE)
		assert_int_equal(unlink(path), 0);
	if (d == BUNDLE_LONG) {
		buf_init(&b, 1 << 20);
		get_file(path, &b);
		buf_puts(&b, "x");
		put_file(path, buf_span(&b));
		buf_release(&b);
	}
	if (d == BEYOND) {
		(void)snprintf(path, sizeof path, "%s/tile/0/001.p/45", dir);
		put_file(path, BYTES("torn"));
		(void)snprintf(path, sizeof path, "%s/tile/0/001", dir);
		put_file(path, BYTES(""));
		(void)snprintf(path, sizeof path, "%s/checkpoint.new", dir);
		put_file(path, BYTES("half a check"));
	}
}

static void
opens_only_what_agrees_with_itself(void **state)
{
	static const struct {
		const char *name, *says;
		enum damage d;
		enum status want;
	} rows[] = {
		{ "as it should be", "", NOTHING, OK },
		{ "torn files beyond the checkpoint", "", BEYOND, OK },
		{ "old tiles are for the audit", "", OLD_TILE, OK },
		{ "a fork was signed and not published", "not of one history", SIGNED_FORK,
		    E_DIFFERS },
		{ "what was signed has no tiles", "signed last", SIGNED_AHEAD, E_DIFFERS },
		{ "what was signed is older", "", SIGNED_BEFORE, OK },
		{ "somebody else signed a fork", "", SIGNED_OTHER, OK },
		{ "a second writer", "another process", SECOND_WRITER, E_MISUSE },
		{ "another name", "is another log", OTHER_ORIGIN, E_MISUSE },
		{ "another key", "not signed by this key", OTHER_KEY, E_DIFFERS },
		{ "no checkpoint", "has tiles but no checkpoint", NO_CHECKPOINT,
		    E_DIFFERS },
		{ "half a checkpoint", "not a signed note", TORN_CHECKPOINT, E_DIFFERS },
		{ "another size", "not signed by this key", CHECKPOINT_SIZE, E_DIFFERS },
		{ "a changed tile", "do not have the root", EDGE_TILE, E_DIFFERS },
		{ "a lost tile", "open tile/0/001", EDGE_TILE_GONE, E_DIFFERS },
		{ "a short tile", "has 32 bytes", EDGE_TILE_SHORT, E_DIFFERS },
		{ "a changed tile above", "do not have the root", UPPER_TILE, E_DIFFERS },
		{ "a changed entry", "is not the one that was hashed", BUNDLE, E_DIFFERS },
		{ "a lost bundle", "open tile/entries/001", BUNDLE_GONE, E_IO },
		{ "something behind the entries", "something behind", BUNDLE_LONG,
		    E_FORMAT },
	};
	struct key *k = test_key(1), *other = test_key(2);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char dir[SCRATCH], path[128];
		struct log *l, *again = NULL;
		struct error err = { "" };

		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/log", dir);
		assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
		assert_int_equal(append_to(l, 300, &err), OK);
		assert_int_equal(log_commit(l, &err), OK);
		if (rows[i].d != SECOND_WRITER)
			log_close(l);
		damage(path, rows[i].d);
		assert_int_equal(
		    log_open(&again, path,
			rows[i].d == OTHER_ORIGIN ? "log.geophone.example/tess" : ORIGIN,
			rows[i].d == OTHER_KEY ? other : k, &quick, &err),
		    rows[i].want);
		assert_int_equal(again != NULL, rows[i].want == OK);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("said: %s", err.text);
		if (again && rows[i].d != OLD_TILE) {
			assert_int_equal(append_to(again, 600, &err), OK);
			assert_int_equal(log_commit(again, &err), OK);
			audit(path, log_state(again));
		}
		log_close(again);
		if (rows[i].d == SECOND_WRITER)
			log_close(l);
		scratch_remove(dir);
	}
	key_free(k), key_free(other);
}

/* Every 37th byte of every file of a log, changed: the audit does not agree. */
static void
the_audit_reads_every_byte(void **state)
{
	static const char *const files[] = { "tile/0/000", "tile/0/001.p/44",
		"tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44" };
	char dir[SCRATCH], path[128], name[256];
	struct key *k = test_key(1);
	struct checkpoint cp;
	struct log *l;
	struct error err;
	int fd;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
	assert_int_equal(append_to(l, 300, &err), OK);
	assert_int_equal(log_commit(l, &err), OK);
	cp = *log_state(l);
	log_close(l);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct stat st;

		(void)snprintf(name, sizeof name, "%s/%s", path, files[i]);
		assert_int_equal(stat(name, &st), 0);
		for (long at = 0; at < st.st_size; at += 37) {
			flip_in(path, files[i], at);
			assert_int_not_equal(log_audit(fd, &cp, &err), OK);
			flip_in(path, files[i], at);
		}
	}
	assert_int_equal(log_audit(fd, &cp, &err), OK);
	close(fd);
	key_free(k);
	scratch_remove(dir);
}

static void
adopts_only_its_own_checkpoint(void **state)
{
	static const struct {
		const char *name;
		int what;
		enum status want;
	} rows[] = {
		{ "with a cosignature", 0, OK },
		{ "the one before", 1, E_DIFFERS },
		{ "without our signature", 2, E_DIFFERS },
		{ "no note", 3, E_FORMAT },
	};
	struct key *k = test_key(1), *w = test_key(2);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char dir[SCRATCH], path[128];
		struct buf before, text, note;
		struct log *l;
		struct error err;

		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/log", dir);
		buf_init(&before, 4096), buf_init(&text, 4096), buf_init(&note, 4096);
		assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
		buf_put(&before, log_note(l).at, log_note(l).len);
		assert_int_equal(append_to(l, 5, &err), OK);
		assert_int_equal(log_commit(l, &err), OK);
		checkpoint_text(log_state(l), &text);
		if (rows[i].what == 0)
			buf_put(&note, log_note(l).at, log_note(l).len);
		if (rows[i].what == 1)
			buf_put(&note, before.at, before.len);
		if (rows[i].what == 2)
			buf_printf(&note, "%s\n", text.at);
		if (rows[i].what != 3)
			assert_int_equal(
			    note_cosign("w", w, 1767225600, buf_span(&text), &note, &err),
			    OK);
		assert_int_equal(log_adopt(l, buf_span(&note), &err), rows[i].want);
		assert_int_equal(log_note(l).len == note.len &&
				     memcmp(log_note(l).at, note.at, note.len) == 0,
		    rows[i].want == OK);
		log_close(l);
		assert_int_equal(log_open(&l, path, ORIGIN, k, &quick, &err), OK);
		assert_int_equal(log_state(l)->size, 5);
		log_close(l);
		buf_release(&before), buf_release(&text), buf_release(&note);
		scratch_remove(dir);
	}
	key_free(k), key_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tile_names),
		cmocka_unit_test(grows_and_is_the_twins_at_every_commit),
		cmocka_unit_test(only_what_was_committed_is_there),
		cmocka_unit_test(entries_have_a_limit),
		cmocka_unit_test(opens_only_what_agrees_with_itself),
		cmocka_unit_test(the_audit_reads_every_byte),
		cmocka_unit_test(adopts_only_its_own_checkpoint),
	};

	quick = quick_disk();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
