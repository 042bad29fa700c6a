#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""community_id.py GEOPHONE DIR: our Community IDs and those of the specification's baseline.

DIR has pcaps/combined.pcap.gz and baseline/baseline_{deflt,seed1}.json. Every tuple of the
baseline must be a flow of ours with the same value, and no flow may have another value.
"""
import json
import pathlib
import subprocess
import sys

geophone, folder = sys.argv[1], pathlib.Path(sys.argv[2])
bad = 0
for seed, name in ((0, "deflt"), (1, "seed1")):
    run = subprocess.run([geophone, "flows", "-q", "--json", "--community-seed", str(seed),
                          folder / "pcaps/combined.pcap.gz"], capture_output=True, check=True)
    ours = {}
    for f in map(json.loads, run.stdout.splitlines()):
        ours.setdefault(f["community_id"], set()).add(
            frozenset((f["id.orig_h"], f["id.resp_h"])))
    rows = json.loads((folder / f"baseline/baseline_{name}.json").read_text())
    for r in rows:
        if frozenset((r["saddr"], r["daddr"])) not in ours.get(r["communityid"], ()):
            print(f"seed {seed}: {r}: ours have no such value")
            bad += 1
    for extra in set(ours) - {r["communityid"] for r in rows}:
        print(f"seed {seed}: {extra} is not in the baseline")
        bad += 1
    print(f"seed {seed}: {len(rows)} tuples, {len(ours)} values")
sys.exit(bad > 0)
