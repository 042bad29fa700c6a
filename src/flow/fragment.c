/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/fragment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES  2036 /* a piece of Ethernet fits; a larger one takes several */
#define WHOLE_BYTES  65535
#define PIECES_MAX   256 /* of one datagram: 64 KB in the smallest pieces seen in the wild */
#define BUCKETS      1024
#define NONE         UINT32_MAX
#define DATAGRAM_PER 4 /* pieces of memory for each datagram that can be open */

struct piece {
	uint32_t next; /* of the same datagram by offset, or in the free list */
	uint32_t call; /* of fragments_add that brought it */
	uint16_t at, len;
	uint8_t bytes[PIECE_BYTES];
};
static_assert(sizeof(struct piece) == 2048, "pieces fill pages");

struct datagram {
	struct ip src, dst;
	uint32_t id;
	uint8_t proto; /* of IPv4; for IPv6 the identification alone counts */
	bool refused;  /* overlapped: dropped, and so is what follows */
	bool ended;    /* the last piece was seen: `total` is known */
	uint32_t total;
	uint32_t have;    /* bytes held */
	uint32_t arrived; /* pieces held, as they came */
	uint32_t header;  /* IP header of the piece at offset 0 */
	uint64_t since;   /* the clock at the first piece */
	uint32_t first;   /* piece with the lowest offset */
	uint32_t bucket, bucket_next;
	uint32_t older, newer; /* by age; `newer` also in the free list */
};

struct fragments {
	struct piece *piece;
	struct datagram *datagram;
	uint32_t pieces, datagrams;
	uint32_t pieces_touched,
	    datagrams_touched; /* behind them memory is as it was given */
	uint32_t free_piece, free_pieces, free_datagram;
	uint32_t oldest, newest;
	uint32_t bucket[BUCKETS];
	uint32_t calls;            /* of fragments_add so far */
	uint32_t used[PIECES_MAX]; /* those that brought the last whole packet */
	unsigned used_n;
	uint8_t whole[WHOLE_BYTES];
};

enum status
fragments_new(struct fragments **out, size_t memory, struct error *err)
{
	size_t per = DATAGRAM_PER * sizeof(struct piece) + sizeof(struct datagram);
	struct fragments *f;
	size_t n;

	*out = NULL;
	if (memory < sizeof *f + per)
		return OK;
	n = (memory - sizeof *f) / per;
	if (n > UINT32_MAX / DATAGRAM_PER / 2)
		n = UINT32_MAX / DATAGRAM_PER / 2;
	f = calloc(1, sizeof *f);
	if (f) {
		f->datagrams = (uint32_t)n;
		f->pieces = (uint32_t)n * DATAGRAM_PER;
		f->piece = calloc(f->pieces, sizeof *f->piece);
		f->datagram = calloc(f->datagrams, sizeof *f->datagram);
	}
	if (f == NULL || f->piece == NULL || f->datagram == NULL) {
		fragments_free(f);
		return error_set(err, E_NOMEM, "no %zu bytes for IP fragments", memory);
	}
	f->free_pieces = f->pieces;
	f->free_piece = f->free_datagram = NONE;
	for (uint32_t i = 0; i < BUCKETS; i++)
		f->bucket[i] = NONE;
	f->oldest = f->newest = NONE;
	*out = f;
	return OK;
}

void
fragments_free(struct fragments *f)
{
	if (f == NULL)
		return;
	free(f->piece);
	free(f->datagram);
	free(f);
}

static void
drop_pieces(struct fragments *f, struct datagram *d)
{
	while (d->first != NONE) {
		uint32_t i = d->first;

		d->first = f->piece[i].next;
		f->piece[i].next = f->free_piece;
		f->free_piece = i;
		f->free_pieces++;
	}
	d->arrived = 0;
	d->have = 0;
}

static void
drop_datagram(struct fragments *f, uint32_t i)
{
	struct datagram *d = &f->datagram[i];
	uint32_t *link = &f->bucket[d->bucket];

	drop_pieces(f, d);
	while (*link != i)
		link = &f->datagram[*link].bucket_next;
	*link = d->bucket_next;
	if (d->older == NONE)
		f->oldest = d->newer;
	else
		f->datagram[d->older].newer = d->newer;
	if (d->newer == NONE)
		f->newest = d->older;
	else
		f->datagram[d->newer].older = d->older;
	d->newer = f->free_datagram;
	f->free_datagram = i;
}

static void
lose_oldest(struct fragments *f, struct flow_counters *c)
{
	c->fragments_lost += f->datagram[f->oldest].arrived;
	drop_datagram(f, f->oldest);
}

static uint32_t
bucket_of(const struct packet *p)
{
	uint32_t h = p->fragment_id * UINT32_C(0x9e3779b1), word[8];

	memcpy(word, p->src.b, 16);
	memcpy(word + 4, p->dst.b, 16);
	for (int i = 0; i < 8; i++)
		h = (h ^ word[i]) * UINT32_C(0x85ebca6b);
	return (h >> 16) % BUCKETS;
}

static uint8_t
proto_of(const struct packet *p)
{
	return ip_is_v4(&p->src) ? p->proto : 0;
}

static uint32_t
find_datagram(const struct fragments *f, const struct packet *p, uint32_t bucket)
{
	uint32_t i = f->bucket[bucket];

	for (; i != NONE; i = f->datagram[i].bucket_next) {
		const struct datagram *d = &f->datagram[i];

		if (d->id == p->fragment_id && d->proto == proto_of(p) &&
		    ip_equal(&d->src, &p->src) && ip_equal(&d->dst, &p->dst))
			break;
	}
	return i;
}

static uint32_t
new_datagram(
    struct fragments *f, const struct packet *p, uint32_t bucket, struct flow_counters *c)
{
	struct datagram *d;
	uint32_t i;

	if (f->free_datagram == NONE && f->datagrams_touched == f->datagrams)
		lose_oldest(f, c);
	i = f->free_datagram;
	if (i != NONE)
		f->free_datagram = f->datagram[i].newer;
	else
		i = f->datagrams_touched++;
	d = &f->datagram[i];
	*d = (struct datagram){
		.src = p->src,
		.dst = p->dst,
		.id = p->fragment_id,
		.proto = proto_of(p),
		.since = p->clock_ns,
		.first = NONE,
		.bucket = bucket,
		.bucket_next = f->bucket[bucket],
		.older = f->newest,
		.newer = NONE,
	};
	f->bucket[bucket] = i;
	if (f->newest == NONE)
		f->oldest = i;
	else
		f->datagram[f->newest].newer = i;
	f->newest = i;
	return i;
}

enum fit { FITS, COPY, OVERLAPS };

/* Where a piece goes, as the link that will point at it. */
static enum fit
find_place(
    struct fragments *f, struct datagram *d, const struct packet *p, uint32_t **place)
{
	uint32_t at = p->fragment_at, end = at + (uint32_t)p->fragment_data.len;
	uint32_t *link = &d->first;

	if (d->ended && (end > d->total || (!p->more_fragments && end != d->total)))
		return OVERLAPS;
	while (*link != NONE) {
		const struct piece *q = &f->piece[*link];

		if (q->at >= at)
			break;
		if ((uint32_t)q->at + q->len > at)
			return OVERLAPS;
		link = &f->piece[*link].next;
	}
	*place = link;
	if (*link == NONE)
		return FITS;
	if (f->piece[*link].at >= end)
		return p->more_fragments ? FITS : OVERLAPS;
	for (uint32_t i = *link; at < end; i = f->piece[i].next) {
		const struct piece *q = i == NONE ? NULL : &f->piece[i];

		if (q == NULL || q->at != at || at + q->len > end ||
		    memcmp(q->bytes, p->fragment_data.at + (at - p->fragment_at), q->len) !=
			0)
			return OVERLAPS;
		at += q->len;
	}
	return COPY;
}

/* Copies the piece in; false when even losing all older datagrams makes no room. */
static bool
hold(struct fragments *f, uint32_t datagram, uint32_t *link, const struct packet *p,
    struct flow_counters *c)
{
	struct span left = p->fragment_data;
	uint16_t at = p->fragment_at;

	while (f->free_pieces * PIECE_BYTES < left.len) {
		if (f->oldest == datagram)
			return false;
		lose_oldest(f, c);
	}
	while (left.len > 0) {
		uint32_t i = f->free_piece;
		struct piece *q;

		if (i != NONE)
			f->free_piece = f->piece[i].next;
		else
			i = f->pieces_touched++;
		q = &f->piece[i];
		f->free_pieces--;
		q->call = f->calls - 1;
		q->at = at;
		q->len = (uint16_t)(left.len < PIECE_BYTES ? left.len : PIECE_BYTES);
		memcpy(q->bytes, left.at, q->len);
		q->next = *link;
		*link = i;
		link = &q->next;
		at = (uint16_t)(at + q->len);
		left.at += q->len;
		left.len -= q->len;
	}
	return true;
}

static bool
finish_datagram(struct fragments *f, uint32_t datagram, const struct packet *p,
    struct packet *whole, struct flow_counters *c)
{
	struct datagram *d = &f->datagram[datagram];
	unsigned arrived = d->arrived;

	f->used_n = 0;
	for (uint32_t i = d->first; i != NONE; i = f->piece[i].next) {
		const struct piece *q = &f->piece[i];

		memcpy(f->whole + q->at, q->bytes, q->len);
		if (f->used_n == 0 || f->used[f->used_n - 1] != q->call)
			f->used[f->used_n++] = q->call;
	}
	*whole = *p;
	whole->ip_bytes = d->header + d->total;
	whole->fragment = whole->more_fragments = false;
	whole->fragment_at = 0;
	whole->fragment_data = (struct span){ 0 };
	drop_datagram(f, datagram);
	if (decode_transport(whole, (struct span){ f->whole, d->total }) == DECODE_OK) {
		c->reassembled++;
		return true;
	}
	c->fragments_lost += arrived;
	return false;
}

static bool
is_sane(const struct packet *p)
{
	size_t len = p->fragment_data.len;

	return len > 0 && p->fragment_at + len <= WHOLE_BYTES &&
	       !(p->more_fragments && len % 8 != 0);
}

/* What the IP header was before it was cut up: IPv6 had no fragment header. */
static uint32_t
header_of(const struct packet *p)
{
	uint32_t header = p->ip_bytes - (uint32_t)p->fragment_data.len;

	return ip_is_v4(&p->src) ? header : header - 8;
}

bool
fragments_add(struct fragments *f, const struct packet *p, struct packet *whole,
    struct flow_counters *c)
{
	uint32_t bucket = bucket_of(p), i, *place = NULL;
	struct datagram *d;
	enum fit fit;

	c->fragments++;
	if (f)
		f->calls++;
	while (f && f->oldest != NONE && p->clock_ns > FRAGMENT_AGE_NS &&
	       p->clock_ns - FRAGMENT_AGE_NS > f->datagram[f->oldest].since)
		lose_oldest(f, c);
	if (f == NULL || !is_sane(p)) {
		c->fragments_lost++;
		return false;
	}
	i = find_datagram(f, p, bucket);
	if (i == NONE)
		i = new_datagram(f, p, bucket, c);
	d = &f->datagram[i];
	fit = d->refused ? OVERLAPS : find_place(f, d, p, &place);
	if (fit == FITS && (d->arrived == PIECES_MAX || !hold(f, i, place, p, c)))
		fit = OVERLAPS; /* too many or too large: refused in the same way */
	if (fit != FITS) {
		c->fragments_lost++;
		if (fit == COPY)
			return false;
		c->fragments_lost += d->arrived;
		drop_pieces(f, d);
		d->refused = true;
		return false;
	}
	d->arrived++;
	d->have += (uint32_t)p->fragment_data.len;
	if (p->fragment_at == 0)
		d->header = header_of(p);
	if (!p->more_fragments) {
		d->ended = true;
		d->total = p->fragment_at + (uint32_t)p->fragment_data.len;
	}
	if (!d->ended || d->have != d->total)
		return false;
	return finish_datagram(f, i, p, whole, c);
}

const uint32_t *
fragments_calls(const struct fragments *f, unsigned *n)
{
	*n = f->used_n;
	return f->used;
}

void
fragments_finish(struct fragments *f, struct flow_counters *c)
{
	while (f && f->oldest != NONE)
		lose_oldest(f, c);
}
