/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verb.c - what every verb needs: signals, complaints, an honest end of stdout.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"

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
