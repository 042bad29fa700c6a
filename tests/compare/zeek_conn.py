#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zeek_conn.py GEOPHONE ZEEK: how far our flows agree with Zeek's conn.log.
zeek_conn.py GEOPHONE CAPTURE CONN.LOG: the same for one capture and its log.

ZEEK is a folder with INDEX.tsv (trace, test, command, baseline_files), Traces/
and Baseline/<test>/conn.log. `GEOPHONE flows --json` prints the flows of a
capture. Each Zeek row is paired with one of our flows with the same addresses,
ports and protocol; a row agrees when state, history, service, bytes and packets
do, as far as Zeek set them. Where Zeek names several services, one in the other,
ours must be among them. Zeek's UIDs and times are masked in the baselines and
play no part. Rows that were logged twice for the same trace and switches count once.
Some baselines hold a few columns without addresses: they are paired by what
they have and counted apart.

A log of its own has times, and there rows are paired by them to the microsecond;
rows of addresses that the capture does not hold are left out and counted.

Prints a line for each row that differs and a table; exits 1 below the share
given with --least (per cent, 90), or when a row differs that zeek_conn.tsv does
not list with a reason.
"""
import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys

FIELDS = ["conn_state", "history", "service", "orig_bytes", "resp_bytes", "orig_pkts",
          "resp_pkts", "orig_ip_bytes", "resp_ip_bytes"]
ACCEPTED = FIELDS[:7]  # what a row is judged by; IP bytes are shown besides
TUPLE = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"]


LISTED = pathlib.Path(__file__).with_name("zeek_conn.tsv")


def row_name(row):
    """What the list calls a row: its five-tuple, or what there is of it."""
    if set(TUPLE) <= set(row):
        return " ".join(row[k] for k in TUPLE)
    return " ".join(f"{k}={v}" for k, v in row.items() if k in FIELDS)


def read_list():
    """(trace, test, row, fields that differ) -> [how often, why]."""
    out = {}
    if LISTED.exists():
        with open(LISTED, newline="") as f:
            for line in csv.DictReader((l for l in f if not l.startswith("# ")), delimiter="\t"):
                out[line["trace"], line["test"], line["row"], line["differs"]] = [
                    int(line["times"]), line["why"]]
    return out


def write_list(found, listed):
    """Every difference there is, with the reason it had; `?` where somebody has to find it."""
    with open(LISTED, "w", newline="") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Rows of Zeek's conn.log baselines that our flows differ from, and why. "
                "Written by zeek_conn.py --write; the reasons by hand.\n")
        out = csv.writer(f, delimiter="\t", lineterminator="\n")
        out.writerow(["trace", "test", "row", "differs", "times", "why"])
        for key, n in sorted(found.items()):
            out.writerow([*key, n, listed.get(key, [0, "?"])[1]])


def zeek_rows(path):
    """(rows as dicts, whether they have addresses); None when nothing can be compared."""
    names, rows = None, []
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("#fields"):
            names = line.replace("   ", "\t").split("\t")[1:]  # labelled logs have spaces
        elif line and not line.startswith("#"):
            if names is None:
                names = line.split("\t")
            else:
                rows.append(dict(zip(names, line.split("\t"))))
    if names is None or not set(names) & set(FIELDS):
        return None
    return rows, set(TUPLE) <= set(names)


def ours(geophone, trace):
    run = subprocess.run([geophone, "flows", "-q", "--json", trace], capture_output=True,
                         text=True)
    flows = [json.loads(line) for line in run.stdout.splitlines()]
    for f in flows:
        if f["proto"] == "icmp6":
            f["proto"] = "icmp"
        elif f["proto"] not in ("tcp", "udp", "icmp"):
            f["proto"] = "unknown_transport"
            f["id.orig_p"] = f["id.resp_p"] = 0
    return flows, run.stderr.strip()


def key(row):
    return tuple(str(row[k]) for k in TUPLE) if set(TUPLE) <= set(row) else ()


def turned(k):
    return (k[2], k[3], k[0], k[1], k[4])


def differing(zeek, flow):
    """Fields that differ of those that are set: bytes are not for flows of one moment."""
    out = []
    for f in FIELDS:
        want, got = zeek.get(f, "-"), str(flow[f])
        if f == "service" and got in want.split(","):
            continue
        if want == "-" and f == "history" and f in zeek:
            want = ""
        if want == "-":
            continue
        if f == "history":
            want = want[:55]
        if want != got:
            out.append(f)
    return out


def pair(rows, flows, addresses):
    """(zeek row, our flow or None, differing fields), best pairs first."""
    by_key = collections.defaultdict(list)
    for f in flows:
        by_key[key(f) if addresses else ()].append(f)
    pairs, left = [], []
    for most in range(len(FIELDS) + 1):
        rest = []
        for z in rows:
            same = by_key[key(z)]
            best = min(same, key=lambda f: len(differing(z, f)), default=None)
            if best is not None and len(differing(z, best)) <= most:
                same.remove(best)
                pairs.append((z, best, differing(z, best)))
            else:
                rest.append(z)
        rows = rest
    for z in rows:
        if addresses and by_key[turned(key(z))]:
            by_key[turned(key(z))].pop(0)
            pairs.append((z, None, ["turned round"]))
        else:
            pairs.append((z, None, ["missing"]))
    left = [f for same in by_key.values() for f in same]
    return pairs, left


def switches(command):
    words = command.split()
    joined = "".join(w[1:] for w in words if w.startswith("-") and not w.startswith("--"))
    return ("b" in joined, "C" in joined, "-f" in words)


def cases(zeek):
    """(trace, test, bare, no checksums, filtered, rows, with addresses), each once."""
    seen = set()
    with open(zeek / "INDEX.tsv", newline="") as f:
        for line in csv.DictReader(f, delimiter="\t"):
            log = zeek / "Baseline" / line["test"] / "conn.log"
            if "conn.log" not in line["baseline_files"].split(",") or not log.exists():
                continue
            read = zeek_rows(log)
            if read is None:
                print(f"skipped\t{line['trace']}\t{line['test']}\tnothing to compare")
                continue
            rows, addresses = read
            bare, nosums, filtered = switches(line["command"])
            mark = (line["trace"], nosums,
                    tuple(sorted(key(r) + tuple(r.get(f) or "" for f in FIELDS)
                                 for r in rows)))
            if mark not in seen:
                seen.add(mark)
                yield line["trace"], line["test"], bare, nosums, filtered, rows, addresses


def one_log(geophone, capture, log, quiet):
    """Share of rows of one log that agree, paired by time."""
    rows, _ = zeek_rows(log)
    flows, _ = ours(geophone, capture)
    by_key = collections.defaultdict(dict)
    for f in flows:
        by_key[key(f)][f["ts_ns"] // 1000] = f
    held = {frozenset((f["id.orig_h"], f["id.resp_h"], str(f["id.orig_p"]))) for f in flows}
    agreed, total, wrong = 0, 0, collections.Counter()
    for z in rows:
        if frozenset((z["id.orig_h"], z["id.resp_h"], z["id.orig_p"])) not in held:
            wrong["not in the capture"] += 1
            continue
        at = round(float(z["ts"]) * 1000000)
        near = [by_key[key(z)].pop(t) for t in (at, at - 1, at + 1) if t in by_key[key(z)]]
        diff = differing(z, near[0]) if near else ["missing"]
        total += 1
        agreed += not set(diff) & set(ACCEPTED + ["missing"])
        wrong.update(diff)
        if diff and not quiet:
            what = [d + (f"={z[d]}|{near[0][d]}" if near else "") for d in diff]
            print("differs", z["ts"], " ".join(key(z)), z["history"], ", ".join(what),
                  sep="\t")
    for name, n in wrong.most_common():
        print(f"{name}\t{n} of {len(rows)} rows")
    share = 100 * agreed / total if total else 0
    extra = sum(len(same) for same in by_key.values())
    print(f"{agreed} of {total} rows agree in {', '.join(ACCEPTED)}: {share:.1f} %; "
          f"{extra} flows of ours that Zeek has not")
    return share


def main():
    args = argparse.ArgumentParser()
    args.add_argument("geophone")
    args.add_argument("zeek", type=pathlib.Path)
    args.add_argument("log", type=pathlib.Path, nargs="?")
    args.add_argument("--least", type=float, default=90)
    args.add_argument("--quiet", action="store_true")
    args.add_argument("--write", action="store_true", help="write the list anew")
    args = args.parse_args()
    if args.log:
        return one_log(args.geophone, str(args.zeek), args.log, args.quiet) < args.least
    total, agreed = collections.Counter(), collections.Counter()
    wrong, extra, found = collections.Counter(), 0, collections.Counter()
    listed = read_list()
    for trace, test, bare, nosums, filtered, rows, addresses in cases(args.zeek):
        flows, trouble = ours(args.geophone, str(args.zeek / "Traces" / trace))
        pairs, left = pair(rows, flows, addresses)
        if trouble and not args.quiet:
            print(f"trouble\t{trace}\t{trouble}")
        for z, f, diff in pairs:
            total[addresses] += 1
            diff = [d for d in diff if d in ACCEPTED + ["missing", "turned round"]]
            if not diff:
                agreed[addresses] += 1
                continue
            found[trace, test, row_name(z), ",".join(diff)] += 1
            if addresses:
                wrong.update(diff)
            if not args.quiet:
                what = [d + ("" if f is None else f"={z[d]}|{f[d]}") for d in diff]
                flags = ("b" if bare else "-") + ("C" if nosums else "-")
                print("differs", trace, test, flags, " ".join(key(z)), z.get("history", ""),
                      ", ".join(what), sep="\t")
        if addresses and not filtered:
            extra += len(left)
            if not args.quiet:
                for f in left:
                    print("extra", trace, test, "", " ".join(key(f)), f["history"],
                          f["conn_state"], sep="\t")
    if args.write:
        write_list(found, listed)
        listed = read_list()
    return verdict(args, total, agreed, wrong, extra, found, listed)


def verdict(args, total, agreed, wrong, extra, found, listed):
    """Print the sums; true when the gate is missed or a difference has no listed reason."""
    why, unlisted = collections.Counter(), 0
    for k, n in found.items():
        times, reason = listed.get(k, [0, "?"])
        why[reason] += min(n, times)
        if n > times or reason == "?":
            unlisted += 1
            print("not listed", *k, f"{n} times, listed {times}", sep="\t")
    for k in listed:
        if k not in found:
            print("listed, but agrees now", *k, sep="\t")
    for name, n in wrong.most_common():
        print(f"{name}\t{n} of {total[True]} rows differ")
    for name, n in why.most_common():
        print(f"{n} rows\t{name}")
    share = 100 * agreed[True] / total[True] if total[True] else 0
    print(f"without addresses: {agreed[False]} of {total[False]} rows agree in what they have")
    print(f"{agreed[True]} of {total[True]} rows agree in {', '.join(ACCEPTED)}: "
          f"{share:.1f} %; {extra} flows of ours that Zeek has not; "
          f"{unlisted} differences without a listed reason")
    return share < args.least or unlisted > 0


if __name__ == "__main__":
    sys.exit(main())
