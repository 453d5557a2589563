import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { parseCaaIssuer } from '../../../lib/core/caa.ts';
import type { RevocationStatus } from '../../../lib/core/revocation.ts';
import { readPointers } from '../../../lib/x509/pointers.ts';
import { readCrl } from '../../../lib/x509/revocation/crl.ts';
import { findRevoked } from '../../../lib/x509/revocation/find-revoked.ts';
import { readOcspResponse } from '../../../lib/x509/revocation/ocsp.ts';
import { objectionToSignature } from '../../../lib/x509/revocation/signature.ts';
import { statusByCrl } from '../../../lib/x509/revocation/status-by-crl.ts';
import { statusByOcsp } from '../../../lib/x509/revocation/status-by-ocsp.ts';
import { encode, parse, raw, type Tree } from '../der-tree.ts';
import { caaValue } from '../grammar/caa.ts';
import { certificate, signed } from '../grammar/certificate.ts';
import { CA_DER, LEAF_DER, LEAF_SERIAL } from '../grammar/hierarchy.ts';
import { signatureAlgorithm, signingKeyInfo, someRsaKey } from '../grammar/key.ts';
import {
  crlFile,
  delegates,
  ocspResponse,
  responseData,
  successful,
  tbsCertList,
} from '../grammar/revocation.ts';
import { define, type Target } from '../target.ts';

const issuer = new X509Certificate(CA_DER);
const leaf = new X509Certificate(LEAF_DER);
const now = new Date('2026-07-01T00:00:00Z');
const key = createPublicKey({ key: encode(signingKeyInfo()), format: 'der', type: 'spki' });

const rsaKey = createPublicKey({ key: encode(someRsaKey()), format: 'der', type: 'spki' });
const keys = [key, rsaKey];
const UNSIGNED = { content: LEAF_DER, signature: Buffer.alloc(256) };

/** Whoever says `good` or `revoked` must have the signature of the key; every other word is worth nothing. */
function objectionToStatus({ state }: RevocationStatus, bytes: Buffer): string | null {
  if (state === 'unknown' || hasRightSignature(parse(withoutArmor(bytes)))) return null;
  return `the status is ${state}, and nothing in it is signed`;
}

function withoutArmor(bytes: Buffer): Buffer {
  const body = /-----BEGIN X509 CRL-----(.*?)-----END X509 CRL-----/s.exec(bytes.toString('latin1'))?.[1];
  return body === undefined || bytes[0] === 0x30 ? bytes : Buffer.from(body, 'base64');
}

/** Whether there is, at any depth, a SEQUENCE of something, an algorithm, and the key's signature over that something. */
function hasRightSignature(forest: readonly Tree[]): boolean {
  return forest.some(({ children }) => {
    if (children === null) return false;
    const [body, , signature] = children;
    const isRight =
      body !== undefined &&
      signature?.octets.length === 65 &&
      verify(null, encode(body), key, signature.octets.subarray(1));
    return isRight || hasRightSignature(children);
  });
}

function statusOf(crl: Buffer): RevocationStatus {
  return statusByCrl({ certificate: leaf, issuer, crl: readCrl(crl), distributionPoint: null, now });
}

function answerOf(response: Buffer): RevocationStatus {
  return statusByOcsp({ certificate: leaf, issuer, response, by: 'staple', now });
}

const FOLDER = 'lib/x509/revocation';
const inFolder = (...files: readonly string[]) => files.map((file) => `${FOLDER}/${file}.ts`);

export const REVOCATION_TARGETS: readonly Target[] = [
  define({
    name: 'pointers',
    files: ['lib/x509/pointers.ts', `${FOLDER}/distribution-point.ts`, `${FOLDER}/scts.ts`],
    shape: 'der',
    generate: (random) => encode(certificate(random)),
    read: readPointers,
  }),
  define({
    name: 'crl',
    files: inFolder('crl', 'crl-entries', 'crl-extensions', 'find-revoked', 'pem-body'),
    shape: 'der',
    generate: crlFile,
    read: (bytes) => {
      const reading = readCrl(bytes);
      const found = 'unreadable' in reading ? null : findRevoked(reading, LEAF_SERIAL.toString('hex'));
      return { reading, found, status: statusOf(bytes) };
    },
    objection: (bytes, { status }) => objectionToStatus(status, bytes),
  }),
  define({
    name: 'ocsp',
    files: inFolder('ocsp', 'ocsp-extensions', 'single-response', 'ocsp-signer'),
    shape: 'der',
    generate: (random) => encode(ocspResponse(random)),
    read: (bytes) => ({ reading: readOcspResponse(bytes), status: answerOf(bytes) }),
    objection: (bytes, { status }) => objectionToStatus(status, bytes),
  }),
  // Where only the signature was missing, what was changed is believed: these sign whatever they are given.
  define({
    name: 'status-by-crl',
    files: inFolder('status-by-crl', 'verify-crl', 'signature', 'freshness'),
    shape: 'der',
    generate: (random) => encode(tbsCertList(random)),
    read: (bytes) => statusOf(encode(signed(raw(bytes), true))),
  }),
  define({
    name: 'status-by-ocsp',
    files: inFolder('status-by-ocsp', 'ocsp-signer', 'signature', 'freshness'),
    shape: 'der',
    generate: (random) => Buffer.concat([responseData(random), ...delegates(random)].map(encode)),
    read: (bytes) => {
      const [tbs, ...certificates] = parse(bytes);
      return tbs === undefined ? null : answerOf(encode(successful(tbs, certificates, true)));
    },
  }),
  define({
    name: 'signature',
    files: inFolder('signature'),
    shape: 'der',
    generate: (random) => encode(signatureAlgorithm(random)),
    read: (algorithm) => keys.map((each) => objectionToSignature({ ...UNSIGNED, algorithm }, each)),
    objection: (_bytes, objections) => (objections.includes(null) ? 'zeros are taken for a signature' : null),
  }),
  define({
    name: 'caa',
    files: ['lib/core/caa.ts'],
    shape: 'lines',
    generate: caaValue,
    read: (bytes) => parseCaaIssuer(bytes.toString('latin1')),
  }),
];
