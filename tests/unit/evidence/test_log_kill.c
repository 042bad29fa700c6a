/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log and the kernel: a thousand kills at random moments, and every system
 * call of an append made to fail, or the last that was made, under ptrace.
 */
#include "history.h"

#include <elf.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

#define KILLS 1000

#define CALLS_MAX 1024

#define BASE   250 /* entries before the append that is tampered with */
#define MIDDLE 253
#define END    263 /* a tile becomes full on the way */

enum run_end { RUN_DONE, RUN_REFUSED = 10, RUN_DIED = 99 };

static uint64_t
some(uint64_t *seed, uint64_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % n;
}

/* Appends batches of many sizes until it is killed. */
static void
append_for_ever(const struct history *h, uint32_t run, int ready)
{
	static const uint64_t batch[] = { 1, 2, 5, 40, 256, 300 };
	uint64_t seed = run, size;
	struct error err;
	struct log *l;

	if (write(ready, "", 1) != 1 ||
	    log_open(&l, h->path, ORIGIN, h->key, &disk_real, &err) != OK)
		_exit(RUN_REFUSED);
	while (
	    (size = log_state(l)->size + batch[some(&seed, COUNT(batch))]) <= HISTORY_MAX)
		if (!run_to(l, h->told, run, size))
			_exit(RUN_REFUSED);
	for (;;)
		(void)pause();
}

static void
a_thousand_kills(void **state)
{
	struct history h;
	uint64_t seed = 7;
	unsigned unpublished = 0;
	uint32_t run = 0;

	(void)state;
	history_begin(&h);
	while (run < KILLS) {
		struct timespec wait = { 0 };
		int how, ready[2];
		pid_t child;
		char byte;

		run++;
		assert_int_equal(pipe(ready), 0);
		child = fork();
		assert_true(child != -1);
		if (child == 0)
			append_for_ever(&h, run, ready[1]);
		close(ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		close(ready[0]);
		/* up to 6 ms: it opens within one and commits several times in the rest */
		wait.tv_nsec = (long)some(&seed, 6000000);
		(void)nanosleep(&wait, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &how, 0), child);
		assert_true(WIFSIGNALED(how)); /* and not that it gave up before */
		history_check(&h);
		if (h.size > HISTORY_MAX - 600 || run == KILLS) {
			unpublished += h.unpublished;
			history_end(&h);
			if (run < KILLS)
				history_begin(&h);
		}
	}
	print_message(
	    "%d kills, %u of them between signing and publishing\n", KILLS, unpublished);
}

/* What is done to the n-th system call. */
enum tamper {
	FAIL_EIO,
	FAIL_ENOSPC,
	KILL_BEFORE,
	KILL_AFTER,
	TORN, /* half of a write, and killed */
	LEAVE,
};

#if defined(__x86_64__)
static long
call_number(pid_t pid)
{
	return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.orig_rax), NULL);
}

static void
call_set(pid_t pid, long number)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), number);
}

static void
call_answer(pid_t pid, long value)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rax), value);
}

static void
call_halve(pid_t pid)
{
	long n = ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rdx), NULL);

	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rdx), n / 2);
}
#define CAN_TRACE true
#elif defined(__aarch64__)
static void
registers(pid_t pid, struct user_regs_struct *r, bool set)
{
	struct iovec io = { r, sizeof *r };

	(void)ptrace(
	    set ? PTRACE_SETREGSET : PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io);
}

static long
call_number(pid_t pid)
{
	struct user_regs_struct r = { 0 };

	registers(pid, &r, false);
	return (long)r.regs[8];
}

static void
call_set(pid_t pid, long number)
{
	int n = (int)number;
	struct iovec io = { &n, sizeof n };

	(void)ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &io);
}

static void
call_answer(pid_t pid, long value)
{
	struct user_regs_struct r = { 0 };

	registers(pid, &r, false);
	r.regs[0] = (unsigned long)value;
	registers(pid, &r, true);
}

static void
call_halve(pid_t pid)
{
	struct user_regs_struct r = { 0 };

	registers(pid, &r, false);
	r.regs[2] /= 2;
	registers(pid, &r, true);
}
#define CAN_TRACE true
#else
static long
call_number(pid_t pid)
{
	(void)pid;
	return -1;
}

static void
call_set(pid_t pid, long number)
{
	(void)pid, (void)number;
}
#define call_answer call_set

static void
call_halve(pid_t pid)
{
	(void)pid;
}
#define CAN_TRACE   false
#endif

/* The append that is tampered with: opens, commits twice. */
static void
append_traced(const struct history *h, uint32_t run)
{
	struct error err;
	struct log *l;
	bool good;

	if (freopen("/dev/null", "w", stderr) == NULL ||
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(RUN_DIED);
	(void)raise(SIGSTOP);
	if (log_open(&l, h->path, ORIGIN, h->key, &disk_real, &err) != OK)
		_exit(RUN_REFUSED);
	good = run_to(l, h->told, run, MIDDLE) && run_to(l, h->told, run, END);
	log_close(l);
	_exit(good ? RUN_DONE : RUN_REFUSED);
}

/* To the next stop of the child. False: it ended. */
static bool
step(pid_t child, int *how)
{
	int deliver = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(intptr_t)deliver) != 0)
			deliver = 0; /* killed: what is left is to wait for it */
		assert_int_equal(waitpid(child, how, 0), child);
		if (!WIFSTOPPED(*how))
			return false;
		if (WSTOPSIG(*how) == (SIGTRAP | 0x80))
			return true;
		deliver = WSTOPSIG(*how) == SIGTRAP ? 0 : WSTOPSIG(*how);
	}
}

/*
 * One run, tampered with at call `at` (from 0). *number: which call that was,
 * -1 that there are not so many.
 */
static enum run_end
run_traced(const struct history *h, uint32_t run, enum tamper tamper, long at, long *number)
{
	pid_t child = fork();
	int how;

	assert_true(child != -1);
	*number = -1;
	if (child == 0)
		append_traced(h, run);
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFSTOPPED(how));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL,
			     (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
	    0);
	/* it stopped at a signal, in no call: from here on stops are begin and end in turn */
	for (long n = 0; step(child, &how); n++) {
		bool here = n == at;

		if (here) {
			*number = call_number(child);
			if (tamper == KILL_BEFORE)
				(void)kill(child, SIGKILL);
			else if (tamper == FAIL_EIO || tamper == FAIL_ENOSPC)
				call_set(child, -1);
			else if (tamper == TORN && *number == SYS_write)
				call_halve(child);
		}
		if (!step(child, &how))
			break;
		if (!here)
			continue;
		if (tamper == FAIL_EIO || tamper == FAIL_ENOSPC)
			call_answer(child, tamper == FAIL_EIO ? -EIO : -ENOSPC);
		else if (tamper == KILL_AFTER || tamper == TORN)
			(void)kill(child, SIGKILL);
	}
	return WIFEXITED(how) ? (enum run_end)WEXITSTATUS(how) : RUN_DIED;
}

/* Without these done a commit has not happened, and nobody may be told that it has. */
static bool
is_vital(long number)
{
	return number == SYS_write || number == SYS_fsync || number == SYS_syncfs ||
	       number == SYS_renameat || number == SYS_renameat2 || number == SYS_mkdirat;
}

/* Memory is not a matter of the log, and a sanitizer gives up without it. */
static bool
is_memory(long number)
{
	return number == SYS_mmap || number == SYS_munmap || number == SYS_mprotect ||
	       number == SYS_madvise || number == SYS_brk;
}

/* A log of BASE entries, and the append with trouble at call `at`. False: it has no such call. */
static bool
survives_at(enum tamper tamper, long at, unsigned *unpublished, long *called)
{
	struct history h;
	struct error err;
	struct log *l;
	enum run_end end;
	long number;

	history_begin(&h);
	assert_int_equal(log_open(&l, h.path, ORIGIN, h.key, &disk_real, &err), OK);
	assert_true(run_to(l, h.told, 1, BASE));
	log_close(l);
	history_check(&h);
	atomic_store(&h.told->size, BASE);
	memcpy(h.told->run, h.run, sizeof h.run);
	h.told->root[BASE] = h.root[BASE];
	end = run_traced(&h, 2, tamper, at, &number);
	if (tamper == KILL_BEFORE || tamper == KILL_AFTER || tamper == TORN)
		assert_true(number == -1 || end == RUN_DIED || end == RUN_DONE);
	else if (number == -1)
		assert_int_equal(end, RUN_DONE);
	else if (is_vital(number) && end != RUN_REFUSED)
		fail_msg("call %ld (number %ld) failed and the commit did not", at, number);
	else if (!is_memory(number) && end == RUN_DIED)
		fail_msg("call %ld (number %ld) failed and the run died of it", at, number);
	if (end == RUN_DONE && number != -1 && tamper != KILL_AFTER && tamper != TORN)
		assert_int_equal(atomic_load(&h.told->size), END);
	history_check(&h);
	/* and it goes on, with other entries */
	assert_int_equal(log_open(&l, h.path, ORIGIN, h.key, &disk_real, &err), OK);
	assert_true(run_to(l, h.told, 3, END + 2));
	log_close(l);
	history_check(&h);
	*unpublished += h.unpublished;
	*called = number;
	history_end(&h);
	return number != -1;
}

/* A full disk is met where something is made, and only a write can be torn. */
static bool
matters(enum tamper tamper, long number)
{
	if (tamper == TORN)
		return number == SYS_write;
	return tamper != FAIL_ENOSPC || number == SYS_openat || is_vital(number);
}

static void
every_system_call_fails(void **state)
{
	static const char *const word[] = { "fails with EIO", "fails with ENOSPC",
		"is killed before it", "is killed after it", "is torn" };

	long number[CALLS_MAX], calls = 0;

	(void)state;
	if (!CAN_TRACE) {
		print_message("no such test on this processor\n");
		skip();
	}
	for (enum tamper tamper = FAIL_EIO; tamper < LEAVE; tamper++) {
		unsigned unpublished = 0;
		long at = 0, tried = 0;

		for (;; at++) {
			if (tamper > FAIL_EIO && at < calls && !matters(tamper, number[at]))
				continue;
			assert_true(at < CALLS_MAX);
			if (!survives_at(tamper, at, &unpublished, &number[at]))
				break;
			tried++;
		}
		calls = at;
		print_message("an append of %ld system calls %s, at %ld of them: %u "
			      "states were signed and not published\n",
		    calls, word[tamper], tried, unpublished);
		assert_true(calls > 50 && tried > 5);
		/* the test reaches what it is about */
		assert_true(unpublished > 0 || tamper == TORN);
	}
}

/* What was freed is kept for a while to find uses of it; each fork would copy that. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_kills),
		cmocka_unit_test(every_system_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
