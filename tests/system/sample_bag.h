/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample_bag.h - a small bag with two signed findings, the same each time.
 *
 * One finding rests on a slice of packets (a pcapng with one frame, typed from
 * the draft), one on flow records. The key is made of a seed that everybody
 * knows.
 */
#ifndef TESTS_SAMPLE_BAG_H
#define TESTS_SAMPLE_BAG_H

#include <stdio.h>
#include <string.h>

#include "evidence/bag.h"
#include "evidence/dsse.h"
#include "evidence/readme.h"
#include "evidence/statement.h"
#include "evidence/verify.h"

#define SAMPLE_PARAMS "{\"kappa_percent\":125}"

static const uint8_t sample_seed[KEY_BYTES] = { 's', 'e', 'e', 'd' };

/* SHB, IDB (Ethernet, ns), one EPB of 14 bytes. */
static const uint8_t sample_pcapng[] = { 0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c,
	0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28, 0, 0, 0,
	1, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0,
	32, 0, 0, 0, 6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 0x4a, 0x7b, 0x86, 0x18, 0, 0, 0,
	0, 14, 0, 0, 0, 14, 0, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5, 0, 0,
	48, 0, 0, 0 };

static inline struct span
sample_text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static inline void
sample_finding(struct bag_writer *w, const struct key *key, const char *folder,
    const char *suffix, struct span slice, const char *core)
{
	struct statement s = { .subjects = 2,
		.packets = 1,
		.flows = 1,
		.window_end_ns = 9,
		.detector = "sample",
		.version = "0" };
	struct digest id = digest_of(sample_text(core)), kid = key_id(key);
	struct digest params = digest_of(sample_text(SAMPLE_PARAMS));
	struct buf body, envelope;
	struct error err;
	char path[STATEMENT_NAME];

	(void)digest_hex(&id, s.finding_id);
	(void)digest_hex(&kid, s.key_id);
	(void)digest_hex(&params, s.params_sha256);
	memset(s.salt, 7, sizeof s.salt);
	(void)snprintf(
	    s.subject[0].name, STATEMENT_NAME, "%s%s%s", folder, s.finding_id, suffix);
	s.subject[0].digest = digest_of(slice);
	(void)snprintf(
	    s.subject[1].name, STATEMENT_NAME, STATEMENT_PARAMS "%s.json", s.params_sha256);
	s.subject[1].digest = params;
	buf_init(&body, STATEMENT_MAX), buf_init(&envelope, DSSE_MAX);
	statement_encode(&s, sample_text(core), &body);
	CHECK(dsse_seal(key, DSSE_IN_TOTO, buf_span(&body), &envelope, &err) == OK);
	(void)snprintf(path, sizeof path, "findings/%s" BAG_ENVELOPE, s.finding_id);
	CHECK(bag_add(w, path, buf_span(&envelope), &err) == OK);
	CHECK(bag_add(w, s.subject[0].name + strlen("data/"), slice, &err) == OK);
	buf_release(&body), buf_release(&envelope);
}

/* The cores, what a detector would say again. */
#define SAMPLE_CORE_1 "{\"host\":\"10.0.0.1\",\"kind\":\"beacon\"}"
#define SAMPLE_CORE_2                                              \
	"{\"kind\":\"dga\",\"why\":\"},\\\"salt\\\":\\\"\\\" and " \
	"\\\"subject\\\":[{\\\"sha256\\\":\"}"

static inline enum status
sample_bag(const char *dir, struct error *err)
{
	struct digest params = digest_of(sample_text(SAMPLE_PARAMS));
	char hex[DIGEST_HEX], path[STATEMENT_NAME];
	struct bag_writer *w;
	struct key *key;
	struct buf b;
	enum status st = bag_create(&w, dir, err);

	if (st != OK)
		return st;
	CHECK(key_from_seed(&key, sample_seed, err) == OK);
	buf_init(&b, 1 << 16);
	key_public_pem(key, &b);
	CHECK(bag_add(w, BAG_ADD_KEY, buf_span(&b), err) == OK);
	buf_reset(&b);
	evidence_readme(&b, "0");
	CHECK(bag_add(w, BAG_ADD_README, buf_span(&b), err) == OK);
	buf_release(&b);
	(void)snprintf(path, sizeof path, "params/%s.json", digest_hex(&params, hex));
	CHECK(bag_add(w, path, sample_text(SAMPLE_PARAMS), err) == OK);
	sample_finding(w, key, STATEMENT_SLICES, ".pcapng",
	    (struct span){ sample_pcapng, sizeof sample_pcapng }, SAMPLE_CORE_1);
	sample_finding(w, key, STATEMENT_FLOWS, ".jsonl", sample_text("{\"bytes\":1}\n"),
	    SAMPLE_CORE_2);
	CHECK(
	    bag_add(w, "report/report.html", sample_text("<p>two findings\n"), err) == OK);
	bag_info(w, "Bagging-Date", "2026-01-01");
	st = bag_commit(w, err);
	bag_writer_close(w);
	key_free(key);
	return st;
}

#endif
