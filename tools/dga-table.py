#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dga-table.py - data/dga.tsv as C tables.

    dga-table.py DGA.tsv OUTPUT.c
"""
import sys

SIGNS, NAMES, LEVELS = 39, 32, 19


def main():
    cost, sums, tilts = [], [], []
    for n, line in enumerate(open(sys.argv[1], encoding="ascii"), 1):
        f = line.rstrip("\n").split("\t")
        if f[0] == "cost":
            cost += bytes.fromhex(f[1])
        elif f[0] == "sum" and int(f[1]) == len(sums) + 1 and len(f) == LEVELS + 2:
            sums.append([int(x) for x in f[2:]])
        elif f[0] == "tilt":
            tilts.append((int(f[1]), int(f[2])))
        elif not line.startswith("#"):
            sys.exit(f"{sys.argv[1]}:{n}: not a row")
    if len(cost) != SIGNS ** 3 or len(sums) != NAMES or not tilts:
        sys.exit(f"{sys.argv[1]}: rows are missing")
    with open(sys.argv[2], "w", encoding="ascii") as out:
        out.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
        out.write("/* Written by tools/dga-table.py from data/dga.tsv. */\n")
        out.write('#include "detect/dga_table.h"\n\n')
        out.write("const uint8_t dga_cost[DGA_SIGNS * DGA_SIGNS * DGA_SIGNS] = {\n")
        for i in range(0, len(cost), SIGNS):
            out.write("\t" + ", ".join(map(str, cost[i:i + SIGNS])) + ",\n")
        out.write("};\n\nconst int16_t dga_least[DGA_NAMES][DGA_LEVELS] = {\n")
        for row in sums:
            out.write("\t{ " + ", ".join(map(str, row)) + " },\n")
        out.write("};\n\nconst struct dga_tilt dga_tilt[] = {\n")
        for slope, mean in tilts:
            out.write(f"\t{{ {slope}, {mean} }},\n")
        out.write("};\n\nconst size_t dga_tilts = %d;\n" % len(tilts))


main()
