/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lists.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "cmd/cmd.h"
#include "collect/indicator_file.h"
#include "collect/walk.h"
#include "profile/names.h"

#define PATHS_MEMORY ((size_t)64 << 20)

static enum status
digest_file(const char *path, struct digest *out, struct error *err)
{
	struct digest_stream d;
	struct input *in;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	digest_stream_begin(&d);
	for (struct span s; (s = input_peek(in, 65536)).len > 0; input_skip(in, s.len))
		digest_stream_add(&d, s);
	*out = digest_stream_end(&d);
	st = input_state(in, err);
	input_close(in);
	return st;
}

static void
name_list(const char *path, char name[static 128])
{
	const char *slash = strrchr(path, '/');
	char text[NAME_TEXT];
	size_t n;

	path = slash ? slash + 1 : path;
	n = name_clean((struct span){ (const uint8_t *)path, strlen(path) }, text);
	n = n < 127 ? n : 127;
	memcpy(name, text, n);
	name[n] = '\0';
}

static enum status
read_list(
    struct indicators *set, const char *path, struct lists_counts *sum, struct error *err)
{
	struct indicator_list list = { .weight_mb = INDICATOR_WEIGHT_MB };
	struct indicator_counts counts = { 0 };
	struct input *in;
	enum status st = digest_file(path, &list.digest, err);

	if (st == OK && cmd_stopped)
		st = error_set(err, E_STOPPED, "stopped");
	if (st != OK)
		return st;
	name_list(path, list.name);
	st = indicators_begin(set, &list, err);
	if (st == OK)
		st = input_open(&in, path, err);
	if (st != OK)
		return st;
	st = indicator_file_read(in, &counts, indicators_add, set, err);
	indicators_end(set, counts.weight_mb, counts.until_ns);
	sum->lists++;
	sum->taken += counts.taken;
	sum->unused += counts.unused;
	return st;
}

static enum status
read_path(
    struct indicators *set, const char *path, struct lists_counts *sum, struct error *err)
{
	struct arena a;
	struct walk w;
	struct stat s;
	enum status st;

	if (stat(path, &s) != 0 || !S_ISDIR(s.st_mode))
		return read_list(set, path, sum, err);
	arena_init(&a, PATHS_MEMORY);
	st = walk_files(&a, path, &w, err);
	for (size_t i = 0; st == OK && i < w.n; i++)
		st = read_list(set, w.file[i], sum, err);
	arena_release(&a);
	return st;
}

enum status
lists_read(struct indicators **out, const char *const *paths, unsigned n,
    struct lists_counts *sum, struct error *err)
{
	struct indicators *set;
	enum status st = indicators_new(&set, LISTS_MEMORY, err);

	*sum = (struct lists_counts){ 0 };
	for (unsigned i = 0; st == OK && i < n; i++) {
		st = read_path(set, paths[i], sum, err);
		if (st != OK && st != E_STOPPED)
			error_wrap(err, "indicators of %s", paths[i]);
	}
	if (st != OK) {
		indicators_free(set);
		return st;
	}
	*out = set;
	return OK;
}
