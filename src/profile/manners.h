/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manners.h - how a host speaks with a service: handshakes and requests.
 *
 * Of each host and service that TLS, SSH or HTTP was heard between, a fixed
 * number of bytes: the client's fingerprint, the server's certificate, which
 * pages were asked for and how long the answers were; of pings that were not what
 * pings are, how many and how much; and of each host, when it first asked somebody
 * for its own public address. What is rare is a question
 * about all hosts, so the fingerprints are counted over hosts, too.
 *
 * Everything merges without order: of several certificates or fingerprints the
 * one with the least hash stays, of more pages than there is room for it is
 * known that they are many. Memory is bounded: when it is full, those stay whose
 * hash begins with another zero bit.
 */
#ifndef PROFILE_MANNERS_H
#define PROFILE_MANNERS_H

#include "base/error.h"
#include "profile/mention.h"

#define MANNER_PAGES 8
#define MANNER_TEXT  48

enum manner_kind {
	MANNER_HELLO = 1, /* TLS, QUIC and SSH */
	MANNER_PAGES_ASKED = 2,
	MANNER_OWN_ADDRESS = 3, /* of a host; peer, port and protocol are zero */
	MANNER_ECHO = 4,        /* pings that were not what pings are; port is zero */
};

enum manner_flags {
	MANNER_CERT = 1,        /* one was shown, and the names on it were read */
	MANNER_SELF_SIGNED = 2, /* or its issuer has the name of its subject */
	MANNER_VALIDITY = 4,    /* from and until are known */
	MANNER_PRINTS = 8,      /* the client had several fingerprints */
	MANNER_MANY_PAGES = 16, /* more than MANNER_PAGES; those kept mean nothing */
	MANNER_MANY_ANSWERS = 32,
	MANNER_BROWSER = 64, /* the client calls itself one */
	MANNER_SCRIPT = 128, /* a page was asked for that is named as scripts are */
};

struct manner {
	struct ip host, peer;
	uint16_t port;
	uint8_t proto;
	uint8_t kind;  /* enum manner_kind */
	uint8_t flags; /* enum manner_flags */
	uint8_t zero[3];
	uint32_t n;     /* handshakes or requests, saturating */
	uint32_t posts; /* of the requests: POST and PUT */
	uint64_t print; /* hash of the client's fingerprint; 0: unknown */
	uint64_t cert;  /* hash of the certificate; 0: none was shown */
	uint64_t first_ns;
	uint64_t from_ns, until_ns;
	union {
		struct {
			char print_text[MANNER_TEXT]; /* JA4, else JA3 or HASSH */
			char subject[MANNER_TEXT];    /* printable, cut */
		};
		struct {
			uint32_t page[MANNER_PAGES]; /* hashes of paths without queries */
			uint32_t page_n[MANNER_PAGES];
			uint32_t answer[MANNER_PAGES]; /* lengths of bodies */
			uint32_t answer_n[MANNER_PAGES];
		};
		char name[2 * MANNER_TEXT]; /* that was asked for its own address */
		struct trait_echo echo;     /* sums, saturating */
	};
};

struct manners;

enum status manners_new(struct manners **out, size_t memory, struct error *) MUST_USE;
void manners_see(struct manners *, const struct trait *);

/* The same of one of many traits: fetched in all steps, then taken (mention.h). */
void manners_fetch(const struct manners *, struct mention *, unsigned step);
void manners_take(struct manners *, const struct mention *);

/* After the last trait; what the functions below return is valid until manners_free. */
void manners_seal(struct manners *);

/* NULL: nothing was heard. */
const struct manner *manners_of(const struct manners *, enum manner_kind,
    const struct ip *host, const struct ip *peer, uint16_t port, uint8_t proto);

/* All of a host in one order, and how many. */
const uint32_t *manners_host(const struct manners *, const struct ip *host, size_t *n);
/* All there are, in the order of host, peer, port and protocol. */
const uint32_t *manners_all(const struct manners *, size_t *n);
const struct manner *manners_at(const struct manners *, uint32_t i);

uint64_t manners_speakers(const struct manners *); /* hosts with a known fingerprint */
uint64_t manners_print_hosts(const struct manners *, uint64_t print);
/* Servers that the host met with this fingerprint, and with any other one. */
void manners_print_servers(const struct manners *, const struct ip *host, uint64_t print,
    uint64_t *with, uint64_t *others);

struct manners_counters {
	uint64_t seen;
	uint64_t shed; /* traits of services that are not kept */
};
const struct manners_counters *manners_counters(const struct manners *);
void manners_free(struct manners *); /* takes NULL */

#endif
