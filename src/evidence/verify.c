/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/verify_own.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

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
	    "what happened to copies that nobody recorded, nor that what is recorded "
	    "is true: it is the word of who holds the key" },
};

const char *
verify_verdict_text(enum verify_verdict v)
{
	static const char *const text[] = { "pass", "fail", "not possible" };

	return text[v];
}

void
verify_say(struct judge *j, enum step step, enum verify_verdict v, const char *fmt, ...)
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

void
verify_cover(struct judge *j, const struct bag_file *file)
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

/* A key may be spelled in many ways, and one is ours: a bag has no byte that says nothing. */
enum status
verify_read_key(struct judge *j, const char *path, struct key **out, struct error *err)
{
	struct buf pem, again;
	enum status st;

	buf_init(&pem, BAG_TAG_MAX), buf_init(&again, BAG_TAG_MAX);
	st = bag_read(j->bag, path, BAG_TAG_MAX, &pem, err);
	if (st == OK)
		st = key_public(out, buf_span(&pem), err);
	if (st == OK) {
		key_public_pem(*out, &again);
		if (again.bad || again.len != pem.len ||
		    memcmp(again.at, pem.at, pem.len) != 0) {
			key_free(*out);
			*out = NULL;
			st = error_set(err, E_FORMAT, "the key is not in its one spelling");
		}
	}
	buf_release(&pem), buf_release(&again);
	return st;
}

/* The key in the bag, and the one to check with. */
static void
find_key(struct judge *j)
{
	const struct bag_file *file = bag_find(j->bag, BAG_KEY);
	struct digest id, other;
	struct error err;

	if (file && verify_read_key(j, BAG_KEY, &j->own, &err) != OK) {
		fault(&j->faults, BAG_KEY ": %s", err.text);
		j->key_trouble = true;
	}
	verify_find_holders(j);
	j->key = j->opt->pinned ? j->opt->pinned : j->own;
	if (j->key == NULL)
		return;
	id = key_id(j->key);
	(void)digest_hex(&id, j->report->key_id);
	if (j->own == NULL)
		return;
	other = key_id(j->own);
	if (memcmp(&id, &other, sizeof id) == 0) {
		verify_cover(j, file);
	} else {
		fault(&j->faults, BAG_KEY " is not the key that you gave");
		j->key_trouble = true;
	}
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
		verify_say(j, V1, VERIFY_FAIL, "%u thing%s wrong with the files of the bag",
		    bag_faults, bag_faults == 1 ? " is" : "s are");
	else
		verify_say(j, V1, VERIFY_PASS,
		    "all %zu files are there with the hashes of the manifests, and none "
		    "too many",
		    n);
	find_key(j);
	for (size_t i = 0; i < n; i++)
		if (is_envelope(files[i].path, BAG_FINDINGS))
			verify_one_finding(j, &files[i]);
		else if (is_envelope(files[i].path, BAG_RECORDS))
			verify_one_record(j, &files[i]);
	count_unsigned(j);
	verify_conclude(j);
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
	for (unsigned i = 0; i < j.holders; i++)
		key_free(j.holder[i].key);
	bag_close(j.bag);
	*out = report;
	return OK;
}
