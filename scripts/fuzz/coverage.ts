import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is known of one source file. */
interface Script {
  /** For each character, how long the innermost function around it is: that one alone says whether it ran. */
  readonly owner: Uint32Array;
  /** For each character, whether it ran. */
  readonly ran: Uint8Array;
  /** Where a block begins that V8 counts on its own. */
  readonly blocks: Set<number>;
}

/** Places in a file that ran for the first time. */
interface News {
  readonly ran: Uint8Array;
  readonly places: readonly number[];
}

/** Which blocks of the files under test have run, as V8 counts them in this very process. */
export class Coverage {
  readonly #session = new Session();
  readonly #scripts = new Map<string, Script>();
  #isUnderTest: (url: string) => boolean = () => false;

  /** Has to be called before the files are loaded. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** @param files Paths from `root`; a folder ends in a slash. */
  watch(root: string, files: readonly string[]): void {
    this.#isUnderTest = (url) => {
      const path = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : '';
      return files.some((file) => (file.endsWith('/') ? path.startsWith(file) : path === file));
    };
  }

  /** Null where nothing ran since the last call that never ran before; else a function that takes it for known. */
  async news(): Promise<(() => void) | null> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const found = result.flatMap(({ url, functions }) =>
      this.#isUnderTest(url) ? this.#look(url, functions) : [],
    );
    if (found.length === 0) return null;
    return () => {
      for (const { ran, places } of found) for (const at of places) ran[at] = 1;
    };
  }

  get total(): { readonly ran: number; readonly known: number } {
    const known = [...this.#scripts.values()].map(({ blocks, ran }) => [...blocks].map((at) => ran[at] ?? 0));
    return { ran: known.flat().filter((one) => one === 1).length, known: known.flat().length };
  }

  /** `file:line` of each block that never ran. */
  get missed(): string[] {
    return [...this.#scripts].flatMap(([url, { blocks, ran }]) => {
      const source = readFileSync(fileURLToPath(url), 'utf8');
      const lines = [...blocks]
        .filter((at) => ran[at] !== 1)
        .map((at) => source.slice(0, at).split('\n').length);
      return [...new Set(lines)].sort((a, b) => a - b).map((line) => `${fileURLToPath(url)}:${line}`);
    });
  }

  #look(url: string, functions: readonly Profiler.FunctionCoverage[]): News[] {
    const length = Math.max(...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0));
    const script = this.#grown(url, length);
    // All of them take their places before any is asked what ran in its own.
    for (const { ranges } of functions) own(script, ranges);
    const places = functions.flatMap(({ ranges }) => newPlaces(script, ranges));
    return places.length === 0 ? [] : [{ ran: script.ran, places }];
  }

  #grown(url: string, length: number): Script {
    const old = this.#scripts.get(url);
    if (old !== undefined && old.ran.length >= length) return old;
    const script: Script = {
      owner: new Uint32Array(length),
      ran: new Uint8Array(length),
      blocks: old?.blocks ?? new Set(),
    };
    if (old !== undefined) {
      script.owner.set(old.owner);
      script.ran.set(old.ran);
    }
    this.#scripts.set(url, script);
    return script;
  }
}

/** Takes the places of a function from those around it, which are longer. */
function own({ owner, ran }: Script, [whole]: readonly Profiler.CoverageRange[]): void {
  if (whole === undefined) return;
  const size = whole.endOffset - whole.startOffset;
  for (let at = whole.startOffset; at < whole.endOffset; at++) {
    const before = owner[at] ?? 0;
    if (before !== 0 && before <= size) continue;
    owner[at] = size;
    ran[at] = 0;
  }
}

/** V8 gives the function first and then the ranges in it whose count is another one, the outer before the inner. */
function newPlaces({ owner, ran, blocks }: Script, ranges: readonly Profiler.CoverageRange[]): number[] {
  const [whole] = ranges;
  if (whole === undefined) return [];
  const size = whole.endOffset - whole.startOffset;
  const counts = new Uint8Array(size);
  for (const { startOffset, endOffset, count } of ranges) {
    counts.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
    // A file's own statements have run before anything is read.
    if (size < owner.length) blocks.add(startOffset);
  }
  const places: number[] = [];
  for (let index = 0; index < size; index++) {
    const at = whole.startOffset + index;
    if (counts[index] === 1 && ran[at] !== 1 && owner[at] === size) places.push(at);
  }
  return places;
}
