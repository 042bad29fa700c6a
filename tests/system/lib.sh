# SPDX-License-Identifier: Apache-2.0
# lib.sh: sourced by the scripts beside it. ./dev test sets
#   GEOPHONE            the gcc release     GEOPHONE_SANITIZED  gcc with ASan and UBSan
#   GEOPHONE_CLANG      the clang release   GEOPHONE_DATA       the captures, if there are any
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
: "${GEOPHONE:=$root/build/release/geophone}"
: "${GEOPHONE_SANITIZED:=$root/build/debug/geophone}"
: "${GEOPHONE_CLANG:=$root/build/clang/geophone}"
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
export XDG_DATA_HOME="$t/home" LC_ALL=C.UTF-8
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

need_data() { # need_data SET...: skip without the captures
	for set; do
		[ -n "${GEOPHONE_DATA:-}" ] && [ -d "$GEOPHONE_DATA/$set" ] || {
			echo "no captures here: $set"
			exit 77
		}
	done
}
fail() { echo "FAILED: $*"; exit 1; }
# status WANTED COMMAND...: run it and insist on its exit status.
status() {
	wanted=$1
	shift
	got=0
	"$@" || got=$?
	[ "$got" = "$wanted" ] || fail "exit status $got, not $wanted: $*"
}
