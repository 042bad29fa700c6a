// SPDX-License-Identifier: Apache-2.0
// check.js CASE POLICY TSA-URL TSA-DIR: makes Sigstore bundles (v0.3) of findings of a bag, out of
// its envelopes and proofs and a stamp over each signature, and has @sigstore/verify judge them, as
// they are and with each thing changed.
const crypto = require('crypto');
const fs = require('fs');
const { execFileSync } = require('child_process');
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { toTrustMaterial, toSignedEntity, Verifier } = require('@sigstore/verify');

const [kase, policy, tsaUrl, tsaDir] = process.argv.slice(2);
const b64 = (bytes) => Buffer.from(bytes).toString('base64');
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();
const der = (pem) => execFileSync('openssl', ['x509', '-in', pem, '-outform', 'DER']);
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function spkiOf(pem) {
  return crypto.createPublicKey(fs.readFileSync(pem)).export({ type: 'spki', format: 'der' });
}
// Rekor v2's entry in RFC 8785 spelling, written here on our own: sorted keys, no white space.
function leafOf(pae, sig, spki) {
  return Buffer.from(JSON.stringify({ apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002: {
    data: { algorithm: 'SHA2_256', digest: b64(sha256(pae)) },
    signature: { content: sig, verifier: { keyDetails: spki.length === 44 ? 'PKIX_ED25519' : 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: b64(spki) } } },
  } } }));
}
function stamp(sig) {
  fs.writeFileSync(`${tsaDir}/sig`, Buffer.from(sig, 'base64'));
  execFileSync('openssl', ['ts', '-query', '-data', `${tsaDir}/sig`, '-sha256', '-cert', '-out', `${tsaDir}/sig.tsq`], { stdio: 'ignore' });
  execFileSync('python3', ['-c', `import sys, urllib.request
q = urllib.request.Request(sys.argv[1], data=open(sys.argv[2], "rb").read(), headers={"Content-Type": "application/timestamp-query"})
open(sys.argv[3], "wb").write(urllib.request.urlopen(q).read())`, tsaUrl, `${tsaDir}/sig.tsq`, `${tsaDir}/sig.tsr`]);
  return b64(fs.readFileSync(`${tsaDir}/sig.tsr`));
}

const [, vname, , vkey] = /^log ([^+]+)\+([0-9a-f]{8})\+(\S+)/m.exec(fs.readFileSync(policy, 'utf8'));
const logPub = Buffer.from(vkey, 'base64').subarray(1);
const logId = b64(sha256(Buffer.concat([Buffer.from(`${vname}\n\x01`), logPub])));
const forever = { start: '2020-01-01T00:00:00Z' };
const root = {
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [{ baseUrl: `https://${vname}`, hashAlgorithm: 'SHA2_256', logId: { keyId: logId }, checkpointKeyId: { keyId: logId },
    publicKey: { rawBytes: b64(Buffer.concat([SPKI, logPub])), keyDetails: 'PKIX_ED25519', validFor: forever } }],
  certificateAuthorities: [], ctlogs: [],
  timestampAuthorities: [{ subject: { organization: 'Geophone test', commonName: 'Test TSA' }, validFor: forever,
    certChain: { certificates: [{ rawBytes: b64(der(`${tsaDir}/tsa.pem`)) }, { rawBytes: b64(der(`${tsaDir}/ca.pem`)) }] } }],
};
const sensor = spkiOf(`${kase}/data/keys/sensor.pem`);

function bundleOf(id) {
  const envelope = JSON.parse(fs.readFileSync(`${kase}/data/findings/${id}.dsse.json`));
  const proof = fs.readFileSync(`${kase}/data/proofs/${id}.tlog-proof`, 'utf8');
  const [head, ...rest] = proof.split('\n\n');
  const lines = head.split('\n');
  const checkpoint = rest.join('\n\n');
  const [, size, rootHash] = checkpoint.split('\n');
  const index = /^index (\d+)$/.exec(lines[1])[1];
  const body = Buffer.from(envelope.payload, 'base64');
  const pae = Buffer.concat([Buffer.from(`DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${body.length} `), body]);
  const sig = envelope.signatures[0].sig;
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: 'sensor' },
      tlogEntries: [{ logIndex: index, logId: { keyId: logId }, kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
        integratedTime: '0', inclusionProof: { logIndex: index, rootHash, treeSize: size, hashes: lines.slice(2),
          checkpoint: { envelope: checkpoint } }, canonicalizedBody: b64(leafOf(pae, sig, sensor)) }],
      timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: stamp(sig) }] },
    },
    dsseEnvelope: { payload: envelope.payload, payloadType: envelope.payloadType, signatures: [{ sig }] },
  };
}
function judge(bundle) {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(root), { sensor: { rawBytes: sensor, validFor: () => true } });
  const verifier = new Verifier(trust, { tlogThreshold: 1, tsaThreshold: 1, ctlogThreshold: 0 });
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(bundle)));
    return null;
  } catch (e) {
    return e.message || String(e);
  }
}
const flip = (text) => { const b = Buffer.from(text, 'base64'); b[b.length >> 1] ^= 1; return b64(b); };
const entry = (b) => b.verificationMaterial.tlogEntries[0];
const changes = {
  'the statement': (b) => { b.dsseEnvelope.payload = flip(b.dsseEnvelope.payload); },
  'the type': (b) => { b.dsseEnvelope.payloadType += 'x'; },
  'the signature': (b) => { b.dsseEnvelope.signatures[0].sig = flip(b.dsseEnvelope.signatures[0].sig); },
  'the entry': (b) => { entry(b).canonicalizedBody = flip(entry(b).canonicalizedBody); },
  'a hash of the path': (b) => { entry(b).inclusionProof.hashes[0] = flip(entry(b).inclusionProof.hashes[0]); },
  'the index': (b) => { entry(b).inclusionProof.logIndex = String(+entry(b).inclusionProof.logIndex ^ 1); },
  'the size in the checkpoint': (b) => { const c = entry(b).inclusionProof.checkpoint; c.envelope = c.envelope.replace(/\n(\d+)\n/, '\n1$1\n'); },
  'the root in the checkpoint': (b) => { const c = entry(b).inclusionProof.checkpoint; c.envelope = c.envelope.replace(/(\n\d+\n)(\S+)\n/, (m, n, r) => `${n}${flip(r)}\n`); },
  'the stamp': (b) => { const s = b.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0]; const t = Buffer.from(s.signedTimestamp, 'base64'); t[t.length - 9] ^= 1; s.signedTimestamp = b64(t); }, // in its signature
};

const ids = fs.readdirSync(`${kase}/data/findings`).map((f) => f.replace('.dsse.json', ''));
const clean = bundleOf(ids[0]);
for (const bundle of [clean, bundleOf(ids[ids.length - 1])]) {
  const why = judge(bundle);
  if (why) { console.log(`FAILED: rejected as it is: ${why}`); process.exit(1); }
}
for (const [what, change] of Object.entries(changes)) {
  const bundle = JSON.parse(JSON.stringify(clean));
  change(bundle);
  if (JSON.stringify(bundle) === JSON.stringify(clean)) { console.log(`FAILED: ${what} was not changed`); process.exit(1); }
  const why = judge(bundle);
  if (!why) { console.log(`FAILED: ${what} was changed and it verifies`); process.exit(1); }
}
console.log(`@sigstore/verify takes 2 findings and rejects ${Object.keys(changes).length} changes`);
