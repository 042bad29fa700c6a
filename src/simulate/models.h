/* SPDX-License-Identifier: Apache-2.0 */
/*
 * models.h - how habits are lived.
 */
#ifndef SIMULATE_MODELS_H
#define SIMULATE_MODELS_H

#include "simulate/world.h"

/*
 * It is time. Returns when the actor wants to be woken again: 0 lets its beat
 * decide, UINT64_MAX waits for the end of the session it began.
 */
uint64_t model_act(struct world *, struct actor *, uint64_t now_ns);

/* The actor's session wants more script; false: that was all. */
bool model_more(struct world *, struct actor *, struct session *, uint64_t now_ns);

/* Does it begin anew when its session is over? */
bool model_is_endless(enum model);

/* The models, by the file they are in. */
uint64_t model_stream(struct world *, struct actor *, uint64_t now_ns);
uint64_t model_drip(struct world *, struct actor *, uint64_t now_ns);
uint64_t model_call(struct world *, struct actor *, uint64_t now_ns);
bool model_stream_more(struct world *, struct actor *, struct session *, uint64_t now_ns);
bool model_drip_more(struct world *, struct actor *, struct session *, uint64_t now_ns);
bool model_call_more(struct world *, struct actor *, struct session *, uint64_t now_ns);
uint64_t model_browse(struct world *, struct actor *, uint64_t now_ns);
uint64_t model_shell(struct world *, struct actor *, uint64_t now_ns);
bool model_shell_more(struct world *, struct actor *, struct session *, uint64_t now_ns);

#endif
