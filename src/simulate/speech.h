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

/* FREE: as long as `bytes` says. Otherwise the message itself decides. */
#define SPEECHES(X)                                                                        \
	X(NOTHING, OWN)                                                                    \
	X(NOISE, FREE)                                                                     \
	X(TLS_HELLO, OWN) X(TLS_SERVER, FREE) X(TLS_FINISH, OWN) X(TLS_SERVER_FINISH, OWN) \
	    X(TLS_DATA, FREE) X(TLS_ALERT, OWN) X(DNS_QUERY, OWN) X(DNS_REPLY, OWN) X(     \
		NTP_ASK, OWN) X(NTP_REPLY, OWN) X(SYSLOG, OWN) X(SNMP_GET, OWN)            \
		X(SNMP_REPLY, OWN) X(PING, FREE) X(HTTP_GET, OWN) X(HTTP_REPLY, FREE) X(   \
		    SL_HELLO, OWN) X(SL_VERSION, OWN) X(SL_STATION, OWN) X(SL_SELECT, OWN) \
		    X(SL_DATA, OWN) X(SL_OK, OWN) X(SL_END, OWN) X(SL_PACKET, OWN)         \
			X(SSH_BANNER, OWN) X(SSH_KEXINIT, OWN) X(SSH_KEX_ASK, OWN)         \
			    X(SSH_KEX_REPLY, OWN) X(SSH_NEWKEYS, OWN) X(MDNS, OWN) X(SSDP, \
				OWN) X(NETBIOS, OWN) X(LANSYNC, OWN) X(MUSIC_HELLO, OWN)   \
				X(DHCP_REQUEST, OWN) X(DHCP_ACK, OWN) X(SIP_OPTIONS, OWN)  \
				    X(SIP_OK, OWN) X(RTP, OWN) X(MQTT_CONNECT, OWN)        \
					X(MQTT_CONNACK, OWN) X(MQTT_PING, OWN)             \
					    X(MQTT_PONG, OWN) X(WG_HELLO, OWN)             \
						X(WG_REPLY, OWN) X(WG_KEEP, OWN)

enum speech_kind {
#define X(name, length) SAY_##name,
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
