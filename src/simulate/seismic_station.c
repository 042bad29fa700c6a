/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site of a seismic network: eight digitizers with their streams, the
 * servers that take and keep them, the people who look at them. On digitizer 6
 * an implant calls out, and once a night it sends the day's intensities away.
 */
#include "simulate/scenario.h"

#define MIN_MS (60u * 1000)
#define H_MS   (60u * MIN_MS)

#define MACHINES (ROLE_SERVER | ROLE_DIGITIZER)

/* clang-format off */
static const struct crew CREWS[] = {
	{ "gw",  ROLE_GATEWAY,                       1, STACK_DEVICE,  HOURS_ALWAYS, 0, 1,   0 },
	{ "ns",  ROLE_SERVER | ROLE_RESOLVER,        1, STACK_SERVER,  HOURS_ALWAYS, 2, 2,   0 },
	{ "acq", ROLE_SERVER | ROLE_COLLECTOR,       1, STACK_SERVER,  HOURS_ALWAYS, 2, 5,   0 },
	{ "log", ROLE_SERVER | ROLE_LOG,             1, STACK_SERVER,  HOURS_ALWAYS, 2, 6,   0 },
	{ "mon", ROLE_SERVER | ROLE_MONITOR,         1, STACK_SERVER,  HOURS_ALWAYS, 2, 7,   0 },
	{ "web", ROLE_SERVER,                        1, STACK_SERVER,  HOURS_ALWAYS, 2, 8, 100 },
	{ "dig", ROLE_DIGITIZER,                     8, STACK_DEVICE,  HOURS_ALWAYS, 3, 11,  0 },
	{ "pc",  ROLE_DESKTOP | ROLE_PERSON,         8, STACK_DESKTOP, HOURS_OFFICE, 1, 11, 15 },
	{ "lap", ROLE_LAPTOP | ROLE_PERSON,          2, STACK_LAPTOP,  HOURS_OFFICE, 1, 31, 50 },
	{ "ws",  ROLE_BENCH | ROLE_PERSON,           2, STACK_SERVER,  HOURS_OFFICE, 1, 41,  0 },
	{ "prn", ROLE_PRINTER,                       1, STACK_DEVICE,  HOURS_ALWAYS, 1, 90,  0 },
};

static const struct extra EXTRAS[] = {
	{ "pc-1",  ROLE_DUTY },
	{ "pc-2",  ROLE_DUTY },
	{ "ws-1",  ROLE_ADMIN },
	{ "pc-7",  ROLE_ADMIN },
	{ "dig-1", ROLE_BROADBAND }, { "dig-2", ROLE_SHORT },     { "dig-3", ROLE_SHORT },
	{ "dig-4", ROLE_BROADBAND }, { "dig-5", ROLE_BROADBAND }, { "dig-6", ROLE_BROADBAND },
	{ "dig-7", ROLE_SHORT },     { "dig-8", ROLE_SHORT },     { "dig-6", ROLE_VICTIM },
};

static const struct quarter QUARTERS[] = {
	/* group            name                       count ips v6 tls13 rtt ttl */
	{ GROUP_TIME,      "time-%u.clock.example",      4, 1,  25,   0,  24, 3600 },
	{ GROUP_CENTRE,    "seedlink.datacentre.example", 1, 1,  0,   0,  38, 3600 },
	{ GROUP_PARTNER,   "sl-%u.partner.example",      3, 1,   0,   0,  60, 3600 },
	{ GROUP_NAMES,     "dns-%u.provider.example",    2, 1,   0,   0,   7, 3600 },
	{ GROUP_UPDATE,    "update-%u.os.example",       4, 3,  50,  60,  22, 300 },
	{ GROUP_PACKAGES,  "mirror-%u.packages.example", 2, 1,  50,   0,  31, 900 },
	{ GROUP_VENDOR,    "health.digitizer.example",   1, 1,   0,   0,  84, 900 },
	{ GROUP_SHIELD,    "cloud-%u.shield.example",    4, 2,   0,  30,  45, 120 },
	{ GROUP_CHECK,     "check.os.example",           1, 2,   0,   0,  18, 300 },
	{ GROUP_MAIL,      "imap.mail.example",          1, 1,   0, 100,  12, 600 },
	{ GROUP_PUSH,      "push-%u.cloud.example",      3, 1,  60, 100,  35, 300 },
	{ GROUP_NOTIFY,    "notify-%u.os.example",       3, 1,   0,   0,  40, 300 },
	{ GROUP_METRICS,   "metrics-%u.os.example",      3, 2,   0,  50,  55, 120 },
	{ GROUP_METRICS_B, "report.laptop.example",      1, 2,   0, 100,  48, 300 },
	{ GROUP_STATUS,    "settings.os.example",        1, 1,   0,   0,  47, 600 },
	{ GROUP_CRL,       "ocsp-%u.trust.example",      3, 1,  30,   0,  15, 1800 },
	{ GROUP_WEB,       "www.%s.example",           260, 1,  35,  80,  70, 300 },
	{ GROUP_EDGE,      "static-%u.edge.example",    10, 3,  70,  95,   9, 60 },
	{ GROUP_TRACK,     "t%u.counter.example",        9, 2,  40,  90,  28, 120 },
	{ GROUP_CLOUD,     "chat-%u.cloud.example",      3, 2,  60, 100,  33, 120 },
	{ GROUP_GONE,      "api.retired.example",        1, 1,   0,   0,  90, 3600 },
	{ GROUP_SCANNER,   NULL,                        60, 1,   0,   0, 160, 0 },
	{ GROUP_CONTROL,   NULL,                         1, 1,   0,   0, 182, 0 },
};

static const struct habit HABITS[] = {
	/*
	 * The implant: sleeps 300 s less up to 30 %, uniform on [T(1-J), T]. By address,
	 * without DNS or SNI, from a TLS library that nothing else here uses.
	 */
	{ .class = "implant", .verdict = VERDICT_BEACON, .model = MODEL_TLS, .who = ROLE_VICTIM,
	  .pick = PICK_SHARED, .group = GROUP_CONTROL, .port = 443, .service = SERVICE_TLS,
	  .client = TLS_IMPLANT, .beat = { BEAT_SLEEP, 300000, 300000 }, .up = 310, .down = 96,
	  .sigma = 60, .miss_ppm = 15000, .fail_ppm = 4000, .bulk_ppm = 25000,
	  .nameless = true },
	{ .class = "implant", .verdict = VERDICT_EXFILTRATION, .model = MODEL_TLS,
	  .who = ROLE_VICTIM, .pick = PICK_SHARED, .group = GROUP_CONTROL, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_IMPLANT, .beat = { BEAT_NIGHTLY, 24 * H_MS, 0 },
	  .up = 24u << 20, .down = 180, .sigma = 90, .nameless = true },

	/* Streams: a record is full when it is full, later on a quiet day. */
	{ .class = "seedlink", .verdict = VERDICT_CLOCK, .model = MODEL_STREAM,
	  .who = ROLE_COLLECTOR, .whom = ROLE_BROADBAND, .pick = PICK_EACH, .port = 18000,
	  .dialect = DIALECT_SEEDLINK, .beat = { BEAT_EITHER, 9400, 350000 }, .life_min = 2600 },
	{ .class = "seedlink", .verdict = VERDICT_CLOCK, .model = MODEL_STREAM,
	  .who = ROLE_COLLECTOR, .whom = ROLE_SHORT, .pick = PICK_EACH, .port = 18000,
	  .dialect = DIALECT_SEEDLINK, .beat = { BEAT_EITHER, 21000, 250000 }, .life_min = 2600 },
	{ .class = "seedlink", .verdict = VERDICT_CLOCK, .model = MODEL_STREAM,
	  .who = ROLE_BROADBAND, .pick = PICK_SHARED, .group = GROUP_CENTRE, .inbound = true,
	  .port = 18000, .dialect = DIALECT_SEEDLINK, .beat = { BEAT_EITHER, 9400, 350000 },
	  .life_min = 900 },
	{ .class = "seedlink", .verdict = VERDICT_CLOCK, .model = MODEL_STREAM,
	  .who = ROLE_SHORT, .pick = PICK_SHARED, .group = GROUP_CENTRE, .inbound = true,
	  .port = 18000, .dialect = DIALECT_SEEDLINK, .beat = { BEAT_EITHER, 21000, 250000 },
	  .life_min = 900 },
	{ .class = "seedlink", .verdict = VERDICT_CLOCK, .model = MODEL_STREAM,
	  .who = ROLE_COLLECTOR, .pick = PICK_EACH, .group = GROUP_PARTNER, .port = 18000,
	  .dialect = DIALECT_SEEDLINK, .beat = { BEAT_EITHER, 20000, 450000 }, .life_min = 700 },

	/* Time. */
	{ .class = "time", .verdict = VERDICT_CLOCK, .model = MODEL_ASK, .who = ROLE_SERVER,
	  .pick = PICK_TWO, .group = GROUP_TIME, .port = 123, .service = SERVICE_NTP,
	  .say = SAY_NTP_ASK, .answer = SAY_NTP_REPLY, .arg = 6,
	  .beat = { BEAT_POLL, 64000, 12000 }, .fail_ppm = 2000 },
	/* their configuration has addresses in it, not names */
	{ .class = "time", .verdict = VERDICT_CLOCK, .model = MODEL_ASK, .who = ROLE_DIGITIZER,
	  .pick = PICK_TWO, .group = GROUP_TIME, .port = 123, .service = SERVICE_NTP,
	  .say = SAY_NTP_ASK, .answer = SAY_NTP_REPLY, .arg = 6, .nameless = true,
	  .beat = { BEAT_POLL, 64000, 12000 }, .fail_ppm = 2000 },

	/* What the machines say of themselves, and who asks them. */
	{ .class = "syslog", .model = MODEL_DRIP, .who = MACHINES, .not_who = ROLE_LOG,
	  .whom = ROLE_LOG, .port = 514, .service = SERVICE_NONE, .say = SAY_SYSLOG,
	  .beat = { BEAT_POISSON, 150000, 0 } },
	{ .class = "syslog mark", .verdict = VERDICT_CLOCK, .model = MODEL_DRIP,
	  .who = ROLE_DIGITIZER, .whom = ROLE_LOG, .port = 514, .say = SAY_SYSLOG,
	  .beat = { BEAT_GRID, 20 * MIN_MS, 0 } },
	{ .class = "monitoring snmp", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_MONITOR, .whom = ROLE_DIGITIZER | ROLE_GATEWAY | ROLE_PRINTER,
	  .pick = PICK_EACH, .port = 161, .say = SAY_SNMP_GET, .answer = SAY_SNMP_REPLY,
	  .beat = { BEAT_GRID, MIN_MS, 4000 } },
	{ .class = "monitoring ping", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_MONITOR, .whom = MACHINES | ROLE_GATEWAY, .pick = PICK_EACH,
	  .say = SAY_PING, .answer = SAY_PING, .up = 56, .down = 56, .turns = 2,
	  .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	{ .class = "monitoring ssh", .verdict = VERDICT_CLOCK, .model = MODEL_KNOCK,
	  .who = ROLE_MONITOR, .whom = ROLE_SERVER, .pick = PICK_EACH, .port = 22,
	  .service = SERVICE_SSH, .say = SAY_SSH_BANNER, .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	{ .class = "monitoring seedlink", .verdict = VERDICT_CLOCK, .model = MODEL_KNOCK,
	  .who = ROLE_MONITOR, .whom = ROLE_DIGITIZER, .pick = PICK_EACH, .port = 18000,
	  .say = SAY_NOTHING, .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	{ .class = "monitoring http", .verdict = VERDICT_CLOCK, .model = MODEL_HTTP,
	  .who = ROLE_MONITOR, .whom = ROLE_DIGITIZER, .pick = PICK_EACH, .port = 80,
	  .service = SERVICE_HTTP, .arg = 4, .down = 1900, .sigma = 20,
	  .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	{ .class = "monitoring https", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_MONITOR, .pick = PICK_SHARED, .group = GROUP_STATUS, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_LIBRARY, .up = 160, .down = 5100, .sigma = 10,
	  .beat = { BEAT_GRID, 5 * MIN_MS, 4000 } },
	/* The maker of the digitizers wants to know how they are. */
	{ .class = "state of health", .verdict = VERDICT_CLOCK, .model = MODEL_TLS,
	  .who = ROLE_DIGITIZER, .pick = PICK_SHARED, .group = GROUP_VENDOR, .port = 443,
	  .service = SERVICE_TLS, .client = TLS_DEVICE, .up = 900, .down = 120, .sigma = 60,
	  .beat = { BEAT_DELAY, 15 * MIN_MS, 20000 }, .miss_ppm = 4000 },
	{ .class = "packages", .verdict = VERDICT_CLOCK, .model = MODEL_HTTP, .who = ROLE_SERVER,
	  .pick = PICK_ONE, .group = GROUP_PACKAGES, .port = 80, .service = SERVICE_HTTP,
	  .arg = 5, .down = 90000, .sigma = 500, .beat = { BEAT_DELAY, 12 * H_MS, 900000 } },
	{ .class = "arp", .model = MODEL_ARP, .who = MACHINES, .whom = ROLE_GATEWAY,
	  .beat = { BEAT_HEAVY, 200000, 1500 } },

	/* Administrators. */
	{ .class = "shell", .model = MODEL_SHELL, .who = ROLE_ADMIN, .whom = MACHINES,
	  .pick = PICK_EACH, .when = WHEN_USED, .port = 22, .service = SERVICE_SSH,
	  .beat = { BEAT_HEAVY, 70 * MIN_MS, 700 }, .miss_ppm = 750000 },
	/* People look at the waveforms. */
	{ .class = "waveform viewer", .model = MODEL_STREAM, .who = ROLE_DUTY,
	  .whom = ROLE_COLLECTOR, .when = WHEN_USED, .port = 18000, .dialect = DIALECT_SEEDLINK,
	  .beat = { BEAT_EITHER, 7600, 350000 }, .life_min = 120 },
	{ .class = "print queue", .verdict = VERDICT_CLOCK, .model = MODEL_ASK,
	  .who = ROLE_DESKTOP, .whom = ROLE_PRINTER, .when = WHEN_ON, .share = 70, .port = 161,
	  .say = SAY_SNMP_GET, .answer = SAY_SNMP_REPLY, .beat = { BEAT_GRID, 10 * MIN_MS, 1000 } },
	/* The ports of the digitizers are open to the world, and the world tries them. */
	{ .class = "scanner", .model = MODEL_KNOCK, .who = ROLE_DIGITIZER, .pick = PICK_ANY,
	  .group = GROUP_SCANNER, .inbound = true, .port = 18000,
	  .beat = { BEAT_POISSON, 5 * H_MS, 0 } },
	{ .class = "scanner", .model = MODEL_KNOCK, .who = ROLE_DIGITIZER, .pick = PICK_ANY,
	  .group = GROUP_SCANNER, .inbound = true, .port = 22, .fail_ppm = 1000000,
	  .beat = { BEAT_POISSON, 2 * H_MS, 0 } },
	{ .class = NULL },
};
/* clang-format on */

#define N(a) (sizeof(a) / sizeof *(a))

const struct scenario scenario_seismic_station = {
	.name = "seismic-station",
	.net = { 10, 20 },
	.zone_s = 8 * 3600,
	.workday = 92,
	.weekend = 35,
	.crews = CREWS,
	.n_crews = N(CREWS),
	.extras = EXTRAS,
	.n_extras = N(EXTRAS),
	.quarters = QUARTERS,
	.n_quarters = N(QUARTERS),
	.habits = { HABITS, scenario_pc_habits },
};
