/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private addresses of networks where nobody was seen to live.
 *
 * A network where ours live has hosts that call, or servers that many call, or
 * one that names or admits the others. A relay, a laboratory, or a lone server
 * behind a router has none of that. Networks are those that private addresses
 * are handed out by: 16 bits, of 192.168/16 24.
 */
#include "profile/hosts_own.h"

enum {
	MOST_CALLED = 2,  /* addresses of the network */
	MOST_CALLERS = 2, /* of ours, for any of them */
};

/* The number of the network of a private IPv4 address; HOSTS_PLOTS: it has none. */
static unsigned
plot_of(const struct ip *ip)
{
	const uint8_t *b = ip->b + 12;

	if (!ip_is_v4(ip))
		return HOSTS_PLOTS;
	if (b[0] == 10)
		return b[1];
	if (b[0] == 192 && b[1] == 168)
		return 256U + b[2];
	if (b[0] == 172 && b[1] >> 4 == 1)
		return 512U + (b[1] & 15);
	if (b[0] == 100 && b[1] >> 6 == 1)
		return 528U + (b[1] & 63);
	return HOSTS_PLOTS;
}

bool
hosts_port_houses(uint8_t proto, uint16_t port)
{
	/* DNS, DHCP, Kerberos, NTP, LDAP: what a network gives to those who live in it. */
	return (proto == PROTO_UDP && (port == 67 || port == 123)) ||
	       ((proto == PROTO_TCP || proto == PROTO_UDP) &&
		   (port == 53 || port == 88 || port == 389));
}

void
hosts_settle(struct hosts *hs, uint32_t number)
{
	const struct host *h = &hs->host[number];
	unsigned plot = plot_of(&hs->ip[number]);
	struct plot *p;

	if (plot == HOSTS_PLOTS || h->others)
		return;
	p = &hs->plot[plot];
	p->lived_in |= h->opened || h->houses || h->ours || h->callers > MOST_CALLERS;
	if (p->called <= MOST_CALLED)
		p->called++;
}

bool
hosts_is_apart(const struct hosts *hs, const struct ip *ip)
{
	unsigned plot = plot_of(ip);
	const struct host *h;

	if (plot == HOSTS_PLOTS || hs->plot[plot].lived_in ||
	    hs->plot[plot].called > MOST_CALLED)
		return false;
	h = hosts_find(hs, ip);
	return h && h->side == HOST_PRIVATE;
}
