/* SPDX-License-Identifier: Apache-2.0 */
#include "case/weigh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN_MB   500 /* LR 3.2: less than that is no lead */
#define LIKELY      550 /* permille below which nothing is concluded */
#define GOOD_SOURCE 56  /* quality of grade B2 */
#define WEAK_SOURCE 25  /* quality of grade C3 */
#define PRIORS      3

/* The matrix as far as one question is concerned: some items may be left out. */
struct view {
	const struct weigh_case *c;
	unsigned hyps;
	unsigned group_of[WEIGH_ITEMS];
	unsigned groups;
	bool out[WEIGH_ITEMS];
	int32_t group_score[WEIGH_GROUPS][WEIGH_HYPS]; /* v_g(h) */
	bool group_used[WEIGH_GROUPS];
};

unsigned
weigh_hypotheses(const struct weigh_case *c)
{
	return 2 * c->actors + 1 + (c->null ? 1 : 0);
}

static unsigned
unlisted(const struct weigh_case *c)
{
	return 2 * c->actors;
}

static bool
is_actor(const struct weigh_case *c, unsigned h)
{
	return h < 2 * c->actors;
}

static bool
is_twin(const struct weigh_case *c, unsigned h)
{
	return is_actor(c, h) && h % 2 == 1;
}

const char *
weigh_hypothesis(const struct weigh_case *c, unsigned h, char text[static WEIGH_NAME + 4])
{
	if (is_actor(c, h))
		(void)snprintf(
		    text, WEIGH_NAME + 4, "%s%s", h % 2 ? "ff:" : "", c->actor[h / 2]);
	else
		(void)snprintf(
		    text, WEIGH_NAME + 4, "%s", h == unlisted(c) ? "unk" : "null");
	return text;
}

/* Reliability x credibility of the Admiralty code, in percent. */
static int32_t
quality(const struct weigh_item *e)
{
	/* MISP's values for A-F and 1-6, "cannot be judged" lowered to 25. */
	static const int32_t reliable[] = { 100, 75, 50, 25, 0, 25 };
	static const int32_t credible[] = { 100, 75, 50, 25, 0, 25 };

	return reliable[e->source - 'A'] * credible[e->credibility - '1'] / 100;
}

/* Addresses are rented across the world in minutes: where says nothing of who. */
bool
weigh_is_geography(const char *kind)
{
	return strcmp(kind, "country") == 0 || strcmp(kind, "geography") == 0 ||
	       strcmp(kind, "registration") == 0;
}

static int32_t
rating_mb(const struct weigh_item *e, unsigned h)
{
	static const int32_t mb[] = { [RATING_N] = 0,
		[RATING_C] = 300,
		[RATING_CC] = 600,
		[RATING_I] = -600,
		[RATING_II] = -1200 };
	enum weigh_rating r = e->rated[h] ? (enum weigh_rating)e->rating[h] : RATING_N;

	/* What is cheap to forge and was not measured never counts as strong. */
	if (r == RATING_CC && e->forge == FORGE_CHEAP && !e->measured)
		r = RATING_C;
	return mb[r];
}

/* How much more expected under h than from an unlisted actor, before the grade. */
static int32_t
rate(const struct weigh_case *c, const struct weigh_item *e, unsigned h)
{
	int32_t genuine, own;

	if (h == unlisted(c) || weigh_is_geography(e->kind))
		return 0;
	if (!is_twin(c, h))
		return rating_mb(e, h);
	genuine = rating_mb(e, h - 1);
	own = rating_mb(e, h);
	if (e->rated[h]) {
		/* An imitator can do cheaply what the genuine one does. */
		if (e->forge == FORGE_CHEAP && genuine > own && genuine > 0)
			return genuine;
		return own;
	}
	if (genuine <= 0)
		return 0;
	if (e->forge == FORGE_CHEAP)
		return genuine;
	return e->forge == FORGE_COSTLY ? genuine / 2 : -600;
}

static int32_t
item_score(const struct weigh_case *c, const struct weigh_item *e, unsigned h)
{
	return rate(c, e, h) * quality(e) / 100;
}

static int32_t
spread(const int32_t *v, unsigned n)
{
	int32_t low = v[0], high = v[0];

	for (unsigned h = 1; h < n; h++) {
		low = v[h] < low ? v[h] : low;
		high = v[h] > high ? v[h] : high;
	}
	return high - low;
}

/*
 * A group says its strongest support and its strongest contradiction, once
 * each, and never more than its strongest item.
 */
static void
score_group(struct view *v, unsigned g)
{
	int32_t best[WEIGH_HYPS] = { 0 }, worst[WEIGH_HYPS] = { 0 }, cap = 0, all;
	int32_t *sum = v->group_score[g];

	v->group_used[g] = false;
	for (unsigned i = 0; i < v->c->items; i++) {
		int32_t s[WEIGH_HYPS];

		if (v->out[i] || v->group_of[i] != g)
			continue;
		v->group_used[g] = true;
		for (unsigned h = 0; h < v->hyps; h++) {
			s[h] = item_score(v->c, &v->c->item[i], h);
			best[h] = s[h] > best[h] ? s[h] : best[h];
			worst[h] = s[h] < worst[h] ? s[h] : worst[h];
		}
		if (spread(s, v->hyps) > cap)
			cap = spread(s, v->hyps);
	}
	for (unsigned h = 0; h < v->hyps; h++)
		sum[h] = best[h] + worst[h];
	all = spread(sum, v->hyps);
	for (unsigned h = 0; all > cap && h < v->hyps; h++)
		sum[h] = (int32_t)((int64_t)sum[h] * cap / all);
}

uint64_t
weigh_pow10(int32_t mb)
{
	/* 10^(i/10), 10^(i/100), 10^(i/1000) in units of 2^-60, rounded to nearest. */
	static const uint64_t digit[3][10] = {
		{ UINT64_C(1152921504606846976), UINT64_C(1451442179953525678),
		    UINT64_C(1827257444093416062), UINT64_C(2300380830259261285),
		    UINT64_C(2896007884017548777), UINT64_C(3645857917945947428),
		    UINT64_C(4589863180693126954), UINT64_C(5778295394832980954),
		    UINT64_C(7274442909408450558), UINT64_C(9157981035300193419) },
		{ UINT64_C(1152921504606846976), UINT64_C(1179776496313969701),
		    UINT64_C(1207257021135626152), UINT64_C(1235377649609824518),
		    UINT64_C(1264153291666002342), UINT64_C(1293599204530468460),
		    UINT64_C(1323731000815986346), UINT64_C(1354564656799788057),
		    UINT64_C(1386116520894407888), UINT64_C(1418403322315827104) },
		{ UINT64_C(1152921504606846976), UINT64_C(1155579263160096062),
		    UINT64_C(1158243148479563961), UINT64_C(1160913174688905455),
		    UINT64_C(1163589355944333713), UINT64_C(1166271706434695346),
		    UINT64_C(1168960240381545634), UINT64_C(1171654972039223927),
		    UINT64_C(1174355915694929221), UINT64_C(1177063085668795909) },
	};
	uint32_t down = (uint32_t)-mb, whole = (down + 999) / 1000,
		 up = whole * 1000 - down;
	unsigned __int128 x;

	CHECK(mb <= 0);
	if (whole > 18)
		return 0;
	x = digit[0][up / 100];
	x = x * digit[1][up / 10 % 10] >> 60;
	x = x * digit[2][up % 10] >> 60;
	for (; whole > 0; whole--)
		x /= 10;
	return (uint64_t)x;
}

/* The weight of a hypothesis under a prior, times a common factor. */
static uint64_t
prior_weight(const struct weigh_case *c, unsigned prior, unsigned h)
{
	switch (prior) {
	case 0: /* uniform */
		return 1;
	case 1: /* the unlisted actor has half of it */
		return h == unlisted(c) ? weigh_hypotheses(c) - 1 : 1;
	default: /* imitation is rare */
		return is_twin(c, h) ? 1 : 5;
	}
}

/* Permille of the hypotheses marked in `of`, least and most over the priors. */
static void
probability(const struct weigh_case *c, const int32_t *score, const bool *of, uint16_t *low,
    uint16_t *high)
{
	unsigned n = weigh_hypotheses(c);
	int32_t top = score[0];

	for (unsigned h = 1; h < n; h++)
		top = score[h] > top ? score[h] : top;
	*low = 1000;
	*high = 0;
	for (unsigned prior = 0; prior < PRIORS; prior++) {
		unsigned __int128 part = 0, all = 0;
		uint16_t p;

		for (unsigned h = 0; h < n; h++) {
			unsigned __int128 w = weigh_pow10(score[h] - top);

			w *= prior_weight(c, prior, h);
			all += w;
			if (of[h])
				part += w;
		}
		p = (uint16_t)((part * 2000 + all) / (2 * all));
		*low = p < *low ? p : *low;
		*high = p > *high ? p : *high;
	}
}

/* ICD 203's words for a probability in permille. */
static const char *
icd_word(unsigned p)
{
	static const struct {
		unsigned below;
		const char *word;
	} words[] = {
		{ 50, "almost no chance" },
		{ 200, "very unlikely" },
		{ 450, "unlikely" },
		{ 550, "roughly even chance" },
		{ 800, "likely" },
		{ 950, "very likely" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (p < words[i].below)
			return words[i].word;
	return "almost certain";
}

/* What the items that support hypothesis h are, as far as the rules ask. */
struct supporters {
	int32_t best_quality;
	unsigned kinds;  /* distinct */
	bool deep_good;  /* a malware, host or report item of grade B2 or better */
	unsigned groups; /* that support h as a whole */
};

static bool
is_deep(const struct weigh_item *e)
{
	return strcmp(e->kind, "malware") == 0 || strcmp(e->kind, "host") == 0 ||
	       strcmp(e->kind, "report") == 0;
}

static struct supporters
supporters_of(const struct view *v, unsigned h)
{
	struct supporters s = { 0 };

	for (unsigned i = 0; i < v->c->items; i++) {
		const struct weigh_item *e = &v->c->item[i];
		bool seen = false;

		if (v->out[i] || item_score(v->c, e, h) <= 0)
			continue;
		if (quality(e) > s.best_quality)
			s.best_quality = quality(e);
		if (is_deep(e) && quality(e) >= GOOD_SOURCE)
			s.deep_good = true;
		for (unsigned k = 0; k < i; k++)
			seen |= !v->out[k] && item_score(v->c, &v->c->item[k], h) > 0 &&
				strcmp(v->c->item[k].kind, e->kind) == 0;
		s.kinds += !seen;
	}
	for (unsigned g = 0; g < v->groups; g++)
		s.groups += v->group_used[g] && v->group_score[g][h] > 0;
	return s;
}

static void
rank(struct weigh_result *r)
{
	r->leader = 0;
	for (unsigned h = 1; h < r->hyps; h++)
		if (r->score[h] > r->score[r->leader])
			r->leader = h;
	r->runner = r->leader == 0 ? 1 : 0;
	for (unsigned h = r->runner + 1; h < r->hyps; h++)
		if (h != r->leader && r->score[h] > r->score[r->runner])
			r->runner = h;
	r->margin = r->score[r->leader] - r->score[r->runner];
}

static void
refuse(struct weigh_result *r, const char *reason)
{
	r->status = WEIGH_INSUFFICIENT;
	r->reason = reason;
}

static void
conclude(struct weigh_result *r, enum weigh_status st, const char *reason, unsigned word_of)
{
	r->status = st;
	r->reason = reason;
	r->word = icd_word(word_of);
}

/* No lead: either an actor and its twin are ahead of all others, or we refuse. */
static void
judge_tie(const struct view *v, struct weigh_result *r, const struct supporters *s)
{
	unsigned genuine = r->leader & ~1u;
	bool pair[WEIGH_HYPS] = { false };
	int32_t rest = INT32_MIN;
	uint16_t low, high;

	if (!is_actor(v->c, r->leader) || (r->runner & ~1u) != genuine) {
		refuse(r, "margin");
		return;
	}
	pair[genuine] = pair[genuine + 1] = true;
	for (unsigned h = 0; h < r->hyps; h++)
		if (!pair[h] && r->score[h] > rest)
			rest = r->score[h];
	probability(v->c, r->score, pair, &low, &high);
	if (r->score[r->leader] - rest < MARGIN_MB || low < LIKELY) {
		refuse(r, "margin");
		return;
	}
	r->low = low;
	r->high = high;
	r->level = s->kinds < 2 ? s->kinds : 2;
	conclude(r, WEIGH_ACTOR_OR_IMITATOR, "cheap-to-forge", low < 949 ? low : 949);
}

/* The refusal rules, in order; what is left is a conclusion. */
static void
judge(const struct view *v, struct weigh_result *r, unsigned items)
{
	struct supporters s = supporters_of(v, r->leader);
	unsigned capped = r->low < 949 ? r->low : 949;

	r->support = s.groups;
	if (items == 0) {
		refuse(r, "no-evidence");
	} else if (r->groups < 2) {
		refuse(r, "single-independent-group");
	} else if (r->margin < MARGIN_MB) {
		judge_tie(v, r, &s);
	} else if (r->leader != unlisted(v->c) && s.best_quality < WEAK_SOURCE) {
		refuse(r, "weak-sources");
	} else if (r->low < LIKELY) {
		refuse(r, "probability");
	} else if (r->leader == unlisted(v->c)) {
		conclude(r, WEIGH_NOT_ATTRIBUTED, "unlisted actor explains best", capped);
	} else if (!is_actor(v->c, r->leader)) {
		conclude(r, WEIGH_NOT_A_FINDING, "null leads", capped);
	} else {
		r->level = s.groups >= 2 && s.kinds >= 2 ? 2 : 1;
		if (r->level == 2 && s.deep_good)
			r->level = 3;
		conclude(r, is_twin(v->c, r->leader) ? WEIGH_FALSE_FLAG : WEIGH_ATTRIBUTED,
		    "", r->low);
	}
}

/* The method once, on what the view leaves in. Only the fields judge needs. */
static void
core(const struct view *v, struct weigh_result *r)
{
	bool one[WEIGH_HYPS];
	unsigned items = 0;

	r->hyps = v->hyps;
	r->groups = r->level = 0;
	r->word = NULL;
	memset(r->score, 0, sizeof r->score);
	for (unsigned i = 0; i < v->c->items; i++)
		items += !v->out[i];
	for (unsigned g = 0; g < v->groups; g++) {
		if (!v->group_used[g])
			continue;
		r->groups += spread(v->group_score[g], v->hyps) > 0;
		for (unsigned h = 0; h < v->hyps; h++)
			r->score[h] += v->group_score[g][h];
	}
	rank(r);
	for (unsigned h = 0; h < v->hyps; h++) {
		memset(one, 0, sizeof one);
		one[h] = true;
		probability(v->c, r->score, one, &r->p_low[h], &r->p_high[h]);
	}
	r->low = r->p_low[r->leader];
	r->high = r->p_high[r->leader];
	judge(v, r, items);
}

static bool
same_verdict(const struct weigh_result *a, const struct weigh_result *b)
{
	return a->status == b->status && a->leader == b->leader;
}

static void
try_without_items(struct view *v, struct weigh_result *r)
{
	for (unsigned i = 0; i < v->c->items; i++) {
		struct weigh_result x;

		v->out[i] = true;
		score_group(v, v->group_of[i]);
		core(v, &x);
		v->out[i] = false;
		score_group(v, v->group_of[i]);
		r->flips[i] = !same_verdict(&x, r);
		r->weakens[i] = !r->flips[i] && (x.word != r->word || x.level != r->level);
	}
}

static void
without_group(struct view *v, unsigned g, bool out)
{
	for (unsigned i = 0; i < v->c->items; i++)
		if (v->group_of[i] == g)
			v->out[i] = out;
	v->group_used[g] = !out;
}

/* The next set of n groups in lexical order; false when there is none. */
static bool
next_set(unsigned *set, unsigned n, unsigned groups)
{
	unsigned i = n;

	while (i > 0 && set[i - 1] == groups - n + i - 1)
		i--;
	if (i == 0)
		return false;
	set[i - 1]++;
	for (; i < n; i++)
		set[i] = set[i - 1] + 1;
	return true;
}

/* The smallest sets of groups, up to three, whose loss changes the verdict. */
static void
try_without_groups(struct view *v, struct weigh_result *r)
{
	for (unsigned n = 1; n <= 3 && n <= v->groups && r->breakings == 0; n++) {
		unsigned set[3] = { 0, 1, 2 };

		do {
			struct weigh_result x;

			for (unsigned k = 0; k < n; k++)
				without_group(v, set[k], true);
			core(v, &x);
			for (unsigned k = 0; k < n; k++)
				without_group(v, set[k], false);
			if (same_verdict(&x, r) || r->breakings == WEIGH_SETS)
				continue;
			r->breaking[r->breakings].n = n;
			memcpy(r->breaking[r->breakings++].group, set, sizeof set);
		} while (next_set(set, n, v->groups));
	}
}

/* Groups of good sources that support the leader. */
static unsigned
good_groups(const struct view *v, unsigned h)
{
	unsigned n = 0;

	for (unsigned g = 0; g < v->groups; g++) {
		bool good = false;

		for (unsigned i = 0; i < v->c->items; i++) {
			const struct weigh_item *e = &v->c->item[i];

			good |= v->group_of[i] == g && quality(e) >= GOOD_SOURCE &&
				item_score(v->c, e, h) > 0;
		}
		n += good;
	}
	return n;
}

static void
grade_confidence(const struct view *v, struct weigh_result *r)
{
	bool single = r->breakings > 0 && r->breaking[0].n == 1;
	unsigned good = good_groups(v, r->leader);

	if ((r->status == WEIGH_ATTRIBUTED || r->status == WEIGH_FALSE_FLAG) &&
	    r->low >= 950 && (r->support < 3 || single))
		r->word = icd_word(949);
	r->confidence = CONFIDENCE_LOW;
	if (r->status == WEIGH_INSUFFICIENT)
		r->confidence = CONFIDENCE_NONE;
	else if (r->support >= 3 && good >= 2 && !single && r->ach_agrees &&
		 r->high - r->low <= 200)
		r->confidence = CONFIDENCE_HIGH;
	else if (r->support >= 2 && good >= 1 && !single)
		r->confidence = CONFIDENCE_MODERATE;
	if (r->status == WEIGH_ACTOR_OR_IMITATOR && r->confidence == CONFIDENCE_HIGH)
		r->confidence = CONFIDENCE_MODERATE;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct group names in order, and each item's place among them. */
static void
find_groups(struct view *v, struct weigh_result *r)
{
	const char *name[WEIGH_ITEMS];

	for (unsigned i = 0; i < v->c->items; i++)
		name[i] = v->c->item[i].group;
	qsort(name, v->c->items, sizeof *name, compare_names);
	for (unsigned i = 0; i < v->c->items; i++)
		if (i == 0 || strcmp(name[i], name[i - 1]) != 0) {
			CHECK(r->group_n < WEIGH_GROUPS);
			r->group[r->group_n++] = name[i];
		}
	v->groups = r->group_n;
	for (unsigned i = 0; i < v->c->items; i++)
		while (strcmp(r->group[v->group_of[i]], v->c->item[i].group) != 0)
			v->group_of[i]++;
}

/* The ACH cross-check: contradictions alone, item by item. */
static void
cross_check(const struct view *v, struct weigh_result *r)
{
	int32_t best = INT32_MIN;

	for (unsigned h = 0; h < r->hyps; h++) {
		for (unsigned i = 0; i < v->c->items; i++) {
			int32_t s = item_score(v->c, &v->c->item[i], h);

			r->wis[h] += s < 0 ? s : 0;
		}
		best = r->wis[h] > best ? r->wis[h] : best;
	}
	r->ach_agrees = r->wis[r->leader] == best;
}

void
weigh(const struct weigh_case *c, struct weigh_result *r)
{
	struct view v = { .c = c, .hyps = weigh_hypotheses(c) };

	CHECK(c->actors > 0 && c->actors <= WEIGH_ACTORS && c->items <= WEIGH_ITEMS);
	*r = (struct weigh_result){ 0 };
	find_groups(&v, r);
	for (unsigned g = 0; g < v.groups; g++)
		score_group(&v, g);
	core(&v, r);
	try_without_items(&v, r);
	try_without_groups(&v, r);
	cross_check(&v, r);
	grade_confidence(&v, r);
	for (unsigned h = 0; h < r->hyps; h++)
		r->disfavoured[h] = r->groups >= 2 && r->p_high[h] < 200;
}
