#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sink.py OUT COMMAND...: run COMMAND with PORT replaced by a port of this host, and write
the datagrams that it sends there as a capture."""
import socket
import struct
import subprocess
import sys
import time

out, command = sys.argv[1], sys.argv[2:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
s.bind(("127.0.0.1", 0))
s.settimeout(0.2)
port = s.getsockname()[1]
p = subprocess.Popen([c.replace("PORT", str(port)) for c in command],
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
f = open(out, "wb")
f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
while True:
    try:
        data, sender = s.recvfrom(65535)
    except socket.timeout:
        if p.poll() is not None:
            break
        continue
    t = time.time_ns()
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0,
                       socket.inet_aton(sender[0]), b"\x7f\0\0\1")
    b = head + struct.pack(">HHHH", sender[1], port, 8 + len(data), 0) + data
    f.write(struct.pack("<IIII", t // 10**9, t % 10**9 // 1000, len(b), len(b)) + b)
sys.exit(p.returncode)
