/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/packets.h"

#include <stdlib.h>

#include "evidence/merkle.h"
#include "table.h"

#define PACKETS 70

static const uint8_t secret[PACKETS_SECRET] = { 's' };

static struct packet_whole
some_packet(uint64_t i)
{
	static const uint8_t bytes[] = "a header and then, longer than that, a payload";
	size_t n = i % sizeof bytes, split = n / 3;
	struct packet_whole p = { .time_ns = i * 1000,
		.caplen = (uint32_t)n,
		.wire = 99,
		.head.bytes = { bytes, split },
		.tail.bytes = { bytes + split, n - split } };

	packets_salts(&p, secret, i);
	return p;
}

/* The slow twin of node (level, index) over the leaves of the packets. */
static bool
twin(void *state, unsigned level, uint64_t index, struct digest *out)
{
	struct digest left, right;

	(void)state;
	if (level == 0) {
		struct packet_whole p = some_packet(index / 2);

		*out = index % 2 ? packets_tail(&p.tail) : packets_head(&p);
		return true;
	}
	(void)twin(state, level - 1, 2 * index, &left);
	(void)twin(state, level - 1, 2 * index + 1, &right);
	*out = merkle_node(&left, &right);
	return true;
}

/* Whatever is withheld, the root is that of RFC 6962 over two leaves a packet. */
static void
the_root_is_the_same_whatever_is_withheld(void **state)
{
	struct error err;

	(void)state;
	srandom(5);
	for (uint64_t n = 1; n <= PACKETS; n++) {
		uint64_t shown[PACKETS_WAYS] = { 0 };
		struct packets t = { 0 };
		struct packets_read r;
		struct digest want, root;
		struct buf text;

		buf_init(&text, 1 << 20);
		for (uint64_t i = 0; i < n; i++) {
			struct packet_whole p = some_packet(i);
			enum packets_shown how =
			    (enum packets_shown)(random() % PACKETS_WAYS);

			shown[how]++;
			packets_line(&t, &p, how, &text);
		}
		root = packets_root(&t);
		assert_true(merkle_root(2 * n, twin, NULL, &want));
		assert_memory_equal(&root, &want, sizeof root);
		assert_int_equal(packets_read(buf_span(&text), &r, &err), OK);
		assert_memory_equal(&r.root, &want, sizeof want);
		assert_int_equal(r.n, n);
		assert_memory_equal(r.shown, shown, sizeof shown);
		buf_release(&text);
	}
}

/* No byte of what is left is free. */
static void
every_byte_of_a_line_counts(void **state)
{
	struct packets t = { 0 };
	struct packets_read r;
	struct error err;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 16);
	for (uint64_t i = 0; i < PACKETS_WAYS; i++) {
		struct packet_whole p = some_packet(20 + i);

		packets_line(&t, &p, (enum packets_shown)i, &text);
	}
	for (size_t at = 0; at < text.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct digest root = packets_root(&t);

			text.at[at] = (char)(text.at[at] ^ (1 << bit));
			if (packets_read(buf_span(&text), &r, &err) == OK)
				assert_memory_not_equal(&r.root, &root, sizeof root);
			text.at[at] = (char)(text.at[at] ^ (1 << bit));
		}
	for (size_t n = 0; n < text.len; n++)
		if (packets_read((struct span){ (uint8_t *)text.at, n }, &r, &err) == OK)
			assert_true(r.n < t.n);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_the_same_whatever_is_withheld),
		cmocka_unit_test(every_byte_of_a_line_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
