/** Which certificates of a target have an end that matters, and by which ladder. */
import { type Certificate, certificateLabel } from './certificate.ts';
import {
  type AcmContent,
  type AwsContent,
  type BundleContent,
  type Content,
  type EndpointContent,
  isBundle,
  type ServedChain,
} from './content.ts';
import { isExpired, type LadderColumn, type Rung, type Validity } from './ladder.ts';
import { servedWhere } from './served-where.ts';
import type { Subject } from './subject.ts';

/**
 * A certificate whose end matters at this target.
 * - `leaf`: what is served, or stands in a file to be served.
 * - `issuer`: a CA on the line of issuers that ends before the leaf; clients fail when it does.
 * - `member`: a CA that somebody here administers.
 */
export interface Judged extends Validity {
  readonly fingerprint: string;
  readonly label: string;
  /** Name of its issuer (RFC 4514); null where that is not known. */
  readonly issuer: string | null;
  readonly position: 'leaf' | 'issuer' | 'member';
  readonly column: LadderColumn;
  /** Where it stands, as the end of a sentence: "served by 1 of 2 addresses". Empty where there is nothing to add. */
  readonly where: string;
  /** Set where it ends for clients with these trust stores only. */
  readonly stores?: readonly string[];
  /** See `ServedChain.lastSeenAt`. */
  readonly lastSeenAt?: string;
  /** Another address of the endpoint already serves one that lasts longer. */
  readonly renewedElsewhere: boolean;
  /** Nothing uses or serves it: its end is information at every rung. */
  readonly isIdle: boolean;
  /** Rungs before this one stay silent, because it renews itself and is well; null where all of them speak. */
  readonly silentUntil: Rung | null;
  /** Another certificate of the bundle with the same subject and key is valid for longer: the end does no harm. */
  readonly hasTwin: boolean;
}

const ORDINARY = { isIdle: false, silentUntil: null, hasTwin: false } as const;

/** Each certificate at most once; a leaf before the CAs above it. */
export function judgedCertificates(subject: Subject): readonly Judged[] {
  const known = remembered.get(subject);
  if (known !== undefined) return known;
  const judged = subject.content === null ? [] : judgedIn(subject.content, subject);
  const once = new Map<string, Judged>();
  for (const each of judged) if (!once.has(each.fingerprint)) once.set(each.fingerprint, each);
  const all = [...once.values()];
  remembered.set(subject, all);
  return all;
}

// A subject never changes, and half a dozen checks ask.
const remembered = new WeakMap<Subject, readonly Judged[]>();

function judgedIn(content: Content, subject: Subject): Judged[] {
  if (content.kind === 'endpoint') return endpointJudged(content, subject);
  if (isBundle(content)) return bundleJudged(content, subject);
  return keptJudged(content, subject);
}

/** What a service keeps for its user: a leaf, and the chain it would be served with. */
function keptJudged(content: AwsContent, subject: Subject): Judged[] {
  const [leaf, ...chain] = content.certificates
    .map((fingerprint) => lookUp(fingerprint, subject))
    .filter((certificate) => certificate !== undefined);
  if (leaf === undefined) return [];
  const standing = standingIn(content, subject);
  const issuers = lineByName(leaf, longestBySubject(chain)).filter((issuer) => endsBefore(issuer, leaf));
  return [
    judge(leaf, 'leaf', 'leaf', content.kind === 'domain' ? 'the proof of ownership of the domain' : ''),
    ...issuers.map((issuer) => judge(issuer, 'issuer', 'leaf', `above ${certificateLabel(leaf)}`)),
  ].map((judged) => ({ ...judged, ...standing }));
}

function standingIn(
  content: AwsContent,
  { served }: Subject,
): Partial<Pick<Judged, 'isIdle' | 'silentUntil'>> {
  if (content.kind === 'acm') return standingOf(content);
  // ACM may not count the proof of ownership as a use; the domain depends on it all the same.
  return content.kind === 'domain' && served !== undefined ? { ...standingOf(served), isIdle: false } : {};
}

/**
 * ACM starts to renew 45 or 60 days ahead of the end. One that goes through with it would only ever disturb people at
 * the first rung; at the second it is late by a month.
 */
function standingOf({ inUse, renews, renewal }: AcmContent): Pick<Judged, 'isIdle' | 'silentUntil'> {
  const isWell = renews && renewal !== 'FAILED' && renewal !== 'PENDING_VALIDATION';
  // Unknown counts as used.
  return { isIdle: inUse === false, silentUntil: isWell ? 'warning' : null };
}

function endpointJudged(content: EndpointContent, subject: Subject): Judged[] {
  // Of one endpoint's RSA and ECDSA certificates one may be renewed long before the other.
  const others = (leaf: Certificate, { otherKey }: ServedChain) =>
    content.chains
      .filter((chain) => chain.otherKey === otherKey && chain.certificates[0] !== leaf.fingerprint)
      .map((chain) => lookUp(chain.certificates[0], subject))
      .filter((other) => other !== undefined);
  return content.chains.flatMap((chain) => {
    const leaf = lookUp(chain.certificates[0], subject);
    if (leaf === undefined) return [];
    const where = servedWhere(leaf.fingerprint, content);
    const stale = chain.lastSeenAt === undefined ? {} : { lastSeenAt: chain.lastSeenAt };
    const above = chain.path.slice(1).map((index) => lookUp(chain.certificates[index], subject));
    return [
      {
        ...judge(leaf, 'leaf', 'leaf', where),
        renewedElsewhere: others(leaf, chain).some((other) => endsBefore(leaf, other)),
      },
      ...above
        .filter((issuer) => issuer !== undefined)
        .filter((issuer) => endsBefore(issuer, leaf))
        .map((issuer) => judge(issuer, 'issuer', 'leaf', `above ${certificateLabel(leaf)}`)),
      ...anchorJudged(chain, leaf),
      ...storesJudged(chain, leaf, subject),
    ].map((judged) => ({ ...judged, ...stale }));
  });
}

/** The anchor is never sent, and clients check its dates all the same (DST Root CA X3, 30 September 2021). */
function anchorJudged(chain: ServedChain, leaf: Certificate): Judged[] {
  const anchor = chain.anchor;
  if (anchor === null || !endsBefore({ notBefore: null, notAfter: anchor.notAfter }, leaf)) return [];
  return [
    {
      fingerprint: anchor.fingerprint,
      label: anchor.subject,
      issuer: null,
      notBefore: null,
      notAfter: anchor.notAfter,
      position: 'issuer',
      column: 'leaf',
      where: `the trust anchor above ${certificateLabel(leaf)}`,
      renewedElsewhere: false,
      ...ORDINARY,
    },
  ];
}

/**
 * What ends first for clients with one trust store, where others have a longer line of issuers. What was not sent does not
 * count: those clients may have met another one in its place.
 */
function storesJudged(chain: ServedChain, leaf: Certificate, subject: Subject): Judged[] {
  const line = chain.path.map((index) => lookUp(chain.certificates[index], subject)?.notAfter ?? null);
  const ends = [...line, chain.anchor?.notAfter ?? null].filter((end) => end !== null).sort();
  const earlier = (chain.stores ?? []).filter(
    ({ notAfter, firstToEnd, outside }) =>
      notAfter !== null &&
      firstToEnd !== null &&
      !outside.includes(firstToEnd) &&
      ends.every((end) => notAfter < end) &&
      endsBefore({ notBefore: null, notAfter }, leaf),
  );
  return [...Map.groupBy(earlier, ({ firstToEnd }) => firstToEnd ?? '')].map(([fingerprint, verdicts]) => {
    const stores = verdicts.map(({ store }) => store);
    const [{ notAfter = null, anchor = fingerprint.slice(0, 12) } = {}] = verdicts;
    const facts = lookUp(fingerprint, subject);
    return {
      fingerprint,
      label: facts === undefined ? anchor : certificateLabel(facts),
      issuer: facts?.issuer ?? null,
      notBefore: facts?.notBefore ?? null,
      notAfter,
      position: 'issuer',
      column: 'leaf',
      where: `for clients with the trust store${stores.length === 1 ? '' : 's'} ${stores.join(' and ')}`,
      stores,
      renewedElsewhere: false,
      ...ORDINARY,
    };
  });
}

function bundleJudged(content: BundleContent, subject: Subject): Judged[] {
  const members = content.certificates
    .map((fingerprint) => lookUp(fingerprint, subject))
    .filter((certificate) => certificate !== undefined);
  const leaves = members.filter((certificate) => certificate.role === 'leaf');
  if (content.kind === 'truststore' || leaves.length === 0) {
    const twins = twinFinder(members, subject.now);
    return members.map((member) => ({ ...judge(member, 'member', 'ca', ''), hasTwin: twins(member) }));
  }
  const issuers = longestBySubject(members);
  return [
    ...leaves.map((leaf) => judge(leaf, 'leaf', 'leaf', '')),
    ...leaves.flatMap((leaf) =>
      lineByName(leaf, issuers)
        .filter((issuer) => endsBefore(issuer, leaf))
        .map((issuer) => judge(issuer, 'issuer', 'leaf', `above ${certificateLabel(leaf)}`)),
    ),
  ];
}

/** Of the CAs with one subject the one that lasts longest. */
function longestBySubject(members: readonly Certificate[]): ReadonlyMap<string, Certificate> {
  const issuers = new Map<string, Certificate>();
  for (const member of members) {
    if (member.role === 'leaf') continue;
    const current = issuers.get(member.subject);
    if (current === undefined || endsBefore(current, member)) issuers.set(member.subject, member);
  }
  return issuers;
}

/** The line of issuers within a file, by name: signatures were not looked at. */
function lineByName(leaf: Certificate, issuers: ReadonlyMap<string, Certificate>): Certificate[] {
  const line: Certificate[] = [];
  let issuer = issuers.get(leaf.issuer);
  while (issuer !== undefined && !line.includes(issuer)) {
    line.push(issuer);
    issuer = issuers.get(issuer.issuer);
  }
  return line;
}

/** RFC 5280 §6.1: a path is built on names and keys, so a certificate with the same two takes over. */
function twinFinder(members: readonly Certificate[], now: Date): (member: Certificate) => boolean {
  const identity = (member: Certificate) => `${member.subject}\n${member.spkiSha256}`;
  const longest = new Map<string, Certificate>();
  for (const member of members) {
    const current = longest.get(identity(member));
    const begun = member.notBefore !== null && Date.parse(member.notBefore) <= now.getTime();
    if (member.spkiSha256 === null || !begun || isExpired(member, now)) continue;
    if (current === undefined || endsBefore(current, member)) longest.set(identity(member), member);
  }
  return (member) => {
    const twin = longest.get(identity(member));
    return twin !== undefined && twin.fingerprint !== member.fingerprint && endsBefore(member, twin);
  };
}

function judge(
  certificate: Certificate,
  position: Judged['position'],
  column: LadderColumn,
  where: string,
): Judged {
  const { fingerprint, notBefore, notAfter } = certificate;
  const label = certificateLabel(certificate);
  return {
    fingerprint,
    label,
    issuer: certificate.issuer,
    notBefore,
    notAfter,
    position,
    column,
    where,
    renewedElsewhere: false,
    ...ORDINARY,
  };
}

function lookUp(fingerprint: string | undefined, subject: Subject): Certificate | undefined {
  return fingerprint === undefined ? undefined : subject.certificate(fingerprint);
}

function endsBefore(a: Validity, b: Validity): boolean {
  return a.notAfter !== null && b.notAfter !== null && a.notAfter < b.notAfter;
}
