/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state somebody damaged, and lines of evidence from a bag we did not write. Behind
 * an 'S' are blocks, each after two bytes of length, that are given the checksum they
 * need: a fuzzer does not guess one. What is read is written again and reads the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "profile/kept.h"
#include "profile/kept_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Pairs, and the sum of all that was told of them. */
struct told {
	uint64_t pairs, contacts, sum;
	unsigned runs;
	bool whole;
};

static void
add(struct told *t, const struct kept *k)
{
	CHECK(k->n > 0 && k->n <= KEPT_MOST);
	t->pairs++;
	t->contacts += k->n;
	t->sum = XXH3_64bits_withSeed(&k->key, sizeof k->key, t->sum);
	CHECK(k->links <= KEPT_LINKS);
	for (unsigned i = 0; i < k->links; i++)
		t->sum = XXH3_64bits_withSeed(&k->link[i], sizeof k->link[i], t->sum);
	for (size_t i = 0; i < k->n; i++) {
		CHECK(i == 0 || k->contact[i].start_ns >= k->contact[i - 1].start_ns);
		t->sum = XXH3_64bits_withSeed(&k->contact[i], sizeof k->contact[i], t->sum);
	}
}

/* Reads all of it, and writes it to `again` unless that is NULL. */
static struct told
read_all(struct span bytes, FILE *again)
{
	static struct kept k;
	struct kept_reader r = { 0 };
	struct kept_writer w;
	struct told told = { 0 };
	struct listening runs;
	struct input *in;
	struct error err;
	bool more = true, opened;
	enum status st;

	CHECK(listening_new(&runs, &err) == OK);
	CHECK(input_open_bytes(&in, bytes, "state", &err) == OK);
	st = kept_open(&r, in, &runs, &err);
	opened = st == OK;
	if (opened && again)
		kept_begin(&w, again, &runs);
	while (st == OK && more) {
		st = kept_next(&r, &k, &more, &err);
		if (st != OK || !more)
			break;
		add(&told, &k);
		if (again)
			kept_put(&w, &k);
	}
	if (opened && again)
		CHECK(kept_end(&w, &err) == OK);
	listening_done(&runs);
	(void)listening_gap(&runs, 1, UINT64_MAX);
	told.runs = runs.runs;
	told.whole = st == OK;
	kept_close(&r);
	listening_free(&runs);
	return told;
}

static size_t
with_sums(const uint8_t *data, size_t size, uint8_t *out)
{
	size_t at = 16;

	memcpy(out, "geophone state 1", 16);
	while (size >= 2) {
		size_t n = (size_t)data[0] | (size_t)data[1] << 8;
		uint64_t sum;

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		for (unsigned i = 0; i < 4; i++)
			out[at + i] = (uint8_t)(n >> 8 * i);
		sum = XXH3_64bits_withSeed(data, n, at);
		for (unsigned i = 0; i < 8; i++)
			out[at + 4 + i] = (uint8_t)(sum >> 8 * i);
		memcpy(out + at + 12, data, n);
		at += 12 + n;
		data += n;
		size -= n;
	}
	return at;
}

static void
state(struct span bytes)
{
	char *again = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&again, &n);
	struct told one, two;

	CHECK(f != NULL);
	one = read_all(bytes, f);
	(void)fclose(f);
	if (one.whole) {
		two = read_all((struct span){ (const uint8_t *)again, n }, NULL);
		CHECK(two.whole && two.runs == one.runs && two.pairs == one.pairs &&
		      two.contacts == one.contacts && two.sum == one.sum);
	}
	free(again);
}

static void
line(struct span s)
{
	struct listening_run run;
	struct pair_key key;
	struct contact contact;
	struct error err;
	struct buf again;

	buf_init(&again, 4096);
	if (kept_line_take_contact(s, &key, &contact, &err) == OK)
		kept_line_contact(&key, &contact, &again);
	else if (kept_line_take_run(s, &run, &err) == OK)
		kept_line_run(&run, &again);
	if (again.len > 0)
		CHECK(again.len == s.len && memcmp(again.at, s.at, s.len) == 0);
	buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *made;

	if (size == 0 || data[0] == '{') {
		line((struct span){ data, size });
		return 0;
	}
	if (data[0] != 'S') {
		state((struct span){ data, size });
		return 0;
	}
	made = malloc(16 + 8 * size);
	CHECK(made != NULL);
	state((struct span){ made, with_sums(data + 1, size - 1, made) });
	free(made);
	return 0;
}
