/* SPDX-License-Identifier: Apache-2.0 */
#include "some_log.h"

static struct disk quick;

/* A run of a log as a sensor has it. *acked: the size that log_commit last said OK to. */
static enum status
run(const char *path, const struct key *k, const struct disk *disk, uint64_t *acked,
    struct error *err)
{
	static const uint64_t sizes[] = { 3, 258, 259, 1800, 1801 };
	struct log *l;
	enum status st = log_open(&l, path, ORIGIN, k, disk, err);

	if (st != OK)
		return st;
	*acked = log_state(l)->size;
	for (size_t i = 0; st == OK && i < COUNT(sizes); i++) {
		if (sizes[i] <= *acked)
			continue;
		st = append_to(l, sizes[i], err);
		if (st == OK)
			st = log_commit(l, err);
		if (st == OK)
			*acked = sizes[i];
	}
	if (st != OK) { /* and it stays closed to writing */
		struct error after;
		uint64_t index;

		assert_int_equal(
		    log_append(l, (struct span){ 0 }, &index, &after), E_MISUSE);
		assert_int_equal(log_commit(l, &after), E_MISUSE);
	}
	log_close(l);
	return st;
}

/*
 * Trouble at each call in turn. Whatever happens, the log opens afterwards,
 * holds at least what was acknowledged, and goes on to the same end.
 */
static void
survives(enum trouble trouble, bool worst, unsigned seed)
{
	struct key *k = test_key(1);
	enum status st = E_IO;

	srandom(seed);
	for (int at = 0; st != OK || at < 20; at++) {
		struct power p = { .trouble = trouble, .fail_at = at };
		struct disk disk = power_disk(&p);
		char dir[SCRATCH], path[128];
		uint64_t acked = 0, end = 0;
		struct error err;
		struct log *l;

		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/log", dir);
		st = run(path, k, &disk, &acked, &err);
		power_settle(&p, worst);
		if (trouble == INTERRUPT && p.hit_write)
			assert_int_equal(st, OK); /* it was only to be tried again */
		if (st == OK)
			assert_int_equal(acked, 1801);
		else if (log_open(&l, path, ORIGIN, k, &quick, &err) != OK) {
			/* only before its first checkpoint was there is nothing to open */
			fail_msg("call %d: %s", at, err.text);
		} else {
			assert_true(log_state(l)->size >= acked);
			audit(path, log_state(l));
			log_close(l);
		}
		if (run(path, k, &quick, &end, &err) != OK)
			fail_msg("call %d, afterwards: %s", at, err.text);
		assert_int_equal(end, 1801);
		scratch_remove(dir);
		assert_true(at < 2000);
		if (trouble == INTERRUPT && at > 200)
			break;
		if (trouble == SHORT)
			break;
	}
	key_free(k);
}

static void
survives_a_full_disk(void **state)
{
	(void)state;
	survives(FULL, false, 1);
	survives(HALF, false, 1);
}

static void
survives_short_and_interrupted_writes(void **state)
{
	struct key *k = test_key(1);
	struct power p = { .trouble = SHORT };
	struct disk disk = power_disk(&p);
	char dir[SCRATCH], path[128];
	uint64_t acked;
	struct error err;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(run(path, k, &disk, &acked, &err), OK);
	assert_int_equal(acked, 1801);
	power_settle(&p, false);
	key_free(k);
	scratch_remove(dir);
	survives(INTERRUPT, false, 1);
}

static void
survives_a_power_cut(void **state)
{
	(void)state;
	survives(CUT, true, 1);
	survives(CUT, false, 2);
	survives(CUT, false, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_a_full_disk),
		cmocka_unit_test(survives_short_and_interrupted_writes),
		cmocka_unit_test(survives_a_power_cut),
	};

	quick = quick_disk();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
