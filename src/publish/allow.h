/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow.h - what somebody here knows to be harmless.
 *
 * Rules are applied when findings are shown, never when data is read: what a
 * rule hides was found, is in the evidence, and can be shown. A rule says why it
 * is there, and may end. docs/formats/allow.md has the spelling.
 */
#ifndef PUBLISH_ALLOW_H
#define PUBLISH_ALLOW_H

#include "base/error.h"
#include "base/input.h"
#include "record/finding.h"

#define ALLOW_RULES  10000
#define ALLOW_REASON 160

struct allow_rule {
	uint64_t line;
	struct ip_net source, destination; /* bits 255: any */
	char suffix[256];                  /* "": any */
	char print[72];                    /* of a client or a certificate; "": any */
	uint32_t asn;                      /* the peer's autonomous system; 0: any */
	uint16_t port;                     /* 0: any */
	uint8_t proto;                     /* 0: any */
	int kind;                          /* enum finding_kind; -1: any */
	uint64_t until_ns;                 /* of the capture's time; 0: no end */
	char reason[ALLOW_REASON];
	uint64_t hid;       /* findings */
	uint64_t strangers; /* that had the name, at an address no look-up gave */
	uint64_t expired;   /* that it would have hidden before */
};

struct allow {
	struct allow_rule *rule; /* malloced */
	size_t n, room;
};

/* Takes `in` over. E_FORMAT with the line and what is wrong: a rule half understood hides too much. */
enum status allow_read(struct allow *, struct input *in, struct error *) MUST_USE;
void allow_release(struct allow *);

/*
 * Whether a look-up of a name under `suffix` gave the finding's host every address
 * that the finding is about.
 */
typedef bool allow_resolved(void *state, const struct finding *, const char *suffix);

/*
 * The first rule that hides it; NULL: it is shown. `print` is what was matched
 * of it beside addresses and names ("ja4 ..."), "" nothing; `asn`, whose the peer is,
 * 0 unknown. Counts.
 */
const struct allow_rule *allow_find(struct allow *, const struct finding *,
    const char *print, uint32_t asn, allow_resolved *, void *state);

/* Is the name the suffix or below it? */
bool allow_under(const char *name, const char *suffix);

#endif
