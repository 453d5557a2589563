import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inquiry } from '../../../lib/core/observation.ts';
import type { InquirerOptions } from '../../../lib/sources/inquiry/inquire.ts';
import { mintCrl } from '../../support/crl.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { type PointerUrls, pointers } from '../../support/pointers.ts';
import { type Publisher, startPublisher } from '../../support/publisher.ts';
import { refusedPort } from '../../support/tls-servers.ts';
import { fingerprint, inquirerFor, showing, trusting } from './asking.ts';

let ca: Issued;
let publisher: Publisher;

beforeAll(async () => {
  publisher = await startPublisher();
  ca = await mint({ subject: 'CN=CA', ca: true });
  publisher.publish('/crl', mintCrl({ issuer: ca }));
  publisher.publish('/ca', ca.der);
  publisher.publish('/empty', Buffer.of());
  publisher.publish('/busy', 503);
  publisher.publish('/slow', 'silence');
});
afterAll(() => publisher.close());

async function deadUrls(
  urls: PointerUrls,
  options: Partial<InquirerOptions> & { timeoutMs?: number; guard?: object } = {},
) {
  const leaf = await mint({ subject: 'CN=api.test', issuer: ca, extensions: pointers(urls) });
  const inquire = inquirerFor([ca], { revocation: undefined, urls: true, ...options });
  const { deadUrls: dead }: Inquiry = await inquire(showing(trusting([ca]), [leaf]), 'api.test');
  expect(new Set(dead?.map((each) => each.fingerprint) ?? [])).toEqual(
    new Set(dead?.length ? [fingerprint(leaf)] : []),
  );
  return dead?.map(({ purpose, url, why }) => `${purpose} ${url.replace(/^.*:\d+/, '')}: ${why}`);
}

describe('a URL in a certificate', () => {
  test('is dead where nothing is there, or nothing that could be meant', async () => {
    const url = publisher.url;
    expect(
      await deadUrls({
        crl: [[url('/crl'), url('/no-crl')], [url('/ca')]],
        issuer: [url('/ca'), url('/no-ca'), url('/empty')],
      }),
    ).toEqual([
      'crl /no-crl: the server refused with an HTTP status (HTTP 404)',
      expect.stringMatching(/^crl \/ca: the answer is not what was expected \(.+\)$/),
      'issuer /no-ca: the server refused with an HTTP status (HTTP 404)',
      expect.stringMatching(/^issuer \/empty: the answer is not what was expected/),
    ]);
  });

  test('is not dead for being out of reach, busy, slow or refused by our own guard', async () => {
    const gone = `http://127.0.0.1:${await refusedPort()}/crl`;
    expect(await deadUrls({ crl: [[gone, publisher.url('/busy')]], issuer: [gone] })).toEqual([]);
    expect(await deadUrls({ crl: [[publisher.url('/slow')]] }, { timeoutMs: 100 })).toEqual([]);
    expect(await deadUrls({ crl: [[publisher.url('/no-crl')]] }, { guard: {} })).toEqual([]);
  });

  test('is not tried where it is LDAP, or where nobody wants that', async () => {
    expect(await deadUrls({ crl: [['ldap://127.0.0.1/']] })).toEqual([]);
    expect(await deadUrls({ crl: [[publisher.url('/no-crl')]] }, { urls: false })).toBeUndefined();
  });

  test('leaves the whole list out where the time was too short for it', async () => {
    const urls = { crl: [[publisher.url('/no-crl'), publisher.url('/slow')]] };
    expect(await deadUrls(urls, { budgetMs: 50, timeoutMs: 500 })).toBeUndefined();
  });

  test('fills no inventory: few of them, and of bounded length', async () => {
    const many = Array.from({ length: 16 }, (_, index) => `${publisher.url(`/${index}`)}${'x'.repeat(1900)}`);
    const chain = await Promise.all(
      Array.from({ length: 3 }, (_, index) =>
        mint({ subject: `CN=${index}`, issuer: ca, extensions: pointers({ crl: [many], issuer: many }) }),
      ),
    );
    const inquire = inquirerFor([ca], { revocation: undefined, urls: true });
    const { deadUrls: dead = [] } = await inquire(
      showing(trusting([ca]), ...chain.map((each) => [each])),
      'api.test',
    );
    expect(dead).toHaveLength(32);
    expect(JSON.stringify(dead).length).toBeLessThan(32 * 500);
  });
});
