import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { prefixOf } from '../../../lib/sources/egress/address.ts';
import { createFetcher, type FetchResult } from '../../../lib/sources/egress/fetch.ts';
import { createHostResolver } from '../../../lib/sources/tls-endpoint/resolve.ts';
import { type HttpServer, type Respond, serveHttp } from '../../support/http-server.ts';
import { regraft, unusualCurveKey } from '../../support/odd-certificates.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { serveBytes } from '../../support/tls-servers.ts';

const HOSTS = new Map([
  ['good.test', ['127.0.0.1']],
  ['other.test', ['127.0.0.1']],
]);

let root: Issued;
let leaf: Issued;
let server: HttpServer;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  leaf = await mint({ subject: 'CN=other.test', issuer: root, names: ['good.test', '127.0.0.1'] });
  server = await serveHttp(answer, { chain: [leaf] });
});

afterAll(() => server.close());

const answer: Respond = ({ url }, response) => {
  if (url.startsWith('/to=')) response.writeHead(302, { location: url.slice(4) }).end();
  else response.end('secret');
};

async function codeAt(url: string, ca: readonly string[] | undefined = [root.pem]): Promise<string> {
  const guard = { blocks: [prefixOf('127.0.0.0/8')] };
  const fetcher = createFetcher({
    guard,
    resolver: createHostResolver({ hosts: HOSTS }),
    timeoutMs: 5000,
    maxBytes: 1000,
    ...(ca.length === 0 ? {} : { ca }),
  });
  onTestFinished(() => fetcher.close());
  const result: FetchResult = await fetcher.fetch(url);
  return 'failure' in result
    ? `${result.failure.code} ${result.failure.detail ?? ''}`.trim()
    : String(result.bytes);
}

describe('https', () => {
  test('answers where the certificate is for the host and trusted', async () => {
    expect(await codeAt(`https://good.test:${server.port}/`)).toBe('secret');
    expect(await codeAt(`https://GOOD.test.:${server.port}/`)).toBe('dns_not_found ENOTFOUND');
    expect(await codeAt(`https://127.0.0.1:${server.port}/`)).toBe('secret');
  });

  test('sends nothing to a server whose certificate is for another name', async () => {
    const before = server.seen.length;
    // The common name does not count.
    const code = await codeAt(`https://other.test:${server.port}/`);
    expect(code).toBe('tls_failed the certificate is for another name');
    expect(server.seen).toHaveLength(before);
  });

  test('sends nothing to a server that is not trusted', async () => {
    const before = server.seen.length;
    const code = await codeAt(`https://good.test:${server.port}/`, []);
    expect(code).toBe('tls_failed UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(server.seen).toHaveLength(before);
  });

  test('is never left for http by a redirect', async () => {
    const plain = await serveHttp(answer);
    onTestFinished(() => plain.close());
    const code = await codeAt(`https://good.test:${server.port}/to=http://127.0.0.1:${plain.port}/`);
    expect(code).toBe('redirect_refused from https: to http:');
    expect(plain.seen).toEqual([]);
    expect(await codeAt(`http://127.0.0.1:${plain.port}/to=https://good.test:${server.port}/`)).toBe(
      'secret',
    );
  });

  test('fails with what does not speak TLS', async () => {
    const plain = await serveBytes('HTTP/1.1 400 Bad Request\r\n\r\n', 'end');
    onTestFinished(() => plain.close());
    expect(await codeAt(`https://good.test:${plain.port}/`)).toMatch(/^tls_failed /);
  });

  test('survives a trusted chain through a key on an unusual curve', async () => {
    const model = await mint({ subject: 'CN=Intermediate', issuer: root, ca: true });
    const unusual = regraft({ model, issuer: root, ...unusualCurveKey() });
    const below = await mint({ subject: 'CN=good.test', issuer: model, names: ['good.test'] });
    const spki = below.x509.publicKey.export({ type: 'spki', format: 'der' });
    const odd = await serveHttp(answer, {
      chain: [regraft({ model: below, issuer: unusual, spki }), unusual],
    });
    onTestFinished(() => odd.close());
    expect(await codeAt(`https://good.test:${odd.port}/`)).toBe('secret');
  });
});
