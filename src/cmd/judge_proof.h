/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge_proof.h - geophone verify of a single .tlog-proof.
 */
#ifndef CMD_JUDGE_PROOF_H
#define CMD_JUDGE_PROOF_H

#include <stdbool.h>

#include "evidence/policy.h"

/* A policy from its file. */
enum status judge_read_policy(
    const char *path, struct policy **out, struct error *) MUST_USE;

struct proof_order {
	const char *path;      /* the proof */
	const char *statement; /* the envelope it is about; NULL: its own word */
	const char *pem;       /* who signed the envelope; only with one */
	bool json, quiet;
};

/* Prints the answer. OK: it verifies; E_DIFFERS, E_FORMAT: it does not. */
enum status judge_proof(
    const struct proof_order *, const struct policy *, struct error *) MUST_USE;

#endif
