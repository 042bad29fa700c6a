/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - requests and their responses (RFC 9112).
 *
 * One connection carries many; each request is a trait, told when its response
 * has been heard to its end, so that the sizes of bodies are what was seen.
 * Bodies are skipped by their length and never kept. Requests may run ahead of
 * their responses (pipelining): they wait in a piece, in order.
 */
#include "protocol/parser.h"

#include <string.h>

#define LINE_MAX_HEARD 4000 /* of a line that is longer the rest is not read */
#define ASKS           16   /* requests that wait for their responses */
#define MIME           64

enum phase {
	START_LINE,
	HEADERS,
	LINE_REST, /* of a header that is too long */
	BODY,      /* being skipped */
	CHUNK_SIZE,
	CHUNK, /* being skipped, with its line end */
	TRAILERS,
	REST, /* until the connection ends, or nothing we know */
};

struct text {
	uint16_t at, n;
};

struct ask {
	uint64_t time_ns;
	uint64_t body;
	struct text method, host, uri, user_agent, version;
	uint32_t depth;
	uint16_t port;
	bool proxied;
};

struct asks {
	unsigned first, n; /* a ring */
	unsigned used;     /* of text */
	struct ask ask[ASKS];
	char text[];
};

#define ASKS_TEXT (TALK_PIECE - sizeof(struct asks))

struct side_http {
	uint8_t phase;
	bool chunked, has_length, upgrade;
	uint64_t length; /* announced of the body, or of the chunk */
	uint64_t body;   /* seen of it before the part being skipped */
	uint64_t skipping;
};

struct http_state {
	struct side_http side[2];
	struct asks *asks;
	uint32_t depth;
	uint32_t orphans; /* requests told before their response, which may come yet */
	uint16_t status;  /* of the response being heard; 0: none */
	bool alone;       /* that response has no request */
	char version[4];  /* its, for when it is alone */
	uint64_t time_ns; /* of its start */
	uint8_t mime_len;
	char mime[MIME];
};

static_assert(sizeof(struct http_state) <= TALK_STATE, "the state does not fit");

static bool
is_word(struct span s, const char *word)
{
	size_t n = strlen(word);

	if (s.len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((s.at[i] | 0x20) != (uint8_t)word[i])
			return false;
	return true;
}

/* The part before the first `mark`; the rest stays in `s`. All of it when there is none. */
static struct span
cut_at(struct span *s, uint8_t mark)
{
	const uint8_t *end = s->len ? memchr(s->at, mark, s->len) : NULL;
	struct span part = *s;

	if (end == NULL) {
		*s = (struct span){ 0 };
		return part;
	}
	part.len = (size_t)(end - s->at);
	s->at = end + 1;
	s->len -= part.len + 1;
	return part;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t' ||
				s.at[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* Decimal digits; false when there is anything else, or too much. */
static bool
number(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		v = v * 10 + (s.at[i] - '0');
	}
	*out = v;
	return true;
}

/* Requests that wait. */

static struct ask *
ask_new(struct talk *t, struct http_state *s)
{
	struct asks *a = s->asks;

	if (a == NULL) {
		a = s->asks = talk_piece(t);
		if (a == NULL)
			return NULL;
		a->first = a->n = a->used = 0;
	}
	if (a->n == ASKS)
		return NULL;
	return &a->ask[(a->first + a->n++) % ASKS];
}

static struct ask *
ask_latest(struct http_state *s)
{
	struct asks *a = s->asks;

	return a && a->n > 0 ? &a->ask[(a->first + a->n - 1) % ASKS] : NULL;
}

static struct text
keep(struct http_state *s, struct span value, size_t most)
{
	struct asks *a = s->asks;
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

static struct span
kept(const struct http_state *s, struct text text)
{
	return (struct span){ (const uint8_t *)s->asks->text + text.at, text.n };
}

/* The request `a`, or NULL for a response without one, and what is known of its response. */
static void
tell(struct talk *t, struct http_state *s, const struct ask *a, uint64_t body)
{
	struct trait trait;
	struct trait_http *h = &trait.http;

	*h = (struct trait_http){ .response_len = body };
	trait.kind = TRAIT_HTTP;
	trait.time_ns = a ? a->time_ns : s->time_ns;
	if (a) {
		h->method = kept(s, a->method);
		h->host = kept(s, a->host);
		h->uri = kept(s, a->uri);
		h->user_agent = kept(s, a->user_agent);
		h->version = kept(s, a->version);
		h->depth = a->depth;
		h->port = a->port;
		h->proxied = a->proxied;
		h->request_len = a->body;
	} else {
		h->version = (struct span){ (uint8_t *)s->version, strlen(s->version) };
		h->depth = ++s->depth;
	}
	h->status = s->status;
	h->mime = (struct span){ (const uint8_t *)s->mime, s->mime_len };
	talk_tell(t, &trait);
}

/* The first request that waits is told and leaves. */
static void
tell_first(struct talk *t, struct http_state *s, uint64_t body)
{
	struct asks *a = s->asks;

	if (a == NULL || a->n == 0)
		return;
	tell(t, s, &a->ask[a->first], body);
	a->first = (a->first + 1) % ASKS;
	if (--a->n == 0) {
		s->asks = NULL;
		talk_drop(t, a);
	}
}

static void
forget_response(struct http_state *s)
{
	s->status = 0;
	s->mime_len = 0;
	s->alone = false;
}

/* Start lines. */

static bool
is_method(struct span s)
{
	static const char *const words[] = { "get", "post", "head", "put", "delete",
		"options", "connect", "trace", "patch", "propfind", "report", "search" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_word(s, words[i]))
			return true;
	return false;
}

static bool
is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < 'A' || s.at[i] > 'Z') && s.at[i] != '-' && s.at[i] != '_')
			return false;
	return s.len > 0 && s.len <= 32;
}

/* "HTTP/1.1" -> "1.1" */
static bool
take_version(struct span s, struct span *version)
{
	if (s.len < 8 || !is_word((struct span){ s.at, 5 }, "http/"))
		return false;
	*version = (struct span){ s.at + 5, 3 };
	return true;
}

/* host[:port], in lower case and without the last dot, in place. */
static void
set_host(struct http_state *s, struct ask *a, struct span host)
{
	struct span name = host;
	uint64_t port;

	if (host.len > 0 && *host.at == '[') {
		name = cut_at(&host, ']');
		(void)cut_at(&host, ':');
		name.at++;
		name.len--;
	} else {
		name = cut_at(&host, ':');
	}
	a->port = number(host, &port) && port <= UINT16_MAX ? (uint16_t)port : 0;
	if (name.len > 1 && name.at[name.len - 1] == '.')
		name.len--;
	a->host = keep(s, name, TRAIT_NAME);
	for (unsigned i = 0; i < a->host.n; i++) {
		char *c = &s->asks->text[a->host.at + i];

		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	}
}

/* An absolute URI is what a proxy is asked; the authority is the peer (RFC 9112 section 3.2.2). */
static void
take_authority(struct http_state *s, struct ask *a, struct span method, struct span uri)
{
	if (is_word(method, "connect")) {
		a->proxied = true;
		set_host(s, a, uri);
		return;
	}
	if (uri.len < 8 || !is_word((struct span){ uri.at, 7 }, "http://"))
		return;
	a->proxied = true;
	uri.at += 7;
	uri.len -= 7;
	set_host(s, a, cut_at(&uri, '/'));
}

/* METHOD SP URI SP VERSION; the URI may hold spaces where nobody escaped them. */
static bool
split_request(struct span line, struct span *method, struct span *uri, struct span *version)
{
	size_t end;

	line = trim(line);
	*method = cut_at(&line, ' ');
	if (!is_token(*method))
		return false;
	line = trim(line);
	for (end = line.len; end > 0 && line.at[end - 1] != ' '; end--)
		;
	*version = (struct span){ 0 };
	if (end > 0 &&
	    take_version((struct span){ line.at + end, line.len - end }, version))
		line.len = end;
	*uri = trim(line);
	return version->len > 0 || (is_method(*method) && uri->len > 0);
}

static bool
begin_request(struct talk *t, struct http_state *s, struct span line, uint64_t time_ns)
{
	struct side_http *me = &s->side[0];
	struct span method, uri, version;
	struct ask *a;

	if (!split_request(line, &method, &uri, &version))
		return false;
	a = ask_new(t, s);
	if (a == NULL && s->asks) {
		/* Its response, when it comes, is the first of those to pass over. */
		tell_first(t, s, 0);
		s->orphans++;
		a = ask_new(t, s);
	}
	*me = (struct side_http){ .phase = HEADERS };
	s->depth++;
	if (a == NULL)
		return true; /* no memory: its body is passed over all the same */
	*a = (struct ask){ .time_ns = time_ns, .depth = s->depth };
	a->method = keep(s, method, 32);
	take_authority(s, a, method, uri);
	a->uri = keep(s, uri, TRAIT_TEXT);
	a->version = keep(s, version, 3);
	return true;
}

static bool
begin_response(struct http_state *s, struct span line, uint64_t time_ns)
{
	struct side_http *me = &s->side[1];
	struct span first, version;
	uint64_t status;

	line = trim(line);
	first = cut_at(&line, ' ');
	if (!take_version(first, &version))
		return false;
	line = trim(line);
	if (!number(cut_at(&line, ' '), &status) || status > 999)
		return false;
	*me = (struct side_http){ .phase = HEADERS };
	forget_response(s);
	s->status = (uint16_t)status;
	s->time_ns = time_ns;
	memcpy(s->version, version.at, 3);
	s->version[3] = '\0';
	s->alone = s->asks == NULL;
	return true;
}

/* Headers. */

static void
see_header(struct http_state *s, bool from_resp, struct span line)
{
	struct side_http *me = &s->side[from_resp];
	struct span name = trim(cut_at(&line, ':')), value = trim(line);
	struct ask *a = from_resp ? NULL : ask_latest(s);

	if (is_word(name, "content-length")) {
		me->has_length = number(value, &me->length);
	} else if (is_word(name, "transfer-encoding")) {
		size_t most = value.len < 7 ? value.len : 7;

		me->chunked = is_word(
		    (struct span){ value.len ? value.at + value.len - most : NULL, most },
		    "chunked");
	} else if (from_resp && is_word(name, "content-type")) {
		struct span mime = trim(cut_at(&value, ';'));

		s->mime_len = (uint8_t)(mime.len < MIME ? mime.len : MIME);
		if (s->mime_len > 0)
			memcpy(s->mime, mime.at, s->mime_len);
	} else if (a && is_word(name, "host") && a->host.n == 0) {
		set_host(s, a, value);
	} else if (a && is_word(name, "user-agent") && a->user_agent.n == 0) {
		a->user_agent = keep(s, value, TRAIT_TEXT);
	}
}

/* Bodies. */

static void
message_over(struct talk *t, struct http_state *s, bool from_resp)
{
	struct side_http *me = &s->side[from_resp];
	struct ask *a = from_resp ? NULL : ask_latest(s);

	me->phase = START_LINE;
	if (a)
		a->body = me->body;
	if (!from_resp)
		return;
	if (s->orphans > 0)
		s->orphans--;
	else if (s->alone)
		tell(t, s, NULL, me->body);
	else
		tell_first(t, s, me->body);
	forget_response(s);
}

static bool
method_is(const struct http_state *s, const char *word)
{
	const struct asks *a = s->asks;

	return !s->alone && s->orphans == 0 && a && a->n > 0 &&
	       is_word(kept(s, a->ask[a->first].method), word);
}

/* What follows is another protocol; its request is told. */
static void
hand_over(struct talk *t, struct http_state *s)
{
	bool tunnel = s->status != 101;

	message_over(t, s, true);
	if (tunnel)
		talk_again(t);
	else
		talk_done(t);
}

static void
skip(struct talk *t, struct side_http *me, bool from_resp, enum phase phase, uint64_t n)
{
	me->phase = (uint8_t)phase;
	me->skipping = n;
	talk_skip(t, from_resp, n);
}

static void
headers_over(struct talk *t, struct http_state *s, bool from_resp)
{
	struct side_http *me = &s->side[from_resp];

	if (from_resp && s->status == 101) {
		hand_over(t, s);
	} else if (from_resp && s->status < 200) {
		me->phase = START_LINE; /* the final response is yet to come */
	} else if (from_resp && s->status < 300 && method_is(s, "connect")) {
		hand_over(t, s);
	} else if (from_resp &&
		   (s->status == 204 || s->status == 304 || method_is(s, "head"))) {
		message_over(t, s, from_resp);
	} else if (me->chunked) {
		me->phase = CHUNK_SIZE;
	} else if (me->has_length && me->length > 0) {
		skip(t, me, from_resp, BODY, me->length);
	} else if (me->has_length || !from_resp) {
		message_over(t, s, from_resp);
	} else {
		skip(t, me, from_resp, REST, TALK_REST);
	}
}

static void
begin_chunk(struct talk *t, struct http_state *s, bool from_resp, struct span line)
{
	struct side_http *me = &s->side[from_resp];
	uint64_t n = 0;
	size_t digits = 0;

	line = trim(cut_at(&line, ';'));
	for (; digits < line.len && digits < 15; digits++) {
		uint8_t c = line.at[digits] | 0x20;

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	if (digits == 0) {
		talk_lied(t);
		skip(t, me, from_resp, REST, TALK_REST);
	} else if (n == 0) {
		me->phase = TRAILERS;
	} else {
		me->length = n;
		skip(t, me, from_resp, CHUNK, n + 2); /* and the end of its line */
	}
}

/* What was seen so far of the body that is being skipped. */
static uint64_t
body_so_far(const struct talk *t, const struct side_http *me, bool from_resp)
{
	uint64_t n = me->skipping - talk_skipping(t, from_resp);

	switch (me->phase) {
	case BODY:
	case REST:
		return me->body + n;
	case CHUNK:
		return me->body + (n < me->length ? n : me->length);
	default:
		return me->body;
	}
}

/* The bytes to skip have gone by. */
static void
skipped(struct talk *t, struct http_state *s, bool from_resp)
{
	struct side_http *me = &s->side[from_resp];

	me->body = body_so_far(t, me, from_resp);
	if (me->phase == CHUNK)
		me->phase = CHUNK_SIZE;
	else
		message_over(t, s, from_resp);
}

/* One line, without its end. */
static void
hear_line(struct talk *t, struct http_state *s, const struct heard *h, struct span line)
{
	bool from_resp = h->from_resp, good;
	struct side_http *me = &s->side[from_resp];
	bool empty = trim(line).len == 0;

	switch (me->phase) {
	case START_LINE:
		if (empty)
			break;
		if (from_resp)
			good = begin_response(s, line, h->time_ns);
		else
			good = begin_request(t, s, line, h->time_ns);
		if (!good) {
			talk_lied(t);
			*me = (struct side_http){ 0 };
			skip(t, me, from_resp, REST, TALK_REST);
		}
		break;
	case HEADERS:
		if (empty)
			headers_over(t, s, from_resp);
		else
			see_header(s, from_resp, line);
		break;
	case TRAILERS:
		if (empty)
			message_over(t, s, from_resp);
		break;
	case CHUNK_SIZE:
		if (!empty)
			begin_chunk(t, s, from_resp, line);
		break;
	default:
		break;
	}
}

static size_t
hear(struct talk *t, const struct heard *h)
{
	struct http_state *s = (void *)t->state;
	struct side_http *me = &s->side[h->from_resp];
	struct span rest = h->bytes;

	if (me->phase == BODY || me->phase == CHUNK)
		skipped(t, s, h->from_resp);
	while (t->parser && !t->done && rest.len > 0 && !talk_skipping(t, h->from_resp)) {
		const uint8_t *end = memchr(rest.at, '\n', rest.len);
		struct span line = { rest.at, end ? (size_t)(end - rest.at) : rest.len };
		bool late = me->phase == LINE_REST;

		if (end == NULL && !late && rest.len < LINE_MAX_HEARD)
			break;
		if (!late)
			hear_line(t, s, h, line);
		if (end == NULL) {
			/* Only of headers can the rest be told from what follows. */
			if (me->phase == HEADERS)
				me->phase = LINE_REST;
			return h->bytes.len;
		}
		if (late)
			me->phase = HEADERS;
		rest = (struct span){ end + 1, rest.len - line.len - 1 };
	}
	return h->bytes.len - rest.len;
}

static void
end(struct talk *t)
{
	struct http_state *s = (void *)t->state;
	struct ask *a = ask_latest(s);
	uint64_t body = s->status ? body_so_far(t, &s->side[1], true) : 0;

	if (a && s->side[0].phase != START_LINE)
		a->body = body_so_far(t, &s->side[0], false);
	if (s->status && s->orphans == 0) {
		if (s->alone)
			tell(t, s, NULL, body);
		else
			tell_first(t, s, body);
	}
	forget_response(s);
	while (s->asks)
		tell_first(t, s, 0);
}

static enum answer
is_request(struct span bytes)
{
	struct span line = bytes, method, uri, version;
	const uint8_t *end = bytes.len ? memchr(bytes.at, '\n', bytes.len) : NULL;

	if (end) {
		line.len = (size_t)(end - bytes.at);
		if (!split_request(line, &method, &uri, &version))
			return NO;
		return version.len > 0 || (uri.len > 0 && *uri.at == '/') ? YES : NO;
	}
	method = cut_at(&line, ' ');
	if (!is_token(method))
		return NO;
	if (line.len > 0 && *line.at == '/' && is_method(method))
		return YES;
	return bytes.len < LINE_MAX_HEARD ? NOT_YET : NO;
}

static enum answer
is_response(struct span bytes)
{
	static const char start[] = "HTTP/1.";
	size_t n = bytes.len < sizeof start - 1 ? bytes.len : sizeof start - 1;

	if (n > 0 && memcmp(bytes.at, start, n) != 0)
		return NO;
	return n == sizeof start - 1 ? YES : NOT_YET;
}

static enum answer
is(const struct opening *o)
{
	if (o->bytes.len == 0)
		return NOT_YET;
	return o->from_resp ? is_response(o->bytes) : is_request(o->bytes);
}

const struct parser parser_http = {
	.proto = PROTO_TCP,
	.service = SERVICE_HTTP,
	.is = is,
	.hear = hear,
	.end = end,
};
