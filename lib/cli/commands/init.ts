import type { Command } from 'commander';
import { parseEndpoint } from '../../config/endpoint-text.ts';
import { writeInitialConfig } from '../../config/init.ts';
import { CONFIG_FILE } from '../../config/load.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { isRejected } from '../../core/rejected.ts';
import { safeJson } from '../../notify/safe-json.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addJsonOption } from '../options.ts';
import { UserError } from '../user-error.ts';

interface InitOptions {
  readonly config: string;
  readonly json?: true;
}

/** `notafter init`: a first configuration file, with comments. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(`Writes a first ${CONFIG_FILE} with comments. Never overwrites one.`)
    .argument('[endpoint...]', 'endpoints to put into it')
    .option('-c, --config <file>', 'where to write it', CONFIG_FILE);
  addJsonOption(command).action(async (endpoints: string[], options: InitOptions) => {
    context.finish(await init(endpoints, options, context));
  });
  endHelp(command, 'work', [['notafter init api.example.com', 'then: notafter run']]);
}

async function init(
  endpoints: readonly string[],
  options: InitOptions,
  context: CliContext,
): Promise<ExitCode> {
  const problems = endpoints.map((text) => parseEndpoint(text)).filter(isRejected);
  if (problems.length > 0) throw new UserError(problems.map(({ error }) => error).join('\n'));
  await writeInitialConfig(options.config, endpoints);
  if (options.json) await context.stdout.write(`${safeJson({ config: options.config, endpoints })}\n`);
  else await context.stderr.write(`Wrote ${escapeForTerminal(options.config)}. Next: notafter run\n`);
  return EXIT.ok;
}
