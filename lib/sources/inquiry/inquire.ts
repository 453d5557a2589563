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
  /** Milliseconds for one endpoint; what was not answered by then is unknown, or left out. */
  readonly budgetMs: number;
}

/** Asks others about what an endpoint serves. Never rejects. */
export type Inquire = (observation: EndpointObservation, serverName: string) => Promise<Inquiry>;

export function createInquirer(options: InquirerOptions): Inquire {
  const { fetcher, trust, now, budgetMs } = options;
  const published = createPublished(fetcher, now);

  async function revocationOf(
    lines: readonly Line[],
    { signal, inTime }: Course,
  ): Promise<Pick<Inquiry, 'revocation'>> {
    const { revocation: mode } = options;
    if (mode === undefined) return {};
    const statuses = new Map<string, Promise<RevocationStatus>>();
    for (const { certificates } of lines) {
      for (const [index, certificate] of certificates.entries()) {
        const issuer = certificates[index + 1];
        if (issuer === undefined || statuses.has(certificate.fingerprint)) continue;
        const sources = { mode, published, fetcher, now, signal };
        const asking = askWhetherRevoked(certificate.x509, issuer.x509, sources);
        statuses.set(certificate.fingerprint, inTime(asking, TOO_LATE));
      }
    }
    return { revocation: Object.fromEntries(await settled(statuses)) };
  }

  async function completionOf(
    lines: readonly Line[],
    { signal, inTime }: Course,
  ): Promise<Pick<Inquiry, 'fetched'>> {
    const answers = new Map<string, Promise<boolean | null>>();
    for (const { isAnchored, presented } of lines) {
      const [leaf, ...others] = presented;
      if (isAnchored || leaf === undefined || answers.has(leaf.fingerprint)) continue;
      const all = [leaf.x509, ...others.map(({ x509 }) => x509)] as const;
      const asking = canBeCompleted([...all], { trust, published, now: now(), signal });
      answers.set(leaf.fingerprint, inTime(asking, null));
    }
    const known = (await settled(answers)).filter((entry): entry is [string, boolean] => entry[1] !== null);
    return known.length === 0 ? {} : { fetched: Object.fromEntries(known) };
  }

  async function deadUrlsOf(
    lines: readonly Line[],
    { signal, inTime }: Course,
  ): Promise<Pick<Inquiry, 'deadUrls'>> {
    if (!options.urls) return {};
    const dead = new Map<string, Promise<readonly DeadUrl[] | null>>();
    for (const { certificates } of lines) {
      for (const { fingerprint, x509 } of certificates)
        if (!dead.has(fingerprint))
          dead.set(fingerprint, inTime(findDeadUrls(x509, published, signal), null));
    }
    const found = (await settled(dead)).map(([, urls]) => urls);
    return found.every((urls) => urls !== null) ? { deadUrls: found.flat().slice(0, MAX_DEAD_URLS) } : {};
  }

  async function policyOf(
    { addresses }: EndpointObservation,
    serverName: string,
    { inTime }: Course,
  ): Promise<Pick<Inquiry, 'caa'>> {
    const chain = addresses.find(({ answer }) => answer !== undefined)?.answer?.chain;
    const [leaf] = chain?.certificates ?? [];
    if (options.caa === undefined || leaf === undefined || isIP(serverName) !== 0) return {};
    const isPublic = mozillaStore().trust.byFingerprint(chain?.anchor?.fingerprint ?? '') !== undefined;
    const caa = await inTime(askWhoMayIssue(serverName, leaf, isPublic, options.caa), null);
    return caa === null ? {} : { caa };
  }

  return async (observation, serverName) => {
    const course = startCourse(budgetMs);
    try {
      const lines = linesOf(observation, trust);
      const parts: readonly Inquiry[] = await Promise.all([
        revocationOf(lines, course),
        completionOf(lines, course),
        deadUrlsOf(lines, course),
        policyOf(observation, serverName, course),
      ]);
      return Object.assign({}, ...parts);
    } finally {
      course.end();
    }
  };
}

/** A hostile certificate names what it likes, and all of this is remembered. */
const MAX_DEAD_URLS = 32;

const TOO_LATE: RevocationStatus = {
  state: 'unknown',
  by: null,
  because: 'unreachable',
  detail: 'no answer in the time that there is for one endpoint',
};

/** The time that there is for one endpoint. */
interface Course {
  /** Aborted when it is over: nobody else is asked then, and what comes later is kept for the next time. */
  readonly signal: AbortSignal;
  /** The answer, or `late` where it is over before. */
  inTime<Value, Late>(answer: Promise<Value>, late: Late): Promise<Value | Late>;
  end(): void;
}

function startCourse(budgetMs: number): Course {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = () => {
    clearTimeout(timer);
    controller.abort();
    resolve();
  };
  const timer = setTimeout(end, budgetMs);
  return {
    signal: controller.signal,
    end,
    inTime: (answer, late) => Promise.race([answer, over.then(() => late)]),
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
