#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""meters.py DIR: a capture (net.pcap) of six hours and the same as Suricata's flow events
(eve.json): a host that calls out every 60 s, one connection that is never silent for more
than 20 s, and five hosts that open pages when they please."""
import json
import random
import struct
import sys
import time

random.seed(7)
START, HOURS = 1700000000, 6
packets, flows = [], []


def ip(text):
    return bytes(map(int, text.split(".")))


def packet(t, src, sport, dst, dport, flags, data):
    tcp = struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 8192, 0, 0) + bytes(data)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, ip(src), ip(dst))
    packets.append((t, b"\2" * 12 + b"\x08\0" + head + tcp))
    return 14 + 20 + len(tcp)


def connection(t, c, cport, s, sport, talk):
    """`talk`: (seconds after the one before, from the client, bytes)."""
    begin, n, size, met = t, [0, 0], [0, 0], [0, 0]

    def say(way, flags, data):
        a = (c, cport, s, sport) if way == 0 else (s, sport, c, cport)
        size[way] += packet(t, *a, flags, data)
        n[way] += 1
        met[way] |= flags

    for way, flags, wait in ((0, 2, 0), (1, 18, 0.01), (0, 16, 0.01)):
        t += wait
        say(way, flags, 0)
    for wait, way, data in talk:
        t += wait
        say(way, 24, data)
    for way, flags in ((0, 17), (1, 17), (0, 16)):
        t += 0.01
        say(way, flags, 0)
    stamp = lambda x: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(x)) + ".%06d+0000" % (x % 1 * 1e6)
    flows.append({"timestamp": stamp(t), "event_type": "flow", "src_ip": c, "src_port": cport,
                  "dest_ip": s, "dest_port": sport, "proto": "TCP",
                  "flow": {"pkts_toserver": n[0], "pkts_toclient": n[1], "bytes_toserver": size[0],
                           "bytes_toclient": size[1], "start": stamp(begin), "end": stamp(t)},
                  "tcp": {"tcp_flags_ts": "%02x" % met[0], "tcp_flags_tc": "%02x" % met[1]}})


for i in range(HOURS * 60):
    connection(START + 60 * i + random.uniform(0, 4), "10.1.0.5", 20000 + i, "198.51.100.7", 443,
               [(0.05, 0, 300), (0.05, 1, 200)])
connection(START + 5, "10.1.0.6", 30000, "198.51.100.8", 443,
           [(random.uniform(1, 20), i % 2, 100) for i in range(HOURS * 340)])
for h in range(5):
    t, port = START + random.uniform(0, 600), 40000
    while t < START + HOURS * 3600 - 60:
        server = "203.0.113.%d" % random.choice((1, 1, 1, 2, 2, 3, 4, 5, 6, 7))
        connection(t, "10.1.0.%d" % (10 + h), port, server, 443, [(0.1, 0, 500), (0.2, 1, 1400)])
        port += 1
        t += random.expovariate(1 / 40) + (random.random() < 0.05) * 900

packets.sort(key=lambda x: x[0])
with open(sys.argv[1] + "/net.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for t, b in packets:
        f.write(struct.pack("<IIII", int(t), int(t % 1 * 1e6), len(b), len(b)) + b)
with open(sys.argv[1] + "/eve.json", "w") as f:
    for x in flows:
        f.write(json.dumps(x) + "\n")
