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
    ['half-broken.test', '192.0.2.1'],
  ])('may have one family only (%s)', async (name, address) => {
    expect(await resolver.query(name, PATIENT_MS)).toEqual({ addresses: [address] });
  });

  test('does not wait out the deadline for a family that never answers', async () => {
    const startedAt = performance.now();
    expect(await resolver.query('half-silent.test', 2000)).toEqual({ addresses: ['2001:db8::1'] });
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

  test('is left to the C library where the search list applies, because only that knows it', async () => {
    const search = { search: ['test'], ndots: 1 };
    const short = createHostResolver({ server: dns, search });
    // The one short name that getaddrinfo knows on every machine; here it is not in DNS.
    expect(await short.query('localhost', PATIENT_MS)).toMatchObject({
      addresses: expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]),
    });
    expect(dns.asked).toContain('localhost');
    expect(await short.query('missing.test', PATIENT_MS)).toMatchObject({
      failure: { reason: 'dns_not_found' },
    });
  });

  test('that is cancelled with all others fails and leaves the resolver usable', async () => {
    const waiting = resolver.query('silent.test', PATIENT_MS);
    resolver.cancel();
    expect(await waiting).toEqual({ failure: { reason: 'dns_timeout' } });
    expect(await resolver.query('v6.test', PATIENT_MS)).toEqual({ addresses: ['2001:db8::1'] });
  });
});
