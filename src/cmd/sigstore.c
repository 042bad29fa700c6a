/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/sigstore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/output.h"
#include "evidence/dsse.h"
#include "evidence/leaf.h"
#include "evidence/manifest.h"
#include "evidence/policy.h"
#include "evidence/proof.h"
#include "evidence/verify.h"

#define BUNDLE       "application/vnd.dev.sigstore.bundle.v0.3+json"
#define ROOT         "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
#define SIGSTORE_MAX ((size_t)24 << 20)
#define PEM_BEGIN    "-----BEGIN CERTIFICATE-----\n"
#define PEM_END      "-----END CERTIFICATE-----"

struct writer {
	const struct sigstore_order *o;
	struct key *key; /* of the findings */
	struct policy *policy;
	const struct note_key *log; /* in the policy; that of the first proof */
	struct digest log_id;
	struct error *err;
};

/* One finding: all of it borrowed. */
struct piece {
	const struct proof *proof;
	const struct checkpoint *state;
	struct span body, leaf, stamp;
	const struct signature *sig;
};

static void
put_base64(struct json *j, const char *key, struct span bytes)
{
	struct buf text = { .max = BASE64_CHARS(bytes.len) };

	base64_encode(bytes, &text);
	if (key)
		json_key(j, key);
	json_bytes(j, buf_span(&text));
	j->out->bad |= text.bad;
	buf_release(&text);
}

/* Sigstore's JSON is protobuf's: 64-bit numbers are strings. */
static void
put_number(struct json *j, const char *key, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRIu64, n);
	json_key(j, key), json_str(j, text);
}

static void
put_log_id(struct json *j, const char *key, const struct digest *id)
{
	json_key(j, key), json_open(j, '{');
	put_base64(j, "keyId", (struct span){ id->b, sizeof id->b });
	json_close(j, '}');
}

static void
put_entry(const struct writer *w, const struct piece *p, struct json *j)
{
	json_key(j, "tlogEntries"), json_open(j, '[');
	json_open(j, '{');
	put_base64(j, "canonicalizedBody", p->leaf);
	json_key(j, "inclusionProof"), json_open(j, '{');
	json_key(j, "checkpoint"), json_open(j, '{');
	json_key(j, "envelope"), json_bytes(j, p->proof->note);
	json_close(j, '}');
	json_key(j, "hashes"), json_open(j, '[');
	for (unsigned i = 0; i < p->proof->path.n; i++)
		put_base64(
		    j, NULL, (struct span){ p->proof->path.hash[i].b, DIGEST_BYTES });
	json_close(j, ']');
	put_number(j, "logIndex", p->proof->index);
	put_base64(j, "rootHash", (struct span){ p->state->root.b, DIGEST_BYTES });
	put_number(j, "treeSize", p->state->size);
	json_close(j, '}');
	put_number(j, "integratedTime", 0);
	json_key(j, "kindVersion"), json_open(j, '{');
	json_key(j, "kind"), json_str(j, "hashedrekord");
	json_key(j, "version"), json_str(j, "0.0.2");
	json_close(j, '}');
	put_log_id(j, "logId", &w->log_id);
	put_number(j, "logIndex", p->proof->index);
	json_close(j, '}');
	json_close(j, ']');
}

static void
put_bundle(const struct writer *w, const struct piece *p, struct buf *out)
{
	struct digest id = key_id(w->key);
	char hex[DIGEST_HEX];
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "dsseEnvelope"), json_open(&j, '{');
	put_base64(&j, "payload", p->body);
	json_key(&j, "payloadType"), json_str(&j, DSSE_IN_TOTO);
	json_key(&j, "signatures"), json_open(&j, '[');
	json_open(&j, '{');
	put_base64(&j, "sig", (struct span){ p->sig->at, p->sig->n });
	json_close(&j, '}');
	json_close(&j, ']');
	json_close(&j, '}');
	json_key(&j, "mediaType"), json_str(&j, BUNDLE);
	json_key(&j, "verificationMaterial"), json_open(&j, '{');
	json_key(&j, "publicKey"), json_open(&j, '{');
	json_key(&j, "hint"), json_str(&j, digest_hex(&id, hex));
	json_close(&j, '}');
	if (p->stamp.len > 0) {
		json_key(&j, "timestampVerificationData"), json_open(&j, '{');
		json_key(&j, "rfc3161Timestamps"), json_open(&j, '[');
		json_open(&j, '{');
		put_base64(&j, "signedTimestamp", p->stamp);
		json_close(&j, '}');
		json_close(&j, ']');
		json_close(&j, '}');
	}
	put_entry(w, p, &j);
	json_close(&j, '}');
	json_close(&j, '}');
	buf_putc(out, '\n');
}

/* The log's id is the hash that its key id is the beginning of (C2SP signed-note). */
static enum status
know_log(struct writer *w, const char *origin)
{
	struct buf text = { .max = NOTE_NAME + 2 + KEY_BYTES };

	if (w->log)
		return strcmp(w->log->name, origin) == 0
			   ? OK
			   : error_set(w->err, E_MISUSE, "the proofs are of two logs");
	for (unsigned i = 0; i < policy_logs(w->policy); i++)
		if (strcmp(policy_log(w->policy, i)->name, origin) == 0)
			w->log = policy_log(w->policy, i);
	if (w->log == NULL)
		return error_set(w->err, E_MISUSE, "the policy does not name the log");
	buf_printf(&text, "%s\n\1", origin);
	buf_put(&text, key_raw(w->log->key), KEY_BYTES);
	w->log_id = digest_of(buf_span(&text));
	buf_release(&text);
	return OK;
}

static enum status
write_file(struct writer *w, const char *name, const struct buf *bytes)
{
	struct buf path = { .max = 8192 };
	enum status st = buf_state(bytes, name, w->err);

	buf_printf(&path, "%s/%s", w->o->dir, name);
	if (st == OK)
		st = buf_state(&path, "the name of the output", w->err);
	if (st == OK)
		st = output_write(path.at, buf_span(bytes), w->err);
	buf_release(&path);
	return st;
}

/* The finding's proof is there, `note` is its bytes. */
static enum status
write_one(struct writer *w, const char *id, struct span envelope, struct span note)
{
	struct buf body = { .max = DSSE_MAX }, leaf = { .max = LEAF_MAX },
		   tsr = { .max = TIMESTAMP_MAX }, out = { .max = SIGSTORE_MAX };
	struct policy_answer a;
	struct signature sig;
	struct timestamp when;
	struct digest hash;
	struct proof proof;
	char name[160];
	enum status st = proof_parse(note, &proof, w->err);

	if (st == OK)
		st = policy_check(w->policy, proof.note, &a, w->err);
	if (st == OK)
		st = know_log(w, a.checkpoint.origin);
	if (st == OK)
		st = dsse_open_signed(w->key, DSSE_IN_TOTO, envelope, &body, &sig, w->err);
	if (st == OK)
		st = leaf_of_envelope(w->key, DSSE_IN_TOTO, envelope, &leaf, w->err);
	if (st == OK) {
		hash = merkle_leaf(buf_span(&leaf));
		if (!proof_includes(&proof, &a.checkpoint, &hash))
			st = error_set(w->err, E_DIFFERS, "its proof is of another entry");
	}
	/* Sigstore stamps the bytes of the signature. */
	if (st == OK && w->o->vouch.tsa)
		st = vouch_stamp(
		    &w->o->vouch, (struct span){ sig.at, sig.n }, &tsr, &when, w->err);
	if (st == OK) {
		struct piece p = { &proof, &a.checkpoint, buf_span(&body), buf_span(&leaf),
			buf_span(&tsr), &sig };

		put_bundle(w, &p, &out);
		(void)snprintf(name, sizeof name, "%.128s.sigstore.json", id);
		st = write_file(w, name, &out);
	}
	if (st != OK)
		error_wrap(w->err, "%s", id);
	buf_release(&body), buf_release(&leaf), buf_release(&tsr), buf_release(&out);
	return st;
}

static enum status
write_findings(struct writer *w, unsigned *count)
{
	size_t n, before = strlen(BAG_FINDINGS), ending = strlen(BAG_ENVELOPE);
	const struct bag_file *file = bag_files(w->o->bag, &n);
	enum status st = OK;

	for (size_t i = 0; st == OK && i < n; i++) {
		struct buf envelope = { .max = DSSE_MAX }, note = { .max = PROOF_MAX };
		size_t len = strlen(file[i].path);
		char id[BAG_PATH], path[BAG_PATH + 64];

		if (len <= before + ending ||
		    strncmp(file[i].path, BAG_FINDINGS, before) != 0 ||
		    strcmp(file[i].path + len - ending, BAG_ENVELOPE) != 0)
			continue;
		(void)snprintf(id, sizeof id, "%.*s", (int)(len - before - ending),
		    file[i].path + before);
		(void)snprintf(path, sizeof path, BAG_PROOFS "%s" BAG_PROOF, id);
		if (bag_find(w->o->bag, path) == NULL)
			continue;
		if (cmd_stopped)
			return error_set(w->err, E_STOPPED, "stopped");
		st = bag_read(w->o->bag, file[i].path, DSSE_MAX, &envelope, w->err);
		if (st == OK)
			st = bag_read(w->o->bag, path, PROOF_MAX, &note, w->err);
		if (st == OK)
			st = write_one(w, id, buf_span(&envelope), buf_span(&note));
		buf_release(&envelope), buf_release(&note);
		++*count;
	}
	return st;
}

/* The certificates of a PEM file, in its order: the authority's own comes first. */
static void
put_chain(struct json *j, const char *pem)
{
	json_key(j, "certChain"), json_open(j, '{');
	json_key(j, "certificates"), json_open(j, '[');
	while ((pem = strstr(pem, PEM_BEGIN)) != NULL) {
		const char *end = strstr(pem, PEM_END);
		struct buf text = { .max = TIMESTAMP_MAX };

		if (end == NULL)
			break;
		for (pem += strlen(PEM_BEGIN); pem < end; pem++)
			if (*pem != '\n' && *pem != '\r')
				buf_putc(&text, *pem);
		json_open(j, '{');
		json_key(j, "rawBytes"), json_bytes(j, buf_span(&text));
		json_close(j, '}');
		buf_release(&text);
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
put_from(struct json *j)
{
	json_key(j, "validFor"), json_open(j, '{');
	json_key(j, "start"), json_str(j, "2000-01-01T00:00:00Z");
	json_close(j, '}');
}

static enum status
write_root(struct writer *w)
{
	struct buf out = { .max = SIGSTORE_MAX }, pem = { .max = TIMESTAMP_MAX };
	struct json j;
	enum status st = OK;

	if (w->o->vouch.tsa)
		st = keys_read_file(w->o->vouch.roots, &pem, w->err);
	buf_putc(&pem, '\0');
	json_init(&j, &out);
	json_open(&j, '{');
	json_key(&j, "certificateAuthorities"), json_open(&j, '['), json_close(&j, ']');
	json_key(&j, "ctlogs"), json_open(&j, '['), json_close(&j, ']');
	json_key(&j, "mediaType"), json_str(&j, ROOT);
	json_key(&j, "timestampAuthorities"), json_open(&j, '[');
	if (w->o->vouch.tsa && st == OK && !pem.bad) {
		json_open(&j, '{');
		put_chain(&j, pem.at);
		json_key(&j, "subject"), json_open(&j, '{'), json_close(&j, '}');
		json_key(&j, "uri"), json_str(&j, w->o->vouch.tsa);
		put_from(&j);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "tlogs"), json_open(&j, '[');
	json_open(&j, '{');
	json_key(&j, "baseUrl"), json_str(&j, w->log->name);
	put_log_id(&j, "checkpointKeyId", &w->log_id);
	json_key(&j, "hashAlgorithm"), json_str(&j, "SHA2_256");
	put_log_id(&j, "logId", &w->log_id);
	json_key(&j, "publicKey"), json_open(&j, '{');
	json_key(&j, "keyDetails"), json_str(&j, leaf_key_details(w->log->key));
	put_base64(&j, "rawBytes", key_spki(w->log->key));
	put_from(&j);
	json_close(&j, '}');
	json_close(&j, '}');
	json_close(&j, ']');
	json_close(&j, '}');
	buf_putc(&out, '\n');
	if (st == OK)
		st = write_file(w, "trusted_root.json", &out);
	buf_release(&out), buf_release(&pem);
	return st;
}

static enum status
read_trust(struct writer *w)
{
	struct buf policy = { .max = POLICY_MAX }, pem = { .max = 65536 };
	enum status st = keys_read_file(w->o->vouch.policy, &policy, w->err);

	if (st == OK)
		st = policy_parse(buf_span(&policy), &w->policy, w->err);
	if (st == OK)
		st = bag_read(w->o->bag, BAG_KEY, 65536, &pem, w->err);
	if (st == OK)
		st = key_public(&w->key, buf_span(&pem), w->err);
	buf_release(&policy), buf_release(&pem);
	return st;
}

enum status
sigstore_write(const struct sigstore_order *o, unsigned *n, struct error *err)
{
	struct writer w = { .o = o, .err = err };
	enum status st = read_trust(&w);

	*n = 0;
	if (st == OK && mkdir(o->dir, 0755) != 0 && errno != EEXIST)
		st = error_sys(err, "make %s", o->dir);
	if (st == OK)
		st = write_findings(&w, n);
	if (st == OK && *n == 0)
		st = error_set(err, E_MISUSE,
		    "the bag brings no proof that a finding is in a log: analyze --log "
		    "does");
	if (st == OK)
		st = write_root(&w);
	policy_free(w.policy);
	key_free(w.key);
	return st;
}
