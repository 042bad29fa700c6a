/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trait.h - what a flow carried: a look-up, a request, a handshake.
 *
 * The second noun every ear produces, beside the flow: by the parsers of
 * `protocol` from packets, and from Zeek's and Suricata's logs. One flow may
 * carry many: each DNS transaction and each HTTP request is a trait of its own.
 * The words are Zeek's (docs.zeek.org: dns.log, http.log, ssl.log, x509.log,
 * ssh.log, files.log, ntp.log, dhcp.log) because the field knows them. Those of
 * files, NTP and DHCP come from Zeek's logs alone; of echoes Zeek has none.
 *
 * Text is borrowed: all spans are valid only during the call that hands the
 * trait over. It is as it was heard: any bytes, within the limit of its kind,
 * except that names of hosts are in lower case and without the last dot. Who
 * shows it escapes it. An empty span: not seen.
 */
#ifndef RECORD_TRAIT_H
#define RECORD_TRAIT_H

#include "base/digest.h"
#include "record/flow.h"

#define TRAIT_KINDS(X)   \
	X(DNS, "dns")    \
	X(HTTP, "http")  \
	X(TLS, "ssl")    \
	X(SSH, "ssh")    \
	X(FILE, "files") \
	X(NTP, "ntp")    \
	X(DHCP, "dhcp")  \
	X(ECHO, "echo")

enum trait_kind {
#define X(name, text) TRAIT_##name,
	TRAIT_KINDS(X)
#undef X
	    TRAIT_KIND_COUNT
};

#define TRAIT_NAME    255  /* RFC 1035 section 2.3.4; longer hosts are cut */
#define TRAIT_TEXT    1024 /* paths, user agents, subjects: cut at it */
#define TRAIT_ANSWERS 32   /* more are counted */

struct trait_answer {
	uint16_t type; /* RFC 1035 TYPE; 0: the source does not say */
	uint32_t ttl;  /* seconds */
	bool is_address;
	struct ip address;
	struct span
	    text; /* the name of a CNAME, the octets of a TXT; else as Zeek writes it */
};

/* One question and what came of it. */
struct trait_dns {
	struct span query; /* labels joined by dots */
	uint16_t id, qtype, qclass;
	uint8_t rcode;
	bool answered; /* a response was seen; rcode and answers mean nothing without */
	bool truncated;
	uint64_t rtt_ns; /* 0: unknown */
	unsigned answers;
	unsigned answers_more; /* not kept */
	struct trait_answer answer[TRAIT_ANSWERS];
};

/* One request and its response, as far as seen. */
struct trait_http {
	struct span method, host, uri, user_agent;
	struct span version; /* of the response */
	struct span mime;    /* its Content-Type */
	uint16_t status;     /* 0: no response seen */
	uint16_t port;       /* that the host part names; 0: none */
	uint32_t depth;      /* which request of its connection, from 1 */
	/* Asked of a proxy (CONNECT or an absolute URI): the peer is `host`, resp is not. */
	bool proxied;
	uint64_t request_len, response_len; /* of the bodies */
};

enum trait_tls_flags {
	TRAIT_TLS_JA3 = 1, /* which of the fingerprints are known */
	TRAIT_TLS_JA3S = 2,
	TRAIT_TLS_CERT =
	    4, /* subject, issuer, validity; digests as far as the source has them */
	TRAIT_TLS_SELF_SIGNED = 8,
	TRAIT_TLS_ESTABLISHED = 16,
	TRAIT_TLS_RESUMED = 32,
	TRAIT_TLS_ECH = 64, /* the outer name is a cover */
	TRAIT_TLS_QUIC = 128,
};

#define TRAIT_SHA1 20
#define TRAIT_JA4  36 /* "t13d1516h2_8daaf6152771_e5627efa2ab1" */

struct trait_tls {
	struct span server_name, alpn; /* alpn: chosen, else the first offered */
	struct span subject, issuer;   /* RFC 4514 text */
	uint16_t version;              /* negotiated, 0x0303; 0: no ServerHello seen */
	uint16_t client_version;       /* highest offered */
	uint16_t cipher;
	uint16_t flags; /* enum trait_tls_flags */
	uint8_t ja3[16], ja3s[16];
	char ja4[TRAIT_JA4 + 1];       /* "" unknown */
	char ja4_retry[TRAIT_JA4 + 1]; /* of the hello after a HelloRetryRequest; "" none */
	struct digest cert_sha256;
	uint8_t cert_sha1[TRAIT_SHA1];        /* all zero: unknown, as of the other */
	uint64_t not_before_ns, not_after_ns; /* not_after may be FLOW_INT_MAX: beyond */
};

enum trait_outcome { TRAIT_UNKNOWN, TRAIT_NO, TRAIT_YES };

struct trait_ssh {
	struct span client, server; /* identification strings */
	bool has_hassh, has_hassh_server;
	uint8_t hassh[16], hassh_server[16];
	enum trait_outcome auth; /* did a login succeed */
	uint32_t attempts;       /* of logins, 0 unknown */
};

/* A file that went through a flow. Zeros and empty texts: not known. */
struct trait_file {
	struct span source; /* what carried it, "HTTP" */
	struct span mime, filename;
	bool from_orig;                /* the originator sent it */
	uint64_t seen, total, missing; /* bytes */
	uint8_t md5[16], sha1[TRAIT_SHA1];
	struct digest sha256;
};

enum { TRAIT_NTP_ACTIVE = 1, TRAIT_NTP_CLIENT = 3 }; /* RFC 5905 figure 10 */

/* One message between clocks, the way the flow goes. */
struct trait_ntp {
	uint8_t mode, version, stratum; /* RFC 5905 section 7.3; 0: not known */
	struct span ref;
};

/* What a client and a server agreed on; its flows are between ports 68 and 67. */
struct trait_dhcp {
	struct span host_name, mac, assigned;
	struct span messages; /* "DISCOVER OFFER REQUEST ACK" */
};

/*
 * Pings that were not what pings are (RFC 792: data that is sent has to come back).
 * A ping's data begins with times and counters and is otherwise the same each time;
 * it changed when what follows on its first 32 octets was not among the last ways it
 * was. Lengths are no matter: they are what some probes vary.
 */
struct trait_echo {
	uint64_t request_bytes, reply_bytes; /* of data */
	uint32_t requests, replies;
	uint32_t request_changes;
	uint32_t differ;         /* replies with other data than was sent, or more of it */
	uint32_t differ_changes; /* of them, none of the last such */
	uint64_t differ_bytes;   /* of data in those */
};

struct trait {
	uint64_t time_ns; /* of the question, the request, the hello */
	struct ip orig, resp;
	uint16_t orig_port, resp_port;
	uint8_t proto;
	uint8_t kind;    /* enum trait_kind */
	uint16_t source; /* as in struct flow */
	uint64_t where;
	uint64_t uid; /* hash of the source's name of the flow; 0: it has none */
	/*
	 * Packets only, and not written: its flow has a service, began before it, or with it
	 * and says so (flow.asked), and is told of as well, between the same ends.
	 */
	bool within;
	union {
		struct trait_dns dns;
		struct trait_http http;
		struct trait_tls tls;
		struct trait_ssh ssh;
		struct trait_file file;
		struct trait_ntp ntp;
		struct trait_dhcp dhcp;
		struct trait_echo echo;
	};
};

const char *trait_kind_text(enum trait_kind);

/* Called once for each trait, in the order in which the source tells them. */
typedef void trait_sink(void *state, const struct trait *);

/*
 * One line of canonical JSON without the newline, its first key `_path` as
 * Zeek's JSON streams have it; bytes that are not UTF-8 are written \xNN, a
 * backslash as \\, as Zeek does. docs/formats/trait.schema.json describes it.
 */
void trait_encode(const struct trait *, struct buf *out);

/*
 * The inverse, strict as flow_decode. The spans of `out` lie in `text`, which is
 * emptied first and must outlive them.
 */
enum status trait_decode(
    struct span line, struct buf *text, struct trait *out, struct error *) MUST_USE;

#endif
