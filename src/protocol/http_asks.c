/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/http_asks.h"

#include <string.h>

#include "protocol/http_line.h"

struct ask *
ask_new(struct talk *t, struct asks **asks)
{
	struct asks *a = *asks;

	if (a == NULL) {
		a = *asks = talk_piece(t);
		if (a == NULL)
			return NULL;
		a->first = a->n = a->used = 0;
	}
	if (a->n == ASKS)
		return NULL;
	return &a->ask[(a->first + a->n++) % ASKS];
}

struct ask *
ask_latest(struct asks *a)
{
	return a && a->n > 0 ? &a->ask[(a->first + a->n - 1) % ASKS] : NULL;
}

struct text
ask_keep(struct asks *a, struct span value, size_t most)
{
	size_t n = value.len < most ? value.len : most;
	struct text text;

	if (n > ASKS_TEXT - a->used)
		n = ASKS_TEXT - a->used;
	text = (struct text){ (uint16_t)a->used, (uint16_t)n };
	if (n > 0)
		memcpy(a->text + a->used, value.at, n);
	a->used += (unsigned)n;
	return text;
}

struct span
ask_kept(const struct asks *a, struct text text)
{
	return (struct span){ (const uint8_t *)a->text + text.at, text.n };
}

void
ask_host(struct asks *asks, struct ask *a, struct span host)
{
	struct span name = host;
	uint64_t port;

	if (host.len > 0 && *host.at == '[') {
		name = http_cut(&host, ']');
		(void)http_cut(&host, ':');
		name.at++;
		name.len--;
	} else {
		name = http_cut(&host, ':');
	}
	a->port = http_number(host, &port) && port <= UINT16_MAX ? (uint16_t)port : 0;
	if (name.len > 1 && name.at[name.len - 1] == '.')
		name.len--;
	a->host = ask_keep(asks, name, TRAIT_NAME);
	for (unsigned i = 0; i < a->host.n; i++) {
		char *c = &asks->text[a->host.at + i];

		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	}
}

void
ask_target(struct asks *asks, struct ask *a, struct span method, struct span uri)
{
	static const struct {
		const char *text;
		size_t n;
		uint16_t port;
	} schemes[] = { { "http://", 7, 80 }, { "https://", 8, 443 } };
	struct span rest = uri;
	uint16_t port = 443;

	a->proxied = http_is_word(method, "connect");
	for (size_t i = 0; !a->proxied && i < 2; i++) {
		size_t n = schemes[i].n;

		if (uri.len <= n ||
		    !http_is_word((struct span){ uri.at, n }, schemes[i].text))
			continue;
		rest = (struct span){ uri.at + n, uri.len - n };
		rest = http_cut(&rest, '/');
		if (rest.len > 0 && memchr(rest.at, '@', rest.len))
			(void)http_cut(&rest, '@');
		port = schemes[i].port;
		a->proxied = true;
	}
	if (!a->proxied)
		return;
	ask_host(asks, a, rest);
	if (a->port == 0)
		a->port = port;
}
