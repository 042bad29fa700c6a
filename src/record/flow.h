/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - one conversation between two endpoints.
 *
 * The noun every ear produces: our own flow table, Zeek's conn.log, and later
 * NetFlow, IPFIX and Suricata. The words are Zeek's (docs.zeek.org, conn.log)
 * because the field knows them: the originator sent the first packet, the
 * responder is the other one.
 */
#ifndef RECORD_FLOW_H
#define RECORD_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ip.h"

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
};

/* Zeek's conn_state; the line is the enum and the text. */
#define CONN_STATES(X)                                                \
	X(S0, "attempt seen, no reply")                               \
	X(S1, "established, not terminated")                          \
	X(SF, "normal establishment and termination")                 \
	X(REJ, "attempt rejected")                                    \
	X(S2, "established, close attempt by originator seen")        \
	X(S3, "established, close attempt by responder seen")         \
	X(RSTO, "established, originator aborted")                    \
	X(RSTR, "responder sent a RST")                               \
	X(RSTOS0, "originator sent a SYN and then a RST, no SYN-ACK") \
	X(RSTRH, "responder sent a SYN-ACK and then a RST, no SYN")   \
	X(SH, "originator sent a SYN and then a FIN, no SYN-ACK")     \
	X(SHR, "responder sent a SYN-ACK and then a FIN, no SYN")     \
	X(OTH, "no SYN seen, midstream")

enum conn_state {
	CONN_UNKNOWN, /* the source did not say */
#define X(name, why) CONN_##name,
	CONN_STATES(X)
#undef X
};

/* "S0"; "-" for CONN_UNKNOWN. */
const char *conn_state_text(enum conn_state);
enum conn_state conn_state_parse(struct span); /* CONN_UNKNOWN when not one of them */

/* True for S0, REJ, RSTOS0, SH: the originator asked and never got a service. */
bool conn_state_failed(enum conn_state);

/* What spoke, as far as the source or the first bytes tell. Zeek's words in text. */
/* clang-format off */
#define SERVICES(X) \
	X(DNS, "dns") \
	X(HTTP, "http") \
	X(TLS, "ssl") \
	X(SSH, "ssh") \
	X(QUIC, "quic") \
	X(NTP, "ntp") \
	X(DHCP, "dhcp") \
	X(SMTP, "smtp") \
	X(IRC, "irc") \
	X(FTP, "ftp") \
	X(FTP_DATA, "ftp-data") \
	X(IMAP, "imap") \
	X(POP3, "pop3") \
	X(SIP, "sip") \
	X(SMB, "smb") \
	X(KRB, "krb") \
	X(RDP, "rdp") \
	X(MQTT, "mqtt") \
	X(LDAP, "ldap_tcp") \
	X(MODBUS, "modbus") \
	X(DCE_RPC, "dce_rpc") \
	X(OTHER, "other")
/* clang-format on */

enum service {
	SERVICE_NONE,
#define X(name, text) SERVICE_##name,
	SERVICES(X)
#undef X
};

const char *service_text(enum service);  /* "-" for SERVICE_NONE */
enum service service_parse(struct span); /* SERVICE_OTHER for a word we do not know */

/* What a packet travelled in. The word is the enum's and the record's. */
/* clang-format off */
#define TUNNELS(X) \
	X(MPLS, "mpls") \
	X(PPPOE, "pppoe") \
	X(PBB, "pbb") \
	X(FABRICPATH, "fabricpath") \
	X(VNTAG, "vntag") \
	X(IP, "ip") \
	X(GRE, "gre") \
	X(PPTP, "pptp") \
	X(ERSPAN, "erspan") \
	X(ETHERIP, "etherip") \
	X(TEREDO, "teredo") \
	X(AYIYA, "ayiya") \
	X(VXLAN, "vxlan") \
	X(GENEVE, "geneve") \
	X(GTP, "gtp") \
	X(L2TP, "l2tp")
/* clang-format on */

enum tunnel {
	TUNNEL_NONE,
#define X(name, text) TUNNEL_##name,
	TUNNELS(X)
#undef X
	    TUNNEL_COUNT
};

const char *tunnel_text(enum tunnel); /* "-" for TUNNEL_NONE */

/* How a flow's answers travelled, seen from its questions. */
enum flow_carried {
	CARRIED_ONE_WAY,  /* no answer came in a tunnel between the same two */
	CARRIED_BACK,     /* from the far end: a tunnel that is used both ways */
	CARRIED_MIRRORED, /* from the same end: who taps a line sends both ways from there */
};

const char *carried_text(enum flow_carried);

/*
 * Letters of Zeek's history and the closing NUL. Of each side 7 are written once
 * and 4 at the 1st, 10th, ... 10000th time, and there may be a ^: 55. Only those
 * who repeat SYN, FIN or RST with new numbers can have more, and lose the end.
 */
#define FLOW_HISTORY 56

/* The largest number a line holds: readers of JSON stop there. A larger one becomes it. */
#define FLOW_INT_MAX ((uint64_t)INT64_MAX)

enum flow_flags {
	FLOW_CONTINUES = 1,   /* a slice: an earlier slice of the same connection exists */
	FLOW_TO_CONTINUE = 2, /* a slice cut by the active timeout: a later one may exist */
	FLOW_ORIG_LOCAL = 4,  /* the source says that the originator is a local address */
	FLOW_ORIG_REMOTE = 8, /* the source says that it is not */
	FLOW_RESP_LOCAL = 16,
	FLOW_RESP_REMOTE = 32,
	FLOW_NO_BYTES = 64, /* the source does not know bytes; they are 0 */
	/* Payload is IP bytes less the shortest headers there can be: never too low. */
	FLOW_BYTES_GUESSED = 128,
};

/* What the times of a flow rest on; the line is the enum and the text. */
#define FLOW_CLOCKS(X)                                                               \
	X(PACKET, "packet") /* the sensor's, on the packets */                       \
	X(DEVICE, "device") /* the exporter's, on the packets */                     \
	X(UPTIME, "uptime") /* since the exporter booted, and its clock at export */ \
	X(EXPORT, "export") /* the clock of the export or of its arrival */

enum flow_clock {
#define X(name, text) FLOW_CLOCK_##name,
	FLOW_CLOCKS(X)
#undef X
};

const char *flow_clock_text(enum flow_clock);

struct flow {
	uint64_t first_ns, last_ns; /* first and last packet */
	struct ip orig, resp;
	uint64_t orig_bytes, resp_bytes; /* transport payload; TCP by sequence numbers */
	uint64_t orig_ip_bytes, resp_ip_bytes; /* IP total lengths */
	uint64_t orig_pkts, resp_pkts;
	uint16_t orig_port, resp_port; /* ICMP: type and code, as Zeek has it */
	uint16_t vlan;                 /* outermost VLAN id, 0: none */
	uint8_t proto;                 /* IP protocol number */
	uint8_t state;                 /* enum conn_state */
	uint8_t service;               /* enum service */
	uint8_t flags;                 /* enum flow_flags */
	uint16_t source;        /* the input whose line `where` is, from 1; 0: not told */
	uint8_t tunnel;         /* enum tunnel: what the first packet came in */
	uint8_t clock;          /* enum flow_clock */
	bool asked;             /* packets only, not written: it began with a look-up */
	uint32_t tunnel_id;     /* VNI, TEID, key, label or session; 0 if there is none */
	uint32_t resolution_ns; /* of both times; 0: as the input has it */
	uint32_t sampling;      /* 1 in so many packets was seen; 0, 1: all */
	uint64_t where;         /* line or record, from 1; 0 for packets */
	/*
	 * Who carried it, at the originator's side and at the responder's; all zeros:
	 * nobody, or it is not known. Of packets in packets in packets the innermost.
	 */
	struct ip carrier[2];
	uint8_t carried;            /* enum flow_carried */
	char history[FLOW_HISTORY]; /* Zeek's letters, terminated, "" unknown */
};

/* A meter of flows told what sensors of packets need not: written only then. */
static inline bool
flow_has_meter(const struct flow *f)
{
	return f->clock != 0 || f->resolution_ns != 0 || f->sampling != 0 ||
	       (f->flags & FLOW_BYTES_GUESSED);
}

static inline bool
flow_has_carrier(const struct flow *f)
{
	static const struct ip none;

	return !ip_equal(&f->carrier[0], &none);
}

/*
 * One line of canonical JSON without the newline: what a flow slice of the
 * evidence and `geophone flows --json` hold. Zeek's field names, times as
 * integer nanoseconds. docs/formats/flow.schema.json describes it.
 */
void flow_encode(const struct flow *, struct buf *out);

/* The inverse, strict: unknown or missing fields, other types: E_FORMAT. */
enum status flow_decode(struct span line, struct flow *out, struct error *) MUST_USE;

#endif
