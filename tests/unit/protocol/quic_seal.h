/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_seal.h - the other side of quic_open, for tests: makes Initial packets.
 */
#ifndef TESTS_QUIC_SEAL_H
#define TESTS_QUIC_SEAL_H

#include <openssl/evp.h>

#include "hellos.h"
#include "protocol/quic.h"

/*
 * Seals `frames` behind an unprotected `header` that ends with a packet number of
 * `number_len` bytes; appends the packet to `out`.
 */
static inline void
quic_seal(struct buf *out, const struct quic_keys *k, struct span header, size_t number_len,
    struct span frames)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[sizeof k->iv], sealed[QUIC_PACKET], mask[32], tag[16];
	size_t number_at = header.len - number_len, first = out->len;
	int n = 0, m = 0;

	memcpy(nonce, k->iv, sizeof nonce);
	for (size_t i = 0; i < number_len; i++)
		nonce[sizeof nonce - number_len + i] ^= header.at[number_at + i];
	CHECK(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, k->key, nonce) == 1);
	CHECK(EVP_EncryptUpdate(ctx, NULL, &n, header.at, (int)header.len) == 1);
	CHECK(EVP_EncryptUpdate(ctx, sealed, &n, frames.at, (int)frames.len) == 1);
	CHECK(EVP_EncryptFinal_ex(ctx, sealed + n, &m) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag) == 1);
	memcpy(sealed + frames.len, tag, 16);

	CHECK(EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, k->mask, NULL) == 1);
	CHECK(EVP_EncryptUpdate(ctx, mask, &n, sealed + 4 - number_len, 16) == 1);
	EVP_CIPHER_CTX_free(ctx);
	buf_put(out, header.at, header.len);
	buf_put(out, sealed, frames.len + 16);
	CHECK(!out->bad);
	out->at[first] = (char)(out->at[first] ^ (mask[0] & 15));
	for (size_t i = 0; i < number_len; i++)
		out->at[first + number_at + i] =
		    (char)(out->at[first + number_at + i] ^ mask[1 + i]);
}

#endif
