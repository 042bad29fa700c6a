/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcapng_writer.h"

#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"

#define INTERFACES_MAX 1024 /* more in one slice of evidence is a mistake */
#define PUT_MAX        ((size_t)128)

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
	OPTION_COMMENT = 1,
	OPTION_ISB_IFDROP = 5,
	OPTION_IF_TSRESOL = 9,
};

struct pcapng_writer {
	FILE *to;
	uint64_t last_ns;
	uint32_t interfaces;
	struct {
		uint16_t link, interface;
	} interface[INTERFACES_MAX];
};

/* Headers are put together here; they are small and of known size. */
struct put {
	uint8_t b[PUT_MAX];
	size_t n;
};

static void
put16(struct put *p, uint16_t v)
{
	CHECK(p->n + 2 <= sizeof p->b);
	p->b[p->n++] = (uint8_t)v;
	p->b[p->n++] = (uint8_t)(v >> 8);
}

static void
put32(struct put *p, uint32_t v)
{
	put16(p, (uint16_t)v);
	put16(p, (uint16_t)(v >> 16));
}

static void
put64(struct put *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p, (uint32_t)(v >> 32));
}

/* Times are 64 bits in two halves, the upper one first whatever the byte order. */
static void
put_time(struct put *p, uint64_t ns)
{
	put32(p, (uint32_t)(ns >> 32));
	put32(p, (uint32_t)ns);
}

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/*
 * One block: the front, `data` padded to 4 bytes, the back, and both lengths.
 * The front starts with the type and room for the length.
 */
static enum status
write_block(struct pcapng_writer *w, struct put *front, struct span data, struct put *back,
    struct error *err)
{
	static const uint8_t zero[4];
	size_t padding = padded(data.len) - data.len;
	uint32_t length = (uint32_t)(front->n + data.len + padding + back->n + 4);
	struct put head = { .n = 4 };
	bool bad;

	put32(&head, length);
	memcpy(front->b + 4, head.b + 4, 4);
	put32(back, length);
	bad = fwrite(front->b, 1, front->n, w->to) != front->n;
	if (data.len > 0)
		bad |= fwrite(data.at, 1, data.len, w->to) != data.len;
	bad |= fwrite(zero, 1, padding, w->to) != padding;
	bad |= fwrite(back->b, 1, back->n, w->to) != back->n;
	return bad ? error_sys(err, "write pcapng") : OK;
}

static struct put
start_block(uint32_t type)
{
	struct put p = { 0 };

	put32(&p, type);
	put32(&p, 0); /* write_block knows the length */
	return p;
}

static enum status
write_section(struct pcapng_writer *w, const char *comment, struct error *err)
{
	struct put front = start_block(BLOCK_SECTION), back = { 0 };
	struct span text = { (const uint8_t *)comment, comment ? strlen(comment) : 0 };

	if (text.len > UINT16_MAX)
		return error_set(err, E_LIMIT,
		    "a comment of %zu bytes is too long for pcapng", text.len);
	put32(&front, 0x1a2b3c4d);
	put16(&front, 1);
	put16(&front, 0);
	put64(&front, UINT64_MAX); /* length of the section: not known */
	if (text.len > 0) {
		put16(&front, OPTION_COMMENT);
		put16(&front, (uint16_t)text.len);
		put32(&back, 0); /* opt_endofopt */
	}
	return write_block(w, &front, text, &back, err);
}

static enum status
write_interface(struct pcapng_writer *w, uint16_t link, struct error *err)
{
	struct put front = start_block(BLOCK_INTERFACE), back = { 0 };

	put16(&front, link);
	put16(&front, 0);
	put32(&front, 0); /* snap length: no limit */
	put16(&front, OPTION_IF_TSRESOL);
	put16(&front, 1);
	put32(&front, 9);
	put32(&front, 0);
	return write_block(w, &front, (struct span){ 0 }, &back, err);
}

/* The interface's number in our file; written when it is seen for the first time. */
static enum status
interface_of(
    struct pcapng_writer *w, const struct frame *f, uint32_t *number, struct error *err)
{
	enum status st;
	uint32_t n;

	for (n = 0; n < w->interfaces; n++)
		if (w->interface[n].link == f->link &&
		    w->interface[n].interface == f->interface) {
			*number = n;
			return OK;
		}
	if (n == INTERFACES_MAX)
		return error_set(
		    err, E_LIMIT, "more than %d interfaces in one slice", INTERFACES_MAX);
	st = write_interface(w, f->link, err);
	if (st != OK)
		return st;
	w->interface[n].link = f->link;
	w->interface[n].interface = f->interface;
	w->interfaces++;
	*number = n;
	return OK;
}

enum status
pcapng_writer_open(
    struct pcapng_writer **out, FILE *to, const char *comment, struct error *err)
{
	struct pcapng_writer *w = calloc(1, sizeof *w);
	enum status st;

	if (w == NULL)
		return error_set(err, E_NOMEM, "no memory to write pcapng");
	w->to = to;
	st = write_section(w, comment, err);
	if (st != OK)
		pcapng_writer_close(w);
	else
		*out = w;
	return st;
}

static void
put_remark(struct put *p, const char *remark)
{
	size_t n = strlen(remark);

	CHECK(n <= PCAPNG_REMARK);
	put16(p, OPTION_COMMENT);
	put16(p, (uint16_t)n);
	memcpy(p->b + p->n, remark, n);
	p->n += padded(n);
	put32(p, 0); /* opt_endofopt */
}

enum status
pcapng_writer_put(struct pcapng_writer *w, const struct frame *f, struct error *err)
{
	return pcapng_writer_put_remark(w, f, NULL, err);
}

enum status
pcapng_writer_put_remark(
    struct pcapng_writer *w, const struct frame *f, const char *remark, struct error *err)
{
	struct put front = start_block(BLOCK_PACKET), back = { 0 };
	uint32_t number = 0;
	enum status st;

	if (f->bytes.len > CAPTURE_FRAME_MAX)
		return error_set(err, E_LIMIT,
		    "a frame of %zu bytes is longer than we write", f->bytes.len);
	st = interface_of(w, f, &number, err);
	if (st != OK)
		return st;
	put32(&front, number);
	put_time(&front, f->time_ns);
	put32(&front, (uint32_t)f->bytes.len);
	put32(&front, f->wire_length);
	if (remark)
		put_remark(&back, remark);
	w->last_ns = f->time_ns > w->last_ns ? f->time_ns : w->last_ns;
	return write_block(w, &front, f->bytes, &back, err);
}

enum status
pcapng_writer_end(struct pcapng_writer *w, uint64_t dropped, struct error *err)
{
	struct put front = start_block(BLOCK_STATISTICS), back = { 0 };

	if (w->interfaces == 0)
		return OK;
	put32(&front, 0); /* the first interface */
	put_time(&front, w->last_ns);
	if (dropped != UINT64_MAX) {
		put16(&front, OPTION_ISB_IFDROP);
		put16(&front, 8);
		put64(&front, dropped);
		put32(&front, 0);
	}
	return write_block(w, &front, (struct span){ 0 }, &back, err);
}

void
pcapng_writer_close(struct pcapng_writer *w)
{
	free(w);
}
