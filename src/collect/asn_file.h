/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asn_file.h - a table that says which autonomous system an address is in.
 *
 * None comes with the program: registries and route collectors publish them, and
 * they are out of date the next day. Read are, a range a line, with anything behind
 * it and # before comments:
 *
 *	192.0.2.0	192.0.2.255	64496	...	(first and last, as IPtoASN has them)
 *	192.0.2.0/24	AS64496			(a prefix)
 *	192.0.2.0	24	64496		(address and length, as CAIDA has them)
 *
 * Ranges lie apart or within each other; the narrowest counts. 0 is nobody.
 */
#ifndef COLLECT_ASN_FILE_H
#define COLLECT_ASN_FILE_H

#include "base/error.h"
#include "base/input.h"
#include "base/ip.h"

#define ASN_RANGES ((size_t)8 << 20) /* the whole of the Internet has an eighth of it */

struct asn_table;

/* Takes `in` over. E_FORMAT with the line: a table half understood says wrong things. */
enum status asn_read(struct asn_table **out, struct input *in, struct error *) MUST_USE;

uint32_t asn_of(const struct asn_table *, const struct ip *); /* 0: unknown */
size_t asn_ranges(const struct asn_table *);
void asn_free(struct asn_table *); /* takes NULL */

#endif
