/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/mud.h"

#include <stdio.h>

#include <jansson.h>

#include "base/stamp.h"
#include "record/flow.h"

/* An access list is of one family and one direction of packets. */
struct list {
	const char *name, *type, *policy;
	uint8_t family;
	bool from_device;
};

static const struct list lists[] = {
	{ "from-ipv4", "ipv4-acl-type", "from-device-policy", 4, true },
	{ "from-ipv6", "ipv6-acl-type", "from-device-policy", 6, true },
	{ "to-ipv4", "ipv4-acl-type", "to-device-policy", 4, false },
	{ "to-ipv6", "ipv6-acl-type", "to-device-policy", 6, false },
};

#define LISTS (sizeof lists / sizeof *lists)

static json_t *
text_of(struct span s)
{
	return json_stringn(s.len ? (const char *)s.at : "", s.len);
}

/* The other one's end of the IP header: where packets of this list go or come from. */
static json_t *
make_ip(const struct permit *p, const struct list *l)
{
	json_t *ip = json_object();
	char key[40], net[IP_TEXT + 8], text[IP_TEXT];

	if (p->peer == PERMIT_NAME) {
		(void)json_object_set_new(ip,
		    l->from_device ? "ietf-acldns:dst-dnsname" : "ietf-acldns:src-dnsname",
		    text_of(p->text));
	} else if (p->peer == PERMIT_NET) {
		(void)snprintf(key, sizeof key, "%s-ipv%u-network",
		    l->from_device ? "destination" : "source", p->family);
		(void)snprintf(net, sizeof net, "%s/%u", ip_text(&p->net.ip, text),
		    p->net.bits - (p->family == 4 ? 96U : 0U));
		(void)json_object_set_new(ip, key, json_string(net));
	}
	(void)json_object_set_new(ip, "protocol", json_integer(p->proto));
	return ip;
}

static json_t *
make_transport(const struct permit *p, const struct list *l)
{
	bool opens = p->from_device == l->from_device;
	json_t *transport = json_object();

	if (p->proto == PROTO_TCP)
		(void)json_object_set_new(transport, "ietf-mud:direction-initiated",
		    json_string(p->from_device ? "from-device" : "to-device"));
	(void)json_object_set_new(transport, opens ? "destination-port" : "source-port",
	    json_pack("{s:s, s:i}", "operator", "eq", "port", (int)p->low));
	return transport;
}

static json_t *
make_rule(const struct permit *p, const struct list *l, size_t number)
{
	json_t *matches = json_object();
	char name[32];

	(void)snprintf(name, sizeof name, "%s-%zu", l->name, number);
	if (p->peer == PERMIT_CONTROLLER)
		(void)json_object_set_new(matches, "ietf-mud:mud",
		    json_pack("{s:o}", "controller", text_of(p->text)));
	(void)json_object_set_new(matches, p->family == 4 ? "ipv4" : "ipv6", make_ip(p, l));
	if (p->proto == PROTO_TCP || p->proto == PROTO_UDP)
		(void)json_object_set_new(
		    matches, p->proto == PROTO_TCP ? "tcp" : "udp", make_transport(p, l));
	return json_pack("{s:s, s:o, s:{s:s}}", "name", name, "matches", matches, "actions",
	    "forwarding", "accept");
}

/* NULL: the list is empty. */
static json_t *
make_list(const struct permit *p, size_t n, const struct list *l)
{
	json_t *aces = json_array();
	size_t made = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i].family == l->family)
			(void)json_array_append_new(aces, make_rule(&p[i], l, ++made));
	if (made == 0) {
		json_decref(aces);
		return NULL;
	}
	return json_pack(
	    "{s:s, s:s, s:{s:o}}", "name", l->name, "type", l->type, "aces", "ace", aces);
}

/* Names the list in the policy of its direction, which is made with the first. */
static void
put_policy(json_t *mud, const struct list *l)
{
	json_t *policy = json_object_get(mud, l->policy);

	if (policy == NULL) {
		policy = json_pack("{s:{s:[]}}", "access-lists", "access-list");
		(void)json_object_set_new(mud, l->policy, policy);
	}
	(void)json_array_append_new(
	    json_object_get(json_object_get(policy, "access-lists"), "access-list"),
	    json_pack("{s:s}", "name", l->name));
}

static json_t *
make_head(const struct mud_head *h)
{
	char stamp[STAMP_TEXT];

	(void)stamp_text(h->updated_ns, stamp);
	/* Whole seconds do for a file. */
	(void)snprintf(stamp + 19, sizeof stamp - 19, "Z");
	return json_pack("{s:i, s:s, s:s, s:i, s:b, s:s}", "mud-version", 1, "mud-url",
	    h->url, "last-update", stamp, "cache-validity", 48, "is-supported", 1,
	    "systeminfo", h->info);
}

static int
put(const char *bytes, size_t n, void *state)
{
	buf_put(state, bytes, n);
	return 0;
}

enum status
publish_mud(const struct mud_head *head, const struct permit *p, size_t n, struct buf *out,
    struct error *err)
{
	json_t *mud = make_head(head), *acls = json_array(), *all;
	int bad;

	for (size_t i = 0; mud && i < LISTS; i++) {
		json_t *list = make_list(p, n, &lists[i]);

		if (list == NULL)
			continue;
		put_policy(mud, &lists[i]);
		(void)json_array_append_new(acls, list);
	}
	all = json_pack("{s:o, s:{s:o}}", "ietf-mud:mud", mud,
	    "ietf-access-control-list:acls", "acl", acls);
	bad = all == NULL || json_dump_callback(all, put, out, JSON_INDENT(2)) != 0;
	json_decref(all);
	buf_putc(out, '\n');
	return bad ? error_set(err, E_NOMEM, "no memory for a MUD file")
		   : buf_state(out, "a MUD file", err);
}
