import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../lib/core/endpoint.ts';
import type { AddressObservation, EndpointObservation } from '../../../lib/core/observation.ts';
import { createProber, type ProberOptions } from '../../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../../lib/x509/trust.ts';
import { serveDns } from '../../support/dns-server.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { scriptedServerFlight } from '../../support/scripted-tls.ts';
import {
  refusedPort,
  serveAnyKey,
  serveBytes,
  serveClose,
  serveFlood,
  serveMutualTls,
  serveReset,
  serveSilence,
  serveSlowBytes,
  serveStubborn,
  serveTls,
  type TestServer,
} from '../../support/tls-servers.ts';

const PATIENT_MS = 10_000;
const IMPATIENT_MS = 250;
const NAME = 'api.test';

let root: Issued;
let intermediate: Issued;
let leaf: Issued;
const servers: TestServer[] = [];

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  intermediate = await mint({ subject: 'CN=Intermediate', ca: true, issuer: root });
  leaf = await mint({ subject: `CN=${NAME}`, names: [NAME], issuer: intermediate });
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

async function started(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

function proberWith(options: Partial<ProberOptions> = {}) {
  return createProber({
    trust: loadTrust(root.pem),
    timeoutMs: PATIENT_MS,
    concurrency: 10,
    ...options,
  });
}

function endpointOf({ address, port }: { address: string; port: number }, serverName = NAME): Endpoint {
  return { host: address, port, serverName };
}

async function probeServer(
  server: { address: string; port: number },
  options: Partial<ProberOptions> = {},
): Promise<AddressObservation> {
  return only(await proberWith(options).probe(endpointOf(server)));
}

function only(observation: EndpointObservation): AddressObservation {
  const [address, ...rest] = observation.addresses;
  if (address === undefined || rest.length > 0) throw new Error(JSON.stringify(observation));
  return address;
}

function fingerprints(observation: AddressObservation): string[] | undefined {
  return observation.answer?.chain.certificates.map(({ fingerprint }) => fingerprint);
}

const fingerprintOf = (issued: Issued) => issued.x509.fingerprint256.replaceAll(':', '').toLowerCase();

describe('an endpoint that answers', () => {
  test('is seen with its chain, parameters and path', async () => {
    const server = await started(serveTls([leaf, intermediate]));
    const now = new Date('2030-01-02T03:04:05Z');
    const observation = await proberWith({ now: () => now }).probe(endpointOf(server));
    expect(observation).toMatchObject({ kind: 'endpoint', observedAt: now, addressesKnown: 1 });
    const address = only(observation);
    expect(address).toMatchObject({
      address: '127.0.0.1',
      answer: {
        chain: { path: [0, 1], anchor: { fingerprint: fingerprintOf(root) }, verdict: null },
        protocol: 'TLSv1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        keyExchangeGroup: 'X25519MLKEM768',
        clientCertificateRequired: false,
      },
    });
    expect(address.elapsedMs).toBeGreaterThan(0);
    expect(address.elapsedMs).toBeLessThan(PATIENT_MS);
  });

  test('is seen with TLS 1.2, without forward secrecy too', async () => {
    const tls12 = { maxVersion: 'TLSv1.2' } as const;
    const ecdhe = await started(serveTls([leaf], tls12));
    expect((await probeServer(ecdhe)).answer).toMatchObject({
      protocol: 'TLSv1.2',
      cipher: expect.stringMatching(/^TLS_ECDHE_ECDSA_/),
      keyExchangeGroup: 'X25519',
    });
    const rsa = await mint({ subject: `CN=${NAME}`, names: [NAME], key: 'rsa' });
    const plain = await started(serveTls([rsa], { ...tls12, ciphers: 'AES128-GCM-SHA256' }));
    expect((await probeServer(plain)).answer).toMatchObject({
      cipher: 'TLS_RSA_WITH_AES_128_GCM_SHA256',
      keyExchangeGroup: 'RSA',
    });
  });

  test('has its chain kept exactly as sent, strangers and duplicates included', async () => {
    const stranger = await mint({ subject: 'CN=Stranger', ca: true });
    const chain = [leaf, stranger, intermediate, intermediate, root];
    const server = await started(serveTls(chain));
    expect(fingerprints(await probeServer(server))).toEqual(chain.map(fingerprintOf));
  });

  test('is seen however bad its certificate is', async () => {
    const expired = await mint({ subject: `CN=${NAME}`, names: [NAME], issuer: intermediate, days: -1 });
    const selfSigned = await mint({ subject: `CN=${NAME}`, names: [NAME] });
    const wrongName = await mint({ subject: 'CN=other.test', names: ['other.test'], issuer: root });
    const verdicts: [readonly Issued[], string | null][] = [
      [[expired, intermediate], 'CERT_HAS_EXPIRED'],
      [[selfSigned], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [[leaf], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      [[wrongName], null],
    ];
    for (const [chain, verdict] of verdicts) {
      const observation = await probeServer(await started(serveTls(chain)));
      expect(fingerprints(observation)).toEqual(chain.map(fingerprintOf));
      expect(observation.answer?.chain.verdict).toBe(verdict);
    }
  });

  test('is seen with a key and a signature too weak for OpenSSL', async () => {
    const weak = await mint({ subject: `CN=${NAME}`, names: [NAME], key: 'rsa1024' });
    const sha1 = { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA1' } as const;
    const observation = await probeServer(await started(serveAnyKey([weak], sha1)));
    expect(observation.answer?.chain.certificates[0]).toMatchObject({ keyAlgorithm: 'RSA', keySize: 1024 });
  });

  test('gets the name as SNI, and none where it is an address', async () => {
    const names: string[] = [];
    const server = await started(
      serveTls([leaf], {
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      }),
    );
    await proberWith().probe(endpointOf(server, 'sni.test'));
    await proberWith().probe(endpointOf(server, server.address));
    expect(names).toEqual(['sni.test']);
  });

  test('may pour bytes after the handshake without being read', async () => {
    let poured = 0;
    const server = await started(
      serveFlood([leaf, intermediate], (bytes) => {
        poured += bytes;
      }),
    );
    const observation = await probeServer(server);
    expect(fingerprints(observation)).toHaveLength(2);
    expect(poured).toBeLessThan(32 * 1024 * 1024);
  });

  test('may ignore our goodbye without holding us up', async () => {
    const server = await started(serveStubborn([leaf, intermediate]));
    const startedAt = performance.now();
    expect(fingerprints(await probeServer(server))).toHaveLength(2);
    expect(performance.now() - startedAt).toBeLessThan(PATIENT_MS / 2);
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'an endpoint that demands a client certificate in %s',
  (version) => {
    test('is seen and marked', async () => {
      const server = await started(serveMutualTls([leaf, intermediate], root, version));
      const observation = await probeServer(server);
      expect(fingerprints(observation)).toEqual([leaf, intermediate].map(fingerprintOf));
      expect(observation.answer).toMatchObject({ protocol: version, clientCertificateRequired: true });
    });

    test('is not marked where it accepts the one that is offered', async () => {
      const client = await mint({ subject: 'CN=client', issuer: root });
      const server = await started(serveMutualTls([leaf, intermediate], root, version));
      const clientCertificate = { cert: client.pem, key: client.keyPem };
      const observation = await probeServer(server, { clientCertificate });
      expect(observation.answer).toMatchObject({ clientCertificateRequired: false, protocol: version });
    });
  },
);

describe('an endpoint that cannot be observed', () => {
  test.each([
    ['is refused', async () => ({ address: '127.0.0.1', port: await refusedPort() }), 'connect_refused'],
    ['resets', () => started(serveReset()), 'connection_reset'],
    ['hangs up', () => started(serveClose()), 'connection_closed'],
    ['hangs up in mid-word', () => started(serveBytes('22', 'end')), 'connection_closed'],
    ['speaks HTTP', () => started(serveBytes('HTTP/1.1 400 Bad Request\r\n\r\n', 'end')), 'not_tls'],
    ['speaks SSH', () => started(serveBytes('SSH-2.0-OpenSSH_9.6\r\n')), 'not_tls'],
    ['refuses the name', () => started(serveBytes(alert(112))), 'name_refused'],
    ['wants an older TLS', () => started(serveBytes(alert(70))), 'protocol_version'],
    [
      'sends garbage for a certificate',
      () => started(serveBytes(garbageCertificate())),
      'certificate_unreadable',
    ],
    ['sends no certificate', () => started(serveBytes(scriptedServerFlight([]))), 'handshake_failed'],
    ['sends 110 KB of certificates', () => started(serveBytes(hugeChain())), 'chain_too_large'],
  ])('says why when it %s', async (_what, server, reason) => {
    const observation = await probeServer(await server());
    expect(observation.answer).toBeUndefined();
    expect(observation.failure?.reason).toBe(reason);
    expect(observation.elapsedMs).toBeGreaterThanOrEqual(0);
  });

  test('because it presents more certificates than anybody verifies says so', async () => {
    const chain = [leaf, ...Array<Issued>(100).fill(intermediate)];
    const fits = await started(serveTls(chain.slice(0, 100)));
    expect(fingerprints(await probeServer(fits))).toHaveLength(100);
    const server = await started(serveTls(chain));
    expect((await probeServer(server)).failure?.reason).toBe('chain_too_large');
  });

  test.each([
    ['says nothing', () => started(serveSilence())],
    // A record header that announces more than ever comes: each byte is progress, and none is an answer.
    [
      'trickles',
      () => started(serveSlowBytes(Buffer.of(0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xf0, 3, 3), 20)),
    ],
  ])('is given up at the deadline when it %s', async (_what, server) => {
    const startedAt = performance.now();
    const observation = await probeServer(await server(), { timeoutMs: IMPATIENT_MS });
    expect(observation.failure?.reason).toBe('handshake_timeout');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(IMPATIENT_MS - 5);
    expect(performance.now() - startedAt).toBeLessThan(PATIENT_MS / 2);
  });

  test('for a fault of ours is an observation too', async () => {
    const observation = await proberWith().probe({ host: '127.0.0.1', port: 70_000, serverName: NAME });
    expect(only(observation).failure).toMatchObject({ reason: 'internal_error' });
    const at = { host: '127.0.0.1', port: 443 };
    for (const serverName of ['x'.repeat(300), 'a\0b', '']) {
      const strange = await proberWith().probe({ ...at, serverName });
      expect(strange).toMatchObject({ addresses: [], failure: { reason: 'internal_error' } });
    }
  });
});

describe('an endpoint with several addresses', () => {
  test('is observed at each of them', async () => {
    const renewed = await mint({ subject: `CN=${NAME}`, names: [NAME], issuer: intermediate });
    const first = await started(serveTls([leaf, intermediate], {}, { address: '127.0.0.2' }));
    const { port } = first;
    await started(serveTls([renewed, intermediate], {}, { address: '127.0.0.3', port }));
    const dns = await serveDns({ [NAME]: ['127.0.0.2', '127.0.0.3', '127.0.0.4'] });
    const observation = await proberWith({ dns }).probe({ host: NAME, port, serverName: NAME });
    await dns.close();
    expect(observation.addressesKnown).toBe(3);
    const byAddress = new Map(observation.addresses.map((address) => [address.address, address]));
    expect(fingerprints(byAddress.get('127.0.0.2') as AddressObservation)?.[0]).toBe(fingerprintOf(leaf));
    expect(fingerprints(byAddress.get('127.0.0.3') as AddressObservation)?.[0]).toBe(fingerprintOf(renewed));
    expect(byAddress.get('127.0.0.4')?.failure?.reason).toBe('connect_refused');
  });

  test('is observed at a sample where there are too many, and says how many there were', async () => {
    const server = await started(serveTls([leaf, intermediate], {}, { address: '127.0.0.1' }));
    const dns = await serveDns({ [NAME]: ['127.0.0.1', '127.0.0.7', '127.0.0.8', '::1'] });
    const options = { dns, maxAddresses: 2 };
    const observation = await proberWith(options).probe({ host: NAME, port: server.port, serverName: NAME });
    await dns.close();
    expect(observation.addressesKnown).toBe(4);
    expect(observation.addresses.map(({ address }) => address).sort()).toEqual(['127.0.0.1', '::1']);
  });

  test('of which one family could not be asked for is observed at the other one, and says so', async () => {
    const server = await started(serveTls([leaf, intermediate], {}, { address: '127.0.0.1' }));
    const dns = await serveDns({ [NAME]: { a: ['127.0.0.1'], aaaa: 'servfail' } });
    const observation = await proberWith({ dns }).probe({ host: NAME, port: server.port, serverName: NAME });
    await dns.close();
    expect(observation.addresses.map(({ failure }) => failure)).toEqual([undefined]);
    expect(observation.unresolved).toEqual([
      { family: 6, failure: { reason: 'dns_failed', detail: 'ESERVFAIL' } },
    ]);
  });

  test('has a reason of its own where the name gives no address', async () => {
    const dns = await serveDns({ 'silent.test': 'silence' });
    const prober = proberWith({ dns, timeoutMs: IMPATIENT_MS });
    const at = { port: 443, serverName: NAME };
    const missing = await prober.probe({ host: 'missing.test', ...at });
    expect(missing).toMatchObject({ addresses: [], addressesKnown: 0, failure: { reason: 'dns_not_found' } });
    const silent = await prober.probe({ host: 'silent.test', ...at });
    expect(silent).toMatchObject({ addresses: [], failure: { reason: 'dns_timeout' } });
    await dns.close();
  });
});

describe('many endpoints', () => {
  test('wait for their turn outside the deadline', async () => {
    const silent = await started(serveSilence());
    const good = await started(serveTls([leaf, intermediate]));
    const prober = proberWith({ concurrency: 1, timeoutMs: IMPATIENT_MS });
    const hanging = Array.from({ length: 3 }, () => prober.probe(endpointOf(silent)));
    const last = prober.probe(endpointOf(good));
    expect(good.accepted()).toBe(0);
    await Promise.all(hanging);
    expect(fingerprints(only(await last))).toHaveLength(2);
  });

  test('hang side by side, as many as are allowed', async () => {
    const silent = await started(serveSilence());
    const prober = proberWith({ concurrency: 10, timeoutMs: IMPATIENT_MS });
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => prober.probe(endpointOf(silent))));
    const elapsedMs = performance.now() - startedAt;
    expect(elapsedMs).toBeGreaterThanOrEqual(2 * IMPATIENT_MS - 10);
    expect(elapsedMs).toBeLessThan(14 * IMPATIENT_MS);
  });

  test('end at once when the prober is closed', async () => {
    const silent = await started(serveSilence());
    const dns = await serveDns({ 'silent.test': 'silence' });
    const prober = proberWith({ concurrency: 2, dns });
    const probes = [
      endpointOf(silent),
      { ...endpointOf(silent), host: 'silent.test' },
      endpointOf(silent),
    ].map((endpoint) => prober.probe(endpoint));
    while (silent.accepted() === 0 || dns.asked.length === 0) await new Promise(setImmediate);
    const startedAt = performance.now();
    prober.close();
    for (const observation of await Promise.all(probes)) {
      const failure = observation.failure ?? only(observation).failure;
      expect(failure).toMatchObject({ reason: 'internal_error', detail: 'the prober was closed' });
    }
    expect(performance.now() - startedAt).toBeLessThan(PATIENT_MS / 2);
    await dns.close();
  });
});

describe('a client certificate that cannot be used', () => {
  test('is refused with the reason before anything is probed', async () => {
    const other = await mint({ subject: 'CN=other' });
    const mismatched = { cert: leaf.pem, key: other.keyPem };
    expect(() => proberWith({ clientCertificate: mismatched })).toThrow(
      /client certificate cannot be used: .*mismatch/,
    );
  });
});

function alert(code: number): Buffer {
  const fatal = 2;
  return Buffer.of(0x15, 3, 3, 0, 2, fatal, code);
}

function garbageCertificate(): Buffer {
  return scriptedServerFlight([Buffer.from('this is not DER at all')]);
}

function hugeChain(): Buffer {
  return scriptedServerFlight([Buffer.alloc(110_000, 1)]);
}
