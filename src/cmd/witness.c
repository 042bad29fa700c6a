/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone witness: cosign the checkpoints of other people's logs, over HTTP.
 *
 * One thread of libmicrohttpd answers one request after the other, so that a
 * decision is never made while another is under way. TLS is left to a proxy: a
 * cosignature needs no secrecy and carries its own signature.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/judge_proof.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "evidence/witness.h"

#define VERB          "witness"
#define CONNECTIONS   64
#define IDLE_S        15
#define ADD           "/add-checkpoint"
#define SIZE_OF_TREE  "text/x.tlog.size"
#define LATEST_PREFIX "/"
#define LATEST_SUFFIX "/checkpoint"

static const char usage[] =
    "usage: geophone witness --name NAME --policy FILE [OPTION...] DIR\n"
    "Cosign the states of the logs in the policy, as long as each continues the one that\n"
    "was cosigned before; what was signed is kept in DIR. Prints its line for the "
    "policies\n"
    "of others, then serves until it is stopped (C2SP tlog-witness).\n\n"
    "      --name NAME         what the witness is called: a URL without https://\n"
    "      --policy FILE       the logs; its witnesses and quorum mean nothing here\n"
    "      --listen ADDR:PORT  where to serve; 127.0.0.1:0 by default, 0 is any port\n"
    "      --key FILE          the key that cosigns; a key of its own, made if need be\n";

struct order {
	const char *name, *policy, *key, *dir;
	struct sockaddr_in listen;
};

/* A request that is still coming in. */
struct incoming {
	struct buf body;
};

static enum MHD_Result
reply(struct MHD_Connection *c, unsigned status, const char *type, struct span body)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    body.len, (void *)(uintptr_t)body.at, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(r, "Content-Type", type);
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
reply_text(struct MHD_Connection *c, unsigned status, const char *text)
{
	return reply(c, status, "text/plain; charset=utf-8",
	    (struct span){ (const uint8_t *)text, strlen(text) });
}

/* All of the request is there. */
static enum MHD_Result
add(struct witness *w, struct MHD_Connection *c, const struct incoming *in)
{
	struct witness_reply r = { 0 };
	enum MHD_Result done;

	if (in->body.bad)
		return reply_text(c, 413, "the request is too large\n");
	witness_add(w, buf_span(&in->body), (uint64_t)time(NULL), &r);
	done =
	    reply(c, r.status, r.status == 409 ? SIZE_OF_TREE : "text/plain; charset=utf-8",
		buf_span(&r.body));
	buf_release(&r.body);
	return done;
}

/* GET /<hex>/checkpoint */
static enum MHD_Result
latest(const struct witness *w, struct MHD_Connection *c, const char *url)
{
	size_t n = strlen(url);
	char hex[DIGEST_HEX];
	struct span note = { 0 };

	if (n == 1 + (DIGEST_HEX - 1) + strlen(LATEST_SUFFIX) &&
	    strcmp(url + DIGEST_HEX, LATEST_SUFFIX) == 0) {
		memcpy(hex, url + 1, DIGEST_HEX - 1);
		hex[DIGEST_HEX - 1] = '\0';
		note = witness_latest(w, hex);
	}
	if (note.len == 0)
		return reply_text(c, 404, "nothing was cosigned under this name\n");
	return reply(c, 200, "text/plain; charset=utf-8", note);
}

/* The first call of a request may not answer yet, or the connection is closed. */
static enum MHD_Result
on_request(void *state, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **own)
{
	struct witness *w = state;
	struct incoming *in = *own;

	(void)version;
	if (in == NULL) {
		in = calloc(1, sizeof *in);
		if (in == NULL)
			return MHD_NO;
		buf_init(&in->body, WITNESS_REQUEST);
		*own = in;
		return MHD_YES;
	}
	if (*size > 0) {
		buf_put(&in->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, "POST") == 0 && strcmp(url, ADD) == 0)
		return add(w, c, in);
	if (strcmp(method, "GET") == 0)
		return latest(w, c, url);
	return reply_text(c, 404, "there is POST " ADD " and GET /HEX/checkpoint\n");
}

static void
on_end(
    void *state, struct MHD_Connection *c, void **own, enum MHD_RequestTerminationCode why)
{
	struct incoming *in = *own;

	(void)state, (void)c, (void)why;
	if (in == NULL)
		return;
	buf_release(&in->body);
	free(in);
	*own = NULL;
}

static enum status
print_line(const struct order *o, const struct key *key, unsigned port, struct error *err)
{
	char addr[INET_ADDRSTRLEN] = "";
	struct note_key own = { 0 };
	struct buf vkey;
	enum status st = note_key_make(o->name, NOTE_COSIGNATURE, key, &own, err);

	if (st != OK)
		return st;
	buf_init(&vkey, NOTE_VKEY_MAX);
	note_key_text(&own, &vkey);
	st = buf_state(&vkey, "the verifier key", err);
	(void)inet_ntop(AF_INET, &o->listen.sin_addr, addr, sizeof addr);
	if (st == OK) {
		printf("witness %s %s http://%s:%u\n", o->name, vkey.at, addr, port);
		(void)fflush(stdout);
	}
	note_key_release(&own);
	buf_release(&vkey);
	return st;
}

/* Until a signal comes. The signals are blocked but while we wait for them. */
static enum status
serve(const struct order *o, struct witness *w, const struct key *key, struct error *err)
{
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *d;
	sigset_t stop, before;
	enum status st;

	sigemptyset(&stop), sigaddset(&stop, SIGINT), sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, &before);
	d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, w,
	    MHD_OPTION_SOCK_ADDR, &o->listen, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, on_end,
	    NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
	if (d == NULL)
		return error_sys(err, "serve at port %u", ntohs(o->listen.sin_port));
	info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
	st = print_line(o, key, info ? info->port : 0, err);
	while (st == OK && !cmd_stopped)
		(void)sigsuspend(&before);
	MHD_stop_daemon(d);
	return st;
}

static enum status
witness(const struct order *o, struct error *err)
{
	struct policy *policy = NULL;
	struct key *key = NULL;
	struct witness *w = NULL;
	enum status st = judge_read_policy(o->policy, &policy, err);

	if (st == OK)
		st = keys_open(&key, o->key, false, err);
	if (st == OK)
		st = witness_open(&w, o->dir, o->name, key, policy, &disk_real, err);
	if (st == OK)
		st = serve(o, w, key, err);
	witness_close(w);
	key_free(key);
	policy_free(policy);
	return st;
}

/* "127.0.0.1:8080" */
static bool
take_address(const char *text, struct sockaddr_in *to)
{
	const char *colon = strrchr(text, ':');
	char addr[INET_ADDRSTRLEN];
	uint64_t port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof addr ||
	    !option_number(colon + 1, 0, 65535, &port))
		return false;
	memcpy(addr, text, (size_t)(colon - text));
	addr[colon - text] = '\0';
	to->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, addr, &to->sin_addr) == 1;
}

int
cmd_witness(int argc, char **argv)
{
	static const struct option longs[] = { { "name", required_argument, NULL, 'n' },
		{ "policy", required_argument, NULL, 'p' },
		{ "listen", required_argument, NULL, 'l' },
		{ "key", required_argument, NULL, 'k' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	struct order o = { .listen = { .sin_family = AF_INET,
			       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	struct error err;
	enum status st;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return cmd_finish_stdout(VERB, EXIT_DONE);
		}
		if (c == '?')
			return cmd_misused(VERB, "see the line above");
		if (c == 'l' && !take_address(optarg, &o.listen))
			return cmd_misused(VERB, "not an ADDR:PORT: %s", optarg);
		if (c != 'l')
			*(c == 'n' ? &o.name : c == 'p' ? &o.policy : &o.key) = optarg;
	}
	if (o.name == NULL || o.policy == NULL || argc - optind != 1)
		return cmd_misused(VERB, "--name, --policy and one directory are needed");
	o.dir = argv[optind];
	cmd_catch_signals();
	st = witness(&o, &err);
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	return cmd_finish_stdout(VERB, st == OK         ? EXIT_DONE
				       : st == E_MISUSE ? EXIT_MISUSED
							: EXIT_COULD_NOT);
}
