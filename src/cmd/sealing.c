/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/sealing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

#include "base/json.h"
#include "base/stamp.h"

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
	struct sealed *it = room(s, err);
	enum status st;

	if (it == NULL)
		return E_NOMEM;
	st = ledger_append_envelope(s->ledger, s->by, envelope, &it->index, err);
	if (st != OK)
		return st;
	it->what = what;
	(void)snprintf(it->name, sizeof it->name, "%s", name);
	s->n++;
	return OK;
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
