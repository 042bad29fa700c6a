/* SPDX-License-Identifier: Apache-2.0 */
#include "small_bag.h"

static void
reads_it_back(void **state)
{
	static const char *const names[] = { "bag-info.txt", "bagit.txt",
		"data/README-VERIFY.txt", "data/empty", "data/findings/f.dsse.json",
		"data/slices/s.pcapng", "manifest-sha256.txt", "tagmanifest-sha256.txt" };
	char dir[SCRATCH], bag[128];
	const struct bag_file *files;
	struct heard h;
	struct bag *b;
	struct error err;
	struct buf bytes;
	unsigned faults;
	size_t n;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	buf_init(&h.text, 10000);
	assert_int_equal(bag_open(&b, bag, hear, &h, &faults, &err), OK);
	assert_int_equal(faults, 0);
	assert_int_equal(h.text.len, 0);
	files = bag_files(b, &n);
	assert_int_equal(n, COUNT(names));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(files[i].path, names[i]);
	assert_ptr_equal(bag_find(b, "data/slices/s.pcapng"), &files[5]);
	assert_int_equal(files[5].size, 15);
	assert_null(bag_find(b, "data/slices"));
	assert_null(bag_find(b, "../case/bagit.txt"));
	buf_init(&bytes, 100);
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 15, &bytes, &err), OK);
	assert_int_equal(bytes.len, 15);
	assert_memory_equal(bytes.at, "packets\0packets", 15);
	buf_reset(&bytes);
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 14, &bytes, &err), E_LIMIT);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(bag_read(b, "data/empty", 0, &bytes, &err), OK);
	assert_int_equal(bag_read(b, "../case/bagit.txt", 100, &bytes, &err), E_FORMAT);
	bag_close(b);
	bag_close(NULL);
	buf_release(&bytes), buf_release(&h.text);
	scratch_remove(dir);
}

static void
bag_read_sees_a_change_after_the_check(void **state)
{
	char dir[SCRATCH], bag[128], path[256];
	struct bag *b;
	struct heard h;
	struct error err;
	struct buf bytes;
	unsigned faults;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	buf_init(&h.text, 10000), buf_init(&bytes, 100);
	assert_int_equal(bag_open(&b, bag, hear, &h, &faults, &err), OK);
	(void)snprintf(path, sizeof path, "%s/data/slices/s.pcapng", bag);
	put_file(path, BYTES("PACKETS\0packets"));
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 99, &bytes, &err), E_DIFFERS);
	assert_non_null(strstr(err.text, "data/slices/s.pcapng"));
	assert_int_equal(bytes.len, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("../README-VERIFY.txt", path), 0);
	assert_int_equal(bag_read(b, "data/slices/s.pcapng", 99, &bytes, &err), E_IO);
	bag_close(b);
	buf_release(&bytes), buf_release(&h.text);
	scratch_remove(dir);
}

/* Every byte of every file, changed in four ways: noticed, and the file is named. */
static void
no_byte_can_be_changed(void **state)
{
	static const uint8_t flips[] = { 0x01, 0x20, 0x80, 0xff };
	static const char *const names[] = { "bag-info.txt", "bagit.txt",
		"data/README-VERIFY.txt", "data/findings/f.dsse.json",
		"data/slices/s.pcapng", "manifest-sha256.txt", "tagmanifest-sha256.txt" };
	char dir[SCRATCH], bag[128];
	unsigned tried = 0;

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[256];
		struct buf whole;

		(void)snprintf(path, sizeof path, "%s/%s", bag, names[i]);
		buf_init(&whole, 10000);
		get_file(path, &whole);
		for (size_t k = 0; k < whole.len * COUNT(flips); k++, tried++) {
			struct heard h;
			struct error err;
			unsigned faults = 0;
			char was = whole.at[k / COUNT(flips)];

			whole.at[k / COUNT(flips)] ^= (char)flips[k % COUNT(flips)];
			put_file(path, buf_span(&whole));
			whole.at[k / COUNT(flips)] = was;
			assert_int_equal(check(bag, &h, &faults, &err), OK);
			if (faults == 0 || strstr(h.text.at, names[i]) == NULL)
				fail_msg("%s: byte %zu ^ %02x: %u faults: %s", names[i],
				    k / COUNT(flips), flips[k % COUNT(flips)], faults,
				    h.text.at);
			buf_release(&h.text);
		}
		put_file(path, buf_span(&whole));
		buf_release(&whole);
	}
	assert_true(tried > 3000);
	scratch_remove(dir);
}

/* A byte taken away or added, at either end of every file. */
static void
no_byte_can_be_added_or_taken(void **state)
{
	static const char *const names[] = { "bag-info.txt", "bagit.txt",
		"data/README-VERIFY.txt", "data/findings/f.dsse.json",
		"data/slices/s.pcapng", "manifest-sha256.txt", "tagmanifest-sha256.txt" };
	char dir[SCRATCH], bag[128];

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	make_small_bag(bag);
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[256];
		struct buf whole, b;

		(void)snprintf(path, sizeof path, "%s/%s", bag, names[i]);
		buf_init(&whole, 10000), buf_init(&b, 10000);
		get_file(path, &whole);
		for (int how = 0; how < 6; how++) {
			struct heard h;
			struct error err;
			unsigned faults = 0;

			buf_reset(&b);
			if (how == 2)
				buf_puts(&b, "\n");
			if (how < 2)
				buf_put(&b, whole.at + how, whole.len - 1);
			else if (how < 5)
				buf_put(&b, whole.at, whole.len);
			if (how == 3 || how == 4)
				buf_puts(&b, how == 3 ? "\n" : " ");
			put_file(path, buf_span(&b));
			assert_int_equal(check(bag, &h, &faults, &err), OK);
			if (faults == 0 || strstr(h.text.at, names[i]) == NULL)
				fail_msg("%s, way %d: %s", names[i], how, h.text.at);
			buf_release(&h.text);
		}
		put_file(path, buf_span(&whole));
		buf_release(&whole), buf_release(&b);
	}
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_it_back),
		cmocka_unit_test(bag_read_sees_a_change_after_the_check),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(no_byte_can_be_added_or_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
