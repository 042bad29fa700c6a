#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the seeds of the fuzz targets capture, decode, pcapng and input.

One small file per shape that the readers know. The same run writes the same
bytes. Usage: tools/seeds_capture.py fuzz/corpus
"""
import bz2
import gzip
import io
import lzma
import os
import struct
import sys

LITTLE, BIG = "<", ">"


def pad(data, to=4):
    return data + bytes(-len(data) % to)


# Frames

MACS = bytes.fromhex("020000000002020000000001")
IP_A, IP_B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
IP6_A = bytes.fromhex("20010db8000000000000000000000001")
IP6_B = bytes.fromhex("20010db8000000000000000000000002")


def ipv4(proto, payload, fragment=0, options=b"", total=None):
    header = 20 + len(options)
    total = header + len(payload) if total is None else total
    return struct.pack(">BBHHHBBH", 0x40 | header // 4, 0, total, 0x1234, fragment,
                       64, proto, 0) + IP_A + IP_B + options + payload


def ipv6(following, payload, length=None):
    length = len(payload) if length is None else length
    return struct.pack(">IHBB", 6 << 28, length, following, 64) + IP6_A + IP6_B + payload


def tcp(data, flags=0x18, options=b""):
    return struct.pack(">HHIIBBHHH", 1024, 443, 1, 2, (20 + len(options)) // 4 << 4,
                       flags, 8192, 0, 0) + options + data


def udp(data, length=None):
    length = 8 + len(data) if length is None else length
    return struct.pack(">HHHH", 5353, 53, length, 0) + data


def icmp(kind, code=0):
    return struct.pack(">BBHHH", kind, code, 0, 77, 1) + b"ping"


def ethernet(kind, payload, tags=()):
    out = MACS
    for tag in tags:
        out += struct.pack(">HH", *tag)
    return out + struct.pack(">H", kind) + payload


PLAIN = ipv4(17, udp(b"hello"))
SIX = ipv6(17, udp(b"hello"))

# Name, index in fuzz_decode's list of link types, bytes
FRAMES = [
    ("tcp", 0, ethernet(0x0800, ipv4(6, tcp(b"hello", options=b"\1\1\1\1")))),
    ("syn", 0, ethernet(0x0800, ipv4(6, tcp(b"", 2)) + bytes(6))),
    ("udp", 0, ethernet(0x0800, PLAIN)),
    ("udp_offload", 0, ethernet(0x0800, ipv4(17, udp(b"hello", 0), total=0))),
    ("icmp", 0, ethernet(0x0800, ipv4(1, icmp(8)))),
    ("sctp", 0, ethernet(0x0800, ipv4(132, struct.pack(">HHII", 1, 2, 0, 0)))),
    ("ip_options", 0, ethernet(0x0800, ipv4(6, tcp(b"x"), options=b"\1\1\1\0"))),
    ("fragment_first", 0, ethernet(0x0800, ipv4(17, udp(b"12345678", 40), 0x2000))),
    ("fragment_last", 0, ethernet(0x0800, ipv4(17, b"12345678", 2))),
    ("vlan", 0, ethernet(0x0800, PLAIN, [(0x8100, 7)])),
    ("qinq", 0, ethernet(0x86dd, SIX, [(0x88a8, 7), (0x8100, 9)])),
    ("snap", 0, ethernet(8 + len(PLAIN), bytes.fromhex("aaaa030000000800") + PLAIN)),
    ("arp", 0, ethernet(0x0806, bytes(28))),
    ("udp6", 0, ethernet(0x86dd, SIX)),
    ("icmp6", 0, ethernet(0x86dd, ipv6(58, icmp(135)))),
    ("extensions6", 0, ethernet(0x86dd, ipv6(0, b"\x2b\0" + bytes(6) + b"\x3c\0" +
                                            bytes(6) + b"\x11\0" + bytes(6) + udp(b"x")))),
    ("ah6", 0, ethernet(0x86dd, ipv6(51, b"\x11\1" + bytes(10) + udp(b"x")))),
    ("fragment6", 0, ethernet(0x86dd, ipv6(44, b"\x11\0\0\1abcd" + udp(b"x", 40)))),
    ("null", 1, b"\2\0\0\0" + PLAIN),
    ("null6", 1, b"\0\0\0\x1e" + SIX),
    ("raw", 2, PLAIN),
    ("raw6", 2, SIX),
    ("loop", 3, b"\0\0\0\2" + PLAIN),
    ("sll", 4, bytes(14) + b"\x08\0" + PLAIN),
    ("sll2", 5, b"\x86\xdd" + bytes(18) + SIX),
]

# pcap


def pcap(order, magic=0xA1B2C3D4, minor=4, extra=b"", swap=False):
    out = struct.pack(order + "IHHiIII", magic, 2, minor, 0, 0, 65535, 1)
    for second, (_, _, frame) in enumerate(FRAMES[:3]):
        lengths = (len(frame), len(frame) + 1)
        out += struct.pack(order + "IIII", 1600000000 + second, 999,
                           *(reversed(lengths) if swap else lengths)) + extra + frame
    return out


# pcapng


class Pcapng:
    def __init__(self, order):
        self.order = order
        self.out = b""
        self.block(0x0A0D0D0A, "IHHq", 0x1A2B3C4D, 1, 0, -1)

    def block(self, kind, form, *fields, data=b"", options=b""):
        body = struct.pack(self.order + form, *fields) + pad(data) + options
        length = struct.pack(self.order + "I", 12 + len(body))
        self.out += struct.pack(self.order + "I", kind) + length + body + length
        return self

    def option(self, code, form, value):
        data = struct.pack(self.order + form, value)
        return struct.pack(self.order + "HH", code, len(data)) + pad(data)

    def interface(self, resolution=None, offset=None, link=1):
        options = b""
        if resolution is not None:
            options += self.option(9, "B", resolution)
        if offset is not None:
            options += self.option(14, "q", offset)
        return self.block(1, "HHI", link, 0, 262144, options=options + bytes(4))


def pcapng(order):
    p = Pcapng(order).interface().interface(9).interface(0x94, -3600)
    for n, (_, _, frame) in enumerate(FRAMES[:3]):
        drops = p.option(4, "Q", 5) + bytes(4) if n else b""
        p.block(6, "IIIII", n, 0x5D000, 7, len(frame), len(frame), data=frame, options=drops)
    frame = FRAMES[3][2]
    p.block(3, "I", len(frame), data=frame)
    p.block(2, "HHIIII", 1, 2, 0x5D000, 8, len(frame), 99, data=frame)
    p.block(5, "III", 0, 0, 0, options=p.option(5, "Q", 3) + p.option(7, "Q", 4))
    p.block(0xBAD, "I", 0)
    return p.out


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def zipped(data):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as f:
        f.write(data)
    return out.getvalue()


def zstd_raw(data):
    """A frame of one uncompressed block: single segment, content size in one byte."""
    header = b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)])
    return header + struct.pack("<I", 1 | len(data) << 3)[:3] + data


def main(corpus):
    captures = {
        "pcap_le": pcap(LITTLE),
        "pcap_be": pcap(BIG),
        "pcap_ns_le": pcap(LITTLE, 0xA1B23C4D),
        "pcap_ns_be": pcap(BIG, 0xA1B23C4D),
        "pcap_kuznetzov": pcap(LITTLE, 0xA1B2CD34, extra=bytes(8)),
        "pcap_2_2": pcap(LITTLE, minor=2, swap=True),
        "pcap_cut": pcap(LITTLE)[:-3],
        "pcapng_le": pcapng(LITTLE),
        "pcapng_be": pcapng(BIG),
        "pcapng_two": pcapng(BIG) + pcapng(LITTLE),
    }
    for name, data in captures.items():
        write(os.path.join(corpus, "capture"), name, data)
    for name, link, frame in FRAMES:
        write(os.path.join(corpus, "decode"), name, bytes([link, 0]) + frame)
    three = b"".join(struct.pack("<QIBBH", 1600000000123456789 + n, 99, 1, n, len(f)) + f
                     for n, (_, _, f) in enumerate(FRAMES[:3]))
    write(os.path.join(corpus, "pcapng"), "three", three)
    write(os.path.join(corpus, "pcapng"), "empty_frame", bytes(16))
    text = b"forty-two bytes of text, again and again. " * 5
    packed = {
        "plain": text,
        "gzip": zipped(text),
        "gzip_two": zipped(text) + zipped(text) + bytes(8),
        "zstd": zstd_raw(text),
        "zstd_skippable": b"\x50\x2a\x4d\x18\2\0\0\0hi" + zstd_raw(text) + zstd_raw(text),
        "xz": lzma.compress(text, check=lzma.CHECK_CRC32),
        "xz_two": lzma.compress(text) + lzma.compress(text),
        "bzip2_is_not_read": bz2.compress(text),
    }
    for name, data in packed.items():
        write(os.path.join(corpus, "input"), name, data)
        write(os.path.join(corpus, "input"), name + "_cut", data[:-5])


if __name__ == "__main__":
    main(sys.argv[1])
