import type { X509Certificate } from 'node:crypto';
import { readCertificate } from './certificate.ts';
import { isIssuedBy } from './issuance.ts';
import type { Trust, TrustAnchor } from './trust.ts';
import { nameKey } from './trust.ts';

/** A presented certificate and what may stand above it. */
export interface IssuerNode {
  /** ISO 8601; the empty string, earlier than any date, where it cannot be read. */
  readonly notAfter: string;
  /** Indices of presented issuers, in the order presented. Empty where the line ends. */
  readonly issuers: readonly number[];
  /** The anchor that the certificate is or, of those that issued it, the one that lasts longest. */
  readonly anchor: TrustAnchor | null;
}

/** What can be reached from the leaf, by index into the presented certificates. */
export type IssuerGraph = ReadonlyMap<number, IssuerNode>;

/**
 * How many pairs of certificates are compared beyond one per certificate. Real chains need a handful; a peer that
 * sends hundreds of CAs with one name would otherwise buy a signature check for every pair of them.
 */
const PAIR_BUDGET = 256;

/** Follows every candidate issuer from the leaf upwards, as far as the budget goes. */
export function buildIssuerGraph(presented: readonly X509Certificate[], trust: Trust): IssuerGraph {
  const graph = new Map<number, IssuerNode>();
  const leaf = presented[0];
  if (leaf === undefined) return graph;

  const authorities = authoritiesByName(presented);
  const leafEnd = endOf(leaf);
  let budget = PAIR_BUDGET + presented.length;
  const isIssuer = (subject: X509Certificate, issuer: X509Certificate): boolean =>
    budget-- > 0 && isIssuedBy(subject, issuer);

  const visit = (x509: X509Certificate): IssuerNode => {
    const certificate = readCertificate(x509);
    const notAfter = endOf(x509);
    const self = trust.byFingerprint(certificate.fingerprint);
    if (self !== undefined) return { notAfter, issuers: [], anchor: self };
    const anchor = longestLasting(
      trust.bySubject(certificate.issuer).filter((candidate) => isIssuer(x509, candidate.x509)),
    );
    // Above an anchor that ends no earlier than the line below it, nothing can last longer.
    const lineEnd = notAfter < leafEnd ? notAfter : leafEnd;
    const isEnd = certificate.selfSigned || (anchor !== null && (anchor.notAfter ?? '') >= lineEnd);
    const candidates = isEnd ? [] : (authorities.get(nameKey(certificate.issuer)) ?? []);
    const issuers = candidates.filter(({ x509: candidate }) => isIssuer(x509, candidate));
    return { notAfter, issuers: issuers.map(({ index }) => index), anchor };
  };

  // A Set iterates over what is added meanwhile: a queue in which nothing stands twice, so loops end.
  const queue = new Set([0]);
  for (const index of queue) {
    const node = visit(presented[index] as X509Certificate);
    graph.set(index, node);
    for (const issuer of node.issuers) queue.add(issuer);
  }
  return graph;
}

interface Candidate {
  readonly index: number;
  readonly x509: X509Certificate;
}

/** The CAs among the presented, each once. */
function authoritiesByName(presented: readonly X509Certificate[]): Map<string, Candidate[]> {
  const seen = new Set<string>();
  const authorities = presented.flatMap((x509, index): Candidate[] => {
    const { fingerprint, role } = readCertificate(x509);
    if (role === 'leaf' || seen.has(fingerprint)) return [];
    seen.add(fingerprint);
    return [{ index, x509 }];
  });
  return Map.groupBy(authorities, ({ x509 }) => nameKey(readCertificate(x509).subject));
}

function endOf(x509: X509Certificate): string {
  return readCertificate(x509).notAfter ?? '';
}

function longestLasting(anchors: readonly TrustAnchor[]): TrustAnchor | null {
  let best: TrustAnchor | null = null;
  for (const anchor of anchors) {
    if (best === null || (anchor.notAfter ?? '') > (best.notAfter ?? '')) best = anchor;
  }
  return best;
}
