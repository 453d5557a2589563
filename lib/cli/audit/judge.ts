import type { AcmContent } from '../../core/content.ts';
import type { AcmObservation, Observation } from '../../core/observation.ts';
import { contentOf } from '../../core/summarize.ts';
import type { Target } from '../../core/target.ts';
import { acmTargetId } from '../../sources/aws/acm-target.ts';
import { judgeObservation } from '../judge.ts';
import type { Collected } from './collect.ts';
import type { Audited } from './report.ts';

/** Judges everything that was listed. What one listing says of another's certificates is put together first. */
export function judgeCollected({ seen }: Collected, now: Date): readonly Audited[] {
  const held = new Map<string, { readonly observation: AcmObservation; readonly content: AcmContent }>();
  for (const { target, observation } of seen) {
    const content = contentOf(observation, target);
    if (observation.kind === 'acm' && content?.kind === 'acm') held.set(target.id, { observation, content });
  }
  return seen.map(({ target, observation }) => {
    const owned = held.get(ownershipOf(target, observation) ?? '');
    const whole: Observation =
      observation.kind === 'domain' && owned !== undefined
        ? { ...observation, certificates: owned.observation.certificates.slice(0, 1) }
        : observation;
    const served = owned === undefined ? {} : { served: owned.content };
    return { target, observation: whole, findings: judgeObservation(target, whole, now, served) };
  });
}

function ownershipOf(target: Target, observation: Observation): string | undefined {
  if (target.kind !== 'domain' || observation.kind !== 'domain' || observation.ownershipArn === null)
    return undefined;
  return acmTargetId(observation.ownershipArn, target.place);
}
