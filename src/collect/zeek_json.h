/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_json.h - Zeek's logs as one JSON object a line.
 *
 * Keys are flat ("id.orig_h", or "id_orig_h" as Corelight has it). A line may
 * name its log in "_path" or "@stream", so that one file may hold all of them;
 * otherwise the keys tell.
 */
#ifndef COLLECT_ZEEK_JSON_H
#define COLLECT_ZEEK_JSON_H

#include "collect/zeek_field.h"

/*
 * What the line is. ZEEK_CONN: d->why tells whether there is a flow.
 * ZEEK_OTHER: a line of another log. ZEEK_NO: no JSON object, or nothing that
 * Zeek writes; d->why says which.
 */
enum zeek_kind zeek_json_line(struct span line, struct zeek_draft *d);

#endif
