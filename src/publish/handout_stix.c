/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A STIX 2.1 bundle.
 *
 * For each finding: what was seen (observed-data of addresses, a name and the
 * traffic between them), where it lies in the evidence (a note), and, when the
 * other end is worth watching for, an indicator with a sighting of it here.
 *
 * No object has a `confidence`: a finding says how unlikely it is by chance, and
 * that is no degree of belief in a conclusion. Nobody is named as doing it. The
 * type of an indicator is "anomalous-activity": what was seen, and no more.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "publish/escape.h"
#include "publish/handout_own.h"
#include "publish/words.h"
#include "record/flow.h"

#define ID_TEXT     (32 + UUID_TEXT)
#define COUNT_MOST  UINT64_C(999999999)
#define TLP_CREATED "2022-10-01T00:00:00.000Z"
#define TLP_EXTENDS "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
#define SHORT_MAX   ((size_t)16 << 10)
#define NEVER       "1970-01-01T00:00:00.000Z"
#define PER_FINDING 5 /* objects of one finding that others may share */

/* An object that several findings share is written once: the first of its id. */
struct shared {
	char id[ID_TEXT];
	const struct handout_item *item;
	enum { SCO_HOST, SCO_PEER, SCO_NAME, SCO_TRAFFIC, SDO_TECHNIQUE } what;
};

struct stix {
	const struct handout *h;
	struct json *j;
	struct buf *scratch; /* of one text */
	char marking[ID_TEXT], sensor[ID_TEXT];
};

static const char *const TLP_UUID[] = {
#define X(name, text, id) id,
	TLP_LEVELS(X)
#undef X
};

static void
id_of(const char *type, const struct uuid *u, char id[static ID_TEXT])
{
	char text[UUID_TEXT];

	(void)snprintf(id, ID_TEXT, "%s--%s", type, uuid_text(u, text));
}

static void
our_id(const char *type, const struct handout_item *it, char id[static ID_TEXT])
{
	struct uuid u = uuid_ours(type, it->ref);

	id_of(type, &u, id);
}

static void
put(struct stix *s, const char *key, const char *value)
{
	json_key(s->j, key);
	json_str(s->j, value);
}

static void
put_scratch(struct stix *s, const char *key)
{
	json_key(s->j, key);
	json_bytes(s->j, buf_span(s->scratch));
	s->j->out->bad |= s->scratch->bad;
}

static void
put_stamp(struct stix *s, const char *key, uint64_t t_ns)
{
	buf_reset(s->scratch);
	handout_stamp(t_ns, 3, "Z", s->scratch);
	put_scratch(s, key);
}

static void
put_list(struct stix *s, const char *key, const char *only)
{
	json_key(s->j, key);
	json_open(s->j, '[');
	json_str(s->j, only);
	json_close(s->j, ']');
}

/* The id of an observable whose id hangs on its value alone. */
static void
value_id(const char *type, const char *value, char id[static ID_TEXT])
{
	struct buf jcs = { .max = SHORT_MAX };
	struct json j;
	struct uuid u;

	json_init(&j, &jcs);
	json_open(&j, '{');
	json_key(&j, "value"), json_str(&j, value);
	json_close(&j, '}');
	u = uuid_of(&uuid_stix, buf_span(&jcs));
	buf_release(&jcs);
	id_of(type, &u, id);
}

static const char *
ip_type(const struct ip *ip)
{
	return ip_is_v4(ip) ? "ipv4-addr" : "ipv6-addr";
}

static void
ip_id(const struct ip *ip, char id[static ID_TEXT])
{
	char text[IP_TEXT];

	value_id(ip_type(ip), ip_text(ip, text), id);
}

/* The properties that the id of network-traffic hangs on: all but id and type. */
static void
traffic_properties(const struct handout_item *it, struct json *j)
{
	char id[ID_TEXT], proto[8];
	struct buf stamp = { .max = SHORT_MAX };

	if (it->has_peer && it->port)
		json_key(j, "dst_port"), json_uint(j, it->port);
	if (it->has_peer || it->name[0]) {
		if (it->has_peer)
			ip_id(&it->peer, id);
		else
			value_id("domain-name", it->name, id);
		json_key(j, "dst_ref"), json_str(j, id);
	}
	handout_stamp(it->last_ns, 3, "Z", &stamp);
	json_key(j, "end"), json_bytes(j, buf_span(&stamp));
	json_key(j, "protocols"), json_open(j, '[');
	json_str(j, ip_is_v4(&it->host) ? "ipv4" : "ipv6");
	if (it->proto)
		json_str(j, proto_text(it->proto, proto));
	json_close(j, ']');
	ip_id(&it->host, id);
	json_key(j, "src_ref"), json_str(j, id);
	buf_reset(&stamp);
	handout_stamp(it->first_ns, 3, "Z", &stamp);
	json_key(j, "start"), json_bytes(j, buf_span(&stamp));
	j->out->bad |= stamp.bad;
	buf_release(&stamp);
}

static void
traffic_id(const struct handout_item *it, char id[static ID_TEXT])
{
	struct buf jcs = { .max = SHORT_MAX };
	struct json j;
	struct uuid u;

	json_init(&j, &jcs);
	json_open(&j, '{');
	traffic_properties(it, &j);
	json_close(&j, '}');
	u = uuid_of(&uuid_stix, buf_span(&jcs));
	buf_release(&jcs);
	id_of("network-traffic", &u, id);
}

/* Where it lies in the evidence. */
static void
put_reference(struct stix *s, const char *source, const char *id, const char *what)
{
	json_open(s->j, '{');
	if (what)
		put(s, "description", what);
	put(s, "external_id", id);
	put(s, "source_name", source);
	json_close(s->j, '}');
}

static void
put_references(struct stix *s, const struct handout_item *it, bool technique)
{
	char hex[DIGEST_HEX], entry[DIGEST_HEX + 32];

	json_key(s->j, "external_references");
	json_open(s->j, '[');
	if (technique && it->technique[0])
		put_reference(s, "mitre-attack", it->technique, NULL);
	if (!s->h->choice.hide)
		put_reference(s, "geophone-finding", it->ref,
		    "SHA-256 of the finding's canonical form");
	put_reference(s, "geophone-statement", it->statement,
	    "SHA-256 of what the sensor signed (DSSE PAE)");
	for (unsigned i = 0; i < it->slices; i++)
		put_reference(s, "geophone-slice", digest_hex(&it->slice[i], hex),
		    "SHA-256 of the packets or flows it was made of");
	if (it->logged) {
		buf_reset(s->scratch);
		buf_puts(s->scratch, "entry of the transparency log ");
		escape_str(s->scratch, ESCAPE_TEXT, it->origin);
		(void)snprintf(entry, sizeof entry, "%" PRIu64 " %s", it->index, it->leaf);
		put_reference(
		    s, "geophone-log-entry", entry, s->scratch->bad ? "" : s->scratch->at);
	}
	json_close(s->j, ']');
}

/*
 * Keys go up by bytes, so the common properties are in three pieces around what is
 * an object's own: here `created` to `created_by_ref`.
 */
static void
put_created(struct stix *s, uint64_t t_ns)
{
	put_stamp(s, "created", t_ns);
	put(s, "created_by_ref", s->sensor);
}

static void
put_marked(struct stix *s)
{
	put_list(s, "object_marking_refs", s->marking);
}

static void
put_marking(struct stix *s)
{
	char upper[32] = "TLP:";
	const char *level = tlp_text(s->h->choice.tlp);
	size_t n = 4;

	for (const char *c = level; *c && n + 1 < sizeof upper; c++, n++)
		upper[n] = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	json_open(s->j, '{');
	put(s, "created", TLP_CREATED);
	json_key(s->j, "extensions"), json_open(s->j, '{');
	json_key(s->j, TLP_EXTENDS), json_open(s->j, '{');
	put(s, "extension_type", "property-extension");
	put(s, "tlp_2_0", level);
	json_close(s->j, '}');
	json_close(s->j, '}');
	put(s, "id", s->marking);
	put(s, "name", upper);
	put(s, "spec_version", "2.1");
	put(s, "type", "marking-definition");
	json_close(s->j, '}');
}

/* When the sensor came to be is not known here, and one id must not have two times. */
static void
put_sensor(struct stix *s)
{
	json_open(s->j, '{');
	put(s, "created", NEVER);
	json_key(s->j, "external_references"), json_open(s->j, '[');
	put_reference(
	    s, "geophone-key", s->h->key_id, "SHA-256 of the sensor's public key");
	json_close(s->j, ']');
	put(s, "id", s->sensor);
	put(s, "identity_class", "system");
	put(s, "modified", NEVER);
	buf_reset(s->scratch);
	buf_printf(s->scratch, "Geophone sensor %.16s", s->h->key_id);
	put_scratch(s, "name");
	put_marked(s);
	put(s, "spec_version", "2.1");
	put(s, "type", "identity");
	json_close(s->j, '}');
}

static void
put_traffic(struct stix *s, const struct handout_item *it)
{
	char id[ID_TEXT], ref[ID_TEXT], proto[8];

	traffic_id(it, id);
	json_open(s->j, '{');
	if (it->has_peer && it->port)
		json_key(s->j, "dst_port"), json_uint(s->j, it->port);
	if (it->has_peer || it->name[0]) {
		if (it->has_peer)
			ip_id(&it->peer, ref);
		else
			value_id("domain-name", it->name, ref);
		put(s, "dst_ref", ref);
	}
	put_stamp(s, "end", it->last_ns);
	put(s, "id", id);
	put_marked(s);
	json_key(s->j, "protocols"), json_open(s->j, '[');
	json_str(s->j, ip_is_v4(&it->host) ? "ipv4" : "ipv6");
	if (it->proto)
		json_str(s->j, proto_text(it->proto, proto));
	json_close(s->j, ']');
	put(s, "spec_version", "2.1");
	ip_id(&it->host, ref);
	put(s, "src_ref", ref);
	put_stamp(s, "start", it->first_ns);
	put(s, "type", "network-traffic");
	json_close(s->j, '}');
}

static void
put_shared(struct stix *s, const struct shared *x)
{
	const struct handout_item *it = x->item;
	const char *name;
	char text[IP_TEXT];

	if (x->what == SCO_TRAFFIC) {
		put_traffic(s, it);
		return;
	}
	json_open(s->j, '{');
	if (x->what == SDO_TECHNIQUE) {
		name = words_technique(it->technique);
		put(s, "created", NEVER);
		put(s, "created_by_ref", s->sensor);
		json_key(s->j, "external_references"), json_open(s->j, '[');
		put_reference(s, "mitre-attack", it->technique, NULL);
		json_close(s->j, ']');
		put(s, "id", x->id);
		put(s, "modified", NEVER);
		put(s, "name", name ? name : it->technique);
	} else {
		put(s, "id", x->id);
	}
	put_marked(s);
	put(s, "spec_version", "2.1");
	switch (x->what) {
	case SCO_TRAFFIC: /* is gone above */
	case SDO_TECHNIQUE:
		put(s, "type", "attack-pattern");
		break;
	case SCO_NAME:
		put(s, "type", "domain-name");
		put(s, "value", it->name);
		break;
	case SCO_HOST:
		put(s, "type", ip_type(&it->host));
		put(s, "value", ip_text(&it->host, text));
		break;
	case SCO_PEER:
		put(s, "type", ip_type(&it->peer));
		put(s, "value", ip_text(&it->peer, text));
		break;
	}
	json_close(s->j, '}');
}

static void
technique_id(const struct handout_item *it, char id[static ID_TEXT])
{
	struct uuid u = uuid_ours("attack-pattern", it->technique);

	id_of("attack-pattern", &u, id);
}

static int
by_id(const void *a, const void *b)
{
	const struct shared *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static enum status
put_all_shared(struct stix *s, struct error *err)
{
	const struct handout *h = s->h;
	struct shared *all = calloc(PER_FINDING * h->items + 1, sizeof *all);
	size_t n = 0;

	if (all == NULL)
		return error_set(err, E_NOMEM, "no memory for the objects of the bundle");
	for (size_t i = 0; i < h->items; i++) {
		const struct handout_item *it = &h->item[i];

		all[n] = (struct shared){ .item = it, .what = SCO_HOST };
		ip_id(&it->host, all[n++].id);
		all[n] = (struct shared){ .item = it, .what = SCO_TRAFFIC };
		traffic_id(it, all[n++].id);
		if (it->has_peer) {
			all[n] = (struct shared){ .item = it, .what = SCO_PEER };
			ip_id(&it->peer, all[n++].id);
		}
		if (it->name[0]) {
			all[n] = (struct shared){ .item = it, .what = SCO_NAME };
			value_id("domain-name", it->name, all[n++].id);
		}
		if (it->technique[0]) {
			all[n] = (struct shared){ .item = it, .what = SDO_TECHNIQUE };
			technique_id(it, all[n++].id);
		}
	}
	qsort(all, n, sizeof *all, by_id);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(all[i].id, all[i - 1].id) != 0)
			put_shared(s, &all[i]);
	free(all);
	return OK;
}

static void
put_observed(struct stix *s, const struct handout_item *it)
{
	char id[ID_TEXT];
	uint64_t n = it->contacts;

	json_open(s->j, '{');
	put_created(s, it->last_ns);
	put_references(s, it, false);
	put_stamp(s, "first_observed", it->first_ns);
	our_id("observed-data", it, id);
	put(s, "id", id);
	put_stamp(s, "last_observed", it->last_ns);
	put_stamp(s, "modified", it->last_ns);
	json_key(s->j, "number_observed");
	json_uint(s->j, n == 0 ? 1 : n > COUNT_MOST ? COUNT_MOST : n);
	put_marked(s);
	json_key(s->j, "object_refs"), json_open(s->j, '[');
	ip_id(&it->host, id), json_str(s->j, id);
	if (it->has_peer)
		ip_id(&it->peer, id), json_str(s->j, id);
	if (it->name[0])
		value_id("domain-name", it->name, id), json_str(s->j, id);
	traffic_id(it, id), json_str(s->j, id);
	json_close(s->j, ']');
	put(s, "spec_version", "2.1");
	put(s, "type", "observed-data");
	json_close(s->j, '}');
}

/* The sentence, and that it is about what was seen. */
static void
put_note(struct stix *s, const struct handout_item *it)
{
	char id[ID_TEXT];

	json_open(s->j, '{');
	buf_reset(s->scratch);
	handout_title(it, s->scratch);
	put_scratch(s, "abstract");
	buf_reset(s->scratch);
	if (it->why[0])
		buf_printf(s->scratch, "%s. ", it->why);
	buf_printf(s->scratch,
	    "Severity %s. What was seen is evidence of behaviour, not of who is behind "
	    "it. ",
	    severity_text(it->severity));
	handout_pointer(s->h, it, s->scratch);
	buf_putc(s->scratch, '.');
	put_scratch(s, "content");
	put_created(s, it->last_ns);
	put_references(s, it, false);
	our_id("note", it, id);
	put(s, "id", id);
	put_stamp(s, "modified", it->last_ns);
	put_marked(s);
	our_id("observed-data", it, id);
	put_list(s, "object_refs", id);
	put(s, "spec_version", "2.1");
	put(s, "type", "note");
	json_close(s->j, '}');
}

/* An address and a sound name hold neither quotes nor backslashes. */
static void
pattern(const struct handout_item *it, struct buf *out)
{
	char ip[IP_TEXT], proto[8];

	buf_reset(out);
	if (it->name[0]) {
		buf_printf(out, "[domain-name:value = '%s']", it->name);
	} else if (it->port) {
		buf_printf(out,
		    "[network-traffic:dst_ref.type = '%s' AND "
		    "network-traffic:dst_ref.value = '%s' AND network-traffic:dst_port = "
		    "%u",
		    ip_type(&it->peer), ip_text(&it->peer, ip), it->port);
		if (it->proto)
			buf_printf(out, " AND network-traffic:protocols[*] = '%s'",
			    proto_text(it->proto, proto));
		buf_putc(out, ']');
	} else {
		buf_printf(
		    out, "[%s:value = '%s']", ip_type(&it->peer), ip_text(&it->peer, ip));
	}
}

static void
put_indicator(struct stix *s, const struct handout_item *it)
{
	char id[ID_TEXT];

	json_open(s->j, '{');
	put_created(s, it->last_ns);
	put_references(s, it, true);
	our_id("indicator", it, id);
	put(s, "id", id);
	put_list(s, "indicator_types", "anomalous-activity");
	put_stamp(s, "modified", it->last_ns);
	buf_reset(s->scratch);
	handout_title(it, s->scratch);
	put_scratch(s, "name");
	put_marked(s);
	pattern(it, s->scratch);
	put_scratch(s, "pattern");
	put(s, "pattern_type", "stix");
	put(s, "pattern_version", "2.1");
	put(s, "spec_version", "2.1");
	put(s, "type", "indicator");
	put_stamp(s, "valid_from", it->first_ns);
	json_close(s->j, '}');
}

static void
put_sighting(struct stix *s, const struct handout_item *it)
{
	char id[ID_TEXT];

	json_open(s->j, '{');
	json_key(s->j, "count");
	json_uint(s->j, it->contacts > COUNT_MOST ? COUNT_MOST : it->contacts);
	put_created(s, it->last_ns);
	put_references(s, it, false);
	put_stamp(s, "first_seen", it->first_ns);
	our_id("sighting", it, id);
	put(s, "id", id);
	put_stamp(s, "last_seen", it->last_ns);
	put_stamp(s, "modified", it->last_ns);
	put_marked(s);
	our_id("observed-data", it, id);
	put_list(s, "observed_data_refs", id);
	our_id("indicator", it, id);
	put(s, "sighting_of_ref", id);
	put(s, "spec_version", "2.1");
	put(s, "type", "sighting");
	put_list(s, "where_sighted_refs", s->sensor);
	json_close(s->j, '}');
}

static void
put_relationship(
    struct stix *s, const struct handout_item *it, const char *kind, const char *target)
{
	struct uuid u = uuid_ours(kind, it->ref);
	char id[ID_TEXT];

	json_open(s->j, '{');
	put_created(s, it->last_ns);
	put_references(s, it, false);
	id_of("relationship", &u, id);
	put(s, "id", id);
	put_stamp(s, "modified", it->last_ns);
	put_marked(s);
	put(s, "relationship_type", kind);
	our_id("indicator", it, id);
	put(s, "source_ref", id);
	put(s, "spec_version", "2.1");
	put(s, "target_ref", target);
	put(s, "type", "relationship");
	json_close(s->j, '}');
}

static void
put_item(struct stix *s, const struct handout_item *it)
{
	char id[ID_TEXT];

	put_observed(s, it);
	put_note(s, it);
	if (!it->indicates)
		return;
	put_indicator(s, it);
	put_sighting(s, it);
	our_id("observed-data", it, id);
	put_relationship(s, it, "based-on", id);
	if (it->technique[0]) {
		technique_id(it, id);
		put_relationship(s, it, "indicates", id);
	}
}

/* What would change the content changes the name of the bundle. */
static void
bundle_id(const struct handout *h, char id[static ID_TEXT])
{
	struct buf key = { .max = SHORT_MAX };
	struct uuid u;

	buf_printf(&key, "%s %s %s", h->bag, tlp_text(h->choice.tlp),
	    h->choice.all ? "all" : "alerts");
	if (h->choice.hide && h->items > 0) {
		char ip[IP_TEXT];

		buf_printf(&key, " %s", ip_text(&h->item[0].host, ip));
	}
	u = uuid_ours("bundle", key.bad ? h->bag : key.at);
	buf_release(&key);
	id_of("bundle", &u, id);
}

enum status
handout_stix(const struct handout *h, struct buf *out, struct error *err)
{
	struct buf scratch = { .max = SHORT_MAX };
	struct json j;
	struct stix s = { .h = h, .j = &j, .scratch = &scratch };
	struct uuid sensor = uuid_ours("identity", h->key_id);
	char id[ID_TEXT];
	enum status st;

	json_init(&j, out);
	(void)snprintf(
	    s.marking, sizeof s.marking, "marking-definition--%s", TLP_UUID[h->choice.tlp]);
	id_of("identity", &sensor, s.sensor);
	bundle_id(h, id);
	json_open(&j, '{');
	put(&s, "id", id);
	json_key(&j, "objects"), json_open(&j, '[');
	put_marking(&s);
	put_sensor(&s);
	st = put_all_shared(&s, err);
	for (size_t i = 0; i < h->items; i++)
		put_item(&s, &h->item[i]);
	json_close(&j, ']');
	put(&s, "type", "bundle");
	json_close(&j, '}');
	buf_putc(out, '\n');
	buf_release(&scratch);
	return st;
}
