import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPointers } from '../../lib/x509/pointers.ts';
import { readCrl } from '../../lib/x509/revocation/crl.ts';
import type { DistributionPoint } from '../../lib/x509/revocation/distribution-point.ts';
import { findRevoked } from '../../lib/x509/revocation/find-revoked.ts';
import { statusByCrl } from '../../lib/x509/revocation/status-by-crl.ts';
import { statusByOcsp } from '../../lib/x509/revocation/status-by-ocsp.ts';
import { mintCrl } from '../support/crl.ts';
import { der, extensionOf, sequence, text } from '../support/der-writer.ts';
import { mintOcspResponse } from '../support/ocsp.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { extension, forge } from './forge.ts';

const NOW = new Date();
const URL = 'http://crl.test/7.crl';

let ca: Issued;
let leaf: Issued;
let delegate: Issued;
let pointed: Buffer;
let crl: Buffer;
let ocsp: Buffer;

beforeAll(async () => {
  ca = await mint({ subject: 'CN=Issuing,O=Acme', ca: true });
  leaf = await mint({ subject: 'CN=api.test', issuer: ca, serialNumber: '0abc' });
  const model = await mint({ subject: 'CN=OCSP', issuer: ca });
  const purposes = extension('2.5.29.37', Buffer.from('300a06082b06010505070309', 'hex'));
  delegate = { ...model, der: forge(model, { extensions: [purposes] }, ca) };
  const name = der(0xa0, der(0xa0, text(0x86, URL)));
  crl = mintCrl({
    issuer: ca,
    entries: [{ serialNumber: '0abb' }, { serialNumber: '0abc', reason: 1 }, { serialNumber: '0abd' }],
    extensions: [
      extensionOf('2.5.29.28', sequence(name), true),
      extensionOf('2.5.29.20', der(0x02, Buffer.of(7))),
    ],
  });
  const answers = [
    { certificate: leaf, issuer: ca, status: 'revoked', reason: 1 },
    { certificate: delegate, issuer: ca },
  ] as const;
  ocsp = mintOcspResponse({ answers, signer: delegate, certificates: [delegate] });
  const access = sequence(Buffer.from('06082b06010505073001', 'hex'), text(0x86, 'http://ocsp.test'));
  pointed = forge(
    leaf,
    {
      extensions: [
        extension('2.5.29.31', sequence(sequence(name), sequence(name, der(0x81, Buffer.of(5, 0x60))))),
        extension('1.3.6.1.5.5.7.1.1', sequence(access)),
        extension(
          '1.3.6.1.4.1.11129.2.4.2',
          der(0x04, Buffer.concat([Buffer.of(0, 60, 0, 58), Buffer.alloc(58)])),
        ),
        extension('1.3.6.1.5.5.7.1.24', sequence(der(0x02, Buffer.of(5)))),
      ],
    },
    ca,
  );
});

/** How bytes are damaged: octets exchanged, a stretch cut out, repeated or put in, the end cut off. */
type Damage =
  | { readonly kind: 'set'; readonly at: number; readonly octet: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'copy'; readonly at: number; readonly length: number; readonly to: number }
  | { readonly kind: 'put'; readonly at: number; readonly octets: Uint8Array }
  | { readonly kind: 'end'; readonly at: number };

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const length = fc.integer({ min: 1, max: 40 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    at: position,
    // The octets that mean something to a reader of DER are more likely to mislead it.
    octet: fc.oneof(
      fc.constantFrom(0, 2, 4, 6, 0x30, 0x80, 0x81, 0x84, 0xa0, 0xff),
      fc.integer({ min: 0, max: 255 }),
    ),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: position, length }),
  fc.record({ kind: fc.constant('copy' as const), at: position, length, to: position }),
  fc.record({ kind: fc.constant('put' as const), at: position, octets: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constant('end' as const), at: position }),
);

function apply(bytes: Buffer, each: Damage): Buffer {
  const at = Math.floor(each.at * bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (each.kind) {
    case 'set':
      return Buffer.concat([before, Buffer.of(each.octet), after.subarray(1)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(each.length)]);
    case 'copy': {
      const to = Math.floor(each.to * bytes.length);
      return Buffer.concat([bytes.subarray(0, to), after.subarray(0, each.length), bytes.subarray(to)]);
    }
    case 'put':
      return Buffer.concat([before, each.octets, after]);
    case 'end':
      return before;
  }
}

const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
const damaged = (bytes: Buffer, list: readonly Damage[]): Buffer => list.reduce(apply, bytes);

const point: DistributionPoint = {
  urls: [URL],
  directoryNames: [],
  relativeName: null,
  omitted: 0,
  reasons: null,
  crlIssuer: null,
};

const byCrl = (bytes: Uint8Array) =>
  statusByCrl({
    certificate: leaf.x509,
    issuer: ca.x509,
    crl: readCrl(bytes),
    distributionPoint: point,
    now: NOW,
  });

const byOcsp = (response: Uint8Array) =>
  statusByOcsp({ certificate: leaf.x509, issuer: ca.x509, response, by: 'staple', now: NOW });

const RUNS = { numRuns: 1000 };

describe('bytes that were tampered with', () => {
  test('never make a certificate that a CRL lists a good one', () => {
    expect(byCrl(crl).state).toBe('revoked');
    fc.assert(
      fc.property(damages, (list) => {
        const status = byCrl(damaged(crl, list));
        expect(status.state).not.toBe('good');
        // Nothing that can be changed is left unsigned but what surrounds the signed part.
        if (status.state === 'revoked') expect(status).toEqual(byCrl(crl));
      }),
      RUNS,
    );
  });

  test('never make a certificate good that a responder calls revoked', () => {
    expect(byOcsp(ocsp).state).toBe('revoked');
    fc.assert(
      fc.property(damages, (list) => {
        const status = byOcsp(damaged(ocsp, list));
        expect(status.state).not.toBe('good');
      }),
      RUNS,
    );
  });

  test('every octet for itself, in every bit', () => {
    for (const [bytes, ask] of [
      [crl, byCrl],
      [ocsp, byOcsp],
    ] as const) {
      for (let at = 0; at < bytes.length; at++) {
        const bit = 1 << (at % 8);
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ bit;
        expect(ask(changed).state).not.toBe('good');
      }
    }
  });

  test('never make a reader throw, and are either read or refused with a reason', () => {
    fc.assert(
      fc.property(damages, (list) => {
        const read = readCrl(damaged(crl, list));
        if ('unreadable' in read) expect(read.unreadable).not.toBe('');
        else findRevoked(read, '0abc');
      }),
      RUNS,
    );
    fc.assert(
      fc.property(damages, (list) => {
        const { unreadable = {}, ...pointers } = readPointers(damaged(pointed, list));
        for (const [field, value] of Object.entries(pointers)) {
          if (value === null) expect(unreadable).toHaveProperty(field);
        }
      }),
      RUNS,
    );
  });

  test('of any kind whatsoever are unknown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([byCrl(bytes).state, byOcsp(bytes).state]).toEqual(['unknown', 'unknown']);
        readPointers(bytes);
      }),
    );
  });
});

/** Counts the reads of octets, so that cost is told without a clock. */
function counted(bytes: Buffer): { readonly bytes: Uint8Array; readonly reads: () => number } {
  let reads = 0;
  const proxy = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { bytes: proxy, reads: () => reads };
}

describe('the cost of a CRL', () => {
  test('is a few reads per entry, however many there are', () => {
    const readsFor = (count: number): number => {
      const entries = Array.from({ length: count }, (_, index) => ({
        serialNumber: (index + 0x100000).toString(16),
        reason: 1,
      }));
      const { bytes, reads } = counted(mintCrl({ issuer: ca, entries }));
      const read = readCrl(bytes);
      if ('unreadable' in read) throw new Error(read.unreadable);
      expect(findRevoked(read, (count - 1 + 0x100000).toString(16))).not.toBeNull();
      expect(read.entryCount).toBe(count);
      return reads();
    };
    const [small, large] = [readsFor(200), readsFor(2000)];
    expect((large - small) / 1800).toBeGreaterThan(10);
    expect((large - small) / 1800).toBeLessThan(100);
    expect((large - small) / 1800).toBeCloseTo((readsFor(400) - small) / 200, 0);
  });

  test.each([
    ['indefinite lengths inside one another', '3080'],
    ['empty elements', '0500'],
    ['empty lists', '3000'],
    ['tags alone', '30'],
    ['long lengths', '3084ffffffff'],
  ])('stays small for %s by the hundred thousand', (_, hex) => {
    const filler = Buffer.alloc(300_000, hex, 'hex');
    const inPlaces = [
      filler,
      sequence(filler),
      sequence(sequence(filler)),
      sequence(sequence(sequence(filler))),
    ];
    for (const bytes of [
      ...inPlaces,
      sequence(sequence(sequence(), sequence(), text(0x17, '260101000000Z'), sequence(filler))),
    ]) {
      expect(byCrl(bytes).because).toBe('malformed');
      expect(byOcsp(bytes).because).toBe('malformed');
      readPointers(bytes);
    }
  });
});
