import { isDeepStrictEqual } from 'node:util';
import type { Random } from './random.ts';

/** A reader of hostile bytes, and what must be true of it. */
export interface Target {
  readonly name: string;
  /** What its coverage is counted of: paths from the top of the repository; a folder ends in a slash. */
  readonly files: readonly string[];
  /** How inputs are changed and grown: as elements of DER, as lines, or as octets only. */
  readonly shape: 'der' | 'lines' | 'octets';
  /** Makes an input that is mostly right. */
  readonly generate: (random: Random) => Buffer;
  /** Two calls with the same bytes have to give the same, and may not change them. */
  readonly read: (bytes: Buffer) => unknown;
  /** Which errors the reader may throw. None, where it is left out. */
  readonly mayThrow?: (error: unknown, bytes: Buffer) => boolean;
  /** What is wrong with the result; null where nothing is. */
  readonly objection?: (bytes: Buffer, result: never) => string | null;
}

/** `target` with what `read` returns and what `objection` takes checked against each other. */
export function define<Result>(
  target: Omit<Target, 'read' | 'objection'> & {
    readonly read: (bytes: Buffer) => Result;
    readonly objection?: (bytes: Buffer, result: Result) => string | null;
  },
): Target {
  return target;
}

type FailureKind = 'throws' | 'wrong' | 'unstable' | 'slow' | 'superlinear' | 'crash' | 'hang';

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
}

type Outcome = { readonly result: unknown } | { readonly refused: string } | { readonly failure: Failure };

/** Runs the reader once. */
function run({ read, mayThrow }: Target, bytes: Buffer): Outcome {
  try {
    return { result: read(bytes) };
  } catch (error) {
    if (mayThrow?.(error, bytes)) return { refused: (error as Error).message };
    return { failure: { kind: 'throws', message: described(error) } };
  }
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return `what is no Error: ${String(error)}`;
  const frame = error.stack?.split('\n').find((line) => line.includes('/lib/'));
  return `${error.name}: ${error.message}${frame === undefined ? '' : ` ${frame.trim().replace(/file:.*\/lib\//, 'lib/')}`}`;
}

/** What the input shows to be wrong with the reader, time apart. */
export function judge(target: Target, bytes: Buffer): Failure | null {
  const before = Buffer.from(bytes);
  const outcome = run(target, bytes);
  if ('failure' in outcome) return outcome.failure;
  if (!before.equals(bytes)) return { kind: 'unstable', message: 'the reader changed its input' };
  if (!isDeepStrictEqual(outcome, run(target, bytes))) {
    return { kind: 'unstable', message: 'the same bytes were read in another way the second time' };
  }
  if ('refused' in outcome) return null;
  const message = target.objection?.(bytes, outcome.result as never) ?? null;
  return message === null ? null : { kind: 'wrong', message };
}

/** Two failures with the same key are taken for one. */
export function keyOf({ kind, message }: Failure): string {
  return `${kind} ${message.replace(/"[^"]*"/g, '""').replace(/\d+/g, '0')}`;
}
