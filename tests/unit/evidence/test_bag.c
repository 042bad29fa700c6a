/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "evidence/bag.h"
#include "evidence/manifest.h"

/* What bag_open complained of, one sentence a line. */
struct heard {
	struct buf text;
	unsigned said;
};

static void
hear(void *state, const char *sentence)
{
	struct heard *h = state;

	for (const char *p = sentence; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	buf_puts(&h->text, sentence);
	buf_putc(&h->text, '\n');
	h->said++;
}

static enum status
check(const char *dir, struct heard *h, unsigned *faults, struct error *err)
{
	struct bag *b;
	enum status st;

	buf_init(&h->text, 1 << 20);
	h->said = 0;
	buf_puts(&h->text, "");
	st = bag_open(&b, dir, hear, h, faults, err);
	if (st == OK)
		bag_close(b);
	return st;
}

static void
make_small_bag(const char *dir)
{
	struct bag_writer *w;
	struct digest d, want = digest_of(BYTES("packets\0packets"));
	struct error err;
	FILE *f;

	assert_int_equal(bag_create(&w, dir, &err), OK);
	assert_int_equal(bag_add(w, "findings/f.dsse.json", BYTES("{}\n"), &err), OK);
	assert_int_equal(bag_begin_file(w, "slices/s.pcapng", &f, &err), OK);
	assert_int_equal(fwrite("packets", 1, 8, f), 8);
	assert_int_equal(bag_add(w, "README-VERIFY.txt", BYTES("read me\n"), &err), OK);
	assert_int_equal(fwrite("packets", 1, 7, f), 7);
	assert_int_equal(bag_end_file(w, &d, &err), OK);
	assert_memory_equal(&d, &want, sizeof d);
	assert_int_equal(bag_add(w, "empty", (struct span){ 0 }, &err), OK);
	bag_info(w, "Source-Organization", "Observatoire g\xc3\xa9ophysique");
	bag_info(w, "Bagging-Date", "2026-01-01");
	assert_int_equal(bag_commit(w, &err), OK);
	bag_writer_close(w);
}

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
reads_it_back(void **state)
{
	static const char *const names[] = { "bag-info.txt", "bagit.txt",
		"data/README-VERIFY.txt", "data/empty", "data/findings/f.dsse.json",
		"data/slices/s.pcapng", "manifest-sha256.txt", "tagmanifest-sha256.txt" };
	char dir[SCRATCH], bag[128];
	const struct bag_file *files;
	struct heard h;
	struct bag *b;
	struct error err;
	struct buf bytes;
	unsigned faults;
	size_t n;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	buf_init(&h.text, 10000);
	assert_int_equal(bag_open(&b, bag, hear, &h, &faults, &err), OK);
	assert_int_equal(faults, 0);
	assert_int_equal(h.text.len, 0);
	files = bag_files(b, &n);
	assert_int_equal(n, COUNT(names));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(files[i].path, names[i]);
	assert_ptr_equal(bag_find(b, "data/slices/s.pcapng"), &files[5]);
	assert_int_equal(files[5].size, 15);
	assert_null(bag_find(b, "data/slices"));
	assert_null(bag_find(b, "../case/bagit.txt"));
	buf_init(&bytes, 100);
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 15, &bytes, &err), OK);
	assert_int_equal(bytes.len, 15);
	assert_memory_equal(bytes.at, "packets\0packets", 15);
	buf_reset(&bytes);
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 14, &bytes, &err), E_LIMIT);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(bag_read(b, "data/empty", 0, &bytes, &err), OK);
	assert_int_equal(bag_read(b, "../case/bagit.txt", 100, &bytes, &err), E_FORMAT);
	bag_close(b);
	bag_close(NULL);
	buf_release(&bytes), buf_release(&h.text);
	scratch_remove(dir);
}

static void
bag_read_sees_a_change_after_the_check(void **state)
{
	char dir[SCRATCH], bag[128], path[256];
	struct bag *b;
	struct heard h;
	struct error err;
	struct buf bytes;
	unsigned faults;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	buf_init(&h.text, 10000), buf_init(&bytes, 100);
	assert_int_equal(bag_open(&b, bag, hear, &h, &faults, &err), OK);
	(void)snprintf(path, sizeof path, "%s/data/slices/s.pcapng", bag);
	put_file(path, BYTES("PACKETS\0packets"));
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 99, &bytes, &err), E_DIFFERS);
	assert_non_null(strstr(err.text, "data/slices/s.pcapng"));
	assert_int_equal(bytes.len, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("../README-VERIFY.txt", path), 0);
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 99, &bytes, &err), E_IO);
	bag_close(b);
	buf_release(&bytes), buf_release(&h.text);
	scratch_remove(dir);
}

/* Every byte of every file, changed in four ways: noticed, and the file is named. */
static void
no_byte_can_be_changed(void **state)
{
	static const uint8_t flips[] = { 0x01, 0x20, 0x80, 0xff };
	static const char *const names[] = { "bag-info.txt", "bagit.txt",
		"data/README-VERIFY.txt", "data/findings/f.dsse.json",
		"data/slices/s.pcapng", "manifest-sha256.txt", "tagmanifest-sha256.txt" };
	char dir[SCRATCH], bag[128];
	unsigned tried = 0;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[256];
		struct buf whole;

		(void)snprintf(path, sizeof path, "%s/%s", bag, names[i]);
		buf_init(&whole, 10000);
		get_file(path, &whole);
		for (size_t k = 0; k < whole.len * COUNT(flips); k++, tried++) {
			struct heard h;
			struct error err;
			unsigned faults = 0;
			char was = whole.at[k / COUNT(flips)];

			whole.at[k / COUNT(flips)] ^= (char)flips[k % COUNT(flips)];
			put_file(path, buf_span(&whole));
			whole.at[k / COUNT(flips)] = was;
			assert_int_equal(check(bag, &h, &faults, &err), OK);
			if (faults == 0 || strstr(h.text.at, names[i]) == NULL)
				fail_msg("%s: byte %zu ^ %02x: %u faults: %s", names[i],
				    k / COUNT(flips), flips[k % COUNT(flips)], faults,
				    h.text.at);
			buf_release(&h.text);
		}
		put_file(path, buf_span(&whole));
		buf_release(&whole);
	}
	assert_true(tried > 3000);
	scratch_remove(dir);
}

/* A byte taken away or added, at either end of every file. */
static void
no_byte_can_be_added_or_taken(void **state)
{
	static const char *const names[] = { "bag-info.txt", "bagit.txt",
		"data/README-VERIFY.txt", "data/findings/f.dsse.json",
		"data/slices/s.pcapng", "manifest-sha256.txt", "tagmanifest-sha256.txt" };
	char dir[SCRATCH], bag[128];

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[256];
		struct buf whole, b;

		(void)snprintf(path, sizeof path, "%s/%s", bag, names[i]);
		buf_init(&whole, 10000), buf_init(&b, 10000);
		get_file(path, &whole);
		for (int how = 0; how < 6; how++) {
			struct heard h;
			struct error err;
			unsigned faults = 0;

			buf_reset(&b);
			if (how == 2)
				buf_puts(&b, "\n");
			if (how < 2)
				buf_put(&b, whole.at + how, whole.len - 1);
			else if (how < 5)
				buf_put(&b, whole.at, whole.len);
			if (how == 3 || how == 4)
				buf_puts(&b, how == 3 ? "\n" : " ");
			put_file(path, buf_span(&b));
			assert_int_equal(check(bag, &h, &faults, &err), OK);
			if (faults == 0 || strstr(h.text.at, names[i]) == NULL)
				fail_msg("%s, way %d: %s", names[i], how, h.text.at);
			buf_release(&h.text);
		}
		put_file(path, buf_span(&whole));
		buf_release(&whole), buf_release(&b);
	}
	scratch_remove(dir);
}

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
in(const char *bag, const char *path, struct span bytes)
{
	char full[8192];

	(void)snprintf(full, sizeof full, "%s/%s", bag, path);
	put_file(full, bytes);
}

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

/* Manifests that a stranger wrote, with tag hashes that fit them. */
static void
hostile_manifests(void **state)
{
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
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
		static const char bagit[] = BAG_BAGIT_TXT, info[] = "Payload-Oxum: 0.1\n";
		char dir[SCRATCH], path[256];
		struct heard h;
		struct error err;
		struct digest d;
		struct buf tags;
		unsigned faults = 99;

		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/data", dir);
		assert_int_equal(mkdir(path, 0700), 0);
		in(dir, "data/empty", BYTES(""));
		in(dir, "bagit.txt", BYTES(bagit));
		in(dir, "bag-info.txt", BYTES(info));
		in(dir, "manifest-sha256.txt", rows[i].manifest);
		buf_init(&tags, 1000);
		d = digest_of(BYTES(info)), manifest_put(&tags, &d, "bag-info.txt");
		d = digest_of(BYTES(bagit)), manifest_put(&tags, &d, "bagit.txt");
		d = digest_of(rows[i].manifest),
		manifest_put(&tags, &d, "manifest-sha256.txt");
		in(dir, "tagmanifest-sha256.txt", buf_span(&tags));
		buf_release(&tags);
		assert_int_equal(check(dir, &h, &faults, &err), OK);
		assert_int_equal(faults > 0, rows[i].says != NULL);
		if (rows[i].says && strstr(h.text.at, rows[i].says) == NULL)
			fail_msg("said: %s", h.text.at);
		buf_release(&h.text);
		scratch_remove(dir);
	}
}

static void
hostile_info(void **state)
{
	static const struct {
		const char *name, *says;
		struct span info;
	} rows[] = {
		{ "as it should be", NULL, BYTES("A: b\nPayload-Oxum: 0.0\n") },
		{ "another count", "does not end in \"Payload-Oxum: 0.0\"",
		    BYTES("Payload-Oxum: 1.1\n") },
		{ "no count", "does not end in", BYTES("A: b\n") },
		{ "nothing", "does not end in", BYTES("") },
		{ "no end", "line 1 does not end", BYTES("Payload-Oxum: 0.0") },
		{ "no colon", "line 1 is not", BYTES("hello\nPayload-Oxum: 0.0\n") },
		{ "no label", "line 1 is not", BYTES(": x\nPayload-Oxum: 0.0\n") },
		{ "no value", "line 1 is not", BYTES("x:\nPayload-Oxum: 0.0\n") },
		{ "a control byte", "line 1 is not",
		    BYTES("x: \033[2J\nPayload-Oxum: 0.0\n") },
		{ "not UTF-8", "line 1 is not", BYTES("x: \xff\nPayload-Oxum: 0.0\n") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static const char bagit[] = BAG_BAGIT_TXT;
		char dir[SCRATCH], path[256];
		struct heard h;
		struct error err;
		struct digest d;
		struct buf tags;
		unsigned faults = 99;

		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/data", dir);
		assert_int_equal(mkdir(path, 0700), 0);
		in(dir, "bagit.txt", BYTES(bagit));
		in(dir, "bag-info.txt", rows[i].info);
		in(dir, "manifest-sha256.txt", BYTES(""));
		buf_init(&tags, 1000);
		d = digest_of(rows[i].info), manifest_put(&tags, &d, "bag-info.txt");
		d = digest_of(BYTES(bagit)), manifest_put(&tags, &d, "bagit.txt");
		d = digest_of(BYTES("")), manifest_put(&tags, &d, "manifest-sha256.txt");
		in(dir, "tagmanifest-sha256.txt", buf_span(&tags));
		buf_release(&tags);
		assert_int_equal(check(dir, &h, &faults, &err), OK);
		assert_int_equal(faults > 0, rows[i].says != NULL);
		if (rows[i].says && strstr(h.text.at, rows[i].says) == NULL)
			fail_msg("said: %s", h.text.at);
		buf_release(&h.text);
		scratch_remove(dir);
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
		cmocka_unit_test(reads_it_back),
		cmocka_unit_test(bag_read_sees_a_change_after_the_check),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(no_byte_can_be_added_or_taken),
		cmocka_unit_test(every_trick_is_a_sentence),
		cmocka_unit_test(hostile_manifests),
		cmocka_unit_test(hostile_info),
		cmocka_unit_test(a_flood_of_faults_is_bounded),
		cmocka_unit_test(what_is_no_bag),
		cmocka_unit_test(paths_we_write),
		cmocka_unit_test(never_over_something),
		cmocka_unit_test(a_full_target_at_the_end_is_kept),
		cmocka_unit_test(bad_info_is_refused_at_the_end),
		cmocka_unit_test(a_full_disk_leaves_nothing),
		cmocka_unit_test(given_up_it_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
