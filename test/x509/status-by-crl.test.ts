import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeUnknown } from '../../lib/core/revocation.ts';
import { readPointers } from '../../lib/x509/pointers.ts';
import { readCrl } from '../../lib/x509/revocation/crl.ts';
import type { DistributionPoint } from '../../lib/x509/revocation/distribution-point.ts';
import { statusByCrl } from '../../lib/x509/revocation/status-by-crl.ts';
import { verifyCrl } from '../../lib/x509/revocation/verify-crl.ts';
import type { CrlOptions } from '../support/crl.ts';
import { mintCrl } from '../support/crl.ts';
import type { SigningMethod } from '../support/der-writer.ts';
import { der, extensionOf, sequence, text } from '../support/der-writer.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { extension, forge, forgeX509, name, oid, tlv, utf8 } from './forge.ts';

const HERE = 'http://crl.test/7.crl';
const POINT: DistributionPoint = {
  urls: [HERE],
  directoryNames: [],
  relativeName: null,
  omitted: 0,
  reasons: null,
  crlIssuer: null,
};
const HOUR_MS = 3_600_000;

let ca: Issued;
let leaf: Issued;
let intermediate: Issued;

beforeAll(async () => {
  ca = await mint({ subject: 'CN=Issuing,O=Acme', ca: true });
  leaf = await mint({ subject: 'CN=api.test', issuer: ca, serialNumber: '0abc' });
  intermediate = await mint({ subject: 'CN=Sub', issuer: ca, ca: true, serialNumber: '0def' });
});

interface Asked extends Partial<CrlOptions> {
  readonly of?: Issued;
  readonly point?: DistributionPoint | null;
  readonly now?: Date;
  readonly by?: Issued;
}

/** What a CRL of the CA says of the leaf, unless told otherwise. */
function ask({ of = leaf, by = ca, point = POINT, now = new Date(), ...options }: Asked = {}) {
  const crl = readCrl(mintCrl({ issuer: ca, ...options }));
  return statusByCrl({ certificate: of.x509, issuer: by.x509, crl, distributionPoint: point, now });
}

const revoked = { entries: [{ serialNumber: '0abc', reason: 1 }] };
const scope = (...parts: Buffer[]): Buffer => extensionOf('2.5.29.28', sequence(...parts), true);
const at = (...names: Buffer[]): Buffer => der(0xa0, der(0xa0, ...names));
const TRUE = Buffer.of(0xff);

describe('a certificate', () => {
  test('that is not listed is good, with the dates of the CRL', () => {
    const thisUpdate = new Date(Date.now() - HOUR_MS);
    expect(ask({ entries: [{ serialNumber: '01' }], thisUpdate })).toEqual({
      state: 'good',
      by: 'crl',
      thisUpdate: `${thisUpdate.toISOString().slice(0, 19)}Z`,
      nextUpdate: expect.stringMatching(/Z$/),
    });
    expect(ask().state).toBe('good');
  });

  test('that is listed is revoked, with date and reason where they are given', () => {
    expect(ask(revoked)).toMatchObject({
      state: 'revoked',
      by: 'crl',
      revokedAt: '2026-05-04T03:02:01Z',
      reason: 'keyCompromise',
    });
    const plain = ask({ entries: [{ serialNumber: '0abc' }] });
    expect(plain).toMatchObject({ state: 'revoked' });
    expect(plain).not.toHaveProperty('reason');
    expect(ask({ entries: [{ serialNumber: '0abc', reason: 6 }] })).toMatchObject({
      reason: 'certificateHold',
    });
    expect(ask({ entries: [{ serialNumber: '0abc', reason: 8 }] }).state).toBe('good');
  });

  test('is only asked about by its issuer', async () => {
    const stranger = await mint({ subject: 'CN=Issuing,O=Acme', ca: true });
    expect(ask({ ...revoked, by: stranger })).toEqual({ state: 'unknown', by: 'crl', because: 'not_issuer' });
    expect(ask({ ...revoked, by: leaf })).toMatchObject({ because: 'not_issuer' });
  });

  test('that has expired may have left the list', () => {
    const nextUpdate = new Date(Date.now() + 400 * 24 * HOUR_MS);
    const now = new Date(Date.now() + 100 * 24 * HOUR_MS);
    expect(ask({ nextUpdate, now })).toMatchObject({ state: 'unknown', because: 'certificate_expired' });
    expect(ask({ ...revoked, nextUpdate, now })).toMatchObject({ state: 'revoked' });
  });
});

describe('a CRL', () => {
  test('that cannot be read says nothing, and why', () => {
    const asked = { certificate: leaf.x509, issuer: ca.x509, distributionPoint: POINT, now: new Date() };
    const status = statusByCrl({ ...asked, crl: readCrl(Buffer.from('<html>')) });
    expect(describeUnknown(status)).toMatch(/^what was received cannot be decoded \(it is neither/);
    expect(status).toEqual({
      state: 'unknown',
      by: 'crl',
      because: 'malformed',
      detail: expect.stringMatching(/neither DER nor PEM/),
    });
  });

  test('of another CA says nothing, whoever it claims to be', async () => {
    const other = await mint({ subject: 'CN=Other', ca: true });
    expect(ask({ issuer: other })).toMatchObject({ because: 'foreign_issuer', detail: 'CN=Other' });
    const namesake = await mint({ subject: 'CN=Issuing,O=Acme', ca: true });
    expect(ask({ issuer: namesake })).toEqual({ state: 'unknown', by: 'crl', because: 'signature_invalid' });
    expect(ask({ ...revoked, issuer: namesake })).toMatchObject({ because: 'signature_invalid' });
  });

  test('is of its CA though the name is written in another way', () => {
    const issuer = name(
      [['2.5.4.10', tlv(0x13, Buffer.from('ACME'))]],
      [['2.5.4.3', tlv(0x13, Buffer.from('Issuing'))]],
    );
    // The CRL bears the name of this one, with the key of the CA.
    const respelt = { ...ca, der: forge(ca, { subject: issuer }) };
    expect(ask({ issuer: respelt })).toMatchObject({ state: 'good' });
  });

  test('holds between its dates, a few minutes more on either side', () => {
    const now = new Date();
    const moment = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
    const dated = (from: number, to: number, more = {}) =>
      ask({ thisUpdate: moment(from), nextUpdate: moment(to), now, ...more });
    expect(dated(-60, 60).state).toBe('good');
    expect(dated(4, 60).state).toBe('good');
    expect(dated(-60, -4).state).toBe('good');
    expect(dated(6, 60)).toMatchObject({ state: 'unknown', because: 'not_yet_valid' });
    expect(dated(-60, -6)).toMatchObject({
      state: 'unknown',
      because: 'stale',
      nextUpdate: expect.any(String),
    });
    expect(dated(-60, -6)).not.toHaveProperty('revokedAt');
    // What was said is not lost: nobody revokes by mistake and forgets to publish again.
    expect(dated(-60, -6, revoked)).toMatchObject({
      state: 'unknown',
      because: 'stale',
      revokedAt: '2026-05-04T03:02:01Z',
      reason: 'keyCompromise',
    });
  });

  test('without nextUpdate can revoke, and acquit nobody', () => {
    expect(ask({ nextUpdate: null })).toMatchObject({ state: 'unknown', because: 'no_next_update' });
    expect(ask({ ...revoked, nextUpdate: null }).state).toBe('revoked');
  });

  test('that is a delta, or has a critical extension nobody knows, says nothing', () => {
    const delta = [extensionOf('2.5.29.27', der(0x02, Buffer.of(7)), true)];
    expect(ask({ extensions: delta })).toMatchObject({ because: 'delta_crl' });
    expect(ask({ extensions: delta, ...revoked })).toMatchObject({
      state: 'unknown',
      reason: 'keyCompromise',
    });
    const strange = [extensionOf('1.2.3.4', Buffer.of(5, 0), true)];
    expect(ask({ extensions: strange })).toMatchObject({
      because: 'unknown_critical_extension',
      detail: '1.2.3.4',
    });
  });
});

describe('the scope of a CRL', () => {
  const url = (text_: string): Buffer => text(0x86, text_);
  const isGood = (extensions: Buffer[], point: DistributionPoint | null = POINT) => {
    const status = ask({ extensions, point });
    return status.state === 'good' ? 'good' : status.because;
  };

  test('is the distribution point that the certificate names', () => {
    expect(isGood([scope(at(url(HERE)))])).toBe('good');
    expect(isGood([scope(at(url('http://crl.test/8.crl'), url(HERE)))])).toBe('good');
    expect(isGood([scope(at(url('HTTP://CRL.test/7.crl')))])).toBe('good');
    for (const other of ['http://crl.test/8.crl', 'http://crl.test/7.CRL', 'https://crl.test/7.crl', '']) {
      expect(isGood([scope(at(url(other)))])).toBe('other_distribution_point');
    }
    expect(isGood([scope(at(url(HERE)))], null)).toBe('other_distribution_point');
    expect(isGood([scope(at(url(HERE)))], { ...POINT, urls: [] })).toBe('other_distribution_point');
    const other = [scope(at(url('http://crl.test/8.crl')))];
    expect(ask({ extensions: other, ...revoked }).state).toBe('unknown');
  });

  test('can be a directory name, whole or relative to the CA', () => {
    const shard = [['2.5.4.3', utf8('Shard 7')]] as const;
    const whole = at(
      der(0xa4, name([['2.5.4.10', utf8('Acme')]], [['2.5.4.3', utf8('Issuing')]], [...shard])),
    );
    const relative = der(0xa0, der(0xa1, sequence(oid('2.5.4.3'), utf8('Shard 7'))));
    const names = [
      { ...POINT, urls: [], directoryNames: ['CN=Shard 7,CN=Issuing,O=Acme'] },
      { ...POINT, urls: [], relativeName: 'CN=Shard 7' },
    ];
    for (const point of names) {
      for (const form of [whole, relative]) expect(isGood([scope(form)], point)).toBe('good');
    }
    expect(isGood([scope(relative)], { ...POINT, relativeName: 'CN=Shard 8' })).toBe(
      'other_distribution_point',
    );
    const issuing = at(der(0xa4, name([['2.5.4.10', utf8('Acme')]], [['2.5.4.3', utf8('Issuing')]])));
    expect(isGood([scope(issuing)], null)).toBe('good');
  });

  test('can be one kind of certificates', () => {
    const [users, cas, attributes] = [0x81, 0x82, 0x85].map((tag) => [scope(der(tag, TRUE))]);
    const about = (of: Issued, extensions: Buffer[] = []) => ask({ of, extensions }).because ?? 'good';
    expect([leaf, intermediate].map((one) => about(one, users))).toEqual(['good', 'other_certificates']);
    expect([leaf, intermediate].map((one) => about(one, cas))).toEqual(['other_certificates', 'good']);
    expect([leaf, intermediate].map((one) => about(one, attributes))).toEqual([
      'other_certificates',
      'other_certificates',
    ]);
  });

  test('can be some reasons, which acquit nobody', () => {
    const some = [scope(der(0x83, Buffer.of(6, 0b01000000)))];
    expect(isGood(some)).toBe('some_reasons');
    expect(ask({ extensions: some, ...revoked }).state).toBe('revoked');
    expect(isGood([], { ...POINT, reasons: ['keyCompromise'] })).toBe('some_reasons');
    expect(isGood([scope(der(0x83, Buffer.of(7, 0x7f, 0x80)))])).toBe('good');
  });

  test('can be for others to state, which is not supported', async () => {
    expect(isGood([], { ...POINT, crlIssuer: 'CN=CRLs' })).toBe('indirect_crl');
    expect(isGood([], { ...POINT, crlIssuer: 'CN=issuing,O=ACME' })).toBe('good');
    const other = await mint({ subject: 'CN=CRLs', ca: true });
    expect(ask({ issuer: other, point: { ...POINT, crlIssuer: 'CN=CRLs' } })).toMatchObject({
      because: 'indirect_crl',
    });
  });

  test('goes together with what the certificate points to', () => {
    const points = extension('2.5.29.31', sequence(sequence(der(0xa0, der(0xa0, url(HERE))))));
    const pointed = forgeX509(leaf, { extensions: [points] }, ca);
    const [point] = readPointers(pointed.raw).distributionPoints ?? [];
    const of = { ...leaf, x509: pointed };
    const asked = { of, point: point ?? null, extensions: [scope(at(url(HERE)))] };
    expect(ask(asked).state).toBe('good');
    expect(ask({ ...asked, ...revoked }).state).toBe('revoked');
  });
});

describe('the signature of a CRL', () => {
  const statusWith = async (key: 'rsa' | 'p384' | 'ed25519' | 'ec', method?: SigningMethod) => {
    const issuer = await mint({ subject: 'CN=CA', ca: true, key });
    const of = await mint({ subject: 'CN=l', issuer, serialNumber: '0abc' });
    const options = { issuer, by: issuer, of, ...(method === undefined ? {} : { method }) };
    return [ask(options), ask({ ...options, ...revoked })].map(({ state, because }) => because ?? state);
  };

  test.each([
    ['rsa', undefined],
    ['rsa', 'sha1'],
    ['rsa', 'sha384'],
    ['rsa', 'pss'],
    ['rsa', 'pss-384'],
    ['ec', undefined],
    ['ec', 'sha1'],
    ['p384', 'sha384'],
    ['ed25519', undefined],
  ] as const)('is verified for %s %s', async (key, method) => {
    expect(await statusWith(key, method)).toEqual(['good', 'revoked']);
  });

  test('is not verified for RSA-PSS with two digests, which Node.js does not take', async () => {
    expect(await statusWith('rsa', 'pss-two-digests')).toEqual([
      'algorithm_unsupported',
      'algorithm_unsupported',
    ]);
  });

  test('is verified for ML-DSA', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ml-dsa-65');
    const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const x509 = forgeX509(ca, { publicKeyInfo });
    const crl = readCrl(mintCrl({ issuer: { ...ca, keyPem } }));
    if ('unreadable' in crl) throw new Error(crl.unreadable);
    expect(verifyCrl(crl, x509)).toBeNull();
    expect(verifyCrl(crl, ca.x509)).toEqual({ because: 'signature_invalid' });
  });

  test('is of an algorithm that is known here, and fits the key', async () => {
    const bytes = mintCrl({ issuer: ca });
    const with_ = (algorithm: string) => {
      const from = oid('1.2.840.10045.4.3.2');
      const exchanged = Buffer.from(bytes.toString('hex').replaceAll(from.toString('hex'), algorithm), 'hex');
      const asked = { certificate: leaf.x509, issuer: ca.x509, distributionPoint: null, now: new Date() };
      return statusByCrl({ ...asked, crl: readCrl(exchanged) }).because;
    };
    expect(with_(oid('1.2.840.10045.4.3.9').toString('hex'))).toBe('algorithm_unsupported');
    expect(with_(oid('1.2.840.10045.4.3.3').toString('hex'))).toBe('signature_invalid');
    const rsa = await mint({ subject: 'CN=Issuing,O=Acme', ca: true, key: 'rsa' });
    expect(ask({ issuer: rsa })).toMatchObject({ because: 'signature_invalid' });
  });

  test('does not count where the CA must not sign CRLs', () => {
    const constraints = extension('2.5.29.19', sequence(der(0x01, TRUE)));
    const withUsage = (bits: number) => {
      const usage = extension('2.5.29.15', der(0x03, Buffer.of(1, bits)));
      const by = { ...ca, x509: forgeX509(ca, { extensions: [constraints, usage] }) };
      return ask({ by }).because ?? 'good';
    };
    expect(withUsage(0b00000100)).toBe('crl_sign_missing');
    expect(withUsage(0b00000110)).toBe('good');
    const silent = { ...ca, x509: forgeX509(ca, { extensions: [constraints] }) };
    expect(ask({ by: silent }).state).toBe('good');
  });
});
