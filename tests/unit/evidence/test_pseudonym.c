/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>

#include "evidence/pseudonym.h"

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text_span(text), &ip));
	return ip;
}

static void
key_of(const char *hex, uint8_t key[static PSEUDONYM_KEY])
{
	for (size_t i = 0; i < PSEUDONYM_KEY; i++) {
		unsigned v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		key[i] = (uint8_t)v;
	}
}

#define PFX_KEY   "0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301"
#define PFX_OTHER "2b7e151628aed2a6abf7158809cf4f3ca9f5ba40db214c3798f2e1c23456789a"
/* 21,34,23,...,34,2: the key that the sample traces of Crypto-PAn were made with. */
#define PAN_KEY "1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202"
/* "32-char-str-for-AES-key-and-pad." */
#define PAN_TEXT "33322d636861722d7374722d666f722d4145532d6b65792d616e642d7061642e"

/* Published by draft-denis-ipcrypt, cryptopanlib and yacryptopan. */
static void
published(void **state)
{
	static const struct {
		enum pseudonym_scheme scheme;
		const char *key, *in, *out;
	} rows[] = {
		{ PSEUDONYM_IPCRYPT_PFX, PFX_KEY, "0.0.0.0", "151.82.155.134" },
		{ PSEUDONYM_IPCRYPT_PFX, PFX_KEY, "255.255.255.255", "94.185.169.89" },
		{ PSEUDONYM_IPCRYPT_PFX, PFX_KEY, "192.0.2.1", "100.115.72.131" },
		{ PSEUDONYM_IPCRYPT_PFX, PFX_KEY, "2001:db8::1",
		    "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88" },
		{ PSEUDONYM_IPCRYPT_PFX, PFX_OTHER, "10.0.0.47", "19.214.210.244" },
		{ PSEUDONYM_CRYPTO_PAN, PAN_KEY, "24.5.0.80", "100.9.15.210" },
		{ PSEUDONYM_CRYPTO_PAN, PAN_KEY, "24.13.62.231", "100.2.192.247" },
		{ PSEUDONYM_CRYPTO_PAN, PAN_KEY, "208.234.120.210", "227.154.67.17" },
		{ PSEUDONYM_CRYPTO_PAN, PAN_TEXT, "192.0.2.1", "192.0.125.244" },
		{ PSEUDONYM_CRYPTO_PAN, PAN_TEXT, "2001:db8::1",
		    "27fe:8bc7:fee:1e:1e1f:f0fe:f0e1:83fd" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t key[PSEUDONYM_KEY];
		char text[IP_TEXT];
		struct pseudonym *p;
		struct ip in = ip_of(rows[i].in), out;

		ROW(i, rows[i].in);
		key_of(rows[i].key, key);
		assert_int_equal(pseudonym_open(&p, rows[i].scheme, key, &err), OK);
		out = pseudonym_ip(p, &in);
		assert_string_equal(ip_text(&out, text), rows[i].out);
		pseudonym_close(p);
	}
}

static unsigned
shared_bits(const struct ip *a, const struct ip *b)
{
	unsigned n = 0;

	while (n < 128 && ((a->b[n / 8] ^ b->b[n / 8]) >> (7 - n % 8) & 1) == 0)
		n++;
	return n;
}

/* As many first bits are shared after as before, and the family stays. */
static void
neighbours_stay(void **state)
{
	uint8_t key[PSEUDONYM_KEY];
	struct error err;

	(void)state;
	srandom(7);
	key_of(PFX_KEY, key);
	for (int scheme = 0; scheme < 2; scheme++) {
		struct pseudonym *p;

		assert_int_equal(
		    pseudonym_open(&p, (enum pseudonym_scheme)scheme, key, &err), OK);
		for (int i = 0; i < 400; i++) {
			struct ip a = ip_of(i & 1 ? "10.20.30.40" : "2001:db8:1:2::3"),
				  b = a, x, y;

			for (int k = i & 1 ? 12 : 0; k < 16; k++)
				if (random() % 3 == 0)
					b.b[k] = (uint8_t)random();
			x = pseudonym_ip(p, &a);
			y = pseudonym_ip(p, &b);
			assert_int_equal(shared_bits(&a, &b), shared_bits(&x, &y));
			assert_int_equal(ip_is_v4(&b), ip_is_v4(&y));
		}
		pseudonym_close(p);
	}
}

static void
keys_differ(void **state)
{
	static const struct {
		const char *what, *recipient, *of;
		enum pseudonym_scheme scheme;
		bool good;
	} rows[] = {
		{ "one", "cert.example", "17", PSEUDONYM_IPCRYPT_PFX, true },
		{ "another recipient", "csirt.example", "17", PSEUDONYM_IPCRYPT_PFX, true },
		{ "another case", "cert.example", "18", PSEUDONYM_IPCRYPT_PFX, true },
		{ "another scheme", "cert.example", "17", PSEUDONYM_CRYPTO_PAN, true },
		{ "no recipient", "", "17", PSEUDONYM_IPCRYPT_PFX, false },
		{ "no case", "cert.example", "", PSEUDONYM_IPCRYPT_PFX, false },
	};
	uint8_t master[PSEUDONYM_KEY], key[COUNT(rows)][PSEUDONYM_KEY],
	    again[PSEUDONYM_KEY];
	struct error err;
	struct pseudonym *p;

	(void)state;
	key_of(PFX_KEY, master);
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum status st = pseudonym_derive(
		    master, rows[i].scheme, rows[i].recipient, rows[i].of, key[i], &err);

		ROW(i, rows[i].what);
		assert_int_equal(st, rows[i].good ? OK : E_MISUSE);
		if (st != OK)
			continue;
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(key[i], key[k], sizeof key[i]);
		assert_memory_not_equal(key[i], master, sizeof master);
		assert_int_equal(pseudonym_derive(master, rows[i].scheme, rows[i].recipient,
				     rows[i].of, again, &err),
		    OK);
		assert_memory_equal(key[i], again, sizeof again);
	}
	memcpy(master + 16, master, 16);
	assert_int_equal(pseudonym_open(&p, PSEUDONYM_IPCRYPT_PFX, master, &err), E_MISUSE);
}

/* The master key is made once, found again, and not taken when others may read it. */
static void
master_key(void **state)
{
	char dir[] = "/tmp/pseudonym.XXXXXX", path[64];
	uint8_t one[PSEUDONYM_KEY], two[PSEUDONYM_KEY];
	struct error err;
	bool made;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(pseudonym_master(path, one, &made, &err), OK);
	assert_true(made);
	assert_int_equal(pseudonym_master(path, two, &made, &err), OK);
	assert_false(made);
	assert_memory_equal(one, two, sizeof one);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(pseudonym_master(path, two, &made, &err), E_MISUSE);
	assert_int_equal(chmod(path, 0600), 0);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("0123456789ABCDEF\n", f);
	(void)fclose(f);
	assert_int_equal(pseudonym_master(path, two, &made, &err), E_FORMAT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(pseudonym_master(path, two, &made, &err), E_IO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* How many labels, from the right, two names have in common. */
static unsigned
shared(const char *a, const char *b)
{
	size_t i = strlen(a), k = strlen(b);
	unsigned labels = 0;

	for (;;) {
		if (i == 0 || k == 0 || a[i - 1] != b[k - 1])
			return labels + (i == 0 && k == 0);
		i--, k--;
		labels += a[i] == '.';
	}
}

static void
names(void **state)
{
	static const struct {
		const char *what, *a, *b;
		unsigned shared; /* labels of the pseudonyms */
	} rows[] = {
		{ "the same", "www.example.com", "www.example.com", 3 },
		{ "case and a dot at the end", "www.Example.COM", "www.example.com.", 3 },
		{ "neighbours", "www.example.com", "mail.example.com", 2 },
		{ "one above the other", "example.com", "www.example.com", 1 },
		{ "of one ending", "example.com", "example-2.com", 1 },
		{ "strangers", "example.com", "com.example", 0 },
		{ "deeper than eight", "x.9.8.7.6.5.4.3.2.1", "y.9.8.7.6.5.4.3.2.1", 8 },
		{ "empty labels are labels", "a..b", "a.b", 1 },
	};
	uint8_t key[PSEUDONYM_KEY];
	struct pseudonym *p;
	struct error err;
	char a[PSEUDONYM_NAME], b[PSEUDONYM_NAME], ip[IP_TEXT], word[PSEUDONYM_WORD];
	char deep[1024];
	struct ip hidden;

	(void)state;
	key_of(PFX_KEY, key);
	assert_int_equal(pseudonym_open(&p, PSEUDONYM_IPCRYPT_PFX, key, &err), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].what);
		assert_ptr_equal(pseudonym_name(p, text_span(rows[i].a), a), a);
		(void)pseudonym_name(p, text_span(rows[i].b), b);
		assert_int_equal(shared(a, b), rows[i].shared);
		assert_null(strstr(a, "example"));
	}
	/* What stands for an address is one; nothing stays nothing; all fits. */
	hidden = ip_of("192.0.2.1");
	hidden = pseudonym_ip(p, &hidden);
	assert_string_equal(
	    pseudonym_name(p, text_span("192.0.2.1"), a), ip_text(&hidden, ip));
	assert_string_equal(pseudonym_name(p, text_span(""), a), "");
	assert_string_equal(pseudonym_name(p, text_span("."), a), "");
	memset(deep, '.', sizeof deep);
	assert_true(strlen(pseudonym_name(
			p, (struct span){ (uint8_t *)deep, sizeof deep }, a)) < sizeof a);
	/* A word is the same for the same bytes, and is no label of a name. */
	(void)pseudonym_word(p, text_span("com"), word);
	assert_int_equal(strlen(word), PSEUDONYM_WORD - 1);
	assert_string_not_equal(word, pseudonym_name(p, text_span("com"), a));
	(void)pseudonym_word(p, text_span("com"), b);
	assert_string_equal(word, b);
	pseudonym_close(p);
	/* Another key, other names. */
	key_of(PFX_OTHER, key);
	assert_int_equal(pseudonym_open(&p, PSEUDONYM_IPCRYPT_PFX, key, &err), OK);
	assert_string_not_equal(pseudonym_name(p, text_span("com"), b), a);
	pseudonym_close(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(published),
		cmocka_unit_test(neighbours_stay),
		cmocka_unit_test(keys_differ),
		cmocka_unit_test(master_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
