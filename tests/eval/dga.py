#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many families of generated names are told from how many failed look-ups.

  dga.py DATA [--names 5]

Reads data/dga.tsv and counts by it, as src/detect/dga.c does. A family is found
if 95 % of draws of so many of its names reach the sum that harmless names reach
with a chance of 0.1 %, which is what the detector asks for. That chance is tried on lists that trained nothing:
popular names of DATA/warninglists. Fails if fewer than 29 of 40 families are
found at 5 names, or if the rate on the popular names is above 0.1 %.

Of the 40 families that were told by name when the aim was set, DATA/dga-baderj has
samples of 28. Of 8 more it is published which letters their names are drawn from, and
how long they are: their names are drawn here, evenly. The last 4 (banjori and suppobox
string words together, pykspa and vawtrak make names that can be said) count as not found.
"""
import argparse
import glob
import json
import os
import random
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"
SIGNS = 39
SECOND = {"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go", "gob", "mil", "in", "nom", "blogspot"}


def read_table():
    cost, least = [], {}
    for line in open(f"{ROOT}/data/dga.tsv"):
        f = line.rstrip("\n").split("\t")
        if f[0] == "cost":
            cost += bytes.fromhex(f[1])
        elif f[0] == "sum":
            least[int(f[1])] = [int(x) for x in f[2:]]
    return cost, least


def score(cost, name):
    t = [38, 38] + [LETTERS.index(c) for c in name] + [38]
    told = sum(cost[(t[i - 2] * SIGNS + t[i - 1]) * SIGNS + t[i]] for i in range(2, len(t)))
    n = len(name)
    draw = n * 84
    if name.isalpha():
        draw = n * 76
    if all(c in "0123456789abcdef" for c in name):
        draw = n * 64
    return (told - (n + 1) - draw - 26) // 16


def label(domain):
    p = domain.lower().strip().strip(".").split(".")
    if len(p) < 2:
        return None
    x = p[-3] if len(p) > 2 and p[-2] in SECOND and len(p[-1]) <= 3 else p[-2]
    return x if 5 <= len(x) <= 40 and all(c in LETTERS for c in x) and not x.startswith("xn--") else None


def families(data):
    found = {}
    for path in sorted(glob.glob(f"{data}/dga-baderj/**/*.txt", recursive=True)):
        family = os.path.relpath(path, f"{data}/dga-baderj").split(os.sep)[0]
        for line in open(path, errors="replace"):
            x = label(re.sub(r"[^a-z0-9.\-]", "", line.lower()))
            if x:
                found.setdefault(family, set()).add(x)
    return {k: sorted(v)[:1000] for k, v in found.items() if len(v) >= 20}


# Letters, least and most of them. The shortest version, where there are several.
DESCRIBED = {
    "chinad": ("abcdefghijklmnopqrstuvwxyz0123456789", 16, 16),
    "murofet": ("abcdefghijklmnopqrstuvwxyz", 12, 16),
    "necurs": ("abcdefghijklmnopqrstuvwxy", 7, 21),
    "padcrypt": ("abcdefklmno", 16, 16),
    "proslikefan": ("abcdefghijklmnopqrstuvwxyz", 6, 12),
    "qakbot": ("abcdefghijklmnopqrstuvwxyz", 8, 25),
    "ranbyus": ("abcdefghijklmnopqrstuvwxy", 14, 14),
    "tinba": ("abcdefghijklmnopqrstuvwxy", 12, 12),
}
FAMILIES = 40


def described():
    draw = random.Random(40)
    return {family: ["".join(draw.choice(letters) for _ in range(draw.randint(least, most))) for _ in range(1000)]
            for family, (letters, least, most) in DESCRIBED.items()}


def popular(data):
    names = set()
    for path in glob.glob(f"{data}/warninglists/lists/*/list.json"):
        if os.path.basename(os.path.dirname(path)) in ("alexa", "cisco_top20k", "tranco10k"):
            names |= {label(d) for d in json.load(open(path))["list"]}
    return sorted(names - {None})


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("data")
    p.add_argument("--names", type=int, default=5)
    a = p.parse_args()
    cost, least = read_table()
    limit = least[a.names][4]  # 10^-3, as detect/dga.c
    random.seed(7)
    fams, found = families(a.data), 0
    if not fams:
        sys.exit("no families here")
    sampled = len(fams)
    fams.update(described())
    for family, names in fams.items():
        s = [score(cost, w) for w in names]
        hit = sum(sum(random.choice(s) for _ in range(a.names)) >= limit for _ in range(1000))
        found += hit >= 950
        print(f"{family:24} {len(names):6} names  mean {sum(s) / len(s):6.1f} bits  found {hit / 1000:.3f}")
    s = [score(cost, w) for w in popular(a.data)]
    tries = 200000
    wrong = sum(sum(random.choice(s) for _ in range(a.names)) >= limit for _ in range(tries)) if s else 0
    print(f"{found} of {FAMILIES} families at {a.names} names ({sampled} of samples, {len(DESCRIBED)} by their description), "
          f"limit {limit} bits; "
          f"{wrong} of {tries} draws from {len(s)} popular names: {wrong / tries * 100:.4f} %")
    if a.names == 5 and (found < 29 or wrong > tries / 1000):
        sys.exit("FAILED: fewer families, or more false alarms, than promised")


main()
