import type { Certificate } from '../../core/certificate.ts';
import { safeJson } from '../../notify/safe-json.ts';

// A monitor sees the same certificates again and again, and reading hands out one object per fingerprint.
const known = new WeakMap<Certificate, string>();

/** The JSON of one certificate, the same in every command (docs/cli.md). */
export function certificateJson(certificate: Certificate): string {
  let json = known.get(certificate);
  if (json === undefined) {
    json = safeJson(certificateFields(certificate));
    known.set(certificate, json);
  }
  return json;
}

/** What that JSON says, in its order. Written out so that a field added elsewhere does not slip into the contract. */
export function certificateFields(certificate: Certificate) {
  return {
    fingerprint: certificate.fingerprint,
    serialNumber: certificate.serialNumber,
    subject: certificate.subject,
    issuer: certificate.issuer,
    subjectAltNames: certificate.subjectAltNames,
    ...(certificate.subjectAltNamesOmitted === undefined
      ? {}
      : { subjectAltNamesOmitted: certificate.subjectAltNamesOmitted }),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    keyAlgorithm: certificate.keyAlgorithm,
    keySize: certificate.keySize,
    ...(certificate.keyCurve === undefined ? {} : { keyCurve: certificate.keyCurve }),
    signatureAlgorithm: certificate.signatureAlgorithm,
    spkiSha256: certificate.spkiSha256,
    role: certificate.role,
    selfSigned: certificate.selfSigned,
    ...(certificate.mustStaple === undefined ? {} : { mustStaple: certificate.mustStaple }),
    ...(certificate.scts === undefined ? {} : { scts: certificate.scts }),
    ...(certificate.unreadable === undefined ? {} : { unreadable: certificate.unreadable }),
  };
}
