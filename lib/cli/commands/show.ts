import type { Command } from 'commander';
import { escapeForTerminal } from '../../core/printable.ts';
import { findCertificates, getCertificate } from '../../store/certificates.ts';
import type { Table } from '../../store/table.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findNamedTarget, findTarget } from '../find-target.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption } from '../options.ts';
import { painter } from '../render/color.ts';
import { certificateView } from '../show-certificate.ts';
import { targetView } from '../show-target.ts';
import { UserError } from '../user-error.ts';

interface ShowOptions extends InventoryOptions {
  readonly json?: true;
}

/** `notafter show`: everything known of one target or one certificate. */
export function configure(command: Command, context: CliContext): void {
  command
    .description('Shows everything that is known of one target, or of one certificate and where it is seen.')
    .argument(
      '<target|fingerprint>',
      'an endpoint, a path, a name as the lists print it, or the beginning of a fingerprint',
    );
  addInventoryOptions(command);
  addJsonOption(command).action(async (text: string, options: ShowOptions) => {
    context.finish(await show(text, options, context));
  });
  endHelp(command, 'work', [
    ['notafter show api.example.com', 'what it serves, what is open, since when'],
    ['notafter show 3f9a04c1', 'a certificate, and every place it is seen at'],
  ]);
}

async function show(text: string, options: ShowOptions, { stdout, now }: CliContext): Promise<ExitCode> {
  const inventory = await openInventory(options, 'read');
  try {
    const view = { now: now(), paint: painter(stdout.color), json: options.json === true };
    const { table } = inventory;
    // To look for endpoints that the text may mean is to read them all: nothing that is a fingerprint costs that.
    const find = FINGERPRINT.test(text) ? findNamedTarget : findTarget;
    const target = await find(table, text);
    if (target !== undefined) await stdout.write(await targetView(table, target, view));
    else await stdout.write(await certificateView(table, await demandCertificate(table, text), view));
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

const FINGERPRINT = /^[0-9a-f]{2}(?::?[0-9a-f]{2}){2,31}$/i;

async function demandCertificate(table: Table, text: string) {
  const matches = await findCertificates(table, text.replaceAll(':', ''));
  const [only, ...more] = matches;
  const certificate = only === undefined ? undefined : await getCertificate(table, only);
  if (certificate === undefined) {
    throw new UserError(
      `the inventory knows neither a target nor a certificate ${escapeForTerminal(text)}: "notafter list" shows both.`,
    );
  }
  if (more.length > 0) {
    throw new UserError(
      `several fingerprints begin like that; give more of it: ${matches.map((each) => each.slice(0, 16)).join(', ')}`,
    );
  }
  return certificate;
}
