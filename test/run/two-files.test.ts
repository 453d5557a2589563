import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BundleTarget } from '../../lib/core/target.ts';
import { listHistory } from '../../lib/store/history.ts';
import { getTarget, putTarget } from '../../lib/store/targets.ts';
import { all } from '../store/store-under-test.ts';
import { DAY, iso, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { bundle, heard, world } from './world.ts';

const here = world();

let dying: Issued;
let one: { path: string; target: BundleTarget };
let two: { path: string; target: BundleTarget };

beforeAll(async () => {
  dying = await mint({ subject: 'CN=dying.test', notBefore: later(-85 * DAY, new Date()), days: 5 });
});

beforeEach(async () => {
  const named = async (name: string) => {
    const pem = await here.file(`${name}.pem`, dying);
    const path = join(pem, '..', `${name}.yaml`);
    // Only whether it is there counts here.
    await writeFile(path, '');
    return { path, target: bundle('file', pem, { owner: name }) };
  };
  one = await named('one');
  two = await named('two');
  await here.run([one.target], { configPath: one.path });
  here.pass({ minutes: 10 });
});

describe('two configuration files on one inventory', () => {
  it('leave the targets of each other alone', async () => {
    const second = await here.run([two.target], { configPath: two.path });
    expect(second).toMatchObject({ withdrawn: 0, run: { targets: 1 } });
    expect(heard(second.told)).toEqual(['two news: opened expiring critical']);
    here.pass({ minutes: 10 });
    const first = await here.run([one.target], { configPath: one.path });
    expect(first).toMatchObject({ withdrawn: 0, told: [], run: { targets: 1 } });
    // What a file names no more is withdrawn all the same.
    expect(await here.run([], { configPath: two.path })).toMatchObject({ withdrawn: 1 });
    expect(await getTarget(here.table, one.target.id)).not.toHaveProperty('withdrawnAt');
  });

  it('of which one is gone: its targets are withdrawn by the next run of the other', async () => {
    await rm(one.path);
    const { told, withdrawn } = await here.run([two.target], { configPath: two.path });
    expect(withdrawn).toBe(1);
    expect(heard(told)).toContainEqual('one closed: withdrawn expiring critical');
  });

  it('of which one lies on another host of a shared table: its targets are left alone', async () => {
    await rm(one.path);
    const options = { configPath: two.path, exclusive: false };
    expect(await here.run([two.target], options)).toMatchObject({ withdrawn: 0 });
  });

  it('of which one merely cannot be looked at: it is still there', async () => {
    const lost = { target: one.target, origin: 'config', addedAt: iso(here.now) } as const;
    // A name that is too long is refused for another reason than that there is no such file.
    await putTarget(here.table, { ...lost, config: `/${'x'.repeat(300)}/notafter.config.yaml` });
    expect(await here.run([two.target], { configPath: two.path })).toMatchObject({ withdrawn: 0 });
  });

  it('may name the same target, which is then not a new one in each run', async () => {
    for (const { path } of [two, one, two]) {
      const { run, told } = await here.run([one.target], { configPath: path, all: false });
      expect([run.targets, run.planned, told]).toEqual([1, 0, []]);
      here.pass({ minutes: 10 });
    }
    const history = await all(listHistory(here.table, one.target.id));
    expect(history.map(({ event }) => event)).toEqual(['first_seen']);
  });

  it('are all looked at by a run that has no configuration', async () => {
    await here.run([two.target], { configPath: two.path });
    here.pass({ minutes: 10 });
    const { run } = await here.run([], { configured: undefined as never });
    expect(run).toMatchObject({ targets: 2, observed: 2 });
  });
});
