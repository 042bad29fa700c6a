/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - the subcommands of `geophone request`, and what they share.
 */
#ifndef CMD_REQUEST_H
#define CMD_REQUEST_H

#include "case/exchange.h"
#include "cmd/case.h"
#include "cmd/sealing.h"

/* clang-format off */
#define REQUEST_VERBS(X) \
	X(new, "sign a request for evidence and log it") \
	X(acknowledge, "approve or deny somebody's request, or say that it is pending") \
	X(answer, "look in what was heard for what is asked, and sign what came of it") \
	X(take, "judge a reply to a request of ours and log it") \
	X(lapse, "log that a request of ours was not answered in time") \
	X(show, "read a request or a reply") \
	X(schema, "what a request or a reply must look like, as JSON Schema")
/* clang-format on */

#define X(name, what) int request_##name(int argc, char **argv);
REQUEST_VERBS(X)
#undef X

#define REQUEST_VERB         "request"
#define REQUEST_SELECTOR_KEY ".selector-key" /* ending of the file beside the envelope */

/* Who writes where; common options. */
struct request_desk {
	const char *log, *output, *key, *log_key, *peer, *casedir;
	bool quiet;
	struct key *own, *log_own, *other; /* other: the public key of the peer */
	struct sealing sealing;
	int dirfd;
	size_t kept;    /* envelopes in the folder */
	bool committed; /* or they are of no entry, and go again */
};

enum { REQUEST_OPT_KEY = 512, REQUEST_OPT_LOG_KEY, REQUEST_OPT_PEER, REQUEST_OPT_CASE };
#define REQUEST_DESK_OPTIONS                                                             \
	{ "output", required_argument, NULL, 'o' }, { "quiet", no_argument, NULL, 'q' }, \
	    { "key", required_argument, NULL, REQUEST_OPT_KEY },                         \
	{                                                                                \
		"log-key", required_argument, NULL, REQUEST_OPT_LOG_KEY                  \
	}
#define REQUEST_DESK_USAGE                                                    \
	"  -o, --output DIR    write what is signed and its proof there\n"    \
	"      --key FILE      the key that signs; the sensor's by default\n" \
	"      --log-key FILE  the key of the log, when it has its own\n"     \
	"  -q, --quiet         print nothing\n"

bool request_desk_option(struct request_desk *, int option, const char *arg);

/* Keys, log, folder. `dirfd` must be -1. */
enum status request_desk_open(struct request_desk *, struct error *) MUST_USE;
void request_desk_close(struct request_desk *);

/* Sign and append; the envelope goes to the folder, and to `envelope` unless NULL. */
enum status request_say(struct request_desk *, enum account_kind, json_t *body,
    const struct statement_subject *, unsigned subjects, struct buf *envelope,
    struct error *) MUST_USE;
/* Append what the other side signed, and keep a copy beside. */
enum status request_received(
    struct request_desk *, const char *what, struct span envelope, struct error *) MUST_USE;
/* Commit, and a line and a proof for each entry. */
enum status request_close_log(struct request_desk *, struct error *) MUST_USE;

/* An envelope from a file, signed by this key and of this kind. */
enum status request_load(const struct key *, const char *path, enum account_kind,
    struct buf *envelope, struct exchange *, struct error *) MUST_USE;

/* Keys of every reply: request, nonce, request_id. New reference. */
json_t *request_reply(const struct exchange *request);

/*
 * Note in a case how the request stands. `field` names the envelope there (NULL:
 * none), which is kept as a document.
 */
enum status request_in_case(struct request_desk *, json_t *draft, const char *id,
    const char *state, const char *field, struct span envelope, struct error *) MUST_USE;

/* The hash that names a whole bag: of its tagmanifest. E_DIFFERS: it has faults. */
enum status request_bag(const char *dir, struct digest *, struct error *) MUST_USE;

/* For people; escaped. */
void request_text(const struct exchange *, struct buf *out);

int request_result(enum status, const struct error *);

#endif
