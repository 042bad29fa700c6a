/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script.h - the usual parts of a conversation's script.
 */
#ifndef SIMULATE_SCRIPT_H
#define SIMULATE_SCRIPT_H

#include "simulate/session.h"

/* Around the median; exactly it when sigma is 0. At least 1. */
uint32_t script_size(struct rng *, uint32_t median, unsigned sigma_milli);

/* The handshake; `flight` is what the server's first answer comes to. */
void script_tls(struct session *, struct rng *, uint32_t flight);

/* A question and its answer inside TLS, of so many bytes of content. */
void script_exchange(
    struct session *, struct rng *, uint32_t up, uint32_t down, uint64_t wait_ns);

/* Who closes, after what pause. */
void script_tls_end(struct session *, struct rng *, uint64_t wait_ns);

#endif
