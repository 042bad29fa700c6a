/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netflow.h - datagrams of NetFlow v5, NetFlow v9 (RFC 3954) and IPFIX (RFC
 * 7011, and 5103 for both directions in one record).
 *
 * Templates are kept for each exporter, observation domain and number, within
 * limits; so are what an exporter says of its sampling, its clock and the
 * numbers of its datagrams. What comes before its template is counted, not
 * kept.
 *
 * Times. v5 and v9 count from the exporter's boot. v9 tells its clock in whole
 * seconds only, so the moment of the boot is taken from the first datagram and
 * kept while later ones agree to a second: the times between flows are exact to
 * the millisecond, all of them together are wrong by up to a second. A record
 * without a time that we know is counted (`untimed`) and is no flow.
 */
#ifndef COLLECT_NETFLOW_H
#define COLLECT_NETFLOW_H

#include "base/error.h"
#include "record/half.h"

#define NETFLOW_DOMAINS   1024 /* exporters and their observation domains */
#define NETFLOW_TEMPLATES 4096
#define NETFLOW_STEPS     256 /* fields of a template that we read or step over */
#define NETFLOW_SAMPLERS  8   /* in one domain */

/* The line is the counter and the report's wording. */
#define NETFLOW_COUNTERS(X)                                                       \
	X(datagrams, "datagrams of NetFlow or IPFIX")                             \
	X(records, "flow records of exporters")                                   \
	X(options, "records of exporters about themselves")                       \
	X(malformed, "export datagrams cut or contradicting themselves")          \
	X(no_template, "sets of records that came before their template")         \
	X(refused, "templates past our limits or without any field")              \
	X(untimed, "flow records without a time that we know")                    \
	X(addressless, "records that are no flows between two addresses")         \
	X(lost, "flow records or datagrams that never arrived, by their numbers") \
	X(sampled, "flow records of sampled packets")

struct netflow_counters {
#define X(name, why) uint64_t name;
	NETFLOW_COUNTERS(X)
#undef X
};

struct netflow;

enum status netflow_new(
    struct netflow **out, half_sink *, void *state, struct error *) MUST_USE;
void netflow_free(struct netflow *); /* takes NULL */

/* True when the bytes are one such datagram, its lengths included. */
bool netflow_recognise(struct span payload);

/*
 * One datagram of `exporter`; `arrival_ns` is when it came, 0 if nobody knows.
 * False when it is none or is broken; records before the break are handed out.
 */
bool netflow_see(
    struct netflow *, const struct ip *exporter, uint64_t arrival_ns, struct span payload);

const struct netflow_counters *netflow_counters(const struct netflow *);

#endif
