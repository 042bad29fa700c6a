/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - timing is not malice: how far the rest speaks for control.
 *
 * A clock drives NTP, updates and instruments as it drives implants. Given a
 * clock, each thing known of the pair and of its surroundings is worth a
 * likelihood ratio; their logarithms are added to those of a prior, each with
 * its reason, and the sum is `odds_mb`. Weights stand in data/weights.tsv,
 * ports in data/services.tsv, thresholds in limits.def.
 *
 * An alert (medium or more) needs both: odds that reach ODDS_MEDIUM, and timing
 * that holds at the alert's kappa within the wanted false discovery rate.
 */
#ifndef DETECT_CONTROL_H
#define DETECT_CONTROL_H

#include "detect/context.h"
#include "profile/pair.h"

/*
 * Fills terms, odds_mb, severity, benign and technique of a finding whose
 * shape, host, peer, port and proto are there. `timing_holds` at the alert's
 * kappa.
 */
void control_weigh(
    const struct pair *, const struct context *, bool timing_holds, struct finding *);

#endif
