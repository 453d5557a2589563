import type { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../lib/x509/certificate.ts';
import { isNamedAsIssuer, isSignedBy } from '../../lib/x509/issuance.ts';
import { readRights } from '../../lib/x509/rights.ts';
import { tlv } from './forge.ts';
import { dn, extension, newKey } from './quick-mint.ts';
import { ca, entity, ISSUING, issuing, LEAF, mint, ROOT } from './small-pki.ts';

const isNamed = (subject: X509Certificate, issuer: X509Certificate): boolean =>
  isNamedAsIssuer(readRights(subject), readRights(issuer), readCertificate(issuer).serialNumber);

describe('the issuer that a certificate names', () => {
  const keyId = (id: Buffer): Buffer => tlv(0x80, id);
  const issuersIssuer = (name: Buffer): Buffer => tlv(0xa1, tlv(0xa4, name));
  const serialNumber = (hex: string): Buffer => tlv(0x82, Buffer.from(hex, 'hex'));
  const serial = readCertificate(issuing).serialNumber;

  // As OpenSSL has it, except that it calls nobody an issuer who may not sign.
  test.each([
    ['no hint', [], true],
    ['the key', [keyId(ISSUING.key.id)], true],
    ['another key', [keyId(ROOT.key.id)], false],
    ['the serial number', [serialNumber(serial)], true],
    ['another serial number', [serialNumber('01')], false],
    ['a negative serial number', [serialNumber('ff')], false],
    ['the issuer above', [issuersIssuer(dn('CN=ROOT'))], true],
    ['another issuer above', [issuersIssuer(dn('CN=Other'))], false],
    ['the key of another serial number', [keyId(ISSUING.key.id), serialNumber('01')], false],
  ])('is told by %s', (_, hints, expected) => {
    const subject = mint(LEAF, ISSUING, { keyIds: false, extensions: [extension(35, tlv(0x30, ...hints))] });
    expect(isNamed(subject, issuing)).toBe(expected);
    expect(subject.checkIssued(issuing)).toBe(expected);
  });

  test('may have no identifier of its own', () => {
    const silent = ca(ISSUING, ROOT, { keyIds: false });
    expect(isNamed(mint(LEAF, ISSUING), silent)).toBe(true);
  });

  test('has the name', () => {
    expect(isNamed(mint(LEAF, { ...ISSUING, name: dn('CN=ISSUING') }), issuing)).toBe(true);
    expect(isNamed(mint(LEAF, { ...ISSUING, name: dn('CN=Issuin') }), issuing)).toBe(false);
  });
});

describe('the key that signed', () => {
  test('is the same in every certificate for it', () => {
    const subject = mint(LEAF, ISSUING);
    expect(isSignedBy(subject, ca(entity('CN=Anybody'), ROOT))).toBe(false);
    expect(isSignedBy(subject, ca({ ...ISSUING, name: dn('CN=Anybody') }, ROOT))).toBe(true);
    expect(isSignedBy(subject, ca({ ...ISSUING, key: newKey() }, ROOT))).toBe(false);
  });
});
