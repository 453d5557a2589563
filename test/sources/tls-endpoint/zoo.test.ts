import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../lib/core/endpoint.ts';
import { type DnsServer, serveDns } from '../../support/dns-server.ts';
import { serveSilence, serveTls, type TestServer } from '../../support/tls-servers.ts';
import { type Behaviour, ZOO } from '../../support/zoo.ts';
import { chainOf, ZOO_NAME, ZOO_ZONE, type ZooPki, zooPki } from '../../support/zoo-pki.ts';
import { type Look, probeZoo, type Sighted, type ZooOutcome } from '../../support/zoo-process.ts';

/** For what answers, however busy the machine is. */
const PATIENT_MS = 15_000;
/** For what hangs. */
const TIMEOUT_MS = 600;
const MB = 1024 * 1024;

const servers: TestServer[] = [];
let pki: ZooPki;
let dns: DnsServer;
let zoo: readonly Endpoint[];
let healthy: Endpoint;
let silent: Endpoint;

beforeAll(async () => {
  pki = await zooPki();
  dns = await serveDns(ZOO_ZONE);
  zoo = await Promise.all(Object.values(ZOO).map(({ start }) => started(start(pki))));
  healthy = await started(serveTls(chainOf(pki)));
  silent = await started(serveSilence());
});

afterAll(async () => {
  await Promise.all([...servers, dns].map((server) => server.close()));
});

async function started(starting: Promise<TestServer>): Promise<Endpoint> {
  const server = await starting;
  servers.push(server);
  return { host: server.address, port: server.port, serverName: ZOO_NAME };
}

function inProcess(job: Pick<Parameters<typeof probeZoo>[0], 'rounds' | 'descriptors'>): Promise<ZooOutcome> {
  return probeZoo({ ...job, ca: pki.root.pem, dns: { address: dns.address, port: dns.port } });
}

/** The class of an observation, in the terms of the zoo, with what helps to see why it is another one. */
function expectLanding({ addresses, failure }: Sighted, { lands }: Behaviour): void {
  expect(failure).toBeUndefined();
  expect(addresses).not.toEqual([]);
  for (const address of addresses) {
    if ('presented' in lands) {
      expect(address).toMatchObject({ ...lands, presented: { length: lands.presented } });
    } else {
      expect(address.presented).toBeUndefined();
      expect(lands).toContain(address.failure?.reason);
    }
  }
}

const isSeen = ({ addresses }: Sighted) => addresses.every(({ presented }) => presented !== undefined);

function reasonsOf(round: readonly Sighted[] | undefined): Set<string | undefined> {
  const all = round?.flatMap(({ addresses, failure }) => [failure, ...addresses.map((each) => each.failure)]);
  return new Set(all?.flatMap((failure) => (failure === undefined ? [] : [failure.reason])));
}

const patiently = (endpoint: Endpoint): Look => ({ endpoint, timeoutMs: PATIENT_MS });

/** Waits no longer than it has to. */
function lookAtZoo(): Look[] {
  return Object.values(ZOO).map(({ lands }, index) => {
    const hangs = 'includes' in lands && lands.includes('handshake_timeout');
    return { endpoint: zoo[index] as Endpoint, timeoutMs: hangs ? TIMEOUT_MS : PATIENT_MS };
  });
}

describe('a hostile server', () => {
  let outcome: ZooOutcome;
  const COPIES = 2;

  beforeAll(async () => {
    const all = Array.from({ length: COPIES }, lookAtZoo).flat();
    outcome = await inProcess({
      rounds: [
        // What is loaded and compiled at the first time is not the zoo's fault.
        Array<Look>(20).fill(patiently(healthy)),
        lookAtZoo(),
        all.flatMap((hostile) => [hostile, patiently(healthy)]),
      ],
    });
  });

  for (const [index, [name, behaviour]] of Object.entries(ZOO).entries()) {
    test(`that ${name} lands where it belongs`, () => {
      expectLanding(outcome.rounds[1]?.[index] as Sighted, behaviour);
    });
  }

  test('costs no more time than it was given', () => {
    const late = Object.keys(ZOO).filter((_, index) => outcome.rounds[1]?.[index]?.late !== false);
    expect(late).toEqual([]);
  });

  test('costs little of the processor', () => {
    expect(outcome.cpuMs[1]).toBeLessThan(1500);
  });

  test('that changes its certificate is seen with each of them', () => {
    const leavesOf = (name: string) => {
      const index = Object.keys(ZOO).indexOf(name);
      const crowd = outcome.rounds[2]?.filter((_, at) => at % 2 === 0 && (at / 2) % zoo.length === index);
      const sighted = [outcome.rounds[1]?.[index], ...(crowd ?? [])];
      return sighted.map((each) => each?.addresses.map(({ presented }) => presented?.[0]) ?? []);
    };
    const overTime = leavesOf('presents another certificate to every connection');
    expect(new Set(overTime.flat()).size).toBe(2);
    for (const leaves of leavesOf('presents another certificate at every address')) {
      expect(new Set(leaves).size).toBe(2);
    }
  });

  test('takes nothing from the healthy ones, nor from the rest of its kind, when all come at once', () => {
    const crowd = outcome.rounds[2] ?? [];
    expect(crowd).toHaveLength(2 * COPIES * zoo.length);
    expect(crowd.filter((each, index) => index % 2 === 1 && !isSeen(each))).toEqual([]);
    expect(crowd.filter(({ addresses }) => addresses.length === 0)).toEqual([]);
    expect(reasonsOf(crowd)).not.toContain('internal_error');
    expect(reasonsOf(crowd)).not.toContain('out_of_sockets');
  });

  test('leaves no memory behind', () => {
    const [, before, after] = outcome.memory;
    if (before === undefined || after === undefined) throw new Error('every round is measured');
    expect(after.heap - before.heap).toBeLessThan(4 * MB);
    expect(after.external - before.external).toBeLessThan(4 * MB);
    // Node loses some kilobytes for every intermediate that is presented, and there were more than a thousand.
    expect(after.resident - before.resident).toBeLessThan(64 * MB);
  });

  test('leaves no socket, query or timer behind', () => {
    expect(outcome.leftBehind).toEqual([]);
  });
});

describe('a process with few file descriptors', () => {
  const isHealthy = (_: Sighted, index: number) => index % 10 !== 5;
  let narrow: ZooOutcome;
  let scarce: ZooOutcome;

  beforeAll(async () => {
    const hanging: Look = { endpoint: silent, timeoutMs: 300 };
    const mixed = Array.from({ length: 60 }, (_, index) => (index % 10 === 5 ? hanging : patiently(healthy)));
    const rounds = [mixed, Array<Look>(10).fill(patiently(healthy))];
    [narrow, scarce] = await Promise.all([
      inProcess({ rounds, descriptors: 64 }),
      // Less than what the prober takes for granted, beside what Node needs for itself.
      inProcess({ rounds, descriptors: 32 }),
    ]);
  });

  test('keeps to what there is', () => {
    expect(narrow.rounds[0]?.filter(isHealthy).every(isSeen)).toBe(true);
    expect(reasonsOf(narrow.rounds[0])).toEqual(new Set(['handshake_timeout']));
  });

  test('sees every healthy endpoint in the end where there are fewer than it counted on', () => {
    expect(scarce.rounds[0]?.filter(isHealthy).every(isSeen)).toBe(true);
    expect([...reasonsOf(scarce.rounds[0])]).toEqual(['handshake_timeout']);
    expect(scarce.leftBehind).toEqual([]);
  });

  test('sees every healthy endpoint when it looks again', () => {
    expect(scarce.rounds[1]?.every(isSeen)).toBe(true);
  });
});
