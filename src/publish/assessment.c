/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/assessment.h"

#include <string.h>

#include "publish/escape.h"

/* ICD 203's range for a word, in percent. */
static const char *
range_of(const char *word)
{
	static const struct {
		const char *word, *range;
	} ranges[] = {
		{ "almost no chance", "under 5 %" },
		{ "very unlikely", "5 to 20 %" },
		{ "unlikely", "20 to 45 %" },
		{ "roughly even chance", "45 to 55 %" },
		{ "likely", "55 to 80 %" },
		{ "very likely", "80 to 95 %" },
		{ "almost certain", "over 95 %" },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (strcmp(ranges[i].word, word) == 0)
			return ranges[i].range;
	return "";
}

static const char *
refusal(const char *reason)
{
	static const struct {
		const char *reason, *words;
	} reasons[] = {
		{ "no-evidence", "there is no evidence" },
		{ "single-independent-group",
		    "fewer than two independent groups of evidence say anything; several "
		    "items with one origin are one item" },
		{ "margin", "no explanation leads the next by a likelihood ratio of 3.2" },
		{ "weak-sources", "no supporting item has a source better than grade C3" },
		{ "probability", "under the least favourable of the three priors the "
				 "leading explanation "
				 "stays below 55 %" },
	};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strcmp(reasons[i].reason, reason) == 0)
			return reasons[i].words;
	return reason;
}

static void
put_conclusion(const struct weigh_case *c, const struct weigh_result *r, struct buf *out)
{
	const char *actor = r->leader < 2 * c->actors ? c->actor[r->leader / 2] : NULL;

	switch (r->status) {
	case WEIGH_INSUFFICIENT:
		buf_printf(out, "The evidence is not sufficient for a conclusion: %s.\n",
		    refusal(r->reason));
		return;
	case WEIGH_ATTRIBUTED:
		buf_printf(out, "It is %s (%s) that the activity is that of ", r->word,
		    range_of(r->word));
		escape_str(out, ESCAPE_TEXT, actor);
		break;
	case WEIGH_FALSE_FLAG:
		buf_printf(out, "It is %s (%s) that somebody else imitates ", r->word,
		    range_of(r->word));
		escape_str(out, ESCAPE_TEXT, actor);
		break;
	case WEIGH_ACTOR_OR_IMITATOR:
		buf_printf(out, "It is %s (%s) that the activity is that of ", r->word,
		    range_of(r->word));
		escape_str(out, ESCAPE_TEXT, actor);
		buf_puts(out,
		    " or of somebody who imitates it; the evidence does not tell the "
		    "two apart, for it is cheap to forge");
		break;
	case WEIGH_NOT_ATTRIBUTED:
		buf_printf(out,
		    "It is %s (%s) that the activity is that of none of the actors "
		    "named",
		    r->word, range_of(r->word));
		break;
	case WEIGH_NOT_A_FINDING:
		buf_printf(out, "It is %s (%s) that there is no hostile control", r->word,
		    range_of(r->word));
		break;
	}
	buf_printf(out,
	    ".\nUnder the three declared priors the probability is %u.%u to %u.%u %%.\n",
	    r->low / 10, r->low % 10, r->high / 10, r->high % 10);
}

static void
put_confidence(const struct weigh_result *r, struct buf *out)
{
	if (r->confidence == CONFIDENCE_NONE)
		return;
	buf_printf(out,
	    "\nOur confidence in this judgement is %s: %u independent group%s support%s it",
	    weigh_confidence_text(r->confidence), r->support, r->support == 1 ? "" : "s",
	    r->support == 1 ? "s" : "");
	if (r->breakings > 0 && r->breaking[0].n == 1)
		buf_puts(out, ", and losing a single one of them would change it");
	if (!r->ach_agrees)
		buf_puts(
		    out, ", and counting contradictions alone favours another explanation");
	buf_puts(out, ".\n");
}

static void
put_sensitivity(const struct weigh_case *c, const struct weigh_result *r, struct buf *out)
{
	bool first = true;

	for (unsigned i = 0; i < c->items; i++) {
		if (!r->flips[i])
			continue;
		buf_puts(out, first ? "\nLosing any one of these items would change the "
				      "outcome: "
				    : ", ");
		escape_str(out, ESCAPE_TEXT, c->item[i].id);
		first = false;
	}
	if (!first)
		buf_puts(out, ".\n");
	for (unsigned i = 0; i < r->breakings && i < 5 && r->breaking[0].n > 1; i++) {
		buf_puts(
		    out, i ? "; " : "\nLosing these groups together would change it: ");
		for (unsigned k = 0; k < r->breaking[i].n; k++) {
			buf_puts(out, k ? " + " : "");
			escape_str(out, ESCAPE_TEXT, r->group[r->breaking[i].group[k]]);
		}
		if (i + 1 == r->breakings || i == 4)
			buf_puts(out, r->breakings > 5 ? "; and others.\n" : ".\n");
	}
}

void
publish_assessment(
    const struct weigh_case *c, const struct weigh_result *r, struct buf *out)
{
	char name[WEIGH_NAME + 4];
	bool first = true;

	buf_printf(out, "%s, level %u of 3\n\n", weigh_status_text(r->status), r->level);
	put_conclusion(c, r, out);
	put_confidence(r, out);
	put_sensitivity(c, r, out);
	buf_puts(out, "\n  score mB    permille  explanation\n");
	for (unsigned h = 0; h < r->hyps; h++) {
		buf_printf(
		    out, "  %+8d  %4u-%4u  ", r->score[h], r->p_low[h], r->p_high[h]);
		escape_str(out, ESCAPE_TEXT, weigh_hypothesis(c, h, name));
		buf_puts(out, h == 2 * c->actors ? " (an actor not listed)\n" : "\n");
	}
	for (unsigned h = 0; h < r->hyps; h++) {
		if (!r->disfavoured[h])
			continue;
		buf_puts(out, first ? "\nLess than 20 % under every prior: " : ", ");
		escape_str(out, ESCAPE_TEXT, weigh_hypothesis(c, h, name));
		first = false;
	}
	buf_puts(out, first ? "" : ".\n");
	buf_puts(out,
	    "\nNot assessed: an organisation or a state. The weights of the method are\n"
	    "published choices, not measurements.\n");
}

static void
put_list(const json_t *list, const char *between, struct buf *out)
{
	json_t *x;
	size_t i;

	json_array_foreach(list, i, x)
	{
		buf_puts(out, i ? between : "");
		escape_str(out, ESCAPE_TEXT, json_string_value(x));
	}
}

void
publish_assessment_groups(const json_t *groups, struct buf *out)
{
	json_t *g;
	size_t i;

	json_array_foreach(groups, i, g)
	{
		buf_puts(
		    out, i ? "  " : "\nItems that depend on one another count once:\n  ");
		put_list(json_object_get(g, "items"), ", ", out);
		buf_puts(out, " (shared: ");
		put_list(json_object_get(g, "because"), "; ", out);
		buf_puts(out, ")\n");
	}
}

void
publish_assessment_asks(const json_t *asks, struct buf *out)
{
	json_t *ask, *would;
	size_t i, k;

	buf_puts(out, json_array_size(asks)
			  ? "\nWhat to ask for next: one further item of grade B2, "
			    "independent of those there, would change the outcome\n"
			  : "\nNo one or two further items of grade B2 would change the "
			    "outcome.\n");
	json_array_foreach(asks, i, ask)
	{
		buf_printf(out, "  %-8s ", json_string_value(json_object_get(ask, "kind")));
		escape_str(
		    out, ESCAPE_TEXT, json_string_value(json_object_get(ask, "says")));
		buf_putc(out, '\n');
		json_array_foreach(json_object_get(ask, "would"), k, would)
		{
			buf_printf(out, "           if it %s: %s, ",
			    json_string_value(json_object_get(would, "if")),
			    json_string_value(json_object_get(would, "status")));
			escape_str(out, ESCAPE_TEXT,
			    json_string_value(json_object_get(would, "leader")));
			buf_putc(out, '\n');
		}
	}
}

void
publish_assessment_claims(const json_t *said, struct buf *out)
{
	json_t *x;
	size_t i;

	json_array_foreach(said, i, x)
	{
		buf_puts(
		    out, i ? "" : "\nWho stands behind an actor is a claim, and whose:\n");
		buf_puts(out, "  ");
		escape_str(
		    out, ESCAPE_TEXT, json_string_value(json_object_get(x, "actor")));
		buf_puts(out, ": according to ");
		escape_str(out, ESCAPE_TEXT, json_string_value(json_object_get(x, "by")));
		buf_puts(out, " (claim ");
		escape_str(
		    out, ESCAPE_TEXT, json_string_value(json_object_get(x, "claim")));
		buf_puts(out, "), \"");
		escape_str(out, ESCAPE_TEXT, json_string_value(json_object_get(x, "text")));
		buf_puts(out, "\"\n");
	}
}
