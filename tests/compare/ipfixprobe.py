#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ipfixprobe.py GEOPHONE DIR: our flows and traits beside the flows that ipfixprobe exports.

DIR has inputs/*.pcap and outputs/<plugin>, CSV of which one line names the columns. The capture
of an output is the one of its name, or else that which holds most of its flows. ipfixprobe cuts
flows by its timeouts and keeps VLANs apart, so packets and IP bytes of each direction are added
for a five-tuple; a flow that a plugin exports once for each name it tells counts once. Names, requests, JA3 and JA4 that a flow tells must be among ours.

Each difference must stand in ipfixprobe.tsv with its reason; exits 1 when one does not, when a
line of the list explains nothing, or below --least per cent (95), listed ones counted as different.
"""
import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys

LISTED = pathlib.Path(__file__).with_name("ipfixprobe.tsv")
PROTO = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58, "sctp": 132}
TOLD = {"DNS_NAME": ("dns", "query"), "HTTP_REQUEST_HOST": ("http", "host"),
        "HTTP_REQUEST_URL": ("http", "uri"), "HTTP_REQUEST_AGENT": ("http", "user_agent"),
        "HTTP_RESPONSE_STATUS_CODE": ("http", "status_code"), "TLS_SNI": ("ssl", "server_name"),
        "TLS_JA3": ("ssl", "ja3"), "TLS_JA4": ("ssl", "ja4"), "QUIC_SNI": ("ssl", "server_name")}


def ours(geophone, capture):
    """{(proto, source, destination): [packets, bytes]} of each direction, and what they told."""
    run = subprocess.run([geophone, "flows", "-q", "--json", "--traits", capture],
                         capture_output=True)
    sums, told = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(set)
    for r in map(json.loads, run.stdout.splitlines()):
        proto = PROTO.get(r["proto"]) or int(r["proto"])
        ports = proto in (6, 17)
        a, b = [(r[f"id.{s}_h"], r[f"id.{s}_p"] if ports else 0) for s in ("orig", "resp")]
        if r["_path"] == "conn":
            for key, side in (((proto, a, b), "orig"), ((proto, b, a), "resp")):
                sums[key][0] += r[f"{side}_pkts"]
                sums[key][1] += r[f"{side}_ip_bytes"]
            continue
        for log, field in TOLD.values():
            if r["_path"] == log:
                told[frozenset((a, b)), log, field].add(str(r[field]).lower())
    return sums, told


def theirs(path):
    rows = list(csv.reader(path.read_text(errors="replace").splitlines()))
    head = next(r for r in rows if r[0].startswith("ipaddr "))
    names = [column.split()[1] for column in head]
    return [dict(zip(names, r)) for r in rows if r is not head and len(r) == len(head)]


def key_of(row):
    proto = int(row["PROTOCOL"])
    ports = proto in (6, 17)
    return (proto, (row["SRC_IP"], int(row["SRC_PORT"]) if ports else 0),
            (row["DST_IP"], int(row["DST_PORT"]) if ports else 0))


def compare(name, rows, sums, told, see):
    want, seen = collections.defaultdict(lambda: [0, 0]), set()
    for row in rows:
        proto, a, b = key_of(row)
        flow = key_of(row), row["TIME_FIRST"], row["TIME_LAST"], row.get("VLAN_ID")
        for key, tail in (((proto, a, b), ""), ((proto, b, a), "_REV")):
            if flow in seen:
                break
            want[key][0] += int(row["PACKETS" + tail])
            want[key][1] += int(row["BYTES" + tail])
        seen.add(flow)
        for column, (log, field) in TOLD.items():
            value = row.get(column, "").lower().rstrip(".")
            if value and value != "0":
                have = told[frozenset((a, b)), log, field]
                see(name, column, f"{a[0]}:{a[1]}", value, value in have, have)
    for key, (packets, size) in want.items():
        have = sums.get(key, [0, 0])
        where = f"{key[0]} {key[1][0]}:{key[1][1]} {key[2][0]}:{key[2][1]}"
        see(name, "PACKETS", where, packets, packets == have[0], have[0])
        see(name, "BYTES", where, size, size == have[1], have[1])


def main():
    args = argparse.ArgumentParser()
    args.add_argument("geophone")
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--least", type=float, default=95)
    args = args.parse_args()
    with open(LISTED, newline="") as f:
        listed = {(r["output"], r["field"], r["where"]): r["why"] for r in
                  csv.DictReader((r for r in f if not r.startswith("#")), delimiter="\t")}
    heard = {p.stem: ours(args.geophone, p) for p in sorted((args.folder / "inputs").glob("*"))}
    total, agreed, why = (collections.Counter() for _ in range(3))
    used, bad = set(), False

    def see(name, field, where, value, good, have):
        nonlocal bad
        total[field] += 1
        agreed[field] += good
        if good:
            return
        key = next((k for k in ((name, field, where), (name, field, "*")) if k in listed), None)
        if key:
            used.add(key)
            why[field, listed[key]] += 1
            return
        bad = True
        print("not listed", name, field, where, value, have, sep="\t")

    for path in sorted((args.folder / "outputs").glob("*")):
        rows = theirs(path)
        capture = path.name if path.name in heard else max(
            heard, key=lambda c: sum(key_of(r) in heard[c][0] for r in rows))
        compare(path.name, rows, *heard[capture], see)
    for key in set(listed) - used:
        print("explains nothing", *key, sep="\t")
        bad = True
    for (field, reason), n in why.most_common():
        print(f"{field}: {n}\t{reason}")
    for field in total:
        print(f"{field}: {agreed[field]} of {total[field]} agree")
    share = 100 * agreed.total() / max(total.total(), 1)
    print(f"{agreed.total()} of {total.total()} values agree: {share:.2f} %")
    return bad or share < args.least


if __name__ == "__main__":
    sys.exit(main())
