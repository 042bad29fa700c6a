#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Zeek's logs of one made-up day, as columns, as JSON and as one stream.

A workstation calls a server every ten minutes over TLS and keeps asking a clock;
certificates are in x509.log, their digests in files.log, as Zeek 3 writes them, or
by fingerprint, as Zeek 5 does (`--new`).
"""
import argparse
import gzip
import json
import pathlib

HOST, C2, CLOCK, LEASES = "10.1.1.5", "203.0.113.7", "198.51.100.3", "10.1.1.1"
BEGIN = 1700000000
SHA1 = "0102030405060708090a0b0c0d0e0f1011121314"
SHA256 = "aa02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fbb"
NAME = "CN=c2,O=Nobody\\, Ltd"


def ends(uid, port, resp, resp_port):
    return {"uid": uid, "id.orig_h": HOST, "id.orig_p": port, "id.resp_h": resp, "id.resp_p": resp_port}


def rows(new):
    for i in range(60):
        ts, uid, fuid = BEGIN + 600 * i + (i * 7 % 5) / 10, f"C{i}", f"F{i}"
        yield "conn", ts, {**ends(uid, 40000 + i, C2, 8443), "proto": "tcp", "service": "ssl", "duration": 2.5,
                           "orig_bytes": 900, "resp_bytes": 4000, "conn_state": "SF"}
        chain = {"cert_chain_fps": [SHA256]} if new else {"cert_chain_fuids": [fuid, f"G{i}"]}
        yield "ssl", ts + 0.01, {**ends(uid, 40000 + i, C2, 8443), "version": "TLSv12", "established": True, **chain}
        if i > 0 and new:
            continue  # a fingerprint is told once
        paper = {"fingerprint": SHA256} if new else {"id": fuid}
        yield "x509", ts + 0.02, {**paper, "certificate.subject": NAME, "certificate.issuer": NAME,
                                  "certificate.not_valid_before": 1690000000.0, "certificate.not_valid_after": 253402300799.0}
        yield "files", ts + 0.03, {"fuid": fuid, "tx_hosts": [C2], "rx_hosts": [HOST], "conn_uids": [uid],
                                   "source": "SSL", "mime_type": "application/x-x509-user-cert", "is_orig": False,
                                   "seen_bytes": 800, "sha1": SHA1}
    for i in range(40):
        ts = BEGIN + 300 + 1024 * i
        for mode, stratum in ((3, 0), (4, 2)):
            yield "ntp", ts + mode / 100, {**ends(f"N{i}", 123, CLOCK, 123), "version": 4, "mode": mode,
                                           "stratum": stratum, "ref_id": "192.0.2.1"}
    yield "dhcp", BEGIN + 5.5, {"uids": ["D1", "D2"], "client_addr": HOST, "server_addr": LEASES, "mac": "02:00:00:00:00:05",
                              "host_name": "PC-5", "assigned_addr": HOST, "msg_types": ["REQUEST", "ACK"]}
    for i, name in enumerate(["bad_TCP_checksum", "data_before_established", "bad_TCP_checksum"]):
        yield "weird", BEGIN + 7 + i, {**ends(f"W{i}", 1, C2, 8443), "name": name, "notice": False, "peer": "z"}


def column(value):
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, list):
        return ",".join(value)
    return f"{value:.6f}" if isinstance(value, float) else str(value).replace("\\", "\\x5c")


def columns(path, lines):
    fields = ["ts"]
    for _, _, row in lines:
        fields += [f for f in row if f not in fields]
    head = f"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n"
    body = "".join("\t".join([column(float(ts))] + [column(row.get(f)) for f in fields[1:]]) + "\n"
                   for _, ts, row in lines)
    return head + "#fields\t" + "\t".join(fields) + "\n" + body


def objects(lines, path_key=None):
    return "".join(json.dumps({**({path_key: path} if path_key else {}), "ts": ts, **row}) + "\n"
                   for path, ts, row in lines)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--new", action="store_true")
    p.add_argument("dir", type=pathlib.Path)
    a = p.parse_args()
    told = [(path, round(ts, 6), row) for path, ts, row in rows(a.new)]
    paths = sorted({path for path, _, _ in told})
    for kind in ("tsv", "json", "rotated", "stream", "behind"):
        (a.dir / kind).mkdir(parents=True)
    for path in paths:
        lines = [line for line in told if line[0] == path]
        (a.dir / "tsv" / f"{path}.log").write_text(columns(path, lines))
        (a.dir / "json" / f"{path}.log").write_text(objects(lines))
        for hour in (0, 1):
            part = [line for i, line in enumerate(lines) if (i >= len(lines) // 2) == hour]
            (a.dir / "rotated" / f"{path}.0{hour}.log.gz").write_bytes(gzip.compress(columns(path, part).encode()))
    ordered = sorted(told, key=lambda line: line[1])
    (a.dir / "stream" / "all.json").write_text(objects(ordered, "@stream"))
    (a.dir / "behind" / "all.json").write_text(objects(ordered[::-1], "_path"))


main()
