import { beforeAll, describe, expect, test } from 'vitest';
import { readPointers } from '../../lib/x509/pointers.ts';
import { der, octetString, sequence, text } from '../support/der-writer.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { extension, forge, name, oid, tlv, utf8 } from './forge.ts';

const CRL_DISTRIBUTION_POINTS = '2.5.29.31';
const AUTHORITY_INFO_ACCESS = '1.3.6.1.5.5.7.1.1';
const TLS_FEATURE = '1.3.6.1.5.5.7.1.24';
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';

let base: Issued;
beforeAll(async () => {
  base = await mint({ subject: 'CN=api.test', issuer: await mint({ subject: 'CN=CA', ca: true }) });
});

const read = (...extensions: Buffer[]) => readPointers(forge(base, { extensions }));
const uri = (url: string): Buffer => text(0x86, url);
const fullName = (...names: Buffer[]): Buffer => der(0xa0, der(0xa0, ...names));
const distributionPoints = (...points: Buffer[]): Buffer =>
  extension(CRL_DISTRIBUTION_POINTS, sequence(...points));

const NOTHING = {
  urls: [],
  directoryNames: [],
  relativeName: null,
  omitted: 0,
  reasons: null,
  crlIssuer: null,
};

describe('distribution points', () => {
  test('are all there, with every form of name', () => {
    const { distributionPoints: points } = read(
      distributionPoints(
        sequence(fullName(uri('http://crl.test/1.crl'), uri('ldap://dir.test/cn=ca?list'))),
        sequence(der(0xa0, der(0xa1, sequence(oid('2.5.4.3'), utf8('part 7'))))),
        sequence(
          fullName(der(0xa4, name([['2.5.4.10', utf8('Acme')]], [['2.5.4.3', utf8('a,b')]]))),
          der(0x81, Buffer.of(5, 0b01100000)),
          der(0xa2, der(0xa4, name([['2.5.4.3', utf8('CRLs')]]))),
        ),
      ),
    );
    expect(points).toEqual([
      { ...NOTHING, urls: ['http://crl.test/1.crl', 'ldap://dir.test/cn=ca?list'] },
      { ...NOTHING, relativeName: 'CN=part 7' },
      {
        ...NOTHING,
        directoryNames: ['CN=a\\,b,O=Acme'],
        reasons: ['keyCompromise', 'cACompromise'],
        crlIssuer: 'CN=CRLs',
      },
    ]);
  });

  test('that name every reason cover all of them', () => {
    const points = read(
      distributionPoints(sequence(fullName(uri('http://a')), der(0x81, Buffer.of(7, 0x7f, 0x80)))),
    );
    expect(points.distributionPoints).toEqual([{ ...NOTHING, urls: ['http://a'] }]);
  });

  test('are bounded in number and length, and what is left out is counted', () => {
    const urls = Array.from({ length: 12 }, (_, index) => uri(`http://crl.test/${index}`));
    const points = read(
      distributionPoints(sequence(fullName(uri('h'.repeat(2001)), ...urls)), sequence(fullName(...urls))),
    ).distributionPoints;
    expect(points?.map((point) => [point.urls.length, point.omitted])).toEqual([
      [12, 1],
      [4, 8],
    ]);
  });

  test.each([
    ['a list that is none', text(0x0c, 'x')],
    ['a point that is none', sequence(uri('http://a'))],
    ['an unknown part', sequence(sequence(der(0xa7)))],
    ['a name of an unknown form', sequence(sequence(der(0xa0, der(0xa5))))],
    ['a cut name', sequence(sequence(der(0xa0, Buffer.from('a00586', 'hex'))))],
    ['more points than anybody has', sequence(...Array.from({ length: 5000 }, () => sequence()))],
    ['bytes behind it', Buffer.concat([sequence(), Buffer.of(0)])],
  ])('that cannot be read are null with a reason: %s', (_, value) => {
    const pointers = read(extension(CRL_DISTRIBUTION_POINTS, value));
    expect(pointers.distributionPoints).toBeNull();
    expect(pointers.unreadable?.distributionPoints).toEqual(expect.any(String));
    expect(pointers.authorityInfo).toEqual({ ocspUrls: [], caIssuersUrls: [], omitted: 0 });
  });

  test('there twice are neither', () => {
    const one = distributionPoints(sequence(fullName(uri('http://a'))));
    expect(read(one, one).distributionPoints).toBeNull();
  });
});

describe('authority information', () => {
  const access = (method: string, location: Buffer): Buffer => sequence(oid(method), location);
  const OCSP = '1.3.6.1.5.5.7.48.1';
  const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';

  test('tells responders and issuers apart, in order', () => {
    const value = sequence(
      access(OCSP, uri('http://ocsp.test/a')),
      access(CA_ISSUERS, uri('http://ca.test/ca.cer')),
      access(OCSP, uri('http://ocsp.test/b')),
      access(CA_ISSUERS, der(0xa4, name())),
      access('1.3.6.1.5.5.7.48.3', uri('http://time.test')),
    );
    expect(read(extension(AUTHORITY_INFO_ACCESS, value)).authorityInfo).toEqual({
      ocspUrls: ['http://ocsp.test/a', 'http://ocsp.test/b'],
      caIssuersUrls: ['http://ca.test/ca.cer'],
      omitted: 2,
    });
  });

  test('is bounded', () => {
    const many = Array.from({ length: 3000 }, () => access(OCSP, uri('http://ocsp.test')));
    const info = read(extension(AUTHORITY_INFO_ACCESS, sequence(...many))).authorityInfo;
    expect([info?.ocspUrls.length, info?.omitted]).toEqual([16, 2984]);
  });

  test('that is malformed is null with a reason', () => {
    const pointers = read(extension(AUTHORITY_INFO_ACCESS, sequence(sequence(oid(OCSP)))));
    expect(pointers.authorityInfo).toBeNull();
    expect(pointers.unreadable?.authorityInfo).toMatch(/not a method with a location/);
  });
});

describe('other extensions', () => {
  test('must-staple is the TLS feature 5', () => {
    const feature = (...numbers: number[]) =>
      read(
        extension(
          TLS_FEATURE,
          sequence(
            ...numbers.map((number) => der(0x02, Buffer.of(0, number).subarray(number > 127 ? 0 : 1))),
          ),
        ),
      );
    expect(feature(5)).toMatchObject({ mustStaple: true, tlsFeatures: [5] });
    expect(feature(17, 200)).toMatchObject({ mustStaple: false, tlsFeatures: [17, 200] });
    expect(read(extension(TLS_FEATURE, sequence(text(0x0c, 'x'))))).toMatchObject({
      mustStaple: false,
      tlsFeatures: null,
      unreadable: { tlsFeatures: expect.any(String) },
    });
  });

  test('noRevAvail and ocsp-nocheck are there or not', () => {
    const none = Buffer.of(5, 0);
    expect(read()).toMatchObject({ noRevocationAvailable: false, ocspNoCheck: false });
    expect(read(extension('2.5.29.56', none))).toMatchObject({ noRevocationAvailable: true });
    expect(read(extension('1.3.6.1.5.5.7.48.1.5', none))).toMatchObject({ ocspNoCheck: true });
  });

  const sct = (version: number, log: number, ms: bigint): Buffer => {
    const body = Buffer.concat([
      Buffer.of(version),
      Buffer.alloc(32, log),
      Buffer.alloc(8),
      Buffer.alloc(14),
    ]);
    body.writeBigUInt64BE(ms, 33);
    return Buffer.concat([Buffer.of(0, body.length), body]);
  };
  const sctList = (...scts: Buffer[]): Buffer => {
    const body = Buffer.concat(scts);
    return extension(SCT_LIST, octetString(Buffer.of(body.length >> 8, body.length & 0xff), body));
  };

  test('SCTs are counted, those of version 1 told with log and time', () => {
    const ms = BigInt(Date.parse('2026-03-04T05:06:07.890Z'));
    expect(read(sctList(sct(0, 0xab, ms), sct(9, 1, 0n), sct(0, 2, 0n))).scts).toEqual({
      count: 3,
      list: [
        { logId: 'ab'.repeat(32), timestamp: '2026-03-04T05:06:07Z' },
        { logId: '02'.repeat(32), timestamp: '1970-01-01T00:00:00Z' },
      ],
    });
    expect(read().scts).toEqual({ count: 0, list: [] });
  });

  test.each([
    ['a list that is cut off', octetString(Buffer.of(0, 9, 0, 7, 0))],
    ['one that is longer than the list', octetString(Buffer.of(0, 4, 0, 7, 0, 0))],
    ['one that is too short', octetString(Buffer.of(0, 4, 0, 2, 0, 0))],
    ['half a length', octetString(Buffer.of(0, 1, 0))],
    ['nothing', octetString()],
  ])('SCTs that cannot be read are null with a reason: %s', (_, value) => {
    const pointers = read(extension(SCT_LIST, value));
    expect(pointers.scts).toBeNull();
    expect(pointers.unreadable?.scts).toMatch(/cut off/);
  });

  test('a time beyond any date is a reason, too', () => {
    expect(read(sctList(sct(0, 1, 2n ** 63n))).unreadable?.scts).toMatch(/no date/);
  });
});

test('what is no certificate has no pointers, and reasons for each', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('3003020101', 'hex'), tlv(0x30, tlv(0x30))]) {
    const { distributionPoints: points, authorityInfo, scts, unreadable } = readPointers(bytes);
    expect([points, authorityInfo, scts]).toEqual([null, null, null]);
    expect(Object.keys(unreadable ?? {}).sort()).toEqual([
      'authorityInfo',
      'distributionPoints',
      'extensions',
      'scts',
      'tlsFeatures',
    ]);
  }
});
