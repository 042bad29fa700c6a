#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_table.py PRINT: the table keeps its width, holds nothing that moves a cursor but
its own colours, and says what it must."""
import json
import re
import subprocess
import sys
import unicodedata

program = sys.argv[1]
faults = []


def run(*arguments):
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def expect(ok, what):
    if not ok:
        faults.append(what)


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


HIDDEN = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
for which in ["none", "one", "day", "forty", "many", "hostile", "other"]:
    findings = [json.loads(line) for line in run(which, "json").splitlines()]
    alerts = [f for f in findings if f["severity"] in ("medium", "high", "critical")]
    for width in ["0", "1", "40", "60", "80", "132", "400"] if which != "many" else ["0", "80"]:
        text = run(which, "table", width)
        expect(not re.search(HIDDEN, text), f"{which} {width}: a control character")
        expect(not re.search(r" $", text, re.M), f"{which} {width}: blanks at a line's end")
        if int(width) >= 40:
            longest = max(text.splitlines(), key=columns)
            expect(columns(longest) <= int(width), f"{which} {width}: {columns(longest)} columns: {longest}")
        flat = " ".join(text.split())
        expect(f"{len(findings):,} finding" in flat, f"{which} {width}: the number of findings")
        expect(f", {len(alerts):,} alert" in flat, f"{which} {width}: the number of alerts")
        expect("expected false <= " in flat, f"{which} {width}: the expected false")
        expect(("expected not controlled <= " in flat) == bool(alerts), f"{which} {width}: what alerts leave open")
        expect(("No alert." in flat) == (not alerts), f"{which} {width}: whether there is an alert")
        expect("not seen" in flat and "read" in flat, f"{which} {width}: what was read and not seen")
        joined = "".join(text.split())
        services = [(f["port"], f["proto"], f["kind"]) for f in findings if f["severity"] == "info"]
        for f in findings:
            service = (f["port"], f["proto"], f["kind"])
            if f["severity"] == "info" and services.count(service) > 1:
                named = f"{services.count(service):,} pairs on " + (f"{f['port']}/" if f["port"] else "") + f["proto"]
                expect(named in flat, f"{which} {width}: {named} is missing")
                continue
            expect(f["host"] in joined, f"{which} {width}: {f['host']} is missing")
    coloured = run(which, "colour", "80")
    expect(re.sub("\x1b\\[[0-9;]*m", "", coloured) == run(which, "table", "80"), f"{which}: colour changes text")
    expect(which == "none" or "\x1b[" in coloured, f"{which}: no colour")
    opened = re.findall("\x1b\\[([0-9;]*)m", coloured)
    expect(all(c == "0" for c in opened[1::2]) and len(opened) % 2 == 0, f"{which}: a colour is left on")
    expect("\x1b" not in run(which, "colour", "0"), f"{which}: colour into a pipe")

    for width in ["0", "40", "80", "200"] if which != "many" else []:
        text = run(which, "explain", width)
        joined = "".join(text.split())
        expect(not re.search(HIDDEN, text), f"{which} explain {width}: a control character")
        if int(width) and findings:
            longest = max(text.splitlines(), key=columns)
            expect(columns(longest) <= int(width), f"{which} explain {width}: {columns(longest)} columns: {longest}")
        for f in findings:
            expect(f["id"] in joined, f"{which} explain {width}: {f['id']} is missing")
            for term in f["control"]["terms"]:
                expect(term["name"].replace("_", " ") + ":" in text, f"{which} explain {width}: the term {term['name']}")

one = " ".join(run("one", "explain", "80").split())
for said in ["980 of 1,016 gaps lie from 45 s to 64 s; without a clock at most 12.7 % can", "The odds are about 20 to 1 for",
             "10,000:1 against prior: of the clocks", "possible a software update check", "does not fit a time service",
             "the capture does not say what it dropped"]:
    expect(said in one, f"one: not said: {said}")

day = " ".join(run("day", "table", "80").split())
for said in ["120 frames dropped by the capture", "3 frames of an unknown link type", "controlled from outside: about 20 to 1 for",
             "about every 55 s (45 s to 64 s), 1,017 contacts", "May also be a software update check",
             "Does not look like a time service", "2026-06-10 07:00:00 to 2026-06-10 23:07:46 UTC", "地震/台网.pcapng and 2 more"]:
    expect(said in day, f"day: not said: {said}")
expect("cut short" not in day, "day: a tally of zero is shown")

print("\n".join(faults[:40]))
sys.exit(1 if faults else 0)
