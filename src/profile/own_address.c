/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/own_address.h"

#include <string.h>

static const struct {
	const char *text;
	size_t len;
} OWN_ADDRESSES[] = {
#define OWN_ADDRESS(name) { (name), sizeof(name) - 1 },
#include "profile/own_address.def"
#undef OWN_ADDRESS
};

/* Of the last two labels: their length and how they begin; each listed name has two. */
static unsigned
mark_of(struct span name)
{
	unsigned dots = 0, mark;
	size_t at = name.len;

	while (at > 0 && (name.at[at - 1] != '.' || ++dots < 2))
		at--;
	mark = (unsigned)(name.len - at);
	for (size_t i = at; i < name.len && i < at + 3; i++)
		mark = mark * 33 + name.at[i];
	return (mark ^ mark >> 10) % 1024;
}

void
own_address_prepare(struct own_address_filter *f)
{
	*f = (struct own_address_filter){ 0 };
	for (size_t i = 0; i < sizeof OWN_ADDRESSES / sizeof *OWN_ADDRESSES; i++) {
		unsigned mark = mark_of((struct span){
		    (const uint8_t *)OWN_ADDRESSES[i].text, OWN_ADDRESSES[i].len });

		f->bit[mark / 64] |= UINT64_C(1) << mark % 64;
	}
}

bool
own_address_told(const struct own_address_filter *f, struct span name)
{
	unsigned mark = mark_of(name);

	if (!(f->bit[mark / 64] >> mark % 64 & 1))
		return false;
	for (size_t i = 0; i < sizeof OWN_ADDRESSES / sizeof *OWN_ADDRESSES; i++) {
		size_t n = OWN_ADDRESSES[i].len;

		if (name.len < n ||
		    memcmp(name.at + name.len - n, OWN_ADDRESSES[i].text, n) != 0)
			continue;
		if (name.len == n || name.at[name.len - n - 1] == '.')
			return true;
	}
	return false;
}
