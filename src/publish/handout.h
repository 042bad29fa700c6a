/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handout.h - what of a bag is given to others, and in whose format.
 *
 *	handout_read(&h, bag, &choice, &err)
 *	handout_write(&h, HANDOUT_STIX, &out, &err)
 *	handout_release(&h)
 *
 * A bag comes from a stranger and its findings are as he signed them, so every
 * text in here may hold anything. What goes into a rule or a pattern is an address
 * that was parsed, or a name of letters, digits, dots, hyphens and underscores.
 *
 * Nothing in here reads a clock: times are those of the findings, ids follow from
 * the content, and the same bag gives the same bytes. Each object says which
 * statement it rests on and, where the bag brings a proof, which entry of which log.
 */
#ifndef PUBLISH_HANDOUT_H
#define PUBLISH_HANDOUT_H

#include "evidence/bag.h"
#include "evidence/note.h"
#include "evidence/pseudonym.h"
#include "evidence/statement.h"
#include "record/finding.h"

#define HANDOUT_ITEMS_MAX 50000
#define HANDOUT_WHY       1024
#define HANDOUT_TECHNIQUE 16
#define HANDOUT_MAX       ((size_t)512 << 20) /* bytes of what is written */

/* Traffic Light Protocol 2.0, from open to closed. */
/* clang-format off */
#define TLP_LEVELS(X) \
	X(CLEAR, "clear", "94868c89-83c2-464b-929b-a1a8aa3c8487") \
	X(GREEN, "green", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb") \
	X(AMBER, "amber", "55d920b0-5e8b-4f79-9ee9-91f868d9b421") \
	X(AMBER_STRICT, "amber+strict", "939a9414-2ddd-4d32-a0cd-375ea402b003") \
	X(RED, "red", "e828b379-4e03-4974-9ac4-e53a884c97c1")

#define HANDOUT_FORMATS(X) \
	X(STIX, "stix", "a STIX 2.1 bundle") \
	X(MISP, "misp", "a MISP event") \
	X(IODEF, "iodef", "an IODEF 2 document (RFC 7970)") \
	X(SURICATA, "suricata", "Suricata rules") \
	X(SIGMA, "sigma", "Sigma rules") \
	X(CSV, "csv", "events in the columns of Shadowserver's reports")
/* clang-format on */

enum tlp {
#define X(name, text, id) TLP_##name,
	TLP_LEVELS(X)
#undef X
};

enum handout_format {
#define X(name, text, what) HANDOUT_##name,
	HANDOUT_FORMATS(X)
#undef X
};

const char *tlp_text(enum tlp); /* "amber+strict" */
bool tlp_of(const char *text, enum tlp *);
const char *handout_format_text(enum handout_format);
bool handout_format_of(const char *text, enum handout_format *);

/* What the address at the other end is to the host. */
enum handout_role {
	ROLE_CONTROLS, /* it may be what controls the host: worth watching for */
	ROLE_SUFFERS,  /* the host does something to it */
};

struct handout_item {
	/*
	 * What names it: the finding's id. With pseudonyms the hash of what was
	 * signed, which holds a salt: an id is a hash of the host's address among
	 * things that the reader knows, and he could try all addresses.
	 */
	char ref[DIGEST_HEX];
	char statement[DIGEST_HEX]; /* what was signed, as the log has it */
	enum finding_kind kind;
	enum severity severity;
	enum handout_role role;
	bool indicates; /* `peer` or `name` is something to watch for */
	bool has_peer;
	struct ip host, peer;
	char name[FINDING_NAME]; /* of the peer; "" or a sound name */
	uint16_t port;
	uint8_t proto;
	uint64_t first_ns, last_ns, contacts;
	char why[HANDOUT_WHY]; /* escaped; "" with pseudonyms: it may name the host */
	char technique[HANDOUT_TECHNIQUE];
	struct digest slice[FINDING_SLICES]; /* with pseudonyms: none */
	unsigned slices;
	char packets[STATEMENT_NAME]; /* where those lie in the bag; "": none */
	char records[STATEMENT_NAME]; /* the same of flow records */
	bool logged;
	char origin[NOTE_NAME]; /* of the log */
	uint64_t index;
	char leaf[DIGEST_HEX];
};

struct handout_choice {
	bool all; /* also what is no alert */
	enum tlp tlp;
	const struct pseudonym *hide; /* NULL: hosts by their addresses */
};

struct handout {
	struct handout_item *item; /* sorted by `ref` */
	size_t items;
	size_t indicators;
	size_t left_out;         /* findings that are no alert */
	char bag[DIGEST_HEX];    /* of its tagmanifest, which all of it hangs on */
	char key_id[DIGEST_HEX]; /* of the sensor */
	struct handout_choice choice;
};

/*
 * From a bag without faults. E_FORMAT, E_DIFFERS: a finding in it is not signed by
 * the bag's key, or is none of ours, or its proof does not lead to it; E_LIMIT.
 */
enum status handout_read(struct handout *, const struct bag *,
    const struct handout_choice *, struct error *) MUST_USE;
void handout_release(struct handout *); /* takes zeroed ones */

/* E_NOMEM when it does not fit. Appends. */
enum status handout_write(
    const struct handout *, enum handout_format, struct buf *out, struct error *) MUST_USE;

/*
 * A MISP feed holds, besides the event under its UUID, a list of events and one of
 * hashes of their values.
 */
void handout_misp_event_name(const struct handout *, struct buf *out); /* "UUID.json" */
void handout_misp_manifest(const struct handout *, struct buf *out);
void handout_misp_hashes(const struct handout *, struct buf *out);

#endif
