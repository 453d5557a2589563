import type { Certificate } from './certificate.ts';
import {
  type BundleContent,
  type Content,
  type EndpointContent,
  type FailedAddresses,
  type KnownDepth,
  MAX_ADDRESSES,
  type ServedChain,
} from './content.ts';
import type { Unseen } from './merge.ts';
import type {
  AddressObservation,
  Answer,
  BundleObservation,
  DeepLook,
  EndpointObservation,
  Inquiry,
  Observation,
} from './observation.ts';
import type { Failure } from './reason.ts';
import { coversName } from './server-name.ts';
import type { Target } from './target.ts';

/** What an observation shows, in the form that is remembered; null where it saw no certificate at all. */
export function contentOf(observation: Observation, target: Target): Content | null {
  if (observation.kind === 'endpoint') {
    const serverName = target.kind === 'endpoint' ? target.endpoint.serverName : '';
    const content = endpointContent(observation, serverName);
    return content.chains.length === 0 ? null : content;
  }
  if (observation.failure !== undefined) return null;
  switch (observation.kind) {
    case 'acm': {
      const { observedAt: _, failure: __, certificates, ...facts } = observation;
      return { ...facts, certificates: fingerprintsOf(certificates), replaced: [] };
    }
    case 'domain': {
      const { observedAt: _, failure: __, certificates, ...facts } = observation;
      return { ...facts, certificates: fingerprintsOf(certificates) };
    }
    case 'client-certificate': {
      const { kind, certificates, description } = observation;
      return { kind, certificates: fingerprintsOf(certificates), description };
    }
    default:
      return observation.certificates.length === 0 ? null : bundleContent(observation);
  }
}

function fingerprintsOf(certificates: readonly Certificate[]): readonly string[] {
  return certificates.map(({ fingerprint }) => fingerprint);
}

/** Why an observation saw nothing, or null where it saw something. Of several reasons the most widespread. */
export function totalFailure(observation: Observation): Failure | null {
  if (observation.failure !== undefined) return observation.failure;
  // A request that is still pending has no certificate, and a domain never holds one itself.
  if (observation.kind === 'acm' || observation.kind === 'domain') return null;
  if (observation.kind !== 'endpoint') {
    return observation.certificates.length === 0 ? { reason: 'no_certificates' } : null;
  }
  if (observation.addresses.some((address) => address.answer !== undefined)) return null;
  const failures = failedAddresses(observation);
  // A family that this host cannot reach explains nothing while the other family has its own reason.
  const main = failures.find((failure) => failure.reason !== 'family_unavailable') ?? failures[0];
  if (main === undefined) return { reason: 'dns_not_found' };
  return main.detail === undefined ? { reason: main.reason } : { reason: main.reason, detail: main.detail };
}

/**
 * Whether everything there was to see was seen: only then does the absence of a certificate mean that it is gone. An
 * address family that this host cannot reach says nothing about the target and does not count.
 */
export function isComplete(observation: Observation): boolean {
  if (totalFailure(observation) !== null) return false;
  if (observation.kind === 'truststore' || observation.kind === 'file')
    return observation.unreadable.length === 0;
  if (observation.kind !== 'endpoint') return true;
  if (observation.unresolved !== undefined) return false;
  return observation.addresses.every(
    (address) => address.answer !== undefined || address.failure?.reason === 'family_unavailable',
  );
}

/** Where an observation could not look: what is missing there is not gone. */
export function unseenIn(observation: Observation): Unseen {
  if (observation.kind !== 'endpoint') return { addresses: new Set(), families: new Set() };
  const { addresses, deep, unresolved } = observation;
  const namesOf = (some: readonly AddressObservation[]) => new Set(some.map(({ address }) => address));
  const isUnanswered = ({ unanswered }: AddressObservation) => unanswered?.includes('otherKey') === true;
  return {
    addresses: namesOf(addresses.filter(({ failure }) => failure !== undefined)),
    families: new Set(unresolved?.map(({ family }) => family)),
    ...(addresses.some(isUnanswered)
      ? {
          toldOtherKey: namesOf(addresses.filter((each) => each.answer !== undefined && !isUnanswered(each))),
        }
      : {}),
    ...(addresses.some(({ unanswered }) => unanswered?.includes('unnamed')) ? { unnamed: true } : {}),
    ...(deep?.authoritiesUnknown === undefined ? {} : { clientAuthorities: true }),
  };
}

/** How many leaves shown without a name are remembered. */
const MAX_UNNAMED = 8;

function endpointContent(observation: EndpointObservation, serverName: string): EndpointContent {
  const { addresses, deep, inquiry, unresolved } = observation;
  const usual = groupByChain(addresses, ({ answer }) => answer);
  const other = groupByChain(addresses, ({ otherKey }) => otherKey).filter(
    ([key]) => !usual.some(([known]) => known === key),
  );
  const chains = [
    ...usual.map(([, group]) => servedChain(group, serverName)),
    ...other.map(([, group]) => ({ ...servedChain(group, serverName), otherKey: true as const })),
  ].sort(
    (a, b) =>
      Number(a.otherKey ?? false) - Number(b.otherKey ?? false) ||
      b.addressCount - a.addressCount ||
      compare(a.certificates.join(), b.certificates.join()),
  );
  const unnamed = new Set(addresses.flatMap((each) => each.unnamed?.certificates[0]?.fingerprint ?? []));
  return {
    kind: 'endpoint',
    chains,
    failures: failedAddresses(observation),
    ...(unresolved === undefined ? {} : { unresolved }),
    ...(unnamed.size === 0 ? {} : { unnamed: [...unnamed].sort().slice(0, MAX_UNNAMED) }),
    ...(deep === undefined ? {} : { deep: depthIn(deep, addresses) }),
    ...(inquiry === undefined ? {} : { inquiry: timeless(inquiry) }),
  };
}

function depthIn(deep: DeepLook, addresses: readonly AddressObservation[]): KnownDepth {
  const { versions, clientAuthorities, moreAuthorities, authoritiesUnknown } = deep;
  const isPartial =
    authoritiesUnknown === true ||
    Object.values(versions).includes(null) ||
    addresses.some(({ unanswered }) => unanswered !== undefined);
  return {
    versions,
    ...(clientAuthorities === undefined || moreAuthorities !== undefined ? {} : { clientAuthorities }),
    ...(isPartial ? { partial: true } : {}),
  };
}

function timeless({ revocation, ...rest }: Inquiry): Inquiry {
  if (revocation === undefined) return rest;
  const states = Object.entries(revocation).map(([fingerprint, status]) => {
    const { thisUpdate: _, nextUpdate: __, ...lasting } = status;
    return [fingerprint, lasting];
  });
  return { ...rest, revocation: Object.fromEntries(states) };
}

interface ChainGroup {
  readonly answers: Answer[];
  readonly addresses: string[];
}

/** Addresses by the chain that they answered with. */
function groupByChain(
  addresses: readonly AddressObservation[],
  answerOf: (address: AddressObservation) => Answer | undefined,
): [string, ChainGroup][] {
  const byChain = new Map<string, ChainGroup>();
  for (const each of addresses) {
    const answer = answerOf(each);
    if (answer === undefined) continue;
    const key = answer.chain.certificates.map((certificate) => certificate.fingerprint).join();
    const group = byChain.get(key) ?? { answers: [], addresses: [] };
    group.answers.push(answer);
    group.addresses.push(each.address);
    byChain.set(key, group);
  }
  return [...byChain];
}

function servedChain({ answers, addresses }: ChainGroup, serverName: string): ServedChain {
  const [first] = answers as readonly Answer[] as [Answer, ...Answer[]];
  const { certificates, path, anchor, publiclyTrusted, problem, verdict, stores } = first.chain;
  const names = certificates[0]?.subjectAltNames ?? null;
  const staple = worstStaple(answers);
  const [brokenOff] = answers.flatMap((answer) => answer.brokenOff ?? []).sort(byReason);
  const { protocol, cipher, keyExchangeGroup } = [...answers].sort(byStrength)[0] ?? first;
  return {
    certificates: certificates.map((certificate) => certificate.fingerprint),
    path,
    anchor,
    ...(publiclyTrusted === undefined ? {} : { publiclyTrusted }),
    ...(problem === undefined ? {} : { problem }),
    verdict,
    ...(stores === undefined ? {} : { stores }),
    nameMatches: names === null ? null : coversName(names, serverName),
    clientCertificateRequired: answers.some((answer) => answer.clientCertificateRequired),
    ...(answers.some((answer) => answer.clientCertificateRequested)
      ? { clientCertificateRequested: true }
      : {}),
    ...(answers.some((answer) => answer.clientCertificateRefused) ? { clientCertificateRefused: true } : {}),
    ...(answers.some((answer) => answer.legacy) ? { legacy: true } : {}),
    ...(brokenOff === undefined ? {} : { brokenOff }),
    ...(staple === undefined ? {} : { staple }),
    protocol,
    cipher,
    keyExchangeGroup,
    addressCount: addresses.length,
    addresses: [...addresses].sort(byAddress).slice(0, MAX_ADDRESSES),
  };
}

/** Weakest first, in an order that every resolver's order leaves as it is: see `ServedChain.protocol`. */
function byStrength(a: Answer, b: Answer): number {
  return (
    compareKnown(a.protocol, b.protocol) ||
    compareKnown(a.cipher, b.cipher) ||
    compareKnown(a.keyExchangeGroup, b.keyExchangeGroup)
  );
}

/** `TLSv1` before `TLSv1.1`; what is not known last. */
function compareKnown(a: string | null, b: string | null): number {
  return Number(a === null) - Number(b === null) || compare(a ?? '', b ?? '');
}

function byReason(a: Failure, b: Failure): number {
  return compare(a.reason, b.reason) || compare(a.detail, b.detail);
}

/** What is worst among the addresses; none at all is worse than a good one, which clients then may not get. */
function worstStaple(answers: readonly Answer[]): ServedChain['staple'] {
  const staples = answers
    .map(({ chain }) => chain.staple)
    .sort((a, b) => compare(a?.because, b?.because) || compare(a?.revokedAt, b?.revokedAt));
  const worst =
    staples.find((staple) => staple?.state === 'revoked') ??
    staples.find((staple) => staple?.state === 'unknown') ??
    (staples.includes(undefined) ? undefined : staples[0]);
  if (worst === undefined) return undefined;
  const { state, because, revokedAt } = worst;
  return {
    state,
    ...(because === undefined ? {} : { because }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  };
}

function failedAddresses(observation: EndpointObservation): readonly FailedAddresses[] {
  const byReason = new Map<string, { failure: Failure; addresses: string[] }>();
  for (const { address, failure } of observation.addresses) {
    if (failure === undefined) continue;
    const group = byReason.get(failure.reason) ?? { failure, addresses: [] };
    group.addresses.push(address);
    byReason.set(failure.reason, group);
  }
  return [...byReason.values()]
    .map(({ failure, addresses }) => ({
      ...failure,
      addressCount: addresses.length,
      addresses: addresses.sort(byAddress).slice(0, MAX_ADDRESSES),
    }))
    .sort((a, b) => b.addressCount - a.addressCount || compare(a.reason, b.reason));
}

function bundleContent(observation: BundleObservation): BundleContent {
  return {
    kind: observation.kind,
    certificates: observation.certificates.map((certificate) => certificate.fingerprint),
    blocks: observation.blocks,
    duplicates: observation.duplicates,
    unreadable: observation.unreadable,
    privateKeyLines: observation.privateKeyLines,
    ...(observation.loaded === undefined ? {} : { loaded: observation.loaded }),
  };
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** 127.0.0.2 before 127.0.0.10; IPv6 after IPv4. */
function byAddress(a: string, b: string): number {
  return compare(sortable(a), sortable(b));
}

function sortable(address: string): string {
  return address.includes(':') ? `:${address}` : address.replace(/\d+/g, (octet) => octet.padStart(3, '0'));
}
