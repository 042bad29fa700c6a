/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/assess_case.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case/ask.h"
#include "case/assay.h"
#include "case/shape.h"
#include "cmd/cmd.h"
#include "publish/assessment.h"

#define SELECTORS_MAX 32

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* What to look for: peers, names and the time in which the findings saw them. */
static json_t *
make_selectors(struct casebook *cb)
{
	static const char *const keys[] = { "peer", "name" };
	json_t *list = json_array(), *rows, *row;
	struct error unimportant;
	size_t i;

	if (casebook_list(cb, "finding", NULL, &rows, &unimportant) != OK)
		return list;
	json_array_foreach(rows, i, row)
	{
		const char *text = text_of(json_object_get(row, "body"), "core");
		json_t *core = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
		char s[512];

		for (size_t k = 0; k < 2 && json_array_size(list) < SELECTORS_MAX; k++)
			if (text_of(core, keys[k]) && text_of(core, "first_seen") &&
			    text_of(core, "last_seen")) {
				(void)snprintf(s, sizeof s, "%s %s from %s to %s", keys[k],
				    text_of(core, keys[k]), text_of(core, "first_seen"),
				    text_of(core, "last_seen"));
				(void)json_array_append_new(list, json_string(s));
			}
		json_decref(core);
	}
	json_decref(rows);
	return list;
}

static enum status
write_requests(
    struct casebook *cb, const struct assay *a, const char *dir, struct error *err)
{
	json_t *selectors = make_selectors(cb);
	json_t *requests = ask_requests(a->asks, a->id, selectors), *r;
	enum status st = OK;
	size_t i;
	int folder;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		st = error_sys(err, "make %s", dir);
	folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st == OK && folder == -1)
		st = error_sys(err, "open %s", dir);
	json_array_foreach(requests, i, r)
	{
		struct buf text = { .max = 1 << 20 };
		char name[200];

		(void)snprintf(name, sizeof name, "%s.json", text_of(r, "id"));
		shape_put(r, &text);
		buf_putc(&text, '\n');
		if (st == OK)
			st = buf_state(&text, name, err);
		if (st == OK)
			st = casebook_write_file(folder, name, buf_span(&text), err);
		if (st == OK)
			fprintf(stderr, "geophone: wrote %s/%s\n", dir, name);
		buf_release(&text);
	}
	if (folder != -1)
		(void)close(folder);
	json_decref(requests);
	json_decref(selectors);
	return st;
}

/* Who, according to whom, stands behind an actor: quoted, never concluded. */
static json_t *
quoted_claims(struct casebook *cb)
{
	json_t *h = casebook_get(cb, "hypotheses", "hypotheses"), *list = json_array();
	json_t *actor, *id;
	size_t i, k;

	json_array_foreach(json_object_get(h, "actors"), i, actor)
	    json_array_foreach(json_object_get(actor, "claims"), k, id)
	{
		json_t *claim = casebook_get(cb, "claim", json_string_value(id)), *party;

		party = claim ? casebook_get(cb, "party", text_of(claim, "by")) : NULL;
		if (claim)
			(void)json_array_append_new(list,
			    json_pack("{s:s, s:s, s:s, s:s}", "actor", text_of(actor, "id"),
				"by", party ? text_of(party, "name") : text_of(claim, "by"),
				"claim", json_string_value(id), "text",
				text_of(claim, "text")));
		json_decref(party);
		json_decref(claim);
	}
	json_decref(h);
	return list;
}

static void
put_text(struct casebook *cb, const struct assay *a, struct buf *out)
{
	json_t *said = quoted_claims(cb);

	publish_assessment(&a->matrix, a->result, out);
	publish_assessment_groups(a->groups, out);
	publish_assessment_claims(said, out);
	publish_assessment_asks(a->asks, out);
	json_decref(said);
}

static enum status
run(struct casebook *cb, struct assess_order *o, struct error *err)
{
	struct buf out = { .max = (size_t)16 << 20 };
	struct assay a = { 0 };
	bool written = false;
	enum status st = assay_make(cb, &a, err);

	if (st == OK && !o->dry_run)
		st = assay_keep(cb, &o->pen.hand, &a, &written, err);
	if (st == OK && o->requests)
		st = write_requests(cb, &a, o->requests, err);
	if (st == OK) {
		if (o->json)
			assay_encode(&a, &out);
		else
			put_text(cb, &a, &out);
		if (!o->json)
			buf_printf(&out, "\nAssessment %s%s\n", a.id,
			    written      ? ", written down and signed"
			    : o->dry_run ? ", not written down"
					 : ", as written down before");
		st = buf_state(&out, "the assessment", err);
	}
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	assay_release(&a);
	buf_release(&out);
	return st;
}

int
assess_case(const char *dir, struct assess_order *o)
{
	struct casebook *cb = NULL;
	struct error err;
	enum status st = OK;

	if (!o->dry_run)
		st = case_pen_open(&o->pen, &err);
	if (st == OK)
		st = casebook_open(&cb, dir, o->dry_run ? CASEBOOK_READ : CASEBOOK_WRITE,
		    case_pen_log(&o->pen), &err);
	if (st == OK) {
		st = run(cb, o, &err);
		casebook_close(cb);
	}
	case_pen_close(&o->pen);
	if (st != OK)
		case_complain("assess", &err, NULL);
	return st == OK ? EXIT_DONE : EXIT_COULD_NOT;
}
