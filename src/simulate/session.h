/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one conversation, packet by packet.
 *
 * A conversation follows a script: who says how much of what after which
 * pause. The rest follows from where the two ends are as seen from the sensor,
 * which sits at the gateway of the site: an end inside answers within a
 * fraction of a millisecond, an end outside after its round-trip time, and
 * acknowledgements, windows, losses and retransmissions come from that.
 *
 * Each tick emits one packet. A session has at most one tick waiting.
 */
#ifndef SIMULATE_SESSION_H
#define SIMULATE_SESSION_H

#include "simulate/sink.h"
#include "simulate/speech.h"

#define SESSION_STEPS 24

/*
 * Payload bytes of the originator and of the responder of a TCP connection that
 * the sensor keeps; then headers only. Enough for what an onlooker can read of
 * TLS. Datagrams are kept whole, but for telephone calls.
 */
#define SESSION_KEPT_ORIG 600
#define SESSION_KEPT_RESP 360

/* How a machine's network code behaves. */
enum stack {
	STACK_SERVER,
	STACK_DESKTOP,
	STACK_LAPTOP,
	STACK_DEVICE, /* small systems without time stamps */
	STACK_COUNT
};

struct endpoint {
	struct ip ip;
	uint64_t turn_ns; /* from a packet to this end to its answer, at the sensor */
	const char *self; /* what it calls itself, lives as long as the world */
	uint16_t port;
	uint8_t mac[6];
	uint8_t stack; /* enum stack */
	uint8_t hops;  /* 0: inside */
};

struct step {
	uint64_t wait_ns; /* on top of the time that the way takes */
	uint32_t bytes;
	uint16_t arg;
	uint8_t say; /* enum speech_kind */
	uint8_t dir; /* 0: the originator speaks, 1: the responder */
};

enum session_end {
	END_FIN_ORIG, /* the originator closes */
	END_FIN_RESP,
	END_RST_ORIG, /* breaks off after the last step */
	END_RST_RESP,
	END_REFUSED, /* the SYN is answered with a reset */
	END_SILENT,  /* nobody answers at all */
	END_LOST,    /* one end is gone; nothing more is sent */
};

/* What a flow meter would count. */
struct tally {
	uint64_t first_ns, last_ns;
	uint64_t bytes[2], ip_bytes[2], pkts[2];
	uint32_t seen; /* enum of session.c */
	uint8_t letters;
	char history[FLOW_HISTORY];
	uint8_t first_dir; /* who was heard first */
};

struct session {
	struct rng rng;
	uint64_t talk; /* shared secret of both ends' messages */
	uint64_t next_ns;
	struct endpoint end[2];
	struct step steps[SESSION_STEPS];
	struct tally tally;
	const char *name;         /* asked for; NULL: by address */
	const struct ip *address; /* what a DNS reply or a lease says */
	uint8_t addresses;        /* of a DNS reply: so many, one behind the other */
	uint32_t ttl_s;
	uint64_t asked_ns; /* DNS: the query */

	uint32_t seq[2], acked[2], clock[2]; /* acked[d]: of d's bytes by the other */
	uint32_t said[2];                    /* payload bytes so far, saturating */
	uint32_t left;                       /* bytes of the step still to send */
	uint32_t last_bytes;                 /* of the latest segment */
	uint32_t spoken;                     /* steps begun */
	uint32_t loss_ppm;                   /* of data segments, on the way outside */
	uint16_t ip_id[2];
	uint16_t window, in_flight, unacked, acks_due;
	int32_t owner; /* whose habit; -1: nobody's */
	uint8_t n_steps, at;
	uint8_t proto, service, phase, tries, closer;
	uint8_t ending;              /* enum session_end */
	uint8_t client;              /* enum tls_client */
	bool tls13, midstream, more; /* `more`: ask the owner when the script is over */
	bool open;                   /* this piece of memory is in use */
};

enum session_next {
	SESSION_GOES_ON, /* tick again at next_ns */
	SESSION_WANTS_MORE, /* out of script: session_go_on after adding steps, or session_close */
	SESSION_OVER,
};

/*
 * Make ready a conversation that begins at `at_ns`. Ends, names and script are
 * set afterwards by the caller.
 */
void session_begin(struct session *, uint8_t proto, uint64_t seed, uint64_t at_ns);

/* True unless the script is full. */
bool session_say(struct session *, unsigned dir, enum speech_kind, uint32_t bytes,
    unsigned arg, uint64_t wait_ns);

enum session_next session_tick(struct session *, struct sink *, uint64_t now_ns);

/* After SESSION_WANTS_MORE: the next tick is set from the step that was added. */
void session_go_on(struct session *, uint64_t now_ns);
void session_close(struct session *, uint64_t now_ns);

/* What was counted becomes a flow; at the end of the session or of time. */
void session_settle(struct session *, struct sink *);

#endif
