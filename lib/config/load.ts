import { dirname, resolve } from 'node:path';
import { isRejected } from '../core/rejected.ts';
import type { Config } from './config.ts';
import { interpret } from './interpret.ts';
import { ConfigError } from './problem.ts';
import { readConfigFile } from './read-config-file.ts';
import { readYaml } from './yaml-tree.ts';

/** Looked for in the working directory where nothing else is said. */
export const CONFIG_FILE = 'notafter.config.yaml';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration file.
 *
 * @param env Where `${NAME}` in the webhook's address comes from.
 * @throws ConfigError with everything that is wrong, each with line and column.
 */
export async function loadConfig(path: string, env: Environment = process.env): Promise<Config> {
  const text = await readConfigFile(path);
  if (isRejected(text)) throw new ConfigError(path, text.error);
  return parseConfig(text, path, env);
}

/**
 * The same for a text that is already there.
 *
 * @param path For messages, and for what relative paths are relative to.
 * @throws ConfigError
 */
export function parseConfig(text: string, path: string, env: Environment): Config {
  const tree = readYaml(text);
  if (tree.value === undefined) throw new ConfigError(path, tree.problems);
  if (tree.value === null) {
    throw new ConfigError(path, 'the file is empty; "notafter init" writes a commented one to begin with');
  }
  const absolute = resolve(path);
  const { config, problems } = interpret(tree, { path: absolute, directory: dirname(absolute), env });
  if (problems.length > 0) throw new ConfigError(path, problems);
  return config;
}
