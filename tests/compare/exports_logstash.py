#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""exports_logstash.py EXPORTDUMP FOLDER: how far our flow records agree with logstash's.

FOLDER holds expected/logstash_expected.json (cases of datagrams and the events
that logstash's codec decodes of them) and spec/codecs/*.dat, a datagram each.
The datagrams of a case become a capture, EXPORTDUMP prints the records in it,
and each event must be among them with every field that we carry: addresses,
ports, protocol, bytes, packets, VLAN and both times. Events that are no flow
(exporters telling of themselves, events without two addresses or a time) must
not be: they are counted apart, each with its reason.

Prints a line for each event that differs and a table; exits 1 if one does.
"""
import argparse
import datetime
import json
import pathlib
import socket
import struct
import subprocess
import tempfile

# What logstash calls things: v9's and v5's names, and IPFIX's.
NAMES = {
    "id.orig_h": ["ipv4_src_addr", "sourceIPv4Address", "ipv6_src_addr", "sourceIPv6Address"],
    "id.resp_h": ["ipv4_dst_addr", "destinationIPv4Address", "ipv6_dst_addr", "destinationIPv6Address"],
    "id.orig_p": ["l4_src_port", "sourceTransportPort", "tcp_src_port", "udp_src_port"],
    "id.resp_p": ["l4_dst_port", "destinationTransportPort", "tcp_dst_port", "udp_dst_port"],
    "proto": ["protocol", "protocolIdentifier"],
    "orig_ip_bytes": ["in_bytes", "octetDeltaCount", "in_permanent_bytes", "octetTotalCount",
                      "fwd_flow_delta_bytes"],
    "orig_pkts": ["in_pkts", "packetDeltaCount", "in_permanent_pkts", "packetTotalCount"],
    "resp_ip_bytes": ["rev_flow_delta_bytes", "reverseOctetTotalCount"],
    "resp_pkts": ["reversePacketTotalCount"],
    "vlan": ["src_vlan", "vlanId"],
    "ts_ns": ["first_switched", "flowStartMilliseconds", "flowStartSeconds", "flow_start_msec",
              "flowStartMicroseconds"],
    "last_ns": ["last_switched", "flowEndMilliseconds", "flowEndSeconds", "flowEndMicroseconds"],
}
PROTO = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58, "sctp": 132}
ICMP = (1, 58)

# Differences that are logstash's doing or a matter of what a field means.
REASONS = {
    ("Netflow 5 valid 01", "ts_ns"):
        "the uptime wrapped between flow and export: logstash puts it 49.7 days after the export",
    ("Netflow 5 valid 01", "last_ns"): "logstash is a second late, as it does not borrow",
    ("Netflow 9 Streamcore", "ts_ns"): "logstash writes milliseconds as microseconds",
    ("Netflow 9 Streamcore", "last_ns"): "logstash writes milliseconds as microseconds",
}


def capture(path, datagrams):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for n, data in enumerate(datagrams):
            head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0,
                               b"\x7f\0\0\1", b"\x7f\0\0\1")
            frame = head + struct.pack(">HHHH", 2055, 2055, 8 + len(data), 0) + data
            out.write(struct.pack("<IIII", 1, n, len(frame), len(frame)) + frame)


def to_ns(value):
    """A time as logstash writes it: RFC 3339, or a number of seconds or milliseconds."""
    if isinstance(value, str):
        t = datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
        t = t.replace(tzinfo=datetime.timezone.utc)
        d = t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return (d.days * 86400 + d.seconds) * 10**9 + d.microseconds * 1000
    return value * 10**9 if value < 10**11 else value * 10**6


def wanted(event):
    want = {}
    for ours, theirs in NAMES.items():
        for name in theirs:
            if name in event and event[name] not in ("", None):
                want[ours] = to_ns(event[name]) if ours.endswith("_ns") else event[name]
                break
    if want.get("proto") in ICMP:
        want.pop("id.orig_p", None), want.pop("id.resp_p", None)
    return want


def same(field, want, row):
    have = row[field]
    if field == "proto":
        have = PROTO.get(have) or int(have)
    if field.endswith("_h"):
        family = socket.AF_INET6 if ":" in want else socket.AF_INET
        return socket.inet_pton(family, want) == socket.inet_pton(
            socket.AF_INET6 if ":" in have else socket.AF_INET, have)
    if field.endswith("_ns"):
        return abs(have - want) < 10**6
    if field.endswith(("_bytes", "_pkts")):
        have //= max(row["sampling"], 1)  # logstash does not apply it
    return have == want


def differences(event, want, row):
    """Fields that differ. Times since boot may be off by a second, both alike: logstash
    subtracts whole seconds and parts of one and does not borrow, and v9 tells the moment
    of the boot in seconds, of which we keep the first."""
    diff = [k for k, v in want.items() if not same(k, v, row)]
    if "first_switched" in event and "last_switched" in event:
        off = [want[k] - row[k] for k in ("ts_ns", "last_ns")]
        if abs(off[0] - off[1]) < 2 * 10**6 and abs(off[0]) <= 2 * 10**9:
            diff = [k for k in diff if not k.endswith("_ns")]
    return diff


def no_flow(event, want):
    """Why the event cannot become a flow; None when it can."""
    if "id.orig_h" not in want or "id.resp_h" not in want:
        return "tells of no two addresses"
    if "ts_ns" not in want and "last_ns" not in want and "event_time_msec" not in event \
            and "flowStartSysUpTime" not in event:
        return "tells no time that a standard defines"
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("exportdump")
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("-v", action="store_true")
    args = p.parse_args()
    cases = json.loads((args.folder / "expected/logstash_expected.json").read_text())
    agree = bad = none = listed = fields = 0
    for case in cases:
        with tempfile.NamedTemporaryFile(suffix=".pcap") as f:
            capture(f.name, [(args.folder / "spec/codecs" / d).read_bytes()
                             for d in case["dat_files_in_order"]])
            out = subprocess.run([args.exportdump, f.name], capture_output=True, check=True)
        rows = [json.loads(l) for l in out.stdout.splitlines()]
        if args.v:
            print(case["context"], len(rows), out.stderr.decode().strip())
        for event in case["expected_events"]:
            event = event.get("netflow", event)
            want = wanted(event)
            why = no_flow(event, want)
            if why:
                none += 1
                if args.v:
                    print(f"no flow: {case['context']}: {why}")
                continue
            best = None
            for row in rows:
                diff = differences(event, want, row)
                if best is None or len(diff) < len(best[0]):
                    best = diff, row
            known = [k for k in best[0] if (case["context"], k) in REASONS] if best else []
            for k in known:
                print(f"listed: {case['context']}: {k}: {REASONS[case['context'], k]}")
            if best is None or len(best[0]) > len(known):
                bad += 1
                print(f"DIFFERS {case['context']}:", "no record" if best is None else
                      {k: (want[k], best[1][k]) for k in best[0]})
            else:
                agree += 1
                listed += len(known)
                fields += len(want) - len(known)
    print(f"{agree} events agree in {fields} fields ({listed} differences listed), "
          f"{none} are no flows, {bad} differ")
    return bad > 0


if __name__ == "__main__":
    raise SystemExit(main())
