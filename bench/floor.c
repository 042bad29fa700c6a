/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor: the least that anything which counts flows must do.
 *
 * Maps a little-endian microsecond pcap of Ethernet frames, reads the five-tuple
 * of IPv4 and IPv6 packets without checking anything, looks it up in one
 * open-addressing table and adds to its counters. Nothing that judges packets
 * can be faster, so `./dev bench` gives other times as multiples of this one.
 * It trusts its input: never give it a capture that you did not make.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SLOTS (UINT32_C(1) << 20)

struct slot {
	uint64_t key[5]; /* low address, high address, ports and protocol; [4] 0: free */
	uint64_t packets[2], bytes[2];
	uint64_t first_us, last_us;
	uint32_t flags, pad;
};

static uint64_t
mix(uint64_t h, uint64_t x)
{
	unsigned __int128 m = (unsigned __int128)(h ^ x) * UINT64_C(0x9E3779B97F4A7C15);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Fill key in the order that both directions share; returns the direction, -1: not IP. */
static int
read_key(const uint8_t *e, uint64_t key[static 5], uint32_t *flags)
{
	uint64_t a[2] = { 0 }, b[2] = { 0 };
	uint16_t type = (uint16_t)(e[12] << 8 | e[13]);
	uint32_t sport = 0, dport = 0;
	const uint8_t *l4;
	uint8_t proto;
	bool swap;

	if (type == 0x0800) {
		memcpy(&a[1], e + 26, 4);
		memcpy(&b[1], e + 30, 4);
		proto = e[23];
		l4 = e + 14 + ((e[14] & 15) << 2);
	} else if (type == 0x86dd) {
		memcpy(a, e + 22, 16);
		memcpy(b, e + 38, 16);
		proto = e[20];
		l4 = e + 54;
	} else {
		return -1;
	}
	*flags = 0;
	if (proto == 6 || proto == 17) {
		sport = (uint32_t)(l4[0] << 8 | l4[1]);
		dport = (uint32_t)(l4[2] << 8 | l4[3]);
		if (proto == 6)
			*flags = l4[13];
	}
	swap = a[0] != b[0] ? a[0] > b[0] : a[1] != b[1] ? a[1] > b[1] : sport > dport;
	memcpy(key, swap ? b : a, 16);
	memcpy(key + 2, swap ? a : b, 16);
	key[4] =
	    (uint64_t)(swap ? dport : sport) << 32 | (swap ? sport : dport) << 8 | proto;
	return swap;
}

static struct slot *
look_up(struct slot *table, const uint64_t key[static 5], uint64_t t_us, uint64_t *flows)
{
	uint64_t h = 1;
	uint32_t i;

	for (int k = 0; k < 5; k++)
		h = mix(h, key[k]);
	for (i = (uint32_t)h & (SLOTS - 1);; i = (i + 1) & (SLOTS - 1)) {
		struct slot *s = &table[i];

		if (s->key[4] == 0) {
			memcpy(s->key, key, sizeof s->key);
			s->first_us = t_us;
			++*flows;
			return s;
		}
		if (memcmp(s->key, key, sizeof s->key) == 0)
			return s;
	}
}

int
main(int argc, char **argv)
{
	struct slot *table = calloc(SLOTS, sizeof *table);
	uint64_t packets = 0, flows = 0, size, at = 24;
	struct stat st;
	const uint8_t *m;
	int fd;

	if (argc != 2 || table == NULL || (fd = open(argv[1], O_RDONLY)) == -1 ||
	    fstat(fd, &st) == -1) {
		fprintf(stderr, "usage: floor CAPTURE\n");
		return 2;
	}
	size = (uint64_t)st.st_size;
	m = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (m == MAP_FAILED)
		return 3;
	(void)madvise((void *)(uintptr_t)m, size, MADV_SEQUENTIAL);
	while (at + 16 <= size) {
		uint64_t key[5], t_us;
		uint32_t h[4], flags;
		struct slot *s;
		int dir;

		memcpy(h, m + at, sizeof h);
		at += 16;
		if (h[2] > size - at)
			break;
		packets++;
		dir = h[2] < 34 ? -1 : read_key(m + at, key, &flags);
		at += h[2];
		if (dir < 0)
			continue;
		t_us = h[0] * UINT64_C(1000000) + h[1];
		s = look_up(table, key, t_us, &flows);
		s->packets[dir]++;
		s->bytes[dir] += h[3];
		s->last_us = t_us;
		s->flags |= flags;
	}
	printf("%" PRIu64 " packets, %" PRIu64 " flows\n", packets, flows);
	return 0;
}
