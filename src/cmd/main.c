/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone: hears a network, finds hosts controlled from outside, keeps the
 * evidence, and says no more than the evidence supports.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/desk.h"

static const struct {
	const char *name, *what;
	int (*run)(int argc, char **argv); /* NULL: the desk does it */
} verbs[] = {
#define STATION(name)        cmd_##name
#define DESK(name)           NULL
#define X(name, where, what) { #name, what, where(name) },
	VERBS(X)
#undef X
#undef DESK
#undef STATION
};

static int
run_at_desk(char **argv)
{
	struct error err;

	(void)desk_become(argv, &err);
	cmd_complain(
	    argv[1], &err, "it belongs beside geophone, or where ./dev install puts it");
	return EXIT_COULD_NOT;
}

static void
usage(FILE *to)
{
	fprintf(to, "usage: geophone VERB [OPTION...] [ARGUMENT...]\n\n");
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].what);
	fprintf(to, "\n  geophone VERB --help, man geophone-VERB\n");
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_MISUSED;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return cmd_finish_stdout("help", EXIT_DONE);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("geophone %s\n", GEOPHONE_VERSION);
		return cmd_finish_stdout("version", EXIT_DONE);
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run ? verbs[i].run(argc - 1, argv + 1)
					    : run_at_desk(argv);
	fprintf(stderr, "geophone: no such verb: %s\n", argv[1]);
	usage(stderr);
	return EXIT_MISUSED;
}
