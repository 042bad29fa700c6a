/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unpack.h"

#include <limits.h>
#include <stdlib.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* No header of a frame of zstd is longer (RFC 8878 section 3.1.1.1, 3.1.2: 8). */
#define ZSTD_HEADER 18

struct unpack {
	enum unpack_kind kind;
	bool between; /* after a whole member, before the next: the file may end here */
	bool padding; /* gzip: zeroes follow the last member, nothing else may */
	bool over;
	/* Of zstd: how much it asked for, some bytes of the next part included. */
	size_t wanted;
	bool full;         /* zstd: there was no room for all that it had */
	uint8_t header;    /* bytes of this frame of zstd so far, up to ZSTD_HEADER */
	bool is_skippable; /* it is one of those that carry nothing */
	z_stream gz;
	lzma_stream xz;
	ZSTD_DStream *zstd;
};

enum unpack_kind
unpack_recognise(struct span first)
{
	static const uint8_t xz[6] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
	struct cursor c = cursor_of(first);
	uint32_t magic = cursor_le32(&c);

	if (first.len >= 3 && first.at[0] == 0x1f && first.at[1] == 0x8b &&
	    first.at[2] == 8)
		return UNPACK_GZIP;
	if (c.bad)
		return UNPACK_NONE;
	if (magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50)
		return UNPACK_ZSTD;
	if (first.len >= sizeof xz && memcmp(first.at, xz, sizeof xz) == 0)
		return UNPACK_XZ;
	return UNPACK_NONE;
}

static bool
start(struct unpack *u)
{
	switch (u->kind) {
	case UNPACK_GZIP:
		return inflateInit2(&u->gz, 15 + 16) ==
		       Z_OK; /* 16: gzip and nothing else */
	case UNPACK_ZSTD:
		u->zstd = ZSTD_createDStream();
		return u->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
				      u->zstd, ZSTD_d_windowLogMax, UNPACK_WINDOW_LOG));
	case UNPACK_XZ:
		return lzma_stream_decoder(&u->xz, UNPACK_MEMORY, LZMA_CONCATENATED) ==
		       LZMA_OK;
	case UNPACK_NONE:
		break;
	}
	return false;
}

enum status
unpack_new(struct unpack **out, enum unpack_kind kind, struct error *err)
{
	struct unpack *u = calloc(1, sizeof *u);

	CHECK(kind != UNPACK_NONE);
	if (u)
		u->kind = kind;
	if (u == NULL || !start(u)) {
		unpack_free(u);
		return error_set(err, E_NOMEM, "no memory for a decoder");
	}
	*out = u;
	return OK;
}

/* How many bytes a library with 32-bit counters may be shown at once. */
static unsigned
bite(size_t n)
{
	return n > UINT_MAX ? UINT_MAX : (unsigned)n;
}

static void
used(struct unpack_io *io, size_t in, size_t out)
{
	io->in.at += in;
	io->in.len -= in;
	io->out += out;
	io->room -= out;
}

static enum status
cut(struct error *err, const char *what)
{
	return error_set(err, E_FORMAT, "%s stream is cut short", what);
}

/* RFC 1952 section 2.2: members follow each other; tapes pad with zeroes. */
static enum status
gzip_next_member(struct unpack *u, struct unpack_io *io, struct error *err)
{
	while (io->in.len > 0 && io->in.at[0] == 0) {
		u->padding = true;
		used(io, 1, 0);
	}
	if (io->in.len == 0)
		return OK;
	if (u->padding || io->in.at[0] != 0x1f)
		return error_set(
		    err, E_FORMAT, "bytes that are not gzip follow the stream");
	u->between = false;
	CHECK(inflateReset(&u->gz) == Z_OK);
	return OK;
}

static enum status
gzip_run(struct unpack *u, struct unpack_io *io, bool last, struct error *err)
{
	enum status st = OK;

	while (st == OK && io->room > 0) {
		unsigned in, out;
		int z;

		if (u->between) {
			st = gzip_next_member(u, io, err);
			if (st != OK || u->between)
				break;
		}
		u->gz.next_in =
		    (unsigned char *)(uintptr_t)io->in.at; /* zlib only reads it */
		u->gz.avail_in = in = bite(io->in.len);
		u->gz.next_out = io->out;
		u->gz.avail_out = out = bite(io->room);
		z = inflate(&u->gz, Z_NO_FLUSH);
		in -= u->gz.avail_in;
		out -= u->gz.avail_out;
		used(io, in, out);
		if (z == Z_STREAM_END)
			u->between = true;
		else if (z == Z_MEM_ERROR)
			st = error_set(err, E_NOMEM, "no memory to decode gzip");
		else if (z != Z_OK && z != Z_BUF_ERROR)
			st = error_set(err, E_FORMAT, "broken gzip stream (%s)",
			    u->gz.msg ? u->gz.msg : "no reason given");
		else if (in == 0 && out == 0)
			break;
	}
	if (st == OK && last && io->in.len == 0 && io->room > 0) {
		u->over = u->between;
		return u->between ? OK : cut(err, "gzip");
	}
	return st;
}

static enum status
zstd_error(size_t code, struct error *err)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return error_set(err, E_LIMIT,
		    "the zstd stream wants a window of more than %zu MiB",
		    UNPACK_MEMORY >> 20);
	case ZSTD_error_memory_allocation:
		return error_set(err, E_NOMEM, "no memory to decode zstd");
	default:
		return error_set(
		    err, E_FORMAT, "broken zstd stream (%s)", ZSTD_getErrorName(code));
	}
}

/*
 * RFC 8878 section 3.1. What is neither kind of frame is refused here: the library would
 * read formats older than the standard, too, and what came out of a broken one of these
 * depended on how much of it was shown at once.
 */
static bool
zstd_magic(struct unpack *u, uint8_t byte)
{
	static const uint8_t frame[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t skippable[4] = { 0x50, 0x2a, 0x4d, 0x18 };

	if (u->header >= sizeof frame)
		return true;
	if (u->header == 0)
		u->is_skippable = (byte & 0xf0) == skippable[0];
	if (u->is_skippable)
		return u->header == 0 || byte == skippable[u->header];
	return byte == frame[u->header];
}

/*
 * How much to show it at once: of a call that fails it is not told what came out before.
 * So each part of a frame goes in by itself: the header byte by byte, lest a frame that is
 * there as a whole be decoded as a whole; then a block's header, then the block, without
 * the three bytes of the next one's header that it asks for as well.
 */
static size_t
zstd_bite(const struct unpack *u, size_t n)
{
	size_t most = u->wanted > 3 ? u->wanted - 3 : u->wanted;

	if (u->full)
		return 0; /* what it still has comes first */
	if (u->header < ZSTD_HEADER || most == 0)
		most = 1;
	return n < most ? n : most;
}

static enum status
zstd_run(struct unpack *u, struct unpack_io *io, bool last, struct error *err)
{
	while (io->room > 0) {
		ZSTD_inBuffer in = { .src = io->in.at, .size = zstd_bite(u, io->in.len) };
		ZSTD_outBuffer out = { .dst = io->out, .size = io->room };
		bool flush = u->full;
		size_t z;

		if (u->between && io->in.len == 0)
			break;
		if (u->header < ZSTD_HEADER && in.size > 0) {
			if (!zstd_magic(u, io->in.at[0]))
				return error_set(err, E_FORMAT,
				    "bytes that are not zstd follow the stream");
			u->header++;
		}
		z = ZSTD_decompressStream(u->zstd, &out, &in);
		used(io, in.pos, out.pos);
		if (ZSTD_isError(z))
			return zstd_error(z, err);
		u->between = z == 0;
		u->wanted = z;
		u->full = !u->between && out.pos == out.size;
		if (u->between)
			u->header = 0;
		if (in.pos == 0 && out.pos == 0 && !flush)
			break;
	}
	if (last && io->in.len == 0 && io->room > 0) {
		u->over = u->between;
		return u->between ? OK : cut(err, "zstd");
	}
	return OK;
}

static enum status
xz_run(struct unpack *u, struct unpack_io *io, bool last, struct error *err)
{
	lzma_ret z;

	u->xz.next_in = io->in.at;
	u->xz.avail_in = io->in.len;
	u->xz.next_out = io->out;
	u->xz.avail_out = io->room;
	do
		z = lzma_code(&u->xz, last ? LZMA_FINISH : LZMA_RUN);
	while (z == LZMA_OK && u->xz.avail_out > 0 && (last || u->xz.avail_in > 0));
	used(io, io->in.len - u->xz.avail_in, io->room - u->xz.avail_out);
	switch (z) {
	case LZMA_OK:
		return OK;
	case LZMA_STREAM_END:
		u->over = true;
		return OK;
	case LZMA_BUF_ERROR:
		return last && io->room > 0 ? cut(err, "xz") : OK;
	case LZMA_MEMLIMIT_ERROR:
		return error_set(err, E_LIMIT,
		    "the xz stream wants %llu MiB to decode, more than %zu",
		    (unsigned long long)(lzma_memusage(&u->xz) >> 20), UNPACK_MEMORY >> 20);
	case LZMA_MEM_ERROR:
		return error_set(err, E_NOMEM, "no memory to decode xz");
	case LZMA_FORMAT_ERROR:
		return error_set(err, E_FORMAT, "bytes that are not xz follow the stream");
	case LZMA_OPTIONS_ERROR:
		return error_set(
		    err, E_FORMAT, "the xz stream uses a filter we do not know");
	default:
		return error_set(err, E_FORMAT, "broken xz stream");
	}
}

enum status
unpack_run(struct unpack *u, struct unpack_io *io, bool last, struct error *err)
{
	switch (u->kind) {
	case UNPACK_GZIP:
		return gzip_run(u, io, last, err);
	case UNPACK_ZSTD:
		return zstd_run(u, io, last, err);
	default:
		return xz_run(u, io, last, err);
	}
}

bool
unpack_over(const struct unpack *u)
{
	return u->over;
}

void
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	if (u->kind == UNPACK_GZIP)
		inflateEnd(&u->gz);
	ZSTD_freeDStream(u->zstd);
	lzma_end(&u->xz);
	free(u);
}
