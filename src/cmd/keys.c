/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"

#define PEM_MAX ((size_t)65536)
#define CHUNK   ((size_t)65536)

char *
keys_default_path(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	char *path = NULL;

	if (data && data[0] == '/')
		(void)!asprintf(&path, "%s/geophone/sensor.key", data);
	else if (home)
		(void)!asprintf(&path, "%s/.local/share/geophone/sensor.key", home);
	return path;
}

bool
keys_kind(const char *word, enum key_kind *out)
{
	*out = strcmp(word, "p256") == 0 ? KEY_P256 : KEY_ED25519;
	return *out == KEY_P256 || strcmp(word, "ed25519") == 0;
}

enum status
keys_open(struct key **out, const char *path, bool quiet, struct error *err)
{
	return keys_open_kind(out, path, KEY_ED25519, quiet, err);
}

enum status
keys_open_kind(
    struct key **out, const char *path, enum key_kind kind, bool quiet, struct error *err)
{
	char *own = path ? NULL : keys_default_path();
	bool made;
	enum status st;

	if (path == NULL && own == NULL)
		return error_set(
		    err, E_MISUSE, "no home directory to keep the key in: use --key");
	st = key_open_kind(out, path ? path : own, kind, &made, err);
	if (st == OK && made && !quiet)
		fprintf(stderr, "geophone: made the sensor's signing key %s\n",
		    path ? path : own);
	free(own);
	return st;
}

enum status
keys_read_file(const char *path, struct buf *out, struct error *err)
{
	struct input *in;
	struct span s;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	while (!out->bad && (s = input_peek(in, CHUNK)).len > 0) {
		buf_put(out, s.at, s.len);
		input_skip(in, s.len);
	}
	st = input_state(in, err);
	input_close(in);
	if (st == OK && out->bad)
		st = error_set(
		    err, E_LIMIT, "%s has more than the %zu bytes we take", path, out->max);
	return st;
}

enum status
keys_public(struct key **out, const char *path, struct error *err)
{
	struct buf pem;
	enum status st;

	buf_init(&pem, PEM_MAX);
	st = keys_read_file(path, &pem, err);
	if (st == OK) {
		st = key_public(out, buf_span(&pem), err);
		if (st != OK)
			error_wrap(err, "%s", path);
	}
	buf_release(&pem);
	return st;
}
