/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/derive_records.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/cmd.h"
#include "collect/lines.h"
#include "record/flow.h"
#include "record/origin.h"
#include "record/trait.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

/* Types of DNS answers that are names. */
enum { TYPE_NS = 2, TYPE_CNAME = 5, TYPE_PTR = 12 };

struct hider {
	const struct pseudonym *hide;
	struct buf bare, text, line;
	/* The names that a trait gets; one for the question, or the host, and each answer. */
	char name[TRAIT_ANSWERS + 1][PSEUDONYM_NAME];
	char uri[PSEUDONYM_WORD + 1];
};

static struct span
span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static void
hide_ip(const struct hider *h, struct ip *ip)
{
	if (h->hide)
		*ip = pseudonym_ip(h->hide, ip);
}

static void
hide_name(struct hider *h, unsigned room, struct span *name)
{
	if (h->hide)
		*name = span_of(pseudonym_name(h->hide, *name, h->name[room]));
}

static void
hide_dns(struct hider *h, struct trait_dns *d)
{
	hide_name(h, 0, &d->query);
	for (unsigned i = 0; i < d->answers; i++) {
		struct trait_answer *a = &d->answer[i];

		if (a->is_address)
			hide_ip(h, &a->address);
		else if (a->type == TYPE_NS || a->type == TYPE_CNAME || a->type == TYPE_PTR)
			hide_name(h, i + 1, &a->text);
		else
			a->text = (struct span){ 0 };
	}
}

/* A word that a browser would send; the rest is somebody's own. */
static bool
is_method(struct span s)
{
	bool good = s.len <= 16;

	for (size_t i = 0; good && i < s.len; i++)
		good = s.at[i] >= 'A' && s.at[i] <= 'Z';
	return good;
}

static void
hide_http(struct hider *h, struct trait_http *x)
{
	hide_name(h, 0, &x->host);
	if (h->hide && x->uri.len > 0) {
		h->uri[0] = '/';
		(void)pseudonym_word(h->hide, x->uri, h->uri + 1);
		x->uri = span_of(h->uri);
	} else {
		x->uri = (struct span){ 0 };
	}
	if (!is_method(x->method))
		x->method = (struct span){ 0 };
	x->user_agent = x->version = x->mime = (struct span){ 0 };
}

/* What they speak of is not there any more. */
#define DROPPED_FLAGS \
	(TRAIT_TLS_JA3 | TRAIT_TLS_JA3S | TRAIT_TLS_CERT | TRAIT_TLS_SELF_SIGNED)

static void
hide_tls(struct hider *h, struct trait_tls *x)
{
	struct trait_tls kept = { .server_name = x->server_name,
		.version = x->version,
		.client_version = x->client_version,
		.cipher = x->cipher,
		.flags = (uint16_t)(x->flags & ~DROPPED_FLAGS) };

	hide_name(h, 0, &kept.server_name);
	*x = kept;
}

static void
hide_ssh(struct trait_ssh *x)
{
	*x = (struct trait_ssh){ .auth = x->auth, .attempts = x->attempts };
}

/* A digest is a name for what can be had elsewhere. */
static void
hide_file(struct trait_file *x)
{
	*x = (struct trait_file){ .from_orig = x->from_orig,
		.seen = x->seen,
		.total = x->total,
		.missing = x->missing };
}

static void
hide_trait(struct hider *h, struct trait *t)
{
	hide_ip(h, &t->orig);
	hide_ip(h, &t->resp);
	t->where = t->uid = 0;
	switch ((enum trait_kind)t->kind) {
	case TRAIT_DNS:
		hide_dns(h, &t->dns);
		return;
	case TRAIT_HTTP:
		hide_http(h, &t->http);
		return;
	case TRAIT_TLS:
		hide_tls(h, &t->tls);
		return;
	case TRAIT_SSH:
		hide_ssh(&t->ssh);
		return;
	case TRAIT_FILE:
		hide_file(&t->file);
		return;
	case TRAIT_NTP:
		t->ntp.ref = (struct span){ 0 };
		return;
	case TRAIT_DHCP:
		t->dhcp = (struct trait_dhcp){ 0 };
		return;
	case TRAIT_ECHO: /* counts alone */
	case TRAIT_KIND_COUNT:
		return;
	}
}

/* The record of one line, under other names, in h->line. */
static enum status
hide_record(struct hider *h, struct span whole, struct error *err)
{
	static const char path[] = "{\"_path\":";
	struct digest origin;
	struct trait t;
	struct flow f;
	bool has;
	enum status st = origin_take(whole, &h->bare, &origin, &has, err);

	buf_reset(&h->line);
	if (st != OK)
		return st;
	if (h->bare.len > sizeof path && memcmp(h->bare.at, path, sizeof path - 1) == 0) {
		st = trait_decode(buf_span(&h->bare), &h->text, &t, err);
		if (st != OK)
			return st;
		hide_trait(h, &t);
		trait_encode(&t, &h->line);
	} else {
		st = flow_decode(buf_span(&h->bare), &f, err);
		if (st != OK)
			return st;
		hide_ip(h, &f.orig);
		hide_ip(h, &f.resp);
		if (flow_has_carrier(&f)) {
			hide_ip(h, &f.carrier[0]);
			hide_ip(h, &f.carrier[1]);
		}
		f.where = 0;
		flow_encode(&f, &h->line);
	}
	buf_putc(&h->line, '\n');
	return buf_state(&h->line, "a record", err);
}

enum status
derive_records(const struct pseudonym *hide, struct span from, FILE *to, uint64_t *records,
    struct error *err)
{
	struct hider h = { .hide = hide };
	struct span line;
	uint64_t n = 0;
	enum status st = OK;

	buf_init(&h.bare, LINE_MAX_BYTES), buf_init(&h.text, LINE_MAX_BYTES);
	buf_init(&h.line, LINE_MAX_BYTES);
	while (st == OK && lines_cut(&from, &line)) {
		n++;
		st = hide_record(&h, line, err);
		if (st != OK)
			error_wrap(err, "line %" PRIu64, n);
		else if (fwrite(h.line.at, 1, h.line.len, to) != h.line.len)
			st = error_sys(err, "write a record");
		if (st == OK && cmd_stopped)
			st = error_set(err, E_STOPPED, "stopped");
	}
	buf_release(&h.bare), buf_release(&h.text), buf_release(&h.line);
	if (st == OK)
		*records += n;
	return st;
}
