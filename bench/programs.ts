/** The programs that can look at a list of endpoints, started alike and measured alike. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { measureExporter } from './blackbox-exporter.ts';
import type { EndpointList } from './endpoints.ts';
import { goProber, type MaybeGoProber } from './go-prober.ts';
import { type Cost, installed, measure } from './processes.ts';

/** How a list is to be looked at. */
interface Look {
  readonly concurrency: number;
  readonly timeoutS: number;
}

export interface Program {
  readonly name: string;
  /** Why it cannot run here; then only the name is of use. */
  readonly missing?: string;
  /**
   * One pass over the list. Where `allWell` is asked for, it rejects unless every endpoint is; exit codes of a list with
   * dead hosts mean nothing here.
   */
  run(list: EndpointList, look: Look, allWell: boolean): Promise<Cost>;
  /** What one endpoint negotiates with it, in one line; null where the program does not say. */
  negotiated(list: EndpointList): string | null;
}

const CLI = join(import.meta.dirname, '..', 'bin', 'notafter.js');

/** NotAfter first, then its peers. */
export function programs(directory: string, caFile: string): readonly Program[] {
  return [notafter(caFile), exporter(directory, caFile), inGo(goProber(directory), caFile)];
}

function notafter(caFile: string): Program {
  const args = (file: string, { concurrency, timeoutS }: Look) => [
    ...[CLI, 'probe', '--file', file, '--json', '--ca', caFile],
    ...['--concurrency', `${concurrency}`, '--timeout', `${timeoutS}s`],
  ];
  return {
    name: 'notafter probe --json',
    async run(list, look, allWell) {
      const cost = await measure(process.execPath, args(list.file, look));
      return checked(this.name, cost, allWell);
    },
    negotiated({ file }) {
      const out = execFileSync(process.execPath, args(file, ONE), { encoding: 'utf8' });
      const { protocol, cipher, keyExchangeGroup } = JSON.parse(out).addresses[0];
      return `${protocol}, ${cipher}, ${keyExchangeGroup}`;
    },
  };
}

function exporter(directory: string, caFile: string): Program {
  const command = 'prometheus-blackbox-exporter';
  return {
    name: command,
    ...(installed(command) ? {} : { missing: "not installed (Debian's package of that name)" }),
    run: (list, look, allWell) => measureExporter({ directory, caFile, ...look }, list.endpoints, allWell),
    negotiated: () => null,
  };
}

function inGo(prober: MaybeGoProber, caFile: string): Program {
  const binary = 'missing' in prober ? '' : prober.binary;
  const args = (file: string, { concurrency, timeoutS }: Look) => [
    ...['-file', file, '-ca', caFile, '-server-name', 'bench.test'],
    ...['-concurrency', `${concurrency}`, '-timeout', `${timeoutS}s`],
  ];
  return {
    name: 'missing' in prober ? 'prober in Go' : `prober in Go (${prober.version})`,
    ...('missing' in prober ? { missing: prober.missing } : {}),
    async run(list, look, allWell) {
      return checked(this.name, await measure(binary, args(list.plainFile, look)), allWell);
    },
    negotiated({ plainFile }) {
      const out = execFileSync(binary, args(plainFile, ONE), { encoding: 'utf8' });
      const { protocol, cipher, group } = JSON.parse(out);
      return `${protocol}, ${cipher}, ${group}`;
    },
  };
}

const ONE: Look = { concurrency: 1, timeoutS: 10 };

function checked(name: string, cost: Cost, allWell: boolean): Cost {
  if (allWell && cost.code !== 0)
    throw new Error(`${name} ended with ${cost.code}: not every endpoint was well`);
  return cost;
}
