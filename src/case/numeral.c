/* SPDX-License-Identifier: Apache-2.0 */
#include "case/numeral.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum sign_kind {
	SIGN_DIGIT, /* a Chinese digit: value */
	SIGN_SMALL, /* ten, hundred, thousand: multiplies the digit before */
	SIGN_BIG,   /* multiplies all before it back to the last greater one */
	SIGN_PERCENT,
	SIGN_BOUND, /* value: enum numeral_bound */
};

/* clang-format off */
static const struct sign {
	const char *text; /* the longer first where one begins with the other */
	enum sign_kind kind;
	int64_t value;
} signs[] = {
	{ "百分之", SIGN_PERCENT, 0 }, { "%", SIGN_PERCENT, 0 }, { "％", SIGN_PERCENT, 0 },
	{ "per cent", SIGN_PERCENT, 0 }, { "percent", SIGN_PERCENT, 0 },
	{ "零", SIGN_DIGIT, 0 }, { "〇", SIGN_DIGIT, 0 }, { "一", SIGN_DIGIT, 1 },
	{ "二", SIGN_DIGIT, 2 }, { "两", SIGN_DIGIT, 2 }, { "兩", SIGN_DIGIT, 2 },
	{ "三", SIGN_DIGIT, 3 }, { "四", SIGN_DIGIT, 4 }, { "五", SIGN_DIGIT, 5 },
	{ "六", SIGN_DIGIT, 6 }, { "七", SIGN_DIGIT, 7 }, { "八", SIGN_DIGIT, 8 },
	{ "九", SIGN_DIGIT, 9 },
	{ "十", SIGN_SMALL, 10 }, { "百", SIGN_SMALL, 100 }, { "千", SIGN_SMALL, 1000 },
	{ "万", SIGN_BIG, 10000 }, { "萬", SIGN_BIG, 10000 },
	{ "亿", SIGN_BIG, 100000000 }, { "億", SIGN_BIG, 100000000 },
	{ "thousand", SIGN_BIG, 1000 }, { "million", SIGN_BIG, 1000000 },
	{ "billion", SIGN_BIG, 1000000000 },
	{ "more than", SIGN_BOUND, BOUND_OVER }, { "over", SIGN_BOUND, BOUND_OVER },
	{ "at least", SIGN_BOUND, BOUND_OVER }, { "超过", SIGN_BOUND, BOUND_OVER },
	{ "超過", SIGN_BOUND, BOUND_OVER }, { "逾", SIGN_BOUND, BOUND_OVER },
	{ "至少", SIGN_BOUND, BOUND_OVER }, { "以上", SIGN_BOUND, BOUND_OVER },
	{ "余", SIGN_BOUND, BOUND_OVER }, { "餘", SIGN_BOUND, BOUND_OVER },
	{ "多", SIGN_BOUND, BOUND_OVER },
	{ "less than", SIGN_BOUND, BOUND_UNDER }, { "under", SIGN_BOUND, BOUND_UNDER },
	{ "at most", SIGN_BOUND, BOUND_UNDER }, { "不到", SIGN_BOUND, BOUND_UNDER },
	{ "不足", SIGN_BOUND, BOUND_UNDER }, { "以下", SIGN_BOUND, BOUND_UNDER },
	{ "nearly", SIGN_BOUND, BOUND_UNDER }, { "近", SIGN_BOUND, BOUND_UNDER },
	{ "about", SIGN_BOUND, BOUND_ABOUT }, { "some ", SIGN_BOUND, BOUND_ABOUT },
	{ "约", SIGN_BOUND, BOUND_ABOUT }, { "約", SIGN_BOUND, BOUND_ABOUT },
	{ "左右", SIGN_BOUND, BOUND_ABOUT },
};
/* clang-format on */

/*
 * `now` is the number not yet multiplied, `section` what is below the next big
 * unit, `total` what is above it.
 */
struct reader {
	int64_t total, section, now;
	int64_t last_big;
	bool pending; /* `now` holds a number */
	bool any;     /* a number has begun */
	bool closed;  /* and ended: another is one too many */
	bool bad, second;
	struct numeral out;
};

static void
multiply(struct reader *r, int64_t *v, int64_t by)
{
	r->bad |= __builtin_mul_overflow(*v, by, v);
}

static void
gather(struct reader *r, int64_t *into, int64_t *from)
{
	r->bad |= __builtin_add_overflow(*into, *from, into);
	*from = 0;
}

static void
begin_number(struct reader *r)
{
	r->second |= r->closed || r->pending;
	r->any = r->pending = true;
}

static bool
take_digit(const char **p, int *d)
{
	const unsigned char *s = (const unsigned char *)*p;

	if (isdigit(s[0])) {
		*d = s[0] - '0';
		*p += 1;
		return true;
	}
	/* full-width digits, U+FF10 to U+FF19 */
	if (s[0] == 0xef && s[1] == 0xbc && s[2] >= 0x90 && s[2] <= 0x99) {
		*d = s[2] - 0x90;
		*p += 3;
		return true;
	}
	return false;
}

/* 83,000 and 3.14: a comma stands before three digits, a point once. */
static void
take_decimal(struct reader *r, const char **p)
{
	int64_t unit = NUMERAL_SCALE, value = 0;
	bool point = false;
	int d;

	begin_number(r);
	for (;;) {
		const char *after = *p + 1;

		if (take_digit(p, &d)) {
			if (point) {
				unit /= 10;
				r->bad |= unit == 0;
				value += d * unit;
			} else {
				multiply(r, &value, 10);
				r->bad |= __builtin_add_overflow(
				    value, d * NUMERAL_SCALE, &value);
			}
		} else if (!point && **p == '.' && take_digit(&after, &d)) {
			point = true;
			*p += 1;
		} else if (!point && **p == ',' && isdigit((unsigned char)(*p)[1]) &&
			   isdigit((unsigned char)(*p)[2]) &&
			   isdigit((unsigned char)(*p)[3]))
			*p += 1;
		else
			break;
		if (r->bad)
			return;
	}
	r->now = value;
}

static const struct sign *
sign_at(const char *p)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncasecmp(p, signs[i].text, strlen(signs[i].text)) == 0)
			return &signs[i];
	return NULL;
}

static void
take_small(struct reader *r, int64_t unit)
{
	if (!r->pending) {
		begin_number(r); /* 十五 is 15 */
		r->now = NUMERAL_SCALE;
	}
	multiply(r, &r->now, unit);
	gather(r, &r->section, &r->now);
	r->pending = false;
}

static void
take_big(struct reader *r, int64_t unit)
{
	gather(r, &r->section, &r->now);
	r->pending = false;
	r->second |= r->last_big != 0 && unit >= r->last_big && r->section != 0;
	/* 1亿2000万: each big unit is smaller than the one before, or takes it along. */
	if (r->last_big != 0 && unit >= r->last_big)
		gather(r, &r->section, &r->total);
	multiply(r, &r->section, unit);
	gather(r, &r->total, &r->section);
	r->last_big = unit;
}

static void
take_sign(struct reader *r, const struct sign *s)
{
	switch (s->kind) {
	case SIGN_DIGIT:
		if (r->pending && r->now == 0) /* 一百零五 */
			r->pending = false;
		begin_number(r);
		r->now = s->value * NUMERAL_SCALE;
		break;
	case SIGN_SMALL:
		if (!r->closed)
			take_small(r, s->value);
		else
			r->second = true;
		break;
	case SIGN_BIG:
		if (r->any && !r->closed)
			take_big(r, s->value);
		break;
	case SIGN_PERCENT:
		r->out.percent = true;
		break;
	case SIGN_BOUND:
		r->out.bound = (enum numeral_bound)s->value;
		break;
	}
}

enum status
numeral_read(const char *text, struct numeral *out, struct error *err)
{
	struct reader r = { 0 };

	for (const char *p = text; *p && !r.bad && !r.second;) {
		const struct sign *s = sign_at(p);
		const char *digit = p;
		int d;

		if (s) {
			take_sign(&r, s);
			p += strlen(s->text);
		} else if (take_digit(&digit, &d))
			take_decimal(&r, &p);
		else {
			size_t n = utf8_length((const uint8_t *)p, strlen(p));

			r.closed |= r.any && *p != ' ';
			p += n ? n : 1;
		}
	}
	if (r.bad)
		return error_set(
		    err, E_LIMIT, "\"%s\" is larger or finer than we can count", text);
	if (!r.any || r.second)
		return error_set(err, E_FORMAT, "\"%s\" holds %s number", text,
		    r.any ? "more than one" : "no");
	gather(&r, &r.section, &r.now);
	gather(&r, &r.total, &r.section);
	if (r.bad)
		return error_set(err, E_LIMIT, "\"%s\" is larger than we can count", text);
	r.out.millionths = r.total;
	*out = r.out;
	return OK;
}

void
numeral_put(int64_t millionths, struct buf *out)
{
	int64_t rest = millionths % NUMERAL_SCALE;
	char digits[8];
	int n = 6;

	buf_printf(out, "%" PRId64, millionths / NUMERAL_SCALE);
	if (rest == 0)
		return;
	(void)snprintf(digits, sizeof digits, "%06" PRId64, rest);
	while (n > 0 && digits[n - 1] == '0')
		n--;
	buf_printf(out, ".%.*s", n, digits);
}

bool
numeral_value(const char *decimal, int64_t *millionths)
{
	struct buf again = { .max = 64 };
	struct numeral v;
	struct error err;
	bool same;

	if (strspn(decimal, "0123456789.") != strlen(decimal) ||
	    numeral_read(decimal, &v, &err) != OK)
		return false;
	numeral_put(v.millionths, &again);
	same = !again.bad && strcmp(again.at, decimal) == 0;
	buf_release(&again);
	if (same)
		*millionths = v.millionths;
	return same;
}

const char *
numeral_bound_text(enum numeral_bound b)
{
	static const char *const texts[] = { "exactly", "about", "over", "under" };

	return texts[b];
}
