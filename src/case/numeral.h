/* SPDX-License-Identifier: Apache-2.0 */
/*
 * numeral.h - a figure as it was said, as a number.
 *
 * Reads 5.2万, 531万, 1亿2000万, 二十三万, 83,000, 3.1 million, over 70 %,
 * 百分之七十以上, full-width digits too. One number in the text, or it is
 * refused; words that bound it ("over", "约", "以上") are told. Exact: a decimal
 * fraction stays one.
 */
#ifndef CASE_NUMERAL_H
#define CASE_NUMERAL_H

#include "base/buf.h"

#define NUMERAL_SCALE INT64_C(1000000) /* values are in millionths */

enum numeral_bound { BOUND_NONE, BOUND_ABOUT, BOUND_OVER, BOUND_UNDER };

struct numeral {
	int64_t millionths;
	enum numeral_bound bound;
	bool percent;
};

/* E_FORMAT: no number, or more than one. E_LIMIT: larger than 9 x 10^12. */
enum status numeral_read(const char *text, struct numeral *out, struct error *) MUST_USE;

/* "52000", "0.7": the decimal in its one spelling. */
void numeral_put(int64_t millionths, struct buf *out);

/* A value as numeral_put writes it. False: it is not one. */
bool numeral_value(const char *decimal, int64_t *millionths);

const char *numeral_bound_text(enum numeral_bound); /* "exactly" for BOUND_NONE */

#endif
