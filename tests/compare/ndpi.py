#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ndpi.py GEOPHONE DIR: our flows and DNS names beside those that ndpiReader tells.

DIR has pcap/ and result/<capture>.out. How they are compared stands in flow_peers.py; ndpi.tsv
lists the differences with their reasons.
"""
import collections
import ipaddress
import re
import sys

import flow_peers

FLOW = re.compile(r"^\t\d+\t(\S+) (\S+) <?->? (\S+) (.*)")
COUNTS = re.compile(r"\[(\d+) pkts/(\d+) bytes (?:<->|->) (\d+) pkts/(\d+) bytes\]")
NUMBERS = {"igmp": "2", "esp": "50", "ah": "51", "gre": "47", "vrrp": "112", "pim": "103",
           "pgm": "113", "ospf": "89", "icmpv6": "icmp6"}


def address(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def end(text, ports):
    host, port = text.rsplit(":", 1) if re.search(r"[\]\d]:\d+$", text) else (text, "0")
    return address(host.strip("[]")), int(port) if ports else 0


def theirs(path):
    """{(proto, ends): [packets, bytes, names]}; flows that were cut off the list are not known."""
    out = collections.defaultdict(lambda: [0, 0, set()])
    for line in path.read_text(errors="replace").splitlines():
        m = FLOW.match(line)
        counts = m and COUNTS.search(m[4])
        if not counts:
            continue
        proto = NUMBERS.get(m[1].lower(), m[1].lower())
        ports = proto in ("tcp", "udp")
        key = proto, frozenset((end(m[2], ports), end(m[3], ports)))
        f = out[key]
        f[0] += int(counts[1]) + int(counts[3])
        f[1] += int(counts[2]) + int(counts[4])
        name = re.search(r"\[Hostname/SNI: ([^\]]*)\]", m[4])
        if name and re.search(r"\[proto: [\d.]+/(M?DNS|LLMNR)\b", m[4]):
            f[2].add(name[1].lower().rstrip("."))
    return out


def cases(folder):
    for result in sorted((folder / "result").glob("*.out")):
        capture = folder / "pcap" / result.name.removesuffix(".out")
        if capture.exists():
            yield capture, theirs(result)


if __name__ == "__main__":
    sys.exit(flow_peers.run("nDPI", __file__, __doc__, cases))
