/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/tell_tunnels.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#define TOLD 12 /* the rest is only counted */

static uint64_t
carried(const struct tunnel_pair *t)
{
	return t->end[0].bytes + t->end[1].bytes;
}

static int
by_bytes(const void *x, const void *y)
{
	const struct tunnel_pair *a = x, *b = y;
	int c = (carried(a) < carried(b)) - (carried(a) > carried(b));

	if (c == 0)
		c = ip_compare(&a->end[0].ip, &b->end[0].ip);
	return c ? c : ip_compare(&a->end[1].ip, &b->end[1].ip);
}

static const char *
how_answered(const struct tunnel_pair *t)
{
	if (t->mirrored > t->back)
		return "answers came from the same end as what they answer, as from a tap";
	if (t->back > 0)
		return "answers came back through it";
	return "no answer came back through it";
}

static void
tell(const struct tunnel_pair *t, tell_fact *sentence, void *state)
{
	char a[IP_TEXT], b[IP_TEXT], room[ERROR_TEXT];
	struct buf s = { .at = room, .cap = sizeof room, .max = sizeof room - 1 };
	const char *before = "";

	buf_printf(&s, "%llu flow%s between %s and %s %s read inside ",
	    (unsigned long long)t->flows, t->flows == 1 ? "" : "s",
	    ip_text(&t->end[0].ip, a), ip_text(&t->end[1].ip, b),
	    t->flows == 1 ? "was" : "were");
	for (unsigned k = TUNNEL_NONE + 1; k < TUNNEL_COUNT; k++)
		if (t->kinds & 1U << k) {
			buf_printf(&s, "%s%s", before,
			    k == TUNNEL_IP ? "packets of IP" : tunnel_text((enum tunnel)k));
			before = ", ";
		}
	buf_printf(&s, " (%llu packets, %llu bytes): %s",
	    (unsigned long long)(t->end[0].packets + t->end[1].packets),
	    (unsigned long long)carried(t), how_answered(t));
	if (!s.bad)
		sentence(state, room);
}

enum status
tell_tunnels(struct tunnels *const *part, size_t parts, tell_fact *sentence, void *state,
    struct error *err)
{
	struct tunnel_pair *all;
	size_t most = 0, n = 0;

	for (size_t i = 0; i < parts; i++)
		most += tunnels_count(part[i]);
	if (most == 0)
		return OK;
	all = calloc(most, sizeof *all);
	if (all == NULL)
		return error_set(err, E_NOMEM, "no memory for the list of tunnels");
	for (size_t i = 0; i < parts; i++)
		for (size_t k = 0; k < tunnels_count(part[i]); k++)
			n += tunnels_at(part, parts, i, k, &all[n]);
	if (n > 1)
		qsort(all, n, sizeof *all, by_bytes);
	for (size_t i = 0; i < n && i < TOLD; i++)
		tell(&all[i], sentence, state);
	if (n > TOLD) {
		char room[64];

		(void)snprintf(room, sizeof room, "and inside %zu other tunnels", n - TOLD);
		sentence(state, room);
	}
	free(all);
	return OK;
}
