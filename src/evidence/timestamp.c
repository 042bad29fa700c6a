/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/timestamp.h"

#include <stdio.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include "base/digest.h"

#define ROOTS_MAX 64

static enum status
no_memory(struct error *err)
{
	ERR_clear_error();
	return error_set(err, E_NOMEM, "no memory for a time stamp");
}

static bool
fill_imprint(TS_REQ *req, struct span data)
{
	struct digest d = digest_of(data);
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algo = X509_ALGOR_new();
	bool good = imprint && algo;

	if (good) {
		X509_ALGOR_set0(algo, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
		good = TS_MSG_IMPRINT_set_algo(imprint, algo) == 1 &&
		       TS_MSG_IMPRINT_set_msg(imprint, d.b, DIGEST_BYTES) == 1 &&
		       TS_REQ_set_msg_imprint(req, imprint) == 1;
	}
	X509_ALGOR_free(algo);
	TS_MSG_IMPRINT_free(imprint);
	return good;
}

enum status
timestamp_query(struct span data, uint64_t nonce, struct buf *out, struct error *err)
{
	TS_REQ *req = TS_REQ_new();
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	unsigned char *der = NULL;
	int len = -1;

	if (req && n && TS_REQ_set_version(req, 1) == 1 && fill_imprint(req, data) &&
	    ASN1_INTEGER_set_uint64(n, nonce) == 1 && TS_REQ_set_nonce(req, n) == 1 &&
	    TS_REQ_set_cert_req(req, 1) == 1)
		len = i2d_TS_REQ(req, &der);
	ASN1_INTEGER_free(n);
	TS_REQ_free(req);
	if (len <= 0)
		return no_memory(err);
	buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	return buf_state(out, "a time stamp query", err);
}

/* The certificates that somebody trusts, as a store that judges them at `when`. */
static X509_STORE *
store_of(struct span roots, time_t when, unsigned *n)
{
	X509_STORE *store = X509_STORE_new();
	BIO *bio = BIO_new_mem_buf(roots.len ? (const void *)roots.at : "", (int)roots.len);
	X509 *x;

	*n = 0;
	while (store && bio && *n < ROOTS_MAX &&
	       (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		*n += X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
	}
	BIO_free(bio);
	if (store)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), when);
	ERR_clear_error();
	return store;
}

static void
name_of(TS_TST_INFO *info, PKCS7 *token, char who[static TIMESTAMP_NAME])
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
	X509 *x = signers && sk_X509_num(signers) > 0 ? sk_X509_value(signers, 0) : NULL;

	(void)info;
	(void)snprintf(who, TIMESTAMP_NAME, "an authority without a name");
	if (x)
		(void)X509_NAME_oneline(X509_get_subject_name(x), who, TIMESTAMP_NAME);
	for (size_t i = 0; who[i] != '\0'; i++)
		if (who[i] < 0x20 || who[i] > 0x7e)
			who[i] = '?';
	sk_X509_free(signers);
}

/* Imprint, signature and chain. The nonce is looked at by the caller. */
static bool
is_good(TS_RESP *resp, struct span data, X509_STORE *store)
{
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	BIO *bio = BIO_new_mem_buf(data.len ? (const void *)data.at : "", (int)data.len);
	bool good = false;

	if (ctx && bio) {
		TS_VERIFY_CTX_set_flags(
		    ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
		TS_VERIFY_CTX_set_data(ctx, bio); /* theirs from here on */
		(void)X509_STORE_up_ref(store);
		TS_VERIFY_CTX_set_store(ctx, store);
		bio = NULL;
		good = TS_RESP_verify_response(ctx, resp) == 1;
	}
	BIO_free(bio);
	TS_VERIFY_CTX_free(ctx);
	return good;
}

static bool
nonce_is(TS_TST_INFO *info, uint64_t want)
{
	const ASN1_INTEGER *n = TS_TST_INFO_get_nonce(info);
	uint64_t got;

	return n && ASN1_INTEGER_get_uint64(&got, n) == 1 && got == want;
}

static enum status
check(TS_RESP *resp, TS_TST_INFO *info, struct span data, struct span roots,
    const uint64_t *nonce, struct timestamp *out, struct error *err)
{
	struct timestamp t = { 0 };
	X509_STORE *store;
	unsigned known;
	struct tm tm;
	time_t when;
	bool good;

	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1 ||
	    (when = timegm(&tm)) < 0)
		return error_set(err, E_FORMAT, "the time in the time stamp is none");
	if (nonce && !nonce_is(info, *nonce))
		return error_set(
		    err, E_DIFFERS, "the time stamp is the answer to another question");
	store = store_of(roots, when, &known);
	if (store == NULL)
		return no_memory(err);
	good = known > 0 && is_good(resp, data, store);
	X509_STORE_free(store);
	if (known == 0)
		return error_set(err, E_MISUSE,
		    "there is no certificate among the authorities to trust");
	if (!good) {
		char why[160];

		ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
		ERR_clear_error();
		return error_set(err, E_DIFFERS,
		    "the time stamp is not of these bytes by an authority that you trust: "
		    "%s",
		    why);
	}
	t.time = (uint64_t)when;
	name_of(info, TS_RESP_get_token(resp), t.who);
	*out = t;
	return OK;
}

enum status
timestamp_check(struct span reply, struct span data, struct span roots,
    const uint64_t *nonce, struct timestamp *out, struct error *err)
{
	const unsigned char *at = reply.at;
	TS_RESP *resp = NULL;
	TS_TST_INFO *info;
	enum status st;

	if (reply.len > TIMESTAMP_MAX || roots.len > TIMESTAMP_MAX)
		return error_set(err, E_LIMIT, "the time stamp has %zu bytes", reply.len);
	if (reply.len > 0)
		resp = d2i_TS_RESP(NULL, &at, (long)reply.len);
	if (resp == NULL || at != reply.at + reply.len) {
		TS_RESP_free(resp);
		ERR_clear_error();
		return error_set(err, E_FORMAT, "not an RFC 3161 time stamp");
	}
	info = TS_RESP_get_tst_info(resp);
	if (info == NULL)
		st = error_set(err, E_FORMAT, "the authority refused to give a time stamp");
	else
		st = check(resp, info, data, roots, nonce, out, err);
	TS_RESP_free(resp);
	ERR_clear_error();
	return st;
}
