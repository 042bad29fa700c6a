# SPDX-License-Identifier: Apache-2.0
# told.sh: what is found of the network of meters.py, in short, behind lib.sh.

# Who calls whom how often, and how many pairs there are.
told() {
	"$GEOPHONE" analyze -q --json "$1" 2>/dev/null >"$t/findings"
	python3 - "$t/findings" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    f = json.loads(line)
    if f["kind"] == "beacon":
        print(f["host"], f["peer"], f["port"], f["proto"], f["contacts"], f["severity"],
              round(f["shape"]["period_ns"] / 1e9))
PY
	"$GEOPHONE" analyze -q "$1" 2>/dev/null | grep -o "[0-9,]* pairs of host and service"
}
