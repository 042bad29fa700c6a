#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tshark_counts.py GEOPHONE DATA: packets by protocol, ours beside tshark's, for each capture.

A packet is counted by the transport of its innermost IP packet; what an ICMP error quotes is
not a packet, and of the fragments of a packet the last one counts, for both. Ours is what the
summary of `geophone analyze` says. tshark_counts.tsv lists the captures for which the counts
differ, each with the reason; exits 1 when one differs that it does not list, or differs more.

  --every N    only each Nth capture, by name (a full run takes some twenty minutes; the list
               holds what a full run found)
  --only TEXT  only captures with TEXT in their path
  --write      write the list anew: differences of today, the reasons they had
"""
import argparse
import collections
import csv
import pathlib
import re
import subprocess
import sys

LISTED = pathlib.Path(__file__).with_name("tshark_counts.tsv")
ENDINGS = (".pcap", ".pcapng", ".cap", ".trace")
NAMES = {"tcp": "TCP packets", "udp": "UDP packets", "udplite": None, "icmp": "ICMP packets",
         "icmpv6": "ICMPv6 packets", "sctp": "SCTP packets"}
PROTOCOLS = ["tcp", "udp", "icmp", "icmpv6", "sctp"]


def transport(layers):
    """The transport of the innermost IP of one frame, by tshark's list of its layers."""
    found = None
    inside_ip = False
    for layer in layers.split(":"):
        if layer in ("ip", "ipv6"):
            found, inside_ip = None, True
        elif inside_ip and layer in PROTOCOLS:
            found, inside_ip = layer, False
            if layer.startswith("icmp"):
                break
    return found


def theirs(path):
    run = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.protocols"],
                         capture_output=True, text=True, errors="replace", check=False)
    lines = run.stdout.split()
    return collections.Counter(filter(None, map(transport, lines))) if lines else None


def ours(geophone, path):
    run = subprocess.run([geophone, "analyze", "-q", path], capture_output=True, text=True,
                         errors="replace", check=False)
    text = " ".join(run.stdout.split())
    counts = collections.Counter()
    for name in PROTOCOLS:
        found = re.search(r"(?<![\w,])([0-9,]+) " + NAMES[name], text)
        if found:
            counts[name] = int(found.group(1).replace(",", ""))
    return counts


def read_list():
    out = {}
    if LISTED.exists():
        with open(LISTED, newline="") as f:
            for line in csv.DictReader((l for l in f if not l.startswith("# ")), delimiter="\t"):
                out[line["capture"], line["protocol"]] = (
                    int(line["tshark"]), int(line["geophone"]), line["why"])
    return out


def write_list(rows):
    with open(LISTED, "w", newline="") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Captures whose packets by protocol differ from tshark's count, and why. "
                "Written by tshark_counts.py --write; the reasons by hand.\n")
        out = csv.writer(f, delimiter="\t", lineterminator="\n")
        out.writerow(["capture", "protocol", "tshark", "geophone", "why"])
        out.writerows(rows)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("geophone")
    args.add_argument("data", type=pathlib.Path)
    args.add_argument("--every", type=int, default=1)
    args.add_argument("--only", default="")
    args.add_argument("--write", action="store_true")
    args = args.parse_args()
    captures = sorted(p for p in args.data.rglob("*")
                      if p.suffix in ENDINGS and p.is_file() and args.only in str(p))
    listed, rows, unlisted, same = read_list(), [], 0, 0
    for path in captures[::args.every]:
        want = theirs(str(path))
        if want is None:
            continue
        got = ours(args.geophone, str(path))
        name = str(path.relative_to(args.data))
        same += all(want[p] == got[p] for p in PROTOCOLS)
        for p in PROTOCOLS:
            if want[p] == got[p]:
                continue
            was = listed.get((name, p), (None, None, "?"))
            if was[2] == "?" or was[:2] != (want[p], got[p]):
                unlisted += 1
                print("not listed", name, p, f"tshark {want[p]}, geophone {got[p]}", sep="\t",
                      flush=True)
            rows.append([name, p, want[p], got[p], was[2]])
    if args.write:
        done = {str(p.relative_to(args.data)) for p in captures[::args.every]}
        rows += [[*k, *v] for k, v in listed.items() if k[0] not in done]
        write_list(sorted(rows))
    print(f"{same} captures agree, {len({r[0] for r in rows})} differ, "
          f"{unlisted} differences without a listed reason")
    return unlisted > 0


if __name__ == "__main__":
    sys.exit(main())
