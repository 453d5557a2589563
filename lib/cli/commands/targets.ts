import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions } from '../inventory.ts';
import { addJsonOption, durationOption, repeated, startTlsOption } from '../options.ts';
import { removeTargets } from '../unwatch.ts';
import { type AddOptions, addTargets, importTargets, type ListTargetsOptions } from '../watch-list.ts';
import { listWatched } from '../watched.ts';

/** `notafter targets`: what is watched, without editing a file. */
export function configure(command: Command, context: CliContext): void {
  command.description(
    'Manages what is watched without editing a file. The configuration wins where both name a target.',
  );
  const sub = (name: string, summary: string) => {
    const child = command.command(name).description(summary).helpOption('-h, --help', 'print this help');
    addInventoryOptions(child);
    return addJsonOption(child);
  };
  const described = (child: Command) =>
    child
      .option('--owner <name>', 'who hears about it')
      .option('--tag <key=value>', 'a tag; may be repeated', repeated)
      .option(
        '--every <duration>',
        'fixed cadence',
        durationOption({ minMs: 60_000, maxMs: 7 * 86_400_000, example: '6h' }),
      )
      .addOption(startTlsOption())
      .option('--ca <file>', 'PEM file with private CAs to trust as well, for endpoints');

  const add = described(sub('add', 'Adds endpoints and files to what is watched.'))
    .argument('[endpoint...]', 'host, host:port, [v6]:port, host:port/protocol or https://…')
    .option('--server-name <name>', 'name to send (SNI) and to expect instead of the host')
    .option(
      '--truststore <file>',
      'PEM bundle whose CAs clients are accepted from; may be repeated',
      repeated,
    )
    .option('--file <file>', 'another PEM or DER file; may be repeated', repeated)
    .action(async (endpoints: string[], options: AddOptions) => {
      context.finish(await addTargets(endpoints, options, context));
    });
  endHelp(add, 'work', [
    ['notafter targets add api.example.com db.example.com:5432 --owner payments', 'two endpoints'],
    ['notafter targets add mail.example.com:2525/smtp', 'one that is asked for TLS (STARTTLS)'],
    ['notafter targets add --truststore clients-ca.pem', 'the CAs behind an mTLS API'],
  ]);

  const load = described(sub('import', 'Adds endpoints from a list, one per line.'))
    .argument(
      '<file>',
      'the list (- for standard input): endpoint, then owner=…, name=…, starttls=…, tag.KEY=…',
    )
    .action(async (file: string, options: AddOptions) => {
      context.finish(await importTargets(file, options, context));
    });
  endHelp(load, 'work', [['notafter targets import hosts.txt --owner platform', 'a whole list']]);

  const remove = sub('remove', 'Stops watching; what is open about them closes as "no longer watched".')
    .argument('<target...>', 'endpoints, paths, or names as the lists print them')
    .action(async (texts: string[], options: ListTargetsOptions) => {
      context.finish(await removeTargets(texts, options, context));
    });
  endHelp(remove, 'work', [['notafter targets remove old.example.com', 'its history stays']]);

  const list = sub(
    'list',
    'Lists what is watched, where each target comes from, and when it was last looked at.',
  ).action(async (options: ListTargetsOptions) => {
    context.finish(await listWatched(options, context));
  });
  endHelp(list, 'work', [['notafter targets list --json', 'for machines']]);

  endHelp(command, 'work', [
    ['notafter targets add api.example.com', 'watch an endpoint'],
    ['notafter targets list', 'what is watched, and why'],
  ]);
}
