/** What an observation makes of the memory of a target: next state, next content, what changed. */
import type { Certificate } from './certificate.ts';
import type { Content } from './content.ts';
import { formatInstant, toInstant } from './instant.ts';
import { withKeyOrigins } from './key-origins.ts';
import { mergeContent } from './merge.ts';
import type { Observation } from './observation.ts';
import { cadenceOf, nextRungAt } from './plan.ts';
import type { Policy } from './policy.ts';
import { describeFailure } from './reason.ts';
import type { HistoryEvent, TargetState } from './state.ts';
import type { Subject } from './subject.ts';
import { contentOf, isComplete, totalFailure, unseenIn } from './summarize.ts';
import { settingsKey, type Target } from './target.ts';

/** What is remembered of a target before an observation. */
export interface Memory {
  readonly state: TargetState | undefined;
  readonly content: Content | null;
}

export interface Transition {
  readonly state: TargetState;
  readonly content: Content | null;
  /** The content differs from the remembered one and has to be written. */
  readonly contentChanged: boolean;
  /** Absent findings count as gone (see `Occasion.complete`). */
  readonly complete: boolean;
  readonly history: HistoryEvent | null;
  /** Ready to be evaluated. */
  readonly subject: Subject;
}

/**
 * Applies one observation. Pure: the same memory and observation always give the same transition.
 *
 * @param related What other targets hold that this one depends on.
 */
export function transition(
  target: Target,
  memory: Memory,
  observation: Observation,
  certificate: (fingerprint: string) => Certificate | undefined,
  policy: Policy,
  related: Pick<Subject, 'served' | 'truststore'> = {},
): Transition {
  const seen = contentOf(observation, target);
  const at = toInstant(observation.observedAt);
  const { content: merged, complete } =
    seen === null
      ? { content: memory.content, complete: false }
      : mergeContent(memory.content, seen, unseenIn(observation), at, memory.state?.observedAt ?? at);
  const content = withKeyOrigins(merged, memory.content, certificate);
  const failure = totalFailure(observation);
  const failures = isComplete(observation) ? 0 : (memory.state?.failures ?? 0) + 1;
  const subject: Subject = {
    target,
    content,
    certificate,
    failures,
    ...(failure === null ? {} : { failure }),
    unreachableAfter: policy.unreachableAfter,
    switchedOn: policy.switchedOn,
    ...related,
    now: observation.observedAt,
  };
  const next = nextRungAt(subject);
  const state: TargetState = {
    target: target.id,
    owner: target.owner,
    observedAt: at,
    seenAt: seen === null ? (memory.state?.seenAt ?? null) : at,
    failures,
    ...(failure === null ? {} : { failure }),
    cadence: cadenceOf(subject),
    // Up to the whole second: down, it could be the second of this very look.
    nextRungAt: next === null ? null : toInstant(new Date(next.getTime() + 999)),
    ...(target.kind === 'endpoint' && target.network !== undefined ? { network: target.network } : {}),
    ...depthOf(observation, memory.state, at),
    settings: settingsKey(target),
  };
  return {
    state,
    content,
    contentChanged: seen !== null && !sameContent(content, memory.content),
    complete,
    history: historyOf(memory, state, content, certificate),
    subject,
  };
}

/** When others were asked and deeper was looked: now, or as before. */
function depthOf(
  observation: Observation,
  before: TargetState | undefined,
  at: string,
): Pick<TargetState, 'deepAt' | 'inquiredAt'> {
  if (observation.kind !== 'endpoint') return {};
  const deepAt = observation.deep === undefined ? before?.deepAt : at;
  const inquiredAt = observation.inquiry === undefined ? before?.inquiredAt : at;
  return {
    ...(deepAt === undefined ? {} : { deepAt }),
    ...(inquiredAt === undefined ? {} : { inquiredAt }),
  };
}

/**
 * Equal but for what a failing address said, how a handshake broke off, and, where there is one chain only, the addresses
 * that serve it: a CDN that rotates its DNS has not changed, and an unchanged target is not written again. Of several
 * chains it has to be known who serves which, but not of those for other kinds of keys. The order of keys is the store's
 * business.
 */
function sameContent(a: Content | null, b: Content | null): boolean {
  const volatile = hasOneChain(a) && hasOneChain(b) ? ['addresses', 'detail'] : ['detail'];
  return canonical(lasting(a), volatile) === canonical(lasting(b), volatile);
}

function hasOneChain(content: Content | null): boolean {
  return content?.kind !== 'endpoint' || content.chains.filter(({ otherKey }) => !otherKey).length <= 1;
}

function lasting(content: Content | null): unknown {
  if (content?.kind !== 'endpoint') return content;
  const chains = content.chains.map(({ brokenOff, addresses, ...chain }) => ({
    ...chain,
    ...(chain.otherKey === undefined ? { addresses } : {}),
    isBrokenOff: brokenOff !== undefined,
  }));
  return { ...content, chains };
}

function canonical(value: unknown, volatile: readonly string[]): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each, volatile)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const fields = Object.entries(value).filter(
    ([key, field]) => field !== undefined && !volatile.includes(key),
  );
  return `{${fields
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, field]) => `${key}:${canonical(field, volatile)}`)
    .join()}}`;
}

/** At most this many fingerprints are kept in one event. */
export const MAX_FINGERPRINTS = 100;

/** The event that an observation adds to a target's history; null for most, where nothing changed. */
function historyOf(
  memory: Memory,
  state: TargetState,
  content: Content | null,
  certificate: (fingerprint: string) => Certificate | undefined,
): HistoryEvent | null {
  const before = headsOf(memory.content);
  const heads = headsOf(content);
  const event = (kind: HistoryEvent['event'], summary: string): HistoryEvent => ({
    target: state.target,
    at: state.observedAt,
    event: kind,
    certificates: heads.slice(0, MAX_FINGERPRINTS),
    summary,
  });
  if (state.failure !== undefined) {
    const newly = memory.state === undefined || memory.state.failure === undefined;
    return newly ? event('failing', describeFailure(state.failure)) : null;
  }
  if (memory.content === null) return event('first_seen', describeHeads(heads, certificate));
  if (before.join() !== heads.join()) {
    const added = heads.filter((head) => !before.includes(head));
    const gone = before.filter((head) => !heads.includes(head));
    return event(
      'changed',
      [...phrase('new', added, certificate), ...phrase('gone', gone, certificate)].join('; '),
    );
  }
  return memory.state?.failure === undefined ? null : event('recovered', describeHeads(heads, certificate));
}

/**
 * The certificates whose coming and going is history: leaves of an endpoint, the certificate of ACM without its chain,
 * everything in a bundle. Sorted.
 */
export function headsOf(content: Content | null): string[] {
  if (content === null) return [];
  const fingerprints =
    content.kind === 'endpoint'
      ? content.chains.map((chain) => chain.certificates[0] ?? '')
      : content.kind === 'acm'
        ? content.certificates.slice(0, 1)
        : content.certificates;
  return [...new Set(fingerprints)].sort();
}

function phrase(
  word: string,
  heads: readonly string[],
  certificate: (fp: string) => Certificate | undefined,
): string[] {
  return heads.length === 0 ? [] : [`${word}: ${describeHeads(heads, certificate)}`];
}

const HEADS_NAMED = 3;

function describeHeads(
  heads: readonly string[],
  certificate: (fp: string) => Certificate | undefined,
): string {
  if (heads.length === 0) return 'no certificate';
  const named = heads.slice(0, HEADS_NAMED).map((head) => {
    const notAfter = certificate(head)?.notAfter;
    return notAfter === undefined || notAfter === null
      ? head.slice(0, 12)
      : `${head.slice(0, 12)} valid until ${formatInstant(notAfter)}`;
  });
  return heads.length > HEADS_NAMED
    ? `${named.join(', ')} and ${heads.length - HEADS_NAMED} more`
    : named.join(', ');
}
