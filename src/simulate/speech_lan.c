/* SPDX-License-Identifier: Apache-2.0 */
/* What is said on a local network, and by phones, televisions and tunnels. */
#include "simulate/speech.h"

#include <stdio.h>

static void
mdns(const struct speech *s, struct pen *p)
{
	static const char *const service[] = { "\4_ipp\4_tcp", "\5_http\4_tcp",
		"\5_raop\4_tcp", "\4_smb\4_tcp" };

	pen_bytes(p, "\0\0\0\0\0\1\0\0\0\0\0\0", 12);
	pen_text(p, service[s->arg % 4]);
	pen_bytes(p, "\5local\0\0\14\0\1", 11); /* PTR, IN */
}

static void
ssdp(const struct speech *s, struct pen *p)
{
	static const char *const target[] = { "urn:dial-multiscreen-org:service:dial:1",
		"urn:schemas-upnp-org:device:InternetGatewayDevice:1", "upnp:rootdevice" };
	char text[256];
	int n = snprintf(text, sizeof text,
	    "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "
	    "\"ssdp:discover\"\r\n"
	    "MX: 1\r\nST: %s\r\n\r\n",
	    target[s->arg % 3]);

	pen_bytes(p, text, (size_t)n);
}

/* RFC 1002: a name query for the workgroup's browser. */
static void
netbios(const struct speech *s, struct pen *p)
{
	static const char name[] = "WORKGROUP      \x1d";

	pen_be16(p, (unsigned)(s->seed & 0xffff));
	pen_bytes(p, "\1\x10\0\1\0\0\0\0\0\0\x20", 11);
	for (int i = 0; i < 16; i++) {
		pen_u8(p, 'A' + ((unsigned)(uint8_t)name[i] >> 4));
		pen_u8(p, 'A' + ((unsigned)(uint8_t)name[i] & 15));
	}
	pen_bytes(p, "\0\0\x20\0\1", 5);
}

static void
lansync(const struct speech *s, struct pen *p)
{
	char text[192];
	int n = snprintf(text, sizeof text,
	    "{\"version\": [2, 0], \"port\": 17500, \"host_int\": %llu, "
	    "\"displayname\": \"\", \"namespaces\": [%u, %u]}",
	    (unsigned long long)(s->talk >> 1), (unsigned)(s->talk & 0xffffff),
	    (unsigned)(s->talk >> 20 & 0xffffff));

	pen_bytes(p, text, (size_t)n);
}

/* RFC 2131, padded to the 300 bytes of a BOOTP message. */
static void
dhcp(const struct speech *s, struct pen *p, bool ack)
{
	size_t begin = p->n;

	pen_u8(p, ack ? 2 : 1);
	pen_bytes(p, "\1\6\0", 3);
	pen_be32(p, (uint32_t)s->talk);
	pen_be32(p, 0);
	pen_bytes(p, s->address->b + 12, 4); /* ciaddr: renewing */
	pen_bytes(p, ack ? s->address->b + 12 : (const uint8_t *)"\0\0\0\0", 4);
	pen_zeros(p, 8);
	pen_u8(p, 2);
	for (int i = 0; i < 5; i++)
		pen_u8(p, s->address->b[15] + (unsigned)i);
	pen_zeros(p, 10 + 64 + 128);
	pen_be32(p, 0x63825363);
	pen_bytes(p, ack ? "\x35\1\5" : "\x35\1\3", 3);
	if (ack) {
		pen_bytes(p, "\x33\4", 2);
		pen_be32(p, s->ttl_s); /* lease */
	} else {
		pen_bytes(p, "\x37\4\1\3\6\x0f", 6);
	}
	pen_u8(p, 0xff);
	pen_zeros(p, 300 - (p->n - begin));
}

static void
sip(const struct speech *s, struct pen *p, bool ok)
{
	const char *name = s->name ? s->name : "sip.local";
	unsigned id = (unsigned)(s->talk & 0xffffff);
	char text[512];
	int n = snprintf(text, sizeof text,
	    "%s\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%06x\r\n"
	    "From: <sip:%s@%s>;tag=%04x\r\nTo: <sip:%s>\r\nCall-ID: %06x@%s\r\n"
	    "CSeq: %u OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
	    ok ? "SIP/2.0 200 OK" : "OPTIONS sip:keepalive SIP/2.0", s->self, id, s->self,
	    name, id & 0xffff, name, id, s->self, 1 + s->arg);

	pen_bytes(p, text, (size_t)n);
}

static void
rtp(const struct speech *s, struct pen *p, struct rng *r)
{
	pen_be16(p, 0x8000); /* G.711 mu-law */
	pen_be16(p, s->arg);
	pen_be32(p, (uint32_t)s->arg * 320);
	pen_be32(p, (uint32_t)s->talk);
	pen_noise(p, r, 320); /* 40 ms */
}

static void
mqtt_connect(const struct speech *s, struct pen *p)
{
	size_t n = strlen(s->self);

	pen_u8(p, 0x10);
	pen_u8(p, (unsigned)(12 + n));
	pen_bytes(p, "\0\4MQTT\4\2\0\x3c", 10); /* 3.1.1, clean, keep-alive 60 s */
	pen_be16(p, (unsigned)n);
	pen_text(p, s->self);
}

/* WireGuard's message types and their fixed lengths. */
static void
tunnel(struct pen *p, struct rng *r, unsigned type, size_t bytes)
{
	pen_u8(p, type);
	pen_zeros(p, 3);
	pen_noise(p, r, bytes - 4);
}

void
speech_lan(const struct speech *s, struct pen *p, struct rng *r)
{
	switch (s->kind) {
	case SAY_MDNS:
		mdns(s, p);
		break;
	case SAY_SSDP:
		ssdp(s, p);
		break;
	case SAY_NETBIOS:
		netbios(s, p);
		break;
	case SAY_LANSYNC:
		lansync(s, p);
		break;
	case SAY_MUSIC_HELLO:
		pen_text(p, "SongUdp0");
		pen_noise(p, r, 36);
		break;
	case SAY_DHCP_REQUEST:
	case SAY_DHCP_ACK:
		dhcp(s, p, s->kind == SAY_DHCP_ACK);
		break;
	case SAY_SIP_OPTIONS:
	case SAY_SIP_OK:
		sip(s, p, s->kind == SAY_SIP_OK);
		break;
	case SAY_RTP:
		rtp(s, p, r);
		break;
	case SAY_MQTT_CONNECT:
		mqtt_connect(s, p);
		break;
	case SAY_MQTT_CONNACK:
		pen_be32(p, 0x20020000);
		break;
	case SAY_MQTT_PING:
		pen_be16(p, 0xc000);
		break;
	case SAY_MQTT_PONG:
		pen_be16(p, 0xd000);
		break;
	case SAY_WG_HELLO:
		tunnel(p, r, 1, 148);
		break;
	case SAY_WG_REPLY:
		tunnel(p, r, 2, 92);
		break;
	default:
		tunnel(p, r, 4, 32);
		break;
	}
}
