/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/mention.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

size_t
name_clean(struct span s, char out[static NAME_TEXT])
{
	size_t n = s.len < TRAIT_NAME ? s.len : TRAIT_NAME;

	while (n > 0 && s.at[n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.at[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		out[i] = c > ' ' && c < 0x7f ? (char)c : '?';
	}
	out[n] = '\0';
	return n;
}

/* Nearly all are: parsers tell names in lower case and without the last dot. */
static bool
is_clean(struct span s)
{
	uint8_t other = 0;

	if (s.len > TRAIT_NAME || (s.len > 0 && s.at[s.len - 1] == '.'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		other |= (uint8_t)((uint8_t)(c - 'A') < 26) |
			 (uint8_t)((uint8_t)(c - '!') > '~' - '!');
	}
	return other == 0;
}

static struct span
name_of(const struct trait *t)
{
	switch ((enum trait_kind)t->kind) {
	case TRAIT_DNS:
		return t->dns.query;
	case TRAIT_HTTP:
		return t->http.host;
	case TRAIT_TLS:
		return t->tls.server_name;
	case TRAIT_SSH:
	case TRAIT_FILE:
	case TRAIT_NTP:
	case TRAIT_DHCP:
	case TRAIT_ECHO:
	case TRAIT_KIND_COUNT:
		break;
	}
	return (struct span){ 0 };
}

void
mention_make(struct mention *m, const struct trait *t, struct known *known)
{
	m->trait = t;
	m->known = known;
	m->name = name_of(t);
	m->is_split = false;
	if (!is_clean(m->name))
		m->name =
		    (struct span){ (const uint8_t *)m->room, name_clean(m->name, m->room) };
	/* Who asks a resolver for an address in words asks for a name. */
	m->is_address = t->kind != TRAIT_DNS && ip_parse(m->name, &m->address);
	if (m->is_address)
		m->name.len = 0;
	m->hash = XXH3_64bits(m->name.at, m->name.len);
	known_fetch(known, m->hash);
}
