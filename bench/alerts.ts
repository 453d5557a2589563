/**
 * `npm run bench -- alerts`: what deciding costs in a large inventory: 100,000 sightings, of which 1,000 step onto a rung
 * at this moment. Only what is near may be read.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '../lib/core/certificate.ts';
import { decide } from '../lib/core/decide.ts';
import { digestsOf } from '../lib/core/digest.ts';
import { evaluate } from '../lib/core/evaluate.ts';
import { plainOccasion } from '../lib/core/occasion.ts';
import { nextRungAt } from '../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../lib/core/policy.ts';
import type { TargetState } from '../lib/core/state.ts';
import type { Subject } from '../lib/core/subject.ts';
import { contentOf } from '../lib/core/summarize.ts';
import { evaluateAll } from '../lib/run/evaluate.ts';
import { parseProbeMessage } from '../lib/run/messages.ts';
import { probeChunk, readOccasion } from '../lib/run/probe-chunk.ts';
import { recordCertificates } from '../lib/store/certificates.ts';
import { recordContent } from '../lib/store/content.ts';
import { openEmbedded } from '../lib/store/embedded.ts';
import { forEachParallel } from '../lib/store/parallel.ts';
import { recordSightings } from '../lib/store/sightings.ts';
import { putSource } from '../lib/store/sources.ts';
import { recordState } from '../lib/store/state.ts';
import type { Table } from '../lib/store/table.ts';
import { putTarget } from '../lib/store/targets.ts';
import { answerWith } from '../test/support/answer.ts';
import {
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  iso,
  later,
  servedChain,
  subject,
  T0,
} from '../test/support/facts.ts';
import { countUnits } from './write-units.ts';

const SIGHTINGS = 100_000;
const NEAR = 1_000;

/** Rungs of a certificate of 90 days begin 22.5 days before its end. */
const START = later(67.5 * DAY);

export async function alerts(row: (what: string, figure: string) => void): Promise<void> {
  console.log(
    `Deciding: ${SIGHTINGS.toLocaleString('en')} sightings, ${NEAR.toLocaleString('en')} of them step onto a rung now`,
  );
  const facts = Array.from({ length: SIGHTINGS }, (_, index) => factsOf(index));
  engine(facts.slice(0, NEAR), row);

  const folder = mkdtempSync(join(tmpdir(), 'notafter-bench-'));
  const store = await openEmbedded(join(folder, 'data'));
  try {
    console.error(`filling the inventory (a minute or two)`);
    await fill(store.table, facts);
    const counter = countUnits(store.table);
    let now = START;
    const bodies: string[] = [];
    const told: number[] = [];
    const options = {
      table: store.table,
      queues: {
        probe: new Map([['', async (sent: readonly string[]) => void bodies.push(...sent)]]),
        collect: async () => undefined,
      },
      channels: [
        {
          name: 'none',
          deliver: async ({ alerts: all }: { readonly alerts: readonly unknown[] }) =>
            void told.push(all.length),
        },
      ],
      policy: DEFAULT_POLICY,
      now: () => now,
      fence: () => undefined,
    };

    let cpu = process.threadCpuUsage();
    const spent = () => {
      const { user, system } = process.threadCpuUsage(cpu);
      cpu = process.threadCpuUsage();
      return `${((user + system) / 1e6).toFixed(2)} s CPU`;
    };
    const { asked } = await evaluateAll(options);
    const asking = counter.take();
    row('find what is near', `${asked} targets   ${asking.reads} read units   ${spent()}`);

    const byId = new Map(facts.slice(0, NEAR).map((each) => [each.target.id, each]));
    const occasion = { ...(await readOccasion(store.table)), baseline: false };
    for (const body of bodies) {
      await probeChunk(parseProbeMessage(body), {
        table: store.table,
        collector: {
          collect: async ({ id }) => answerWith(byId.get(id)?.leaf as Certificate, now),
          close: () => undefined,
        },
        policy: DEFAULT_POLICY,
        occasion,
        now: () => now,
        timeLeftMs: () => 900_000,
        timeoutMs: 10_000,
        concurrency: 50,
      });
    }
    const looking = counter.take();
    row(
      'look again, decide, record',
      `${looking.reads} read units   ${looking.writes} write units   ${spent()}`,
    );
    now = new Date(now.getTime() + 1_000);
    const { alerts: count, digests } = await evaluateAll(options);
    const telling = counter.take();
    row(
      'put into messages',
      `${count} alerts in ${digests} messages   ${telling.reads} read units   ${telling.writes} write units   ${spent()}`,
    );
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log();
}

interface Facts {
  readonly target: ReturnType<typeof endpointTarget>;
  readonly leaf: Certificate;
}

/** The first thousand are about to give notice; the others have half a year. */
function factsOf(index: number): Facts {
  const name = `host-${index}.example.com`;
  const life = index < NEAR ? {} : { notAfter: iso(later(270 * DAY)) };
  return { target: endpointTarget(name, { owner: `team-${index % 20}` }), leaf: certificate(name, life) };
}

function subjectOf({ target, leaf }: Facts, now: Date): Subject {
  return subject(target, endpointContent(servedChain([leaf])), [leaf], { now, unreachableAfter: 3 });
}

/** The pure part alone. */
function engine(near: readonly Facts[], row: (what: string, figure: string) => void): void {
  const begin = process.threadCpuUsage();
  const decided = near.flatMap((facts) => {
    const { target } = facts;
    const occasion = {
      ...plainOccasion(target.id, target.owner, { now: START, policy: DEFAULT_POLICY }),
      complete: true,
    };
    return decide([], evaluate(subjectOf(facts, START)), occasion).flatMap(({ pending }) => pending);
  });
  const digests = digestsOf(decided, 'bench', START);
  const { user, system } = process.threadCpuUsage(begin);
  row(
    'the engine alone',
    `${decided.length} alerts in ${digests.length} messages   ${((user + system) / 1e6).toFixed(2)} s CPU`,
  );
}

async function fill(table: Table, facts: readonly Facts[]): Promise<void> {
  await putSource(table, {
    source: 'endpoint',
    lastRunAt: iso(T0),
    lastSuccessAt: iso(T0),
    firstCompleteAt: iso(T0),
    listed: facts.length,
    parsed: facts.length,
    skipped: 0,
    denied: 0,
  });
  await forEachParallel(facts, 32, async (each) => {
    const { target, leaf } = each;
    const about = subjectOf(each, T0);
    const next = nextRungAt(about);
    const state: TargetState = {
      target: target.id,
      owner: target.owner,
      observedAt: iso(later(67 * DAY)),
      seenAt: iso(later(67 * DAY)),
      failures: 0,
      cadence: '1d',
      nextRungAt: next === null ? null : iso(next),
    };
    await recordState(table, state, undefined);
    const { fingerprint, subject: name, issuer, notAfter, role } = leaf;
    const { id, kind, owner } = target;
    await recordSightings(
      table,
      id,
      [{ fingerprint, target: id, kind, owner, role, subject: name, issuer, notAfter, firstSeenAt: iso(T0) }],
      [],
    );
  });
  // What is looked at is known in full, as it would be.
  await forEachParallel(facts.slice(0, NEAR), 32, async (each) => {
    const { target, leaf } = each;
    await putTarget(table, { target, origin: 'command', addedAt: iso(T0) });
    await recordCertificates(table, [{ certificate: leaf, der: null }]);
    const content = contentOf(answerWith(leaf, T0), target);
    if (content !== null) await recordContent(table, target.id, content, iso(later(67 * DAY)));
  });
}
