import type { Command } from 'commander';
import type { EndpointTextOptions } from '../../config/endpoint-text.ts';
import type { EndpointObservation } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import type { EndpointTarget } from '../../core/target.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf, worseExit } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { inOrder } from '../in-order.ts';
import { judgeObservation } from '../judge.ts';
import { addJsonOption, addressOption, integerOption, startTlsOption, timeoutOption } from '../options.ts';
import { addLookOptions, type LookOptions, openProbe } from '../probe-settings.ts';
import { gatherTargets } from '../probe-targets.ts';
import { painter } from '../render/color.ts';
import { probeCard } from '../render/probe-card.ts';
import { probeJson } from '../render/probe-json.ts';
import { lineLayout, probeLine } from '../render/probe-line.ts';
import { startProgress } from '../render/progress.ts';

interface ProbeOptions extends LookOptions, EndpointTextOptions {
  readonly file?: string;
  readonly json?: true;
}

/** Up to so many targets each get a card; more get a line each. */
const CARDS = 5;

/**
 * Results that may wait for an older one. With the default deadline of ten seconds that is more than a fast machine
 * finishes behind a single hanging endpoint, and a waiting result is a few hundred bytes beside shared certificates.
 */
const LOOK_AHEAD = 16_384;

/** `notafter probe`: one look at each endpoint; nothing is stored. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'Looks at TLS endpoints now and says what they serve, until when, and what is wrong with it. Stores nothing.\n' +
        'Targets are host, host:port, [v6]:port, any of these with /protocol (smtp, postgres, …), or https://…; the port is ' +
        "443, or the protocol's own, unless it is named.",
    )
    .argument('[target...]', 'endpoints to look at')
    .option('-f, --file <file>', 'targets from a file, one per line (- for standard input)')
    .option('--concurrency <n>', 'endpoints at the same time', integerOption(1, 10_000), 200)
    .addOption(timeoutOption('for one endpoint, from the name to the last byte'))
    .option('--server-name <name>', 'name to send (SNI) and to expect instead of the host')
    .addOption(startTlsOption())
    .option('--dns <address:port>', 'resolver to ask instead of the one of the system', addressOption(53))
    .option('--all-addresses', 'look at every address of a name', true)
    .option('--no-all-addresses', 'look at the first address only');
  addLookOptions(command);
  addJsonOption(command).action(async (operands: string[], options: ProbeOptions) => {
    context.finish(await probe(operands, options, context));
  });
  endHelp(command, 'findings', [
    ['notafter probe api.example.com db.example.com:5432', 'a card for each'],
    [
      'notafter probe --file hosts.txt --json > now.jsonl',
      'one JSON object per line, in the order of the file',
    ],
    ['notafter probe 192.0.2.7 --server-name api.example.com', 'one machine behind a name'],
    ['notafter probe mail.example.com/smtp db.example.com:6432/postgres', 'servers that are asked for TLS'],
    ['notafter probe --deep --check all www.example.com', 'everything there is to see'],
    [
      'notafter probe --ca corp-ca.pem --cert me.pem --key me.key api.corp',
      'private CA and client certificate',
    ],
  ]);
}

async function probe(
  operands: readonly string[],
  options: ProbeOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { stdout, stderr, signal } = context;
  const { targets, problems } = await gatherTargets(operands, options, context.stdin);
  for (const problem of problems) await stderr.write(`notafter: ${escapeForTerminal(problem, 600)}\n`);
  const { witness, depth, switchedOn } = await openProbe(options, context.stdin);
  const render = renderer(targets, options, context);
  const progress = startProgress(stderr, targets.length, 'probed');
  const counts = new Map<ExitCode, number>();
  let code: ExitCode = problems.length === 0 ? EXIT.ok : EXIT.unknown;

  const probeOne = async (target: EndpointTarget) => {
    const observation = await witness.look(target.endpoint, () => depth);
    const findings = judgeObservation(target, observation, context.now(), { switchedOn });
    progress.advance();
    return { text: render(target, observation, findings), code: exitCodeOf(findings) };
  };

  try {
    const limits = { concurrency: options.concurrency, lookAhead: LOOK_AHEAD, signal };
    for await (const outcome of inOrder(targets, probeOne, limits)) {
      if (stdout.isTerminal) progress.hide();
      await stdout.write(outcome.text);
      code = worseExit(code, outcome.code);
      counts.set(outcome.code, (counts.get(outcome.code) ?? 0) + 1);
    }
  } finally {
    progress.stop();
    witness.close();
  }
  if (!options.json && targets.length > CARDS) await stderr.write(`${summary(targets.length, counts)}\n`);
  return code;
}

type Render = (
  target: EndpointTarget,
  observation: EndpointObservation,
  findings: ReturnType<typeof judgeObservation>,
) => string;

/** Draws a result at once, so that what waits for its turn is text and not an observation. */
function renderer(
  targets: readonly EndpointTarget[],
  options: ProbeOptions,
  { stdout, now }: CliContext,
): Render {
  if (options.json) {
    return (target, observation, findings) => `${probeJson(target.endpoint, observation, findings, now())}\n`;
  }
  const paint = painter(stdout.color);
  if (targets.length <= CARDS) {
    return (target, observation, findings) => probeCard(target, observation, findings, { now: now(), paint });
  }
  const layout = lineLayout(targets, stdout.width, { paint, now });
  return (target, observation, findings) => probeLine(target, observation, findings, layout);
}

const COUNTED = [
  [EXIT.critical, 'critical'],
  [EXIT.warning, 'warning'],
  [EXIT.unknown, 'not observed'],
  [EXIT.ok, 'ok'],
] as const;

function summary(total: number, counts: ReadonlyMap<ExitCode, number>): string {
  const parts = COUNTED.filter(([code]) => counts.has(code)).map(
    ([code, word]) => `${counts.get(code)} ${word}`,
  );
  return `${total} probed: ${parts.join(', ')}`;
}
