/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_join.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

#include "record/trait_queue.h"

#define FIRST_BITS 8

/* What a number in the table of names leads to; part of what is hashed. */
enum leads {
	LEADS_NONE,
	LEADS_PAPER,   /* name of a certificate to its paper */
	LEADS_PRINT,   /* to its digests */
	LEADS_SAME,    /* content of a paper to the first that has it */
	LEADS_SAME_AS, /* digests to the first that are the same */
};

/* Subject and issuer lie one behind the other in the texts. */
struct paper {
	uint64_t not_before_ns, not_after_ns;
	uint32_t text;
	uint16_t subject, issuer; /* bytes */
	uint16_t flags;
};

struct print {
	struct digest sha256;
	uint8_t sha1[TRAIT_SHA1];
};

struct place {
	uint64_t key; /* 0: free */
	uint32_t at;
};

struct waiting {
	struct trait_queue queue;
	uint64_t key[ZEEK_JOIN_WAIT][2];
	unsigned n;
};

struct zeek_join {
	size_t memory, used;
	struct place *place; /* at most three quarters are taken */
	size_t places;
	unsigned bits;
	struct paper *paper;
	uint32_t papers, papers_room;
	struct print *print;
	uint32_t prints, prints_room;
	char *text;
	uint32_t texts, texts_room;
	uint64_t shed;
	struct waiting wait[2]; /* older, younger */
};

enum status
zeek_join_new(struct zeek_join **out, size_t memory, struct error *err)
{
	struct zeek_join *j = calloc(1, sizeof *j);

	if (j == NULL)
		return error_set(err, E_NOMEM, "no memory for the certificates of logs");
	j->memory = memory;
	*out = j;
	return OK;
}

void
zeek_join_free(struct zeek_join *j)
{
	if (j == NULL)
		return;
	trait_queue_release(&j->wait[0].queue);
	trait_queue_release(&j->wait[1].queue);
	free(j->place);
	free(j->paper);
	free(j->print);
	free(j->text);
	free(j);
}

uint64_t
zeek_join_shed(const struct zeek_join *j)
{
	return j->shed;
}

uint64_t
zeek_join_key(struct span name)
{
	uint64_t key = name.len > 0 ? XXH3_64bits(name.at, name.len) : 0;

	return key + (name.len > 0 && key == 0);
}

/* The array with room for `more`, doubled within the limit of memory; NULL: it stays. */
static void *
grown(struct zeek_join *j, void *at, uint32_t n, uint32_t *room, uint32_t more, size_t size)
{
	uint64_t want = *room ? *room : 64;
	void *bigger;

	if (more <= *room - n)
		return at;
	while (want - n < more)
		want *= 2;
	if (want > UINT32_MAX || (want - *room) * size > j->memory - j->used)
		return NULL;
	bigger = realloc(at, want * size);
	if (bigger == NULL)
		return NULL;
	j->used += (want - *room) * size;
	*room = (uint32_t)want;
	return bigger;
}

static struct place *
find_place(const struct zeek_join *j, uint64_t key)
{
	size_t mask = ((size_t)1 << j->bits) - 1;
	size_t i = key & mask;

	while (j->place[i].key != 0 && j->place[i].key != key)
		i = (i + 1) & mask;
	return &j->place[i];
}

static bool
more_places(struct zeek_join *j)
{
	struct place *old = j->place;
	size_t had = old ? (size_t)1 << j->bits : 0;
	unsigned bits = old ? j->bits + 1 : FIRST_BITS;
	size_t bytes = ((size_t)1 << bits) * sizeof *old;

	if (bytes > j->memory - j->used)
		return false;
	j->place = calloc((size_t)1 << bits, sizeof *old);
	if (j->place == NULL) {
		j->place = old;
		return false;
	}
	j->bits = bits;
	for (size_t i = 0; i < had; i++)
		if (old[i].key != 0)
			*find_place(j, old[i].key) = old[i];
	free(old);
	j->used += bytes - had * sizeof *old;
	return true;
}

static uint64_t
number_of(enum leads leads, const void *bytes, size_t n)
{
	uint64_t key = XXH3_64bits_withSeed(bytes, n, leads);

	return key + (key == 0);
}

static bool
look_up(const struct zeek_join *j, uint64_t number, uint32_t *at)
{
	const struct place *p = j->place ? find_place(j, number) : NULL;

	if (p == NULL || p->key == 0)
		return false;
	*at = p->at;
	return true;
}

/* What came first stays: of one file nobody says two things. */
static bool
enter(struct zeek_join *j, uint64_t number, uint32_t at)
{
	size_t room = j->place ? ((size_t)1 << j->bits) / 4 * 3 : 0;
	struct place *p;

	if (j->places == room && !more_places(j))
		return false;
	p = find_place(j, number);
	if (p->key == 0) {
		*p = (struct place){ number, at };
		j->places++;
	}
	return true;
}

static bool
same_paper(const struct zeek_join *j, const struct paper *p, const struct trait_tls *t)
{
	const char *text = j->text + p->text;

	return p->not_before_ns == t->not_before_ns && p->not_after_ns == t->not_after_ns &&
	       p->subject == t->subject.len && p->issuer == t->issuer.len &&
	       p->flags == t->flags &&
	       (p->subject == 0 || memcmp(text, t->subject.at, p->subject) == 0) &&
	       (p->issuer == 0 || memcmp(text + p->subject, t->issuer.at, p->issuer) == 0);
}

static uint64_t
paper_number(const struct trait_tls *t)
{
	uint64_t part[5] = { t->not_before_ns, t->not_after_ns, t->flags };

	part[3] = t->subject.len ? XXH3_64bits(t->subject.at, t->subject.len) : 0;
	part[4] = t->issuer.len ? XXH3_64bits(t->issuer.at, t->issuer.len) : 0;
	return number_of(LEADS_SAME, part, sizeof part);
}

static bool
add_paper(struct zeek_join *j, const struct trait_tls *t, uint32_t *at)
{
	uint32_t bytes = (uint32_t)(t->subject.len + t->issuer.len);
	uint64_t number = paper_number(t);
	struct paper *paper;
	char *text;

	if (look_up(j, number, at) && same_paper(j, &j->paper[*at], t))
		return true;
	paper = grown(j, j->paper, j->papers, &j->papers_room, 1, sizeof *paper);
	j->paper = paper ? paper : j->paper;
	text = grown(j, j->text, j->texts, &j->texts_room, bytes + 1, 1);
	j->text = text ? text : j->text;
	if (paper == NULL || text == NULL)
		return false;
	*at = j->papers++;
	j->paper[*at] = (struct paper){ t->not_before_ns, t->not_after_ns, j->texts,
		(uint16_t)t->subject.len, (uint16_t)t->issuer.len, t->flags };
	if (t->subject.len > 0)
		memcpy(j->text + j->texts, t->subject.at, t->subject.len);
	if (t->issuer.len > 0)
		memcpy(j->text + j->texts + t->subject.len, t->issuer.at, t->issuer.len);
	j->texts += bytes;
	return enter(j, number, *at);
}

void
zeek_join_certificate(struct zeek_join *j, uint64_t key, const struct trait_tls *t)
{
	uint64_t number = number_of(LEADS_PAPER, &key, sizeof key);
	uint32_t at;

	CHECK(t->subject.len <= TRAIT_TEXT && t->issuer.len <= TRAIT_TEXT);
	if (key != 0 && !look_up(j, number, &at) &&
	    (!add_paper(j, t, &at) || !enter(j, number, at)))
		j->shed++;
}

static bool
add_print(struct zeek_join *j, const struct print *p, uint32_t *at)
{
	uint64_t number = number_of(LEADS_SAME_AS, p, sizeof *p);
	struct print *print;

	if (look_up(j, number, at) && memcmp(&j->print[*at], p, sizeof *p) == 0)
		return true;
	print = grown(j, j->print, j->prints, &j->prints_room, 1, sizeof *p);
	if (print == NULL)
		return false;
	j->print = print;
	*at = j->prints++;
	j->print[*at] = *p;
	return enter(j, number, *at);
}

void
zeek_join_digests(struct zeek_join *j, uint64_t key, const struct digest *sha256,
    const uint8_t sha1[TRAIT_SHA1])
{
	uint64_t number = number_of(LEADS_PRINT, &key, sizeof key);
	struct print p = { .sha256 = *sha256 };
	uint32_t at;

	static_assert(sizeof p == DIGEST_BYTES + TRAIT_SHA1, "print has a hole in it");
	memcpy(p.sha1, sha1, sizeof p.sha1);
	if (key != 0 && !look_up(j, number, &at) &&
	    (!add_print(j, &p, &at) || !enter(j, number, at)))
		j->shed++;
}

static bool
is_zero(const uint8_t *b, size_t n)
{
	while (n > 0 && b[n - 1] == 0)
		n--;
	return n == 0;
}

/* What ssl.log says itself stands. True when there was a paper. */
static bool
complete(const struct zeek_join *j, uint64_t key, struct trait_tls *t)
{
	uint32_t at;

	if (key == 0)
		return false;
	if (look_up(j, number_of(LEADS_PRINT, &key, sizeof key), &at)) {
		const struct print *p = &j->print[at];

		if (is_zero(t->cert_sha256.b, sizeof t->cert_sha256.b))
			t->cert_sha256 = p->sha256;
		if (is_zero(t->cert_sha1, sizeof t->cert_sha1))
			memcpy(t->cert_sha1, p->sha1, sizeof t->cert_sha1);
	}
	if (!look_up(j, number_of(LEADS_PAPER, &key, sizeof key), &at))
		return false;
	if (t->not_after_ns == 0) {
		const struct paper *p = &j->paper[at];
		const uint8_t *text = (const uint8_t *)j->text + p->text;

		t->subject = (struct span){ text, p->subject };
		t->issuer = (struct span){ text + p->subject, p->issuer };
		t->not_before_ns = p->not_before_ns;
		t->not_after_ns = p->not_after_ns;
		t->flags |= p->flags;
	}
	return true;
}

static bool
complete_both(
    const struct zeek_join *j, struct trait *t, uint64_t fingerprint, uint64_t file)
{
	bool first = complete(j, fingerprint, &t->tls);
	bool second = complete(j, file, &t->tls);

	return first || second;
}

static void
tell_all(struct zeek_join *j, struct waiting *w, trait_sink *sink, void *state)
{
	unsigned i = 0;

	for (struct trait_queued *q = w->queue.all.first; q; q = q->next, i++) {
		(void)complete_both(j, &q->trait, w->key[i][0], w->key[i][1]);
		sink(state, &q->trait);
	}
	trait_queue_reset(&w->queue);
	w->n = 0;
}

void
zeek_join_tell(struct zeek_join *j, struct trait *t, uint64_t fingerprint, uint64_t file,
    trait_sink *sink, void *state)
{
	struct waiting *w = &j->wait[1];

	if ((fingerprint | file) == 0 || complete_both(j, t, fingerprint, file)) {
		sink(state, t);
		return;
	}
	if (w->n == ZEEK_JOIN_WAIT) {
		struct waiting younger = j->wait[1];

		tell_all(j, &j->wait[0], sink, state);
		j->wait[1] = j->wait[0];
		j->wait[0] = younger;
	}
	if (!trait_queue_put(&w->queue, 0, t)) {
		j->shed++;
		sink(state, t);
		return;
	}
	w->key[w->n][0] = fingerprint;
	w->key[w->n++][1] = file;
}

void
zeek_join_flush(struct zeek_join *j, trait_sink *sink, void *state)
{
	tell_all(j, &j->wait[0], sink, state);
	tell_all(j, &j->wait[1], sink, state);
}
