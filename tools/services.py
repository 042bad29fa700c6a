#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""services.py - data/services.tsv as a C table, sorted, without overlaps.

    services.py SERVICES.tsv OUTPUT.c
"""
import re
import sys

PROTOS = {"tcp": (6,), "udp": (17,), "any": (6, 17)}
ROW = re.compile(r"(\d+)(?:-(\d+))?\t(tcp|udp|any)\t([a-z0-9_]+)\t(-?\d+)\t([ -~]+)")


def rows(path):
    with open(path, encoding="ascii") as lines:
        for n, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            m = ROW.fullmatch(line)
            if not m or '"' in m[6] or "\\" in m[6]:
                sys.exit(f"{path}:{n}: not a service: {line}")
            low, high, mb = int(m[1]), int(m[2] or m[1]), int(m[5])
            if not 0 < low <= high < 65536 or abs(mb) > 4000:
                sys.exit(f"{path}:{n}: out of range")
            for proto in PROTOS[m[3]]:
                yield proto, low, high, m[4], mb, m[6], n


def main():
    table = sorted(rows(sys.argv[1]))
    for a, b in zip(table, table[1:]):
        if a[0] == b[0] and a[2] >= b[1]:
            sys.exit(f"{sys.argv[1]}:{a[6]} and {b[6]}: both know port {b[1]}")
    with open(sys.argv[2], "w", encoding="ascii") as out:
        out.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
        out.write("/* Written by tools/services.py from data/services.tsv. */\n")
        out.write('#include "detect/port_use.h"\n\n')
        out.write("const struct port_use port_uses[] = {\n")
        for proto, low, high, kind, mb, words, _ in table:
            out.write(f'\t{{ {low}, {high}, {proto}, PORT_{kind.upper()}, {mb}, "{words}" }},\n')
        out.write("};\n\n")
        out.write("const unsigned port_uses_count = sizeof port_uses / sizeof *port_uses;\n")


main()
