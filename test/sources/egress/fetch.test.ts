import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { prefixOf } from '../../../lib/sources/egress/address.ts';
import {
  createFetcher,
  type Fetcher,
  type FetcherOptions,
  type FetchResult,
} from '../../../lib/sources/egress/fetch.ts';
import type { Allowance } from '../../../lib/sources/egress/guard.ts';
import { createLimit } from '../../../lib/sources/limit.ts';
import { createHostResolver, type HostResolver } from '../../../lib/sources/tls-endpoint/resolve.ts';
import { type DnsServer, serveDns } from '../../support/dns-server.ts';
import {
  type HttpServer,
  type HttpServerOptions,
  type Respond,
  serveHttp,
} from '../../support/http-server.ts';
import {
  refusedPort,
  serveBytes,
  serveClose,
  serveReset,
  serveSilence,
  serveSlowBytes,
  type TestServer,
} from '../../support/tls-servers.ts';

const BODY = Buffer.from('a list of revoked certificates');

let dns: DnsServer;
let resolver: HostResolver;
const fetchers: Fetcher[] = [];

beforeAll(async () => {
  dns = await serveDns({
    'loop.test': ['127.0.0.1'],
    'other.test': ['127.0.0.1'],
    'mixed.test': ['169.254.169.254', '127.0.0.1', '10.0.0.1', '2001:db8::1'],
    'metadata.test': ['169.254.169.254', '64:ff9b::a9fe:a9fe'],
    'second.test': ['127.0.0.3', '127.0.0.1'],
    'broken.test': 'servfail',
    'silent.test': 'silence',
  });
  resolver = createHostResolver({ server: dns });
});

afterAll(() => dns.close());
afterEach(() => {
  for (const fetcher of fetchers.splice(0)) fetcher.close();
});

function named(...texts: readonly string[]): Allowance {
  return { blocks: texts.map(prefixOf) };
}

function fetcherOf(options: Partial<FetcherOptions> = {}): Fetcher {
  const guard = named('127.0.0.0/8');
  const fetcher = createFetcher({ guard, resolver, timeoutMs: 5000, maxBytes: 100_000, ...options });
  fetchers.push(fetcher);
  return fetcher;
}

async function serving(respond: Respond, options: HttpServerOptions = {}): Promise<HttpServer> {
  const server = await serveHttp(respond, options);
  onTestFinished(() => server.close());
  return server;
}

async function opened(server: Promise<TestServer>): Promise<TestServer> {
  const opening = await server;
  onTestFinished(() => opening.close());
  return opening;
}

function codeOf(result: FetchResult): string {
  return 'failure' in result ? result.failure.code : 'fetched';
}

const answer: Respond = (_, response) => {
  response.setHeader('content-type', 'Application/PKIX-CRL; q=1').setHeader('cache-control', 'max-age=3600');
  response.end(BODY);
};

/** Answers `/1` by `/2` and so on. */
const onward: Respond = ({ url }, response) => {
  response.writeHead(302, { location: `/${Number(url.slice(1)) + 1}` }).end();
};

describe('an answer', () => {
  test('has its bytes, its media type and how long it stays fresh', async () => {
    const { port, seen } = await serving(answer);
    const result = await fetcherOf().fetch(`http://loop.test:${port}/a%20b?c=d#e`, {
      accept: 'application/pkix-crl',
    });
    expect(result).toEqual({ bytes: BODY, contentType: 'application/pkix-crl', maxAge: 3600 });
    expect(seen[0]?.url).toBe('/a%20b?c=d');
    expect(seen[0]?.headers).toEqual({
      host: `loop.test:${port}`,
      accept: 'application/pkix-crl',
      'accept-encoding': 'identity',
      'user-agent': 'notafter',
      connection: 'close',
    });
  });

  test('may come in chunks of a byte', async () => {
    const large = Buffer.alloc(19_000, 'ab');
    const chunks = [...large].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join('');
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    const { port } = await opened(serveBytes(`${head}${chunks}0\r\n\r\n`));
    expect(await fetcherOf().fetch(`http://127.0.0.1:${port}/`)).toMatchObject({
      bytes: large,
      maxAge: null,
    });
  });

  test('may end with the connection', async () => {
    const { port } = await opened(serveBytes('HTTP/1.0 200 OK\r\n\r\nbytes', 'end'));
    expect(await fetcherOf().fetch(`http://127.0.0.1:${port}/`)).toMatchObject({
      bytes: Buffer.from('bytes'),
    });
  });

  test('may be to a POST', async () => {
    const { port, seen } = await serving(answer);
    const body = Buffer.from([48, 3, 2, 1, 5]);
    const request = { method: 'POST', body, contentType: 'application/ocsp-request' } as const;
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/ocsp`, request))).toBe('fetched');
    expect(seen).toMatchObject([{ method: 'POST', url: '/ocsp', body }]);
    expect(seen[0]?.headers).toMatchObject({
      'content-type': 'application/ocsp-request',
      'content-length': '5',
    });
  });

  test('brings no cookie back to its server', async () => {
    const { port, seen } = await serving((_, response) => response.setHeader('set-cookie', 'a=b').end());
    const fetcher = fetcherOf();
    await fetcher.fetch(`http://127.0.0.1:${port}/1`);
    await fetcher.fetch(`http://127.0.0.1:${port}/2`);
    expect(seen.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });
});

describe('the guard', () => {
  test('refuses an address that nobody named, before anything connects to it', async () => {
    const server = await opened(serveSilence());
    const result = await fetcherOf({ guard: {} }).fetch(`http://127.0.0.1:${server.port}/`);
    expect(result).toEqual({
      failure: { code: 'address_refused', detail: '127.0.0.1 is in 127.0.0.0/8: loopback, RFC 1122' },
    });
    expect(server.accepted()).toBe(0);
  });

  test.each([
    '2130706433',
    '0x7f.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '①②⑦.0.0.1',
    'localhost',
    'a.localhost',
    'loop.test',
  ])('is not deceived by how the address is written (%s)', async (host) => {
    const server = await opened(serveSilence());
    expect(codeOf(await fetcherOf({ guard: {} }).fetch(`http://${host}:${server.port}/`))).toBe(
      'address_refused',
    );
    expect(server.accepted()).toBe(0);
  });

  test('refuses of several addresses only the one it has to', async () => {
    const { port, seen } = await serving(answer);
    expect(codeOf(await fetcherOf().fetch(`http://mixed.test:${port}/`))).toBe('fetched');
    expect(seen).toHaveLength(1);
    expect(await fetcherOf().fetch(`http://metadata.test:${port}/`)).toMatchObject({
      failure: { code: 'address_refused', detail: expect.stringContaining('169.254.169.254/32') },
    });
  });

  test.each(['http://127.0.0.2:PORT/', 'http://metadata.test/latest', 'http://[::ffff:7f00:2]:PORT/'])(
    'judges where a redirect leads (%s)',
    async (location) => {
      const { port } = await serving((_, response) => {
        response.writeHead(302, { location: location.replace('PORT', String(port)) }).end();
      });
      const behind = await serving(answer, { address: '127.0.0.2', port });
      const fetcher = fetcherOf({ guard: named('127.0.0.1/32') });
      expect(codeOf(await fetcher.fetch(`http://loop.test:${port}/`))).toBe('address_refused');
      expect(behind.seen).toEqual([]);
    },
  );
});

describe('a URL', () => {
  test.each([
    ['', 'url_unusable'],
    ['crl', 'url_unusable'],
    ['http://', 'url_unusable'],
    ['http://a b/', 'url_unusable'],
    ['http://127.0.0.1:0/', 'url_unusable'],
    [`http://127.0.0.1/${'x'.repeat(5000)}`, 'url_unusable'],
    ['ldap://127.0.0.1/cn=ca', 'not_http'],
    ['file:///etc/passwd', 'not_http'],
    ['data:text/plain,x', 'not_http'],
    ['http://user@127.0.0.1/', 'credentials_in_url'],
    ['http://:secret@127.0.0.1/', 'credentials_in_url'],
  ])('%s is refused', async (url, code) => {
    expect(codeOf(await fetcherOf().fetch(url))).toBe(code);
  });
});

describe('a redirect', () => {
  test('is followed three times, and not a fourth', async () => {
    const { port, seen } = await serving((request, response) =>
      request.url === '/4' ? answer(request, response) : onward(request, response),
    );
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/1`))).toBe('fetched');
    expect(seen.map(({ url }) => url)).toEqual(['/1', '/2', '/3', '/4']);
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/0`))).toBe('too_many_redirects');
  });

  test.each([
    [undefined, 'redirect_refused'],
    ['http://user:pw@127.0.0.1/', 'credentials_in_url'],
    ['file:///etc/passwd', 'not_http'],
    ['http://', 'url_unusable'],
  ])('may not lead to %s', async (location, code) => {
    const { port } = await serving((_, response) => {
      response.writeHead(301, location === undefined ? {} : { location }).end();
    });
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/`))).toBe(code);
  });

  test('of a POST is followed only where it stays one', async () => {
    const { port, seen } = await serving((request, response) =>
      request.url === '/end'
        ? answer(request, response)
        : response.writeHead(Number(request.url.slice(1)), { location: '/end' }).end(),
    );
    const post = { method: 'POST', body: Buffer.from('x') } as const;
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/307`, post))).toBe('fetched');
    expect(seen.map(({ method, body }) => `${method} ${body}`)).toEqual(['POST x', 'POST x']);
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/302`, post))).toBe('http_status');
  });

  test('between two hosts that lead to each other keeps neither waiting', async () => {
    const { port } = await serving(({ headers, url }, response) => {
      const there = headers.host?.startsWith('loop') === true ? 'other' : 'loop';
      if (url === '/end') response.end(BODY);
      else response.writeHead(302, { location: `http://${there}.test:${port}/end` }).end();
    });
    const fetcher = fetcherOf();
    const results = ['loop', 'other'].map((host) => fetcher.fetch(`http://${host}.test:${port}/`));
    expect((await Promise.all(results)).map(codeOf)).toEqual(['fetched', 'fetched']);
  });
});

describe('what comes back from a server', () => {
  test.each([
    ['HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', 'http_status'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'http_status'],
    ['HTTP/1.1 304 Not Modified\r\n\r\n', 'http_status'],
    ['HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx', 'encoded'],
    ['HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx', 'encoded'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n', 'encoded'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 100001\r\n\r\nx', 'too_large'],
    [`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(100_001)}`, 'too_large'],
    [
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(20_001)}0\r\n\r\n`,
      'too_large',
    ],
    [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n186a1\r\n${'x'.repeat(100_001)}`, 'too_large'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx', 'cut_short'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nx', 'cut_short'],
    ['HTTP/1.1 200 OK\r\ncontent-le', 'cut_short'],
    ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'cut_short'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx', 'answer_malformed'],
    [
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'answer_malformed',
    ],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnot hex\r\n', 'answer_malformed'],
    ['HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20), 'answer_malformed'],
    [`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 'answer_malformed'],
    ['SSH-2.0-OpenSSH_9.9\r\n', 'answer_malformed'],
  ])('is refused where it is not what was asked for (%s)', async (bytes, code) => {
    const { port } = await opened(serveBytes(bytes, 'end'));
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/`))).toBe(code);
  });

  test('is not read beyond the limit, however much there is', async () => {
    const { port } = await serving((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
      };
      response.on('drain', pour);
      pour();
    });
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${port}/`))).toBe('too_large');
  });

  test('may be nothing at all', async () => {
    const [closing, resetting] = await Promise.all([opened(serveClose()), opened(serveReset())]);
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${closing.port}/`))).toBe('cut_short');
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${resetting.port}/`))).toBe('cut_short');
    expect(codeOf(await fetcherOf().fetch(`http://127.0.0.1:${await refusedPort()}/`))).toBe(
      'connect_failed',
    );
  });
});

describe('a host', () => {
  test.each([
    ['missing.test', 'dns_not_found'],
    ['broken.test', 'dns_failed'],
    ['silent.test', 'dns_timeout'],
  ])('that has no address says why (%s)', async (host, code) => {
    expect(codeOf(await fetcherOf({ timeoutMs: 200 }).fetch(`http://${host}/`))).toBe(code);
  });

  test('is asked at its next address where the first is not connected', async () => {
    const { port } = await serving(answer);
    expect(codeOf(await fetcherOf().fetch(`http://second.test:${port}/`))).toBe('fetched');
  });

  test('gets one request at a time', async () => {
    const server = await serving((_, response) => setImmediate(() => response.end()));
    const fetcher = fetcherOf();
    const urls = [1, 2, 3, 4, 5].map((each) => `http://loop.test:${server.port}/${each}`);
    const results = await Promise.all(urls.map((url) => fetcher.fetch(url)));
    expect(results.map(codeOf)).toEqual(urls.map(() => 'fetched'));
    expect(server.busiest()).toBe(1);
  });

  test('does not wait for another one, as far as the limit goes', async () => {
    const both = Promise.withResolvers<void>();
    const server = await serving(async (_, response) => {
      if (server.seen.length === 2) both.resolve();
      await both.promise;
      response.end();
    });
    const urls = ['loop', 'other'].map((host) => `http://${host}.test:${server.port}/`);
    const fetcher = fetcherOf({ concurrency: 2 });
    expect((await Promise.all(urls.map((url) => fetcher.fetch(url)))).map(codeOf)).toEqual([
      'fetched',
      'fetched',
    ]);
    expect(server.busiest()).toBe(2);
    const single = fetcherOf({ concurrency: 1 });
    const quiet = await serving(answer);
    await Promise.all(['loop', 'other'].map((host) => single.fetch(`http://${host}.test:${quiet.port}/`)));
    expect(quiet.busiest()).toBe(1);
  });
});

describe('the same request', () => {
  test('is made once while it is under way, and again afterwards', async () => {
    const server = await serving(answer);
    const fetcher = fetcherOf();
    const url = `http://127.0.0.1:${server.port}/`;
    const [first, second] = await Promise.all([fetcher.fetch(url), fetcher.fetch(url)]);
    expect(second).toBe(first);
    expect(server.seen).toHaveLength(1);
    await fetcher.fetch(url);
    expect(server.seen).toHaveLength(2);
  });

  test('is another one with another body', async () => {
    const server = await serving(answer);
    const fetcher = fetcherOf();
    const post = (text: string) =>
      fetcher.fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: Buffer.from(text) });
    await Promise.all([post('a'), post('b'), post('a')]);
    expect(server.seen.map(({ body }) => String(body))).toEqual(['a', 'b']);
  });
});

describe('the deadline', () => {
  const header = Buffer.from('HTTP/1.1 200 OK\r\nx: ');
  test.each([
    ['a server that says nothing', () => serveSilence()],
    ['a header that never ends', () => serveSlowBytes(header, 5)],
    ['a body that never ends', () => serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx')],
  ])('ends %s', async (_, serve) => {
    const { port } = await opened(serve());
    const startedAt = performance.now();
    expect(codeOf(await fetcherOf({ timeoutMs: 100 }).fetch(`http://127.0.0.1:${port}/`))).toBe('timed_out');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('is one for all redirects', async () => {
    const server = await serving((request, response) => setTimeout(() => onward(request, response), 60));
    const fetcher = fetcherOf({ timeoutMs: 150, maxRedirects: 1000 });
    expect(codeOf(await fetcher.fetch(`http://127.0.0.1:${server.port}/1`))).toBe('timed_out');
  });

  test('does not run while a request waits for its turn', async () => {
    const silent = await opened(serveSilence());
    const answering = await serving(answer);
    const fetcher = fetcherOf({ timeoutMs: 150 });
    const ports = [silent.port, answering.port];
    const results = ports.map((port) => fetcher.fetch(`http://127.0.0.1:${port}/`));
    expect((await Promise.all(results)).map(codeOf)).toEqual(['timed_out', 'fetched']);
  });
});

describe('patience', () => {
  test('ends where a turn does not come', async () => {
    const enough = Promise.withResolvers<void>();
    const { port, seen } = await serving(async (_, response) => {
      await enough.promise;
      response.end();
    });
    const fetcher = fetcherOf({ patienceMs: 50 });
    const first = fetcher.fetch(`http://127.0.0.1:${port}/1`);
    expect(codeOf(await fetcher.fetch(`http://127.0.0.1:${port}/2`))).toBe('no_turn');
    enough.resolve();
    expect(codeOf(await first)).toBe('fetched');
    expect(codeOf(await fetcher.fetch(`http://127.0.0.1:${port}/3`))).toBe('fetched');
    expect(seen.map(({ url }) => url)).toEqual(['/1', '/3']);
  });
});

describe('closing', () => {
  test('ends what is under way and what waits, and lets nothing begin', async () => {
    const server = await opened(serveSilence());
    const sockets = createLimit(4);
    const fetcher = fetcherOf({ sockets });
    const urls = [
      `http://127.0.0.1:${server.port}/1`,
      `http://127.0.0.1:${server.port}/2`,
      'http://silent.test/',
    ];
    const waiting = urls.map((url) => fetcher.fetch(url));
    while (server.accepted() === 0) await new Promise((resolve) => setImmediate(resolve));
    fetcher.close();
    expect((await Promise.all(waiting)).map(codeOf)).toEqual(['closed', 'closed', 'closed']);
    expect(codeOf(await fetcher.fetch('http://127.0.0.1/'))).toBe('closed');
    await sockets.take(4);
    expect(server.accepted()).toBe(1);
  });
});

describe('sockets', () => {
  test('are all given back, whatever became of the request', async () => {
    const { port } = await serving(onward);
    const silent = await opened(serveSilence());
    const sockets = createLimit(2);
    const fetcher = fetcherOf({ sockets, timeoutMs: 100 });
    const urls = [
      `http://127.0.0.1:${port}/1`,
      `http://127.0.0.1:${silent.port}/`,
      `http://127.0.0.1:${await refusedPort()}/`,
      'http://missing.test/',
      'http://10.0.0.1/',
    ];
    for (const url of urls) expect(codeOf(await fetcher.fetch(url))).not.toBe('no_turn');
    await sockets.take(2);
  });
});
