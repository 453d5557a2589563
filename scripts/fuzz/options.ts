import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run fuzz -- [target...] [options]

Reads hostile input with NotAfter's readers until the time is up, and looks for what must not happen: an error that the
reader does not document, a result that is wrong or differs the second time, a hang, cost that grows faster than the
input, the end of the process. Without targets: all of them, one after the other.

  --seconds N    for how long, all targets together (default 60)
  --runs N       how many inputs for each target at most
  --seed TEXT    the same seed and the same --runs give the same inputs (default: a new one)
  --missed       list the blocks that no input reached
  --replay FILE  read one input that was found, from fuzz-findings/
  --list         list the targets
  --help

Ends with 1 where something was found; the inputs, made small, are in fuzz-findings/.`;

export interface Options {
  readonly targets: readonly string[];
  readonly seconds: number;
  readonly runs: number;
  readonly seed: string;
  readonly missed: boolean;
  readonly replay: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

/** Throws an Error that says what is wrong with the command line. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      runs: { type: 'string' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      missed: { type: 'boolean', default: false },
      replay: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    targets: positionals,
    seconds: positive('--seconds', values.seconds),
    runs: values.runs === undefined ? Number.POSITIVE_INFINITY : positive('--runs', values.runs),
    replay: values.replay,
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${option} ${text}: expected a number above zero`);
}
