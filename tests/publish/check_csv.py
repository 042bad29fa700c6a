#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_csv.py PRINT FORMAT_MD: another reader takes the CSV for what the JSON says, its
columns are those of the manual, and no field is a formula or moves a cursor."""
import csv
import io
import json
import re
import subprocess
import sys

program, manual = sys.argv[1:]


def run(which, form):
    return subprocess.run([program, which, form], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


columns = []
for row in re.findall(r"^\| (`.*?`) \|", open(manual, encoding="utf-8").read(), re.M):
    columns += re.findall(r"`([a-z0-9_]+)`", row)

faults = []


def expect(ok, what):
    if not ok:
        faults.append(what)


for which in ["none", "one", "day", "forty", "many", "hostile", "other"]:
    text = run(which, "csv")
    lines = text.split("\r\n")
    expect(lines[-1] == "", f"{which}: does not end with CRLF")
    expect("\n" not in text.replace("\r\n", ""), f"{which}: a bare line feed")
    expect("\r" not in text.replace("\r\n", ""), f"{which}: a bare carriage return")
    expect(not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text),
           f"{which}: a control or bidi character")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    expect(rows[0] == columns, f"{which}: header is not the manual's: {rows[0]} {columns}")
    expect(lines[0] == ",".join(columns), f"{which}: header is quoted")
    findings = [json.loads(line) for line in run(which, "json").splitlines()]
    expect(len(rows) - 1 == len(findings), f"{which}: {len(rows) - 1} rows, {len(findings)} findings")
    for row, f in zip(rows[1:], findings):
        expect(len(row) == len(columns), f"{which}: a row of {len(row)} fields")
        got = dict(zip(columns, row))
        shape, limits = f.get("shape", {}), f["limits"]
        want = {k: f.get(k, "") for k in columns if k in f} | {k: shape.get(k, "") for k in (
            "period_ns low_ns high_ns gaps gaps_in null_ppm coverage_ppm hours same_size_ppm "
            "failed_ppm kappa_percent log10_p_ud").split()} | dict(limits)
        want["odds_mb"] = f["control"]["odds_mb"]
        want["benign_standing"] = "; ".join(b["what"] for b in f["benign"] if b["stands"])
        want["slice_sha256"] = "; ".join(e["slice_sha256"] for e in f["evidence"])
        for key, value in want.items():
            value = "" if value is None else str(value)
            if key in ("name", "why", "input"):
                if value.isascii() and value.isprintable():
                    expect(got[key] in (value, "'" + value), f"{which}: {key}: {got[key]!r} is not {value!r}")
            else:
                expect(got[key] == value, f"{which}: {key}: {got[key]!r} is not {value!r}")
        for key in columns:
            if not re.fullmatch(r"-?[0-9]+", got[key]):
                expect(not re.match(r"\s*[=+\-@|%＝＋－＠]", got[key]), f"{which}: {key}: a formula: {got[key]!r}")

    # Text is quoted and numbers are not: a reader that types by quotes gets it right.
    for line in lines[1:-1]:
        for field in re.findall(r'(?:^|,)("(?:[^"]|"")*"|[^,]*)', line):
            expect(field == "" or field[0] == '"' or re.fullmatch(r"-?[0-9]+", field), f"{which}: unquoted {field!r}")

names = {row[5] for row in csv.reader(io.StringIO(run("hostile", "csv"), newline=""))}
for guarded in ['\'=HYPERLINK("http://evil.example","click")', "'@SUM(1,2)", "'-2+3", "'+1+cmd|' /C calc'!A0"]:
    expect(guarded in names, f"not guarded: {guarded}")
for shown in ["\\u202egpj.exe\\u2066 example", "broken \\xff\\xc0\\xaf utf8", "例子.中国"]:
    expect(shown in names, f"not shown as it is: {shown}")

print("\n".join(faults[:40]))
sys.exit(1 if faults else 0)
