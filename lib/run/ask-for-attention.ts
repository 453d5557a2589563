import { toInstant } from '../core/instant.ts';
import { type DueNote, type DueTarget, forgetNotes, listDue } from '../store/due.ts';
import { getSource } from '../store/sources.ts';
import { readStates, targetsForAttention } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { getTarget } from '../store/targets.ts';
import { beginRun } from './dispatch.ts';
import type { Evaluated, EvaluateOptions } from './evaluate.ts';
import { ATTENTION, type CollectMessage } from './messages.ts';
import { type Queues, sendCollects, sendProbes } from './queues.ts';
import { sourceOfTarget } from './source-of-target.ts';

/** How long targets that were asked for out of turn may wait in a queue. */
const PATIENCE_MS = 15 * 60_000;

/** A listing that was asked for a moment ago is on its way. */
const COLLECT_PAUSE_MS = 15 * 60_000;

/** Has looked at what a rung, a confirmation, a retry or a note asks for out of its turn. */
export async function askForAttention(
  { table, queues }: EvaluateOptions,
  at: Date,
): Promise<Pick<Evaluated, 'asked' | 'stranded'>> {
  const noted = await openNotes(table, at);
  const sources = new Set<string>();
  async function* endpoints(): AsyncGenerator<DueTarget> {
    const seen = new Set<string>();
    for await (const due of targetsForAttention(table, at)) {
      const source = sourceOfTarget(due.target);
      if (source !== undefined) sources.add(source);
      else if (due.target.startsWith('endpoint:') && !seen.has(due.target)) {
        seen.add(due.target);
        yield due;
      }
    }
    for (const due of noted) if (!seen.has(due.target)) yield due;
  }
  const startedAt = toInstant(at);
  const deadline = toInstant(new Date(at.getTime() + PATIENCE_MS));
  const run = { run: `${ATTENTION}${startedAt}`, startedAt, deadline };
  const sent = await sendProbes(queues, endpoints(), run);
  if (sent.targets > 0) await beginRun(table, run, sent);
  return { asked: sent.targets + (await askSources(table, queues, sources, at)), stranded: sent.stranded };
}

/** A note that is older than this may be of a target that is not watched any more. */
const NOTE_CHECKED_AFTER_MS = 3_600_000;

/**
 * What was noted and not looked at since. A message may be lost or come too late, and nothing else names a target that was
 * never looked at: the note stays until it is answered, and is handed on with every pulse until then.
 */
async function openNotes(table: Table, now: Date): Promise<readonly DueTarget[]> {
  const notes: DueNote[] = [];
  for await (const note of listDue(table)) notes.push(note);
  const states = await readStates(
    table,
    notes.map(({ target }) => target),
  );
  const isAnswered = ({ target, at }: DueNote) => {
    const state = states.get(target);
    return state !== undefined && state.observedAt >= at;
  };
  const open = notes.filter((note) => !isAnswered(note));
  const old = open.filter(({ at }) => now.getTime() - Date.parse(at) > NOTE_CHECKED_AFTER_MS);
  const nobodys: DueNote[] = [];
  for (const note of old) {
    const record = await getTarget(table, note.target);
    if (record === undefined || record.withdrawnAt !== undefined) nobodys.push(note);
  }
  await forgetNotes(table, [...notes.filter(isAnswered), ...nobodys]);
  return open.filter((note) => !nobodys.includes(note));
}

async function askSources(
  table: Table,
  queues: Queues,
  sources: ReadonlySet<string>,
  at: Date,
): Promise<number> {
  const messages: CollectMessage[] = [];
  for (const id of sources) {
    const health = await getSource(table, id);
    if (health !== undefined && at.getTime() - Date.parse(health.lastRunAt) < COLLECT_PAUSE_MS) continue;
    const [source, account = '', region = ''] = id.split('/');
    const deadline = toInstant(new Date(at.getTime() + PATIENCE_MS));
    if (source !== 'acm' && source !== 'apigateway') continue;
    messages.push({ v: 1, run: `${ATTENTION}${toInstant(at)}`, source, account, region, deadline });
  }
  await sendCollects(queues, messages);
  return messages.length;
}
