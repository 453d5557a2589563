import { isIP } from 'node:net';
import type { DeadUrl, EndpointObservation, Inquiry } from '../../core/observation.ts';
import type { RevocationStatus } from '../../core/revocation.ts';
import { mozillaStore, type Trust } from '../../x509/trust.ts';
import type { CaaFinder } from '../caa.ts';
import type { Fetcher } from '../egress/fetch.ts';
import { type Course, startCourse } from './course.ts';
import { findDeadUrls } from './dead-urls.ts';
import { askWhoMayIssue } from './issuance-policy.ts';
import { type Line, linesOf, pairsOf } from './lines.ts';
import { canBeCompleted } from './missing-issuers.ts';
import type { Published } from './published.ts';
import { askWhetherRevoked, type RevocationMode } from './revocation.ts';

export interface InquirerOptions {
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly published: Published;
  readonly trust: Trust;
  /** Undefined: nobody is asked whether anything was revoked. */
  readonly revocation: RevocationMode | undefined;
  /** Whether to try every URL that certificates name. */
  readonly urls: boolean;
  /** Whether to fetch issuers that were not sent. */
  readonly issuers: boolean;
  /** Left out: DNS is not asked which CAs may issue. */
  readonly caa?: CaaFinder | undefined;
  readonly now: () => Date;
  /** Milliseconds for one endpoint; what was not answered by then is unknown, or left out. */
  readonly budgetMs: number;
}

/** Asks others about what an endpoint serves. Never rejects. */
export type Inquire = (observation: EndpointObservation, serverName: string) => Promise<Inquiry>;

export function createInquirer(options: InquirerOptions): Inquire {
  const { fetcher, published, trust, now, budgetMs } = options;

  async function revocationOf(lines: readonly Line[], course: Course): Promise<Pick<Inquiry, 'revocation'>> {
    const { revocation: mode } = options;
    if (mode === undefined) return {};
    const sources = { mode, now, ...course };
    const statuses = new Map<string, Promise<RevocationStatus>>();
    for (const { certificate, issuer } of pairsOf(lines, MAX_STATUSES)) {
      const asking = askWhetherRevoked(certificate.x509, issuer.x509, sources);
      statuses.set(certificate.fingerprint, course.inTime(asking, TOO_LATE));
    }
    return { revocation: Object.fromEntries(await settled(statuses)) };
  }

  async function completionOf(lines: readonly Line[], course: Course): Promise<Pick<Inquiry, 'fetched'>> {
    const answers = new Map<string, Promise<boolean | null>>();
    for (const { isAnchored, presented } of options.issuers ? lines : []) {
      const [leaf, ...others] = presented;
      if (isAnchored || leaf === undefined || answers.has(leaf.fingerprint)) continue;
      const asking = canBeCompleted([leaf.x509, ...others.map(({ x509 }) => x509)], {
        trust,
        now: now(),
        ...course,
      });
      answers.set(leaf.fingerprint, course.inTime(asking, null));
    }
    const known = (await settled(answers)).filter((entry): entry is [string, boolean] => entry[1] !== null);
    return known.length === 0 ? {} : { fetched: Object.fromEntries(known) };
  }

  async function deadUrlsOf(lines: readonly Line[], course: Course): Promise<Pick<Inquiry, 'deadUrls'>> {
    if (!options.urls) return {};
    const dead = new Map<string, Promise<readonly DeadUrl[] | null>>();
    for (const { certificates } of lines) {
      for (const { fingerprint, x509 } of certificates)
        if (!dead.has(fingerprint))
          dead.set(fingerprint, course.inTime(findDeadUrls(x509, course.published, course.signal), null));
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
    const course = startCourse({ budgetMs, published, fetcher });
    try {
      // Each part for itself, so that what cannot be read rejects the part.
      const lines = async () => linesOf(observation, trust);
      const parts: readonly Inquiry[] = await Promise.all([
        orNothing(async () => revocationOf(await lines(), course)),
        orNothing(async () => completionOf(await lines(), course)),
        orNothing(async () => deadUrlsOf(await lines(), course)),
        orNothing(() => policyOf(observation, serverName, course)),
      ]);
      return Object.assign({}, ...parts);
    } finally {
      course.end();
    }
  };
}

/** A hostile certificate names what it likes, and all of this is remembered. */
const MAX_DEAD_URLS = 32;
const MAX_STATUSES = 32;

const TOO_LATE: RevocationStatus = {
  state: 'unknown',
  by: null,
  because: 'unreachable',
  detail: 'no answer in the time that there is for one endpoint',
};

/** A fault of ours in one part must not cost the others, and least of all what was seen of the endpoint itself. */
async function orNothing(part: () => Promise<Inquiry>): Promise<Inquiry> {
  try {
    return await part();
  } catch {
    return {};
  }
}

async function settled<Value>(promises: ReadonlyMap<string, Promise<Value>>): Promise<[string, Value][]> {
  return Promise.all(
    [...promises].map(async ([key, promise]): Promise<[string, Value]> => [key, await promise]),
  );
}
