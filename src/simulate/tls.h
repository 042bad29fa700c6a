/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - the parts of TLS that an onlooker can read (RFC 5246, RFC 8446).
 *
 * Client hellos of a few programs, each with its own suites and extensions, so
 * that fingerprints of them can be told apart; server hellos; and records with
 * nothing but noise in them.
 */
#ifndef SIMULATE_TLS_H
#define SIMULATE_TLS_H

#include "simulate/pen.h"

/* The line is the program, and how the ground truth names it. */
#define TLS_CLIENTS(X)                                        \
	X(BROWSER, "browser, GREASE and shuffled extensions") \
	X(BROWSER_B, "another browser, fixed order")          \
	X(SYSTEM, "operating system services, TLS 1.2")       \
	X(LIBRARY, "command-line tools and servers")          \
	X(DEVICE, "small devices")                            \
	X(IMPLANT, "statically linked library, TLS 1.2, no SNI, no ALPN")

enum tls_client {
#define X(name, what) TLS_##name,
	TLS_CLIENTS(X)
#undef X
};

const char *tls_client_text(enum tls_client);
bool tls_client_has_13(enum tls_client);

/* A ClientHello in its record; `name` NULL: no server_name extension. */
void tls_client_hello(struct pen *, struct rng *, enum tls_client, const char *name);

/*
 * The server's first flight, `bytes` in all: ServerHello, then what of
 * certificate and the rest an onlooker sees.
 */
void tls_server_flight(
    struct pen *, struct rng *, enum tls_client, bool tls13, uint32_t bytes);

/* ClientKeyExchange, ChangeCipherSpec, Finished; with TLS 1.3 the last two. */
void tls_client_finish(struct pen *, struct rng *, bool tls13);

/* ChangeCipherSpec and Finished of a TLS 1.2 server. */
void tls_server_finish(struct pen *, struct rng *);

/* Application data: `bytes` in all, headers included. */
void tls_data(struct pen *, struct rng *, uint32_t bytes);

/* A close_notify, encrypted. */
void tls_alert(struct pen *, struct rng *, bool tls13);

/* What the two above come to. */
#define TLS_OVERHEAD 22 /* record header, type and tag around application data */

#endif
