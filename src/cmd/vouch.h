/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vouch.h - ask others to vouch for a log, when the user said whom.
 *
 * Witnesses cosign its checkpoint, a time stamping authority stamps the text of
 * it. What they answer is judged before it is kept: a cosignature by the key that
 * the policy names, a stamp by an authority below the certificates given.
 */
#ifndef CMD_VOUCH_H
#define CMD_VOUCH_H

#include "evidence/ledger.h"
#include "evidence/timestamp.h"

#define VOUCH_WITNESSES 16

struct vouch {
	const char *verb;                     /* in complaints */
	const char *witness[VOUCH_WITNESSES]; /* URLs */
	unsigned witnesses;
	const char *policy;      /* file: the keys of the witnesses */
	const char *tsa, *roots; /* URL; file: the authorities to trust */
};

/* What came of it. */
struct vouched {
	unsigned cosigned; /* witnesses whose cosignature is on the checkpoint now */
	bool stamped;
	struct timestamp stamp;
	struct buf tsr;  /* the reply, when stamped; vouched_release */
	unsigned failed; /* of those asked; each was complained of */
};

/* NULL, or what is missing on the command line. */
const char *vouch_lacks(const struct vouch *);

/*
 * Ask for the checkpoint as it was last committed. Who does not answer well is
 * complained of and counted. The error is for what is wrong here.
 */
enum status vouch_ask(
    const struct vouch *, struct ledger *, struct vouched *out, struct error *) MUST_USE;
void vouched_release(struct vouched *); /* takes zeroed ones */

/* A stamp over any bytes. */
enum status vouch_stamp(const struct vouch *, struct span data, struct buf *tsr,
    struct timestamp *out, struct error *) MUST_USE;

/* One sentence on who vouches; begins with "witnessed" or "unwitnessed". */
void vouched_text(const struct vouched *, char *to, size_t size);

#endif
