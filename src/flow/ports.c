/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports.c - who is the server when nobody says so.
 *
 * A capture that begins in the middle shows the server's packet first as often
 * as not. The ports are those that Zeek's protocols register in
 * likely_server_ports, so that both name the same originator.
 */
#include "flow/entry.h"

static bool
tcp_server(uint16_t port)
{
	switch (port) {
	case 21: /* ftp */
	case 22: /* ssh */
	case 25: /* smtp */
	case 53: /* dns */
	case 80: /* http */
	case 81:
	case 88:   /* kerberos */
	case 110:  /* pop3 */
	case 135:  /* dce-rpc */
	case 139:  /* smb */
	case 143:  /* imap */
	case 389:  /* ldap */
	case 443:  /* https */
	case 445:  /* smb */
	case 502:  /* modbus */
	case 563:  /* nntps */
	case 585:  /* imap4-ssl */
	case 587:  /* submission */
	case 614:  /* sshell */
	case 631:  /* ipp */
	case 636:  /* ldaps */
	case 989:  /* ftps-data */
	case 990:  /* ftps */
	case 992:  /* telnets */
	case 993:  /* imaps */
	case 995:  /* pop3s */
	case 1080: /* socks */
	case 1434: /* mysql as Zeek has it */
	case 1883: /* mqtt */
	case 3128: /* proxies */
	case 3268: /* ldap global catalog */
	case 3306: /* mysql */
	case 3389: /* rdp */
	case 5060: /* sip */
	case 5222: /* xmpp */
	case 5223:
	case 5269:
	case 5432: /* postgresql */
	case 6379: /* redis */
	case 6666: /* irc */
	case 6667:
	case 6668:
	case 6669:
	case 8000:
	case 8080:
	case 8888:
	case 20000: /* dnp3 */
		return true;
	default:
		return false;
	}
}

static bool
udp_server(uint16_t port)
{
	switch (port) {
	case 53:  /* dns */
	case 67:  /* dhcp */
	case 88:  /* kerberos */
	case 123: /* ntp */
	case 137: /* netbios names */
	case 161: /* snmp */
	case 162:
	case 389:  /* cldap */
	case 443:  /* dtls, quic */
	case 514:  /* syslog */
	case 1812: /* radius */
	case 2123: /* gtp */
	case 2152:
	case 3389:  /* rdp */
	case 3544:  /* teredo */
	case 4011:  /* dhcp */
	case 4789:  /* vxlan */
	case 5060:  /* sip */
	case 5072:  /* ayiya */
	case 5353:  /* mdns */
	case 5355:  /* llmnr */
	case 6081:  /* geneve */
	case 20000: /* dnp3 */
		return true;
	default:
		return false;
	}
}

bool
port_is_likely_server(uint8_t proto, uint16_t port)
{
	if (proto == PROTO_TCP)
		return tcp_server(port);
	return proto == PROTO_UDP && udp_server(port);
}

bool
port_is_name_service(uint16_t port)
{
	return port == 53 || port == 137 || port == 5353 || port == 5355;
}
