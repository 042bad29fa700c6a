/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/case_verify.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/json.h"
#include "case/check.h"
#include "cmd/case.h"
#include "cmd/cmd.h"
#include "publish/escape.h"

#define SAID_MAX 100 /* faults that are said; then they are counted */

struct said {
	bool quiet;
	unsigned n;
	struct buf list; /* JSON strings, with commas */
};

bool
case_is_at(const char *dir)
{
	char path[4200];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/" CASEBOOK_JOURNAL, dir);
	return lstat(path, &st) == 0;
}

static void
complain(void *state, const char *sentence)
{
	struct said *s = state;
	struct buf text = { .max = 1 << 16 };
	struct json j;

	if (s->n++ >= SAID_MAX)
		return;
	escape_str(&text, ESCAPE_TEXT, sentence);
	if (!s->quiet)
		fprintf(stderr, "geophone: verify: %s\n", text.at ? text.at : "");
	if (s->list.len > 0)
		buf_putc(&s->list, ',');
	json_init(&j, &s->list);
	json_str(&j, sentence);
	buf_release(&text);
}

static const char *
verdict(const struct check_step *s)
{
	return !s->done ? "not possible" : s->faults ? "fail" : "pass";
}

static void
print_text(const char *dir, const struct check_report *r)
{
	for (int i = 0; i < CHECK_STEPS; i++)
		printf("%-3s %-12s  %s: %u looked at, %u faults\n", r->step[i].id,
		    verdict(&r->step[i]), r->step[i].what, r->step[i].looked,
		    r->step[i].faults);
	printf("\n%s: %s\n", dir,
	    r->failed ? "this case does NOT verify"
		      : "the case is what its journal says; that what is claimed in it is "
			"true, this does not show");
}

static void
print_json(const struct check_report *r, const struct said *said)
{
	struct buf out = { .max = 1 << 20 };
	struct json j;

	json_init(&j, &out);
	json_open(&j, '{');
	json_key(&j, "faults"), json_open(&j, '[');
	json_raw(&j, buf_span(&said->list));
	json_close(&j, ']');
	json_key(&j, "steps"), json_open(&j, '[');
	for (int i = 0; i < CHECK_STEPS; i++) {
		json_open(&j, '{');
		json_key(&j, "faults"), json_uint(&j, r->step[i].faults);
		json_key(&j, "id"), json_str(&j, r->step[i].id);
		json_key(&j, "looked_at"), json_uint(&j, r->step[i].looked);
		json_key(&j, "verdict"), json_str(&j, verdict(&r->step[i]));
		json_key(&j, "what"), json_str(&j, r->step[i].what);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "verifies"), json_bool(&j, !r->failed);
	json_close(&j, '}');
	buf_putc(&out, '\n');
	if (!out.bad)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
}

int
case_verify(const char *dir, const struct key *pinned, bool json, bool quiet)
{
	struct said said = { .quiet = quiet, .list = { .max = 1 << 20 } };
	struct check_report r;
	struct error err;
	enum status st = check_case(dir, pinned, complain, &said, &r, &err);

	if (st != OK)
		case_complain("verify", &err, NULL);
	else if (json)
		print_json(&r, &said);
	else if (!quiet)
		print_text(dir, &r);
	buf_release(&said.list);
	return st != OK ? EXIT_COULD_NOT : r.failed ? EXIT_NO : EXIT_DONE;
}
