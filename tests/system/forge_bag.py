# SPDX-License-Identifier: Apache-2.0
"""forge_bag.py BAG KEY.pem CHANGES.json OUT: a sound bag of findings nobody made.

The first beacon of BAG, its name taken away, is changed as each object of CHANGES says (keys of its core; null takes
one away), signed with the private KEY, and put into OUT, a bag without faults: what somebody with
a key of his own can always send."""
import base64, hashlib, json, os, subprocess, sys, tempfile

bag, key, changes, out = sys.argv[1:]


def canonical(x):
    return json.dumps(x, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


folder = os.path.join(bag, "data/findings")
envelopes = [json.load(open(os.path.join(folder, n))) for n in sorted(os.listdir(folder))]
bodies = [json.loads(base64.b64decode(e["payload"])) for e in envelopes]
body = next(b for b in bodies if b["predicate"]["result"]["kind"] == "beacon")
pem = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, capture_output=True).stdout
der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                     capture_output=True).stdout
files = {"data/keys/sensor.pem": pem}
for change in json.load(open(changes)):
    core = {k: v for k, v in {**body["predicate"]["result"], "name": None, **change}.items() if v is not None}
    fid = hashlib.sha256(canonical(core)).hexdigest()
    made = dict(body, predicate=dict(body["predicate"], result=core, finding_id=fid,
                                     sensor={"key": hashlib.sha256(der).hexdigest()}))
    payload = canonical(made)
    kind = envelopes[0]["payloadType"]
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload))
        f.flush()
        sig = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", f.name],
                             check=True, capture_output=True).stdout
    files[f"data/findings/{fid}.dsse.json"] = canonical({
        "payload": base64.b64encode(payload).decode(), "payloadType": kind,
        "signatures": [{"keyid": hashlib.sha256(der).hexdigest(), "sig": base64.b64encode(sig).decode()}]})


def lines(named):
    return b"".join(b"%s  %s\n" % (hashlib.sha256(named[n]).hexdigest().encode(), n.encode()) for n in sorted(named))


tags = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": b"Payload-Oxum: %d.%d\n" % (sum(map(len, files.values())), len(files)),
        "manifest-sha256.txt": lines(files)}
for name, data in {**files, **tags, "tagmanifest-sha256.txt": lines(tags)}.items():
    path = os.path.join(out, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").write(data)
