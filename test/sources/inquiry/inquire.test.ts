import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeCard } from '../../../lib/cli/render/probe-card.ts';
import { probeJson } from '../../../lib/cli/render/probe-json.ts';
import { evaluate } from '../../../lib/core/evaluate.ts';
import type { EndpointObservation } from '../../../lib/core/observation.ts';
import { contentOf } from '../../../lib/core/summarize.ts';
import { createCaaFinder, createCaaQuery } from '../../../lib/sources/caa.ts';
import { createPublished } from '../../../lib/sources/inquiry/published.ts';
import { askWhetherRevoked } from '../../../lib/sources/inquiry/revocation.ts';
import { readCertificate } from '../../../lib/x509/certificate.ts';
import { loadTrust } from '../../../lib/x509/trust.ts';
import { type DnsServer, serveDns } from '../../support/dns-server.ts';
import { endpointTarget, subject } from '../../support/facts.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { pointers } from '../../support/pointers.ts';
import { type Publisher, startPublisher } from '../../support/publisher.ts';
import { refusedPort } from '../../support/tls-servers.ts';
import { extension, forgeX509 } from '../../x509/forge.ts';
import { answerOf, fingerprint, inquirerFor, showing, trusting } from './asking.ts';

let root: Issued;
let dns: DnsServer;

beforeAll(async () => {
  root = await mint({ subject: "CN=R99,O=Let's Encrypt,C=US", ca: true });
  dns = await serveDns({
    'permits.test': { caa: [[0, 'issue', 'letsencrypt.org']] },
    'excludes.test': {
      caa: [
        [0, 'issue', 'pki.goog'],
        [0, 'issue', 'ca.test'],
      ],
    },
    'nobody.test': { caa: [[0, 'issue', ';']] },
    'reports.test': { caa: [[0, 'iodef', 'mailto:a@reports.test']] },
    'critical.test': { caa: [[128, 'future', 'x']] },
    'both.test': {
      caa: [
        [0, 'issue', 'letsencrypt.org'],
        [128, 'tomorrow', 'x'],
        [128, 'future', 'y'],
        [128, 'future', 'x'],
      ],
    },
    'many.test': {
      caa: Array.from({ length: 40 }, (_, index) => [0, 'issue', `ca${99 - (index % 39)}.test`] as const),
    },
    'wild.test': {
      caa: [
        [0, 'issue', 'letsencrypt.org'],
        [0, 'issuewild', 'pki.goog'],
      ],
    },
    'broken.test': { caa: 'servfail' },
    'silent.test': { caa: 'silence' },
  });
});
afterAll(() => dns.close());

const caa = (timeoutMs = 5_000) => createCaaFinder({ query: createCaaQuery(dns), timeoutMs });

/** What is served under an anchor that is one of Mozilla's, for all that the observation says. */
async function servedByPublic(...names: string[]): Promise<EndpointObservation> {
  const trust = trusting([root]);
  const leaf = await mint({ subject: 'CN=leaf', issuer: root, names });
  const answer = answerOf([leaf.x509], trust);
  const anchor = new X509Certificate(rootCertificates[0] ?? '').fingerprint256
    .replaceAll(':', '')
    .toLowerCase();
  const chain = { ...answer.chain, anchor: { fingerprint: anchor, subject: 'CN=Public', notAfter: null } };
  const addresses = [{ address: '192.0.2.1', elapsedMs: 1, answer: { ...answer, chain } }];
  return { kind: 'endpoint', observedAt: new Date(), addresses, addressesKnown: 1 };
}

async function policy(name: string, seen: EndpointObservation, options = {}) {
  const inquire = inquirerFor([root], { revocation: undefined, caa: caa(), ...options });
  return (await inquire(seen, name)).caa;
}

describe('who may issue', () => {
  test.each([
    [
      'permits.test',
      { state: 'restricted', at: 'permits.test', issuers: ['letsencrypt.org'], permitsIssuer: true },
    ],
    [
      'www.permits.test',
      { state: 'restricted', at: 'permits.test', issuers: ['letsencrypt.org'], permitsIssuer: true },
    ],
    [
      'excludes.test',
      { state: 'restricted', at: 'excludes.test', issuers: ['ca.test', 'pki.goog'], permitsIssuer: false },
    ],
    ['nobody.test', { state: 'restricted', at: 'nobody.test', issuers: [], permitsIssuer: false }],
    [
      'critical.test',
      {
        state: 'restricted',
        at: 'critical.test',
        issuers: [],
        criticalUnknown: ['future'],
        permitsIssuer: false,
      },
    ],
    [
      'both.test',
      {
        state: 'restricted',
        at: 'both.test',
        issuers: ['letsencrypt.org'],
        criticalUnknown: ['future', 'tomorrow'],
        permitsIssuer: false,
      },
    ],
    [
      'many.test',
      {
        state: 'restricted',
        at: 'many.test',
        issuers: Array.from({ length: 32 }, (_, index) => `ca${61 + index}.test`),
        permitsIssuer: false,
      },
    ],
    ['reports.test', { state: 'unrestricted' }],
    ['unheard-of.test', { state: 'unrestricted' }],
    ['broken.test', { state: 'unknown', why: expect.stringContaining('broken.test: ESERVFAIL') }],
  ])('for %s', async (name, expected) => {
    expect(await policy(name, await servedByPublic(name))).toEqual(expected);
  });

  test('is asked of the name in whatever case, and with a dot at its end', async () => {
    const seen = await servedByPublic('Permits.test');
    expect(await policy('PERMITS.test.', seen)).toMatchObject({ permitsIssuer: true });
  });

  test('is another question for a wildcard than for the name itself', async () => {
    expect(await policy('www.wild.test', await servedByPublic('*.wild.test'))).toMatchObject({
      issuers: ['pki.goog'],
      permitsIssuer: false,
    });
    expect(await policy('www.wild.test', await servedByPublic('*.wild.test', 'www.wild.test'))).toMatchObject(
      {
        issuers: ['letsencrypt.org'],
        permitsIssuer: true,
      },
    );
  });

  test('is no question for a private CA, whatever it calls itself', async () => {
    const leaf = await mint({ subject: 'CN=leaf', issuer: root, names: ['excludes.test'] });
    const seen = showing(trusting([root]), [leaf]);
    expect(await policy('excludes.test', seen)).toMatchObject({ permitsIssuer: null });
    expect(await policy('permits.test', seen)).toMatchObject({ permitsIssuer: null });
  });

  test('is not asked of an address, where nobody wants to know, or where nothing is served', async () => {
    const before = dns.asked.length;
    const seen = await servedByPublic('192.0.2.1');
    expect(await policy('192.0.2.1', seen)).toBeUndefined();
    expect(await policy('2001:db8::1', seen)).toBeUndefined();
    expect(await policy('permits.test', seen, { caa: undefined })).toBeUndefined();
    expect(await policy('permits.test', { ...seen, addresses: [] })).toBeUndefined();
    expect(dns.asked).toHaveLength(before);
  });

  test('is left out where the resolver is silent for longer than there is time', async () => {
    const seen = await servedByPublic('silent.test');
    expect(await policy('silent.test', seen, { budgetMs: 50, caa: caa(200) })).toBeUndefined();
  });
});

describe('garbage', () => {
  let publisher: Publisher;
  beforeAll(async () => {
    publisher = await startPublisher();
  });
  afterAll(() => publisher.close());

  const everything = { revocation: 'ocsp', urls: true, budgetMs: 3_000 } as const;

  test('in the extensions that name URLs is unknown, and nothing is thrown', async () => {
    const bad = ['2.5.29.31', '1.3.6.1.5.5.7.1.1'].map((type) =>
      extension(type, Buffer.from('0500ff', 'hex')),
    );
    const leaf = await mint({ subject: 'CN=leaf', issuer: root });
    const x509 = forgeX509(leaf, { extensions: bad }, root);
    const seen = showing(trusting([root]), [{ ...leaf, x509 }]);
    const { revocation, deadUrls } = await inquirerFor([root], everything)(seen, 'api.test');
    expect(Object.values(revocation ?? {})).toEqual([
      { state: 'unknown', by: null, because: 'malformed', detail: expect.any(String) },
    ]);
    expect(deadUrls).toEqual([]);
  });

  test('in URLs is unreachable, and nothing is thrown', async () => {
    const urls = [
      'http://',
      'http://[',
      'HTTP://\u0000',
      'http://127.0.0.1:99999/',
      'http://user:pw@127.0.0.1/',
      'http://127.0.0.1:0/',
      `http://${'a'.repeat(300)}/`,
      'http:\u009b31m//x',
    ];
    const leaf = await mint({
      subject: 'CN=leaf',
      issuer: root,
      extensions: pointers({ crl: [urls], ocsp: urls, issuer: urls }),
    });
    const seen = showing(trusting([root]), [leaf]);
    const { revocation, deadUrls } = await inquirerFor([root], everything)(seen, 'api.test');
    expect(Object.values(revocation ?? {})).toEqual([
      { state: 'unknown', by: 'ocsp', because: 'unreachable', detail: expect.any(String) },
    ]);
    expect(deadUrls?.length).toBeGreaterThan(8);
  });

  test('in URLs and answers reaches nobody who obeys it', async () => {
    const evil = '\u001b]0;owned\u0007\u009b2J\r\nSubject: x';
    const gone = `http://127.0.0.1:${await refusedPort()}/${evil}`;
    const extensions = pointers({ crl: [[publisher.url(`/${evil}`)], [gone]] });
    const leaf = await mint({ subject: 'CN=leaf', issuer: root, names: ['api.test'], extensions });
    const seen = showing(trusting([root]), [leaf]);
    const inquiry = await inquirerFor([root], everything)(seen, 'api.test');
    expect(inquiry.revocation?.[fingerprint(leaf)]?.detail).toContain(evil);
    expect(inquiry.deadUrls?.[0]?.url).toContain(evil);

    const observation = { ...seen, inquiry };
    const target = endpointTarget();
    const facts = subject(target, contentOf(observation, target), [readCertificate(leaf.x509)], {
      now: seen.observedAt,
      switchedOn: new Set(['revocation-unknown', 'dead-url']),
    });
    const findings = evaluate(facts);
    expect(findings.map(({ check }) => check).sort()).toEqual(['dead-url', 'revocation-unknown']);
    const view = { now: seen.observedAt, paint: (_: unknown, text: string) => text };
    const outputs = [
      ...findings.map(({ message }) => message),
      probeCard(target, observation, findings, view).replaceAll('\n', ' '),
      probeJson(target.endpoint, observation, findings, seen.observedAt),
    ];
    for (const output of outputs) expect(output).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
  });

  test.each([
    ['nothing', []],
    ['text', 'hello'],
    ['a SEQUENCE that is cut off', '30840fffffff'],
    ['deep nesting', '30'.repeat(40)],
    ['a CRL of nothing', '3000'],
  ])('behind every URL is unknown, and nothing is thrown: %s', async (_, body) => {
    const bytes = Array.isArray(body) ? Buffer.of() : Buffer.from(body, body === 'hello' ? 'utf8' : 'hex');
    const [crl, ocsp, issuer] = ['/crl', '/ocsp', '/ca'].map((path) => {
      publisher.publish(path, bytes);
      return publisher.url(path);
    });
    const extensions = pointers({ crl: [[crl ?? '']], ocsp: [ocsp ?? ''], issuer: [issuer ?? ''] });
    const [leaf, orphan] = await Promise.all([
      mint({ subject: 'CN=leaf', issuer: root, extensions }),
      mint({ subject: 'CN=orphan', issuer: await mint({ subject: 'CN=Elsewhere', ca: true }), extensions }),
    ]);
    const seen = showing(trusting([root]), [leaf], [orphan]);
    const { revocation, fetched, deadUrls } = await inquirerFor([root], everything)(seen, 'api.test');
    expect(Object.values(revocation ?? {})).toMatchObject([
      { state: 'unknown', by: 'ocsp', because: 'malformed' },
    ]);
    expect(Object.values(fetched ?? {})).not.toContain(true);
    expect(deadUrls?.map(({ purpose }) => purpose).sort()).toEqual(['crl', 'crl', 'issuer', 'issuer']);
  });

  test('in the key of an issuer is no reason to fall over when its responder is asked', async () => {
    // Seven unused bits: OpenSSL takes what it can, and nobody can say what the key's hash is.
    const leaf = await mint({
      subject: 'CN=leaf',
      issuer: root,
      extensions: pointers({ ocsp: ['http://127.0.0.1/'] }),
    });
    const fetcher = { fetch: () => Promise.reject(new Error('nobody is asked')), close: () => undefined };
    const spki = Buffer.from(root.x509.publicKey.export({ type: 'spki', format: 'der' }));
    const at = spki.length - 66;
    expect(spki[at]).toBe(0);
    spki[at] = 1;
    const now = () => new Date();
    const sources = {
      mode: 'ocsp',
      published: createPublished(fetcher, now),
      fetcher,
      now,
      signal: new AbortController().signal,
    } as const;
    expect(
      await askWhetherRevoked(leaf.x509, forgeX509(root, { publicKeyInfo: spki }), sources),
    ).toMatchObject({
      state: 'unknown',
      because: 'malformed',
    });
  });
});

test('an inquirer that is asked about nothing says nothing', async () => {
  const seen = showing(loadTrust(), []);
  expect(await inquirerFor([root])({ ...seen, addresses: [] }, 'api.test')).toEqual({ revocation: {} });
});
