/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assess_case.h - geophone assess, of a case: weigh it, show it, write it down.
 */
#ifndef CMD_ASSESS_CASE_H
#define CMD_ASSESS_CASE_H

#include "cmd/case.h"

struct assess_order {
	bool json, dry_run;
	const char *requests; /* directory; NULL: none are written */
	struct case_pen pen;
};

/* The exit status. */
int assess_case(const char *dir, struct assess_order *);

#endif
