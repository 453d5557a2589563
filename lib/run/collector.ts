import { depthFor } from '../core/depth.ts';
import type { Observation } from '../core/observation.ts';
import { type Reach, reachOf } from '../core/reach.ts';
import type { Failure } from '../core/reason.ts';
import { contentOf } from '../core/summarize.ts';
import type { Target } from '../core/target.ts';
import type { Memory } from '../core/transition.ts';
import { collectBundle } from '../sources/pem-file.ts';
import { openWitness, type WitnessOptions } from './open-witness.ts';
import { createPublications } from './publications.ts';

/** Target → observation, whatever the source. */
export interface Collector {
  /**
   * Not being able to look is an observation too: rejects only where the inventory cannot be read.
   *
   * @param recall What is remembered of the target; whether to look deeper is decided by it. Left out, nobody looks deeper.
   */
  collect(target: Target, recall?: () => Promise<Memory>): Promise<Observation>;
  close(): void;
}

export interface CollectorOptions extends Omit<WitnessOptions, 'now'> {
  readonly now: () => Date;
}

/** One witness for all endpoints that are reached alike, opened when the first one is looked at, and the file reader. */
export function createCollector(options: CollectorOptions): Collector {
  const opened = new Map<string, ReturnType<typeof openWitness>>();
  const publications = options.publications ?? createPublications(options);
  const open = (reach: Reach): ReturnType<typeof openWitness> => {
    const key = JSON.stringify(reach);
    let witness = opened.get(key);
    if (witness === undefined) {
      witness = openWitness(reach, { ...options, publications });
      opened.set(key, witness);
    }
    return witness;
  };
  return {
    async collect(target, recall) {
      const observedAt = options.now();
      if (target.kind === 'truststore' || target.kind === 'file') return collectBundle(target, observedAt);
      if (target.kind !== 'endpoint') throw new Error(`${target.id} is looked at by its source, not here`);
      const way = await open(reachOf(target));
      // The target was not looked at, and its owner should hear why.
      if ('failure' in way) return unseen(observedAt, way.failure);
      return way.witness.look(target.endpoint, async (seen) => {
        const content = contentOf(seen, target);
        if (recall === undefined || content?.kind !== 'endpoint') return { deep: false, inquire: false };
        return depthFor(await recall(), content, seen.observedAt);
      });
    },
    close() {
      for (const way of opened.values()) void way.then((each) => 'witness' in each && each.witness.close());
      if (options.publications === undefined) publications.close();
    },
  };
}

function unseen(observedAt: Date, failure: Failure): Observation {
  return { kind: 'endpoint', observedAt, addresses: [], addressesKnown: 0, failure };
}
