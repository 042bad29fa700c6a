/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/walk.h"

/* What to make below a fresh folder, one a line: "dir/", "file", "name -> target". */
static void
make_tree(const char *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[256];
		const char *arrow = strstr(items[i], " -> ");
		size_t len = strlen(items[i]);

		if (arrow != NULL) {
			memcpy(name, items[i], (size_t)(arrow - items[i]));
			name[arrow - items[i]] = '\0';
			assert_int_equal(symlink(arrow + 4, name), 0);
		} else if (items[i][len - 1] == '/') {
			assert_int_equal(mkdir(items[i], 0700), 0);
		} else {
			int fd = open(items[i], O_CREAT | O_EXCL | O_WRONLY, 0600);

			assert_true(fd >= 0);
			close(fd);
		}
	}
}

static char *
enter_fresh_folder(void)
{
	static char name[64];

	(void)snprintf(name, sizeof name, "/tmp/geophone-walk-XXXXXX");
	assert_non_null(mkdtemp(name));
	assert_int_equal(chdir(name), 0);
	return name;
}

static void
leave_and_remove(const char *folder)
{
	char command[128];

	assert_int_equal(chdir("/"), 0);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* A tree with everything in it, and what there is to find. */
static const char *const TREE[] = {
	"2024-04-29/",
	"2024-04-29/conn.01:00:00-02:00:00.log.gz",
	"2024-04-29/conn.00:00:00-01:00:00.log.gz",
	"2024-04-29/dns.00:00:00-01:00:00.log.gz",
	"2024-04-28/",
	"2024-04-28/conn.log",
	"2024-04-28/.hidden",
	"2024-04-28/up -> ..",
	"2024-04-28/self -> .",
	".git/",
	".git/config",
	"spool/",
	"spool/conn.log",
	"current -> spool",
	"also.log -> spool/conn.log",
	"gone.log -> nowhere",
	"empty/",
	"a file",
	"round -> round",
};
static const char *const FOUND[] = {
	"./2024-04-28/conn.log", "./2024-04-29/conn.00:00:00-01:00:00.log.gz",
	"./2024-04-29/conn.01:00:00-02:00:00.log.gz",
	"./2024-04-29/dns.00:00:00-01:00:00.log.gz", "./a file",
	"./also.log", /* current/conn.log and spool/conn.log are this one too */
};

static void
everything(void **state)
{
	const char *folder = enter_fresh_folder();
	struct walk w;
	struct arena a;
	struct error err;

	(void)state;
	make_tree(TREE, COUNT(TREE));
	arena_init(&a, (size_t)1 << 20);
	assert_int_equal(walk_files(&a, ".", &w, &err), OK);
	for (size_t i = 0; i < w.n && i < COUNT(FOUND); i++)
		assert_string_equal(w.file[i], FOUND[i]);
	assert_int_equal(w.n, COUNT(FOUND));
	assert_int_equal(w.unread, 2); /* the links to nowhere and to itself */
	assert_true(strncmp(w.unread_why, "./gone.log: ", 12) == 0 ||
		    strncmp(w.unread_why, "./round: ", 9) == 0);
	/* A folder by its full name and a slash, and by a link to it. */
	assert_int_equal(walk_files(&a, "current/", &w, &err), OK);
	assert_int_equal(w.n, 1);
	assert_string_equal(w.file[0], "current/conn.log");
	assert_int_equal(walk_files(&a, "empty", &w, &err), OK);
	assert_int_equal(w.n, 0);
	arena_release(&a);
	leave_and_remove(folder);
}

static void
not_a_folder(void **state)
{
	const char *folder = enter_fresh_folder();
	struct walk w = { .n = 7 };
	struct arena a;
	struct error err;

	(void)state;
	make_tree(TREE, COUNT(TREE));
	arena_init(&a, (size_t)1 << 20);
	assert_int_equal(walk_files(&a, "nowhere", &w, &err), E_IO);
	assert_non_null(strstr(err.text, "nowhere"));
	assert_int_equal(walk_files(&a, "a file", &w, &err), E_IO);
	assert_non_null(strstr(err.text, "a file"));
	assert_int_equal(w.n, 7); /* set on OK alone */
	arena_release(&a);
	leave_and_remove(folder);
}

/* Links across make more ways than there are folders; depth ends them. */
static void
deep(void **state)
{
	const char *folder = enter_fresh_folder();
	struct arena a;
	struct error err;
	struct walk w;
	char path[256] = "";

	(void)state;
	for (int i = 0; i < 20; i++) {
		size_t n = strlen(path);

		(void)snprintf(path + n, sizeof path - n, "d/");
		assert_int_equal(mkdir(path, 0700), 0);
		n = strlen(path);
		(void)snprintf(path + n, sizeof path - n, "f");
		make_tree((const char *const[]){ path }, 1);
		path[n] = '\0';
	}
	arena_init(&a, (size_t)1 << 20);
	assert_int_equal(walk_files(&a, ".", &w, &err), OK);
	assert_int_equal(w.n, WALK_DEPTH); /* the first folder is 0 and holds no file */
	assert_int_equal(w.unread, 1);
	assert_non_null(strstr(w.unread_why, "too deep"));
	arena_release(&a);
	leave_and_remove(folder);
}

static void
every_shortage(void **state)
{
	const char *folder = enter_fresh_folder();
	enum status st = E_NOMEM;
	struct error err;

	(void)state;
	make_tree(TREE, COUNT(TREE));
	for (size_t limit = 0; st != OK; limit += 16) {
		struct walk w = { .n = 7 };
		struct arena a;

		assert_true(limit < 16384);
		arena_init(&a, limit);
		st = walk_files(&a, ".", &w, &err);
		assert_true(st == OK || (st == E_NOMEM && w.n == 7));
		assert_true(st != OK || w.n == COUNT(FOUND));
		arena_release(&a);
	}
	leave_and_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything),
		cmocka_unit_test(not_a_folder),
		cmocka_unit_test(deep),
		cmocka_unit_test(every_shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
