#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ndpi.py GEOPHONE DIR: our flows and DNS names beside those that ndpiReader tells.

DIR has pcap/ and result/<capture>.out. A flow of nDPI's is a five-tuple; it agrees when ours
with that five-tuple (several, where a port was used again, are added) have its packets. Its
bytes are of frames: ours of IP must be less by the header of the link and of tunnels, which is
the same for every packet of a capture (the least that a flow shows), but for the filling that
makes a short frame of Ethernet 60 bytes. Names of DNS must be among those that the flow
asked for or was given.

A capture and a field that differ must stand in ndpi.tsv with the reason and how many do; prints
what is not listed, and what the list explains in vain; exits 1 then, and when of flows, packets,
bytes or names less than --least per cent (95) agree, listed ones counted as different.
"""
import argparse
import collections
import csv
import ipaddress
import json
import pathlib
import re
import subprocess
import sys

LISTED = pathlib.Path(__file__).with_name("ndpi.tsv")
FLOW = re.compile(r"^\t\d+\t(\S+) (\S+) <?->? (\S+) (.*)")
COUNTS = re.compile(r"\[(\d+) pkts/(\d+) bytes (?:<->|->) (\d+) pkts/(\d+) bytes\]")
FILLING = 60 - 14 - 20
NUMBERS = {"igmp": "2", "esp": "50", "ah": "51", "gre": "47", "vrrp": "112", "pim": "103",
           "pgm": "113", "ospf": "89", "icmpv6": "icmp6"}
FIELDS = ("flows", "packets", "bytes", "names")


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


def ours(geophone, capture):
    run = subprocess.run([geophone, "flows", "-q", "--json", "--traits", capture],
                         capture_output=True)
    out = collections.defaultdict(lambda: [0, 0, set()])
    for line in run.stdout.splitlines():
        r = json.loads(line)
        if r["_path"] not in ("conn", "dns"):
            continue
        proto = r["proto"]
        ports = proto in ("tcp", "udp")
        key = proto, frozenset((r[f"id.{s}_h"], r[f"id.{s}_p"] if ports else 0)
                               for s in ("orig", "resp"))
        f = out[key]
        if r["_path"] == "dns":
            f[2].add(r["query"].lower())
            f[2].update(a["data"].lower() for a in r["answers"])
        else:
            f[0] += r["orig_pkts"] + r["resp_pkts"]
            f[1] += r["orig_ip_bytes"] + r["resp_ip_bytes"]
    return out


def name_agrees(name, have):
    """nDPI writes ? or _ for bytes that it does not like, and may cut what is long."""
    want = re.compile("".join("." if c in "?_" else re.escape(c) for c in name) + ".*", re.S)
    return any(want.fullmatch(re.sub(r"\\\\x..", "?", h.encode().decode("latin-1")))
               for h in have)


def header_of(want, have):
    """Bytes of a frame before IP: the least that any flow of full frames shows."""
    return min((max(size - have[key][1], 0) // packets for key, (packets, size, _) in want.items()
                if key in have and have[key][0] == packets), default=0)


def compare(capture, want, have, tally, found, verbose):
    header = header_of(want, have)
    for key, (packets, size, names) in sorted(want.items(), key=str):
        mine = have.get(key)
        checks = {"flows": mine is not None}
        if mine is not None:
            checks["packets"] = mine[0] == packets
            if mine[0] == packets:
                checks["bytes"] = 0 <= size - mine[1] - packets * header <= packets * FILLING
        for n in names:
            tally["names"] += 1
            if mine is not None and name_agrees(n, mine[2]):
                tally["names agree"] += 1
            else:
                found[capture, "names"] += 1
                if verbose:
                    print(capture, "name", key, n, mine and sorted(mine[2])[:3], sep="\t")
        for field, good in checks.items():
            tally[field] += 1
            tally[field + " agree"] += good
            if not good:
                found[capture, field] += 1
                if verbose:
                    print(capture, field, key, packets, size, mine and mine[:2], sep="\t")


def read_list():
    if not LISTED.exists():
        return {}
    with open(LISTED, newline="") as f:
        return {(r["capture"], r["field"]): (int(r["times"]), r["why"]) for r in
                csv.DictReader((r for r in f if not r.startswith("#")), delimiter="\t")}


def write_list(found, listed):
    with open(LISTED, "w", newline="") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Captures of which nDPI tells something else, how many flows or names, and "
                "why. Written by ndpi.py --write; the reasons by hand.\n")
        out = csv.writer(f, delimiter="\t", lineterminator="\n")
        out.writerow(["capture", "field", "times", "why"])
        for key, n in sorted(found.items()):
            out.writerow([*key, n, listed.get(key, (0, "?"))[1]])


def main():
    args = argparse.ArgumentParser()
    args.add_argument("geophone")
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--least", type=float, default=95)
    args.add_argument("--verbose", action="store_true", help="each difference")
    args.add_argument("--write", action="store_true", help="write the list anew")
    args = args.parse_args()
    tally, found = collections.Counter(), collections.Counter()
    for result in sorted((args.folder / "result").glob("*.out")):
        capture = args.folder / "pcap" / result.name.removesuffix(".out")
        if capture.exists():
            compare(capture.name, theirs(result), ours(args.geophone, capture), tally, found,
                    args.verbose)
    if args.write:
        write_list(found, read_list())
    listed, bad, why = read_list(), False, collections.Counter()
    for key, n in sorted(found.items()):
        times, reason = listed.get(key, (0, "?"))
        why[key[1], reason] += min(n, times)
        if n > times or reason == "?":
            print("not listed", *key, f"{n} differ, listed {times}", sep="\t")
            bad = True
    for key in listed:
        if key not in found:
            print("listed, but agrees now", *key, sep="\t")
            bad = True
    for (field, reason), n in why.most_common():
        print(f"{field}: {n}\t{reason}")
    for field in FIELDS:
        share = 100 * tally[field + " agree"] / max(tally[field], 1)
        bad |= share < args.least
        print(f"{field}: {tally[field + ' agree']} of {tally[field]} agree: {share:.2f} %")
    return bad


if __name__ == "__main__":
    sys.exit(main())
