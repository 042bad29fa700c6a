/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/phrase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

const char *
phrase_count(uint64_t n, char text[static PHRASE_COUNT])
{
	char digits[PHRASE_COUNT];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
	char *at = text;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return text;
}

const char *
phrase_share(uint32_t ppm, char text[static PHRASE_COUNT])
{
	uint32_t percent = (ppm + 5000) / 10000;

	if (ppm > 0 && percent == 0)
		(void)snprintf(text, PHRASE_COUNT, "under 1 %%");
	else if (ppm < 1000000 && percent >= 100)
		(void)snprintf(text, PHRASE_COUNT, "over 99 %%");
	else
		(void)snprintf(text, PHRASE_COUNT, "%" PRIu32 " %%", percent);
	return text;
}

const char *
phrase_bytes(uint64_t n, char text[static PHRASE_COUNT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1;
	unsigned u = 0;

	while (n / unit >= 1000) {
		unit *= 1000;
		u++;
	}
	if (u == 0 || n / unit >= 10)
		(void)snprintf(text, PHRASE_COUNT, "%" PRIu64 " %s", n / unit, units[u]);
	else
		(void)snprintf(text, PHRASE_COUNT, "%" PRIu64 ".%" PRIu64 " %s", n / unit,
		    n % unit / (unit / 10), units[u]);
	return text;
}

static bool
has_port(uint8_t proto)
{
	return proto != PROTO_ICMP && proto != PROTO_ICMP6;
}

const char *
phrase_endpoint(
    const struct ip *ip, uint16_t port, uint8_t proto, char text[static PHRASE_ENDPOINT])
{
	char address[IP_TEXT], name[8];

	(void)ip_text(ip, address);
	(void)proto_text(proto, name);
	if (!has_port(proto))
		(void)snprintf(text, PHRASE_ENDPOINT, "%s (%s)", address, name);
	else
		(void)snprintf(text, PHRASE_ENDPOINT,
		    ip_is_v4(ip) ? "%s:%u/%s" : "[%s]:%u/%s", address, port, name);
	return text;
}

const char *
phrase_port(uint16_t port, uint8_t proto, char text[static PHRASE_ENDPOINT])
{
	char name[8];

	(void)snprintf(text, PHRASE_ENDPOINT, "%u/%s", port, proto_text(proto, name));
	return text;
}

/* "most of them every 3.36 s to 4.76 s", if it is true of all pauses. */
static void
say_rhythm(const struct beacon_shape *s, uint32_t gaps, uint64_t floor_ns, struct buf *b)
{
	char low[STAMP_TEXT], high[STAMP_TEXT], floor[STAMP_TEXT];
	char share[PHRASE_COUNT], null[PHRASE_COUNT];
	uint32_t ppm = s->gaps ? (uint32_t)(s->gaps_in * UINT64_C(1000000) / s->gaps) : 0;

	(void)stamp_period(s->low_ns, low);
	(void)stamp_period(s->high_ns, high);
	(void)phrase_share(s->null_ppm, null);
	if (2 * (uint64_t)s->gaps_in >= gaps)
		buf_printf(b,
		    ", most of them every %s to %s; irregular traffic puts at most %s "
		    "there",
		    low, high, null);
	else
		buf_printf(b,
		    "; of its pauses of %s or more %s last %s to %s, where irregular "
		    "traffic "
		    "puts at most %s",
		    stamp_period(floor_ns, floor), phrase_share(ppm, share), low, high,
		    null);
}

#define NAME_SHOWN 64

/* "192.0.2.1:443/tcp", "the same (www.example.org)", "www.example.org:443/tcp". */
static void
say_peer(const struct finding *f, struct buf *b)
{
	char peer[PHRASE_ENDPOINT];
	bool by_name = f->name[0] && ip_equal(&f->peer, &(struct ip){ { 0 } });
	size_t len = strlen(f->name);
	int shown = len > NAME_SHOWN ? NAME_SHOWN : (int)len;
	const char *cut = len > NAME_SHOWN ? "..." : "";

	if (by_name)
		buf_printf(b, "%.*s%s:%s", shown, f->name, cut,
		    phrase_port(f->port, f->proto, peer));
	else
		buf_puts(b, phrase_endpoint(&f->peer, f->port, f->proto, peer));
	if (!by_name && f->name[0])
		buf_printf(b, " (%.*s%s)", shown, f->name, cut);
}

void
phrase_beacon(struct finding *f, uint32_t gaps, uint64_t floor_ns)
{
	char host[IP_TEXT], contacts[PHRASE_COUNT], share[PHRASE_COUNT];
	char span[STAMP_TEXT];
	const struct beacon_shape *s = &f->beacon;
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	buf_printf(&b, "%s opened %s %s to ", ip_text(&f->host, host),
	    phrase_count(f->contacts, contacts),
	    f->proto == PROTO_TCP ? "connections" : "conversations");
	say_peer(f, &b);
	buf_printf(&b, " over %s", stamp_period(f->last_ns - f->first_ns, span));
	say_rhythm(s, gaps, floor_ns, &b);
	if (s->coverage_ppm >= 500000)
		buf_printf(&b, "; the rhythm fills %s of that time",
		    phrase_share(s->coverage_ppm, share));
	if (s->failed_ppm >= 100000)
		buf_printf(
		    &b, "; %s of them got no service", phrase_share(s->failed_ppm, share));
	CHECK(!b.bad);
}
