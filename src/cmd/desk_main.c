/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone-desk: the verbs of geophone that read documents, draw pages and talk
 * to others. It is started by geophone.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/http.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
#define STATION(name)
#define DESK(name)           { #name, cmd_##name },
#define X(name, where, what) where(name)
	VERBS(X)
#undef X
#undef DESK
#undef STATION
	    { HTTP_VERB, http_answer },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	fputs("geophone-desk is started by geophone: see geophone --help\n", stderr);
	return EXIT_MISUSED;
}
