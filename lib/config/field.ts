import * as z from 'zod';
import { isRejected, type Rejected } from '../core/rejected.ts';
import { describeValue } from './problem.ts';

/**
 * A field whose text is read by one of our parsers: its sentence becomes the error. YAML turns `30` and `yes` into
 * numbers and booleans before anybody asks, so these are told apart from text.
 */
export function textField<T>(wanted: string, parse: (text: string) => T | Rejected) {
  return parsedField((value) => (typeof value === 'string' ? parse(value) : notText(value, wanted, parse)));
}

function notText(value: unknown, wanted: string, parse: (text: string) => unknown): Rejected {
  const got = `got ${describeValue(value)}; wanted ${wanted}`;
  if (typeof value !== 'number' && typeof value !== 'boolean') return { error: got };
  // `every: 30` lacks more than quotes.
  const asText = parse(String(value));
  return isRejected(asText) ? asText : { error: `${got}; if it is meant as text, put it in quotes` };
}

/** A field that one of our parsers reads, of whatever type it is: its sentence becomes the error. */
export function parsedField<T>(parse: (value: unknown) => T | Rejected) {
  return z.unknown().transform((value, context): T => {
    const result = parse(value);
    if (!isRejected(result)) return result;
    context.addIssue({ code: 'custom', message: result.error });
    return z.NEVER;
  });
}

/** A list whose entries are judged one by one elsewhere. `targets:` with everything below it commented out is empty. */
export const listField = z
  .unknown()
  .refine((value) => value === null || Array.isArray(value), {
    error: ({ input }) =>
      `got ${describeValue(input)}; wanted a list, each entry on a line that begins with "- "`,
  })
  .transform((value): readonly unknown[] => (Array.isArray(value) ? value : []));
