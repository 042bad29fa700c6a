/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/eve_value.h"

#include <string.h>

#include "record/trait.h"

struct span
eve_plain(const struct scan_value *v)
{
	if (v->kind != SCAN_STRING || v->escaped)
		return (struct span){ 0 };
	return v->text;
}

uint64_t
eve_count(const struct scan_value *v, uint64_t most)
{
	uint64_t n = 0;

	if (v->kind == SCAN_NUMBER ? !decimal_whole(&v->number, &n)
				   : !told_count(eve_plain(v), &n))
		return 0;
	return n <= most ? n : 0;
}

static uint8_t *
take(struct eve_room *room, size_t n)
{
	uint8_t *at = room->bytes + room->used;

	if (n > EVE_ROOM - room->used)
		return NULL;
	room->used += n;
	return at;
}

struct span
eve_text(struct eve_room *room, const struct scan_value *v, size_t most)
{
	struct span s;

	if (v->kind != SCAN_STRING ||
	    !json_scan_text(v, room->bytes + room->used, EVE_ROOM - room->used, &s))
		return (struct span){ 0 };
	if (v->escaped)
		(void)take(room, s.len);
	if (s.len > most)
		s.len = most;
	return s;
}

struct span
eve_host(struct eve_room *room, const struct scan_value *v)
{
	struct span s = eve_text(room, v, TRAIT_NAME);
	uint8_t *at = take(room, s.len);

	if (at == NULL || s.len == 0)
		return (struct span){ 0 };
	for (size_t i = 0; i < s.len; i++)
		at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 0x20 : s.at[i];
	return (struct span){ at, s.len - (s.len > 1 && at[s.len - 1] == '.') };
}

struct span
eve_host_port(struct eve_room *room, const struct scan_value *v, uint16_t *port)
{
	struct span s = eve_host(room, v);
	const uint8_t *colon = s.len ? memrchr(s.at, ':', s.len) : NULL;
	uint64_t n;

	if (colon == NULL || (memchr(s.at, ':', s.len) != colon && colon[-1] != ']'))
		return s; /* no port, or an address of IPv6 alone */
	if (told_count(
		(struct span){ colon + 1, s.len - (size_t)(colon + 1 - s.at) }, &n) &&
	    n <= UINT16_MAX)
		*port = (uint16_t)n;
	s.len = (size_t)(colon - s.at);
	if (s.len > 1 && s.at[0] == '[' && s.at[s.len - 1] == ']')
		s = (struct span){ s.at + 1, s.len - 2 };
	return s;
}

struct span
eve_identification(struct eve_room *room, const struct scan_value *version,
    const struct scan_value *software)
{
	struct span v = eve_text(room, version, TRAIT_NAME),
		    w = eve_text(room, software, TRAIT_NAME);
	uint8_t *at;

	if (v.len == 0 || w.len == 0 || (at = take(room, v.len + w.len + 5)) == NULL)
		return (struct span){ 0 };
	memcpy(at, "SSH-", 4);
	memcpy(at + 4, v.at, v.len);
	at[4 + v.len] = '-';
	memcpy(at + 5 + v.len, w.at, w.len);
	return (struct span){ at, v.len + w.len + 5 };
}

bool
eve_hex(struct span s, uint8_t *out, size_t n)
{
	if (s.len != 2 * n)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i], low = c | 0x20;

		if (!(c >= '0' && c <= '9') && !(low >= 'a' && low <= 'f'))
			return false;
		c = (uint8_t)(c <= '9' ? c - '0' : low - 'a' + 10);
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] << 4 | c : c);
	}
	return true;
}

bool
eve_head_takes(struct eve_head *h, const struct scan_value *key, const struct scan_value *v)
{
	if (told_is(key->text, "event_type"))
		h->type = eve_plain(v);
	else if (told_is(key->text, "timestamp"))
		h->timestamp = eve_plain(v);
	else if (told_is(key->text, "src_ip"))
		h->src = eve_plain(v);
	else if (told_is(key->text, "dest_ip"))
		h->dst = eve_plain(v);
	else if (told_is(key->text, "src_port"))
		h->src_port = eve_count(v, UINT16_MAX);
	else if (told_is(key->text, "dest_port"))
		h->dst_port = eve_count(v, UINT16_MAX);
	else if (told_is(key->text, "proto"))
		h->proto = eve_plain(v);
	else
		return false;
	return true;
}

const char *
eve_head_ends(const struct eve_head *h, struct eve_ends *out)
{
	struct eve_ends e = { .src_port = (uint16_t)h->src_port,
		.dst_port = (uint16_t)h->dst_port };
	bool zoned;

	if (!ip_parse(h->src, &e.src) || !ip_parse(h->dst, &e.dst))
		return "no two addresses";
	if (!told_proto(h->proto, &e.proto))
		return "not a protocol we know";
	if (!told_time(h->timestamp, &e.time_ns, &zoned, NULL) || e.time_ns == 0)
		return "without a time";
	*out = e;
	return NULL;
}
