/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "evidence/file.h"

enum status
output_write(const char *path, struct span bytes, struct error *err)
{
	struct buf beside = { .max = 8192 };
	enum status st;
	int fd;

	buf_printf(&beside, "%s.%ld.partial", path, (long)getpid());
	st = buf_state(&beside, "the name of the output", err);
	if (st != OK)
		goto done;
	fd = open(beside.at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1) {
		st = error_sys(err, "make %s", beside.at);
		goto done;
	}
	if (!file_write_all(fd, bytes) || fsync(fd) != 0)
		st = error_sys(err, "write %s", beside.at);
	(void)close(fd);
	if (st == OK && rename(beside.at, path) != 0)
		st = error_sys(err, "rename to %s", path);
	if (st != OK)
		(void)unlink(beside.at);
done:
	buf_release(&beside);
	return st;
}
