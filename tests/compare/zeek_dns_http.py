#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zeek_dns_http.py GEOPHONE ZEEK: our dns.log and http.log beside Zeek's.

ZEEK is a folder with INDEX.tsv (trace, test, command, baseline_files), Traces/
and Baseline/<test>/. `GEOPHONE flows -o DIR` writes Zeek's logs of a trace; each
row of a baseline is paired with the row of ours that has the same ends and the
fewest differences, and the fields that both have are compared, times, UIDs and
Community IDs apart. A field that Zeek left unset (-) is not compared, but for
those that say what was seen of a transaction (rcode, status_code). Names are
compared in lower case. Zeek's URIs are decoded (%2F) and ours are as they were
sent: ours is decoded for the comparison. Answers of which we keep the type alone
are compared by number and time to live. Of baselines that the tests cut to some
columns (.cut) those are compared. Rows that were logged twice for the same trace
count once. A habit of Zeek's is put right and counted: to a body of text whose
last line has no end it adds two bytes for one.

Prints each row that differs in a way that zeek_dns_http.tsv does not list with a
reason, and a line that it lists and nothing shows any more; exits 1 then, or when
fewer rows agree in all fields than --least per cent (90), listed ones counted as
different.
"""
import argparse
import collections
import csv
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

LISTED = pathlib.Path(__file__).with_name("zeek_dns_http.tsv")
ENDS = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"]
FIELDS = {
    "dns": ["proto", "trans_id", "query", "qclass", "qtype", "rcode", "TC", "answers", "TTLs"],
    "http": ["trans_depth", "method", "host", "uri", "version", "user_agent",
             "request_body_len", "response_body_len", "status_code"],
}
SEEN = {"rcode", "status_code"}  # unset says that there was no response


def rows_of(path):
    names, rows = None, []
    for line in path.read_text(errors="surrogateescape").splitlines():
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif line and not line.startswith("#"):
            if names is None:
                names = line.split("\t")
            else:
                rows.append(dict(zip(names, line.split("\t"))))
    return rows


def ours(geophone, trace, to):
    """Our rows by log."""
    run = subprocess.run([geophone, "flows", "-q", "-o", to, trace], capture_output=True,
                         text=True)
    if run.returncode not in (0, 3):
        sys.exit(f"{trace}: {run.stderr}")
    return {log: rows_of(to / f"{log}.log") for log in FIELDS}


ESCAPED = re.compile(r"\\x([0-9a-f]{2})")


def plain(text):
    return ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def answer(text):
    """Of a TXT record the strings, which Zeek counts and we join; of an UPDATE what it adds."""
    if text.startswith("TXT "):
        return re.sub(r" ?TXT \d+ ", "", text)
    added = re.match(r"add: \S+ \S+ (\S+)$", text)
    return added[1] if added else text


def same(field, theirs, mine):
    if field == "answers":
        theirs, mine = [[answer(a) for a in t.split(",")] for t in (theirs, mine)]
        return len(theirs) == len(mine) and all(
            m == "(empty)" or m == z for m, z in zip(mine, theirs))
    if field in ("query", "host"):
        return theirs.lower() == mine
    if field == "uri":
        return plain(theirs) == urllib.parse.unquote(plain(mine), encoding="latin-1")
    if field == "status_code":
        return theirs.replace("0", "-") == mine if len(theirs) == 1 else theirs == mine
    return theirs == mine


def is_habit(field, theirs, mine):
    return field.endswith("_body_len") and mine.isdigit() and mine != "0" and \
        theirs == str(int(mine) + 2)


def differing(log, theirs, mine):
    """Fields that differ; habits are not counted here."""
    out = []
    for f in FIELDS[log]:
        if f not in theirs or (theirs[f] == "-" and f not in SEEN):
            continue
        if not same(f, theirs[f], mine[f]) and not is_habit(f, theirs[f], mine[f]):
            out.append(f)
    return out


def pair(log, theirs, mine):
    """(row of Zeek's, row of ours or None, fields that differ), best pairs first."""
    left, pairs = list(mine), []
    for most in range(len(FIELDS[log]) + 1):
        rest = []
        for z in theirs:
            near = [m for m in left if all(z.get(k, m[k]) == m[k] for k in ENDS)]
            best = min(near, key=lambda m: len(differing(log, z, m)), default=None)
            if best is not None and len(differing(log, z, best)) <= most:
                left.remove(best)
                pairs.append((z, best, differing(log, z, best)))
            else:
                rest.append(z)
        theirs = rest
    return pairs + [(z, None, ["missing"]) for z in theirs], left


def read_list():
    out = {}
    if LISTED.exists():
        with open(LISTED, newline="") as f:
            for line in csv.DictReader((r for r in f if not r.startswith("#")),
                                       delimiter="\t"):
                key = line["log"], line["trace"], line["row"], line["differs"]
                out[key] = [int(line["times"]), line["why"]]
    return out


def write_list(found, listed):
    """Every difference of today with the reason that it had; `?` where there is none yet."""
    with open(LISTED, "w", newline="") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Rows of Zeek's dns.log and http.log baselines that ours differ from, and why. "
                "Written by zeek_dns_http.py --write; the reasons by hand.\n")
        out = csv.writer(f, delimiter="\t", lineterminator="\n")
        out.writerow(["log", "trace", "row", "differs", "times", "why"])
        for key, n in sorted(found.items()):
            out.writerow([*key, n, listed.get(key, [0, "?"])[1]])


def name(log, row):
    what = ["trans_id"] if log == "dns" else ["trans_depth", "method", "status_code"]
    return " ".join(row[k] for k in ENDS + what if k in row)


def cases(zeek):
    """(log, trace, test, rows), each once for a trace."""
    seen = set()
    with open(zeek / "INDEX.tsv", newline="") as f:
        for line in csv.DictReader(f, delimiter="\t"):
            for log in FIELDS:
                path = zeek / "Baseline" / line["test"] / f"{log}.log"
                if not path.exists():
                    path = path.with_suffix(".log.cut")
                if not path.exists():
                    continue
                rows = [r for r in rows_of(path) if set(r) & set(FIELDS[log])]
                mark = log, line["trace"], str(sorted(
                    sorted((k, v) for k, v in r.items() if k in FIELDS[log] + ENDS)
                    for r in rows))
                if mark not in seen:
                    seen.add(mark)
                    yield log, line["trace"], line["test"], rows


def main():
    args = argparse.ArgumentParser()
    args.add_argument("geophone")
    args.add_argument("zeek", type=pathlib.Path)
    args.add_argument("--least", type=float, default=90)
    args.add_argument("--verbose", action="store_true", help="each row that differs")
    args.add_argument("--write", action="store_true", help="write the list anew")
    args = args.parse_args()
    listed, found = read_list(), collections.Counter()
    total, agreed, extra, habits = (collections.Counter() for _ in range(4))
    with tempfile.TemporaryDirectory() as t:
        for i, (log, trace, test, rows) in enumerate(cases(args.zeek)):
            mine = ours(args.geophone, args.zeek / "Traces" / trace, pathlib.Path(t) / str(i))
            pairs, left = pair(log, rows, mine[log])
            extra[log] += len(left)
            for z, m, diff in pairs:
                total[log] += 1
                habits[log] += not diff and any(
                    is_habit(f, z.get(f, "-"), m[f]) for f in FIELDS[log])
                agreed[log] += not diff
                if not diff:
                    continue
                key = log, trace, name(log, z), ",".join(diff)
                found[key] += 1
                if args.verbose or (found[key] > listed.get(key, [0])[0] and not args.write):
                    what = [f if m is None else f"{f}={z[f]}|{m[f]}" for f in diff]
                    print("differs", *key[:3], *what, sep="\t")
            if args.verbose:
                for m in left:
                    print("extra", log, trace, name(log, m), sep="\t")
    if args.write:
        write_list(found, listed)
        listed = read_list()
    bad, why = False, collections.Counter()
    for key, n in found.items():
        times, reason = listed.get(key, [0, "?"])
        why[key[0], reason] += min(n, times)
        bad |= n > times or reason == "?"
    for key in listed:
        if key not in found:
            print("listed, but agrees now", *key, sep="\t")
            bad = True
    for (log, reason), n in why.most_common():
        print(f"{log}: {n} rows\t{reason}")
    for log in FIELDS:
        share = 100 * agreed[log] / total[log] if total[log] else 0
        bad |= share < args.least
        print(f"{log}: {agreed[log]} of {total[log]} rows agree in all fields that both have: "
              f"{share:.1f} %, {habits[log]} of them but for its two bytes; "
              f"{extra[log]} rows of ours that Zeek has not")
    return bad


if __name__ == "__main__":
    sys.exit(main())
