/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX 16 /* link types in one run */
#define TEXT_MAX  4096
#define DEPTH_MAX 32 /* open parentheses that a guess about an error closes */

struct program {
	uint16_t link;
	struct bpf_program code;
};

struct filter {
	char *text; /* NULL: only times */
	uint64_t from_ns, to_ns;
	struct program program[LINKS_MAX];
	unsigned programs;
};

/* What is a word of the language; whatever else begins with a letter is a name. */
static const char *const WORDS[] = { "aarp", "action", "addr1", "addr2", "addr3", "addr4",
	"ah", "and", "arp", "atalk", "atm", "bcc", "broadcast", "byte", "carp", "clnp",
	"connectmsg", "csnp", "decnet", "dir", "direction", "dpc", "dst", "es-is", "esis",
	"esp", "ether", "fddi", "fisu", "fr", "gateway", "geneve", "greater", "host",
	"hopc", "icmp", "icmp6", "icmp6code", "icmp6type", "icmpcode", "icmptype", "idp",
	"ifindex", "ifname", "igmp", "igrp", "iih", "ilmic", "in", "inbound", "ip", "ip6",
	"ipx", "is-is", "isis", "iso", "l1", "l2", "lane", "lat", "len", "less", "link",
	"llc", "lsp", "lssu", "lsu", "mask", "metac", "metaconnect", "mopdl", "moprc",
	"mpls", "msu", "multicast", "net", "netbeui", "not", "oam", "oamf4", "oamf4ec",
	"oamf4sc", "oc", "on", "opc", "or", "out", "outbound", "pim", "port", "portrange",
	"ppp", "pppoed", "pppoes", "proto", "protochain", "psnp", "ra", "radio", "rarp",
	"reason", "rh", "rnr", "rr", "rset", "rulenum", "ruleset", "sc", "sca", "sctp",
	"sio", "sls", "slip", "snp", "src", "srnr", "stp", "subrulenum", "subtype", "ta",
	"tcp", "tcp-ack", "tcp-cwr", "tcp-ece", "tcp-fin", "tcp-push", "tcp-rst", "tcp-syn",
	"tcp-urg", "tcpflags", "tr", "type", "udp", "vci", "vlan", "vpi", "vrrp", "wlan",
	"xns", "mgt", "ctl", "data", "assoc-req", "assoc-resp", "reassoc-req",
	"reassoc-resp", "probe-req", "probe-resp", "beacon", "atim", "disassoc", "auth",
	"deauth", "ps-poll", "rts", "cts", "ack", "cf-end", "cf-end-ack", "data-cf-ack",
	"data-cf-poll", "data-cf-ack-poll", "null", "cf-ack", "cf-poll", "cf-ack-poll",
	"qos-data", "qos-data-cf-ack", "qos-data-cf-poll", "qos-data-cf-ack-poll", "qos",
	"qos-cf-poll", "qos-cf-ack-poll", "nods", "tods", "fromds", "dstods", "i", "s", "u",
	"disc", "dm", "frmr", "sabme", "test", "ua", "ui", "xid", "icmp-echo",
	"icmp-echoreply", "icmp-unreach", "icmp-sourcequench", "icmp-redirect",
	"icmp-routeradvert", "icmp-routersolicit", "icmp-timxceed", "icmp-paramprob",
	"icmp-tstamp", "icmp-tstampreply", "icmp-ireq", "icmp-ireqreply", "icmp-maskreq",
	"icmp-maskreply", "icmp6-echo", "icmp6-echoreply", "icmp6-multicastlistenerquery",
	"icmp6-multicastlistenerreportv1", "icmp6-multicastlistenerdone",
	"icmp6-routersolicit", "icmp6-routeradvert", "icmp6-neighborsolicit",
	"icmp6-neighboradvert", "icmp6-redirect", "icmp6-destinationunreach",
	"icmp6-packettoobig", "icmp6-timeexceeded", "icmp6-parameterproblem" };

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_inside(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

static bool
is_word(const char *at, size_t n)
{
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (strlen(WORDS[i]) == n && memcmp(WORDS[i], at, n) == 0)
			return true;
	return false;
}

/* Whether names may follow: of services and protocols, which files tell and not DNS. */
static bool
takes_names(const char *at, size_t n, bool before)
{
	static const char *const yes[] = { "port", "portrange", "proto", "protochain",
		"ifname", "on" },
				 *const no[] = { "host", "net", "gateway", "mask" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (strlen(yes[i]) == n && memcmp(yes[i], at, n) == 0)
			return true;
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (strlen(no[i]) == n && memcmp(no[i], at, n) == 0)
			return false;
	return before;
}

/* Hexadecimal digits and colons, as in 2001:db8::1 and fe:dc:ba:98:76:54. */
static size_t
address_at(const char *at)
{
	size_t n = strspn(at, "0123456789abcdefABCDEF:.");

	return n > 0 && memchr(at, ':', n) ? n : 0;
}

/* The first name that libpcap would look up, or a word that is none. NULL: all fine. */
static const char *
stranger(const char *text, size_t *length)
{
	bool names = false;

	for (const char *at = text; *at;) {
		size_t n = address_at(at), head;

		if (n > 0 || !is_letter(*at)) {
			/* A number, an address, an operator; "\\tcp" is a protocol. */
			bool digits = *at >= '0' && *at <= '9';

			at += n > 0 ? n : 1;
			while ((digits && is_inside(*at)) || (at[-1] == '\\' && *at))
				at++;
			continue;
		}
		for (n = 0; is_inside(at[n]); n++)
			;
		for (head = 0; head < n && at[head] != '-'; head++)
			;
		if (!is_word(at, n) && !is_word(at, head) && !names) {
			*length = n;
			return at;
		}
		names = takes_names(at, n, names);
		at += n;
	}
	return NULL;
}

/* LINKTYPE_ numbers are those of libpcap's DLT_ but for a few. */
static int
dlt_of(uint16_t link)
{
	switch (link) {
	case LINK_RAW:
	case LINK_RAW_OPENBSD:
		return DLT_RAW;
	default:
		return link;
	}
}

static bool
compile(
    const char *text, uint16_t link, struct bpf_program *code, char why[PCAP_ERRBUF_SIZE])
{
	pcap_t *p = pcap_open_dead(dlt_of(link), 262144);
	bool good = p && pcap_compile(p, code, text, 1, PCAP_NETMASK_UNKNOWN) == 0;

	if (!good)
		(void)snprintf(
		    why, PCAP_ERRBUF_SIZE, "%s", p ? pcap_geterr(p) : "no memory for it");
	if (p)
		pcap_close(p);
	return good;
}

/* For some link type: "ether" means nothing on raw IP, "wlan" only on Wi-Fi. */
static bool
compiles(const char *text, char why[PCAP_ERRBUF_SIZE])
{
	static const uint16_t links[] = { LINK_WIFI_RADIOTAP, LINK_NULL, LINK_PPP,
		LINK_SUNATM, LINK_ETHERNET };
	struct bpf_program code;

	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (compile(text, links[i], &code, why)) {
			pcap_freecode(&code);
			return true;
		}
	return false; /* with what Ethernet has against it */
}

/* Could the first n bytes be the beginning of something that makes sense? */
static bool
may_go_on(const char *text, size_t n)
{
	static const char *const rest[] = { "", " 1", " tcp", " 1.2.3.4", " host 1.2.3.4",
		" = 1", "]=1", " 1]=1", " port 1", "1.2.3.4" };
	char whole[TEXT_MAX + DEPTH_MAX + 32], why[PCAP_ERRBUF_SIZE];
	unsigned open = 0;

	for (size_t i = 0; i < n; i++)
		open += text[i] == '(' ? 1u : text[i] == ')' && open > 0 ? -1u : 0u;
	for (size_t i = 0; i < sizeof rest / sizeof *rest && open <= DEPTH_MAX; i++) {
		size_t length = n, more = strlen(rest[i]);

		memcpy(whole, text, n);
		memcpy(whole + length, rest[i], more);
		length += more;
		memset(whole + length, ')', open);
		whole[length + open] = '\0';
		if (compiles(whole, why))
			return true;
	}
	return false;
}

/* libpcap does not say where; the place is behind the longest beginning that may go on. */
static enum status
explain(const char *text, const char *why, struct error *err)
{
	size_t n = strlen(text), from = 0, to = 0;

	while (to < n) {
		from = to + strspn(text + to, " \t\n");
		to = from;
		while (is_inside(text[to]) || text[to] == ':' || text[to] == '/')
			to++;
		if (to == from && to < n)
			to++;
		if (!may_go_on(text, to))
			return error_set(err, E_MISUSE,
			    "the filter \"%s\" makes no sense at character %zu, \"%.*s\": "
			    "%s",
			    text, from + 1, (int)(to - from), text + from, why);
	}
	return error_set(err, E_MISUSE, "the filter \"%s\" ends too soon: %s", text, why);
}

static enum status
check(const char *text, struct error *err)
{
	char why[PCAP_ERRBUF_SIZE];
	const char *at;
	size_t n = 0;

	if (strlen(text) >= TEXT_MAX)
		return error_set(
		    err, E_MISUSE, "the filter is longer than %d bytes", TEXT_MAX - 1);
	at = stranger(text, &n);
	if (at)
		return error_set(err, E_MISUSE,
		    "the filter \"%s\" makes no sense at character %zu, \"%.*s\": neither "
		    "a "
		    "word of pcap-filter(7) nor an address; names are not looked up",
		    text, (size_t)(at - text) + 1, (int)n, at);
	return compiles(text, why) ? OK : explain(text, why, err);
}

enum status
filter_new(struct filter **out, const char *text, uint64_t from_ns, uint64_t to_ns,
    struct error *err)
{
	struct filter *f;
	enum status st = text ? check(text, err) : OK;

	if (st != OK)
		return st;
	f = calloc(1, sizeof *f);
	if (f && text)
		f->text = strdup(text);
	if (f == NULL || (text && f->text == NULL)) {
		filter_free(f);
		return error_set(err, E_NOMEM, "no memory for a filter");
	}
	f->from_ns = from_ns;
	f->to_ns = to_ns;
	*out = f;
	return OK;
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	for (unsigned i = 0; i < f->programs; i++)
		pcap_freecode(&f->program[i].code);
	free(f->text);
	free(f);
}

const char *
filter_text(const struct filter *f)
{
	return f ? f->text : NULL;
}

uint64_t
filter_from(const struct filter *f)
{
	return f ? f->from_ns : 0;
}

uint64_t
filter_to(const struct filter *f)
{
	return f ? f->to_ns : UINT64_MAX;
}

bool
filter_in_time(const struct filter *f, uint64_t t_ns)
{
	return f == NULL ||
	       (t_ns >= f->from_ns && (t_ns < f->to_ns || f->to_ns == UINT64_MAX));
}

static enum status
program_for(
    struct filter *f, uint16_t link, const struct bpf_program **code, struct error *err)
{
	char why[PCAP_ERRBUF_SIZE];
	struct program *p;

	for (unsigned i = 0; i < f->programs; i++)
		if (f->program[i].link == link) {
			*code = &f->program[i].code;
			return OK;
		}
	if (f->programs == LINKS_MAX)
		return error_set(err, E_LIMIT, "more than %d link types", LINKS_MAX);
	p = &f->program[f->programs];
	if (!compile(f->text, link, &p->code, why))
		return error_set(err, E_FORMAT,
		    "the filter \"%s\" makes no sense for link type %u: %s", f->text, link,
		    why);
	p->link = link;
	f->programs++;
	*code = &p->code;
	return OK;
}

enum status
filter_batch(struct filter *f, struct frame_batch *batch, uint64_t *outside,
    uint64_t *unwanted, struct error *err)
{
	const struct bpf_program *code = NULL;
	unsigned n = 0, link = UINT32_MAX;

	for (unsigned i = 0; i < batch->n; i++) {
		const struct frame *frame = &batch->frame[i];

		if (!filter_in_time(f, frame->time_ns)) {
			++*outside;
			continue;
		}
		if (f->text && frame->link != link) {
			enum status st = program_for(f, frame->link, &code, err);

			if (st != OK)
				return st;
			link = frame->link;
		}
		if (f->text && bpf_filter(code->bf_insns, frame->bytes.at,
				   frame->wire_length, (u_int)frame->bytes.len) == 0) {
			++*unwanted;
			continue;
		}
		batch->frame[n++] = *frame;
	}
	batch->n = n;
	return OK;
}
