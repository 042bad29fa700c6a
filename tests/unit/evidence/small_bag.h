/* SPDX-License-Identifier: Apache-2.0 */
/*
 * small_bag.h - a bag of four files, and what the reader says of one.
 */
#ifndef TESTS_SMALL_BAG_H
#define TESTS_SMALL_BAG_H

#include "evidence/bag.h"
#include "evidence/manifest.h"
#include "scratch.h"

/* What bag_open complained of, one sentence a line. */
struct heard {
	struct buf text;
	unsigned said;
};

static inline void
hear(void *state, const char *sentence)
{
	struct heard *h = state;

	for (const char *p = sentence; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	buf_puts(&h->text, sentence);
	buf_putc(&h->text, '\n');
	h->said++;
}

static inline enum status
check(const char *dir, struct heard *h, unsigned *faults, struct error *err)
{
	struct bag *b;
	enum status st;

	buf_init(&h->text, 1 << 20);
	h->said = 0;
	buf_puts(&h->text, "");
	st = bag_open(&b, dir, hear, h, faults, err);
	if (st == OK)
		bag_close(b);
	return st;
}

static inline void
make_small_bag(const char *dir)
{
	struct bag_writer *w;
	struct digest d, want = digest_of(BYTES("packets\0packets"));
	struct error err;
	FILE *f;

	assert_int_equal(bag_create(&w, dir, &err), OK);
	assert_int_equal(bag_add(w, "findings/f.dsse.json", BYTES("{}\n"), &err), OK);
	assert_int_equal(bag_begin_file(w, "slices/s.pcapng", &f, &err), OK);
	assert_int_equal(fwrite("packets", 1, 8, f), 8);
	assert_int_equal(bag_add(w, "README-VERIFY.txt", BYTES("read me\n"), &err), OK);
	assert_int_equal(fwrite("packets", 1, 7, f), 7);
	assert_int_equal(bag_end_file(w, &d, &err), OK);
	assert_memory_equal(&d, &want, sizeof d);
	assert_int_equal(bag_add(w, "empty", (struct span){ 0 }, &err), OK);
	bag_info(w, "Source-Organization", "Observatoire g\xc3\xa9ophysique");
	bag_info(w, "Bagging-Date", "2026-01-01");
	assert_int_equal(bag_commit(w, &err), OK);
	bag_writer_close(w);
}

static inline void
in(const char *bag, const char *path, struct span bytes)
{
	char full[8192];

	(void)snprintf(full, sizeof full, "%s/%s", bag, path);
	put_file(full, bytes);
}

#endif
