import type { Content } from '../core/content.ts';
import { depthFor } from '../core/depth.ts';
import type { Observation } from '../core/observation.ts';
import { type Reach, reachOf } from '../core/reach.ts';
import type { Failure } from '../core/reason.ts';
import { contentOf } from '../core/summarize.ts';
import type { Target } from '../core/target.ts';
import { collectBundle } from '../sources/pem-file.ts';
import { openProber, type ProbeOptions } from './open-prober.ts';

/** Target → observation, whatever the source. */
export interface Collector {
  /**
   * Never rejects: not being able to look is an observation too.
   *
   * @param recall What is remembered of the target; whether to look deeper is decided by it. Left out, nobody looks deeper.
   */
  collect(target: Target, recall?: () => Promise<Content | null>): Promise<Observation>;
  close(): void;
}

export interface CollectorOptions extends Omit<ProbeOptions, 'now'> {
  readonly now: () => Date;
}

/** One prober for all endpoints that are reached alike, opened when the first one is looked at, and the file reader. */
export function createCollector(options: CollectorOptions): Collector {
  const opened = new Map<string, ReturnType<typeof openProber>>();
  const open = (reach: Reach): ReturnType<typeof openProber> => {
    const key = JSON.stringify(reach);
    let prober = opened.get(key);
    if (prober === undefined) {
      prober = openProber(reach, options);
      opened.set(key, prober);
    }
    return prober;
  };
  return {
    async collect(target, recall) {
      const observedAt = options.now();
      if (target.kind === 'truststore' || target.kind === 'file') return collectBundle(target, observedAt);
      if (target.kind !== 'endpoint') throw new Error(`${target.id} is looked at by its source, not here`);
      const way = await open(reachOf(target));
      // The target was not looked at, and its owner should hear why.
      if ('failure' in way) return unseen(observedAt, way.failure);
      return way.prober.probe(target.endpoint, async (seen) => {
        const content = contentOf(seen, target);
        if (recall === undefined || content?.kind !== 'endpoint') return false;
        return depthFor(await recall(), content, seen.observedAt).deep;
      });
    },
    close() {
      for (const way of opened.values()) void way.then((each) => 'prober' in each && each.prober.close());
    },
  };
}

function unseen(observedAt: Date, failure: Failure): Observation {
  return { kind: 'endpoint', observedAt, addresses: [], addressesKnown: 0, failure };
}
