import type { Content } from '../core/content.ts';
import { depthFor } from '../core/depth.ts';
import type { Observation } from '../core/observation.ts';
import { describeFailure } from '../core/reason.ts';
import { contentOf } from '../core/summarize.ts';
import type { Target } from '../core/target.ts';
import { collectBundle } from '../sources/pem-file.ts';
import { readBoundedFile } from '../sources/read-bounded.ts';
import { createProber, type Prober, type ProberOptions } from '../sources/tls-endpoint/prober.ts';
import { loadTrust } from '../x509/trust.ts';

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

export interface CollectorOptions extends Omit<ProberOptions, 'trust' | 'now'> {
  readonly now: () => Date;
}

/** One prober for all endpoints with the same trust anchors, and the file reader. */
export function createCollector(options: CollectorOptions): Collector {
  const probers = new Map<string, Promise<Prober>>();
  const proberFor = (ca: string | undefined): Promise<Prober> => {
    const key = ca ?? '';
    let prober = probers.get(key);
    if (prober === undefined) {
      prober = openProber(ca, options);
      probers.set(key, prober);
    }
    return prober;
  };
  return {
    async collect(target, recall) {
      const observedAt = options.now();
      if (target.kind === 'truststore' || target.kind === 'file') return collectBundle(target, observedAt);
      if (target.kind !== 'endpoint') throw new Error(`${target.id} is looked at by its source, not here`);
      try {
        const prober = await proberFor(target.ca);
        return await prober.probe(target.endpoint, async (seen) => {
          const content = contentOf(seen, target);
          if (recall === undefined || content?.kind !== 'endpoint') return false;
          return depthFor(await recall(), content, seen.observedAt).deep;
        });
      } catch (error) {
        // Only a CA file can fail here: the target was not looked at, and its owner should hear why.
        const detail = `${target.ca}: ${(error as Error).message}`;
        return {
          kind: 'endpoint',
          observedAt,
          addresses: [],
          addressesKnown: 0,
          failure: { reason: 'ca_unusable', detail },
        };
      }
    },
    close() {
      for (const prober of probers.values())
        prober.then(
          (each) => each.close(),
          () => undefined,
        );
    },
  };
}

async function openProber(ca: string | undefined, options: CollectorOptions): Promise<Prober> {
  return createProber({ ...options, trust: loadTrust(ca === undefined ? undefined : await readCa(ca)) });
}

async function readCa(path: string): Promise<string> {
  const reading = await readBoundedFile(path);
  if ('failure' in reading) throw new Error(describeFailure(reading.failure));
  return reading.bytes.toString('utf8');
}
