/* SPDX-License-Identifier: Apache-2.0 */
/*
 * speech.h - what is said in a conversation: the payloads.
 *
 * A message is made from a few numbers and names and comes out the same every
 * time, so that nobody has to keep payloads: a frame makes the piece it needs.
 */
#ifndef SIMULATE_SPEECH_H
#define SIMULATE_SPEECH_H

#include "base/ip.h"
#include "simulate/tls.h"

/* Longest beginning of a message that anybody asks for. */
#define SPEECH_MOST 1472

/*
 * The line is the message; whether it is as long as `bytes` says (FREE) or as it
 * has to be (OWN); and which file of speeches makes it.
 */
/* clang-format off */
#define SPEECHES(X) \
	X(NOTHING, OWN, HERE) \
	X(NOISE, FREE, HERE) \
	X(PING, FREE, HERE) \
	X(DNS_QUERY, OWN, HERE) \
	X(DNS_REPLY, OWN, HERE) \
	X(NTP_ASK, OWN, HERE) \
	X(NTP_REPLY, OWN, HERE) \
	X(SYSLOG, OWN, HERE) \
	X(SNMP_GET, OWN, HERE) \
	X(SNMP_REPLY, OWN, HERE) \
	X(HTTP_GET, OWN, HERE) \
	X(HTTP_REPLY, FREE, HERE) \
	X(TLS_HELLO, OWN, TLS) \
	X(TLS_SERVER, FREE, TLS) \
	X(TLS_FINISH, OWN, TLS) \
	X(TLS_SERVER_FINISH, OWN, TLS) \
	X(TLS_DATA, FREE, TLS) \
	X(TLS_ALERT, OWN, TLS) \
	X(SL_HELLO, OWN, SEEDLINK) \
	X(SL_VERSION, OWN, SEEDLINK) \
	X(SL_STATION, OWN, SEEDLINK) \
	X(SL_SELECT, OWN, SEEDLINK) \
	X(SL_DATA, OWN, SEEDLINK) \
	X(SL_OK, OWN, SEEDLINK) \
	X(SL_END, OWN, SEEDLINK) \
	X(SL_PACKET, OWN, SEEDLINK) \
	X(SSH_BANNER, OWN, SHELL) \
	X(SSH_KEXINIT, OWN, SHELL) \
	X(SSH_KEX_ASK, OWN, SHELL) \
	X(SSH_KEX_REPLY, OWN, SHELL) \
	X(SSH_NEWKEYS, OWN, SHELL) \
	X(MDNS, OWN, LAN) \
	X(SSDP, OWN, LAN) \
	X(NETBIOS, OWN, LAN) \
	X(LANSYNC, OWN, LAN) \
	X(MUSIC_HELLO, OWN, LAN) \
	X(DHCP_REQUEST, OWN, LAN) \
	X(DHCP_ACK, OWN, LAN) \
	X(SIP_OPTIONS, OWN, LAN) \
	X(SIP_OK, OWN, LAN) \
	X(RTP, OWN, LAN) \
	X(MQTT_CONNECT, OWN, LAN) \
	X(MQTT_CONNACK, OWN, LAN) \
	X(MQTT_PING, OWN, LAN) \
	X(MQTT_PONG, OWN, LAN) \
	X(WG_HELLO, OWN, LAN) \
	X(WG_REPLY, OWN, LAN) \
	X(WG_KEEP, OWN, LAN)
/* clang-format on */

enum speech_kind {
#define X(name, length, voice) SAY_##name,
	SPEECHES(X)
#undef X
	    SAY_COUNT
};

struct speech {
	enum speech_kind kind;
	uint16_t arg;     /* counts and choices; what they mean depends on the kind */
	uint32_t bytes;   /* length of the FREE ones */
	uint64_t seed;    /* of this message */
	uint64_t talk;    /* of the conversation: what question and answer share */
	uint64_t now_ns;  /* the sender's clock */
	const char *name; /* who is asked for; NULL: nobody by name */
	const char *self; /* who speaks */
	const struct ip *address; /* what a DNS reply answers; NULL: no such name */
	unsigned addresses;       /* from there on; of IPv6 the first alone */
	uint32_t ttl_s;
	enum tls_client client;
	bool tls13;
};

bool speech_is_free(enum speech_kind);

/*
 * The beginning of the message into `to`, as much of it as there is room for;
 * a smaller room never changes the bytes that are written. Returns how long
 * the whole message is.
 */
uint32_t speech_make(const struct speech *, uint8_t *to, uint32_t room);

/* Parts of it, by the file they are in. */
void speech_shell(const struct speech *, struct pen *, struct rng *);
void speech_lan(const struct speech *, struct pen *, struct rng *);
void speech_seedlink(const struct speech *, struct pen *, struct rng *);

#endif
