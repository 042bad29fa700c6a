/* SPDX-License-Identifier: Apache-2.0 */
#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unpack.h"

/* The window starts small, to stay in the cache, and grows when asked to. */
#define WINDOW_FIRST ((size_t)256 << 10)
#define RAW_BUFFER   ((size_t)64 << 10)
/* A mapped file is made present in steps; see map_present. */
#define MAP_STEP ((size_t)4 << 20)

/*
 * Bytes come from `map` or from `fd`, straight or through `unpack`:
 *
 *	map                  the window is the map itself
 *	map -> unpack        decoded into `window`
 *	fd                   read into `window`
 *	fd -> raw -> unpack  decoded into `window`
 */
struct input {
	char *path;
	int fd;
	bool pipe;
	uint64_t size; /* of the file; 0: unknown */

	struct span map; /* empty: there is none */
	bool map_is_ours;
	bool map_tells;   /* the kernel tells us what of it is in its cache: mincore(2) */
	size_t map_at;    /* consumed, by the user or by unpack */
	size_t map_ready; /* present up to here: no fault can hit us */

	struct unpack *unpack; /* NULL: bytes are taken as they are */
	uint8_t *raw;
	size_t raw_at, raw_end;
	uint64_t raw_read; /* bytes taken from fd */

	uint8_t *window;
	size_t cap, head, tail;
	uint64_t at; /* of `head` in decoded bytes */

	size_t shown; /* by the last peek */
	bool ended;   /* nothing more will come into the window */
	enum status state;
	struct error why;
};

static void
fail(struct input *in, enum status st, const char *what)
{
	in->state = error_set(
	    &in->why, st, "%s: offset %" PRIu64 ": %s", in->path, input_consumed(in), what);
	in->ended = true;
}

static void
fail_sys(struct input *in, int number, uint64_t offset)
{
	errno = number;
	(void)error_sys(&in->why, "%s: offset %" PRIu64 ": read", in->path, offset);
	in->state = E_IO;
	in->ended = true;
}

/* Read into `to`; 0 at the end and on errors, which are noted. */
static size_t
read_some(struct input *in, uint8_t *to, size_t room)
{
	ssize_t n = read(in->fd, to, room);

	/* EINTR too: the only signals anybody catches here ask us to stop. */
	if (n == -1)
		fail_sys(in, errno, in->raw_read);
	if (n <= 0) {
		in->ended = in->unpack == NULL || n == -1;
		return 0;
	}
	in->raw_read += (uint64_t)n;
	return (size_t)n;
}

/*
 * Around a page that is asked for the kernel maps what of the file is in its cache, up to
 * this much (fault_around_bytes). Where all of a step is in the cache, as after a first
 * look at the file, asking once for each so many takes half as long as asking for it all.
 * False: some of it is not there, or it cannot be told.
 */
#define MAP_AROUND ((size_t)64 << 10)

static bool
map_cached(const struct input *in, size_t n)
{
	unsigned char there[MAP_STEP / 4096]; /* no page is smaller */
	uint8_t *at = (uint8_t *)(uintptr_t)in->map.at + in->map_ready;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!in->map_tells)
		return false;
	for (size_t i = 0; i < n; i += MAP_AROUND)
		if (madvise(at + i, page, MADV_POPULATE_READ) != 0)
			return false;
	if (mincore(at, n, there) != 0)
		return false;
	for (size_t i = 0; i * page < n; i++)
		if (!(there[i] & 1))
			return false;
	return true;
}

/*
 * Make the map present up to `until`, or to the end. Touching a page whose
 * file was cut short meanwhile, or whose disk fails, would kill the process
 * (SIGBUS); asking for it (MADV_POPULATE_READ, Linux 5.14) gets an error
 * instead, and costs less than a page fault each. An older kernel says EINVAL.
 */
static void
map_present(struct input *in, size_t until)
{
	size_t step = MAP_STEP;

	while (in->map_ready < until && in->map_ready < in->map.len && in->state == OK) {
		size_t left = in->map.len - in->map_ready;
		size_t n = left < step ? left : step;
		uint8_t *at = (uint8_t *)(uintptr_t)in->map.at + in->map_ready;

		if ((step == MAP_STEP && map_cached(in, n)) ||
		    madvise(at, n, MADV_POPULATE_READ) == 0)
			in->map_ready += n;
		else if (errno == EINVAL || errno == ENOSYS)
			in->map_ready = in->map.len;
		else if (step > (size_t)sysconf(_SC_PAGESIZE))
			step /= 2;
		else
			fail_sys(in, errno == EFAULT ? EIO : errno, in->map_ready);
	}
}

/* The next bytes of the file for unpack; `*last`: there are no others behind. */
static struct span
raw_bytes(struct input *in, bool *last)
{
	if (in->map.len > 0) {
		map_present(in, in->map_at + 1);
		*last = in->map_ready == in->map.len;
		return (struct span){ in->map.at + in->map_at, in->map_ready - in->map_at };
	}
	*last = false;
	if (in->raw_at == in->raw_end) {
		in->raw_at = 0;
		in->raw_end = read_some(in, in->raw, RAW_BUFFER);
		*last = in->raw_end == 0;
	}
	return (struct span){ in->raw + in->raw_at, in->raw_end - in->raw_at };
}

static void
raw_used(struct input *in, size_t n)
{
	if (in->map.len > 0)
		in->map_at += n;
	else
		in->raw_at += n;
}

static void
decode_some(struct input *in)
{
	struct unpack_io io = { .out = in->window + in->tail, .room = in->cap - in->tail };
	struct error why;
	enum status st;
	size_t had;
	bool last;

	io.in = raw_bytes(in, &last);
	if (in->state != OK)
		return;
	had = io.in.len;
	st = unpack_run(in->unpack, &io, last, &why);
	raw_used(in, had - io.in.len);
	in->tail = in->cap - io.room;
	if (st != OK)
		fail(in, st, why.text);
	else if (unpack_over(in->unpack))
		in->ended = true;
}

/* Room for `want` bytes behind head; moves what is there to the front. */
static void
make_room(struct input *in, size_t want)
{
	size_t cap = in->cap;

	if (in->head > 0) {
		memmove(in->window, in->window + in->head, in->tail - in->head);
		in->tail -= in->head;
		in->head = 0;
	}
	while (cap < want)
		cap *= 2;
	if (cap > in->cap) {
		uint8_t *bigger = realloc(in->window, cap);

		if (bigger == NULL) {
			fail(in, E_NOMEM, "no memory for the window");
			return;
		}
		in->window = bigger;
		in->cap = cap;
	}
}

static void
fill_window(struct input *in, size_t want)
{
	make_room(in, want);
	while (!in->ended && in->tail - in->head < want) {
		if (in->unpack)
			decode_some(in);
		else
			in->tail +=
			    read_some(in, in->window + in->tail, in->cap - in->tail);
	}
}

struct span
input_peek(struct input *in, size_t want)
{
	struct span s;

	CHECK(want <= INPUT_WINDOW);
	if (in->map.len > 0 && in->unpack == NULL) {
		if (in->map_ready - in->map_at < want)
			map_present(in, in->map_at + want);
		s = (struct span){ in->map.at + in->map_at, in->map_ready - in->map_at };
	} else {
		if (in->tail - in->head < want && !in->ended)
			fill_window(in, want);
		s = (struct span){ 0 };
		if (in->tail > in->head)
			s = (struct span){ in->window + in->head, in->tail - in->head };
	}
	in->shown = s.len;
	return s;
}

void
input_skip(struct input *in, size_t n)
{
	CHECK(n <= in->shown);
	in->shown -= n;
	in->at += n;
	if (in->map.len > 0 && in->unpack == NULL)
		in->map_at += n;
	else
		in->head += n;
}

static enum status
start_window(struct input *in, struct error *err)
{
	in->cap = WINDOW_FIRST;
	in->window = malloc(in->cap);
	if (in->window == NULL)
		return error_set(err, E_NOMEM, "%s: no memory for the window", in->path);
	return OK;
}

static enum status
start_unpack(struct input *in, enum unpack_kind kind, struct error *err)
{
	enum status st = unpack_new(&in->unpack, kind, err);

	if (st != OK)
		error_wrap(err, "%s", in->path);
	return st;
}

static enum status
start_mapped(struct input *in, struct error *err)
{
	enum unpack_kind kind;
	enum status st;

	map_present(in, 1);
	kind = unpack_recognise((struct span){ in->map.at, in->map_ready });
	if (kind == UNPACK_NONE)
		return OK;
	st = start_unpack(in, kind, err);
	return st == OK ? start_window(in, err) : st;
}

/* The first bytes are read into the window; compressed ones move on to `raw`. */
static enum status
start_read(struct input *in, struct error *err)
{
	enum status st = start_window(in, err);
	enum unpack_kind kind;

	if (st != OK)
		return st;
	kind = unpack_recognise(input_peek(in, UNPACK_MAGIC));
	if (kind == UNPACK_NONE)
		return OK;
	in->raw = malloc(WINDOW_FIRST);
	if (in->raw == NULL)
		return error_set(err, E_NOMEM, "%s: no memory for the window", in->path);
	memcpy(in->raw, in->window, in->tail);
	in->raw_end = in->tail;
	in->tail = 0;
	in->ended = in->state != OK;
	return start_unpack(in, kind, err);
}

static enum status
new_input(struct input **out, const char *path, struct error *err)
{
	struct input *in = calloc(1, sizeof *in);

	if (in) {
		in->fd = -1;
		in->path = strdup(path);
	}
	if (in == NULL || in->path == NULL) {
		free(in);
		return error_set(err, E_NOMEM, "%s: no memory to open it", path);
	}
	*out = in;
	return OK;
}

/* Map a plain file. No map is not an error: /proc and the like are read. */
static void
try_map(struct input *in, const struct stat *meta)
{
	void *map;

	if (!S_ISREG(meta->st_mode) || meta->st_size <= 0)
		return;
	map = mmap(NULL, (size_t)meta->st_size, PROT_READ, MAP_SHARED, in->fd, 0);
	if (map == MAP_FAILED)
		return;
	in->map = (struct span){ map, (size_t)meta->st_size };
	in->map_is_ours = true;
	in->map_tells = meta->st_uid == geteuid(); /* of others' files it says they are */
	(void)madvise(map, in->map.len, MADV_SEQUENTIAL); /* advice only */
}

static enum status
open_file(struct input *in, struct error *err)
{
	struct stat meta;
	bool standard = strcmp(in->path, "-") == 0, given = in->fd != -1;

	if (in->fd == -1 && standard)
		in->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	else if (in->fd == -1)
		in->fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd == -1 || fstat(in->fd, &meta) == -1)
		return error_sys(err, "open %s", in->path);
	if (S_ISDIR(meta.st_mode)) {
		errno = EISDIR;
		return error_sys(err, "open %s", in->path);
	}
	in->pipe = (standard && !given) || !S_ISREG(meta.st_mode);
	if (!in->pipe) {
		in->size = (uint64_t)meta.st_size;
		try_map(in, &meta);
	}
	return in->map.len > 0 ? start_mapped(in, err) : start_read(in, err);
}

enum status
input_open(struct input **out, const char *path, struct error *err)
{
	struct input *in = NULL;
	enum status st = new_input(&in, path, err);

	if (st != OK)
		return st;
	st = open_file(in, err);
	if (st != OK)
		input_close(in);
	else
		*out = in;
	return st;
}

enum status
input_open_fd(struct input **out, int fd, const char *name, struct error *err)
{
	struct input *in = NULL;
	enum status st = new_input(&in, name, err);

	if (st != OK)
		return st;
	in->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (in->fd == -1 || lseek(fd, 0, SEEK_SET) == -1)
		st = error_sys(err, "read %s again", name);
	else
		st = open_file(in, err);
	if (st != OK)
		input_close(in);
	else
		*out = in;
	return st;
}

enum status
input_open_bytes(struct input **out, struct span bytes, const char *name, struct error *err)
{
	struct input *in = NULL;
	enum status st = new_input(&in, name, err);

	if (st != OK)
		return st;
	in->map = bytes;
	in->map_ready = bytes.len;
	in->size = bytes.len;
	if (bytes.len > 0)
		st = start_mapped(in, err);
	else
		in->ended = true;
	if (st != OK)
		input_close(in);
	else
		*out = in;
	return st;
}

void
input_close(struct input *in)
{
	if (in == NULL)
		return;
	unpack_free(in->unpack);
	if (in->map_is_ours)
		munmap((void *)(uintptr_t)in->map.at, in->map.len);
	if (in->fd != -1)
		close(in->fd);
	free(in->window);
	free(in->raw);
	free(in->path);
	free(in);
}

enum status
input_state(const struct input *in, struct error *err)
{
	if (in->state != OK)
		*err = in->why;
	return in->state;
}

const char *
input_path(const struct input *in)
{
	return in->path;
}

uint64_t
input_at(const struct input *in)
{
	return in->at;
}

bool
input_is_mapped(const struct input *in)
{
	return in->map.len > 0 && in->unpack == NULL;
}

bool
input_is_pipe(const struct input *in)
{
	return in->pipe;
}

uint64_t
input_consumed(const struct input *in)
{
	if (in->map.len > 0)
		return in->map_at;
	if (in->unpack)
		return in->raw_read - (in->raw_end - in->raw_at);
	return in->at;
}

uint64_t
input_size(const struct input *in)
{
	return in->size;
}
