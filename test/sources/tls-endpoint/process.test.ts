import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveDns } from '../../support/dns-server.ts';
import { regraft, UNDECODABLE_SPKI, unusualCurveKey } from '../../support/odd-certificates.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { type ProbeOutcome, probeInProcess } from '../../support/probe-process.ts';
import {
  refusedPort,
  serveAnyKey,
  serveBytes,
  serveFlood,
  serveMutualTls,
  serveSilence,
  serveStubborn,
  serveTls,
  type TestServer,
} from '../../support/tls-servers.ts';

let root: Issued;
let leaf: Issued;
const servers: TestServer[] = [];

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  leaf = await mint({ subject: 'CN=api.test', names: ['api.test'], issuer: root });
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

async function started(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

const endpointOf = ({ address, port }: { address: string; port: number }) => {
  return { host: address, port, serverName: 'api.test' };
};

function answersOf({ observations }: ProbeOutcome) {
  return observations.flatMap(({ addresses }) => addresses.map(({ answer }) => answer));
}

function reasonsOf({ observations }: ProbeOutcome) {
  return observations.flatMap(({ addresses }) => addresses.map(({ failure }) => failure?.reason));
}

describe('the process that probes', () => {
  test('lives and sees the chain when it holds keys that are rarely seen', async () => {
    // Node's older certificate API does not survive some public keys; the probe must never reach it, not even by way
    // of a chain that verifies.
    const model = await mint({ subject: 'CN=Unusual', ca: true, issuer: root });
    const curves = ['secp256k1', 'brainpoolP256r1'];
    const unusual = curves.map((curve) => regraft({ model, issuer: root, ...unusualCurveKey(curve) }));
    const undecodable = regraft({ model, issuer: root, spki: UNDECODABLE_SPKI });
    const belowModel = await mint({ subject: 'CN=api.test', names: ['api.test'], issuer: model });
    const endpoints = [];
    for (const issuer of unusual) {
      // The leaf is signed by the unusual key, so that the chain verifies through it.
      const spki = belowModel.x509.publicKey.export({ type: 'spki', format: 'der' });
      const child = regraft({ model: belowModel, issuer, spki });
      endpoints.push(endpointOf(await started(serveAnyKey([child, issuer, undecodable]))));
    }
    endpoints.push(endpointOf(await started(serveAnyKey([leaf, undecodable, ...unusual]))));

    const outcome = await probeInProcess({ endpoints, timeoutMs: 10_000, ca: root.pem });
    const answers = answersOf(outcome);
    expect(answers.map((answer) => answer?.chain.certificates.length)).toEqual([3, 3, 4]);
    expect(answers.map((answer) => answer?.chain.verdict)).toEqual([null, null, null]);
    expect(answers[0]?.chain.certificates.map(({ keyAlgorithm }) => keyAlgorithm)).toEqual([
      'EC',
      'EC',
      'unknown',
    ]);
  });

  test('keeps no socket or timer when all went fast', async () => {
    const good = await started(serveTls([leaf]));
    const others = [
      serveTls([leaf], { maxVersion: 'TLSv1.2' }),
      serveMutualTls([leaf], root, 'TLSv1.2'),
      serveMutualTls([leaf], root, 'TLSv1.3'),
      serveFlood([leaf], () => {}),
      serveBytes('SSH-2.0-x\r\n'),
    ].map(started);
    const dns = await serveDns({});
    const endpoints = [
      endpointOf(good),
      { ...endpointOf(good), host: 'missing.test' },
      ...(await Promise.all(others)).map(endpointOf),
      endpointOf({ address: '127.0.0.1', port: await refusedPort() }),
    ];
    // Timers of the deadline or after it would still be running.
    const outcome = await probeInProcess({ endpoints, timeoutMs: 60_000, dns });
    await dns.close();
    expect(answersOf(outcome).filter((answer) => answer !== undefined)).toHaveLength(5);
    expect(outcome.leftBehind).toEqual([]);
  });

  test('keeps no socket, query or timer when it had to give up', async () => {
    const dns = await serveDns({
      'silent.test': 'silence',
      'half.test': { a: ['127.0.0.1'], aaaa: 'silence' },
    });
    const stubborn = endpointOf(await started(serveStubborn([leaf])));
    const silent = endpointOf(await started(serveSilence()));
    const endpoints = [
      stubborn,
      silent,
      { ...stubborn, host: 'half.test' },
      ...['silent.test', 'missing.test'].map((host) => ({ ...silent, host })),
    ];
    const outcome = await probeInProcess({ endpoints, timeoutMs: 600, dns });
    await dns.close();
    expect(answersOf(outcome).filter((answer) => answer !== undefined)).toHaveLength(2);
    expect(outcome.leftBehind).toEqual([]);
  });

  test('tries again when descriptors run out and come free', async () => {
    const server = await started(serveTls([leaf]));
    const endpoints = Array.from({ length: 6 }, () => endpointOf(server));
    const outcome = await probeInProcess({ endpoints, timeoutMs: 10_000, freeDescriptors: 3 });
    expect(reasonsOf(outcome)).toEqual(Array(6).fill(undefined));
  });

  test('blames itself when there are no descriptors', async () => {
    const server = await started(serveTls([leaf]));
    const outcome = await probeInProcess({
      endpoints: [endpointOf(server)],
      timeoutMs: 200,
      freeDescriptors: 0,
    });
    expect(reasonsOf(outcome)).toEqual(['out_of_sockets']);
    expect(server.accepted()).toBe(0);
  });

  test('keeps below its limit of descriptors however many endpoints hang', async () => {
    const silent = await started(serveSilence());
    const addresses = Array.from({ length: 16 }, (_, index) => `127.0.1.${index + 1}`);
    const dns = await serveDns({ 'wide.test': addresses });
    const listen = addresses.map((address) => started(serveSilence({ address, port: silent.port })));
    await Promise.all(listen);
    // 320 sockets at once would be more than the 256 descriptors of the process.
    const endpoints = Array.from({ length: 20 }, () => ({ ...endpointOf(silent), host: 'wide.test' }));
    const outcome = await probeInProcess({ endpoints, timeoutMs: 500, dns });
    await dns.close();
    expect(new Set(reasonsOf(outcome))).toEqual(new Set(['handshake_timeout']));
    expect(reasonsOf(outcome)).toHaveLength(320);
  });
});
