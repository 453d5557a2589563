import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCertificateRequest } from '../../../lib/sources/tls-endpoint/tap.ts';
import { der, sequence, text } from '../../support/der-writer.ts';
import { oid } from '../../x509/forge.ts';

const uint = (bytes: number, value: number): Buffer => {
  const octets = Buffer.alloc(bytes);
  octets.writeUIntBE(value, 0, bytes);
  return octets;
};
const vector = (bytes: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint(bytes, body.length), body]);
};
const record = (...messages: Buffer[]): Buffer =>
  Buffer.concat([Buffer.of(22, 3, 3), vector(2, ...messages)]);
const message = (type: number, ...parts: Buffer[]): Buffer =>
  Buffer.concat([Buffer.of(type), vector(3, ...parts)]);
const hello = (version: number): Buffer => message(2, uint(2, version), Buffer.alloc(36));
const name = (value: string): Buffer => sequence(der(0x31, sequence(oid('2.5.4.3'), text(0x0c, value))));

/** A server's first flight; before TLS 1.2 a request lists no algorithms (RFC 4346 §7.4.4). */
function flight(version: number, names: readonly Buffer[]): Buffer {
  const algorithms = version < 0x0303 ? [] : [vector(2, uint(2, 0x0403))];
  const list = vector(2, ...names.map((each) => vector(2, each)));
  return record(hello(version), message(13, vector(1, Buffer.of(1, 64)), ...algorithms, list), message(14));
}

describe('the CAs that a server names in the clear', () => {
  test.each([0x0301, 0x0302, 0x0303])('are read in version %i', (version) => {
    const names = [name('First CA'), name('Second CA')];
    expect(readCertificateRequest(flight(version, names))).toEqual({
      names: ['CN=First CA', 'CN=Second CA'],
      more: 0,
    });
    expect(readCertificateRequest(flight(version, []))).toEqual({ names: [], more: 0 });
  });

  test('are a hundred at most, each of a bearable length, and the rest is counted', () => {
    const many = Array.from({ length: 130 }, (_, index) => name(`CA ${index}`));
    const read = readCertificateRequest(flight(0x0303, many));
    expect([read?.names.length, read?.more]).toEqual([100, 30]);
    const odd = [name('x'.repeat(297)), name('x'.repeat(298)), Buffer.of(1, 2, 3)];
    expect(readCertificateRequest(flight(0x0303, odd))).toEqual({
      names: [`CN=${'x'.repeat(297)}`],
      more: 2,
    });
  });

  test('are none where nothing says which version is spoken', () => {
    expect(readCertificateRequest(record(message(13, vector(1), vector(2), vector(2))))).toBeNull();
  });

  test('are few and short whatever the server sends', () => {
    const whole = flight(0x0303, [name('First CA'), name('Second CA')]);
    const changes = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })));
    void fc.assert(
      fc.property(changes, fc.nat({ max: whole.length }), (edits, length) => {
        const garbled = Buffer.from(whole.subarray(0, length));
        for (const [at, octet] of edits) if (at < length) garbled[at] = octet;
        const names = readCertificateRequest(garbled)?.names ?? [];
        return names.length <= 100 && names.every((each) => each.length <= 300);
      }),
    );
  });
});
