import { inventoryRows } from '../lib/cli/inventory-rows.ts';
import { inventoryTable } from '../lib/cli/render/inventory-table.ts';
import type { Config } from '../lib/config/config.ts';
import { policyOf } from '../lib/config/policy-of.ts';
import { formatInstant, toInstant } from '../lib/core/instant.ts';
import { type MonitorResult, monitor } from '../lib/run/monitor.ts';
import type { Table } from '../lib/store/table.ts';
import type { Clock } from './clock.ts';
import type { Screen } from './screen.ts';
import { type Chapter, STORY } from './story.ts';
import type { Zoo } from './zoo.ts';

/** What a performance needs. */
export interface Stage {
  readonly screen: Screen;
  readonly clock: Clock;
  readonly table: Table;
  readonly config: Config;
  readonly zoo: Zoo;
  readonly signal: AbortSignal;
}

/** Milliseconds for one endpoint: on loopback an answer takes a few, and the silent server costs all of it every time. */
const TIMEOUT_MS = 700;

/** Tells the whole story with the real monitor, then shows the inventory. */
export async function perform(stage: Stage): Promise<void> {
  const { screen, clock, zoo } = stage;
  for (const [index, chapter] of STORY.entries()) {
    clock.moveTo(chapter.daysAgo);
    screen.heading(chapterHeading(index + 1, chapter, clock));
    screen.line(screen.paint('faint', summary(await cycle(stage, chapter))));
    const done = chapter.afterwards?.(zoo) ?? [];
    if (done.length > 0) screen.line();
    for (const sentence of done) screen.line(screen.paint('ok', `* ${sentence}`));
  }
  screen.heading('The inventory now, soonest end first');
  const rows = await inventoryRows(stage.table, { sort: 'expiry' });
  screen.line(inventoryTable(rows, clock.now(), screen).trimEnd());
}

function cycle(
  { screen, clock, table, config, zoo, signal }: Stage,
  chapter: Chapter,
): Promise<MonitorResult> {
  return monitor({
    table,
    exclusive: true,
    configured: config.targets,
    policy: policyOf({ ...config, ...config.alerts }),
    channels: [screen.channel],
    channelsComplete: true,
    collector: { timeoutMs: TIMEOUT_MS, concurrency: 50, dns: zoo.dns },
    all: chapter.all === true,
    now: clock.now,
    signal,
  });
}

function chapterHeading(number: number, { daysAgo, title }: Chapter, clock: Clock): string {
  const when = daysAgo === 0 ? 'now' : `${daysAgo} days ago`;
  return `${number}. ${formatInstant(toInstant(clock.now()))}, ${when}\n   ${title}`;
}

function summary({ run, failures }: MonitorResult): string {
  const looked = `${run.planned} targets looked at: ${run.observed} observed, ${run.failed} not observable`;
  const said =
    run.alerts === 0
      ? 'nothing new to say'
      : `${count(run.alerts, 'alert')} in ${count(run.digests, 'message')}`;
  return [looked, said, ...failures].join('; ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
