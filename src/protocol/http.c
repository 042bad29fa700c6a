/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - requests and their responses (RFC 9112).
 *
 * One connection carries many; each request is a trait, told when its response
 * has been heard to its end, so that the sizes of bodies are what was seen.
 * Bodies are skipped by their length and never kept. Requests may run ahead of
 * their responses (pipelining): they wait in a piece, in order.
 */
#include <string.h>

#include "protocol/http_asks.h"
#include "protocol/http_line.h"

#define LINE_MAX_HEARD 4000 /* of a line that is longer the rest is not read */
#define MIME           64

enum phase {
	START_LINE,
	HEADERS,
	BODY, /* being skipped */
	CHUNK_SIZE,
	CHUNK, /* being skipped, with its line end */
	TRAILERS,
	REST, /* until the connection ends, or nothing we know */
};

struct side_http {
	uint8_t phase;
	bool chunked, has_length, upgrade;
	bool late;       /* what comes is the rest of a line that is too long */
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
	char version[4];  /* its; "": there is none */
	uint64_t time_ns; /* of its start */
	uint8_t mime_len;
	char mime[MIME];
};

static_assert(sizeof(struct http_state) <= TALK_STATE, "the state does not fit");

/* Who names the server he is connected to asks that one. */
static bool
is_proxied(const struct talk *t, const struct ask *a, const struct trait_http *h)
{
	struct ip ip;

	return a->proxied && (http_is_word(h->method, "connect") ||
				 !ip_parse(h->host, &ip) || !ip_equal(&ip, &t->resp));
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
		h->method = ask_kept(s->asks, a->method);
		h->host = ask_kept(s->asks, a->host);
		h->uri = ask_kept(s->asks, a->uri);
		h->user_agent = ask_kept(s->asks, a->user_agent);
		h->depth = a->depth;
		h->port = a->port;
		h->proxied = is_proxied(t, a, h);
		h->request_len = a->body;
	} else {
		h->depth = ++s->depth;
	}
	h->version = (struct span){ (uint8_t *)s->version, strlen(s->version) };
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
	s->version[0] = '\0';
	s->mime_len = 0;
	s->alone = false;
}

/* Start lines. */

static bool
begin_request(struct talk *t, struct http_state *s, struct span line, uint64_t time_ns)
{
	struct side_http *me = &s->side[0];
	struct span method, uri, version;
	struct ask *a;

	if (!http_request(line, &method, &uri, &version))
		return false;
	a = ask_new(t, &s->asks);
	if (a == NULL && s->asks) {
		/* Its response, when it comes, is the first of those to pass over. */
		tell_first(t, s, 0);
		s->orphans++;
		a = ask_new(t, &s->asks);
	}
	*me = (struct side_http){ .phase = HEADERS };
	s->depth++;
	if (a == NULL)
		return true; /* no memory: its body is passed over all the same */
	*a = (struct ask){ .time_ns = time_ns, .depth = s->depth };
	a->method = ask_keep(s->asks, method, 32);
	ask_target(s->asks, a, method, uri);
	a->uri = ask_keep(s->asks, uri, TRAIT_TEXT);
	a->bare = version.len == 0;
	return true;
}

static bool
begin_response(struct http_state *s, struct span line, uint64_t time_ns)
{
	struct side_http *me = &s->side[1];
	struct span first, version;
	uint64_t status;

	line = http_trim(line);
	first = http_cut(&line, ' ');
	if (!http_version(first, &version))
		return false;
	line = http_trim(line);
	if (!http_number(http_cut(&line, ' '), &status) || status > 999)
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
	struct span name = http_trim(http_cut(&line, ':')), value = http_trim(line);
	struct ask *a = from_resp ? NULL : ask_latest(s->asks);

	if (http_is_word(name, "content-length")) {
		me->has_length = http_number(value, &me->length);
	} else if (http_is_word(name, "transfer-encoding")) {
		size_t most = value.len < 7 ? value.len : 7;

		me->chunked = http_is_word(
		    (struct span){ value.len ? value.at + value.len - most : NULL, most },
		    "chunked");
	} else if (from_resp && http_is_word(name, "content-type")) {
		struct span mime = http_trim(http_cut(&value, ';'));

		s->mime_len = (uint8_t)(mime.len < MIME ? mime.len : MIME);
		if (s->mime_len > 0)
			memcpy(s->mime, mime.at, s->mime_len);
	} else if (a && http_is_word(name, "host") && a->host.n == 0) {
		ask_host(s->asks, a, value);
	} else if (a && http_is_word(name, "user-agent") && a->user_agent.n == 0) {
		a->user_agent = ask_keep(s->asks, value, TRAIT_TEXT);
	}
}

/* Bodies. */

static void
message_over(struct talk *t, struct http_state *s, bool from_resp)
{
	struct side_http *me = &s->side[from_resp];
	struct ask *a = from_resp ? NULL : ask_latest(s->asks);

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
	       http_is_word(ask_kept(s->asks, a->ask[a->first].method), word);
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

	line = http_trim(http_cut(&line, ';'));
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

/* One line, without its end; of one that is too long its beginning, which is not empty. */
static void
hear_line(struct talk *t, struct http_state *s, const struct heard *h, struct span line)
{
	bool from_resp = h->from_resp, good, whole = line.len < LINE_MAX_HEARD;
	struct side_http *me = &s->side[from_resp];
	bool empty = whole && http_trim(line).len == 0;

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
			begin_chunk(t, s, from_resp, whole ? line : (struct span){ 0 });
		break;
	default:
		break;
	}
}

/* HTTP/0.9: whatever comes is the body, to the end of the connection. */
static bool
answers_bare(const struct http_state *s, struct span bytes)
{
	static const char word[] = "http/";
	const struct asks *a = s->asks;
	size_t n = bytes.len < sizeof word - 1 ? bytes.len : sizeof word - 1;

	if (a == NULL || a->n == 0 || !a->ask[a->first].bare)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((bytes.at[i] | 0x20) != (uint8_t)word[i])
			return true;
	return false;
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
		bool late = me->late;

		if (h->from_resp && me->phase == START_LINE && !late &&
		    answers_bare(s, rest)) {
			memcpy(s->version, "0.9", sizeof s->version);
			skip(t, me, true, REST, TALK_REST);
			break;
		}
		if (!late && line.len >= LINE_MAX_HEARD) {
			line.len = LINE_MAX_HEARD;
			end = NULL;
		} else if (!late && end == NULL) {
			break;
		}
		if (!late)
			hear_line(t, s, h, line);
		me->late = end == NULL;
		rest.at += line.len + (end != NULL);
		rest.len -= line.len + (end != NULL);
	}
	return h->bytes.len - rest.len;
}

static void
end(struct talk *t)
{
	struct http_state *s = (void *)t->state;
	struct ask *a = ask_latest(s->asks);
	uint64_t body = s->version[0] ? body_so_far(t, &s->side[1], true) : 0;

	if (a && s->side[0].phase != START_LINE)
		a->body = body_so_far(t, &s->side[0], false);
	if (s->version[0] && s->orphans == 0) {
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
	struct span line = { bytes.at,
		bytes.len < LINE_MAX_HEARD ? bytes.len : LINE_MAX_HEARD };
	struct span rest, method, uri, version;
	const uint8_t *end = line.len ? memchr(line.at, '\n', line.len) : NULL;

	if (end)
		line.len = (size_t)(end - bytes.at);
	rest = line;
	method = http_cut(&rest, ' ');
	if (!http_is_token(method))
		return NO;
	/* Whatever comes behind it: how much of that is there must not matter. */
	if (rest.len > 0 && *rest.at == '/' && http_is_method(method))
		return YES;
	if (end == NULL)
		return bytes.len < LINE_MAX_HEARD ? NOT_YET : NO;
	if (!http_request(line, &method, &uri, &version))
		return NO;
	return version.len > 0 || (uri.len > 0 && *uri.at == '/') ? YES : NO;
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
