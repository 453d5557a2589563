import type { ECKeyPairKeyObjectOptions } from 'node:crypto';
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { derOf, fingerprintOf, parseDer, readCertificate, subjectOf } from '../../lib/x509/certificate.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { extension, forge, forgeX509, indefinite, name, oid, tlv, utf8 } from './forge.ts';

const SAN = '2.5.29.17';
const dnsNames = (...names: string[]): Buffer =>
  tlv(0x30, ...names.map((text) => tlv(0x82, Buffer.from(text))));

let root: Issued;
let intermediate: Issued;
let leaf: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root,O=Acme', ca: true, key: 'rsa' });
  intermediate = await mint({ subject: 'CN=Issuing', issuer: root, ca: true, key: 'p384' });
  leaf = await mint({
    subject: 'CN=api.test,O=Acme\\, Inc.',
    issuer: intermediate,
    names: ['api.test', '2001:db8::1'],
    serialNumber: '0abc',
    notBefore: new Date('2026-03-04T05:06:07Z'),
    notAfter: new Date('2027-01-31T23:59:59Z'),
  });
});

describe('what a certificate says', () => {
  test('is read field by field', () => {
    expect(readCertificate(leaf.x509)).toEqual({
      fingerprint: hash('sha256', leaf.der, 'hex'),
      serialNumber: '0abc',
      subject: 'CN=api.test,O=Acme\\, Inc.',
      issuer: 'CN=Issuing',
      subjectAltNames: [
        { type: 'dns', value: 'api.test' },
        { type: 'ip', value: '2001:db8::1' },
      ],
      notBefore: '2026-03-04T05:06:07Z',
      notAfter: '2027-01-31T23:59:59Z',
      keyAlgorithm: 'EC',
      keySize: 256,
      keyCurve: 'prime256v1',
      signatureAlgorithm: 'ecdsa-with-SHA256',
      spkiSha256: hash('sha256', leaf.x509.publicKey.export({ type: 'spki', format: 'der' }), 'hex'),
      role: 'leaf',
      selfSigned: false,
      scts: 0,
    });
  });

  test('tells root, intermediate and leaf apart, and a self-signed leaf from a root', async () => {
    const snakeOil = await mint({ subject: 'CN=localhost' });
    const roles = [root, intermediate, leaf, snakeOil].map(({ x509 }) => {
      const { role, selfSigned } = readCertificate(x509);
      return [role, selfSigned];
    });
    expect(roles).toEqual([
      ['root', true],
      ['intermediate', false],
      ['leaf', false],
      ['leaf', true],
    ]);
  });

  test('does not take a self-issued certificate for a self-signed one', async () => {
    const next = await mint({ subject: 'CN=Root,O=Acme', issuer: root, ca: true });
    expect(readCertificate(next.x509)).toMatchObject({ role: 'intermediate', selfSigned: false });
  });

  test('takes version 1 for a root only where it is self-signed: it cannot say that it is a CA', async () => {
    const old = await mint({ subject: 'CN=Old root', ca: true });
    expect(readCertificate(forgeX509(old, { version1: true })).role).toBe('root');
    expect(readCertificate(forgeX509(old, { version1: true }, intermediate)).role).toBe('leaf');
  });

  test('is called the same where only the subject is read', async () => {
    const base = await mint({ subject: 'CN=a.test,O=Acme' });
    const noName = forgeX509(base, { subject: tlv(0x30) });
    for (const x509 of [new X509Certificate(base.pem), noName])
      expect(subjectOf(x509)).toBe(readCertificate(x509).subject);
    expect(subjectOf(new X509Certificate(base.pem))).toBe('CN=a.test,O=Acme');
  });

  test('is shared between readings of the same certificate, with its DER', () => {
    const again = readCertificate(new X509Certificate(leaf.der));
    expect(again).toBe(readCertificate(leaf.x509));
    expect(derOf(again)).toEqual(leaf.der);
    expect(fingerprintOf(leaf.x509)).toBe(again.fingerprint);
  });

  test('knows no expiry and dates beyond 2050', async () => {
    const { x509 } = await mint({ subject: 'CN=forever', notAfter: new Date('9999-12-31T23:59:59Z') });
    expect(readCertificate(x509).notAfter).toBe('9999-12-31T23:59:59Z');
  });
});

describe('serial numbers', () => {
  test.each([
    ['020100', '00'],
    ['0201ff', '-01'],
    ['020180', '-80'],
    ['02020080', '80'],
    ['0202ff7f', '-81'],
    ['0203010203', '010203'],
    ['0202ff00', '-0100'],
  ])('are written as openssl x509 -serial does: %s is %s', (hex, expected) => {
    const x509 = forgeX509(root, { serialNumber: Buffer.from(hex, 'hex') });
    expect(readCertificate(x509).serialNumber).toBe(expected);
  });
});

describe('keys', () => {
  test.each([
    ['rsa', 'RSA', 2048],
    ['rsa1024', 'RSA', 1024],
    ['p384', 'EC', 384],
    ['ed25519', 'Ed25519', null],
  ] as const)('of kind %s are named', async (key, keyAlgorithm, keySize) => {
    const { x509 } = await mint({ subject: 'CN=k', key });
    expect(readCertificate(x509)).toMatchObject({ keyAlgorithm, keySize });
  });

  test('of kind ML-DSA are named', () => {
    const publicKeyInfo = generateKeyPairSync('ml-dsa-65').publicKey.export({ type: 'spki', format: 'der' });
    const certificate = readCertificate(forgeX509(leaf, { publicKeyInfo }, intermediate));
    expect(certificate).toMatchObject({ keyAlgorithm: 'ML-DSA-65', keySize: null });
    expect(certificate.spkiSha256).toBe(hash('sha256', publicKeyInfo, 'hex'));
  });

  const ecKey = (options: ECKeyPairKeyObjectOptions): Buffer =>
    generateKeyPairSync('ec', options).publicKey.export({ type: 'spki', format: 'der' });
  const keyInfo = (algorithm: Buffer[], bits: string): Buffer =>
    tlv(0x30, tlv(0x30, ...algorithm), tlv(0x03, Buffer.from(bits, 'hex')));
  const EC = oid('1.2.840.10045.2.1');

  test.each([
    ['a curve without a NIST name', ecKey({ namedCurve: 'brainpoolP256r1' }), 'brainpoolP256r1', 256],
    ['a binary curve', ecKey({ namedCurve: 'sect113r1' }), 'sect113r1', 113],
    ['a WAP curve', ecKey({ namedCurve: 'wap-wsg-idm-ecid-wtls1' }), 'wap-wsg-idm-ecid-wtls1', null],
    ['explicit parameters', ecKey({ namedCurve: 'secp112r1', paramEncoding: 'explicit' }), 'secp112r1', 112],
  ])('on %s leave the process alive', (_, publicKeyInfo, keyCurve, keySize) => {
    const certificate = readCertificate(forgeX509(leaf, { publicKeyInfo }, intermediate));
    expect(certificate).toMatchObject({ keyAlgorithm: 'EC', keyCurve, keySize });
  });

  test.each([
    ['of an unknown algorithm', keyInfo([oid('1.2.3.4.5')], '00aabb')],
    ['on an unknown curve', keyInfo([EC, oid('1.2.3.4')], '0004aabb')],
    ['off its curve', keyInfo([EC, oid('1.2.840.10045.3.1.7')], `0004${'01'.repeat(64)}`)],
    ['without any bits', keyInfo([oid('1.2.840.113549.1.1.1'), tlv(0x05)], '00')],
  ])('%s cost the key fields and nothing else', (_, publicKeyInfo) => {
    const certificate = readCertificate(forgeX509(leaf, { publicKeyInfo }, intermediate));
    expect(certificate).toMatchObject({ keyAlgorithm: 'unknown', keySize: null, selfSigned: false });
    expect(certificate.unreadable?.publicKey).toMatch(/cannot be decoded/);
    expect(certificate.spkiSha256).toBe(hash('sha256', publicKeyInfo, 'hex'));
    expect(certificate.subjectAltNames).toHaveLength(2);
  });
});

describe('bad encodings', () => {
  test('of dates cost the dates and nothing else', () => {
    const validity = tlv(
      0x30,
      tlv(0x17, Buffer.from('260101000000Z')),
      tlv(0x17, Buffer.from('261301000000Z')),
    );
    const certificate = readCertificate(forgeX509(leaf, { validity }, intermediate));
    expect(certificate.notAfter).toBeNull();
    expect(certificate.unreadable?.notAfter).toMatch(/no real date/);
    expect(certificate).toMatchObject({ notBefore: '2026-01-01T00:00:00Z', issuer: 'CN=Issuing' });
  });

  test('of subject alternative names are not the same as none', () => {
    const read = (...extensions: Buffer[]) => readCertificate(forgeX509(leaf, { extensions }, intermediate));
    expect(read(extension('2.5.29.14', tlv(0x04, Buffer.of(1)))).subjectAltNames).toEqual([]);
    const malformed = read(extension(SAN, tlv(0x30, tlv(0x87, Buffer.of(1, 2, 3)))));
    expect(malformed.subjectAltNames).toBeNull();
    expect(malformed.unreadable?.subjectAltNames).toMatch(/3 octets/);
    const twice = read(extension(SAN, dnsNames('a.test')), extension(SAN, dnsNames('b.test')));
    expect(twice.subjectAltNames).toBeNull();
  });

  test('of another extension do not hide the names', () => {
    const broken = extension('2.5.29.35', Buffer.from('30ff', 'hex'));
    const x509 = forgeX509(leaf, { extensions: [broken, extension(SAN, dnsNames('a.test'))] }, intermediate);
    expect(readCertificate(x509).subjectAltNames).toEqual([{ type: 'dns', value: 'a.test' }]);
  });

  test('that OpenSSL takes are read as well: indefinite lengths', () => {
    const attribute = tlv(0x30, oid('2.5.4.3'), utf8('ber'));
    const x509 = forgeX509(leaf, { subject: indefinite(0x30, indefinite(0x31, attribute)) }, intermediate);
    expect(readCertificate(x509)).toMatchObject({ subject: 'CN=ber', issuer: 'CN=Issuing' });
  });

  test('of hostile subjects come back escaped, an empty one empty', () => {
    const subject = name([['2.5.4.3', utf8('a\0b\u001b[31m,CN=bank.test')]]);
    expect(readCertificate(forgeX509(leaf, { subject }, intermediate)).subject).toBe(
      'CN=a\\00b\\1B[31m\\,CN=bank.test',
    );
    expect(readCertificate(forgeX509(leaf, { subject: name() }, intermediate)).subject).toBe('');
  });
});

describe('parsing DER', () => {
  test('refuses bytes after the end', () => {
    expect(() => parseDer(Buffer.concat([leaf.der, Buffer.of(10)]))).toThrow('1 bytes follow');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a certificate', (): Buffer => leaf.der.subarray(0, 100)],
    ['another structure', tlv(0x30, tlv(0x02, Buffer.of(1)))],
    ['text', Buffer.from('hello')],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseDer(typeof bytes === 'function' ? bytes() : bytes)).toThrow(Error);
  });

  test('reads the certificate itself, not one whose PEM text it carries', () => {
    const der = forge(
      leaf,
      { extensions: [extension('1.2.3.4', Buffer.from(`\n${root.pem}`))] },
      intermediate,
    );
    expect(readCertificate(parseDer(der)).subject).toBe('CN=api.test,O=Acme\\, Inc.');
  });
});
