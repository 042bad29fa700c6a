# SPDX-License-Identifier: Apache-2.0
# serve.sh: sourced after lib.sh by tests that need a witness ($g) or an authority; both end with the test.
pids=
trap 'for p in $pids; do kill "$p" 2>/dev/null || :; done; rm -rf "$t"' EXIT

first_line() { # first_line FILE: once it is there
	n=0
	until [ -s "$1" ] && [ "$(wc -l <"$1")" -ge 1 ]; do
		n=$((n + 1))
		[ "$n" -lt 300 ] || fail "nothing came: $1"
		python3 -c 'import time; time.sleep(0.05)'
	done
	sed -n '$p' "$1"
}
witness() { # witness NAME POLICY: begins one; $line is its line of a policy
	: >"$t/$1.line"
	"$g" witness --name "$1.example" --policy "$2" --key "$t/$1.key" "$t/$1.state" >"$t/$1.line" 2>"$t/$1.err" &
	pid=$!
	pids="$pids $pid"
	line=$(first_line "$t/$1.line")
	url=${line##* }
}

tsa() { # tsa ec|rsa: begins one, its root is $t/tsa-KIND/ca.pem, $url its address
	: >"$t/tsa-$1.url"
	python3 "$root/tests/system/tsa.py" "$t/tsa-$1" "$1" >"$t/tsa-$1.url" 2>"$t/tsa-$1.err" &
	pids="$pids $!"
	url=$(first_line "$t/tsa-$1.url")
}
