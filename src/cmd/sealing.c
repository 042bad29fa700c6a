/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/sealing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/stamp.h"
#include "evidence/file.h"
#include "evidence/proof.h"
#include "evidence/verify.h"

enum status
sealing_open(struct sealing *s, const char *log, const struct key *log_key,
    const struct key *by, struct error *err)
{
	struct timespec now;

	*s = (struct sealing){ .by = by };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	s->now_ns = (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
	return ledger_open(&s->ledger, log, log_key, err);
}

void
sealing_close(struct sealing *s)
{
	ledger_close(s->ledger);
	free(s->sealed);
	*s = (struct sealing){ 0 };
}

/* Room for one more; NULL: no memory. */
static struct sealed *
room(struct sealing *s, struct error *err)
{
	size_t cap = s->cap ? 2 * s->cap : 64;
	struct sealed *more;

	if (s->n < s->cap)
		return &s->sealed[s->n];
	more = reallocarray(s->sealed, cap, sizeof *more);
	if (more == NULL) {
		(void)error_set(err, E_NOMEM, "no memory for %zu entries", cap);
		return NULL;
	}
	s->sealed = more;
	s->cap = cap;
	return &s->sealed[s->n];
}

enum status
sealing_account(struct sealing *s, enum account_kind kind, struct span body,
    const struct statement_subject *subject, unsigned subjects, struct buf *envelope,
    struct error *err)
{
	struct account a = { .kind = kind,
		.time_ns = s->now_ns,
		.body = body,
		.subject = subject,
		.subjects = subjects };
	struct sealed *it = room(s, err);
	enum status st;

	if (it == NULL)
		return E_NOMEM;
	st = account_salt(a.salt, err);
	if (st == OK)
		st = ledger_append(s->ledger, s->by, &a, envelope, &it->index, err);
	if (st != OK)
		return st;
	it->what = account_word(kind);
	(void)snprintf(it->name, sizeof it->name, "%s-%" PRIu64, it->what, it->index);
	s->n++;
	return OK;
}

enum status
sealing_envelope(struct sealing *s, const char *what, const char *name,
    struct span envelope, struct error *err)
{
	return sealing_received(s, s->by, what, name, envelope, err);
}

enum status
sealing_received(struct sealing *s, const struct key *by, const char *what,
    const char *name, struct span envelope, struct error *err)
{
	struct sealed *it = room(s, err);
	enum status st;

	if (it == NULL)
		return E_NOMEM;
	st = ledger_append_envelope(s->ledger, by, envelope, &it->index, err);
	if (st != OK)
		return st;
	it->what = what;
	if (name)
		(void)snprintf(it->name, sizeof it->name, "%s", name);
	else
		(void)snprintf(it->name, sizeof it->name, "%s-%" PRIu64, what, it->index);
	s->n++;
	return OK;
}

enum status
sealing_folder(const char *path, int *fd, struct error *err)
{
	if (path == NULL)
		return OK;
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return error_sys(err, "make %s", path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return error_sys(err, "open %s", path);
	return OK;
}

enum status
sealing_keep(int dirfd, const char *folder, const char *name, const char *ending,
    struct span bytes, struct error *err)
{
	char path[SEALING_NAME + 32];
	enum status st = OK;
	int fd;

	if (dirfd == -1)
		return OK;
	(void)snprintf(path, sizeof path, "%s%s", name, ending);
	fd =
	    openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd == -1)
		return error_sys(err, "make %s/%s", folder, path);
	if (!file_write_all(fd, bytes) || fsync(fd) != 0)
		st = error_sys(err, "write %s/%s", folder, path);
	(void)close(fd);
	return st;
}

enum status
sealing_tell(struct sealing *s, int fd, const char *folder, bool quiet, struct error *err)
{
	enum status st = OK;

	for (size_t i = 0; st == OK && i < s->n; i++) {
		const struct sealed *it = &s->sealed[i];
		struct buf proof;

		buf_init(&proof, PROOF_MAX);
		if (fd != -1) {
			st = ledger_proof_with_entry(s->ledger, it->index, &proof, err);
			if (st == OK)
				st = sealing_keep(
				    fd, folder, it->name, BAG_PROOF, buf_span(&proof), err);
		}
		buf_release(&proof);
		if (st == OK && !quiet)
			printf("%" PRIu64 "\t%s\t%s\n", it->index, it->what, it->name);
	}
	return st;
}

void
sealing_sensor_body(const struct key *key, struct buf *out)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);
	struct digest id = key_id(key);
	char hex[DIGEST_HEX];
	struct buf pem;
	struct json j;

	buf_init(&pem, 4096);
	key_public_pem(key, &pem);
	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "clock"), json_open(&j, '{');
	json_key(&j, "bound_us"), json_int(&j, state == -1 ? -1 : t.maxerror);
	json_key(&j, "estimate_us"), json_int(&j, state == -1 ? -1 : t.esterror);
	json_key(&j, "source"), json_str(&j, "CLOCK_REALTIME");
	json_key(&j, "synchronised");
	json_bool(&j, state != -1 && state != TIME_ERROR && !(t.status & STA_UNSYNC));
	json_close(&j, '}');
	json_key(&j, "key_id"), json_str(&j, digest_hex(&id, hex));
	json_key(&j, "public_key"), json_bytes(&j, buf_span(&pem));
	json_key(&j, "version"), json_str(&j, GEOPHONE_VERSION);
	json_close(&j, '}');
	buf_release(&pem);
}
