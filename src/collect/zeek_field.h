/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_field.h - what conn.log calls things, and what becomes of them.
 *
 * Between the two spellings, TSV and JSON, and the flow: either reader finds a
 * field by its name, reads its value by the rules of its own format, and gives
 * it to the draft here. The first value that cannot be is remembered with its
 * field; the rest of the line is still read, for the line may turn out to be
 * no connection at all.
 */
#ifndef COLLECT_ZEEK_FIELD_H
#define COLLECT_ZEEK_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "base/stamp.h"
#include "collect/decimal.h"
#include "collect/json_scan.h"
#include "collect/zeek.h"

/*
 * Name in the code, type, and the names in logs: Zeek's own, and the second
 * one that Corelight's and others' exporters make of it. A field that is not
 * here is ignored.
 */
/* clang-format off */
#define ZEEK_FIELDS(X) \
	X(TS, TIME, "ts", "ts") \
	X(UID, MARK, "uid", "uid") \
	X(ORIG_H, ADDR, "id.orig_h", "id_orig_h") \
	X(ORIG_P, COUNT, "id.orig_p", "id_orig_p") \
	X(RESP_H, ADDR, "id.resp_h", "id_resp_h") \
	X(RESP_P, COUNT, "id.resp_p", "id_resp_p") \
	X(PROTO, WORD, "proto", "proto") \
	X(SERVICE, WORD, "service", "service") \
	X(DURATION, INTERVAL, "duration", "duration") \
	X(ORIG_BYTES, COUNT, "orig_bytes", "orig_bytes") \
	X(RESP_BYTES, COUNT, "resp_bytes", "resp_bytes") \
	X(CONN_STATE, WORD, "conn_state", "conn_state") \
	X(LOCAL_ORIG, BOOL, "local_orig", "local_orig") \
	X(LOCAL_RESP, BOOL, "local_resp", "local_resp") \
	X(MISSED_BYTES, MARK, "missed_bytes", "missed_bytes") \
	X(HISTORY, WORD, "history", "history") \
	X(ORIG_PKTS, COUNT, "orig_pkts", "orig_pkts") \
	X(ORIG_IP_BYTES, COUNT, "orig_ip_bytes", "orig_ip_bytes") \
	X(RESP_PKTS, COUNT, "resp_pkts", "resp_pkts") \
	X(RESP_IP_BYTES, COUNT, "resp_ip_bytes", "resp_ip_bytes") \
	X(VLAN, COUNT, "vlan", "vlan") \
	X(IP_PROTO, COUNT, "ip_proto", "ip_proto") \
	X(PATH, WORD, "_path", "@stream") \
	X(EVENT_TYPE, MARK, "event_type", "event_type") \
	X(LABEL, MARK, "label", "label") \
	X(DETAIL, MARK, "detailedlabel", "detailed-label")
/* clang-format on */

enum zeek_field {
#define X(name, type, a, b) ZEEK_##name,
	ZEEK_FIELDS(X)
#undef X
	    ZEEK_UNKNOWN, /* none of ours; also how many there are */
};

enum zeek_type {
	ZEEK_TIME,     /* seconds since 1970 with decimals, or RFC 3339 */
	ZEEK_INTERVAL, /* seconds with decimals */
	ZEEK_COUNT,    /* a whole number */
	ZEEK_ADDR,
	ZEEK_WORD,
	ZEEK_BOOL,
	ZEEK_MARK, /* that it is there is all we want of it */
};

const char *zeek_field_name(enum zeek_field);

static inline enum zeek_type
zeek_field_type(enum zeek_field field)
{
	static const uint8_t types[] = {
#define X(name, type, a, b) ZEEK_##type,
		ZEEK_FIELDS(X)
#undef X
	};

	return (enum zeek_type)types[field];
}

#define ZEEK_BIT(field) (UINT32_C(1) << (field))

/* Without one of these there is no flow. */
#define ZEEK_NEEDED                                                          \
	(ZEEK_BIT(ZEEK_TS) | ZEEK_BIT(ZEEK_ORIG_H) | ZEEK_BIT(ZEEK_ORIG_P) | \
	    ZEEK_BIT(ZEEK_RESP_H) | ZEEK_BIT(ZEEK_RESP_P) | ZEEK_BIT(ZEEK_PROTO))

/* Any of these tells conn.log from all other logs of Zeek's. */
#define ZEEK_CONN_MARKS                                              \
	(ZEEK_BIT(ZEEK_CONN_STATE) | ZEEK_BIT(ZEEK_HISTORY) |        \
	    ZEEK_BIT(ZEEK_MISSED_BYTES) | ZEEK_BIT(ZEEK_ORIG_PKTS) | \
	    ZEEK_BIT(ZEEK_ORIG_BYTES))

/* Later than any log, and early enough that sums of times cannot overflow. */
#define ZEEK_TIME_END (UINT64_C(7258118400) * SECOND_NS) /* 2200-01-01 */

#define ZEEK_NAME_MAX 16 /* no name of ours is longer */
#define ZEEK_SLOTS    128
#define ZEEK_MEMOS    64
#define ZEEK_TURNS    16

/*
 * What makes names and words fast: a hash of the names as pairs of 64-bit
 * numbers, and a memory of what came before, words of a few bytes and the order
 * of the keys. Made once for each reader; what it remembers changes how fast
 * it is, and nothing else.
 */
struct zeek_words {
	struct {
		uint64_t a, b;
		uint32_t field, len;
	} slot[ZEEK_SLOTS];
	struct {
		uint64_t text;
		uint8_t tag, value; /* of the field and the length; 0: none is here */
	} memo[ZEEK_MEMOS];
	/*
	 * JSON: the two keys that came behind that of a field, as lines of two kinds
	 * alternate. The first is looked for first, so they change places when the
	 * second came ZEEK_TURNS times; a third one takes the place of the second.
	 */
	struct zeek_next {
		struct zeek_guess {
			struct scan_guess key;
			uint32_t field, bit; /* of a field that is none of ours: all */
		} guess[2];
		unsigned second; /* how often it came */
	} next[ZEEK_UNKNOWN + 2];
};

void zeek_words_init(struct zeek_words *);

/* A name of at most 16 bytes as two numbers; bytes past its end do not count. */
struct zeek_packed {
	uint64_t a, b;
};

static inline struct zeek_packed
zeek_pack(struct span s, size_t room)
{
	static const uint8_t keep[32] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct zeek_packed p = { 0 }, mask;

	if (room < sizeof p) {
		memcpy(&p, s.at, s.len);
		return p;
	}
	memcpy(&p, s.at, sizeof p);
	memcpy(&mask, keep + 16 - s.len, sizeof mask);
	return (struct zeek_packed){ p.a & mask.a, p.b & mask.b };
}

static inline unsigned
zeek_slot(struct zeek_packed p)
{
	return (
	    unsigned)((p.a ^ (p.b << 31 | p.b >> 33)) * UINT64_C(0x9e3779b97f4a7c15) >> 57);
}

/* ZEEK_UNKNOWN when it is none of ours. `room`: bytes that can be read from name.at. */
static inline enum zeek_field
zeek_field_find(const struct zeek_words *w, struct span name, size_t room)
{
	struct zeek_packed p;

	if (name.len == 0 || name.len > ZEEK_NAME_MAX)
		return ZEEK_UNKNOWN;
	p = zeek_pack(name, room);
	for (unsigned i = zeek_slot(p);; i = (i + 1) % ZEEK_SLOTS) {
		if (w->slot[i].a == p.a && w->slot[i].b == p.b &&
		    w->slot[i].len == name.len) /* a NUL at its end would not show */
			return (enum zeek_field)w->slot[i].field;
		if (w->slot[i].len == 0)
			return ZEEK_UNKNOWN;
	}
}

#define PROTO_UNKNOWN 255 /* reserved by IANA, so no log can mean it */
#define PROTO_WRONG   254 /* for experiments (RFC 3692), and no word stands for it */

/* Where words of at most seven bytes are remembered, and what tells one from another. */
struct zeek_word {
	uint64_t text;
	unsigned at;
	uint8_t tag;
};

static inline struct zeek_word
zeek_word(enum zeek_field field, uint64_t text, size_t len)
{
	struct zeek_word w = { .text = text, .tag = (uint8_t)(len << 5 | (field + 1)) };

	w.at = (unsigned)((text + w.tag) * UINT64_C(0x9e3779b97f4a7c15) >> 58);
	return w;
}

struct zeek_draft {
	struct flow *flow;
	struct zeek_words *words;
	/*
	 * Bytes before it may be read, though they are not the line's. NULL: no more
	 * than the line, and each value the long way.
	 */
	const uint8_t *limit;
	uint64_t duration_ns;
	uint32_t met;  /* fields that were there (JSON) */
	uint32_t seen; /* and had a value */
	uint8_t ip_proto;
	char path[32]; /* of a JSON line that names its log */
	/* The first trouble, NULL: none. */
	const char *why;
	enum zeek_field bad_field; /* ZEEK_UNKNOWN: it is about the line */
	struct span bad_value;     /* borrowed from the line; may be empty */
};

void zeek_draft_init(
    struct zeek_draft *, struct flow *, struct zeek_words *, const uint8_t *limit);

/* Each takes a field of the type it is for. */
void zeek_set_number(
    struct zeek_draft *, enum zeek_field, const struct decimal *, struct span text);
void zeek_set_text(struct zeek_draft *, enum zeek_field, struct span text);
void zeek_set_bool(struct zeek_draft *, enum zeek_field, bool);

/* Remember the first trouble. */
void zeek_bad(struct zeek_draft *, enum zeek_field, const char *why, struct span value);

/* All fields are set: complete the flow or say why there is none. */
void zeek_finish(struct zeek_draft *);

/* Does a log of this path hold connections? */
bool zeek_path_is_conn(const char *path);

#endif
