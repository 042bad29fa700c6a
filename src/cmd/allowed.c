/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/allowed.h"

#include <string.h>

#include "collect/asn_file.h"
#include "profile/names.h"
#include "publish/allow.h"

/* Did a look-up of a name under the suffix give the host this address? */
static bool
gave(const struct names *ns, const struct ip *host, const struct ip *address,
    const char *suffix)
{
	size_t n;
	const struct name_link *l = names_at(ns, host, address, &n);

	for (size_t i = 0; i < n; i++)
		if ((l[i].how & NAME_LOOKED_UP) && l[i].name != 0 &&
		    allow_under(names_text(ns, l[i].name), suffix))
			return true;
	return false;
}

/* A name at several addresses: each of them, or whoever has the name hides behind the others. */
static bool
all_gave(
    const struct names *ns, const struct ip *host, const char *name, const char *suffix)
{
	struct ip key = name_key((struct span){ (const uint8_t *)name, strlen(name) });
	size_t n, asked = 0;
	const uint32_t *by = names_by(ns, host, &key, &n);

	for (size_t i = 0; i < n; i++) {
		const struct name_link *l = names_link(ns, by[i]);

		if (l->how == NAME_LOOKED_UP)
			continue;
		asked++;
		/* A proxy looks the name up itself. */
		if (!(l->how & NAME_PROXIED) && !gave(ns, host, &l->address, suffix))
			return false;
	}
	return asked > 0;
}

static bool
resolved(void *state, const struct finding *f, const char *suffix)
{
	const struct heard *h = state;
	static const struct ip nobody;

	for (size_t i = 0; h->names && i < h->shards; i++) {
		const struct names *ns = h->names[i];

		if (ns == NULL)
			continue;
		if (ip_equal(&f->peer, &nobody) ? all_gave(ns, &f->host, f->name, suffix)
						: gave(ns, &f->host, &f->peer, suffix))
			return true;
	}
	return false;
}

static void
tell(const struct allow *rules, bool show, allowed_say *say, void *state)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct allow_rule *r = &rules->rule[i];
		struct error text;

		if (r->hid > 0) {
			(void)error_set(&text, OK,
			    show ? "the rule in line %llu (%s) would hide %llu findings"
				 : "the rule in line %llu (%s) hides %llu findings; "
				   "--show-allowed shows them",
			    (unsigned long long)r->line, r->reason,
			    (unsigned long long)r->hid);
			say(state, text.text);
		}
		if (r->strangers > 0) {
			(void)error_set(&text, OK,
			    "the rule in line %llu (%s) does not hide %llu findings with "
			    "its "
			    "name at an address that no look-up of it gave",
			    (unsigned long long)r->line, r->reason,
			    (unsigned long long)r->strangers);
			say(state, text.text);
		}
		if (r->expired > 0) {
			(void)error_set(&text, OK,
			    "the rule in line %llu (%s) had expired for %llu findings",
			    (unsigned long long)r->line, r->reason,
			    (unsigned long long)r->expired);
			say(state, text.text);
		}
	}
}

/* Whose the addresses are; `out` NULL when no rule asks. */
static enum status
read_asn(
    const char *path, const struct allow *rules, struct asn_table **out, struct error *err)
{
	const struct allow_rule *first = NULL;
	struct input *in;
	enum status st;

	*out = NULL;
	for (size_t i = 0; first == NULL && i < rules->n; i++)
		first = rules->rule[i].asn ? &rules->rule[i] : NULL;
	if (first == NULL)
		return OK;
	if (path == NULL)
		return error_set(err, E_MISUSE,
		    "line %llu: whose an address is, is not known without a table: give "
		    "one with --asn FILE",
		    (unsigned long long)first->line);
	st = input_open(&in, path, err);
	if (st == OK)
		st = asn_read(out, in, err);
	if (st != OK)
		error_wrap(err, "%s", path);
	return st == E_FORMAT ? E_MISUSE : st;
}

enum status
allowed_apply(const char *path, const char *asn_path, bool show, const struct finding *f,
    const struct context *context, size_t n, const struct heard *heard, bool *hidden,
    allowed_say *say, void *state, struct error *err)
{
	struct heard here = *heard;
	struct asn_table *asn = NULL;
	struct allow rules;
	struct input *in;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	st = allow_read(&rules, in, err);
	if (st != OK) {
		error_wrap(err, "%s", path);
		return st == E_FORMAT ? E_MISUSE : st;
	}
	st = read_asn(asn_path, &rules, &asn, err);
	for (size_t i = 0; st == OK && i < n; i++)
		hidden[i] = allow_find(&rules, &f[i], context[i].listed,
				asn ? asn_of(asn, &f[i].peer) : 0, resolved, &here) &&
			    !show;
	if (st == OK)
		tell(&rules, show, say, state);
	else if (asn == NULL)
		error_wrap(err, "%s", path);
	asn_free(asn);
	allow_release(&rules);
	return st;
}
