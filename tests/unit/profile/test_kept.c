/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "profile/kept.h"
#include "profile/kept_line.h"
#include "profile/timeline.h"

#define S     UINT64_C(1000000000)
#define DAY   (86400 * S)
#define START (UINT64_C(1772409600) * S)

static uint64_t
next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static struct contact
contact_at(uint64_t ns)
{
	return (struct contact){ .start_ns = ns,
		.last_ns = ns + S / 3,
		.up = 412,
		.down = 900,
		.up_pkts = 5,
		.down_pkts = 6,
		.host_port = (uint16_t)(ns / S),
		.flags = CONTACT_HOST_LOCAL };
}

/* In order, some at the same time. */
static void
make(struct contact *c, size_t n, uint64_t *seed)
{
	uint64_t at = START + next(seed) % DAY;

	for (size_t i = 0; i < n; i++) {
		c[i] = contact_at(at);
		c[i].host_port = (uint16_t)i;
		at += next(seed) % 5 * 900 * S;
	}
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && timeline_compare(&c[k - 1], &c[k]) > 0; k--) {
			struct contact swap = c[k];

			c[k] = c[k - 1];
			c[k - 1] = swap;
		}
}

/* What is kept must be the first of all and then the latest without a hole. */
static void
check(const struct kept *k, const struct contact *all, size_t n)
{
	size_t from = n - (k->n - 1);

	assert_true(k->n >= 1 && k->n <= KEPT_MOST && k->n <= n);
	assert_int_equal(timeline_compare(&k->contact[0], &all[0]), 0);
	for (size_t i = 1; i < k->n; i++) {
		assert_int_equal(timeline_compare(&k->contact[i], &all[from + i - 1]), 0);
		assert_int_equal(
		    (k->contact[i].service & CONTACT_RESUMES) != 0, i == 1 && from > 1);
	}
}

enum { MOST = 6000 };

/* Batch by batch, each twice; as all at once. */
static void
adding(void **state)
{
	static struct contact all[MOST];
	static struct kept_room room;
	static struct kept k, once;
	uint64_t seed = 3;

	(void)state;
	for (int trial = 0; trial < 60; trial++) {
		size_t n = 1 + next(&seed) % (trial % 2 ? MOST : 40);

		make(all, n, &seed);
		k.n = 0;
		for (size_t at = 0, more; at < n; at += more) {
			more = 1 + next(&seed) % (trial % 3 ? 50 : 3000);
			more = more < n - at ? more : n - at;
			kept_add(&k, all + at, more, &room);
			check(&k, all, at + more);
			kept_add(&k, all + at, more, &room);
			check(&k, all, at + more);
		}
		once.n = 0;
		kept_add(&once, all, n, &room);
		check(&once, all, n);
		assert_int_equal(once.n, n < KEPT_MOST ? n : KEPT_MOST);
		assert_int_equal(k.n, once.n);
	}
}

/* Where nothing has to go, order is no matter. */
static void
adding_in_any_order(void **state)
{
	static struct contact all[KEPT_MOST];
	static struct kept_room room;
	static struct kept k;
	uint64_t seed = 5;

	(void)state;
	for (int trial = 0; trial < 200; trial++) {
		size_t n = 8 + next(&seed) % (KEPT_MOST - 8), part = n / 4 + 1;

		make(all, n, &seed);
		k.n = 0;
		for (size_t i = 0, turn = next(&seed); i < 5; i++) {
			size_t at = (turn + 3 * i) % 5 * part;

			if (at < n)
				kept_add(
				    &k, all + at, part < n - at ? part : n - at, &room);
		}
		check(&k, all, n);
		assert_int_equal(k.n, n);
	}
}

static void
forgetting(void **state)
{
	static const struct {
		const char *name;
		unsigned days;   /* contacts, one a day */
		unsigned before; /* day */
		unsigned left;
		bool resumes;
	} rows[] = {
		{ "nothing is older", 10, 0, 10, false },
		{ "the first alone is older: it is a neighbour", 10, 1, 10, false },
		{ "two are older: the first stays", 10, 2, 9, true },
		{ "all but the last are older", 10, 9, 2, true },
		{ "there is only one", 1, 5, 1, false },
	};
	static struct contact all[16];
	static struct kept_room room;
	static struct kept k;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		for (unsigned d = 0; d < rows[i].days; d++)
			all[d] = contact_at(START + d * DAY);
		k.n = 0;
		kept_add(&k, all, rows[i].days, &room);
		kept_forget(&k, START + rows[i].before * DAY);
		assert_int_equal(k.n, rows[i].left);
		check(&k, all, rows[i].days);
		assert_int_equal(kept_since(&k) != 0, rows[i].resumes);
		/* What comes late is older than what is whole, and no hole is made. */
		kept_add(&k, all, rows[i].days, &room);
		check(&k, all, rows[i].days);
		assert_int_equal(k.n, rows[i].left);
	}
}

static struct ip
ip4(unsigned a, unsigned b)
{
	return ip_from_v4((uint8_t[4]){ 10, (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b });
}

#define PAIRS 3000

static void
make_pair(struct kept *k, unsigned i, struct kept_room *room)
{
	static struct contact c[KEPT_MOST];
	uint64_t seed = i;
	size_t n = 1 + (i % 100 == 0 ? KEPT_MOST - 1 : next(&seed) % 9);

	make(c, n, &seed);
	k->n = 0;
	k->key = (struct pair_key){
		.host = ip4(1, i / 8), .peer = ip4(2, i % 8), .port = 443, .proto = 6
	};
	if (i == PAIRS - 1)
		k->key.host.b[0] = 0xfd; /* no IPv4 any more, and behind them */
	k->links = i % (KEPT_LINKS + 1);
	for (unsigned l = 0; l < k->links; l++) {
		k->link[l] = (struct kept_link){
			.address = k->key.peer, .port = 443, .proto = 6, .how = NAME_TLS
		};
		(void)snprintf(
		    k->link[l].text, sizeof k->link[l].text, "%u-%u.example", i, l);
	}
	kept_add(k, c, n, room);
}

static char *
write_file(size_t *n, unsigned pairs)
{
	static struct kept_room room;
	static struct kept k;
	struct kept_writer w;
	struct listening runs;
	struct error err;
	char *bytes = NULL;
	FILE *f = open_memstream(&bytes, n);

	assert_non_null(f);
	assert_int_equal(listening_new(&runs, &err), OK);
	for (unsigned i = 0; i < 60; i++) {
		struct listening_run r = { .first_ns = START + i * DAY,
			.last_ns = START + (i + 1) * DAY - 1,
			.contacts = i };

		r.id.b[7] = (uint8_t)i;
		assert_true(listening_add(&runs, &r));
	}
	kept_begin(&w, f, &runs);
	for (unsigned i = 0; i < pairs; i++) {
		make_pair(&k, i, &room);
		kept_put(&w, &k);
	}
	assert_int_equal(kept_end(&w, &err), OK);
	assert_int_equal(fclose(f), 0);
	listening_free(&runs);
	return bytes;
}

/* The number of pairs read, -1: refused, with the place. Each is held against make_pair. */
static int
read_file(const char *bytes, size_t n, struct error *err)
{
	static struct kept_room room;
	static struct kept k, want;
	struct kept_reader r = { 0 };
	struct listening runs;
	struct input *in;
	bool more = true;
	enum status st;
	int pairs = 0;

	assert_int_equal(listening_new(&runs, err), OK);
	assert_int_equal(input_open_bytes(&in, (struct span){ (const uint8_t *)bytes, n },
			     "dir/state", err),
	    OK);
	st = kept_open(&r, in, &runs, err);
	while (st == OK && more) {
		st = kept_next(&r, &k, &more, err);
		if (st != OK || !more)
			break;
		make_pair(&want, (unsigned)pairs++, &room);
		assert_int_equal(kept_order(&k.key, &want.key), 0);
		assert_int_equal(k.links, want.links);
		assert_memory_equal(k.link, want.link, k.links * sizeof *k.link);
		assert_int_equal(k.n, want.n);
		assert_memory_equal(k.contact, want.contact, k.n * sizeof *k.contact);
	}
	kept_close(&r);
	if (st == OK)
		assert_int_equal(runs.runs, 60);
	else
		assert_non_null(strstr(err->text, "dir/state: "));
	listening_free(&runs);
	return st == OK ? pairs : -1;
}

static void
files(void **state)
{
	struct error err;
	size_t n;
	char *bytes = write_file(&n, PAIRS);

	(void)state;
	assert_int_equal(read_file(bytes, n, &err), PAIRS);
	free(bytes);
	bytes = write_file(&n, 0);
	assert_int_equal(read_file(bytes, n, &err), 0);
	free(bytes);
}

/* Whatever byte is changed and wherever it is cut: refused, and the place is told. */
static void
damage(void **state)
{
	struct error err;
	size_t n;
	char *bytes = write_file(&n, 40);

	(void)state;
	assert_true(n > 1000);
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 0x10;
		assert_int_equal(read_file(bytes, n, &err), -1);
		assert_non_null(strstr(err.text, "offset "));
		bytes[i] ^= 0x10;
		assert_int_equal(read_file(bytes, i, &err), -1);
		assert_non_null(strstr(err.text, "offset "));
	}
	assert_int_equal(read_file(bytes, n, &err), 40);
	free(bytes);
}

static void
lines(void **state)
{
	struct pair_key key = { .host = ip4(1, 1),
		.peer = ip4(2, 2),
		.port = 443,
		.proto = 6 },
			key_again;
	struct contact c = contact_at(START), c_again;
	struct listening_run run = { .first_ns = START,
		.last_ns = START + DAY,
		.contacts = 7 },
			     run_again;
	struct error err;
	struct buf line;

	(void)state;
	buf_init(&line, 4096);
	c.service = 3 | CONTACT_RESUMES;
	kept_line_contact(&key, &c, &line);
	assert_int_equal(kept_line_kind(buf_span(&line)), KEPT_LINE_CONTACT);
	assert_int_equal(
	    kept_line_take_contact(buf_span(&line), &key_again, &c_again, &err), OK);
	assert_memory_equal(&key, &key_again, sizeof key);
	assert_memory_equal(&c, &c_again, sizeof c);
	assert_int_equal(kept_line_take_run(buf_span(&line), &run_again, &err), E_FORMAT);
	for (size_t i = 0; i < line.len; i++) { /* no other spelling */
		char was = line.at[i];

		line.at[i] = was == ' ' ? '.' : ' ';
		assert_int_equal(
		    kept_line_take_contact(buf_span(&line), &key_again, &c_again, &err),
		    E_FORMAT);
		line.at[i] = was;
	}
	buf_reset(&line);
	run.id.b[3] = 0xa5;
	kept_line_run(&run, &line);
	assert_int_equal(kept_line_kind(buf_span(&line)), KEPT_LINE_RUN);
	assert_int_equal(kept_line_take_run(buf_span(&line), &run_again, &err), OK);
	assert_memory_equal(&run, &run_again, sizeof run);
	assert_int_equal(kept_line_kind(BYTES("{\"_path\":\"dns\",")), KEPT_LINE_NONE);
	buf_release(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding),
		cmocka_unit_test(adding_in_any_order),
		cmocka_unit_test(forgetting),
		cmocka_unit_test(files),
		cmocka_unit_test(damage),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
