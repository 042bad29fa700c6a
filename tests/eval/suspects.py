#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""suspects.py GEOPHONE [CAPTURES] >suspects.tsv: what was judged in each capture whose truth is known,
which reasons held, and whether it was controlled. Captures lie under $GEOPHONE_DATA; those that do not
are left out, and told on standard error. The output has no address and no name of anybody.

Columns: family, capture (a number), kind of finding, malicious or benign, how many of them were alike,
and the reasons: WEIGHT (a line of data/weights.tsv), WEIGHT*N where only N hundredths of it count, and
name=MB for what no table has. A kind of "-" is a capture as such: whether anything in it was controlled.
Sorted; the same captures give the same bytes."""
import collections
import glob
import ipaddress
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
NOT_APPS = re.compile(  # of collections: named for an attack, malware, a fuzzer's work or a way to hide
    r"^ctu-|merlinc2|CVE-|heartbleed|SMBGhost|exhaustion|scanner|nmap|flood|bot\.|malware|malicious|emotet|tunnel-iodine|dns-exf|badpackets|shell\.|log4j|xss|sqlinj|mining|elf\.|"
    r"portable_exec|fuzz|crash|segv|shadowsocks|psiphon|heur__|obfuscated|teso|manipulated|overflow|risk")


def weights(path):
    table = {}
    for line in open(path, encoding="ascii"):
        if line.strip() and not line.startswith("#"):
            name, mb = line.split("\t")[:2]
            table[name] = int(mb)
    return table


def reason(term, table):
    name, mb = term.rsplit(":", 1)
    if name not in table:
        return f"{name}={mb}"
    if int(mb) == table[name]:
        return name
    return f"{name}*{(200 * int(mb) + table[name]) // (2 * table[name]) if table[name] else 0}"


def flows_of(geophone, inputs):
    out = subprocess.run([geophone, "flows", "-q", "--json", *inputs], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False).stdout
    return [json.loads(line) for line in out.splitlines()]


class Collection:
    """Captures that many people took, of which some are in several collections."""

    def __init__(self, geophone):
        self.geophone, self.seen, self.families = geophone, set(), collections.defaultdict(dict)

    def family(self, name, path):
        """None: there before, or nothing is in it."""
        flows = flows_of(self.geophone, [path])
        if not flows:
            return None
        first = flows[0]
        what = tuple(first[k] for k in ("ts_ns", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"))
        if what in self.seen:
            return None
        self.seen.add(what)
        if not name.endswith("/"):
            return name
        (host, _), = collections.Counter(f["id.orig_h"] for f in flows).most_common(1)
        bits = 24 if ipaddress.ip_address(host).version == 4 else 64
        where = ipaddress.ip_network(f"{host}/{bits}", strict=False), time.gmtime(first["ts_ns"] / 1e9).tm_year
        there = self.families[name]
        return f"{name}{there.setdefault(where, len(there) + 1)}"

def captures(path, data, collection):
    """Family, inputs or the words of a simulation, truth."""
    for line in open(path, encoding="ascii"):
        if line.startswith("#") or not line.strip():
            continue
        family, what, truth = line.rstrip("\n").split("\t")
        words = what.split()
        seeds = re.search(r"\{(\d+)-(\d+)\}", what)
        if seeds:
            for seed in range(int(seeds[1]), int(seeds[2]) + 1):
                yield family, what.replace(seeds[0], str(seed)).split(), truth
        elif "*" in what:
            found = sorted(p for p in glob.glob(os.path.join(data, what))
                           if not p.endswith(".out") and not NOT_APPS.search(os.path.basename(p)))
            if not found:
                print(f"not here: {what}", file=sys.stderr)
            for one in found:
                of = family if one.endswith(".zip") else collection.family(family, one)
                if of:
                    yield of, [os.path.relpath(one, data)], truth
        elif words[0] == "simulate" or all(os.path.exists(os.path.join(data, w)) for w in words):
            yield family, words, truth
        else:
            print(f"not here: {what}", file=sys.stderr)


def called_by(geophone, host, inputs):
    """Whom a host called, but for the names it looked up."""
    return sorted({f["id.resp_h"] for f in flows_of(geophone, inputs) if f["id.orig_h"] == host and f["id.resp_p"] != 53})


def scenario(geophone, folder, inputs, truth):
    marks, _, rest = (part.strip() for part in truth.partition(";"))
    lines = ["format: geophone-scenario/1", f"rest: {rest or 'unknown'}",
             "inputs: " + json.dumps([os.path.relpath(i, folder) for i in inputs])]
    if marks != "labels":
        lines.append("malicious:")
        for mark in marks.split():
            host, _, peer = mark.partition(">")
            for p in called_by(geophone, host, inputs) if peer == "*" else [peer]:
                lines.append(f'  - host: "{host}"' + (f'\n    peer: "{p}"' if p else ""))
    path = os.path.join(folder, "scenario.yaml")
    with open(path, "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")
    return path


def judged(geophone, folder, words, truth, data):
    """Whether anything of one capture was controlled, and the lines of --suspects."""
    options = ["-q", "--no-time", "--json"]
    if words[0] == "simulate":
        what = os.path.join(folder, "simulated")
        subprocess.run([geophone, *words, "-o", what], check=True)
    else:
        inputs = [os.path.join(data, w) for w in words]
        if inputs[0].endswith(".zip"):
            with zipfile.ZipFile(inputs[0]) as z:
                z.extractall(os.path.join(folder, "unpacked"))
            inputs = [os.path.join(folder, "unpacked")]
        if truth == "benign":
            options.append("--benign")
        what = inputs[0] if truth in ("benign", "labels") and len(inputs) == 1 else \
            scenario(geophone, folder, inputs, truth)
    out = os.path.join(folder, "suspects")
    done = subprocess.run([geophone, "evaluate", *options, "--suspects", out, what],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if not done.stdout:
        print(f"{' '.join(words)}: {done.stderr.decode()}", file=sys.stderr)
        return False, []
    infected = any(m["found"] + m["missed"] > 0 for m in json.loads(done.stdout)["measures"])
    with open(out, encoding="utf-8") as f:
        return infected, f.read().splitlines()


def main():
    geophone = sys.argv[1]
    path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "captures.tsv")
    data = os.environ.get("GEOPHONE_DATA", "")
    table = weights(os.path.join(ROOT, "data", "weights.tsv"))
    count, number = collections.Counter(), collections.Counter()
    for family, words, truth in captures(path, data, Collection(geophone)):
        number[family] += 1
        with tempfile.TemporaryDirectory() as folder:
            infected, lines = judged(geophone, folder, words, truth, data)
            count[family, number[family], "-", "malicious" if infected else "benign", ""] = 1
            for line in lines:
                _, kind, is_, _, _, terms = line.split("\t")
                if is_ == "unknown" or kind == "dos_victim":
                    continue
                reasons = " ".join(reason(t, table) for t in terms.split())
                count[family, number[family], kind, is_, reasons] += 1
    print("# SPDX-License-Identifier: Apache-2.0")
    print("# Written by tests/eval/suspects.py, which says what is what; no weight counts here, only which reasons held.")
    for (family, n, kind, is_, reasons), many in sorted(count.items()):
        print(family, n, kind, is_, many, reasons, sep="\t")


if __name__ == "__main__":
    main()
