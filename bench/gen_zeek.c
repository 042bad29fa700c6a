/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_zeek: a conn.log of any length, the same bytes for the same arguments.
 *
 *	gen_zeek tsv|json LINES [SEED] > conn.log
 *
 * Both spellings hold the same events. The mix is an office's: DNS, TLS, HTTP,
 * scans that fail, NTP, ICMP, one line in ten IPv6, and fifty pairs that call
 * on a timer. Integers only: no libm can change a byte.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event {
	uint64_t ts_us, duration_us;
	char uid[20], orig[48], resp[48];
	unsigned orig_p, resp_p;
	const char *proto, *service, *state, *history;
	bool unset; /* duration and bytes are not known */
	bool remote;
	uint64_t bytes[2], pkts[2];
};

/* splitmix64 */
static uint64_t
next(uint64_t *s)
{
	uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned
below(uint64_t *s, unsigned n)
{
	return (unsigned)(next(s) % n);
}

static void
make_uid(uint64_t *s, char uid[20])
{
	static const char letters[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	uid[0] = 'C';
	for (int i = 1; i < 18; i++)
		uid[i] = letters[below(s, 62)];
	uid[18] = '\0';
}

static void
make_hosts(uint64_t *s, struct event *e)
{
	unsigned host = below(s, 500), peer = below(s, 1 + below(s, 20000));

	if (below(s, 10) == 0) {
		(void)snprintf(
		    e->orig, sizeof e->orig, "fd00:10:%x::%x", host / 250, host % 250 + 1);
		(void)snprintf(e->resp, sizeof e->resp, "2001:db8:%x:%x::%x", peer / 250,
		    peer % 250, below(s, 3) + 1);
	} else {
		(void)snprintf(
		    e->orig, sizeof e->orig, "10.0.%u.%u", host / 250, host % 250 + 1);
		(void)snprintf(e->resp, sizeof e->resp, "%u.%u.%u.%u", 20 + peer % 150,
		    peer / 256 % 256, peer % 256, 1 + peer % 200);
	}
}

static void
make_kind(uint64_t *s, struct event *e)
{
	static const struct {
		unsigned share; /* of 100 */
		const char *proto, *service, *state, *history;
		unsigned port, bytes[2];
	} kinds[] = {
		{ 40, "udp", "dns", "SF", "Dd", 53, { 60, 300 } },
		{ 30, "tcp", "ssl", "SF", "ShADadFf", 443, { 3000, 60000 } },
		{ 10, "tcp", "http", "SF", "ShADadfF", 80, { 900, 20000 } },
		{ 8, "tcp", NULL, "S0", "S", 445, { 0, 0 } },
		{ 4, "tcp", NULL, "REJ", "Sr", 23, { 0, 0 } },
		{ 4, "udp", "ntp", "SF", "Dd", 123, { 48, 48 } },
		{ 2, "icmp", NULL, "OTH", NULL, 0, { 64, 64 } },
		{ 2, "tcp", "ssl", "RSTO", "ShADadtR", 443, { 4000, 9000 } },
	};
	unsigned draw = below(s, 100), k = 0;

	while (draw >= kinds[k].share)
		draw -= kinds[k++].share;
	e->proto = kinds[k].proto;
	e->service = kinds[k].service;
	e->state = kinds[k].state;
	e->history = kinds[k].history;
	e->resp_p = kinds[k].port;
	e->orig_p = kinds[k].port ? 1024 + below(s, 64000) : 8;
	e->unset = strcmp(e->state, "S0") == 0;
	for (int i = 0; i < 2; i++) {
		unsigned most = kinds[k].bytes[i];

		e->bytes[i] = most ? most / 2 + below(s, most) : 0;
		e->pkts[i] = 1 + e->bytes[i] / 700;
	}
	if (e->unset)
		e->pkts[1] = 0;
	e->duration_us = e->unset ? 0 : 400 + below(s, 1 + below(s, 60000000));
	e->remote = below(s, 5) > 0;
}

/* Every twentieth line is of one of fifty pairs that call every five minutes. */
static void
make_beacon(uint64_t *s, uint64_t i, struct event *e)
{
	unsigned pair = (unsigned)(i / 20 % 50);

	e->proto = "tcp";
	e->service = "ssl";
	e->state = "SF";
	e->history = "ShADadFf";
	e->orig_p = 49152 + (unsigned)(i % 16000);
	e->resp_p = 443;
	e->unset = false;
	e->remote = true;
	e->bytes[0] = 512;
	e->bytes[1] = 1024;
	e->pkts[0] = e->pkts[1] = 8;
	e->duration_us = 250000 + below(s, 1000);
	(void)snprintf(e->orig, sizeof e->orig, "10.0.0.%u", pair + 1);
	(void)snprintf(e->resp, sizeof e->resp, "203.0.113.%u", pair + 1);
}

static void
seconds(char text[32], uint64_t us, bool json)
{
	int n =
	    snprintf(text, 32, "%" PRIu64 ".%06u", us / 1000000, (unsigned)(us % 1000000));

	while (json && text[n - 1] == '0' && text[n - 2] != '.')
		text[--n] = '\0';
}

static void
put_tsv(const struct event *e)
{
	char ts[32], took[32];

	seconds(ts, e->ts_us, false);
	seconds(took, e->duration_us, false);
	printf("%s\t%s\t%s\t%u\t%s\t%u\t%s\t%s\t", ts, e->uid, e->orig, e->orig_p, e->resp,
	    e->resp_p, e->proto, e->service ? e->service : "-");
	if (e->unset)
		printf("-\t-\t-\t");
	else
		printf("%s\t%" PRIu64 "\t%" PRIu64 "\t", took, e->bytes[0], e->bytes[1]);
	printf("%s\tT\t%c\t0\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t-\n",
	    e->state, e->remote ? 'F' : 'T', e->history ? e->history : "-", e->pkts[0],
	    e->bytes[0] + 40 * e->pkts[0], e->pkts[1], e->bytes[1] + 40 * e->pkts[1]);
}

static void
put_json(const struct event *e)
{
	char ts[32], took[32];

	seconds(ts, e->ts_us, true);
	seconds(took, e->duration_us, true);
	printf("{\"ts\":%s,\"uid\":\"%s\",\"id.orig_h\":\"%s\",\"id.orig_p\":%u,"
	       "\"id.resp_h\":\"%s\",\"id.resp_p\":%u,\"proto\":\"%s\",",
	    ts, e->uid, e->orig, e->orig_p, e->resp, e->resp_p, e->proto);
	if (e->service)
		printf("\"service\":\"%s\",", e->service);
	if (!e->unset)
		printf("\"duration\":%s,\"orig_bytes\":%" PRIu64 ",\"resp_bytes\":%" PRIu64
		       ",",
		    took, e->bytes[0], e->bytes[1]);
	printf("\"conn_state\":\"%s\",\"local_orig\":true,\"local_resp\":%s,"
	       "\"missed_bytes\":0,",
	    e->state, e->remote ? "false" : "true");
	if (e->history)
		printf("\"history\":\"%s\",", e->history);
	printf("\"orig_pkts\":%" PRIu64 ",\"orig_ip_bytes\":%" PRIu64
	       ",\"resp_pkts\":%" PRIu64 ",\"resp_ip_bytes\":%" PRIu64 "}\n",
	    e->pkts[0], e->bytes[0] + 40 * e->pkts[0], e->pkts[1],
	    e->bytes[1] + 40 * e->pkts[1]);
}

static void
put_header(void)
{
	puts("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	     "#unset_field\t-\n#path\tconn\n#open\t2023-11-14-22-13-20");
	puts("#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice"
	     "\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp"
	     "\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts"
	     "\tresp_ip_bytes\ttunnel_parents");
	puts("#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount"
	     "\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount"
	     "\tset[string]");
}

int
main(int argc, char **argv)
{
	uint64_t lines = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t s = argc > 3 ? strtoull(argv[3], NULL, 10) : 42;
	uint64_t now_us = UINT64_C(1700000000000000);
	bool json = argc > 1 && strcmp(argv[1], "json") == 0;

	if (argc < 3 || lines == 0 || (!json && strcmp(argv[1], "tsv") != 0)) {
		fprintf(stderr, "usage: gen_zeek tsv|json LINES [SEED]\n");
		return 2;
	}
	if (!json)
		put_header();
	for (uint64_t i = 0; i < lines; i++) {
		struct event e = { 0 };

		now_us += 300000000 / 1000 - 200 + below(&s, 400);
		e.ts_us = now_us;
		make_uid(&s, e.uid);
		make_hosts(&s, &e);
		make_kind(&s, &e);
		if (i % 20 == 0)
			make_beacon(&s, i, &e);
		(json ? put_json : put_tsv)(&e);
	}
	if (!json)
		puts("#close\t2023-11-15-22-13-20");
	return fflush(stdout) != 0;
}
