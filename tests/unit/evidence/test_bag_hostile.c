/* SPDX-License-Identifier: Apache-2.0 */
#include "small_bag.h"

#include <sys/socket.h>
#include <sys/un.h>

enum trick {
	NONE,
	GONE,
	RENAMED,
	EXTRA,
	EXTRA_ROOT,
	EXTRA_FOLDER,
	EXTRA_ROOT_FOLDER,
	LINK,
	LINK_FOLDER,
	PIPE,
	SOCKET,
	CASE,
	NAME_ESCAPE,
	NAME_DOTS,
	NAME_BACKSLASH,
	NAME_NEWLINE,
	NAME_LONG,
	DEEP,
	NO_DATA,
	NO_TAGMANIFEST,
	MANIFEST_LINK,
	OTHER_MANIFEST,
	UNREADABLE,
	HOLE,
};

static void
move(const char *bag, const char *from, const char *to)
{
	char a[8192], b[8192];

	(void)snprintf(a, sizeof a, "%s/%s", bag, from);
	(void)snprintf(b, sizeof b, "%s/%s", bag, to);
	if (rename(a, b) != 0)
		fail_msg("rename %s %s", a, b);
}

static void
play_special(const char *bag, enum trick t)
{
	char path[8192];

	(void)snprintf(path, sizeof path, "%s/data/extra", bag);
	if (t == PIPE)
		assert_int_equal(mkfifo(path, 0600), 0);
	if (t == SOCKET) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		assert_true(strlen(path) < sizeof a.sun_path);
		memcpy(a.sun_path, path, strlen(path) + 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
		close(fd);
	}
	if (t == LINK_FOLDER)
		assert_int_equal(symlink("/", path), 0);
	if (t == EXTRA_FOLDER)
		assert_int_equal(mkdir(path, 0700), 0);
	if (t == HOLE) {
		put_file(path, BYTES("x"));
		assert_int_equal(truncate(path, (off_t)BAG_FILE_MAX + 1), 0);
	}
	if (t == DEEP)
		for (int i = 0; i < 12; i++) {
			assert_int_equal(mkdir(path, 0700), 0);
			(void)snprintf(
			    path + strlen(path), sizeof path - strlen(path), "/d");
		}
}

static void
play(const char *bag, enum trick t)
{
	char path[8192], name[300];

	play_special(bag, t);
	(void)snprintf(path, sizeof path, "%s/data/empty", bag);
	if (t == GONE || t == LINK)
		assert_int_equal(unlink(path), 0);
	if (t == LINK)
		assert_int_equal(symlink("/dev/null", path), 0); /* the same bytes! */
	if (t == RENAMED)
		move(bag, "data/empty", "data/full");
	if (t == EXTRA)
		in(bag, "data/extra", BYTES(""));
	if (t == EXTRA_ROOT)
		in(bag, "notes.txt", BYTES("x"));
	if (t == OTHER_MANIFEST)
		in(bag, "manifest-md5.txt", BYTES(""));
	if (t == CASE)
		in(bag, "data/EMPTY", BYTES(""));
	if (t == NAME_ESCAPE)
		in(bag, "data/\033[2Jgone", BYTES(""));
	if (t == NAME_DOTS)
		in(bag, "data/..empty", BYTES(""));
	if (t == NAME_BACKSLASH)
		in(bag, "data/..\\empty", BYTES(""));
	if (t == NAME_NEWLINE)
		in(bag, "data/a\nb", BYTES(""));
	if (t == NAME_LONG) {
		(void)snprintf(name, sizeof name, "data/%0252d", 7);
		in(bag, name, BYTES(""));
	}
	if (t == EXTRA_ROOT_FOLDER) {
		(void)snprintf(path, sizeof path, "%s/more", bag);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	if (t == NO_DATA)
		move(bag, "data", "date");
	if (t == NO_TAGMANIFEST || t == MANIFEST_LINK)
		move(bag, "tagmanifest-sha256.txt", "../elsewhere");
	if (t == MANIFEST_LINK) {
		(void)snprintf(path, sizeof path, "%s/tagmanifest-sha256.txt", bag);
		assert_int_equal(symlink("../elsewhere", path), 0);
	}
	if (t == UNREADABLE)
		assert_int_equal(chmod(path, 0), 0);
}

static void
every_trick_is_a_sentence(void **state)
{
	static const struct {
		const char *name, *says; /* NULL: no fault */
		enum trick t;
	} rows[] = {
		{ "nothing", NULL, NONE },
		{ "a file gone", "data/empty is missing", GONE },
		{ "a file renamed: the old", "data/empty is missing", RENAMED },
		{ "a file renamed: the new", "data/full is in the bag, but", RENAMED },
		{ "a file too many", "data/extra is in the bag, but", EXTRA },
		{ "a tag file too many", "notes.txt is in the bag, but", EXTRA_ROOT },
		{ "a manifest too many", "manifest-md5.txt is in the bag, but",
		    OTHER_MANIFEST },
		{ "an empty folder", "data/extra is empty", EXTRA_FOLDER },
		{ "an empty folder in the root", "more is empty", EXTRA_ROOT_FOLDER },
		{ "a link with the same bytes", "data/empty is a symbolic link", LINK },
		{ "a link to the world", "data/extra is a symbolic link", LINK_FOLDER },
		{ "a pipe", "data/extra is a device, pipe or socket", PIPE },
		{ "a socket", "data/extra is a device, pipe or socket", SOCKET },
		{ "two names that differ in case",
		    "data/EMPTY and data/empty differ only in case", CASE },
		{ "a name that speaks to the terminal", "data/\\x1b[2Jgone is not a name",
		    NAME_ESCAPE },
		{ "a name that begins with dots", "data/..empty is not a name", NAME_DOTS },
		{ "a path of another system", "data/..\\x5cempty is not a name",
		    NAME_BACKSLASH },
		{ "a name of two lines", "data/a\\x0ab is not a name", NAME_NEWLINE },
		{ "a name too long", "a longer path than in a bag of ours", NAME_LONG },
		{ "folders without end", "deeper", DEEP },
		{ "no data", "the directory data is missing", NO_DATA },
		{ "no tagmanifest", "tagmanifest-sha256.txt is missing", NO_TAGMANIFEST },
		{ "a link for a tagmanifest", "tagmanifest-sha256.txt is a symbolic link",
		    MANIFEST_LINK },
		{ "a file larger than all disks", "data/extra is not hashed", HOLE },
		{ "a file nobody may read", "data/empty cannot be read", UNREADABLE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char dir[SCRATCH], bag[128];
		struct heard h;
		struct error err;
		unsigned faults = 99;

		if (rows[i].t == UNREADABLE && geteuid() == 0)
			continue; /* root may */
		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		make_small_bag(bag);
		play(bag, rows[i].t);
		assert_int_equal(check(bag, &h, &faults, &err), OK);
		assert_int_equal(faults > 0, rows[i].says != NULL);
		assert_int_equal(faults, h.said);
		if (rows[i].says && strstr(h.text.at, rows[i].says) == NULL)
			fail_msg("said: %s", h.text.at);
		buf_release(&h.text);
		scratch_remove(dir);
	}
}

/* A bag of these texts, with data/empty in it, whose tag hashes fit. */
static void
make_by_hand(const char *dir, struct span bagit, struct span info, struct span manifest)
{
	char path[256];
	struct digest d;
	struct buf tags;

	(void)snprintf(path, sizeof path, "%s/data", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	in(dir, "data/empty", BYTES(""));
	in(dir, "bagit.txt", bagit);
	in(dir, "bag-info.txt", info);
	in(dir, "manifest-sha256.txt", manifest);
	buf_init(&tags, 1000);
	d = digest_of(info), manifest_put(&tags, &d, "bag-info.txt");
	d = digest_of(bagit), manifest_put(&tags, &d, "bagit.txt");
	d = digest_of(manifest), manifest_put(&tags, &d, "manifest-sha256.txt");
	in(dir, "tagmanifest-sha256.txt", buf_span(&tags));
	buf_release(&tags);
}

/* What the reader must say of it; NULL: nothing. */
static void
judge_by_hand(const char *says, struct span bagit, struct span info, struct span manifest)
{
	char dir[SCRATCH];
	struct heard h;
	struct error err;
	unsigned faults = 99;

	scratch_make(dir);
	make_by_hand(dir, bagit, info, manifest);
	assert_int_equal(check(dir, &h, &faults, &err), OK);
	if ((faults > 0) != (says != NULL) || (says && strstr(h.text.at, says) == NULL))
		fail_msg("said: %s", h.text.at);
	buf_release(&h.text);
	scratch_remove(dir);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ONE   "Payload-Oxum: 0.1\n"

/* Manifests that a stranger wrote, with tag hashes that fit them. */
static void
hostile_manifests(void **state)
{
	static const struct {
		const char *name, *says;
		struct span manifest;
	} rows[] = {
		{ "up and out", "line 1 has a path",
		    BYTES(EMPTY "  data/../../etc/passwd\n") },
		{ "absolute", "line 1 has a path", BYTES(EMPTY "  /dev/null\n") },
		{ "not under data", "bagit.txt, which does not belong",
		    BYTES(EMPTY "  bagit.txt\n") },
		{ "itself", "manifest-sha256.txt, which does not belong",
		    BYTES(EMPTY "  manifest-sha256.txt\n") },
		{ "a backslash", "line 1 has a path", BYTES(EMPTY "  data\\empty\n") },
		{ "a NUL", "line 1 has a path", BYTES(EMPTY "  data/empty\0x\n") },
		{ "percent", "line 1 has a path", BYTES(EMPTY "  data/%65mpty\n") },
		{ "twice the slash", "line 1 has a path", BYTES(EMPTY "  data//empty\n") },
		{ "a dot", "line 1 has a path", BYTES(EMPTY "  data/./empty\n") },
		{ "a folder", "line 1 has a path", BYTES(EMPTY "  data/\n") },
		{ "an asterisk", "line 1 is not 64 small hex digits",
		    BYTES(EMPTY " *data/empty\n") },
		{ "one space", "line 1 is not 64 small hex digits",
		    BYTES(EMPTY " data/empty\n") },
		{ "upper case", "line 1 is not 64 small hex digits",
		    BYTES("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
			  "  data/empty\n") },
		{ "63 digits", "line 1 is not 64 small hex digits",
		    BYTES("3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
			  "  data/empty\n") },
		{ "carriage returns", "line 1 has a path",
		    BYTES(EMPTY "  data/empty\r\n") },
		{ "an empty line", "line 2 is not 64", BYTES(EMPTY "  data/empty\n\n") },
		{ "no end", "line 1 is not 64", BYTES(EMPTY "  data/empty") },
		{ "twice", "line 2: data/empty stands there twice",
		    BYTES(EMPTY "  data/empty\n" EMPTY "  data/empty\n") },
		{ "twice with two hashes", "line 2: data/empty stands there twice",
		    BYTES(EMPTY "  data/empty\n" ZEROS "  data/empty\n") },
		{ "out of order", "line 2: data/empty stands there twice or out of order",
		    BYTES(EMPTY "  data/x\n" EMPTY "  data/empty\n") },
		{ "a file that is not there", "data/none is missing",
		    BYTES(EMPTY "  data/empty\n" EMPTY "  data/none\n") },
		{ "a wrong hash", "data/empty is not what was sealed",
		    BYTES(ZEROS "  data/empty\n") },
		{ "nothing", "data/empty is in the bag, but", BYTES("") },
		{ "as it should be", NULL, BYTES(EMPTY "  data/empty\n") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		judge_by_hand(
		    rows[i].says, BYTES(BAG_BAGIT_TXT), BYTES(ONE), rows[i].manifest);
	}
}

static void
hostile_info(void **state)
{
	static const struct {
		const char *name, *says;
		struct span info;
	} rows[] = {
		{ "as it should be", NULL, BYTES("A: b\nPayload-Oxum: 0.1\n") },
		{ "another count", "does not end in \"Payload-Oxum: 0.1\"",
		    BYTES("Payload-Oxum: 1.1\n") },
		{ "no count", "does not end in", BYTES("A: b\n") },
		{ "nothing", "does not end in", BYTES("") },
		{ "no end", "line 1 does not end", BYTES("Payload-Oxum: 0.1") },
		{ "no colon", "line 1 is not", BYTES("hello\nPayload-Oxum: 0.1\n") },
		{ "no label", "line 1 is not", BYTES(": x\nPayload-Oxum: 0.1\n") },
		{ "no value", "line 1 is not", BYTES("x:\nPayload-Oxum: 0.1\n") },
		{ "a control byte", "line 1 is not",
		    BYTES("x: \033[2J\nPayload-Oxum: 0.1\n") },
		{ "not UTF-8", "line 1 is not", BYTES("x: \xff\nPayload-Oxum: 0.1\n") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		judge_by_hand(rows[i].says, BYTES(BAG_BAGIT_TXT), rows[i].info,
		    BYTES(EMPTY "  data/empty\n"));
	}
}

/* Each is a bag to somebody, or was. */
static void
other_bagit_texts(void **state)
{
	static const struct {
		const char *name, *says;
		struct span bagit;
	} rows[] = {
		{ "as it should be", NULL, BYTES(BAG_BAGIT_TXT) },
		{ "an older version", "does not say BagIt 1.0",
		    BYTES("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n") },
		{ "another encoding", "does not say BagIt 1.0",
		    BYTES(
			"BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n") },
		{ "carriage returns", "does not say BagIt 1.0",
		    BYTES("BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8\r\n") },
		{ "a line more", "does not say BagIt 1.0", BYTES(BAG_BAGIT_TXT "\n") },
		{ "a byte order mark", "does not say BagIt 1.0",
		    BYTES("\xef\xbb\xbf" BAG_BAGIT_TXT) },
		{ "nothing", "does not say BagIt 1.0", BYTES("") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		judge_by_hand(
		    rows[i].says, rows[i].bagit, BYTES(ONE), BYTES(EMPTY "  data/empty\n"));
	}
}

/* Ten thousand files too many: all counted, a hundred and one told. */
static void
a_flood_of_faults_is_bounded(void **state)
{
	char dir[SCRATCH], bag[128];
	struct heard h;
	struct error err;
	unsigned faults;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	for (int i = 0; i < 300; i++) {
		char name[64];

		(void)snprintf(name, sizeof name, "data/f%d", i);
		in(bag, name, BYTES(""));
	}
	assert_int_equal(check(bag, &h, &faults, &err), OK);
	assert_int_equal(faults, 301); /* and the count in bag-info.txt */
	assert_int_equal(h.said, BAG_FAULTS_SAID + 1);
	buf_release(&h.text);
	scratch_remove(dir);
}

static void
what_is_no_bag(void **state)
{
	char dir[SCRATCH], path[256];
	struct heard h;
	struct error err;
	unsigned faults;

	(void)state;
	scratch_make(dir);
	assert_int_equal(check(dir, &h, &faults, &err), E_FORMAT);
	buf_release(&h.text);
	(void)snprintf(path, sizeof path, "%s/none", dir);
	assert_int_equal(check(path, &h, &faults, &err), E_IO);
	assert_non_null(strstr(err.text, path));
	buf_release(&h.text);
	put_file(path, BYTES("x"));
	assert_int_equal(check(path, &h, &faults, &err), E_IO);
	buf_release(&h.text);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_trick_is_a_sentence),
		cmocka_unit_test(hostile_manifests),
		cmocka_unit_test(hostile_info),
		cmocka_unit_test(other_bagit_texts),
		cmocka_unit_test(a_flood_of_faults_is_bounded),
		cmocka_unit_test(what_is_no_bag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
