/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/eve_dns.h"

#include <stdlib.h>
#include <string.h>

#include "collect/eve_trait.h"

#define ANSWERS  8 /* of version 1, which tells each in an event of its own */
#define DNS_PORT 53

/* A question, or what version 1 told of its answer so far. */
struct waiting {
	bool used, answered;
	uint16_t id, qtype;
	uint8_t rcode, name_len;
	uint8_t answers;
	uint64_t time_ns, uid, where;
	struct ip orig, resp;
	uint16_t orig_port, resp_port;
	uint8_t proto;
	struct {
		struct ip ip;
		uint32_t ttl;
	} answer[ANSWERS];
	char name[TRAIT_NAME];
};

struct eve_dns {
	trait_sink *sink;
	void *state;
	struct waiting waiting[EVE_WAITING];
};

/* One event, whatever the version. */
struct message {
	struct span type, name, rrtype, rcode, rdata;
	struct span answers; /* the array */
	uint64_t version, id, ttl;
};

struct eve_dns *
eve_dns_new(trait_sink *sink, void *state)
{
	struct eve_dns *d = calloc(1, sizeof *d);

	if (d) {
		d->sink = sink;
		d->state = state;
	}
	return d;
}

static uint16_t
number_of(struct span s, const char *const *names, const uint16_t *numbers, size_t n)
{
	uint64_t v;

	for (size_t i = 0; i < n; i++)
		if (told_is(s, names[i]))
			return numbers[i];
	/* "TYPE65", "UNKNOWN(65)" and plain numbers */
	while (s.len > 0 && (*s.at < '0' || *s.at > '9')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && s.at[s.len - 1] == ')')
		s.len--;
	return told_count(s, &v) && v <= UINT16_MAX ? (uint16_t)v : 0;
}

static uint16_t
type_of(struct span s)
{
	static const char *const names[] = { "A", "NS", "CNAME", "SOA", "NULL", "PTR",
		"HINFO", "MX", "TXT", "AAAA", "SRV", "NAPTR", "DNAME", "DS", "SSHFP",
		"RRSIG", "NSEC", "DNSKEY", "NSEC3", "TLSA", "SVCB", "HTTPS", "SPF", "TKEY",
		"IXFR", "AXFR", "ANY", "*", "CAA" };
	static const uint16_t numbers[] = { 1, 2, 5, 6, 10, 12, 13, 15, 16, 28, 33, 35, 39,
		43, 44, 46, 47, 48, 50, 52, 64, 65, 99, 249, 251, 252, 255, 255, 257 };

	return number_of(s, names, numbers, sizeof numbers / sizeof *numbers);
}

static uint8_t
rcode_of(struct span s)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
		"NOTZONE" };
	static const uint16_t numbers[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

	return (uint8_t)number_of(s, names, numbers, sizeof numbers / sizeof *numbers);
}

/* The next object of an array; what is no object ends it. */
static bool
next_object(struct span *array, struct span *object)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i = 0, from = 0;

	/* Checked when the line was scanned: brackets match, and strings end. */
	for (; i < array->len; i++) {
		uint8_t c = array->at[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{') {
			if (depth++ == 0)
				from = i;
		} else if (c == '}' && depth > 0 && --depth == 0) {
			*object = (struct span){ array->at + from, i + 1 - from };
			array->at += i + 1;
			array->len -= i + 1;
			return true;
		}
	}
	return false;
}

/* Version 3 keeps questions apart; the first counts. */
static void
read_question(struct eve_room *room, struct span object, struct message *m)
{
	struct scan_value key, v;
	struct json_scan s;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "rrname"))
			m->name = eve_host(room, &v);
		else if (told_is(key.text, "rrtype"))
			m->rrtype = eve_plain(&v);
	}
}

static void
read_message(struct eve_room *room, struct span object, struct message *m)
{
	struct scan_value key, v;
	struct json_scan s;

	*m = (struct message){ .version = 1 };
	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		struct span list = v.text, first;

		if (told_is(key.text, "type"))
			m->type = eve_plain(&v);
		else if (told_is(key.text, "version"))
			m->version = eve_count(&v, 99);
		else if (told_is(key.text, "id"))
			m->id = eve_count(&v, UINT16_MAX);
		else if (told_is(key.text, "ttl"))
			m->ttl = eve_count(&v, UINT32_MAX);
		else if (told_is(key.text, "rrname"))
			m->name = eve_host(room, &v);
		else if (told_is(key.text, "rrtype"))
			m->rrtype = eve_plain(&v);
		else if (told_is(key.text, "rcode"))
			m->rcode = eve_plain(&v);
		else if (told_is(key.text, "rdata"))
			m->rdata = eve_plain(&v);
		else if (told_is(key.text, "answers") && v.kind == SCAN_ARRAY)
			m->answers = v.text;
		else if (told_is(key.text, "queries") && v.kind == SCAN_ARRAY &&
			 next_object(&list, &first))
			read_question(room, first, m);
	}
}

/* {"rrname":"a.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"} */
static void
read_answer(struct eve_room *room, struct span object, struct trait_answer *a)
{
	struct scan_value key, v;
	struct json_scan s;

	*a = (struct trait_answer){ 0 };
	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "rrtype"))
			a->type = type_of(eve_plain(&v));
		else if (told_is(key.text, "ttl"))
			a->ttl = (uint32_t)eve_count(&v, UINT32_MAX);
		else if (told_is(key.text, "rdata") && v.kind == SCAN_STRING) {
			a->is_address = ip_parse(eve_plain(&v), &a->address);
			if (!a->is_address)
				a->text = eve_text(room, &v, TRAIT_TEXT);
		}
	}
}

/* Both directions of a flow are one: version 3 turns the ends of a response round. */
static bool
same_flow(const struct waiting *a, const struct trait *b)
{
	if (a->proto != b->proto)
		return false;
	if (a->orig_port == b->orig_port && a->resp_port == b->resp_port)
		return ip_equal(&a->orig, &b->orig) && ip_equal(&a->resp, &b->resp);
	return a->orig_port == b->resp_port && a->resp_port == b->orig_port &&
	       ip_equal(&a->orig, &b->resp) && ip_equal(&a->resp, &b->orig);
}

static unsigned
place_of(const struct trait *t, uint64_t id)
{
	uint64_t h = id * UINT64_C(0x9e3779b97f4a7c15);

	h ^= (uint64_t)(t->orig_port ^ t->resp_port) * UINT64_C(0xff51afd7ed558ccd);
	for (unsigned i = 0; i < 16; i++)
		h = (h ^ (t->orig.b[i] ^ t->resp.b[i])) * UINT64_C(0x100000001b3);
	return (unsigned)(h >> 32) % EVE_WAITING;
}

/* Who asked, and when. */
static void
asked_by(const struct waiting *w, struct trait *t)
{
	t->time_ns = w->time_ns;
	t->uid = w->uid;
	t->orig = w->orig;
	t->resp = w->resp;
	t->orig_port = w->orig_port;
	t->resp_port = w->resp_port;
	t->proto = w->proto;
	t->source = 0;
	t->within = false;
}

static void
tell(struct eve_dns *d, struct waiting *w)
{
	struct trait t;

	if (!w->used)
		return;
	asked_by(w, &t);
	t.where = w->where;
	t.kind = TRAIT_DNS;
	t.dns = (struct trait_dns){
		.query = { (const uint8_t *)w->name, w->name_len },
		.id = w->id,
		.qtype = w->qtype,
		.qclass = 1,
		.rcode = w->rcode,
		.answered = w->answered,
		.answers = w->answers,
	};
	for (unsigned i = 0; i < w->answers; i++)
		t.dns.answer[i] = (struct trait_answer){ .is_address = true,
			.type = ip_is_v4(&w->answer[i].ip) ? 1 : 28,
			.ttl = w->answer[i].ttl,
			.address = w->answer[i].ip };
	w->used = false;
	d->sink(d->state, &t);
}

void
eve_dns_finish(struct eve_dns *d)
{
	for (unsigned i = 0; i < EVE_WAITING; i++)
		tell(d, &d->waiting[i]);
}

/* The server is whoever has its port; answers may come with the ends turned round. */
static void
turn(struct trait *t)
{
	struct ip ip = t->orig;
	uint16_t port = t->orig_port;

	if (t->orig_port != DNS_PORT || t->resp_port == DNS_PORT)
		return;
	t->orig = t->resp;
	t->orig_port = t->resp_port;
	t->resp = ip;
	t->resp_port = port;
}

static bool
is_of(const struct waiting *w, const struct message *m, const struct trait *t)
{
	return w->used && w->id == m->id && same_flow(w, t);
}

static void
wait_for(
    struct eve_dns *d, struct waiting *w, const struct message *m, const struct trait *t)
{
	if (is_of(w, m, t) && !w->answered)
		return; /* asked again */
	tell(d, w);
	w->used = true;
	w->answered = false;
	w->answers = w->rcode = 0;
	w->id = (uint16_t)m->id;
	w->qtype = type_of(m->rrtype);
	w->time_ns = t->time_ns;
	w->uid = t->uid;
	w->where = t->where;
	w->orig = t->orig;
	w->resp = t->resp;
	w->orig_port = t->orig_port;
	w->resp_port = t->resp_port;
	w->proto = t->proto;
	w->name_len = (uint8_t)(m->name.len < TRAIT_NAME ? m->name.len : TRAIT_NAME);
	if (w->name_len > 0)
		memcpy(w->name, m->name.at, w->name_len);
}

/* Version 1: one answer; more may follow. */
static void
add_answer(
    struct eve_dns *d, struct waiting *w, const struct message *m, const struct trait *t)
{
	struct ip ip;

	if (!is_of(w, m, t))
		wait_for(d, w, m, t);
	w->answered = true;
	w->rcode = rcode_of(m->rcode);
	if (w->answers < ANSWERS && ip_parse(m->rdata, &ip)) {
		w->answer[w->answers].ip = ip;
		w->answer[w->answers++].ttl = (uint32_t)m->ttl;
	}
}

/* All of the answer in one event. */
static void
tell_answer(struct eve_dns *d, struct eve_room *room, struct waiting *w,
    const struct message *m, struct trait *t)
{
	struct span rest = m->answers, object;
	uint64_t then = t->time_ns;
	bool waited = is_of(w, m, t);

	if (waited) {
		asked_by(w, t);
		w->used = false;
	}
	t->kind = TRAIT_DNS;
	t->dns = (struct trait_dns){ .query = m->name,
		.id = (uint16_t)m->id,
		.qtype = type_of(m->rrtype),
		.qclass = 1,
		.rcode = rcode_of(m->rcode),
		.answered = true };
	if (waited && then > t->time_ns)
		t->dns.rtt_ns = then - t->time_ns;
	while (next_object(&rest, &object)) {
		if (t->dns.answers == TRAIT_ANSWERS)
			t->dns.answers_more++;
		else
			read_answer(room, object, &t->dns.answer[t->dns.answers++]);
	}
	d->sink(d->state, t);
}

const char *
eve_dns_event(struct eve_dns *d, struct eve_room *room, struct span object, struct trait *t)
{
	struct waiting *w;
	struct message m;

	read_message(room, object, &m);
	turn(t);
	w = &d->waiting[place_of(t, m.id)];
	if (told_is(m.type, "query") || told_is(m.type, "request"))
		wait_for(d, w, &m, t);
	else if (!told_is(m.type, "answer") && !told_is(m.type, "response"))
		return "neither a question nor an answer";
	else if (m.version == 1)
		add_answer(d, w, &m, t);
	else
		tell_answer(d, room, w, &m, t);
	return NULL;
}
