/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/kept_line.h"

#include <jansson.h>
#include <string.h>

#include "base/json.h"
#include "base/stamp.h"
#include "record/finding.h"

#define LINE_MOST 1024

static void
put_stamp(struct json *j, const char *key, uint64_t ns)
{
	char text[STAMP_TEXT];

	json_key(j, key), json_str(j, stamp_text(ns, text));
}

static void
put_uint(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key), json_uint(j, v);
}

void
kept_line_contact(const struct pair_key *k, const struct contact *c, struct buf *out)
{
	char ip[IP_TEXT], proto[8];
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "_path"), json_str(&j, "kept");
	put_uint(&j, "down", c->down);
	put_uint(&j, "down_pkts", c->down_pkts);
	put_uint(&j, "flags", c->flags);
	json_key(&j, "host"), json_str(&j, ip_text(&k->host, ip));
	put_uint(&j, "host_port", c->host_port);
	put_stamp(&j, "last", c->last_ns);
	json_key(&j, "peer"), json_str(&j, ip_text(&k->peer, ip));
	put_uint(&j, "port", k->port);
	json_key(&j, "proto"), json_str(&j, proto_text(k->proto, proto));
	put_uint(&j, "service", c->service);
	put_stamp(&j, "start", c->start_ns);
	put_uint(&j, "up", c->up);
	put_uint(&j, "up_pkts", c->up_pkts);
	json_close(&j, '}');
}

void
kept_line_run(const struct listening_run *r, struct buf *out)
{
	char hex[DIGEST_HEX];
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "_path"), json_str(&j, "heard");
	put_uint(&j, "contacts", r->contacts);
	put_stamp(&j, "first", r->first_ns);
	put_stamp(&j, "last", r->last_ns);
	put_uint(&j, "resolution_ns", r->resolution_ns);
	json_key(&j, "run"), json_str(&j, digest_hex(&r->id, hex));
	put_uint(&j, "shed", r->shed);
	json_close(&j, '}');
}

static bool
begins(struct span line, const char *with)
{
	size_t n = strlen(with);

	return line.len >= n && memcmp(line.at, with, n) == 0;
}

enum kept_line
kept_line_kind(struct span line)
{
	if (begins(line, "{\"_path\":\"kept\","))
		return KEPT_LINE_CONTACT;
	return begins(line, "{\"_path\":\"heard\",") ? KEPT_LINE_RUN : KEPT_LINE_NONE;
}

/* One line being taken apart. After the first trouble the rest is skipped. */
struct taker {
	json_t *object;
	bool bad;
};

static uint64_t
take_uint(struct taker *t, const char *key, uint64_t most)
{
	json_t *v = json_object_get(t->object, key);
	json_int_t n = json_integer_value(v);

	t->bad |= !json_is_integer(v) || n < 0 || (uint64_t)n > most;
	return t->bad ? 0 : (uint64_t)n;
}

static struct span
take_text(struct taker *t, const char *key)
{
	json_t *v = json_object_get(t->object, key);

	t->bad |= !json_is_string(v);
	if (t->bad)
		return (struct span){ (const uint8_t *)"", 0 };
	return (
	    struct span){ (const uint8_t *)json_string_value(v), json_string_length(v) };
}

static uint64_t
take_stamp(struct taker *t, const char *key)
{
	uint64_t ns = 0;

	t->bad |= !stamp_parse(take_text(t, key), &ns);
	return ns;
}

static struct ip
take_ip(struct taker *t, const char *key)
{
	struct ip ip = { 0 };

	t->bad |= !ip_parse(take_text(t, key), &ip);
	return ip;
}

static uint8_t
take_proto(struct taker *t, const char *key)
{
	struct span s = take_text(t, key);
	char room[8];

	for (unsigned n = 0; n < 256 && !t->bad; n++) {
		const char *text = proto_text((uint8_t)n, room);

		if (s.len == strlen(text) && memcmp(s.at, text, s.len) == 0)
			return (uint8_t)n;
	}
	t->bad = true;
	return 0;
}

static struct digest
take_digest(struct taker *t, const char *key)
{
	static const char digits[] = "0123456789abcdef";
	struct span s = take_text(t, key);
	struct digest d = { { 0 } };

	t->bad |= s.len != 2 * DIGEST_BYTES;
	for (size_t i = 0; i < s.len && !t->bad; i++) {
		const char *at = s.at[i] ? strchr(digits, s.at[i]) : NULL;

		t->bad |= at == NULL;
		if (at)
			d.b[i / 2] |= (uint8_t)((at - digits) << (i % 2 ? 0 : 4));
	}
	return d;
}

static void
contact_of(struct taker *t, struct pair_key *k, struct contact *c)
{
	*k = (struct pair_key){ .host = take_ip(t, "host") };
	k->peer = take_ip(t, "peer");
	k->port = (uint16_t)take_uint(t, "port", UINT16_MAX);
	k->proto = take_proto(t, "proto");
	*c = (struct contact){ .start_ns = take_stamp(t, "start") };
	c->last_ns = take_stamp(t, "last");
	c->up = (uint32_t)take_uint(t, "up", UINT32_MAX);
	c->down = (uint32_t)take_uint(t, "down", UINT32_MAX);
	c->up_pkts = (uint32_t)take_uint(t, "up_pkts", UINT32_MAX);
	c->down_pkts = (uint32_t)take_uint(t, "down_pkts", UINT32_MAX);
	c->host_port = (uint16_t)take_uint(t, "host_port", UINT16_MAX);
	c->flags = (uint8_t)take_uint(t, "flags", UINT8_MAX);
	c->service = (uint8_t)take_uint(t, "service", UINT8_MAX);
}

static void
run_of(struct taker *t, struct listening_run *r)
{
	*r = (struct listening_run){ .id = take_digest(t, "run") };
	r->first_ns = take_stamp(t, "first");
	r->last_ns = take_stamp(t, "last");
	r->contacts = take_uint(t, "contacts", INT64_MAX);
	r->shed = take_uint(t, "shed", INT64_MAX);
	r->resolution_ns = take_uint(t, "resolution_ns", INT64_MAX);
	t->bad |= r->last_ns < r->first_ns;
}

static enum status
take_object(struct span line, struct taker *t, struct error *err)
{
	json_error_t why;

	*t = (struct taker){ 0 };
	if (line.len == 0 || line.len > LINE_MOST)
		return error_set(err, E_FORMAT, "a line of %zu bytes", line.len);
	t->object =
	    json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &why);
	if (t->object == NULL)
		return error_set(err, E_FORMAT, "%s at byte %d", why.text, why.position);
	return OK;
}

/* The bytes we would write for what we read must be the bytes we read. */
static enum status
settle(struct taker *t, struct span line, const struct buf *again, struct error *err)
{
	bool same = !again->bad && again->len == line.len &&
		    memcmp(again->at, line.at, line.len) == 0;

	json_decref(t->object);
	return same ? OK
		    : error_set(err, E_FORMAT,
			  "a field is missing, unknown, wrong or not in canonical form");
}

enum status
kept_line_take_contact(
    struct span line, struct pair_key *key, struct contact *contact, struct error *err)
{
	char room[LINE_MOST + 1];
	struct buf again = buf_over(room, sizeof room);
	struct pair_key k;
	struct contact c;
	struct taker t;
	enum status st = take_object(line, &t, err);

	if (st != OK)
		return st;
	contact_of(&t, &k, &c);
	if (!t.bad)
		kept_line_contact(&k, &c, &again);
	st = settle(&t, line, &again, err);
	if (st == OK) {
		*key = k;
		*contact = c;
	}
	return st;
}

enum status
kept_line_take_run(struct span line, struct listening_run *run, struct error *err)
{
	char room[LINE_MOST + 1];
	struct buf again = buf_over(room, sizeof room);
	struct listening_run r;
	struct taker t;
	enum status st = take_object(line, &t, err);

	if (st != OK)
		return st;
	run_of(&t, &r);
	if (!t.bad)
		kept_line_run(&r, &again);
	st = settle(&t, line, &again, err);
	if (st == OK)
		*run = r;
	return st;
}
