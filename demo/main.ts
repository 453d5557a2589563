/** `npm run demo [-- DIRECTORY]`: the whole product on loopback, in a few seconds. Exit code 0 where it kept its word. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../lib/config/load.ts';
import { openEmbedded } from '../lib/store/embedded.ts';
import { mintCertificates } from './certificates.ts';
import { createClock } from './clock.ts';
import { clearDirectory, furnishDirectory } from './directory.ts';
import { createHousing } from './housing.ts';
import { findAddressPair } from './loopback.ts';
import { perform } from './perform.ts';
import { checkPromises, promisesOf } from './promises.ts';
import { createScreen, type Screen } from './screen.ts';
import { STORY } from './story.ts';
import { openZoo, type Zoo } from './zoo.ts';

const DEFAULT_DIRECTORY = '.notafter-demo';

/** True where everything went as promised. */
async function demo(directory: string, signal: AbortSignal): Promise<boolean> {
  const began = performance.now();
  const screen = createScreen();
  const clock = createClock();
  await clearDirectory(directory);
  const store = await openEmbedded(directory);
  const housing = createHousing();
  try {
    const certificates = await mintCertificates(clock);
    const zoo = await openZoo(certificates, housing, (await findAddressPair()) ?? ['127.0.0.1']);
    const path = await furnishDirectory(directory, certificates, zoo.inhabitants);
    const config = await loadConfig(path);
    introduce(screen, path, await readFile(path, 'utf8'));
    await perform({ screen, clock, table: store.table, config, zoo, signal });
    const kept = await checkPromises(store.table, promisesOf(zoo, STORY.length, resolve(directory)));
    conclude(screen, directory, zoo);
    screen.line();
    for (const sentence of kept.broken) screen.line(screen.paint('critical', `Not as promised: ${sentence}`));
    if (kept.broken.length > 0) return false;
    const seconds = Math.round((performance.now() - began) / 1000);
    screen.line(
      `${STORY.length} cycles in ${seconds} s: ${kept.alerts} alerts in ${kept.messages} messages, each sent once. All as promised.`,
    );
    return true;
  } finally {
    await housing.close();
    await store.close();
  }
}

function introduce(screen: Screen, path: string, configuration: string): void {
  screen.line(screen.paint('strong', 'NotAfter: three weeks of watching certificates, in a few seconds'));
  screen.line();
  screen.line('Real TLS servers on loopback and real PEM files. The clock begins three weeks');
  screen.line('ago and jumps to the days on which something happens; everything below is what');
  screen.line(`NotAfter itself sees and says. It watches (${path}):`);
  for (const line of configuration.trimEnd().split('\n').slice(1))
    screen.line(line === '' ? '' : `  ${screen.paint('faint', line)}`);
}

function conclude(screen: Screen, directory: string, { inhabitants }: Zoo): void {
  const target = (host: string) => {
    const found = inhabitants.find((each) => each.host === host);
    return found === undefined ? host : `${host}:${found.port}`;
  };
  const data = `--data ${/^[\w./-]+$/.test(directory) ? directory : JSON.stringify(directory)}`;
  screen.heading(`The inventory stays in ${directory}. Ask it:`);
  screen.line(`   npx notafter list --expiring-within 30d ${data}`);
  screen.line(`   npx notafter show ${target('pay.demo.test')} ${data}`);
  screen.line(`   npx notafter history ${target('shop.demo.test')} ${data}`);
  screen.line(`   npx notafter alerts --since 7d ${data}`);
  screen.heading('And with an endpoint of your own:');
  screen.line('   npx notafter probe example.com');
}

const interrupted = new AbortController();
// Twice in a row ends the process the hard way.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
// Somebody reads only the beginning: there is nobody left to show the rest to.
process.stdout.on('error', () => interrupted.abort());
try {
  const kept = await demo(process.argv[2] ?? DEFAULT_DIRECTORY, interrupted.signal);
  process.exitCode = kept ? 0 : 1;
} catch (error) {
  const { aborted } = interrupted.signal;
  console.error(aborted ? 'Stopped.' : `The demo cannot go on: ${(error as Error).message}`);
  process.exitCode = aborted ? 130 : 1;
}
