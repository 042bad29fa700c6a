#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tls_peers.py FLOWDUMP DATA [PEER...]: how far our TLS traits agree with other programs'.

DATA holds the sets of captures. FLOWDUMP -t prints the traits of a capture as
lines of JSON. Peers:

  ja4     every JA4 of TLS clients that FoxIO tells of its captures: all must be ours
  zeek    ssl.log and x509.log of Zeek's tests, on the fields we have
  arkime  server names, JA3 and JA3S of Arkime's tests
  ndpi    server names, JA3, JA3S and JA4 that ndpiReader tells. Its JA4 of 2024 has
          habits that are not the method's: where it is not ours, the part that its
          own ALPN, name and versions contradict is put right first, and counted

A value that they tell and we do not, or that is another, is a difference. Each
must stand in tls_differences.tsv with its reason, which holds for a capture and
a field (either may be *); one that does not is printed and fails, and so does a
peer with less agreement than --least (per cent, listed ones counted as wrong), or
a line of the list that explains nothing.
"""
import argparse
import collections
import csv
import fnmatch
import ipaddress
import json
import pathlib
import re
import subprocess
import sys

VERSIONS = {0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv10", 0x0302: "TLSv11",
            0x0303: "TLSv12", 0x0304: "TLSv13", 0x7f17: "TLSv13-draft23",
            0xfeff: "DTLSv10", 0xfefd: "DTLSv12"}
CIPHERS = {0x0004: "TLS_RSA_WITH_RC4_128_MD5", 0x0005: "TLS_RSA_WITH_RC4_128_SHA",
           0x002f: "TLS_RSA_WITH_AES_128_CBC_SHA", 0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
           0x009c: "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009d: "TLS_RSA_WITH_AES_256_GCM_SHA384",
           0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0x1301: "TLS_AES_128_GCM_SHA256",
           0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256",
           0xc011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
           0xc013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
           0xc014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
           0xc028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
           0xc02b: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
           0xc02c: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
           0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
           0xc030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
           0xcca8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
           0xcca9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}


class Count:
    """Values compared with one peer."""

    def __init__(self, peer, listed):
        self.peer, self.listed = peer, listed
        self.total = self.agreed = self.unlisted = 0
        self.reasons = collections.Counter()

    def see(self, capture, field, where, theirs, ours):
        self.total += 1
        if theirs in ours if isinstance(ours, (set, list)) else theirs == ours:
            self.agreed += 1
            return
        for line in self.listed:
            if (line["peer"] == self.peer and fnmatch.fnmatch(capture, line["capture"]) and
                    fnmatch.fnmatch(field, line["field"]) and
                    fnmatch.fnmatch(where, line["where"] or "*")):
                line["used"] += 1
                self.reasons[line["reason"]] += 1
                return
        self.unlisted += 1
        print("differs", self.peer, capture, field, where, theirs, ours, sep="\t")


def ours(flowdump, capture):
    run = subprocess.run([flowdump, "-t", str(capture)], capture_output=True, text=True)
    traits = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode not in (0, 3):
        sys.exit(f"flowdump failed on {capture}: {run.stderr}")
    return [t for t in traits if t["_path"] == "ssl"]


def address(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text  # ndpiReader shortens some twice


def ends(a, a_port, b, b_port):
    return frozenset([(address(a), int(a_port)), (address(b), int(b_port))])


def by_ends(traits):
    out = collections.defaultdict(list)
    for t in traits:
        out[ends(t["id.orig_h"], t["id.orig_p"], t["id.resp_h"], t["id.resp_p"])].append(t)
    return out


def word(key):
    return " ".join(sorted(f"{h}:{p}" for h, p in key))


def ja4(flowdump, data, count):
    for told in sorted((data / "ja4/expected").glob("*.ja4client.json")):
        name = told.name.removesuffix(".ja4client.json")
        have = by_ends(ours(flowdump, data / "ja4/pcap" / name))
        for e in json.loads(told.read_text()):
            key = ends(e["src"], e["srcport"], e["dst"], e["dstport"])
            for field, value in e.items():
                if re.fullmatch(r"JA4\.\d+", field):
                    count.see(name, "ja4", word(key), value,
                              {t["ja4" if field == "JA4.1" else "ja4_retry"] for t in have[key]})
            if "domain" in e:
                count.see(name, "server_name", word(key), e["domain"],
                          {t["server_name"] for t in have[key]})


def arkime(flowdump, data, count):
    for told in sorted((data / "arkime/pcap").glob("*.test")):
        name = told.stem + ".pcap"
        if not (told.parent / name).exists():
            continue
        have = None
        for session in json.loads(told.read_text())["sessions3"]:
            b = session["body"]
            spoken = set(b.get("protocol", []))
            if not spoken & {"tls", "quic", "dtls"}:
                continue
            have = by_ends(ours(flowdump, told.parent / name)) if have is None else have
            key = ends(b["source"]["ip"], b["source"].get("port", 0),
                       b["destination"]["ip"], b["destination"].get("port", 0))
            for field in ("ja3", "ja3s"):
                for value in b.get("tls", {}).get(field, []):
                    count.see(name, field, word(key), value, {t[field] for t in have[key]})
            if "http" in spoken:
                continue  # its hosts are of requests too
            for value in b.get("http", {}).get("host", []):
                count.see(name, "server_name", word(key), value,
                          {t["server_name"] for t in have[key]})


NDPI_FLOW = re.compile(r"^\t\d+\t(TCP|UDP) (\S+) <?->? (\S+) \[proto: ([^\]]*)\]")
NDPI_FIELDS = {"ja3": "JA3C", "ja3s": "JA3S", "ja4": "JA4"}


def ndpi_end(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), port


EMPTY = "e3b0c44298fc"  # SHA-256 of nothing; JA4 says zeroes


def ja4_ends(protocol):
    first, last = protocol[0], protocol[-1]
    return first + last if first.isalnum() and last.isalnum() else f"{ord(first):02x}"[0] + \
        f"{ord(last):02x}"[1]


def ndpi_ja4(line, told):
    """(the JA4 that follows from what nDPI tells besides, which of its habits it shows)."""
    want, habits = told, []
    offered = re.search(r"\[\(Advertised\) ALPNs: ([^;\]]*)", line)
    if offered and want[8:10] != ja4_ends(offered[1]):
        want = want[:8] + ja4_ends(offered[1]) + want[10:]
        habits.append("JA4 ends with characters that are not the first and last of its ALPN")
    named = "d" if "[Hostname/SNI:" in line else "i"
    if want[3] != named:
        want = want[:3] + named + want[4:]
        habits.append("JA4 says of the name what its server name does not (no name, or numbers)")
    versions = re.search(r"\[TLS Supported Versions: ([^\]]*)", line)
    if want[1:3] == "00" and versions and "TLSv1.3" in versions[1]:
        want = want[:1] + "13" + want[3:]
        habits.append("JA4 has no version where its supported versions have one")
    if EMPTY in want:
        want = want.replace(EMPTY, "0" * 12)
        habits.append("JA4 hashes an empty list, where the method says zeroes")
    return want, habits


def ndpi(flowdump, data, count):
    for told in sorted((data / "ndpi/result").glob("*.out")):
        name = told.name.removesuffix(".out")
        lines = [line for line in told.read_text(errors="replace").splitlines()
                 if NDPI_FLOW.match(line) and re.search(r"\[(JA3C|JA3S|JA4|QUIC ver):", line)]
        if not lines or not (data / "ndpi/pcap" / name).exists():
            continue
        have = by_ends(ours(flowdump, data / "ndpi/pcap" / name))
        for line in lines:
            m = NDPI_FLOW.match(line)
            key = ends(*ndpi_end(m[2]), *ndpi_end(m[3]))
            for field, theirs in NDPI_FIELDS.items():
                value = re.search(rf"\[{theirs}: (\w+)", line)
                if not value:
                    continue
                have_values, want = {t[field] for t in have[key]}, value[1]
                if field == "ja4" and want not in have_values:
                    want, habits = ndpi_ja4(line, want)
                    if want in have_values:
                        count.reasons.update("corrected: " + h for h in habits)
                count.see(name, field, word(key), want, have_values)
            value = re.search(r"\[Hostname/SNI: ([^\]]*)\]", line)
            if value and ("TLS" in m[4] or "QUIC" in m[4] or "[JA3C" in line):
                count.see(name, "server_name", word(key), value[1],
                          {t["server_name"] for t in have[key]})


def zeek_rows(path):
    names, rows = None, []
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif line and not line.startswith("#"):
            if names is None:
                names = line.split("\t")
            else:
                rows.append(dict(zip(names, line.split("\t"))))
    return rows


def plain(text):
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)


def zeek_says(t):
    """A trait of ours in the words of ssl.log."""
    return {
        "version": VERSIONS.get(t["version"], f"unknown-{t['version']}"),
        "cipher": CIPHERS.get(t["cipher"], f"unknown-{t['cipher']}"),
        "server_name": t["server_name"],
        "resumed": "FT"[t["resumed"]],
        "established": "FT"[t["established"]],
        "next_protocol": t["alpn"],
        "cert_chain_fps": t["cert_sha256"],
        "subject": plain(t["subject"]),
        "issuer": plain(t["issuer"]),
    }


def zeek_x509(count, trace, path, traits):
    told = {r["fingerprint"]: r for r in zeek_rows(path) if "fingerprint" in r}
    for t in traits:
        if not t["certificate"]:
            continue
        row = told.get(t["cert_sha256"])
        count.see(trace, "fingerprint", "", t["cert_sha256"], set(told))
        if row is None:
            continue
        for field in ("subject", "issuer"):
            count.see(trace, field, t["cert_sha256"], plain(row[f"certificate.{field}"]),
                      t[field])
        for theirs, field in (("certificate.not_valid_before", "not_before_ns"),
                              ("certificate.not_valid_after", "not_after_ns")):
            count.see(trace, field, t["cert_sha256"], float(row[theirs]), t[field] / 1e9)


def zeek_ssl(count, trace, path, traits):
    left = list(traits)
    for row in zeek_rows(path):
        same = [t for t in left if all(
            str(t[k]) == row[k] for k in ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
            if k in row)]
        where = " ".join(row.get(k, "") for k in ("id.orig_h", "id.orig_p", "id.resp_h"))
        count.see(trace, "row", where, True, bool(same))
        if not same:
            continue
        left.remove(same[0])
        have = zeek_says(same[0])
        for field, value in have.items():
            want = plain(row.get(field, "-")).split(",")[0] if field == "cert_chain_fps" \
                else plain(row.get(field, "-"))
            if want not in ("-", "(empty)"):
                count.see(trace, field, where, want, value)
    if traits and "id.orig_h" in next(iter(zeek_rows(path)), {}):
        for t in left:
            count.see(trace, "row", f"{t['id.orig_h']} {t['id.orig_p']} {t['id.resp_h']}",
                      "not there", "there")


def zeek(flowdump, data, count):
    seen = set()
    with open(data / "zeek/INDEX.tsv", newline="") as f:
        for line in csv.DictReader(f, delimiter="\t"):
            folder = data / "zeek/Baseline" / line["test"]
            logs = [p for p in folder.glob("*") if p.name.split(".")[0] in ("ssl", "x509")]
            if not logs or (line["trace"], line["test"]) in seen:
                continue
            seen.add((line["trace"], line["test"]))
            traits = ours(flowdump, data / "zeek/Traces" / line["trace"])
            for log in sorted(logs):
                (zeek_ssl if log.name.startswith("ssl") else zeek_x509)(
                    count, line["trace"], log, traits)


PEERS = {"ja4": ja4, "zeek": zeek, "arkime": arkime, "ndpi": ndpi}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("flowdump")
    args.add_argument("data", type=pathlib.Path)
    args.add_argument("peer", nargs="*", default=sorted(PEERS))
    args.add_argument("--least", type=float, default=95)
    args = args.parse_args()
    with open(pathlib.Path(__file__).with_name("tls_differences.tsv"), newline="") as f:
        listed = [dict(line, used=0) for line in
                  csv.DictReader((r for r in f if not r.startswith("#")), delimiter="\t")]
    bad = False
    for peer in args.peer:
        count = Count(peer, listed)
        PEERS[peer](args.flowdump, args.data, count)
        share = 100 * count.agreed / count.total if count.total else 0
        least = 100 if peer == "ja4" else args.least
        for why, n in count.reasons.most_common():
            print(f"{peer}\t{n} values\t{why}")
        print(f"{peer}: {count.agreed} of {count.total} values agree: {share:.2f} %; "
              f"{count.unlisted} differ without a reason")
        bad |= share < least or count.unlisted > 0
    for line in listed:
        if line["peer"] in args.peer and line["used"] == 0:
            print("explains nothing:", line["peer"], line["capture"], line["field"], line["where"])
            bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main())
