#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A bag is checked with exactly the commands that its README-VERIFY.txt gives,
# whole and then broken in every file. usage: bag_by_hand.sh MAKE_BAG
set -eu
command -v openssl >/dev/null || exit 77
make_bag=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$make_bag" "$dir/bag"
cd "$dir/bag"

check() { # as the text says it, but from a copy: the bag's own may be the broken file
	sed -n 's/^    //p' "$dir/README" | sh -eu >"$dir/said" 2>&1
}
cp data/README-VERIFY.txt "$dir/README"
grep -q '^  sed -n .* | sh -eu$' "$dir/README"

check || { cat "$dir/said"; echo "a good bag was refused"; exit 1; }
for word in 'none too many' 'each signed by the key' 'name the files that are here'; do
	grep -q "$word" "$dir/said" || { cat "$dir/said"; echo "it did not say: $word"; exit 1; }
done
! command -v tshark >/dev/null || grep -q '\.pcapng: 1 packets' "$dir/said" ||
	{ cat "$dir/said"; echo "tshark did not see the packet"; exit 1; }
id=$(openssl pkey -pubin -in data/keys/sensor.pem -outform DER | sha256sum | cut -c -64)
grep -qx "$id" "$dir/said"

# One byte of every file, in its middle. Then a file too many, and one gone.
refused() {
	! check || { echo "not noticed: $1"; exit 1; }
}
flip() { # FILE OFFSET: change the byte there to another of its kind
	old=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null)
	new=0
	[ "$old" != 0 ] || new=1
	printf %s "$new" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
find . -type f | while read -r f; do
	size=$(wc -c <"$f")
	cp "$f" "$dir/was"
	flip "$f" $((size / 2))
	refused "$f"
	cp "$dir/was" "$f"
done
: >data/more
refused "a file too many"
rm data/more
mv data/report/report.html "$dir/report.html"
refused "a file gone"
mv "$dir/report.html" data/report/report.html

# Somebody who cannot sign changes a finding and writes new manifests that fit.
rewrite() {
	find data -type f | LC_ALL=C sort | xargs sha256sum >manifest-sha256.txt
	sha256sum bag-info.txt bagit.txt manifest-sha256.txt >tagmanifest-sha256.txt
}
cp -a "$dir/bag" "$dir/saved"
forge() { # NAME COMMAND...: the command changes data/
	name=$1
	shift
	"$@"
	rewrite
	refused "$name"
	grep -q 'files: all there' "$dir/said" || { cat "$dir/said"; echo "$name: for another reason"; exit 1; }
	rm -rf data && cp -a "$dir/saved/data" data
	rewrite
	check || { cat "$dir/said"; exit 1; }
}
signature() { sed -i 's/"sig":"./"sig":"A/;t' data/findings/*.dsse.json; }
payload() { sed -i 's/"payload":"eyJ/"payload":"eyK/' data/findings/*.dsse.json; }
slice() { flip "$(ls data/slices/*)" 100; }
flows() { flip "$(ls data/flows/*)" 3; }
other_key() { openssl genpkey -algorithm ED25519 | openssl pkey -pubout >data/keys/sensor.pem; }
forge "a signature" signature
forge "a payload" payload
forge "a slice" slice
forge "flow records" flows
forge "another key" other_key
echo "by hand: the bag holds, and $(find . -type f | wc -l) broken files, 2 tricks and 5 forgeries do not"
