import { quoted } from '../core/rejected.ts';

/** Something in the configuration file that cannot be used. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** What was got, what is wanted, what to do. Printable; never holds a secret. */
  readonly message: string;
}

const MOST_REPORTED = 50;

/** Everything that is wrong with a configuration file, at once. The message is for the person who wrote it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** As it was given, for messages. */
  readonly path: string;
  /** In file order; empty where the file as a whole could not be read. */
  readonly problems: readonly ConfigProblem[];

  constructor(path: string, problems: readonly ConfigProblem[] | string) {
    const listed = typeof problems === 'string' ? [] : inFileOrder(problems);
    super(typeof problems === 'string' ? `${printable(path)}: ${problems}` : lines(path, listed));
    this.path = path;
    this.problems = listed;
  }
}

function lines(path: string, problems: readonly ConfigProblem[]): string {
  const reported = problems.slice(0, MOST_REPORTED);
  const more = problems.length - reported.length;
  return [
    ...reported.map(({ line, column, message }) => `${printable(path)}:${line}:${column}: ${message}`),
    ...(more === 0 ? [] : [`… and ${more} more`]),
  ].join('\n');
}

function inFileOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function printable(path: string): string {
  return /^[\x20-\x7e]{1,255}$/.test(path) ? path : quoted(path);
}

/** What stands where something else was wanted, for a message: `the number 5`, `a list`, `"text"`, `nothing`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `the ${typeof value} ${value}`;
}
