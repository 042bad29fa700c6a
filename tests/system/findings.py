# SPDX-License-Identifier: Apache-2.0
"""Ask questions of a file of findings (--json). Each argument is one question:

  alert HOST PEER PORT      there is a finding of medium or more for it
  clock HOST PORT SECONDS   a finding of HOST to that port whose window holds this period
  found KIND HOST [PEER [PORT]]  a finding of that kind about it, whatever its severity
  found-peer KIND PEER  a finding of that kind about that peer
  first KIND HOST PEER  the list begins with it
  not-found KIND     none of that kind
  only-about KIND TEXT  all of that kind are about names that hold TEXT, and there is one
  not-called KIND HOST PEER PORT  none of that kind about it, among findings of other kinds
  alerted KIND HOST  an alert of that kind whose host it is
  no-alert-from HOST        no alert whose host it is
  no-alert                  none at all
  alerts-at-most N          no more alerts than that
  at-most N                 no more findings than that
  names HOST NAME PORT      a finding of HOST about the name, without an address
  named KIND NAME           an alert of the kind about the name
  nobody ADDRESS            no finding is about that address
  above HOST PEER PORT OVER the alert is listed before every finding to port OVER, none an alert
"""
import json
import sys

ALERTS = ("medium", "high", "critical")


def main():
    findings = [json.loads(line) for line in open(sys.argv[1])]
    words = sys.argv[2:]
    what, args = words[0], words[1:]
    alerts = [f for f in findings if f["severity"] in ALERTS]

    def is_pair(f):
        return f["host"] == args[0] and f.get("peer") == args[1] and f["port"] == int(args[2])

    if what == "alert":
        ok = any(is_pair(f) for f in alerts)
    elif what == "clock":
        ns = int(args[2]) * 10**9
        ok = any(f["kind"] == "beacon" and f["host"] == args[0] and f["port"] == int(args[1])
                 and f["shape"]["low_ns"] <= ns < f["shape"]["high_ns"] for f in findings)
    elif what in ("found", "alerted"):
        ok = any(f["kind"] == args[0] and f["host"] == args[1]
                 and (len(args) < 3 or f.get("peer") == args[2])
                 and (len(args) < 4 or f["port"] == int(args[3]))
                 for f in (alerts if what == "alerted" else findings))
    elif what == "found-peer":
        ok = any([f["kind"], f.get("peer")] == args for f in findings)
    elif what == "first":
        ok = bool(findings) and [findings[0][k] for k in ("kind", "host", "peer")] == args
    elif what == "not-called":
        kind, *args = args
        ok = findings and not any(f["kind"] == kind and is_pair(f) for f in findings)
    elif what == "only-about":
        ours = [f.get("name") or "" for f in findings if f["kind"] == args[0]]
        ok = bool(ours) and all(args[1] in name for name in ours)
    elif what == "not-found":
        ok = not any(f["kind"] == args[0] for f in findings)
    elif what == "no-alert-from":
        ok = not any(f["host"] == args[0] for f in alerts)
    elif what == "no-alert":
        ok = not alerts
    elif what == "alerts-at-most":
        ok = len(alerts) <= int(args[0])
    elif what == "at-most":
        ok = len(findings) <= int(args[0])
    elif what == "names":
        ok = any(f["host"] == args[0] and f.get("name") == args[1] and "peer" not in f
                 and f["port"] == int(args[2]) for f in findings)
    elif what == "named":
        ok = any(f["kind"] == args[0] and f.get("name") == args[1] for f in alerts)
    elif what == "nobody":
        ok = findings and not any(f.get("peer") == args[0] for f in findings)
    elif what == "above":
        mine = min((i for i, f in enumerate(findings) if is_pair(f)), default=None)
        over = [i for i, f in enumerate(findings) if f["port"] == int(args[3])]
        ok = (mine is not None and over and mine < min(over)
              and not any(f["port"] == int(args[3]) for f in alerts))
    else:
        sys.exit(f"no such question: {what}")
    if not ok:
        for f in findings[:20]:
            print(f["severity"], f["kind"], f["host"], f.get("peer"), f["port"], f["control"]["odds_mb"], f["llr_mb"])
        sys.exit(f"FAILED: {' '.join(words)}")
    print(f"{' '.join(words)}: yes, of {len(findings)} findings, {len(alerts)} alerts")


main()
