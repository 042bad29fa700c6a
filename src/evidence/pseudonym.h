/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pseudonym.h - addresses under other names, which keep who is next to whom.
 *
 * Two addresses that share their first n bits share the first n bits of their
 * pseudonyms, and an IPv4 address stays one. ipcrypt-pfx (draft-denis-ipcrypt)
 * is for what we hand out; Crypto-PAn (Xu, Fan, Ammar, Moon 2001) for who has
 * traces that were made with it.
 *
 * This is no anonymity: structure stays, and who can make one of the hosts send
 * to an address he chose learns a pseudonym, and with enough of them the key's
 * effect near by. So each recipient and each case has a key of its own, derived
 * from a master key, and what two recipients got cannot be laid side by side.
 * The same addresses, recipient and case give the same pseudonyms.
 */
#ifndef EVIDENCE_PSEUDONYM_H
#define EVIDENCE_PSEUDONYM_H

#include "base/error.h"
#include "base/ip.h"

#define PSEUDONYM_KEY 32

/* clang-format off */
#define PSEUDONYM_SCHEMES(X) \
	X(IPCRYPT_PFX, "ipcrypt-pfx") \
	X(CRYPTO_PAN, "crypto-pan")
/* clang-format on */

enum pseudonym_scheme {
#define X(name, text) PSEUDONYM_##name,
	PSEUDONYM_SCHEMES(X)
#undef X
};

const char *pseudonym_scheme_text(enum pseudonym_scheme);
bool pseudonym_scheme_of(const char *text, enum pseudonym_scheme *);

struct pseudonym;

/* E_MISUSE: ipcrypt-pfx with two equal halves, which would hide nothing. */
enum status pseudonym_open(struct pseudonym **out, enum pseudonym_scheme,
    const uint8_t key[static PSEUDONYM_KEY], struct error *) MUST_USE;
void pseudonym_close(struct pseudonym *); /* takes NULL; the key is wiped */

struct ip pseudonym_ip(const struct pseudonym *, const struct ip *);

/*
 * Another name, which keeps who is under whom: names that share their last n labels
 * share those of their pseudonyms, up to PSEUDONYM_LABELS of them; what is before those
 * is one. Case and a dot at the end make no difference. An address becomes an address.
 * Returns `out`; "" for "".
 */
#define PSEUDONYM_LABELS 8
#define PSEUDONYM_WORD   17                             /* 16 hex digits */
#define PSEUDONYM_NAME   (9 * PSEUDONYM_WORD + IP_TEXT) /* more than either needs */
const char *pseudonym_name(
    const struct pseudonym *, struct span name, char out[static PSEUDONYM_NAME]);

/* The same word for the same bytes, which tells only that. Returns `out`. */
const char *pseudonym_word(
    const struct pseudonym *, struct span bytes, char out[static PSEUDONYM_WORD]);

/*
 * The key of one recipient in one case: HKDF-SHA256 (RFC 5869) of the master key,
 * the scheme and both names, neither of which may be empty.
 */
enum status pseudonym_derive(const uint8_t master[static PSEUDONYM_KEY],
    enum pseudonym_scheme, const char *recipient, const char *which_case,
    uint8_t key[static PSEUDONYM_KEY], struct error *) MUST_USE;

/*
 * The master key at `path`: one line of 64 hex digits, open to nobody else, no
 * link. It is made there if there is none; `made` tells.
 */
enum status pseudonym_master(const char *path, uint8_t master[static PSEUDONYM_KEY],
    bool *made, struct error *) MUST_USE;

#endif
