#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py GEOPHONE EVAL_POWER [GATES]: what findings must be, on simulations and on the real
captures of $GEOPHONE_DATA where they are. Prints a table; exit 1 when a number is missed."""
import json
import os
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
QUESTIONS = os.path.join(HERE, "..", "system", "findings.py")
ALERTS = ("medium", "high", "critical")


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def share(measures, level, judge, key):
    return next((m[key] for m in measures if m["level"] == level and m["judge"] == judge), 0)


class Capture:
    """One input, analysed when the first question needs it and evaluated when one does."""

    def __init__(self, geophone, paths, folder):
        self.geophone, self.paths, self.folder = geophone, paths, folder
        self.file = os.path.join(folder, "findings")
        self.score, self.captures, self.promise = None, [], None
        _, out, _ = run(geophone, "analyze", "-q", "--json", *paths)
        with open(self.file, "w") as f:
            f.write(out)
        self.findings = [json.loads(line) for line in out.splitlines()]

    def measures(self):
        if self.score is None:
            _, out, err = run(self.geophone, "evaluate", "-q", "--json", "--no-time", "--benign", *self.paths)
            if not out:
                raise SystemExit(err)
            score = json.loads(out)
            self.score, self.captures = score["measures"], score["captures"]
            self.promise = next(p for p in score["calibration"]["alerts"] if p["judge"] == "union")
        return self.score

    def ask(self, question):
        """Whether it holds, and what was measured."""
        word, *args = question.split()
        m = self.measures if word not in ("clocks-at-most", "tells") else list
        if word == "clocks-at-most":
            n = sum(f["kind"] == "beacon" for f in self.findings)
            return n <= int(args[0]), f"{n} clocks"
        if word == "tells":
            _, _, said = run(self.geophone, "analyze", "--json", *self.paths)
            return " ".join(args) in said, "yes" if " ".join(args) in said else "no"
        if word == "rita-at-least":
            m()
            n = sum(c["rita_0_7"] for c in self.captures)
            return n >= int(args[0]), f"{n} by RITA at 0.7"
        if word == "missed-at-most":
            n = share(m(), "pair_day", "union", "missed")
            found = share(m(), "pair_day", "union", "found")
            return n <= int(args[0]) and found > 0, f"{found} of {found + n} pair-days"
        if word.startswith("alerts-per-"):
            bad = share(m(), "host_day", "union", "false")
            days = bad + share(m(), "host_day", "union", "clean")
            rate = bad / days if days else 0
            return rate <= float(args[0]), f"{bad} alerts in {days} host-days"
        status, out, err = run(sys.executable, QUESTIONS, self.file, word, *args)
        return status == 0, "yes" if status == 0 else (out + err).strip()[:60] or "no"


def placed(words, data):
    """Options as they are, what follows one too; all else is a path under the captures."""
    return [w if w.startswith("--") or (i and words[i - 1].startswith("--")) else os.path.join(data, w)
            for i, w in enumerate(words)]


def unpacked(words, data, folder):
    """What is in the first, a zip file; the rest are options."""
    place = os.path.join(folder, "unpacked")
    with zipfile.ZipFile(os.path.join(data, words[0])) as z:
        z.extractall(place)
    return [place] + words[1:]


def simulated(geophone, words, folder):
    out = os.path.join(folder, "simulated")
    status, _, err = run(geophone, *words, "-o", out)
    if status:
        raise SystemExit(err)
    return out


def main():
    geophone, power = sys.argv[1:3]
    gates = sys.argv[3] if len(sys.argv) > 3 else os.path.join(HERE, "gates.tsv")
    data = os.environ.get("GEOPHONE_DATA", "")
    rows, skipped, alerts, said, false = [], 0, 0, 0.0, 0
    for line in open(gates):
        if line.startswith("#") or not line.strip():
            continue
        needs, what, questions = line.rstrip("\n").split("\t")
        if needs != "-" and not os.path.isdir(os.path.join(data, needs)):
            skipped += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            words = what.split()
            if words[0] == "zip":
                words = unpacked(words[1:], data, folder)
            paths = [simulated(geophone, words, folder)] if words[0] == "simulate" else \
                placed(words, data)
            capture = Capture(geophone, paths, folder)
            for question in questions.split(";"):
                ok, measured = capture.ask(question.strip())
                rows.append((what, question.strip(), measured, ok))
            if capture.promise:
                alerts += capture.promise["alerts"]
                said += capture.promise["expected_false_milli"] / 1000
                false += capture.promise["false"]
    # A sum of chances: two standard deviations and one more are no broken promise.
    rows.append(("all that was evaluated", "alerts are not more often false than they say",
                 f"{false} of {alerts}, expected <= {said:.1f}", false <= said + 2 * said ** 0.5 + 1))
    _, out, _ = run(power, *sys.argv[4:])
    for line in out.splitlines():
        name, measured, verdict = line.split("\t")
        rows.append(("series of contacts", name, measured, verdict == "ok"))
    last = None
    for what, question, measured, ok in rows:
        if what != last:
            print(what)
        last = what
        print(f"  {'ok    ' if ok else 'MISSED'} {question:<58} {measured}")
    missed = sum(not r[3] for r in rows)
    print(f"{len(rows)} numbers, {missed} missed" + (f", {skipped} captures are not here" if skipped else ""))
    return 1 if missed or len(rows) < 12 else 0


sys.exit(main())
