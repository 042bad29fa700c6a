/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/exhibit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/custody.h"
#include "cmd/slices.h"
#include "evidence/bag.h"
#include "evidence/dsse.h"
#include "evidence/readme.h"
#include "evidence/statement.h"

#define DOCUMENT_MAX \
	((size_t)64 << 20) /* report, statements: the largest thing in memory */

struct writer {
	struct exhibit *x;
	struct bag_writer *bag;
	struct buf text, body, envelope;
	struct digest params;
	struct digest *baselines; /* written so far: equal contexts are kept once */
	size_t baselines_n;
	struct statement_subject *sealed; /* the envelopes of the findings */
	unsigned sealed_n;
	struct error *err;
};

/* Room and name of a file in the bag: "slices/<hex>.pcapng". */
static const char *
bag_path(char path[static STATEMENT_NAME], const char *room, const struct digest *d,
    const char *ending)
{
	char hex[DIGEST_HEX];

	(void)snprintf(path, STATEMENT_NAME, "%s/%s.%s", room, digest_hex(d, hex), ending);
	return path;
}

static enum status
add_text(struct writer *w, const char *path)
{
	enum status st = buf_state(&w->text, path, w->err);

	return st == OK ? bag_add(w->bag, path, buf_span(&w->text), w->err) : st;
}

/* Copy a spooled slice into the bag and make it a subject of the statement. */
static enum status
add_slice(struct writer *w, FILE *from, const char *room, const char *ending,
    struct finding *f, const struct digest *id, struct statement *say)
{
	struct statement_subject *subject = &say->subject[say->subjects];
	char path[STATEMENT_NAME], chunk[65536];
	FILE *to;
	size_t n;
	enum status st;

	if (from == NULL)
		return OK;
	st = bag_begin_file(w->bag, bag_path(path, room, id, ending), &to, w->err);
	if (st != OK)
		return st;
	while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
		if (fwrite(chunk, 1, n, to) != n)
			return error_sys(w->err, "write %s", path);
	if (ferror(from))
		return error_sys(w->err, "read back a slice");
	st = bag_end_file(w->bag, &subject->digest, w->err);
	if (st != OK)
		return st;
	(void)snprintf(subject->name, sizeof subject->name, "data/%.*s",
	    (int)(sizeof subject->name - 6), path);
	say->subjects++;
	f->slice[f->slices++] = subject->digest;
	return exhibit_log_slice(w->x->log, subject, w->err);
}

/* From what packets can be withheld later; too many lengths, and none can. */
static enum status
add_index(struct writer *w, const struct slice *slice, const struct digest *id,
    struct statement *say)
{
	struct statement_subject *subject = &say->subject[say->subjects];
	struct digest secret;
	char path[STATEMENT_NAME], hex[DIGEST_HEX];
	enum status st;

	if (slice->packets_file == NULL || slice->splits.bad)
		return OK;
	say->slice_root = packets_root(&slice->tree);
	say->rooted = true;
	memcpy(secret.b, slice->secret, sizeof secret.b);
	buf_reset(&w->text);
	buf_printf(&w->text, "{\"packets\":%llu,\"root\":\"%s\",",
	    (unsigned long long)slice->tree.n, digest_hex(&say->slice_root, hex));
	buf_printf(&w->text, "\"secret\":\"%s\",\"splits\":[", digest_hex(&secret, hex));
	buf_put(&w->text, slice->splits.at, slice->splits.len);
	buf_puts(&w->text, "]}\n");
	st = add_text(w, bag_path(path, "index", id, "json"));
	if (st != OK)
		return st;
	(void)snprintf(subject->name, sizeof subject->name, "data/%.*s",
	    (int)(sizeof subject->name - 6), path);
	subject->digest = digest_of(buf_span(&w->text));
	say->subjects++;
	return OK;
}

/* The context, once however many findings share it. */
static enum status
add_baseline(struct writer *w, const struct context *context, struct digest *out)
{
	char path[STATEMENT_NAME];
	enum status st;

	buf_reset(&w->text);
	context_encode(context, &w->text);
	st = buf_state(&w->text, "a context", w->err);
	if (st != OK)
		return st;
	*out = digest_of(buf_span(&w->text));
	for (size_t i = 0; i < w->baselines_n; i++)
		if (memcmp(&w->baselines[i], out, sizeof *out) == 0)
			return OK;
	w->baselines[w->baselines_n++] = *out;
	return add_text(w, bag_path(path, "baseline", out, "json"));
}

/* What the record of custody names; past what a statement can, its number says more. */
static void
remember(struct writer *w, const char *path)
{
	struct statement_subject *s = &w->sealed[w->sealed_n];

	if (w->sealed_n == ACCOUNT_SUBJECTS)
		return;
	s->digest = digest_of(buf_span(&w->envelope));
	(void)snprintf(
	    s->name, sizeof s->name, "data/%.*s", (int)(sizeof s->name - 6), path);
	w->sealed_n++;
}

static enum status
add_statement(struct writer *w, const struct finding *f, const struct digest *id,
    const struct statement *say)
{
	char path[STATEMENT_NAME];
	enum status st;

	buf_reset(&w->text);
	buf_reset(&w->body);
	buf_reset(&w->envelope);
	finding_core(f, &w->text);
	statement_encode(say, buf_span(&w->text), &w->body);
	st = buf_state(&w->body, "a statement", w->err);
	if (st == OK)
		st = dsse_seal(
		    w->x->key, DSSE_IN_TOTO, buf_span(&w->body), &w->envelope, w->err);
	if (st == OK)
		st = bag_add(w->bag, bag_path(path, "findings", id, "dsse.json"),
		    buf_span(&w->envelope), w->err);
	if (st == OK)
		st = exhibit_log_finding(
		    w->x->log, say->finding_id, buf_span(&w->envelope), w->err);
	if (st == OK)
		remember(w, path);
	return st;
}

static enum status
add_finding(struct writer *w, size_t i, const struct slice *slice)
{
	struct exhibit *x = w->x;
	struct finding *f = &x->finding[i];
	struct digest id = finding_id(f), baseline, key = key_id(x->key);
	struct statement say = { .window_start_ns = f->first_ns,
		.window_end_ns = f->last_ns,
		.packets = slice->packets,
		.flows = slice->flows };
	enum status st;

	(void)digest_hex(&id, say.finding_id);
	(void)digest_hex(&key, say.key_id);
	(void)digest_hex(&w->params, say.params_sha256);
	(void)snprintf(say.detector, sizeof say.detector, "%s", finding_kind_text(f->kind));
	(void)snprintf(say.version, sizeof say.version, "%s", GEOPHONE_VERSION);
	memcpy(say.salt, x->salt[i], sizeof say.salt);
	st = add_slice(w, slice->packets_file, "slices", "pcapng", f, &id, &say);
	if (st == OK)
		st = add_index(w, slice, &id, &say);
	if (st == OK)
		st = add_slice(w, slice->flows_file, "flows", "jsonl", f, &id, &say);
	if (st == OK && say.subjects == 0)
		st = error_set(w->err, E_DIFFERS,
		    "the inputs, read again, no longer hold what the finding %s rests on",
		    say.finding_id);
	if (st == OK)
		st = add_baseline(w, &x->context[i], &baseline);
	if (st != OK)
		return st;
	(void)digest_hex(&baseline, say.baseline_sha256);
	return add_statement(w, f, &id, &say);
}

static enum status
add_findings(struct writer *w)
{
	struct exhibit *x = w->x;
	enum status st = OK;

	for (size_t at = 0; st == OK && at < x->n; at += SLICES_MAX) {
		unsigned n = (unsigned)(x->n - at < SLICES_MAX ? x->n - at : SLICES_MAX);
		struct slices cut;

		st = slices_cut(&cut, x->inputs, x->hear, x->state, x->finding + at, n,
		    x->frames_dropped, w->err);
		if (st != OK)
			return st;
		for (unsigned i = 0; st == OK && i < n; i++)
			st = add_finding(w, at + i, &cut.slice[i]);
		slices_release(&cut);
	}
	return st;
}

/* What a rule hides is in the evidence, but not in the report. */
static enum status
write_report(const struct exhibit *x, struct buf *out, struct error *err)
{
	struct finding *f = calloc(x->n + 1, sizeof *f);
	struct trace *t = calloc(x->n + 1, sizeof *t);
	bool room = f && t;
	size_t n = 0;

	for (size_t i = 0; room && i < x->n; i++) {
		if (x->hidden && x->hidden[i])
			continue;
		f[n] = x->finding[i];
		t[n++] = x->trace ? x->trace[i] : (struct trace){ 0 };
	}
	if (room)
		publish_report(f, x->trace ? t : NULL, n, x->summary, out);
	free(f);
	free(t);
	return room ? OK : error_set(err, E_NOMEM, "no memory for the report");
}

static enum status
add_documents(struct writer *w)
{
	struct exhibit *x = w->x;
	char path[STATEMENT_NAME];
	char hex[DIGEST_HEX];
	struct digest key;
	enum status st;

	buf_reset(&w->text);
	params_encode(x->params, &w->text);
	st = add_text(w, bag_path(path, "params", &w->params, "json"));
	if (st != OK)
		return st;
	buf_reset(&w->text);
	for (size_t i = 0; i < x->n; i++) {
		finding_encode(&x->finding[i], &w->text);
		buf_putc(&w->text, '\n');
	}
	st = add_text(w, "report/findings.jsonl");
	if (st != OK)
		return st;
	buf_reset(&w->text);
	st = write_report(x, &w->text, w->err);
	if (st == OK)
		st = add_text(w, "report/report.html");
	if (st != OK)
		return st;
	buf_reset(&w->text);
	key_public_pem(x->key, &w->text);
	st = add_text(w, "keys/sensor.pem");
	if (st != OK)
		return st;
	buf_reset(&w->text);
	key = key_id(w->x->key);
	evidence_certification(&w->text, GEOPHONE_VERSION, digest_hex(&key, hex));
	st = add_text(w, "report/certification-template.txt");
	if (st != OK)
		return st;
	buf_reset(&w->text);
	evidence_readme(&w->text, GEOPHONE_VERSION);
	return add_text(w, "README-VERIFY.txt");
}

/*
 * The first event of the chain. It has no finer time than the date of the bag: what
 * is in a bag without a log follows from inputs, key, salts and date alone.
 */
static enum status
add_custody(struct writer *w)
{
	const struct exhibit *x = w->x;
	struct account event = {
		.kind = ACCOUNT_CUSTODY, .subject = w->sealed, .subjects = w->sealed_n
	};
	char midnight[STAMP_TEXT];
	enum status st;

	(void)snprintf(midnight, sizeof midnight, "%.10sT00:00:00Z", x->bagging_date);
	CHECK(stamp_parse(
	    (struct span){ (const uint8_t *)midnight, strlen(midnight) }, &event.time_ns));
	buf_reset(&w->text);
	st = custody_acquisition(x->inputs, x->bagging_date, x->n, &w->text, w->err);
	event.body = buf_span(&w->text);
	memcpy(event.salt, x->salt[x->n], sizeof event.salt);
	if (st == OK && x->log)
		st = exhibit_log_custody(x->log, w->bag, &event, w->err);
	else if (st == OK)
		st = custody_add(w->bag, x->key, 0, &event, w->err);
	return st;
}

static enum status
fill_bag(struct writer *w)
{
	struct digest key = key_id(w->x->key);
	char hex[DIGEST_HEX];
	enum status st;

	params_encode(w->x->params, &w->text);
	st = buf_state(&w->text, "the parameters", w->err);
	if (st != OK)
		return st;
	w->params = digest_of(buf_span(&w->text));
	bag_info(w->bag, "Bag-Software-Agent", "geophone " GEOPHONE_VERSION);
	bag_info(w->bag, "Bagging-Date", w->x->bagging_date);
	bag_info(w->bag, "External-Identifier", digest_hex(&key, hex));
	st = add_findings(w);
	if (st == OK)
		st = add_documents(w);
	if (st == OK)
		st = add_custody(w);
	if (st == OK && cmd_stopped)
		st = error_set(w->err, E_STOPPED, "stopped while keeping evidence");
	if (st == OK)
		st =
		    exhibit_log_close(w->x->log, w->bag, &w->params, w->x->summary, w->err);
	return st == OK ? bag_commit(w->bag, w->err) : st;
}

enum status
exhibit_write(struct exhibit *x, const char *dir, struct error *err)
{
	struct writer w = { .x = x, .err = err };
	enum status st;

	w.baselines = calloc(x->n + 1, sizeof *w.baselines);
	w.sealed = calloc(ACCOUNT_SUBJECTS, sizeof *w.sealed);
	if (w.baselines == NULL || w.sealed == NULL) {
		free(w.baselines), free(w.sealed);
		return error_set(err, E_NOMEM, "no memory for %zu findings", x->n);
	}
	buf_init(&w.text, DOCUMENT_MAX);
	buf_init(&w.body, DOCUMENT_MAX);
	buf_init(&w.envelope, 2 * DOCUMENT_MAX);
	st = bag_create(&w.bag, dir, err);
	if (st == OK)
		st = fill_bag(&w);
	bag_writer_close(w.bag);
	buf_release(&w.text);
	buf_release(&w.body);
	buf_release(&w.envelope);
	free(w.baselines), free(w.sealed);
	return st;
}
