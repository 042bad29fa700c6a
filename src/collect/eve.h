/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve.h - flows of Suricata's eve.json: events of the types flow and netflow.
 *
 * A flow event tells of both directions, a netflow event of one. Who has both
 * in one file tells everything twice: once a flow event came, netflow events are
 * counted and not read. Bytes are those of whole frames.
 */
#ifndef COLLECT_EVE_H
#define COLLECT_EVE_H

#include "collect/told.h"

/* The line is the enum and the counter; what is not named counts as OTHER. */
#define EVE_TYPES(X)            \
	X(FLOW, "flow")         \
	X(NETFLOW, "netflow")   \
	X(DNS, "dns")           \
	X(TLS, "tls")           \
	X(HTTP, "http")         \
	X(SSH, "ssh")           \
	X(QUIC, "quic")         \
	X(ALERT, "alert")       \
	X(ANOMALY, "anomaly")   \
	X(FILEINFO, "fileinfo") \
	X(STATS, "stats")

enum eve_type {
#define X(name, text) EVE_##name,
	EVE_TYPES(X)
#undef X
	    EVE_OTHER,
	EVE_TYPE_COUNT,
};

const char *eve_type_text(enum eve_type);

struct eve {
	uint64_t events[EVE_TYPE_COUNT];
	uint64_t repeated; /* netflow events beside flow events */
	bool flows;        /* there are flow events: netflow events repeat them */
};

/* From the first bytes: whether lines of eve.json are there, and flow events. */
bool eve_recognise(struct span first, bool *flows);

/* A zeroed struct is ready; `flows` may be set when it is known beforehand. */
enum told eve_line(struct eve *, struct span line, struct half *out, const char **why);

#endif
