/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cmd/desk.h"
#include "cmd/http.h"

/* After the first line of the desk's answer: what came back, or what went wrong. */
static enum status
take(FILE *from, const char *url, struct buf *reply, long *status, struct error *err)
{
	char some[4096];
	size_t n;
	int st;

	rewind(from);
	if (fscanf(from, "%d %ld", &st, status) != 2 || fgetc(from) != '\n' || st < OK ||
	    st > E_DIFFERS)
		return error_set(err, E_IO, "ask %s: no word from the desk", url);
	if (st != OK) {
		n = fread(some, 1, sizeof some - 1, from);
		some[n] = '\0';
		return error_set(err, (enum status)st, "%s", some);
	}
	while ((n = fread(some, 1, sizeof some, from)) > 0)
		buf_put(reply, some, n);
	if (ferror(from))
		return error_sys(err, "read what %s answered", url);
	return buf_state(reply, url, err);
}

static enum status
ask(char **argv, FILE *question, FILE *answer, struct error *err)
{
	int code;
	enum status st = desk_run(argv, fileno(question), fileno(answer), &code, err);

	if (st == OK && code != 0)
		st = error_set(err, E_IO, "ask %s: the desk ended with %d", argv[2], code);
	return st;
}

/* Files, since who writes a question and reads an answer through pipes may wait for both. */
enum status
http_post(const char *url, const char *type, struct span body, struct buf *reply,
    long *status, struct error *err)
{
	FILE *question = tmpfile(), *answer = tmpfile();
	char limit[24];
	char *argv[] = { "geophone", HTTP_VERB, (char *)(uintptr_t)url,
		(char *)(uintptr_t)type, limit, NULL };
	enum status st = OK;

	(void)snprintf(limit, sizeof limit, "%zu", reply->max);
	if (question == NULL || answer == NULL ||
	    fwrite(body.at, 1, body.len, question) != body.len || fflush(question) != 0)
		st = error_sys(err, "write what to ask %s", url);
	if (st == OK) {
		rewind(question);
		st = ask(argv, question, answer, err);
	}
	if (st == OK)
		st = take(answer, url, reply, status, err);
	if (question)
		(void)fclose(question);
	if (answer)
		(void)fclose(answer);
	return st;
}
