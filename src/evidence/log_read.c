/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/log_read.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/base64.h"
#include "evidence/file.h"
#include "evidence/proof.h"

/* A writer may commit while we read and remove partial tiles; then we look again. */
#define TRIES 4

enum status
log_read_checkpoint(int dirfd, struct buf *note, struct checkpoint *out, struct error *err)
{
	struct note n;
	struct stat st;
	enum status status;
	int fd = file_open_beneath(dirfd, "checkpoint", &st);

	if (fd == -1 && errno == ENOENT)
		return error_set(err, E_MISUSE, "there is no log: it has no checkpoint");
	if (fd == -1)
		return error_sys(err, "open the checkpoint of the log");
	status = file_read_all(fd, "the checkpoint of the log", NOTE_MAX, note, err);
	(void)close(fd);
	if (status == OK)
		status = note_parse(buf_span(note), &n, err);
	return status == OK ? checkpoint_parse(n.text, out, err) : status;
}

static enum status
prove_in(struct tiles *t, const struct checkpoint *cp, struct span note, uint64_t index,
    struct buf *entry, struct buf *out, struct error *err)
{
	struct proof p = { .index = index, .note = note };
	struct digest leaf;
	struct buf extra;
	enum status st;

	st = tiles_entry(t, index, entry, err);
	if (st != OK)
		return st;
	leaf = merkle_leaf(buf_span(entry));
	if (!merkle_inclusion(index, cp->size, tiles_node, t, &p.path)) {
		*err = *tiles_error(t);
		return E_IO;
	}
	if (!proof_includes(&p, cp, &leaf))
		return error_set(err, E_DIFFERS,
		    "entry %" PRIu64 " of the log is not below the root of its checkpoint",
		    index);
	buf_init(&extra, PROOF_EXTRA_MAX);
	base64_encode(buf_span(entry), &extra);
	if (!extra.bad) /* it helps who has no envelope; a long entry goes without */
		p.extra = buf_span(&extra);
	proof_encode(&p, out);
	buf_release(&extra);
	return buf_state(out, "the proof", err);
}

static enum status
prove_once(int dirfd, const struct checkpoint *cp, struct span note, uint64_t index,
    struct buf *entry, struct buf *out, struct error *err)
{
	struct tiles *t;
	enum status st = tiles_open(&t, dirfd, cp->size, err);

	if (st != OK)
		return st;
	st = prove_in(t, cp, note, index, entry, out, err);
	tiles_close(t);
	return st;
}

/* Is the checkpoint still the one we worked with? */
static bool
stands(int dirfd, const struct checkpoint *cp)
{
	struct checkpoint now;
	struct buf note;
	struct error err;
	bool same;

	buf_init(&note, NOTE_MAX);
	same = log_read_checkpoint(dirfd, &note, &now, &err) == OK && now.size == cp->size;
	buf_release(&note);
	return same;
}

enum status
log_read_proof(
    int dirfd, uint64_t index, struct buf *entry, struct buf *out, struct error *err)
{
	enum status st = E_IO;

	for (int i = 0; i < TRIES; i++) {
		struct checkpoint cp;
		struct buf note;

		buf_reset(entry), buf_reset(out);
		buf_init(&note, NOTE_MAX);
		st = log_read_checkpoint(dirfd, &note, &cp, err);
		if (st != OK) {
			buf_release(&note);
			return st;
		}
		st = prove_once(dirfd, &cp, buf_span(&note), index, entry, out, err);
		buf_release(&note);
		if (st == OK || stands(dirfd, &cp))
			break;
	}
	return st;
}

static enum status
find_in_bundle(struct span bundle, struct span entry, uint64_t first, uint64_t *index)
{
	struct cursor c = cursor_of(bundle);
	struct span here;

	for (uint64_t i = first; bundle_next(&c, &here); i++)
		if (here.len == entry.len && memcmp(here.at, entry.at, entry.len) == 0) {
			*index = i;
			return OK;
		}
	return E_MISUSE;
}

enum status
log_read_find(int dirfd, struct span entry, uint64_t *index, struct error *err)
{
	struct checkpoint cp;
	struct buf bundle;
	struct tiles *t = NULL;
	enum status st;

	buf_init(&bundle, NOTE_MAX);
	st = log_read_checkpoint(dirfd, &bundle, &cp, err);
	buf_release(&bundle);
	if (st == OK)
		st = tiles_open(&t, dirfd, cp.size, err);
	if (st != OK)
		return st;
	buf_init(&bundle, BUNDLE_MAX);
	st = E_MISUSE;
	for (uint64_t n = 0; st == E_MISUSE && n * TILE_WIDTH < cp.size; n++) {
		enum status got;

		buf_reset(&bundle);
		got = tiles_bundle(t, n, &bundle, err);
		st = got != OK
			 ? (got == E_MISUSE ? E_FORMAT : got)
			 : find_in_bundle(buf_span(&bundle), entry, n * TILE_WIDTH, index);
	}
	buf_release(&bundle);
	tiles_close(t);
	if (st == E_MISUSE)
		return error_set(err, E_MISUSE, "the log has no such entry");
	return st;
}
