/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readme.h - how to check a bag without this program.
 *
 * The text goes into the bag as BAG_README. Its indented lines are a shell
 * script for sh, coreutils, sed and openssl 3; a test runs exactly those lines.
 */
#ifndef EVIDENCE_README_H
#define EVIDENCE_README_H

#include "base/buf.h"

/* `version`: of the program that wrote the bag. */
void evidence_readme(struct buf *, const char *version);

/*
 * A certification to be filled in and signed by a person: that this is a record of a
 * process and these are its hashes. No program can certify that.
 */
void evidence_certification(struct buf *, const char *version, const char *key_id);

#endif
