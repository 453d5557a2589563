import { fork } from 'node:child_process';
import { type Entry, Journal } from './journal.ts';
import type { Assignment, Report } from './messages.ts';
import type { Failure } from './target.ts';

const LOOK_EVERY_MS = 100;
// A reader that needs so much for inputs of 256 KB has no bound.
const HEAP_MB = 256;

/** The exit code of a worker that failed outside of the reader. */
export const OWN_FAULT = 70;

/** How a process ended that did not come to its end, and what it was reading. */
export interface Death {
  readonly failure: Failure;
  readonly input: Buffer;
}

/** Lets a process do what it is told. Resolves to null where it came to its end, and with its last input where not. */
export async function runWorker(
  assignment: Assignment,
  onReport: (report: Report) => void,
  hangsAfterMs: number,
): Promise<Death | null> {
  const worker = fork(new URL('./worker.ts', import.meta.url), {
    // Code that is not used for a while loses its counts with its bytecode.
    execArgv: [`--max-old-space-size=${HEAP_MB}`, '--no-flush-bytecode'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    // JSON has no Infinity.
    serialization: 'advanced',
  });
  let errors = '';
  worker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  let done = false;
  worker.on('message', (report: Report) => {
    if (report.type === 'done') done = true;
    onReport(report);
  });
  worker.send(assignment);
  const watch = watchJournal(assignment.journal, hangsAfterMs, () => worker.kill('SIGKILL'));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    worker.once('close', (...how) => resolve(how));
  });
  const hung = watch.stop();
  if (done) return null;
  const input = lastInput(assignment.journal);
  if (input === null || code === OWN_FAULT) throw new Error(`the fuzzer itself failed: ${errors}`);
  if (hung) return { failure: { kind: 'hang', message: `not read within ${hangsAfterMs / 1_000} s` }, input };
  const how = signal ?? `exit code ${code}`;
  const fatal = /^.*(?:FATAL ERROR|Error:|Assertion).*$/m.exec(errors)?.[0] ?? '';
  return { failure: { kind: 'crash', message: `the process ended (${how}) ${fatal}`.trim() }, input };
}

/** Calls `onHang` when the same entry stands for too long. */
function watchJournal(path: string, hangsAfterMs: number, onHang: () => void): { stop(): boolean } {
  let hung = false;
  let last = -1;
  let since = performance.now();
  const timer = setInterval(() => {
    const entry = entryOf(path);
    if (entry === null || !entry.busy || entry.count !== last) {
      last = entry?.count ?? -1;
      since = performance.now();
    } else if (performance.now() > since + hangsAfterMs && !hung) {
      hung = true;
      onHang();
    }
  }, LOOK_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return hung;
    },
  };
}

function lastInput(path: string): Buffer | null {
  const entry = entryOf(path);
  return entry === null || entry.count === 0 ? null : entry.input;
}

function entryOf(path: string): Entry | null {
  try {
    const journal = new Journal(path, 'r');
    try {
      return journal.read();
    } finally {
      journal.close();
    }
  } catch {
    return null; // it is not there yet
  }
}
