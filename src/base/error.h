/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h - what went wrong, said once.
 *
 * A function that may fail returns `enum status`. Where the trouble happens it
 * writes one sentence into the caller's `struct error` (no capital, no full
 * stop, the offending value named); on the way up each storey may put its own
 * words in front; only `cmd/` prints. Outputs are set only on OK, and the
 * error only otherwise. A peer that lies is not an error: that is a counted
 * verdict. A broken invariant of ours is not an error either: that is CHECK.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum status {
	OK,
	E_NOMEM,   /* a limit of ours or the machine's memory was reached */
	E_IO,      /* the system refused: open, read, write, full disk */
	E_FORMAT,  /* the bytes are not what they claim to be */
	E_LIMIT,   /* well formed, but larger than we agreed to take */
	E_MISUSE,  /* the caller asked for something that cannot be */
	E_STOPPED, /* the user asked us to stop */
	E_DIFFERS, /* a check was made and it failed */
};

#define ERROR_TEXT 1024

struct error {
	char text[ERROR_TEXT]; /* always terminated; truncated with "..." */
};

/* Write the sentence and return `st`, so that `return error_set(...)` reads well. */
enum status error_set(struct error *, enum status st, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The same for a failed system call: appends ": " and strerror(errno), returns E_IO. */
enum status error_sys(struct error *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put "context: " before what is there. */
void error_wrap(struct error *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * CHECK states an invariant that only a bug of ours can break. It is always
 * on: a wrong finding is worse than none. Prints and aborts the process.
 */
#define CHECK(cond) ((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))
_Noreturn void check_failed(const char *cond, const char *file, int line);

#endif
