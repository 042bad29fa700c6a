# SPDX-License-Identifier: Apache-2.0
# carried.py DIR: a page that is asked for inside packets of others: GRE, VXLAN, 6in4, ERSPAN.
import ipaddress, os, struct, sys

from checksum import checksum

out = sys.argv[1]
T0 = 1_700_000_000


def ip(src, dst, proto, data):
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(data), proto, 64) + a.packed + b.packed + data
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0, 64, proto, 0, a.packed, b.packed)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data


def udp(sport, dport, data):
    return struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data


def tcp(src, dst, sport, dport, seq, ack, flags, data=b""):
    body = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 1000, 0, 0) + data
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 6:
        pseudo = a.packed + b.packed + struct.pack("!II", len(body), 6)
    else:
        pseudo = a.packed + b.packed + struct.pack("!BBH", 0, 6, len(body))
    body = body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]
    return ip(src, dst, 6, body)


def page(client, server, n):
    """(from the client, packet) of one connection that gets a page."""
    c, s, p = 1000, 5000, 40000 + n
    yield True, tcp(client, server, p, 80, c, 0, 2)
    yield False, tcp(server, client, 80, p, s, c + 1, 18)
    yield True, tcp(client, server, p, 80, c + 1, s + 1, 16)
    ask = b"GET /%d HTTP/1.1\r\nHost: www.example.net\r\n\r\n" % n
    yield True, tcp(client, server, p, 80, c + 1, s + 1, 24, ask)
    back = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900
    yield False, tcp(server, client, 80, p, s + 1, c + 1 + len(ask), 24, back)
    yield True, tcp(client, server, p, 80, c + 1 + len(ask), s + 1 + len(back), 17)
    yield False, tcp(server, client, 80, p, s + 1 + len(back), c + 2 + len(ask), 17)
    yield True, tcp(client, server, p, 80, c + 2 + len(ask), s + 2 + len(back), 16)


ethernet = lambda p: b"\0" * 12 + (b"\x86\xdd" if p[0] >> 4 == 6 else b"\x08\x00") + p
gre = lambda p: struct.pack("!HH", 0, 0x86DD if p[0] >> 4 == 6 else 0x0800) + p
vxlan = lambda p: udp(50000, 4789, struct.pack("!II", 0x08000000, 42 << 8) + ethernet(p))
erspan = lambda p: struct.pack("!HHIII", 0x1000, 0x88BE, 1, 0x1000002A, 0) + ethernet(p)


def write(name, ours, theirs, proto, wrap, client, server, tap=False, pages=20, desks=True):
    with open(os.path.join(out, name + ".pcap"), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        at = 0
        for n in range(pages):
            frames = []
            if desks:  # what the network does besides
                frames += [p for _, p in page("10.0.0.%d" % (20 + n % 12), "198.51.100.7", n)]
            for forth, p in page(client, server, n):
                a, b = (ours, theirs) if forth or tap else (theirs, ours)
                frames.append(ip(a, b, proto, wrap(p)))
            for p in frames:
                at += 1
                b = ethernet(p)
                f.write(struct.pack("<IIII", T0 + at // 10, at % 10 * 100000, len(b), len(b)) + b)


write("gre", "10.0.0.1", "203.0.113.9", 47, gre, "10.0.0.44", "172.30.0.5")
write("gre_in", "203.0.113.9", "10.0.0.1", 47, gre, "172.30.0.5", "10.0.0.44")
write("vxlan", "10.0.0.1", "203.0.113.9", 17, vxlan, "10.0.0.44", "172.30.0.5")
write("sixinfour", "192.168.7.2", "203.0.113.9", 41, lambda p: p, "2001:db8:7::5", "2001:db8:9::1")
write("sites", "10.0.0.1", "10.200.0.1", 47, gre, "10.0.0.44", "172.30.0.5")
write("tap", "10.0.0.1", "203.0.113.9", 17, vxlan, "10.0.0.44", "198.51.100.9", tap=True)
write("span", "10.0.0.1", "203.0.113.9", 47, erspan, "10.0.0.44", "198.51.100.9", tap=True)
