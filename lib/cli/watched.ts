import { formatInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import { escapeForTerminal } from '../core/printable.ts';
import type { TargetState } from '../core/state.ts';
import { targetLabel } from '../core/target.ts';
import { safeJson } from '../notify/safe-json.ts';
import { readStates } from '../store/state.ts';
import { listTargets } from '../store/targets.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openInventory } from './inventory.ts';
import { cadenceText } from './render/cadence.ts';
import { painter } from './render/color.ts';
import { renderTable } from './render/table.ts';
import type { ListTargetsOptions } from './watch-list.ts';

/** `targets list`. */
export async function listWatched(
  options: ListTargetsOptions,
  { stdout, stderr }: CliContext,
): Promise<ExitCode> {
  const inventory = await openInventory(options, 'read');
  try {
    const records: TargetRecord[] = [];
    for await (const record of listTargets(inventory.table)) {
      if (record.withdrawnAt === undefined) records.push(record);
    }
    const states = await readStates(
      inventory.table,
      records.map(({ target }) => target.id),
    );
    if (options.json) {
      for (const record of records)
        await stdout.write(`${recordJson(record, states.get(record.target.id))}\n`);
    } else if (records.length > 0) {
      const rows = records.map((record) =>
        recordCells(record, states.get(record.target.id)).map((text) => ({ text })),
      );
      const layout = { width: stdout.width, paint: painter(stdout.color) };
      await stdout.write(
        renderTable(['TARGET', 'KIND', 'OWNER', 'FROM', 'LAST LOOKED AT', 'CADENCE'], rows, layout),
      );
    } else {
      await stderr.write('Nothing is watched.\n');
    }
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

function recordCells({ target, origin }: TargetRecord, state: TargetState | undefined): string[] {
  return [
    escapeForTerminal(targetLabel(target.id)),
    target.kind,
    target.owner === null ? '-' : escapeForTerminal(target.owner),
    origin,
    state === undefined
      ? 'never'
      : `${formatInstant(state.observedAt)}${state.failure === undefined ? '' : ` (${state.failure.reason})`}`,
    cadenceText(target, state) ?? '-',
  ];
}

function recordJson({ target, origin, addedAt }: TargetRecord, state: TargetState | undefined): string {
  const { id, kind, owner, tags, everyMs } = target;
  return safeJson({
    target: id,
    kind,
    owner,
    tags,
    origin,
    addedAt,
    observedAt: state?.observedAt ?? null,
    seenAt: state?.seenAt ?? null,
    failures: state?.failures ?? 0,
    failure: state?.failure ?? null,
    cadence: state?.cadence ?? null,
    everyMs: everyMs ?? null,
  });
}
