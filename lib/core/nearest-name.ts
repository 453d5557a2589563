import type { SubjectAltName } from './certificate.ts';

/** A name of a certificate that a client could be meant to ask for, and what keeps it from covering the one asked for. */
export interface NearestName {
  readonly name: string;
  /** A sentence fragment. */
  readonly why: string;
}

/**
 * Of a certificate's names the one that comes nearest to a name that it does not cover: with or without "www.", a wildcard
 * of another level, another host of the same domain. Null where none shares two labels: "test" alone makes no kinship.
 *
 * @param serverName A DNS name in A-label form.
 */
export function nearestName(names: readonly SubjectAltName[], serverName: string): NearestName | null {
  const wanted = normalize(serverName);
  let nearest: (NearestName & { readonly rank: number }) | null = null;
  for (const { type, value } of names) {
    if (type !== 'dns') continue;
    const kinship = kinshipOf(normalize(value), wanted);
    if (kinship === null || (nearest !== null && kinship.rank <= nearest.rank)) continue;
    nearest = { name: value, ...kinship };
  }
  return nearest === null ? null : { name: nearest.name, why: nearest.why };
}

const WWW = 1_000;
const WILDCARD = 500;

/** The more labels two names share at their ends, the nearer they are. */
function kinshipOf(name: string, wanted: string): { readonly rank: number; readonly why: string } | null {
  if (name === `www.${wanted}` || wanted === `www.${name}`)
    return { rank: WWW, why: 'with and without "www." are two names' };
  const isWildcard = name.startsWith('*.');
  const base = isWildcard ? name.slice(2) : name;
  const shared = sharedLabels(base, wanted);
  if (shared < 2) return null;
  if (isWildcard && (base === wanted || wanted.endsWith(`.${base}`)))
    return { rank: WILDCARD + shared, why: 'a wildcard stands for exactly one label' };
  return { rank: shared, why: 'another host of the same domain' };
}

function sharedLabels(a: string, b: string): number {
  const left = a.split('.').reverse();
  const right = b.split('.').reverse();
  const end = left.findIndex((label, index) => label !== right[index]);
  return end === -1 ? left.length : end;
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
