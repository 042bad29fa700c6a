/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print SET FORM [WIDTH]: a made-up set of findings as json, csv, table,
 * colour, explain or report, to standard output. For the checks beside it and
 * for looking.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

static bool
put(const struct samples *s, const char *form, unsigned width, struct buf *out)
{
	if (strcmp(form, "json") == 0) {
		for (size_t i = 0; i < s->n; i++) {
			finding_encode(&s->finding[i], out);
			buf_putc(out, '\n');
		}
	} else if (strcmp(form, "csv") == 0) {
		publish_csv_header(out);
		for (size_t i = 0; i < s->n; i++)
			publish_csv(&s->finding[i], out);
	} else if (strcmp(form, "table") == 0) {
		publish_table(s->finding, s->n, &s->summary, width, false, out);
	} else if (strcmp(form, "colour") == 0) {
		publish_table(s->finding, s->n, &s->summary, width, true, out);
	} else if (strcmp(form, "explain") == 0) {
		for (size_t i = 0; i < s->n; i++)
			publish_explain(&s->finding[i], &s->trace[i], width, out);
	} else if (strcmp(form, "report") == 0) {
		publish_report(s->finding, s->trace, s->n, &s->summary, out);
	} else {
		return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct buf out = { .max = (size_t)256 << 20 };
	struct samples s;
	unsigned width = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 80;

	if (argc < 3 || !samples_make(&s, argv[1]))
		return 2;
	if (!put(&s, argv[2], width, &out) || out.bad)
		return 2;
	if (out.len > 0)
		fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	samples_free(&s);
	return 0;
}
