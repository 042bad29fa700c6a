/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfdump.h - the files that nfcapd, nfpcapd and sfcapd of nfdump 1.7 write.
 *
 * Layout 2: a header, then blocks of records, each block as it is or packed by
 * LZO, bzip2, LZ4 or, from 1.7.2 on, zstd. All numbers are little-endian, as the
 * machines that write them are. Files of nfdump 1.6 (layout 1) are refused with
 * the way to convert them, and so are those of layout 3. A record tells of one
 * direction unless it counts what came back.
 *
 * Records of sampled packets are multiplied already; by how much they do not
 * say, so their sampling is 2, which stands for more than 1.
 */
#ifndef COLLECT_NFDUMP_H
#define COLLECT_NFDUMP_H

#include "base/input.h"
#include "record/half.h"

#define NFDUMP_BLOCK ((size_t)16 << 20) /* an unpacked block; nfcapd's have 5 MiB */

struct nfdump_counters {
	uint64_t blocks, blocks_skipped; /* of other kinds, or that cannot be unpacked */
	uint64_t records;                /* of flows */
	uint64_t others;                 /* exporters, samplers, statistics */
	uint64_t bad;                    /* records that contradict themselves */
	uint64_t addressless;
};

struct nfdump;

bool nfdump_recognise(struct span first);

/* Takes `in` over, also on failure. E_FORMAT: another layout, or encrypted. */
enum status nfdump_open(struct nfdump **out, struct input *in, half_sink *, void *state,
    struct error *) MUST_USE;

/* One block; *more is false at the end. Errors: the file is cut or broken. */
enum status nfdump_step(struct nfdump *, bool *more, struct error *) MUST_USE;

const struct nfdump_counters *nfdump_counters(const struct nfdump *);
const struct input *nfdump_input(const struct nfdump *);
void nfdump_close(struct nfdump *); /* takes NULL */

#endif
