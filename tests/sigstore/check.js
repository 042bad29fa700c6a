// SPDX-License-Identifier: Apache-2.0
// check.js CASE BUNDLES: @sigstore/verify judges what `geophone export --sigstore` wrote of a bag, as it
// is and with each thing changed; the sensor's key comes from the bag.
const crypto = require('crypto');
const fs = require('fs');
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { toTrustMaterial, toSignedEntity, Verifier } = require('@sigstore/verify');

const [kase, dir] = process.argv.slice(2);
const b64 = (bytes) => Buffer.from(bytes).toString('base64');
const root = JSON.parse(fs.readFileSync(`${dir}/trusted_root.json`));
const sensor = crypto.createPublicKey(fs.readFileSync(`${kase}/data/keys/sensor.pem`)).export({ type: 'spki', format: 'der' });
const hint = crypto.createHash('sha256').update(sensor).digest('hex');
const bundleOf = (id) => JSON.parse(fs.readFileSync(`${dir}/${id}.sigstore.json`));

function judge(bundle) {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(root), { [hint]: { rawBytes: sensor, validFor: () => true } });
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
for (const id of ids) if (!fs.existsSync(`${dir}/${id}.sigstore.json`)) { console.log(`FAILED: no bundle of ${id}`); process.exit(1); }
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
