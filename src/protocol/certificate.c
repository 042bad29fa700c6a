/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/stamp.h"
#include "record/trait.h"

/* Where the text begins; it is cut at TRAIT_TEXT. */
static bool
put_name(const X509_NAME *name, struct buf *text, size_t *len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *at = NULL;
	long n = -1;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(bio, &at);
	if (n >= 0) {
		*len = n > TRAIT_TEXT ? TRAIT_TEXT : (size_t)n;
		buf_put(text, at, *len);
	}
	BIO_free(bio);
	return n >= 0 && !text->bad;
}

static uint64_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;
	time_t s;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	s = timegm(&tm);
	if (s < 0)
		return 0;
	if ((uint64_t)s > FLOW_INT_MAX / SECOND_NS)
		return FLOW_INT_MAX;
	return (uint64_t)s * SECOND_NS;
}

/* The signature is not computed: it costs more than all else here and a liar gains nothing. */
static bool
is_self_signed(X509 *x)
{
	int n = X509_self_signed(x, 0);

	if (n >= 0)
		return n == 1;
	return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
}

bool
certificate_read(struct span der, struct buf *text, struct certificate *out)
{
	const unsigned char *at = der.at;
	X509 *x = der.len <= INT32_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	struct certificate c = { 0 };
	size_t subject = 0, issuer = 0;
	bool ok;

	buf_reset(text);
	ok = x && at == der.at + der.len &&
	     put_name(X509_get_subject_name(x), text, &subject) &&
	     put_name(X509_get_issuer_name(x), text, &issuer);
	if (ok) {
		c.sha256 = digest_of(der);
		ok = X509_digest(x, EVP_sha1(), c.sha1, NULL) == 1;
		c.subject = (struct span){ (const uint8_t *)text->at, subject };
		c.issuer = (struct span){ c.subject.at + subject, issuer };
		c.not_before_ns = time_of(X509_get0_notBefore(x));
		c.not_after_ns = time_of(X509_get0_notAfter(x));
		c.self_signed = is_self_signed(x);
		*out = c;
	}
	X509_free(x);
	ERR_clear_error();
	return ok;
}
