/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/readme.h"

/* clang-format off */
static const char before[] =
"HOW TO CHECK THIS BAG BY HAND\n"
"\n"
"You need sh, coreutils, sed and openssl 3, and nothing of ours. The lines that\n"
"are indented by four spaces are commands. Go to the folder that holds bagit.txt\n"
"and type them one after the other, or all at once:\n"
"\n"
"  sed -n 's/^    //p' data/README-VERIFY.txt | sh -eu\n"
"\n"
"With the program it is: geophone verify FOLDER\n";

static const char after[] =
"\n"
"1. Nothing broke on the way\n"
"\n"
"Every file has the hash that the manifests name, and there are no others.\n"
"\n"
"    T=$(mktemp -d)\n"
"    sha256sum --quiet --strict -c tagmanifest-sha256.txt\n"
"    sha256sum --quiet --strict -c manifest-sha256.txt\n"
"    { cut -c 67- manifest-sha256.txt tagmanifest-sha256.txt\n"
"      echo tagmanifest-sha256.txt; } | LC_ALL=C sort > \"$T/named\"\n"
"    find . ! -type d | sed 's,^\\./,,' | LC_ALL=C sort > \"$T/there\"\n"
"    cmp \"$T/named\" \"$T/there\"\n"
"    test -z \"$(find . ! -type d ! -type f)\"\n"
"    echo 'files: all there, none changed, none too many'\n"
"\n"
"What this does not show: that nobody wrote new manifests after a change.\n"
"\n"
"2. The findings are signed\n"
"\n"
"Each file in data/findings/ is a DSSE envelope: a statement in base64 and an\n"
"signature (Ed25519, or ECDSA on P-256 with SHA-256 in DER, as the key is) of\n"
"\"DSSEv1 LENGTH TYPE LENGTH STATEMENT\" by the key in data/keys/sensor.pem.\n"
"\n"
"    for f in data/findings/*.dsse.json; do\n"
"      test -e \"$f\" || continue\n"
"      b=$T/$(basename \"$f\" .dsse.json)\n"
"      sed -n 's/^{\"payload\":\"\\([^\"]*\\)\".*/\\1/p' \"$f\" | openssl base64 -d -A > \"$b.body\"\n"
"      sed -n 's/.*\"sig\":\"\\([^\"]*\\)\"}]}$/\\1/p' \"$f\" | openssl base64 -d -A > \"$b.sig\"\n"
"      { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' $(wc -c < \"$b.body\")\n"
"        cat \"$b.body\"; } > \"$b.pae\"\n"
"      openssl pkeyutl -verify -pubin -inkey data/keys/sensor.pem -rawin \\\n"
"        -in \"$b.pae\" -sigfile \"$b.sig\" > \"$b.said\" || { cat \"$b.said\"; echo \"$f\"; false; }\n"
"    done\n"
"    echo 'findings: each signed by the key with this id:'\n"
"    openssl pkey -pubin -in data/keys/sensor.pem -outform DER | sha256sum | cut -c -64\n"
"\n"
"What this does not show: whose key it is, for it lies in the same bag. Compare\n"
"the id with one that reached you another way. Nor when it was signed: without a\n"
"stamp or a cosignature of somebody else this bag is unwitnessed.\n"
"\n"
"3. The files are those that were signed\n"
"\n"
"A statement names the files it rests on by SHA-256. Its finding id is the\n"
"SHA-256 of its result, and its key is the one above.\n"
"\n"
"    K=$(openssl pkey -pubin -in data/keys/sensor.pem -outform DER | sha256sum | cut -c -64)\n"
"    for b in \"$T\"/*.body; do\n"
"      test -e \"$b\" || continue\n"
"      sed 's/.*\"subject\":\\[//' \"$b\" | tr '{' '\\n' |\n"
"        sed -n 's/^\"sha256\":\"\\([0-9a-f]*\\)\"},\"name\":\"\\([^\"]*\\)\"}.*/\\1  \\2/p' > \"$b.files\"\n"
"      test -s \"$b.files\"\n"
"      sha256sum --quiet --strict -c \"$b.files\"\n"
"      sed -n 's/.*}\\],\"result\":\\(.*\\),\"salt\":\"[0-9a-f]*\",\"schema\":1,\"sensor\":.*/\\1/p' \"$b\" |\n"
"        tr -d '\\n' | sha256sum | cut -c -64 > \"$b.id\"\n"
"      grep -q \"\\\"finding_id\\\":\\\"$(cat \"$b.id\")\\\",\\\"inputs\\\":\" \"$b\"\n"
"      grep -q \"\\\"schema\\\":1,\\\"sensor\\\":{\\\"key\\\":\\\"$K\\\"}\" \"$b\"\n"
"    done\n"
"    echo 'statements: they name the files that are here'\n"
"\n"
"What this does not show: that the packets were on the wire, only that the holder\n"
"of the key committed to these bytes.\n"
"\n"
"4. Look for yourself\n"
"\n"
"The packets a finding rests on open in any analyser. The loop runs where tshark\n"
"is installed.\n"
"\n"
"    for s in data/slices/*.pcapng; do\n"
"      test -e \"$s\" && command -v tshark > \"$T/which\" || continue\n"
"      echo \"$s: $(tshark -n -r \"$s\" -T fields -e frame.number 2> \"$T/said\" | wc -l) packets\"\n"
"    done\n"
"    rm -r \"$T\"\n"
"\n"
"Whether a finding follows from those packets is computed again by\n"
"`geophone verify`; a finding that does not come out again is not reproduced,\n"
"which is not the same as false.\n";
/* clang-format on */

void
evidence_readme(struct buf *out, const char *version)
{
	buf_puts(out, before);
	buf_printf(out, "(this bag was written by geophone %s)\n", version);
	buf_puts(out, after);
}

/* clang-format off */
static const char certify_head[] =
"CERTIFICATION (a template: a person fills it in and signs; no program can)\n"
"\n"
"I, ______________________ (name), ______________________ (position, organisation),\n"
"am qualified to say the following because ______________________________________.\n"
"\n"
"1. The record in this folder was made on ______________ (date) at ______________\n"
"   (place) by an electronic process, on inputs that came from ___________________\n"
"   (sensor, network, who installed it) under _____________ (authority, reference).\n";

static const char certify_tail[] =
"3. The clock of the sensor was set by ______________ and was off by at most ______.\n"
"   What was not seen: ____________________ (drops, gaps, sampling; see the report).\n"
"4. This copy is identified by the SHA-256 of tagmanifest-sha256.txt, which I\n"
"   computed myself on ______________ (date) with ______________ (tool):\n"
"   ________________________________________________________________\n"
"5. Between its making and today it was held by (person, from, to, how stored):\n"
"   ________________________________________________________________\n"
"6. The process gives an accurate result: tested by _________________ (whom, when,\n"
"   on which data), with a rate of false findings of ______________.\n"
"\n"
"I do not say who is behind what is recorded here.\n"
"\n"
"Signed ______________________   Date ______________   Place ______________\n";
/* clang-format on */

void
evidence_certification(struct buf *out, const char *version, const char *key_id)
{
	buf_puts(out, certify_head);
	buf_printf(out,
	    "2. The process was geophone %s. Its findings are signed by the key with the "
	    "id\n   %s,\n   which I hold or had from ______________ by ______________ "
	    "(another way than this\n   folder).\n",
	    version, key_id);
	buf_puts(out, certify_tail);
}
