import type { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import type { Entity, Key, QuickOptions } from './quick-mint.ts';
import { ANY_PURPOSE, CLIENT_AUTH, dn, newKey, quickMint, SERVER_AUTH } from './quick-mint.ts';

/** What hierarchies are judged at; every date in them is some days before or after. */
export const NOW = new Date('2030-06-15T12:00:00Z');
const DAY_MS = 86_400_000;

export function daysFromNow(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS);
}

/** A certificate with who signed it and who it certifies. */
export interface Minted {
  readonly x509: X509Certificate;
  readonly subject: Entity;
  readonly issuer: Entity;
}

/** A leaf, the CAs that it may have come by, and the self-signed roots that are trusted. */
export interface Hierarchy {
  readonly leaf: Minted;
  readonly authorities: readonly Minted[];
  readonly roots: readonly Minted[];
  /** Roots that nobody trusts. */
  readonly untrusted: readonly Minted[];
}

const CONSTRAINTS = {
  none: () => ({}),
  'a.test': () => ({ permitted: { names: ['dns:a.test'] } }),
  'b.test, below a.test, 10.0.0.0/8': () => ({
    permitted: { names: ['dns:b.test', 'dns:.a.test', 'ip:10.0.0.0/255.0.0.0'] },
  }),
  'not www.a.test': () => ({ excluded: { names: ['dns:www.a.test'] } }),
  'not 10.1.0.0/16': () => ({ excluded: { names: ['ip:10.1.0.0/255.255.0.0'] } }),
  'fd00::/8': () => ({ permitted: { names: ['ip:fd00::/ff00::'] } }),
  // In another case than the names themselves.
  'unit east': (id) => ({ permitted: { dirNames: [dn(`O=${id},OU=East`)] } }),
  'not unit west': (id) => ({ excluded: { dirNames: [dn(`O=${id},OU=west`)] } }),
  'a.test and the organization, not x.a.test': (id) => ({
    permitted: { names: ['dns:a.test'], dirNames: [dn(`O=${id}`)] },
    excluded: { names: ['dns:x.a.test'] },
  }),
} satisfies Record<string, (id: string) => Pick<QuickOptions, 'permitted' | 'excluded'>>;

/** What a CA is like: plain in most respects, and with some luck odd in one or two. */
const traits = fc.record({
  until: pick([20, 200], [6, 100], [3, 50], [5, -10]),
  from: pick([25, -300], [1, 20]),
  ca: pick<boolean | null>([60, true], [1, false], [1, null]),
  keyUsage: pick<number | null>([50, 0x06], [6, null], [1, 0x80]),
  pathLength: pick<number | null>([24, null], [3, 0], [3, 1], [1, 2]),
  purposes: pick<readonly string[] | null>(
    [48, null],
    [8, [SERVER_AUTH, CLIENT_AUTH]],
    [1, [CLIENT_AUTH]],
    [1, [ANY_PURPOSE]],
  ),
  constraints: pick<keyof typeof CONSTRAINTS>(
    [60, 'none'],
    [2, 'a.test'],
    [2, 'b.test, below a.test, 10.0.0.0/8'],
    [2, 'not www.a.test'],
    [2, 'not 10.1.0.0/16'],
    [1, 'fd00::/8'],
    [1, 'unit east'],
    [1, 'not unit west'],
    [1, 'a.test and the organization, not x.a.test'],
  ),
  critical: pick<readonly string[]>([60, []], [1, ['1.2.3.4.5']]),
  keyIds: pick([3, true], [1, false]),
});

/** Few names and few keys, so that they meet again: cross-signs, circles, renewals, impostors. */
const authority = fc.record({
  name: fc.nat({ max: 3 }),
  rekeyed: pick([8, false], [1, true]),
  issuer: fc.nat({ max: 9 }),
  traits,
});

const LEAF_NAMES = [
  'dns:a.test',
  'dns:www.a.test',
  'dns:b.test',
  'dns:x.a.test',
  'ip:10.0.0.1',
  'ip:10.1.0.1',
  'ip:fd00::1',
];

const leaf = fc.record({
  issuer: fc.nat({ max: 3 }),
  until: pick([20, 60], [1, -5]),
  names: fc.subarray(LEAF_NAMES, { maxLength: 3 }),
  purposes: pick<readonly string[] | null>([20, [SERVER_AUTH]], [4, null], [1, [CLIENT_AUTH]]),
  keyUsage: pick<number | null>([20, 0x80], [8, null], [1, 0x40]),
  unit: fc.constantFrom('east', 'west'),
});

const root = fc.record({
  rekeyed: pick([6, false], [1, true]),
  trusted: pick([6, true], [1, false]),
  traits,
});

const plan = fc.record({
  leaf,
  authorities: fc.array(authority, { minLength: 2, maxLength: 9 }),
  roots: fc.array(root, { minLength: 1, maxLength: 3 }),
});

export type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

/** Plans of hierarchies: what a failure is printed as. */
export function plans(count: number): fc.Arbitrary<Plan[]> {
  return fc.array(plan, { minLength: count, maxLength: count });
}

let keys: readonly Key[] | undefined;

/** @param id Stands in every name, so that many hierarchies can be verified in one go. */
export function mintHierarchy({ leaf, authorities, roots }: Plan, id: string): Hierarchy {
  keys ??= Array.from({ length: 14 }, newKey);
  const ring = keys;
  const entity = (text: string, key: number): Entity => ({ name: dn(text), key: ring[key] as Key });
  const unit = (index: number): string => (index % 2 === 0 ? 'east' : 'west');
  const caEntities = authorities.map(({ name, rekeyed }) =>
    entity(`O=${id},OU=${unit(name)},CN=CA ${name}`, rekeyed ? name + 4 : name),
  );
  // The second root has the first one's name: a renewal, or somebody else's.
  const rootEntities = roots.map(({ rekeyed }, index) => {
    const name = index === 1 ? 0 : index;
    return entity(`O=${id},OU=root,CN=Root ${name}`, 8 + name + (rekeyed ? 3 : 0));
  });
  const everybody = [...rootEntities, ...caEntities];
  const mint = (
    subject: Entity,
    issuer: Entity,
    options: Partial<QuickOptions>,
    until: number,
    from = -300,
  ): Minted => ({
    x509: quickMint({
      subject,
      issuer,
      notBefore: daysFromNow(Math.min(from, until - 1)),
      notAfter: daysFromNow(until),
      ...options,
    }),
    subject,
    issuer,
  });
  const ca = (
    subject: Entity,
    issuer: Entity,
    { until, from, constraints, ...rest }: Plan['roots'][number]['traits'],
  ) => mint(subject, issuer, { ...rest, ...CONSTRAINTS[constraints](id) }, until, from);

  const certified = (subject: Entity, issuer: Entity, traits: Plan['roots'][number]['traits']): Minted => {
    // Without identifiers OpenSSL takes a CA that changes its key for a self-signed one.
    const isRollover = subject.name.equals(issuer.name);
    return ca(subject, issuer, { ...traits, keyIds: traits.keyIds || isRollover });
  };

  const leafIssuer = caEntities[leaf.issuer % caEntities.length] as Entity;
  const { names, purposes, keyUsage } = leaf;
  const minted = {
    leaf: mint(
      entity(`O=${id},OU=${leaf.unit},CN=leaf`, 13),
      leafIssuer,
      { names, purposes, keyUsage },
      leaf.until,
    ),
    authorities: authorities.map(({ issuer, traits }, index) =>
      certified(caEntities[index] as Entity, everybody[issuer % everybody.length] as Entity, traits),
    ),
    allRoots: roots.map(({ traits }, index) => {
      const self = rootEntities[index] as Entity;
      return ca(self, self, traits);
    }),
  };
  const isTrusted = (_: unknown, index: number): boolean => roots[index]?.trusted === true;
  return {
    leaf: minted.leaf,
    authorities: minted.authorities,
    roots: minted.allRoots.filter(isTrusted),
    untrusted: minted.allRoots.filter((one, index) => !isTrusted(one, index)),
  };
}

function pick<Value>(...weighted: readonly (readonly [number, Value])[]): fc.Arbitrary<Value> {
  return fc.oneof(...weighted.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));
}
