import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_FILE } from '../lib/config/load.ts';
import { lockDataDirectory } from '../lib/store/data-directory.ts';
import { type DemoCertificates, damagedBundle, truststore } from './certificates.ts';
import type { Inhabitant, Owner } from './zoo.ts';

const MARK = '# Written by "npm run demo", which replaces it at its next start.';
const CERTIFICATES = 'certificates';

/** What locking leaves behind, which says nothing about whose directory it is. */
const LOCK = ['lock', 'holder.json'];

/** The bundles of the zoo, by what the configuration calls them. */
export const TRUSTSTORE = `${CERTIFICATES}/partner-truststore.pem`;
export const DAMAGED = `${CERTIFICATES}/edge-chain.pem`;

/**
 * Makes the directory ready for a new story: an earlier one in it is removed, anything else is left alone.
 *
 * @throws Error, StoreError with a sentence: it holds something else, another demo is at work there, or it cannot be
 * written to.
 */
export async function clearDirectory(path: string): Promise<void> {
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    // What else can be wrong with it is said better when it is locked.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return [];
    throw error;
  });
  if (entries.some((entry) => !LOCK.includes(entry)) && !(await isOurs(path))) {
    throw new Error(
      `${path} holds something that the demo did not write, and is left as it is: name another directory (npm run demo -- DIRECTORY)`,
    );
  }
  // A demo that is at work there keeps its files.
  const directory = await lockDataDirectory(path);
  try {
    await writeFile(join(path, CONFIG_FILE), `${MARK}\n`);
    for (const name of ['inventory', 'inventory.new', CERTIFICATES])
      await rm(join(path, name), { recursive: true, force: true });
  } finally {
    await directory.release();
  }
}

async function isOurs(path: string): Promise<boolean> {
  const text = await readFile(join(path, CONFIG_FILE), 'utf8').catch(() => '');
  return text.startsWith(MARK);
}

/** Writes the bundles, the private CAs and the configuration that names them; returns the configuration's path. */
export async function furnishDirectory(
  path: string,
  certificates: DemoCertificates,
  inhabitants: readonly Inhabitant[],
): Promise<string> {
  await mkdir(join(path, CERTIFICATES), { recursive: true });
  const files = {
    [`${CERTIFICATES}/company-root.pem`]: certificates.root.pem,
    [`${CERTIFICATES}/payments-root.pem`]: certificates.paymentsRoot.pem,
    [TRUSTSTORE]: truststore(certificates),
    [DAMAGED]: damagedBundle(certificates),
    [CONFIG_FILE]: configuration(inhabitants),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return join(path, CONFIG_FILE);
}

function configuration(inhabitants: readonly Inhabitant[]): string {
  const endpoints = (owner: Owner) => {
    const own = inhabitants.filter((each) => each.owner === owner);
    const width = Math.max(...own.map(({ host, port }) => `${host}:${port}`.length));
    return own
      .map(({ host, port, note }) => `      - ${`${host}:${port}`.padEnd(width)} # ${note}\n`)
      .join('');
  };
  return `${MARK}

alerts: { remindEvery: never } # three weeks in a few seconds: only what is new
groups:
  - name: payments
    owner: payments
    ca: ./${CERTIFICATES}/payments-root.pem
    targets:
${endpoints('payments')}      - truststore: ./${TRUSTSTORE}

  - name: platform
    owner: platform
    ca: ./${CERTIFICATES}/company-root.pem
    targets:
${endpoints('platform')}      - file: ./${DAMAGED}
`;
}
