/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "collect/indicator_file.h"

static bool
is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	return true;
}

static bool
take_port(const char *s, size_t n, uint16_t *out)
{
	unsigned port = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		port = port * 10 + (unsigned)(s[i] - '0');
	}
	*out = (uint16_t)port;
	return port > 0 && port < 65536;
}

/* [2001:db8::1]:443, also without a port. */
static bool
take_bracketed(struct span word, struct indicator *out)
{
	const uint8_t *end = memchr(word.at, ']', word.len);
	size_t n;

	out->type = INDICATOR_ADDRESS;
	out->net.bits = 128;
	if (end == NULL ||
	    !ip_parse(
		(struct span){ word.at + 1, (size_t)(end - word.at - 1) }, &out->net.ip))
		return false;
	n = word.len - (size_t)(end + 1 - word.at);
	return n == 0 ||
	       (end[1] == ':' && take_port((const char *)end + 2, n - 1, &out->port));
}

/* Lower case, brackets taken off, "hxxp" put right; 0: too long or not printable. */
static size_t
clean(struct span word, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = word.at[i];

		if (c == '[' || c == ']')
			continue;
		if (c <= ' ' || c > '~' || n == INDICATOR_KEY)
			return 0;
		out[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
	}
	out[n] = '\0';
	if (strncmp(out, "hxxp:", 5) == 0 || strncmp(out, "hxxps:", 6) == 0)
		memcpy(out, "http", 4);
	return n;
}

/* Dots between labels of letters, digits, - and _, and a top that is not a number. */
static bool
is_domain(const char *s, size_t n)
{
	size_t label = 0, dots = 0;
	bool letter = false;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			letter = false;
			dots++;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '_') ||
		    ++label > 63)
			return false;
		letter |= c >= 'a' && c <= 'z';
	}
	return dots > 0 && label > 0 && letter;
}

/* t13d1516h2_8daaf6152771_e5627efa2ab1 */
static bool
is_ja4(const char *s, size_t n)
{
	return n == 36 && (s[0] == 't' || s[0] == 'q' || s[0] == 'd') && s[10] == '_' &&
	       s[23] == '_' && is_hex(s + 11, 12) && is_hex(s + 24, 12);
}

/* Lists have host bits where there should be none: they are cut off. */
static bool
take_network(const char *s, size_t n, const char *slash, struct ip_net *out)
{
	size_t digits = n - (size_t)(slash + 1 - s);
	unsigned bits = 0, least;

	if (digits == 0 || digits > 3 ||
	    !ip_parse((struct span){ (const uint8_t *)s, (size_t)(slash - s) }, &out->ip))
		return false;
	for (const char *c = slash + 1; c < s + n; c++) {
		if (*c < '0' || *c > '9')
			return false;
		bits = bits * 10 + (unsigned)(*c - '0');
	}
	least = ip_is_v4(&out->ip) ? 96 : 0;
	if (bits == 0 || bits > 128 - least)
		return false;
	out->bits = (uint8_t)(bits + least);
	for (unsigned i = out->bits; i < 128; i++)
		out->ip.b[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return true;
}

static bool
take_address(const char *s, size_t n, struct indicator *out)
{
	struct span all = { (const uint8_t *)s, n };
	const char *colon = memchr(s, ':', n), *slash = memchr(s, '/', n);

	out->type = INDICATOR_ADDRESS;
	if (ip_parse(all, &out->net.ip)) {
		out->net.bits = 128;
		return true;
	}
	if (slash && take_network(s, n, slash, &out->net)) {
		out->type = out->net.bits == 128 ? INDICATOR_ADDRESS : INDICATOR_NETWORK;
		return true;
	}
	if (colon == NULL)
		return false;
	out->net.bits = 128;
	return ip_parse((struct span){ all.at, (size_t)(colon - s) }, &out->net.ip) &&
	       take_port(colon + 1, n - (size_t)(colon + 1 - s), &out->port);
}

/* After "://": a host alone is its host; with a path it is a URL. */
static bool
take_url(const char *s, size_t n, struct indicator *out)
{
	const char *slash = memchr(s, '/', n), *colon = memchr(s, ':', n);
	size_t host = slash ? (size_t)(slash - s) : n;

	if (slash && n - host > 1) {
		out->type = INDICATOR_URL;
		out->key = (struct span){ (const uint8_t *)s, n };
		return host > 0;
	}
	if (take_address(s, host, out))
		return true;
	if (colon && colon < s + host)
		host = (size_t)(colon - s);
	out->type = INDICATOR_DOMAIN;
	out->key = (struct span){ (const uint8_t *)s, host };
	return is_domain(s, host);
}

bool
indicator_classify(
    struct span word, char room[static INDICATOR_KEY + 1], struct indicator *out)
{
	size_t n = clean(word, room);
	char *s = room;
	const char *scheme;

	*out = (struct indicator){ .type = INDICATOR_DOMAIN };
	if (n == 0)
		return false;
	if (word.at[0] == '[' && memchr(word.at, ':', word.len))
		return take_bracketed(word, out);
	if (n == 36 && memcmp(s, "ja3:", 4) == 0 && is_hex(s + 4, 32)) {
		out->type = INDICATOR_JA3;
		out->key = (struct span){ (const uint8_t *)s + 4, 32 };
		return true;
	}
	if ((n == 69 || n == 45) && memcmp(s, "cert:", 5) == 0 && is_hex(s + 5, n - 5)) {
		out->type = INDICATOR_CERTIFICATE;
		out->key = (struct span){ (const uint8_t *)s + 5, n - 5 };
		return true;
	}
	if (is_ja4(s, n)) {
		out->type = INDICATOR_JA4;
		out->key = (struct span){ (const uint8_t *)s, n };
		return true;
	}
	scheme = strstr(s, "://");
	if (scheme && scheme - s <= 8)
		return take_url(scheme + 3, n - (size_t)(scheme + 3 - s), out);
	if (take_address(s, n, out))
		return true;
	if (memchr(s, '/', n)) /* "0.0.0.0/0" is neither a network of anybody nor a page */
		return strspn(s, "0123456789.:/") < n && take_url(s, n, out);
	while (n > 0 && (*s == '.' || *s == '*')) {
		s++;
		n--;
	}
	if (n > 0 && s[n - 1] == '.')
		n--;
	out->type = INDICATOR_DOMAIN;
	out->key = (struct span){ (const uint8_t *)s, n };
	return is_domain(s, n);
}
