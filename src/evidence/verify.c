/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/verify.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>

#include "evidence/account.h"
#include "evidence/bag_walk.h"
#include "evidence/dsse.h"
#include "base/stamp.h"
#include "evidence/manifest.h"
#include "evidence/proof.h"
#include "evidence/timestamp.h"
#include "evidence/verify_log.h"

enum step { V1, V2, V3, V4, V5, V6, V7, V8, V9, V10 };

#define UNWITNESSED                                                                    \
	"unwitnessed: nobody but the exporter vouches for when this existed, or that " \
	"nothing "                                                                     \
	"was left out"

/* Until a step finds something, this is its answer. */
static const struct {
	const char *id, *what, *sentence, *does_not_show;
} steps[VERIFY_STEPS] = {
	[V1] = { "V1", "bag hashes", "the bag was not looked at",
	    "that this is the bag that was sealed: whoever changes a file can write new "
	    "manifests; only what a signed statement names is held by a key" },
	[V2] = { "V2", "signatures", "the bag holds no signed finding",
	    "who holds the key, when it signed, and whether the sensor measured honestly" },
	[V3] = { "V3", "log leaf", "not in this bag: no log entry of the statements",
	    "that the log is the one you think of" },
	[V4] = { "V4", "inclusion in the log", "not in this bag: no inclusion proof",
	    "that the log shows everybody the same entries" },
	[V5] = { "V5", "checkpoint and cosignatures",
	    "not in this bag: no checkpoint of a log",
	    "that the witnesses are independent of the log" },
	[V6] = { "V6", "timestamps", "not in this bag: no timestamp of another authority",
	    "that the authority's clock was right" },
	[V7] = { "V7", "slices", "no signed statement names a file",
	    "that these packets or flows were on the wire: only that the key committed to "
	    "these bytes" },
	[V8] = { "V8", "detectors run again", "the detectors were not run again",
	    "that the finding is true: the same rules said the same of the same bytes; and "
	    "one "
	    "that does not come out again is not reproduced, which is not the same as "
	    "false" },
	[V9] = { "V9", "assessment run again", "not in this bag: no assessment",
	    "that its grades are right: they are somebody's judgement" },
	[V10] = { "V10", "chain of custody", "not in this bag: no record of custody",
	    "what happened to copies that nobody recorded" },
};

/* A bag being judged. */
struct judge {
	const char *dir;
	const struct verify_options *opt;
	struct verify_report *report;
	struct bag *bag;
	struct faults faults;  /* those of single findings */
	struct key *own;       /* the key in the bag; freed at the end */
	const struct key *key; /* the one that counts; NULL: none */
	bool *covered;         /* by file of the bag: a good signature names it */
	unsigned signed_well, records_well, named, named_wrong, unable;
	unsigned run, differs;
	struct logged logged;
	bool key_trouble; /* the key in the bag is not what it should be */
	char why_unable[VERIFY_SENTENCE];
};

const char *
verify_verdict_text(enum verify_verdict v)
{
	static const char *const text[] = { "pass", "fail", "not possible" };

	return text[v];
}

static void PRINTF_LIKE(4, 5)
    say(struct judge *j, enum step step, enum verify_verdict v, const char *fmt, ...)
{
	struct verify_step *s = &j->report->step[step];
	va_list ap;

	s->verdict = v;
	j->report->failed |= v == VERIFY_FAIL;
	va_start(ap, fmt);
	(void)vsnprintf(s->sentence, sizeof s->sentence, fmt, ap);
	va_end(ap);
	make_printable(s->sentence);
}

static void
begin_report(struct verify_report *r)
{
	*r = (struct verify_report){ .witness = UNWITNESSED };
	static_assert(sizeof UNWITNESSED <= sizeof r->witness, "it does not fit");
	for (size_t i = 0; i < VERIFY_STEPS; i++) {
		struct verify_step *s = &r->step[i];

		s->id = steps[i].id;
		s->what = steps[i].what;
		s->verdict = VERIFY_NOT_POSSIBLE;
		(void)snprintf(s->sentence, sizeof s->sentence, "%s", steps[i].sentence);
		s->does_not_show = steps[i].does_not_show;
	}
}

/* A good signature holds this file. */
static void
cover(struct judge *j, const struct bag_file *file)
{
	size_t n;

	j->covered[file - bag_files(j->bag, &n)] = true;
}

static bool
is_envelope(const char *path, const char *folder)
{
	size_t n = strlen(path), prefix = strlen(folder), suffix = strlen(BAG_ENVELOPE);

	return n > prefix + suffix && strncmp(path, folder, prefix) == 0 &&
	       strcmp(path + n - suffix, BAG_ENVELOPE) == 0;
}

/* The key in the bag, and the one to check with. */
static void
find_key(struct judge *j)
{
	const struct bag_file *file = bag_find(j->bag, BAG_KEY);
	struct digest id, other;
	struct error err;
	struct buf pem;

	buf_init(&pem, BAG_TAG_MAX);
	if (file && (bag_read(j->bag, BAG_KEY, BAG_TAG_MAX, &pem, &err) != OK ||
			key_public(&j->own, buf_span(&pem), &err) != OK)) {
		fault(&j->faults, BAG_KEY ": %s", err.text);
		j->key_trouble = true;
	}
	buf_release(&pem);
	j->key = j->opt->pinned ? j->opt->pinned : j->own;
	if (j->key == NULL)
		return;
	id = key_id(j->key);
	(void)digest_hex(&id, j->report->key_id);
	if (j->own == NULL)
		return;
	other = key_id(j->own);
	if (memcmp(&id, &other, sizeof id) == 0) {
		cover(j, file);
	} else {
		fault(&j->faults, BAG_KEY " is not the key that you gave");
		j->key_trouble = true;
	}
}

/* V2 of one finding: the statement, signed by the key and about that key. */
static bool
read_statement(struct judge *j, const char *path, struct statement *s, struct buf *core)
{
	struct buf envelope, body;
	struct error err;
	enum status st;

	buf_init(&envelope, DSSE_MAX), buf_init(&body, STATEMENT_MAX);
	st = bag_read(j->bag, path, DSSE_MAX, &envelope, &err);
	if (st == OK)
		st = dsse_open(j->key, DSSE_IN_TOTO, buf_span(&envelope), &body, &err);
	if (st == OK)
		st = statement_decode(buf_span(&body), s, core, &err);
	if (st == OK && strcmp(s->key_id, j->report->key_id) != 0)
		st = error_set(&err, E_DIFFERS, "it speaks of the key %s", s->key_id);
	if (st != OK)
		fault(&j->faults, "%s: %s", path, err.text);
	buf_release(&envelope), buf_release(&body);
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
		cover(j, file);
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

/* V7 of one finding: every file it names is there and has the hash it names. */
static bool
check_files(struct judge *j, const char *path, const struct statement *s)
{
	bool good = true;

	for (unsigned i = 0; i < s->subjects; i++) {
		const struct statement_subject *sub = &s->subject[i];
		const struct bag_file *file = bag_find(j->bag, sub->name);

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
		cover(j, proof);
	buf_release(&envelope), buf_release(&bytes);
}

static void
judge_finding(struct judge *j, const struct bag_file *file)
{
	struct statement s;
	struct buf core;

	j->report->findings++;
	if (j->key == NULL)
		return;
	buf_init(&core, STATEMENT_MAX);
	if (read_statement(j, file->path, &s, &core)) {
		j->signed_well++;
		cover(j, file);
		see_proof(j, file, BAG_FINDINGS);
		if (check_files(j, file->path, &s))
			run_again(j, file->path, &s, buf_span(&core));
	}
	buf_release(&core);
}

/* V2 of what else was logged: an account, signed by the key and about that key. */
static void
judge_record(struct judge *j, const struct bag_file *file)
{
	struct account_read r;
	struct buf envelope, body;
	struct error err;
	enum status st;

	j->report->records++;
	if (j->key == NULL)
		return;
	buf_init(&envelope, DSSE_MAX), buf_init(&body, ACCOUNT_MAX);
	st = bag_read(j->bag, file->path, DSSE_MAX, &envelope, &err);
	if (st == OK)
		st = dsse_open(j->key, DSSE_IN_TOTO, buf_span(&envelope), &body, &err);
	if (st == OK)
		st = account_decode(buf_span(&body), &r, &err);
	if (st == OK) {
		if (strcmp(r.account.key_id, j->report->key_id) != 0)
			st = error_set(
			    &err, E_DIFFERS, "it speaks of the key %s", r.account.key_id);
		account_release(&r);
	}
	if (st == OK) {
		j->records_well++;
		cover(j, file);
		see_proof(j, file, BAG_RECORDS);
	} else {
		fault(&j->faults, "%s: %s", file->path, err.text);
	}
	buf_release(&envelope), buf_release(&body);
}

static void
conclude_signatures(struct judge *j)
{
	unsigned n = j->report->findings;

	if (j->records_well < j->report->records) {
		say(j, V2, VERIFY_FAIL,
		    "%u of %u records of what else was logged are not signed by the key",
		    j->report->records - j->records_well, j->report->records);
		return;
	}

	if (n == 0)
		return;
	if (j->key == NULL)
		say(j, V2, VERIFY_FAIL,
		    "the bag holds %u finding%s but no key that can be read in " BAG_KEY, n,
		    n == 1 ? "" : "s");
	else if (j->signed_well < n)
		say(j, V2, VERIFY_FAIL, "%u of %u findings are not signed by the key %s",
		    n - j->signed_well, n, j->report->key_id);
	else if (j->key_trouble)
		say(j, V2, VERIFY_FAIL,
		    "the findings are signed by the key that you gave, but " BAG_KEY
		    " is another or broken");
	else
		say(j, V2, VERIFY_PASS, "%s signed by the key %s, %s",
		    n == 1 ? "the finding is" : "all findings are", j->report->key_id,
		    j->opt->pinned
			? "which you gave"
			: "which lies in the same bag: compare it with one that came "
			  "another way");
}

/* One of the steps V3 to V5: `good` of the findings with a proof passed it. */
static void
conclude_log_step(struct judge *j, enum step step, unsigned good, const char *what)
{
	unsigned proofs = j->logged.proofs;
	unsigned n = j->report->findings + j->report->records;

	if (good < proofs)
		say(j, step, VERIFY_FAIL, "%u of %u proofs do not show that %s",
		    proofs - good, proofs, what);
	else
		say(j, step, proofs == n ? VERIFY_PASS : VERIFY_NOT_POSSIBLE,
		    "%s, for %u of %u findings and records", what, good, n);
}

/* The text of the one checkpoint of all proofs, out of the first of them. */
static bool
checkpoint_text_of(struct judge *j, struct buf *text)
{
	size_t n;
	const struct bag_file *files = bag_files(j->bag, &n);
	struct buf bytes;
	struct error err;
	bool found = false;

	buf_init(&bytes, PROOF_MAX);
	for (size_t i = 0; !found && i < n; i++) {
		struct proof p;
		struct note note;
		struct digest d;

		buf_reset(&bytes);
		if (strncmp(files[i].path, BAG_PROOFS, strlen(BAG_PROOFS)) != 0 ||
		    bag_read(j->bag, files[i].path, PROOF_MAX, &bytes, &err) != OK ||
		    proof_parse(buf_span(&bytes), &p, &err) != OK ||
		    note_parse(p.note, &note, &err) != OK)
			continue;
		d = digest_of(note.text);
		found = digest_same(&d, &j->logged.text);
		if (found)
			buf_put(text, note.text.at, note.text.len);
	}
	buf_release(&bytes);
	return found && !text->bad;
}

/* V6: a stamp on the checkpoint holds all that the checkpoint holds. */
static void
conclude_stamp(struct judge *j)
{
	const struct bag_file *file = bag_find(j->bag, BAG_STAMP);
	struct verify_report *r = j->report;
	struct timestamp t;
	struct buf tsr, text;
	char time[STAMP_TEXT];
	struct error err;

	if (file == NULL)
		return;
	if (j->opt->authorities.len == 0) {
		say(j, V6, VERIFY_NOT_POSSIBLE,
		    "there is a time stamp, but whose word you take is yours to say: give "
		    "the "
		    "certificates of authorities");
		return;
	}
	buf_init(&tsr, TIMESTAMP_MAX), buf_init(&text, NOTE_MAX);
	if (j->logged.included < r->findings + r->records || j->logged.included == 0 ||
	    j->logged.mixed || !checkpoint_text_of(j, &text))
		say(j, V6, VERIFY_FAIL,
		    "there is a time stamp on a checkpoint that does not hold all "
		    "findings");
	else if (bag_read(j->bag, BAG_STAMP, TIMESTAMP_MAX, &tsr, &err) != OK ||
		 timestamp_check(buf_span(&tsr), buf_span(&text), j->opt->authorities, NULL,
		     &t, &err) != OK)
		say(j, V6, VERIFY_FAIL, "%.400s", err.text);
	else if (t.time <= UINT64_MAX / SECOND_NS) {
		(void)stamp_text(t.time * SECOND_NS, time);
		say(j, V6, VERIFY_PASS,
		    "the checkpoint that holds all findings was stamped %s by %s; whether "
		    "its certificate was revoked was not looked at",
		    time, t.who);
		cover(j, file);
		if (!r->witnessed)
			(void)snprintf(r->witness, sizeof r->witness,
			    "witnessed: stamped %s by %s", time, t.who);
		r->witnessed = true;
	}
	buf_release(&tsr), buf_release(&text);
}

static void
conclude_log(struct judge *j)
{
	const struct logged *l = &j->logged;
	struct verify_report *r = j->report;
	char time[STAMP_TEXT];

	if (l->proofs == 0)
		return;
	conclude_log_step(j, V3, l->rebuilt, "the entry of the log is made again");
	conclude_log_step(j, V4, l->included, "the entry is in the log of its checkpoint");
	if (l->policy == NULL) {
		say(j, V5, VERIFY_NOT_POSSIBLE,
		    "there are checkpoints, but whom you trust is yours to say: give a "
		    "policy");
		return;
	}
	conclude_log_step(
	    j, V5, l->trusted, "the checkpoint is signed as your policy asks");
	if (l->trusted < r->findings + r->records || l->unwitnessed)
		return;
	r->witnessed = l->latest <= UINT64_MAX / SECOND_NS; /* nobody signs past 2554 */
	if (!r->witnessed)
		return;
	(void)snprintf(r->witness, sizeof r->witness,
	    "witnessed: cosigned by %u of %u witnesses of your policy, all findings by %s",
	    l->cosigned, l->witnesses, stamp_text(l->latest * SECOND_NS, time));
}

static void
conclude_slices(struct judge *j)
{
	if (j->named_wrong > 0)
		say(j, V7, VERIFY_FAIL,
		    "%u of the %u files that signed statements name are missing or changed",
		    j->named_wrong, j->named);
	else if (j->named > 0)
		say(j, V7, VERIFY_PASS,
		    "every file that a signed statement names is there, unchanged; %u "
		    "other "
		    "file%s in data/ %s held by no signature",
		    j->report->unsigned_files, j->report->unsigned_files == 1 ? "" : "s",
		    j->report->unsigned_files == 1 ? "is" : "are");
}

static void
conclude_detectors(struct judge *j)
{
	unsigned same = j->run - j->differs;

	j->report->reproduced = same;
	if (j->opt->recompute == NULL)
		return;
	if (j->differs > 0)
		say(j, V8, VERIFY_FAIL, "%u of %u findings are not reproduced", j->differs,
		    j->report->findings);
	else if (j->run > 0 && j->unable == 0)
		say(j, V8, VERIFY_PASS,
		    "run again, the detectors say the same, byte for byte, "
		    "of %u of %u findings",
		    same, j->report->findings);
	else if (j->unable > 0)
		say(j, V8, VERIFY_NOT_POSSIBLE,
		    "%u of %u findings come out the same, %u could not "
		    "be run again; %s",
		    same, j->report->findings, j->unable, j->why_unable);
}

/* What lies in data/ and no signature holds. */
static void
count_unsigned(struct judge *j)
{
	size_t n;
	const struct bag_file *files = bag_files(j->bag, &n);

	for (size_t i = 0; i < n; i++)
		j->report->unsigned_files +=
		    strncmp(files[i].path, "data/", 5) == 0 && !j->covered[i];
}

static void
judge_bag(struct judge *j, unsigned bag_faults)
{
	size_t n;
	const struct bag_file *files = bag_files(j->bag, &n);

	if (bag_faults > 0)
		say(j, V1, VERIFY_FAIL, "%u thing%s wrong with the files of the bag",
		    bag_faults, bag_faults == 1 ? " is" : "s are");
	else
		say(j, V1, VERIFY_PASS,
		    "all %zu files are there with the hashes of the manifests, and none "
		    "too many",
		    n);
	find_key(j);
	for (size_t i = 0; i < n; i++)
		if (is_envelope(files[i].path, BAG_FINDINGS))
			judge_finding(j, &files[i]);
		else if (is_envelope(files[i].path, BAG_RECORDS))
			judge_record(j, &files[i]);
	count_unsigned(j);
	conclude_signatures(j);
	conclude_log(j);
	conclude_stamp(j);
	conclude_slices(j);
	conclude_detectors(j);
}

enum status
verify_bag(const char *dir, const struct verify_options *opt, struct verify_report *out,
    struct error *err)
{
	struct verify_report report;
	struct judge j = { .dir = dir,
		.opt = opt,
		.report = &report,
		.logged.policy = opt->policy,
		.faults = { .complain = opt->complain, .state = opt->complain_state } };
	unsigned bag_faults;
	size_t n;
	enum status st;

	begin_report(&report);
	st = bag_open(&j.bag, dir, opt->complain, opt->complain_state, &bag_faults, err);
	if (st != OK)
		return st;
	(void)bag_files(j.bag, &n);
	j.covered = calloc(n + 1, sizeof *j.covered);
	if (j.covered == NULL) {
		bag_close(j.bag);
		return error_set(err, E_NOMEM, "no memory to judge %zu files", n);
	}
	judge_bag(&j, bag_faults);
	free(j.covered);
	key_free(j.own);
	bag_close(j.bag);
	*out = report;
	return OK;
}
