/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <bzlib.h>
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "collect/nfdump.h"

/*
 * Files as nfdump 1.7 publishes them (its src/libnffile, nffileV2.h and nfxV3.h).
 * Numbers in elements are literals of their bytes, the lowest first; the
 * headers around them are put there by the test.
 */
#define N4(n)     n "\0\0\0"
#define N8(n)     n "\0\0\0\0\0\0\0"
#define MS(n)     "\0" n "\0\0\0\0\0\0" /* 256 of them */
#define FROM_1234 "\xd2\4"
#define TO_80     "\x50\0"
#define TCP(f)    "\6" f "\0\0"
/* First, last, received, packets, bytes, ports, protocol and flags. */
#define GENERIC(first, last, received, ports, proto) \
	"\1\0\x34\0" first last received N8("\5") N8("\x64") ports proto
#define SIMPLE  GENERIC(MS("\1"), MS("\2"), MS("\3"), FROM_1234 TO_80, TCP("\x1b"))
#define ADDRESS "\2\0\x0c\0\1\2\0\xc0\2\2\0\xc0" /* 192.0.2.1 to 192.0.2.2 */
#define IPV6(n) N4("\0") "\xb8\x0d\1\x20" N8(n)
/* Interfaces, masks, direction, TOS, direction of the flow, why it ended, flags. */
#define MISC(why)    "\4\0\x14\0" N4("\1") N4("\2") "\x18\x18\0\0\0" why "\0\0"
#define COUNTS(pkts) "\5\0\x1c\0" N8("\1") N8(pkts) N8("\x4d")
#define VLAN(n)      "\6\0\x0c\0" n "\0\0\0\0\0\0"
#define AUTONOMOUS   "\7\0\x0c\0" N4("\1") N4("\2")
#define SAID(to, parts) \
	"192.0.2.1:1234 > 192.0.2.2:80 6 256.." to " at 768 5/100" parts "\n"

enum { EVENT = 1, SAMPLED = 2 };

/* One record of one block of one file. */
static const struct row {
	const char *name;
	uint16_t type; /* 11 is a flow */
	uint16_t elements;
	uint8_t flags;
	int lie; /* how much longer the record is said to be */
	struct span body;
	struct nfdump_counters counters;
	const char *said;
} ROWS[] = {
	{ "one direction of a connection", 11, 2, 0, 0, BYTES(SIMPLE ADDRESS),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 0/0 1 flags 1b") },
	{ "elements come in any order", 11, 2, 0, 0, BYTES(ADDRESS SIMPLE),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 0/0 1 flags 1b") },
	{ "an element that we do not read is stepped over", 11, 3, 0, 0,
	    BYTES(AUTONOMOUS SIMPLE ADDRESS), { 1, 0, 1, 0, 0, 0 },
	    SAID("512", " 0/0 1 flags 1b") },
	{ "between addresses of IPv6, the upper half first", 11, 2, 0, 0,
	    BYTES(SIMPLE "\3\0\x24\0" IPV6("\1") IPV6("\2")), { 1, 0, 1, 0, 0, 0 },
	    "2001:db8::1:1234 > 2001:db8::2:80 6 256..512 at 768 5/100 0/0 1 flags 1b\n" },
	{ "both directions in one", 11, 3, 0, 0, BYTES(SIMPLE ADDRESS COUNTS("\7")),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 7/77 1 flags 1b both") },
	{ "counts of nothing that came back", 11, 3, 0, 0,
	    BYTES(SIMPLE ADDRESS COUNTS("\0")), { 1, 0, 1, 0, 0, 0 },
	    SAID("512", " 0/77 1 flags 1b") },
	{ "more packets than a number of ours may count", 11, 3, 0, 0,
	    BYTES(SIMPLE ADDRESS "\5\0\x1c\0" N8("\1")
		    N8("\1") "\xff\xff\xff\xff\xff\xff\xff\xff"),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 1/9223372036854775807 1 flags 1b both") },
	{ "cut by the active timeout", 11, 3, 0, 0, BYTES(SIMPLE ADDRESS MISC("\2")),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 0/0 1 flags 1b cut") },
	{ "ended by its FIN", 11, 3, 0, 0, BYTES(SIMPLE ADDRESS MISC("\3")),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 0/0 1 flags 1b") },
	{ "in a VLAN, of whose tag twelve bits count", 11, 3, 0, 0,
	    BYTES(SIMPLE ADDRESS VLAN("\x05\xf0")), { 1, 0, 1, 0, 0, 0 },
	    SAID("512", " 0/0 1 vlan 5 flags 1b") },
	{ "sampled, by how much is not said", 11, 2, SAMPLED, 0, BYTES(SIMPLE ADDRESS),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 0/0 2 flags 1b") },
	{ "no flag at all is that none is known", 11, 2, 0, 0,
	    BYTES(
		GENERIC(MS("\1"), MS("\2"), MS("\3"), FROM_1234 TO_80, TCP("\0")) ADDRESS),
	    { 1, 0, 1, 0, 0, 0 }, SAID("512", " 0/0 1") },
	{ "an echo: type 8 and code 0 are where the port would be", 11, 2, 0, 0,
	    BYTES(GENERIC(MS("\1"), MS("\2"), MS("\3"), "\0\0\0\x08", "\1\0\0\0") ADDRESS),
	    { 1, 0, 1, 0, 0, 0 },
	    "192.0.2.1:8 > 192.0.2.2:0 1 256..512 at 768 5/100 0/0 1\n" },
	{ "when it was received is not said: it was told when it ended", 11, 2, 0, 0,
	    BYTES(
		GENERIC(MS("\1"), MS("\3"), N8("\0"), FROM_1234 TO_80, TCP("\2")) ADDRESS),
	    { 1, 0, 1, 0, 0, 0 }, SAID("768", " 0/0 1 flags 02") },
	{ "the end before the beginning is at the beginning", 11, 2, 0, 0,
	    BYTES(
		GENERIC(MS("\1"), N8("\1"), MS("\3"), FROM_1234 TO_80, TCP("\2")) ADDRESS),
	    { 1, 0, 1, 0, 0, 0 }, SAID("256", " 0/0 1 flags 02") },
	{ "no time at all", 11, 2, 0, 0,
	    BYTES(
		GENERIC(N8("\0"), MS("\2"), MS("\3"), FROM_1234 TO_80, TCP("\2")) ADDRESS),
	    { 1, 0, 1, 0, 1, 0 }, "" },
	{ "a time after the year 2200", 11, 2, 0, 0,
	    BYTES(GENERIC(MS("\1"), "\0\0\0\0\0\0\1\0", MS("\3"), FROM_1234 TO_80,
		TCP("\2")) ADDRESS),
	    { 1, 0, 1, 0, 1, 0 }, "" },
	{ "no address", 11, 1, 0, 0, BYTES(SIMPLE), { 1, 0, 1, 0, 0, 1 }, "" },
	{ "addresses, and no flow", 11, 1, EVENT, 0, BYTES(ADDRESS), { 1, 0, 1, 0, 0, 1 },
	    "" },
	{ "fewer elements are said than there are", 11, 1, 0, 0, BYTES(SIMPLE ADDRESS),
	    { 1, 0, 1, 0, 0, 1 }, "" },
	{ "more elements are said than there are", 11, 3, 0, 0, BYTES(SIMPLE ADDRESS),
	    { 1, 0, 1, 0, 1, 0 }, "" },
	{ "an element shorter than its own header", 11, 3, 0, 0,
	    BYTES(SIMPLE ADDRESS "\7\0\3\0"), { 1, 0, 1, 0, 1, 0 }, "" },
	{ "an element longer than its record", 11, 3, 0, 0,
	    BYTES(SIMPLE ADDRESS "\7\0\x0d\0" N4("\1") N4("\2")), { 1, 0, 1, 0, 1, 0 },
	    "" },
	{ "an element too short for what it is", 11, 2, 0, 0,
	    BYTES(SIMPLE "\2\0\x0b\0\1\2\0\xc0\2\2\0"), { 1, 0, 1, 0, 1, 0 }, "" },
	{ "an element longer than what we know of it", 11, 2, 0, 0,
	    BYTES(SIMPLE "\2\0\x0e\0\1\2\0\xc0\2\2\0\xc0!!"), { 1, 0, 1, 0, 0, 0 },
	    SAID("512", " 0/0 1 flags 1b") },
	{ "a record longer than its block", 11, 2, 0, 1, BYTES(SIMPLE ADDRESS),
	    { 1, 0, 0, 0, 1, 0 }, "" },
	{ "a record shorter than its elements", 11, 2, 0, -1, BYTES(SIMPLE ADDRESS),
	    { 1, 0, 1, 0, 1, 0 }, "" },
	{ "a record shorter than its own header", 11, 0, 0, -9, BYTES(""),
	    { 1, 0, 0, 0, 1, 0 }, "" },
	{ "an exporter", 9, 0, 0, 0, BYTES("\1\2\3\4"), { 1, 0, 0, 1, 0, 0 }, "" },
};

static void
le(struct buf *out, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_putc(out, (char)(i < 8 ? v >> 8 * i : 0));
}

static void
put_file(struct buf *out, unsigned version, unsigned packing, unsigned encryption,
    unsigned blocks)
{
	le(out, 0xa50c, 2);
	le(out, version, 2);
	le(out, 0x01070100, 4); /* 1.7.1 wrote it */
	le(out, 1700000000, 8);
	le(out, packing, 1);
	le(out, encryption, 1);
	le(out, 0, 2);       /* blocks of the appendix, */
	le(out, 0, 4 + 8);   /* and where it is */
	le(out, 5 << 20, 4); /* the size of blocks */
	le(out, blocks, 4);
}

static void
put_record(struct buf *out, const struct row *r)
{
	le(out, r->type, 2);
	le(out, (uint64_t)(12 + (int)r->body.len + r->lie), 2);
	le(out, r->elements, 2);
	le(out, 0, 4); /* engine, exporter */
	le(out, r->flags, 1);
	le(out, 9, 1); /* the version of NetFlow */
	buf_put(out, r->body.at, r->body.len);
}

static void
put_block(
    struct buf *out, unsigned records, unsigned type, unsigned flags, struct span bytes)
{
	le(out, records, 4);
	le(out, bytes.len, 4);
	le(out, type, 2);
	le(out, flags, 2);
	buf_put(out, bytes.at, bytes.len);
}

static void
on_half(void *state, const struct half *h)
{
	struct buf *said = state;
	const struct flow *f = &h->flow;
	char from[IP_TEXT], to[IP_TEXT];

	assert_int_equal(f->resolution_ns, 1000000);
	buf_printf(said, "%s:%u > %s:%u %u %llu..%llu at %llu %llu/%llu %llu/%llu %u",
	    ip_text(&f->orig, from), f->orig_port, ip_text(&f->resp, to), f->resp_port,
	    f->proto, (unsigned long long)f->first_ns / 1000000,
	    (unsigned long long)f->last_ns / 1000000,
	    (unsigned long long)h->clock_ns / 1000000, (unsigned long long)f->orig_pkts,
	    (unsigned long long)f->orig_ip_bytes, (unsigned long long)f->resp_pkts,
	    (unsigned long long)f->resp_ip_bytes, f->sampling);
	if (f->vlan)
		buf_printf(said, " vlan %u", f->vlan);
	if (h->flags & HALF_FLAGS)
		buf_printf(said, " flags %02x", h->orig_tcp);
	if (h->flags & HALF_CUT)
		buf_puts(said, " cut");
	if (h->flags & HALF_BOTH)
		buf_puts(said, " both");
	buf_putc(said, '\n');
}

/* What is said of a file. `said` is to be released. */
struct heard {
	enum status status; /* of opening, or of the last step */
	struct nfdump_counters counters;
	struct buf said;
	struct error err;
};

static struct heard
hear(struct span file)
{
	struct heard h = { .status = OK };
	struct nfdump *nd;
	struct input *in;
	bool more = true;

	buf_init(&h.said, 1 << 20);
	assert_int_equal(input_open_bytes(&in, file, "flows", &h.err), OK);
	h.status = nfdump_open(&nd, in, on_half, &h.said, &h.err);
	if (h.status != OK)
		return h;
	while (more && h.status == OK)
		h.status = nfdump_step(nd, &more, &h.err);
	h.counters = *nfdump_counters(nd);
	nfdump_close(nd);
	return h;
}

static void
expect_heard(
    struct span file, enum status status, const struct nfdump_counters *c, const char *said)
{
	struct heard h = hear(file);

	assert_int_equal(h.status, status);
	assert_memory_equal(&h.counters, c, sizeof *c);
	buf_putc(&h.said, '\0');
	assert_string_equal(h.said.at, said);
	buf_release(&h.said);
}

static void
records(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct buf block, file;

		ROW(i, ROWS[i].name);
		buf_init(&block, 1 << 16);
		buf_init(&file, 1 << 16);
		put_record(&block, &ROWS[i]);
		put_file(&file, 2, 0, 0, 1);
		put_block(&file, 1, 3, 0, buf_span(&block));
		expect_heard(buf_span(&file), OK, &ROWS[i].counters, ROWS[i].said);
		buf_release(&block);
		buf_release(&file);
	}
}

static const struct {
	const char *name;
	unsigned version, packing, encryption;
	size_t cut; /* bytes that there are of 40 */
	bool ours;  /* recognised */
	enum status status;
	const char *why;
} HEADERS[] = {
	{ "of nfdump 1.7", 2, 0, 0, 40, true, OK, NULL },
	{ "packed by the newest of five ways", 2, 4, 0, 40, true, OK, NULL },
	{ "of nfdump 1.6, with the way out", 1, 0, 0, 40, true, E_FORMAT,
	    "nfdump -r FILE -w NEW" },
	{ "of the layout after it", 3, 0, 0, 40, true, E_FORMAT, "layout 3" },
	{ "of a layout to come", 4, 0, 0, 40, false, E_FORMAT, "layout 4" },
	{ "encrypted", 2, 0, 1, 40, true, E_FORMAT, "encrypted" },
	{ "packed in a way to come", 2, 5, 0, 40, true, E_FORMAT, "packed" },
	{ "a byte short", 2, 0, 0, 39, false, E_FORMAT, "cut" },
	{ "nothing", 2, 0, 0, 0, false, E_FORMAT, "cut" },
};

static void
headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(HEADERS); i++) {
		struct buf file;
		struct span all;
		struct heard h;

		ROW(i, HEADERS[i].name);
		buf_init(&file, 1 << 16);
		put_file(&file, HEADERS[i].version, HEADERS[i].packing,
		    HEADERS[i].encryption, 0);
		all = buf_span(&file);
		assert_int_equal(all.len, 40);
		all.len = HEADERS[i].cut;
		assert_int_equal(nfdump_recognise(all), HEADERS[i].ours);
		h = hear(all);
		assert_int_equal(h.status, HEADERS[i].status);
		if (HEADERS[i].why)
			assert_non_null(strstr(h.err.text, HEADERS[i].why));
		buf_release(&h.said);
		buf_release(&file);
	}
}

/* `in` packed by the way of that number, as nfdump's nffile.c packs it; to be released. */
static struct buf
pack(unsigned packing, struct span in)
{
	static uint8_t work[LZO1X_1_MEM_COMPRESS];
	char room[4096];
	unsigned bz2_len = sizeof room;
	lzo_uint len = sizeof room;
	struct buf out;

	assert_true(in.len < sizeof room / 2);
	switch (packing) {
	case 1:
		assert_int_equal(lzo_init(), LZO_E_OK);
		assert_int_equal(
		    lzo1x_1_compress(in.at, in.len, (uint8_t *)room, &len, work), LZO_E_OK);
		break;
	case 2:
		assert_int_equal(BZ2_bzBuffToBuffCompress(room, &bz2_len,
				     (char *)(uintptr_t)in.at, (unsigned)in.len, 9, 0, 0),
		    BZ_OK);
		len = bz2_len;
		break;
	case 3:
		len = (lzo_uint)LZ4_compress_default(
		    (const char *)in.at, room, (int)in.len, sizeof room);
		assert_true(len > 0);
		break;
	case 4:
		len = ZSTD_compress(room, sizeof room, in.at, in.len, 3);
		assert_false(ZSTD_isError(len));
		break;
	default:
		memcpy(room, in.at, in.len);
		len = in.len;
		break;
	}
	buf_init(&out, 1 << 16);
	buf_put(&out, room, len);
	return out;
}

#define ONE SAID("512", " 0/0 1 flags 1b")

/* A file of three blocks; the first and the last hold the record of ROWS[0]. */
static const struct block_row {
	const char *name;
	unsigned promised; /* blocks, by the header; 0: the file was never closed */
	unsigned type, flags;
	int records,
	    lie;    /* in the middle block: said to be there; bytes more than there are */
	bool plain; /* it is not packed, though the file is */
	size_t missing; /* bytes at the end of the file */
	enum status status;
	struct nfdump_counters counters;
	const char *said;
	const char *why;
} BLOCKS[] = {
	{ "three blocks", 3, 3, 0, 1, 0, false, 0, OK, { 3, 0, 3, 0, 0, 0 }, ONE ONE ONE,
	    NULL },
	{ "three blocks of a file that was never closed", 0, 3, 0, 1, 0, false, 0, OK,
	    { 3, 0, 3, 0, 0, 0 }, ONE ONE ONE, NULL },
	{ "behind the blocks that are promised is the appendix", 2, 3, 0, 1, 0, false, 0,
	    OK, { 2, 0, 2, 0, 0, 0 }, ONE ONE, NULL },
	{ "fewer blocks than are promised", 4, 3, 0, 1, 0, false, 0, E_FORMAT,
	    { 3, 0, 3, 0, 0, 0 }, ONE ONE ONE, "cut after 3 blocks" },
	{ "a block of another kind is stepped over", 3, 4, 0, 1, 0, false, 0, OK,
	    { 3, 1, 2, 0, 0, 0 }, ONE ONE, NULL },
	{ "a block that says it is not packed", 3, 3, 1, 1, 0, true, 0, OK,
	    { 3, 0, 3, 0, 0, 0 }, ONE ONE ONE, NULL },
	{ "fewer records are said than there are", 3, 3, 0, 0, 0, false, 0, OK,
	    { 3, 0, 2, 0, 0, 0 }, ONE ONE, NULL },
	{ "more records are said than there are", 3, 3, 0, 9, 0, false, 0, OK,
	    { 3, 0, 3, 0, 0, 0 }, ONE ONE ONE, NULL },
	{ "a block longer than blocks can be", 3, 3, 0, 1, 17 << 20, false, 0, E_FORMAT,
	    { 1, 0, 1, 0, 0, 0 }, ONE, "cannot be" },
	{ "a block longer than what we look at", 3, 3, 0, 1, 5 << 20, false, 0, E_FORMAT,
	    { 1, 0, 1, 0, 0, 0 }, ONE, "unpack the file first" },
	{ "a block longer than the file", 3, 3, 0, 1, 1000, false, 0, E_FORMAT,
	    { 1, 0, 1, 0, 0, 0 }, ONE, "cut in a block" },
	{ "the last byte is missing", 3, 3, 0, 1, 0, false, 1, E_FORMAT,
	    { 2, 0, 2, 0, 0, 0 }, ONE ONE, "cut in a block" },
	{ "the last byte is missing of a file that was never closed", 0, 3, 0, 1, 0, false,
	    1, E_FORMAT, { 2, 0, 2, 0, 0, 0 }, ONE ONE, "cut in a block" },
};

/* Where the middle block begins is for those who break it. */
static struct buf
three_blocks(const struct block_row *r, unsigned packing, size_t *middle)
{
	struct buf plain, packed, file;
	struct span bytes;

	buf_init(&plain, 1 << 16);
	buf_init(&file, 1 << 16);
	put_record(&plain, &ROWS[0]);
	packed = pack(packing, buf_span(&plain));
	put_file(&file, 2, packing, 0, r->promised);
	put_block(&file, 1, 3, 0, buf_span(&packed));
	*middle = file.len;
	bytes = buf_span(r->plain ? &plain : &packed);
	put_block(&file, (unsigned)r->records, r->type, r->flags, bytes);
	if (r->lie) {
		uint32_t size = (uint32_t)bytes.len + (uint32_t)r->lie;

		for (unsigned i = 0; i < 4; i++)
			file.at[*middle + 4 + i] = (char)(size >> 8 * i);
	}
	put_block(&file, 1, 3, 0, buf_span(&packed));
	file.len -= r->missing;
	buf_release(&plain);
	buf_release(&packed);
	return file;
}

/* Each row in each way of packing. */
static void
blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(BLOCKS); i++)
		for (unsigned packing = 0; packing <= 4; packing++) {
			size_t middle;
			struct buf file = three_blocks(&BLOCKS[i], packing, &middle);
			struct heard h;

			ROW(i, BLOCKS[i].name);
			expect_heard(buf_span(&file), BLOCKS[i].status, &BLOCKS[i].counters,
			    BLOCKS[i].said);
			h = hear(buf_span(&file));
			if (BLOCKS[i].why)
				assert_non_null(strstr(h.err.text, BLOCKS[i].why));
			buf_release(&h.said);
			buf_release(&file);
		}
}

/* A block that cannot be unpacked is counted and stepped over. */
static void
broken_blocks(void **state)
{
	static const struct nfdump_counters want = { 3, 1, 2, 0, 0, 0 };

	(void)state;
	for (unsigned packing = 1; packing <= 4; packing++) {
		size_t middle;
		struct buf file = three_blocks(&BLOCKS[0], packing, &middle);
		unsigned size = (uint8_t)file.at[middle + 4];

		/* What does not begin as it must be, and says no length that fits. */
		memset(file.at + middle + 12, 0xff, size);
		expect_heard(buf_span(&file), OK, &want, ONE ONE);
		buf_release(&file);
	}
}

/* What unpacks to more than a block can hold is not unpacked. */
static void
a_block_that_grows(void **state)
{
	static const struct nfdump_counters want = { 1, 1, 0, 0, 0, 0 };
	size_t n = NFDUMP_BLOCK + 1, room = n / 100 + 4096;
	uint8_t *zeros = calloc(1, n);
	char *packed = malloc(room);
	struct buf file;
	unsigned len = (unsigned)room;

	(void)state;
	assert_true(zeros && packed);
	for (unsigned packing = 2; packing <= 4; packing++) {
		size_t got;

		if (packing == 2) {
			assert_int_equal(BZ2_bzBuffToBuffCompress(packed, &len,
					     (char *)zeros, (unsigned)n, 9, 0, 0),
			    BZ_OK);
			got = len;
		} else if (packing == 3) {
			got = (size_t)LZ4_compress_default(
			    (char *)zeros, packed, (int)n, (int)room);
		} else {
			got = ZSTD_compress(packed, room, zeros, n, 3);
		}
		assert_in_range(got, 1, room);
		buf_init(&file, 1 << 20);
		put_file(&file, 2, packing, 0, 1);
		put_block(&file, 1, 3, 0, (struct span){ (uint8_t *)packed, got });
		expect_heard(buf_span(&file), OK, &want, "");
		buf_release(&file);
	}
	free(zeros);
	free(packed);
}

/* Cut anywhere, what is whole before the cut is told, and that it is cut is said. */
static void
cut_anywhere(void **state)
{
	size_t middle;
	struct buf file = three_blocks(&BLOCKS[1], 0, &middle);
	size_t block = middle - 40;

	(void)state;
	assert_int_equal(file.len, 40 + 3 * block);
	for (size_t n = 0; n < file.len; n++) {
		struct heard h = hear((struct span){ (const uint8_t *)file.at, n });
		size_t whole = n < 40 ? 0 : (n - 40) / block;
		bool at_end = n >= 40 && (n - 40) % block == 0;

		assert_int_equal(h.status, at_end ? OK : E_FORMAT);
		if (n >= 40) {
			assert_int_equal(h.counters.blocks, whole);
			assert_int_equal(h.counters.records, whole);
		}
		assert_int_equal(h.said.len, whole * strlen(ONE));
		buf_release(&h.said);
	}
	buf_release(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(headers),
		cmocka_unit_test(blocks),
		cmocka_unit_test(broken_blocks),
		cmocka_unit_test(a_block_that_grows),
		cmocka_unit_test(cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
