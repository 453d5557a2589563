import { describe, expect, it } from 'vitest';
import { mergeTargets } from '../../lib/config/merge-targets.ts';
import type { TargetRecord } from '../../lib/core/inventory.ts';
import { endpointTargetId, type Target } from '../../lib/core/target.ts';

const LONG_AGO = '2026-01-01T00:00:00Z';
const NOW = new Date('2026-11-20T12:00:00Z');

function target(host: string, owner: string | null = null): Target {
  const endpoint = { host, port: 443, serverName: host };
  return { kind: 'endpoint', id: endpointTargetId(endpoint), endpoint, owner, tags: { team: 'x' } };
}

function stored(host: string, origin: TargetRecord['origin'], withdrawnAt?: string): TargetRecord {
  return {
    target: target(host),
    origin,
    addedAt: LONG_AGO,
    ...(withdrawnAt === undefined ? {} : { withdrawnAt }),
  };
}

const NOTHING = { added: [], changed: [], withdrawn: [] };

describe('targets from the file beside stored ones', () => {
  it('adds what is new', () => {
    const record = { target: target('a'), origin: 'config', addedAt: '2026-11-20T12:00:00Z' };
    expect(mergeTargets([target('a')], [], NOW)).toEqual({ ...NOTHING, active: [record], added: [record] });
  });

  it('has nothing to write when nothing has changed', () => {
    // As it comes out of a database: equal, with keys in another order.
    const known: TargetRecord = { addedAt: LONG_AGO, origin: 'config', target: { ...target('a') } };
    expect(mergeTargets([target('a')], [known], NOW)).toEqual({ ...NOTHING, active: [known] });
  });

  it('writes a changed definition and keeps when it was added', () => {
    const record = { ...stored('a', 'config'), target: target('a', 'payments') };
    expect(mergeTargets([target('a', 'payments')], [stored('a', 'config')], NOW)).toEqual({
      ...NOTHING,
      active: [record],
      changed: [record],
    });
  });

  it('keeps what was added by command', () => {
    const byCommand = stored('b', 'command');
    expect(mergeTargets([target('a')], [stored('a', 'config'), byCommand], NOW)).toEqual({
      ...NOTHING,
      active: [stored('a', 'config'), byCommand],
    });
  });

  it('lets the file win where both name one', () => {
    const record = { ...stored('a', 'config'), target: target('a', 'payments'), behind: target('a') };
    const merged = mergeTargets([target('a', 'payments')], [stored('a', 'command')], NOW);
    expect(merged).toEqual({ ...NOTHING, active: [record], changed: [record] });
    expect(mergeTargets([target('a', 'payments')], [record], NOW)).toEqual({ ...NOTHING, active: [record] });
  });

  it('goes back to what a command said when the file names a target no more', () => {
    const both = { ...stored('a', 'config'), target: target('a', 'payments'), behind: target('a') };
    const restored = stored('a', 'command');
    expect(mergeTargets([], [both], NOW)).toEqual({ ...NOTHING, active: [restored], changed: [restored] });
  });

  it('withdraws what the file names no more, once', () => {
    const gone = { ...stored('a', 'config'), withdrawnAt: '2026-11-20T12:00:00Z' };
    expect(mergeTargets([], [stored('a', 'config')], NOW)).toEqual({
      ...NOTHING,
      active: [],
      withdrawn: [gone],
    });
    expect(mergeTargets([], [gone], NOW)).toEqual({ ...NOTHING, active: [] });
  });

  it('takes back what returns, whoever had it before', () => {
    const back = stored('a', 'config');
    for (const origin of ['config', 'command'] as const) {
      const merged = mergeTargets([target('a')], [stored('a', origin, LONG_AGO)], NOW);
      expect(merged).toEqual({ ...NOTHING, active: [back], added: [back] });
    }
  });

  it('leaves alone what was removed by command', () => {
    expect(mergeTargets([], [stored('a', 'command', LONG_AGO)], NOW)).toEqual({ ...NOTHING, active: [] });
  });
});
