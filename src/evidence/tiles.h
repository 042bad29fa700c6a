/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiles.h - a log as files (C2SP tlog-tiles), and reading them.
 *
 *	checkpoint                  the signed state
 *	tile/<level>/<n>[.p/<w>]    256 hashes, or w of them at the right edge
 *	tile/entries/<n>[.p/<w>]    the entries themselves, u16 length before each
 *
 * Hash i of tile n at level l is the root of the 256^l leaves from
 * (256n + i) * 256^l. A number is written in groups of three digits, all but
 * the last with an x before: 1234067 is x001/x234/067.
 *
 * A reader is opened for one size. What it reads may be anybody's: whoever
 * relies on a hash checks it against the root of a signed checkpoint.
 */
#ifndef EVIDENCE_TILES_H
#define EVIDENCE_TILES_H

#include "evidence/merkle.h"

#include "base/buf.h"

#define TILE_WIDTH   256
#define TILE_LEVELS  8  /* 256^8 leaves; MERKLE_SIZE_MAX needs no more */
#define TILE_ENTRIES -1 /* in place of a level: the bundle of entries */
#define TILE_PATH    80
#define ENTRY_MAX    65535
#define BUNDLE_MAX   ((size_t)TILE_WIDTH * (2 + ENTRY_MAX))

/* `width` 1..256; 256 is a full tile. Returns `to`. */
const char *tile_path(int level, uint64_t n, unsigned width, char to[static TILE_PATH]);

/* Hashes in tile n of a level of a tree of this size: 0 (there is none) to 256. */
unsigned tile_width(uint64_t size, int level, uint64_t n);

/*
 * Take the next entry off a bundle. False at the end, and when what is left is
 * no entry: then the cursor is bad.
 */
bool bundle_next(struct cursor *, struct span *entry);

struct tiles;

/* Reads below `dirfd`, which must stay open until tiles_close. */
enum status tiles_open(
    struct tiles **out, int dirfd, uint64_t size, struct error *) MUST_USE;
void tiles_close(struct tiles *); /* takes NULL */

/* A merkle_source. False: tiles_error says why. Remembers one tile of each level. */
bool tiles_node(void *tiles, unsigned level, uint64_t index, struct digest *out);
const struct error *tiles_error(const struct tiles *);

/* The whole bundle n, its entries counted and held against the leaf hashes. */
enum status tiles_bundle(
    struct tiles *, uint64_t n, struct buf *out, struct error *) MUST_USE;
/* One entry (index < size), held against its leaf hash. */
enum status tiles_entry(
    struct tiles *, uint64_t index, struct buf *out, struct error *) MUST_USE;

#endif
