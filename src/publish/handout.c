/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/handout_own.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/escape.h"
#include "publish/words.h"

static const char *const TLP_TEXT[] = {
#define X(name, text, id) text,
	TLP_LEVELS(X)
#undef X
};

static const char *const FORMAT_TEXT[] = {
#define X(name, text, what) text,
	HANDOUT_FORMATS(X)
#undef X
};

const char *
tlp_text(enum tlp t)
{
	return TLP_TEXT[t];
}

bool
tlp_of(const char *text, enum tlp *out)
{
	for (size_t i = 0; i < sizeof TLP_TEXT / sizeof *TLP_TEXT; i++)
		if (strcmp(text, TLP_TEXT[i]) == 0) {
			*out = (enum tlp)i;
			return true;
		}
	return false;
}

const char *
handout_format_text(enum handout_format f)
{
	return FORMAT_TEXT[f];
}

bool
handout_format_of(const char *text, enum handout_format *out)
{
	for (size_t i = 0; i < sizeof FORMAT_TEXT / sizeof *FORMAT_TEXT; i++)
		if (strcmp(text, FORMAT_TEXT[i]) == 0) {
			*out = (enum handout_format)i;
			return true;
		}
	return false;
}

void
handout_peer(const struct handout_item *it, struct buf *out)
{
	char ip[IP_TEXT], proto[8];

	if (it->name[0])
		buf_puts(out, it->name);
	else if (it->has_peer && it->port)
		buf_printf(out, ip_is_v4(&it->peer) ? "%s:%u" : "[%s]:%u",
		    ip_text(&it->peer, ip), it->port);
	else if (it->has_peer)
		buf_puts(out, ip_text(&it->peer, ip));
	else
		return;
	if (it->proto)
		buf_printf(out, "/%s", proto_text(it->proto, proto));
}

void
handout_title(const struct handout_item *it, struct buf *out)
{
	size_t before;

	buf_puts(out, words_kind(it->kind));
	buf_puts(out, ": ");
	before = out->len;
	handout_peer(it, out);
	if (!out->bad && out->len == before)
		buf_puts(out, "many");
}

void
handout_pointer(const struct handout *h, const struct handout_item *it, struct buf *out)
{
	buf_printf(
	    out, "Geophone %s %s", h->choice.hide ? "statement" : "finding", it->ref);
	if (it->logged) {
		buf_printf(out, ", entry %" PRIu64 " of ", it->index);
		escape_str(out, ESCAPE_TEXT, it->origin);
		buf_printf(out, ", leaf %s", it->leaf);
	}
}

int
handout_target_compare(const struct handout_item *a, const struct handout_item *b)
{
	int order = strcmp(a->name, b->name);

	if (order == 0 && a->name[0] == '\0') {
		order = ip_compare(&a->peer, &b->peer);
		if (order == 0)
			order = a->port < b->port ? -1 : a->port > b->port;
		if (order == 0)
			order = a->proto < b->proto ? -1 : a->proto > b->proto;
	}
	return order;
}

static int
by_target(const void *a, const void *b)
{
	const struct handout_item *const *x = a, *const *y = b;
	int order = handout_target_compare(*x, *y);

	return order ? order : strcmp((*x)->ref, (*y)->ref);
}

const struct handout_item **
handout_targets(const struct handout *h, size_t *n)
{
	const struct handout_item **list = calloc(h->items + 1, sizeof *list);
	size_t found = 0, kept = 0;

	if (list == NULL)
		return NULL;
	for (size_t i = 0; i < h->items; i++)
		if (h->item[i].indicates)
			list[found++] = &h->item[i];
	qsort(list, found, sizeof *list, by_target);
	for (size_t i = 0; i < found; i++)
		if (kept == 0 || handout_target_compare(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	*n = kept;
	return list;
}

void
handout_stamp(uint64_t t_ns, unsigned decimals, const char *zone, struct buf *out)
{
	char text[STAMP_TEXT];
	int n = decimals ? 20 + (int)decimals : 19; /* 2018-12-21T15:50:16.962 */

	buf_printf(out, "%.*s%s", n, stamp_text(t_ns, text), zone);
}

enum status
handout_write(
    const struct handout *h, enum handout_format format, struct buf *out, struct error *err)
{
	enum status st = OK;

	switch (format) {
	case HANDOUT_STIX:
		st = handout_stix(h, out, err);
		break;
	case HANDOUT_MISP:
		handout_misp(h, out);
		break;
	case HANDOUT_IODEF:
		handout_iodef(h, out);
		break;
	case HANDOUT_SURICATA:
		st = handout_suricata(h, out, err);
		break;
	case HANDOUT_SIGMA:
		st = handout_sigma(h, out, err);
		break;
	case HANDOUT_CSV:
		handout_events(h, out);
		break;
	}
	return st == OK ? buf_state(out, "the export", err) : st;
}

void
handout_release(struct handout *h)
{
	free(h->item);
	*h = (struct handout){ 0 };
}
