/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/watch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/json.h"
#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/lists.h"
#include "collect/netflow.h"
#include "collect/sflow.h"
#include "decode/packet.h"
#include "record/finding.h"

#define VERB "listen"

enum {
	TOLD_SLOTS = 4096, /* host and listed address; who comes later takes the place */
	LINE = 1024,
};
#define AGAIN_NS UINT64_C(3600000000000)

struct told {
	uint64_t what, at_ns;
};

/* Written by the thread that reads, and read once `done` is seen. */
struct reading {
	const char *const *paths;
	unsigned n;
	struct indicators *set;
	struct lists_counts counts;
	enum status status;
	struct error err;
	atomic_bool done;
};

struct watch {
	struct indicators *set;
	struct netflow *netflow;
	struct sflow_counters sflow;
	struct told told[TOLD_SLOTS];
	uint64_t lines;
	pthread_t thread;
	bool reads, wanted; /* a thread is at it; once more after it */
	struct reading reading;
};

/* The same within the hour? Two at one slot: both are told again. */
static bool
is_news(struct watch *w, const struct ip *host, const struct ip *peer, uint64_t now_ns)
{
	uint8_t key[32];
	struct told *t;
	uint64_t what;

	memcpy(key, host->b, 16);
	memcpy(key + 16, peer->b, 16);
	what = XXH3_64bits(key, sizeof key);
	t = &w->told[what % TOLD_SLOTS];
	if (t->what == what && now_ns >= t->at_ns && now_ns - t->at_ns < AGAIN_NS)
		return false;
	*t = (struct told){ what, now_ns };
	return true;
}

static void
tell(struct watch *w, const struct flow *f, const struct ip *host, const struct ip *peer,
    uint16_t port, const struct listed *l)
{
	char room[LINE], ip[IP_TEXT], proto[8], stamp[STAMP_TEXT], hex[DIGEST_HEX];
	struct buf b = buf_over(room, sizeof room);
	struct json j;

	json_init(&j, &b);
	json_open(&j, '{');
	json_key(&j, "host"), json_str(&j, ip_text(host, ip));
	json_key(&j, "list"), json_str(&j, l->list->name);
	json_key(&j, "list_sha256"), json_str(&j, digest_hex(&l->list->digest, hex));
	json_key(&j, "listed"), json_str(&j, l->text);
	json_key(&j, "peer"), json_str(&j, ip_text(peer, ip));
	json_key(&j, "port"), json_uint(&j, port);
	json_key(&j, "proto"), json_str(&j, proto_text(f->proto, proto));
	json_key(&j, "seen"), json_str(&j, stamp_text(f->first_ns, stamp));
	json_close(&j, '}');
	if (b.bad)
		return;
	printf("%s\n", room);
	(void)fflush(stdout);
	w->lines++;
}

static void
look(struct watch *w, const struct flow *f, const struct ip *host, const struct ip *peer,
    uint16_t port)
{
	struct listed l;

	/* Lists hold private addresses by mistake. */
	if (ip_scope(peer) == IP_GLOBAL &&
	    indicators_address(w->set, peer, port, f->first_ns, &l) &&
	    is_news(w, host, peer, f->first_ns))
		tell(w, f, host, peer, port, &l);
}

static void
on_half(void *state, const struct half *h)
{
	const struct flow *f = &h->flow;

	look(state, f, &f->orig, &f->resp, f->resp_port);
	look(state, f, &f->resp, &f->orig, f->orig_port);
}

static void
on_sample(void *state, const struct frame *frame, uint32_t sampling)
{
	struct half h = { 0 };
	struct packet p;

	(void)sampling;
	if (decode_frame(frame, &p) != DECODE_OK)
		return;
	h.flow.first_ns = frame->time_ns;
	h.flow.orig = p.src;
	h.flow.resp = p.dst;
	h.flow.orig_port = p.src_port;
	h.flow.resp_port = p.dst_port;
	h.flow.proto = p.proto;
	on_half(state, &h);
}

void
watch_see(
    struct watch *w, const struct ip *exporter, uint64_t arrival_ns, struct span payload)
{
	if (sflow_recognise(payload))
		(void)sflow_see(payload, arrival_ns, &w->sflow, on_sample, w);
	else
		(void)netflow_see(w->netflow, exporter, arrival_ns, payload);
}

static void *
read_again(void *state)
{
	struct reading *r = state;

	r->status = lists_read(&r->set, r->paths, r->n, &r->counts, &r->err);
	atomic_store(&r->done, true);
	return NULL;
}

static void
say(const struct lists_counts *c, const char *how)
{
	fprintf(stderr,
	    "geophone: " VERB ": %" PRIu64 " indicators of %" PRIu64 " lists %s\n",
	    c->taken, c->lists, how);
}

void
watch_again(struct watch *w)
{
	if (w->reads) {
		w->wanted = true;
		return;
	}
	atomic_store(&w->reading.done, false);
	w->reads = pthread_create(&w->thread, NULL, read_again, &w->reading) == 0;
	if (!w->reads)
		fprintf(stderr, "geophone: " VERB
				": no thread to read the lists again; the old ones stay\n");
}

void
watch_turn(struct watch *w)
{
	struct reading *r = &w->reading;

	if (!w->reads || !atomic_load(&r->done))
		return;
	(void)pthread_join(w->thread, NULL);
	w->reads = false;
	if (r->status == OK) {
		indicators_free(w->set);
		w->set = r->set;
		say(&r->counts, "read again");
	} else {
		cmd_complain(VERB, &r->err, "the lists stay as they were");
	}
	r->set = NULL;
	if (w->wanted) {
		w->wanted = false;
		watch_again(w);
	}
}

enum status
watch_new(struct watch **out, const char *const *paths, unsigned n, struct error *err)
{
	struct watch *w = calloc(1, sizeof *w);
	struct lists_counts counts;
	enum status st;

	if (w == NULL)
		return error_set(err, E_NOMEM, "no memory to watch for lists");
	w->reading.paths = paths;
	w->reading.n = n;
	st = lists_read(&w->set, paths, n, &counts, err);
	if (st == OK)
		st = netflow_new(&w->netflow, on_half, w, err);
	if (st != OK) {
		watch_free(w);
		return st;
	}
	say(&counts, "are looked for");
	*out = w;
	return OK;
}

uint64_t
watch_told(const struct watch *w)
{
	return w->lines;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->reads) {
		(void)pthread_join(w->thread, NULL);
		if (w->reading.status == OK)
			indicators_free(w->reading.set);
	}
	netflow_free(w->netflow);
	indicators_free(w->set);
	free(w);
}
