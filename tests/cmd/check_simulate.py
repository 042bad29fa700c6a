#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_simulate.py GEOPHONE SCHEMA_PY TRUTH_SCHEMA DIGESTS: the verb as its users meet
it: exit statuses, whole files or none, the same bytes, truth that fits its schema.

DIGESTS holds the SHA-256 of an hour of each scenario, so that two compilers (this runs in
the build of each) or two machines that disagree are noticed. A change of a scenario changes
it; then write it anew with GEOPHONE of any build:

  for s in seismic-station office flux; do
    geophone simulate $s --hours 1 --start 2026-03-02T08:00:00Z | sha256sum | sed "s/-/$s/"
  done > tests/cmd/simulate.sha256
"""
import hashlib
import os
import pty
import resource
import signal
import subprocess
import sys
import tempfile
import time

geophone, schema_py, truth_schema, digests = sys.argv[1:5]
faults = []


def expect(ok, what):
    if not ok:
        faults.append(what)


def run(*arguments, **more):
    return subprocess.run([geophone, "simulate", *arguments], capture_output=True, **more)


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


MISUSED = [
    [],
    ["nowhere"],
    ["office", "office"],
    ["office", "--days", "0"],
    ["office", "--days", "-1"],
    ["office", "--days", "99999"],
    ["office", "--hours", "1x"],
    ["office", "--seed", ""],
    ["office", "--seed", "18446744073709551616"],
    ["office", "--start", "yesterday"],
    ["office", "--start", "1975-01-01T00:00:00Z"],
    ["office", "--start", "2106-02-07T00:00:00Z", "--days", "1"],
    ["office", "--format", "netflow"],
    ["office", "--sleep", "well"],
    ["office", "--what"],
    ["office", "--days"],
]
for arguments in MISUSED:
    done = run(*arguments, timeout=20)
    expect(done.returncode == 2, f"{arguments}: exit {done.returncode}")
    expect(done.stdout == b"" and b"simulate" in done.stderr, f"{arguments}: {done.stderr}")

with tempfile.TemporaryDirectory() as room:
    path = os.path.join(room, "a.pcap")
    for scenario in ["seismic-station", "office", "flux"]:
        short = [scenario, "--hours", "1", "--start", "2026-03-02T08:00:00Z"]
        expect(run(*short, "-o", path).returncode == 0, f"{scenario}: to a file")
        expect(sorted(os.listdir(room)) == ["a.pcap", "a.pcap.truth.json"], f"{os.listdir(room)}")
        piped = run(*short)
        expect(piped.returncode == 0 and hashlib.sha256(piped.stdout).hexdigest() == sha256(path),
               f"{scenario}: the pipe has other bytes")
        with open(digests) as f:
            expect(f"{sha256(path)}  {scenario}\n" in f.readlines(), f"{scenario}: not the bytes of {digests}")
        check = subprocess.run([sys.executable, schema_py, truth_schema, path + ".truth.json"])
        expect(check.returncode in (0, 77), f"{scenario}: the truth does not fit its schema")
        os.remove(path)
        os.remove(path + ".truth.json")

    # Zeek's logs: a directory, and conn.log alone on a pipe
    logs = os.path.join(room, "logs")
    expect(run("office", "--hours", "1", "--format", "zeek", "-o", logs + "/").returncode == 0, "zeek")
    expect(sorted(os.listdir(logs)) == ["conn.log", "dns.log"], f"{os.listdir(logs)}")
    expect(os.path.exists(logs + ".truth.json"), "the truth is beside the directory")
    piped = run("office", "--hours", "1", "--format", "zeek")
    expect(hashlib.sha256(piped.stdout).hexdigest() == sha256(logs + "/conn.log"), "conn.log on a pipe")

    # What cannot be written
    full = run("office", "--hours", "2", "-o", "/dev/full", "--truth", os.path.join(room, "t"))
    expect(full.returncode == 3 and b"/dev/full" in full.stderr and b"space" in full.stderr,
           f"/dev/full: {full.returncode} {full.stderr}")
    expect(not os.path.exists(os.path.join(room, "t")), "a truth without its capture")
    with open("/dev/full", "wb") as sink:
        done = subprocess.run([geophone, "simulate", "office", "--hours", "1"], stdout=sink,
                              stderr=subprocess.PIPE)
    expect(done.returncode == 3, f"full standard output: {done.returncode}")
    gone = run("office", "--hours", "1", "-o", os.path.join(room, "no", "such", "x.pcap"))
    expect(gone.returncode == 3 and b"no/such" in gone.stderr, f"no directory: {gone.returncode}")
    before = sorted(os.listdir(room))
    limited = run("office", "--hours", "3", "-o", path,
                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
    expect(limited.returncode == 3 and b"a.pcap" in limited.stderr, f"limit: {limited.returncode}")
    expect(sorted(os.listdir(room)) == before, f"left behind: {os.listdir(room)}")

    # An earlier file stays when a later one fails or is stopped
    with open(path, "w") as f:
        f.write("earlier")
    process = subprocess.Popen([geophone, "simulate", "office", "--days", "300", "-o", path],
                               stderr=subprocess.PIPE)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    expect(process.returncode == 3 and b"stopped" in said, f"stopped: {process.returncode} {said}")
    with open(path) as f:
        expect(f.read() == "earlier", "the earlier file is gone")
    expect(sorted(os.listdir(room)) == sorted(before + ["a.pcap"]), f"left behind: {os.listdir(room)}")

# Never onto a terminal
master, slave = pty.openpty()
done = subprocess.run([geophone, "simulate", "office"], stdout=slave, stderr=subprocess.PIPE, timeout=20)
expect(done.returncode == 2 and b"terminal" in done.stderr, f"terminal: {done.returncode}")

for fault in faults:
    print(fault)
print(f"{len(faults)} faults")
sys.exit(1 if faults else 0)
