/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/simulate.h"

#include <stdlib.h>

#include "simulate/truth.h"

struct simulate {
	struct world world;
	struct sink sink;
};

enum status
simulate_new(struct simulate **out, const struct world_plan *plan,
    const struct simulate_outputs *to, struct error *err)
{
	struct simulate *sim = calloc(1, sizeof *sim);
	enum status st;

	if (sim == NULL)
		return error_set(err, E_NOMEM, "no memory for a simulation");
	sim->sink = (struct sink){
		.pcap = to->pcap,
		.conn = to->conn,
		.dns = to->dns,
		.seed = plan->seed,
	};
	st = world_build(&sim->world, plan, &sim->sink, err);
	if (st != OK) {
		free(sim);
		return st;
	}
	sink_begin(&sim->sink, plan->start_ns);
	*out = sim;
	return OK;
}

enum status
simulate_run(struct simulate *sim, uint64_t until_ns, struct error *err)
{
	enum status st = world_run(&sim->world, until_ns, err);

	return st == OK ? sink_state(&sim->sink, err) : st;
}

enum status
simulate_end(struct simulate *sim, struct buf *truth, struct error *err)
{
	enum status st;

	world_settle(&sim->world);
	sink_end(&sim->sink, sim->world.end_ns);
	st = sink_state(&sim->sink, err);
	if (st != OK)
		return st;
	truth_write(&sim->world, truth);
	return buf_state(truth, "the ground truth", err);
}

uint64_t
simulate_frames(const struct simulate *sim)
{
	return sim->sink.frames;
}

uint64_t
simulate_flows(const struct simulate *sim)
{
	return sim->sink.flows;
}

uint64_t
simulate_bytes(const struct simulate *sim)
{
	return sim->sink.bytes;
}

void
simulate_free(struct simulate *sim)
{
	if (sim == NULL)
		return;
	world_release(&sim->world);
	free(sim);
}
