import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** A command: its module is loaded only when it is called or asked for help, so that `notafter --help` stays fast. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ configure(command: Command, context: CliContext): void }>;
}

/** Every command, in the order in which the help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'probe',
    summary: 'look at TLS endpoints now; stores nothing',
    load: () => import('./commands/probe.ts'),
  },
  { name: 'inspect', summary: 'read certificates in files', load: () => import('./commands/inspect.ts') },
];
