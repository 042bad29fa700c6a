#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""weights.py - data/weights.tsv as a list for the preprocessor.

    weights.py WEIGHTS.tsv SERVICES.tsv OUTPUT.h
"""
import hashlib
import re
import sys

COUNT = r"(?:-|\d+)"
ROW = re.compile(r"([A-Z][A-Z0-9_]+)\t(-?\d+)\t(\d+)\t(?:judgement|fitted from -?\d+)\t"
                 rf"{COUNT}\t{COUNT}\t{COUNT}\t[ -~]+")


def lines(path):
    with open(path, encoding="ascii") as text:
        for n, line in enumerate(text, 1):
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield n, line


def main():
    weights, services, out = sys.argv[1:]
    table, digest = {}, hashlib.sha256()
    for n, line in lines(weights):
        m = ROW.fullmatch(line)
        if not m:
            sys.exit(f"{weights}:{n}: not a weight: {line}")
        name, mb, cap = m[1], int(m[2]), int(m[3])
        if name in table:
            sys.exit(f"{weights}:{n}: {name} stands there twice")
        if abs(mb) > cap or cap > 10000:
            sys.exit(f"{weights}:{n}: {name} is beyond its cap")
        table[name] = mb
        digest.update(f"{name}\t{mb}\n".encode())
    for _, line in lines(services):
        digest.update(("\t".join(line.split("\t")[:4]) + "\n").encode())
    with open(out, "w", encoding="ascii") as f:
        f.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
        f.write("/* Written by tools/weights.py from data/weights.tsv. */\n")
        f.write("#ifndef DETECT_WEIGHTS_LIST_H\n#define DETECT_WEIGHTS_LIST_H\n\n")
        f.write(f'#define WEIGHTS_LIST_SHA256 \\\n\t"{digest.hexdigest()}"\n\n')
        f.write("#define WEIGHTS_LIST")
        for name, mb in table.items():
            f.write(f" \\\n\tWEIGHT({name}, {mb})")
        f.write("\n\n#endif\n")


main()
