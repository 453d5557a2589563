import { beforeAll, describe, expect, it } from 'vitest';
import { listDigests } from '../../lib/store/digests.ts';
import { acquireLease } from '../../lib/store/lease.ts';
import { undeliveredLedger } from '../../lib/store/ledger.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { latestRuns } from '../../lib/store/runs.ts';
import { sightingsOf } from '../../lib/store/sightings.ts';
import { listSources } from '../../lib/store/sources.ts';
import { all } from '../store/store-under-test.ts';
import { DAY, iso, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { bundle, heard, world } from './world.ts';

const here = world();

let ageing: Issued;
let young: Issued;

beforeAll(async () => {
  [ageing, young] = (await Promise.all(
    [20, 80].map((days) =>
      mint({ subject: `CN=${days}.test`, notBefore: later((days - 90) * DAY, new Date()), days }),
    ),
  )) as [Issued, Issued];
});

const fingerprint = ({ x509 }: Issued) => x509.fingerprint256.replaceAll(':', '').toLowerCase();

/** A run in between whose clock is 400 days ahead; time goes on for a minute afterwards. */
async function runAhead(...args: Parameters<typeof here.run>) {
  here.pass({ days: 400 });
  const result = await here.run(...args);
  here.pass({ days: -400, minutes: 1 });
  return result;
}

const clockWasAhead = true;

describe('a run by a clock that was ahead', () => {
  it('stands in the way of the next one, which says how to go on', async () => {
    const targets = [bundle('file', await here.file('ageing.pem', ageing))];
    await here.run(targets);
    await runAhead(targets);
    await expect(here.run(targets)).rejects.toThrow(
      /the latest run was at .*: set the clock, or, .*--clock-was-ahead; nothing was changed$/,
    );
  });

  it('is taken back: what it said is called off, and what is really so is said', async () => {
    const first = bundle('file', await here.file('ageing.pem', ageing), { owner: 'a' });
    const other = bundle('file', await here.file('young.pem', young), { owner: 'b' });
    expect(heard((await here.run([first, other])).told)).toEqual(['a baseline: baseline expiring notice']);
    expect(heard((await runAhead([first, other])).told).toSorted()).toEqual([
      'a news: worsened expired expired',
      'b news: opened expired expired',
    ]);

    const { told } = await here.run([first, other], { clockWasAhead });
    expect(heard(told).toSorted()).toEqual([
      'a closed: withdrawn expired expired',
      'a news: opened expiring notice',
      'b closed: withdrawn expired expired',
    ]);
    const closed = told.filter((digest) => digest.class === 'closed').flatMap(({ alerts }) => alerts);
    for (const { message } of closed) expect(message).toMatch(/^taken back, it was said by a clock/);
    expect((await readTarget(here.table, first.id)).state?.observedAt).toBe(iso(here.now));
    expect((await latestRuns(here.table, 5)).map(({ startedAt }) => startedAt <= iso(here.now))).toEqual([
      true,
      true,
    ]);
    here.pass({ hours: 1 });
    const next = await here.run([first, other]);
    expect(next.told).toEqual([]);
    expect(next.nextDueAt?.getTime()).toBeLessThan(later(DAY, here.now).getTime());
  });

  it('is taken back where it was the first one: what is there is a first look again', async () => {
    const target = bundle('file', await here.file('ageing.pem', ageing));
    await runAhead([target]);
    const { told, run } = await here.run([target], { clockWasAhead, all: false });
    expect(run.planned).toBe(1);
    expect(heard(told).toSorted()).toEqual([
      '- baseline: baseline expiring notice',
      '- closed: withdrawn expired expired',
    ]);
    expect(await listSources(here.table)).toMatchObject([
      { lastRunAt: iso(here.now), firstCompleteAt: iso(here.now) },
    ]);
    // What was put on the list by that clock is no news in each run from now on.
    here.pass({ minutes: 10 });
    expect((await here.run([target], { all: false })).run.planned).toBe(0);
  });

  it('keeps what was seen known, and forgets it as soon as it is gone', async () => {
    const path = await here.file('replaced.pem', ageing);
    const target = bundle('file', path);
    await runAhead([target]);
    await here.file('replaced.pem', young);
    await here.run([target], { clockWasAhead });
    expect(await all(sightingsOf(here.table, fingerprint(ageing)))).toEqual([]);
    expect(await all(sightingsOf(here.table, fingerprint(young)))).toHaveLength(1);
    expect((await readTarget(here.table, target.id)).content).toMatchObject({
      certificates: [fingerprint(young)],
    });
  });

  it('keeps nobody waiting for the lease that it died with', async () => {
    await acquireLease(here.table, 'run', 'killed', later(400 * DAY, here.now), 5 * 60_000);
    await expect(here.run([], { exclusive: false })).rejects.toThrow('another run is at work');
    await here.run([], { exclusive: false, clockWasAhead });
    // One that is at work by the right clock keeps its lease.
    await acquireLease(here.table, 'run', 'busy', here.now, 5 * 60_000);
    await expect(here.run([], { exclusive: false, clockWasAhead })).rejects.toThrow('another run is at work');
  });

  it('need not have been: there is nothing to take back then', async () => {
    const targets = [bundle('file', await here.file('ageing.pem', ageing))];
    await here.run(targets);
    here.pass({ minutes: 20 });
    expect((await here.run(targets, { clockWasAhead })).told).toEqual([]);
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
    expect(await all(listDigests(here.table))).toHaveLength(1);
  });
});
