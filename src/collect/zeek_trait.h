/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_trait.h - rows of dns.log, http.log, ssl.log and ssh.log to traits.
 */
#ifndef COLLECT_ZEEK_TRAIT_H
#define COLLECT_ZEEK_TRAIT_H

#include "collect/zeek_row.h"
#include "record/trait.h"

enum zeek_trait_verdict {
	ZEEK_TRAIT_YES,
	ZEEK_TRAIT_NO,  /* a log that tells no traits */
	ZEEK_TRAIT_BAD, /* row->why says why */
};

/*
 * A row whose log does not name itself is told by its fields. The texts of
 * `out` live as long as the row and its line.
 */
enum zeek_trait_verdict zeek_trait(struct zeek_row *, struct trait *out);

/* Is a log of this path one that we read: for its traits, or to know that it says nothing? */
bool zeek_path_is_read(const char *path);

#endif
