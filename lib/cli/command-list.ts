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
  {
    name: 'audit',
    summary: 'what an AWS account depends on, with your own credentials; deploys nothing',
    load: () => import('./commands/audit.ts'),
  },
  { name: 'init', summary: 'write a first configuration', load: () => import('./commands/init.ts') },
  {
    name: 'run',
    summary: 'one monitoring cycle: look at what is due, remember, tell what is news',
    load: () => import('./commands/run.ts'),
  },
  { name: 'list', summary: 'every certificate in the inventory', load: () => import('./commands/list.ts') },
  {
    name: 'show',
    summary: 'everything known of one target or certificate',
    load: () => import('./commands/show.ts'),
  },
  { name: 'alerts', summary: 'the messages that were sent', load: () => import('./commands/alerts.ts') },
  {
    name: 'ack',
    summary: 'accept findings for a time, or announce a maintenance window',
    load: () => import('./commands/ack.ts'),
  },
  {
    name: 'simulate',
    summary: 'the messages that would go out until a date, and the renewals per week',
    load: () => import('./commands/simulate.ts'),
  },
  {
    name: 'history',
    summary: 'what a target served, and when it changed',
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'targets',
    summary: 'add, import, remove and list what is watched',
    load: () => import('./commands/targets.ts'),
  },
  {
    name: 'status',
    summary: 'what is watched, and what cannot be seen',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'test-alert',
    summary: 'a test message through every route of a deployed monitor',
    load: () => import('./commands/test-alert.ts'),
  },
];
