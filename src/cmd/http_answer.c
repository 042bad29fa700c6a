/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/http.h"

/* More than the station ever asks, and more than it ever takes. */
#define MOST ((size_t)64 << 20)

static void
read_all(FILE *from, struct buf *to)
{
	char some[4096];
	size_t n;

	while ((n = fread(some, 1, sizeof some, from)) > 0)
		buf_put(to, some, n);
	to->bad |= ferror(from) != 0;
}

int
http_answer(int argc, char **argv)
{
	struct buf body, reply;
	struct error err = { "" };
	long code = 0;
	enum status st;

	if (argc != 4)
		return cmd_misused(HTTP_VERB, "it is for geophone itself");
	buf_init(&body, MOST);
	buf_init(&reply, strtoul(argv[3], NULL, 10));
	read_all(stdin, &body);
	st = buf_state(&body, "the question", &err);
	if (st == OK)
		st = http_post(argv[1], argv[2], buf_span(&body), &reply, &code, &err);
	printf("%d %ld\n", (int)st, code);
	if (st == OK)
		(void)fwrite(reply.at, 1, reply.len, stdout);
	else
		fputs(err.text, stdout);
	buf_release(&body);
	buf_release(&reply);
	return cmd_finish_stdout(HTTP_VERB, EXIT_DONE);
}
