import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Content } from '../../lib/core/content.ts';
import type { TargetRecord } from '../../lib/core/inventory.ts';
import { clip, packFingerprints, recordOf, unpackFingerprints } from '../../lib/store/codec.ts';
import { recordContent } from '../../lib/store/content.ts';
import { saveLedger } from '../../lib/store/ledger.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { getTarget, listTargets, putTarget } from '../../lib/store/targets.ts';
import { endpointContent, fingerprintOf, ledgerEntry, targetRecord } from './samples.ts';
import { all, storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const fingerprint = fc.stringMatching(/^[0-9a-f]{64}$/);
const failure = fc.record(
  { reason: fc.constantFrom('connect_refused' as const, 'dns_timeout' as const), detail: text },
  { requiredKeys: ['reason'] },
);

const targetRecords: fc.Arbitrary<TargetRecord> = fc.record(
  {
    target: fc.record(
      {
        id: fc.uuid().map((id) => `file:/${id}`),
        kind: fc.constantFrom('truststore' as const, 'file' as const),
        owner: fc.option(text),
        tags: fc.dictionary(text, text, { noNullPrototype: true }),
        path: fc.string({ unit: 'grapheme', minLength: 1 }),
        everyMs: fc.nat(),
        thresholds: fc.constantFrom({ leaf: { warning: { ms: 1 } } }, { ca: { notice: { share: 0.25 } } }),
      },
      { requiredKeys: ['id', 'kind', 'owner', 'tags', 'path'] },
    ),
    origin: fc.constantFrom('config' as const, 'command' as const),
    addedAt: fc.constant('2026-11-20T10:00:00Z'),
    withdrawnAt: fc.constant('2026-11-21T10:00:00Z'),
  },
  { requiredKeys: ['target', 'origin', 'addedAt'] },
);

const contents: fc.Arbitrary<Content> = fc.oneof(
  fc.record({
    kind: fc.constant('endpoint' as const),
    chains: fc.array(
      fc.record({
        certificates: fc.array(fingerprint, { maxLength: 4 }),
        path: fc.array(fc.nat(3), { maxLength: 4 }),
        anchor: fc.option(fc.record({ fingerprint, subject: text, notAfter: fc.option(text) })),
        verdict: fc.option(text),
        nameMatches: fc.option(fc.boolean()),
        clientCertificateRequired: fc.boolean(),
        protocol: fc.option(text),
        cipher: fc.option(text),
        keyExchangeGroup: fc.option(text),
        addressCount: fc.nat(),
        addresses: fc.array(text, { maxLength: 4 }),
      }),
      { maxLength: 3 },
    ),
    failures: fc.array(
      fc
        .tuple(failure, fc.nat(), fc.array(text, { maxLength: 2 }))
        .map(([why, addressCount, addresses]) => ({ ...why, addressCount, addresses })),
      { maxLength: 2 },
    ),
  }),
  fc.record({
    kind: fc.constantFrom('truststore' as const, 'file' as const),
    certificates: fc.array(fingerprint, { maxLength: 20 }),
    blocks: fc.nat(),
    duplicates: fc.nat(),
    unreadable: fc.array(fc.record({ firstLine: fc.nat(), lastLine: fc.nat(), reason: text }), {
      maxLength: 3,
    }),
    privateKeyLines: fc.array(fc.nat(), { maxLength: 3 }),
  }),
);

describe('what is stored', () => {
  it('comes back as it was', async () => {
    const property = fc.asyncProperty(targetRecords, contents, async (record, content) => {
      await putTarget(table(), record);
      await recordContent(table(), record.target.id, content, '2026-11-20T10:00:00Z');
      expect(await readTarget(table(), record.target.id)).toEqual({ record, content, ledger: [] });
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('may hold fields that came later', async () => {
    const entry = { ...ledgerEntry('endpoint:later.example:443'), later: { by: ['a', 'newer', 'version'] } };
    await saveLedger(table(), [entry]);

    expect((await readTarget(table(), entry.target)).ledger).toEqual([entry]);
  });

  it('may be named anything', async () => {
    const tags = JSON.parse('{"__proto__": "x", "constructor": "y", "": "z"}');
    const record = targetRecord('tags.example', { tags });
    await putTarget(table(), record);

    expect(JSON.stringify((await getTarget(table(), record.target.id))?.target.tags)).toBe(
      JSON.stringify(tags),
    );
  });

  it('is cut where it is larger than anything real, and made fit for JSON', async () => {
    const entry = ledgerEntry('endpoint:hostile.example:443', {
      message: '\ud800'.repeat(300_000),
      advice: 'plain',
    });
    await saveLedger(table(), [entry]);
    const [stored] = (await readTarget(table(), entry.target)).ledger;

    expect(stored?.message).toBe(`${'\ufffd'.repeat(4_999)}…`);
    expect(stored?.advice).toBe('plain');
  });
});

describe('an item that is not as expected', () => {
  const put = (item: object) =>
    table().client.send(new PutCommand({ TableName: table().name, Item: { ...item } }));

  it('is read as far as it goes', async () => {
    const id = 'endpoint:odd.example:443';
    const pk = `TARGET#${id}`;
    await put({ pk, sk: 'STATE', target: id, observedAt: 5, failures: 'many', cadence: '1h' });
    await put({ pk, sk: 'CONTENT', kind: 'endpoint', chains: [{ certificates: 'none', path: null }] });
    await put({ pk, sk: `FINDING#expiring#-`, target: id, pending: 'none', story: 'expiring' });
    await put({ pk, sk: 'TARGET', definition: JSON.stringify({ id, kind: 'carrier-pigeon' }) });
    await put({ pk, sk: 'SOMETHING LATER', value: 1 });

    const picture = await readTarget(table(), id);
    expect(picture.record).toBeUndefined();
    expect(picture.state).toMatchObject({ target: id, observedAt: '', failures: 0, cadence: '1h' });
    expect(picture.content).toMatchObject({
      kind: 'endpoint',
      chains: [{ certificates: [], path: [] }],
      failures: [],
    });
    expect(picture.ledger).toMatchObject([{ target: id, story: 'expiring', pending: [], version: 0 }]);
  });

  it('can be written over', async () => {
    const id = 'endpoint:overwrite.example:443';
    await put({ pk: `TARGET#${id}`, sk: `FINDING#expiring#${fingerprintOf('leaf')}`, target: id });
    await put({ pk: `TARGET#${id}`, sk: 'CONTENT' });

    expect(await saveLedger(table(), [ledgerEntry(id)])).toEqual({ lost: [] });
    const content = endpointContent([fingerprintOf('leaf')]);
    expect(await recordContent(table(), id, content, '2026-11-20T10:00:00Z')).toBe('written');
  });

  it('is left out of lists that could not use it', async () => {
    const pk = 'TARGET#endpoint:unusable.example:443';
    for (const definition of [
      undefined,
      5,
      'text',
      'null',
      '"x"',
      '{"id":1}',
      '{"id":"x","kind":"endpoint"}',
      '{"id":"x","kind":"file"}',
    ]) {
      await put({
        pk,
        sk: 'TARGET',
        gsi1pk: 'KIND#endpoint',
        gsi1sk: 'unusable',
        ...(definition === undefined ? {} : { definition }),
      });
      expect(await getTarget(table(), 'endpoint:unusable.example:443')).toBeUndefined();
      const listed = await all(listTargets(table(), { kind: 'endpoint' }));
      expect(listed.map((record) => record.target.id)).not.toContain('x');
    }
  });
});

describe('the codec', () => {
  it('packs fingerprints at 32 bytes each', () => {
    fc.assert(
      fc.property(fc.array(fingerprint), (fingerprints) => {
        expect(packFingerprints(fingerprints)).toHaveLength(32 * fingerprints.length);
        expect(unpackFingerprints(packFingerprints(fingerprints))).toEqual(fingerprints);
      }),
    );
    expect(unpackFingerprints('text')).toEqual([]);
    expect(() => packFingerprints(['ABC'])).toThrow('not a fingerprint: "ABC", wanted 64 lower-case');
  });

  it('clips to a length, well formed', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdefg', 6)).toBe('abcde…');
    expect(clip('a😀b', 3)).toBe('a\ufffd…');
  });

  it('fills in what is missing or of another type, and drops keys', () => {
    const blank = { name: '', list: [] as string[], end: null as string | null };
    expect(recordOf({ pk: 'p', sk: 's', gsi1pk: 'x', ttl: 5, name: 7, end: 'e', more: true }, blank)).toEqual(
      {
        name: '',
        list: [],
        end: 'e',
        more: true,
      },
    );
  });
});
