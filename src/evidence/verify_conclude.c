/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stamp.h"
#include "evidence/proof.h"
#include "evidence/timestamp.h"
#include "evidence/verify_own.h"

static void
conclude_signatures(struct judge *j)
{
	unsigned n = j->report->findings;

	if (j->records_well < j->report->records) {
		verify_say(j, V2, VERIFY_FAIL,
		    "%u of %u records of what else was logged are not signed by the key",
		    j->report->records - j->records_well, j->report->records);
		return;
	}

	if (n == 0)
		return;
	if (j->key == NULL)
		verify_say(j, V2, VERIFY_FAIL,
		    "the bag holds %u finding%s but no key that can be read in " BAG_KEY, n,
		    n == 1 ? "" : "s");
	else if (j->signed_well < n)
		verify_say(j, V2, VERIFY_FAIL,
		    "%u of %u findings are not signed by the key %s", n - j->signed_well, n,
		    j->report->key_id);
	else if (j->key_trouble)
		verify_say(j, V2, VERIFY_FAIL,
		    "the findings are signed by the key that you gave, but " BAG_KEY
		    " is another or broken");
	else
		verify_say(j, V2, VERIFY_PASS, "%s signed by the key %s, %s",
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
		verify_say(j, step, VERIFY_FAIL, "%u of %u proofs do not show that %s",
		    proofs - good, proofs, what);
	else
		verify_say(j, step, proofs == n ? VERIFY_PASS : VERIFY_NOT_POSSIBLE,
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
		verify_say(j, V6, VERIFY_NOT_POSSIBLE,
		    "there is a time stamp, but whose word you take is yours to say: give "
		    "the "
		    "certificates of authorities");
		return;
	}
	buf_init(&tsr, TIMESTAMP_MAX), buf_init(&text, NOTE_MAX);
	if (j->logged.included < r->findings + r->records || j->logged.included == 0 ||
	    j->logged.mixed || !checkpoint_text_of(j, &text))
		verify_say(j, V6, VERIFY_FAIL,
		    "there is a time stamp on a checkpoint that does not hold all "
		    "findings");
	else if (bag_read(j->bag, BAG_STAMP, TIMESTAMP_MAX, &tsr, &err) != OK ||
		 timestamp_check(buf_span(&tsr), buf_span(&text), j->opt->authorities, NULL,
		     &t, &err) != OK)
		verify_say(j, V6, VERIFY_FAIL, "%.400s", err.text);
	else if (t.time <= UINT64_MAX / SECOND_NS) {
		(void)stamp_text(t.time * SECOND_NS, time);
		verify_say(j, V6, VERIFY_PASS,
		    "the checkpoint that holds all findings was stamped %s by %s; whether "
		    "its certificate was revoked was not looked at",
		    time, t.who);
		verify_cover(j, file);
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
		verify_say(j, V5, VERIFY_NOT_POSSIBLE,
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
		verify_say(j, V7, VERIFY_FAIL,
		    "%u of the %u files that signed statements name are missing or changed",
		    j->named_wrong, j->named);
	else if (j->report->redacted > 0)
		verify_say(j, V7, VERIFY_PASS,
		    "of %llu packets in %u slices %llu are withheld and %llu cut behind "
		    "their headers; what is there is what was signed, and so is every "
		    "other "
		    "file that a signed statement names",
		    (unsigned long long)j->report->packets, j->report->redacted,
		    (unsigned long long)j->report->packets_withheld,
		    (unsigned long long)j->report->packets_cut);
	else if (j->named > 0)
		verify_say(j, V7, VERIFY_PASS,
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
		verify_say(j, V8, VERIFY_FAIL, "%u of %u findings are not reproduced",
		    j->differs, j->report->findings);
	else if (j->run > 0 && j->unable == 0)
		verify_say(j, V8, VERIFY_PASS,
		    "run again, the detectors say the same, byte for byte, "
		    "of %u of %u findings",
		    same, j->report->findings);
	else if (j->unable > 0)
		verify_say(j, V8, VERIFY_NOT_POSSIBLE,
		    "%u of %u findings come out the same, %u could not "
		    "be run again; %s",
		    same, j->report->findings, j->unable, j->why_unable);
}

void
verify_conclude(struct judge *j)
{
	conclude_signatures(j);
	conclude_log(j);
	conclude_stamp(j);
	conclude_slices(j);
	conclude_detectors(j);
	verify_conclude_custody(j);
}
