/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that does what its MUD file does not allow.
 *
 * Who made or keeps a device of one purpose can write down all that it needs.
 * The null is a file that forgot something: we take it that one unlisted call in
 * three hundred, or fewer, is anything else. What a rule rests on that was not
 * heard (a look-up) or not said (who is the controller) is not held against it.
 * Calls to a device count when it answered: what comes to nothing changes nothing.
 */
#include "detect/unpermitted.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "detect/devices.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"
#include "detect/survey.h"
#include "profile/names.h"

enum {
	UPLOAD_BYTES = 1000000, /* a good deal for a device to give */
	MOST_NAMES = 64,
	EPHEMERAL = 1024, /* a lower port is no caller's */
};

static const char FROM[] = "mud from-device", TO[] = "mud to-device";

struct names_of {
	const char *looked_up[MOST_NAMES], *asked[MOST_NAMES];
	struct device_peer peer;
};

/* What the device calls the other one. */
static void
know_peer(const struct heard *h, const struct ip *device, const struct ip *other,
    struct names_of *n)
{
	n->peer = (struct device_peer){ .ip = *other,
		.local = heard_side(h, other) == SIDE_INTERNAL,
		.looked_up = n->looked_up,
		.asked = n->asked };
	for (size_t s = 0; h->names && s < h->shards; s++) {
		const struct name_link *l;
		size_t k;

		if (h->names[s] == NULL)
			continue;
		n->peer.lookups_heard |= names_lookups(h->names[s], device) > 0;
		l = names_at(h->names[s], device, other, &k);
		for (; k > 0; k--, l++) {
			const char *text =
			    l->name ? names_text(h->names[s], l->name) : NULL;

			if (text && (l->how & NAME_LOOKED_UP) &&
			    n->peer.looked_ups < MOST_NAMES)
				n->looked_up[n->peer.looked_ups++] = text;
			else if (text && !(l->how & NAME_LOOKED_UP) &&
				 n->peer.askeds < MOST_NAMES)
				n->asked[n->peer.askeds++] = text;
		}
	}
}

static bool
counts(const struct pair_key *k, const struct contact *c)
{
	return !name_is_key(&k->peer) && !(c->up_pkts == 0 && c->down_pkts > 0) &&
	       ip_scope(&k->peer) != IP_MULTICAST;
}

static bool
answered(const struct contact *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(c[i].flags & CONTACT_FAILED) && (c[i].down > 0 || c[i].down_pkts > 0))
			return true;
	return false;
}

/*
 * A flow that was heard from its middle may be told the wrong way round; then it
 * is allowed if it would be the other way.
 */
static bool
is_reversed(const struct devices *d, const struct ip *device,
    const struct device_peer *peer, bool from_device, const struct pair_key *k,
    const struct contact *c, size_t n)
{
	if (k->port < EPHEMERAL)
		return false;
	for (size_t i = 0; i < n; i++) {
		enum permission p;

		if (c[i].host_port == 0)
			return false;
		p = devices_ask(d, device, peer, !from_device, c[i].host_port, k->proto);
		if (p != PERMISSION_GIVEN)
			return false;
	}
	return true;
}

/* Does a file not allow this pair, as a call of its device or to it? */
static bool
is_unpermitted(const struct heard *h, const struct pair_key *k, bool from_device,
    const struct contact *c, size_t n, struct context *out)
{
	const struct ip *device = from_device ? &k->host : &k->peer;
	const struct ip *other = from_device ? &k->peer : &k->host;
	const struct device_file *f = devices_find(h->devices, device);
	char hex[DIGEST_HEX];
	struct names_of names;
	enum permission p;

	if (f == NULL || !counts(k, &c[0]) || (!from_device && !answered(c, n)))
		return false;
	know_peer(h, device, other, &names);
	p = devices_ask(h->devices, device, &names.peer, from_device, k->port, k->proto);
	if ((p != PERMISSION_NONE && p != PERMISSION_CLAIMED) ||
	    is_reversed(h->devices, device, &names.peer, from_device, k, c, n))
		return false;
	if (out == NULL)
		return true;
	(void)snprintf(out->listed, sizeof out->listed, "%s", from_device ? FROM : TO);
	(void)snprintf(out->listed_in, sizeof out->listed_in, "%.127s sha256:%s", f->name,
	    digest_hex(&f->digest, hex));
	out->listed_mb = 0;
	out->listed_until_ns = 0;
	out->listed_how = p == PERMISSION_CLAIMED;
	return true;
}

/* What a device does outweighs that it was called: a pair is one finding. */
static bool
look(const struct heard *h, const struct pair_key *k, const struct contact *c, size_t n,
    struct context *out)
{
	return is_unpermitted(h, k, true, c, n, out) ||
	       is_unpermitted(h, k, false, c, n, out);
}

bool
unpermitted_survey(struct survey *v, const struct caller *caller)
{
	for (size_t i = 0; i < caller->services; i++) {
		const struct called *c = &caller->service[i];
		struct subject s = survey_subject(FINDING_DEVIATION, &c->key);

		if (look(v->heard, &c->key, c->call, c->calls, NULL) &&
		    !survey_suspect(v, &s))
			return false;
	}
	return true;
}

void
unpermitted_look_around(const struct heard *h, const struct calls *calls,
    const struct subject *s, struct context *c)
{
	size_t pair, n;
	const struct contact *contact = calls_service(calls, s, &pair, &n);
	struct pair_key k;

	if (contact == NULL)
		return;
	k = pairs_key(calls->pairs, pair);
	(void)look(h, &k, contact, n, c);
}

bool
unpermitted_is(const struct context *c)
{
	return strcmp(c->listed, FROM) == 0 || strcmp(c->listed, TO) == 0;
}

static void
weigh(struct finding *f, const struct context *c, uint64_t up, uint64_t down, bool served)
{
	bool from_device = strcmp(c->listed, FROM) == 0;
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], sent[PHRASE_COUNT], got[PHRASE_COUNT];
	uint64_t gave = from_device ? up : down, took = from_device ? down : up;

	(void)phrase_port(f->port, f->proto, port);
	odds_weight(f, "prior", WEIGHT_DEVIATION_FILE_PRIOR,
	    "devices are updated, and files are not");
	odds_weight(f, "file", WEIGHT_DEVIATION_FILE,
	    "its MUD file, which says all that it needs, does not allow it: %.150s",
	    c->listed_in);
	if (c->listed_how == 1)
		odds_weight(f, "claimed", WEIGHT_DEVIATION_CLAIMED,
		    "it was asked for by a name that is allowed, at an address that no "
		    "look-up of it gave");
	if (!served)
		odds_weight(f, "failed", WEIGHT_DEVIATION_FAILED, "nothing came back");
	if (c->peer_side != SIDE_EXTERNAL && c->host_side == SIDE_INTERNAL)
		odds_weight(f, "sides", WEIGHT_DEVIATION_INSIDE, "both are ours");
	if (gave >= UPLOAD_BYTES && gave > took)
		odds_weight(f, "upload", WEIGHT_DEVIATION_UPLOAD,
		    "the device gave %s and got %s", phrase_bytes(gave, sent),
		    phrase_bytes(took, got));
	if (use)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	else if (f->port != 0)
		odds_weight(f, "port", WEIGHT_DEVIATION_PORT_ODD,
		    "port %s has no usual service", port);
	odds_name(f, c);
	odds_prevalence(f, c);
	odds_benign(f, "a file that forgot it, or is older than the device's program", true,
	    "it allows what its author knew of");
	odds_benign(
	    f, "another device at its address", true, "the file is bound to an address");
	odds_benign(f, "somebody who works with the device",
	    c->peer_side != SIDE_EXTERNAL && c->host_side == SIDE_INTERNAL,
	    "the other one is %s",
	    (c->peer_side == SIDE_EXTERNAL) == (c->host_side == SIDE_EXTERNAL) ? "ours"
									       : "outside");
}

static void
say(struct finding *f, const struct context *c)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	const char *name = c->listed_in, *end = strstr(name, " sha256:");
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n[PHRASE_COUNT];
	int len = (int)(end && end - name < 60 ? end - name : 60);

	buf_printf(&b,
	    strcmp(c->listed, FROM) == 0
		? "%s called %s (%s contacts), which its MUD file %.*s does not allow"
		: "%s called the device %s (%s contacts), which the device's MUD file %.*s "
		  "does not allow",
	    ip_text(&f->host, host), phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    phrase_count(f->contacts, n), len, name);
	CHECK(!b.bad);
}

bool
unpermitted_judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    struct finding *f)
{
	const struct contact *c;
	struct calls calls;
	struct volume v;
	size_t pair, n;

	if (!calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	v = volume_of(c, n);
	f->first_ns = c[0].start_ns;
	f->last_ns = c[n - 1].start_ns;
	f->contacts = n;
	f->llr_mb = weight_mb[WEIGHT_DEVIATION_FILE];
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, calls.end - calls.first);
	odds_measure(f, "up_bytes", v.up);
	odds_measure(f, "down_bytes", v.down);
	odds_measure(f, "services", calls.end - calls.first);
	weigh(f, ctx, v.up, v.down, answered(c, n));
	odds_severity(f, ctx, SEVERITY_HIGH);
	/* Somebody wrote down that it should not be: that is never nothing. */
	if (f->severity == SEVERITY_INFO)
		f->severity = SEVERITY_LOW;
	f->technique = "T1071";
	say(f, ctx);
	return true;
}
