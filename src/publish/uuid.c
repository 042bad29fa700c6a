/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/uuid.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define SHA1_BYTES 20

const struct uuid uuid_stix = { { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c,
    0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 } };
/* Version 5 of https://geophone.example/handout in the namespace of URLs. */
const struct uuid uuid_geophone = { { 0xf5, 0xc5, 0xe8, 0xf2, 0xc2, 0xdd, 0x5f, 0xe0, 0xbf,
    0xb7, 0x75, 0xc0, 0x85, 0x97, 0x76, 0xc0 } };

static void
hash(const struct uuid *space, const struct span *part, size_t parts, struct uuid *out)
{
	EVP_MD_CTX *sha1 = EVP_MD_CTX_new();
	uint8_t digest[SHA1_BYTES];
	unsigned len = 0;

	CHECK(sha1 && EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) == 1 &&
	      EVP_DigestUpdate(sha1, space->b, sizeof space->b) == 1);
	for (size_t i = 0; i < parts; i++)
		CHECK(EVP_DigestUpdate(sha1, part[i].at, part[i].len) == 1);
	CHECK(EVP_DigestFinal_ex(sha1, digest, &len) == 1 && len == SHA1_BYTES);
	EVP_MD_CTX_free(sha1);
	memcpy(out->b, digest, sizeof out->b);
	out->b[6] = (uint8_t)((out->b[6] & 0x0f) | 0x50);
	out->b[8] = (uint8_t)((out->b[8] & 0x3f) | 0x80);
}

struct uuid
uuid_of(const struct uuid *space, struct span name)
{
	struct uuid u;

	hash(space, &name, 1, &u);
	return u;
}

struct uuid
uuid_ours(const char *what, const char *key)
{
	struct span part[] = {
		{ (const uint8_t *)what, strlen(what) + 1 },
		{ (const uint8_t *)key, strlen(key) },
	};
	struct uuid u;

	hash(&uuid_geophone, part, 2, &u);
	return u;
}

const char *
uuid_text(const struct uuid *u, char text[static UUID_TEXT])
{
	size_t at = 0;

	for (size_t i = 0; i < sizeof u->b; i++)
		at += (size_t)snprintf(text + at, UUID_TEXT - at, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u->b[i]);
	return text;
}
