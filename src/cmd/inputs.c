/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
#include "capture/capture.h"
#include "cmd/cmd.h"
#include "cmd/records.h"
#include "collect/walk.h"
#include "collect/zeek.h"

#define PATHS_MAX ((size_t)64 << 20) /* bytes of paths and sources together */
#define LOOK      65536 /* bytes of a file that we look at to tell what it is */

struct finder {
	struct inputs *in;
	size_t room; /* for sources */
	inputs_refusal *refuse;
	void *state;
	bool hard;  /* the path at hand was named by the user */
	bool again; /* keep what pipes hold */
	struct error *err;
};

static void
refuse(struct finder *f, const char *sentence)
{
	if (f->hard)
		f->in->failed++;
	else
		f->in->ignored++;
	f->refuse(f->state, f->hard, sentence);
}

/* The time of a capture's first packet, 0 when it has none; and what its packets are. */
static enum status
first_packets(struct input *in, struct source *s, struct error *err)
{
	struct frame_batch batch;
	struct capture *c;
	enum status st = capture_open(&c, in, err);

	if (st != OK)
		return st;
	st = capture_next(c, &batch, err);
	if (st == OK && batch.n > 0) {
		s->first_ns = batch.frame[0].time_ns;
		if (records_are_exports(&batch))
			s->kind = SOURCE_EXPORTS;
	}
	capture_close(c);
	return OK; /* a broken first record is told when the file is read */
}

/* Takes `in` over. OK: it is one of ours. E_FORMAT: it is not, and why. */
static enum status
recognise(struct input *in, struct source *s, struct error *err)
{
	const char *path = s->path;
	struct span first = input_peek(in, LOOK);
	char name[32] = "";
	enum zeek_kind zeek = ZEEK_NO;
	enum status st = OK;

	s->size = input_size(in);
	if (first.len == 0) {
		st = input_state(in, err);
		if (st == OK)
			st = error_set(err, E_FORMAT, "%s is empty", path);
	} else if (capture_recognise(first)) {
		s->kind = SOURCE_CAPTURE;
	} else if ((zeek = zeek_recognise(first, name)) == ZEEK_CONN) {
		s->kind = SOURCE_ZEEK;
	} else if (zeek == ZEEK_OTHER && (name[0] == '\0' || zeek_path_is_read(name))) {
		s->kind = SOURCE_ZEEK;
		s->completes = zeek_path_completes(name);
	} else if (zeek == ZEEK_OTHER) {
		st = error_set(err, E_FORMAT,
		    "%s is Zeek's %s.log, which tells nothing that is used here", path,
		    name);
	} else if (records_recognise(first, &s->kind)) {
		st = OK;
	} else {
		st = error_set(err, E_FORMAT,
		    "%s is neither a capture (pcap, pcapng) nor a log we read: Zeek's "
		    "conn.log, Suricata's eve.json, Argus's columns, nfdump's files",
		    path);
	}
	if (st == OK && input_is_pipe(in)) {
		s->pipe = in;
		return OK;
	}
	if (st == OK && s->kind == SOURCE_CAPTURE)
		return first_packets(in, s, err);
	input_close(in);
	return st;
}

/* All of `fd` into an unnamed file of its own. */
static enum status
copy_pipe(int fd, struct source *s, struct error *err)
{
	static const size_t chunk = (size_t)1 << 18;
	uint8_t *bytes = malloc(chunk);
	FILE *kept = tmpfile();
	enum status st = OK;
	ssize_t n = -1;

	if (bytes == NULL || kept == NULL)
		st = error_sys(err, "keep what %s holds", s->path);
	while (st == OK && n != 0 && !cmd_stopped) {
		n = read(fd, bytes, chunk);
		if (n == -1 && errno != EINTR)
			st = error_sys(err, "read %s", s->path);
		else if (n > 0 && fwrite(bytes, 1, (size_t)n, kept) != (size_t)n)
			st = error_sys(err, "keep what %s holds", s->path);
	}
	if (st == OK && cmd_stopped)
		st = error_set(err, E_STOPPED, "stopped while reading %s", s->path);
	if (st == OK && (fflush(kept) != 0 ||
			    (s->spool = fcntl(fileno(kept), F_DUPFD_CLOEXEC, 0)) == -1))
		st = error_sys(err, "keep what %s holds", s->path);
	if (kept)
		(void)fclose(kept);
	free(bytes);
	return st;
}

/* A pipe, standard input, a device: what can be read once is kept for the next time. */
static enum status
spool(struct source *s, struct error *err)
{
	bool standard = strcmp(s->path, "-") == 0;
	struct stat meta;
	enum status st;
	int fd;

	if (!standard && (stat(s->path, &meta) != 0 || S_ISREG(meta.st_mode)))
		return OK; /* what is not there is told when it is opened */
	fd = standard ? STDIN_FILENO : open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return error_sys(err, "open %s", s->path);
	st = copy_pipe(fd, s, err);
	if (!standard)
		(void)close(fd);
	return st;
}

enum status
source_open(struct input **out, const struct source *s, struct error *err)
{
	return s->spool == -1 ? input_open(out, s->path, err)
			      : input_open_fd(out, s->spool, s->path, err);
}

static enum status
take_file(struct finder *f, const char *path)
{
	struct source *s;
	struct error why;
	struct input *in;
	enum status st;

	if (f->in->n == INPUTS_MAX)
		return error_set(f->err, E_LIMIT, "more than %d inputs", INPUTS_MAX);
	s = arena_more(&f->in->memory, f->in->source, f->in->n, &f->room, sizeof *s);
	if (s == NULL)
		return error_set(f->err, E_NOMEM, "no memory for the list of inputs");
	f->in->source = s;
	s += f->in->n;
	*s = (struct source){ .path = arena_text(&f->in->memory, path, strlen(path)),
		.spool = -1 };
	if (s->path == NULL)
		return error_set(f->err, E_NOMEM, "the paths of the inputs are too long");
	st = f->again ? spool(s, &why) : OK;
	if (st == OK)
		st = source_open(&in, s, &why);
	if (st == OK)
		st = recognise(in, s, &why);
	if (st != OK && s->spool != -1)
		(void)close(s->spool);
	if (st == E_STOPPED)
		return error_set(f->err, st, "%s", why.text);
	if (st != OK) {
		refuse(f, why.text);
		return OK;
	}
	f->in->bytes += s->size;
	f->in->n++;
	return OK;
}

/* Captures by first packet, then logs; equal ones stay as they were named. */
static int
compare_sources(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->completes != y->completes)
		return x->completes ? -1 : 1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static enum status
take_path(struct finder *f, const char *path)
{
	struct stat st;
	unsigned before = f->in->n;
	struct walk w;
	enum status s;

	f->hard = true;
	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return take_file(f, path);
	f->hard = false;
	s = walk_files(&f->in->memory, path, &w, f->err);
	if (s != OK)
		return s;
	for (size_t i = 0; s == OK && i < w.n; i++)
		s = take_file(f, w.file[i]);
	if (s == OK && w.unread > 0) {
		struct error why;

		(void)error_set(&why, E_IO,
		    "%llu folders in %s could not be looked into: %s",
		    (unsigned long long)w.unread, path, w.unread_why);
		f->hard = true;
		refuse(f, why.text);
	}
	if (s == OK && f->in->n == before) {
		struct error why;

		f->hard = true;
		(void)error_set(
		    &why, E_FORMAT, "nothing in the directory %s could be read", path);
		refuse(f, why.text);
	}
	return s;
}

enum status
inputs_find(struct inputs *in, char *const *paths, unsigned n, bool again,
    inputs_refusal *refusal, void *state, struct error *err)
{
	struct finder f = {
		.in = in, .again = again, .refuse = refusal, .state = state, .err = err
	};
	enum status st = OK;

	*in = (struct inputs){ 0 };
	arena_init(&in->memory, PATHS_MAX);
	for (unsigned i = 0; st == OK && i < n; i++)
		st = take_path(&f, paths[i]);
	if (st != OK) {
		inputs_release(in);
		return st;
	}
	if (in->n > 1)
		qsort(in->source, in->n, sizeof *in->source, compare_sources);
	for (unsigned i = 0; i + 1 < in->n; i++)
		if (in->source[i + 1].kind == SOURCE_CAPTURE)
			in->source[i].next_ns = in->source[i + 1].first_ns;
	return OK;
}

void
inputs_release(struct inputs *in)
{
	for (unsigned i = 0; i < in->n; i++) {
		input_close(in->source[i].pipe);
		if (in->source[i].spool != -1)
			(void)close(in->source[i].spool);
	}
	arena_release(&in->memory);
	in->n = 0;
}
