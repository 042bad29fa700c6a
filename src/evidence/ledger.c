/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "evidence/leaf.h"
#include "evidence/log_read.h"
#include "evidence/proof.h"

struct ledger {
	struct log *log;
	struct ledger_entry entry; /* the one at hand */
};

void
ledger_entry_init(struct ledger_entry *e)
{
	buf_init(&e->body, ACCOUNT_MAX);
	buf_init(&e->pae, ACCOUNT_MAX + 256);
	buf_init(&e->leaf, LEAF_MAX);
	buf_init(&e->envelope, DSSE_MAX);
}

void
ledger_entry_release(struct ledger_entry *e)
{
	buf_release(&e->body), buf_release(&e->pae);
	buf_release(&e->leaf), buf_release(&e->envelope);
}

/* The name of the log at `dir`; "" when there is none. */
static enum status
read_origin(const char *dir, char origin[static NOTE_NAME], struct error *err)
{
	struct checkpoint cp = { 0 };
	struct buf note;
	enum status st;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	origin[0] = '\0';
	if (fd == -1 && errno == ENOENT)
		return OK;
	if (fd == -1)
		return error_sys(err, "open the log %s", dir);
	buf_init(&note, NOTE_MAX);
	st = log_read_checkpoint(fd, &note, &cp, err);
	if (st == OK)
		memcpy(origin, cp.origin, sizeof cp.origin);
	else if (st == E_MISUSE)
		st = OK;
	else
		error_wrap(err, "the log %s", dir);
	buf_release(&note);
	(void)close(fd);
	return st;
}

enum status
ledger_create(const char *dir, const char *origin, const struct key *key, struct error *err)
{
	char there[NOTE_NAME];
	struct log *l;
	enum status st = read_origin(dir, there, err);

	if (st != OK)
		return st;
	if (there[0] != '\0')
		return error_set(
		    err, E_MISUSE, "%s is a log already, of the name %s", dir, there);
	st = log_open(&l, dir, origin, key, &disk_real, err);
	if (st == OK)
		log_close(l);
	return st;
}

enum status
ledger_open(struct ledger **out, const char *dir, const struct key *key, struct error *err)
{
	char origin[NOTE_NAME];
	struct ledger *l;
	enum status st = read_origin(dir, origin, err);

	if (st != OK)
		return st;
	if (origin[0] == '\0')
		return error_set(err, E_MISUSE,
		    "there is no log at %s; geophone log init makes one", dir);
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return error_set(err, E_NOMEM, "no memory for a log");
	ledger_entry_init(&l->entry);
	st = log_open(&l->log, dir, origin, key, &disk_real, err);
	if (st != OK) {
		ledger_close(l);
		return st;
	}
	*out = l;
	return OK;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	log_close(l->log);
	ledger_entry_release(&l->entry);
	free(l);
}

struct log *
ledger_log(struct ledger *l)
{
	return l->log;
}

enum status
ledger_make(struct ledger_entry *e, const struct key *by, const struct account *account,
    bool envelope, struct error *err)
{
	struct account a = *account;
	struct signature sig;
	struct digest d = key_id(by);
	enum status st;

	(void)digest_hex(&d, a.key_id);
	buf_reset(&e->body), buf_reset(&e->pae);
	buf_reset(&e->leaf), buf_reset(&e->envelope);
	st = account_encode(&a, &e->body, err);
	if (st != OK)
		return st;
	dsse_pae(DSSE_IN_TOTO, buf_span(&e->body), &e->pae);
	st = buf_state(&e->pae, "what is signed", err);
	if (st == OK)
		st = key_seal(by, buf_span(&e->pae), &sig, err);
	if (st == OK && envelope)
		st = dsse_enclose(
		    by, DSSE_IN_TOTO, buf_span(&e->body), &sig, &e->envelope, err);
	if (st != OK)
		return st;
	d = digest_of(buf_span(&e->pae));
	leaf_encode(by, &d, &sig, &e->leaf);
	return buf_state(&e->leaf, "the leaf", err);
}

enum status
ledger_append_made(
    struct ledger *l, const struct ledger_entry *e, uint64_t *index, struct error *err)
{
	return log_append(l->log, buf_span(&e->leaf), index, err);
}

enum status
ledger_append(struct ledger *l, const struct key *by, const struct account *account,
    struct buf *envelope, uint64_t *index, struct error *err)
{
	struct ledger_entry *e = &l->entry;
	enum status st = ledger_make(e, by, account, envelope != NULL, err);

	if (st == OK && envelope) {
		buf_put(envelope, e->envelope.at, e->envelope.len);
		st = buf_state(envelope, "the envelope", err);
	}
	return st == OK ? ledger_append_made(l, e, index, err) : st;
}

enum status
ledger_append_envelope(struct ledger *l, const struct key *by, struct span envelope,
    uint64_t *index, struct error *err)
{
	enum status st;

	buf_reset(&l->entry.leaf);
	st = leaf_of_envelope(by, DSSE_IN_TOTO, envelope, &l->entry.leaf, err);
	return st == OK ? ledger_append_made(l, &l->entry, index, err) : st;
}

enum status
ledger_commit(struct ledger *l, struct error *err)
{
	return log_commit(l->log, err);
}

static enum status
prove(
    struct ledger *l, uint64_t index, struct span extra, struct buf *out, struct error *err)
{
	const struct checkpoint *cp = log_state(l->log);
	struct proof p = { .index = index, .extra = extra, .note = log_note(l->log) };
	struct tiles *t = log_tiles(l->log);

	if (index >= cp->size)
		return error_set(err, E_MISUSE,
		    "the log has %" PRIu64 " committed entries, not entry %" PRIu64,
		    cp->size, index);
	if (t == NULL)
		return error_set(err, E_NOMEM, "no memory to read the log");
	if (!merkle_inclusion(index, cp->size, tiles_node, t, &p.path)) {
		*err = *tiles_error(t);
		return E_IO;
	}
	proof_encode(&p, out);
	return buf_state(out, "the proof", err);
}

enum status
ledger_proof(struct ledger *l, uint64_t index, struct buf *out, struct error *err)
{
	return prove(l, index, (struct span){ 0 }, out, err);
}

enum status
ledger_proof_with_entry(
    struct ledger *l, uint64_t index, struct buf *out, struct error *err)
{
	struct tiles *t = log_tiles(l->log);
	struct buf entry, extra;
	enum status st;

	if (t == NULL)
		return error_set(err, E_NOMEM, "no memory to read the log");
	buf_init(&entry, ENTRY_MAX), buf_init(&extra, PROOF_EXTRA_MAX);
	st = tiles_entry(t, index, &entry, err);
	if (st == OK) {
		base64_encode(buf_span(&entry), &extra);
		st = prove(l, index, buf_span(&extra), out, err);
	}
	buf_release(&entry), buf_release(&extra);
	return st;
}
