/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/chart.h"

#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/words.h"

#define WIDE   10000 /* of the picture, in its own units */
#define HIGH   1000
#define STROKE 400 /* up to so many contacts are drawn one by one */
#define MINUTE (60 * SECOND_NS)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* clang-format off */
/* Lengths of time that people count in. */
static const uint64_t ROUND[] = {
	SECOND_NS, 2 * SECOND_NS, 5 * SECOND_NS, 10 * SECOND_NS, 15 * SECOND_NS, 30 * SECOND_NS,
	MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
	HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
	DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 56 * DAY, 112 * DAY, 364 * DAY, 3640 * DAY,
	36400 * DAY,
};
/* clang-format on */
#define ROUNDS (sizeof ROUND / sizeof *ROUND)

/* The shortest round length of which at most `n` fill the span, edges aligned. */
static uint64_t
round_step(uint64_t from, uint64_t to, unsigned n)
{
	for (size_t i = 0; i < ROUNDS; i++)
		if (to / ROUND[i] - from / ROUND[i] + 1 <= n)
			return ROUND[i];
	return ROUND[ROUNDS - 1];
}

void
chart_count(struct chart_columns *c, const struct trace *t, uint64_t from_ns,
    uint64_t to_ns, unsigned columns)
{
	CHECK(columns > 0 && columns <= CHART_COLUMNS_MAX && from_ns <= to_ns);
	*c = (struct chart_columns){ .step_ns = round_step(from_ns, to_ns, columns) };
	c->from_ns = from_ns / c->step_ns * c->step_ns;
	c->n = (unsigned)(to_ns / c->step_ns - from_ns / c->step_ns) + 1;
	if (c->n > columns) /* only past the longest length there is a name for */
		c->n = columns;
	for (size_t i = 0; t && i < t->n; i++) {
		uint64_t at;

		if (t->start_ns[i] < c->from_ns)
			continue;
		at = (t->start_ns[i] - c->from_ns) / c->step_ns;
		if (at >= c->n)
			break;
		c->count[at]++;
		if (c->count[at] > c->most)
			c->most = c->count[at];
	}
}

uint64_t
chart_bin_low(int bin)
{
	static const uint64_t quarter[] = { 2000000000, 2378414230, 2828427125,
		3363585661 };

	return quarter[bin % 4] << (bin / 4);
}

void
chart_bin(struct chart_bins *b, const struct trace *t)
{
	*b = (struct chart_bins){ .first = CHART_BINS, .last = -1 };
	for (size_t i = 1; t && i < t->n; i++) {
		uint64_t gap = t->start_ns[i] - t->start_ns[i - 1];
		int low = 0, high = CHART_BINS;

		if (gap < chart_bin_low(0)) {
			b->shorter++;
			continue;
		}
		while (high - low > 1) {
			int middle = (low + high) / 2;

			if (gap >= chart_bin_low(middle))
				low = middle;
			else
				high = middle;
		}
		b->count[low]++;
		if (b->count[low] > b->most)
			b->most = b->count[low];
		if (low < b->first)
			b->first = low;
		if (low > b->last)
			b->last = low;
	}
}

/* The part of [low, low + size * PARTS) that holds the n-th gap there, n from 0. */
#define PARTS 4096

static uint64_t
nth_part(const struct trace *t, uint64_t low, uint64_t size, uint64_t *n)
{
	uint32_t count[PARTS] = { 0 };

	for (size_t i = 1; i < t->n; i++) {
		uint64_t gap = t->start_ns[i] - t->start_ns[i - 1];

		if (gap >= low && (gap - low) / size < PARTS)
			count[(gap - low) / size]++;
	}
	for (uint64_t part = 0; part < PARTS; part++) {
		if (*n < count[part])
			return low + part * size;
		*n -= count[part];
	}
	return low;
}

uint64_t
chart_period(const struct finding *f, const struct trace *t)
{
	const struct beacon_shape *s = &f->beacon;
	uint64_t size = (s->high_ns - s->low_ns) / PARTS + 1, n = 0, low;

	if (t == NULL || s->high_ns <= s->low_ns)
		return s->period_ns;
	for (size_t i = 1; i < t->n; i++) {
		uint64_t gap = t->start_ns[i] - t->start_ns[i - 1];

		n += gap >= s->low_ns && gap < s->high_ns;
	}
	if (n == 0)
		return s->period_ns;
	n /= 2;
	low = nth_part(t, s->low_ns, size, &n);
	size = size / PARTS + 1;
	return nth_part(t, low, size, &n) + size / 2;
}

/* Where t lies in [from, to], in the picture's units. */
static unsigned
place(uint64_t t, uint64_t from, uint64_t to)
{
	uint64_t unit = (to - from) / WIDE + 1;

	if (t <= from)
		return 0;
	if (t >= to)
		return WIDE;
	return (unsigned)((t - from) / unit);
}

static void
open_figure(struct buf *b, const char *what)
{
	buf_printf(b, "<figure class=\"chart\">\n<figcaption><b>%s</b> <span>", what);
}

static void
open_svg(struct buf *b, const char *plot, const char *id, size_t number, const char *title)
{
	buf_printf(b,
	    "</span></figcaption>\n<div class=\"plot%s\">\n<svg viewBox=\"0 0 %d %d\" "
	    "preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"%s-t%zu %s-d%zu\">"
	    "<title id=\"%s-t%zu\">%s</title><desc id=\"%s-d%zu\">",
	    plot, WIDE, HIGH, id, number, id, number, id, number, title, id, number);
}

/* "16:00" and below it "10 Jun" where the day is new; a day's step: the day alone. */
static void
put_tick(struct buf *b, uint64_t t, uint64_t step, bool new_day)
{
	static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	char text[STAMP_TEXT];
	unsigned m;

	(void)stamp_text(t, text);
	m = (unsigned)(text[5] - '0') * 10 + (unsigned)(text[6] - '0');
	if (step < DAY)
		buf_printf(b, "%.*s", step < MINUTE ? 8 : 5, text + 11);
	if (new_day && m >= 1 && m <= 12)
		buf_printf(b, "%s%.2s %s%s", step < DAY ? "<small>" : "", text + 8,
		    month[m - 1], step < DAY ? "</small>" : "");
	if (step >= 364 * DAY)
		buf_printf(b, " %.4s", text);
}

/* First and last lean inwards so that they are not cut; every other goes on a phone. */
static void
put_label(struct buf *b, unsigned x, unsigned i)
{
	const char *lean = x < 500 ? "first" : x > WIDE - 500 ? "last" : "";

	buf_printf(b, "<span class=\"%s%s\" style=\"left:%u.%02u%%\">", lean,
	    i % 2 && *lean == '\0' ? "minor" : "", x / 100, x % 100);
}

/* Ticks are whole steps since 1970; counted, for times near the end of 64 bits. */
static uint64_t
first_tick(uint64_t from, uint64_t step)
{
	return from / step + (from % step != 0);
}

static void
put_time_grid(struct buf *b, uint64_t from, uint64_t to)
{
	uint64_t step = round_step(from, to, 7);

	buf_puts(b, "<path class=\"grid\" d=\"");
	for (uint64_t n = first_tick(from, step); n <= to / step; n++)
		buf_printf(b, "M%u 0V%d", place(n * step, from, to), HIGH);
	buf_puts(b, "\"/>");
}

static void
put_time_axis(struct buf *b, uint64_t from, uint64_t to)
{
	uint64_t step = round_step(from, to, 7), day = UINT64_MAX;
	unsigned i = 0;

	buf_puts(b, "<div class=\"axis\" aria-hidden=\"true\">");
	for (uint64_t n = first_tick(from, step); n <= to / step; n++, i++) {
		put_label(b, place(n * step, from, to), i);
		put_tick(b, n * step, step, n * step / DAY != day);
		buf_puts(b, "</span>");
		day = n * step / DAY;
	}
	buf_puts(b, "</div>\n");
}

/* A contact each: one stroke. */
static void
put_strokes(struct buf *b, const struct trace *t, uint64_t from, uint64_t to)
{
	buf_puts(b, "<path class=\"ticks\" d=\"");
	for (size_t i = 0; i < t->n; i++)
		buf_printf(b, "M%u 250V%d", place(t->start_ns[i], from, to), HIGH);
	buf_puts(b, "\"/>");
}

static void
put_columns(struct buf *b, const struct chart_columns *c, uint64_t from, uint64_t to)
{
	buf_puts(b, "<path class=\"bars\" d=\"");
	for (unsigned i = 0; i < c->n; i++) {
		uint64_t t = c->from_ns + i * c->step_ns;
		uint64_t until = t > UINT64_MAX - c->step_ns ? UINT64_MAX : t + c->step_ns;
		unsigned x = place(t, from, to), end = place(until, from, to);
		unsigned high =
		    (unsigned)((uint64_t)c->count[i] * HIGH / (c->most ? c->most : 1));

		if (c->count[i] == 0 || end <= x)
			continue;
		if (end - x > 16)
			end -= 8;
		buf_printf(b, "M%u %dV%dH%uV%dz", x, HIGH, HIGH - (int)high, end, HIGH);
	}
	buf_puts(b, "\"/>");
}

static uint64_t
longest_silence(const struct trace *t)
{
	uint64_t longest = 0;

	for (size_t i = 1; i < t->n; i++)
		if (t->start_ns[i] - t->start_ns[i - 1] > longest)
			longest = t->start_ns[i] - t->start_ns[i - 1];
	return longest;
}

static void
describe_timeline(struct buf *b, const struct finding *f, const struct trace *t)
{
	words_count(b, t->n);
	buf_puts(b, " contacts from ");
	words_stamp(b, f->first_ns);
	buf_puts(b, " to ");
	words_stamp(b, f->last_ns);
	buf_puts(b, " UTC; the longest silence between them is ");
	words_period(b, longest_silence(t));
	buf_putc(b, '.');
}

void
chart_timeline(struct buf *b, size_t number, const struct finding *f, const struct trace *t,
    const struct summary *s)
{
	uint64_t from = f->first_ns, to = f->last_ns;
	bool run = s->first_ns <= from && s->last_ns >= to && s->last_ns > s->first_ns &&
		   (s->last_ns - s->first_ns) / 5 <= to - from;
	struct chart_columns c = { 0 };

	if (t == NULL || t->n == 0)
		return;
	if (run) {
		from = s->first_ns;
		to = s->last_ns;
	}
	if (to - from < SECOND_NS) /* a moment gets a second around it */
		to = from < UINT64_MAX - SECOND_NS ? from + SECOND_NS : UINT64_MAX;
	open_figure(b, "When it called");
	if (t->n > STROKE) {
		/* Eight to a column on average, or the picture is a comb. */
		uint64_t columns = t->n / 8;

		chart_count(&c, t, from, to,
		    columns > CHART_COLUMNS_MAX ? CHART_COLUMNS_MAX : (unsigned)columns);
		buf_puts(b, "contacts in each ");
		words_period(b, c.step_ns);
		buf_puts(b, ", UTC");
	} else {
		buf_puts(b, "a stroke for each contact, UTC");
	}
	open_svg(b, "", "time", number, "When it called");
	describe_timeline(b, f, t);
	buf_puts(b, "</desc>");
	put_time_grid(b, from, to);
	if (t->n > STROKE)
		put_columns(b, &c, from, to);
	else
		put_strokes(b, t, from, to);
	buf_puts(b, "</svg>\n");
	if (t->n > STROKE)
		buf_printf(b, "<span class=\"top\" aria-hidden=\"true\">%u</span>", c.most);
	buf_puts(b, "</div>\n");
	put_time_axis(b, from, to);
	buf_puts(b, "</figure>\n");
}

/*
 * The window of bins that is shown: what holds anything and the finding's own
 * window, with room on both sides, and never so few that they look like walls.
 */
static void
shown(const struct chart_bins *bins, const struct finding *f, int *first, int *last)
{
	*first = bins->first;
	*last = bins->last;
	if (f->kind == FINDING_BEACON)
		for (int i = 0; i < CHART_BINS; i++) {
			if (chart_bin_low(i) >= f->beacon.high_ns ||
			    chart_bin_low(i + 1) <= f->beacon.low_ns)
				continue;
			*first = i < *first ? i : *first;
			*last = i > *last ? i : *last;
		}
	for (int grow = 3; *last - *first < 18 || grow > 0; grow--) {
		*first = *first > 0 ? *first - 1 : 0;
		*last = *last < CHART_BINS - 1 ? *last + 1 : CHART_BINS - 1;
	}
}

/*
 * log2 in thousandths, of x >= 1: the leading bit, then ten of the fraction by
 * squaring. Exact enough for a place in a picture and the same everywhere.
 */
static uint64_t
log2_milli(uint64_t x)
{
	unsigned whole = 63 - (unsigned)__builtin_clzll(x);
	uint64_t m = whole > 31 ? x >> (whole - 31) : x << (31 - whole), fraction = 0;

	for (int i = 0; i < 14; i++) {
		m = m * m >> 31;
		fraction <<= 1;
		if (m >> 32) {
			m >>= 1;
			fraction |= 1;
		}
	}
	return whole * 1000 + (fraction * 1000 >> 14);
}

static unsigned
place_gap(uint64_t gap, int first, int last)
{
	uint64_t from = log2_milli(chart_bin_low(first)),
		 to = log2_milli(chart_bin_low(last + 1));

	return place(log2_milli(gap) * WIDE, from * WIDE, to * WIDE);
}

/* The window is drawn to the edges of the bins it is made of. */
static bool
in_window(const struct finding *f, int bin)
{
	uint64_t middle = (chart_bin_low(bin) + chart_bin_low(bin + 1)) / 2;

	return f->kind == FINDING_BEACON && middle >= f->beacon.low_ns &&
	       middle < f->beacon.high_ns;
}

static void
put_bins(struct buf *b, const struct chart_bins *bins, const struct finding *f, int first,
    int last, bool inside, uint64_t most)
{
	unsigned count = (unsigned)(last - first + 1);

	buf_printf(b, "<path class=\"bars%s\" d=\"", inside ? "" : " out");
	for (int i = first; i <= last; i++) {
		unsigned x = (unsigned)(i - first) * WIDE / count;
		unsigned end = (unsigned)(i - first + 1) * WIDE / count - 30;
		uint64_t high = (uint64_t)bins->count[i] * HIGH / most;

		if (bins->count[i] == 0 || in_window(f, i) != inside)
			continue;
		if (high < 12) /* one gap must be seen */
			high = 12;
		buf_printf(b, "M%u %dV%dH%uV%dz", x, HIGH, HIGH - (int)high, end, HIGH);
	}
	buf_puts(b, "\"/>");
}

/* What the null allows in the whole window, spread over its bins. In thousandths of a gap. */
static uint64_t
null_height(const struct finding *f, int first, int last)
{
	uint64_t bins = 0;

	for (int i = first; i <= last; i++)
		bins += in_window(f, i);
	return bins ? (uint64_t)f->beacon.null_ppm * f->beacon.gaps / 1000 / bins : 0;
}

static void
put_gap_axis(struct buf *b, int first, int last)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} at[] = {
		{ 2 * SECOND_NS, "2 s" },
		{ 5 * SECOND_NS, "5 s" },
		{ 10 * SECOND_NS, "10 s" },
		{ 30 * SECOND_NS, "30 s" },
		{ MINUTE, "1 min" },
		{ 2 * MINUTE, "2 min" },
		{ 5 * MINUTE, "5 min" },
		{ 10 * MINUTE, "10 min" },
		{ 30 * MINUTE, "30 min" },
		{ HOUR, "1 h" },
		{ 2 * HOUR, "2 h" },
		{ 6 * HOUR, "6 h" },
		{ 12 * HOUR, "12 h" },
		{ DAY, "24 h" },
	};
	unsigned n = 0, before = 0;

	buf_puts(b, "<div class=\"axis\" aria-hidden=\"true\">");
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		unsigned x;

		if (at[i].ns < chart_bin_low(first) || at[i].ns > chart_bin_low(last + 1))
			continue;
		x = place_gap(at[i].ns, first, last);
		if (n > 0 && x < before + 700)
			continue;
		put_label(b, x, n++);
		buf_printf(b, "%s</span>", at[i].text);
		before = x;
	}
	buf_puts(b, "</div>\n");
}

static void
describe_gaps(struct buf *b, const struct finding *f, const struct chart_bins *bins)
{
	const struct beacon_shape *s = &f->beacon;

	if (f->kind == FINDING_BEACON) {
		words_count(b, s->gaps_in);
		buf_puts(b, " of ");
		words_count(b, s->gaps);
		buf_puts(b, " gaps lie in the window from ");
		words_period(b, s->low_ns);
		buf_puts(b, " to ");
		words_period(b, s->high_ns);
		buf_puts(b, "; without a clock at most ");
		words_share(b, s->null_ppm);
		buf_puts(b, " can.");
	}
	if (bins->shorter) {
		buf_puts(b, " Left out are ");
		words_count(b, bins->shorter);
		buf_puts(b, " gaps under 2 s: they belong to one check-in.");
	}
}

/* From where to where the window reaches; false when it is not in the picture. */
static bool
window_place(const struct finding *f, int first, int last, unsigned *from, unsigned *to)
{
	unsigned count = (unsigned)(last - first + 1);

	*from = WIDE;
	*to = 0;
	for (int i = first; i <= last; i++) {
		if (!in_window(f, i))
			continue;
		if (*from == WIDE)
			*from = (unsigned)(i - first) * WIDE / count;
		*to = (unsigned)(i - first + 1) * WIDE / count - 30;
	}
	return *to > *from;
}

static void
put_window(struct buf *b, const struct finding *f, int first, int last)
{
	unsigned from, to;

	if (window_place(f, first, last, &from, &to))
		buf_printf(b,
		    "<rect class=\"window\" x=\"%u\" y=\"0\" width=\"%u\" height=\"%d\"/>",
		    from, to - from, HIGH);
}

static void
put_bound(struct buf *b, const struct finding *f, int first, int last, uint64_t null_milli,
    uint64_t most_milli)
{
	unsigned from, to, y;

	if (!window_place(f, first, last, &from, &to))
		return;
	y = (unsigned)(HIGH - null_milli * HIGH / most_milli);
	/* Twice, so that it is seen on a bar as well as beside one. */
	buf_printf(b, "<path class=\"under\" d=\"M%u %uH%u\"/>", from, y, to);
	buf_printf(b, "<path class=\"bound\" d=\"M%u %uH%u\"/>", from, y, to);
}

static void
put_key(struct buf *b, const struct finding *f)
{
	if (f->kind != FINDING_BEACON)
		return;
	buf_puts(b,
	    "<ul class=\"key\"><li><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\"><rect "
	    "class=\"window\" width=\"20\" height=\"12\"/><rect class=\"bars\" x=\"6\" "
	    "y=\"3\" width=\"8\" height=\"9\"/></svg>in the window</li>"
	    "<li><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\"><rect class=\"bars out\" "
	    "x=\"6\" y=\"3\" width=\"8\" height=\"9\"/></svg>outside it</li>"
	    "<li><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\"><path class=\"bound\" "
	    "d=\"M0 6H20\"/></svg>the most that any process without a clock can put into "
	    "the window, spread over it</li></ul>\n");
}

void
chart_gaps(struct buf *b, size_t number, const struct finding *f, const struct trace *t)
{
	struct chart_bins bins;
	uint64_t null_milli, most_milli;
	int first, last;

	chart_bin(&bins, t);
	if (bins.first > bins.last)
		return;
	shown(&bins, f, &first, &last);
	null_milli = null_height(f, first, last);
	most_milli = (uint64_t)bins.most * 1000;
	if (most_milli < null_milli)
		most_milli = null_milli;
	open_figure(b, "How long it waited");
	buf_puts(b, "number of gaps between contacts, by length");
	open_svg(b, " tall", "gaps", number, "How long it waited between contacts");
	describe_gaps(b, f, &bins);
	buf_puts(b, "</desc>");
	put_window(b, f, first, last);
	put_bins(b, &bins, f, first, last, false, (most_milli + 999) / 1000);
	put_bins(b, &bins, f, first, last, true, (most_milli + 999) / 1000);
	put_bound(b, f, first, last, null_milli, most_milli);
	buf_puts(b, "</svg>\n<span class=\"top\" aria-hidden=\"true\">");
	words_count(b, (most_milli + 999) / 1000);
	buf_puts(b, "</span></div>\n");
	put_gap_axis(b, first, last);
	put_key(b, f);
	buf_puts(b, "</figure>\n");
}
