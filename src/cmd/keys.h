/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.h - where verbs find keys, and small files whole.
 */
#ifndef CMD_KEYS_H
#define CMD_KEYS_H

#include "base/buf.h"
#include "evidence/key.h"

/* Where the sensor's key is when nobody says. NULL: no home. The caller frees it. */
char *keys_default_path(void);

/*
 * The private key at `path`, or at the default place when that is NULL. It is
 * made there if there is none, and then it is said on stderr, after "geophone: ".
 */
enum status keys_open(
    struct key **out, const char *path, bool quiet, struct error *) MUST_USE;
/* One that has to be made is of this kind. */
enum status keys_open_kind(
    struct key **out, const char *path, enum key_kind, bool quiet, struct error *) MUST_USE;
/* "ed25519", "p256" */
bool keys_kind(const char *word, enum key_kind *);

/* A public key from a PEM file. */
enum status keys_public(struct key **out, const char *path, struct error *) MUST_USE;

/* All of a file or of standard input ("-"); E_LIMIT past out->max. */
enum status keys_read_file(const char *path, struct buf *out, struct error *) MUST_USE;

#endif
