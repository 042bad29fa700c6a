/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/wants.h"

#include <stdlib.h>
#include <string.h>

#include "detect/detector.h"
#include "profile/names.h"

static int
compare_ends(const struct ip *host, const struct ip *peer, const struct finding *f)
{
	int c = ip_compare(host, &f->host);

	return c ? c : ip_compare(peer, &f->peer);
}

static int
compare_wanted(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;
	int c = compare_ends(&x->finding->host, &x->finding->peer, y->finding);

	if (c)
		return c;
	return x->slice < y->slice ? -1 : 1;
}

/* A finding whose peer is a name has no flows of its own: its slice is what was asked. */
static bool
by_name(const struct finding *f)
{
	static const struct ip none;

	return ip_equal(&f->peer, &none) && scope_of(f) == SCOPE_SERVICE;
}

void
wants_init(struct wants *w, const struct finding *finding, unsigned n)
{
	CHECK(n <= WANTS_MAX);
	*w = (struct wants){ .narrows = 0 };
	for (unsigned i = 0; i < n; i++) {
		struct wanted want = { &finding[i], i };

		if (scope_of(&finding[i]) == SCOPE_SERVICE && !by_name(&finding[i]))
			w->narrow[w->narrows++] = want;
		else
			w->wide[w->wides++] = want;
	}
	if (w->narrows > 1)
		qsort(w->narrow, w->narrows, sizeof *w->narrow, compare_wanted);
}

/* The first that is not before (host, peer). */
static unsigned
first_wanted(const struct wants *w, const struct ip *host, const struct ip *peer)
{
	unsigned low = 0, high = w->narrows;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (compare_ends(host, peer, w->narrow[mid].finding) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
has_no_port(uint8_t proto)
{
	return proto != PROTO_TCP && proto != PROTO_UDP && proto != PROTO_SCTP;
}

void
wants_ask_ends(const struct wants *w, const struct ip *host, const struct ip *peer,
    uint8_t proto, uint16_t peer_port, wants_sink *sink, void *state)
{
	for (unsigned i = first_wanted(w, host, peer); i < w->narrows; i++) {
		const struct finding *want = w->narrow[i].finding;

		if (compare_ends(host, peer, want) != 0)
			return;
		if (want->proto == proto &&
		    (want->port == peer_port || has_no_port(proto)) &&
		    !sink(state, w->narrow[i].slice))
			return;
	}
}

void
wants_ask_flow(const struct wants *w, const struct flow *f, wants_sink *sink, void *state)
{
	for (unsigned i = first_wanted(w, &f->orig, &f->resp); i < w->narrows; i++) {
		const struct finding *want = w->narrow[i].finding;

		if (compare_ends(&f->orig, &f->resp, want) != 0)
			return;
		if (scope_has_flow(SCOPE_SERVICE, want, f) &&
		    !sink(state, w->narrow[i].slice))
			return;
	}
}

void
wants_ask_flow_wide(
    const struct wants *w, const struct flow *f, wants_sink *sink, void *state)
{
	for (unsigned i = 0; i < w->wides; i++) {
		const struct finding *want = w->wide[i].finding;

		if (!by_name(want) && scope_has_flow(scope_of(want), want, f) &&
		    !sink(state, w->wide[i].slice))
			return;
	}
}

/* A trait bears on the pair of its flow, and on that of whom it asks for. */
struct bearing {
	struct ip peer; /* all zeros: by name */
	uint16_t port;
	char name[NAME_TEXT];
};

static unsigned
bearings_of(const struct trait *t, struct bearing b[static 2])
{
	struct span name = { 0 };
	struct span clean;

	b[0] = (struct bearing){ .peer = t->resp, .port = t->resp_port };
	b[1] = (struct bearing){ .port = names_port(t) };
	if (t->kind == TRAIT_HTTP)
		name = t->http.host;
	if (t->kind == TRAIT_TLS)
		name = t->tls.server_name;
	clean = (struct span){ (const uint8_t *)b[1].name, name_clean(name, b[1].name) };
	if (clean.len == 0)
		return 1;
	if (ip_parse(clean, &b[1].peer)) {
		b[1].name[0] = '\0';
		if (b[1].port == b[0].port && ip_equal(&b[0].peer, &b[1].peer))
			return 1;
	}
	return 2;
}

/* Does the trait bear on the finding's service: at its address, or by its name? */
static bool
bears_on(const struct bearing *b, const struct trait *t, const struct finding *want)
{
	return ip_equal(&t->orig, &want->host) && ip_equal(&b->peer, &want->peer) &&
	       want->proto == t->proto && want->port == b->port &&
	       (b->name[0] == '\0' || strcmp(want->name, b->name) == 0);
}

void
wants_ask_trait_wide(
    const struct wants *w, const struct trait *t, wants_sink *sink, void *state)
{
	struct bearing b[2];
	unsigned n = bearings_of(t, b);

	for (unsigned i = 0; i < w->wides; i++) {
		const struct finding *want = w->wide[i].finding;
		bool yes = by_name(want) ? bears_on(&b[n - 1], t, want)
					 : scope_has_trait(scope_of(want), want, t);

		if (yes && !sink(state, w->wide[i].slice))
			return;
	}
}

void
wants_ask_trait(const struct wants *w, const struct trait *t, wants_sink *sink, void *state)
{
	struct bearing b[2];
	unsigned n = bearings_of(t, b);

	for (unsigned k = 0; k < n; k++) {
		unsigned i = first_wanted(w, &t->orig, &b[k].peer);

		for (; i < w->narrows; i++) {
			const struct finding *want = w->narrow[i].finding;

			if (compare_ends(&t->orig, &b[k].peer, want) != 0)
				break;
			if (bears_on(&b[k], t, want) && !sink(state, w->narrow[i].slice))
				return;
		}
	}
}
