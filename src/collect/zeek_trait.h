/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_trait.h - rows of Zeek's logs, conn.log apart, to traits.
 *
 * dns, http, ssl, ssh, files, ntp and dhcp tell one each; x509 tells of a
 * certificate that some ssl row named, and weird what Zeek found odd.
 */
#ifndef COLLECT_ZEEK_TRAIT_H
#define COLLECT_ZEEK_TRAIT_H

#include "collect/zeek_row.h"
#include "record/trait.h"

enum zeek_trait_verdict {
	ZEEK_TRAIT_YES,
	ZEEK_TRAIT_NO,          /* a log, or a row of one, that tells no traits */
	ZEEK_TRAIT_CERTIFICATE, /* out->tls holds what x509.log says of one */
	ZEEK_TRAIT_ODD,         /* row->value[ROW_NAME] is the name of what was odd */
	ZEEK_TRAIT_BAD,         /* row->why says why */
};

/* By which other logs know what the row is about (zeek_join_key); 0: they do not. */
struct zeek_names {
	uint64_t fingerprint, file;
};

/*
 * A row whose log does not name itself is told by its fields. The texts of
 * `out` live as long as the row and its line.
 */
enum zeek_trait_verdict zeek_trait(
    struct zeek_row *, struct trait *out, struct zeek_names *);

/* Of which log that we know, by its own word or its fields; NULL: of none. */
const char *zeek_row_log(const struct zeek_row *);

#endif
