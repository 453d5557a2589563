import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Certificate } from '../../core/certificate.ts';
import type { DeadUrl, EndpointObservation, Inquiry, PresentedChain } from '../../core/observation.ts';
import type { RevocationStatus } from '../../core/revocation.ts';
import { derOf, parseDer } from '../../x509/certificate.ts';
import { mozillaStore, type Trust } from '../../x509/trust.ts';
import type { CaaFinder } from '../caa.ts';
import type { Fetcher } from '../egress/fetch.ts';
import { findDeadUrls } from './dead-urls.ts';
import { askWhoMayIssue } from './issuance-policy.ts';
import { canBeCompleted } from './missing-issuers.ts';
import { createPublished } from './published.ts';
import { askWhetherRevoked, type RevocationMode } from './revocation.ts';

export interface InquirerOptions {
  readonly fetcher: Fetcher;
  readonly trust: Trust;
  /** Undefined: nobody is asked whether anything was revoked. */
  readonly revocation: RevocationMode | undefined;
  /** Whether to try every URL that certificates name. */
  readonly urls: boolean;
  /** Left out: DNS is not asked which CAs may issue. */
  readonly caa?: CaaFinder | undefined;
  readonly now: () => Date;
  /** Milliseconds for one endpoint; what was not answered by then is left out. */
  readonly budgetMs: number;
}

/** Asks others about what an endpoint serves. Never rejects. */
export type Inquire = (observation: EndpointObservation, serverName: string) => Promise<Inquiry>;

export function createInquirer(options: InquirerOptions): Inquire {
  const { fetcher, trust, now, budgetMs } = options;
  const published = createPublished(fetcher, now);

  async function revocationOf(lines: readonly Line[]): Promise<Pick<Inquiry, 'revocation'>> {
    const { revocation: mode } = options;
    if (mode === undefined) return {};
    const statuses = new Map<string, Promise<RevocationStatus>>();
    for (const { certificates } of lines) {
      for (const [index, certificate] of certificates.entries()) {
        const issuer = certificates[index + 1];
        if (issuer === undefined || statuses.has(certificate.fingerprint)) continue;
        statuses.set(
          certificate.fingerprint,
          askWhetherRevoked(certificate.x509, issuer.x509, { mode, published, fetcher, now }),
        );
      }
    }
    return { revocation: Object.fromEntries(await settled(statuses)) };
  }

  async function completionOf(lines: readonly Line[]): Promise<Pick<Inquiry, 'fetched'>> {
    const answers = new Map<string, Promise<boolean | null>>();
    for (const { isAnchored, presented } of lines) {
      const [leaf, ...others] = presented;
      if (isAnchored || leaf === undefined || answers.has(leaf.fingerprint)) continue;
      const all = [leaf.x509, ...others.map(({ x509 }) => x509)] as const;
      answers.set(leaf.fingerprint, canBeCompleted([...all], trust, published, now()));
    }
    const known = (await settled(answers)).filter((entry): entry is [string, boolean] => entry[1] !== null);
    return known.length === 0 ? {} : { fetched: Object.fromEntries(known) };
  }

  async function deadUrlsOf(lines: readonly Line[]): Promise<Pick<Inquiry, 'deadUrls'>> {
    if (!options.urls) return {};
    const dead = new Map<string, Promise<readonly DeadUrl[]>>();
    for (const { certificates } of lines) {
      for (const { fingerprint, x509 } of certificates)
        if (!dead.has(fingerprint)) dead.set(fingerprint, findDeadUrls(x509, published));
    }
    return { deadUrls: (await settled(dead)).flatMap(([, urls]) => urls) };
  }

  async function policyOf(
    { addresses }: EndpointObservation,
    serverName: string,
  ): Promise<Pick<Inquiry, 'caa'>> {
    const chain = addresses.find(({ answer }) => answer !== undefined)?.answer?.chain;
    const [leaf] = chain?.certificates ?? [];
    if (options.caa === undefined || leaf === undefined || isIP(serverName) !== 0) return {};
    const isPublic = mozillaStore().trust.byFingerprint(chain?.anchor?.fingerprint ?? '') !== undefined;
    return { caa: await askWhoMayIssue(serverName, leaf, isPublic, options.caa) };
  }

  return async (observation, serverName) => {
    const lines = linesOf(observation, trust);
    const parts: readonly Promise<Inquiry>[] = [
      revocationOf(lines),
      completionOf(lines),
      deadUrlsOf(lines),
      policyOf(observation, serverName),
    ];
    return Object.assign({}, ...(await Promise.all(parts.map((part) => within(budgetMs, part)))));
  };
}

interface Member {
  readonly fingerprint: string;
  readonly x509: X509Certificate;
}

/** A presented chain, and its line of issuers with the anchor at the end. */
interface Line {
  readonly presented: readonly Member[];
  readonly certificates: readonly Member[];
  readonly isAnchored: boolean;
}

function linesOf({ addresses }: EndpointObservation, trust: Trust): readonly Line[] {
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

function memberOf(certificate: Certificate): readonly Member[] {
  const der = derOf(certificate);
  return der === undefined ? [] : [{ fingerprint: certificate.fingerprint, x509: parseDer(der) }];
}

async function settled<Value>(promises: ReadonlyMap<string, Promise<Value>>): Promise<[string, Value][]> {
  return Promise.all(
    [...promises].map(async ([key, promise]): Promise<[string, Value]> => [key, await promise]),
  );
}

/** Nothing where it took too long: what comes later is kept for the next time. */
async function within(ms: number, part: Promise<Inquiry>): Promise<Inquiry> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Inquiry>((resolve) => {
    timer = setTimeout(resolve, ms, {});
  });
  try {
    return await Promise.race([part, late]);
  } finally {
    clearTimeout(timer);
  }
}
