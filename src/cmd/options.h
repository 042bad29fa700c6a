/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - words of the command line that several verbs share.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "512M", "2G", "65536": bytes; false unless all of the text is one. */
bool option_size(const char *text, size_t *bytes);
/*
 * A time in UTC: RFC 3339, or shorter: 2026-06-10, "2026-06-10 14:30", nfdump's
 * 2026/06/10.14:30:05, or seconds since 1970 with up to nine decimals.
 */
bool option_time(const char *text, uint64_t *t_ns);
bool option_number(const char *text, uint64_t least, uint64_t most, uint64_t *n);

#endif
