import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHostResolver, type HostResolver } from '../../../lib/sources/tls-endpoint/resolve.ts';
import { type DnsServer, serveDns } from '../../support/dns-server.ts';

const PATIENT_MS = 5000;

let dns: DnsServer;
let resolver: HostResolver;

beforeAll(async () => {
  dns = await serveDns({
    'both.test': ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
    'v4.test': ['192.0.2.1'],
    'v6.test': ['2001:db8::1'],
    'empty.test': [],
    'broken.test': 'servfail',
    'silent.test': 'silence',
    'half-broken.test': { a: ['192.0.2.1'], aaaa: 'servfail' },
    'half-silent.test': { a: 'silence', aaaa: ['2001:db8::1'] },
    'no-or-broken.test': { a: [], aaaa: 'servfail' },
    'no-v6.test': { a: ['192.0.2.1'], aaaa: 'nxdomain' },
    'short.second.test': ['192.0.2.7'],
    'two.labels.second.test': ['192.0.2.8'],
    'odd.first.test': 'servfail',
    'mute.first.test': 'silence',
    'mute.second.test': ['192.0.2.9'],
    'hushed.first.test': 'silence',
    'hushed.second.test': ['192.0.2.9'],
  });
  resolver = createHostResolver({ server: dns });
});

afterAll(() => dns.close());

describe('what is known without asking', () => {
  test('is IP literals, the hosts file and localhost', () => {
    const quiet = createHostResolver({ hosts: new Map([['db.test', ['192.0.2.9']]]) });
    expect(quiet.known('192.0.2.1')).toEqual(['192.0.2.1']);
    expect(quiet.known('2001:db8::1')).toEqual(['2001:db8::1']);
    expect(quiet.known('db.test')).toEqual(['192.0.2.9']);
    expect(quiet.known('localhost')).toEqual(['127.0.0.1', '::1']);
    expect(quiet.known('both.test')).toBeUndefined();
  });
});

describe('a name', () => {
  test('has the addresses of both families', async () => {
    const resolution = await resolver.query('both.test', PATIENT_MS);
    if ('failure' in resolution) throw new Error(resolution.failure.reason);
    expect(resolution.addresses.toSorted()).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
  });

  test.each([
    ['v4.test', '192.0.2.1'],
    ['v6.test', '2001:db8::1'],
    ['no-v6.test', '192.0.2.1'],
  ])('may have one family only (%s)', async (name, address) => {
    expect(await resolver.query(name, PATIENT_MS)).toEqual({ addresses: [address] });
  });

  test('of which one family fails has the other one, and says so', async () => {
    expect(await resolver.query('half-broken.test', PATIENT_MS)).toEqual({
      addresses: ['192.0.2.1'],
      unresolved: [{ family: 6, failure: { reason: 'dns_failed', detail: 'ESERVFAIL' } }],
    });
  });

  test('does not wait out the deadline for a family that never answers, and says so', async () => {
    const startedAt = performance.now();
    expect(await resolver.query('half-silent.test', 2000)).toEqual({
      addresses: ['2001:db8::1'],
      unresolved: [{ family: 4, failure: { reason: 'dns_timeout' } }],
    });
    expect(performance.now() - startedAt).toBeLessThan(1800);
  });

  test.each([
    ['missing.test', 'dns_not_found'],
    ['empty.test', 'dns_not_found'],
    [`${'x'.repeat(64)}.test`, 'dns_not_found'],
    ['broken.test', 'dns_failed'],
    ['no-or-broken.test', 'dns_failed'],
  ])('that has no address says why (%s)', async (name, reason) => {
    expect(await resolver.query(name, PATIENT_MS)).toMatchObject({ failure: { reason } });
  });

  test('that nobody answers for ends at the deadline', async () => {
    const startedAt = performance.now();
    expect(await resolver.query('silent.test', 100)).toEqual({ failure: { reason: 'dns_timeout' } });
    expect(performance.now() - startedAt).toBeLessThan(PATIENT_MS / 2);
  });

  test('can be asked for again after another one was cancelled', async () => {
    await resolver.query('silent.test', 50);
    expect(await resolver.query('v4.test', PATIENT_MS)).toEqual({ addresses: ['192.0.2.1'] });
  });

  test('that is cancelled with all others fails and leaves the resolver usable', async () => {
    const waiting = resolver.query('silent.test', PATIENT_MS);
    resolver.cancel();
    expect(await waiting).toEqual({ failure: { reason: 'dns_timeout' } });
    expect(await resolver.query('v6.test', PATIENT_MS)).toEqual({ addresses: ['2001:db8::1'] });
  });
});

describe('a short name', () => {
  let short: HostResolver;
  beforeAll(() => {
    const search = { search: ['first.test', 'second.test'], ndots: 2 };
    short = createHostResolver({ server: dns, search });
  });

  test('is looked for as it is, then under each domain of the search list', async () => {
    const before = dns.asked.length;
    expect(await short.query('short', PATIENT_MS)).toEqual({ addresses: ['192.0.2.7'] });
    expect([...new Set(dns.asked.slice(before))]).toEqual(['short', 'short.first.test', 'short.second.test']);
    expect(await short.query('two.labels', PATIENT_MS)).toEqual({ addresses: ['192.0.2.8'] });
  });

  test('is completed only where the search list applies', async () => {
    const before = dns.asked.length;
    const failure = { reason: 'dns_not_found' };
    expect(await short.query('with.two.dots', PATIENT_MS)).toMatchObject({ failure });
    expect(await short.query('2130706433', PATIENT_MS)).toMatchObject({ failure });
    expect([...new Set(dns.asked.slice(before))]).toEqual(['with.two.dots', '2130706433']);
  });

  test('that no domain has says why, and that one could not be asked outweighs "no"', async () => {
    expect(await short.query('missing', PATIENT_MS)).toMatchObject({ failure: { reason: 'dns_not_found' } });
    expect(await short.query('odd', PATIENT_MS)).toMatchObject({ failure: { reason: 'dns_failed' } });
  });

  test('has one deadline for all domains', async () => {
    const startedAt = performance.now();
    expect(await short.query('mute', 200)).toEqual({ failure: { reason: 'dns_timeout' } });
    expect(performance.now() - startedAt).toBeLessThan(PATIENT_MS / 2);
    expect(dns.asked).not.toContain('mute.second.test');
  });

  test('is not asked for any further once it is cancelled', async () => {
    const waiting = short.query('hushed', PATIENT_MS);
    while (!dns.asked.includes('hushed.first.test')) await new Promise((resolve) => setImmediate(resolve));
    short.cancel();
    expect(await waiting).toEqual({ failure: { reason: 'dns_timeout' } });
    expect(dns.asked).not.toContain('hushed.second.test');
  });
});
