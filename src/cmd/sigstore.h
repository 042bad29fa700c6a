/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigstore.h - the findings of a bag as Sigstore bundles (v0.3), for its verifiers.
 *
 * DIR gets ID.sigstore.json for each finding that the bag has a proof of, and
 * trusted_root.json with the log of the policy and the authority's certificates:
 * what the reader would trust, which they must have from elsewhere to mean it.
 */
#ifndef CMD_SIGSTORE_H
#define CMD_SIGSTORE_H

#include "cmd/vouch.h"
#include "evidence/bag.h"

struct sigstore_order {
	const struct bag *bag;
	const char *dir;
	struct vouch vouch; /* .policy names the log; .tsa stamps each signature, or NULL */
};

/* *n: bundles written. E_MISUSE: no proof in the bag, or of another log. */
enum status sigstore_write(
    const struct sigstore_order *, unsigned *n, struct error *) MUST_USE;

#endif
