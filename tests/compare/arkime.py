#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""arkime.py GEOPHONE DIR: our flows and names beside the sessions that Arkime saw.

DIR has *.pcap with *.test beside them, Arkime's sessions as JSON. Sessions of one five-tuple are
added. How they are compared stands in flow_peers.py; arkime.tsv lists the differences with
their reasons.
"""
import collections
import json
import sys

import flow_peers

PROTO = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}


def theirs(path):
    out = collections.defaultdict(lambda: [0, 0, set()])
    for s in json.loads(path.read_text())["sessions3"]:
        b = s["body"]
        if not all("ip" in b.get(k, {}) for k in ("source", "destination")):
            continue  # of ARP and its like
        proto = PROTO.get(b.get("ipProtocol"), str(b.get("ipProtocol")))
        ports = proto in ("tcp", "udp")
        f = out[proto, frozenset((b[k]["ip"], b[k].get("port", 0) if ports else 0)
                                 for k in ("source", "destination"))]
        f[0] += b["network"]["packets"]
        f[1] += b["network"]["bytes"]
        f[2].update(h.lower().rstrip(".") for d in b.get("dns", []) for h in d.get("host", [])
                    if h)
    return out


def cases(folder):
    for test in sorted(folder.rglob("*.test")):
        if test.with_suffix(".pcap").exists():
            yield test.with_suffix(".pcap"), theirs(test)


if __name__ == "__main__":
    sys.exit(flow_peers.run("Arkime", __file__, __doc__, cases, anywhere=True))
