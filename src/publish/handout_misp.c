/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MISP event (misp-core-format), and what makes a feed of it.
 *
 * Only attributes, no objects: MISP's own strict schema knows none. Numbers are
 * strings there. Hosts are attributes that nobody is to match traffic against
 * (to_ids false); so is what the bag gives no reason to watch for.
 */
#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/handout_own.h"
#include "publish/words.h"
#include "record/flow.h"

#define SHORT_MAX ((size_t)16 << 10)
#define VALUE_MAX (FINDING_NAME + 64)

static uint64_t
last_of(const struct handout *h)
{
	uint64_t t = 0;

	for (size_t i = 0; i < h->items; i++)
		t = h->item[i].last_ns > t ? h->item[i].last_ns : t;
	return t;
}

static struct uuid
event_uuid(const struct handout *h)
{
	char key[2 * DIGEST_HEX + 64], ip[IP_TEXT] = "";

	if (h->choice.hide && h->items > 0)
		(void)ip_text(&h->item[0].host, ip);
	(void)snprintf(key, sizeof key, "%s %s %d %s", h->bag, tlp_text(h->choice.tlp),
	    h->choice.all, ip);
	return uuid_ours("misp-event", key);
}

static void
put(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_str(j, value);
}

static void
put_seconds(struct json *j, const char *key, uint64_t t_ns)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRIu64, t_ns / SECOND_NS);
	put(j, key, text);
}

static void
put_stamp(struct json *j, const char *key, uint64_t t_ns)
{
	struct buf text = { .max = SHORT_MAX };

	handout_stamp(t_ns, 6, "+00:00", &text);
	json_key(j, key), json_bytes(j, buf_span(&text));
	j->out->bad |= text.bad;
	buf_release(&text);
}

static void
put_uuid(struct json *j, const struct uuid *u)
{
	char text[UUID_TEXT];

	put(j, "uuid", uuid_text(u, text));
}

enum attribute { ATTRIBUTE_HOST, ATTRIBUTE_PEER };

/* Its type in MISP, and its value. */
static const char *
value_of(const struct handout_item *it, enum attribute what, char value[static VALUE_MAX])
{
	char ip[IP_TEXT];

	if (what == ATTRIBUTE_HOST) {
		(void)snprintf(value, VALUE_MAX, "%s", ip_text(&it->host, ip));
		return "ip-src";
	}
	if (it->name[0]) {
		(void)snprintf(value, VALUE_MAX, "%s", it->name);
		return "hostname";
	}
	if (!it->has_peer)
		return NULL;
	(void)ip_text(&it->peer, ip);
	if (it->port) {
		(void)snprintf(value, VALUE_MAX, "%s|%u", ip, it->port);
		return "ip-dst|port";
	}
	(void)snprintf(value, VALUE_MAX, "%s", ip);
	return "ip-dst";
}

static void
put_attribute(struct json *j, const struct handout *h, const struct handout_item *it,
    enum attribute a)
{
	char value[VALUE_MAX];
	const char *type = value_of(it, a, value);
	struct uuid u = uuid_ours(a == ATTRIBUTE_HOST ? "misp-host" : "misp-peer", it->ref);
	struct buf comment = { .max = SHORT_MAX };

	if (type == NULL)
		return;
	handout_title(it, &comment);
	if (it->why[0])
		buf_printf(&comment, ". %s", it->why);
	buf_puts(&comment, ". ");
	handout_pointer(h, it, &comment);
	json_open(j, '{');
	put(j, "category", "Network activity");
	json_key(j, "comment"), json_bytes(j, buf_span(&comment));
	put(j, "distribution", "5"); /* as the event */
	put_stamp(j, "first_seen", it->first_ns);
	put_stamp(j, "last_seen", it->last_ns);
	put_seconds(j, "timestamp", it->last_ns);
	json_key(j, "to_ids"), json_bool(j, a == ATTRIBUTE_PEER && it->indicates);
	put(j, "type", type);
	put_uuid(j, &u);
	put(j, "value", value);
	json_close(j, '}');
	j->out->bad |= comment.bad;
	buf_release(&comment);
}

static void
put_org(struct json *j, const struct handout *h)
{
	struct uuid org = uuid_ours("misp-org", h->key_id);
	char name[64];

	(void)snprintf(name, sizeof name, "Geophone sensor %.16s", h->key_id);
	json_key(j, "Orgc"), json_open(j, '{');
	put(j, "name", name);
	put_uuid(j, &org);
	json_close(j, '}');
}

static void
put_tags(struct json *j, const struct handout *h)
{
	char tag[32];

	(void)snprintf(tag, sizeof tag, "tlp:%s", tlp_text(h->choice.tlp));
	json_key(j, "Tag"), json_open(j, '[');
	json_open(j, '{');
	put(j, "name", tag);
	json_close(j, '}');
	json_close(j, ']');
}

static void
put_info(struct json *j, const struct handout *h)
{
	char info[160];

	(void)snprintf(info, sizeof info,
	    "Geophone: %zu findings, %zu to watch for, bag %.16s", h->items, h->indicators,
	    h->bag);
	put(j, "info", info);
}

/* "1" high to "3" low, "4" undefined: the worst finding's. */
static const char *
threat_level(const struct handout *h)
{
	enum severity worst = SEVERITY_INFO;

	for (size_t i = 0; i < h->items; i++)
		worst = h->item[i].severity > worst ? h->item[i].severity : worst;
	return worst >= SEVERITY_HIGH     ? "1"
	       : worst == SEVERITY_MEDIUM ? "2"
	       : worst == SEVERITY_LOW    ? "3"
					  : "4";
}

static void
put_day(struct json *j, const struct handout *h)
{
	char stamp[STAMP_TEXT];

	json_key(j, "date");
	json_bytes(j, (struct span){ (const uint8_t *)stamp_text(last_of(h), stamp), 10 });
}

void
handout_misp(const struct handout *h, struct buf *out)
{
	struct uuid u = event_uuid(h);
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "Event"), json_open(&j, '{');
	json_key(&j, "Attribute"), json_open(&j, '[');
	for (size_t i = 0; i < h->items; i++) {
		put_attribute(&j, h, &h->item[i], ATTRIBUTE_PEER);
		put_attribute(&j, h, &h->item[i], ATTRIBUTE_HOST);
	}
	json_close(&j, ']');
	put_org(&j, h);
	put_tags(&j, h);
	put(&j, "analysis", "0"); /* initial: people have not looked yet */
	put_day(&j, h);
	put(&j, "distribution", "0"); /* the receiver's organisation only, until it says */
	put_info(&j, h);
	json_key(&j, "published"), json_bool(&j, false);
	put(&j, "threat_level_id", threat_level(h));
	put_seconds(&j, "timestamp", last_of(h));
	put_uuid(&j, &u);
	json_close(&j, '}');
	json_close(&j, '}');
	buf_putc(out, '\n');
}

void
handout_misp_event_name(const struct handout *h, struct buf *out)
{
	struct uuid u = event_uuid(h);
	char text[UUID_TEXT];

	buf_printf(out, "%s.json", uuid_text(&u, text));
}

void
handout_misp_manifest(const struct handout *h, struct buf *out)
{
	struct uuid u = event_uuid(h);
	char text[UUID_TEXT];
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, uuid_text(&u, text)), json_open(&j, '{');
	put_org(&j, h);
	put_tags(&j, h);
	put(&j, "analysis", "0");
	put_day(&j, h);
	put_info(&j, h);
	put(&j, "threat_level_id", threat_level(h));
	put_seconds(&j, "timestamp", last_of(h));
	json_close(&j, '}');
	json_close(&j, '}');
	buf_putc(out, '\n');
}

void
handout_misp_hashes(const struct handout *h, struct buf *out)
{
	struct uuid u = event_uuid(h);
	char value[VALUE_MAX], text[UUID_TEXT];

	(void)uuid_text(&u, text);
	for (size_t i = 0; i < 2 * h->items; i++) {
		uint8_t md5[16];
		char *part = value, *bar;

		if (value_of(&h->item[i / 2], i % 2 ? ATTRIBUTE_HOST : ATTRIBUTE_PEER,
			value) == NULL)
			continue;
		while (part) { /* each half of a value of two */
			bar = strchr(part, '|');
			digest_md5((struct span){ (const uint8_t *)part,
				       bar ? (size_t)(bar - part) : strlen(part) },
			    md5);
			for (size_t k = 0; k < sizeof md5; k++)
				buf_printf(out, "%02x", md5[k]);
			buf_printf(out, ",%s\n", text);
			part = bar ? bar + 1 : NULL;
		}
	}
}
