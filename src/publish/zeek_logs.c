/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_logs.c - flows and traits as Zeek's tab-separated logs.
 *
 * For programs that read those already. A field that we do not have is left
 * out, and `uid` is unset: the community_id joins the lines of a flow.
 */
#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/records.h"
#include "record/community.h"
#include "record/finding.h"

#define HEAD_FIELDS "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tcommunity_id"
#define HEAD_TYPES  "time\tstring\taddr\tport\taddr\tport\tstring"

static const struct layout {
	const char *path, *fields, *types;
} CONN = { "conn",
	HEAD_FIELDS
	"\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory"
	"\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes",
	HEAD_TYPES "\tenum\tstring\tinterval\tcount\tcount\tstring\tstring"
		   "\tcount\tcount\tcount\tcount" };

static const struct layout LAYOUTS[] = {
	[TRAIT_DNS] = { "dns",
	    HEAD_FIELDS
	    "\tproto\ttrans_id\trtt\tquery\tqclass\tqtype\trcode\tTC\tanswers\tTTLs",
	    HEAD_TYPES "\tenum\tcount\tinterval\tstring\tcount\tcount\tcount\tbool"
		       "\tvector[string]\tvector[interval]" },
	[TRAIT_HTTP] = { "http",
	    HEAD_FIELDS "\ttrans_depth\tmethod\thost\turi\tversion\tuser_agent"
			"\trequest_body_len\tresponse_body_len\tstatus_code",
	    HEAD_TYPES
	    "\tcount\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount" },
	[TRAIT_TLS] = { "ssl",
	    HEAD_FIELDS "\tserver_name\testablished\tresumed\tja3\tja3s\tja4\tsubject"
			"\tissuer\tcert_chain_fps",
	    HEAD_TYPES "\tstring\tbool\tbool\tstring\tstring\tstring\tstring\tstring"
		       "\tvector[string]" },
	[TRAIT_SSH] = { "ssh", HEAD_FIELDS "\tclient\tserver\thassh\thasshServer",
	    HEAD_TYPES "\tstring\tstring\tstring\tstring" },
	[TRAIT_FILE] = { "files",
	    HEAD_FIELDS "\tsource\tmime_type\tfilename\tis_orig\tseen_bytes\ttotal_bytes"
			"\tmissing_bytes\tmd5\tsha1\tsha256",
	    HEAD_TYPES "\tstring\tstring\tstring\tbool\tcount\tcount\tcount\tstring"
		       "\tstring\tstring" },
	[TRAIT_NTP] = { "ntp", HEAD_FIELDS "\tversion\tmode\tstratum\tref_id",
	    HEAD_TYPES "\tcount\tcount\tcount\tstring" },
	[TRAIT_DHCP] = { "dhcp",
	    "ts\tuids\tclient_addr\tserver_addr\tmac\thost_name\tassigned_addr\tmsg_types",
	    "time\tset[string]\taddr\taddr\tstring\tstring\taddr\tvector[string]" },
	[TRAIT_ECHO] = { "echo",
	    HEAD_FIELDS "\trequests\trequest_bytes\trequest_changes\treplies"
			"\treply_bytes\tdiffer\tdiffer_bytes\tdiffer_changes",
	    HEAD_TYPES "\tcount\tcount\tcount\tcount\tcount\tcount\tcount\tcount" },
};

static void
put_header(const struct layout *l, struct buf *out)
{
	buf_printf(out,
	    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
	    "#path\t%s\n#fields\t%s\n#types\t%s\n",
	    l->path, l->fields, l->types);
}

void
publish_zeek_conn_header(struct buf *out)
{
	put_header(&CONN, out);
}

void
publish_zeek_header(enum trait_kind kind, struct buf *out)
{
	put_header(&LAYOUTS[kind], out);
}

/* A text in Zeek's escapes, `none` when there is none. In lists commas are escaped, too. */
static void
put_text(struct buf *out, struct span s, bool listed, const char *none)
{
	if (s.len == 0)
		buf_puts(out, none);
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];
		bool unset = s.len == 1 && c == '-';

		if (c < 0x20 || c >= 0x7f || c == '\\' || (listed && c == ',') || unset)
			buf_printf(out, "\\x%02x", c);
		else
			buf_putc(out, (char)c);
	}
}

static void
put_field(struct buf *out, struct span s)
{
	buf_putc(out, '\t');
	put_text(out, s, false, "-");
}

static void
put_uint(struct buf *out, bool known, uint64_t v)
{
	if (known)
		buf_printf(out, "\t%" PRIu64, v);
	else
		buf_puts(out, "\t-");
}

static void
put_seconds(struct buf *out, uint64_t ns)
{
	buf_printf(out, "%" PRIu64 ".%06" PRIu64, ns / SECOND_NS, ns % SECOND_NS / 1000);
}

static void
put_bool(struct buf *out, bool v)
{
	buf_puts(out, v ? "\tT" : "\tF");
}

static void
put_hex(struct buf *out, bool known, const uint8_t *b, size_t n)
{
	buf_putc(out, '\t');
	if (!known)
		buf_putc(out, '-');
	for (size_t i = 0; known && i < n; i++)
		buf_printf(out, "%02x", b[i]);
}

static void
put_head(struct buf *out, uint64_t time_ns, const struct ends *e, uint16_t seed)
{
	char a[IP_TEXT], b[IP_TEXT], id[COMMUNITY_TEXT];

	put_seconds(out, time_ns);
	buf_printf(out, "\t-\t%s\t%u\t%s\t%u\t%s", ip_text(&e->src, a), e->src_port,
	    ip_text(&e->dst, b), e->dst_port, community_id(e, seed, id));
}

static const char *
transport(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return "icmp";
	default:
		return "unknown_transport";
	}
}

void
publish_zeek_conn(const struct flow *f, uint16_t seed, struct buf *out)
{
	struct ends e = { f->orig, f->resp, f->orig_port, f->resp_port, f->proto };
	bool bytes = !(f->flags & FLOW_NO_BYTES);

	put_head(out, f->first_ns, &e, seed);
	buf_printf(out, "\t%s\t%s\t", transport(f->proto), service_text(f->service));
	put_seconds(out, f->last_ns - f->first_ns);
	put_uint(out, bytes, f->orig_bytes);
	put_uint(out, bytes, f->resp_bytes);
	buf_printf(
	    out, "\t%s\t%s", conn_state_text(f->state), *f->history ? f->history : "-");
	put_uint(out, true, f->orig_pkts);
	put_uint(out, bytes, f->orig_ip_bytes);
	put_uint(out, true, f->resp_pkts);
	put_uint(out, bytes, f->resp_ip_bytes);
	buf_putc(out, '\n');
}

static void
put_answers(struct buf *out, const struct trait_dns *d)
{
	char ip[IP_TEXT];

	buf_puts(out, d->answers ? "\t" : "\t-");
	for (unsigned i = 0; i < d->answers; i++) {
		const struct trait_answer *a = &d->answer[i];

		if (i > 0)
			buf_putc(out, ',');
		if (a->is_address)
			buf_puts(out, ip_text(&a->address, ip));
		else if (a->type == 16)
			buf_printf(out, "TXT %zu ", a->text.len);
		if (!a->is_address)
			put_text(out, a->text, true, "(empty)");
	}
	buf_puts(out, d->answers ? "\t" : "\t-");
	for (unsigned i = 0; i < d->answers; i++)
		buf_printf(out, "%s%u.000000", i ? "," : "", d->answer[i].ttl);
}

static void
put_dns(struct buf *out, const struct trait *t)
{
	const struct trait_dns *d = &t->dns;

	buf_printf(out, "\t%s\t%u\t", transport(t->proto), d->id);
	if (d->rtt_ns)
		put_seconds(out, d->rtt_ns);
	else
		buf_putc(out, '-');
	put_field(out, d->query);
	put_uint(out, d->query.len > 0, d->qclass);
	put_uint(out, d->query.len > 0, d->qtype);
	put_uint(out, d->answered, d->rcode);
	put_bool(out, d->truncated);
	put_answers(out, d);
}

/* As the request wrote it, but for the port that goes without saying. */
static void
put_host(struct buf *out, const struct trait_http *h)
{
	bool v6 = h->host.len > 0 && memchr(h->host.at, ':', h->host.len);

	buf_puts(out, v6 ? "\t[" : "\t");
	put_text(out, h->host, false, "-");
	if (v6)
		buf_putc(out, ']');
	if (h->host.len > 0 && h->port != 0 && h->port != 80)
		buf_printf(out, ":%u", h->port);
}

static void
put_http(struct buf *out, const struct trait_http *h)
{
	put_uint(out, true, h->depth);
	put_field(out, h->method);
	put_host(out, h);
	put_field(out, h->uri);
	put_field(out, h->version);
	put_field(out, h->user_agent);
	put_uint(out, true, h->request_len);
	put_uint(out, true, h->response_len);
	put_uint(out, h->status > 0, h->status);
}

static bool
is_known(const uint8_t *b, size_t n)
{
	while (n > 0 && b[n - 1] == 0)
		n--;
	return n > 0;
}

static void
put_tls(struct buf *out, const struct trait_tls *s)
{
	put_field(out, s->server_name);
	put_bool(out, s->flags & TRAIT_TLS_ESTABLISHED);
	put_bool(out, s->flags & TRAIT_TLS_RESUMED);
	put_hex(out, s->flags & TRAIT_TLS_JA3, s->ja3, sizeof s->ja3);
	put_hex(out, s->flags & TRAIT_TLS_JA3S, s->ja3s, sizeof s->ja3s);
	buf_printf(out, "\t%s", *s->ja4 ? s->ja4 : "-");
	put_field(out, s->subject);
	put_field(out, s->issuer);
	put_hex(
	    out, is_known(s->cert_sha256.b, DIGEST_BYTES), s->cert_sha256.b, DIGEST_BYTES);
}

static void
put_ssh(struct buf *out, const struct trait_ssh *s)
{
	put_field(out, s->client);
	put_field(out, s->server);
	put_hex(out, s->has_hassh, s->hassh, sizeof s->hassh);
	put_hex(out, s->has_hassh_server, s->hassh_server, sizeof s->hassh_server);
}

static void
put_file(struct buf *out, const struct trait_file *f)
{
	put_field(out, f->source);
	put_field(out, f->mime);
	put_field(out, f->filename);
	put_bool(out, f->from_orig);
	put_uint(out, true, f->seen);
	put_uint(out, f->total > 0, f->total);
	put_uint(out, true, f->missing);
	put_hex(out, is_known(f->md5, sizeof f->md5), f->md5, sizeof f->md5);
	put_hex(out, is_known(f->sha1, sizeof f->sha1), f->sha1, sizeof f->sha1);
	put_hex(out, is_known(f->sha256.b, DIGEST_BYTES), f->sha256.b, DIGEST_BYTES);
}

static void
put_ntp(struct buf *out, const struct trait_ntp *n)
{
	put_uint(out, n->version > 0, n->version);
	put_uint(out, n->mode > 0, n->mode);
	put_uint(out, true, n->stratum);
	put_field(out, n->ref);
}

static void
put_echo(struct buf *out, const struct trait_echo *e)
{
	put_uint(out, true, e->requests);
	put_uint(out, true, e->request_bytes);
	put_uint(out, true, e->request_changes);
	put_uint(out, true, e->replies);
	put_uint(out, true, e->reply_bytes);
	put_uint(out, true, e->differ);
	put_uint(out, true, e->differ_bytes);
	put_uint(out, true, e->differ_changes);
}

/* Its line begins otherwise: a lease is of several flows. */
static void
put_dhcp(struct buf *out, const struct trait *t)
{
	const struct trait_dhcp *d = &t->dhcp;
	char a[IP_TEXT], b[IP_TEXT];

	put_seconds(out, t->time_ns);
	buf_printf(out, "\t-\t%s\t%s", ip_text(&t->orig, a), ip_text(&t->resp, b));
	put_field(out, d->mac);
	put_field(out, d->host_name);
	put_field(out, d->assigned);
	buf_puts(out, d->messages.len > 0 ? "\t" : "\t-");
	for (size_t i = 0; i < d->messages.len; i++) {
		struct span one = { d->messages.at + i, 1 };

		if (*one.at == ' ')
			buf_putc(out, ',');
		else
			put_text(out, one, true, "-");
	}
}

void
publish_zeek_trait(const struct trait *t, uint16_t seed, struct buf *out)
{
	struct ends e = { t->orig, t->resp, t->orig_port, t->resp_port, t->proto };

	if (t->kind != TRAIT_DHCP)
		put_head(out, t->time_ns, &e, seed);
	switch ((enum trait_kind)t->kind) {
	case TRAIT_DNS:
		put_dns(out, t);
		break;
	case TRAIT_HTTP:
		put_http(out, &t->http);
		break;
	case TRAIT_TLS:
		put_tls(out, &t->tls);
		break;
	case TRAIT_SSH:
		put_ssh(out, &t->ssh);
		break;
	case TRAIT_FILE:
		put_file(out, &t->file);
		break;
	case TRAIT_NTP:
		put_ntp(out, &t->ntp);
		break;
	case TRAIT_DHCP:
		put_dhcp(out, t);
		break;
	case TRAIT_ECHO:
		put_echo(out, &t->echo);
		break;
	case TRAIT_KIND_COUNT:
		break;
	}
	buf_putc(out, '\n');
}
