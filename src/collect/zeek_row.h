/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_row.h - a line of any log of Zeek's but conn.log, by the names of its
 * fields.
 *
 * conn.log has a reader of its own, made for speed. The others share this one:
 * TSV and JSON become the same row, texts in it without their escapes, and who
 * knows the log takes what it wants. A field that is not here is ignored.
 */
#ifndef COLLECT_ZEEK_ROW_H
#define COLLECT_ZEEK_ROW_H

#include "collect/zeek_tsv.h"

/* clang-format off */
#define ZEEK_ROWS(X) \
	X(TS, "ts", "ts") \
	X(UID, "uid", "uid") \
	X(ORIG_H, "id.orig_h", "id_orig_h") \
	X(ORIG_P, "id.orig_p", "id_orig_p") \
	X(RESP_H, "id.resp_h", "id_resp_h") \
	X(RESP_P, "id.resp_p", "id_resp_p") \
	X(PROTO, "proto", "proto") \
	X(PATH, "_path", "@stream") \
	X(TRANS_ID, "trans_id", "trans_id") \
	X(RTT, "rtt", "rtt") \
	X(QUERY, "query", "query") \
	X(QCLASS, "qclass", "qclass") \
	X(QTYPE, "qtype", "qtype") \
	X(RCODE, "rcode", "rcode") \
	X(TC, "TC", "TC") \
	X(ANSWERS, "answers", "answers") \
	X(TTLS, "TTLs", "TTLs") \
	X(TRANS_DEPTH, "trans_depth", "trans_depth") \
	X(METHOD, "method", "method") \
	X(HOST, "host", "host") \
	X(URI, "uri", "uri") \
	X(VERSION, "version", "version") \
	X(USER_AGENT, "user_agent", "user_agent") \
	X(REQUEST_LEN, "request_body_len", "request_body_len") \
	X(RESPONSE_LEN, "response_body_len", "response_body_len") \
	X(STATUS, "status_code", "status_code") \
	X(MIME, "resp_mime_types", "resp_mime_types") \
	X(SERVER_NAME, "server_name", "server_name") \
	X(RESUMED, "resumed", "resumed") \
	X(ESTABLISHED, "established", "established") \
	X(ALPN, "next_protocol", "next_protocol") \
	X(CHAIN_FPS, "cert_chain_fps", "cert_chain_fps") \
	X(CERT_SHA1, "resp_certificate_sha1", "resp_certificate_sha1") \
	X(CHAIN_FUIDS, "cert_chain_fuids", "cert_chain_fuids") \
	X(SUBJECT, "subject", "subject") \
	X(ISSUER, "issuer", "issuer") \
	X(VALIDATION, "validation_status", "validation_status") \
	X(JA3, "ja3", "ja3") \
	X(JA3S, "ja3s", "ja3s") \
	X(JA4, "ja4", "ja4") \
	X(CIPHER, "cipher", "cipher") \
	X(CLIENT, "client", "client") \
	X(SERVER, "server", "server") \
	X(AUTH_SUCCESS, "auth_success", "auth_success") \
	X(AUTH_ATTEMPTS, "auth_attempts", "auth_attempts") \
	X(HASSH, "hassh", "hassh") \
	X(HASSH_SERVER, "hasshServer", "hassh_server") \
	X(ID, "id", "id") \
	X(FINGERPRINT, "fingerprint", "fingerprint") \
	X(CERT_SUBJECT, "certificate.subject", "certificate_subject") \
	X(CERT_ISSUER, "certificate.issuer", "certificate_issuer") \
	X(NOT_BEFORE, "certificate.not_valid_before", "certificate_not_valid_before") \
	X(NOT_AFTER, "certificate.not_valid_after", "certificate_not_valid_after") \
	X(FUID, "fuid", "fuid") \
	X(CONN_UIDS, "conn_uids", "conn_uids") \
	X(TX_HOSTS, "tx_hosts", "tx_hosts") \
	X(RX_HOSTS, "rx_hosts", "rx_hosts") \
	X(SOURCE, "source", "source") \
	X(MIME_TYPE, "mime_type", "mime_type") \
	X(FILENAME, "filename", "filename") \
	X(IS_ORIG, "is_orig", "is_orig") \
	X(SEEN_BYTES, "seen_bytes", "seen_bytes") \
	X(TOTAL_BYTES, "total_bytes", "total_bytes") \
	X(MISSING_BYTES, "missing_bytes", "missing_bytes") \
	X(MD5, "md5", "md5") \
	X(SHA1, "sha1", "sha1") \
	X(SHA256, "sha256", "sha256") \
	X(MODE, "mode", "mode") \
	X(STRATUM, "stratum", "stratum") \
	X(REF_ID, "ref_id", "ref_id") \
	X(UIDS, "uids", "uids") \
	X(CLIENT_ADDR, "client_addr", "client_addr") \
	X(SERVER_ADDR, "server_addr", "server_addr") \
	X(ASSIGNED_ADDR, "assigned_addr", "assigned_addr") \
	X(HOST_NAME, "host_name", "host_name") \
	X(MAC, "mac", "mac") \
	X(MSG_TYPES, "msg_types", "msg_types") \
	X(NAME, "name", "name") \
	X(NOTICE, "notice", "notice")
/* clang-format on */

enum zeek_row_field {
#define X(name, a, b) ROW_##name,
	ZEEK_ROWS(X)
#undef X
	    ROW_FIELDS
};

const char *zeek_row_name(enum zeek_row_field);

/* What a #fields line says; TSV only. */
struct zeek_columns {
	uint16_t column[ROW_FIELDS]; /* from 1; 0: the log has it not */
	unsigned columns;
	uint8_t set_separator;
};

#define ZEEK_ROW_ROOM 65536 /* texts of one row without their escapes; more is cut */

struct zeek_row {
	struct span value[ROW_FIELDS]; /* as it stands; NULL: not set */
	bool list[ROW_FIELDS];         /* JSON: an array */
	bool text[ROW_FIELDS];         /* JSON: a string, without its quotes */
	bool json;
	uint8_t set_separator;
	char path[32];
	const char *why;               /* the first trouble */
	enum zeek_row_field bad_field; /* ROW_FIELDS: it is about the line */
	struct span bad_value;
	size_t used;
	uint8_t room[ZEEK_ROW_ROOM];
};

void zeek_columns_init(struct zeek_columns *);
/* A line that begins with #, after zeek_tsv_header saw it. */
void zeek_columns_header(struct zeek_columns *, const struct zeek_tsv *, struct span line);

/* Fill the row. Values are borrowed from the line. row->why tells what is wrong. */
void zeek_row_tsv(struct zeek_row *, const struct zeek_columns *, const struct zeek_tsv *,
    struct span line);
void zeek_row_json(struct zeek_row *, struct span line);

/*
 * Each takes one field; false when it is not set, and when it cannot be what is
 * asked for, which is remembered as the trouble of the row.
 */
bool row_time(struct zeek_row *, enum zeek_row_field, uint64_t *ns);
bool row_interval(struct zeek_row *, enum zeek_row_field, uint64_t *ns);
/* A moment that somebody claims: before 1970 it is 0, what is past FLOW_INT_MAX becomes it. */
bool row_claim(struct zeek_row *, enum zeek_row_field, uint64_t *ns);
bool row_count(struct zeek_row *, enum zeek_row_field, uint64_t most, uint64_t *out);
bool row_ip(struct zeek_row *, enum zeek_row_field, struct ip *);
bool row_bool(struct zeek_row *, enum zeek_row_field, bool *);
/* A text of at most `most` bytes, cut at it; lives as long as row and line. */
struct span row_text(struct zeek_row *, enum zeek_row_field, size_t most);
bool row_is(const struct zeek_row *, enum zeek_row_field, const char *text);

/* Room for n bytes beside the texts; NULL when it is used up. */
uint8_t *row_take(struct zeek_row *, size_t n);

/* The members of a list, one after another; those not set are empty. */
struct row_list {
	struct span rest;
	bool more;
};
struct row_list row_list(const struct zeek_row *, enum zeek_row_field);
bool row_next(struct zeek_row *, struct row_list *, size_t most, struct span *out);

#endif
