import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RevocationStatus } from '../../../lib/core/revocation.ts';
import type { InquirerOptions } from '../../../lib/sources/inquiry/inquire.ts';
import { type CrlEntryOptions, type CrlOptions, mintCrl } from '../../support/crl.ts';
import { mintOcspResponse, ocspRefusal } from '../../support/ocsp.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { type PointerUrls, pointers } from '../../support/pointers.ts';
import { type Publisher, startPublisher } from '../../support/publisher.ts';
import { refusedPort } from '../../support/tls-servers.ts';
import { fingerprint, inquirerFor, showing, trusting } from './asking.ts';

const HOUR = 3_600_000;
let ca: Issued;
let stranger: Issued;
let publisher: Publisher;
let paths = 0;

beforeAll(async () => {
  publisher = await startPublisher();
  [ca, stranger] = await Promise.all([
    mint({ subject: 'CN=CA', ca: true }),
    mint({ subject: 'CN=Stranger', ca: true }),
  ]);
});
afterAll(() => publisher.close());

/** A path of its own for every test: answers are remembered. */
function place(name: string): string {
  paths += 1;
  return `/${paths}/${name}`;
}

function leafWith(urls: PointerUrls, issuer: Issued = ca, subject = 'CN=api.test'): Promise<Issued> {
  return mint({ subject, issuer, names: ['api.test'], extensions: pointers(urls) });
}

/** A leaf with a CRL that is published with these entries, or like that. */
async function leafWithCrl(
  entries: (leaf: Issued) => readonly CrlEntryOptions[],
  rest: Partial<CrlOptions> = {},
) {
  const path = place('ca.crl');
  const leaf = await leafWith({ crl: [[publisher.url(path)]] });
  publisher.publish(path, mintCrl({ issuer: ca, entries: entries(leaf), ...rest }));
  return leaf;
}

const listed = ({ x509 }: Issued): CrlEntryOptions => ({
  serialNumber: x509.serialNumber,
  revokedAt: new Date('2026-05-04T03:02:01Z'),
  reason: 1,
});

async function ask(
  leaf: Issued,
  options: Partial<InquirerOptions> = {},
): Promise<RevocationStatus | undefined> {
  const inquire = inquirerFor([ca], options);
  const { revocation } = await inquire(showing(trusting([ca]), [leaf]), 'api.test');
  return revocation?.[fingerprint(leaf)];
}

describe('a CRL', () => {
  test('that does not list a certificate says that it is good', async () => {
    const status = await ask(await leafWithCrl(() => []));
    expect(status).toMatchObject({ state: 'good', by: 'crl', nextUpdate: expect.any(String) });
  });

  test('that lists it says when and why it was revoked', async () => {
    expect(await ask(await leafWithCrl((leaf) => [listed(leaf)]))).toMatchObject({
      state: 'revoked',
      by: 'crl',
      revokedAt: '2026-05-04T03:02:01Z',
      reason: 'keyCompromise',
    });
  });

  test('that is out of date says nothing, and that it listed it is not lost', async () => {
    const nextUpdate = new Date(Date.now() - HOUR);
    const stale = { thisUpdate: new Date(Date.now() - 48 * HOUR), nextUpdate };
    expect(await ask(await leafWithCrl(() => [], stale))).toMatchObject({
      state: 'unknown',
      because: 'stale',
    });
    expect(await ask(await leafWithCrl((leaf) => [listed(leaf)], stale))).toMatchObject({
      state: 'unknown',
      because: 'stale',
      revokedAt: '2026-05-04T03:02:01Z',
    });
  });

  test('of another CA says nothing, even where it lists the number', async () => {
    const leaf = await leafWithCrl((each) => [listed(each)], { issuer: stranger });
    expect(await ask(leaf)).toMatchObject({ state: 'unknown', by: 'crl', because: 'foreign_issuer' });
  });

  test('that another key has signed in the name of the CA says nothing', async () => {
    const forged = { ...stranger, der: ca.der };
    const leaf = await leafWithCrl((each) => [listed(each)], { issuer: forged });
    expect(await ask(leaf)).toMatchObject({ state: 'unknown', because: 'signature_invalid' });
  });

  test('that is garbage says nothing, and not that nobody could be reached', async () => {
    const path = place('garbage.crl');
    publisher.publish(path, Buffer.from('<html>Please log in</html>'));
    const leaf = await leafWith({ crl: [[publisher.url(path)]] });
    expect(await ask(leaf)).toMatchObject({ state: 'unknown', by: 'crl', because: 'malformed' });
  });

  test('is asked for once, however many certificates are on it and however often', async () => {
    const path = place('shared.crl');
    const leaves = await Promise.all(
      Array.from({ length: 8 }, (_, index) => leafWith({ crl: [[publisher.url(path)]] }, ca, `CN=${index}`)),
    );
    publisher.publish(path, mintCrl({ issuer: ca, entries: leaves.slice(0, 3).map(listed) }));
    const inquire = inquirerFor([ca]);
    const trust = trusting([ca]);
    const inquiries = await Promise.all([
      inquire(showing(trust, ...leaves.map((leaf) => [leaf])), 'api.test'),
      ...leaves.map((leaf) => inquire(showing(trust, [leaf]), 'api.test')),
    ]);
    await inquire(showing(trust, leaves), 'api.test');
    const [all] = inquiries;
    expect(leaves.map((leaf) => all?.revocation?.[fingerprint(leaf)]?.state)).toEqual([
      ...Array(3).fill('revoked'),
      ...Array(5).fill('good'),
    ]);
    expect(publisher.asked.filter((each) => each === `GET ${path}`)).toHaveLength(1);
  });
});

describe('a source that cannot be reached', () => {
  test('leaves it unknown, never revoked', async () => {
    const url = `http://127.0.0.1:${await refusedPort()}/ca.crl`;
    const leaf = await leafWith({ crl: [[url]] });
    const status = await ask(leaf);
    expect(status).toMatchObject({ state: 'unknown', by: 'crl', because: 'unreachable' });
    expect(status?.detail).toContain(`${url}: no connection to the server`);
  });

  test('is passed over for the next URL of its point, and for the next point', async () => {
    const dead = publisher.url(place('gone.crl'));
    const path = place('there.crl');
    publisher.publish(path, mintCrl({ issuer: ca }));
    const there = publisher.url(path);
    expect(await ask(await leafWith({ crl: [[dead, there]] }))).toMatchObject({ state: 'good' });
    expect(await ask(await leafWith({ crl: [[dead], [there]] }))).toMatchObject({ state: 'good' });
  });

  test('is as good as one whose list says nothing: the next one is asked', async () => {
    const [foreign, own] = [place('foreign.crl'), place('own.crl')];
    publisher.publish(foreign, mintCrl({ issuer: stranger }));
    const leaf = await leafWith({ crl: [[publisher.url(foreign)], [publisher.url(own)]] });
    publisher.publish(own, mintCrl({ issuer: ca, entries: [listed(leaf)] }));
    expect(await ask(leaf)).toMatchObject({ state: 'revoked', by: 'crl' });
  });

  test('is one that the egress guard refuses', async () => {
    const leaf = await leafWithCrl((each) => [listed(each)]);
    const before = publisher.asked.length;
    const status = await ask(leaf, { guard: {} } as Partial<InquirerOptions>);
    expect(status).toMatchObject({ state: 'unknown', because: 'unreachable' });
    expect(status?.detail).toContain('127.0.0.1 is in 127.0.0.0/8');
    expect(publisher.asked).toHaveLength(before);
  });

  test('is not LDAP, which nobody tries', async () => {
    const ldap = await leafWith({ crl: [['ldap://127.0.0.1/cn=ca?certificateRevocationList']] });
    expect(await ask(ldap)).toEqual({ state: 'unknown', by: null, because: 'no_source' });
    const path = place('ca.crl');
    publisher.publish(path, mintCrl({ issuer: ca }));
    expect(
      await ask(await leafWith({ crl: [['ldap://127.0.0.1/cn=ca', publisher.url(path)]] })),
    ).toMatchObject({
      state: 'good',
    });
  });

  test('has a URL of bounded length remembered', async () => {
    const leaf = await leafWith({ crl: [[`${publisher.url(place('long'))}${'x'.repeat(1900)}`]] });
    expect((await ask(leaf))?.detail?.length).toBeLessThan(300);
  });
});

describe('the OCSP responder', () => {
  const respond =
    (answer: () => Buffer) =>
    (body: Buffer): Buffer =>
      body[0] === 0x30 ? answer() : Buffer.of();

  async function leafWithBoth(crl: Buffer | number, ocsp: (leaf: Issued) => Buffer) {
    const [list, responder] = [place('ca.crl'), place('ocsp')];
    const leaf = await leafWith({ crl: [[publisher.url(list)]], ocsp: [publisher.url(responder)] });
    publisher.publish(list, crl);
    publisher.publish(
      responder,
      respond(() => ocsp(leaf)),
    );
    return { leaf, wasAsked: () => publisher.asked.includes(`POST ${responder}`) };
  }
  const revokedBy = (leaf: Issued) =>
    mintOcspResponse({ answers: [{ certificate: leaf, issuer: ca, status: 'revoked', reason: 4 }] });
  const goodBy = (leaf: Issued) => mintOcspResponse({ answers: [{ certificate: leaf, issuer: ca }] });

  test('is not asked unless somebody wants that, even where nobody else can say', async () => {
    const { leaf, wasAsked } = await leafWithBoth(404, revokedBy);
    expect(await ask(leaf, { revocation: 'crl' })).toMatchObject({
      state: 'unknown',
      because: 'unreachable',
    });
    expect(wasAsked()).toBe(false);
  });

  test('is not asked where a CRL says', async () => {
    const { leaf, wasAsked } = await leafWithBoth(mintCrl({ issuer: ca }), revokedBy);
    expect(await ask(leaf, { revocation: 'ocsp' })).toMatchObject({ state: 'good', by: 'crl' });
    expect(wasAsked()).toBe(false);
  });

  test('is asked where the CRL does not say', async () => {
    const missing = await leafWithBoth(404, revokedBy);
    expect(await ask(missing.leaf, { revocation: 'ocsp' })).toMatchObject({
      state: 'revoked',
      by: 'ocsp',
      reason: 'superseded',
    });
    const foreign = await leafWithBoth(mintCrl({ issuer: stranger }), goodBy);
    expect(await ask(foreign.leaf, { revocation: 'ocsp' })).toMatchObject({ state: 'good', by: 'ocsp' });
  });

  test('is asked where there is no CRL at all', async () => {
    const path = place('ocsp');
    const leaf = await leafWith({ ocsp: [publisher.url(path)] });
    publisher.publish(
      path,
      respond(() => goodBy(leaf)),
    );
    expect(await ask(leaf, { revocation: 'ocsp' })).toMatchObject({ state: 'good', by: 'ocsp' });
    expect(await ask(leaf, { revocation: 'crl' })).toEqual({
      state: 'unknown',
      by: null,
      because: 'no_source',
    });
  });

  test.each([
    ['garbage', () => Buffer.from('not DER'), 'malformed'],
    ['nothing', () => Buffer.of(), 'malformed'],
    ['a refusal', () => ocspRefusal(6), 'responder_unauthorized'],
    [
      'a signature of somebody else',
      (leaf: Issued) => mintOcspResponse({ answers: [{ certificate: leaf, issuer: ca }], signer: stranger }),
      'responder_not_trusted',
    ],
    [
      'an answer about another one',
      () => mintOcspResponse({ answers: [{ certificate: stranger, issuer: ca }] }),
      'other_certificate',
    ],
  ])('that answers with %s has said nothing', async (_, response, because) => {
    const { leaf } = await leafWithBoth(404, response);
    expect(await ask(leaf, { revocation: 'ocsp' })).toMatchObject({ state: 'unknown', by: 'ocsp', because });
  });

  test('that cannot be reached is passed over for the next one', async () => {
    const path = place('ocsp');
    const dead = publisher.url(place('dead'));
    const leaf = await leafWith({ ocsp: [dead, publisher.url(path)] });
    publisher.publish(
      path,
      respond(() => goodBy(leaf)),
    );
    expect(await ask(leaf, { revocation: 'ocsp' })).toMatchObject({ state: 'good', by: 'ocsp' });
    const alone = await ask(await leafWith({ ocsp: [dead] }), { revocation: 'ocsp' });
    expect(alone).toMatchObject({ state: 'unknown', by: 'ocsp', because: 'unreachable' });
    expect(alone?.detail).toContain('HTTP 404');
  });
});

describe('the CAs on the path', () => {
  test('are asked about, too, and the anchor is not', async () => {
    const [above, below] = [place('root.crl'), place('issuing.crl')];
    const issuing = await mint({
      subject: 'CN=Issuing CA',
      ca: true,
      issuer: ca,
      extensions: pointers({ crl: [[publisher.url(above)]] }),
    });
    const leaf = await leafWith({ crl: [[publisher.url(below)]] }, issuing);
    publisher.publish(above, mintCrl({ issuer: ca, entries: [listed(issuing)] }));
    publisher.publish(below, mintCrl({ issuer: issuing }));
    const inquire = inquirerFor([ca]);
    for (const sent of [
      [leaf, issuing],
      [leaf, issuing, ca],
    ]) {
      const { revocation } = await inquire(showing(trusting([ca]), sent), 'api.test');
      expect(revocation).toEqual({
        [fingerprint(leaf)]: expect.objectContaining({ state: 'good' }),
        [fingerprint(issuing)]: expect.objectContaining({ state: 'revoked', reason: 'keyCompromise' }),
      });
    }
  });

  test('are those of the certificate for other clients as well', async () => {
    const leaf = await leafWithCrl((each) => [listed(each)]);
    const usual = await leafWithCrl(() => []);
    const trust = trusting([ca]);
    const [address] = showing(trust, [usual]).addresses;
    const [other] = showing(trust, [leaf]).addresses;
    if (address === undefined || other?.answer === undefined) throw new Error('nothing is shown');
    const seen = { ...showing(trust), addresses: [{ ...address, otherKey: other.answer }] };
    const { revocation } = await inquirerFor([ca])(seen, 'api.test');
    expect(revocation?.[fingerprint(leaf)]?.state).toBe('revoked');
    expect(revocation?.[fingerprint(usual)]?.state).toBe('good');
  });
});

describe('the time for one endpoint', () => {
  test('being over leaves unknown what nobody has said, and keeps what somebody has', async () => {
    const [slow, quick] = [place('slow.crl'), await leafWithCrl(() => [])];
    publisher.publish(slow, 'silence');
    const urls = [publisher.url(slow), publisher.url(place('never-tried.crl'))];
    const leaf = await leafWith({ crl: [urls] });
    const trust = trusting([ca]);
    const inquire = inquirerFor([ca], { budgetMs: 150, timeoutMs: 300 });
    // The list of the other one is here before: a host is asked one thing at a time.
    await inquire(showing(trust, [quick]), 'api.test');
    const { revocation } = await inquire(showing(trust, [leaf], [quick]), 'api.test');
    expect(revocation?.[fingerprint(leaf)]).toEqual({
      state: 'unknown',
      by: null,
      because: 'unreachable',
      detail: 'no answer in the time that there is for one endpoint',
    });
    expect(revocation?.[fingerprint(quick)]).toMatchObject({ state: 'good' });
    // A host is asked one thing at a time: what is still under way there has had its turn before these two.
    for (const next of [await leafWithCrl(() => []), await leafWithCrl(() => [])])
      await inquire(showing(trust, [next]), 'api.test');
    expect(publisher.asked.some((each) => each.includes('never-tried'))).toBe(false);
  });
});
