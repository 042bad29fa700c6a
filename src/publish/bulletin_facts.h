/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulletin_facts.h - what a case holds that a bulletin may say. Only bulletin.c
 * needs this.
 */
#ifndef PUBLISH_BULLETIN_FACTS_H
#define PUBLISH_BULLETIN_FACTS_H

#include "case/assay.h"
#include "publish/bulletin.h"

/* An alert, read from its signed core. Texts as in the core. */
struct bulletin_alert {
	char id[DIGEST_HEX], host[64], peer[320], kind[32], first[STAMP_TEXT],
	    last[STAMP_TEXT];
	uint64_t contacts, low_ns, high_ns; /* low_ns 0: no rhythm */
	int64_t odds_mb;
	int favours; /* control from outside: 1, against it: -1, neither: 0 */
};

struct bulletin_findings {
	struct bulletin_alert *alert; /* in order of falling odds */
	size_t alerts, others, standing, hosts;
	const char **host; /* borrowed from the alerts, each once */
	bool uncounted;
	uint64_t dropped, cut, sampling; /* the most any alert says */
};

enum status bulletin_gather_head(struct casebook *, struct bulletin_facts *,
    uint64_t *as_of_ns, struct error *) MUST_USE;
enum status bulletin_gather_findings(struct casebook *, struct bulletin_facts *,
    enum bulletin_lang, struct bulletin_findings *, struct error *) MUST_USE;
void bulletin_findings_release(struct bulletin_findings *);
/* E_DIFFERS: the newest assessment is not of the evidence as it stands. */
enum status bulletin_gather_assessment(struct casebook *, struct bulletin_facts *,
    enum bulletin_lang, struct assay *, bool *weighed, struct error *) MUST_USE;
/* Actors, states and organisations, for the checker. */
enum status bulletin_gather_names(
    struct casebook *, struct bulletin_facts *, struct error *) MUST_USE;

void bulletin_set_finding(
    struct bulletin_facts *, const struct bulletin_alert *, enum bulletin_lang);
void bulletin_set_claim(struct bulletin_facts *, const json_t *claim, enum bulletin_lang);
/* The slots are set; true: some are without evidence, or without an answer. */
bool bulletin_count_claims(const json_t *docket, struct bulletin_facts *);
bool bulletin_count_requests(struct casebook *, struct bulletin_facts *);
void bulletin_incident_dates(
    struct casebook *, struct bulletin_facts *, const char **first, const char **last);

/*
 * An analyst's text, before its slots are filled: every numeral in it belongs to
 * a name or a date of the case. E_DIFFERS names the sentence.
 */
enum status bulletin_only_slots(
    const struct bulletin_facts *, const char *text, struct error *) MUST_USE;

#endif
