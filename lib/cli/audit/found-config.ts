import { writeFile } from 'node:fs/promises';
import { ConfigError } from '../../config/problem.ts';
import type { Collected } from './collect.ts';

/** A configuration that deploys what an audit found: the domains come by themselves, their truststores have to be allowed. */
export function foundConfig({ seen }: Collected, regions: readonly string[]): string {
  const truststores = new Set(
    seen.flatMap(({ target }) => (target.kind === 'truststore' ? [target.path.replace(/^s3:\/\//, '')] : [])),
  );
  const list = (entries: Iterable<string>) =>
    `[${Array.from(entries, (entry) => JSON.stringify(entry)).join(', ')}]`;
  return `# Written by "notafter audit". Every field: docs/configuration.md

# Whom to tell. Each address gets one mail that has to be confirmed.
alerts:
  email: []   # [api-team@example.com]

aws:
  regions: ${list(regions)}
  # Where the truststores lie that were found.
  truststores: ${list([...truststores].sort())}

# Endpoints beside the custom domains, which are found by themselves.
targets: []
`;
}

/** @throws ConfigError where something is there already, which is left alone. */
export async function writeFoundConfig(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST'
        ? 'the file exists already and is left as it is; name another file'
        : `the file cannot be written (${code}); check the folder and its permissions`;
    throw new ConfigError(path, why);
  }
}
