/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/nfdump.h"

#include <bzlib.h>
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zstd.h>

#include "collect/told.h"

#define MAGIC        0xa50c
#define FILE_HEADER  40
#define BLOCK_HEADER 12

enum packing { PACKED_NOT, PACKED_LZO, PACKED_BZ2, PACKED_LZ4, PACKED_ZSTD };
enum block_type { BLOCK_FLOWS = 3 };
enum record_type { RECORD_FLOW = 11 };
enum element_type {
	NF_GENERIC = 1,
	NF_IPV4 = 2,
	NF_IPV6 = 3,
	NF_MISC = 4,
	NF_COUNTS = 5,
	NF_VLAN = 6,
};
#define RECORD_SAMPLED 2
#define BLOCK_UNPACKED 1 /* of the flags of a block: it is as it is, whatever the file is */
#define REASON_ACTIVE  2

struct nfdump {
	struct input *in;
	half_sink *sink;
	void *state;
	struct nfdump_counters counters;
	uint32_t blocks; /* that the header promises; 0: it was never closed */
	uint8_t packing;
	uint32_t sampling;
	uint8_t *room; /* for an unpacked block */
};

bool
nfdump_recognise(struct span first)
{
	struct cursor c = cursor_of(first);
	unsigned magic = cursor_le16(&c), version = cursor_le16(&c);

	return first.len >= FILE_HEADER && magic == MAGIC && version >= 1 && version <= 3;
}

static enum status
read_header(struct nfdump *nd, struct error *err)
{
	struct span s = input_peek(nd->in, FILE_HEADER);
	struct cursor c = cursor_of(s);
	unsigned version, encrypted;

	(void)cursor_le16(&c);
	version = cursor_le16(&c);
	cursor_skip(&c, 12); /* who wrote it and when */
	nd->packing = cursor_u8(&c);
	encrypted = cursor_u8(&c);
	cursor_skip(&c, 18); /* the appendix behind the blocks, the size of blocks */
	nd->blocks = cursor_le32(&c);
	if (c.bad)
		return error_set(err, E_FORMAT, "%s is cut", input_path(nd->in));
	if (version > 2)
		return error_set(err, E_FORMAT,
		    "%s is of a later layout of nfdump's, which is not read (layout %u)",
		    input_path(nd->in), version);
	if (version < 2)
		return error_set(err, E_FORMAT,
		    "%s was written by nfdump 1.6 or older: convert it with "
		    "nfdump -r FILE -w NEW of nfdump 1.7",
		    input_path(nd->in));
	if (encrypted != 0 || nd->packing > PACKED_ZSTD)
		return error_set(err, E_FORMAT,
		    "%s is encrypted or packed in a way that is not read (%u)",
		    input_path(nd->in), nd->packing);
	input_skip(nd->in, FILE_HEADER);
	return OK;
}

enum status
nfdump_open(
    struct nfdump **out, struct input *in, half_sink *sink, void *state, struct error *err)
{
	struct nfdump *nd = calloc(1, sizeof *nd);
	enum status st;

	if (nd == NULL) {
		input_close(in);
		return error_set(err, E_NOMEM, "no memory to read a file of nfdump's");
	}
	nd->in = in;
	nd->sink = sink;
	nd->state = state;
	nd->sampling = 2;
	st = read_header(nd, err);
	if (st == OK && nd->packing != PACKED_NOT) {
		nd->room = malloc(NFDUMP_BLOCK);
		if (nd->room == NULL || lzo_init() != LZO_E_OK)
			st = error_set(err, E_NOMEM, "no memory to unpack blocks");
	}
	if (st != OK) {
		nfdump_close(nd);
		return st;
	}
	*out = nd;
	return OK;
}

void
nfdump_close(struct nfdump *nd)
{
	if (nd == NULL)
		return;
	input_close(nd->in);
	free(nd->room);
	free(nd);
}

const struct nfdump_counters *
nfdump_counters(const struct nfdump *nd)
{
	return &nd->counters;
}

const struct input *
nfdump_input(const struct nfdump *nd)
{
	return nd->in;
}

/* False when the block is broken. */
static bool
unpack(struct nfdump *nd, unsigned flags, struct span packed, struct span *out)
{
	unsigned bz2_len = NFDUMP_BLOCK;
	lzo_uint lzo_len = NFDUMP_BLOCK;
	size_t zstd_len;
	int n;

	*out = packed;
	if (flags & BLOCK_UNPACKED)
		return true;
	switch ((enum packing)nd->packing) {
	case PACKED_NOT:
		return true;
	case PACKED_LZO:
		if (lzo1x_decompress_safe(
			packed.at, packed.len, nd->room, &lzo_len, NULL) != LZO_E_OK)
			return false;
		*out = (struct span){ nd->room, lzo_len };
		return true;
	case PACKED_BZ2:
		if (BZ2_bzBuffToBuffDecompress((char *)nd->room, &bz2_len,
			(char *)(uintptr_t)packed.at, (unsigned)packed.len, 0, 0) != BZ_OK)
			return false;
		*out = (struct span){ nd->room, bz2_len };
		return true;
	case PACKED_LZ4:
		n = LZ4_decompress_safe((const char *)packed.at, (char *)nd->room,
		    (int)packed.len, (int)NFDUMP_BLOCK);
		if (n < 0)
			return false;
		*out = (struct span){ nd->room, (size_t)n };
		return true;
	case PACKED_ZSTD:
		zstd_len = ZSTD_decompress(nd->room, NFDUMP_BLOCK, packed.at, packed.len);
		if (ZSTD_isError(zstd_len))
			return false;
		*out = (struct span){ nd->room, zstd_len };
		return true;
	}
	return false;
}

/* An IPv6 address is two numbers of 64 bits, the upper one first. */
static struct ip
take_ip6(struct cursor *c)
{
	uint64_t part[2] = { cursor_le64(c), 0 };
	struct ip ip;

	part[1] = cursor_le64(c);
	for (int i = 0; i < 16; i++)
		ip.b[i] = (uint8_t)(part[i / 8] >> (56 - 8 * (i % 8)));
	return ip;
}

static struct ip
take_ip4(struct cursor *c)
{
	uint32_t v = cursor_le32(c);

	return ip_from_v4((uint8_t[4]){
	    (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v });
}

static uint64_t
bounded(uint64_t v)
{
	return v < FLOW_INT_MAX ? v : FLOW_INT_MAX;
}

#define MS UINT64_C(1000000)

/* False when the times cannot be. */
static bool
take_generic(struct cursor *c, struct half *h)
{
	struct flow *f = &h->flow;
	uint64_t first = cursor_le64(c), last = cursor_le64(c);
	uint64_t received = cursor_le64(c);

	f->orig_pkts = bounded(cursor_le64(c));
	f->orig_ip_bytes = bounded(cursor_le64(c));
	f->orig_port = cursor_le16(c);
	f->resp_port = cursor_le16(c);
	f->proto = cursor_u8(c);
	h->orig_tcp = cursor_u8(c);
	if (first == 0 || first >= TOLD_TIME_END / MS || last >= TOLD_TIME_END / MS)
		return false;
	f->first_ns = first * MS;
	f->last_ns = (last > first ? last : first) * MS;
	h->clock_ns =
	    received > 0 && received < TOLD_TIME_END / MS ? received * MS : f->last_ns;
	if (f->proto == PROTO_TCP && h->orig_tcp != 0)
		h->flags |= HALF_FLAGS;
	return true;
}

/* bits of what a record has */
enum { HAS_GENERIC = 1, HAS_ADDRESS = 2, LIES = 4 };

static unsigned
take_element(unsigned type, struct cursor *c, struct half *h)
{
	struct flow *f = &h->flow;

	switch (type) {
	case NF_GENERIC:
		return take_generic(c, h) ? HAS_GENERIC : LIES;
	case NF_IPV4:
		f->orig = take_ip4(c);
		f->resp = take_ip4(c);
		return HAS_ADDRESS;
	case NF_IPV6:
		f->orig = take_ip6(c);
		f->resp = take_ip6(c);
		return HAS_ADDRESS;
	case NF_MISC:
		cursor_skip(c, 13); /* interfaces, masks, directions */
		if (cursor_u8(c) == REASON_ACTIVE && !c->bad)
			h->flags |= HALF_CUT;
		return 0;
	case NF_COUNTS:
		cursor_skip(c, 8);
		f->resp_pkts = bounded(cursor_le64(c));
		f->resp_ip_bytes = bounded(cursor_le64(c));
		if (f->resp_pkts > 0)
			h->flags |= HALF_BOTH;
		return 0;
	case NF_VLAN:
		f->vlan = (uint16_t)(cursor_le32(c) & 4095);
		return 0;
	default:
		return 0;
	}
}

static void
see_flow(struct nfdump *nd, struct cursor c)
{
	struct half h = { .flow = { .resolution_ns = MS, .clock = FLOW_CLOCK_DEVICE } };
	unsigned elements = cursor_le16(&c), has = 0, flags;

	nd->counters.records++;
	cursor_skip(&c, 4); /* engine, exporter */
	flags = cursor_u8(&c);
	cursor_skip(&c, 1);
	for (unsigned i = 0; i < elements && !c.bad; i++) {
		unsigned type = cursor_le16(&c), len = cursor_le16(&c);
		struct cursor e = cursor_of(cursor_take(&c, len < 4 ? SIZE_MAX : len - 4u));

		has |= take_element(type, &e, &h);
		if (e.bad)
			has |= LIES;
	}
	if (c.bad || (has & LIES)) {
		nd->counters.bad++;
		return;
	}
	if (has != (HAS_GENERIC | HAS_ADDRESS)) {
		nd->counters.addressless++;
		return;
	}
	if (h.flow.proto == PROTO_ICMP || h.flow.proto == PROTO_ICMP6)
		icmp_ports(&h.flow, h.flow.resp_port >> 8, h.flow.resp_port & 0xff);
	h.flow.sampling = flags & RECORD_SAMPLED ? nd->sampling : 1;
	h.flow.where = nd->counters.records;
	nd->sink(nd->state, &h);
}

static void
see_block(struct nfdump *nd, struct span block, uint32_t records)
{
	struct cursor c = cursor_of(block);

	for (uint32_t i = 0; i < records && c.left > 0; i++) {
		unsigned type = cursor_le16(&c), size = cursor_le16(&c);
		struct span rest = cursor_take(&c, size < 4 ? SIZE_MAX : size - 4u);

		if (c.bad) {
			nd->counters.bad++;
			return;
		}
		if (type == RECORD_FLOW)
			see_flow(nd, cursor_of(rest));
		else
			nd->counters.others++;
	}
}

enum status
nfdump_step(struct nfdump *nd, bool *more, struct error *err)
{
	struct cursor c = cursor_of(input_peek(nd->in, BLOCK_HEADER));
	uint32_t records = cursor_le32(&c), size = cursor_le32(&c);
	unsigned type = cursor_le16(&c), flags = cursor_le16(&c);
	struct span block, plain;

	*more = false;
	if (nd->blocks > 0 && nd->counters.blocks == nd->blocks)
		return input_state(nd->in, err); /* the appendix follows */
	if (c.bad)
		return input_peek(nd->in, 1).len == 0 && nd->blocks == 0
			   ? input_state(nd->in, err)
			   : error_set(err, E_FORMAT, "%s is cut after %llu blocks",
				 input_path(nd->in),
				 (unsigned long long)nd->counters.blocks);
	if (size > NFDUMP_BLOCK)
		return error_set(err, E_FORMAT, "%s: a block of %u bytes cannot be",
		    input_path(nd->in), size);
	input_skip(nd->in, BLOCK_HEADER);
	block = input_peek(nd->in, size < INPUT_WINDOW ? size : INPUT_WINDOW);
	if (block.len < size)
		return error_set(err, E_FORMAT,
		    "%s is cut in a block of %u bytes, or packed with blocks too large for "
		    "our window: unpack the file first",
		    input_path(nd->in), size);
	block.len = size;
	nd->counters.blocks++;
	if (type == BLOCK_FLOWS && unpack(nd, flags, block, &plain))
		see_block(nd, plain, records);
	else
		nd->counters.blocks_skipped++;
	input_skip(nd->in, size);
	*more = true;
	return OK;
}
