/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/truth.h"

#include "base/json.h"
#include "base/stamp.h"
#include "simulate/tls.h"

static const char *
kind(enum verdict v)
{
	return v == VERDICT_BEACON         ? "beacon"
	       : v == VERDICT_EXFILTRATION ? "exfiltration"
	       : v == VERDICT_FLUX         ? "fast_flux"
					   : "benign";
}

static const char *
proto(const struct habit *h)
{
	if (h->model == MODEL_ASK)
		return h->say == SAY_PING ? "icmp" : "udp";
	return h->model == MODEL_DRIP || h->model == MODEL_CALL ? "udp" : "tcp";
}

static void
stamp(struct json *j, const char *key, uint64_t ns)
{
	char text[STAMP_TEXT];

	json_key(j, key);
	json_str(j, stamp_text(ns, text));
}

/* How the implant can be told from the rest, besides its clock. */
static void
marks(struct json *j, const struct habit *h)
{
	json_key(j, "dns");
	json_bool(j, !h->nameless);
}

static void
pair(struct json *j, const struct world *w, const struct actor *a, const struct met *m)
{
	const struct habit *h = a->habit;
	bool bad = h->verdict != VERDICT_CLOCK;
	char text[IP_TEXT];
	const struct host *host = &w->hosts[a->host];

	json_open(j, '{');
	json_key(j, "class");
	json_str(j, h->class);
	json_key(j, "connections");
	json_uint(j, m->times);
	if (bad)
		marks(j, h);
	stamp(j, "first", m->first_ns);
	json_key(j, "host");
	json_str(j, ip_text(ip_is_v4(&m->ip) ? &host->ip : &host->six, text));
	json_key(j, "host_name");
	json_str(j, host->name);
	json_key(j, "inbound");
	json_bool(j, h->inbound);
	json_key(j, "jitter_law");
	json_str(j, beat_word(a->beat.law));
	json_key(j, "jitter_ppm");
	json_uint(j, a->beat.spread_ppm);
	if (bad) {
		json_key(j, "kind");
		json_str(j, kind(h->verdict));
	}
	stamp(j, "last", m->last_ns);
	json_key(j, "peer");
	json_str(j, ip_text(&m->ip, text));
	json_key(j, "period_ms");
	json_uint(j, a->beat.period_ms);
	json_key(j, "period_s");
	json_uint(j, (a->beat.period_ms + 500) / 1000);
	json_key(j, "port");
	json_uint(j, h->port);
	json_key(j, "proto");
	json_str(j, proto(h));
	if (bad) {
		json_key(j, "sni");
		json_bool(j, !h->nameless);
		json_key(j, "tls_client");
		json_str(j, tls_client_text(h->client));
	}
	json_close(j, '}');
}

static void
pairs(struct json *j, const struct world *w, bool bad)
{
	json_open(j, '[');
	for (unsigned i = 0; i < w->n_actors; i++) {
		const struct actor *a = &w->actors[i];
		enum verdict v = a->habit->verdict;

		if (v == VERDICT_NONE || (v != VERDICT_CLOCK) != bad)
			continue;
		for (unsigned k = 0; k < WORLD_MET && a->met[k].times > 0; k++)
			pair(j, w, a, &a->met[k]);
	}
	json_close(j, ']');
}

static void
hosts(struct json *j, const struct world *w)
{
	char text[IP_TEXT];

	json_open(j, '[');
	for (unsigned i = 0; i < w->n_hosts; i++) {
		json_open(j, '{');
		json_key(j, "address");
		json_str(j, ip_text(&w->hosts[i].ip, text));
		if (w->hosts[i].has_six) {
			json_key(j, "address6");
			json_str(j, ip_text(&w->hosts[i].six, text));
		}
		json_key(j, "name");
		json_str(j, w->hosts[i].name);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
truth_write(const struct world *w, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "benign");
	pairs(&j, w, false);
	stamp(&j, "end", w->end_ns);
	json_key(&j, "format");
	json_str(&j, "geophone-truth/1");
	json_key(&j, "hosts");
	hosts(&j, w);
	json_key(&j, "malicious");
	pairs(&j, w, true);
	json_key(&j, "scenario");
	json_str(&j, w->scenario->name);
	json_key(&j, "seed");
	json_uint(&j, w->seed);
	stamp(&j, "start", w->start_ns);
	json_key(&j, "zone_s");
	json_int(&j, w->scenario->zone_s);
	json_close(&j, '}');
	buf_putc(out, '\n');
}
