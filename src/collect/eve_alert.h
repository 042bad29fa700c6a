/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_alert.h - events of Suricata's of the type alert.
 */
#ifndef COLLECT_EVE_ALERT_H
#define COLLECT_EVE_ALERT_H

#include "collect/told.h"
#include "record/alert.h"

/*
 * A line that eve_line does not take. TOLD_NOTHING: it is an alert and `out` filled;
 * TOLD_OTHER: an event of another type; TOLD_BAD: `why`.
 */
enum told eve_alert_line(struct span line, struct alert *out, const char **why);

#endif
