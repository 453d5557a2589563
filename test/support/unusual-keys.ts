import { UNDECODABLE_SPKI } from './odd-certificates.ts';
import type { Issued } from './pki.ts';
import { ecKey, ownCurveKey, type RawKey, rawCertificate, unknownCurveKey } from './raw-certificate.ts';
import { certificate12 } from './raw-tls.ts';
import type { TestServer } from './tls-servers.ts';
import { derOf, ZOO_NAME, type ZooPki } from './zoo-pki.ts';
import { serves12, serves13 } from './zoo-servers.ts';

/** Public keys that few certificates have, and few programs expect. */
export const UNUSUAL_KEYS: Readonly<Record<string, () => RawKey>> = {
  'a Koblitz curve': () => ecKey('secp256k1'),
  'a Brainpool curve': () => ecKey('brainpoolP256r1'),
  'a binary curve': () => ecKey('sect283k1'),
  'a curve spelt out': () => ecKey('prime256v1', 'explicit'),
  'a curve of its own': ownCurveKey,
  'an unknown curve': unknownCurveKey,
  'a key that cannot be decoded': () => ({ spki: UNDECODABLE_SPKI }),
};

/** Where in a chain of TLS 1.2 or 1.3 such a key may turn up. */
export const PLACES = {
  'in its leaf in TLS 1.2': (pki, key) => {
    const leaf = leafBelow(pki.intermediate, key);
    const certificates = derOf([leaf, pki.intermediate]);
    return serves12(certificate12(...certificates), key.keyPem ?? pki.leaf.keyPem);
  },
  'in its leaf in TLS 1.3': (pki, key) => {
    const leaf = leafBelow(pki.intermediate, key);
    const certificates = derOf([leaf, pki.intermediate]);
    return serves13(pki, { certificates, keyPem: key.keyPem ?? pki.leaf.keyPem });
  },
  'in its intermediate': (pki, key) => {
    const intermediate = caBelow(pki.root, key);
    // Without its private half nobody can sign with it, and the chain ends at the leaf.
    const signer =
      key.keyPem === undefined ? { ...pki.intermediate, subject: intermediate.subject } : intermediate;
    return serves13(pki, { certificates: derOf([leafBelow(signer, keyOf(pki)), intermediate]) });
  },
  'beside the chain': (pki, key) => {
    const certificates = derOf([pki.leaf, pki.intermediate, caBelow(pki.root, key)]);
    return serves13(pki, { certificates });
  },
} satisfies Record<string, (pki: ZooPki, key: RawKey) => Promise<TestServer>>;

function leafBelow(issuer: Issued, key: RawKey): Issued {
  return rawCertificate({ subject: ZOO_NAME, names: [ZOO_NAME], issuer, key });
}

function caBelow(issuer: Issued, key: RawKey): Issued {
  return rawCertificate({ subject: 'Unusual', issuer, key, ca: true });
}

function keyOf({ leaf }: ZooPki): RawKey {
  return { spki: leaf.x509.publicKey.export({ type: 'spki', format: 'der' }), keyPem: leaf.keyPem };
}
