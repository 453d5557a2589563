import type { Failure } from './target.ts';

/** What the process that fuzzes is told. */
export interface Assignment {
  /** The URL of a module with a table of targets, `TARGETS`. */
  readonly table: string;
  readonly target: string;
  readonly seed: string;
  /** Where its journal is. */
  readonly journal: string;
  /** Inputs to begin with, in base64. */
  readonly corpus: readonly string[];
  /** Keys of failures that are known: they are not told again. */
  readonly known: readonly string[];
  readonly until: { readonly ms: number; readonly runs: number };
  /** Only read the corpus, and grow it in every way. */
  readonly replay: boolean;
}

/** How it is going, and at last how it went. */
export interface Progress {
  readonly runs: number;
  readonly corpus: number;
  readonly blocks: { readonly ran: number; readonly known: number };
}

/** What it tells. */
export type Report =
  | ({ readonly type: 'progress' } & Progress)
  | { readonly type: 'kept'; readonly input: string }
  | { readonly type: 'failure'; readonly failure: Failure; readonly input: string }
  | ({ readonly type: 'done'; readonly missed: readonly string[] } & Progress);
