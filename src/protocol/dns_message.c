/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/dns_message.h"

#include <string.h>

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_PTR = 12,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_NB = 32,
	TYPE_SRV = 33,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
	TYPE_SPF = 99,
};

#define LABEL_MAX     63
#define QUESTION_ENDS (DNS_HEADER + DNS_NAME + 8) /* the first one, at the latest */

bool
dns_header(struct cursor *c, struct dns_header *h)
{
	h->id = cursor_be16(c);
	h->flags = cursor_be16(c);
	h->questions = cursor_be16(c);
	h->answers = cursor_be16(c);
	h->authorities = cursor_be16(c);
	h->additionals = cursor_be16(c);
	return !c->bad;
}

static char
lower(uint8_t b)
{
	return (char)(b >= 'A' && b <= 'Z' ? b + 32 : b);
}

bool
dns_name(struct cursor *c, struct span message, char name[DNS_NAME], uint8_t *len)
{
	struct cursor at = *c;
	size_t start = message.len - c->left, n = 0;
	bool jumped = false;

	for (;;) {
		uint8_t b = cursor_u8(&at);

		if (at.bad)
			return false;
		if (b >= 0xc0) {
			size_t to = (size_t)(b & 0x3f) << 8 | cursor_u8(&at);

			if (!jumped)
				*c = at;
			jumped = true;
			/* Each jump lands before the last one did: there is an end. */
			if (at.bad || to >= start)
				return false;
			start = to;
			at = (struct cursor){ message.at + to, message.len - to, false };
			continue;
		}
		if (b == 0)
			break;
		if (b > LABEL_MAX || n + b + (n > 0) > TRAIT_NAME)
			return false;
		if (n > 0)
			name[n++] = '.';
		for (struct span label = cursor_take(&at, b); label.len > 0; label.len--)
			name[n++] = lower(*label.at++);
		if (at.bad)
			return false;
	}
	if (!jumped)
		*c = at;
	name[n] = '\0';
	*len = (uint8_t)n;
	return true;
}

bool
dns_question(struct cursor *c, struct span message, struct dns_question *q)
{
	if (!dns_name(c, message, q->name, &q->len))
		return false;
	q->type = cursor_be16(c);
	q->class = cursor_be16(c);
	return !c->bad;
}

/* Texts of answers, one after the other. */
struct texts {
	char *at;
	size_t n;
};

static struct span
keep(struct texts *t, const void *bytes, size_t n)
{
	struct span s = { (const uint8_t *)t->at + t->n, n };

	if (n > DNS_TEXTS - t->n)
		return (struct span){ 0 };
	if (n > 0)
		memcpy(t->at + t->n, bytes, n);
	t->n += n;
	return s;
}

static void
read_name(
    struct cursor *c, struct span message, struct texts *texts, struct trait_answer *a)
{
	char name[DNS_NAME];
	uint8_t len;

	if (dns_name(c, message, name, &len))
		a->text = keep(texts, name, len);
}

/* Character strings (RFC 1035 section 3.3.14), joined. */
static void
read_strings(struct cursor *c, struct texts *texts, struct trait_answer *a)
{
	size_t start = texts->n;

	while (c->left > 0) {
		struct span s = cursor_take(c, cursor_u8(c));
		size_t room = TRAIT_TEXT - (texts->n - start);

		if (s.len > room)
			s.len = room;
		(void)keep(texts, s.at, s.len);
	}
	a->text = (struct span){ (const uint8_t *)texts->at + start, texts->n - start };
}

static void
read_data(struct cursor data, struct span upto, struct texts *texts, struct trait_answer *a)
{
	uint8_t v4[4];

	switch (a->type) {
	case TYPE_A:
		cursor_copy(&data, v4, sizeof v4);
		a->is_address = !data.bad;
		if (a->is_address)
			a->address = ip_from_v4(v4);
		break;
	case TYPE_AAAA:
		cursor_copy(&data, a->address.b, sizeof a->address.b);
		a->is_address = !data.bad;
		break;
	case TYPE_NB:
		cursor_skip(&data, 2);
		cursor_copy(&data, v4, sizeof v4);
		a->is_address = !data.bad;
		if (a->is_address)
			a->address = ip_from_v4(v4);
		break;
	case TYPE_SRV:
		cursor_skip(&data, 4);
		/* fall through */
	case TYPE_MX:
		cursor_skip(&data, 2);
		/* fall through */
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_DNAME:
	case TYPE_PTR:
	case TYPE_SOA:
		read_name(&data, upto, texts, a);
		break;
	case TYPE_TXT:
	case TYPE_SPF:
		read_strings(&data, texts, a);
		break;
	default:
		break;
	}
}

bool
dns_answers(struct cursor *c, struct span message, unsigned count, char texts[DNS_TEXTS],
    struct trait_dns *out)
{
	struct texts t = { texts, 0 };
	char owner[DNS_NAME];
	uint8_t len;

	out->answers = out->answers_more = 0;
	for (unsigned i = 0; i < count; i++) {
		struct trait_answer a = { 0 };
		struct span data, upto;

		if (!dns_name(c, message, owner, &len))
			return false;
		a.type = cursor_be16(c);
		(void)cursor_be16(c); /* class; of mDNS with a flag in it */
		a.ttl = cursor_be32(c);
		data = cursor_take(c, cursor_be16(c));
		if (c->bad)
			return false;
		if (a.type == TYPE_OPT)
			continue;
		if (out->answers == TRAIT_ANSWERS) {
			out->answers_more++;
			continue;
		}
		/* A name may point anywhere before itself, and ends with its data. */
		upto =
		    (struct span){ message.at, (size_t)(data.at + data.len - message.at) };
		read_data(cursor_of(data), upto, &t, &a);
		out->answer[out->answers++] = a;
	}
	return true;
}

static bool
is_plain(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)name[i] <= ' ' || (uint8_t)name[i] >= 0x7f)
			return false;
	return true;
}

static bool
is_likely_header(const struct dns_header *h)
{
	if (h->questions != 1 || h->flags & (DNS_OPCODE | 0x40) || h->answers > 64 ||
	    h->authorities > 64 || h->additionals > 64)
		return false;
	return h->flags & DNS_RESPONSE || !(h->answers || h->authorities || h->flags & 15);
}

enum answer
dns_is_message(struct span message, bool strict, bool cut)
{
	struct cursor c = cursor_of(message);
	enum answer short_of = cut && message.len < QUESTION_ENDS ? NOT_YET : NO;
	struct dns_question q;
	struct dns_header h;

	if (!dns_header(&c, &h))
		return short_of;
	if (strict && !is_likely_header(&h))
		return NO;
	if (h.questions == 0) /* mDNS announces without being asked */
		return h.flags & DNS_RESPONSE && h.answers > 0 && h.answers < 256 ? YES
										  : NO;
	if (h.questions > 64)
		return NO;
	if (!dns_question(&c, message, &q))
		return short_of;
	if (!strict)
		return YES;
	if (q.len < 2 || !is_plain(q.name, q.len) || q.class != 1 || q.type == 0 ||
	    q.type > 300)
		return NO;
	/* Nothing behind what it announces, and something when it announces something. */
	return (cut || c.left > 0) == (h.answers + h.authorities + h.additionals > 0) ? YES
										      : NO;
}
