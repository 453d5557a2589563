import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { BundleObservation } from '../../core/observation.ts';
import { type BundleTarget, bundleTargetId } from '../../core/target.ts';
import { collectBundle, collectStream } from '../../sources/pem-file.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf, worseExit } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { judgeObservation } from '../judge.ts';
import { addJsonOption } from '../options.ts';
import { bundleJson } from '../render/bundle-json.ts';
import { bundleReport } from '../render/bundle-report.ts';
import { painter } from '../render/color.ts';

interface InspectOptions {
  readonly as: BundleTarget['kind'];
  readonly json?: true;
}

/** `notafter inspect`: every certificate in files, and what there is to say about each. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'Reads every certificate in PEM files, DER files and bundles. A block that cannot be read is reported with its\n' +
        'lines and never hides the others. Stores nothing.',
    )
    .argument('<file...>', 'files to read (- for standard input)')
    .addOption(
      new Option(
        '--as <kind>',
        'judge as a truststore (CAs that clients are accepted from) or as any other file',
      )
        .choices(['truststore', 'file'])
        .default('file', 'file; one that holds nothing but CAs is judged as a CA bundle either way'),
    );
  addJsonOption(command).action(async (files: string[], options: InspectOptions) => {
    context.finish(await inspect(files, options, context));
  });
  endHelp(command, 'findings', [
    ['notafter inspect server.pem', 'what the file holds, and until when'],
    ['notafter inspect --as truststore clients-ca.pem', 'CAs that an API accepts client certificates from'],
    ['notafter inspect --json *.pem | jq -r .notAfter', 'JSON Lines, one per certificate'],
    ['openssl s_client -connect h:443 </dev/null | notafter inspect -', 'from standard input'],
  ]);
}

async function inspect(
  files: readonly string[],
  options: InspectOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { stdout, signal, now } = context;
  const paint = painter(stdout.color);
  let code: ExitCode = EXIT.ok;
  for (const file of files) {
    signal.throwIfAborted();
    const target = bundleTarget(file, options.as);
    const observation = await collect(file, target, context);
    const findings = judgeObservation(target, observation, now());
    const view = { file: file === '-' ? 'standard input' : file, observation, findings, now: now() };
    for (const text of options.json ? bundleJson({ ...view, file }) : bundleReport({ ...view, paint })) {
      await stdout.write(text);
    }
    code = worseExit(code, exitCodeOf(findings));
  }
  return code;
}

function bundleTarget(file: string, kind: BundleTarget['kind']): BundleTarget {
  const path = file === '-' ? '-' : resolve(file);
  return { kind, id: bundleTargetId(kind, path), path, owner: null, tags: {} };
}

/** A pipe that the shell hands over as a file, as in `notafter inspect <(command)`, is read like standard input. */
async function collect(file: string, target: BundleTarget, context: CliContext): Promise<BundleObservation> {
  if (file === '-') return collectStream(context.stdin, target, context.now());
  const found = await stat(file).catch(() => undefined);
  return found?.isFIFO()
    ? collectStream(createReadStream(file), target, context.now())
    : collectBundle(target, context.now());
}
