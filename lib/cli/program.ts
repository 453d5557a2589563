import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError } from 'commander';
import { escapeLine } from '../core/printable.ts';
import { COMMANDS } from './command-list.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode, worseExit } from './exit-codes.ts';
import { endHelp } from './help.ts';

/**
 * Runs one command line (without `node` and the script) and returns its exit code. Rejects with `UserError` for what
 * the user can put right, with the signal's reason when interrupted, and with anything else when NotAfter failed.
 */
export async function runProgram(
  args: readonly string[],
  context: Omit<CliContext, 'finish'>,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const finish = (outcome: ExitCode) => {
    code = worseExit(code, outcome);
  };
  const program = await buildProgram(args, { ...context, finish });
  try {
    await program.parseAsync([...withKnownHelp(args)], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its sentence or the help by now. Its own codes (0 and 1) mean something else here.
    if (error instanceof CommanderError)
      return args.length > 0 && error.exitCode === 0 ? EXIT.ok : EXIT.unknown;
    throw error;
  }
}

async function buildProgram(args: readonly string[], context: CliContext): Promise<Command> {
  const program = new Command('notafter')
    .description('Knows every certificate an API depends on and tells the right people before one expires.')
    .usage('<command> [options]')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      // Quotes the command line, which may have been put together from somebody else's list.
      writeErr: (text) => void context.stderr.write(text.split('\n').map(escapeLine).join('\n')),
      getOutHasColors: () => context.stdout.color,
      getErrHasColors: () => context.stderr.color,
    })
    .showHelpAfterError('(notafter --help lists the commands, notafter <command> --help their options)');
  endHelp(program, 'all', [
    ['notafter probe api.example.com db.example.com:5432', 'what these serve, and until when'],
    ['notafter inspect truststore.pem', 'every certificate in a file'],
    ['notafter init api.example.com && notafter run', 'watch it from now on'],
    ['notafter list --expiring-within 30d', 'what comes up this month'],
  ]);
  const called = calledCommand(args);
  for (const entry of COMMANDS) {
    const command = program
      .command(entry.name)
      .summary(entry.summary)
      .description(capitalized(entry.summary));
    command.helpOption('-h, --help', 'print this help');
    if (entry.name === called) (await entry.load()).configure(command, context);
  }
  return program;
}

/** The word that names the command: the first operand, or the second in `notafter help probe`. */
function calledCommand(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((argument) => !argument.startsWith('-'));
  return first === 'help' ? second : first;
}

/** `help prob` as `prob`: commander's own answer to the first is the whole help, and to the second a suggestion. */
function withKnownHelp(args: readonly string[]): readonly string[] {
  const [first, name] = args;
  if (first !== 'help' || name === undefined || COMMANDS.some((entry) => entry.name === name)) return args;
  return args.slice(1);
}

/** The version of the package that this file belongs to, checkout or installation. */
export function packageVersion(): string {
  const path = findPackageJSON(import.meta.url);
  return path === undefined ? 'unknown' : JSON.parse(readFileSync(path, 'utf8')).version;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
