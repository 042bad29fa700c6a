/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/kept.h"

#include <string.h>
#include <xxhash.h>

#include "profile/timeline.h"

static const char MAGIC[16] = "geophone state 1";

enum kind { KIND_RUNS = 'R', KIND_PAIRS = 'P', KIND_END = 'E' };

#define HEAD       12 /* length and checksum of a block */
#define BLOCK_FULL ((size_t)64 << 10)
/* A block is begun again when it is full, so it may hold one pair more. */
#define BLOCK_MOST ((size_t)256 << 10)

/* Widest: an address 17, a link 280; three of 10, five of 5, and 4 bytes a contact. */
static_assert(
    64 + KEPT_LINKS * 280 + KEPT_MOST * (3 * 10 + 4 * 5 + 4) + BLOCK_FULL < BLOCK_MOST,
    "a pair does not fit into a block");

int
kept_order(const struct pair_key *a, const struct pair_key *b)
{
	int c = ip_compare(&a->host, &b->host);

	if (c == 0)
		c = ip_compare(&a->peer, &b->peer);
	if (c == 0)
		c = (a->port > b->port) - (a->port < b->port);
	return c ? c : (a->proto > b->proto) - (a->proto < b->proto);
}

/*
 * ---- writing
 */

static void
put_le(struct buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_putc(b, (char)(uint8_t)(v >> 8 * i));
}

/* Seven bits a byte, the low ones first; the last has no high bit. */
static void
put_var(struct buf *b, uint64_t v)
{
	for (; v >= 128; v >>= 7)
		buf_putc(b, (char)(uint8_t)(v | 128));
	buf_putc(b, (char)v);
}

static void
put_ip(struct buf *b, const struct ip *ip)
{
	bool v4 = ip_is_v4(ip);

	buf_putc(b, v4 ? 4 : 6);
	buf_put(b, v4 ? ip->b + 12 : ip->b, v4 ? 4 : 16);
}

static void
put_block(struct kept_writer *w)
{
	uint8_t head[HEAD];
	uint32_t n = (uint32_t)w->block.len;
	uint64_t sum;

	if (w->block.bad || w->failed) {
		w->failed = true;
		return;
	}
	sum = XXH3_64bits_withSeed(w->block.at, n, w->at);
	for (int i = 0; i < 4; i++)
		head[i] = (uint8_t)(n >> 8 * i);
	for (int i = 0; i < 8; i++)
		head[4 + i] = (uint8_t)(sum >> 8 * i);
	w->failed =
	    fwrite(head, 1, HEAD, w->to) != HEAD || fwrite(w->block.at, 1, n, w->to) != n;
	w->at += HEAD + n;
	buf_reset(&w->block);
}

static void
put_run(struct buf *b, const struct listening_run *r)
{
	buf_put(b, r->id.b, sizeof r->id.b);
	put_le(b, r->first_ns, 8);
	put_le(b, r->last_ns, 8);
	put_le(b, r->contacts, 8);
	put_le(b, r->shed, 8);
	put_le(b, r->resolution_ns, 8);
}

void
kept_begin(struct kept_writer *w, FILE *to, const struct listening *l)
{
	*w = (struct kept_writer){ .to = to };
	buf_init(&w->block, BLOCK_MOST);
	w->failed = fwrite(MAGIC, 1, sizeof MAGIC, to) != sizeof MAGIC;
	w->at = sizeof MAGIC;
	for (unsigned i = 0; i < l->runs; i++) {
		if (w->block.len == 0)
			buf_putc(&w->block, KIND_RUNS);
		put_run(&w->block, &l->run[i]);
		if (w->block.len >= BLOCK_FULL)
			put_block(w);
	}
	if (w->block.len > 0)
		put_block(w);
}

static void
put_link(struct buf *b, const struct kept_link *l)
{
	size_t n = strlen(l->text);

	put_ip(b, &l->address);
	put_le(b, l->port, 2);
	put_le(b, l->name_port, 2);
	put_le(b, l->proto, 1);
	put_le(b, l->how, 1);
	put_le(b, n, 1);
	buf_put(b, l->text, n);
}

static void
put_contact(struct buf *b, const struct contact *c, uint64_t before_ns)
{
	put_var(b, c->start_ns - before_ns);
	put_var(b, c->last_ns - c->start_ns);
	put_var(b, c->up);
	put_var(b, c->down);
	put_var(b, c->up_pkts);
	put_var(b, c->down_pkts);
	put_le(b, c->host_port, 2);
	put_le(b, c->flags, 1);
	put_le(b, c->service, 1);
}

void
kept_put(struct kept_writer *w, const struct kept *k)
{
	struct buf *b = &w->block;
	uint64_t before_ns = 0;

	CHECK(k->n > 0 && k->n <= KEPT_MOST);
	if (b->len == 0)
		buf_putc(b, KIND_PAIRS);
	put_ip(b, &k->key.host);
	put_ip(b, &k->key.peer);
	put_le(b, k->key.port, 2);
	put_le(b, k->key.proto, 1);
	put_le(b, k->links, 1);
	for (unsigned i = 0; i < k->links; i++)
		put_link(b, &k->link[i]);
	put_var(b, k->n);
	for (size_t i = 0; i < k->n; i++) {
		put_contact(b, &k->contact[i], before_ns);
		before_ns = k->contact[i].start_ns;
	}
	w->totals.pairs++;
	w->totals.contacts += k->n;
	if (b->len >= BLOCK_FULL)
		put_block(w);
}

enum status
kept_end(struct kept_writer *w, struct error *err)
{
	enum status st = OK;

	if (w->block.len > 0)
		put_block(w);
	buf_putc(&w->block, KIND_END);
	put_le(&w->block, w->totals.pairs, 8);
	put_le(&w->block, w->totals.contacts, 8);
	put_block(w);
	if (w->block.bad)
		st = error_set(err, E_NOMEM, "no memory for a block of the state");
	else if (w->failed || fflush(w->to) != 0)
		st = error_sys(err, "write the state");
	buf_release(&w->block);
	return st;
}

/*
 * ---- reading
 */

static enum status
wrong(const struct kept_reader *r, struct error *err, const char *why)
{
	return error_set(err, E_FORMAT, "%s: the block at offset %llu %s",
	    input_path(r->in), (unsigned long long)r->block_at, why);
}

static uint64_t
take_var(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = cursor_u8(c);

		v |= (uint64_t)(b & 127) << shift;
		if (b < 128) {
			/* One spelling: no bits that fall off, no empty byte at the end. */
			c->bad |= (shift == 63 && b > 1) || (shift > 0 && b == 0);
			return v;
		}
	}
	c->bad = true;
	return 0;
}

static uint32_t
take_var32(struct cursor *c)
{
	uint64_t v = take_var(c);

	c->bad |= v > UINT32_MAX;
	return (uint32_t)v;
}

static struct ip
take_ip(struct cursor *c)
{
	uint8_t family = cursor_u8(c);
	struct ip ip = { 0 };

	if (family == 4) {
		uint8_t v4[4];

		cursor_copy(c, v4, sizeof v4);
		return ip_from_v4(v4);
	}
	cursor_copy(c, ip.b, sizeof ip.b);
	c->bad |= family != 6 || ip_is_v4(&ip);
	return ip;
}

/* The next block, its checksum held against its bytes; only at the end there is none. */
static enum status
next_block(struct kept_reader *r, struct error *err)
{
	struct span s;
	struct cursor head;
	uint32_t n;
	uint64_t sum;
	enum status st;

	r->block_at = input_at(r->in);
	s = input_peek(r->in, HEAD);
	if (s.len > HEAD)
		s.len = HEAD;
	head = cursor_of(s);
	n = cursor_le32(&head);
	sum = cursor_le64(&head);
	st = input_state(r->in, err);
	if (st != OK)
		return st;
	if (head.bad)
		return wrong(r, err, "is missing: the file was cut short");
	if (n == 0 || n > BLOCK_MOST)
		return wrong(r, err, "has a length that cannot be: it is damaged");
	input_skip(r->in, HEAD);
	s = input_peek(r->in, n);
	st = input_state(r->in, err);
	if (st != OK)
		return st;
	if (s.len < n)
		return wrong(r, err, "is not whole: the file was cut short");
	s.len = n;
	if (XXH3_64bits_withSeed(s.at, n, r->block_at) != sum)
		return wrong(r, err, "does not match its checksum: it is damaged");
	r->block = cursor_of(s);
	input_skip(r->in, n);
	return OK;
}

static enum status
take_runs(struct kept_reader *r, struct listening *runs, struct error *err)
{
	while (r->block.left > 0) {
		struct listening_run run;

		cursor_copy(&r->block, run.id.b, sizeof run.id.b);
		run.first_ns = cursor_le64(&r->block);
		run.last_ns = cursor_le64(&r->block);
		run.contacts = cursor_le64(&r->block);
		run.shed = cursor_le64(&r->block);
		run.resolution_ns = cursor_le64(&r->block);
		if (r->block.bad || run.last_ns < run.first_ns ||
		    run.contacts > INT64_MAX || run.shed > INT64_MAX ||
		    run.resolution_ns > INT64_MAX)
			return wrong(r, err, "holds a run that cannot be");
		if (runs && runs->runs == LISTENING_RUNS)
			return wrong(r, err, "holds more runs than there may be");
		if (runs && !listening_add(runs, &run))
			return wrong(r, err, "holds a run twice");
	}
	return OK;
}

static enum status
take_end(struct kept_reader *r, struct error *err)
{
	uint64_t pairs = cursor_le64(&r->block), contacts = cursor_le64(&r->block);

	if (r->block.bad || r->block.left > 0 || pairs != r->totals.pairs ||
	    contacts != r->totals.contacts)
		return wrong(r, err, "counts other pairs than there are");
	r->ended = true;
	r->block_at = input_at(r->in);
	if (input_peek(r->in, 1).len > 0)
		return wrong(r, err, "comes after the end");
	return input_state(r->in, err);
}

enum status
kept_open(
    struct kept_reader *r, struct input *in, struct listening *runs, struct error *err)
{
	struct span s = input_peek(in, sizeof MAGIC);
	enum status st = input_state(in, err);

	*r = (struct kept_reader){ .in = in };
	if (st == OK && (s.len < sizeof MAGIC || memcmp(s.at, MAGIC, sizeof MAGIC) != 0))
		st = error_set(err, E_FORMAT,
		    "%s: at offset 0 it does not say \"%.16s\": not a state of this "
		    "version",
		    input_path(in), MAGIC);
	if (st == OK)
		input_skip(in, sizeof MAGIC);
	while (st == OK) {
		uint8_t kind;

		st = next_block(r, err);
		if (st != OK)
			break;
		kind = cursor_u8(&r->block);
		if (kind == KIND_RUNS)
			st = take_runs(r, runs, err);
		else if (kind == KIND_END)
			st = take_end(r, err);
		else if (kind != KIND_PAIRS)
			st = wrong(r, err, "is of no known kind");
		if (kind != KIND_RUNS)
			break;
	}
	if (st != OK)
		kept_close(r);
	return st;
}

static void
take_link(struct cursor *c, struct kept_link *l)
{
	char again[NAME_TEXT];
	struct span s;

	*l = (struct kept_link){ .address = take_ip(c) };
	l->port = cursor_le16(c);
	l->name_port = cursor_le16(c);
	l->proto = cursor_u8(c);
	l->how = cursor_u8(c);
	s = cursor_take(c, cursor_u8(c));
	if (s.len > 0)
		memcpy(l->text, s.at, s.len);
	/* As it is compared, or it would be another name when it is learnt. */
	c->bad |= name_clean(s, again) != s.len || memcmp(again, l->text, s.len) != 0;
}

static enum status
take_pair(struct kept_reader *r, struct kept *k, struct error *err)
{
	struct cursor *c = &r->block;
	uint64_t at = 0, n;

	k->key = (struct pair_key){ .host = take_ip(c) };
	k->key.peer = take_ip(c);
	k->key.port = cursor_le16(c);
	k->key.proto = cursor_u8(c);
	k->links = cursor_u8(c);
	if (k->links > KEPT_LINKS)
		return wrong(r, err, "holds a pair with too many names");
	for (unsigned i = 0; i < k->links; i++)
		take_link(c, &k->link[i]);
	n = take_var(c);
	if (c->bad || n == 0 || n > KEPT_MOST)
		return wrong(r, err, "holds a pair that cannot be");
	k->n = (size_t)n;
	for (size_t i = 0; i < k->n; i++) {
		struct contact *t = &k->contact[i];
		uint64_t step = take_var(c);

		c->bad |= step > UINT64_MAX - at;
		at += step;
		*t = (struct contact){ .start_ns = at };
		t->last_ns = at + take_var(c);
		t->up = take_var32(c);
		t->down = take_var32(c);
		t->up_pkts = take_var32(c);
		t->down_pkts = take_var32(c);
		t->host_port = cursor_le16(c);
		t->flags = cursor_u8(c);
		t->service = cursor_u8(c);
	}
	if (c->bad)
		return wrong(r, err, "holds a contact that cannot be");
	if (r->totals.pairs > 0 && kept_order(&r->last, &k->key) >= 0)
		return wrong(r, err, "holds pairs that are not in order");
	r->last = k->key;
	r->totals.pairs++;
	r->totals.contacts += k->n;
	return OK;
}

enum status
kept_next(struct kept_reader *r, struct kept *out, bool *more, struct error *err)
{
	enum status st = OK;

	*more = false;
	while (st == OK && !r->ended && r->block.left == 0) {
		uint8_t kind;

		st = next_block(r, err);
		if (st != OK)
			return st;
		kind = cursor_u8(&r->block);
		if (kind == KIND_END)
			st = take_end(r, err);
		else if (kind != KIND_PAIRS)
			st = wrong(r, err, "is of no kind that may be here");
	}
	if (st != OK || r->ended)
		return st;
	st = take_pair(r, out, err);
	*more = st == OK;
	return st;
}

void
kept_close(struct kept_reader *r)
{
	input_close(r->in);
	*r = (struct kept_reader){ 0 };
}

/*
 * ---- adding and forgetting
 */

uint64_t
kept_since(const struct kept *k)
{
	return k->n > 1 && (k->contact[1].service & CONTACT_RESUMES)
		   ? k->contact[1].start_ns
		   : 0;
}

/* From `since_ns` on, but for the first; without marks. */
static size_t
copy_since(struct contact *to, const struct contact *c, size_t n, uint64_t since_ns)
{
	size_t copied = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].start_ns < since_ns)
			continue;
		to[copied] = c[i];
		to[copied].pair = 0;
		to[copied++].service &= (uint8_t)~CONTACT_RESUMES;
	}
	return copied;
}

void
kept_add(struct kept *k, const struct contact *c, size_t n, struct kept_room *room)
{
	uint64_t since_ns = kept_since(k);
	struct contact first = k->n > 0 ? k->contact[0] : *c;
	struct contact *m = room->merged;
	size_t merged;

	CHECK(n > 0);
	if (c->start_ns < first.start_ns)
		first = *c;
	first.pair = 0;
	if (n > KEPT_MOST) {
		c += n - KEPT_MOST;
		n = KEPT_MOST;
		since_ns = c->start_ns > since_ns ? c->start_ns : since_ns;
	}
	m[0] = first;
	merged = 1 + copy_since(m + 1, k->contact, k->n, since_ns);
	merged += copy_since(m + merged, c, n, since_ns);
	timeline_order(m, merged, room->scratch);
	merged = timeline_unique(m, merged);
	if (merged > KEPT_MOST) {
		m += merged - KEPT_MOST;
		merged = KEPT_MOST;
		since_ns = m[1].start_ns;
	}
	memcpy(k->contact, m, merged * sizeof *m);
	k->contact[0] = first;
	k->n = merged;
	if (merged > 1 && first.start_ns < since_ns)
		k->contact[1].service |= CONTACT_RESUMES;
}

void
kept_forget(struct kept *k, uint64_t before_ns)
{
	size_t from = 1;

	while (from < k->n && k->contact[from].start_ns < before_ns)
		from++;
	/* What follows the first at once is its neighbour, however old that one is. */
	if (from == 1)
		return;
	k->n -= from - 1;
	memmove(k->contact + 1, k->contact + from, (k->n - 1) * sizeof *k->contact);
	if (k->n > 1)
		k->contact[1].service |= CONTACT_RESUMES;
}
