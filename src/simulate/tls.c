/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/tls.h"

#include "base/error.h"

enum {
	RECORD_CHANGE = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	TLS10 = 0x0301,
	TLS12 = 0x0303,
	TLS13 = 0x0304,
};

/* Extension numbers (IANA TLS ExtensionType values); GREASE is RFC 8701. */
enum {
	EXT_NAME = 0,
	EXT_STATUS = 5,
	EXT_GROUPS = 10,
	EXT_POINTS = 11,
	EXT_SIGNATURES = 13,
	EXT_ALPN = 16,
	EXT_SCT = 18,
	EXT_PADDING = 21,
	EXT_ETM = 22,
	EXT_EMS = 23,
	EXT_COMPRESS = 27,
	EXT_RECORD_LIMIT = 28,
	EXT_DELEGATED = 34,
	EXT_TICKET = 35,
	EXT_VERSIONS = 43,
	EXT_PSK_MODES = 45,
	EXT_KEY_SHARE = 51,
	EXT_ALPS = 17513,
	EXT_RENEGOTIATION = 65281,
	GREASE = 0x0a0a, /* stands for one of the sixteen values */
	LIST_END = 0xffff,
};

#define MOST_SUITES     32
#define MOST_EXTENSIONS 20

/* clang-format off */
static const struct program {
	bool tls13, shuffled;
	uint16_t pad_to; /* bytes of the handshake message, 0: not padded */
	uint16_t suites[MOST_SUITES];
	uint16_t extensions[MOST_EXTENSIONS];
	uint16_t groups[6];
	uint16_t signatures[12];
	const char *alpn; /* each name after its length byte */
} PROGRAMS[] = {
	[TLS_BROWSER] = { .tls13 = true, .shuffled = true, .pad_to = 512,
	    .suites = { GREASE, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
	        0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, LIST_END },
	    .extensions = { GREASE, EXT_NAME, EXT_EMS, EXT_RENEGOTIATION, EXT_GROUPS,
	        EXT_POINTS, EXT_TICKET, EXT_ALPN, EXT_STATUS, EXT_SIGNATURES, EXT_SCT,
	        EXT_KEY_SHARE, EXT_PSK_MODES, EXT_VERSIONS, EXT_COMPRESS, EXT_ALPS,
	        EXT_PADDING, LIST_END },
	    .groups = { GREASE, 29, 23, 24, LIST_END },
	    .signatures = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
	        LIST_END },
	    .alpn = "\2h2\10http/1.1" },
	[TLS_BROWSER_B] = { .tls13 = true, .pad_to = 512,
	    .suites = { 0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c,
	        0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
	        LIST_END },
	    .extensions = { EXT_NAME, EXT_EMS, EXT_RENEGOTIATION, EXT_GROUPS, EXT_POINTS,
	        EXT_TICKET, EXT_ALPN, EXT_STATUS, EXT_DELEGATED, EXT_KEY_SHARE,
	        EXT_VERSIONS, EXT_SIGNATURES, EXT_PSK_MODES, EXT_RECORD_LIMIT,
	        EXT_PADDING, LIST_END },
	    .groups = { 29, 23, 24, 25, LIST_END },
	    .signatures = { 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
	        0x0601, 0x0203, 0x0201, LIST_END },
	    .alpn = "\2h2\10http/1.1" },
	[TLS_SYSTEM] = {
	    .suites = { 0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc024, 0xc023, 0xc028, 0xc027,
	        0xc00a, 0xc009, 0xc014, 0xc013, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035,
	        0x002f, LIST_END },
	    .extensions = { EXT_NAME, EXT_STATUS, EXT_GROUPS, EXT_POINTS, EXT_SIGNATURES,
	        EXT_TICKET, EXT_EMS, EXT_RENEGOTIATION, LIST_END },
	    .groups = { 29, 23, 24, LIST_END },
	    .signatures = { 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503,
	        0x0203, 0x0202, LIST_END } },
	[TLS_LIBRARY] = { .tls13 = true, .pad_to = 512,
	    .suites = { 0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8,
	        0xccaa, 0xc02b, 0xc02f, 0x009e, 0xc024, 0xc028, 0x006b, 0xc023, 0xc027,
	        0x0067, 0xc00a, 0xc014, 0x0039, 0xc009, 0xc013, 0x0033, 0x009d, 0x009c,
	        0x003d, 0x003c, 0x0035, 0x002f, 0x00ff, LIST_END },
	    .extensions = { EXT_NAME, EXT_POINTS, EXT_GROUPS, EXT_TICKET, EXT_ETM, EXT_EMS,
	        EXT_SIGNATURES, EXT_VERSIONS, EXT_PSK_MODES, EXT_KEY_SHARE, EXT_PADDING,
	        LIST_END },
	    .groups = { 29, 23, 30, 25, 24, LIST_END },
	    .signatures = { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x0804, 0x0805,
	        0x0806, 0x0401, 0x0501, LIST_END } },
	[TLS_DEVICE] = {
	    .suites = { 0xc02b, 0xc02f, 0xc023, 0xc027, 0x009c, 0x003c, 0x002f, 0x00ff,
	        LIST_END },
	    .extensions = { EXT_NAME, EXT_SIGNATURES, EXT_GROUPS, EXT_POINTS, EXT_ETM,
	        EXT_EMS, EXT_TICKET, LIST_END },
	    .groups = { 23, 24, LIST_END },
	    .signatures = { 0x0603, 0x0601, 0x0503, 0x0501, 0x0403, 0x0401, LIST_END } },
	[TLS_IMPLANT] = {
	    .suites = { 0xc02f, 0xc030, 0xc013, 0xc014, 0x009c, 0x0035, 0x002f, 0x000a,
	        0x00ff, LIST_END },
	    .extensions = { EXT_GROUPS, EXT_POINTS, EXT_SIGNATURES, LIST_END },
	    .groups = { 23, 24, LIST_END },
	    .signatures = { 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, LIST_END } },
};
/* clang-format on */

const char *
tls_client_text(enum tls_client c)
{
	static const char *const what[] = {
#define X(name, text) [TLS_##name] = text,
		TLS_CLIENTS(X)
#undef X
	};

	return what[c];
}

bool
tls_client_has_13(enum tls_client c)
{
	return PROGRAMS[c].tls13;
}

static void
record(struct pen *p, unsigned type, unsigned version, size_t bytes)
{
	pen_u8(p, type);
	pen_be16(p, version);
	pen_be16(p, (unsigned)bytes);
}

static void
list16(struct pen *p, const uint16_t *list, unsigned grease)
{
	for (; *list != LIST_END; list++)
		pen_be16(p, *list == GREASE ? grease : *list);
}

static void
ext_name(struct pen *p, const char *name)
{
	size_t list = pen_gap(p), host;

	pen_u8(p, 0); /* host_name */
	host = pen_gap(p);
	pen_text(p, name);
	pen_length(p, host);
	pen_length(p, list);
}

static void
ext_list16(struct pen *p, const uint16_t *list, unsigned grease)
{
	size_t gap = pen_gap(p);

	list16(p, list, grease);
	pen_length(p, gap);
}

static void
ext_key_share(struct pen *p, struct rng *r, const struct program *of, unsigned grease)
{
	size_t gap = pen_gap(p);

	if (of->groups[0] == GREASE) {
		pen_be16(p, grease);
		pen_be16(p, 1);
		pen_u8(p, 0);
	}
	pen_be16(p, 29); /* x25519 */
	pen_be16(p, 32);
	pen_noise(p, r, 32);
	pen_length(p, gap);
}

static void
ext_versions(struct pen *p, unsigned grease, bool greased)
{
	pen_u8(p, greased ? 6 : 4);
	if (greased)
		pen_be16(p, grease);
	pen_be16(p, TLS13);
	pen_be16(p, TLS12);
}

/* The body of one extension; those not named here are empty. */
static void
ext_body(struct pen *p, struct rng *r, const struct program *of, unsigned ext,
    unsigned grease, const char *name)
{
	switch (ext) {
	case EXT_NAME:
		ext_name(p, name);
		break;
	case EXT_STATUS:
		pen_bytes(p, "\1\0\0\0\0", 5);
		break;
	case EXT_GROUPS:
		ext_list16(p, of->groups, grease);
		break;
	case EXT_SIGNATURES:
		ext_list16(p, of->signatures, grease);
		break;
	case EXT_POINTS:
	case EXT_PSK_MODES:
		pen_bytes(p, ext == EXT_POINTS ? "\1\0" : "\1\1", 2);
		break;
	case EXT_ALPN:
		pen_be16(p, (unsigned)strlen(of->alpn));
		pen_text(p, of->alpn);
		break;
	case EXT_ALPS:
		pen_bytes(p, "\0\3\2h2", 5);
		break;
	case EXT_COMPRESS:
		pen_bytes(p, "\2\0\2", 3);
		break;
	case EXT_RECORD_LIMIT:
		pen_be16(p, 16385);
		break;
	case EXT_DELEGATED:
		pen_bytes(p, "\0\10\4\3\5\3\6\3\2\3", 10);
		break;
	case EXT_RENEGOTIATION:
		pen_u8(p, 0);
		break;
	case EXT_VERSIONS:
		ext_versions(p, grease, of->suites[0] == GREASE);
		break;
	case EXT_KEY_SHARE:
		ext_key_share(p, r, of, grease);
		break;
	default:
		break;
	}
}

static void
ext_padding(struct pen *p, size_t begin, size_t pad_to)
{
	size_t have = p->n - begin + 4;

	if (have >= pad_to)
		return;
	pen_be16(p, EXT_PADDING);
	pen_be16(p, (unsigned)(pad_to - have));
	pen_zeros(p, pad_to - have);
}

/* The padding stays last: it needs to know the rest. */
static void
order(uint16_t *list, unsigned n, struct rng *r)
{
	for (unsigned i = n; i > 2; i--) { /* the GREASE one stays first */
		unsigned k = 1 + (unsigned)rng_below(r, i - 1);
		uint16_t was = list[i - 1];

		list[i - 1] = list[k];
		list[k] = was;
	}
}

static void
extensions(struct pen *p, struct rng *r, const struct program *of, unsigned grease,
    const char *name, size_t begin)
{
	uint16_t list[MOST_EXTENSIONS];
	size_t all = pen_gap(p);
	unsigned n = 0;

	for (; of->extensions[n] != LIST_END && of->extensions[n] != EXT_PADDING; n++)
		list[n] = of->extensions[n];
	if (of->shuffled)
		order(list, n, r);
	for (unsigned i = 0; i < n; i++) {
		size_t one;

		if (list[i] == EXT_NAME && name == NULL)
			continue;
		pen_be16(p, list[i] == GREASE ? grease : list[i]);
		one = pen_gap(p);
		ext_body(p, r, of, list[i], grease, name);
		pen_length(p, one);
	}
	if (of->pad_to)
		ext_padding(p, begin, of->pad_to);
	pen_length(p, all);
}

void
tls_client_hello(struct pen *p, struct rng *r, enum tls_client client, const char *name)
{
	const struct program *of = &PROGRAMS[client];
	unsigned grease = (unsigned)rng_below(r, 16) * 0x1010 + 0x0a0a;
	size_t whole, message, begin, suites;

	pen_u8(p, RECORD_HANDSHAKE);
	pen_be16(p, TLS10);
	whole = pen_gap(p);
	begin = p->n;
	pen_u8(p, 1); /* client_hello; its length has three bytes, the first is 0 */
	pen_u8(p, 0);
	message = pen_gap(p);
	pen_be16(p, TLS12);
	pen_noise(p, r, 32);
	pen_u8(p, of->tls13 ? 32 : 0);
	pen_noise(p, r, of->tls13 ? 32 : 0);
	suites = pen_gap(p);
	list16(p, of->suites, grease);
	pen_length(p, suites);
	pen_be16(p, 0x0100); /* one compression method: none */
	extensions(p, r, of, grease, name, begin);
	pen_length(p, message);
	pen_length(p, whole);
}

static void
server_hello(struct pen *p, struct rng *r, bool tls13)
{
	size_t whole, message, ext;

	pen_u8(p, RECORD_HANDSHAKE);
	pen_be16(p, TLS12);
	whole = pen_gap(p);
	pen_u8(p, 2); /* server_hello */
	pen_u8(p, 0);
	message = pen_gap(p);
	pen_be16(p, TLS12);
	pen_noise(p, r, 32);
	pen_u8(p, 32);
	pen_noise(p, r, 32);
	pen_be16(p, tls13 ? 0x1301 : 0xc02f);
	pen_u8(p, 0);
	ext = pen_gap(p);
	if (tls13) {
		pen_bytes(p, "\0\x2b\0\2\3\4", 6); /* supported_versions: TLS 1.3 */
		pen_bytes(p, "\0\x33\0\x24\0\x1d\0\x20", 8);
		pen_noise(p, r, 32);
	} else {
		pen_bytes(p, "\xff\1\0\1\0", 5);
		pen_bytes(p, "\0\x0b\0\2\1\0", 6);
	}
	pen_length(p, ext);
	pen_length(p, message);
	pen_length(p, whole);
}

void
tls_server_flight(
    struct pen *p, struct rng *r, enum tls_client client, bool tls13, uint32_t bytes)
{
	size_t begin = p->n, left;

	tls13 = tls13 && PROGRAMS[client].tls13;
	server_hello(p, r, tls13);
	if (tls13)
		pen_bytes(p, "\x14\3\3\0\1\1", 6);
	left = begin + bytes - p->n;
	CHECK(bytes > p->n - begin + 64);
	if (tls13) {
		tls_data(p, r, (uint32_t)left);
		return;
	}
	/* Certificate, of which no more than the beginning is ever captured */
	record(p, RECORD_HANDSHAKE, TLS12, left - 5 - 9);
	pen_be16(p, 0x0b00);
	pen_be16(p, (unsigned)(left - 5 - 9 - 4));
	pen_u8(p, 0);
	pen_be16(p, (unsigned)(left - 5 - 9 - 7));
	pen_u8(p, 0);
	pen_be16(p, (unsigned)(left - 5 - 9 - 10));
	pen_be16(p, 0x3082); /* SEQUENCE { SEQUENCE { [0] { 2 }, serial ... */
	pen_be16(p, (unsigned)(left - 5 - 9 - 14));
	pen_noise(p, r, left - 5 - 9 - 14);
	record(p, RECORD_HANDSHAKE, TLS12, 4);
	pen_be32(p, 0x0e000000); /* server_hello_done */
}

void
tls_client_finish(struct pen *p, struct rng *r, bool tls13)
{
	if (!tls13) {
		record(p, RECORD_HANDSHAKE, TLS12, 70);
		pen_be32(p, 0x10000042); /* client_key_exchange with a P-256 point */
		pen_u8(p, 65);
		pen_u8(p, 4);
		pen_noise(p, r, 64);
	}
	record(p, RECORD_CHANGE, TLS12, 1);
	pen_u8(p, 1);
	record(p, tls13 ? RECORD_DATA : RECORD_HANDSHAKE, TLS12, tls13 ? 53 : 40);
	pen_noise(p, r, tls13 ? 53 : 40);
}

void
tls_server_finish(struct pen *p, struct rng *r)
{
	record(p, RECORD_CHANGE, TLS12, 1);
	pen_u8(p, 1);
	record(p, RECORD_HANDSHAKE, TLS12, 40);
	pen_noise(p, r, 40);
}

void
tls_data(struct pen *p, struct rng *r, uint32_t bytes)
{
	while (bytes > 5) {
		uint32_t body = bytes - 5 < 16401 ? bytes - 5 : 16401;

		if (bytes - 5 - body < 6) /* no record shorter than its header */
			body = bytes - 5 - (bytes - 5 - body ? 6 : 0);
		record(p, RECORD_DATA, TLS12, body);
		pen_noise(p, r, body);
		bytes -= 5 + body;
		if (p->n > p->room) {
			p->n += bytes;
			return;
		}
	}
}

void
tls_alert(struct pen *p, struct rng *r, bool tls13)
{
	record(p, tls13 ? RECORD_DATA : RECORD_ALERT, TLS12, tls13 ? 19 : 26);
	pen_noise(p, r, tls13 ? 19 : 26);
}
