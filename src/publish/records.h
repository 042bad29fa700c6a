/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records.h - flows and traits for people and other programs.
 *
 * JSON is the canonical line of record/flow.h with two fields more, `_path` and
 * `community_id`; the rest is one-way: text for spreadsheets, for eyes, and
 * Zeek's logs. docs/formats/flows.md has the columns.
 */
#ifndef PUBLISH_RECORDS_H
#define PUBLISH_RECORDS_H

#include "record/flow.h"
#include "record/trait.h"

/* Each appends one line with its end. `seed` is of the Community ID. */
void publish_flow_json(const struct flow *, uint16_t seed, struct buf *out);
void publish_flow_csv_header(struct buf *out);
void publish_flow_csv(const struct flow *, uint16_t seed, struct buf *out);
void publish_flow_table_header(struct buf *out);
void publish_flow_table(const struct flow *, struct buf *out);

/* The head of Zeek's conn.log, and its lines; `uid` is never set, community_id is. */
void publish_zeek_conn_header(struct buf *out);
void publish_zeek_conn(const struct flow *, uint16_t seed, struct buf *out);

/* The same for dns.log, http.log, ssl.log and ssh.log. */
void publish_zeek_header(enum trait_kind, struct buf *out);
void publish_zeek_trait(const struct trait *, uint16_t seed, struct buf *out);

#endif
