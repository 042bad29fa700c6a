#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""arkime.py GEOPHONE DIR [--least PERCENT]: our flows and the sessions that Arkime saw.

DIR has pcap/*.pcap with *.test beside them, Arkime's sessions as JSON. A session agrees when
a flow, or the sum of those with its five-tuple, has its packets and bytes of payload; its DNS
names must be among ours. arkime_known.tsv lists reasons. Prints what differs; exits 1 below --least (95).
"""
import argparse
import collections
import json
import pathlib
import subprocess

args = argparse.ArgumentParser()
args.add_argument("geophone")
args.add_argument("folder", type=pathlib.Path)
args.add_argument("--least", type=float, default=95)
args = args.parse_args()
PROTO = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}
KNOWN = pathlib.Path(__file__).with_name("arkime_known.tsv").read_text().splitlines()
KNOWN = dict(line.split("\t") for line in KNOWN if not line.startswith("#"))
tally = collections.Counter()
for test in sorted(args.folder.rglob("*.test")):
    pcap = test.with_suffix(".pcap")
    if not pcap.exists():
        continue
    run = subprocess.run([args.geophone, "flows", "-q", "--json", "--traits", pcap],
                         capture_output=True)
    sums, names = collections.defaultdict(lambda: [0, 0]), set()
    for r in map(json.loads, run.stdout.splitlines()):
        if r["_path"] == "dns":
            names.add(r["query"])  # Arkime's hosts are the names in answers as well
            names.update(a["data"].lower() for a in r["answers"])
        if r["_path"] != "conn":
            continue
        ends = [(r["id.orig_h"], r["id.orig_p"]), (r["id.resp_h"], r["id.resp_p"])]
        if r["proto"] not in ("tcp", "udp", "sctp"):  # Arkime has no ports there
            ends = [(h, 0) for h, _ in ends]
        s = sums[frozenset(ends), r["proto"]]
        s[0] += r["orig_pkts"] + r["resp_pkts"]
        s[1] += r["orig_ip_bytes"] + r["resp_ip_bytes"]
    theirs = collections.defaultdict(int)
    for s in json.loads(test.read_text())["sessions3"]:
        b = s["body"]
        proto = PROTO.get(b.get("ipProtocol"), str(b.get("ipProtocol")))
        try:
            ends = [(b[k]["ip"], b[k].get("port", 0)) for k in ("source", "destination")]
        except KeyError:
            continue
        if proto not in ("tcp", "udp", "sctp"):
            ends = [(h, 0) for h, _ in ends]
        theirs[frozenset(ends), proto] += b["network"]["packets"]
        for d in b.get("dns", []):
            hosts = [h for h in d.get("host", []) if h]
            tally["names"] += len(hosts)
            for h in hosts:
                if h.lower().rstrip(".") in names:
                    tally["names agree"] += 1
                else:
                    print(f"{pcap.name}: name {h}")
    for key, packets in theirs.items():
        tally["sessions"] += 1
        tally["tuples agree"] += key in sums
        same = key in sums and sums[key][0] == packets
        tally["packets agree"] += same
        if not same and pcap.name in KNOWN:
            tally["packets agree"] += 1
            tally["of them with a listed reason"] += 1
        elif not same:
            print(f"{pcap.name}: {key[1]} {sorted(key[0])}: {packets} packets, "
                  f"ours {sums[key][0] if key in sums else None}")
for k, n in tally.items():
    print(k, n)
bad = [k for k, of in (("tuples agree", "sessions"), ("packets agree", "sessions"),
                       ("names agree", "names")) if tally[k] * 100 < args.least * tally[of]]
raise SystemExit(", ".join(bad) + f" below {args.least} %" if bad else 0)
