import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../lib/core/inventory.ts';
import {
  findCertificates,
  getCertificate,
  getCertificates,
  getDer,
  recordCertificates,
} from '../../lib/store/certificates.ts';
import { expiring } from '../../lib/store/expiring.ts';
import { recordSightings, sightingsOf } from '../../lib/store/sightings.ts';
import { certificate, fingerprintOf, sighting } from './samples.ts';
import { all, storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

describe('certificates', () => {
  it('are kept once, with their encoding', async () => {
    const der = new Uint8Array([48, 130, 0, 255]);
    const one = certificate('once.example');
    await recordCertificates(table(), [
      { certificate: one, der },
      { certificate: one, der },
      { certificate: certificate('no-der.example'), der: null },
    ]);
    // A second process knows nothing of what this one wrote.
    const elsewhere = { ...table() };
    await recordCertificates(elsewhere, [
      { certificate: { ...one, subject: 'CN=changed' }, der: new Uint8Array([1]) },
    ]);

    expect(await getCertificate(table(), one.fingerprint)).toEqual(one);
    expect(Buffer.from((await getDer(table(), one.fingerprint)) ?? [])).toEqual(Buffer.from(der));
    expect(await getDer(table(), fingerprintOf('no-der.example'))).toBeUndefined();
    expect(await getCertificate(table(), fingerprintOf('nobody'))).toBeUndefined();
  });

  it('are read in any number', async () => {
    const many = Array.from({ length: 130 }, (_, index) => certificate(`many-${index}.example`));
    await recordCertificates(
      table(),
      many.map((one) => ({ certificate: one, der: new Uint8Array([48]) })),
    );
    const fingerprints = many.map((one) => one.fingerprint);

    const found = await getCertificates(table(), [...fingerprints, ...fingerprints, fingerprintOf('nobody')]);
    expect(found).toEqual(new Map(many.map((one) => [one.fingerprint, one])));
    expect(await getCertificates(table(), [])).toEqual(new Map());
  });

  it('fit into an item however many names they have, and say how many are left out', async () => {
    const names = (count: number, length: number) =>
      Array.from({ length: count }, (_, index) => ({
        type: 'uri' as const,
        value: `${index}`.padEnd(length, 'x'),
      }));
    const many = certificate('many names', { subjectAltNames: names(10_000, 50) });
    const long = certificate('long names', {
      subjectAltNames: [...names(10, 1_900), ...names(1, 1e6)],
      subject: 'CN='.padEnd(1e6, 'ü'),
    });
    const one = certificate('one long name', { subjectAltNames: names(1, 9_000) });
    const huge = new Uint8Array(500_000);
    await recordCertificates(table(), [
      { certificate: many, der: huge },
      { certificate: long, der: null },
      { certificate: one, der: null },
    ]);

    expect(await getCertificate(table(), many.fingerprint)).toEqual({
      ...many,
      subjectAltNames: names(100, 50),
      subjectAltNamesOmitted: 9_900,
    });
    expect(await getCertificate(table(), long.fingerprint)).toMatchObject({
      subjectAltNames: names(8, 1_900),
      subjectAltNamesOmitted: 3,
      subject: expect.stringMatching(/^CN=ü{1996}…$/),
    });
    expect(await getCertificate(table(), one.fingerprint)).toEqual({
      ...one,
      subjectAltNames: [],
      subjectAltNamesOmitted: 1,
    });
    expect(await getDer(table(), many.fingerprint)).toBeUndefined();
  });

  it('tell unreadable names from none', async () => {
    const unreadable = certificate('unreadable', {
      subjectAltNames: null,
      notAfter: null,
      unreadable: { subjectAltNames: 'malformed', notAfter: 'month 16' },
    });
    await recordCertificates(table(), [{ certificate: unreadable, der: null }]);

    expect(await getCertificate(table(), unreadable.fingerprint)).toEqual(unreadable);
  });

  it('are found by the beginning of their fingerprint', async () => {
    const one = certificate('prefix.example');
    await recordCertificates(table(), [{ certificate: one, der: null }]);

    expect(await findCertificates(table(), one.fingerprint.slice(0, 12).toUpperCase())).toEqual([
      one.fingerprint,
    ]);
    expect(await findCertificates(table(), one.fingerprint.slice(0, 2), 1)).toHaveLength(1);
    for (const odd of ['', 'a', 'xyz', `${one.fingerprint}0`]) {
      expect(await findCertificates(table(), odd)).toEqual([]);
    }
  });
});

describe('sightings', () => {
  it('keep when they began, and go when the certificate is gone from the target', async () => {
    const here = sighting('seen', 'endpoint:here.example:443');
    const there = sighting('seen', 'endpoint:there.example:443');
    await recordSightings(table(), here.target, [here], []);
    await recordSightings(table(), there.target, [there], []);
    const again = { ...here, owner: 'new-owner', firstSeenAt: '2026-12-24T00:00:00Z' };
    await recordSightings(table(), here.target, [again], [fingerprintOf('unknown')]);

    expect(await all(sightingsOf(table(), here.fingerprint))).toEqual([
      { ...here, owner: 'new-owner' },
      there,
    ]);
    await recordSightings(table(), here.target, [], [here.fingerprint]);
    expect(await all(sightingsOf(table(), here.fingerprint))).toEqual([there]);
  });

  it('of a certificate without a readable end are in no order of ends', async () => {
    const endless = sighting('endless', 'endpoint:endless.example:443', { notAfter: null, owner: 'endless' });
    await recordSightings(table(), endless.target, [{ ...endless, notAfter: '2027-01-01T00:00:00Z' }], []);
    await recordSightings(table(), endless.target, [endless], []);

    expect(await all(sightingsOf(table(), endless.fingerprint))).toEqual([endless]);
    expect(await all(expiring(table(), { before: new Date('9999-12-31'), owner: 'endless' }))).toEqual([]);
  });
});

describe('what expires before an instant', () => {
  // Year 950 and 9999 are what hostile and endless certificates say; several share one second.
  const end = fc.oneof(
    fc.constantFrom('0950-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2027-01-30T23:59:59Z'),
    fc
      .date({
        min: new Date('2026-01-01T00:00:00Z'),
        max: new Date('2028-01-01T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((date) => `${date.toISOString().slice(0, 19)}Z`),
  );

  it('is every such sighting and no other, in the order of the ends', async () => {
    let round = 0;
    const property = fc.asyncProperty(
      fc.array(fc.tuple(end, fc.boolean()), { maxLength: 40 }),
      end,
      fc.integer({ min: -1, max: 1 }),
      async (ends, pivot, offsetMs) => {
        round++;
        const owner = `round-${round}`;
        const sightings: Sighting[] = ends.map(([notAfter, owned], index) =>
          sighting(`${round}/${index}`, `endpoint:${index}.round-${round}.example:443`, {
            notAfter,
            owner: owned ? owner : null,
          }),
        );
        await recordSightings(table(), '', sightings, []);
        const before = new Date(Date.parse(pivot) + offsetMs);
        const expected = (those: readonly Sighting[]) =>
          those
            .filter(({ notAfter }) => Date.parse(notAfter ?? '') < before.getTime())
            .map(({ notAfter }) => notAfter)
            .sort();
        const mine = (await all(expiring(table(), { before }))).filter(({ target }) =>
          target.endsWith(`.round-${round}.example:443`),
        );
        const owned = await all(expiring(table(), { before, owner }));

        expect(mine.map(({ notAfter }) => notAfter)).toEqual(expected(sightings));
        expect(new Set(mine)).toEqual(
          new Set(sightings.filter(({ notAfter }) => Date.parse(notAfter ?? '') < before.getTime())),
        );
        expect(owned.map(({ notAfter }) => notAfter)).toEqual(
          expected(sightings.filter((one) => one.owner === owner)),
        );
        // Each round alone, so that the rows of earlier ones do not slow it down.
        for (const one of sightings) await recordSightings(table(), one.target, [], [one.fingerprint]);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it('is read across pages', async () => {
    const target = 'truststore:/etc/pages.pem';
    // All in one shard, whose pages hold 250.
    const sightings = Array.from({ length: 600 }, (_, index) =>
      sighting(`page ${index}`, target, {
        fingerprint: `00${fingerprintOf(`page ${index}`).slice(2)}`,
        owner: 'pages',
        notAfter: `2027-02-${String((index % 28) + 1).padStart(2, '0')}T00:00:00Z`,
      }),
    );
    await recordSightings(table(), target, sightings, []);
    for (const filter of [{}, { owner: 'pages' }]) {
      const found = (await all(expiring(table(), { before: new Date('2027-03-01'), ...filter }))).filter(
        (one) => one.target === target,
      );
      expect(found).toHaveLength(600);
      expect(found.map((one) => one.notAfter)).toEqual(sightings.map((one) => one.notAfter).sort());
    }
  });

  it('is nothing before the first year', async () => {
    expect(await all(expiring(table(), { before: new Date(-1e15) }))).toEqual([]);
  });
});
