import type { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../lib/x509/certificate.ts';
import { buildPath } from '../../lib/x509/certification-path.ts';
import { pemStore } from '../../lib/x509/trust.ts';
import { oid, tlv } from './forge.ts';
import type { Hierarchy, Minted } from './hierarchy.ts';
import { daysFromNow, mintHierarchy, NOW, plans } from './hierarchy.ts';
import type { VerifyCase } from './openssl-verify.ts';
import { isOpensslInstalled, opensslVerifies } from './openssl-verify.ts';
import { dn, extension, newKey, quickMint } from './quick-mint.ts';

/**
 * Differences from OpenSSL that are meant, none of which the hierarchies here can show:
 * - OpenSSL follows one issuer of several and fails where that one leads nowhere; so it is asked about every path alone.
 * - OpenSSL takes a self-issued certificate without key identifiers for self-signed, whoever signed it, and ends there.
 * - A common name that looks like a host is held against DNS constraints by OpenSSL, and here is no name of a server.
 * - An excluded `b.a.test` does not stop the wildcard `*.a.test` in OpenSSL; here, as in browsers, it does.
 * - Bytes after the value of an extension, and IP addresses of impossible length, are unreadable here.
 * - RFC 3779 and RFC 3820 extensions are unknown here: where critical they end the path.
 * - OpenSSL refuses a certificate in its very last second, which RFC 5280 counts as valid.
 * - OpenSSL ends at 100 certificates, refuses explicit EC parameters and heeds nsCertType in leaves.
 */
const HIERARCHIES = Number(process.env['NOTAFTER_HIERARCHIES'] ?? 60);
const BATCH = 60;
// A handful of hierarchies are so entangled that there are more; of these only a part is compared.
const MOST_PATHS = 16;

if (!isOpensslInstalled) process.stderr.write('skipped: no openssl 3 command to compare paths with\n');

describe.skipIf(!isOpensslInstalled)('against openssl verify, hierarchies of all kinds', () => {
  test('have the same best path, or none', () => {
    const runs = Math.max(1, Math.round(HIERARCHIES / BATCH));
    void fc.assert(
      fc.property(plans(Math.min(BATCH, HIERARCHIES)), (batch) => {
        const hierarchies = batch.map((plan, index) => mintHierarchy(plan, `h${index}`));
        const found = hierarchies.map(judge);
        const expected = judgeByOpenssl(hierarchies);
        const accepted = opensslVerifies(hierarchies.map(whole), NOW);
        for (const [index, hierarchy] of hierarchies.entries()) {
          // A failure shows the one hierarchy it is about.
          const about = JSON.stringify(batch[index]);
          const best = found[index] ?? null;
          if (pathsOf(hierarchy).length <= MOST_PATHS) expect(best, about).toEqual(expected[index] ?? null);
          if (accepted[index]) expect(isValid(best), about).toBe(true);
        }
      }),
      // Making a batch smaller step by step would take minutes.
      { numRuns: runs, endOnFailure: true },
    );
  }, 600_000);

  test('let pass the same critical extensions in a CA', () => {
    const key = newKey();
    const validity = { notBefore: daysFromNow(-9), notAfter: daysFromNow(9) };
    const cases = CRITICAL.map(([type, value], index) => {
      const [self, issuer, leaf] = ['root', 'CA', 'leaf'].map((cn) => ({
        name: dn(`O=${index},CN=${cn}`),
        key,
      }));
      if (self === undefined || issuer === undefined || leaf === undefined)
        throw new Error('there are three');
      const isCa = { ca: true, keyIds: false, ...validity };
      const strange = { extensions: [extension(type, value, true)] };
      return {
        leaf: quickMint({ subject: leaf, issuer, keyIds: false, ...validity }),
        untrusted: [quickMint({ subject: issuer, issuer: self, ...isCa, ...strange })],
        anchors: [quickMint({ subject: self, issuer: self, ...isCa })],
      };
    });
    const found = cases.map(({ leaf, untrusted, anchors }) => {
      const { trust } = pemStore('test', anchors.join(''));
      return buildPath(leaf, { presented: untrusted, trust, now: NOW }).problem === null;
    });
    expect(found).toEqual(opensslVerifies(cases, NOW));
    expect(found).toContain(true);
  });
});

const anyPolicy = tlv(0x30, oid('2.5.29.32.0'));
const uri = tlv(0x86, Buffer.from('http://a.test/'));

/** Extensions of 2.5.29 by number, others by their OID, each with a value that can be read. */
const CRITICAL: readonly (readonly [number | string, Buffer])[] = [
  [14, tlv(0x04, Buffer.of(1))],
  [18, tlv(0x30, uri)],
  [31, tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa0, uri))))],
  [32, tlv(0x30, anyPolicy)],
  [33, tlv(0x30, tlv(0x30, oid('1.2.3'), oid('1.2.4')))],
  [35, tlv(0x30)],
  [36, tlv(0x30, tlv(0x80, Buffer.of(9)))],
  [46, tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa0, uri))))],
  [54, tlv(0x02, Buffer.of(9))],
  ['1.3.6.1.5.5.7.1.1', tlv(0x30, tlv(0x30, oid('1.3.6.1.5.5.7.48.1'), uri))],
  ['1.3.6.1.5.5.7.1.24', tlv(0x30, tlv(0x02, Buffer.of(5)))],
  ['1.3.6.1.5.5.7.48.1.5', tlv(0x05)],
  ['2.16.840.1.113730.1.1', tlv(0x03, Buffer.of(0, 0x04))],
  ['1.3.6.1.4.1.11129.2.4.3', tlv(0x05)],
];

/** All that is promised of the best path: among those that are alike in these any may be it. */
interface Span {
  readonly hasBegun: boolean;
  readonly notAfter: string;
}

const now = `${NOW.toISOString().slice(0, 19)}Z`;

function isValid(span: Span | null | undefined): boolean {
  return span?.hasBegun === true && span.notAfter >= now;
}

/** Of a hierarchy whose roots nobody may trust, so that there is always an anchor. */
const bystander = mintStranger();

function judge({ leaf, authorities, roots, untrusted }: Hierarchy): Span | null {
  const presented = [...authorities, ...untrusted].map(({ x509 }) => x509);
  const anchors = [...roots.map(({ x509 }) => x509), bystander];
  const { trust } = pemStore('test', anchors.map((x509) => x509.toString()).join(''));
  const { best, problem } = buildPath(leaf.x509, { presented, trust, now: NOW });
  if (best === null) {
    if (problem === null) throw new Error('no path, and no reason why');
    return null;
  }
  const { notBefore, notAfter } = best;
  if (notBefore === null || notAfter === null) throw new Error('every date is readable');
  const span = { hasBegun: notBefore <= now, notAfter };
  expect(problem === null).toBe(isValid(span));
  return span;
}

/** The best of the paths that OpenSSL accepts when it is given that path alone. */
function judgeByOpenssl(hierarchies: readonly Hierarchy[]): (Span | null)[] {
  const best: (Span | null)[] = hierarchies.map(() => null);
  for (let round = 0; round < MOST_PATHS; round++) {
    const asked = hierarchies.flatMap((hierarchy, index) => {
      const path = pathsOf(hierarchy)[round];
      return path === undefined ? [] : [{ index, path }];
    });
    if (asked.length === 0) break;
    const cases = asked.map(({ path }) => ({
      leaf: path[0] as X509Certificate,
      untrusted: path.slice(1, -1),
      anchors: path.slice(-1),
    }));
    for (const [at, isAccepted] of opensslVerifies(cases, null).entries()) {
      const { index, path } = asked[at] as (typeof asked)[number];
      if (isAccepted) best[index] = better(best[index] ?? null, spanOf(path));
    }
  }
  return best;
}

function better(a: Span | null, b: Span): Span {
  if (a === null) return b;
  if (a.hasBegun !== b.hasBegun) return a.hasBegun ? a : b;
  return a.notAfter >= b.notAfter ? a : b;
}

function spanOf(path: readonly X509Certificate[]): Span {
  const dates = path.map(readCertificate);
  const begins = dates.map(({ notBefore }) => notBefore ?? '').sort();
  const ends = dates.map(({ notAfter }) => notAfter ?? '').sort();
  return { hasBegun: (begins.at(-1) ?? '') <= now, notAfter: ends[0] ?? '' };
}

/** Every line of names and keys from the leaf to a root, root included, that visits nothing twice. */
function pathsOf({ leaf, authorities, roots, untrusted }: Hierarchy): X509Certificate[][] {
  const paths: X509Certificate[][] = [];
  const follow = (top: Minted, line: readonly Minted[]): void => {
    if (paths.length > MOST_PATHS) return;
    const issued = (one: Minted): boolean =>
      one.subject.key === top.issuer.key && one.subject.name.equals(top.issuer.name);
    for (const root of roots.filter(issued)) paths.push([...line, root].map(({ x509 }) => x509));
    for (const next of [...authorities, ...untrusted].filter(issued)) {
      if (!line.includes(next)) follow(next, [...line, next]);
    }
  };
  follow(leaf, [leaf]);
  return paths;
}

function whole({ leaf, authorities, roots, untrusted }: Hierarchy): VerifyCase {
  return {
    leaf: leaf.x509,
    untrusted: [...authorities, ...untrusted].map(({ x509 }) => x509),
    anchors: roots.map(({ x509 }) => x509),
  };
}

function mintStranger(): X509Certificate {
  const self = { name: dn('O=nobody'), key: newKey() };
  return quickMint({
    subject: self,
    issuer: self,
    notBefore: daysFromNow(-1),
    notAfter: daysFromNow(1),
    ca: true,
  });
}
