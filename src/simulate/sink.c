/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/sink.h"

#include <errno.h>
#include <inttypes.h>

#include "base/stamp.h"
#include "simulate/rng.h"

#define PCAP_MAGIC_NS UINT32_C(0xa1b23c4d)
#define ROW           1024

static void
put(struct sink *k, FILE *to, const void *bytes, size_t n)
{
	k->bytes += n;
	if (k->failed || fwrite(bytes, 1, n, to) == n)
		return;
	k->failed = true;
	k->why = errno;
}

static void
le32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

/* draft-ietf-opsawg-pcap: nanoseconds, little endian whatever the machine. */
static void
pcap_begin(struct sink *k)
{
	uint8_t head[24] = { 0 };

	le32(head, PCAP_MAGIC_NS);
	head[4] = 2; /* version 2.4 */
	head[6] = 4;
	le32(head + 16, WIRE_MOST);
	le32(head + 20, 1); /* LINKTYPE_ETHERNET */
	put(k, k->pcap, head, sizeof head);
}

void
sink_frame(struct sink *k, uint64_t at_ns, const struct wire_frame *f)
{
	uint8_t head[16];

	k->frames++;
	if (k->pcap == NULL)
		return;
	le32(head, (uint32_t)(at_ns / SECOND_NS));
	le32(head + 4, (uint32_t)(at_ns % SECOND_NS));
	le32(head + 8, f->kept);
	le32(head + 12, f->length);
	put(k, k->pcap, head, sizeof head);
	put(k, k->pcap, f->bytes, f->kept);
}

/* "2026-03-02-00-00-00", as Zeek writes #open and #close. */
static void
zeek_stamp(uint64_t ns, char text[static STAMP_TEXT])
{
	(void)stamp_text(ns, text);
	text[10] = text[13] = text[16] = '-';
	text[19] = '\0';
}

static void
zeek_begin(struct sink *k, FILE *to, uint64_t start_ns, const char *path,
    const char *fields, const char *types)
{
	char text[ROW], stamp[STAMP_TEXT];
	int n;

	zeek_stamp(start_ns, stamp);
	n = snprintf(text, sizeof text,
	    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	    "#unset_field\t-\n#path\t%s\n#open\t%s\n#fields\t%s\n#types\t%s\n",
	    path, stamp, fields, types);
	put(k, to, text, (size_t)n);
}

void
sink_begin(struct sink *k, uint64_t start_ns)
{
	if (k->pcap)
		pcap_begin(k);
	if (k->conn)
		zeek_begin(k, k->conn, start_ns, "conn",
		    "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\t"
		    "duration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\t"
		    "missed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t"
		    "resp_ip_bytes\ttunnel_parents",
		    "time\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\t"
		    "count\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\t"
		    "set[string]");
	if (k->dns)
		zeek_begin(k, k->dns, start_ns, "dns",
		    "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\t"
		    "rtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_"
		    "name\t"
		    "AA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
		    "time\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\t"
		    "count\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\t"
		    "count\tvector[string]\tvector[interval]\tbool");
}

/* Zeek's shape: C and up to 17 of 62 letters. */
static void
uid(const struct sink *k, uint64_t flow, char text[static 20])
{
	static const char letter[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint64_t v = rng_mix(k->seed, flow), w = rng_mix(v, flow);

	text[0] = 'C';
	for (int i = 1; i < 18; i++) {
		uint64_t *from = i < 10 ? &v : &w;

		text[i] = letter[*from % 62];
		*from /= 62;
	}
	text[18] = '\0';
}

/* Zeek's log knows microseconds. */
static int
microseconds(char *to, size_t room, uint64_t ns)
{
	return snprintf(to, room, "%" PRIu64 ".%06u", ns / SECOND_NS,
	    (unsigned)(ns % SECOND_NS / 1000));
}

static const char *
proto_text(unsigned proto)
{
	return proto == PROTO_TCP ? "tcp" : proto == PROTO_UDP ? "udp" : "icmp";
}

uint64_t
sink_flow(struct sink *k, const struct flow *f, bool orig_inside, bool resp_inside)
{
	char text[ROW], id[20], orig[IP_TEXT], resp[IP_TEXT], ts[32],
	    counts[96] = "-\t-\t-";
	uint64_t took_us = f->last_ns / 1000 - f->first_ns / 1000;
	int n;

	k->flows++;
	if (k->conn == NULL)
		return k->flows;
	uid(k, k->flows, id);
	microseconds(ts, sizeof ts, f->first_ns);
	/* Zeek leaves the counts open when there was but one instant */
	if (took_us > 0) {
		n = microseconds(counts, sizeof counts, took_us * 1000);
		(void)snprintf(counts + n, sizeof counts - (size_t)n,
		    "\t%" PRIu64 "\t%" PRIu64, f->orig_bytes, f->resp_bytes);
	}
	n = snprintf(text, sizeof text,
	    "%s\t%s\t%s\t%u\t%s\t%u\t%s\t%s\t%s\t%s\t%c\t%c\t0\t%s\t%" PRIu64 "\t%" PRIu64
	    "\t%" PRIu64 "\t%" PRIu64 "\t-\n",
	    ts, id, ip_text(&f->orig, orig), f->orig_port, ip_text(&f->resp, resp),
	    f->resp_port, proto_text(f->proto), service_text(f->service), counts,
	    conn_state_text(f->state), orig_inside ? 'T' : 'F', resp_inside ? 'T' : 'F',
	    f->history[0] ? f->history : "-", f->orig_pkts, f->orig_ip_bytes, f->resp_pkts,
	    f->resp_ip_bytes);
	put(k, k->conn, text, (size_t)n);
	return k->flows;
}

/* Both are vectors of as many. */
static void
put_answers(
    const struct sink_dns *d, char *answer, size_t answer_room, char *ttl, size_t ttl_room)
{
	size_t a = 0, t = 0;

	CHECK(d->answers <= SINK_ANSWERS);
	for (unsigned i = 0; i < d->answers; i++) {
		char ip[IP_TEXT];

		a += (size_t)snprintf(answer + a, answer_room - a, "%s%s", i ? "," : "",
		    ip_text(&d->answer[i], ip));
		t += (size_t)snprintf(
		    ttl + t, ttl_room - t, "%s%u.000000", i ? "," : "", d->ttl_s);
	}
}

void
sink_dns(struct sink *k, const struct sink_dns *d)
{
	static const struct {
		uint16_t type;
		const char *name;
	} types[] = { { 1, "A" }, { 12, "PTR" }, { 28, "AAAA" } };
	char text[ROW], id[20], orig[IP_TEXT], resp[IP_TEXT], ts[32],
	    rtt[32] = "-", answer[SINK_ANSWERS * IP_TEXT] = "-",
	    ttl[SINK_ANSWERS * 20] = "-";
	const char *name = "*";
	int n;

	if (k->dns == NULL)
		return;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == d->type)
			name = types[i].name;
	uid(k, d->flow, id);
	microseconds(ts, sizeof ts, d->at_ns);
	if (d->rtt_ns)
		microseconds(rtt, sizeof rtt, d->rtt_ns);
	if (d->answer)
		put_answers(d, answer, sizeof answer, ttl, sizeof ttl);
	n = snprintf(text, sizeof text,
	    "%s\t%s\t%s\t%u\t%s\t53\tudp\t%u\t%s\t%s\t1\tC_INTERNET\t%u\t%s\t%s\t%s\t"
	    "F\tF\tT\t%c\t0\t%s\t%s\tF\n",
	    ts, id, ip_text(&d->orig, orig), d->orig_port, ip_text(&d->resp, resp), d->id,
	    rtt, d->query, d->type, name,
	    d->rtt_ns == 0 ? "-"
	    : d->exists    ? "0"
			   : "3",
	    d->rtt_ns == 0 ? "-"
	    : d->exists    ? "NOERROR"
			   : "NXDOMAIN",
	    d->rtt_ns == 0 ? 'F' : 'T', answer, ttl);
	put(k, k->dns, text, (size_t)n);
}

void
sink_end(struct sink *k, uint64_t end_ns)
{
	FILE *logs[] = { k->conn, k->dns };
	char text[64 + STAMP_TEXT], stamp[STAMP_TEXT];

	zeek_stamp(end_ns, stamp);
	(void)snprintf(text, sizeof text, "#close\t%s\n", stamp);
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
		if (logs[i])
			put(k, logs[i], text, strlen(text));
}

enum status
sink_state(const struct sink *k, struct error *err)
{
	if (!k->failed)
		return OK;
	errno = k->why;
	return error_sys(err, "write");
}
