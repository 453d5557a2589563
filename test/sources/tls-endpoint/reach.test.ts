import { constants } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, STARTTLS_PROTOCOLS, withStartTls } from '../../../lib/core/endpoint.ts';
import type { AddressObservation, EndpointObservation } from '../../../lib/core/observation.ts';
import { createProber, type ProberOptions, refusalOf } from '../../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../../lib/x509/trust.ts';
import { serveDns } from '../../support/dns-server.ts';
import { type Issued, mint, pemBundle } from '../../support/pki.ts';
import { type Mood, serveProxy, serveStartTls } from '../../support/starttls-servers.ts';
import {
  refusedPort,
  serveBytes,
  serveMutualTls,
  serveReset,
  serveSilence,
  serveTcp,
  serveTls,
  type TestServer,
} from '../../support/tls-servers.ts';

const NAME = 'api.test';

let root: Issued;
let leaf: Issued;
let rsaLeaf: Issued;
let otherLeaf: Issued;
const servers: TestServer[] = [];

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  leaf = await mint({ subject: `CN=${NAME}`, names: [NAME], issuer: root });
  rsaLeaf = await mint({ subject: `CN=${NAME}`, names: [NAME], issuer: root, key: 'rsa' });
  otherLeaf = await mint({ subject: 'CN=default.test', names: ['default.test'], issuer: root });
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

async function started<Server extends TestServer>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  return server;
}

function probe(
  { address, port }: { address: string; port: number },
  {
    starttls,
    deep = false,
    ...options
  }: Partial<ProberOptions> & {
    starttls?: Endpoint['starttls'];
    deep?: boolean;
  } = {},
): Promise<EndpointObservation> {
  const prober = createProber({ trust: loadTrust(root.pem), timeoutMs: 5_000, concurrency: 10, ...options });
  const endpoint = withStartTls({ host: address, port, serverName: NAME }, starttls);
  return prober.probe(endpoint, () => deep);
}

function only({ addresses: [address], ...rest }: EndpointObservation): AddressObservation {
  if (address === undefined) throw new Error(JSON.stringify(rest));
  return address;
}

const fingerprintOf = (issued: Issued) => issued.x509.fingerprint256.replaceAll(':', '').toLowerCase();
const leafOf = (chain: { certificates: readonly { fingerprint: string }[] } | undefined) =>
  chain?.certificates[0]?.fingerprint;

describe.each(STARTTLS_PROTOCOLS)('a server that speaks %s', (starttls) => {
  test('is asked for TLS and presents its certificate', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const tls = { minVersion: version, maxVersion: version };
      const server = await started(serveStartTls(starttls, [leaf], 'willing', tls));
      const { answer, failure } = only(await probe(server, { starttls }));
      expect(failure).toBeUndefined();
      expect(answer?.protocol).toBe(version);
      expect(leafOf(answer?.chain)).toBe(fingerprintOf(leaf));
    }
  });

  test.each<[Mood, string]>([
    ['unwilling', 'starttls_refused'],
    ['strange', 'starttls_failed'],
    ['silent', 'handshake_timeout'],
  ])('and is %s has the reason %s', async (mood, reason) => {
    const server = await started(serveStartTls(starttls, [leaf], mood));
    const { failure } = only(await probe(server, { starttls, timeoutMs: 300 }));
    expect(failure?.reason).toBe(reason);
    // Nothing that was said before TLS is taken for a server that is merely old.
    expect(server.accepted()).toBe(1);
  });
});

describe('a dialog before TLS', () => {
  test('that never comes to an end is cut off', async () => {
    const talker = await started(serveBytes(Buffer.alloc(200_000, '* OK\r\n'.slice(0, 1))));
    const { failure } = only(await probe(talker, { starttls: 'postgres' }));
    expect(failure?.reason).toBe('starttls_failed');
  });

  test('that is not needed is left out where the target says so', async () => {
    const server = await started(serveTls([leaf], {}, { port: 0 }));
    expect(only(await probe(server, { starttls: 'tls' })).answer).toBeDefined();
  });

  test('is not held with a port that is refused', async () => {
    const port = await refusedPort();
    const { failure } = only(await probe({ address: '127.0.0.1', port }, { starttls: 'smtp' }));
    expect(failure?.reason).toBe('connect_refused');
  });
});

describe('through a proxy', () => {
  test('the name is left to the proxy, and the answer is read', async () => {
    const server = await started(serveTls([leaf]));
    const proxy = await started(serveProxy(server));
    const via = { host: proxy.address, port: proxy.port, credentials: 'me:secret' };
    const observation = await probe({ address: 'only-there.test', port: 443 }, { proxy: via });
    expect(only(observation)).toMatchObject({ address: 'only-there.test', answer: { protocol: 'TLSv1.3' } });
    expect(proxy.requests).toEqual([
      'CONNECT only-there.test:443 HTTP/1.1\r\nHost: only-there.test:443\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n',
    ]);
  });

  test('a server is asked for TLS as well', async () => {
    const server = await started(serveStartTls('smtp', [leaf]));
    const { address: host, port } = await started(serveProxy(server));
    const { answer } = only(await probe({ address: 'mail.test', port: 25 }, { proxy: { host, port } }));
    expect(leafOf(answer?.chain)).toBe(fingerprintOf(leaf));
  });

  test.each([
    ['refuses', () => started(serveProxy('HTTP/1.1 403 Forbidden\r\n\r\n')), /403 Forbidden/],
    ['is none', () => started(serveBytes('SSH-2.0-OpenSSH_9.6\r\n')), /no HTTP answer: SSH/],
    ['keeps silent', () => started(serveSilence()), /no answer in time/],
    ['is down', async () => ({ address: '127.0.0.1', port: await refusedPort() }), /ECONNREFUSED/],
  ])('that %s, the fault is not the endpoint’s', async (_what, start, detail) => {
    const { address: host, port } = await start();
    const at = { address: 'x.test', port: 443 };
    const { failure } = only(await probe(at, { proxy: { host, port }, timeoutMs: 500 }));
    expect(failure).toMatchObject({ reason: 'proxy_failed', detail: expect.stringMatching(detail) });
  });
});

describe('a server that breaks off the handshake', () => {
  const OLD = { ciphers: 'ALL:@SECLEVEL=0', secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT };

  test.each(['TLSv1', 'TLSv1.1'] as const)(
    'because it speaks %s only is read and marked',
    async (version) => {
      const server = await started(serveTls([leaf], { ...OLD, minVersion: version, maxVersion: version }));
      const { answer } = only(await probe(server));
      expect(answer).toMatchObject({ legacy: true, protocol: version });
      expect(leafOf(answer?.chain)).toBe(fingerprintOf(leaf));
    },
  );

  test.each([
    ['AES128-SHA', false],
    ['AES256-GCM-SHA384', false],
    ['AES128-CCM8', true],
    ['ARIA128-GCM-SHA256', false],
    ['ECDHE-RSA-AES128-SHA', false],
    ['ECDHE-RSA-AES256-SHA384', false],
    ['ECDHE-RSA-CHACHA20-POLY1305', false],
    ['CAMELLIA128-SHA', true],
    ['ECDHE-RSA-CAMELLIA256-SHA384', true],
  ])('because it wants %s is marked where a current client does not offer that', async (cipher, legacy) => {
    const tls = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` } as const;
    const server = await started(serveTls([rsaLeaf], tls));
    expect(only(await probe(server)).answer?.legacy === true).toBe(legacy);
    // The usual attempt alone is enough where it is no old server.
    expect(server.accepted()).toBe(legacy ? 2 : 1);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('once and then speaks %s is healthy', async (version) => {
    const server = await started(serveTls([leaf], { minVersion: version, maxVersion: version }));
    let isFirst = true;
    const flaky = await started(
      serveTcp((socket) => {
        if (isFirst) socket.once('data', () => socket.resetAndDestroy());
        else
          socket
            .pipe(connect(server.port, server.address))
            .on('error', () => socket.destroy())
            .pipe(socket);
        isFirst = false;
      }),
    );
    const { answer } = only(await probe(flaky));
    expect(answer?.protocol).toBe(version);
    expect(answer?.legacy).toBeUndefined();
    expect(flaky.accepted()).toBe(2);
  });

  test('because of the name is told from a dead one, and its default certificate is kept apart', async () => {
    const server = await started(
      serveTls([otherLeaf], { SNICallback: (_name, done) => done(new Error('no such name')) }),
    );
    const seen = only(await probe(server));
    expect(seen).toMatchObject({ failure: { reason: 'name_refused' } });
    expect(seen.answer).toBeUndefined();
    expect(leafOf(seen.unnamed)).toBe(fingerprintOf(otherLeaf));
    const dead = await started(serveReset());
    expect(only(await probe(dead)).failure?.reason).toBe('connection_reset');
    expect(dead.accepted()).toBe(3);
  });

  test('is not asked again where it only kept silent', async () => {
    const server = await started(serveSilence());
    expect(only(await probe(server, { timeoutMs: 200 })).failure?.reason).toBe('handshake_timeout');
    expect(server.accepted()).toBe(1);
  });
});

describe('a certificate request', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('without consequences is noticed in %s', async (version) => {
    const asking = { requestCert: true, rejectUnauthorized: false, ca: [root.pem] };
    const server = await started(serveTls([leaf], { ...asking, minVersion: version, maxVersion: version }));
    expect(only(await probe(server)).answer).toMatchObject({
      clientCertificateRequested: true,
      clientCertificateRequired: false,
    });
    const plain = await started(serveTls([leaf], { minVersion: version, maxVersion: version }));
    expect(only(await probe(plain)).answer?.clientCertificateRequested).toBeUndefined();
  });

  test('tells the CAs that it names to a deep look, where TLS 1.2 is spoken', async () => {
    const asking = { requestCert: true, rejectUnauthorized: true, ca: [pemBundle(root, otherLeaf)] };
    const server = await started(serveTls([leaf], asking));
    const { deep } = await probe(server, { deep: true });
    expect(deep?.clientAuthorities).toEqual(expect.arrayContaining([root.subject]));
    const modern = await started(serveTls([leaf], { ...asking, minVersion: 'TLSv1.3' }));
    expect((await probe(modern, { deep: true })).deep).toEqual({
      versions: { 'TLSv1.3': true, 'TLSv1.2': false, 'TLSv1.1': false, TLSv1: false },
    });
  });
});

describe('a client certificate that the server does not accept', () => {
  test('is told from one that is missing', async () => {
    // In TLS 1.3 Node's own server hangs up without an alert; test/interop has one of OpenSSL.
    const server = await started(serveMutualTls([leaf], root, 'TLSv1.2'));
    const stranger = await mint({ subject: 'CN=stranger' });
    const refused = { cert: stranger.pem, key: stranger.keyPem };
    const { answer } = only(await probe(server, { clientCertificate: refused }));
    expect(answer).toMatchObject({ clientCertificateRequired: true, clientCertificateRefused: true });
    expect(only(await probe(server)).answer?.clientCertificateRefused).toBeUndefined();
  });
});

describe('a deep look', () => {
  test('says of an old server only the versions that it speaks', async () => {
    const old = { ciphers: 'ALL:@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1' } as const;
    const server = await started(serveTls([leaf], old));
    expect((await probe(server, { deep: true })).deep?.versions).toEqual({
      'TLSv1.3': false,
      'TLSv1.2': false,
      'TLSv1.1': false,
      TLSv1: true,
    });
  });

  test('tells what it could not ask from what is not there', async () => {
    const server = await started(serveTls([leaf]));
    let conversations = 0;
    const silent = await started(
      serveTcp((socket) => {
        conversations += 1;
        if (conversations > 1) socket.resume();
        else
          socket
            .pipe(connect(server.port, server.address))
            .on('error', () => socket.destroy())
            .pipe(socket);
      }),
    );
    const observation = await probe(silent, { deep: true, timeoutMs: 300 });
    expect(only(observation)).toMatchObject({ answer: {}, unanswered: ['otherKey', 'unnamed'] });
    expect(observation.deep).toEqual({
      versions: { 'TLSv1.3': true, 'TLSv1.2': null, 'TLSv1.1': null, TLSv1: null },
      authoritiesUnknown: true,
    });
    const answering = only(await probe(server, { deep: true }));
    expect(answering.unanswered).toBeUndefined();
  });

  test('takes the names of CAs from nobody but the address that it asks for them', async () => {
    const first = await started(serveTls([leaf], { maxVersion: 'TLSv1.2' }, { address: '127.0.0.2' }));
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
      requestCert: true,
      rejectUnauthorized: false,
      ca: root.pem,
    } as const;
    await started(serveTls([leaf], old, { address: '127.0.0.3', port: first.port }));
    const dns = await serveDns({ [NAME]: ['127.0.0.2', '127.0.0.3'] });
    const observation = await probe({ address: NAME, port: first.port }, { dns, deep: true });
    await dns.close();
    expect(observation.addresses.map(({ answer }) => answer?.protocol)).toEqual(['TLSv1.2', 'TLSv1.1']);
    expect(observation.deep?.versions['TLSv1.2']).toBe(true);
    expect(observation.deep).not.toHaveProperty('clientAuthorities');
  });

  test('is not taken unless it is asked for: one handshake per address', async () => {
    const server = await started(serveTls([leaf]));
    const observation = await probe(server);
    expect(observation.deep).toBeUndefined();
    expect(server.accepted()).toBe(1);
  });

  test('finds the certificate for the other kind of key, the default one, and every version', async () => {
    const both = { cert: [leaf.pem, rsaLeaf.pem], key: [leaf.keyPem, rsaLeaf.keyPem] };
    const sni = {
      ...both,
      minVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
    } as const;
    const server = await started(serveTls([leaf], sni));
    const observation = await probe(server, { deep: true });
    const address = only(observation);
    const kinds = [leafOf(address.answer?.chain), leafOf(address.otherKey?.chain)];
    expect(kinds.sort()).toEqual([leaf, rsaLeaf].map(fingerprintOf).sort());
    expect(address.unnamed).toBeUndefined();
    expect(observation.deep).toEqual({
      versions: { 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': true, TLSv1: true },
    });
  });

  test('keeps what a server shows without a name apart', async () => {
    const { createSecureContext } = await import('node:tls');
    const named = createSecureContext({ cert: leaf.pem, key: leaf.keyPem });
    const server = await started(serveTls([otherLeaf], { SNICallback: (_name, done) => done(null, named) }));
    const address = only(await probe(server, { deep: true }));
    expect(leafOf(address.answer?.chain)).toBe(fingerprintOf(leaf));
    expect(leafOf(address.unnamed)).toBe(fingerprintOf(otherLeaf));
  });

  test('asks every address for the other key, and one for the rest', async () => {
    const first = await started(serveTls([leaf], {}, { address: '127.0.0.2' }));
    const second = await started(serveTls([leaf], {}, { address: '127.0.0.3', port: first.port }));
    const dns = await serveDns({ [NAME]: ['127.0.0.2', '127.0.0.3'] });
    const observation = await probe({ address: NAME, port: first.port }, { dns, deep: true });
    await dns.close();
    expect(observation.addresses.map(({ answer }) => answer?.protocol)).toEqual(['TLSv1.3', 'TLSv1.3']);
    expect([first.accepted(), second.accepted()]).toEqual([6, 2]);
  });
});

describe('the guard', () => {
  test('keeps addresses from being connected to, one by one', async () => {
    const server = await started(serveTls([leaf], {}, { address: '127.0.0.2' }));
    const other = await started(serveTls([leaf], {}, { address: '127.0.0.3', port: server.port }));
    const dns = await serveDns({ [NAME]: ['127.0.0.2', '127.0.0.3'] });
    const guard = (address: string) => (address === '127.0.0.3' ? 'loopback' : null);
    const { addresses } = await probe({ address: NAME, port: server.port }, { dns, guard });
    await dns.close();
    expect(addresses).toMatchObject([
      { address: '127.0.0.2', answer: {} },
      { address: '127.0.0.3', failure: { reason: 'address_refused', detail: 'loopback' } },
    ]);
    expect(other.accepted()).toBe(0);
  });
});

describe('what the guard is asked', () => {
  const guard = (address: string) => `not ${address}`;
  const proxy = { host: '192.0.2.1', port: 3128 };

  test('is everything but the names that a proxy resolves', () => {
    const refused = (address: string) => ({ reason: 'address_refused', detail: `not ${address}` });
    expect(refusalOf('api.test', { guard })).toEqual(refused('api.test'));
    expect(refusalOf('2130706433', { guard })).toEqual(refused('2130706433'));
    expect(refusalOf('127.0.0.1', { guard, proxy })).toEqual(refused('127.0.0.1'));
    expect(refusalOf('api.test', { guard, proxy })).toBeUndefined();
    expect(refusalOf('127.0.0.1', {})).toBeUndefined();
  });
});

describe('connections to one address', () => {
  test('are kept apart as far as was asked for', async () => {
    const server = await started(serveTls([leaf]));
    const prober = createProber({ trust: loadTrust(), timeoutMs: 5_000, concurrency: 10, perSecond: 20 });
    const endpoint = { host: server.address, port: server.port, serverName: NAME };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => prober.probe(endpoint)));
    expect(performance.now() - startedAt).toBeGreaterThan(245);
  });

  test('take nothing from the deadline of a deep look, however many names share the address', async () => {
    const server = await started(serveTls([leaf]));
    const prober = createProber({ trust: loadTrust(), timeoutMs: 1_200, concurrency: 20, perSecond: 20 });
    const endpoint = { host: server.address, port: server.port, serverName: NAME };
    const seen = await Promise.all(Array.from({ length: 5 }, () => prober.probe(endpoint, () => true)));
    expect(seen.map(({ deep }) => Object.values(deep?.versions ?? {}))).toEqual(
      Array(5).fill([true, true, false, false]),
    );
  });
});
