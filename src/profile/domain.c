/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/domain.h"

#include <libpsl.h>

/* No rule of the list has as many; the labels before them need no question. */
#define LABELS_MOST 6

const char *
domain_list(void)
{
	const char *sha1 = psl_builtin_sha1sum();

	return sha1 ? sha1 : "";
}

struct domain_split
domain_split(const char *name, size_t len)
{
	const psl_ctx_t *psl = psl_builtin();
	size_t start[LABELS_MOST + 1], n = 0; /* of labels, from the last */
	struct domain_split s = { 0, 0, false };

	start[0] = 0;
	for (size_t i = len; i > 0 && n < LABELS_MOST; i--)
		if (name[i - 1] == '.')
			start[n++] = i;
	if (n < LABELS_MOST)
		start[n++] = 0;
	for (size_t i = n; i-- > 0;) {
		if (i > 0 && (psl == NULL || !psl_is_public_suffix(psl, name + start[i])))
			continue;
		/* The last label is a suffix whatever the list says. */
		s.suffix = start[i];
		s.domain = i + 1 < n ? start[i + 1] : start[i];
		s.listed = i + 1 < n && psl &&
			   psl_is_public_suffix2(psl, name + start[i],
			       PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
		break;
	}
	return s;
}
