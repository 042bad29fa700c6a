/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone listen: the exporters of a network, heard over UDP.
 *
 * What comes is kept as it came, each datagram with its sender and the time of
 * its arrival, in captures that geophone analyze reads: templates, samplers and
 * sequence numbers are judged there, by the same reader as ever, and what is
 * found rests on bytes that were sent and not on what we made of them. A file
 * is .part until it is whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/stamp.h"
#include "capture/pcapng_writer.h"
#include "cmd/cmd.h"
#include "cmd/lists.h"
#include "cmd/options.h"
#include "cmd/watch.h"
#include "collect/netflow.h"
#include "collect/sflow.h"

#define VERB     "listen"
#define HEADERS  48 /* of IPv6 and UDP */
#define DATAGRAM 65535
#define WAIT_MS  200
#define KERNEL   (16 << 20) /* bytes of datagrams that may wait; the kernel may give less */

struct order {
	const char *address; /* ADDR:PORT as given */
	const char *dir;
	uint64_t for_s;    /* 0: until a signal comes */
	uint64_t rotate_s; /* of one file */
	const char *indicator[LISTS_PATHS];
	unsigned indicators;
};

struct ear {
	const struct order *o;
	struct watch *watch; /* NULL: no lists */
	int fd;
	FILE *file;
	struct pcapng_writer *writer;
	char path[4096];
	uint64_t until_ns; /* when the file is over */
	uint64_t kept, bytes, strangers, files;
	uint32_t dropped, dropped_before; /* by the kernel, and before this file */
	struct sockaddr_storage local;
	uint8_t datagram[HEADERS + DATAGRAM];
};

static const char usage[] =
    "usage: geophone listen --netflow ADDR:PORT -o DIR [OPTION...]\n"
    "Keep the datagrams of NetFlow, IPFIX and sFlow exporters in the directory DIR, as\n"
    "captures that geophone analyze reads. Ends in good order on SIGINT and SIGTERM.\n\n"
    "      --netflow ADDR:PORT  where exporters send to; 0.0.0.0 or [::] hears on all\n"
    "                           addresses, port 0 is any port\n"
    "  -o, --output DIR         made if it is not there\n"
    "      --for DURATION       stop after so long, such as 90s, 30m, 12h or 7d\n"
    "      --rotate DURATION    of one file (default 1h)\n"
    "      --indicators FILE    tell on stdout what touches an address listed there, or "
    "in\n"
    "                           the files of a directory; repeatable; SIGHUP reads them\n"
    "                           again\n";

enum { OPT_NETFLOW = 256, OPT_FOR, OPT_ROTATE, OPT_INDICATORS };

static volatile sig_atomic_t again; /* the lists are to be read again */

static void
on_again(int sig)
{
	again = sig;
}

/* 90s, 30m, 12h, 7d */
static bool
take_duration(const char *text, uint64_t *seconds)
{
	static const char units[] = "smhd";
	static const uint64_t worth[] = { 1, 60, 3600, 86400 };
	size_t n = strlen(text);
	const char *unit = n > 1 ? strchr(units, text[n - 1]) : NULL;
	char digits[16];

	if (unit == NULL || n > sizeof digits)
		return false;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	if (!option_number(digits, 1, 1000000, seconds))
		return false;
	*seconds *= worth[unit - units];
	return true;
}

static int
parse(struct order *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "netflow", required_argument, NULL, OPT_NETFLOW },
		{ "output", required_argument, NULL, 'o' },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "rotate", required_argument, NULL, OPT_ROTATE },
		{ "indicators", required_argument, NULL, OPT_INDICATORS },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return -1;
		case 'o':
			o->dir = optarg;
			break;
		case OPT_NETFLOW:
			o->address = optarg;
			break;
		case OPT_FOR:
		case OPT_ROTATE:
			if (!take_duration(optarg, c == OPT_FOR ? &o->for_s : &o->rotate_s))
				return cmd_misused(VERB,
				    "%s is not a duration such as 90s, 30m, 12h or 7d",
				    optarg);
			break;
		case OPT_INDICATORS:
			if (o->indicators == LISTS_PATHS)
				return cmd_misused(VERB, "more than %d lists", LISTS_PATHS);
			o->indicator[o->indicators++] = optarg;
			break;
		default:
			return cmd_misused(VERB, "see the line above");
		}
	if (o->address == NULL || o->dir == NULL)
		return cmd_misused(VERB, "--netflow ADDR:PORT and -o DIR are needed");
	if (optind < argc)
		return cmd_misused(VERB, "%s: listen reads no files", argv[optind]);
	return EXIT_DONE;
}

static bool
take_address(const char *text, struct sockaddr_storage *out, socklen_t *len)
{
	struct sockaddr_in6 *six = (void *)out;
	struct sockaddr_in *four = (void *)out;
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	char host[64];
	uint64_t port;

	memset(out, 0, sizeof *out);
	if (n == 0 || n >= sizeof host || !option_number(colon + 1, 0, UINT16_MAX, &port))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		*len = sizeof *six;
		return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons((uint16_t)port);
	*len = sizeof *four;
	return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

static uint64_t
now_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static enum status
ear_open(struct ear *e, struct error *err)
{
	socklen_t len;
	int on = 1, size = KERNEL;

	if (!take_address(e->o->address, &e->local, &len))
		return error_set(
		    err, E_MISUSE, "%s is not ADDR:PORT or [ADDR]:PORT", e->o->address);
	e->fd = socket(e->local.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd == -1)
		return error_sys(err, "open a socket");
	(void)setsockopt(e->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	(void)setsockopt(e->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
	if (bind(e->fd, (struct sockaddr *)&e->local, len) == -1)
		return error_sys(err, "listen on %s", e->o->address);
	len = sizeof e->local;
	if (getsockname(e->fd, (struct sockaddr *)&e->local, &len) == -1)
		return error_sys(err, "ask where we listen");
	if (mkdir(e->o->dir, 0777) == -1 && errno != EEXIST)
		return error_sys(err, "make the directory %s", e->o->dir);
	return OK;
}

static uint16_t
port_of(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET6
			 ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
			 : ((const struct sockaddr_in *)(const void *)a)->sin_port);
}

/* The file is whole: it gets its name. */
static enum status
file_end(struct ear *e, struct error *err)
{
	uint64_t dropped = e->dropped - e->dropped_before;
	char part[sizeof e->path + 8];
	enum status st;
	bool bad;

	if (e->writer == NULL)
		return OK;
	(void)snprintf(part, sizeof part, "%s.part", e->path);
	st = pcapng_writer_end(e->writer, dropped, err);
	pcapng_writer_close(e->writer);
	e->writer = NULL;
	e->dropped_before = e->dropped;
	bad = fflush(e->file) != 0 || fsync(fileno(e->file)) != 0;
	bad |= fclose(e->file) != 0;
	e->file = NULL;
	if (st == OK && (bad || rename(part, e->path) == -1))
		st = error_sys(err, "write %s", e->path);
	e->files += st == OK;
	return st;
}

static enum status
file_begin(struct ear *e, uint64_t now, struct error *err)
{
	time_t t = (time_t)(now / SECOND_NS);
	char part[sizeof e->path + 8], stamp[32];
	struct tm tm;

	(void)strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&t, &tm));
	for (unsigned n = 0;; n++) {
		if (snprintf(e->path, sizeof e->path, "%s/exports-%s-%02u.pcapng",
			e->o->dir, stamp, n) >= (int)sizeof e->path)
			return error_set(err, E_LIMIT, "%s is too long a name", e->o->dir);
		if (access(e->path, F_OK) == -1)
			break;
	}
	(void)snprintf(part, sizeof part, "%s.part", e->path);
	e->file = fopen(part, "wbxe");
	if (e->file == NULL)
		return error_sys(err, "write %s", part);
	e->until_ns = now + e->o->rotate_s * SECOND_NS;
	return pcapng_writer_open(
	    &e->writer, e->file, "geophone listen: datagrams as they came", err);
}

static uint32_t
sum_up(uint32_t sum, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)b[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void
put16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* Headers in front of the n bytes at datagram + HEADERS; where the packet begins. */
static uint8_t *
wrap(struct ear *e, const struct sockaddr_storage *from, size_t n, size_t *whole)
{
	bool six = from->ss_family == AF_INET6;
	uint8_t *udp = e->datagram + HEADERS - 8, *ip = udp - (six ? 40 : 20);
	uint32_t sum;

	memset(ip, 0, six ? 48 : 28);
	put16(udp, port_of(from));
	put16(udp + 2, port_of(&e->local));
	put16(udp + 4, n + 8);
	if (six) {
		ip[0] = 0x60;
		put16(ip + 4, n + 8);
		ip[6] = IPPROTO_UDP;
		ip[7] = 64;
		memcpy(ip + 8,
		    &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
		memcpy(ip + 24, &((struct sockaddr_in6 *)(void *)&e->local)->sin6_addr, 16);
		sum = sum_up(IPPROTO_UDP + (uint32_t)n + 8, ip + 8, 32);
		sum = ~sum_up(sum, udp, n + 8) & 0xffff;
		put16(udp + 6, sum ? sum : 0xffff);
		*whole = n + 48;
		return ip;
	}
	ip[0] = 0x45;
	put16(ip + 2, n + 28);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	memcpy(ip + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	memcpy(ip + 16, &((struct sockaddr_in *)(void *)&e->local)->sin_addr, 4);
	put16(ip + 10, ~sum_up(0, ip, 20) & 0xffff);
	*whole = n + 28;
	return ip;
}

static struct ip
ip_of(const struct sockaddr_storage *a)
{
	struct ip ip;

	if (a->ss_family != AF_INET6)
		return ip_from_v4(
		    (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr);
	memcpy(
	    ip.b, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, sizeof ip.b);
	return ip;
}

static enum status
keep(struct ear *e, const struct sockaddr_storage *from, size_t n, struct error *err)
{
	struct span data = { e->datagram + HEADERS, n };
	struct frame f = { .time_ns = now_ns(CLOCK_REALTIME), .link = LINK_RAW };
	enum status st = OK;

	if (!netflow_recognise(data) && !sflow_recognise(data)) {
		e->strangers++;
		return OK;
	}
	if (e->writer && f.time_ns >= e->until_ns)
		st = file_end(e, err);
	if (st == OK && e->writer == NULL)
		st = file_begin(e, f.time_ns, err);
	if (st != OK)
		return st;
	if (e->watch) {
		struct ip exporter = ip_of(from);

		watch_see(e->watch, &exporter, f.time_ns, data);
	}
	f.bytes.at = wrap(e, from, n, &f.bytes.len);
	f.wire_length = (uint32_t)f.bytes.len;
	e->kept++;
	e->bytes += n;
	return pcapng_writer_put(e->writer, &f, err);
}

/* What waits; the kernel says with each how many it had no room for. */
static enum status
drain(struct ear *e, struct error *err)
{
	for (int i = 0; i < 4096; i++) {
		struct sockaddr_storage from;
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof e->dropped)];
		} control;
		struct iovec to = { e->datagram + HEADERS, DATAGRAM };
		struct msghdr m = { .msg_name = &from,
			.msg_namelen = sizeof from,
			.msg_iov = &to,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control };
		ssize_t n = recvmsg(e->fd, &m, 0);
		struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
		enum status st;

		if (n < 0)
			return errno == EAGAIN || errno == EINTR
				   ? OK
				   : error_sys(err, "receive");
		if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&e->dropped, CMSG_DATA(c), sizeof e->dropped);
		if (n > DATAGRAM - 28) /* fits no packet of IPv4 */
			n = DATAGRAM - 28;
		st = keep(e, &from, (size_t)n, err);
		if (st != OK)
			return st;
	}
	return OK;
}

static enum status
hear(struct ear *e, struct error *err)
{
	uint64_t end = now_ns(CLOCK_MONOTONIC) + e->o->for_s * SECOND_NS;
	enum status st = OK;

	while (st == OK && !cmd_stopped &&
	       (e->o->for_s == 0 || now_ns(CLOCK_MONOTONIC) < end)) {
		struct pollfd p = { .fd = e->fd, .events = POLLIN };

		if (again && e->watch) {
			again = 0;
			watch_again(e->watch);
		}
		if (e->watch)
			watch_turn(e->watch);
		if (poll(&p, 1, WAIT_MS) > 0)
			st = drain(e, err);
		else if (e->writer && now_ns(CLOCK_REALTIME) >= e->until_ns)
			st = file_end(e, err);
	}
	if (st == OK)
		st = drain(e, err); /* what came before we were told to stop */
	return st;
}

static int
listen_to(const struct order *o)
{
	struct ear *e = calloc(1, sizeof *e);
	struct error err, last;
	enum status ended, st = e ? OK : error_set(&err, E_NOMEM, "no memory");

	if (e == NULL) {
		cmd_complain(VERB, &err, NULL);
		return EXIT_COULD_NOT;
	}
	e->o = o;
	e->fd = -1;
	if (o->indicators > 0)
		st = watch_new(&e->watch, o->indicator, o->indicators, &err);
	if (st == OK)
		st = ear_open(e, &err);
	if (st == OK) {
		fprintf(stderr, "geophone: " VERB ": on port %u\n", port_of(&e->local));
		st = hear(e, &err);
	}
	ended = file_end(e, st == OK ? &err : &last);
	if (st == OK)
		st = ended;
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	else
		/* With lists, stdout is theirs. */
		fprintf(e->watch ? stderr : stdout,
		    "%" PRIu64 " datagrams, %" PRIu64 " bytes in %" PRIu64
		    " files; %" PRIu64 " datagrams of no exporter, %u lost for want of "
		    "room\n",
		    e->kept, e->bytes, e->files, e->strangers, e->dropped);
	if (e->fd != -1)
		close(e->fd);
	watch_free(e->watch);
	free(e);
	if (st == E_MISUSE)
		return EXIT_MISUSED;
	return st == OK ? EXIT_DONE : EXIT_COULD_NOT;
}

int
cmd_listen(int argc, char **argv)
{
	struct order o = { .rotate_s = 3600 };
	int status = parse(&o, argc, argv);

	if (status == EXIT_DONE) {
		struct sigaction hup = { .sa_handler = on_again };

		cmd_catch_signals();
		if (o.indicators > 0)
			(void)sigaction(SIGHUP, &hup, NULL);
		status = listen_to(&o);
	} else if (status == -1) {
		status = EXIT_DONE;
	}
	return cmd_finish_stdout(VERB, status);
}
