/* SPDX-License-Identifier: Apache-2.0 */
#include "case/kind.h"

#include <string.h>

#define SHAPE(name)                                       \
	static const struct shape name = { name##_fields, \
		sizeof name##_fields / sizeof *name##_fields }

/* clang-format off */
#define TEXT_MAX 8192

static const char *const grades[] = {
	"A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3", "B4", "B5", "B6",
	"C1", "C2", "C3", "C4", "C5", "C6", "D1", "D2", "D3", "D4", "D5", "D6",
	"E1", "E2", "E3", "E4", "E5", "E6", "F1", "F2", "F3", "F4", "F5", "F6", NULL };
static const char *const forges[] = { "cheap", "costly", "none", NULL };
static const char *const ratings[] = { "CC", "C", "N", "I", "II", NULL };
static const char *const party_kinds[] = { "person", "organisation", "state", "service", NULL };
static const char *const bounds[] = { "exactly", "about", "over", "under", NULL };
static const char *const bases[] = {
	"passages", "briefing", "translation", "declared", "party", "other", NULL };
static const char *const tlps[] = { "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED", NULL };
static const char *const paps[] = { "CLEAR", "GREEN", "AMBER", "RED", NULL };
static const char *const wanteds[] = { "flows", "slice", "absence", "document", "sample", NULL };
static const char *const actions[] = { "captured", "sealed", "copied", "viewed", "exported",
	"transferred", "received", "deleted", NULL };
static const char *const request_states[] = { "drafted", "sent", "approved", "denied", "pending",
	"answered", "unanswered", NULL };
const char *const kind_claim_statuses[] = { "no evidence offered", "evidence requested",
	"evidence received", "reproduced", "contradicted", "withdrawn", NULL };

static const struct shape_field key_fields[] = {
	{ .key = "name", .type = SHAPE_LINE },
	{ .key = "public", .type = SHAPE_LINE, .required = true, .max = 44 }, /* base64 of 32 bytes */
};
SHAPE(key);

static const struct shape_field casefile_fields[] = {
	{ .key = "format", .type = SHAPE_LINE, .required = true },
	{ .key = "key", .type = SHAPE_OBJECT, .required = true, .inner = &key },
	{ .key = "log", .type = SHAPE_LINE },
	{ .key = "title", .type = SHAPE_LINE, .required = true },
};
SHAPE(casefile);

static const struct shape_field incident_fields[] = {
	{ .key = "first", .type = SHAPE_DATE },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "last", .type = SHAPE_DATE },
	{ .key = "parties", .type = SHAPE_ID, .list = 64 },
	{ .key = "summary", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "title", .type = SHAPE_LINE, .required = true },
};
SHAPE(incident);

static const struct shape_field party_fields[] = {
	{ .key = "contact", .type = SHAPE_LINE },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "jurisdiction", .type = SHAPE_LINE },
	{ .key = "kind", .type = SHAPE_WORD, .words = party_kinds },
	{ .key = "name", .type = SHAPE_LINE, .required = true },
	{ .key = "part_of", .type = SHAPE_ID },
};
SHAPE(party);

static const struct shape_field document_fields[] = {
	{ .key = "id", .type = SHAPE_HASH, .required = true },
	{ .key = "name", .type = SHAPE_LINE },
	{ .key = "note", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "party", .type = SHAPE_ID },
	{ .key = "published", .type = SHAPE_DATE },
	{ .key = "publisher", .type = SHAPE_LINE },
	{ .key = "retrieved", .type = SHAPE_DATE },
	{ .key = "size", .type = SHAPE_UINT, .required = true },
	{ .key = "url", .type = SHAPE_LINE, .max = 4096 },
};
SHAPE(document);

static const struct shape_field bag_fields[] = {
	{ .key = "files", .type = SHAPE_UINT, .required = true },
	{ .key = "held", .type = SHAPE_BOOL, .required = true },
	{ .key = "id", .type = SHAPE_HASH, .required = true },
	{ .key = "name", .type = SHAPE_LINE },
};
SHAPE(bag);

static const struct shape_field finding_fields[] = {
	{ .key = "bag", .type = SHAPE_HASH },
	{ .key = "core", .type = SHAPE_LINE, .max = 65536 }, /* its canonical JSON; the id is its hash */
	{ .key = "id", .type = SHAPE_HASH, .required = true },
	{ .key = "slices", .type = SHAPE_HASH, .list = 8 },
};
SHAPE(finding);

static const struct shape_field rates_fields[] = {
	{ .key = "actor_n", .type = SHAPE_UINT, .required = true },
	{ .key = "actor_seen", .type = SHAPE_UINT, .required = true },
	{ .key = "others_n", .type = SHAPE_UINT, .required = true },
	{ .key = "others_seen", .type = SHAPE_UINT, .required = true },
	{ .key = "source", .type = SHAPE_LINE, .required = true },
};
SHAPE(rates);

static const struct shape_field rating_fields[] = {
	{ .key = "hypothesis", .type = SHAPE_ID, .required = true },
	{ .key = "rating", .type = SHAPE_WORD, .required = true, .words = ratings },
	{ .key = "reason", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
};
SHAPE(rating);

static const struct shape_field rests_fields[] = {
	{ .key = "artefacts", .type = SHAPE_HASH, .list = 64 },
	{ .key = "claims", .type = SHAPE_ID, .list = 64 },
	{ .key = "documents", .type = SHAPE_HASH, .list = 64 },
	{ .key = "findings", .type = SHAPE_HASH, .list = 64 },
};
SHAPE(rests);

static const struct shape_field item_fields[] = {
	{ .key = "analyst", .type = SHAPE_LINE, .required = true },
	{ .key = "base_rate", .type = SHAPE_OBJECT, .inner = &rates },
	{ .key = "forge", .type = SHAPE_WORD, .words = forges },
	{ .key = "group", .type = SHAPE_ID },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "incident", .type = SHAPE_ID },
	{ .key = "independent", .type = SHAPE_TEXT, .max = TEXT_MAX }, /* why the provider rule does not hold */
	{ .key = "kind", .type = SHAPE_ID, .required = true },
	{ .key = "note", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "provider", .type = SHAPE_ID },
	{ .key = "ratings", .type = SHAPE_OBJECT, .required = true, .list = 34, .inner = &rating },
	{ .key = "rests_on", .type = SHAPE_OBJECT, .required = true, .inner = &rests },
	{ .key = "source", .type = SHAPE_WORD, .required = true, .words = grades },
	{ .key = "title", .type = SHAPE_LINE, .required = true },
};
SHAPE(item);

static const struct shape_field actor_fields[] = {
	{ .key = "claims", .type = SHAPE_ID, .list = 64 },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "note", .type = SHAPE_TEXT, .max = TEXT_MAX },
};
SHAPE(actor);

static const struct shape_field hypotheses_fields[] = {
	{ .key = "actors", .type = SHAPE_OBJECT, .required = true, .list = 16, .inner = &actor },
	{ .key = "id", .type = SHAPE_ID },
	{ .key = "null", .type = SHAPE_BOOL },
};
SHAPE(hypotheses);

static const struct shape_field quote_fields[] = {
	{ .key = "document", .type = SHAPE_HASH, .required = true },
	{ .key = "from", .type = SHAPE_UINT },
	{ .key = "rule", .type = SHAPE_UINT },
	{ .key = "text", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
	{ .key = "to", .type = SHAPE_UINT },
};
SHAPE(quote);

static const struct shape_field figure_fields[] = {
	{ .key = "as_stated", .type = SHAPE_LINE, .required = true, .max = 64 },
	{ .key = "bound", .type = SHAPE_WORD, .words = bounds },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "method", .type = SHAPE_LINE },
	{ .key = "part_of", .type = SHAPE_ID },
	{ .key = "period", .type = SHAPE_LINE },
	{ .key = "population", .type = SHAPE_LINE },
	{ .key = "quote", .type = SHAPE_OBJECT, .inner = &quote },
	{ .key = "unit", .type = SHAPE_LINE, .required = true },
	{ .key = "value", .type = SHAPE_LINE, .max = 32 }, /* decimal; computed from as_stated */
	{ .key = "what", .type = SHAPE_LINE },
};
SHAPE(figure);

static const struct shape_field claim_fields[] = {
	{ .key = "about", .type = SHAPE_ID },
	{ .key = "by", .type = SHAPE_ID, .required = true },
	{ .key = "evidence_stated", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "figures", .type = SHAPE_OBJECT, .list = 64, .inner = &figure },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "on", .type = SHAPE_DATE },
	{ .key = "quotes", .type = SHAPE_OBJECT, .required = true, .list = 16, .inner = &quote },
	{ .key = "status", .type = SHAPE_WORD, .required = true, .words = kind_claim_statuses },
	{ .key = "text", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
};
SHAPE(claim);

static const struct shape_field status_fields[] = {
	{ .key = "by", .type = SHAPE_LINE },
	{ .key = "claim", .type = SHAPE_ID, .required = true },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "reason", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
	{ .key = "status", .type = SHAPE_WORD, .required = true, .words = kind_claim_statuses },
};
SHAPE(status);

static const struct shape_field group_fields[] = {
	{ .key = "basis", .type = SHAPE_WORD, .words = bases },
	{ .key = "confirmed", .type = SHAPE_BOOL, .required = true },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "members", .type = SHAPE_HASH, .required = true, .list = 256 },
	{ .key = "reason", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
};
SHAPE(group);

static const struct shape_field request_fields[] = {
	{ .key = "acknowledgement", .type = SHAPE_HASH }, /* documents: the envelopes */
	{ .key = "answer", .type = SHAPE_HASH },
	{ .key = "claim", .type = SHAPE_ID },
	{ .key = "deadline", .type = SHAPE_DATE },
	{ .key = "from", .type = SHAPE_ID },
	{ .key = "hypothesis", .type = SHAPE_LINE },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "kind", .type = SHAPE_ID },
	{ .key = "legal_basis", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "max_retention", .type = SHAPE_LINE },
	{ .key = "nonce", .type = SHAPE_HASH },
	{ .key = "pap", .type = SHAPE_WORD, .words = paps },
	{ .key = "purpose", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
	{ .key = "selectors", .type = SHAPE_LINE, .list = 64 },
	{ .key = "sent", .type = SHAPE_HASH },
	{ .key = "state", .type = SHAPE_WORD, .words = request_states },
	{ .key = "tlp", .type = SHAPE_WORD, .words = tlps },
	{ .key = "to", .type = SHAPE_ID },
	{ .key = "wanted", .type = SHAPE_WORD, .list = 5, .words = wanteds },
	{ .key = "would_change", .type = SHAPE_TEXT, .max = TEXT_MAX },
};
SHAPE(request);

static const struct shape_field note_fields[] = {
	{ .key = "about", .type = SHAPE_ID },
	{ .key = "by", .type = SHAPE_LINE },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "text", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
};
SHAPE(note);

static const struct shape_field tool_fields[] = {
	{ .key = "name", .type = SHAPE_LINE, .required = true },
	{ .key = "sha256", .type = SHAPE_HASH },
	{ .key = "version", .type = SHAPE_LINE },
};
SHAPE(tool);

static const struct shape_field custody_fields[] = {
	{ .key = "access", .type = SHAPE_LINE },
	{ .key = "action", .type = SHAPE_WORD, .required = true, .words = actions },
	{ .key = "at", .type = SHAPE_DATE, .required = true },
	{ .key = "authority", .type = SHAPE_LINE },
	{ .key = "clock", .type = SHAPE_LINE },
	{ .key = "exhibit", .type = SHAPE_ID, .required = true },
	{ .key = "from", .type = SHAPE_LINE },
	{ .key = "hash_after", .type = SHAPE_HASH },
	{ .key = "hash_before", .type = SHAPE_HASH },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "organisation", .type = SHAPE_LINE },
	{ .key = "pap", .type = SHAPE_WORD, .words = paps },
	{ .key = "person", .type = SHAPE_LINE, .required = true },
	{ .key = "place", .type = SHAPE_LINE },
	{ .key = "reason", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
	{ .key = "receiver_signature", .type = SHAPE_LINE },
	{ .key = "remarks", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "role", .type = SHAPE_LINE },
	{ .key = "root_exhibit", .type = SHAPE_ID },
	{ .key = "storage", .type = SHAPE_LINE },
	{ .key = "tlp", .type = SHAPE_WORD, .words = tlps },
	{ .key = "to", .type = SHAPE_LINE },
	{ .key = "tool", .type = SHAPE_OBJECT, .inner = &tool },
};
SHAPE(custody);

static const char *const langs[] = { "en", "zh", NULL };
static const char *const bulletin_places[] = { "title", "seen", "since", "system", "affected", "do",
	"known", "claimed", "unknown", "indicators", "verify", NULL };
static const struct shape_field say_fields[] = {
	{ .key = "at", .type = SHAPE_WORD, .required = true, .words = bulletin_places },
	{ .key = "lang", .type = SHAPE_WORD, .required = true, .words = langs },
	{ .key = "text", .type = SHAPE_TEXT, .required = true, .max = 4096 },
};
SHAPE(say);
static const struct shape_field bulletin_fields[] = {
	{ .key = "contact", .type = SHAPE_LINE },
	{ .key = "id", .type = SHAPE_ID },
	{ .key = "say", .type = SHAPE_OBJECT, .list = 64, .inner = &say },
	{ .key = "tlp", .type = SHAPE_WORD, .words = tlps },
};
SHAPE(bulletin);

static const struct shape_field assessment_fields[] = {
	{ .key = "head", .type = SHAPE_HASH, .required = true },      /* of the journal, when it was weighed */
	{ .key = "id", .type = SHAPE_HASH, .required = true },        /* of matrix, a line break and outcome */
	{ .key = "matrix", .type = SHAPE_LINE, .required = true, .max = 1 << 20 },
	{ .key = "method", .type = SHAPE_LINE, .required = true },
	{ .key = "outcome", .type = SHAPE_LINE, .required = true, .max = 1 << 20 },
};
SHAPE(assessment);

const struct kind kinds[] = {
	{ "case", &casefile, { "title" }, false, "the case itself" },
	{ "key", &key, { "name" }, false, "somebody else who may write" },
	{ "incident", &incident, { "title", "first", "last" }, true, "what happened" },
	{ "party", &party, { "name", "kind" }, true, "who says or does something" },
	{ "document", &document, { "name", "publisher", "published", "retrieved", "party" }, false,
	  "what was published, byte for byte" },
	{ "bag", &bag, { "name" }, false, "evidence of findings" },
	{ "finding", &finding, { "bag" }, false, "what a detector said" },
	{ "item", &item, { "kind", "title", "incident" }, true, "evidence, graded and rated" },
	{ "hypotheses", &hypotheses, { 0 }, true, "who is considered" },
	{ "claim", &claim, { "by", "about", "on", "status" }, true, "who says what" },
	{ "status", &status, { "claim", "status" }, true, "what became of a claim" },
	{ "group", &group, { "basis" }, true, "documents with one origin" },
	{ "request", &request, { "to", "from", "state" }, true, "evidence asked for" },
	{ "note", &note, { "about" }, true, "whatever else" },
	{ "custody", &custody, { "exhibit", "action", "at" }, true, "who held what" },
	{ "bulletin", &bulletin, { "tlp" }, true, "what a bulletin says besides, and to whom" },
	{ "assessment", &assessment, { "method" }, false, "what was concluded, or refused" },
};
/* clang-format on */
const unsigned kinds_n = sizeof kinds / sizeof *kinds;

const struct kind *
kind_find(const char *name)
{
	for (unsigned i = 0; i < kinds_n; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
