/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek.h"

#include "collect/zeek_json.h"
#include "collect/zeek_trait.h"
#include "collect/zeek_tsv.h"

/* One line from the front of *s; the last one may have no end. */
static struct span
cut_line(struct span *s)
{
	const uint8_t *end = memchr(s->at, '\n', s->len);
	struct span line = { .at = s->at, .len = end ? (size_t)(end - s->at) : s->len };

	s->at += line.len + (end != NULL);
	s->len -= line.len + (end != NULL);
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/*
 * Better evidence wins: a line of a conn.log makes the file one, whatever else
 * is in it, for what is not a connection is stepped over when it is read.
 */
static void
weigh(
    enum zeek_kind seen, const char *seen_path, enum zeek_kind *kind, char path[static 32])
{
	if (seen == ZEEK_NO || (seen == *kind && path[0] != '\0'))
		return;
	*kind = seen;
	memcpy(path, seen_path, 32);
}

/*
 * A line of JSON that does not name its log: its fields do. Those of x509, files
 * and dhcp logs name no flow either, and are known only here.
 */
static enum zeek_kind
by_fields(struct span line, enum zeek_kind seen, char path[static 32])
{
	struct zeek_row row;
	const char *log;

	if (seen == ZEEK_CONN || path[0] != '\0' || line.at[0] != '{')
		return seen;
	zeek_row_json(&row, line);
	log = zeek_row_log(&row);
	if (log == NULL)
		return seen;
	memcpy(path, log, strlen(log) + 1);
	return ZEEK_OTHER;
}

enum zeek_kind
zeek_recognise(struct span first, char path[static 32])
{
	enum zeek_kind kind = ZEEK_NO, seen;
	struct zeek_words words;
	struct zeek_tsv tsv;

	memset(path, 0, 32);
	zeek_words_init(&words);
	zeek_tsv_init(&tsv);
	if (first.len >= 3 && memcmp(first.at, "\xef\xbb\xbf", 3) == 0) {
		first.at += 3;
		first.len -= 3;
	}
	while (first.len > 0 && kind != ZEEK_CONN) {
		struct span line = cut_line(&first);
		struct zeek_draft d;
		struct flow flow;

		if (line.len == 0)
			continue;
		if (line.at[0] == '#') {
			zeek_tsv_header(&tsv, &words, line);
			weigh(tsv.kind, tsv.path, &kind, path);
			continue;
		}
		/* Lines of TSV are no JSON: only their header counts. */
		zeek_draft_init(&d, &flow, &words, first.at + first.len);
		seen = zeek_json_line(line, &d);
		seen = by_fields(line, seen, d.path);
		weigh(seen, d.path, &kind, path);
	}
	return kind;
}
