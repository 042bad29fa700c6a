/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/slice.h"

#include <stdlib.h>
#include <sys/random.h>

#include "decode/packet.h"
#include "evidence/merkle.h"
#include "record/origin.h"

#define SPLITS_MAX    ((size_t)64 << 20)
#define RECORD_MAX    ((size_t)1 << 20)
#define SLICE_COMMENT "geophone: packets of one finding"

static FILE *
spool(const char *what, struct error *err)
{
	FILE *f = tmpfile();

	if (f == NULL)
		(void)error_sys(err, "make a temporary file for %s", what);
	return f;
}

/* Where the headers end: what is behind may be withheld of itself. */
static size_t
head_of(const struct frame *f)
{
	const uint8_t *tail;
	struct packet p;

	if (decode_frame(f, &p) != DECODE_OK)
		return f->bytes.len;
	tail = p.data.len > 0                          ? p.data.at
	       : p.fragment && p.fragment_data.len > 0 ? p.fragment_data.at
						       : NULL;
	if (tail == NULL || tail < f->bytes.at || tail > f->bytes.at + f->bytes.len)
		return f->bytes.len;
	return (size_t)(tail - f->bytes.at);
}

struct packet_whole
slice_packet(const struct frame *f, uint64_t head,
    const uint8_t secret[static PACKETS_SECRET], uint64_t number)
{
	size_t n = head < f->bytes.len ? (size_t)head : f->bytes.len;
	struct packet_whole p = { .time_ns = f->time_ns,
		.caplen = (uint32_t)f->bytes.len,
		.wire = f->wire_length,
		.head.bytes = { f->bytes.at, n },
		.tail.bytes = { f->bytes.at + n, f->bytes.len - n } };

	packets_salts(&p, secret, number);
	return p;
}

static void
end_splits(struct slice *s)
{
	if (s->splits_same > 0)
		buf_printf(&s->splits, "%s[%llu,%llu]", s->splits.len ? "," : "",
		    (unsigned long long)s->split, (unsigned long long)s->splits_same);
	s->splits_same = 0;
}

static void
commit_to(struct slice *s, const struct frame *f)
{
	size_t split = head_of(f);
	struct packet_whole w = slice_packet(f, split, s->secret, s->tree.n);
	struct digest head = packets_head(&w), tail = packets_tail(&w.tail);
	struct digest node = merkle_node(&head, &tail);

	packets_add(&s->tree, &node);
	if (split != s->split)
		end_splits(s);
	s->split = split;
	s->splits_same++;
}

static enum status
open_packets(struct slice *s, struct error *err)
{
	s->packets_file = spool("a slice", err);
	if (s->packets_file == NULL)
		return E_IO;
	buf_init(&s->splits, SPLITS_MAX);
	if (getrandom(s->secret, sizeof s->secret, 0) != (ssize_t)sizeof s->secret)
		return error_sys(err, "read random bytes");
	return pcapng_writer_open(&s->writer, s->packets_file, SLICE_COMMENT, err);
}

enum status
slice_put_frame(
    struct slice *s, const struct frame *f, uint64_t clock_ns, struct error *err)
{
	enum status st = s->packets_file ? OK : open_packets(s, err);
	char remark[PCAPNG_REMARK + 1];

	if (st != OK)
		return st;
	s->packets++;
	commit_to(s, f);
	return pcapng_writer_put_remark(
	    s->writer, f, replay_remark(&s->clock, f->time_ns, clock_ns, remark), err);
}

/* What stands before each record in the spool. */
struct spooled {
	struct slice_origin from;
	size_t length;
};

enum status
slice_put_line(
    struct slice *s, struct slice_origin from, struct span line, struct error *err)
{
	struct spooled head = { from, line.len };

	CHECK(line.len <= RECORD_MAX);
	if (s->flows_file == NULL)
		s->flows_file = spool("records", err);
	if (s->flows_file == NULL)
		return E_IO;
	if (fwrite(&head, sizeof head, 1, s->flows_file) != 1 ||
	    fwrite(line.at, 1, line.len, s->flows_file) != line.len)
		return error_sys(err, "write a record");
	s->flows++;
	return OK;
}

static enum status
finish_record(FILE *to, const struct spooled *head, struct span line,
    const struct origins *origins, struct buf *out, struct error *err)
{
	const struct digest *d = origins_find(origins, head->from.source, head->from.line);

	buf_reset(out);
	if (d)
		origin_put(line, d, out);
	else
		buf_put(out, line.at, line.len);
	buf_putc(out, '\n');
	if (buf_state(out, "a record", err) != OK)
		return E_LIMIT;
	return fwrite(out->at, 1, out->len, to) == out->len
		   ? OK
		   : error_sys(err, "write a record");
}

/* The spooled records into a file of their own, each as a line. */
static enum status
finish_records(struct slice *s, const struct origins *origins, struct error *err)
{
	FILE *from = s->flows_file, *to = spool("records", err);
	uint8_t *line = malloc(RECORD_MAX);
	enum status st = to ? OK : E_IO;
	struct spooled head;
	struct buf out;

	buf_init(&out, RECORD_MAX + 256);
	if (line == NULL)
		st = error_set(err, E_NOMEM, "no memory for a record");
	rewind(from);
	for (uint64_t i = 0; st == OK && i < s->flows; i++) {
		if (fread(&head, sizeof head, 1, from) != 1 ||
		    fread(line, 1, head.length, from) != head.length)
			st = error_sys(err, "read back a record");
		else
			st = finish_record(to, &head, (struct span){ line, head.length },
			    origins, &out, err);
	}
	if (st == OK && (fflush(to) || ferror(to)))
		st = error_sys(err, "write flow records");
	buf_release(&out);
	free(line);
	fclose(from);
	s->flows_file = to;
	return st;
}

enum status
slice_finish(
    struct slice *s, const struct origins *origins, uint64_t dropped, struct error *err)
{
	enum status st = OK;

	end_splits(s);
	if (s->writer)
		st = pcapng_writer_end(s->writer, dropped, err);
	if (st == OK && s->packets_file &&
	    (fflush(s->packets_file) || ferror(s->packets_file)))
		st = error_sys(err, "write a slice");
	if (st == OK && s->flows_file)
		st = finish_records(s, origins, err);
	if (s->packets_file)
		rewind(s->packets_file);
	if (s->flows_file)
		rewind(s->flows_file);
	return st;
}

void
slice_release(struct slice *s)
{
	pcapng_writer_close(s->writer);
	if (s->packets_file)
		fclose(s->packets_file);
	if (s->flows_file)
		fclose(s->flows_file);
	buf_release(&s->splits);
	*s = (struct slice){ 0 };
}
