# SPDX-License-Identifier: Apache-2.0
"""flow_peers.py: our flows and names beside those of a program that counts bytes of frames.

What ndpi.py and arkime.py share. A flow of theirs is {(protocol, both ends): [packets, bytes,
names]}; it agrees when ours with that five-tuple (several, where a port was used again, are added)
have its packets. Bytes of frames agree with ours of IP when they are more by the header of the
link and of tunnels, which is the same for every packet of a capture (the least that a flow shows),
but for the filling that makes a short frame of Ethernet 60 bytes. Names of DNS must be among those
that the flow, or with `anywhere` the capture, asked for or was given.

A capture and a field that differ must stand in the list, a TSV beside the program, with the reason
and how many do; what is not listed, and what the list explains in vain, is printed and fails, and
so does a field of which less than --least per cent agree, listed ones counted as different.
"""
import argparse
import collections
import csv
import json
import pathlib
import re
import subprocess

FILLING = 60 - 14 - 20
FIELDS = ("flows", "packets", "bytes", "names")


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


def read_list(path):
    if not path.exists():
        return {}
    with open(path, newline="") as f:
        return {(r["capture"], r["field"]): (int(r["times"]), r["why"]) for r in
                csv.DictReader((r for r in f if not r.startswith("#")), delimiter="\t")}


def write_list(path, peer, found, listed):
    with open(path, "w", newline="") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                f"# Captures of which {peer} tells something else, how many flows or names, and "
                f"why. Written by {path.stem}.py --write; the reasons by hand.\n")
        out = csv.writer(f, delimiter="\t", lineterminator="\n")
        out.writerow(["capture", "field", "times", "why"])
        for key, n in sorted(found.items()):
            out.writerow([*key, n, listed.get(key, (0, "?"))[1]])


def verdict(path, tally, found, least):
    listed, bad, why = read_list(path), False, collections.Counter()
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
        bad |= share < least
        print(f"{field}: {tally[field + ' agree']} of {tally[field]} agree: {share:.2f} %")
    return bad


def run(peer, path, doc, cases, anywhere=False):
    """`cases(folder)` yields (capture, its flows); `path` is the program's. The exit status."""
    args = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    args.add_argument("geophone")
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--least", type=float, default=95)
    args.add_argument("--verbose", action="store_true", help="each difference")
    args.add_argument("--write", action="store_true", help="write the list anew")
    args = args.parse_args()
    listed = pathlib.Path(path).with_suffix(".tsv")
    tally, found = collections.Counter(), collections.Counter()
    for capture, want in cases(args.folder):
        have = ours(args.geophone, capture)
        if anywhere:
            names = set().union(*(f[2] for f in have.values()))
            have = {key: [f[0], f[1], names] for key, f in have.items()}
        compare(capture.name, want, have, tally, found, args.verbose)
    if args.write:
        write_list(listed, peer, found, read_list(listed))
    return verdict(listed, tally, found, args.least)
