/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/http_line.h"

#include <string.h>

bool
http_is_word(struct span s, const char *word)
{
	size_t n = strlen(word);

	if (s.len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((s.at[i] | 0x20) != (uint8_t)word[i])
			return false;
	return true;
}

/* The part before the first `mark`; the rest stays in `s`. All of it when there is none. */
struct span
http_cut(struct span *s, uint8_t mark)
{
	const uint8_t *end = s->len ? memchr(s->at, mark, s->len) : NULL;
	struct span part = *s;

	if (end == NULL) {
		*s = (struct span){ 0 };
		return part;
	}
	part.len = (size_t)(end - s->at);
	s->at = end + 1;
	s->len -= part.len + 1;
	return part;
}

struct span
http_trim(struct span s)
{
	while (s.len > 0 && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t' ||
				s.at[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* Decimal digits; false when there is anything else, or too much. */
bool
http_number(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		v = v * 10 + (s.at[i] - '0');
	}
	*out = v;
	return true;
}

bool
http_is_method(struct span s)
{
	static const char *const words[] = { "get", "post", "head", "put", "delete",
		"options", "connect", "trace", "patch", "propfind", "report", "search" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (http_is_word(s, words[i]))
			return true;
	return false;
}

bool
http_is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < 'A' || s.at[i] > 'Z') && s.at[i] != '-' && s.at[i] != '_')
			return false;
	return s.len > 0 && s.len <= 32;
}

/* "HTTP/1.1" -> "1.1" */
bool
http_version(struct span s, struct span *version)
{
	if (s.len < 8 || !http_is_word((struct span){ s.at, 5 }, "http/"))
		return false;
	*version = (struct span){ s.at + 5, 3 };
	return true;
}

/* METHOD SP URI SP VERSION; the URI may hold spaces where nobody escaped them. */
bool
http_request(struct span line, struct span *method, struct span *uri, struct span *version)
{
	size_t end;

	line = http_trim(line);
	*method = http_cut(&line, ' ');
	if (!http_is_token(*method))
		return false;
	line = http_trim(line);
	for (end = line.len; end > 0 && line.at[end - 1] != ' '; end--)
		;
	*version = (struct span){ 0 };
	if (end > 0 &&
	    http_version((struct span){ line.at + end, line.len - end }, version))
		line.len = end;
	*uri = http_trim(line);
	return version->len > 0 || (http_is_method(*method) && uri->len > 0);
}
