/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "evidence/file.h"

#define PEM_MAX 16384 /* an Ed25519 key takes 119 bytes; PEM may carry comments */

struct key {
	EVP_PKEY *pkey;
	struct digest id;
	enum key_kind kind;
	uint8_t raw[KEY_BYTES];
	uint8_t spki[KEY_SPKI_MAX];
	size_t spki_n;
	bool may_sign; /* OpenSSL is not asked to sign without a private half */
};

/* OpenSSL would otherwise ask the terminal for a passphrase. */
static int
no_passphrase(char *to, int size, int writing, void *state)
{
	(void)to, (void)size, (void)writing, (void)state;
	return -1;
}

/* A point is written whole, so that one key has one spelling and one id. */
static bool
is_p256(EVP_PKEY *pkey)
{
	char group[32];
	size_t n;

	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1 &&
	       strcmp(group, "prime256v1") == 0 &&
	       EVP_PKEY_set_utf8_string_param(
		   pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") == 1;
}

/* Takes over `pkey`, also when it fails. */
static enum status
key_wrap(
    struct key **out, EVP_PKEY *pkey, bool may_sign, const char *name, struct error *err)
{
	struct key *k = NULL;
	size_t n = KEY_BYTES;
	unsigned char *der = NULL;
	enum status st = OK;
	bool p256;
	int len;

	ERR_clear_error(); /* what OpenSSL had to say is in our sentence */
	if (pkey == NULL)
		return error_set(
		    err, E_FORMAT, "%s is not a PEM key that we can read", name);
	p256 = is_p256(pkey);
	if (!p256 && !EVP_PKEY_is_a(pkey, "ED25519")) {
		st = error_set(err, E_FORMAT, "%s is not an Ed25519 or P-256 key", name);
		goto fail;
	}
	k = calloc(1, sizeof *k);
	len = i2d_PUBKEY(pkey, &der);
	if (k == NULL || len <= 0 || (size_t)len > sizeof k->spki ||
	    (!p256 && EVP_PKEY_get_raw_public_key(pkey, k->raw, &n) != 1)) {
		st = error_set(err, E_NOMEM, "no memory for the key %s", name);
		goto fail;
	}
	k->kind = p256 ? KEY_P256 : KEY_ED25519;
	k->spki_n = (size_t)len;
	memcpy(k->spki, der, k->spki_n);
	k->id = digest_of(key_spki(k));
	OPENSSL_free(der);
	k->pkey = pkey;
	k->may_sign = may_sign;
	*out = k;
	return OK;
fail:
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	free(k);
	return st;
}

static enum status
key_load(struct key **out, int fd, const char *path, struct error *err)
{
	struct buf pem;
	struct stat st;
	enum status status;
	BIO *bio;

	if (fstat(fd, &st) != 0)
		return error_sys(err, "look at the key %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, E_MISUSE, "the key %s is not a regular file", path);
	if (st.st_mode & 077)
		return error_set(err, E_MISUSE,
		    "the private key %s is open to others (mode %04o); "
		    "chmod 600 it, or make a new one if somebody may have read it",
		    path, (unsigned)(st.st_mode & 07777));
	buf_init(&pem, PEM_MAX);
	status = file_read_all(fd, path, PEM_MAX, &pem, err);
	if (status == OK) {
		bio = BIO_new_mem_buf(pem.at, (int)pem.len);
		status = key_wrap(out,
		    bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL,
		    true, path, err);
		BIO_free(bio);
	}
	if (pem.at)
		OPENSSL_cleanse(pem.at, pem.cap);
	buf_release(&pem);
	return status;
}

/* Make the directories that `path` lies in, ours alone. */
static enum status
make_parents(const char *path, struct error *err)
{
	char dir[PATH_MAX];

	if (strlen(path) >= sizeof dir)
		return error_set(
		    err, E_MISUSE, "the path of the key is too long: %s", path);
	for (size_t i = 1; path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		memcpy(dir, path, i);
		dir[i] = '\0';
		if (mkdir(dir, 0700) != 0 && errno != EEXIST)
			return error_sys(err, "make the directory %s", dir);
	}
	return OK;
}

/* The private key as PKCS#8 PEM into `fd`. The memory it passes through is wiped. */
static bool
write_private(int fd, EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	bool good = false;
	char *pem;
	long n;

	errno = ENOMEM; /* OpenSSL does not set it */
	if (bio &&
	    PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		n = BIO_get_mem_data(bio, &pem);
		good = n > 0 &&
		       file_write_all(fd, (struct span){ (const uint8_t *)pem, (size_t)n });
	}
	BIO_free(bio);
	return good;
}

/*
 * A new key at `path`. EEXIST in *lost: somebody else was there first, and
 * theirs is the key; ours is gone.
 */
static enum status
key_make(const char *path, enum key_kind kind, bool *lost, struct error *err)
{
	char beside[PATH_MAX], dir[PATH_MAX];
	EVP_PKEY *pkey = NULL;
	enum status st;
	int fd = -1, dirfd = -1;

	*lost = false;
	st = make_parents(path, err);
	if (st != OK)
		return st;
	file_parent(path, dir, sizeof dir);
	if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside)
		return error_set(
		    err, E_MISUSE, "the path of the key is too long: %s", path);
	fd = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
	if (fd == -1)
		return error_sys(err, "make a key beside %s", path);
	pkey = kind == KEY_P256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
				: EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pkey == NULL) {
		st = error_set(err, E_IO, "no randomness to make the key %s of", path);
		goto out;
	}
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1 || !write_private(fd, pkey) || fsync(fd) != 0) {
		st = error_sys(err, "write the key %s", path);
		goto out;
	}
	if (renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
		*lost = errno == EEXIST;
		if (!*lost)
			st = error_sys(err, "put the key in its place %s", path);
		goto out;
	}
	beside[0] = '\0';
	if (!file_sync_dir(dirfd))
		st = error_sys(err, "sync the directory %s", dir);
out:
	if (beside[0] != '\0')
		(void)unlink(beside);
	EVP_PKEY_free(pkey);
	if (dirfd != -1)
		(void)close(dirfd);
	(void)close(fd);
	return st;
}

enum status
key_open(struct key **out, const char *path, bool *made, struct error *err)
{
	return key_open_kind(out, path, KEY_ED25519, made, err);
}

enum status
key_open_kind(
    struct key **out, const char *path, enum key_kind kind, bool *made, struct error *err)
{
	bool fresh = false, lost = false;
	enum status st;
	int fd;

	/* O_NONBLOCK: a pipe in its place must not hold us up. */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		st = key_make(path, kind, &lost, err);
		if (st != OK)
			return st;
		fresh = !lost;
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	if (fd == -1 && errno == ELOOP)
		return error_set(err, E_MISUSE, "the key %s is a symbolic link", path);
	if (fd == -1)
		return error_sys(err, "open the key %s", path);
	st = key_load(out, fd, path, err);
	(void)close(fd);
	if (st == OK)
		*made = fresh;
	return st;
}

enum status
key_public(struct key **out, struct span pem, struct error *err)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	if (pem.len > PEM_MAX)
		return error_set(err, E_LIMIT, "the public key has %zu bytes", pem.len);
	bio = BIO_new_mem_buf(pem.len ? (const void *)pem.at : "", (int)pem.len);
	if (bio)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return key_wrap(out, pkey, false, "the public key", err);
}

enum status
key_from_seed(struct key **out, const uint8_t seed[static KEY_BYTES], struct error *err)
{
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, KEY_BYTES);

	return key_wrap(out, pkey, true, "the seed", err);
}

enum status
key_from_raw(struct key **out, const uint8_t raw[static KEY_BYTES], struct error *err)
{
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw, KEY_BYTES);

	return key_wrap(out, pkey, false, "the public key", err);
}

const uint8_t *
key_raw(const struct key *k)
{
	return k->raw;
}

enum key_kind
key_kind(const struct key *k)
{
	return k->kind;
}

struct span
key_spki(const struct key *k)
{
	return (struct span){ k->spki, k->spki_n };
}

static const EVP_MD *
hash_of(const struct key *k)
{
	return k->kind == KEY_P256 ? EVP_sha256() : NULL;
}

enum status
key_sign(const struct key *k, struct span message, uint8_t sig[static SIGNATURE_BYTES],
    struct error *err)
{
	struct signature s;
	enum status st;

	if (k->kind != KEY_ED25519)
		return error_set(err, E_MISUSE,
		    "a P-256 key signs statements: this wants an Ed25519 key");
	st = key_seal(k, message, &s, err);
	if (st == OK)
		memcpy(sig, s.at, SIGNATURE_BYTES);
	return st;
}

enum status
key_seal(const struct key *k, struct span message, struct signature *sig, struct error *err)
{
	EVP_MD_CTX *ctx;
	bool good;

	if (!k->may_sign)
		return error_set(err, E_MISUSE, "a public key cannot sign");
	sig->n = sizeof sig->at;
	ctx = EVP_MD_CTX_new();
	good = ctx && EVP_DigestSignInit(ctx, NULL, hash_of(k), NULL, k->pkey) == 1 &&
	       EVP_DigestSign(ctx, sig->at, &sig->n, message.at, message.len) == 1 &&
	       (k->kind == KEY_P256 || sig->n == SIGNATURE_BYTES);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!good)
		return error_set(err, E_NOMEM, "no memory to sign %zu bytes", message.len);
	return OK;
}

bool
key_verifies(const struct key *k, struct span message, struct span signature)
{
	EVP_MD_CTX *ctx;
	bool good;

	if (k->kind == KEY_ED25519 ? signature.len != SIGNATURE_BYTES
				   : signature.len > SIGNATURE_MAX)
		return false;
	ctx = EVP_MD_CTX_new();
	good = ctx && EVP_DigestVerifyInit(ctx, NULL, hash_of(k), NULL, k->pkey) == 1 &&
	       EVP_DigestVerify(
		   ctx, signature.at, signature.len, message.at, message.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

void
key_public_pem(const struct key *k, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long n;

	CHECK(bio && PEM_write_bio_PUBKEY(bio, k->pkey) == 1);
	n = BIO_get_mem_data(bio, &pem);
	buf_put(out, pem, (size_t)n);
	BIO_free(bio);
}

struct digest
key_id(const struct key *k)
{
	return k->id;
}

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	OPENSSL_cleanse(k, sizeof *k);
	free(k);
}
