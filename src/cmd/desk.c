/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/desk.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DESK "geophone-desk"

extern char **environ;

static void
find(char path[static PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof DESK);

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n > 0) {
		memcpy(path + n, DESK, sizeof DESK);
		if (access(path, X_OK) == 0)
			return;
	}
	(void)snprintf(path, PATH_MAX, "%s/%s", GEOPHONE_LIBEXEC, DESK);
}

enum status
desk_become(char **argv, struct error *err)
{
	char path[PATH_MAX];

	find(path);
	(void)execv(path, argv);
	return error_sys(err, "start %s", path);
}

enum status
desk_run(char **argv, int in, int out, int *exit_code, struct error *err)
{
	char path[PATH_MAX];
	posix_spawn_file_actions_t files;
	pid_t pid;
	int status, failed;

	find(path);
	if (posix_spawn_file_actions_init(&files) != 0)
		return error_set(err, E_NOMEM, "no memory to start %s", path);
	failed = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	if (failed == 0) /* what else is open here is none of its business */
		failed =
		    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	if (failed == 0)
		failed = posix_spawn(&pid, path, &files, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	if (failed != 0) {
		errno = failed;
		return error_sys(err, "start %s", path);
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return error_sys(err, "wait for %s", path);
	*exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return OK;
}
