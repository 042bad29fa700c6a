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

#endif
