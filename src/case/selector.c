/* SPDX-License-Identifier: Apache-2.0 */
#include "case/selector.h"

#include <string.h>

#include "base/buf.h"
#include "base/stamp.h"

#define VALUE_MAX 300

static const char *const types[SELECTOR_TYPES] = { "address", "name", "community" };

/* What people call them. */
static const struct {
	const char *word;
	enum selector_type type;
} words[] = {
	{ "address", SELECTOR_ADDRESS },
	{ "community", SELECTOR_COMMUNITY },
	{ "host", SELECTOR_ADDRESS },
	{ "ip", SELECTOR_ADDRESS },
	{ "name", SELECTOR_NAME },
	{ "peer", SELECTOR_ADDRESS },
};

const char *
selector_type_text(enum selector_type t)
{
	return types[t];
}

struct digest
selector_keyed(
    enum selector_type t, struct span value, const uint8_t key[static SELECTOR_KEY])
{
	char room[sizeof SELECTOR_DOMAIN + 16 + VALUE_MAX];
	struct buf m = buf_over(room, sizeof room);
	bool name = t == SELECTOR_NAME;

	if (name && value.len > 0 && value.at[value.len - 1] == '.')
		value.len--;
	if (value.len > VALUE_MAX)
		value.len = VALUE_MAX;
	buf_put(&m, SELECTOR_DOMAIN, sizeof SELECTOR_DOMAIN);
	buf_puts(&m, types[t]);
	buf_putc(&m, '\0');
	for (size_t i = 0; i < value.len; i++)
		buf_putc(&m, name && value.at[i] >= 'A' && value.at[i] <= 'Z'
				 ? (char)(value.at[i] | 0x20)
				 : (char)value.at[i]);
	return digest_keyed((struct span){ key, SELECTOR_KEY }, buf_span(&m));
}

struct digest
selector_keyed_ip(const struct ip *ip, const uint8_t key[static SELECTOR_KEY])
{
	char text[IP_TEXT];

	(void)ip_text(ip, text);
	return selector_keyed(
	    SELECTOR_ADDRESS, (struct span){ (const uint8_t *)text, strlen(text) }, key);
}

struct digest
selector_key_id(const uint8_t key[static SELECTOR_KEY])
{
	static const char domain[] = "geophone/selector-key/v1";
	char room[sizeof domain + SELECTOR_KEY + 1];
	struct buf m = buf_over(room, sizeof room);

	buf_put(&m, domain, sizeof domain);
	buf_put(&m, key, SELECTOR_KEY);
	return digest_of(buf_span(&m));
}

static struct span
next_word(struct span *line)
{
	struct span w;

	while (line->len > 0 && *line->at == ' ')
		line->at++, line->len--;
	w = (struct span){ line->at, 0 };
	while (line->len > 0 && *line->at != ' ')
		line->at++, line->len--, w.len++;
	return w;
}

static bool
take_type(struct span w, enum selector_type *out)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_is(w, words[i].word)) {
			*out = words[i].type;
			return true;
		}
	return false;
}

static bool
take_window(struct span *line, struct selector *s)
{
	struct span w = next_word(line);

	if (span_is(w, "from")) {
		if (!stamp_parse(next_word(line), &s->from_ns))
			return false;
		w = next_word(line);
	}
	if (span_is(w, "to")) {
		if (!stamp_parse(next_word(line), &s->to_ns))
			return false;
		w = next_word(line);
	}
	return w.len == 0 && s->from_ns <= s->to_ns;
}

enum status
selector_parse(struct span line, const uint8_t key[static SELECTOR_KEY],
    struct selector *out, struct error *err)
{
	struct selector s = { .to_ns = UINT64_MAX };
	struct span whole = line, value;
	struct ip ip;
	bool good = take_type(next_word(&line), &s.type);

	value = next_word(&line);
	if (!good || value.len == 0 || value.len > VALUE_MAX || !take_window(&line, &s))
		return error_set(err, E_FORMAT,
		    "%.*s is no selector: \"peer ADDRESS\", \"name NAME\" or "
		    "\"community ID\", with \"from TIME to TIME\" behind it or without",
		    (int)(whole.len < 200 ? whole.len : 200), (const char *)whole.at);
	if (s.type == SELECTOR_ADDRESS) {
		if (!ip_parse(value, &ip))
			return error_set(err, E_FORMAT, "%.*s is no address",
			    (int)value.len, (const char *)value.at);
		s.keyed = selector_keyed_ip(&ip, key);
	} else
		s.keyed = selector_keyed(s.type, value, key);
	*out = s;
	return OK;
}

json_t *
selector_json(const struct selector *s)
{
	char hex[DIGEST_HEX], from[STAMP_TEXT], to[STAMP_TEXT];

	return json_pack("{s:s, s:s, s:s*, s:s*}", "hmac", digest_hex(&s->keyed, hex),
	    "type", types[s->type], "from",
	    s->from_ns > 0 ? stamp_text(s->from_ns, from) : NULL, "to",
	    s->to_ns < UINT64_MAX ? stamp_text(s->to_ns, to) : NULL);
}

static bool
read_time(const json_t *o, const char *key, uint64_t *ns)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL || stamp_parse((struct span){ (const uint8_t *)s, strlen(s) }, ns);
}

static uint8_t
nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

enum status
selector_read(const json_t *o, struct selector *out, struct error *err)
{
	const char *type = json_string_value(json_object_get(o, "type"));
	const char *hex = json_string_value(json_object_get(o, "hmac"));
	struct selector s = { .to_ns = UINT64_MAX };
	unsigned t = 0;

	while (t < SELECTOR_TYPES && type && strcmp(types[t], type) != 0)
		t++;
	if (type == NULL || t == SELECTOR_TYPES || hex == NULL ||
	    strlen(hex) != DIGEST_HEX - 1 ||
	    strspn(hex, "0123456789abcdef") != DIGEST_HEX - 1)
		return error_set(err, E_FORMAT, "a selector without type or hash");
	s.type = (enum selector_type)t;
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		s.keyed.b[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	if (!read_time(o, "from", &s.from_ns) || !read_time(o, "to", &s.to_ns) ||
	    s.from_ns > s.to_ns)
		return error_set(err, E_FORMAT,
		    "a selector whose times are none, or end before they begin");
	*out = s;
	return OK;
}
