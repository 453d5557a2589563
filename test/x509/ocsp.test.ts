import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { children, type Element, encoding, readElement } from '../../lib/x509/der.ts';
import { readOcspResponse } from '../../lib/x509/revocation/ocsp.ts';
import { ocspRequest } from '../../lib/x509/revocation/ocsp-request.ts';
import type { OcspQuestion } from '../../lib/x509/revocation/status-by-ocsp.ts';
import { statusByOcsp } from '../../lib/x509/revocation/status-by-ocsp.ts';
import { extensionOf, octetString, sequence, signed, signerFor } from '../support/der-writer.ts';
import type { OcspAnswer, OcspOptions } from '../support/ocsp.ts';
import { mintOcspResponse, ocspRefusal } from '../support/ocsp.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { extension, forge, oid } from './forge.ts';

const MINUTE_MS = 60_000;

let ca: Issued;
let leaf: Issued;
let other: Issued;
let delegate: Issued;

/** A certificate for signing OCSP responses, or for another purpose. */
async function mintDelegate(
  issuer: Issued,
  extensions: readonly Buffer[] = [],
  purpose = '1.3.6.1.5.5.7.3.9',
  hash: 'SHA-1' | 'SHA-256' = 'SHA-256',
): Promise<Issued> {
  const model = await mint({ subject: 'CN=OCSP', issuer, hash });
  const purposes = extension('2.5.29.37', sequence(oid(purpose)));
  const forged = forge(model, { extensions: [purposes, ...extensions] }, issuer);
  const [tbs] = children(forged, readElement(forged));
  const signer = signerFor(issuer.keyPem, hash === 'SHA-1' ? 'sha1' : undefined);
  const x509 = new X509Certificate(signed(encoding(forged, tbs as Element), signer));
  return { ...model, x509, der: x509.raw, pem: x509.toString() };
}

beforeAll(async () => {
  ca = await mint({ subject: 'CN=Issuing', ca: true });
  leaf = await mint({ subject: 'CN=api.test', issuer: ca, serialNumber: '0abc' });
  other = await mint({ subject: 'CN=other.test', issuer: ca });
  delegate = await mintDelegate(ca);
});

const aboutLeaf = (more: Partial<OcspAnswer> = {}): OcspAnswer => ({
  certificate: leaf,
  issuer: ca,
  ...more,
});

function ask(options: Partial<OcspOptions> = {}, question: Partial<OcspQuestion> = {}) {
  return statusByOcsp({
    certificate: leaf.x509,
    issuer: ca.x509,
    response: mintOcspResponse({ answers: [aboutLeaf()], ...options }),
    by: 'ocsp',
    now: new Date(),
    ...question,
  });
}

const outcome = (options?: Partial<OcspOptions>, question?: Partial<OcspQuestion>): string => {
  const { state, because } = ask(options, question);
  return because ?? state;
};

describe('a response', () => {
  test('says good, with the dates', () => {
    expect(ask({}, { by: 'staple' })).toEqual({
      state: 'good',
      by: 'staple',
      thisUpdate: expect.stringMatching(/Z$/),
      nextUpdate: expect.stringMatching(/Z$/),
    });
  });

  test('says revoked, with date and reason', () => {
    expect(ask({ answers: [aboutLeaf({ status: 'revoked', reason: 4 })] })).toMatchObject({
      state: 'revoked',
      by: 'ocsp',
      revokedAt: '2026-05-04T03:02:01Z',
      reason: 'superseded',
    });
    expect(ask({ answers: [aboutLeaf({ status: 'revoked' })] })).not.toHaveProperty('reason');
  });

  test('says that the responder does not know', () => {
    expect(outcome({ answers: [aboutLeaf({ status: 'unknown' })] })).toBe('responder_does_not_know');
  });

  test.each([
    [1, 'responder_failed'],
    [2, 'responder_failed'],
    [3, 'responder_busy'],
    [5, 'responder_failed'],
    [6, 'responder_unauthorized'],
    [4, 'malformed'],
    [0, 'malformed'],
  ])('of status %i is unknown because %s', (code, because) => {
    expect(ask({}, { response: ocspRefusal(code) })).toMatchObject({ state: 'unknown', because });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>')],
    ['another type', Buffer.from('300f0a0100a00a300806032a0304040100', 'hex')],
    ['half of it', 'half'],
    ['more than anybody sends', Buffer.alloc(300_000, 0x30)],
  ])('is malformed where it is %s', (_, bytes) => {
    const response =
      typeof bytes === 'string' ? mintOcspResponse({ answers: [aboutLeaf()] }).subarray(0, 200) : bytes;
    expect(ask({}, { response })).toMatchObject({
      state: 'unknown',
      because: 'malformed',
      detail: expect.any(String),
    });
  });

  test('is read field by field', () => {
    const nonce = extensionOf('1.3.6.1.5.5.7.48.1.2', octetString(Buffer.of(1)));
    const bytes = mintOcspResponse({ answers: [aboutLeaf()], certificates: [delegate], extensions: [nonce] });
    expect(readOcspResponse(bytes)).toMatchObject({
      status: 'successful',
      basic: {
        responder: { name: 'CN=Issuing' },
        responses: [{ status: 'good', revokedAt: null, reason: null, certId: { digest: '1.3.14.3.2.26' } }],
        certificates: [delegate.der],
        unknownCritical: [],
      },
    });
  });
});

describe('a response is about the certificate', () => {
  test('by serial number, issuer and its key, in SHA-1 or SHA-256', async () => {
    expect(outcome({ answers: [aboutLeaf({ digest: 'sha256' })] })).toBe('good');
    expect(outcome({ answers: [aboutLeaf({ digest: 'md5' })] })).toBe('other_certificate');
    expect(outcome({ answers: [aboutLeaf({ certificate: other })] })).toBe('other_certificate');
    const namesake = await mint({ subject: 'CN=Issuing', ca: true });
    expect(outcome({ answers: [aboutLeaf({ issuer: namesake })], signer: ca })).toBe('other_certificate');
    const renamed = await mint({ subject: 'CN=Renamed', ca: true, reuseKeyOf: ca });
    expect(outcome({ answers: [aboutLeaf({ issuer: renamed })], signer: ca })).toBe('other_certificate');
  });

  test('among others, and the worst current answer counts', () => {
    const stale = { nextUpdate: new Date(Date.now() - 60 * MINUTE_MS), thisUpdate: new Date(0) };
    const answers = (...list: Partial<OcspAnswer>[]) => outcome({ answers: list.map(aboutLeaf) });
    expect(answers({ certificate: other, status: 'revoked' }, {})).toBe('good');
    expect(answers({}, { status: 'revoked', digest: 'sha256' })).toBe('revoked');
    expect(answers({ status: 'revoked' }, {})).toBe('revoked');
    expect(answers({}, { status: 'unknown' })).toBe('responder_does_not_know');
    expect(answers(stale, {})).toBe('good');
    expect(answers(stale, stale)).toBe('stale');
  });

  test('only with the certificate of its issuer', async () => {
    const namesake = await mint({ subject: 'CN=Issuing', ca: true });
    expect(outcome({}, { issuer: namesake.x509 })).toBe('not_issuer');
  });
});

describe('a response is signed', () => {
  test('by the CA, named by name or by key', () => {
    for (const nameBy of ['name', 'key'] as const) {
      expect(outcome({ nameBy })).toBe('good');
      expect(outcome({ nameBy, named: other })).toBe('responder_not_trusted');
      expect(outcome({ nameBy, signer: other, named: ca })).toBe('signature_invalid');
    }
  });

  test('by a delegate of the CA', async () => {
    for (const nameBy of ['name', 'key'] as const) {
      expect(ask({ nameBy, signer: delegate, certificates: [other, ca, delegate] })).toMatchObject({
        state: 'good',
        delegate: { noCheck: false },
      });
    }
    const unchecked = await mintDelegate(ca, [extension('1.3.6.1.5.5.7.48.1.5', Buffer.of(5, 0))]);
    expect(ask({ signer: unchecked, certificates: [unchecked] }).delegate).toEqual({ noCheck: true });
    expect(ask()).not.toHaveProperty('delegate');
    const answers = [aboutLeaf({ status: 'revoked' })];
    expect(outcome({ answers, signer: delegate, certificates: [delegate] })).toBe('revoked');
  });

  test('by nobody else', async () => {
    const by = (signer: Issued, certificates = [signer]) => {
      const { because, detail = '' } = ask({ signer, certificates });
      return `${because} ${detail}`;
    };
    expect(by(delegate, [])).toMatch('responder_not_trusted');
    expect(outcome({ signer: delegate, named: other, certificates: [delegate] })).toBe(
      'responder_not_trusted',
    );
    expect(by(other)).toMatch(/responder_not_trusted .*not for signing/);
    const anyPurpose = await mintDelegate(ca, [], '2.5.29.37.0');
    expect(by(anyPurpose)).toMatch(/not for signing/);
    const intermediate = await mint({ subject: 'CN=Sub', issuer: ca, ca: true });
    expect(by(await mintDelegate(intermediate))).toMatch(/did not issue/);
    const namesake = await mint({ subject: 'CN=Issuing', ca: true });
    expect(by(await mintDelegate(namesake))).toMatch(/did not issue/);
    expect(outcome({ signer: other, named: delegate, certificates: [delegate] })).toBe('signature_invalid');
  });

  test('by a delegate whose certificate is valid now', () => {
    const options = {
      answers: [aboutLeaf({ nextUpdate: new Date(Date.now() + 400 * 1440 * MINUTE_MS) })],
      signer: delegate,
      certificates: [delegate],
    };
    const later = { now: new Date(Date.now() + 91 * 1440 * MINUTE_MS) };
    expect(ask(options, later)).toMatchObject({
      because: 'responder_not_trusted',
      detail: expect.stringMatching(/not valid now/),
    });
    expect(outcome(options)).toBe('good');
  });

  test('with RSA, in either padding', async () => {
    const issuer = await mint({ subject: 'CN=RSA', ca: true, key: 'rsa' });
    const certificate = await mint({ subject: 'CN=l', issuer });
    for (const method of [undefined, 'pss'] as const) {
      const answers = [{ certificate, issuer }];
      const options = method === undefined ? { answers } : { answers, method };
      expect(outcome(options, { certificate: certificate.x509, issuer: issuer.x509 })).toBe('good');
    }
  });

  test('not over SHA-1, and neither is the certificate of its delegate', async () => {
    expect(outcome({ method: 'sha1' })).toBe('algorithm_unsupported');
    expect(outcome({ signer: delegate, certificates: [delegate], method: 'sha1' })).toBe(
      'algorithm_unsupported',
    );
    const weak = await mintDelegate(ca, [], undefined, 'SHA-1');
    expect(weak.x509.verify(ca.x509.publicKey)).toBe(true);
    expect(ask({ signer: weak, certificates: [weak] })).toMatchObject({
      because: 'algorithm_unsupported',
      detail: "the responder's certificate",
    });
  });

  test('whatever number of certificates comes with it', () => {
    const certificates = Array.from({ length: 60 }, () => other);
    expect(outcome({ signer: delegate, certificates: [...certificates, delegate] })).toBe(
      'responder_not_trusted',
    );
    expect(outcome({ certificates })).toBe('good');
  });
});

describe('a response holds', () => {
  const dated = (from: number, to: number | null, question: Partial<OcspQuestion> = {}) => {
    const now = new Date();
    const at = (minutes: number) => new Date(now.getTime() + minutes * MINUTE_MS);
    const dates = { thisUpdate: at(from), nextUpdate: to === null ? null : at(to) };
    return outcome({ answers: [aboutLeaf(dates)] }, { now, ...question });
  };

  test('between its dates, a few minutes more on either side', () => {
    expect(dated(4, 60)).toBe('good');
    expect(dated(6, 60)).toBe('not_yet_valid');
    expect(dated(-60, -4)).toBe('good');
    expect(dated(-60, -6)).toBe('stale');
  });

  test('for a day without nextUpdate, or as long as the caller says', () => {
    expect(dated(-1440, null)).toBe('good');
    expect(dated(-1450, null)).toBe('stale');
    expect(dated(-1450, null, { maxAgeSeconds: 172_800 })).toBe('good');
    expect(dated(-60, 60, { maxAgeSeconds: 1800 })).toBe('stale');
    expect(dated(-60, 60, { maxAgeSeconds: 7200 })).toBe('good');
  });

  test('and tells beside a stale answer what it said', () => {
    const past = { thisUpdate: new Date(0), nextUpdate: new Date(1000) };
    expect(ask({ answers: [aboutLeaf({ ...past, status: 'revoked', reason: 1 })] })).toMatchObject({
      state: 'unknown',
      because: 'stale',
      revokedAt: '2026-05-04T03:02:01Z',
      reason: 'keyCompromise',
    });
  });

  test('only without critical extensions that nobody here knows', () => {
    const strange = extensionOf('1.2.3.4', Buffer.of(5, 0), true);
    expect(outcome({ extensions: [strange] })).toBe('unknown_critical_extension');
    expect(outcome({ answers: [aboutLeaf({ extensions: [strange] })] })).toBe('unknown_critical_extension');
    expect(outcome({ extensions: [extensionOf('1.2.3.4', Buffer.of(5, 0))] })).toBe('good');
    expect(outcome({ extensions: [extensionOf('1.3.6.1.5.5.7.48.1.2', octetString(), true)] })).toBe('good');
  });
});

test('a request names the certificate as a response does', () => {
  const response = readOcspResponse(mintOcspResponse({ answers: [aboutLeaf()] }));
  const certId = 'basic' in response ? response.basic?.responses[0]?.certId : undefined;
  const request = ocspRequest(leaf.x509, ca.x509);
  for (const part of [certId?.issuerNameHash, certId?.issuerKeyHash, certId?.serialNumber]) {
    expect(request.includes(Buffer.from(part ?? 'missing'))).toBe(true);
  }
});
