/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/lineage.h"

#include <string.h>

#include "base/json.h"
#include "publish/escape.h"

#define SHOWN 160 /* characters of a passage in the table */

static const enum lineage_link links[LINKS] = { LINK_WORDS, LINK_TRANSLATION, LINK_BRIEFING,
	LINK_DECLARED, LINK_ADDRESS };

const char *
publish_link_basis(uint32_t link)
{
	if (link & LINK_TRANSLATION)
		return "translation";
	if (link & LINK_BRIEFING)
		return "briefing";
	if (link & (LINK_DECLARED | LINK_ADDRESS))
		return "declared";
	return link & LINK_WORDS ? "passages" : "other";
}

/* The name as each of two texts writes it, once when they agree. */
static void
put_speaker(const struct lineage *l, const struct lineage_pair *p, struct buf *out)
{
	const struct document *a = &l->document[p->a].text, *b = &l->document[p->b].text;
	const struct speaker *x = &l->document[p->a].notice.speaker[p->speaker_a];
	const struct speaker *y = &l->document[p->b].notice.speaker[p->speaker_b];
	struct span s = document_range(a, x->at.from, x->at.to);
	struct span t = document_range(b, y->at.from, y->at.to);
	char day[DAY_TEXT];

	buf_put(out, s.at, s.len);
	if (s.len != t.len || memcmp(s.at, t.at, s.len) != 0) {
		buf_puts(out, " / ");
		buf_put(out, t.at, t.len);
	}
	buf_printf(out, ", %s", day_text(x->day.year ? x->day : y->day, day));
}

void
publish_link_reason(const struct lineage *l, const struct lineage_pair *p, struct buf *out)
{
	bool by_speaker = p->link & (LINK_TRANSLATION | LINK_BRIEFING);
	const char *between = "";

	if (p->link & LINK_TRANSLATION)
		buf_puts(out, p->link & LINK_BRIEFING ? "one briefing in two languages: "
						      : "one statement in two languages: ");
	else if (p->link & LINK_BRIEFING)
		buf_puts(out, "one briefing: ");
	if (by_speaker) {
		put_speaker(l, p, out);
		between = "; ";
	}
	if (p->link & LINK_WORDS) {
		buf_printf(out,
		    "%sthe same words: %u passage%s of %d or more characters, the "
		    "longest of %u",
		    between, p->passages.n, p->passages.n == 1 ? "" : "s", PASSAGE_LEAST,
		    p->longest);
		if (p->counted < p->passages.n)
			buf_printf(out, "; %u of them in prose of their own", p->counted);
		between = "; ";
	}
	if (p->link & LINK_DECLARED) {
		buf_printf(out, "%sa declared origin in common", between);
		between = "; ";
	}
	if (p->link & LINK_ADDRESS)
		buf_printf(out, "%sthe text of one address", between);
}

static void
put_label(const struct lineage_document *d, struct buf *out)
{
	buf_printf(out, "%.8s ", d->id);
	escape_str(out, ESCAPE_TEXT, d->name ? d->name : "");
}

static void
put_document(const struct lineage_document *d, struct buf *out)
{
	char day[DAY_TEXT];

	buf_puts(out, "  ");
	put_label(d, out);
	buf_puts(out, "\n      ");
	if (d->refused) {
		escape_str(out, ESCAPE_TEXT, d->refused);
		buf_puts(out, ": not compared\n");
		return;
	}
	buf_printf(out, "%s, %s (%s), %u characters%s%s%s, published %s",
	    document_kind_text(d->text.kind), d->text.charset.name,
	    charset_by_text(d->text.charset.by), d->text.n,
	    d->text.charset.replaced ? ", some unreadable" : "",
	    d->notice.language[0] ? ", " : "", d->notice.language,
	    day_text(d->notice.published, day));
	if (d->text.shallow)
		buf_puts(out, "; nested too deep, the rest was not read");
	for (uint32_t i = 0; i < d->notice.parties; i++)
		buf_printf(out, "%s %s x%u", i ? "," : "\n      quotes institutions of",
		    d->notice.quoted[i].party, d->notice.quoted[i].times);
	for (uint32_t i = 0; i < d->notice.speakers; i++) {
		const struct speaker *s = &d->notice.speaker[i];

		buf_puts(out, "\n      quotes ");
		escape_span(
		    out, ESCAPE_TEXT, document_range(&d->text, s->at.from, s->at.to));
		buf_printf(out, " (%s), %s%s", s->name, day_text(s->day, day),
		    s->briefing ? ", at a briefing" : "");
	}
	buf_putc(out, '\n');
}

static void
put_range(const struct document *d, struct range r, const char *lead, struct buf *out)
{
	bool cut = r.to - r.from > SHOWN;
	struct span s = document_range(d, r.from, cut ? r.from + SHOWN : r.to);

	buf_printf(out, "%s[%u, %u) ", lead, r.from, r.to);
	while (s.len > 0) { /* a line of the text ends: shown, and not as \x0a */
		const uint8_t *end = memchr(s.at, '\n', s.len);
		size_t n = end ? (size_t)(end - s.at) : s.len;

		escape_span(out, ESCAPE_TEXT, (struct span){ s.at, n });
		buf_puts(out, end ? " | " : "");
		s.at += n + (end != NULL);
		s.len -= n + (end != NULL);
	}
	buf_puts(out, cut ? " ...\n" : "\n");
}

static void
put_pair(const struct lineage *l, const struct lineage_pair *p, struct buf *out)
{
	const struct lineage_document *a = &l->document[p->a], *b = &l->document[p->b];
	struct buf why = { .max = 4096 };

	buf_puts(out, "\n  ");
	put_label(a, out);
	buf_puts(out, "\n  ");
	put_label(b, out);
	publish_link_reason(l, p, &why);
	buf_puts(out, "\n      ");
	if (p->link) {
		buf_puts(out, "linked: ");
		escape_span(out, ESCAPE_TEXT, buf_span(&why));
	} else {
		buf_printf(out, "not linked: %u shared passage%s of 12 or more characters",
		    p->passages.n, p->passages.n == 1 ? "" : "s");
		buf_printf(
		    out, ", %u that count%s", p->counted, p->counted == 1 ? "s" : "");
	}
	buf_puts(out, p->passages.cut ? "; there may be more\n" : "\n");
	for (uint32_t i = 0; i < p->passages.n; i++) {
		buf_printf(out, "      %u characters%s\n", p->passages.at[i].n,
		    p->counts[i] ? "" : ", furniture or a quotation: does not count");
		put_range(&a->text, lineage_range_a(l, p, i), "        ", out);
		put_range(&b->text, lineage_range_b(l, p, i), "        ", out);
	}
	buf_release(&why);
}

/* What a shell takes as one word whatever is in it. */
static void
put_shell_word(struct span s, struct buf *out)
{
	buf_putc(out, '\'');
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, (char)s.at[i]);
	buf_putc(out, '\'');
}

static uint32_t
links_of_group(const struct lineage *l, uint32_t group, struct buf *why)
{
	uint32_t all = 0;

	for (uint32_t i = 0; i < l->pairs; i++) {
		const struct lineage_pair *p = &l->pair[i];

		if (!p->link || l->group[p->a] != group)
			continue;
		if (all)
			buf_puts(why, "; ");
		all |= p->link;
		publish_link_reason(l, p, why);
	}
	return all;
}

static uint32_t
size_of_group(const struct lineage *l, uint32_t group)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->documents; i++)
		n += l->group[i] == group;
	return n;
}

static void
put_group(const struct lineage *l, uint32_t group, const char *dir, struct buf *out)
{
	struct buf why = { .max = 1 << 16 }, plain = { .max = 1 << 17 };
	uint32_t all = links_of_group(l, group, &why);

	buf_puts(out, "\n");
	for (uint32_t i = 0; i < l->documents; i++)
		if (l->group[i] == group) {
			buf_puts(out, "  ");
			put_label(&l->document[i], out);
			buf_putc(out, '\n');
		}
	escape_span(&plain, ESCAPE_TEXT, buf_span(&why));
	buf_puts(out, "      ");
	buf_put(out, plain.at, plain.len);
	buf_puts(out, "\n      geophone case group ");
	put_shell_word((struct span){ (const uint8_t *)dir, strlen(dir) }, out);
	for (uint32_t i = 0; i < l->documents; i++)
		if (l->group[i] == group)
			buf_printf(out, " %.8s", l->document[i].id);
	buf_printf(out, " --basis %s --because ", publish_link_basis(all));
	put_shell_word(buf_span(&plain), out);
	buf_putc(out, '\n');
	buf_release(&why);
	buf_release(&plain);
}

static void
put_common(const struct lineage *l, const char *dir, struct buf *out)
{
	if (l->commons == 0)
		return;
	buf_printf(out, "\nAll %u documents quote institutions of ", l->documents);
	for (uint32_t i = 0; i < l->commons; i++)
		buf_printf(out, "%s%s", i ? ", " : "", l->common[i]);
	buf_printf(out,
	    ".\n%u documents are not %u sources: for what these institutions say they are "
	    "one.\n",
	    l->documents, l->documents);
	buf_puts(out, "      geophone case group ");
	put_shell_word((struct span){ (const uint8_t *)dir, strlen(dir) }, out);
	for (uint32_t i = 0; i < l->documents; i++)
		buf_printf(out, " %.8s", l->document[i].id);
	buf_printf(
	    out, " --basis party --because 'all quote institutions of %s'\n", l->common[0]);
}

void
publish_lineage_text(const struct lineage *l, const char *dir, struct buf *out)
{
	uint32_t groups = 0, proposed = 0;

	for (uint32_t i = 0; i < l->documents; i++) {
		groups += l->group[i] == i;
		proposed += l->group[i] == i && size_of_group(l, i) > 1;
	}
	buf_printf(out, "documents (%u)\n", l->documents);
	for (uint32_t i = 0; i < l->documents; i++)
		put_document(&l->document[i], out);
	buf_printf(out, "\npairs that share something (%u)\n", l->pairs);
	for (uint32_t i = 0; i < l->pairs; i++)
		put_pair(l, &l->pair[i], out);
	buf_printf(out, "\nproposed groups of one origin (%u); to confirm:\n", proposed);
	for (uint32_t i = 0; i < l->documents; i++)
		if (l->group[i] == i && size_of_group(l, i) > 1)
			put_group(l, i, dir, out);
	put_common(l, dir, out);
	buf_printf(out, "\n%u document%s, %u origin%s if the proposals are confirmed.\n",
	    l->documents, l->documents == 1 ? "" : "s", groups, groups == 1 ? "" : "s");
}

static void
json_range(struct json *j, const char *key, struct range r)
{
	json_key(j, key);
	json_open(j, '[');
	json_uint(j, r.from);
	json_uint(j, r.to);
	json_close(j, ']');
}

static void
json_text(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	if (s)
		json_str(j, s);
	else
		json_none(j);
}

static void
json_notice(struct json *j, const struct lineage_document *d)
{
	char day[DAY_TEXT];

	json_text(j, "published",
	    d->notice.published.month ? day_text(d->notice.published, day) : NULL);
	json_text(j, "publisher", d->publisher);
	json_key(j, "quotes");
	json_open(j, '[');
	for (uint32_t i = 0; i < d->notice.parties; i++) {
		json_open(j, '{');
		json_range(j, "at", d->notice.quoted[i].at);
		json_text(j, "party", d->notice.quoted[i].party);
		json_key(j, "times"), json_uint(j, d->notice.quoted[i].times);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_text(j, "refused", d->refused);
	json_key(j, "speakers");
	json_open(j, '[');
	for (uint32_t i = 0; i < d->notice.speakers; i++) {
		const struct speaker *s = &d->notice.speaker[i];

		json_open(j, '{');
		json_range(j, "at", s->at);
		json_key(j, "briefing"), json_bool(j, s->briefing);
		json_text(j, "day", s->day.month ? day_text(s->day, day) : NULL);
		json_text(j, "name", s->name);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
json_document(struct json *j, const struct lineage_document *d)
{
	json_open(j, '{');
	json_text(j, "address", d->address);
	json_key(j, "characters"), json_uint(j, d->text.n);
	json_text(j, "charset", d->text.charset.name);
	json_text(j, "id", d->id);
	json_text(j, "kind", document_kind_text(d->text.kind));
	json_text(j, "language", d->notice.language[0] ? d->notice.language : NULL);
	json_text(j, "name", d->name);
	json_notice(j, d);
	json_text(j, "title", d->text.says[FACT_TITLE].value);
	json_close(j, '}');
}

static void
json_pair(struct json *j, const struct lineage *l, const struct lineage_pair *p)
{
	const struct lineage_document *a = &l->document[p->a], *b = &l->document[p->b];
	struct buf why = { .max = 4096 };

	buf_puts(&why, "");
	publish_link_reason(l, p, &why);
	json_open(j, '{');
	json_text(j, "a", a->id);
	json_text(j, "b", b->id);
	json_key(j, "because"), json_bytes(j, buf_span(&why));
	json_key(j, "counted"), json_uint(j, p->counted);
	json_key(j, "cut"), json_bool(j, p->passages.cut);
	json_key(j, "links");
	json_open(j, '[');
	for (size_t i = 0; i < LINKS; i++)
		if (p->link & links[i])
			json_str(j, lineage_link_text(links[i]));
	json_close(j, ']');
	json_key(j, "passages");
	json_open(j, '[');
	for (uint32_t i = 0; i < p->passages.n; i++) {
		struct range x = lineage_range_a(l, p, i), y = lineage_range_b(l, p, i);

		json_open(j, '{');
		json_range(j, "a", x);
		json_range(j, "b", y);
		json_key(j, "counts"), json_bool(j, p->counts[i]);
		json_key(j, "length"), json_uint(j, p->passages.at[i].n);
		json_key(j, "text_a");
		json_bytes(j, document_range(&a->text, x.from, x.to));
		json_key(j, "text_b");
		json_bytes(j, document_range(&b->text, y.from, y.to));
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
	buf_release(&why);
}

static void
json_groups(struct json *j, const struct lineage *l)
{
	json_open(j, '[');
	for (uint32_t i = 0; i < l->documents; i++) {
		struct buf why = { .max = 1 << 16 };

		if (l->group[i] != i || size_of_group(l, i) < 2)
			continue;
		json_open(j, '{');
		json_text(j, "basis", publish_link_basis(links_of_group(l, i, &why)));
		json_key(j, "because"), json_bytes(j, buf_span(&why));
		json_key(j, "members");
		json_open(j, '[');
		for (uint32_t k = 0; k < l->documents; k++)
			if (l->group[k] == i)
				json_str(j, l->document[k].id);
		json_close(j, ']');
		json_close(j, '}');
		buf_release(&why);
	}
	json_close(j, ']');
}

void
publish_lineage_json(const struct lineage *l, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "common");
	json_open(&j, '[');
	for (uint32_t i = 0; i < l->commons; i++)
		json_str(&j, l->common[i]);
	json_close(&j, ']');
	json_key(&j, "documents");
	json_open(&j, '[');
	for (uint32_t i = 0; i < l->documents; i++)
		json_document(&j, &l->document[i]);
	json_close(&j, ']');
	json_key(&j, "groups");
	json_groups(&j, l);
	json_key(&j, "pairs");
	json_open(&j, '[');
	for (uint32_t i = 0; i < l->pairs; i++)
		json_pair(&j, l, &l->pair[i]);
	json_close(&j, ']');
	json_key(&j, "rule"), json_uint(&j, DOCUMENT_RULE);
	json_close(&j, '}');
	buf_putc(out, '\n');
}
