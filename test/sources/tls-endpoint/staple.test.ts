import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { evaluate } from '../../../lib/core/evaluate.ts';
import type { EndpointObservation } from '../../../lib/core/observation.ts';
import { contentOf } from '../../../lib/core/summarize.ts';
import { createProber } from '../../../lib/sources/tls-endpoint/prober.ts';
import { readCertificate } from '../../../lib/x509/certificate.ts';
import { statusByStaple } from '../../../lib/x509/staple.ts';
import { loadTrust } from '../../../lib/x509/trust.ts';
import { endpoint } from '../../run/world.ts';
import { subject } from '../../support/facts.ts';
import { mintOcspResponse, ocspRefusal } from '../../support/ocsp.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { pointers } from '../../support/pointers.ts';
import { serveStapling } from '../../support/stapling.ts';

const HOUR = 3_600_000;
let root: Issued;
let issuing: Issued;
let leaf: Issued;
let must: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true, days: 3650 });
  issuing = await mint({ subject: 'CN=Issuing CA', ca: true, issuer: root, days: 1000 });
  const named = { subject: 'CN=api.test', names: ['api.test'], issuer: issuing };
  [leaf, must] = await Promise.all([
    mint(named),
    mint({ ...named, extensions: pointers({ mustStaple: true }) }),
  ]);
});

/** What is seen of a server that staples this, and what the checks say. */
async function seen(chain: readonly Issued[], response: Buffer | null | (() => Buffer | null)) {
  const server = await serveStapling(chain, response);
  const prober = createProber({ trust: loadTrust(root.pem), timeoutMs: 5_000, concurrency: 1 });
  onTestFinished(async () => {
    prober.close();
    await server.close();
  });
  const target = endpoint('127.0.0.1', server.port, { serverName: 'api.test' });
  const observation = await prober.probe(target.endpoint);
  const facts = chain.map(({ x509 }) => readCertificate(x509));
  const findings = evaluate(
    subject(target, contentOf(observation, target), facts, { now: observation.observedAt }),
  );
  return {
    staple: stapleOf(observation),
    findings: findings.map(({ check, severity }) => `${severity} ${check}`),
  };
}

const stapleOf = ({ addresses }: EndpointObservation) => addresses[0]?.answer?.chain.staple;
const about = (certificate: Issued, rest = {}) =>
  mintOcspResponse({ answers: [{ certificate, issuer: issuing, ...rest }] });

describe('a staple', () => {
  it('is read, verified and no news where it is good', async () => {
    const { staple, findings } = await seen([leaf, issuing], about(leaf));
    expect(staple).toMatchObject({ state: 'good', by: 'staple', nextUpdate: expect.any(String) });
    expect(findings).toEqual([]);
  });

  it('that says that the certificate was revoked is critical', async () => {
    const revokedAt = new Date('2026-05-04T03:02:01Z');
    const { staple, findings } = await seen(
      [leaf, issuing],
      about(leaf, { status: 'revoked', revokedAt, reason: 1 }),
    );
    expect(staple).toMatchObject({
      state: 'revoked',
      by: 'staple',
      revokedAt: '2026-05-04T03:02:01Z',
      reason: 'keyCompromise',
    });
    expect(findings).toEqual(['critical revoked']);
  });

  it.each<[string, () => Buffer, string]>([
    ['is garbage', () => Buffer.from('no DER at all'), 'malformed'],
    ['is a refusal', () => ocspRefusal(3), 'responder_busy'],
    ['is about another certificate', () => about(must), 'other_certificate'],
    [
      'is signed by a stranger',
      () => mintOcspResponse({ answers: [{ certificate: leaf, issuer: issuing }], signer: root }),
      'responder_not_trusted',
    ],
    [
      'is out of date',
      () =>
        about(leaf, {
          thisUpdate: new Date(Date.now() - 48 * HOUR),
          nextUpdate: new Date(Date.now() - HOUR),
        }),
      'stale',
    ],
  ])('that %s is of no use, and no reason to call anything revoked', async (_, response, because) => {
    const { staple, findings } = await seen([leaf, issuing], response());
    expect(staple).toMatchObject({ state: 'unknown', by: 'staple', because });
    expect(findings).toEqual(['warning staple-unusable']);
  });

  it('that nobody can verify, because the issuer is not sent, says nothing of the staple', async () => {
    const { staple, findings } = await seen([leaf], about(leaf));
    expect(staple).toEqual({ state: 'unknown', by: 'staple', because: 'not_issuer' });
    expect(findings).toEqual(['warning incomplete-chain', 'info staple-unusable']);
  });

  it('is verified by the anchor where that issued the leaf', async () => {
    const under = await mint({ subject: 'CN=api.test', names: ['api.test'], issuer: root });
    const response = mintOcspResponse({ answers: [{ certificate: under, issuer: root, status: 'revoked' }] });
    expect((await seen([under], response)).staple).toMatchObject({ state: 'revoked' });
  });
});

describe('no staple', () => {
  it('is no news, but where the certificate demands one', async () => {
    expect(await seen([leaf, issuing], null)).toEqual({ staple: undefined, findings: [] });
    expect((await seen([must, issuing], null)).findings).toEqual(['critical staple-missing']);
    expect((await seen([must, issuing], about(must))).findings).toEqual([]);
    // The first client makes many servers fetch one.
    let asked = 0;
    const late = () => (asked++ === 0 ? null : about(must));
    expect((await seen([must, issuing], late)).findings).toEqual([]);
    expect((await seen([must, issuing], Buffer.from('x'))).findings).toEqual(['critical staple-unusable']);
  });
});

describe('the memory for staples', () => {
  it('lasts no longer than what was said holds, and mixes nothing up', () => {
    const said = (nextUpdate: number) =>
      about(leaf, { thisUpdate: new Date(Date.now() - HOUR), nextUpdate: new Date(Date.now() + nextUpdate) });
    const [short, long] = [said(60_000), said(48 * HOUR)];
    const at = (response: Buffer, ms: number, by = issuing) =>
      statusByStaple(leaf.x509, by.x509, response, new Date(Date.now() + ms)).state;
    expect([at(short, 0), at(long, 0)]).toEqual(['good', 'good']);
    expect(at(long, 0, root)).toBe('unknown');
    // A few minutes are granted to clocks.
    expect([at(short, 9 * 60_000), at(long, 9 * 60_000)]).toEqual(['unknown', 'good']);
    expect(at(long, 49 * HOUR)).toBe('unknown');
    expect(at(about(leaf, { status: 'revoked' }), 0)).toBe('revoked');
  });
});
