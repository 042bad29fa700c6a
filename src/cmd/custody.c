/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/custody.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "evidence/dsse.h"
#include "evidence/verify.h"

#define CHUNK ((size_t)1 << 18)

enum status
custody_add(struct bag_writer *bag, const struct key *by, uint64_t number,
    struct account *event, struct error *err)
{
	char path[64];
	struct digest id = key_id(by);
	struct buf text = { .max = ACCOUNT_MAX }, envelope = { .max = DSSE_MAX };
	enum status st;

	(void)digest_hex(&id, event->key_id);
	(void)snprintf(
	    path, sizeof path, BAG_ADD_RECORDS "custody-%" PRIu64 BAG_ENVELOPE, number);
	st = account_encode(event, &text, err);
	if (st == OK)
		st = dsse_seal(by, DSSE_IN_TOTO, buf_span(&text), &envelope, err);
	if (st == OK)
		st = bag_add(bag, path, buf_span(&envelope), err);
	buf_release(&text), buf_release(&envelope);
	return st;
}

/* A source as bytes from their beginning; -1: it is no regular file, or gone. */
static int
open_bytes(const struct source *s)
{
	struct stat sb;
	int fd;

	if (s->spool != -1)
		fd = fcntl(s->spool, F_DUPFD_CLOEXEC, 0);
	else if (stat(s->path, &sb) == 0 && S_ISREG(sb.st_mode))
		fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	else
		return -1; /* looked at first: to open a pipe would wait for a writer */
	if (fd != -1 && lseek(fd, 0, SEEK_SET) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* False: it cannot be read to its end: then it has no hash. */
static bool
hash_source(const struct source *s, uint8_t *chunk, struct digest *out, uint64_t *size)
{
	struct digest_stream stream;
	ssize_t n;
	int fd = open_bytes(s);

	*size = 0;
	if (fd == -1)
		return false;
	digest_stream_begin(&stream);
	while ((n = read(fd, chunk, CHUNK)) > 0 && !cmd_stopped) {
		digest_stream_add(&stream, (struct span){ chunk, (size_t)n });
		*size += (uint64_t)n;
	}
	*out = digest_stream_end(&stream);
	(void)close(fd);
	return n == 0;
}

/* The last part of the path: the folders above say more about us than about the file. */
static void
put_input(struct json *j, const struct source *s, uint8_t *chunk)
{
	const char *slash = strrchr(s->path, '/');
	char hex[DIGEST_HEX];
	struct digest d;
	uint64_t size;
	bool hashed = hash_source(s, chunk, &d, &size);

	json_open(j, '{');
	json_key(j, "name"), json_str(j, slash ? slash + 1 : s->path);
	if (hashed) {
		json_key(j, "sha256"), json_str(j, digest_hex(&d, hex));
		json_key(j, "size"), json_uint(j, size);
	}
	json_close(j, '}');
}

void
custody_tool(struct json *j)
{
	uint8_t *chunk = malloc(CHUNK);
	char hex[DIGEST_HEX];
	struct digest d;
	uint64_t size = 0;
	const struct source self = { .path = "/proc/self/exe", .spool = -1 };

	json_key(j, "tool"), json_open(j, '{');
	json_key(j, "name"), json_str(j, "geophone");
	if (chunk && hash_source(&self, chunk, &d, &size))
		json_key(j, "sha256"), json_str(j, digest_hex(&d, hex));
	json_key(j, "version"), json_str(j, GEOPHONE_VERSION);
	json_close(j, '}');
	free(chunk);
}

enum status
custody_acquisition(const struct inputs *in, const char *date, size_t findings,
    struct buf *body, struct error *err)
{
	unsigned n = in->n < CUSTODY_INPUTS ? in->n : CUSTODY_INPUTS;
	uint8_t *chunk = malloc(CHUNK);
	struct json j;

	if (chunk == NULL)
		return error_set(err, E_NOMEM, "no memory to hash the inputs");
	json_init(&j, body);
	json_open(&j, '{');
	json_key(&j, "action"), json_str(&j, "acquired");
	json_key(&j, "date"), json_str(&j, date);
	json_key(&j, "findings"), json_uint(&j, findings);
	json_key(&j, "inputs"), json_open(&j, '[');
	for (unsigned i = 0; i < n && !cmd_stopped; i++)
		put_input(&j, &in->source[i], chunk);
	json_close(&j, ']');
	json_key(&j, "inputs_not_listed"), json_uint(&j, in->n - n);
	custody_tool(&j);
	json_close(&j, '}');
	free(chunk);
	if (cmd_stopped)
		return error_set(err, E_STOPPED, "stopped while hashing the inputs");
	return buf_state(body, "the record of custody", err);
}

bool
custody_last(const struct bag *bag, struct digest *out, uint64_t *number)
{
	static const char before[] = BAG_RECORDS "custody-";
	const size_t at = sizeof before - 1;
	size_t n;
	const struct bag_file *file = bag_files(bag, &n);
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		char digits[24];
		uint64_t k;

		if (strncmp(file[i].path, before, at) != 0)
			continue;
		(void)snprintf(digits, sizeof digits, "%.*s",
		    (int)strcspn(file[i].path + at, "."), file[i].path + at);
		if (!option_number(digits, 0, UINT32_MAX, &k) || (found && k < *number))
			continue;
		*number = k;
		*out = file[i].digest;
		found = true;
	}
	return found;
}
