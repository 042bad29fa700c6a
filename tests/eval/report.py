#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py GEOPHONE FOLDER [CAPTURES]: one evaluation of all captures whose truth is known (captures.tsv, found
under $GEOPHONE_DATA as suspects.py finds them), by families: FOLDER/evaluation.html with the curves, and the table
on standard output. What is wanted on disk for it is FOLDER/scenarios, 1 GB of simulations; it is removed."""
import json
import os
import shutil
import subprocess
import sys
import zipfile

from suspects import HERE, Collection, captures, scenario


def simulated(geophone, place, family, words):
    """A simulation says what is true of it; whose family it is, we say."""
    out = f"{place}.sim"
    subprocess.run([geophone, *words, "-o", out], check=True, stderr=subprocess.DEVNULL)
    with open(f"{out}.truth.json", encoding="ascii") as f:
        truth = json.load(f)
    truth["family"] = family
    with open(f"{out}.truth.json", "w", encoding="ascii") as f:
        json.dump(truth, f)
    return out


def described(geophone, place, family, words, truth, data):
    os.mkdir(place)
    inputs = [os.path.join(data, w) for w in words]
    if inputs[0].endswith(".zip"):
        with zipfile.ZipFile(inputs[0]) as z:
            z.extractall(os.path.join(place, "unpacked"))
        inputs = [os.path.join(place, "unpacked")]
    path = scenario(geophone, place, inputs, "labels ; benign" if truth == "benign" else truth)
    with open(path, "a", encoding="ascii") as f:
        f.write(f"family: {family}\n")
    return path


def main():
    geophone, folder = sys.argv[1:3]
    path = sys.argv[3] if len(sys.argv) > 3 else os.path.join(HERE, "captures.tsv")
    data = os.environ.get("GEOPHONE_DATA", "")
    scenarios = os.path.join(folder, "scenarios")
    os.makedirs(scenarios)
    try:
        said = []
        for n, (family, words, truth) in enumerate(captures(path, data, Collection(geophone))):
            place = os.path.join(scenarios, str(n))
            said.append(simulated(geophone, place, family, words) if words[0] == "simulate" else
                        described(geophone, place, family, words, truth, data))
        if not said:
            sys.exit("none of the captures is here")
        done = subprocess.run([geophone, "evaluate", "-q", "--no-time", "--html",
                               os.path.join(folder, "evaluation.html"), *said], check=False)
    finally:
        shutil.rmtree(scenarios)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
