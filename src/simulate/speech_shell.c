/* SPDX-License-Identifier: Apache-2.0 */
/* SSH as far as an onlooker can read it (RFC 4253, RFC 5656, RFC 8731). */
#include "simulate/speech.h"

/* Packet length, padding, payload: a multiple of eight with at least four of padding. */
static void
packet(struct pen *p, size_t payload)
{
	size_t pad = 8 - (payload + 5) % 8;

	if (pad < 4)
		pad += 8;
	pen_be32(p, (uint32_t)(1 + payload + pad));
	pen_u8(p, (unsigned)pad);
}

static void
padding(struct pen *p, size_t payload)
{
	size_t pad = 8 - (payload + 5) % 8;

	pen_zeros(p, pad < 4 ? pad + 8 : pad);
}

/* RFC 4253 section 7.1; `arg` chooses the program. */
static void
kexinit(struct pen *p, const struct speech *s, struct rng *r)
{
	static const char *const lists[2][5] = {
		{ "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
		  "diffie-hellman-group14-sha256",
		    "ssh-ed25519,rsa-sha2-512,rsa-sha2-256",
		    "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr",
		    "umac-64-etm@openssh.com,hmac-sha2-256", "none,zlib@openssh.com" },
		{ "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha1",
		    "ssh-ed25519,ssh-rsa", "aes256-ctr,aes128-ctr",
		    "hmac-sha2-256,hmac-sha1", "none" },
	};
	static const uint8_t order[] = { 0, 1, 2, 2, 3, 3, 4, 4 };
	const char *const *of = lists[s->arg % 2];
	size_t payload = 1 + 16 + 10 * 4 + 1 + 4; /* two of the lists are empty */

	for (size_t i = 0; i < sizeof order; i++)
		payload += strlen(of[order[i]]);
	packet(p, payload);
	pen_u8(p, 20);
	pen_noise(p, r, 16);
	for (size_t i = 0; i < sizeof order; i++) {
		pen_be32(p, (uint32_t)strlen(of[order[i]]));
		pen_text(p, of[order[i]]);
	}
	pen_zeros(p, 8 + 1 + 4);
	padding(p, payload);
}

static void
key(struct pen *p, struct rng *r, size_t bytes)
{
	pen_be32(p, (uint32_t)bytes);
	pen_noise(p, r, bytes);
}

static void
newkeys(struct pen *p)
{
	packet(p, 1);
	pen_u8(p, 21);
	padding(p, 1);
}

static void
named(struct pen *p, struct rng *r, size_t bytes)
{
	pen_be32(p, (uint32_t)(4 + 11 + 4 + bytes));
	pen_be32(p, 11);
	pen_text(p, "ssh-ed25519");
	key(p, r, bytes);
}

void
speech_shell(const struct speech *s, struct pen *p, struct rng *r)
{
	const size_t ask = 1 + 4 + 32, reply = 1 + 4 + 51 + 4 + 32 + 4 + 83;

	switch (s->kind) {
	case SAY_SSH_BANNER:
		pen_text(p, s->arg % 2 ? "SSH-2.0-dropbear_2020.81\r\n"
				       : "SSH-2.0-OpenSSH_9.2\r\n");
		break;
	case SAY_SSH_KEXINIT:
		kexinit(p, s, r);
		break;
	case SAY_SSH_KEX_ASK:
		packet(p, ask);
		pen_u8(p, 30);
		key(p, r, 32);
		padding(p, ask);
		break;
	case SAY_SSH_KEX_REPLY:
		packet(p, reply);
		pen_u8(p, 31);
		named(p, r, 32); /* host key */
		key(p, r, 32);
		named(p, r, 64); /* signature */
		padding(p, reply);
		newkeys(p);
		break;
	default:
		newkeys(p);
		break;
	}
}
