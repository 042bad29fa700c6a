/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SECOND      UINT64_C(1000000000)
#define FIRST_NS    (SECOND / 3)
#define EVERY_NS    (SECOND / 10)
#define FORECAST_NS (2 * SECOND) /* before that a rate is a guess */
#define WIDEST      100
#define BAR_LEAST   8
#define NARROWEST   20
#define NUMBERS     54 /* columns of the longest */
#define LINE_TEXT   256
#define AMOUNT_TEXT 48

/* What the one terminal shows. */
static struct {
	const char *label; /* NULL: no bar */
	uint64_t total;
	uint64_t begin_ns, drawn_ns;
	uint64_t rate_ns, rate_done; /* where the rate was last measured */
	uint64_t rate;               /* bytes a second, smoothed; 0: not known yet */
	bool shown, colour;
} bar;

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static unsigned
width(void)
{
	struct winsize w;
	const char *columns = getenv("COLUMNS");

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return columns ? (unsigned)strtoul(columns, NULL, 10) : 80;
}

void
progress_start(const char *label, uint64_t total)
{
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	progress_stop();
	if (!isatty(STDERR_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return;
	bar.label = label;
	bar.total = total;
	bar.begin_ns = bar.rate_ns = now_ns();
	bar.drawn_ns = bar.rate_done = bar.rate = 0;
	bar.shown = false;
	bar.colour = no_colour == NULL || no_colour[0] == '\0';
}

static void
say(const char *text, size_t n)
{
	(void)!write(STDERR_FILENO, text, n); /* a bar that cannot be drawn is no error */
}

/* "312 MB", decimal units as disks have them. */
static const char *
amount(uint64_t bytes, char text[static AMOUNT_TEXT])
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	unsigned i = 0;
	uint64_t rest = 0;

	while (bytes >= 1000) {
		rest = bytes % 1000;
		bytes /= 1000;
		i++;
	}
	if (i > 0 && bytes < 10)
		(void)snprintf(text, AMOUNT_TEXT, "%" PRIu64 ".%" PRIu64 " %s", bytes,
		    rest / 100, unit[i]);
	else
		(void)snprintf(text, AMOUNT_TEXT, "%" PRIu64 " %s", bytes, unit[i]);
	return text;
}

static const char *
span(uint64_t seconds, char text[static AMOUNT_TEXT])
{
	if (seconds < 60)
		(void)snprintf(text, AMOUNT_TEXT, "%" PRIu64 " s", seconds);
	else if (seconds < 3600)
		(void)snprintf(text, AMOUNT_TEXT, "%" PRIu64 " min %02" PRIu64 " s",
		    seconds / 60, seconds % 60);
	else
		(void)snprintf(text, AMOUNT_TEXT, "%" PRIu64 " h %02" PRIu64 " min",
		    seconds / 3600, seconds / 60 % 60);
	return text;
}

/* Half of the old rate and half of the new one, once a second. */
static void
measure(uint64_t now, uint64_t done)
{
	uint64_t ms = (now - bar.rate_ns) / 1000000, rate;

	if (ms < 1000 || done < bar.rate_done)
		return;
	rate = (uint64_t)((unsigned __int128)(done - bar.rate_done) * 1000 / ms);
	bar.rate = bar.rate ? (bar.rate + rate) / 2 : rate;
	bar.rate_ns = now;
	bar.rate_done = done;
}

/* What stands right of the bar; without a total there is no bar. */
static size_t
put_numbers(char *line, size_t size, uint64_t now, uint64_t done)
{
	char a[AMOUNT_TEXT], b[AMOUNT_TEXT];
	int n;

	if (bar.total)
		n = snprintf(line, size, "%3u %%  %s of %s",
		    (unsigned)((unsigned __int128)done * 100 / bar.total), amount(done, a),
		    amount(bar.total, b));
	else
		n = snprintf(line, size, "%s  %s", amount(done, a),
		    span((now - bar.begin_ns) / SECOND, b));
	if (bar.rate)
		n += snprintf(line + n, size - (size_t)n, "  %s/s", amount(bar.rate, a));
	if (bar.rate && bar.total && now - bar.begin_ns >= FORECAST_NS)
		n += snprintf(line + n, size - (size_t)n, "  %s left",
		    span((bar.total - done) / bar.rate, a));
	return (size_t)n;
}

/* As wide as the numbers leave it at their longest, so that it does not jump. */
static size_t
put_bar(char *line, size_t size, unsigned room, uint64_t done)
{
	char marks[WIDEST + 1];
	unsigned cells = room > NUMBERS + 4 ? room - NUMBERS - 4 : 0, full;

	if (bar.total == 0 || cells < BAR_LEAST)
		return 0;
	full = (unsigned)((unsigned __int128)done * cells / bar.total);
	memset(marks, '#', full);
	memset(marks + full, '.', cells - full);
	marks[cells] = '\0';
	return (size_t)snprintf(line, size, "[%s%.*s%s%s] ", bar.colour ? "\033[36m" : "",
	    (int)full, marks, bar.colour ? "\033[0m" : "", marks + full);
}

static void
draw(uint64_t now, uint64_t done)
{
	char numbers[LINE_TEXT], line[2 * LINE_TEXT];
	unsigned columns = width(),
		 most = columns ? columns - 1 : 0; /* the last would wrap */
	unsigned label = (unsigned)strlen(bar.label);
	size_t n = put_numbers(numbers, sizeof numbers, now, done), len, wide;

	if (most > WIDEST)
		most = WIDEST;
	if (most < NARROWEST + label)
		return;
	len = (size_t)snprintf(line, sizeof line, "\r%.*s ", (int)label, bar.label);
	wide = put_bar(line + len, sizeof line - len, most - label - 1, done);
	if (wide == 0 && n > most - label - 1)
		n = most - label - 1;
	len += wide;
	len +=
	    (size_t)snprintf(line + len, sizeof line - len, "%.*s\033[K", (int)n, numbers);
	say(line, len);
	bar.shown = true;
	bar.drawn_ns = now;
}

void
progress_at(uint64_t done)
{
	uint64_t now;

	if (bar.label == NULL)
		return;
	now = now_ns();
	if (bar.total && done > bar.total)
		done = bar.total;
	measure(now, done);
	if (now - bar.begin_ns >= FIRST_NS && now - bar.drawn_ns >= EVERY_NS)
		draw(now, done);
}

void
progress_hide(void)
{
	if (bar.shown)
		say("\r\033[K", 4);
	bar.shown = false;
}

void
progress_stop(void)
{
	progress_hide();
	bar.label = NULL;
}
