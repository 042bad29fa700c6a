/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek.h - flows and traits from Zeek's logs.
 *
 * Flows from conn.log; from dns.log, http.log, ssl.log and ssh.log what they
 * carried. One file may hold several logs. TSV by its #fields and #separator lines, and JSON (one object a line), also
 * in the labelled variant whose last field holds "tunnel_parents   label
 * detailed-label" separated by spaces. The kind is found from the content.
 */
#ifndef COLLECT_ZEEK_H
#define COLLECT_ZEEK_H

#include "base/input.h"
#include "record/trait.h"

struct zeek;

struct zeek_stats {
	uint64_t lines;    /* records read as flows */
	uint64_t bad;      /* lines stepped over: cut, wrong types, too long */
	uint64_t traits;   /* records read as traits */
	uint64_t other;    /* lines of other logs, which tell neither */
	uint64_t bad_line; /* number of the first bad line, 0: none */
	char bad_why[160]; /* and why */
};

enum zeek_kind {
	ZEEK_NO,    /* not a Zeek log */
	ZEEK_CONN,  /* a conn.log */
	ZEEK_OTHER, /* a Zeek log of another path */
};

/* Is a log of this path read: for its flows or traits, or to know that it has none? */
bool zeek_path_is_read(const char *path);

/* From the first bytes (up to 64 KiB). `path` is set for logs that name themselves. */
enum zeek_kind zeek_recognise(struct span first, char path[static 32]);

/* Takes `in` over, also on failure. */
enum status zeek_open(struct zeek **out, struct input *in, struct error *) MUST_USE;

/*
 * Hand the traits over, in the order of lines; before the first zeek_next.
 * Without it they are counted as `other`.
 */
void zeek_traits(struct zeek *, trait_sink *, void *state);

/*
 * Up to `max` flows, at least one unless it is the end; *n == 0 at the end.
 * With zeek_traits also 0 after a few hundred traits: it is the end when
 * zeek_ended says so.
 * `line[i]`, if `line` is not NULL, is the raw line that flow i came from
 * without its LF or CR LF, borrowed until the next call. A bad line is counted
 * and stepped over, also one of more than 1 MiB; a last line without its end
 * is a line. An error only where nothing after it can be read: the stream
 * broke, and all flows before that were handed out.
 *
 * flow.where is the number of the line from 1, flow.source is 0: who has
 * several inputs sets it. A protocol that Zeek cannot name is 0 unless the log
 * has ip_proto.
 */
enum status zeek_next(struct zeek *, struct flow *flows, struct span *line, unsigned max,
    unsigned *n, struct error *) MUST_USE;

bool zeek_ended(const struct zeek *);
const struct zeek_stats *zeek_stats(const struct zeek *);
const struct input *zeek_input(const struct zeek *);
void zeek_close(struct zeek *); /* takes NULL */

#endif
