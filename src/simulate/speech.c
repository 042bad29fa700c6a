/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/speech.h"

#include <stdio.h>

#include "base/error.h"
#include "base/stamp.h"

enum voice { VOICE_HERE, VOICE_TLS, VOICE_SEEDLINK, VOICE_SHELL, VOICE_LAN };
enum length { OWN, FREE };

static const struct {
	uint8_t length, voice;
} SPEECH_TABLE[] = {
#define X(name, length, voice) [SAY_##name] = { length, VOICE_##voice },
	SPEECHES(X)
#undef X
};

bool
speech_is_free(enum speech_kind kind)
{
	return SPEECH_TABLE[kind].length == FREE;
}

/* RFC 1035 section 4: header and question. */
static void
dns_question(struct pen *p, const struct speech *s, unsigned flags, unsigned answers)
{
	const char *label = s->name;

	pen_be16(p, (unsigned)(s->talk & 0xffff));
	pen_be16(p, flags);
	pen_be16(p, 1);
	pen_be16(p, answers);
	pen_be32(p, 0);
	while (*label) {
		size_t n = strcspn(label, ".");

		pen_u8(p, (unsigned)n);
		pen_bytes(p, label, n);
		label += n + (label[n] == '.');
	}
	pen_u8(p, 0);
	pen_be16(p, s->arg); /* QTYPE */
	pen_be16(p, 1);
}

static void
dns_reply(struct pen *p, const struct speech *s)
{
	bool v6 = s->arg == 28;
	bool answer = s->address && (ip_is_v4(s->address) != v6);
	unsigned n = !answer ? 0 : v6 || s->addresses == 0 ? 1 : s->addresses;

	/* NXDOMAIN only when there is no such name at all */
	dns_question(p, s, s->address ? 0x8180 : 0x8183, n);
	for (unsigned i = 0; i < n; i++) {
		pen_be16(p, 0xc00c); /* the name in the question */
		pen_be16(p, s->arg);
		pen_be16(p, 1);
		pen_be32(p, s->ttl_s);
		pen_be16(p, v6 ? 16 : 4);
		pen_bytes(p, v6 ? s->address->b : s->address[i].b + 12, v6 ? 16 : 4);
	}
}

/* Seconds since 1900 and a binary fraction (RFC 5905 section 6). */
static void
ntp_stamp(struct pen *p, uint64_t ns)
{
	pen_be32(p, (uint32_t)(ns / SECOND_NS + UINT64_C(2208988800)));
	pen_be32(p, (uint32_t)((ns % SECOND_NS << 32) / SECOND_NS));
}

static void
ntp(struct pen *p, const struct speech *s, struct rng *r, bool reply)
{
	uint64_t shared = s->talk;

	pen_u8(p, reply ? 0x24 : 0x23); /* version 4, server or client */
	pen_u8(p, reply ? 2 : 0);
	pen_u8(p, s->arg); /* poll exponent */
	pen_u8(p, reply ? 0xe9 : 0x20);
	pen_be32(p, reply ? 0x000001c0 : 0);
	pen_be32(p, reply ? 0x00000200 : 0);
	pen_be32(p, reply ? 0xc6120001 : 0); /* reference identifier */
	if (reply)
		ntp_stamp(p, s->now_ns - s->talk % 600 * SECOND_NS);
	else
		pen_zeros(p, 8);
	/* the client's transmit time is noise, as RFC 8915's authors advise */
	if (reply)
		pen_be32(p, (uint32_t)(shared >> 32)), pen_be32(p, (uint32_t)shared);
	else
		pen_zeros(p, 8);
	if (reply)
		ntp_stamp(p, s->now_ns - rng_below(r, 40000));
	else
		pen_zeros(p, 8);
	if (reply)
		ntp_stamp(p, s->now_ns);
	else
		pen_be32(p, (uint32_t)(shared >> 32)), pen_be32(p, (uint32_t)shared);
}

/* RFC 3164. */
static void
syslog_line(struct pen *p, const struct speech *s, struct rng *r)
{
	static const char *const text[] = {
		"seedlink[412]: client 10.20.2.5 connected",
		"seedlink[412]: ring at %u records, %u clients",
		"gps[388]: lock ok, %u satellites, offset -%u us",
		"power[401]: input %u.%u V",
		"dig[377]: channel 1 mass position 0.%u%u",
		"kernel: eth0: link ok, %u rx, %u tx errors 0",
		"crond[290]: (root) CMD (/usr/bin/rotate --keep %u%u)",
		"sshd[1188]: Connection closed by 10.20.1.11 port 5%u%u [preauth]",
	};
	static const char month[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	char stamp[STAMP_TEXT], line[256], what[128];
	unsigned mon, day, few, many;

	(void)stamp_text(s->now_ns, stamp);
	mon = (unsigned)(stamp[5] - '0') * 10 + (unsigned)(stamp[6] - '0');
	day = (unsigned)(stamp[8] - '0') * 10 + (unsigned)(stamp[9] - '0');
	few = (unsigned)rng_between(r, 5, 12);
	many = (unsigned)rng_below(r, 100);
	(void)snprintf(what, sizeof what, text[s->arg % 8], few, many);
	(void)snprintf(line, sizeof line, "<134>%s %2u %.8s %s %s", month[mon - 1], day,
	    stamp + 11, s->self, what);
	pen_text(p, line);
}

/* SNMP v2c by hand (RFC 3416): community "public", sysUpTime.0. */
static void
snmp(struct pen *p, const struct speech *s, bool reply)
{
	static const uint8_t oid[] = { 0x06, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0 };
	unsigned more = reply ? 4 : 0;

	pen_bytes(p, "\x30", 1);
	pen_u8(p, 41 + more);
	pen_bytes(p, "\2\1\1\4\6public", 11);
	pen_u8(p, reply ? 0xa2 : 0xa0);
	pen_u8(p, 28 + more);
	pen_bytes(p, "\2\4", 2);
	pen_be32(p, (uint32_t)s->talk & 0x7fffffff);
	pen_bytes(p, "\2\1\0\2\1\0\x30", 7);
	pen_u8(p, 14 + more);
	pen_u8(p, 0x30);
	pen_u8(p, 12 + more);
	pen_bytes(p, oid, sizeof oid);
	if (reply) {
		pen_bytes(p, "\x43\4", 2);
		pen_be32(p, (uint32_t)(s->now_ns / (SECOND_NS / 100)) & 0x7fffffff);
	} else {
		pen_bytes(p, "\5\0", 2);
	}
}

/* RFC 6960 section 4.1.1: one certificate, by SHA-1 of its issuer. */
static void
ocsp_request(struct pen *p, const struct speech *s)
{
	struct rng of = rng_of(s->talk, 1);

	pen_bytes(p, "\x30\x51\x30\x4f\x30\x4d\x30\x4b\x30\x49", 10);
	pen_bytes(p, "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00", 11);
	pen_bytes(p, "\x04\x14", 2);
	pen_noise(p, &of, 20);
	pen_bytes(p, "\x04\x14", 2);
	pen_noise(p, &of, 20);
	pen_bytes(p, "\x02\x10\x5a", 3); /* serial number, not negative */
	pen_noise(p, &of, 15);
}

static void
http_get(struct pen *p, const struct speech *s)
{
	static const char *const what[] = { "GET /connecttest.txt", "GET /r/ca1.crl",
		"POST /ocsp", "GET /success", "GET /status.json",
		"GET /update/v2/manifest" };
	static const char *const agent[] = { "Connect-Check/1.0", "Crypto-API/10.0",
		"Crypto-API/10.0", "Portal-Check", "Monitor/2.3", "Updater/4.1" };
	unsigned i = s->arg % 6;
	char text[512];
	int n = snprintf(text, sizeof text,
	    "%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\n%s\r\n", what[i],
	    s->name ? s->name : "10.20.3.11", agent[i],
	    i == 2 ? "Content-Type: application/ocsp-request\r\nContent-Length: 83\r\n"
		   : "");

	pen_bytes(p, text, (size_t)n);
	if (i == 2)
		ocsp_request(p, s);
}

#define HTTP_HEAD 121 /* bytes of the header below */

/* Header and body are `bytes` together. */
static void
http_reply(struct pen *p, const struct speech *s, struct rng *r)
{
	char text[256];
	int n = snprintf(text, sizeof text,
	    "HTTP/1.1 200 OK\r\nServer: httpd\r\nContent-Type: application/octet-stream\r\n"
	    "Connection: close\r\nContent-Length: %10u\r\n\r\n",
	    s->bytes > HTTP_HEAD ? s->bytes - HTTP_HEAD : 0);

	CHECK(n == HTTP_HEAD);
	pen_bytes(p, text, (size_t)n);
	if (s->bytes > (uint32_t)n)
		pen_noise(p, r, s->bytes - (uint32_t)n);
}

static void
speak_tls(const struct speech *s, struct pen *p, struct rng *r)
{
	switch (s->kind) {
	case SAY_TLS_HELLO:
		tls_client_hello(p, r, s->client, s->name);
		break;
	case SAY_TLS_SERVER:
		tls_server_flight(p, r, s->client, s->tls13, s->bytes);
		break;
	case SAY_TLS_FINISH:
		tls_client_finish(p, r, s->tls13);
		break;
	case SAY_TLS_SERVER_FINISH:
		tls_server_finish(p, r);
		break;
	case SAY_TLS_DATA:
		tls_data(p, r, s->bytes);
		break;
	default:
		tls_alert(p, r, s->tls13);
		break;
	}
}

static void
speak_here(const struct speech *s, struct pen *p, struct rng *r)
{
	switch (s->kind) {
	case SAY_DNS_QUERY:
		dns_question(p, s, 0x0100, 0);
		break;
	case SAY_DNS_REPLY:
		dns_reply(p, s);
		break;
	case SAY_NTP_ASK:
	case SAY_NTP_REPLY:
		ntp(p, s, r, s->kind == SAY_NTP_REPLY);
		break;
	case SAY_SYSLOG:
		syslog_line(p, s, r);
		break;
	case SAY_SNMP_GET:
	case SAY_SNMP_REPLY:
		snmp(p, s, s->kind == SAY_SNMP_REPLY);
		break;
	case SAY_HTTP_GET:
		http_get(p, s);
		break;
	case SAY_HTTP_REPLY:
		http_reply(p, s, r);
		break;
	case SAY_PING:
		/* Tools count upwards, and an answer is an echo (RFC 792). */
		for (uint32_t i = 0; i < s->bytes; i++)
			pen_u8(p, (uint8_t)(0x10 + i));
		break;
	default:
		pen_noise(p, r, s->bytes);
		break;
	}
}

/* Who says it: one function for each file of speeches. */
static void
speak(const struct speech *s, struct pen *p, struct rng *r)
{
	static void (*const by[])(const struct speech *, struct pen *, struct rng *) = {
		[VOICE_HERE] = speak_here,
		[VOICE_TLS] = speak_tls,
		[VOICE_SEEDLINK] = speech_seedlink,
		[VOICE_SHELL] = speech_shell,
		[VOICE_LAN] = speech_lan,
	};

	by[SPEECH_TABLE[s->kind].voice](s, p, r);
}

uint32_t
speech_make(const struct speech *s, uint8_t *to, uint32_t room)
{
	struct pen p = { .at = to, .room = room };
	struct rng r = rng_of(s->seed, 0);

	speak(s, &p, &r);
	return (uint32_t)p.n;
}
