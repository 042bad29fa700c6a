/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "evidence/account.h"
#include "evidence/dsse.h"
#include "evidence/manifest.h"
#include "evidence/packets.h"
#include "evidence/proof.h"
#include "evidence/verify_own.h"

#define PACKETS_TEXT_MAX ((size_t)1 << 30)

/* Signed by this key, and in the spelling that dsse_seal gives it. */
static enum status
open_envelope(struct judge *j, const struct key *key, const char *path, struct buf *body,
    struct error *err)
{
	struct signature sig;
	struct buf envelope, again;
	enum status st;

	buf_init(&envelope, DSSE_MAX), buf_init(&again, DSSE_MAX);
	st = bag_read(j->bag, path, DSSE_MAX, &envelope, err);
	if (st == OK)
		st = dsse_open_signed(
		    key, DSSE_IN_TOTO, buf_span(&envelope), body, &sig, err);
	if (st == OK)
		st = dsse_enclose(key, DSSE_IN_TOTO, buf_span(body), &sig, &again, err);
	if (st == OK &&
	    (again.len != envelope.len || memcmp(again.at, envelope.at, again.len) != 0))
		st = error_set(err, E_FORMAT, "the envelope is not in its one spelling");
	buf_release(&envelope), buf_release(&again);
	return st;
}

/* V2 of one finding: the statement, signed by the key and about that key. */
static bool
read_statement(struct judge *j, const char *path, struct statement *s, struct buf *core)
{
	struct buf body;
	struct error err;
	enum status st;

	buf_init(&body, STATEMENT_MAX);
	st = open_envelope(j, j->key, path, &body, &err);
	if (st == OK)
		st = statement_decode(buf_span(&body), s, core, &err);
	if (st == OK && strcmp(s->key_id, j->report->key_id) != 0)
		st = error_set(&err, E_DIFFERS, "it speaks of the key %s", s->key_id);
	if (st != OK)
		fault(&j->faults, "%s: %s", path, err.text);
	buf_release(&body);
	return st == OK;
}

/*
 * The file below `folder` with the hash that the detector names: one of the
 * subjects, or named after its hash. NULL: not in the bag.
 */
static const struct bag_file *
detector_file(const struct judge *j, const struct statement *s, const char *folder,
    const char *sha256)
{
	const struct statement_subject *sub = statement_subject_under(s, folder);
	char path[BAG_PATH], hex[DIGEST_HEX];
	const struct bag_file *file;

	(void)snprintf(path, sizeof path, "%s%s.json", folder, sha256);
	file = bag_find(j->bag, sub ? sub->name : path);
	return file && strcmp(digest_hex(&file->digest, hex), sha256) == 0 ? file : NULL;
}

static bool
check_named(struct judge *j, const char *path, const char *name,
    const struct bag_file *file, bool right)
{
	char shown[SHOWN];

	j->named++;
	if (right) {
		verify_cover(j, file);
		return true;
	}
	j->named_wrong++;
	fault(&j->faults, "%s names %s, which is %s", path, show(name, shown),
	    file ? "not the file that was signed" : "not in the bag");
	return false;
}

/* What the detector was given: of some of it there may be none. */
static bool
check_detector_file(struct judge *j, const char *path, const struct statement *s,
    const char *folder, const char *sha256)
{
	const struct bag_file *file;
	char name[BAG_PATH];

	if (sha256[0] == '\0' || statement_subject_under(s, folder))
		return true; /* a subject was looked at as such */
	file = detector_file(j, s, folder, sha256);
	(void)snprintf(name, sizeof name, "%s%s.json", folder, sha256);
	return check_named(j, path, name, file, file != NULL);
}

/*
 * The slice as it was handed on: not the file that was signed, but packets and hashes
 * in its place, and the root is the one that was signed. NULL: there is none.
 */
static const struct bag_file *
redacted_slice(struct judge *j, const char *path, const struct statement *s)
{
	const struct statement_subject *sub = statement_subject_under(s, STATEMENT_SLICES);
	const char *dot = sub ? strrchr(sub->name, '.') : NULL;
	const struct bag_file *file;
	struct packets_read r;
	char name[BAG_PATH];
	struct error err;
	struct buf text;
	enum status st;

	if (dot == NULL || !s->rooted || bag_find(j->bag, sub->name))
		return NULL;
	(void)snprintf(
	    name, sizeof name, "%.*s" BAG_PACKETS, (int)(dot - sub->name), sub->name);
	file = bag_find(j->bag, name);
	if (file == NULL)
		return NULL;
	buf_init(&text, PACKETS_TEXT_MAX);
	st = bag_read(j->bag, name, PACKETS_TEXT_MAX, &text, &err);
	if (st == OK)
		st = packets_read(buf_span(&text), &r, &err);
	if (st == OK &&
	    (r.n != s->packets || memcmp(&r.root, &s->slice_root, sizeof r.root) != 0))
		st = error_set(&err, E_DIFFERS, "not the packets that were signed");
	if (st == OK) {
		j->report->redacted++;
		j->report->packets += r.n;
		j->report->packets_cut += r.shown[PACKETS_HEAD];
		j->report->packets_withheld += r.shown[PACKETS_WITHHELD];
	} else
		fault(&j->faults, "%s: %s: %s", path, name, err.text);
	buf_release(&text);
	return st == OK ? file : NULL;
}

/* V7 of one finding: every file it names is there and has the hash it names. */
static bool
check_files(struct judge *j, const char *path, const struct statement *s, bool *redacted)
{
	const struct bag_file *packets = redacted_slice(j, path, s);
	bool good = true;

	*redacted = packets != NULL;

	for (unsigned i = 0; i < s->subjects; i++) {
		const struct statement_subject *sub = &s->subject[i];
		const struct bag_file *file = bag_find(j->bag, sub->name);

		if (packets &&
		    strncmp(sub->name, STATEMENT_SLICES, strlen(STATEMENT_SLICES)) == 0) {
			good &= check_named(j, path, sub->name, packets, true);
			continue;
		}
		/* It has the secret of what is withheld, and is gone with it. */
		if (packets && file == NULL &&
		    strncmp(sub->name, STATEMENT_INDEX, strlen(STATEMENT_INDEX)) == 0)
			continue;
		good &= check_named(j, path, sub->name, file,
		    file && memcmp(&file->digest, &sub->digest, sizeof file->digest) == 0);
	}
	good &= check_detector_file(j, path, s, STATEMENT_PARAMS, s->params_sha256);
	good &= check_detector_file(j, path, s, STATEMENT_BASELINE, s->baseline_sha256);
	return good;
}

/* Read it into `to`; an empty span: there is none, or it is too large. */
static struct span
fetch(struct judge *j, const struct statement *s, const char *folder, const char *sha256,
    struct buf *to)
{
	const struct bag_file *file = detector_file(j, s, folder, sha256);
	struct error err;

	if (file == NULL)
		return (struct span){ 0 };
	if (bag_read(j->bag, file->path, VERIFY_JSON_MAX, to, &err) != OK) {
		fault(&j->faults, "%s: %s", file->path, err.text);
		return (struct span){ 0 };
	}
	return buf_span(to);
}

/* Where on the disk the subject below `folder` lies; NULL: there is none. */
static const char *
on_disk(const struct judge *j, const struct statement *s, const char *folder,
    char to[static PATH_MAX])
{
	const struct statement_subject *sub = statement_subject_under(s, folder);

	if (sub == NULL || snprintf(to, PATH_MAX, "%s/%s", j->dir, sub->name) >= PATH_MAX)
		return NULL;
	return to;
}

/* V8 of one finding. */
static void
run_again(struct judge *j, const char *path, const struct statement *s, struct span core)
{
	char slice[PATH_MAX], flows[PATH_MAX];
	struct verify_finding f = { .path = path,
		.statement = s,
		.core = core,
		.slice_path = on_disk(j, s, STATEMENT_SLICES, slice),
		.flows_path = on_disk(j, s, STATEMENT_FLOWS, flows) };
	struct buf params, baseline, again;
	struct error err;

	buf_init(&params, VERIFY_JSON_MAX), buf_init(&baseline, VERIFY_JSON_MAX);
	buf_init(&again, STATEMENT_MAX);
	f.params = fetch(j, s, STATEMENT_PARAMS, s->params_sha256, &params);
	f.baseline = fetch(j, s, STATEMENT_BASELINE, s->baseline_sha256, &baseline);
	if (j->opt->recompute == NULL) {
		/* only the files were of interest */
	} else if (j->opt->recompute(j->opt->recompute_state, &f, &again, &err) != OK ||
		   buf_state(&again, "the result", &err) != OK) {
		if (j->unable++ == 0)
			(void)snprintf(j->why_unable, sizeof j->why_unable,
			    "%.200s: %.250s", path, err.text);
	} else if (again.len == core.len && memcmp(again.at, core.at, core.len) == 0) {
		j->run++;
	} else {
		j->run++;
		j->differs++;
		fault(&j->faults,
		    "%s is not reproduced: run again, the %s detector says something "
		    "else",
		    path, s->detector);
	}
	buf_release(&params), buf_release(&baseline), buf_release(&again);
}

/* V3 to V5 of one finding or record: the proof that lies under the same name. */
static void
see_proof(struct judge *j, const struct bag_file *file, const char *folder)
{
	const char *stem = file->path + strlen(folder);
	char path[BAG_PATH];
	const struct bag_file *proof;
	struct buf envelope, bytes;
	struct error err;

	(void)snprintf(path, sizeof path, BAG_PROOFS "%.*s" BAG_PROOF,
	    (int)(strlen(stem) - strlen(BAG_ENVELOPE)), stem);
	proof = bag_find(j->bag, path);
	if (proof == NULL)
		return;
	buf_init(&envelope, DSSE_MAX), buf_init(&bytes, PROOF_MAX);
	if (bag_read(j->bag, file->path, DSSE_MAX, &envelope, &err) != OK ||
	    bag_read(j->bag, path, PROOF_MAX, &bytes, &err) != OK) {
		j->logged.proofs++;
		fault(&j->faults, "%s: %s", path, err.text);
	} else if (logged_see(&j->logged, j->key, buf_span(&envelope), path,
		       buf_span(&bytes), &j->faults))
		verify_cover(j, proof);
	buf_release(&envelope), buf_release(&bytes);
}

void
verify_one_finding(struct judge *j, const struct bag_file *file)
{
	struct statement s;
	struct buf core;
	bool redacted;

	j->report->findings++;
	if (j->key == NULL)
		return;
	buf_init(&core, STATEMENT_MAX);
	if (read_statement(j, file->path, &s, &core)) {
		j->signed_well++;
		verify_cover(j, file);
		see_proof(j, file, BAG_FINDINGS);
		if (!check_files(j, file->path, &s, &redacted))
			; /* named already */
		else if (!redacted)
			run_again(j, file->path, &s, buf_span(&core));
		else if (j->unable++ == 0)
			(void)snprintf(j->why_unable, sizeof j->why_unable,
			    "%.200s: packets of its slice are withheld, and the detector "
			    "cannot be run on what is not there",
			    file->path);
	}
	buf_release(&core);
}

/* The same of an event of custody that another holder signed: *who, else NULL. */
static enum status
open_by_holder(struct judge *j, const char *path, struct buf *body, struct holder **who)
{
	struct error why;

	for (unsigned i = 0; i < j->holders; i++) {
		*who = &j->holder[i];
		if (open_envelope(j, (*who)->key, path, body, &why) == OK)
			return OK;
	}
	*who = NULL;
	return E_DIFFERS;
}

/* V2 of what else was logged: an account, signed by the key and about that key. */
void
verify_one_record(struct judge *j, const struct bag_file *file)
{
	bool custody = verify_is_custody(file->path);
	struct holder *who = NULL;
	char signer[DIGEST_HEX];
	struct account_read r;
	struct digest id;
	struct buf body;
	struct error err;
	enum status st;

	j->report->records++;
	j->chain.seen += custody;
	if (j->key == NULL)
		return;
	buf_init(&body, ACCOUNT_MAX);
	st = open_envelope(j, j->key, file->path, &body, &err);
	if (st != OK && custody)
		st = open_by_holder(j, file->path, &body, &who);
	id = key_id(who ? who->key : j->key);
	(void)digest_hex(&id, signer);
	if (st == OK)
		st = account_decode(buf_span(&body), &r, &err);
	if (st == OK) {
		if (strcmp(r.account.key_id, signer) != 0)
			st = error_set(
			    &err, E_DIFFERS, "it speaks of the key %s", r.account.key_id);
		else if ((r.account.kind == ACCOUNT_CUSTODY) != custody)
			st = error_set(&err, E_DIFFERS, "it is a record of %s",
			    account_word(r.account.kind));
		else if (custody)
			verify_see_custody(j, file, &r.account, who == NULL);
		account_release(&r);
	}
	if (st == OK && who) {
		j->report->records--; /* V10 speaks of it */
		verify_cover(j, file);
		verify_cover_key(j, who);
	} else if (st == OK) {
		j->records_well++;
		verify_cover(j, file);
		see_proof(j, file, BAG_RECORDS);
	} else {
		fault(&j->faults, "%s: %s", file->path, err.text);
	}
	buf_release(&body);
}
