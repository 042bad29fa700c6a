/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/tell.h"

#include "base/stamp.h"

/* What was taken for ours because nobody said: a reader must be able to object. */
void
tell_inferred(const struct hosts *hosts, tell_fact *say, void *state)
{
	struct ip_net net[HOSTS_INFERRED];
	uint64_t originators;
	unsigned n = hosts_inferred(hosts, net, &originators);
	char ip[IP_TEXT];
	struct error text;

	for (unsigned i = 0; i < n; i++) {
		unsigned bits = net[i].bits - (ip_is_v4(&net[i].ip) ? 96u : 0u);

		(void)error_set(&text, OK,
		    "%s/%u is taken for ours, since most of what was heard touches it; "
		    "say what is with --internal",
		    ip_text(&net[i].ip, ip), bits);
		say(state, text.text);
	}
	if (originators == 0)
		return;
	(void)error_set(&text, OK,
	    "nobody said which addresses are ours: %llu that opened connections are taken "
	    "for ours; say what is with --internal",
	    (unsigned long long)originators);
	say(state, text.text);
}

/* What was not judged, since the input cannot tell. */
void
tell_refused(
    const struct run_totals *t, const struct finding_limits *l, tell_fact *say, void *state)
{
	char step[STAMP_TEXT];
	struct error text;

	if (t->sampled > 0) {
		(void)error_set(&text, OK,
		    "%llu pairs were not judged by their timing: only 1 in %u packets was "
		    "looked at, and when a contact is seen is a matter of luck",
		    (unsigned long long)t->sampled, l->sampling);
		say(state, text.text);
	}
	if (t->coarse > 0) {
		(void)error_set(&text, OK,
		    "%llu pairs were not judged by their timing: the times are told in "
		    "steps "
		    "of %s, too coarse for their period",
		    (unsigned long long)t->coarse, stamp_period(l->resolution_ns, step));
		say(state, text.text);
	}
}

/* A finding of a part of the input must not pass for one of the whole. */
void
tell_filter(const struct filter *f, tell_fact *say, void *state)
{
	char from[STAMP_TEXT], to[STAMP_TEXT];
	struct error text;

	if (filter_text(f)) {
		(void)error_set(&text, OK,
		    "only frames that match the filter \"%s\" were looked at",
		    filter_text(f));
		say(state, text.text);
	}
	if (filter_from(f) == 0 && filter_to(f) == UINT64_MAX)
		return;
	(void)error_set(&text, OK, "only what began %s%s%s%s was looked at",
	    filter_from(f) ? "at or after " : "",
	    filter_from(f) ? stamp_text(filter_from(f), from) : "",
	    filter_to(f) == UINT64_MAX ? ""
	    : filter_from(f)           ? " and before "
				       : "before ",
	    filter_to(f) == UINT64_MAX ? "" : stamp_text(filter_to(f), to));
	say(state, text.text);
}

/* What the state holds and what it could not. */
void
tell_state(const char *dir, const struct state_counts *c, tell_fact *say, void *state)
{
	char since[STAMP_TEXT];
	struct error text;

	(void)error_set(&text, OK,
	    "%s: %llu contacts of %llu pairs are kept for the next run; clocks were judged "
	    "on %llu runs since %s%s",
	    dir, (unsigned long long)c->contacts, (unsigned long long)c->pairs,
	    (unsigned long long)c->runs, stamp_text(c->since_ns, since),
	    c->again ? "; what was heard now was heard before" : "");
	say(state, text.text);
}
