# SPDX-License-Identifier: Apache-2.0
# pings.py DIR: captures of pings as programs send them, and of some that carry data.
# What the data of each looks like is from the programs' own documents and sources.
import ipaddress, os, random, struct, sys

from checksum import checksum

out = sys.argv[1]
rnd = random.Random(11)
T0 = 1_700_000_000


def echo(src, dst, reply, ident, seq, data):
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    six = a.version == 6
    kind = (129 if reply else 128) if six else (0 if reply else 8)
    body = struct.pack("!BBHHH", kind, 0, 0, ident, seq & 0xFFFF) + data
    pseudo = a.packed + b.packed + struct.pack("!II", len(body), 58) if six else b""
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    if six:
        return b"\0" * 12 + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(body), 58, 64) + a.packed + b.packed + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, a.packed, b.packed)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return b"\0" * 12 + b"\x08\x00" + head + body


def write(name, pings, host="10.0.0.5", peer="203.0.113.9"):
    """pings: (time, id, seq, data sent, data that comes back or None)"""
    with open(os.path.join(out, name + ".pcap"), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        frames = []
        for at, ident, seq, sent, back in pings:
            frames.append((at, echo(host, peer, False, ident, seq, sent)))
            if back is not None:
                frames.append((at + 0.02, echo(peer, host, True, ident, seq, back)))
        for at, b in sorted(frames, key=lambda x: x[0]):
            s = T0 + int(at)
            f.write(struct.pack("<IIII", s, int((at % 1) * 1e6), len(b), len(b)) + b)


def noise(n):
    return bytes(rnd.randrange(256) for _ in range(n))


def stamp(at, size=16):
    return struct.pack("<QQ", T0 + int(at), int((at % 1) * 1e6))[:size]


def series(n, fill, back=lambda at, sent: sent, every=1.0, ident=77):
    got = []
    for k in range(n):
        at = k * every + rnd.random() * 0.01
        sent = fill(at, k)
        got.append((at, ident, k + 1, sent, back(at, sent)))
    return got


ramp = bytes(range(256)) * 8
letters = (b"abcdefghijklmnopqrstuvw" * 60)

linux = lambda at, k: stamp(at) + ramp[16:56]
windows = lambda at, k: letters[:32]
write("linux", series(600, linux))
write("windows", series(600, windows, ident=1))
write("macos", series(600, lambda at, k: stamp(at, 8) + ramp[8:56]))
write("fping", series(600, lambda at, k: struct.pack("<IIQQ", k, 0, T0 + int(at), k) + bytes(32)))
write("check_icmp", series(600, lambda at, k: stamp(at) + struct.pack("<H", k & 0xFFFF) + b"\0" * 6 + ramp[24:68]))
write("mtr", series(600, lambda at, k: bytes(36)))
write("google", series(600, lambda at, k: stamp(at) + ramp[16:1400], lambda at, sent: sent[:64]))
write("sizes", series(600, lambda at, k: letters[: 8 + k % 1300]))
write("two_programs", sorted(series(300, linux) + series(300, windows, ident=1) + series(300, lambda at, k: letters[:1000], ident=2)))
write("delay", series(600, linux, lambda at, sent: stamp(at + 0.01) + sent[16:]))
write("zeros", series(600, linux, lambda at, sent: bytes(len(sent))))

with open(os.path.join(out, "sweep.pcap"), "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for k in range(1, 255):
        b = echo("10.0.0.5", "10.0.1.%d" % k, False, 9, k, noise(16))
        f.write(struct.pack("<IIII", T0 + k // 50, k, len(b), len(b)) + b)
        b = echo("10.0.1.%d" % k, "10.0.0.5", True, 9, k, noise(16))
        f.write(struct.pack("<IIII", T0 + k // 50, k + 1, len(b), len(b)) + b)

# A proxy in pings: a header with a magic number and a state, then what a TCP connection carries.
carried = lambda at, k: struct.pack("!IIIIHHII", 0xD5200880, 0, 443, k % 3, k & 0xFFFF, k & 0xFFFF, 0, 400) + noise(400)
write("ptunnel", series(400, carried, carried_back := (lambda at, sent: sent[:28] + noise(rnd.randrange(100, 700))), every=0.1))
write("ptunnel6", series(400, carried, carried_back, every=0.1), "fd00::5", "2001:db8::9")
# A shell: the slave asks with what a command printed or with nothing, and is answered with commands, now and then.
printed = [b"", b"", b"user-7\\desk-%d\n" % rnd.randrange(99), b""]
write("icmpsh", series(120, lambda at, k: printed[k % 4] if k < 20 else b"", lambda at, sent: noise(0) if rnd.random() < 0.7 else b"dir %d\n" % rnd.randrange(999), every=2.0))
# `ping -p`: a file in the data of pings, which are answered as they ought to be.
write("hexdump", series(40, lambda at, k: stamp(at) + noise(40)))
