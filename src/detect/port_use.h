/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_use.h - what a server's port is usually for: data/services.tsv.
 *
 * Ports are habit, not proof: a control server may sit on any of them. What a
 * line weighs is in the table, with its reason.
 */
#ifndef DETECT_PORT_USE_H
#define DETECT_PORT_USE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A line is the class, the ATT&CK technique that fits when it serves control
 * ("": none does), and the harmless explanation it offers.
 */
#define PORT_CLASSES(X)                                                      \
	X(CLOCK, "", "time synchronisation")                                 \
	X(DNS, "T1071.004", "name look-ups")                                 \
	X(INFRASTRUCTURE, "", "the machinery of the network")                \
	X(MONITORING, "", "monitoring, which reports on the beat")           \
	X(WEB, "T1071.001", "a poll by a page or a program")                 \
	X(WEB_TLS, "T1573", "a poll by a page or a program")                 \
	X(PROXY, "T1090", "a proxy everybody uses")                          \
	X(MAIL, "T1071.003", "a mail program looking for mail")              \
	X(PUSH, "T1071", "a device or program waiting for messages")         \
	X(UPDATE, "T1071", "management, updates or protection of computers") \
	X(VPN, "T1572", "keep-alives of a tunnel set up on purpose")         \
	X(REMOTE, "T1219", "remote access by somebody who may")              \
	X(FILES, "T1071.002", "files, printing or backup")                   \
	X(DATA, "T1071", "a program and its database")                       \
	X(MEDIA, "T1071", "voice, pictures or games")                        \
	X(SCIENCE, "T1071", "an instrument reporting its data")              \
	X(INDUSTRY, "T1071", "control of machines, which polls by design")   \
	X(P2P, "T1071", "sharing files with peers")                          \
	X(IRC, "T1071", "a chat program")                                    \
	X(TOR, "T1090.003", "somebody who uses Tor")                         \
	X(MINER, "T1496", "mining somebody wants")                           \
	X(IMPLANT, "T1571", "a program of one's own on that port")           \
	X(OTHER, "T1571", "a program of one's own on that port")

enum port_class {
#define X(name, technique, benign) PORT_##name,
	PORT_CLASSES(X)
#undef X
};

struct port_use {
	uint16_t low, high;
	uint8_t proto;
	enum port_class class;
	int32_t mb; /* for (+) or against control, see data/services.tsv */
	const char *words;
};

/* What the port of a server is for; NULL: nothing usual. */
const struct port_use *port_use_find(uint8_t proto, uint16_t port);

/* Nothing usual is there, or what implants are said to listen on by default. */
bool port_is_odd(uint8_t proto, uint16_t port);

const char *port_class_technique(enum port_class); /* NULL: none */
const char *port_class_benign(enum port_class);

/* The table, ascending by protocol and port, without overlaps. Made by tools/services.py. */
extern const struct port_use port_uses[];
extern const unsigned port_uses_count;

#endif
