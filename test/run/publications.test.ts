import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EndpointObservation } from '../../lib/core/observation.ts';
import type { EndpointTarget } from '../../lib/core/target.ts';
import type { Memory } from '../../lib/core/transition.ts';
import { type CollectorOptions, createCollector } from '../../lib/run/collector.ts';
import { createPublications } from '../../lib/run/publications.ts';
import { fingerprint } from '../sources/inquiry/asking.ts';
import { type Issued, mint } from '../support/pki.ts';
import { pointers } from '../support/pointers.ts';
import { type Publisher, startPublisher } from '../support/publisher.ts';
import { serveTls } from '../support/tls-servers.ts';
import { endpoint } from './world.ts';

const LOOPBACK = ['127.0.0.0/8'];
let issuing: Issued;
let publisher: Publisher;

beforeAll(async () => {
  publisher = await startPublisher();
  issuing = await mint({ subject: 'CN=Issuing CA', ca: true });
});
afterAll(() => publisher.close());

/** Serves a leaf that names these paths of the CA's web server, and its issuer where that is not to be fetched. */
async function serving(crl: string, issuer?: string) {
  const above = issuer === undefined ? [issuing] : [];
  const extensions = pointers({
    crl: [[publisher.url(crl)]],
    ...(issuer === undefined ? {} : { issuer: [publisher.url(issuer)] }),
  });
  const leaf = await mint({ subject: 'CN=api.test', issuer: issuing, extensions });
  const server = await serveTls([leaf, ...above]);
  onTestFinished(() => server.close());
  return { port: server.port, leaf };
}

/** Looked at deeply a moment ago, and never asked about. */
const recall = async () =>
  ({
    state: { deepAt: new Date().toISOString() },
    content: { kind: 'endpoint', chains: [] },
  }) as unknown as Memory;

function collecting(options: Partial<CollectorOptions> = {}) {
  const now = () => new Date();
  const collector = createCollector({
    timeoutMs: 5_000,
    concurrency: 10,
    now,
    revocation: 'crl',
    ...options,
  });
  onTestFinished(() => collector.close());
  return async (port: number, reach: Partial<EndpointTarget> = {}) => {
    const seen = await collector.collect(endpoint('127.0.0.1', port, reach), recall);
    return (seen as EndpointObservation).inquiry;
  };
}

const asked = (path: string) => publisher.asked.filter((each) => each === `GET ${path}`).length;

describe('what a certificate of a stranger points to', () => {
  it.each([
    [{}, 0],
    [{ allow: 'private' as const }, 0],
    [{ network: 'vpc' }, 0],
    [{ allow: LOOPBACK }, 1],
  ])(
    'is fetched only where that is allowed, also where endpoints are not guarded: %j',
    async (reach, times) => {
      const path = `/${JSON.stringify(reach)}`.replace(/[^\w/]/g, '');
      const { port, leaf } = await serving(path);
      const inquiry = await collecting({ egressGuard: false })(port, reach);
      expect(asked(path)).toBe(times);
      expect(inquiry?.revocation?.[fingerprint(leaf)]?.detail).toMatch(
        times === 0 ? /127\.0\.0\.1 is in 127\.0\.0\.0\/8/ : /HTTP 404/,
      );
    },
  );

  it('is not fetched where nobody is to be asked about revocation', async () => {
    const seen = await serving('/off.crl', '/off.cer');
    const reach = { allow: LOOPBACK };
    await collecting({ revocation: 'off' })(seen.port, reach);
    expect([asked('/off.crl'), asked('/off.cer')]).toEqual([0, 0]);
    await collecting({ revocation: 'off', issuers: true })(seen.port, reach);
    expect([asked('/off.crl'), asked('/off.cer')]).toEqual([0, 1]);
  });

  it('is not read where it is larger than 12 MB', async () => {
    publisher.publish('/large.crl', Buffer.alloc(12 * 1_048_576 + 1));
    const { port, leaf } = await serving('/large.crl');
    const inquiry = await collecting()(port, { allow: LOOPBACK });
    expect(inquiry?.revocation?.[fingerprint(leaf)]?.detail).toMatch(/larger than what is read/);
  });

  it('is fetched once for all that may connect alike, however they are reached', async () => {
    const [one, other] = await Promise.all([serving('/shared.crl'), serving('/shared.crl')]);
    const look = collecting();
    await look(one.port, { allow: LOOPBACK });
    await look(other.port, { allow: LOOPBACK, stores: ['system'] });
    expect(asked('/shared.crl')).toBe(1);
    expect((await look(one.port))?.revocation?.[fingerprint(one.leaf)]?.detail).toMatch(/is in 127/);
  });

  it('is kept from one collector to the next by whoever lives longer', async () => {
    const publications = createPublications();
    onTestFinished(() => publications.close());
    const { port } = await serving('/kept.crl');
    const first = createCollector({
      timeoutMs: 5_000,
      concurrency: 1,
      now: () => new Date(),
      revocation: 'crl',
      publications,
    });
    await first.collect(endpoint('127.0.0.1', port, { allow: LOOPBACK }), recall);
    first.close();
    const inquiry = await collecting({ publications })(port, { allow: LOOPBACK });
    expect(Object.values(inquiry?.revocation ?? {})).toMatchObject([
      { detail: expect.stringMatching(/HTTP 404/) },
    ]);
    expect(asked('/kept.crl')).toBe(1);
  });
});
