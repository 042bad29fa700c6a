/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/pseudonym.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "evidence/file.h"

#define BLOCK    16
#define BITS_MAX 128

/*
 * Both schemes encrypt each prefix of the address as a block of its own, and one
 * bit of the result turns the next bit of the address over. So all blocks of an
 * address are known at once and go through AES in one call.
 */
#define WORDS_INFO "geophone/pseudonym/words/v1"

struct pseudonym {
	enum pseudonym_scheme scheme;
	EVP_CIPHER_CTX *aes[2]; /* Crypto-PAn uses the first */
	uint8_t pad[BLOCK];     /* Crypto-PAn: what follows a prefix */
	struct digest words;    /* the key for names and words */
};

static const char *const SCHEME_TEXT[] = {
#define X(name, text) text,
	PSEUDONYM_SCHEMES(X)
#undef X
};

const char *
pseudonym_scheme_text(enum pseudonym_scheme s)
{
	return SCHEME_TEXT[s];
}

bool
pseudonym_scheme_of(const char *text, enum pseudonym_scheme *out)
{
	for (size_t i = 0; i < sizeof SCHEME_TEXT / sizeof *SCHEME_TEXT; i++)
		if (strcmp(text, SCHEME_TEXT[i]) == 0) {
			*out = (enum pseudonym_scheme)i;
			return true;
		}
	return false;
}

static void
encrypt(EVP_CIPHER_CTX *aes, const uint8_t *in, size_t blocks, uint8_t *out)
{
	int n = 0;

	CHECK(EVP_EncryptUpdate(aes, out, &n, in, (int)(blocks * BLOCK)) == 1 &&
	      n == (int)(blocks * BLOCK));
}

static EVP_CIPHER_CTX *
make_aes(const uint8_t key[static BLOCK])
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();

	CHECK(aes && EVP_EncryptInit_ex(aes, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
	      EVP_CIPHER_CTX_set_padding(aes, 0) == 1);
	return aes;
}

enum status
pseudonym_open(struct pseudonym **out, enum pseudonym_scheme scheme,
    const uint8_t key[static PSEUDONYM_KEY], struct error *err)
{
	struct pseudonym *p;

	if (scheme == PSEUDONYM_IPCRYPT_PFX && CRYPTO_memcmp(key, key + BLOCK, BLOCK) == 0)
		return error_set(err, E_MISUSE, "the two halves of the key are the same");
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return error_set(err, E_NOMEM, "no memory for a key");
	p->scheme = scheme;
	p->aes[0] = make_aes(key);
	if (scheme == PSEUDONYM_IPCRYPT_PFX)
		p->aes[1] = make_aes(key + BLOCK);
	else
		encrypt(p->aes[0], key + BLOCK, 1, p->pad);
	p->words = digest_keyed((struct span){ key, PSEUDONYM_KEY },
	    (struct span){ (const uint8_t *)WORDS_INFO, sizeof WORDS_INFO - 1 });
	*out = p;
	return OK;
}

void
pseudonym_close(struct pseudonym *p)
{
	if (p == NULL)
		return;
	EVP_CIPHER_CTX_free(p->aes[0]), EVP_CIPHER_CTX_free(p->aes[1]);
	OPENSSL_cleanse(p, sizeof *p);
	free(p);
}

static unsigned
bit_of(const uint8_t *bytes, unsigned at)
{
	return (unsigned)bytes[at / 8] >> (7 - at % 8) & 1;
}

/* A one and the first `from` bits, right-aligned; then one bit more in each block. */
static void
pfx_blocks(
    const uint8_t b[static BLOCK], unsigned from, unsigned bits, uint8_t blocks[][BLOCK])
{
	uint8_t prefix[BLOCK] = { [BLOCK - 1] = 1 };

	for (unsigned i = 0; i < bits; i++) {
		if (i >= from)
			memcpy(blocks[i - from], prefix, BLOCK);
		for (unsigned k = 0; k < BLOCK; k++) {
			unsigned carry =
			    k + 1 < BLOCK ? bit_of(prefix, 8 * (k + 1)) : bit_of(b, i);

			prefix[k] = (uint8_t)((unsigned)prefix[k] << 1 | carry);
		}
	}
}

/* The first i bits of the address, then those of the pad. */
static void
pan_blocks(const uint8_t *b, unsigned bits, const uint8_t pad[static BLOCK],
    uint8_t blocks[][BLOCK])
{
	uint8_t mixed[BLOCK];

	memcpy(mixed, pad, BLOCK);
	for (unsigned i = 0; i < bits; i++) {
		uint8_t mask = (uint8_t)(0x80u >> i % 8);

		memcpy(blocks[i], mixed, BLOCK);
		mixed[i / 8] =
		    (uint8_t)((mixed[i / 8] & (uint8_t)~mask) | (b[i / 8] & mask));
	}
}

struct ip
pseudonym_ip(const struct pseudonym *p, const struct ip *ip)
{
	uint8_t in[BITS_MAX][BLOCK], out[2][BITS_MAX][BLOCK];
	unsigned from = ip_is_v4(ip) ? 96 : 0, n = BITS_MAX - from;
	struct ip to = *ip;

	if (p->scheme == PSEUDONYM_IPCRYPT_PFX) {
		pfx_blocks(ip->b, from, BITS_MAX, in);
		encrypt(p->aes[0], in[0], n, out[0][0]);
		encrypt(p->aes[1], in[0], n, out[1][0]);
	} else {
		pan_blocks(ip->b + from / 8, n, p->pad, in);
		encrypt(p->aes[0], in[0], n, out[0][0]);
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned turn =
		    p->scheme == PSEUDONYM_IPCRYPT_PFX
			? (unsigned)(out[0][i][BLOCK - 1] ^ out[1][i][BLOCK - 1]) & 1
			: (unsigned)out[0][i][0] >> 7;

		to.b[(from + i) / 8] ^= (uint8_t)(turn << (7 - (from + i) % 8));
	}
	return to;
}

/* Of what kind it is goes into the hash, so that a name is no word that reads the same. */
static const char *
word_of(const struct pseudonym *p, char kind, struct span bytes, char *out)
{
	struct buf in = { .max = bytes.len + 1 };
	struct digest d;
	char hex[DIGEST_HEX];

	buf_putc(&in, kind);
	buf_put(&in, bytes.at, bytes.len);
	CHECK(!in.bad);
	d = digest_keyed((struct span){ p->words.b, sizeof p->words.b }, buf_span(&in));
	buf_release(&in);
	memcpy(out, digest_hex(&d, hex), PSEUDONYM_WORD - 1);
	out[PSEUDONYM_WORD - 1] = '\0';
	return out;
}

const char *
pseudonym_word(
    const struct pseudonym *p, struct span bytes, char out[static PSEUDONYM_WORD])
{
	return word_of(p, 'w', bytes, out);
}

#define NAME_MAX_BYTES 1024

const char *
pseudonym_name(const struct pseudonym *p, struct span name, char out[static PSEUDONYM_NAME])
{
	uint8_t small[NAME_MAX_BYTES];
	size_t n = name.len < sizeof small ? name.len : sizeof small, to = 0;
	unsigned labels = 1, skip;
	struct ip ip;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		small[i] =
		    name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] | 0x20 : name.at[i];
	if (n > 0 && small[n - 1] == '.')
		n--;
	if (n == 0)
		return out;
	if (ip_parse((struct span){ small, n }, &ip)) {
		ip = pseudonym_ip(p, &ip);
		return ip_text(&ip, out);
	}
	for (size_t i = 0; i < n; i++)
		labels += small[i] == '.';
	/* Each word is of all that is from its label on. */
	skip = labels > PSEUDONYM_LABELS + 1 ? labels - PSEUDONYM_LABELS - 1 : 0;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && small[i - 1] != '.')
			continue;
		if (i > 0 && skip > 0) {
			skip--;
			continue;
		}
		if (i > 0)
			out[to++] = '.';
		(void)word_of(p, 'n', (struct span){ small + i, n - i }, out + to);
		to += PSEUDONYM_WORD - 1;
	}
	return out;
}

enum status
pseudonym_derive(const uint8_t master[static PSEUDONYM_KEY], enum pseudonym_scheme scheme,
    const char *recipient, const char *which_case, uint8_t key[static PSEUDONYM_KEY],
    struct error *err)
{
	EVP_KDF *kdf;
	EVP_KDF_CTX *ctx;
	struct buf info;
	uint8_t secret[PSEUDONYM_KEY];
	OSSL_PARAM params[4];
	enum status st;

	if (recipient[0] == '\0' || which_case[0] == '\0')
		return error_set(err, E_MISUSE,
		    "a key of pseudonyms is for one recipient in one case, and both need a "
		    "name");
	buf_init(&info, 64 << 10);
	buf_puts(&info, "geophone/pseudonym/v1"), buf_putc(&info, '\0');
	buf_puts(&info, pseudonym_scheme_text(scheme)), buf_putc(&info, '\0');
	buf_puts(&info, recipient), buf_putc(&info, '\0');
	buf_puts(&info, which_case);
	st = buf_state(&info, "the names of recipient and case", err);
	if (st != OK) {
		buf_release(&info);
		return st;
	}
	memcpy(secret, master, sizeof secret);
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_KDF_PARAM_DIGEST, (char[]){ "SHA256" }, 0);
	params[1] =
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, sizeof secret);
	params[2] =
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.at, info.len);
	params[3] = OSSL_PARAM_construct_end();
	kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	CHECK(ctx && EVP_KDF_derive(ctx, key, PSEUDONYM_KEY, params) == 1);
	EVP_KDF_CTX_free(ctx), EVP_KDF_free(kdf);
	OPENSSL_cleanse(secret, sizeof secret);
	buf_release(&info);
	return OK;
}

static bool
hex_digit(char c, uint8_t *v)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	if (at)
		*v = (uint8_t)(at - digits);
	return at != NULL;
}

static enum status
read_master(
    int fd, const char *path, uint8_t master[static PSEUDONYM_KEY], struct error *err)
{
	struct buf text = { .max = 2 * PSEUDONYM_KEY + 1 };
	struct stat meta;
	enum status st = OK;
	uint8_t high, low;

	if (fstat(fd, &meta) != 0)
		st = error_sys(err, "look at %s", path);
	else if (!S_ISREG(meta.st_mode) || (meta.st_mode & 077) != 0)
		st = error_set(err, E_MISUSE,
		    "%s is open to others, or no regular file: who reads it undoes every "
		    "pseudonym",
		    path);
	if (st == OK)
		st = file_read_all(fd, path, text.max, &text, err);
	for (size_t i = 0; st == OK && i < PSEUDONYM_KEY; i++) {
		if (text.len < 2 * PSEUDONYM_KEY || !hex_digit(text.at[2 * i], &high) ||
		    !hex_digit(text.at[2 * i + 1], &low))
			st = error_set(
			    err, E_FORMAT, "%s is not a line of 64 small hex digits", path);
		else
			master[i] = (uint8_t)(high << 4 | low);
	}
	if (text.at)
		OPENSSL_cleanse(text.at, text.len);
	buf_release(&text);
	return st;
}

static enum status
make_master(const char *path, uint8_t master[static PSEUDONYM_KEY], struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	char line[2 * PSEUDONYM_KEY + 1];
	enum status st = OK;
	int fd;

	if (getrandom(master, PSEUDONYM_KEY, 0) != PSEUDONYM_KEY)
		return error_sys(err, "read random bytes");
	for (size_t i = 0; i < PSEUDONYM_KEY; i++) {
		line[2 * i] = digits[master[i] >> 4];
		line[2 * i + 1] = digits[master[i] & 15];
	}
	line[sizeof line - 1] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return error_sys(err, "make %s", path);
	if (!file_write_all(fd, (struct span){ (uint8_t *)line, sizeof line }) ||
	    fsync(fd) != 0)
		st = error_sys(err, "write %s", path);
	(void)close(fd);
	if (st != OK)
		(void)unlink(path);
	OPENSSL_cleanse(line, sizeof line);
	return st;
}

enum status
pseudonym_master(
    const char *path, uint8_t master[static PSEUDONYM_KEY], bool *made, struct error *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	enum status st;

	*made = fd == -1 && errno == ENOENT;
	if (*made)
		return make_master(path, master, err);
	if (fd == -1)
		return error_sys(err, "open %s", path);
	st = read_master(fd, path, master, err);
	(void)close(fd);
	return st;
}
