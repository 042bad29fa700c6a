/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_own.h - what log.c (writing) and log_open.c (opening) share.
 */
#ifndef EVIDENCE_LOG_OWN_H
#define EVIDENCE_LOG_OWN_H

#include "evidence/log.h"

#define CHECKPOINT     "checkpoint"
#define CHECKPOINT_NEW "checkpoint.new"

/*
 * Files and folders that were written and not yet synced. A few are synced one
 * by one; a batch of thousands by one call for the whole file system.
 */
#define PENDING_MAX 24

struct edge {
	struct digest hash[TILE_WIDTH];
	unsigned n;
	bool dirty; /* not on the disk in this width */
};

struct log {
	char *dir;
	char origin[NOTE_NAME];
	const struct key *key;
	struct note_key own; /* the same key, to check with */
	const struct disk *disk;
	int dirfd, lockfd;
	struct checkpoint state; /* as committed */
	struct buf note;
	uint64_t size;                  /* with what is not committed */
	struct edge level[TILE_LEVELS]; /* the tiles at the right edge */
	struct buf bundle;              /* and the bundle */
	int pending[PENDING_MAX];
	unsigned pendings;
	char folder[TILE_LEVELS + 1]
		   [TILE_PATH]; /* by level: known to be there and pending */
	bool many;              /* more are pending than are in the list */
	bool broken;            /* an error came between: open it again */
	struct tiles *tiles;    /* of the committed state, made when asked for */
};

/* The error of a system call; the log is closed to writing. */
enum status log_fail_sys(struct log *, const char *doing, const char *path, struct error *);

/* The tile at the right edge of a tree of this size. */
uint64_t log_edge_tile(uint64_t size, unsigned level);

/* The root of what was appended, out of the right edge alone. */
struct digest log_edges_root(const struct log *);

/* Sign the checkpoint and put it in its place; then it is the state. */
enum status log_publish(struct log *, const struct checkpoint *, struct error *);

void log_forget_pending(struct log *);

#endif
