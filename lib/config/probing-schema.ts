import * as z from 'zod';
import type { CheckId } from '../core/finding.ts';
import type { Rejected } from '../core/rejected.ts';
import { parsedField } from './field.ts';
import { parseChecks } from './optional-checks.ts';
import { REVOCATION_SOURCES } from './probing.ts';
import { describeValue } from './problem.ts';

const MOST_PER_SECOND = 1_000;

const checks = parsedField((value): readonly CheckId[] | Rejected => {
  if (value === 'all') return parseChecks(['all']);
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (isList) return parseChecks(value);
  return { error: `got ${describeValue(value)}; wanted all, or a list of ids of optional checks` };
});

const rate = parsedField((value): number | Rejected =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_PER_SECOND
    ? (value as number)
    : { error: `got ${describeValue(value)}; wanted 1 to ${MOST_PER_SECOND} connections, such as 50` },
);

/** How endpoints are looked at and judged: at the top only. */
export const probingFields = {
  egressGuard: z
    .boolean({ error: ({ input }) => `got ${describeValue(input)}; wanted true or false` })
    .exactOptional(),
  revocation: z
    .enum(REVOCATION_SOURCES, {
      error: ({ input }) => `got ${describeValue(input)}; wanted ${REVOCATION_SOURCES.join(', ')}`,
    })
    .exactOptional(),
  checks: checks.exactOptional(),
  connectionsPerSecond: rate.exactOptional(),
};
