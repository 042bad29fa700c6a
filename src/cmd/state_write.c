/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_write.c - what is worth keeping, and for how long.
 *
 * A pair is kept when one of ours calls somebody outside whom not everybody
 * calls, and with it the names that this run knew, learnt ones among them. Who has
 * not called for `keep_ns` is forgotten, and so are older contacts, but not the
 * first one, which says since when it is known. When the file is larger than it
 * may be those go first that have not called for longest, and those sooner that
 * called a few times only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "cmd/state_own.h"
#include "detect/limits.h"
#include "detect/port_use.h"
#include "profile/names.h"

#define HOUR_NS  UINT64_C(3600000000000)
#define FEW      5 /* contacts: too few to test */
#define FEW_AGES 4 /* so many times as fast do they age */
#define LEVELS   16384

struct writing {
	struct state *s;
	const struct hosts *hosts;
	struct listening next; /* the runs that stay */
	uint64_t now_ns, before_ns;
	uint64_t size[LEVELS]; /* bytes of pairs of this age */
	int level;             /* older ones go */
	unsigned bits;         /* and so many bits of the hash must be zero */
	struct kept_writer out;
	FILE *file;
	struct error *err;
};

static bool
is_everywhere(const struct hosts *hosts, const struct pair_key *key)
{
	const struct host *peer = hosts_find(hosts, &key->peer);
	uint64_t all = hosts_callers(hosts), n = peer ? peer->callers : 0;
	const struct port_use *use = port_use_find(key->proto, key->port);

	/* An outbreak has company too, on ports that no service uses. */
	return use && all >= (uint64_t)LIMIT_HOSTS && n >= (uint64_t)LIMIT_COMMON_HOSTS &&
	       n * 1000000 >= all * (uint64_t)LIMIT_EVERYWHERE_PPM;
}

static bool
is_worth_it(struct writing *w, const struct pair_key *key)
{
	const struct host *host = hosts_find(w->hosts, &key->host);
	const struct host *peer = hosts_find(w->hosts, &key->peer);

	if (host && host->side == HOST_EXTERNAL)
		return false;
	if (peer && peer->side != HOST_EXTERNAL)
		return false;
	if (!is_everywhere(w->hosts, key))
		return true;
	w->s->counts.everywhere++;
	return false;
}

static bool
is_link_of(const struct name_link *l, const struct pair_key *key)
{
	if (l->how == NAME_LOOKED_UP)
		return true;
	return l->proto == key->proto &&
	       (name_is_key(&key->peer) ? l->name_port : l->port) == key->port;
}

/* Those seen most often; of equal ones the first. */
static void
take_link(struct kept *k, uint32_t n[static KEPT_LINKS], const struct names *ns,
    const struct name_link *l)
{
	unsigned at = k->links;

	while (at > 0 && n[at - 1] < l->n)
		at--;
	if (at == KEPT_LINKS)
		return;
	k->links += k->links < KEPT_LINKS;
	for (unsigned i = k->links; i-- > at + 1;) {
		k->link[i] = k->link[i - 1];
		n[i] = n[i - 1];
	}
	n[at] = l->n;
	k->link[at] = (struct kept_link){ .address = l->address,
		.port = l->port,
		.name_port = l->name_port,
		.proto = l->proto,
		.how = l->how };
	(void)snprintf(k->link[at].text, sizeof k->link[at].text, "%s",
	    l->name == 0 ? "" : names_text(ns, l->name));
}

/* False: a name that is not known any more. */
static bool
take_links(const struct writing *w, const struct state_step *step, struct kept *k)
{
	const struct names *ns = hear_names(w->s->heard)[step->shard];
	const struct pair_key *key = &step->key;
	uint32_t seen[KEPT_LINKS];
	const struct name_link *l;
	size_t n;

	k->links = 0;
	if (name_is_key(&key->peer)) {
		const uint32_t *at = names_by(ns, &key->host, &key->peer, &n);

		for (size_t i = 0; i < n; i++)
			if (is_link_of(names_link(ns, at[i]), key))
				take_link(k, seen, ns, names_link(ns, at[i]));
		return k->links > 0;
	}
	l = names_at(ns, &key->host, &key->peer, &n);
	for (size_t i = 0; i < n; i++)
		if (is_link_of(&l[i], key))
			take_link(k, seen, ns, &l[i]);
	return true;
}

/* Contacts of this run at a time when we listened. */
static const struct contact *
in_time(const struct listening_run *r, const struct contact *c, size_t *n)
{
	while (*n > 0 && c->start_ns < r->first_ns) {
		c++;
		(*n)--;
	}
	while (*n > 0 && c[*n - 1].start_ns > r->last_ns)
		(*n)--;
	return c;
}

/* When memory is short pairs lose their latest contacts, those with fewer than that none. */
#define CUT_LEAST 256

static bool
may_be_cut(const struct writing *w, const struct state_step *step)
{
	return hear_counts(w->s->heard)->pairs.shed > 0 && step->n >= CUT_LEAST;
}

/* What will be kept of a pair; false: nothing. */
static bool
next_of(struct writing *w, const struct state_step *step, struct kept *k)
{
	struct state *s = w->s;
	const struct contact *c = step->contact;
	size_t n = step->n;

	if (!is_worth_it(w, &step->key))
		return false;
	if (step->kept)
		*k = *step->kept;
	else
		k->n = 0;
	k->key = step->key;
	if (!take_links(w, step, k))
		return false;
	c = in_time(&s->run, c, &n);
	if (n > 0 && !s->counts.again)
		kept_add(k, c, n, &s->room);
	if (k->n == 0)
		return false;
	if (k->contact[k->n - 1].start_ns < w->before_ns) {
		s->counts.expired++;
		return false;
	}
	kept_forget(k, w->before_ns);
	/* What comes next would follow a hole that nobody knows of. */
	if (may_be_cut(w, step))
		k->n = 1;
	return true;
}

static int
level_of(const struct writing *w, const struct kept *k)
{
	uint64_t last_ns = k->contact[k->n - 1].start_ns;
	uint64_t level = last_ns < w->now_ns ? (w->now_ns - last_ns) / HOUR_NS : 0;

	level = k->n < FEW ? level * FEW_AGES + 1 : level;
	return level < LEVELS ? (int)level : LEVELS - 1;
}

static bool
stays(const struct writing *w, const struct kept *k)
{
	if (level_of(w, k) > w->level)
		return false;
	return w->bits == 0 ||
	       (w->bits < 64 && XXH3_64bits(&k->key, sizeof k->key) >> (64 - w->bits) == 0);
}

static enum status
open_beside(struct writing *w)
{
	const char *path = w->s->beside;
	int fd;

	/* One that was left half-written is nobody's. */
	if (unlink(path) == -1 && errno != ENOENT)
		return error_sys(w->err, "remove %s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	w->s->written = fd != -1;
	w->file = fd == -1 ? NULL : fdopen(fd, "wb");
	if (w->file)
		return OK;
	if (fd != -1)
		(void)close(fd);
	return error_sys(w->err, "make %s", path);
}

/* All of it, as far as `level` and `bits` let it stay. Counts sizes the first time. */
static enum status
write_pass(struct writing *w, bool first)
{
	struct state *s = w->s;
	struct state_step step;
	struct state_walk walk;
	enum status st = open_beside(w);

	if (st != OK)
		return st;
	s->counts.everywhere = s->counts.expired = s->counts.shed = 0;
	kept_begin(&w->out, w->file, &w->next);
	st = state_walk_begin(s, &walk, w->err);
	while (st == OK && state_walk_step(&walk, &step, &st, w->err)) {
		uint64_t before = w->out.at + w->out.block.len;

		if (!next_of(w, &step, &s->next))
			continue;
		if (!stays(w, &s->next)) {
			s->counts.shed++;
			continue;
		}
		kept_put(&w->out, &s->next);
		if (first)
			w->size[level_of(w, &s->next)] +=
			    w->out.at + w->out.block.len - before;
	}
	state_walk_end(&walk);
	if (st == OK)
		st = kept_end(&w->out, w->err);
	else
		buf_release(&w->out.block);
	if (st == OK && fsync(fileno(w->file)) == -1)
		st = error_sys(w->err, "write %s", s->beside);
	if (fclose(w->file) != 0 && st == OK)
		st = error_sys(w->err, "write %s", s->beside);
	s->counts.pairs = w->out.totals.pairs;
	s->counts.contacts = w->out.totals.contacts;
	return st;
}

/* The youngest that fit; where those of one age do not, a part of them by their hash. */
static void
choose(struct writing *w, uint64_t room)
{
	uint64_t sum = 0;
	int level = 0;

	for (; level < LEVELS && sum + w->size[level] <= room; level++)
		sum += w->size[level];
	w->level = level - 1;
	if (sum > 0)
		return;
	for (sum = w->size[level], w->level = level; sum > room && w->bits < 63; sum /= 2)
		w->bits++;
}

/* The runs within reach, this one among them. */
static enum status
next_runs(struct writing *w)
{
	const struct listening *l = &w->s->listening;
	enum status st = listening_new(&w->next, w->err);

	for (unsigned i = 0; i < l->runs; i++)
		w->now_ns = l->run[i].last_ns > w->now_ns ? l->run[i].last_ns : w->now_ns;
	if (w->now_ns > w->s->options.keep_ns)
		w->before_ns = w->now_ns - w->s->options.keep_ns;
	for (unsigned i = 0; st == OK && i < l->runs; i++)
		if (l->run[i].last_ns >= w->before_ns)
			(void)listening_add(&w->next, &l->run[i]);
	return st;
}

enum status
state_write(struct state *s, const struct hosts *hosts, struct error *err)
{
	struct writing *w = calloc(1, sizeof *w);
	uint64_t head;
	enum status st;

	if (w == NULL)
		return error_set(err, E_NOMEM, "no memory to write the state");
	w->s = s;
	w->hosts = hosts;
	w->err = err;
	w->level = LEVELS - 1;
	st = next_runs(w);
	if (st == OK)
		st = write_pass(w, true);
	if (st == OK && w->out.at > s->options.size) {
		head = 4096 + w->next.runs * (sizeof(struct listening_run) + 16);
		choose(w, s->options.size > 2 * head ? s->options.size - head : head);
		st = write_pass(w, false);
	}
	listening_free(&w->next);
	free(w);
	return st;
}

enum status
state_commit(struct state *s, struct error *err)
{
	CHECK(s->written);
	if (rename(s->beside, s->path) == -1)
		return error_sys(err, "rename %s", s->beside);
	s->written = false;
	if (fsync(s->dir) == -1)
		return error_sys(err, "write the directory %s", s->options.dir);
	return OK;
}
