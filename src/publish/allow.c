/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/allow.h"

#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "base/words.h"

#define ANY       255
#define LINE_MOST 4096

static bool
copy(struct span s, char *out, size_t room)
{
	if (s.len == 0 || s.len >= room)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (c < ' ' || c == 0x7f)
			return false;
		out[i] = (char)c;
	}
	out[s.len] = '\0';
	return true;
}

static bool
take_suffix(struct span s, struct allow_rule *r)
{
	while (s.len > 0 && (*s.at == '*' || *s.at == '.')) {
		s.at++;
		s.len--;
	}
	if (s.len > 0 && s.at[s.len - 1] == '.')
		s.len--;
	if (!copy(s, r->suffix, sizeof r->suffix))
		return false;
	for (char *c = r->suffix; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 32 : *c);
	return strchr(r->suffix, '.') != NULL; /* not a whole country */
}

static bool
take_asn(struct span s, struct allow_rule *r)
{
	uint64_t n;

	if (!words_number(s, UINT32_MAX, &n))
		return false;
	r->asn = (uint32_t)n;
	return n > 0;
}

/* 443, 443/tcp */
static bool
take_port(struct span s, struct allow_rule *r)
{
	unsigned port = 0;
	size_t i = 0;
	struct span proto;

	for (; i < s.len && s.at[i] >= '0' && s.at[i] <= '9' && port < 65536; i++)
		port = port * 10 + (unsigned)(s.at[i] - '0');
	r->port = (uint16_t)port;
	if (i == 0 || port == 0 || port > 65535)
		return false;
	if (i == s.len)
		return true;
	proto = (struct span){ s.at + i + 1, s.len - i - 1 };
	r->proto = span_is(proto, "tcp") ? 6 : span_is(proto, "udp") ? 17 : 0;
	return s.at[i] == '/' && r->proto != 0;
}

static bool
take_kind(struct span s, struct allow_rule *r)
{
#define X(name, text)                     \
	if (span_is(s, text)) {           \
		r->kind = FINDING_##name; \
		return true;              \
	}
	FINDING_KINDS(X)
#undef X
	return false;
}

/* A day lasts to its end. */
static bool
take_until(struct span s, struct allow_rule *r)
{
	char day[32];

	if (stamp_parse(s, &r->until_ns))
		return true;
	if (s.len != 10)
		return false;
	memcpy(day, s.at, 10);
	memcpy(day + 10, "T23:59:59Z", 11);
	return stamp_parse(
	    (struct span){ (const uint8_t *)day, strlen(day) }, &r->until_ns);
}

static bool
take(struct span key, struct span value, struct allow_rule *r)
{
	if (span_is(key, "source"))
		return ip_net_parse(value, &r->source);
	if (span_is(key, "destination"))
		return ip_net_parse(value, &r->destination);
	if (span_is(key, "suffix"))
		return take_suffix(value, r);
	if (span_is(key, "asn"))
		return take_asn(value, r);
	if (span_is(key, "port"))
		return take_port(value, r);
	if (span_is(key, "kind"))
		return take_kind(value, r);
	if (span_is(key, "until"))
		return take_until(value, r);
	if (span_is(key, "fingerprint") || span_is(key, "certificate"))
		return copy(value, r->print, sizeof r->print);
	return false;
}

static bool
says_nothing(const struct allow_rule *r)
{
	return r->source.bits == ANY && r->destination.bits == ANY && !r->suffix[0] &&
	       !r->print[0] && r->asn == 0;
}

static enum status
take_rule(struct span line, uint64_t number, struct allow_rule *r, struct error *err)
{
	unsigned long long at = number;

	*r = (struct allow_rule){
		.line = number, .source.bits = ANY, .destination.bits = ANY, .kind = -1
	};
	for (;;) {
		struct span key = words_next(&line), value;

		if (key.len == 0)
			return error_set(
			    err, E_FORMAT, "line %llu: a rule ends with its reason", at);
		if (span_is(key, "reason"))
			break;
		value = words_next(&line);
		if (!take(key, value, r))
			return error_set(err, E_FORMAT,
			    "line %llu: not understood: %.*s %.*s", at,
			    (int)(key.len < 40 ? key.len : 40), (const char *)key.at,
			    (int)(value.len < 80 ? value.len : 80), (const char *)value.at);
	}
	if (!copy(words_rest(line), r->reason, sizeof r->reason))
		return error_set(err, E_FORMAT,
		    "line %llu: the reason is missing, or longer than %d characters", at,
		    ALLOW_REASON - 1);
	if (says_nothing(r))
		return error_set(err, E_FORMAT,
		    "line %llu: a rule without source, destination, suffix, asn or "
		    "fingerprint "
		    "would hide everything",
		    at);
	return OK;
}

static enum status
add(struct allow *a, struct span line, uint64_t number, struct error *err)
{
	if (a->n == ALLOW_RULES)
		return error_set(err, E_LIMIT, "more than %d rules", ALLOW_RULES);
	if (a->n == a->room) {
		size_t room = a->room ? 2 * a->room : 16;
		struct allow_rule *more = realloc(a->rule, room * sizeof *more);

		if (more == NULL)
			return error_set(err, E_NOMEM, "no memory for rules");
		a->rule = more;
		a->room = room;
	}
	return take_rule(line, number, &a->rule[a->n++], err);
}

enum status
allow_read(struct allow *a, struct input *in, struct error *err)
{
	enum status st = OK;
	uint64_t number = 0;

	*a = (struct allow){ 0 };
	for (;;) {
		struct span s = input_peek(in, LINE_MOST + 1), rest;
		const uint8_t *end = s.len ? memchr(s.at, '\n', s.len) : NULL;
		size_t n = end ? (size_t)(end - s.at) : s.len;

		if (s.len == 0 || st != OK)
			break;
		number++;
		rest = (struct span){ s.at, n };
		if (n > LINE_MOST) {
			st = error_set(err, E_LIMIT, "line %llu is too long",
			    (unsigned long long)number);
			break;
		}
		s = words_next(&rest);
		if (s.len > 0 && *s.at != '#')
			st = add(a,
			    (struct span){ s.at, (size_t)(rest.at + rest.len - s.at) },
			    number, err);
		input_skip(in, n + (end != NULL));
	}
	if (st == OK)
		st = input_state(in, err);
	if (st != OK)
		allow_release(a);
	input_close(in);
	return st;
}

void
allow_release(struct allow *a)
{
	free(a->rule);
	*a = (struct allow){ 0 };
}

bool
allow_under(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && strcmp(name + n - k, suffix) == 0 &&
	       (n == k || name[n - k - 1] == '.');
}

/* Of these the name itself is what was found, not who was called. */
static bool
of_names(enum finding_kind kind)
{
	return kind == FINDING_DNS_TUNNEL || kind == FINDING_DGA ||
	       kind == FINDING_FAST_FLUX;
}

static bool
fits(const struct allow_rule *r, const struct finding *f, const char *print, uint32_t asn)
{
	static const struct ip nobody;
	const char *text = strchr(print, ' ');

	if (r->kind >= 0 && r->kind != (int)f->kind)
		return false;
	if (r->port && r->port != f->port)
		return false;
	if (r->proto && r->proto != f->proto)
		return false;
	if (r->source.bits != ANY && !ip_net_has(&r->source, &f->host))
		return false;
	/* A finding of many peers is none of one place. */
	if (r->destination.bits != ANY &&
	    (ip_equal(&f->peer, &nobody) || !ip_net_has(&r->destination, &f->peer)))
		return false;
	if (r->asn && (ip_equal(&f->peer, &nobody) || r->asn != asn))
		return false;
	if (r->print[0] && (text == NULL || strcmp(text + 1, r->print) != 0))
		return false;
	return !r->suffix[0] || allow_under(f->name, r->suffix);
}

const struct allow_rule *
allow_find(struct allow *a, const struct finding *f, const char *print, uint32_t asn,
    allow_resolved *resolved, void *state)
{
	for (size_t i = 0; i < a->n; i++) {
		struct allow_rule *r = &a->rule[i];

		if (!fits(r, f, print, asn))
			continue;
		if (r->until_ns && f->last_ns > r->until_ns) {
			r->expired++;
			continue;
		}
		if (r->suffix[0] && !of_names(f->kind) && !resolved(state, f, r->suffix)) {
			r->strangers++;
			continue;
		}
		r->hid++;
		return r;
	}
	return NULL;
}
