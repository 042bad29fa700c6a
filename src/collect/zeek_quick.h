/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_quick.h - a value as Zeek writes nearly all of them, into the draft at once.
 *
 * Nothing here judges. A value that is not of the usual shape, or that cannot be,
 * gives NULL, and the reader goes the long way, which knows why. What both ways
 * take they take alike.
 */
#ifndef COLLECT_ZEEK_QUICK_H
#define COLLECT_ZEEK_QUICK_H

#include <assert.h>

#include "collect/zeek_field.h"

/* Bytes that must be there from the value on, whosever they are. */
#define ZEEK_QUICK_ROOM 64

static_assert(ZEEK_QUICK_ROOM >= DECIMAL_SECONDS, "a time is read past its end");

static const uint8_t ZEEK_KEEP[32] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* A string of JSON without an escape and not longer than an address. */
static inline const uint8_t *
zeek_quick_string(const uint8_t *at, struct span *s)
{
	const uint8_t *end;

	if (*at != '"')
		return NULL;
	end = json_scan_plain(at + 1, at + 49);
	s->at = at + 1;
	s->len = (size_t)(end - at - 1);
	return *end == '"' ? end + 1 : NULL;
}

static inline bool
zeek_quick_word(struct zeek_draft *d, enum zeek_field field, struct span s, uint8_t *out)
{
	uint64_t text, keep;
	struct zeek_word w;

	if (s.len - 1 > 6)
		return false;
	memcpy(&text, s.at, sizeof text);
	memcpy(&keep, ZEEK_KEEP + 16 - s.len, sizeof keep);
	w = zeek_word(field, text & keep, s.len);
	if (d->words->memo[w.at].text != w.text || d->words->memo[w.at].tag != w.tag)
		return false;
	*out = d->words->memo[w.at].value;
	return true;
}

static inline bool
zeek_quick_history(struct flow *f, struct span s)
{
#ifdef __SSE2__
	__m128i text, keep, low, good;

	if (s.len - 1 > 14)
		return false;
	text = _mm_loadu_si128((const __m128i *)(const void *)s.at);
	keep = _mm_loadu_si128((const __m128i *)(const void *)(ZEEK_KEEP + 16 - s.len));
	low = _mm_or_si128(text, _mm_set1_epi8(0x20));
	good = _mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
	    _mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1)));
	good = _mm_or_si128(good, _mm_cmpeq_epi8(text, _mm_set1_epi8('^')));
	if (_mm_movemask_epi8(_mm_andnot_si128(good, keep)) != 0)
		return false;
	_mm_storeu_si128((__m128i *)(void *)f->history, _mm_and_si128(text, keep));
	return true;
#else
	(void)f;
	(void)s;
	return false;
#endif
}

static inline const uint8_t *
zeek_quick_bool(struct flow *f, enum zeek_field field, const uint8_t *at, bool json)
{
	bool orig = field == ZEEK_LOCAL_ORIG, yes;
	size_t n = 1;

	if (json) {
		yes = memcmp(at, "true", 4) == 0;
		n = yes ? 4 : 5;
		if (!yes && memcmp(at, "false", 5) != 0)
			return NULL;
	} else {
		yes = *at == 'T';
		if (!yes && *at != 'F')
			return NULL;
	}
	if (orig)
		f->flags |= yes ? FLOW_ORIG_LOCAL : FLOW_ORIG_REMOTE;
	else
		f->flags |= yes ? FLOW_RESP_LOCAL : FLOW_RESP_REMOTE;
	return at + n;
}

static inline const uint8_t *
zeek_quick_text(struct zeek_draft *d, enum zeek_field field, struct span s, bool json)
{
	const uint8_t *after = s.at + s.len;
	struct flow *f = d->flow;
	bool good;

	if (json) {
		after = zeek_quick_string(s.at, &s);
		if (after == NULL || (s.len == 1 && s.at[0] == '-'))
			return NULL;
	}
	switch (field) {
	case ZEEK_ORIG_H:
		good = ip_parse(s, &f->orig);
		break;
	case ZEEK_RESP_H:
		good = ip_parse(s, &f->resp);
		break;
	case ZEEK_PROTO:
		good = zeek_quick_word(d, field, s, &f->proto) && f->proto != PROTO_WRONG;
		break;
	case ZEEK_SERVICE:
		good = zeek_quick_word(d, field, s, &f->service);
		break;
	case ZEEK_CONN_STATE:
		good = zeek_quick_word(d, field, s, &f->state);
		break;
	default:
		good = zeek_quick_history(f, s);
		break;
	}
	return good ? after : NULL;
}

static inline const uint8_t *
zeek_quick_seconds(const uint8_t *at, uint64_t *ns)
{
	unsigned n = decimal_seconds(at, ns);

	return n > 0 && *ns < ZEEK_TIME_END ? at + n : NULL;
}

static inline const uint8_t *
zeek_quick_port(const uint8_t *at, uint16_t *port)
{
	uint32_t v;
	unsigned n = decimal_small(at, &v);

	if (n == 0 || v > UINT16_MAX)
		return NULL;
	*port = (uint16_t)v;
	return at + n;
}

static inline const uint8_t *
zeek_quick_count(const uint8_t *at, uint64_t *count)
{
	uint32_t v;
	unsigned n = decimal_small(at, &v);

	if (n == 0)
		return NULL;
	*count = v;
	return at + n;
}

/*
 * The value that begins at v.at, where ZEEK_QUICK_ROOM bytes can be read: the place
 * behind it, or NULL. Of JSON its length is not known before; of TSV it is v.len, and
 * the value was one only if the place is its end.
 */
static inline const uint8_t *
zeek_quick(struct zeek_draft *d, enum zeek_field field, struct span v, bool json)
{
	struct flow *f = d->flow;
	struct span s;
	uint64_t any;

	switch (field) {
	case ZEEK_TS:
		return zeek_quick_seconds(v.at, &f->first_ns);
	case ZEEK_DURATION:
		return zeek_quick_seconds(v.at, &d->duration_ns);
	case ZEEK_ORIG_P:
		return zeek_quick_port(v.at, &f->orig_port);
	case ZEEK_RESP_P:
		return zeek_quick_port(v.at, &f->resp_port);
	case ZEEK_ORIG_BYTES:
		return zeek_quick_count(v.at, &f->orig_bytes);
	case ZEEK_RESP_BYTES:
		return zeek_quick_count(v.at, &f->resp_bytes);
	case ZEEK_ORIG_PKTS:
		return zeek_quick_count(v.at, &f->orig_pkts);
	case ZEEK_RESP_PKTS:
		return zeek_quick_count(v.at, &f->resp_pkts);
	case ZEEK_ORIG_IP_BYTES:
		return zeek_quick_count(v.at, &f->orig_ip_bytes);
	case ZEEK_RESP_IP_BYTES:
		return zeek_quick_count(v.at, &f->resp_ip_bytes);
	case ZEEK_ORIG_H:
	case ZEEK_RESP_H:
	case ZEEK_PROTO:
	case ZEEK_SERVICE:
	case ZEEK_CONN_STATE:
	case ZEEK_HISTORY:
		return zeek_quick_text(d, field, v, json);
	case ZEEK_LOCAL_ORIG:
	case ZEEK_LOCAL_RESP:
		return zeek_quick_bool(f, field, v.at, json);
	case ZEEK_UID:
		return json ? zeek_quick_string(v.at, &s) : NULL;
	case ZEEK_MISSED_BYTES:
		return json ? zeek_quick_count(v.at, &any) : NULL;
	default:
		return NULL;
	}
}

#endif
