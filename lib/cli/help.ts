import type { Command } from 'commander';

const FINDINGS = `Exit codes:
  0  nothing at warning or above
  1  the worst finding is a warning
  2  the worst finding is critical
  3  something could not be observed (and nothing worse was found),
     the command line or a file is wrong, or NotAfter itself failed`;

const WORK = `Exit codes:
  0  it did its work, whatever it found
  3  it did not: the command line, the configuration or the data is wrong, or NotAfter itself failed`;

const RUN = `Exit codes:
  0  it did its work, whatever it found
  1  with --exit-on warning: the worst open finding is a warning
  2  with --exit-on: a critical finding is open
  3  it did not do its work, or not all of it: the command line, the configuration or the data is wrong,
     a message could not be delivered, or NotAfter itself failed`;

const ALL = `Exit codes of probe and inspect, which monitoring systems know:
  0  nothing at warning or above
  1  the worst finding is a warning
  2  the worst finding is critical
  3  something could not be observed (and nothing worse was found),
     the command line or a file is wrong, or NotAfter itself failed
Of every other command:
  0  it did its work, whatever it found
  1  only run --exit-on warning: the worst open finding is a warning
  2  only run --exit-on warning or critical: a critical finding is open
  3  it did not do its work, or not all of it`;

const CODES = { all: ALL, findings: FINDINGS, work: WORK, run: RUN };

/** One line of the examples at the end of a help text: the command, and what it is for. */
export type Example = readonly [command: string, purpose: string];

/** Ends a command's help with its exit codes and examples. `findings`: the code tells what was found; `work`: it does not. */
export function endHelp(command: Command, codes: keyof typeof CODES, examples: readonly Example[]): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, purpose]) => `  ${line.padEnd(width)}  ${purpose}`);
  command.addHelpText('after', `\n${CODES[codes]}\n\nExamples:\n${lines.join('\n')}`);
}
