import type { Certificate } from './certificate.ts';
import type { Observation } from './observation.ts';

/** Every certificate of an observation, in order of appearance, each as often as it appears. */
export function* certificatesIn(observation: Observation): Generator<Certificate> {
  if (observation.kind !== 'endpoint') {
    yield* observation.certificates;
    return;
  }
  for (const { answer, otherKey, unnamed } of observation.addresses) {
    if (answer !== undefined) yield* answer.chain.certificates;
    if (otherKey !== undefined) yield* otherKey.chain.certificates;
    // Of a default certificate the leaf alone is of interest: nobody who asks by name gets it.
    if (unnamed !== undefined) yield* unnamed.certificates.slice(0, 1);
  }
}
