/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "record/flow.h"

#define TEXT_MEMORY ((size_t)64 << 20)

struct rule {
	struct permit permit;
	const char *text;
};

struct file {
	struct device_file of;
	const char *url, *maker; /* maker: the host of the URL */
	size_t first, end;       /* of rules */
};

/* A network and what is said of it. */
struct said {
	struct ip_net net, whose;
	enum permit_peer peer;
	const char *text;
	unsigned file;
};

struct devices {
	struct arena text;
	struct rule *rule;
	struct file *file;
	struct said *bound; /* narrow ones first, then by address */
	struct said *class;
	size_t rules, files, bounds, classes;
	size_t singles; /* of bound, those of one address */
};

enum status
devices_new(struct devices **out, struct error *err)
{
	struct devices *d = calloc(1, sizeof *d);

	if (d == NULL)
		return error_set(err, E_NOMEM, "no memory for devices");
	arena_init(&d->text, TEXT_MEMORY);
	*out = d;
	return OK;
}

void
devices_free(struct devices *d)
{
	if (d == NULL)
		return;
	arena_release(&d->text);
	free(d->rule);
	free(d->file);
	free(d->bound);
	free(d->class);
	free(d);
}

/* Room for one more of `n`; the array doubles. */
static void *
grow(void *at, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return at;
	return realloc(at, (n ? 2 * n : 1) * size);
}

enum status
devices_begin(
    struct devices *d, const struct device_file *of, unsigned *file, struct error *err)
{
	struct file *files;

	if (d->files == DEVICES_MOST)
		return error_set(err, E_LIMIT, "more than %d MUD files", DEVICES_MOST);
	files = grow(d->file, d->files, sizeof *files);
	if (files == NULL)
		return error_set(err, E_NOMEM, "no memory for MUD files");
	d->file = files;
	*file = (unsigned)d->files;
	files[d->files++] = (struct file){
		.of = *of, .url = "", .maker = "", .first = d->rules, .end = d->rules
	};
	return OK;
}

bool
devices_permit(void *state, const struct permit *p)
{
	struct devices *d = state;
	struct rule *rules;
	char *text;

	if (d->rules == DEVICES_RULES_MOST)
		return false;
	rules = grow(d->rule, d->rules, sizeof *rules);
	if (rules == NULL)
		return false;
	d->rule = rules;
	text =
	    arena_text(&d->text, p->text.len ? (const char *)p->text.at : "", p->text.len);
	if (text == NULL)
		return false;
	rules[d->rules] = (struct rule){ *p, text };
	rules[d->rules].permit.text = (struct span){ 0 };
	d->file[d->files - 1].end = ++d->rules;
	return true;
}

/* "https://maker.example:443/x.json": what is between the slashes. */
static size_t
host_of(const char *url, const char **host)
{
	const char *at = strstr(url, "://");

	*host = at ? at + 3 : url;
	return strcspn(*host, "/:?#");
}

enum status
devices_end(struct devices *d, const char *url, struct error *err)
{
	struct file *f = &d->file[d->files - 1];
	const char *host;
	size_t n = host_of(url, &host);
	char *maker = arena_text(&d->text, host, n);
	char *all = arena_text(&d->text, url, strlen(url));

	if (maker == NULL || all == NULL)
		return error_set(err, E_NOMEM, "no memory for MUD files");
	f->url = all;
	f->maker = maker;
	return OK;
}

static enum status
add_said(struct said **at, size_t *n, const struct said *one, struct error *err)
{
	struct said *more;

	if (*n == DEVICES_MOST)
		return error_set(
		    err, E_LIMIT, "more than %d networks are named", DEVICES_MOST);
	more = grow(*at, *n, sizeof *more);
	if (more == NULL)
		return error_set(err, E_NOMEM, "no memory for devices");
	*at = more;
	more[(*n)++] = *one;
	return OK;
}

static int
said_order(const struct said *a, const struct said *b)
{
	if (a->net.bits != b->net.bits)
		return a->net.bits > b->net.bits ? -1 : 1;
	return ip_compare(&a->net.ip, &b->net.ip);
}

enum status
devices_bind(struct devices *d, const struct ip_net *net, unsigned file, struct error *err)
{
	struct said s = { .net = *net, .file = file };
	enum status st = add_said(&d->bound, &d->bounds, &s, err);
	size_t at = d->bounds;

	if (st != OK)
		return st;
	/* Before all that are wider or come later, behind its equals. */
	while (--at > 0 && said_order(&d->bound[at - 1], &s) > 0)
		d->bound[at] = d->bound[at - 1];
	d->bound[at] = s;
	d->singles += net->bits == 128;
	return OK;
}

enum status
devices_class(struct devices *d, enum permit_peer peer, const char *text,
    const struct ip_net *net, struct error *err)
{
	struct said s = { .net = *net, .peer = peer };

	s.text = arena_text(&d->text, text, strlen(text));
	if (s.text == NULL)
		return error_set(err, E_NOMEM, "no memory for devices");
	return add_said(&d->class, &d->classes, &s, err);
}

enum status
devices_controls(struct devices *d, const struct ip_net *whose, const struct ip_net *net,
    struct error *err)
{
	struct said s = {
		.net = *net, .whose = *whose, .peer = PERMIT_MY_CONTROLLER, .text = ""
	};

	return add_said(&d->class, &d->classes, &s, err);
}

size_t
devices_count(const struct devices *d)
{
	return d->bounds;
}

/* NULL: no device. */
static const struct file *
file_of(const struct devices *d, const struct ip *ip)
{
	size_t low = 0, high = d->singles;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_compare(&d->bound[mid].net.ip, ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < d->singles && ip_equal(&d->bound[low].net.ip, ip))
		return &d->file[d->bound[low].file];
	for (size_t i = d->singles; i < d->bounds; i++)
		if (ip_net_has(&d->bound[i].net, ip))
			return &d->file[d->bound[i].file];
	return NULL;
}

const struct device_file *
devices_find(const struct devices *d, const struct ip *ip)
{
	const struct file *f = file_of(d, ip);

	return f ? &f->of : NULL;
}

size_t
devices_rules(const struct devices *d, const struct ip *ip)
{
	const struct file *f = file_of(d, ip);

	return f ? f->end - f->first : 0;
}

/* Unsure where nobody was named for the class: it may be anybody. */
static enum permission
is_of_class(const struct devices *d, enum permit_peer peer, const char *text,
    const struct ip *device, const struct ip *ip)
{
	enum permission p = PERMISSION_UNSURE;

	for (size_t i = 0; i < d->classes; i++) {
		const struct said *s = &d->class[i];

		if (s->peer != peer || strcmp(s->text, text) != 0)
			continue;
		if (peer == PERMIT_MY_CONTROLLER && !ip_net_has(&s->whose, device))
			continue;
		if (ip_net_has(&s->net, ip))
			return PERMISSION_GIVEN;
		p = PERMISSION_NONE;
	}
	return p;
}

/* Makers and models are known of the devices that have a file, and of those named. */
static enum permission
is_made(const struct devices *d, enum permit_peer peer, const char *text,
    const struct ip *device, const struct ip *ip)
{
	const struct file *f = file_of(d, ip);

	if (f && strcmp(peer == PERMIT_MODEL ? f->url : f->maker, text) == 0)
		return PERMISSION_GIVEN;
	if (is_of_class(d, peer, text, device, ip) == PERMISSION_GIVEN)
		return PERMISSION_GIVEN;
	return PERMISSION_NONE;
}

static bool
has_name(const char *const *name, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name[i], text) == 0)
			return true;
	return false;
}

/*
 * An address is who it is by a look-up. Where none of the device's is heard, what
 * it asks for tells, and where that is not heard either, nothing does.
 */
static enum permission
is_named(const char *text, const struct device_peer *peer)
{
	bool asked = has_name(peer->asked, peer->askeds, text);

	if (has_name(peer->looked_up, peer->looked_ups, text))
		return PERMISSION_GIVEN;
	if (peer->lookups_heard)
		return asked ? PERMISSION_CLAIMED : PERMISSION_NONE;
	if (peer->askeds > 0)
		return asked ? PERMISSION_GIVEN : PERMISSION_NONE;
	return PERMISSION_UNSURE;
}

/* Two names of RFC 8520 section 3 and 17 say what is there without the operator. */
static bool
is_service(const char *class, const char *service)
{
	static const char urn[] = "urn:ietf:params:mud:";

	return strncmp(class, urn, sizeof urn - 1) == 0 &&
	       strcmp(class + sizeof urn - 1, service) == 0;
}

static enum permission
is_peer(const struct devices *d, const struct file *f, const struct rule *r,
    const struct ip *device, const struct device_peer *peer)
{
	switch (r->permit.peer) {
	case PERMIT_ANYBODY:
		return PERMISSION_GIVEN;
	case PERMIT_LOCAL:
		return peer->local ? PERMISSION_GIVEN : PERMISSION_NONE;
	case PERMIT_NET:
		return ip_net_has(&r->permit.net, &peer->ip) ? PERMISSION_GIVEN
							     : PERMISSION_NONE;
	case PERMIT_NAME:
		return is_named(r->text, peer);
	case PERMIT_CONTROLLER:
		if (peer->local &&
		    (is_service(r->text, "dns") || is_service(r->text, "ntp")))
			return PERMISSION_GIVEN;
		return is_of_class(d, PERMIT_CONTROLLER, r->text, device, &peer->ip);
	case PERMIT_MY_CONTROLLER:
		return is_of_class(d, PERMIT_MY_CONTROLLER, "", device, &peer->ip);
	case PERMIT_SAME_MAKER:
		return is_made(d, PERMIT_MANUFACTURER, f->maker, device, &peer->ip);
	case PERMIT_MANUFACTURER:
	case PERMIT_MODEL:
		return is_made(d, r->permit.peer, r->text, device, &peer->ip);
	}
	return PERMISSION_NONE;
}

static bool
is_about(const struct permit *p, const struct device_peer *peer, bool from_device,
    uint16_t port, uint8_t proto)
{
	bool ports = proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;

	if (p->from_device != from_device || p->answers ||
	    (from_device ? !p->device_opens : !p->peer_opens))
		return false;
	if (p->family != 0 && (p->family == 4) != ip_is_v4(&peer->ip))
		return false;
	if (p->proto != 0 && p->proto != proto)
		return false;
	return !ports || (port >= p->low && port <= p->high) != p->but;
}

static bool
is_default(const struct device_peer *peer, uint16_t port, uint8_t proto)
{
	if (!peer->local)
		return false;
	if (proto == PROTO_UDP)
		return port == 53 || port == 123 || port == 67 || port == 547;
	return proto == PROTO_TCP && port == 53;
}

enum permission
devices_ask(const struct devices *d, const struct ip *device,
    const struct device_peer *peer, bool from_device, uint16_t port, uint8_t proto)
{
	const struct file *f = file_of(d, device);
	enum permission best = PERMISSION_NONE;

	if (f == NULL || (from_device && is_default(peer, port, proto)))
		return PERMISSION_GIVEN;
	for (size_t i = f->first; i < f->end; i++) {
		const struct rule *r = &d->rule[i];
		enum permission p;

		if (!is_about(&r->permit, peer, from_device, port, proto))
			continue;
		p = is_peer(d, f, r, device, peer);
		if (p == PERMISSION_GIVEN)
			return r->permit.accept ? p : best;
		if (!r->permit.accept || p == PERMISSION_NONE)
			continue;
		if (p == PERMISSION_UNSURE || best == PERMISSION_NONE)
			best = p;
	}
	return best;
}
