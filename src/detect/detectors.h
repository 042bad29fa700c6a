/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detectors.h - the detectors there are; each has a file of its name.
 */
#ifndef DETECT_DETECTORS_H
#define DETECT_DETECTORS_H

#include "detect/survey.h"

extern const struct detector detector_brute_force;
extern const struct detector detector_clockless;
extern const struct detector detector_deviation;
extern const struct detector detector_dos_source;
extern const struct detector detector_dos_victim;
extern const struct detector detector_exfiltration;
extern const struct detector detector_dga;
extern const struct detector detector_dns_tunnel;
extern const struct detector detector_dropoff;
extern const struct detector detector_failed_reconnect;
extern const struct detector detector_fast_flux;
extern const struct detector detector_group;
extern const struct detector detector_icmp_tunnel;
extern const struct detector detector_indicator;
extern const struct detector detector_lateral;
extern const struct detector detector_long_connection;
extern const struct detector detector_nameless_tls;
extern const struct detector detector_rare_fingerprint;
extern const struct detector detector_p2p;
extern const struct detector detector_rotation;
extern const struct detector detector_scan;
extern const struct detector detector_tunnel;

/* All of them, in the order of their names. */
size_t detectors_count(void);
const struct detector *detector_each(size_t i);

#endif
