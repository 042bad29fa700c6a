/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dsse.h"

#include <jansson.h>

#include "base/base64.h"

#define SIGNATURES_MAX 16

void
dsse_pae(const char *type, struct span body, struct buf *out)
{
	buf_printf(out, "DSSEv1 %zu %s %zu ", strlen(type), type, body.len);
	buf_put(out, body.at, body.len);
}

/* The type goes into JSON as it is. */
static bool
type_is_plain(const char *type)
{
	for (; *type != '\0'; type++)
		if (*type < 0x21 || *type > 0x7e || *type == '"' || *type == '\\')
			return false;
	return true;
}

enum status
dsse_enclose(const struct key *key, const char *type, struct span body,
    const struct signature *sig, struct buf *out, struct error *err)
{
	char hex[DIGEST_HEX];
	struct digest id = key_id(key);

	CHECK(type_is_plain(type));
	buf_puts(out, "{\"payload\":\"");
	base64_encode(body, out);
	buf_printf(out,
	    "\",\"payloadType\":\"%s\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", type,
	    digest_hex(&id, hex));
	base64_encode((struct span){ sig->at, sig->n }, out);
	buf_puts(out, "\"}]}\n");
	return buf_state(out, "the envelope", err);
}

enum status
dsse_seal(const struct key *key, const char *type, struct span body, struct buf *out,
    struct error *err)
{
	struct signature sig;
	struct buf pae;
	enum status st;

	buf_init(&pae, body.len + 256);
	dsse_pae(type, body, &pae);
	st = buf_state(&pae, "what is signed", err);
	if (st == OK)
		st = key_seal(key, buf_span(&pae), &sig, err);
	buf_release(&pae);
	return st == OK ? dsse_enclose(key, type, body, &sig, out, err) : st;
}

static struct span
json_text(const json_t *string)
{
	return (struct span){ (const uint8_t *)json_string_value(string),
		json_string_length(string) };
}

/*
 * OK when one of the signatures is the key's. The keyid beside a signature is
 * only a hint and signed by nobody, so it is not asked.
 */
static enum status
any_signature(const struct key *key, const json_t *signatures, struct span pae,
    struct signature *right, struct error *err)
{
	size_t n = json_array_size(signatures);
	bool good = false;

	if (n == 0 || n > SIGNATURES_MAX)
		return error_set(err, E_FORMAT,
		    "the envelope has %zu signatures, not 1 to %d", n, SIGNATURES_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_t *sig = json_object_get(json_array_get(signatures, i), "sig");
		struct buf raw = { .max = SIGNATURE_MAX };

		if (!json_is_string(sig))
			return error_set(
			    err, E_FORMAT, "signature %zu has no \"sig\" in it", i + 1);
		if (!good && base64_decode(json_text(sig), &raw) && !raw.bad &&
		    key_verifies(key, pae, buf_span(&raw))) {
			memcpy(right->at, raw.at, raw.len);
			right->n = raw.len;
			good = true;
		}
		buf_release(&raw);
	}
	if (!good)
		return error_set(err, E_DIFFERS, "none of its %zu signatures is right", n);
	return OK;
}

static enum status
check(const struct key *key, const char *type, const json_t *envelope, struct buf *body,
    struct signature *sig, struct error *err)
{
	const json_t *payload = json_object_get(envelope, "payload");
	const json_t *says = json_object_get(envelope, "payloadType");
	struct buf pae;
	enum status st;

	if (!json_is_string(payload) || !json_is_string(says))
		return error_set(
		    err, E_FORMAT, "the envelope has no \"payload\" or no \"payloadType\"");
	if (json_string_length(says) != strlen(type) ||
	    strcmp(json_string_value(says), type) != 0)
		return error_set(err, E_FORMAT, "the payload is not of type %s", type);
	if (!base64_decode(json_text(payload), body))
		return error_set(err, E_FORMAT, "the payload is not base64");
	st = buf_state(body, "the payload", err);
	if (st != OK)
		return st;
	buf_init(&pae, body->len + 256);
	dsse_pae(type, buf_span(body), &pae);
	st = buf_state(&pae, "what is signed", err);
	if (st == OK)
		st = any_signature(
		    key, json_object_get(envelope, "signatures"), buf_span(&pae), sig, err);
	buf_release(&pae);
	return st;
}

enum status
dsse_open(const struct key *key, const char *type, struct span envelope, struct buf *body,
    struct error *err)
{
	struct signature sig;

	return dsse_open_signed(key, type, envelope, body, &sig, err);
}

enum status
dsse_open_signed(const struct key *key, const char *type, struct span envelope,
    struct buf *body, struct signature *sig, struct error *err)
{
	json_error_t why;
	json_t *json;
	enum status st;

	if (envelope.len > DSSE_MAX)
		return error_set(err, E_LIMIT, "the envelope has %zu bytes, more than %zu",
		    envelope.len, DSSE_MAX);
	json = json_loadb(envelope.len ? (const char *)envelope.at : "", envelope.len,
	    JSON_REJECT_DUPLICATES, &why);
	/* jansson's own words may quote the input, and a terminal may read them */
	if (json == NULL)
		st = error_set(err, E_FORMAT,
		    "not a DSSE envelope: no JSON at line %d column %d", why.line,
		    why.column);
	else if (!json_is_object(json))
		st = error_set(err, E_FORMAT, "not a DSSE envelope: JSON, but no object");
	else
		st = check(key, type, json, body, sig, err);
	json_decref(json);
	if (st != OK)
		buf_reset(body);
	return st;
}
