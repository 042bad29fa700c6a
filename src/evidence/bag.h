/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bag.h - a BagIt 1.0 bag (RFC 8493).
 *
 * A bag is written beside its final place, fsynced and renamed, so that a half
 * one is never taken for a whole one. Its manifests are `sha256sum -c` lines,
 * sorted by path. Whatever reads a bag treats it as hostile: paths that leave
 * it, links, special files, entries twice, files missing or too many are
 * verdicts, and nothing outside it is touched.
 *
 * The reader is for bags of ours and strict on purpose: RFC 8493 lets a line
 * have an asterisk, upper-case hex or CRLF, and lets other tag files and other
 * hashes stand beside, but every byte of evidence must be covered, and the
 * tagmanifest is covered by nothing. So each of the four tag files has exactly
 * one spelling here, and a bag that is valid to others may have faults to us.
 */
#ifndef EVIDENCE_BAG_H
#define EVIDENCE_BAG_H

#include <stdio.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

/* The whole of bagit.txt. */
#define BAG_BAGIT_TXT "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

struct bag_writer;

/*
 * Make `dir` (it must not exist, or be an empty directory) in a sibling
 * `dir`.partial, which must not exist at all.
 */
enum status bag_create(struct bag_writer **out, const char *dir, struct error *) MUST_USE;
/* A payload file, whole: `path` is below data/, e.g. "findings/x.dsse.json". */
enum status bag_add(
    struct bag_writer *, const char *path, struct span bytes, struct error *) MUST_USE;
/*
 * A payload file as a stream: write to *to, then bag_end_file (which closes it).
 * It cannot be rewound. One at a time; bag_add may be called meanwhile.
 */
enum status bag_begin_file(
    struct bag_writer *, const char *path, FILE **to, struct error *) MUST_USE;
enum status bag_end_file(struct bag_writer *, struct digest *out, struct error *) MUST_USE;
/*
 * A line of bag-info.txt, in the order given. No line breaks or other control
 * characters, or bag_commit will refuse. Payload-Oxum is added by itself; a
 * date must come from the caller, here is no clock.
 */
void bag_info(struct bag_writer *, const char *label, const char *value);
/* Manifests, fsync, rename. */
enum status bag_commit(struct bag_writer *, struct error *) MUST_USE;
/* Frees; removes what was not committed. Takes NULL. */
void bag_writer_close(struct bag_writer *);

struct bag_file {
	const char *path; /* "data/findings/x.dsse.json" */
	struct digest digest;
	uint64_t size;
};

struct bag;

/* Limits of the reader. What is past them is a fault. */
#define BAG_ENTRIES_MAX  65536
#define BAG_FILE_MAX     ((uint64_t)4 << 30)
#define BAG_BYTES_MAX    ((uint64_t)64 << 30)
#define BAG_MANIFEST_MAX ((size_t)24 << 20)
#define BAG_TAG_MAX      ((size_t)64 << 10) /* bagit.txt, bag-info.txt */
#define BAG_FAULTS_SAID  100                /* then they are only counted */

/* Each thing that is wrong with a bag, one sentence; `state` is the caller's. */
typedef void bag_complaint(void *state, const char *sentence);

/*
 * Open and check completely: structure, both manifests, every hash, no file
 * too many. OK also when something is wrong: every fault goes to `complain`,
 * and *faults counts them. E_IO / E_FORMAT when it is no bag at all: the
 * directory cannot be read, or has neither bagit.txt nor manifest-sha256.txt.
 * Names in sentences are escaped, fit for a terminal.
 */
enum status bag_open(struct bag **out, const char *dir, bag_complaint *complain,
    void *state, unsigned *faults, struct error *) MUST_USE;
/*
 * The files that are there, payload and tag, in order of path, with the hash
 * they have (not the one they should have). Borrowed until bag_close.
 */
const struct bag_file *bag_files(const struct bag *, size_t *n);
const struct bag_file *bag_find(const struct bag *, const char *path); /* NULL: none */
/* Whole file, at most `max` bytes, its hash checked again on the bytes returned. */
enum status bag_read(const struct bag *, const char *path, size_t max, struct buf *out,
    struct error *) MUST_USE;
void bag_close(struct bag *); /* takes NULL */

#endif
