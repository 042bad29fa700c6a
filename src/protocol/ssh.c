/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh.c - who both sides say they are (RFC 4253 sections 4.2 and 7.1).
 *
 * Each side sends its identification and then, in the clear, the algorithms it
 * offers. HASSH is the MD5 over some of these lists; the client's names the
 * program better than its identification, which it can choose.
 */
#include <openssl/evp.h>
#include <string.h>

#include "protocol/parser.h"

#define SSH_ID      255 /* RFC 4253 section 4.2, line end included */
#define PACKET_MOST 16384
#define MSG_KEXINIT 20
#define COOKIE      16

struct ssh_side {
	uint8_t id_len;
	char id[SSH_ID];
	bool identified, offered;
	bool in_line; /* what comes is the rest of a line that is too long */
	bool has_hassh;
	uint8_t hassh[16];
};

struct ssh_state {
	struct ssh_side *side; /* both */
	uint64_t time_ns;
};

/* Kex, then of one direction: encryption, MAC, compression. */
static bool
hassh(struct cursor *c, bool from_resp, uint8_t out[16])
{
	/* Lists of KEXINIT that count, by direction: to the server, to the client. */
	static const uint8_t wanted[2][4] = { { 0, 2, 4, 6 }, { 0, 3, 5, 7 } };
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned n = 0, len;

	CHECK(md && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1);
	for (unsigned list = 0; list < 8; list++) {
		struct span s = cursor_take(c, cursor_be32(c));

		if (c->bad || n == 4 || list != wanted[from_resp][n])
			continue;
		if (n++ > 0)
			CHECK(EVP_DigestUpdate(md, ";", 1) == 1);
		CHECK(EVP_DigestUpdate(md, s.at, s.len) == 1);
	}
	CHECK(EVP_DigestFinal_ex(md, out, &len) == 1);
	EVP_MD_CTX_free(md);
	return !c->bad;
}

static void
tell(struct talk *t, struct ssh_state *s)
{
	struct trait trait = { .kind = TRAIT_SSH, .time_ns = s->time_ns };
	const struct ssh_side *client, *server;

	if (s->side == NULL)
		return;
	client = &s->side[0];
	server = &s->side[1];
	trait.ssh.client = (struct span){ (const uint8_t *)client->id, client->id_len };
	trait.ssh.server = (struct span){ (const uint8_t *)server->id, server->id_len };
	trait.ssh.has_hassh = client->has_hassh;
	trait.ssh.has_hassh_server = server->has_hassh;
	memcpy(trait.ssh.hassh, client->hassh, sizeof trait.ssh.hassh);
	memcpy(trait.ssh.hassh_server, server->hassh, sizeof trait.ssh.hassh_server);
	talk_tell(t, &trait);
}

/*
 * The line up to its end, without it; lines before it are allowed to a server. Of
 * one that is too long the beginning counts, however it was cut into packets.
 */
static size_t
hear_identification(struct ssh_side *me, struct span bytes)
{
	size_t look = me->in_line || bytes.len < SSH_ID ? bytes.len : SSH_ID;
	const uint8_t *end = look ? memchr(bytes.at, '\n', look) : NULL;
	size_t n = end ? (size_t)(end - bytes.at) : look;

	if (me->in_line) {
		me->in_line = end == NULL;
		return end ? n + 1 : n;
	}
	if (end == NULL && n < SSH_ID)
		return 0;
	me->in_line = end == NULL;
	if (n >= 4 && memcmp(bytes.at, "SSH-", 4) == 0) {
		me->identified = true;
		me->id_len = (uint8_t)(n < SSH_ID ? n : SSH_ID);
		memcpy(me->id, bytes.at, me->id_len);
		if (me->id_len > 0 && me->id[me->id_len - 1] == '\r')
			me->id_len--;
	}
	return end ? n + 1 : n;
}

static size_t
hear_packet(struct talk *t, struct ssh_side *me, const struct heard *h, struct span bytes)
{
	struct cursor c = cursor_of(bytes), in;
	uint32_t length = cursor_be32(&c);

	if (c.bad)
		return 0;
	if (length < 2 || length > PACKET_MOST) {
		me->offered = true; /* version 1, or no SSH any more */
		talk_lied(t);
		return bytes.len;
	}
	in = cursor_of(cursor_take(&c, length));
	if (c.bad)
		return 0;
	(void)cursor_u8(&in); /* padding */
	if (cursor_u8(&in) == MSG_KEXINIT) {
		cursor_skip(&in, COOKIE);
		me->has_hassh = hassh(&in, h->from_resp, me->hassh);
		if (!me->has_hassh)
			talk_lied(t);
	}
	me->offered = true;
	return 4 + (size_t)length;
}

static size_t
hear(struct talk *t, const struct heard *h)
{
	struct ssh_state *s = (void *)t->state;
	struct span rest = h->bytes;
	struct ssh_side *me;
	size_t n;

	if (s->side == NULL) {
		s->side = talk_piece(t);
		if (s->side == NULL) {
			talk_done(t);
			return rest.len;
		}
		memset(s->side, 0, 2 * sizeof *s->side);
		s->time_ns = h->time_ns;
	}
	me = &s->side[h->from_resp];
	while (rest.len > 0 && !me->offered) {
		n = me->identified && !me->in_line ? hear_packet(t, me, h, rest)
						   : hear_identification(me, rest);
		if (n == 0)
			break;
		rest.at += n;
		rest.len -= n;
	}
	if (!me->offered)
		return h->bytes.len - rest.len;
	talk_skip(t, h->from_resp, TALK_REST);
	if (s->side[0].offered && s->side[1].offered) {
		tell(t, s);
		talk_done(t);
	}
	return h->bytes.len - rest.len;
}

static void
end(struct talk *t)
{
	tell(t, (void *)t->state);
}

static enum answer
is(const struct opening *o)
{
	static const char start[] = "SSH-";
	size_t n = o->bytes.len < 4 ? o->bytes.len : 4;

	if (n > 0 && memcmp(o->bytes.at, start, n) != 0)
		return NO;
	return n == 4 ? YES : NOT_YET;
}

static_assert(sizeof(struct ssh_state) <= TALK_STATE, "the state does not fit");
static_assert(2 * sizeof(struct ssh_side) <= TALK_PIECE, "both sides do not fit");

const struct parser parser_ssh = {
	.proto = PROTO_TCP,
	.service = SERVICE_SSH,
	.is = is,
	.hear = hear,
	.end = end,
};
