import type { Certificate } from '../../lib/core/certificate.ts';
import { sameName } from './names.ts';
import { dumpName, type Printed, spkiByOffsets } from './openssl.ts';
import { sameSubjectAltNames } from './subject-alt-names.ts';

/** One field of one certificate about which the two do not say the same. */
export interface Disagreement {
  /** `different`: both say something. `flagged`: one of them says that it cannot. */
  readonly kind: 'different' | 'flagged';
  readonly field: string;
  readonly ours: string | null;
  readonly theirs: string | null;
}

/** OpenSSL's names of key algorithms, in ours. */
const KEY_ALGORITHMS: Readonly<Record<string, string>> = {
  rsaEncryption: 'RSA',
  rsa: 'RSA',
  rsassaPss: 'RSA-PSS',
  'id-ecPublicKey': 'EC',
  dsaEncryption: 'DSA',
  'dsaEncryption-old': 'DSA',
  dhKeyAgreement: 'DH',
  ED25519: 'Ed25519',
  ED448: 'Ed448',
};

/** Everything about which they disagree; empty where they say the same. `der` is the certificate's encoding. */
export function compare(certificate: Certificate, der: Buffer, printed: Printed): Disagreement[] {
  const { unreadable = {} } = certificate;
  const found: Disagreement[] = [];
  const field = (name: string, ours: string | null, theirs: string | null, same = ours === theirs) => {
    if (same) return;
    found.push({
      kind: ours === null || theirs === null ? 'flagged' : 'different',
      field: name,
      ours,
      theirs,
    });
  };
  const text = (size: number | null | undefined) => (size === null || size === undefined ? null : `${size}`);

  for (const name of ['fingerprint', 'serialNumber', 'notBefore', 'notAfter'] as const)
    field(name, certificate[name], printed[name]);
  for (const name of ['subject', 'issuer'] as const) {
    const [ours, theirs] = [certificate[name], printed[name]];
    field(name, ours, theirs, ours === theirs || sameName(ours, theirs, dumpName(der, name)));
  }

  const ours = certificate.subjectAltNames;
  const theirs = printed.subjectAltNames;
  const same = ours !== null && theirs !== null ? sameSubjectAltNames(ours, theirs) : ours === theirs;
  field('subjectAltNames', ours && JSON.stringify(ours), theirs, same);

  if (unreadable.publicKey !== undefined || printed.spkiSha256 === null) {
    const readable = unreadable.publicKey === undefined;
    field(
      'publicKey',
      readable ? certificate.keyAlgorithm : null,
      printed.spkiSha256 && printed.keyAlgorithm,
      !readable && printed.spkiSha256 === null,
    );
  } else {
    field(
      'keyAlgorithm',
      certificate.keyAlgorithm,
      KEY_ALGORITHMS[printed.keyAlgorithm] ?? printed.keyAlgorithm,
    );
    field('keySize', text(certificate.keySize), text(printed.keySize));
    field('keyCurve', certificate.keyCurve ?? null, printed.keyCurve);
  }
  // OpenSSL prints the key as it would write it, which need not be how the certificate has it.
  const { spkiSha256 } = certificate;
  if (spkiSha256 !== printed.spkiSha256) field('spkiSha256', spkiSha256, spkiByOffsets(der));
  field('signatureAlgorithm', named(certificate.signatureAlgorithm), named(printed.signatureAlgorithm));
  return found;
}

/** An algorithm that one of them has no name for is not told by it. */
function named(algorithm: string): string | null {
  return /^[\d.]+$/.test(algorithm) ? null : algorithm;
}
