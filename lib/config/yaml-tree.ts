import { LineCounter, parseDocument } from 'yaml';
import { quoted } from '../core/rejected.ts';
import type { ConfigProblem } from './problem.ts';
import { type Offsets, plainValue } from './yaml-plain.ts';

/** Where something stands in the plain value: keys of mappings and indices of lists, from the top. */
export type ValuePath = readonly PropertyKey[];

/** A YAML document as plain values that still know where they stood. */
export interface YamlTree {
  /** Undefined where it cannot be read at all. Mappings are objects without a prototype: a key such as `__proto__` is a key like any other. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The position of the value at a path, or of the nearest thing around it that exists. */
  readonly locate: (path: ValuePath) => { readonly line: number; readonly column: number };
  /** The position of the last key of a path instead of its value. */
  readonly locateKey: (path: ValuePath) => { readonly line: number; readonly column: number };
}

/** One wrong character makes much of what follows look wrong, so only the first few such lines are told. */
const SYNTAX_FAULTS_TOLD = 3;

/** Reads one YAML 1.2 document. */
export function readYaml(text: string): YamlTree {
  const lineCounter = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // uniqueKeys compares every key with every other one; plainValue finds duplicates in one pass.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  const problems: ConfigProblem[] = [];
  const report = (offset: number, message: string) => problems.push({ ...at(offset), message });
  const sourceLines = text.split('\n');
  const faults = [...document.errors, ...document.warnings];
  const tooDeep = faults.find((fault) => fault.code === 'RESOURCE_EXHAUSTION');
  for (const fault of tooDeep === undefined ? faults : [tooDeep]) {
    const { line } = at(fault.pos[0]);
    if (line === problems.at(-1)?.line) continue;
    report(fault.pos[0], syntaxMessage(fault, sourceLines[line - 1] ?? ''));
    if (problems.length === SYNTAX_FAULTS_TOLD) break;
  }
  const offsets = new WeakMap<object, Offsets>();
  const value = problems.length > 0 ? undefined : plainValue(document, offsets, report, at);

  const find = (path: ValuePath, which: keyof Offsets) => {
    let offset = document.contents?.range?.[0] ?? 0;
    let current = value;
    for (const [index, step] of path.entries()) {
      const known = typeof current === 'object' && current !== null ? offsets.get(current) : undefined;
      const next = known?.[index === path.length - 1 ? which : 'values'].get(step);
      if (next === undefined) break;
      offset = next;
      current = (current as Record<PropertyKey, unknown>)[step];
    }
    return at(offset);
  };
  return { value, problems, locate: (path) => find(path, 'values'), locateKey: (path) => find(path, 'keys') };
}

/** The library's sentence, and what usually is behind it. */
function syntaxMessage(fault: { code: string; message: string }, sourceLine: string): string {
  if (fault.code === 'TAB_AS_INDENT') return 'a tab as indentation; YAML wants spaces';
  if (fault.code === 'MULTIPLE_DOCS') return 'a second document after "---"; wanted one';
  if (fault.code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  return `not valid YAML: ${quoted(fault.message.split('\n')[0] ?? '').slice(1, -1)}${quotesHint(sourceLine)}`;
}

function quotesHint(sourceLine: string): string {
  if (/\$\{/.test(sourceLine)) return '; a value that contains a brace needs quotes here';
  if (/\[[0-9a-f.]*:[0-9a-f:.]*\]/i.test(sourceLine)) return '; an address in brackets needs quotes';
  return '';
}
