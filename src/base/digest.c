/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

#include "base/error.h"

/*
 * Looking a digest up by name takes longer than hashing a name with it, so it is
 * done once. Constant from then on, and never given back.
 */
static EVP_MD *sha256, *md5;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
look_up(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	CHECK(sha256 != NULL && md5 != NULL);
}

void
digest_stream_begin(struct digest_stream *s)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	CHECK(pthread_once(&once, look_up) == 0);
	CHECK(ctx && EVP_DigestInit_ex(ctx, sha256, NULL) == 1);
	s->evp = ctx;
}

void
digest_stream_add(struct digest_stream *s, struct span bytes)
{
	CHECK(EVP_DigestUpdate(s->evp, bytes.at, bytes.len) == 1);
}

struct digest
digest_stream_end(struct digest_stream *s)
{
	struct digest d;

	CHECK(EVP_DigestFinal_ex(s->evp, d.b, NULL) == 1);
	EVP_MD_CTX_free(s->evp);
	s->evp = NULL;
	return d;
}

struct digest
digest_of(struct span bytes)
{
	struct digest_stream s;

	digest_stream_begin(&s);
	digest_stream_add(&s, bytes);
	return digest_stream_end(&s);
}

void
digest_md5(struct span bytes, uint8_t out[static 16])
{
	CHECK(pthread_once(&once, look_up) == 0);
	CHECK(EVP_Digest(bytes.at, bytes.len, out, NULL, md5, NULL) == 1);
}

struct digest
digest_keyed(struct span key, struct span bytes)
{
	struct digest d;

	CHECK(HMAC(EVP_sha256(), key.at, (int)key.len, bytes.at, bytes.len, d.b, NULL));
	return d;
}

const char *
digest_hex(const struct digest *d, char text[static DIGEST_HEX])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		text[2 * i] = hex[d->b[i] >> 4];
		text[2 * i + 1] = hex[d->b[i] & 15];
	}
	text[DIGEST_HEX - 1] = '\0';
	return text;
}
