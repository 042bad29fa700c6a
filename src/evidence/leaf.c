/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/leaf.h"

#include "base/base64.h"
#include "base/json.h"

static void
put_base64(struct json *j, const char *key, const void *bytes, size_t n)
{
	struct buf text;

	buf_init(&text, BASE64_CHARS(n));
	base64_encode((struct span){ bytes, n }, &text);
	json_key(j, key);
	json_bytes(j, buf_span(&text));
	if (text.bad)
		j->out->bad = true;
	buf_release(&text);
}

const char *
leaf_key_details(const struct key *key)
{
	return key_kind(key) == KEY_P256 ? "PKIX_ECDSA_P256_SHA_256" : "PKIX_ED25519";
}

void
leaf_encode(const struct key *key, const struct digest *signed_bytes,
    const struct signature *sig, struct buf *out)
{
	struct span spki = key_spki(key);
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "apiVersion"), json_str(&j, "0.0.2");
	json_key(&j, "kind"), json_str(&j, "hashedrekord");
	json_key(&j, "spec"), json_open(&j, '{');
	json_key(&j, "hashedRekordV002"), json_open(&j, '{');
	json_key(&j, "data"), json_open(&j, '{');
	json_key(&j, "algorithm"), json_str(&j, "SHA2_256");
	put_base64(&j, "digest", signed_bytes->b, DIGEST_BYTES);
	json_close(&j, '}');
	json_key(&j, "signature"), json_open(&j, '{');
	put_base64(&j, "content", sig->at, sig->n);
	json_key(&j, "verifier"), json_open(&j, '{');
	json_key(&j, "keyDetails"), json_str(&j, leaf_key_details(key));
	json_key(&j, "publicKey"), json_open(&j, '{');
	put_base64(&j, "rawBytes", spki.at, spki.len);
	for (int i = 0; i < 6; i++)
		json_close(&j, '}');
}

enum status
leaf_of_envelope(const struct key *key, const char *type, struct span envelope,
    struct buf *out, struct error *err)
{
	struct signature sig;
	struct digest d;
	struct buf body, pae;
	enum status st;

	buf_init(&body, DSSE_MAX), buf_init(&pae, DSSE_MAX + 256);
	st = dsse_open_signed(key, type, envelope, &body, &sig, err);
	if (st == OK) {
		dsse_pae(type, buf_span(&body), &pae);
		st = buf_state(&pae, "what was signed", err);
	}
	if (st == OK) {
		d = digest_of(buf_span(&pae));
		leaf_encode(key, &d, &sig, out);
		st = buf_state(out, "the leaf", err);
	}
	buf_release(&body), buf_release(&pae);
	return st;
}
