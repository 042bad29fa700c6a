/* SPDX-License-Identifier: Apache-2.0 */
#include "case/assay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "case/shape.h"
#include "case/ask.h"
#include "case/matrix.h"

#define OUTCOME_MAX ((size_t)1 << 20)
#define ARENA_MAX   ((size_t)4 << 20)

static enum status
weigh_text(struct span json, struct weigh_case *c, struct weigh_result *r, struct arena *a,
    struct buf *outcome, struct error *err)
{
	enum status st = weigh_read(c, json, a, err);

	if (st != OK)
		return st;
	weigh(c, r);
	weigh_encode(c, r, outcome);
	return buf_state(outcome, "the outcome", err);
}

/* The id is the hash of what was weighed and what came out. */
static void
make_id(struct span matrix, struct span outcome, char hex[static DIGEST_HEX])
{
	struct digest_stream s;
	struct digest d;

	digest_stream_begin(&s);
	digest_stream_add(&s, matrix);
	digest_stream_add(&s, (struct span){ (const uint8_t *)"\n", 1 });
	digest_stream_add(&s, outcome);
	d = digest_stream_end(&s);
	(void)digest_hex(&d, hex);
}

enum status
assay_make(struct casebook *cb, struct assay *out, struct error *err)
{
	enum status st;

	buf_init(&out->matrix_json, MATRIX_MAX);
	buf_init(&out->outcome_json, OUTCOME_MAX);
	arena_init(&out->arena, ARENA_MAX);
	out->result = calloc(1, sizeof *out->result);
	if (out->result == NULL)
		return error_set(err, E_NOMEM, "no memory");
	st = matrix_make(cb, &out->matrix_json, &out->groups, err);
	if (st == OK)
		st = weigh_text(buf_span(&out->matrix_json), &out->matrix, out->result,
		    &out->arena, &out->outcome_json, err);
	if (st != OK)
		return st;
	make_id(buf_span(&out->matrix_json), buf_span(&out->outcome_json), out->id);
	out->asks = ask_next(&out->matrix, out->result);
	return OK;
}

void
assay_release(struct assay *a)
{
	json_decref(a->groups);
	json_decref(a->asks);
	buf_release(&a->matrix_json);
	buf_release(&a->outcome_json);
	arena_release(&a->arena);
	free(a->result);
}

/* Is the newest assessment this one? */
static bool
is_newest(struct casebook *cb, const char *id)
{
	struct error unimportant;
	json_t *rows, *row;
	const char *newest = NULL;
	json_int_t entry = 0;
	bool same;
	size_t i;

	if (casebook_list(cb, "assessment", NULL, &rows, &unimportant) != OK)
		return false;
	json_array_foreach(rows, i, row)
	{
		json_int_t n = json_integer_value(json_object_get(row, "entry"));

		if (n > entry) {
			entry = n;
			newest = json_string_value(json_object_get(row, "id"));
		}
	}
	same = newest && strcmp(newest, id) == 0;
	json_decref(rows);
	return same;
}

static enum status
write_beside(struct casebook *cb, const char *id, const json_t *body, struct error *err)
{
	int at = casebook_dirfd(cb), folder;
	struct buf text = { .max = 4 * OUTCOME_MAX };
	char name[DIGEST_HEX + 8];
	enum status st;

	if (mkdirat(at, CASEBOOK_ASSESSMENTS, 0755) != 0 && errno != EEXIST)
		return error_sys(err, "make " CASEBOOK_ASSESSMENTS);
	folder = openat(
	    at, CASEBOOK_ASSESSMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder == -1)
		return error_sys(err, "open " CASEBOOK_ASSESSMENTS);
	(void)snprintf(name, sizeof name, "%s.json", id);
	shape_put(body, &text);
	buf_putc(&text, '\n');
	st = buf_state(&text, "the assessment", err);
	if (st == OK)
		st = casebook_write_file(folder, name, buf_span(&text), err);
	(void)close(folder);
	buf_release(&text);
	return st;
}

enum status
assay_keep(struct casebook *cb, const struct casebook_hand *hand, const struct assay *a,
    bool *written, struct error *err)
{
	char head[DIGEST_HEX];
	struct digest line;
	json_t *body;
	enum status st;

	*written = false;
	if (is_newest(cb, a->id))
		return OK;
	(void)casebook_head(cb, &line);
	body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "head", digest_hex(&line, head), "id",
	    a->id, "matrix", a->matrix_json.at, "method", ASSAY_METHOD, "outcome",
	    a->outcome_json.at);
	if (body == NULL)
		return error_set(err, E_NOMEM, "no memory");
	st = casebook_add(cb, hand, "assessment", a->id, body, err);
	if (st == OK)
		st = write_beside(cb, a->id, body, err);
	*written = st == OK;
	json_decref(body);
	return st;
}

enum status
assay_check(const json_t *body, struct error *err)
{
	const char *matrix = json_string_value(json_object_get(body, "matrix"));
	const char *outcome = json_string_value(json_object_get(body, "outcome"));
	const char *id = json_string_value(json_object_get(body, "id"));
	const char *method = json_string_value(json_object_get(body, "method"));
	struct weigh_result *r = calloc(1, sizeof *r);
	struct buf again = { .max = OUTCOME_MAX };
	char hex[DIGEST_HEX];
	struct weigh_case c;
	struct arena a;
	enum status st = OK;

	arena_init(&a, ARENA_MAX);
	if (r == NULL)
		st = error_set(err, E_NOMEM, "no memory");
	else if (matrix == NULL || outcome == NULL || id == NULL || method == NULL)
		st = error_set(err, E_DIFFERS, "it is not whole");
	else if (strcmp(method, ASSAY_METHOD) != 0)
		st = error_set(err, E_LIMIT, "it was weighed by a method that is not ours");
	if (st == OK)
		st = weigh_text((struct span){ (const uint8_t *)matrix, strlen(matrix) },
		    &c, r, &a, &again, err);
	if (st == OK && strcmp(again.at, outcome) != 0)
		st = error_set(err, E_DIFFERS,
		    "another outcome comes out of its matrix than stands in it");
	if (st == OK) {
		make_id((struct span){ (const uint8_t *)matrix, strlen(matrix) },
		    buf_span(&again), hex);
		if (strcmp(hex, id) != 0)
			st = error_set(err, E_DIFFERS, "its id is not the hash of it");
	}
	buf_release(&again);
	arena_release(&a);
	free(r);
	return st;
}

void
assay_encode(const struct assay *a, struct buf *out)
{
	struct json j;
	struct buf text = { .max = OUTCOME_MAX };

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "asks");
	shape_put(a->asks, &text);
	json_raw(&j, buf_span(&text));
	json_key(&j, "assessment"), json_str(&j, a->id);
	out->bad |= text.bad;
	buf_reset(&text);
	json_key(&j, "groups");
	shape_put(a->groups, &text);
	json_raw(&j, buf_span(&text));
	out->bad |= text.bad;
	json_key(&j, "matrix"), json_raw(&j, buf_span(&a->matrix_json));
	json_key(&j, "method"), json_str(&j, ASSAY_METHOD);
	json_key(&j, "outcome"), json_raw(&j, buf_span(&a->outcome_json));
	json_close(&j, '}');
	buf_putc(out, '\n');
	buf_release(&text);
}
