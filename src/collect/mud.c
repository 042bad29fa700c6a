/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/mud.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"

struct reading {
	struct mud *mud;
	permit_sink *sink;
	void *state;
	struct error *err;
	const json_t *lists;
	bool from_device;
};

/* One rule while it is read; `odd` says what was not understood. */
struct rule {
	struct permit permit;
	char text[PERMIT_TEXT + 1];
	const char *odd;
	bool other_ports; /* of the sender, restricted */
	bool own_ports;   /* of who is called, restricted */
};

static bool
printable(const json_t *j, char *out, size_t room)
{
	const char *text = json_string_value(j);
	size_t n = json_string_length(j);

	if (text == NULL || n == 0 || n >= room)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32 : text[i]);
	}
	out[n] = '\0';
	return true;
}

/* What the peer has to be; a rule says it once. */
static void
peer_is(struct rule *r, enum permit_peer peer)
{
	if (r->permit.peer != PERMIT_ANYBODY)
		r->odd = "two conditions on who the other is";
	r->permit.peer = peer;
}

static void
peer_is_named(struct rule *r, enum permit_peer peer, const json_t *j)
{
	peer_is(r, peer);
	if (!printable(j, r->text, sizeof r->text))
		r->odd = "a name or a URI that is no printable text of up to 250 octets";
	else if (peer == PERMIT_NAME && r->text[strlen(r->text) - 1] == '.')
		r->text[strlen(r->text) - 1] = '\0';
}

/* "192.0.2.1/24" is a prefix in YANG: what is behind it does not count. */
static bool
take_net(const json_t *j, struct ip_net *net)
{
	char text[64], *slash;
	unsigned bits = 0, most;
	struct ip ip;

	if (!printable(j, text, sizeof text) || (slash = strchr(text, '/')) == NULL)
		return false;
	if (!ip_parse((struct span){ (uint8_t *)text, (size_t)(slash - text) }, &ip))
		return false;
	most = ip_is_v4(&ip) ? 32 : 128;
	for (const char *c = slash + 1; *c; c++) {
		if (*c < '0' || *c > '9' || bits > most)
			return false;
		bits = bits * 10 + (unsigned)(*c - '0');
	}
	if (slash[1] == '\0' || bits > most)
		return false;
	bits += 128 - most;
	for (unsigned i = bits; i < 128; i++)
		ip.b[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
	*net = (struct ip_net){ ip, (uint8_t)bits };
	return true;
}

static void
take_ip(struct rule *r, const json_t *of, uint8_t family)
{
	bool from = r->permit.from_device;
	const char *key;
	json_t *value;

	if (r->permit.family != 0 && r->permit.family != family)
		r->odd = "two families of addresses";
	r->permit.family = family;
	json_object_foreach((json_t *)of, key, value)
	{
		json_int_t n = json_integer_value(value);

		if (strcmp(key, "protocol") == 0) {
			if (!json_is_integer(value) || n < 0 || n > 255)
				r->odd = "a protocol that is no number up to 255";
			if (r->permit.proto != 0 && r->permit.proto != n)
				r->odd = "two protocols";
			r->permit.proto = (uint8_t)n;
		} else if (strcmp(key, from ? "ietf-acldns:dst-dnsname"
					    : "ietf-acldns:src-dnsname") == 0) {
			peer_is_named(r, PERMIT_NAME, value);
		} else if (strncmp(key, from ? "destination-ipv" : "source-ipv",
			       from ? 15 : 10) == 0) {
			peer_is(r, PERMIT_NET);
			if (!take_net(value, &r->permit.net) ||
			    ip_is_v4(&r->permit.net.ip) != (family == 4))
				r->odd = "a network that is none";
		} else {
			r->odd = "a condition on an IP header that is not looked at";
		}
	}
}

static bool
take_port(const json_t *j, const char *key, uint16_t *out)
{
	json_int_t n = json_integer_value(json_object_get(j, key));

	if (!json_is_integer(json_object_get(j, key)) || n < 0 || n > 65535)
		return false;
	*out = (uint16_t)n;
	return true;
}

/* RFC 8519: a range, or one port with an operator that is "eq" unless it says. */
static bool
take_ports(const json_t *j, struct permit *p)
{
	const char *op = json_string_value(json_object_get(j, "operator"));

	p->low = 0;
	p->high = 65535;
	if (json_object_get(j, "lower-port")) {
		if (!take_port(j, "lower-port", &p->low))
			return false;
		if (json_object_get(j, "upper-port") == NULL)
			return true;
		return take_port(j, "upper-port", &p->high) && p->high >= p->low;
	}
	if (op == NULL)
		op = json_object_get(j, "operator") ? "" : "eq";
	if (strcmp(op, "lte") == 0)
		return take_port(j, "port", &p->high);
	if (!take_port(j, "port", &p->low))
		return false;
	if (strcmp(op, "gte") == 0)
		return true;
	p->high = p->low;
	p->but = strcmp(op, "neq") == 0;
	return p->but || strcmp(op, "eq") == 0;
}

static void
take_transport(struct rule *r, const json_t *of, uint8_t proto)
{
	const char *key, *who;
	json_t *value;

	if (r->permit.proto != 0 && r->permit.proto != proto)
		r->odd = "two protocols";
	r->permit.proto = proto;
	json_object_foreach((json_t *)of, key, value)
	{
		struct permit other;

		if (strcmp(key, "destination-port") == 0) {
			r->own_ports = true;
			if (!take_ports(value, &r->permit))
				r->odd = "a port that is none";
		} else if (strcmp(key, "source-port") == 0) {
			r->other_ports = true;
			if (!take_ports(value, &other))
				r->odd = "a port that is none";
		} else if (strcmp(key, "ietf-mud:direction-initiated") == 0 &&
			   (who = json_string_value(value)) != NULL) {
			r->permit.device_opens = strcmp(who, "from-device") == 0;
			r->permit.peer_opens = strcmp(who, "to-device") == 0;
			if (!r->permit.device_opens && !r->permit.peer_opens)
				r->odd = "a direction that is none";
		} else {
			r->odd = "a condition on a transport header that is not looked at";
		}
	}
}

/* What a type of ICMP is for is not told apart. */
static void
take_icmp(struct rule *r)
{
	if (r->permit.proto == 0)
		r->permit.proto = r->permit.family == 6 ? 58 : 1;
	else if (r->permit.proto != 1 && r->permit.proto != 58)
		r->odd = "two protocols";
}

static void
take_mud(struct rule *r, const json_t *of)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)of, key, value)
	{
		if (strcmp(key, "local-networks") == 0)
			peer_is(r, PERMIT_LOCAL);
		else if (strcmp(key, "controller") == 0)
			peer_is_named(r, PERMIT_CONTROLLER, value);
		else if (strcmp(key, "my-controller") == 0)
			peer_is(r, PERMIT_MY_CONTROLLER);
		else if (strcmp(key, "manufacturer") == 0)
			peer_is_named(r, PERMIT_MANUFACTURER, value);
		else if (strcmp(key, "same-manufacturer") == 0)
			peer_is(r, PERMIT_SAME_MAKER);
		else if (strcmp(key, "model") == 0)
			peer_is_named(r, PERMIT_MODEL, value);
		else if (strcmp(key, "direction-initiated") != 0)
			r->odd = "a condition of MUD that is not known";
	}
}

static void
take_matches(struct rule *r, const json_t *of)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)of, key, value)
	{
		if (!json_is_object(value))
			r->odd = "a condition that is no object";
		else if (strcmp(key, "ipv4") == 0)
			take_ip(r, value, 4);
		else if (strcmp(key, "ipv6") == 0)
			take_ip(r, value, 6);
		else if (strcmp(key, "tcp") == 0)
			take_transport(r, value, 6);
		else if (strcmp(key, "udp") == 0)
			take_transport(r, value, 17);
		else if (strcmp(key, "ietf-mud:mud") == 0)
			take_mud(r, value);
		else if (strcmp(key, "icmp") != 0)
			r->odd = "a condition that is not known";
	}
	/* Its protocol is the family's. */
	if (json_object_get(of, "icmp"))
		take_icmp(r);
}

static void
note_odd(struct mud *m, const char *list, const char *name, const char *why)
{
	struct buf b = buf_over(m->odd_first, sizeof m->odd_first);

	if (m->odd++ > 0)
		return;
	for (const char *c = list; *c && b.len < 40; c++)
		buf_putc(&b, *c > ' ' && *c <= '~' ? *c : '?');
	buf_putc(&b, ' ');
	for (const char *c = name; *c && b.len < 80; c++)
		buf_putc(&b, *c > ' ' && *c <= '~' ? *c : '?');
	buf_printf(&b, ": %.70s", why);
}

/* One entry of an access list. `family` is the list's, 0: any. */
static enum status
take_rule(struct reading *r, const json_t *ace, const char *list, uint8_t family)
{
	const json_t *actions = json_object_get(ace, "actions");
	const char *name = json_string_value(json_object_get(ace, "name"));
	const char *what = json_string_value(json_object_get(actions, "forwarding"));
	struct rule rule = { .permit = { .from_device = r->from_device,
				 .device_opens = true,
				 .peer_opens = true,
				 .high = 65535 } };

	take_matches(&rule, json_object_get(ace, "matches"));
	if (rule.permit.family == 0)
		rule.permit.family = family;
	else if (family != 0 && rule.permit.family != family)
		rule.odd = "a family of addresses that is not the list's";
	if (what && strncmp(what, "ietf-access-control-list:", 25) == 0)
		what += 25;
	rule.permit.accept = what && strcmp(what, "accept") == 0;
	if (!rule.permit.accept &&
	    (what == NULL || (strcmp(what, "drop") != 0 && strcmp(what, "reject") != 0)))
		rule.odd = "an action that is none";
	if (rule.odd) {
		note_odd(r->mud, list, name ? name : "?", rule.odd);
		return OK;
	}
	rule.permit.answers = rule.other_ports && !rule.own_ports;
	rule.permit.text = (struct span){ (const uint8_t *)rule.text, strlen(rule.text) };
	if (r->mud->rules == MUD_RULES)
		return error_set(r->err, E_LIMIT, "more than %d rules", MUD_RULES);
	r->mud->rules++;
	return r->sink(r->state, &rule.permit)
		   ? OK
		   : error_set(r->err, E_NOMEM, "no memory for the rules");
}

static enum status
take_list(struct reading *r, const char *name)
{
	const json_t *acl = NULL, *aces, *one;
	const char *type;
	uint8_t family = 0;
	enum status st = OK;
	size_t i;

	for (i = 0; acl == NULL && i < json_array_size(r->lists); i++) {
		const json_t *a = json_array_get(r->lists, i);
		const char *is = json_string_value(json_object_get(a, "name"));

		if (is && strcmp(is, name) == 0)
			acl = a;
	}
	if (acl == NULL)
		return error_set(r->err, E_FORMAT,
		    "the policy names the access list %.60s, which is not there", name);
	type = json_string_value(json_object_get(acl, "type"));
	if (type && strstr(type, "ipv4-acl-type") && !strstr(type, "ipv6"))
		family = 4;
	if (type && strstr(type, "ipv6-acl-type") && !strstr(type, "ipv4"))
		family = 6;
	aces = json_object_get(json_object_get(acl, "aces"), "ace");
	if (!json_is_array(aces) && json_object_get(acl, "aces"))
		return error_set(
		    r->err, E_FORMAT, "the access list %.60s has no list \"ace\"", name);
	json_array_foreach(aces, i, one)
	{
		st = take_rule(r, one, name, family);
		if (st != OK)
			break;
	}
	return st;
}

static enum status
take_policy(struct reading *r, const json_t *mud, bool from_device)
{
	const char *key = from_device ? "from-device-policy" : "to-device-policy";
	const json_t *policy = json_object_get(mud, key), *names, *one;
	enum status st = OK;
	size_t i;

	if (policy == NULL)
		return OK; /* nothing is allowed then */
	names = json_object_get(json_object_get(policy, "access-lists"), "access-list");
	if (names && !json_is_array(names))
		return error_set(r->err, E_FORMAT, "the access-list of %s is no list", key);
	r->from_device = from_device;
	json_array_foreach(names, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));

		if (name == NULL)
			return error_set(
			    r->err, E_FORMAT, "an access list of %s has no name", key);
		st = take_list(r, name);
		if (st != OK)
			break;
	}
	return st;
}

static enum status
take_head(struct reading *r, const json_t *mud)
{
	const json_t *version = json_object_get(mud, "mud-version");
	const char *info = json_string_value(json_object_get(mud, "systeminfo"));
	size_t n = 0;

	if (!json_is_object(mud))
		return error_set(
		    r->err, E_FORMAT, "no MUD file: it has no container \"ietf-mud:mud\"");
	if (!json_is_integer(version) || json_integer_value(version) != 1)
		return error_set(
		    r->err, E_FORMAT, "its mud-version is not 1, the only one there is");
	if (!printable(json_object_get(mud, "mud-url"), r->mud->url, sizeof r->mud->url))
		return error_set(r->err, E_FORMAT,
		    "its mud-url is missing, or is no printable text of up to %d octets",
		    PERMIT_TEXT);
	for (; info && *info && n + 1 < sizeof r->mud->info; info++)
		r->mud->info[n++] = (char)(*info >= ' ' && *info <= '~' ? *info : '?');
	return OK;
}

enum status
mud_read(
    struct span text, struct mud *out, permit_sink *sink, void *state, struct error *err)
{
	struct reading r = { .mud = out, .sink = sink, .state = state, .err = err };
	const json_t *mud;
	json_error_t why;
	enum status st;
	json_t *j;

	*out = (struct mud){ 0 };
	if (text.len > MUD_BYTES)
		return error_set(err, E_LIMIT, "a MUD file of %zu bytes, more than %zu",
		    text.len, MUD_BYTES);
	j = json_loadb(
	    text.len ? (const char *)text.at : "", text.len, JSON_REJECT_DUPLICATES, &why);
	if (j == NULL)
		return error_set(err, E_FORMAT, "no JSON: line %d, column %d: %.100s",
		    why.line, why.column, why.text);
	mud = json_object_get(j, "ietf-mud:mud");
	r.lists =
	    json_object_get(json_object_get(j, "ietf-access-control-list:acls"), "acl");
	st = take_head(&r, mud);
	if (st == OK)
		st = take_policy(&r, mud, true);
	if (st == OK)
		st = take_policy(&r, mud, false);
	json_decref(j);
	return st;
}
