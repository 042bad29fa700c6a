#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_progress.py DEMO: the progress bar on a terminal of a given width, and its
silence everywhere else."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time

demo = sys.argv[1]
faults = []


def expect(ok, what):
    if not ok:
        faults.append(what)


def on_terminal(columns, total, speed, ms, **environment):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {"PATH": os.environ["PATH"], "TERM": "xterm"} | environment
    started = time.monotonic()
    process = subprocess.Popen([demo, str(total), str(speed), str(ms)], stderr=slave, env=env)
    os.close(slave)
    said = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    expect(process.wait() == 0, "the demo failed")
    os.close(master)
    return said.decode(), time.monotonic() - started


def plain(text):
    return re.sub("\x1b\\[[0-9;]*[A-Za-z]", "", text)


for columns in [30, 80, 200]:
    text, seconds = on_terminal(columns, 10**10, 25 * 10**8, 3900)
    lines = [plain(line) for line in re.split("[\r\n]", text)]
    drawn = [line for line in lines if line.startswith("reading")]
    expect(len(drawn) >= 4, f"{columns}: drawn {len(drawn)} times")
    expect(len(drawn) <= 10 * seconds, f"{columns}: drawn {len(drawn)} times in {seconds:.1f} s")
    expect(max(map(len, lines)) < columns, f"{columns}: a line of {max(map(len, lines))} columns")
    expect(text.endswith("\r\x1b[K"), f"{columns}: not wiped at the end")
    expect("a remark" in lines, f"{columns}: the remark stands with something else: {lines}")
    expect(any(re.search(r"reading .* [0-9]+ %  [0-9.]+ [MG]B of 10 GB", line) for line in drawn) or columns == 30,
           f"{columns}: the share done: {drawn[-1]}")
    if columns >= 80:
        rates = [float(r) * {"MB": 1, "GB": 1000}[u] for r, u in re.findall(r"  ([0-9.]+) ([MG]B)/s", drawn[-1])]
        expect(rates and 300 < rates[0] < 2700, f"{columns}: the rate: {drawn[-1]}")
        expect(re.search(r"[0-9]+ s left", drawn[-1]), f"{columns}: the time left: {drawn[-1]}")
        bars = [re.search(r"^reading \[(#*)(\.*)\] ", line) for line in drawn]
        expect(all(bars), f"{columns}: a bar: {drawn[-1]}")
        cells = {len(b.group(1) + b.group(2)) for b in bars if b}
        expect(len(cells) == 1 and min(cells) >= 8, f"{columns}: the bar changes its width: {cells}")
        full = [len(b.group(1)) for b in bars if b]
        expect(full == sorted(full) and full[-1] > full[0], f"{columns}: the bar does not grow: {full}")
    expect("\x1b[36m" in text or columns == 30, f"{columns}: no colour")

text, _ = on_terminal(80, 0, 10**9, 1500)
expect(re.search(r"reading [0-9]+ MB  [01] s", plain(text)), f"unknown total: {text!r}")
expect("%" not in text and "left" not in text, f"unknown total: {text!r}")
text, _ = on_terminal(80, 10**6, 10**9, 600)
expect("100 %" in text and "101 %" not in text, f"more than the total: {text!r}")
text, _ = on_terminal(80, 10**9, 10**9, 600, NO_COLOR="1")
expect("reading" in text and "\x1b[3" not in text, f"NO_COLOR: {text!r}")
text, _ = on_terminal(80, 10**9, 10**9, 100)
expect(plain(text).split() == ["a", "remark"], f"short work: {text!r}")
text, _ = on_terminal(80, 10**9, 10**9, 500, TERM="dumb")
expect(plain(text).split() == ["a", "remark"], f"a dumb terminal: {text!r}")
text = subprocess.run([demo, "1000000000", "1000000000", "600"], stderr=subprocess.PIPE, check=True).stderr
expect(text == b"a remark\n", f"a pipe: {text!r}")

print("\n".join(faults))
sys.exit(1 if faults else 0)
