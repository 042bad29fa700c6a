/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evaluate/truth.h"

/* Words of labels: of Stratosphere's Zeek logs, of CTU's binetflows. The first that fits counts. */
static const struct {
	const char *word;
	enum truth_class class;
} words[] = {
	{ "background", TRUTH_UNKNOWN },
	{ "malicious", TRUTH_MALICIOUS },
	{ "malware", TRUTH_MALICIOUS },
	{ "botnet", TRUTH_MALICIOUS },
	{ "benign", TRUTH_BENIGN },
	{ "normal", TRUTH_BENIGN },
};

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 32) : c;
}

static bool
has_word(struct span s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.len; i++) {
		size_t k = 0;

		while (k < n && lower(s.at[i + k]) == (uint8_t)word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool
told(struct span field, enum truth_class *out)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has_word(field, words[i].word)) {
			*out = words[i].class;
			return true;
		}
	return false;
}

/* "label":"Malicious", wherever it stands; our logs have no blanks there, others may. */
static struct span
json_label(struct span line)
{
	static const char key[] = "\"label\"";
	size_t n = sizeof key - 1;

	for (size_t i = 0; i + n < line.len; i++) {
		size_t from = i + n, to;

		if (memcmp(line.at + i, key, n) != 0)
			continue;
		while (from < line.len && (line.at[from] == ' ' || line.at[from] == ':' ||
					      line.at[from] == '"'))
			from++;
		for (to = from; to < line.len && line.at[to] != '"'; to++)
			;
		return (struct span){ line.at + from, to - from };
	}
	return (struct span){ line.at, 0 };
}

enum truth_class
label_of(struct span line)
{
	enum truth_class class = TRUTH_UNKNOWN;
	size_t end = line.len;

	if (line.len > 0 && line.at[0] == '{') {
		(void)told(json_label(line), &class);
		return class;
	}
	/* The label, or a word for its kind and the label before it. */
	for (int field = 0; field < 2; field++) {
		size_t at = end;

		while (at > 0 && line.at[at - 1] != '\t' && line.at[at - 1] != ',')
			at--;
		if (told((struct span){ line.at + at, end - at }, &class) || at == 0)
			return class;
		end = at - 1;
	}
	return class;
}
