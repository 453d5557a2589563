import type { Finding } from '../core/finding.ts';
import type { KnownTarget } from './find-target.ts';
import type { Tone } from './render/color.ts';
import { statusOf } from './render/findings.ts';

/**
 * How a target stands, in one word: the worst that is known of it, and where that is nothing, why there may be more
 * to know. `unseen`: no certificate was ever seen. `failing`: the latest look saw nothing.
 */
export function standing(
  { record, state }: Pick<KnownTarget, 'record' | 'state'>,
  findings: readonly Finding[],
): { readonly word: string; readonly tone: Tone } {
  const status = statusOf(findings);
  if (status === 'critical' || status === 'warning') return { word: status, tone: status };
  if (record.withdrawnAt !== undefined) return { word: 'withdrawn', tone: 'unknown' };
  if ((state?.seenAt ?? null) === null) return { word: 'unseen', tone: 'unknown' };
  if (state?.failure !== undefined) return { word: 'failing', tone: 'unknown' };
  return { word: status, tone: status };
}
