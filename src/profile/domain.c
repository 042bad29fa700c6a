/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/domain.h"

#include <libpsl.h>
#include <string.h>

/* No rule of the list has as many; the labels before them need no question. */
#define LABELS_MOST 6

const char *
domain_list(void)
{
	const char *sha1 = psl_builtin_sha1sum();

	return sha1 ? sha1 : "";
}

size_t
domain_rest(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);

	return dot ? (size_t)(dot - name) + 1 : 0;
}

static bool
has_few_labels(const char *name, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += name[i] == '.';
	return n <= LABELS_MOST;
}

struct domain_split
domain_above(const char *name, size_t len, size_t rest, struct domain_split s)
{
	const psl_ctx_t *psl = psl_builtin();
	bool few = has_few_labels(name, len);

	if (few && psl && psl_is_public_suffix(psl, name))
		return (struct domain_split){ 0, 0, false };
	s.domain += rest;
	s.suffix += rest;
	if (few && s.suffix == rest) {
		s.domain = 0;
		s.listed = psl && psl_is_public_suffix2(psl, name + rest,
				      PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
	}
	return s;
}

struct domain_split
domain_split(const char *name, size_t len)
{
	/* The last label is a suffix whatever the list says. */
	struct domain_split s = { 0, 0, false };
	size_t end = len;

	while (end > 0 && name[end - 1] != '.')
		end--;
	while (end > 0) {
		size_t at = end - 1;

		while (at > 0 && name[at - 1] != '.')
			at--;
		s = domain_above(name + at, len - at, end - at, s);
		end = at;
	}
	return s;
}
