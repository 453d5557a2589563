import { beforeAll, describe, expect, test } from 'vitest';
import { children, content, encoding, readElement } from '../../lib/x509/der.ts';
import type { Crl } from '../../lib/x509/revocation/crl.ts';
import { readCrl } from '../../lib/x509/revocation/crl.ts';
import { serialOctets } from '../../lib/x509/revocation/encode.ts';
import { findRevoked } from '../../lib/x509/revocation/find-revoked.ts';
import type { CrlEntryOptions, CrlOptions } from '../support/crl.ts';
import { mintCrl, toPem } from '../support/crl.ts';
import {
  der,
  enumerated,
  extensionOf,
  generalizedTime,
  sequence,
  text,
  utcTime,
} from '../support/der-writer.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { forge, name, oid, utf8 } from './forge.ts';

let ca: Issued;
beforeAll(async () => {
  ca = await mint({ subject: 'CN=Issuing,O=Acme', ca: true });
});

/** A CRL that can be read. */
function crlOf(options: Omit<CrlOptions, 'issuer'>): Crl {
  const crl = readCrl(mintCrl({ issuer: ca, ...options }));
  if ('unreadable' in crl) throw new Error(crl.unreadable);
  return crl;
}

function unreadable(bytes: Uint8Array): string {
  const crl = readCrl(bytes);
  return 'unreadable' in crl ? crl.unreadable : 'readable';
}

const INVALIDITY_DATE = '2.5.29.24';
const CERTIFICATE_ISSUER = '2.5.29.29';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const indirect = extensionOf(ISSUING_DISTRIBUTION_POINT, sequence(der(0x84, Buffer.of(0xff))), true);
const issuedBy = (...names: Buffer[]) =>
  extensionOf(CERTIFICATE_ISSUER, sequence(...names.map((one) => der(0xa4, one))), true);

describe('a CRL', () => {
  test('is read field by field', () => {
    const crl = crlOf({
      thisUpdate: new Date('2026-03-04T05:06:07Z'),
      nextUpdate: new Date('2026-03-11T05:06:07Z'),
      entries: [{ serialNumber: '0a' }, { serialNumber: '0b', reason: 1 }],
      extensions: [
        extensionOf('2.5.29.20', der(0x02, Buffer.from('00ff01', 'hex'))),
        extensionOf(
          ISSUING_DISTRIBUTION_POINT,
          sequence(
            der(0xa0, der(0xa0, text(0x86, 'http://crl.test/7.crl'))),
            der(0x81, Buffer.of(0xff)),
            der(0x82, Buffer.of(0)),
            der(0x83, Buffer.of(6, 0b01000000)),
          ),
          true,
        ),
      ],
    });
    expect(crl).toMatchObject({
      issuer: 'CN=Issuing,O=Acme',
      thisUpdate: '2026-03-04T05:06:07Z',
      nextUpdate: '2026-03-11T05:06:07Z',
      number: 'ff01',
      deltaOf: null,
      entryCount: 2,
      unknownCritical: [],
      scope: {
        name: { urls: ['http://crl.test/7.crl'], directoryNames: [], relativeName: null, omitted: 0 },
        onlyUserCertificates: true,
        onlyCaCertificates: false,
        onlyAttributeCertificates: false,
        onlySomeReasons: ['keyCompromise'],
        indirectCrl: false,
      },
    });
  });

  test('may be empty, without nextUpdate or extensions', () => {
    expect(crlOf({ nextUpdate: null })).toMatchObject({
      nextUpdate: null,
      entryCount: 0,
      scope: null,
      number: null,
    });
  });

  test('is read from PEM among comments as well', () => {
    const bytes = mintCrl({ issuer: ca, entries: [{ serialNumber: '0a' }] });
    const pem = toPem('X509 CRL', bytes);
    for (const variant of [
      pem,
      pem.replaceAll('\n', '\r\n'),
      `# of today\n${pem}\ntrailing`,
      `\ufeff${pem}`,
    ]) {
      expect(readCrl(Buffer.from(variant))).toMatchObject({ entryCount: 1, issuer: 'CN=Issuing,O=Acme' });
    }
    expect(unreadable(Buffer.from(pem + pem))).toMatch(/more than one/);
    expect(unreadable(Buffer.from(ca.pem))).toMatch(/neither DER nor PEM/);
    expect(unreadable(Buffer.from(pem.slice(0, -30)))).toMatch(/END line/);
  });

  test('of an issuer whose name is longer than any is refused', () => {
    const subject = name([['2.5.4.3', utf8('x'.repeat(20_000))]]);
    expect(unreadable(mintCrl({ issuer: { ...ca, der: forge(ca, { subject }) } }))).toMatch(
      /a name of 20\d{3} octets/,
    );
  });

  test('lets bytes after its end be', () => {
    const bytes = Buffer.concat([
      mintCrl({ issuer: ca, entries: [{ serialNumber: '0a' }] }),
      Buffer.from('\n'),
    ]);
    expect(readCrl(bytes)).toMatchObject({ entryCount: 1 });
  });

  test('tells deltas and critical extensions that nobody here knows', () => {
    const delta = extensionOf('2.5.29.27', der(0x02, Buffer.of(7)), true);
    expect(crlOf({ extensions: [delta] }).deltaOf).toBe('07');
    const strange = extensionOf('1.2.3.4', Buffer.of(5, 0), true);
    expect(crlOf({ extensions: [strange] }).unknownCritical).toEqual(['1.2.3.4']);
    expect(crlOf({ extensions: [extensionOf('1.2.3.4', Buffer.of(5, 0))] }).unknownCritical).toEqual([]);
    const entries = [{ serialNumber: '0a', extensions: [strange] }];
    expect(crlOf({ entries }).unknownCritical).toEqual(['an extension of an entry']);
  });

  test('is refused with a reason where it contradicts itself', () => {
    const other = sequence(oid('1.2.840.113549.1.1.11'), Buffer.of(5, 0));
    expect(unreadable(mintCrl({ issuer: ca, innerAlgorithm: other }))).toMatch(/not the one outside/);
    const entries = [{ serialNumber: '0a', extensions: [issuedBy(name([['2.5.4.3', utf8('Other')]]))] }];
    expect(unreadable(mintCrl({ issuer: ca, entries }))).toMatch(/does not say that it is indirect/);
    const twice = extensionOf('2.5.29.20', der(0x02, Buffer.of(1)));
    expect(unreadable(mintCrl({ issuer: ca, extensions: [twice, twice] }))).toMatch(/there twice/);
  });

  test('is refused with a reason where anything stands that is not in its definition', () => {
    const bytes = mintCrl({ issuer: ca });
    const [tbs, ...outside] = [...children(bytes, readElement(bytes))];
    if (tbs === undefined) throw new Error('not a CRL');
    const rest = outside.map((element) => encoding(bytes, element));
    const rebuilt = (inside: Buffer[], behind: Buffer[]) =>
      unreadable(sequence(sequence(content(bytes, tbs), ...inside), ...rest, ...behind));
    expect(rebuilt([], [])).toBe('readable');
    expect(rebuilt([der(0xa1)], [])).toMatch(/nothing belongs/);
    expect(rebuilt([sequence(), sequence()], [])).toMatch(/nothing belongs/);
    expect(rebuilt([], [der(0xa0)])).toMatch(/follows the signature/);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>not found</html>')],
    ['an empty SEQUENCE', Buffer.from('3000', 'hex')],
    ['an indefinite length', Buffer.from('30803080', 'hex')],
    ['indefinite lengths inside one another', Buffer.from('3080'.repeat(50_000), 'hex')],
    ['a list of nothing', sequence(Buffer.alloc(200_000, '0500', 'hex'))],
    ['a name of megabytes', sequence(sequence(sequence(), sequence(der(0x31, Buffer.alloc(2_000_000)))))],
  ])('is refused with a reason: %s', (_, bytes) => {
    expect(unreadable(bytes)).not.toBe('readable');
  });
});

test.each([
  ['00', '00'],
  ['7f', '7f'],
  ['80', '0080'],
  ['0abc', '0abc'],
  ['-01', 'ff'],
  ['-80', '80'],
  ['-81', 'ff7f'],
  ['-0100', 'ff00'],
])('the serial number %s is encoded as %s', (serialNumber, hex) => {
  expect(serialOctets(serialNumber).toString('hex')).toBe(hex);
});

describe('an entry', () => {
  const find = (serialNumber: string, ...entries: CrlEntryOptions[]) =>
    findRevoked(crlOf({ entries }), serialNumber);

  test('is found among others, with date and reason', () => {
    const entries: CrlEntryOptions[] = Array.from({ length: 300 }, (_, index) => ({
      serialNumber: (index + 256).toString(16).padStart(4, '0'),
    }));
    const crl = crlOf({
      entries: entries.with(77, {
        serialNumber: '014d',
        revokedAt: new Date('2026-02-03T04:05:06Z'),
        reason: 4,
        extensions: [extensionOf(INVALIDITY_DATE, generalizedTime(new Date('2026-01-01T00:00:00Z')))],
      }),
    });
    expect(crl.entryCount).toBe(300);
    expect(findRevoked(crl, '014d')).toEqual({
      revokedAt: '2026-02-03T04:05:06Z',
      reason: 'superseded',
      invalidityDate: '2026-01-01T00:00:00Z',
    });
    for (const first of ['0100', '022b']) expect(findRevoked(crl, first)).not.toBeNull();
    for (const absent of ['00ff', '022c', '01', '4d', '-014d']) expect(findRevoked(crl, absent)).toBeNull();
  });

  test.each([
    ['00', '020100'],
    ['-01', '0201ff'],
    ['-80', '020180'],
    ['80', '02020080'],
    ['-81', '0202ff7f'],
    ['-0100', '0202ff00'],
    ['80', '0203000080'],
    ['-80', '0203ffff80'],
    ['7f', '02040000007f'],
  ])('has the serial number %s where it is written as %s', (serialNumber, hex) => {
    const entry = sequence(Buffer.from(hex, 'hex'), utcTime(new Date()));
    const crl: Crl = { ...crlOf({}), der: sequence(entry), entries: readElement(sequence(entry)) };
    expect(findRevoked(crl, serialNumber)).not.toBeNull();
    expect(findRevoked(crl, '0a')).toBeNull();
  });

  test.each([
    [0, 'unspecified'],
    [1, 'keyCompromise'],
    [6, 'certificateHold'],
    [8, 'removeFromCRL'],
    [9, 'privilegeWithdrawn'],
    [10, 'aACompromise'],
    [7, null],
    [99, null],
  ])('with the code %i was revoked because of %s', (reason, expected) => {
    expect(find('0a', { serialNumber: '0a', reason })?.reason).toBe(expected);
  });

  test('that is damaged still revokes', () => {
    const damaged = [
      extensionOf('2.5.29.21', Buffer.of(0x0a)),
      extensionOf(INVALIDITY_DATE, text(0x18, '2026')),
    ];
    expect(find('0a', { serialNumber: '0a', extensions: damaged })).toEqual({
      revokedAt: '2026-05-04T03:02:01Z',
      reason: null,
      invalidityDate: null,
    });
    expect(
      find('0a', { serialNumber: '0a', revokedAt: new Date('2026-05-04T03:02:01Z') })?.reason,
    ).toBeNull();
  });

  test('there twice counts as revoked whichever comes first', () => {
    const removed = { serialNumber: '0a', reason: 8 };
    const held = { serialNumber: '0a', reason: 6 };
    expect(find('0a', removed, held)?.reason).toBe('certificateHold');
    expect(find('0a', held, removed)?.reason).toBe('certificateHold');
  });

  test('of an indirect CRL is about the issuer that was named last, at first its own', () => {
    const own = name([['2.5.4.10', utf8('Acme')]], [['2.5.4.3', utf8('Issuing')]]);
    const other = name([['2.5.4.3', utf8('Other')]]);
    const crl = crlOf({
      extensions: [indirect],
      entries: [
        { serialNumber: '01' },
        { serialNumber: '02', extensions: [issuedBy(other)] },
        { serialNumber: '03' },
        { serialNumber: '04', extensions: [issuedBy(own)] },
        { serialNumber: '05' },
        { serialNumber: '06', extensions: [extensionOf(CERTIFICATE_ISSUER, enumerated(1), true)] },
      ],
    });
    const listed = ['01', '02', '03', '04', '05', '06'].filter((serial) => findRevoked(crl, serial) !== null);
    // The issuer of the last cannot be read: what may be meant is not overlooked.
    expect(listed).toEqual(['01', '04', '05', '06']);
  });

  test.each([
    ['is no SEQUENCE', der(0x31, der(0x02, Buffer.of(1)))],
    ['has no serial number', sequence(utcTime(new Date()))],
    ['has an empty serial number', sequence(der(0x02), utcTime(new Date()))],
    ['has no date', sequence(der(0x02, Buffer.of(1)))],
    ['has something else for extensions', sequence(der(0x02, Buffer.of(1)), utcTime(new Date()), der(0x31))],
    [
      'has something after its extensions',
      sequence(der(0x02, Buffer.of(1)), utcTime(new Date()), sequence(), der(5)),
    ],
    ['is cut off', Buffer.from('3010020101', 'hex')],
    ['has a date that is longer than itself', Buffer.from('3006020101171f32', 'hex')],
    ['has an indefinite length', Buffer.from('30800201010000', 'hex')],
    ['has a length of five octets', Buffer.from('30850000000003020101', 'hex')],
  ])('that %s makes the CRL unreadable', (_, entry) => {
    const bytes = mintCrl({ issuer: ca, entries: [{ serialNumber: '0a0b0c0d0e0f' }] });
    expect(unreadable(replaceEntry(bytes, entry))).not.toBe('readable');
    expect(unreadable(replaceEntry(bytes, sequence(der(0x02, Buffer.of(1)), utcTime(new Date()))))).toBe(
      'readable',
    );
  });
});

/** The CRL with its one entry exchanged. Its signature does not fit any more, which only verifying would tell. */
function replaceEntry(bytes: Buffer, entry: Buffer): Buffer {
  const serial = Buffer.from('02060a0b0c0d0e0f', 'hex');
  const at = bytes.indexOf(serial) - 2;
  const end = at + 2 + (bytes[at + 1] ?? 0);
  const list = der(0x30, entry);
  const tbsStart = bytes.indexOf(Buffer.from('020101', 'hex'));
  const tbsLength = bytes[tbsStart - 1] ?? 0;
  const tbsEnd = tbsStart + tbsLength;
  const tbs = sequence(bytes.subarray(tbsStart, at - 2), list, bytes.subarray(end, tbsEnd));
  return sequence(tbs, bytes.subarray(tbsEnd));
}
