/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone: hears a network, finds hosts controlled from outside, keeps the
 * evidence, and says no more than the evidence supports.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

static const struct {
	const char *name, *what;
	int (*run)(int argc, char **argv);
} verbs[] = {
#define X(name, what) { #name, what, cmd_##name },
	VERBS(X)
#undef X
};

volatile sig_atomic_t cmd_stopped;

static void
on_signal(int sig)
{
	if (cmd_stopped)
		_exit(128 + sig);
	cmd_stopped = sig;
}

/*
 * A mapped input may shrink while we read it; the kernel says so with SIGBUS.
 * Nothing half read is worth keeping then.
 */
static void
on_bus_error(int sig)
{
	static const char text[] = "geophone: an input file became shorter while it was "
				   "read; nothing was concluded\n";

	(void)sig;
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(EXIT_COULD_NOT);
}

void
cmd_catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction bus = { .sa_handler = on_bus_error };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGBUS, &bus, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL); /* a closed stdout is an error we report */
	(void)sigaction(SIGXFSZ, &ignore, NULL); /* and so is a file size limit */
}

void
cmd_complain(const char *verb, const struct error *err, const char *hint)
{
	fprintf(stderr, "geophone: %s: %s\n", verb, err->text);
	if (hint)
		fprintf(stderr, "hint: %s\n", hint);
}

int
cmd_misused(const char *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "geophone: %s: ", verb);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nhint: man geophone-%s, or geophone %s --help\n", verb, verb);
	return EXIT_MISUSED;
}

int
cmd_finish_stdout(const char *verb, int status)
{
	struct error err;
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) == 0 && !failed)
		return status;
	if (errno == EPIPE) /* the reader had enough: head, less */
		return status;
	(void)error_sys(&err, "write standard output");
	cmd_complain(verb, &err, NULL);
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
			return verbs[i].run(argc - 1, argv + 1);
	fprintf(stderr, "geophone: no such verb: %s\n", argv[1]);
	usage(stderr);
	return EXIT_MISUSED;
}
