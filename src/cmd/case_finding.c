/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/case_finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case/shape.h"
#include "evidence/dsse.h"
#include "evidence/file.h"
#include "evidence/manifest.h"
#include "evidence/verify.h"

#define COPY_MAX ((size_t)1 << 30) /* bytes of one file of a bag that is copied */

static void
complain(void *state, const char *sentence)
{
	(void)state;
	fprintf(stderr, "geophone: case: %s\n", sentence);
}

/* Make the folders that `path` lies in, below `dirfd`. Paths of a bag are sound. */
static enum status
make_folders(int dirfd, const char *path, struct error *err)
{
	char part[BAG_PATH];

	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		(void)snprintf(part, sizeof part, "%.*s", (int)(s - path), path);
		if (mkdirat(dirfd, part, 0755) != 0 && errno != EEXIST)
			return error_sys(err, "make %s", part);
	}
	return OK;
}

static enum status
copy_file(const struct bag *bag, const struct bag_file *f, int to, struct error *err)
{
	struct buf bytes = { .max = COPY_MAX };
	enum status st = make_folders(to, f->path, err);
	int fd;

	if (st == OK)
		st = bag_read(bag, f->path, COPY_MAX, &bytes, err);
	if (st == OK) {
		fd = openat(to, f->path,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd == -1 || !file_write_all(fd, buf_span(&bytes)) || fsync(fd) != 0)
			st = error_sys(err, "copy %s", f->path);
		if (fd != -1)
			(void)close(fd);
	}
	buf_release(&bytes);
	return st;
}

/* Beside, and renamed when it is whole. What is there already is the same. */
static enum status
copy_bag(struct casebook *cb, const struct bag *bag, const char *id, struct error *err)
{
	char beside[160], place[160];
	const struct bag_file *files;
	int at = casebook_dirfd(cb), to;
	struct stat there;
	enum status st = OK;
	size_t n;

	(void)snprintf(place, sizeof place, CASEBOOK_BAGS "/%s", id);
	(void)snprintf(
	    beside, sizeof beside, CASEBOOK_BAGS "/.%s.%ld.partial", id, (long)getpid());
	if (fstatat(at, place, &there, AT_SYMLINK_NOFOLLOW) == 0)
		return OK;
	if ((mkdirat(at, CASEBOOK_BAGS, 0755) != 0 && errno != EEXIST) ||
	    mkdirat(at, beside, 0755) != 0)
		return error_sys(err, "make %s", beside);
	to = openat(at, beside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to == -1)
		return error_sys(err, "open %s", beside);
	files = bag_files(bag, &n);
	for (size_t i = 0; st == OK && i < n; i++)
		st = copy_file(bag, &files[i], to, err);
	(void)close(to);
	if (st == OK && renameat(at, beside, at, place) != 0)
		st = error_sys(err, "rename %s", place);
	return st;
}

static json_t *
slices_of(const struct statement *s)
{
	json_t *list = json_array();
	char hex[DIGEST_HEX];

	for (unsigned i = 0; i < s->subjects; i++)
		if (strncmp(s->subject[i].name, STATEMENT_SLICES,
			sizeof STATEMENT_SLICES - 1) == 0 ||
		    strncmp(s->subject[i].name, STATEMENT_FLOWS,
			sizeof STATEMENT_FLOWS - 1) == 0)
			(void)json_array_append_new(
			    list, json_string(digest_hex(&s->subject[i].digest, hex)));
	return list;
}

/* One envelope: signed by the bag's key, and a finding as we write it. */
static enum status
add_envelope(struct casebook *cb, const struct casebook_hand *hand, const struct bag *bag,
    const struct key *key, const char *path, const char *bag_id, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX }, body = { .max = DSSE_MAX },
		   core = { .max = STATEMENT_MAX };
	struct statement s;
	json_t *finding = NULL;
	enum status st = bag_read(bag, path, DSSE_MAX, &envelope, err);

	if (st == OK)
		st = dsse_open(key, DSSE_IN_TOTO, buf_span(&envelope), &body, err);
	if (st == OK)
		st = statement_decode(buf_span(&body), &s, &core, err);
	if (st == OK) {
		finding = json_pack("{s:s, s:s, s:s, s:o}", "bag", bag_id, "core", core.at,
		    "id", s.finding_id, "slices", slices_of(&s));
		st = finding ? casebook_add(cb, hand, "finding", s.finding_id, finding, err)
			     : error_set(err, E_NOMEM, "no memory");
	}
	if (st != OK)
		error_wrap(err, "%s", path);
	json_decref(finding);
	buf_release(&envelope), buf_release(&body), buf_release(&core);
	return st;
}

static enum status
add_findings(struct casebook *cb, const struct casebook_hand *hand, const struct bag *bag,
    const char *bag_id, struct error *err)
{
	struct buf pem = { .max = 65536 };
	const struct bag_file *files;
	struct key *key = NULL;
	size_t n;
	enum status st = bag_read(bag, BAG_KEY, 65536, &pem, err);

	if (st == OK)
		st = key_public(&key, buf_span(&pem), err);
	files = bag_files(bag, &n);
	for (size_t i = 0; st == OK && i < n; i++) {
		size_t len = strlen(files[i].path);

		if (strncmp(files[i].path, BAG_FINDINGS, sizeof BAG_FINDINGS - 1) == 0 &&
		    len > sizeof BAG_ENVELOPE &&
		    strcmp(files[i].path + len - (sizeof BAG_ENVELOPE - 1), BAG_ENVELOPE) ==
			0)
			st = add_envelope(cb, hand, bag, key, files[i].path, bag_id, err);
	}
	key_free(key);
	buf_release(&pem);
	return st;
}

static enum status
add_bag(struct casebook *cb, const struct casebook_hand *hand, const struct bag *bag,
    const char *dir, bool copy, char id[static DIGEST_HEX], struct error *err)
{
	const struct bag_file *tag = bag_find(bag, "tagmanifest-sha256.txt");
	const char *name = strrchr(dir, '/');
	json_t *body;
	size_t n;
	enum status st = OK;

	if (tag == NULL)
		return error_set(err, E_FORMAT, "it has no tagmanifest-sha256.txt");
	(void)digest_hex(&tag->digest, id);
	(void)bag_files(bag, &n);
	if (copy)
		st = copy_bag(cb, bag, id, err);
	if (st != OK)
		return st;
	name = name && name[1] ? name + 1 : dir;
	body = json_pack("{s:I, s:b, s:s, s:s}", "files", (json_int_t)n, "held", copy, "id",
	    id, "name", name);
	st = body ? casebook_add(cb, hand, "bag", id, body, err)
		  : error_set(err, E_FORMAT, "its name is not UTF-8");
	json_decref(body);
	return st == OK ? add_findings(cb, hand, bag, id, err) : st;
}

enum status
case_add_finding(struct casebook *cb, const struct casebook_hand *hand, const char *what,
    bool copy, char id[static DIGEST_HEX], struct error *err)
{
	struct bag *bag = NULL;
	unsigned faults = 0;
	json_t *body;
	enum status st;

	if (shape_is_hash(what)) {
		(void)snprintf(id, DIGEST_HEX, "%s", what);
		body = json_pack("{s:s}", "id", what);
		st = body ? casebook_add(cb, hand, "finding", id, body, err)
			  : error_set(err, E_NOMEM, "no memory");
		json_decref(body);
		return st;
	}
	st = bag_open(&bag, what, complain, NULL, &faults, err);
	if (st == OK && faults > 0)
		st = error_set(
		    err, E_DIFFERS, "%s has %u faults and is not taken in", what, faults);
	if (st == OK)
		st = add_bag(cb, hand, bag, what, copy, id, err);
	bag_close(bag);
	return st;
}
