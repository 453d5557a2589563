import { dirname, resolve } from 'node:path';
import { isRejected } from '../core/rejected.ts';
import { caFileFault } from './ca-file.ts';
import { clientFilesFault } from './client-files.ts';
import type { Config } from './config.ts';
import { type Interpretation, interpret } from './interpret.ts';
import { ConfigError } from './problem.ts';
import { readConfigFile } from './read-config-file.ts';
import { readYaml } from './yaml-tree.ts';

/** Looked for in the working directory where nothing else is said. */
export const CONFIG_FILE = 'notafter.config.yaml';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration file.
 *
 * @param env Where `${NAME}` comes from: of the webhook's address, and of passphrases.
 * @throws ConfigError with everything that is wrong, each with line and column. CA files and client certificates that cannot be
 *   used are among it, but where they are all that is wrong they are only told of in `fileFaults`: what does not need
 *   them is watched.
 */
export async function loadConfig(path: string, env: Environment = process.env): Promise<Config> {
  const text = await readConfigFile(path);
  if (isRejected(text)) throw new ConfigError(path, text.error);
  const { config, problems, files, report } = readDocument(text, path, env);
  const wrong = problems.length > 0;
  await reportFiles(files, env, report);
  if (problems.length === 0) return config;
  const error = new ConfigError(path, problems);
  if (wrong) throw error;
  return { ...config, fileFaults: error.message.split('\n') };
}

/** Tries every file once, and reports it wherever it is named. */
async function reportFiles(
  files: Interpretation['files'],
  env: Environment,
  report: Interpretation['report'],
): Promise<void> {
  const caFaults = new Map<string, Promise<string | undefined>>();
  const clientFaults = new Map<string, ReturnType<typeof clientFilesFault>>();
  for (const { path, ca, client } of files) {
    if (ca !== undefined) {
      const fault = caFaults.get(ca) ?? caFileFault(ca);
      caFaults.set(ca, fault);
      const sentence = await fault;
      if (sentence !== undefined) report([...path, 'ca'], sentence);
    }
    if (client !== undefined) {
      const name = JSON.stringify(client);
      const fault = clientFaults.get(name) ?? clientFilesFault(client, env);
      clientFaults.set(name, fault);
      const found = await fault;
      if (found !== undefined) report([...path, 'clientCertificate', found.at], found.error);
    }
  }
}

/**
 * The same for a text that is already there, without a look at the files that it names.
 *
 * @param path For messages, and for what relative paths are relative to.
 * @throws ConfigError
 */
export function parseConfig(text: string, path: string, env: Environment): Config {
  const { config, problems } = readDocument(text, path, env);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return config;
}

function readDocument(text: string, path: string, env: Environment): Interpretation {
  const tree = readYaml(text);
  if (tree.value === undefined) throw new ConfigError(path, tree.problems);
  if (tree.value === null) {
    throw new ConfigError(path, 'the file is empty; "notafter init" writes a commented one to begin with');
  }
  const absolute = resolve(path);
  return interpret(tree, { path: absolute, directory: dirname(absolute), env });
}
