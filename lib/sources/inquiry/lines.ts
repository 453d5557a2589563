import type { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../core/certificate.ts';
import type { EndpointObservation, PresentedChain } from '../../core/observation.ts';
import { derOf, parseDer } from '../../x509/certificate.ts';
import type { Trust } from '../../x509/trust.ts';

interface Member {
  readonly fingerprint: string;
  readonly x509: X509Certificate;
}

/** A presented chain, and its line of issuers with the anchor at the end. */
export interface Line {
  readonly presented: readonly Member[];
  readonly certificates: readonly Member[];
  readonly isAnchored: boolean;
}

/** Of everything that is served, each chain once. */
export function linesOf({ addresses }: EndpointObservation, trust: Trust): readonly Line[] {
  const chains = new Map<string, PresentedChain>();
  for (const { answer, otherKey } of addresses) {
    for (const chain of [answer?.chain, otherKey?.chain]) {
      if (chain !== undefined)
        chains.set(chain.certificates.map(({ fingerprint }) => fingerprint).join(), chain);
    }
  }
  return [...chains.values()].map(({ certificates, path, anchor }) => {
    const presented = certificates.flatMap(memberOf);
    const byFingerprint = new Map(presented.map((member) => [member.fingerprint, member]));
    const line = path.flatMap((index) => byFingerprint.get(certificates[index]?.fingerprint ?? '') ?? []);
    const top = anchor === null ? undefined : trust.byFingerprint(anchor.fingerprint);
    const isSent = line.at(-1)?.fingerprint === top?.fingerprint;
    return {
      presented,
      certificates: top === undefined || isSent ? line : [...line, top],
      isAnchored: anchor !== null,
    };
  });
}

/** A certificate with the one that issued it. */
export interface Pair {
  readonly certificate: Member;
  readonly issuer: Member;
}

/** Each certificate once with its issuer: all the leaves first, then those above them, at most so many. */
export function pairsOf(lines: readonly Line[], most: number): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  const tallest = Math.max(0, ...lines.map(({ certificates }) => certificates.length));
  for (let step = 0; step + 1 < tallest; step += 1) {
    for (const { certificates } of lines) {
      if (pairs.size === most) return [...pairs.values()];
      const [certificate, issuer] = certificates.slice(step);
      if (certificate === undefined || issuer === undefined || pairs.has(certificate.fingerprint)) continue;
      pairs.set(certificate.fingerprint, { certificate, issuer });
    }
  }
  return [...pairs.values()];
}

function memberOf(certificate: Certificate): readonly Member[] {
  const der = derOf(certificate);
  return der === undefined ? [] : [{ fingerprint: certificate.fingerprint, x509: parseDer(der) }];
}
