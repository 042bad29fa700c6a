# SPDX-License-Identifier: Apache-2.0
"""Days of a small network as Zeek's conn.log: state.py OUT DAYS PERIOD_S JITTER CLOCKS SEED

OUT/000.log and so on. CLOCKS hosts call a server of their own, each after sleeps of PERIOD (1 - JITTER) to PERIOD; they
and twenty others call servers that all of them know, and some that only one does, at times without a clock.
"""
import os
import random
import sys

START = 1772409600  # 2026-03-02, a Monday
DAY = 86400
FIELDS = ("ts time,uid string,id.orig_h addr,id.orig_p port,id.resp_h addr,id.resp_p port,proto enum,service string,"
          "duration interval,orig_bytes count,resp_bytes count,conn_state string,local_orig bool,local_resp bool,"
          "orig_pkts count,resp_pkts count")


def main():
    out, days, period, jitter, clocks, seed = sys.argv[1], *map(float, sys.argv[2:6]), int(sys.argv[6])
    days, clocks = int(days), int(clocks)
    rng = random.Random(seed)
    lines = [[] for _ in range(days)]

    def call(t, host, peer, port, up, down):
        day = int((t - START) // DAY)
        if 0 <= day < days:
            lines[day].append((t, host, rng.randrange(1024, 60000), peer, port, rng.random() * 9, up, down))

    def host(i):
        return f"10.1.{i // 200}.{i % 200 + 1}"

    for i in range(clocks):
        t = START + rng.random() * period
        while t < START + days * DAY:
            call(t, host(i), f"198.51.{i // 200}.{i % 200 + 1}", 4444, 412, 900)
            t += period * (1 - jitter * rng.random())
    for i in range(clocks + 20):
        for day in range(days):
            for _ in range(4):
                t = START + day * DAY + rng.random() * DAY
                call(t, host(i), f"192.0.2.{rng.randrange(1, 9)}", 443, rng.randrange(200, 9000), 9000)
            for _ in range(2):
                t = START + day * DAY + rng.random() * DAY
                call(t, host(i), f"203.0.{i // 200}.{rng.randrange(1, 5) + i % 200}", 443, rng.randrange(200, 9000), 9000)
    os.makedirs(out, exist_ok=True)
    names, types = zip(*(f.split() for f in FIELDS.split(",")))
    for day, rows in enumerate(lines):
        with open(f"{out}/{day:03}.log", "w") as f:
            f.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n")
            f.write("#fields\t" + "\t".join(names) + "\n#types\t" + "\t".join(types) + "\n")
            for n, (t, host_, port, peer, service, length, up, down) in enumerate(sorted(rows)):
                f.write(f"{t:.6f}\tC{day}x{n}\t{host_}\t{port}\t{peer}\t{service}\ttcp\t-\t{length:.6f}\t{up}\t{down}\tSF\tT\tF\t"
                        f"5\t6\n")


main()
