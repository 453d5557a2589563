import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CaaFinder, createCaaFinder, createCaaQuery } from '../../lib/sources/caa.ts';
import { createLimit } from '../../lib/sources/limit.ts';
import { type DnsServer, serveDns } from '../support/dns-server.ts';

let dns: DnsServer;

beforeAll(async () => {
  dns = await serveDns({
    'example.test': {
      caa: [
        [0, 'issue', 'letsencrypt.org; validationmethods=dns-01'],
        [128, 'ISSUE', 'pki.goog'],
        [0, 'issuewild', ';'],
        [128, 'iodef', 'mailto:a@example.test'],
        [0, 'unknown', 'x'],
      ],
    },
    'www.example.test': ['192.0.2.1', '2001:db8::1'],
    'own.example.test': { caa: [[0, 'issue', 'ca.test']] },
    'alias.example.test': { cname: 'target.test' },
    'target.test': { caa: [[0, 'issue', 'target-ca.test']] },
    'bare-alias.example.test': { cname: 'bare.test' },
    'bare.test': ['192.0.2.1'],
    'critical.test': {
      caa: [
        [128, 'tbs', 'x'],
        [128, 'Path', '/'],
        [127, 'future', 'x'],
      ],
    },
    'odd-tags.test': {
      caa: [
        [0, 'critical', '0'],
        [128, 'type', 'x'],
        [128, '__proto__', 'x'],
        [0, 'type', 'x'],
      ],
    },
    'broken.test': { caa: 'servfail' },
    'malformed.test': { caa: [Buffer.of(0, 9, 65)] },
    'silent.test': { caa: 'silence' },
    test: { caa: [[0, 'issue', 'tld-ca.test']] },
  });
});

afterAll(() => dns.close());

function finder(timeoutMs = 5000): CaaFinder {
  return createCaaFinder({ query: createCaaQuery(dns), timeoutMs });
}

function issuer(domain: string, parameters: readonly (readonly [string, string])[] = []) {
  return { domain, parameters, malformed: false };
}

describe('the relevant records', () => {
  test('are those of the domain', async () => {
    expect(await finder().find('example.test')).toEqual({
      state: 'found',
      at: 'example.test',
      issue: [issuer('letsencrypt.org', [['validationmethods', 'dns-01']]), issuer('pki.goog')],
      issuewild: [{ domain: null, parameters: [], malformed: false }],
      criticalUnknown: [],
    });
  });

  test.each([
    ['www.example.test', 'example.test', 'letsencrypt.org'],
    ['a.b.c.example.test', 'example.test', 'letsencrypt.org'],
    ['*.example.test', 'example.test', 'letsencrypt.org'],
    ['WWW.Example.TEST.', 'example.test', 'letsencrypt.org'],
    ['own.example.test', 'own.example.test', 'ca.test'],
    ['*.own.example.test', 'own.example.test', 'ca.test'],
    ['elsewhere.test', 'test', 'tld-ca.test'],
  ])('of %s are at %s', async (domain, at, first) => {
    const caa = await finder().find(domain);
    expect(caa).toMatchObject({ state: 'found', at });
    expect(caa.state === 'found' && caa.issue[0]?.domain).toBe(first);
  });

  test('of an alias are those of its target, else those above the alias', async () => {
    const issue = [{ domain: 'target-ca.test' }];
    expect(await finder().find('alias.example.test')).toMatchObject({ at: 'alias.example.test', issue });
    expect(await finder().find('bare-alias.example.test')).toMatchObject({ at: 'example.test' });
  });

  test('are none where no domain up to the top has any', async () => {
    expect(await finder().find('a.b.invalid')).toEqual({ state: 'none' });
  });

  test.each(['192.0.2.1', '2001:db8::1'])('are none for an address (%s)', async (address) => {
    const before = dns.asked.length;
    expect(await finder().find(address)).toEqual({ state: 'none' });
    expect(dns.asked).toHaveLength(before);
  });

  test('say what is critical and unknown', async () => {
    expect(await finder().find('critical.test')).toMatchObject({ criticalUnknown: ['tbs', 'path'] });
  });

  test('say so where Node hides a tag', async () => {
    const caa = await finder().find('odd-tags.test');
    expect(caa).toMatchObject({ criticalUnknown: ['unreadable', 'unreadable', 'unreadable'] });
  });
});

describe('records that cannot be read', () => {
  test.each([
    ['broken.test', 'broken.test: ESERVFAIL'],
    ['www.broken.test', 'broken.test: ESERVFAIL'],
    ['malformed.test', 'malformed.test: EBADRESP'],
    ['a b.test', 'a b.test: EBADNAME'],
    ['', 'it is no domain name'],
    ['*.', 'it is no domain name'],
    [`${'a.'.repeat(40)}test`, 'it has more than 32 labels'],
  ])('are unknown, and the domain above does not stand in for them (%s)', async (domain, because) => {
    expect(await finder().find(domain)).toEqual({ state: 'unknown', because });
  });

  test('are unknown at the deadline', async () => {
    const startedAt = performance.now();
    expect(await finder(100).find('silent.test')).toEqual({
      state: 'unknown',
      because: 'silent.test: ECANCELLED',
    });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('are unknown where the domains above take the rest of the time', async () => {
    const query = async (_: string, budgetMs: number) => {
      await new Promise((resolve) => setTimeout(resolve, budgetMs + 5));
      return [];
    };
    const caa = await createCaaFinder({ query, timeoutMs: 20 }).find('a.b.test');
    expect(caa).toEqual({ state: 'unknown', because: 'the resolver did not answer in time' });
  });
});

describe('a domain above many others', () => {
  test('is asked for once, side by side or one after the other', async () => {
    const before = dns.asked.length;
    const shared = finder();
    const hosts = Array.from({ length: 50 }, (_, each) => `h${each}.example.test`);
    const found = await Promise.all(hosts.map((host) => shared.find(host)));
    found.push(await shared.find('late.example.test'));
    expect(found.every((caa) => caa.state === 'found' && caa.at === 'example.test')).toBe(true);
    const asked = dns.asked.slice(before);
    expect(asked.filter((name) => name === 'example.test')).toHaveLength(1);
    expect(asked).toHaveLength(52);
  });

  test('is asked for again where it failed for want of time', async () => {
    let asked = 0;
    const query = async (name: string) => {
      if (name === 'slow.top') await new Promise((resolve) => setTimeout(resolve, 220));
      if (name !== 'top') return [];
      asked += 1;
      if (asked === 1) throw Object.assign(new Error('no'), { code: 'ECANCELLED' });
      return [{ critical: 0, issue: 'ca.test' }];
    };
    const shared = createCaaFinder({ query, timeoutMs: 400 });
    expect(await shared.find('slow.top')).toEqual({ state: 'unknown', because: 'top: ECANCELLED' });
    expect(await shared.find('other.top')).toMatchObject({ state: 'found', at: 'top' });
  });

  test('is not asked for again where it failed by itself', async () => {
    let asked = 0;
    const query = async () => {
      asked += 1;
      throw Object.assign(new Error('no'), { code: 'ESERVFAIL' });
    };
    const failing = createCaaFinder({ query, timeoutMs: 1000 });
    const unknown = { state: 'unknown', because: 'top: ESERVFAIL' };
    expect(await failing.find('top')).toEqual(unknown);
    expect(await failing.find('top')).toEqual(unknown);
    expect(asked).toBe(1);
  });
});

describe('sockets', () => {
  test('are all given back', async () => {
    const sockets = createLimit(2);
    const limited = createCaaFinder({ query: createCaaQuery(dns), timeoutMs: 100, sockets });
    await Promise.all(['a.example.test', 'silent.test', 'broken.test'].map((domain) => limited.find(domain)));
    await sockets.take(2);
  });
});
