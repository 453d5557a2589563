import type { Certificate } from '../core/certificate.ts';
import { certificatesIn } from '../core/certificates-in.ts';
import {
  type AcmContent,
  type BundleContent,
  type Content,
  certificatesBehind,
  isBundle,
  MAX_REMEMBERED,
} from '../core/content.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Observation } from '../core/observation.ts';
import { hasReturned } from '../core/plan.ts';
import type { Policy } from '../core/policy.ts';
import { contentOf } from '../core/summarize.ts';
import type { Target } from '../core/target.ts';
import { type Memory, type Transition, transition } from '../core/transition.ts';
import { acmTargetId } from '../sources/aws/acm-target.ts';
import { getCertificates } from '../store/certificates.ts';
import { readContent } from '../store/content.ts';
import { readTarget, type TargetPicture } from '../store/read-target.ts';
import type { Table } from '../store/table.ts';
import type { Collector } from './collector.ts';

/** One target, looked at and held against what was remembered; nothing is written yet. */
export interface Look {
  readonly target: Target;
  readonly before: Memory;
  readonly ledger: readonly LedgerEntry[];
  readonly transition: Transition;
  /** When it was put on the list. */
  readonly addedAt: string;
  /** The first look since it was put on the list again. */
  readonly returned: boolean;
  /** The facts of the certificates just seen, for the inventory. */
  readonly seen: readonly Certificate[];
}

/**
 * Observes one target and works out what changed. Null for one that was withdrawn a moment ago: an index may not know
 * that yet. Rejects only where the store fails.
 *
 * @param known What is remembered of it, where the caller has read that already.
 */
export async function look(
  table: Table,
  collector: Collector,
  record: TargetRecord,
  policy: Policy,
  known?: TargetPicture,
): Promise<Look | null> {
  const { target } = record;
  const reading = known === undefined ? readTarget(table, target.id) : Promise.resolve(known);
  const recall = async () => memoryOf(await reading);
  const [seenNow, picture] = await Promise.all([collector.collect(target, recall), reading]);
  const served = await readServed(table, dependsOn(target, seenNow));
  const truststore = asksForClients(seenNow, picture.content)
    ? await readTruststore(table, target)
    : undefined;
  if (picture.record?.withdrawnAt !== undefined && record.withdrawnAt === undefined) return null;
  const observation = await withOwnership(table, rememberable(seenNow), served);
  const before = memoryOf(picture);
  const seen = [...certificatesIn(observation)];
  const facts = new Map(seen.map((certificate) => [certificate.fingerprint, certificate]));
  // What is known but was not seen this time is judged on all the same: its expiry keeps counting.
  const endpoint = observation.kind === 'endpoint' ? contentOf(observation, target) : null;
  const unseen = [before.content, endpoint, truststore ?? null]
    .flatMap(certificatesBehind)
    .filter((fingerprint) => !facts.has(fingerprint));
  if (unseen.length > 0) {
    for (const [fingerprint, certificate] of await getCertificates(table, unseen))
      facts.set(fingerprint, certificate);
  }
  return {
    target,
    before,
    ledger: picture.ledger,
    addedAt: record.addedAt,
    returned: hasReturned(record, picture.state),
    transition: transition(target, before, observation, (fingerprint) => facts.get(fingerprint), policy, {
      ...(served === undefined ? {} : { served }),
      ...(truststore === undefined ? {} : { truststore }),
    }),
    seen,
  };
}

/** The `acm` target that a target depends on, where one is known. */
function dependsOn(target: Target, observation: Observation): string | undefined {
  if (target.kind === 'endpoint') return target.serves;
  if (observation.kind !== 'domain' || target.kind !== 'domain' || observation.ownershipArn === null)
    return undefined;
  return acmTargetId(observation.ownershipArn, target.place);
}

/** What ACM holds of a certificate, where that is known. */
async function readServed(table: Table, acmId: string | undefined): Promise<AcmContent | undefined> {
  if (acmId === undefined) return undefined;
  const content = await readContent(table, acmId);
  return content?.kind === 'acm' ? content : undefined;
}

function memoryOf({ state, content }: TargetPicture): Memory {
  return { state, content: content ?? null };
}

/** Whether anybody knows which client certificates the server asks for: only then a truststore is worth reading. */
function asksForClients(seen: Observation, known: Content | null | undefined): boolean {
  if (seen.kind === 'endpoint' && seen.deep !== undefined && !seen.deep.authoritiesUnknown)
    return seen.deep.clientAuthorities !== undefined;
  return known?.kind === 'endpoint' && known.deep?.clientAuthorities !== undefined;
}

/** What the clients of an endpoint are meant to be checked against, where that is known. */
async function readTruststore(table: Table, target: Target): Promise<BundleContent | undefined> {
  if (target.kind !== 'endpoint' || target.truststore === undefined) return undefined;
  const content = (await readContent(table, target.truststore)) ?? null;
  return isBundle(content) ? content : undefined;
}

/** The listing of domains names the proof of ownership; that of ACM has told what it is. */
async function withOwnership(
  table: Table,
  observation: Observation,
  owned: AcmContent | undefined,
): Promise<Observation> {
  const [leaf] = owned?.certificates ?? [];
  if (observation.kind !== 'domain' || leaf === undefined) return observation;
  return { ...observation, certificates: [...(await getCertificates(table, [leaf])).values()] };
}

/** A bundle that is too large for the inventory is a failure to observe it, not a failure of the whole run. */
function rememberable(observation: Observation): Observation {
  if (observation.kind !== 'truststore' && observation.kind !== 'file') return observation;
  // Versions name their certificates once more.
  const versions = observation.loaded?.versions ?? [];
  const count = versions.reduce(
    (sum, each) => sum + each.certificates.length,
    observation.certificates.length,
  );
  if (count <= MAX_REMEMBERED) return observation;
  const detail = `${count} certificates, at most ${MAX_REMEMBERED} can be remembered of one target: split it`;
  return { ...observation, certificates: [], failure: { reason: 'file_too_large', detail } };
}
