/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordinary office, benign throughout: PCs and their people, printers, a
 * network store, telephones, a television, cameras, and all the clocks in
 * them. Whoever raises an alarm here is wrong.
 *
 * And the same office with one desk that calls a name served by machines all over
 * the world, one after the other, among names that change their addresses for good
 * reasons: a content network, and a pool of volunteers who tell the time.
 */
#include "simulate/scenario.h"

#define MIN_MS (60u * 1000)
#define H_MS   (60u * MIN_MS)

#define PC (ROLE_DESKTOP | ROLE_LAPTOP)

/* clang-format off */
static const struct crew CREWS[] = {
	{ "router",  ROLE_GATEWAY | ROLE_RESOLVER,   1, STACK_SERVER,  HOURS_ALWAYS, 8, 1,    0 },
	{ "nas",     ROLE_STORE,                     1, STACK_SERVER,  HOURS_ALWAYS, 8, 10, 100 },
	{ "monitor", ROLE_MONITOR | ROLE_SERVER,     1, STACK_SERVER,  HOURS_ALWAYS, 8, 11,   0 },
	{ "desk",    ROLE_DESKTOP | ROLE_PERSON,    18, STACK_DESKTOP, HOURS_OFFICE, 8, 101, 10 },
	{ "book",    ROLE_LAPTOP | ROLE_PERSON,      7, STACK_LAPTOP,  HOURS_OFFICE, 8, 131, 20 },
	{ "printer", ROLE_PRINTER,                   3, STACK_DEVICE,  HOURS_ALWAYS, 8, 30,   0 },
	{ "phone",   ROLE_PHONE,                     8, STACK_DEVICE,  HOURS_OFFICE, 8, 60,   0 },
	{ "screen",  ROLE_SCREEN,                    1, STACK_DEVICE,  HOURS_EVENING, 8, 40,  0 },
	{ "camera",  ROLE_CAMERA,                    2, STACK_DEVICE,  HOURS_ALWAYS, 8, 45,   0 },
	{ "plug",    ROLE_CAMERA,                    3, STACK_DEVICE,  HOURS_ALWAYS, 8, 50,   0 },
};

static const struct extra EXTRAS[] = {
	{ "desk-4", ROLE_MUSIC },  { "desk-9", ROLE_MUSIC },  { "book-3", ROLE_MUSIC },
	{ "book-1", ROLE_REMOTE }, { "book-5", ROLE_REMOTE }, { "desk-12", ROLE_REMOTE },
	/* where there is flux: */
	{ "desk-7", ROLE_VICTIM },
};

static const struct quarter QUARTERS[] = {
	/* group              name                      count ips v6 tls13 rtt ttl */
	{ GROUP_TIME,        "time-%u.clock.example",     4, 1,  25,   0,  24, 3600 },
	{ GROUP_NAMES,       "dns-%u.provider.example",   2, 1,   0,   0,   7, 3600 },
	{ GROUP_UPDATE,      "update-%u.os.example",      5, 3,  50,  60,  22, 300 },
	{ GROUP_SHIELD,      "cloud-%u.shield.example",   4, 2,   0,  30,  45, 120 },
	{ GROUP_SHIELD_PUSH, "epns.shield.example",       1, 1,   0,   0,  51, 600 },
	{ GROUP_CHECK,       "check.os.example",          1, 2,   0,   0,  18, 300 },
	{ GROUP_MAIL,        "imap.mail.example",         1, 2,   0, 100,  12, 600 },
	{ GROUP_PUSH,        "push-%u.cloud.example",     3, 1,  60, 100,  35, 300 },
	{ GROUP_NOTIFY,      "notify-%u.os.example",      3, 1,   0,   0,  40, 300 },
	{ GROUP_METRICS,     "metrics-%u.os.example",     3, 2,   0,  50,  55, 120 },
	{ GROUP_METRICS_B,   "report.laptop.example",     1, 2,   0, 100,  48, 300 },
	{ GROUP_STATUS,      "settings.os.example",       1, 1,   0,   0,  47, 600 },
	{ GROUP_CRL,         "ocsp-%u.trust.example",     3, 1,  30,   0,  15, 1800 },
	{ GROUP_WEB,         "www.%s.example",          420, 1,  35,  80,  70, 300 },
	{ GROUP_EDGE,        "static-%u.edge.example",   12, 3,  70,  95,   9, 60 },
	{ GROUP_TRACK,       "t%u.counter.example",      12, 2,  40,  90,  28, 120 },
	{ GROUP_CLOUD,       "chat-%u.cloud.example",     4, 2,  60, 100,  33, 120 },
	{ GROUP_BACKUP,      "sync.drive.example",        1, 2,  30, 100,  41, 300 },
	{ GROUP_MEETING,     "meet-%u.cloud.example",     3, 1,  30, 100,  20, 300 },
	{ GROUP_TUNNEL,      "vpn.headquarters.example",  1, 1,   0,   0,  27, 3600 },
	{ GROUP_THINGS,      "mqtt.things.example",       1, 2,   0,   0,  66, 300 },
	{ GROUP_MUSIC,       "ap-%u.songs.example",       2, 1,   0,   0,  29, 300 },
	{ GROUP_VIDEO,       "tv-%u.video.example",       4, 1,  50, 100,  14, 120 },
	{ GROUP_VOICE,       "sip.voice.example",         1, 1,   0,   0,  11, 3600 },
	{ GROUP_GONE,        "api.retired.example",       1, 1,   0,   0,  90, 3600 },
	/* where there is flux: */
	{ GROUP_FLUX,        "login.%s-bonus.example",    1, 1,   0,   0,  95, 120 },
	{ GROUP_SPREAD,      "img.content.example",       1, 1,   0, 100,   9, 30 },
	{ GROUP_VOLUNTEERS,  "2.pool.volunteer.example",  1, 1,   0,   0,  40, 150 },
};

/* The last rows of these tables are of the office with flux alone. */
enum { FLUX_EXTRAS = 1, FLUX_QUARTERS = 3 };

static const struct pool POOLS[] = {
	{ GROUP_FLUX,       900, 180, 5 },
	{ GROUP_SPREAD,      60,   0, 4 },
	{ GROUP_VOLUNTEERS, 900, 180, 4 },
};

static const struct habit HABITS[] = {
	/* Antivirus news over its own port: a connection of its own every 301 s or so. */
	{ .class = "antivirus push", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_DESKTOP, .share = 65, .when = WHEN_ON, .pick = PICK_SHARED,
	  .group = GROUP_SHIELD_PUSH, .port = 8883, .service = SERVICE_TLS,
	  .client = TLS_DEVICE, .beat = { BEAT_EITHER, 301600, 400 }, .up = 150, .down = 90,
	  .sigma = 0 },
	/* The one that is exact to a tenth of a second for days. */
	{ .class = "os quarter hour", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_DESKTOP, .share = 80, .when = WHEN_ON, .pick = PICK_ONE,
	  .group = GROUP_NOTIFY, .port = 443, .service = SERVICE_TLS, .client = TLS_SYSTEM,
	  .beat = { BEAT_GRID, 900000, 0 }, .up = 480, .down = 260 },
	{ .class = "file synchronisation", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_STORE, .pick = PICK_SHARED, .group = GROUP_BACKUP, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_LIBRARY, .beat = { BEAT_DELAY, 5 * MIN_MS, 8000 },
	  .up = 600, .down = 420, .sigma = 120, .bulk_ppm = 30000 },
	{ .class = "nightly backup", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_STORE, .pick = PICK_SHARED, .group = GROUP_BACKUP, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_LIBRARY, .beat = { BEAT_NIGHTLY, 24 * H_MS, 0 },
	  .up = 18u << 20, .down = 900, .sigma = 400 },
	{ .class = "file synchronisation", .model = MODEL_STREAM, .who = ROLE_PERSON, .share = 40,
	  .when = WHEN_ON, .pick = PICK_SHARED, .group = GROUP_BACKUP, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_LIBRARY, .dialect = DIALECT_TLS,
	  .beat = { BEAT_EITHER, 58000, 20000 }, .up = 310, .down = 180, .sigma = 80,
	  .life_min = 60, .bulk_ppm = 40000 },
	{ .class = "lan synchronisation", .model = MODEL_DRIP, .who = ROLE_PERSON, .share = 40,
	  .when = WHEN_ON, .group = GROUP_BROADCAST, .port = 17500, .from_port = 17500,
	  .say = SAY_LANSYNC, .beat = { BEAT_GRID, 30000, 400 } },

	/* Music, television, things. */
	{ .class = "music", .model = MODEL_STREAM, .who = ROLE_MUSIC, .when = WHEN_USED,
	  .pick = PICK_ONE, .group = GROUP_MUSIC, .port = 4070, .dialect = DIALECT_PLAIN,
	  .beat = { BEAT_EITHER, 120000, 10000 }, .up = 24, .down = 24, .life_min = 150,
	  .bulk_ppm = 350000 },
	{ .class = "music discovery", .model = MODEL_DRIP, .who = ROLE_MUSIC, .when = WHEN_ON,
	  .group = GROUP_BROADCAST, .port = 57621, .from_port = 57621, .say = SAY_MUSIC_HELLO,
	  .beat = { BEAT_GRID, 30000, 200 } },
	{ .class = "television status", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_SCREEN, .pick = PICK_ONE, .group = GROUP_VIDEO, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_DEVICE, .beat = { BEAT_GRID, 10 * MIN_MS, 200 },
	  .up = 420, .down = 380, .sigma = 30 },
	{ .class = "television counting", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_SCREEN, .when = WHEN_USED, .pick = PICK_ANY, .group = GROUP_TRACK,
	  .port = 443, .service = SERVICE_TLS, .client = TLS_DEVICE,
	  .beat = { BEAT_EITHER, MIN_MS, 30000 }, .up = 900, .down = 210, .sigma = 120 },
	{ .class = "television video", .model = MODEL_TLS, .who = ROLE_SCREEN, .when = WHEN_USED,
	  .pick = PICK_ANY, .group = GROUP_VIDEO, .port = 443, .service = SERVICE_TLS,
	  .client = TLS_DEVICE, .beat = { BEAT_POISSON, 90000, 0 }, .up = 700, .down = 900000,
	  .sigma = 500 },
	{ .class = "device discovery", .model = MODEL_DRIP, .who = ROLE_SCREEN,
	  .group = GROUP_SSDP, .port = 1900, .say = SAY_SSDP, .beat = { BEAT_GRID, 60000, 1000 } },
	{ .class = "things", .model = MODEL_STREAM, .who = ROLE_CAMERA, .pick = PICK_SHARED,
	  .group = GROUP_THINGS, .port = 1883, .service = SERVICE_MQTT, .dialect = DIALECT_MQTT,
	  .beat = { BEAT_GRID, 60000, 300 }, .life_min = 900 },
	{ .class = "things status", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_CAMERA, .share = 60, .pick = PICK_SHARED, .group = GROUP_THINGS,
	  .port = 8883, .service = SERVICE_TLS, .client = TLS_DEVICE,
	  .beat = { BEAT_DELAY, 10 * MIN_MS, 5000 }, .up = 260, .down = 80, .sigma = 20 },
	{ .class = "time", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_CAMERA | ROLE_PRINTER | ROLE_PHONE | ROLE_STORE | ROLE_MONITOR,
	  .when = WHEN_ON, .pick = PICK_ONE, .group = GROUP_TIME, .port = 123,
	  .service = SERVICE_NTP, .say = SAY_NTP_ASK, .answer = SAY_NTP_REPLY, .arg = 10,
	  .beat = { BEAT_POLL, 64000, 15000 } },

	/* Telephones: always registered, off with the office's power at night. */
	{ .class = "telephone keep-alive", .verdict = VERDICT_CLOCK, .model = MODEL_DRIP,
	  .who = ROLE_PHONE, .pick = PICK_SHARED, .group = GROUP_VOICE, .port = 5060,
	  .from_port = 5060, .service = SERVICE_SIP, .say = SAY_SIP_OPTIONS, .arg = 1,
	  .answer = SAY_SIP_OK, .beat = { BEAT_GRID, 45000, 500 } },
	{ .class = "telephone call", .model = MODEL_CALL, .who = ROLE_PHONE, .when = WHEN_USED,
	  .pick = PICK_SHARED, .group = GROUP_VOICE, .port = 16384,
	  .beat = { BEAT_POISSON, 6 * H_MS, 0 } },
	{ .class = "telephone settings", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_PHONE, .pick = PICK_SHARED, .group = GROUP_VOICE, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_DEVICE, .beat = { BEAT_GRID, 60 * MIN_MS, 300 },
	  .up = 380, .down = 2100 },

	/* Printers, the store, monitoring. */
	{ .class = "print queue", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_DESKTOP, .whom = ROLE_PRINTER, .when = WHEN_ON, .share = 70, .port = 161,
	  .say = SAY_SNMP_GET, .answer = SAY_SNMP_REPLY, .beat = { BEAT_GRID, 10 * MIN_MS, 1000 } },
	{ .class = "printer ink", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_PRINTER, .pick = PICK_ONE, .group = GROUP_CLOUD, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_DEVICE, .beat = { BEAT_GRID, 60 * MIN_MS, 500 },
	  .up = 900, .down = 300, .sigma = 10 },
	{ .class = "network drive", .model = MODEL_STREAM, .who = ROLE_PERSON, .share = 60,
	  .whom = ROLE_STORE, .when = WHEN_USED, .port = 445, .service = SERVICE_SMB,
	  .dialect = DIALECT_PLAIN, .beat = { BEAT_HEAVY, 20000, 900 }, .up = 240, .down = 310,
	  .sigma = 400, .life_min = 200, .bulk_ppm = 150000 },
	{ .class = "monitoring ping", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_MONITOR, .whom = ROLE_STORE | ROLE_PRINTER | ROLE_GATEWAY | ROLE_CAMERA,
	  .pick = PICK_EACH, .say = SAY_PING, .answer = SAY_PING, .up = 56, .down = 56,
	  .turns = 3, .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	{ .class = "monitoring snmp", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_MONITOR, .whom = ROLE_STORE | ROLE_PRINTER | ROLE_GATEWAY,
	  .pick = PICK_EACH, .port = 161, .say = SAY_SNMP_GET, .answer = SAY_SNMP_REPLY,
	  .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	{ .class = "monitoring https", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_MONITOR, .pick = PICK_EACH, .group = GROUP_MEETING, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_LIBRARY, .up = 160, .down = 5100, .sigma = 10,
	  .beat = { BEAT_GRID, MIN_MS, 4000 } },

	/* Tunnels and meetings. */
	{ .class = "tunnel", .verdict = VERDICT_CLOCK, .model = MODEL_DRIP, .who = ROLE_REMOTE,
	  .when = WHEN_ON, .pick = PICK_SHARED, .group = GROUP_TUNNEL, .port = 51820,
	  .from_port = 51820, .say = SAY_WG_KEEP, .beat = { BEAT_GRID, 25000, 200 } },
	{ .class = "meeting presence", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_PERSON, .share = 50, .when = WHEN_USED, .pick = PICK_ONE,
	  .group = GROUP_MEETING, .port = 443, .service = SERVICE_TLS, .client = TLS_BROWSER,
	  .beat = { BEAT_EITHER, 3 * MIN_MS, 80000 }, .up = 1100, .down = 640, .sigma = 200,
	  .turns = 2 },
	{ .class = "name announcement", .model = MODEL_DRIP, .who = ROLE_DESKTOP, .when = WHEN_ON,
	  .group = GROUP_BROADCAST, .port = 137, .from_port = 137, .service = SERVICE_DNS,
	  .say = SAY_NETBIOS, .beat = { BEAT_GRID, 12 * MIN_MS, 20000 } },
	{ .class = "arp", .model = MODEL_ARP,
	  .who = ROLE_PRINTER | ROLE_PHONE | ROLE_SCREEN | ROLE_CAMERA | ROLE_STORE,
	  .whom = ROLE_GATEWAY, .beat = { BEAT_HEAVY, 150000, 1500 } },
	{ .class = NULL },
};

static const struct habit FLUX_HABITS[] = {
	/* It fetches what to show whom, whenever somebody is there. */
	{ .class = "flux", .verdict = VERDICT_FLUX, .model = MODEL_TLS, .who = ROLE_VICTIM,
	  .when = WHEN_ON, .pick = PICK_SHARED, .group = GROUP_FLUX, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_LIBRARY, .beat = { BEAT_POISSON, 6 * MIN_MS, 0 },
	  .up = 900, .down = 4000, .sigma = 400, .fail_ppm = 80000 },
	{ .class = "content network", .model = MODEL_TLS, .who = ROLE_DESKTOP, .share = 50,
	  .when = WHEN_USED, .pick = PICK_SHARED, .group = GROUP_SPREAD, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_BROWSER, .beat = { BEAT_POISSON, 5 * MIN_MS, 0 },
	  .up = 700, .down = 60000, .sigma = 700 },
	{ .class = "volunteers' time", .model = MODEL_ASK, .who = ROLE_DESKTOP, .share = 15,
	  .when = WHEN_ON, .pick = PICK_SHARED, .group = GROUP_VOLUNTEERS, .port = 123,
	  .service = SERVICE_NTP, .say = SAY_NTP_ASK, .answer = SAY_NTP_REPLY, .arg = 10,
	  .beat = { BEAT_POISSON, 8 * MIN_MS, 0 } },
	{ .class = NULL },
};
/* clang-format on */

#define N(a) (sizeof(a) / sizeof *(a))

/* What the office is, whatever is done there. */
#define OFFICE                                                                           \
	.net = { 172, 20 }, .zone_s = 3600, .workday = 88, .weekend = 6, .crews = CREWS, \
	.n_crews = N(CREWS), .extras = EXTRAS, .quarters = QUARTERS

const struct scenario scenario_office = {
	.name = "office",
	OFFICE,
	.n_extras = N(EXTRAS) - FLUX_EXTRAS,
	.n_quarters = N(QUARTERS) - FLUX_QUARTERS,
	.habits = { HABITS, scenario_pc_habits },
};

const struct scenario scenario_flux = {
	.name = "flux",
	OFFICE,
	.n_extras = N(EXTRAS),
	.n_quarters = N(QUARTERS),
	.pools = POOLS,
	.n_pools = N(POOLS),
	.habits = { HABITS, scenario_pc_habits, FLUX_HABITS },
};
