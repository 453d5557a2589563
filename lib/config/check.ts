import type * as z from 'zod';
import { quoted } from '../core/rejected.ts';
import { type ConfigProblem, describeValue } from './problem.ts';
import { suggest } from './suggest.ts';
import type { ValuePath, YamlTree } from './yaml-tree.ts';

/** Collects what is wrong with a document, each thing with its place in the file. */
export interface Checker {
  readonly problems: ConfigProblem[];
  /** Adds a problem with the value at a path. */
  readonly report: (path: ValuePath, message: string) => void;
  /** Where the value at a path stands, for a message about another one. */
  readonly lineOf: (path: ValuePath) => number;
  /**
   * Judges a mapping and reports all its faults. What remains without the faulty keys is returned, so that one fault
   * does not hide others further down; undefined where nothing usable remains.
   */
  readonly check: <T>(schema: z.ZodType<T>, value: unknown, path: ValuePath) => T | undefined;
}

export function createChecker(tree: YamlTree): Checker {
  const problems = [...tree.problems];
  const lineOf = (path: ValuePath) => tree.locate(path).line;

  const report = (path: ValuePath, message: string) => {
    const where = describePath(path);
    problems.push({ ...tree.locate(path), message: where === '' ? message : `${where}: ${message}` });
  };

  const reportUnknownKeys = (path: ValuePath, keys: readonly string[], known: readonly string[]) => {
    const where = describePath(path);
    for (const key of keys) {
      const message = `unknown key ${quoted(key)}${suggest(key, known)}; wanted ${list(known)}`;
      problems.push({
        ...tree.locateKey([...path, key]),
        message: where === '' ? message : `${where}: ${message}`,
      });
    }
  };

  const check = <T>(schema: z.ZodType<T>, value: unknown, path: ValuePath): T | undefined => {
    const first = schema.safeParse(value, { error: explain });
    if (first.success) return first.data;
    const faulty = new Set<PropertyKey>();
    for (const issue of first.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        reportUnknownKeys([...path, ...issue.path], issue.keys, knownKeys(schema, issue.path));
        for (const key of issue.keys) faulty.add(issue.path[0] ?? key);
        continue;
      }
      report([...path, ...issue.path], issue.message);
      const key = issue.path[0];
      if (key === undefined) return undefined;
      faulty.add(key);
    }
    const rest = Object.entries(value as object).filter(([key]) => !faulty.has(key));
    return schema.safeParse(Object.fromEntries(rest)).data;
  };

  return { problems, report, lineOf, check };
}

/** Sentences for what the schema itself finds. Text is not repeated: it may be a secret in the wrong place. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  const got = typeof issue.input === 'string' ? 'text' : describeValue(issue.input);
  const wanted =
    issue.expected === 'object' || issue.expected === 'record'
      ? 'a mapping of keys to values'
      : issue.expected === 'array'
        ? 'a list'
        : issue.expected;
  return `got ${got}; wanted ${wanted}`;
}

/** The keys that the schema knows at a path within it. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current: unknown = schema;
  for (const step of path) current = shapeOf(current)?.[String(step)];
  return Object.keys(shapeOf(current) ?? {});
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  const { shape, unwrap } = schema as { shape?: Record<string, unknown>; unwrap?: () => unknown };
  return shape ?? (unwrap === undefined ? undefined : shapeOf(unwrap.call(schema)));
}

/** `groups[0].targets[2].every`: as JavaScript would write it. */
function describePath(path: ValuePath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${plain(String(step))}`))
    .join('')
    .replace(/^\./, '');
}

function plain(key: string): string {
  return /^[\w-]{1,40}$/.test(key) ? key : quoted(key);
}

function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'none') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
