#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""m64_tables.py - the constants of detect/binomial and detect/beacon, as C.

Run by the build. Every figure is worked out with 60 decimal digits and rounded
once, so that no libm and no compiler has a say in a finding.

    m64_tables.py OUTPUT.c
"""
import sys
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 60

COUNT_MAX = 64 * 255  # gaps a histogram can hold
CELLS = 128           # of the mantissa in log10
WIDTHS = (1, 2, 4, 8, 12)
BINS = 64
BINS_PER_OCTAVE = 4


def fixed(x, bits):
    return int((x * (1 << bits)).to_integral_value(ROUND_HALF_EVEN))


def log10_factorials():
    """log10(n!) with 47 fractional bits."""
    out, total = [], Decimal(0)
    for n in range(COUNT_MAX + 1):
        if n > 1:
            total += Decimal(n).log10()
        out.append(fixed(total, 47))
    return out


def log10_cells():
    """log10 of the middle of each cell of [1, 2), 58 fractional bits."""
    return [fixed((1 + (Decimal(2 * j + 1) / (2 * CELLS))).log10(), 58) for j in range(CELLS)]


def null_ppb():
    """
    p0(c, f) of detect/beacon.h for windows of WIDTHS bins, f = 2^(-i/4),
    in parts per 1e9, rounded up. f = 1 leaves no room for a null: 1.
    """
    two, out = Decimal(2), []
    for width in WIDTHS:
        c, row = two ** (Decimal(width) / BINS_PER_OCTAVE), []
        for i in range(BINS):
            f = two ** (-Decimal(i) / BINS_PER_OCTAVE)
            if i == 0:
                row.append(10**9)
                continue
            r = (c - f) / (1 - f)
            p = r ** (-1 / (r - 1)) - r ** (-r / (r - 1))
            row.append(int((p * 10**9).to_integral_value(ROUND_CEILING)))
        out.append(row)
    return out


def array(out, head, values, indent=""):
    out.write(head + " = {\n")
    for i in range(0, len(values), 8):
        out.write(indent + "\t" + ", ".join(f"{v}" for v in values[i:i + 8]) + ",\n")
    out.write(indent + "};\n")


def main():
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
        out.write("/* Written by tools/m64_tables.py. */\n")
        out.write('#include "detect/tables.h"\n\n')
        array(out, "const int64_t table_log10_factorial[TABLE_COUNT_MAX + 1]", log10_factorials())
        array(out, "const int64_t table_log10_cell[TABLE_CELLS]", log10_cells())
        out.write("const uint32_t table_null_ppb[TABLE_WIDTHS][TABLE_BINS] = {\n")
        for row in null_ppb():
            out.write("\t{\n")
            for i in range(0, BINS, 8):
                out.write("\t\t" + ", ".join(f"{v}" for v in row[i:i + 8]) + ",\n")
            out.write("\t},\n")
        out.write("};\n")


main()
