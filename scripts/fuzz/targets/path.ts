import { X509Certificate } from 'node:crypto';
import { MAX_PRESENTED } from '../../../lib/sources/tls-endpoint/presented-chain.ts';
import { parseDer } from '../../../lib/x509/certificate.ts';
import { buildPath } from '../../../lib/x509/certification-path.ts';
import { formatGeneralName, parseGeneralName } from '../../../lib/x509/general-name.ts';
import { poolOf } from '../../../lib/x509/issuer-pool.ts';
import { forbiddenName, readNameConstraints } from '../../../lib/x509/name-constraints.ts';
import { findPath } from '../../../lib/x509/path.ts';
import { readRights } from '../../../lib/x509/rights.ts';
import { sequence } from '../../../lib/x509/rights-extensions.ts';
import { pemStore } from '../../../lib/x509/trust.ts';
import { encode, parse, raw } from '../der-tree.ts';
import { certificate, signed } from '../grammar/certificate.ts';
import { nameConstraints } from '../grammar/extensions.ts';
import { CA_DER, hierarchy } from '../grammar/hierarchy.ts';
import { generalNames } from '../grammar/names.ts';
import { define, type Target } from '../target.ts';
import { isDerError } from './der.ts';

const { trust } = pemStore('fuzz', new X509Certificate(CA_DER).toString());
const now = new Date('2026-07-01T00:00:00Z');

/** The certificates that stand one after the other, signed where only the signature is missing; what is none is passed over. */
function certificatesIn(bytes: Buffer): X509Certificate[] {
  return parse(bytes)
    .slice(0, MAX_PRESENTED)
    .flatMap((tree) => {
      const isWhole = tree.children?.[0]?.tag === 0x30;
      try {
        return [parseDer(encode(isWhole ? tree : signed(tree, true)))];
      } catch {
        return [];
      }
    });
}

/** Each has to be signed by the next, and to bear its name. */
function brokenLink(line: readonly X509Certificate[]): string | null {
  const at = line.findIndex((subject, index) => {
    const issuer = line[index + 1];
    if (issuer === undefined) return false;
    return folded(subject.issuer) !== folded(issuer.subject) || !subject.verify(issuer.publicKey);
  });
  return at === -1 ? null : `number ${at} of the path was not issued by the one after it`;
}

/** RFC 5280 §7.1, roughly. node:crypto has undefined for an empty name. */
function folded(name: string | undefined): string {
  return (name ?? '').toLowerCase().replace(/\s+/g, ' ');
}

export const PATH_TARGETS: readonly Target[] = [
  define({
    name: 'rights',
    files: ['lib/x509/rights.ts', 'lib/x509/rights-extensions.ts', 'lib/x509/extensions.ts'],
    shape: 'der',
    generate: (random) => encode(certificate(random)),
    read: (bytes) => certificatesIn(bytes).map(readRights),
  }),
  define({
    name: 'name-constraints',
    files: ['name-constraints', 'general-name', 'subtree'].map((file) => `lib/x509/${file}.ts`),
    shape: 'der',
    generate: (random) => Buffer.concat([generalNames(random), nameConstraints(random)].map(encode)),
    read: (bytes) => {
      const [names = raw(bytes), constraints = raw(bytes)] = parse(bytes);
      const list = encode(names);
      const parsed = sequence(list).map((name) => parseGeneralName(list, name));
      const forbidden = forbiddenName(parsed, readNameConstraints(encode(constraints)));
      return { forbidden, formatted: parsed.map(formatGeneralName) };
    },
    mayThrow: isDerError,
  }),
  define({
    name: 'path',
    files: [
      'certification-path',
      'path-answer',
      'path-search',
      'path-rules',
      'path-line',
      'issuers',
      'certified-names',
      'name-constraints',
      'subtree',
      'name',
    ].map((file) => `lib/x509/${file}.ts`),
    shape: 'der',
    generate: hierarchy,
    read: (bytes) => {
      const [leaf, ...others] = certificatesIn(bytes);
      if (leaf === undefined) return null;
      // Some of them come from elsewhere.
      const presented = others.filter((_, index) => index % 4 !== 3);
      const pool = poolOf(others.filter((_, index) => index % 4 === 3));
      const { best, ...finding } = buildPath(leaf, { presented, pool, trust, now });
      const path = best && [...best.certificates, best.anchor.x509].map((x509) => x509.raw);
      return { ...finding, path, line: findPath([leaf, ...presented], trust, now) };
    },
    objection: (_bytes, found) => brokenLink((found?.path ?? []).map((der) => new X509Certificate(der))),
  }),
];
