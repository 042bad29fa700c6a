/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <errno.h>
#include <sys/wait.h>

#include "evidence/key.h"

/* RFC 8032 section 7.1: TEST 1, 2, 3 and SHA(abc). */
static void
rfc_8032(void **state)
{
	static const struct {
		const char *seed, *public, *message, *signature;
	} rows[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		    "72",
		    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		    "af82",
		    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
		{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf2",
		    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
		    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t seed[32], public[32], message[64], want[64], sig[64];
		struct key *k, *p;
		struct error err;
		struct span m = { message,
			from_hex(rows[i].message, message, sizeof message) };

		ROW(i, rows[i].seed);
		(void)from_hex(rows[i].seed, seed, 32);
		(void)from_hex(rows[i].public, public, 32);
		(void)from_hex(rows[i].signature, want, 64);
		assert_int_equal(key_from_seed(&k, seed, &err), OK);
		assert_memory_equal(key_raw(k), public, 32);
		assert_int_equal(key_sign(k, m, sig, &err), OK);
		assert_memory_equal(sig, want, 64);
		assert_int_equal(key_from_raw(&p, public, &err), OK);
		assert_true(key_verifies(p, m, (struct span){ sig, 64 }));
		assert_false(key_verifies(p, m, (struct span){ sig, 63 }));
		assert_int_equal(key_sign(p, m, sig, &err), E_MISUSE);
		sig[40] ^= 1;
		assert_false(key_verifies(p, m, (struct span){ sig, 64 }));
		key_free(k), key_free(p);
	}
	key_free(NULL);
}

/* The key a reader can check by hand: openssl pkey -pubin -outform DER | sha256sum */
static void
public_pem_and_id(void **state)
{
	static const char pem[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
	    "-----END PUBLIC KEY-----\n";
	uint8_t spki[44] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
		0x21, 0x00 };
	struct digest id, want;
	struct key *k;
	struct error err;
	struct buf b;

	(void)state;
	(void)from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    spki + 12, 32);
	want = digest_of((struct span){ spki, sizeof spki });
	assert_int_equal(key_public(&k, text_span(pem), &err), OK);
	id = key_id(k);
	assert_memory_equal(&id, &want, sizeof id);
	buf_init(&b, 4096);
	key_public_pem(k, &b);
	assert_string_equal(b.at, pem);
	buf_release(&b);
	key_free(k);
}

static void
refuses_what_is_no_public_key(void **state)
{
	/* made once with: openssl genpkey -algorithm X25519 | openssl pkey -pubout */
	static const char x25519[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VuAyEA53BfDOa/zP1RPuLxx3HI/yL48xtDoIJfxhwk8O8L4DU=\n"
	    "-----END PUBLIC KEY-----\n";
	/* openssl ecparam -name secp384r1 -genkey -noout | openssl ec -pubout */
	static const char p384[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE+aV/tGLbe6U+bCucbwwaMmnhmTwqA9ff\n"
	    "o+tYtIXGM+Pxu6k0EWFzEUXZ7+dlW3NQPnGOb5TuAP0hlpKxvV8OrtzZD6zB++/f\n"
	    "xG3ybiQx8MENKJgZQJ3crSkCyEdK0Mnd\n"
	    "-----END PUBLIC KEY-----\n";
	static const struct {
		const char *name, *pem;
	} rows[] = {
		{ "another curve", p384 },
		{ "nothing", "" },
		{ "not PEM", "hello" },
		{ "a key for agreement, not signatures", x25519 },
		{ "cut", "-----BEGIN PUBLIC "
			 "KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7h\n" },
		{ "one byte short",
		    "-----BEGIN PUBLIC KEY-----\n"
		    "MCkwBQYDK2VwAyAA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==\n"
		    "-----END PUBLIC KEY-----\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key *k = NULL;
		struct error err;

		ROW(i, rows[i].name);
		assert_int_equal(key_public(&k, text_span(rows[i].pem), &err), E_FORMAT);
		assert_null(k);
	}
}

/* RFC 6979, A.2.5: P-256 and SHA-256 over "sample"; the key in both spellings. */
static void
p256_of_rfc_6979(void **state)
{
	static const char whole[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
	    "Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"
	    "-----END PUBLIC KEY-----\n";
	static const char half[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
	    "Yfps5mliLmDyn7Y=\n"
	    "-----END PUBLIC KEY-----\n";
	static const char der[] =
	    "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	    "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
	struct span sample = text_span("sample");
	uint8_t sig[SIGNATURE_MAX + 1] = { 0 };
	size_t n = from_hex(der, sig, SIGNATURE_MAX);
	struct digest id, other;
	struct key *k, *same;
	struct error err;
	struct buf pem;

	(void)state;
	assert_int_equal(key_public(&k, text_span(whole), &err), OK);
	assert_int_equal(key_public(&same, text_span(half), &err), OK);
	assert_int_equal(key_kind(k), KEY_P256);
	id = key_id(k), other = key_id(same);
	assert_memory_equal(&id, &other, sizeof id);
	buf_init(&pem, 4096);
	key_public_pem(same, &pem);
	assert_string_equal(pem.at, whole);
	buf_release(&pem);
	assert_true(key_verifies(k, sample, (struct span){ sig, n }));
	assert_true(key_verifies(same, sample, (struct span){ sig, n }));
	assert_false(key_verifies(k, sample, (struct span){ sig, n - 1 }));
	assert_false(key_verifies(k, sample, (struct span){ sig, n + 1 }));
	assert_false(key_verifies(k, text_span("Sample"), (struct span){ sig, n }));
	for (size_t i = 0; i < n; i++) {
		sig[i] ^= 1;
		assert_false(key_verifies(k, sample, (struct span){ sig, n }));
		sig[i] ^= 1;
	}
	key_free(k), key_free(same);
}

static void
a_p256_key_signs_statements_alone(void **state)
{
	char dir[SCRATCH], path[256];
	uint8_t raw[SIGNATURE_BYTES];
	struct span m = text_span("what is said");
	struct signature sig;
	struct key *k, *again;
	struct error err;
	bool made;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/k", dir);
	assert_int_equal(key_open_kind(&k, path, KEY_P256, &made, &err), OK);
	assert_true(made);
	/* the kind is of one that is made: what is there stays */
	assert_int_equal(key_open(&again, path, &made, &err), OK);
	assert_false(made);
	assert_int_equal(key_kind(again), KEY_P256);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(key_seal(k, m, &sig, &err), OK);
		assert_true(key_verifies(again, m, (struct span){ sig.at, sig.n }));
	}
	assert_int_equal(key_sign(k, m, raw, &err), E_MISUSE);
	key_free(k), key_free(again);
	scratch_remove(dir);
}

static void
makes_a_key_once(void **state)
{
	char dir[SCRATCH], path[256], deep[128];
	struct key *k, *again;
	struct digest a, b;
	struct error err;
	struct stat st;
	bool made;

	(void)state;
	scratch_make(dir);
	(void)snprintf(deep, sizeof deep, "%s/a/b", dir);
	(void)snprintf(path, sizeof path, "%s/sensor.key", deep);
	assert_int_equal(key_open(&k, path, &made, &err), OK);
	assert_true(made);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(st.st_nlink, 2); /* no folder left beside */
	assert_int_equal(key_open(&again, path, &made, &err), OK);
	assert_false(made);
	a = key_id(k), b = key_id(again);
	assert_memory_equal(&a, &b, sizeof a);
	key_free(k), key_free(again);
	scratch_remove(dir);
}

enum { MAKERS = 8 };

/* Wait until the starting pipe is closed, open the key, tell its id. */
static void
make_when_told(const char *path, int start, int tell)
{
	struct error err;
	struct key *k;
	struct digest id;
	bool made;
	char c;

	if (read(start, &c, 1) != 0 || key_open(&k, path, &made, &err) != OK)
		_exit(1);
	id = key_id(k);
	key_free(k);
	_exit(write(tell, &id, sizeof id) == (ssize_t)sizeof id ? 0 : 1);
}

/* Many begin at once and find nothing: all must end with the same key. */
static void
many_makers_one_key(void **state)
{
	char dir[SCRATCH], path[256];

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/k", dir);
	for (int round = 0; round < 25; round++) {
		int tell[2], start[2];
		struct digest first, other;

		assert_int_equal(pipe(tell), 0);
		assert_int_equal(pipe(start), 0);
		for (int i = 0; i < MAKERS; i++)
			if (fork() == 0) {
				close(start[1]);
				make_when_told(path, start[0], tell[1]);
			}
		close(start[0]), close(start[1]);
		for (int i = 0; i < MAKERS; i++) {
			int how;

			assert_true(wait(&how) > 0);
			assert_int_equal(how, 0);
		}
		assert_int_equal(read(tell[0], &first, sizeof first), sizeof first);
		for (int i = 1; i < MAKERS; i++) {
			assert_int_equal(read(tell[0], &other, sizeof other), sizeof other);
			assert_memory_equal(&first, &other, sizeof first);
		}
		close(tell[0]), close(tell[1]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0); /* and nothing beside it */
}

enum trouble { READABLE, GROUP, LINK, FOLDER, PIPE, EMPTY, LARGE, PUBLIC, BELOW_A_FILE };

static void
spoil(const char *dir, const char *path, enum trouble t)
{
	char other[256];
	struct key *k;
	struct error err;
	struct buf pem;
	bool made;

	(void)snprintf(other, sizeof other, "%s/other", dir);
	if (t == FOLDER) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	if (t == PIPE) {
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	}
	assert_int_equal(key_open(&k, t == LINK ? other : path, &made, &err), OK);
	buf_init(&pem, 1000);
	key_public_pem(k, &pem);
	key_free(k);
	if (t == LINK)
		assert_int_equal(symlink("other", path), 0);
	else if (t == READABLE)
		assert_int_equal(chmod(path, 0604), 0);
	else if (t == GROUP)
		assert_int_equal(chmod(path, 0620), 0);
	else if (t == EMPTY)
		assert_int_equal(truncate(path, 0), 0);
	else if (t == LARGE)
		assert_int_equal(truncate(path, 1 << 20), 0);
	else if (t == PUBLIC)
		put_file(path, buf_span(&pem));
	buf_release(&pem);
}

static void
refuses_a_key_that_others_may_know(void **state)
{
	static const struct {
		const char *name, *says;
		enum trouble t;
		enum status want;
	} rows[] = {
		{ "the world may read it", "open to others (mode 0604)", READABLE,
		    E_MISUSE },
		{ "the group may write it", "open to others (mode 0620)", GROUP, E_MISUSE },
		{ "a link", "symbolic link", LINK, E_MISUSE },
		{ "a folder", "not a regular file", FOLDER, E_MISUSE },
		{ "a pipe", "not a regular file", PIPE, E_MISUSE },
		{ "empty", "not a PEM key", EMPTY, E_FORMAT },
		{ "a megabyte", "more than", LARGE, E_LIMIT },
		{ "a public key", "not a PEM key", PUBLIC, E_FORMAT },
		{ "below a file", "Not a directory", BELOW_A_FILE, E_IO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char dir[SCRATCH], path[256];
		struct key *k = NULL;
		struct error err;
		bool made;

		ROW(i, rows[i].name);
		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/k", dir);
		spoil(dir, path, rows[i].t);
		if (rows[i].t == BELOW_A_FILE)
			(void)snprintf(path, sizeof path, "%s/k/k", dir);
		assert_int_equal(key_open(&k, path, &made, &err), rows[i].want);
		assert_null(k);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_non_null(strstr(err.text, path));
		scratch_remove(dir);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_8032),
		cmocka_unit_test(public_pem_and_id),
		cmocka_unit_test(refuses_what_is_no_public_key),
		cmocka_unit_test(p256_of_rfc_6979),
		cmocka_unit_test(a_p256_key_signs_statements_alone),
		cmocka_unit_test(makes_a_key_once),
		cmocka_unit_test(many_makers_one_key),
		cmocka_unit_test(refuses_a_key_that_others_may_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
