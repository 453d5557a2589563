/** The engine without sockets and store: what would be said about one target as time passes. */
import type { Alert } from '../../lib/core/alert.ts';
import type { Certificate } from '../../lib/core/certificate.ts';
import { type Content, certificatesOf } from '../../lib/core/content.ts';
import { decide } from '../../lib/core/decide.ts';
import { evaluate } from '../../lib/core/evaluate.ts';
import { findingKey } from '../../lib/core/finding.ts';
import type { LedgerEntry } from '../../lib/core/ledger.ts';
import { type Occasion, plainOccasion } from '../../lib/core/occasion.ts';
import { outcomeOf } from '../../lib/core/outcome.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { Target } from '../../lib/core/target.ts';
import { iso, subject } from './facts.ts';

/** One look at a target: what it holds then, and whether it could be seen. */
export interface Glance {
  readonly now: Date;
  readonly content: Content | null;
  /** Could not be seen: `content` is what was known before. */
  readonly failures?: number;
  readonly occasion?: Partial<Occasion>;
}

/** Keeps a ledger as the store would, and drops every alert into one list. */
export function timeline(target: Target, certificates: readonly Certificate[]) {
  const ledger = new Map<string, LedgerEntry>();
  let before: { at: string; content: Content | null } | undefined;
  return {
    ledger,
    /** Alerts decided at this glance. */
    look(glance: Glance): readonly Alert[] {
      const failures = glance.failures ?? 0;
      const facts = subject(target, glance.content, certificates, {
        now: glance.now,
        failures,
        ...(failures > 0 ? { failure: { reason: 'connect_timeout' } } : {}),
        unreachableAfter: DEFAULT_POLICY.unreachableAfter,
      });
      const known = new Set(certificatesOf(before?.content ?? null));
      const changed = decide([...ledger.values()], evaluate(facts), {
        ...plainOccasion(target.id, target.owner, { now: glance.now, policy: DEFAULT_POLICY }),
        complete: failures === 0,
        ...(before === undefined
          ? {}
          : { lookedBefore: { at: before.at, holds: (each) => known.has(each) } }),
        outcome: (entry) => outcomeOf(entry, glance.content, facts.certificate),
        ...glance.occasion,
      });
      before = { at: iso(glance.now), content: glance.content };
      for (const entry of changed) {
        const stored = ledger.get(findingKey(entry));
        if (entry.version !== (stored?.version ?? 0) + 1) throw new Error('a version was not raised by one');
        ledger.set(findingKey(entry), { ...entry, pending: [] });
      }
      return changed.flatMap((entry) => entry.pending);
    },
  };
}

/** `event check rung`, in short. */
export function said(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ event, check, rung }) => `${event} ${check} ${rung}`);
}
