/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/group.h"

#include <string.h>

#include "base/stamp.h"
#include "publish/words.h"

static bool
same_service(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && a->port == b->port && a->proto == b->proto;
}

unsigned
groups_find(const struct groups *g, const struct finding *f)
{
	for (unsigned i = 0; i < g->n; i++)
		if (g->at[i].rest || same_service(g->at[i].first, f))
			return i;
	return g->n;
}

void
groups_make(struct groups *g, const struct finding *f, size_t n)
{
	*g = (struct groups){ 0 };
	for (size_t i = 0; i < n; i++) {
		uint64_t period_ns = f[i].beacon.period_ns;
		struct group *at;

		if (f[i].severity != SEVERITY_INFO)
			continue;
		at = &g->at[groups_find(g, &f[i])];
		if (at == &g->at[g->n]) {
			g->n++;
			*at = (struct group){ .first = &f[i],
				.odds_mb = f[i].odds_mb,
				.shortest_ns = period_ns,
				.rest = g->n == GROUPS_MAX };
		}
		at->n++;
		if (period_ns < at->shortest_ns)
			at->shortest_ns = period_ns;
		if (period_ns > at->longest_ns)
			at->longest_ns = period_ns;
		if (f[i].odds_mb > at->odds_mb)
			at->odds_mb = f[i].odds_mb;
	}
}

void
group_name(struct buf *b, const struct group *g)
{
	char proto[8];

	words_count(b, g->n);
	buf_puts(b, g->n == 1 ? " pair on " : " pairs on ");
	if (g->rest)
		buf_puts(b, "other services");
	else if (g->first->port == 0)
		buf_puts(b, proto_text(g->first->proto, proto));
	else
		buf_printf(b, "%u/%s", g->first->port, proto_text(g->first->proto, proto));
}

void
group_rhythm(struct buf *b, const struct group *g)
{
	if (g->longest_ns == 0) {
		buf_puts(b, g->rest ? "" : words_kind(g->first->kind));
		return;
	}
	words_period(b, g->shortest_ns);
	if (g->longest_ns / SECOND_NS == g->shortest_ns / SECOND_NS)
		return;
	buf_puts(b, " to ");
	words_period(b, g->longest_ns);
}

const char *
group_benign(const struct group *g)
{
	for (unsigned i = 0; !g->rest && i < g->first->benigns; i++)
		if (g->first->benign[i].stands)
			return g->first->benign[i].what;
	return NULL;
}
