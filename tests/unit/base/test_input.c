/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/input.h"
#include "base/unpack.h"

#define PACKED_MAX ((size_t)1 << 20)

/* A file of its own for each test, and what it is called. */
struct place {
	char folder[64];
	char path[96];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	assert_non_null(p);
	(void)snprintf(p->folder, sizeof p->folder, "/tmp/geophone-input-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	(void)snprintf(p->path, sizeof p->path, "%s/file", p->folder);
	*state = p;
	return 0;
}

static int
drop_place(void **state)
{
	struct place *p = *state;

	(void)unlink(p->path);
	assert_int_equal(rmdir(p->folder), 0);
	free(p);
	return 0;
}

static void
write_file(const struct place *p, struct span s)
{
	FILE *f = fopen(p->path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(s.at, 1, s.len, f), s.len);
	assert_int_equal(fclose(f), 0);
}

/* Compressors as one shape, so that every test runs over all of them. */
struct packer {
	const char *name;
	size_t (*pack)(struct span, uint8_t *out);
	bool checked; /* the format notices every changed byte */
};

static size_t
pack_gzip(struct span s, uint8_t *out)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)s.at,
		.avail_in = (unsigned)s.len,
		.next_out = out,
		.avail_out = (unsigned)PACKED_MAX };
	size_t n;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static size_t
pack_zstd(struct span s, uint8_t *out)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	assert_non_null(c);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(c, out, PACKED_MAX, s.at, s.len);
	assert_false(ZSTD_isError(n));
	ZSTD_freeCCtx(c);
	return n;
}

static size_t
pack_xz(struct span s, uint8_t *out)
{
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(
			     6, LZMA_CHECK_CRC32, NULL, s.at, s.len, out, &n, PACKED_MAX),
	    LZMA_OK);
	return n;
}

static size_t
pack_not(struct span s, uint8_t *out)
{
	memcpy(out, s.at, s.len);
	return s.len;
}

static const struct packer packers[] = {
	{ "gzip", pack_gzip, true },
	{ "zstd", pack_zstd, true },
	{ "xz", pack_xz, true },
	{ "plain", pack_not, false },
};

/* Text that does not repeat too soon, from a seed. */
static void
fill(uint8_t *to, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		to[i] = (uint8_t)("abcdefghijklmnop"[seed >> 28]);
	}
}

/* Everything the input gives, taken in steps of `want`; checked against `all`. */
static size_t
read_against(struct input *in, struct span all, size_t want)
{
	size_t n = 0;

	for (;;) {
		struct span s = input_peek(in, want);
		size_t take = s.len < want ? s.len : want;

		assert_int_equal(input_at(in), n);
		if (s.len == 0)
			return n;
		assert_true(n + s.len <= all.len);
		assert_memory_equal(
		    s.at, all.at + n, take); /* all of it would be quadratic */
		input_skip(in, take);
		n += take;
	}
}

static void
whole_files(void **state)
{
	static const size_t wants[] = { 1, 7, 4096, (size_t)1 << 20, INPUT_WINDOW };
	static uint8_t text[700000], packed[PACKED_MAX];
	const struct span all = { text, sizeof text };
	struct place *place = *state;

	fill(text, sizeof text, 1);
	for (size_t i = 0; i < COUNT(packers); i++) {
		size_t n = packers[i].pack(all, packed);

		write_file(place, (struct span){ packed, n });
		for (size_t w = 0; w < COUNT(wants); w++) {
			struct input *in;
			struct error err;

			if (wants[w] == 1 && i != 0)
				continue; /* slow, and once is enough */
			ROW(i, packers[i].name);
			assert_int_equal(input_open(&in, place->path, &err), OK);
			assert_int_equal(read_against(in, all, wants[w]), all.len);
			assert_int_equal(input_state(in, &err), OK);
			assert_int_equal(input_size(in), n);
			assert_int_equal(input_consumed(in), n);
			assert_int_equal(input_is_mapped(in), packers[i].pack == pack_not);
			assert_false(input_is_pipe(in));
			input_close(in);
		}
	}
}

/* Members, frames and streams that follow each other are one file. */
static void
several_members(void **state)
{
	static uint8_t text[3000], packed[PACKED_MAX];
	const struct span all = { text, sizeof text };

	(void)state;
	fill(text, sizeof text, 2);
	for (size_t i = 0; i < COUNT(packers); i++) {
		struct input *in;
		struct error err;
		size_t n = 0;

		ROW(i, packers[i].name);
		for (size_t part = 0; part < 3; part++)
			n += packers[i].pack(
			    (struct span){ text + part * 1000, 1000 }, packed + n);
		assert_int_equal(
		    input_open_bytes(&in, (struct span){ packed, n }, "x", &err), OK);
		assert_int_equal(read_against(in, all, 100), all.len);
		assert_int_equal(input_state(in, &err), OK);
		input_close(in);
	}
}

/*
 * A compressed file that was cut anywhere gives a beginning of its content, and
 * says that it is cut; except where nothing is left to tell what it was.
 */
static void
cut_everywhere(void **state)
{
	static uint8_t text[700], packed[PACKED_MAX];
	const struct span all = { text, sizeof text };

	(void)state;
	fill(text, sizeof text, 3);
	for (size_t i = 0; i < COUNT(packers); i++) {
		size_t n = packers[i].pack(all, packed);
		size_t longest = 0;

		if (packers[i].pack == pack_not)
			continue;
		ROW(i, packers[i].name);
		for (size_t cut = UNPACK_MAGIC; cut < n; cut++) {
			uint8_t *exact = malloc(cut);
			struct input *in;
			struct error err = { "" };
			size_t got;

			assert_non_null(exact);
			memcpy(exact, packed, cut);
			assert_int_equal(
			    input_open_bytes(&in, (struct span){ exact, cut }, "x", &err),
			    OK);
			got = read_against(in, all, 64);
			assert_true(got >= longest);
			longest = got;
			assert_int_equal(input_state(in, &err), E_FORMAT);
			assert_non_null(strstr(err.text, "x: offset "));
			assert_non_null(strstr(err.text, "cut short"));
			assert_int_equal(input_peek(in, 1).len, 0); /* it stays over */
			input_close(in);
			free(exact);
		}
	}
}

/* A changed byte is noticed, by the check sum at the latest, or changes nothing. */
static void
changed_everywhere(void **state)
{
	static uint8_t text[700], packed[PACKED_MAX];

	(void)state;
	fill(text, sizeof text, 4);
	for (size_t i = 0; i < COUNT(packers); i++) {
		size_t n = packers[i].pack((struct span){ text, sizeof text }, packed);

		if (!packers[i].checked)
			continue;
		ROW(i, packers[i].name);
		for (size_t at = 12; at < n; at++) {
			struct input *in;
			struct error err = { "" };
			struct span s;
			size_t got = 0;
			bool same = true;

			packed[at] ^= 0x10;
			assert_int_equal(
			    input_open_bytes(&in, (struct span){ packed, n }, "x", &err),
			    OK);
			while ((s = input_peek(in, 512)).len > 0 && got <= PACKED_MAX) {
				same = same && got + s.len <= sizeof text &&
				       memcmp(text + got, s.at, s.len) == 0;
				got += s.len;
				input_skip(in, s.len);
			}
			if (input_state(in, &err) == OK)
				assert_true(same && got == sizeof text);
			input_close(in);
			packed[at] ^= 0x10;
		}
	}
}

static void
refused(void **state)
{
	static const struct {
		const char *name;
		struct span bytes;
		enum status status;
		const char *why;
	} rows[] = {
		{ "gzip followed by zeroes of a tape",
		    BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"
			  "\0\0\0\0"),
		    OK, "" },
		{ "gzip followed by zeroes and another member",
		    BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"
			  "\0\0"
			  "\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"),
		    E_FORMAT, "x: offset 22: bytes that are not gzip" },
		{ "gzip followed by something else",
		    BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"
			  "hello"),
		    E_FORMAT, "x: offset 20: bytes that are not gzip" },
		{ "zstd of a window of 2 GiB", BYTES("\x28\xb5\x2f\xfd\0\xa8\1\0\0"),
		    E_LIMIT, "128 MiB" },
		{ "zstd of a window of 128 MiB", BYTES("\x28\xb5\x2f\xfd\0\x88\1\0\0"), OK,
		    "" },
		{ "zstd that starts with a skippable frame",
		    BYTES("\x50\x2a\x4d\x18\2\0\0\0hi"
			  "\x28\xb5\x2f\xfd\0\x58\1\0\0"),
		    OK, "" },
		{ "zstd followed by something else",
		    BYTES("\x28\xb5\x2f\xfd\0\x58\1\0\0hello"), E_FORMAT,
		    "bytes that are not zstd" },
		{ "a format older than zstd's own behind a skippable frame",
		    BYTES("\x50\x2a\x4d\x18\2\0\0\0hi"
			  "\x26\xb5\x2f\xfd\0\x58\1\0\0"),
		    E_FORMAT, "x: offset 10: bytes that are not zstd" },
		{ "a magic that begins as one and goes on as the other",
		    BYTES("\x50\x2a\x4d\x18\0\0\0\0"
			  "\x50\x2a\x2f\xfd\0\x58\1\0\0"),
		    E_FORMAT, "x: offset 10: bytes that are not zstd" },
		/* dictionary 0x25: 3 << 29 bytes (xz format, section 5.3.1) */
		{ "xz of a dictionary of 1.5 GiB",
		    BYTES("\xfd"
			  "7zXZ\0\0\1\x69\x22\xde\x36"
			  "\2\0\x21\1\x25\0\0\0\x3b\x78\x7b\x41"),
		    E_LIMIT, "MiB to decode" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct input *in;
		struct error err = { "" };
		struct span s;

		ROW(i, rows[i].name);
		assert_int_equal(input_open_bytes(&in, rows[i].bytes, "x", &err), OK);
		s = input_peek(in, 16);
		assert_int_equal(s.len, 0);
		assert_int_equal(input_state(in, &err), rows[i].status);
		assert_non_null(strstr(err.text, rows[i].why));
		input_close(in);
	}
}

/* What cannot be mapped is read, and says what it is. */
static void
other_kinds(void **state)
{
	struct place *place = *state;
	struct input *in;
	struct error err = { "" };
	int end;

	assert_int_equal(input_open(&in, place->path, &err), E_IO);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(input_open(&in, place->folder, &err), E_IO);
	assert_non_null(strstr(err.text, "Is a directory"));

	write_file(place, BYTES(""));
	assert_int_equal(input_open(&in, place->path, &err), OK);
	assert_int_equal(input_peek(in, 1).len, 0);
	assert_int_equal(input_state(in, &err), OK);
	assert_false(input_is_pipe(in));
	input_close(in);

	assert_int_equal(input_open(&in, "/proc/self/stat", &err), OK);
	assert_true(input_peek(in, 4).len >= 4);
	assert_false(input_is_mapped(in));
	assert_false(input_is_pipe(in));
	input_close(in);

	assert_int_equal(input_open(&in, "/dev/zero", &err), OK);
	assert_true(input_peek(in, INPUT_WINDOW).len >= INPUT_WINDOW);
	assert_true(input_is_pipe(in));
	input_close(in);

	assert_int_equal(unlink(place->path), 0);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	end = open(place->path, O_RDWR); /* both ends, so that neither open waits */
	assert_int_equal(write(end, "hello!", 6), 6);
	assert_int_equal(input_open(&in, place->path, &err), OK);
	assert_int_equal(input_peek(in, 5).len, 6);
	assert_true(input_is_pipe(in));
	assert_int_equal(input_size(in), 0);
	input_close(in);
	close(end);
}

/* A pipe is not waited for longer than needed for what was asked. */
static void
pipes_do_not_wait(void **state)
{
	struct place *place = *state;
	struct input *in;
	struct error err;
	int end;

	assert_int_equal(mkfifo(place->path, 0600), 0);
	end = open(place->path, O_RDWR);
	assert_int_equal(write(end, "0123456789", 10), 10);
	assert_int_equal(input_open(&in, place->path, &err), OK);
	assert_int_equal(input_peek(in, 4).len, 10);
	input_skip(in, 4);
	assert_memory_equal(input_peek(in, 6).at, "456789", 6);
	assert_int_equal(write(end, "abc", 3), 3);
	assert_memory_equal(input_peek(in, 9).at, "456789abc", 9);
	assert_int_equal(input_at(in), 4);
	input_close(in);
	close(end);
}

static void
compressed_pipe(void **state)
{
	static uint8_t text[300000], packed[PACKED_MAX];
	const struct span all = { text, sizeof text };
	struct place *place = *state;

	fill(text, sizeof text, 5);
	for (size_t i = 0; i < COUNT(packers); i++) {
		size_t n = packers[i].pack(all, packed);
		struct input *in;
		struct error err;
		int saved = dup(STDIN_FILENO), from;

		ROW(i, packers[i].name);
		write_file(place, (struct span){ packed, n });
		from = open(place->path, O_RDONLY);
		assert_int_equal(dup2(from, STDIN_FILENO), STDIN_FILENO);
		assert_int_equal(input_open(&in, "-", &err), OK);
		assert_int_equal(read_against(in, all, 4096), all.len);
		assert_int_equal(input_state(in, &err), OK);
		assert_int_equal(input_consumed(in), n);
		assert_true(input_is_pipe(in));
		input_close(in);
		assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
		close(saved);
		close(from);
	}
}

/*
 * The memory of this process, as a file on standard input: `n` bytes can be
 * read, and behind them is a hole, where a read fails as on a bad disk.
 */
static struct input *
open_before_hole(const uint8_t *bytes, size_t n, uint8_t **page)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	int saved = dup(STDIN_FILENO), memory = open("/proc/self/mem", O_RDONLY);
	struct input *in = NULL;
	struct error err;

	*page = mmap(
	    NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(*page, MAP_FAILED);
	assert_int_equal(munmap(*page + size, size), 0);
	memcpy(*page + size - n, bytes, n);
	assert_int_not_equal(
	    lseek(memory, (off_t)(uintptr_t)(*page + size - n), SEEK_SET), -1);
	assert_int_equal(dup2(memory, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(input_open(&in, "-", &err), OK);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	close(memory);
	return in;
}

/* What was there before the failure is readable, compressed or not. */
static void
a_failure_in_the_middle(void **state)
{
	static uint8_t text[2000], packed[PACKED_MAX];
	const struct span all = { text, sizeof text };

	(void)state;
	fill(text, sizeof text, 6);
	for (size_t i = 0; i < COUNT(packers); i++) {
		size_t n = packers[i].pack(all, packed), kept[] = { 3, n - 20 };

		if (packers[i].pack == pack_zstd || packers[i].pack == pack_xz)
			kept[0] = UNPACK_MAGIC; /* with less nobody could tell what it is */

		for (size_t k = 0; k < COUNT(kept); k++) {
			struct error err = { "" };
			char where[64];
			uint8_t *page;
			struct input *in = open_before_hole(packed, kept[k], &page);
			size_t got;

			ROW(i, packers[i].name);
			got = read_against(in, all, 64);
			if (packers[i].pack == pack_not)
				assert_int_equal(got, kept[k]);
			else
				assert_true(got <= all.len);
			assert_int_equal(input_state(in, &err), E_IO);
			(void)snprintf(where, sizeof where,
			    "-: offset %zu: read: Input/output error", kept[k]);
			assert_string_equal(err.text, where);
			input_close(in);
			munmap(page, (size_t)sysconf(_SC_PAGESIZE));
		}
	}
}

/* A disk that fails, and a file that is cut while we have it mapped. */
static void
failing_reads(void **state)
{
	static uint8_t text[12 << 20];
	struct place *place = *state;
	struct input *in;
	struct error err = { "" };

	assert_int_equal(input_open(&in, "/proc/self/mem", &err), OK); /* page 0 is EIO */
	assert_int_equal(input_peek(in, 1).len, 0);
	assert_int_equal(input_state(in, &err), E_IO);
	assert_string_equal(err.text, "/proc/self/mem: offset 0: read: Input/output error");
	input_close(in);

	write_file(place, (struct span){ text, sizeof text });
	assert_int_equal(input_open(&in, place->path, &err), OK);
	assert_true(input_peek(in, 1).len > 0);
	assert_int_equal(truncate(place->path, 6000000), 0);
	for (;;) {
		struct span s = input_peek(in, 1);
		size_t zeroes = 0;

		if (s.len == 0)
			break;
		while (zeroes < s.len && s.at[zeroes] == 0)
			zeroes++;
		assert_int_equal(zeroes, s.len);
		input_skip(in, s.len);
	}
	assert_int_equal(input_state(in, &err), E_IO);
	assert_non_null(strstr(err.text, "Input/output error"));
	assert_true(input_at(in) >= 6000000 && input_at(in) < 6000000 + 65536);
	input_close(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_files, make_place, drop_place),
		cmocka_unit_test(several_members),
		cmocka_unit_test(cut_everywhere),
		cmocka_unit_test(changed_everywhere),
		cmocka_unit_test(refused),
		cmocka_unit_test_setup_teardown(other_kinds, make_place, drop_place),
		cmocka_unit_test_setup_teardown(pipes_do_not_wait, make_place, drop_place),
		cmocka_unit_test_setup_teardown(compressed_pipe, make_place, drop_place),
		cmocka_unit_test(a_failure_in_the_middle),
		cmocka_unit_test_setup_teardown(failing_reads, make_place, drop_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
