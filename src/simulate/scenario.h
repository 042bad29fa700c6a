/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario.h - what a scenario is: three tables.
 *
 * Crews are the machines of the site, quarters are the places outside, habits
 * are what the machines do. A scenario reads like a list; everything that
 * moves is elsewhere.
 */
#ifndef SIMULATE_SCENARIO_H
#define SIMULATE_SCENARIO_H

#include "simulate/beat.h"
#include "simulate/session.h"

/* What a machine is; a habit names the roles that have it. */
enum role {
	ROLE_GATEWAY = 1 << 0,
	ROLE_RESOLVER = 1 << 1,
	ROLE_LOG = 1 << 2,
	ROLE_MONITOR = 1 << 3,
	ROLE_COLLECTOR = 1 << 4, /* the acquisition server */
	ROLE_SERVER = 1 << 5,
	ROLE_DIGITIZER = 1 << 6,
	ROLE_DESKTOP = 1 << 7, /* runs the most common system */
	ROLE_LAPTOP = 1 << 8,
	ROLE_BENCH = 1 << 9,   /* a workstation that runs what the servers run */
	ROLE_PERSON = 1 << 10, /* somebody sits in front of it */
	ROLE_ADMIN = 1 << 11,
	ROLE_DUTY = 1 << 12, /* in shifts, around the clock */
	ROLE_PRINTER = 1 << 13,
	ROLE_STORE = 1 << 14, /* network-attached storage */
	ROLE_PHONE = 1 << 15,
	ROLE_SCREEN = 1 << 16, /* a television */
	ROLE_CAMERA = 1 << 17,
	ROLE_MUSIC = 1 << 18,
	ROLE_REMOTE = 1 << 19, /* keeps a tunnel open */
	ROLE_VICTIM = 1 << 20,
	ROLE_BROADBAND = 1 << 21, /* three channels */
	ROLE_SHORT = 1 << 22,     /* one, and short-period */
};

/* When a machine is on and when somebody uses it. */
enum hours {
	HOURS_ALWAYS,
	HOURS_OFFICE,
	HOURS_SHIFT,
	HOURS_EVENING,
};

struct crew {
	const char *name; /* its machines are name-1, name-2, ... */
	uint32_t roles;
	uint8_t count;
	uint8_t stack; /* enum stack */
	uint8_t hours; /* enum hours */
	uint8_t block; /* third byte of the address */
	uint8_t from;  /* fourth byte of the first one */
	uint8_t six;   /* of a hundred machines, how many also have IPv6 */
};

/* The last of a crew may have a role more. */
struct extra {
	const char *host;
	uint32_t roles;
};

/* Kinds of places outside. */
enum group {
	GROUP_NONE,
	GROUP_TIME,
	GROUP_CENTRE,  /* the data centre that takes the streams */
	GROUP_PARTNER, /* stations elsewhere */
	GROUP_VENDOR,
	GROUP_NAMES, /* resolvers of the provider */
	GROUP_UPDATE,
	GROUP_PACKAGES,
	GROUP_SHIELD, /* antivirus */
	GROUP_SHIELD_PUSH,
	GROUP_CHECK,
	GROUP_MAIL,
	GROUP_PUSH,
	GROUP_NOTIFY,
	GROUP_METRICS,
	GROUP_METRICS_B,
	GROUP_STATUS,
	GROUP_CRL,
	GROUP_WEB,
	GROUP_EDGE,  /* shared by many sites */
	GROUP_TRACK, /* the same */
	GROUP_CLOUD,
	GROUP_BACKUP,
	GROUP_MEETING,
	GROUP_TUNNEL,
	GROUP_THINGS, /* MQTT */
	GROUP_MUSIC,
	GROUP_VIDEO,
	GROUP_VOICE,
	GROUP_GONE, /* a service that was shut down */
	GROUP_CONTROL,
	GROUP_SCANNER,
	GROUP_MDNS, /* not places: multicast and broadcast */
	GROUP_SSDP,
	GROUP_BROADCAST,
	GROUP_FLUX, /* places again, of which each is many machines */
	GROUP_SPREAD,
	GROUP_VOLUNTEERS,
	GROUP_COUNT
};

struct quarter {
	enum group group;
	const char *name; /* with %u: its number, with %s: a made-up word; NULL: no name */
	uint16_t count;
	uint8_t addresses; /* of each */
	uint8_t six;       /* of a hundred places, how many also have IPv6 */
	uint8_t tls13;     /* of a hundred, how many speak TLS 1.3 */
	uint16_t rtt_ms;   /* median */
	uint32_t ttl_s;    /* of its DNS records */
};

/* The places of a group are served by many addresses, others in every answer. */
struct pool {
	enum group group;
	uint16_t addresses;
	uint8_t octets; /* first octets they have; 0: from the ranges set aside */
	uint8_t shown;  /* in one answer */
};

/* How a habit is lived; models.h has a function for each. */
enum model {
	MODEL_TLS,    /* connect, shake hands, ask, be answered, close */
	MODEL_HTTP,   /* the same without TLS */
	MODEL_ASK,    /* one datagram and its answer */
	MODEL_DRIP,   /* datagrams on one socket for as long as the machine is on */
	MODEL_KNOCK,  /* a connection that says a line or nothing */
	MODEL_STREAM, /* a connection that lives for hours */
	MODEL_BROWSE, /* people and the web */
	MODEL_SHELL,  /* people and a command line */
	MODEL_LOOKUP, /* names that do not exist */
	MODEL_CALL,   /* telephone */
	MODEL_ARP,
};

/* What the long-lived ones talk. */
enum dialect {
	DIALECT_TLS,
	DIALECT_SEEDLINK,
	DIALECT_MQTT,
	DIALECT_PLAIN,
};

enum when {
	WHEN_EVER,
	WHEN_ON,   /* while the machine is on */
	WHEN_USED, /* while somebody sits in front of it */
};

enum pick {
	PICK_ONE,    /* each machine has one peer of its own */
	PICK_TWO,    /* or two */
	PICK_EACH,   /* all of them, each with a clock of its own */
	PICK_SHARED, /* everybody has the same */
	PICK_ANY,    /* another each time */
};

/* What the ground truth says of it. */
enum verdict {
	VERDICT_NONE,  /* nothing: no clock behind it */
	VERDICT_CLOCK, /* benign, clock-driven */
	VERDICT_BEACON,
	VERDICT_EXFILTRATION,
	VERDICT_FLUX, /* calls what is served by machines that were taken over */
};

struct habit {
	const char *class; /* how the ground truth calls it */
	enum verdict verdict;
	enum model model;
	uint32_t who;             /* any of these roles */
	uint32_t not_who;         /* but none of these */
	uint8_t share;            /* of a hundred such machines, how many have it; 0: all */
	uint8_t when;             /* enum when */
	uint8_t pick;             /* enum pick */
	uint8_t group;            /* enum group: peers outside ... */
	uint32_t whom;            /* ... or the roles of peers inside */
	bool inbound;             /* the peer outside is the one who calls */
	uint16_t port, from_port; /* from_port 0: a new one each time */
	uint8_t service;          /* enum service, for Zeek */
	uint8_t client;           /* enum tls_client; MODEL_STREAM: with DIALECT_TLS */
	uint8_t dialect;          /* enum dialect */
	uint8_t say, answer; /* enum speech_kind of datagrams; SAY_NOTHING: no answer */
	uint16_t arg;
	struct beat beat;
	uint32_t up, down; /* median bytes of question and answer */
	uint16_t sigma;    /* how much they differ, thousandths; 0: never */
	uint16_t turns;    /* questions in one connection, 0: one */
	uint16_t life_min; /* MODEL_STREAM: how long a connection lives */
	uint32_t miss_ppm; /* how often it is left out */
	uint32_t fail_ppm; /* how often nobody answers */
	uint32_t bulk_ppm; /* how often there is much more to say */
	bool nameless;     /* by address, no DNS and no SNI */
};

#define SCENARIO_LISTS 4

struct scenario {
	const char *name;
	uint8_t net[2];  /* first two bytes of the site's addresses */
	int32_t zone_s;  /* local time east of UTC */
	uint8_t weekend; /* of a hundred people, how many come */
	uint8_t workday;
	const struct crew *crews;
	size_t n_crews;
	const struct extra *extras;
	size_t n_extras;
	const struct quarter *quarters;
	size_t n_quarters;
	const struct pool *pools;
	size_t n_pools;
	const struct habit *habits[SCENARIO_LISTS]; /* each ends with one without class */
};

#define SCENARIOS(X)                        \
	X(SEISMIC_STATION, seismic_station) \
	X(OFFICE, office)                   \
	X(FLUX, flux)

#define X(name, text) extern const struct scenario scenario_##text;
SCENARIOS(X)
#undef X

/* What every PC and its people do, whatever the site. */
extern const struct habit scenario_pc_habits[];

/* NULL when there is none of that name. */
const struct scenario *scenario_find(const char *name);

/* Number i of them; NULL past the last one. */
const struct scenario *scenario_at(size_t i);

#endif
