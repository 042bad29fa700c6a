/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek.h - flows and traits from Zeek's logs.
 *
 * Flows from conn.log; from dns, http, ssl, ssh, files, ntp and dhcp logs what
 * they carried; x509.log completes what ssl.log says (zeek_join.h), and of
 * weird.log the names are counted. One file may hold several logs. TSV by its
 * #fields and #separator lines, and JSON (one object a line), also in the labelled
 * variant whose last field holds "tunnel_parents   label   detailed-label"
 * separated by spaces. The kind is found from the content.
 */
#ifndef COLLECT_ZEEK_H
#define COLLECT_ZEEK_H

#include "base/input.h"
#include "collect/zeek_join.h"
#include "record/trait.h"

struct zeek;

#define ZEEK_ODDS     32
#define ZEEK_ODD_NAME 48

/* What weird.log calls odd, by name, in the order in which they came. */
struct zeek_odds {
	unsigned n;
	struct {
		char name[ZEEK_ODD_NAME]; /* printable, cut */
		uint64_t count;
	} odd[ZEEK_ODDS];
	uint64_t more; /* under names that had no room */
};

void zeek_odds_add(struct zeek_odds *, struct span name, uint64_t count);

struct zeek_stats {
	uint64_t lines;        /* records read as flows */
	uint64_t bad;          /* lines stepped over: cut, wrong types, too long */
	uint64_t traits;       /* records read as traits */
	uint64_t certificates; /* of x509.log */
	uint64_t odds;         /* of weird.log */
	uint64_t other;        /* lines of other logs, which tell neither */
	uint64_t bad_line;     /* number of the first bad line, 0: none */
	char bad_why[160];     /* and why */
	struct zeek_odds odd;
};

enum zeek_kind {
	ZEEK_NO,    /* not a Zeek log */
	ZEEK_CONN,  /* a conn.log */
	ZEEK_OTHER, /* a Zeek log of another path */
};

/* Is a log of this path, conn apart, one that we read? */
bool zeek_path_is_read(const char *path);

/* Does such a log complete what others say? Read first, it makes none of them wait. */
bool zeek_path_completes(const char *path);

/* From the first bytes (up to 64 KiB). `path` is set for logs that name themselves. */
enum zeek_kind zeek_recognise(struct span first, char path[static 32]);

/* Takes `in` over, also on failure. */
enum status zeek_open(struct zeek **out, struct input *in, struct error *) MUST_USE;

/*
 * Hand the traits over, before the first zeek_next; without it they are counted as
 * `other`. In the order of lines, except that handshakes may wait for their
 * certificate, at most to the end of the input.
 */
void zeek_traits(struct zeek *, trait_sink *, void *state);

/* Before the first zeek_next: what is known of certificates, shared by several inputs. */
void zeek_share(struct zeek *, struct zeek_join *);

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
