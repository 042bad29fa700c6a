/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as CSV (RFC 4180): CRLF, a header, text always in quotes and
 * numbers never. A field that a spreadsheet would run as a formula is text
 * with an apostrophe before it.
 */
#include "publish/publish.h"

#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/escape.h"

/* The line is the header and the order of the fields; docs/formats/findings.csv.md has them. */
#define COLUMNS                                                                     \
	"id,kind,severity,host,peer,name,port,proto,first_seen,last_seen,contacts," \
	"llr_mb,fdr_ppm,odds_mb,technique,period_ns,low_ns,high_ns,gaps,gaps_in,"   \
	"null_ppm,coverage_ppm,hours,same_size_ppm,failed_ppm,kappa_percent,"       \
	"log10_p_ud,frames_dropped,frames_cut,records_skipped,contacts_shed,"       \
	"resolution_ns,sampling,benign_standing,why,input,slice_sha256"

void
publish_csv_header(struct buf *out)
{
	buf_puts(out, COLUMNS "\r\n");
}

/*
 * Spreadsheets take a field that starts with one of these for a formula, with
 * quotes or without, some of them also the full-width forms.
 */
static bool
looks_like_formula(struct span s)
{
	static const char *const starts[] = { "=", "+", "-", "@", "\xef\xbc\x9d",
		"\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0", "|", "%" };
	size_t i = 0;

	while (i < s.len && s.at[i] == ' ') /* some strip the blanks first */
		i++;
	for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
		size_t n = strlen(starts[k]);

		if (s.len - i >= n && memcmp(s.at + i, starts[k], n) == 0)
			return true;
	}
	return false;
}

/* Escaped first, so that no tab or line end is left that could stand before an '='. */
void
publish_csv_text(struct buf *out, const char *text)
{
	struct buf plain = { .max = 64 << 10 };
	struct span s;

	escape_str(&plain, ESCAPE_TEXT, text);
	out->bad |= plain.bad;
	s = buf_span(&plain);
	buf_putc(out, '"');
	if (looks_like_formula(s))
		buf_putc(out, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, (char)s.at[i]);
	}
	buf_puts(out, "\",");
	buf_release(&plain);
}

static void
put_uint(struct buf *out, uint64_t v)
{
	buf_printf(out, "%" PRIu64 ",", v);
}

static void
put_shape(struct buf *out, const struct finding *f)
{
	const struct beacon_shape *s = &f->beacon;

	if (f->kind != FINDING_BEACON) {
		buf_puts(out, ",,,,,,,,,,,,"); /* no shape is not a shape of zeros */
		return;
	}
	put_uint(out, s->period_ns);
	put_uint(out, s->low_ns);
	put_uint(out, s->high_ns);
	put_uint(out, s->gaps);
	put_uint(out, s->gaps_in);
	put_uint(out, s->null_ppm);
	put_uint(out, s->coverage_ppm);
	put_uint(out, s->hours);
	put_uint(out, s->same_size_ppm);
	put_uint(out, s->failed_ppm);
	put_uint(out, s->kappa_percent);
	buf_printf(out, "%" PRId64 ",", s->log10_p_ud);
}

static void
put_limits(struct buf *out, const struct finding_limits *l)
{
	if (l->frames_dropped == UINT64_MAX)
		buf_putc(out, ',');
	else
		put_uint(out, l->frames_dropped);
	put_uint(out, l->frames_cut);
	put_uint(out, l->records_skipped);
	put_uint(out, l->contacts_shed);
	put_uint(out, l->resolution_ns);
	put_uint(out, l->sampling);
}

static void
put_standing(struct buf *out, const struct finding *f)
{
	struct buf list = { .max = 16 << 10 };

	buf_puts(&list, "");
	for (unsigned i = 0; i < f->benigns; i++)
		if (f->benign[i].stands)
			buf_printf(&list, "%s%s", list.len ? "; " : "", f->benign[i].what);
	out->bad |= list.bad;
	publish_csv_text(out, list.bad ? "" : list.at);
	buf_release(&list);
}

static void
put_slices(struct buf *out, const struct finding *f)
{
	char list[FINDING_SLICES * (DIGEST_HEX + 2)] = "", hex[DIGEST_HEX];
	size_t len = 0;

	CHECK(f->slices <= FINDING_SLICES);
	for (unsigned i = 0; i < f->slices; i++)
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
		    i ? "; " : "", digest_hex(&f->slice[i], hex));
	publish_csv_text(out, list);
}

void
publish_csv(const struct finding *f, struct buf *out)
{
	static const struct ip nobody;
	struct digest id = finding_id(f);
	char hex[DIGEST_HEX], ip[IP_TEXT], proto[8], stamp[STAMP_TEXT];

	publish_csv_text(out, digest_hex(&id, hex));
	publish_csv_text(out, finding_kind_text(f->kind));
	publish_csv_text(out, severity_text(f->severity));
	publish_csv_text(out, ip_text(&f->host, ip));
	publish_csv_text(out, ip_equal(&f->peer, &nobody) ? "" : ip_text(&f->peer, ip));
	publish_csv_text(out, f->name);
	put_uint(out, f->port);
	publish_csv_text(out, f->proto ? proto_text(f->proto, proto) : "any");
	publish_csv_text(out, stamp_text(f->first_ns, stamp));
	publish_csv_text(out, stamp_text(f->last_ns, stamp));
	put_uint(out, f->contacts);
	buf_printf(out, "%" PRId64 ",", f->llr_mb);
	put_uint(out, f->fdr_ppm);
	buf_printf(out, "%" PRId32 ",", f->odds_mb);
	publish_csv_text(out, f->technique ? f->technique : "");
	put_shape(out, f);
	put_limits(out, &f->limits);
	put_standing(out, f);
	publish_csv_text(out, f->why);
	publish_csv_text(out, f->input ? f->input : "");
	put_slices(out, f);
	if (!out->bad)
		out->len--; /* the last field's comma */
	buf_puts(out, "\r\n");
}
