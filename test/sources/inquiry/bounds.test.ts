import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mintCrl } from '../../support/crl.ts';
import { type Issued, mint } from '../../support/pki.ts';
import { type PointerUrls, pointers } from '../../support/pointers.ts';
import { type Publisher, startPublisher } from '../../support/publisher.ts';
import { fingerprint, inquirerFor, showing, trusting } from './asking.ts';

let root: Issued;
let issuing: Issued;
let publisher: Publisher;

beforeAll(async () => {
  publisher = await startPublisher();
  root = await mint({ subject: 'CN=Root', ca: true });
  issuing = await mint({ subject: 'CN=Issuing CA', ca: true, issuer: root });
});
afterAll(() => publisher.close());

const leafWith = (urls: PointerUrls, issuer = issuing) =>
  mint({ subject: 'CN=api.test', issuer, extensions: pointers(urls) });
const urlsOf = (folder: string, count: number) =>
  Array.from({ length: count }, (_, index) => publisher.url(`/${folder}/${index}`));
const askedIn = (folder: string) => publisher.asked.filter((each) => each.includes(` /${folder}/`));

describe('for one endpoint', () => {
  test('no more than 32 URLs are asked for, whoever names them', async () => {
    const leaves = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        leafWith({
          crl: [urlsOf(`many/${name}`, 12)],
          ocsp: urlsOf(`many/${name}/ocsp`, 12),
          issuer: urlsOf(`many/${name}/issuer`, 12),
        }),
      ),
    );
    const chains = leaves.map((leaf) => [leaf, issuing]);
    const inquire = inquirerFor([root], { revocation: 'ocsp', urls: true });
    const { revocation = {} } = await inquire(showing(trusting([root]), ...chains), 'api.test');
    expect(askedIn('many')).toHaveLength(32);
    for (const leaf of leaves) {
      expect(revocation[fingerprint(leaf)]).toMatchObject({
        because: 'unreachable',
        detail: expect.stringMatching(/at most 32 URLs for one endpoint/),
      });
    }
  });

  test('the status of at most 32 certificates is said, and the leaves come first', async () => {
    const crl = publisher.url('/one.crl');
    const own = await mint({
      subject: 'CN=Another CA',
      ca: true,
      issuer: root,
      extensions: pointers({ crl: [[crl]] }),
    });
    const leaves = await Promise.all(Array.from({ length: 34 }, () => leafWith({ crl: [[crl]] }, own)));
    const seen = showing(trusting([root]), ...leaves.slice(0, 31).map((leaf) => [leaf, own]));
    const { revocation = {} } = await inquirerFor([root])(seen, 'api.test');
    expect(Object.keys(revocation).sort()).toEqual([...leaves.slice(0, 31), own].map(fingerprint).sort());
    const more = showing(trusting([root]), ...leaves.map((leaf) => [leaf, own]));
    const statuses = await inquirerFor([root])(more, 'api.test');
    expect(Object.keys(statuses.revocation ?? {})).toEqual(leaves.slice(0, 32).map(fingerprint));
  });

  test('what was seen is kept in three hundred characters', async () => {
    const stranger = await mint({ subject: `CN=${'x'.repeat(1_500)}`, ca: true });
    publisher.publish('/stranger.crl', mintCrl({ issuer: stranger }));
    const leaf = await leafWith({ crl: [[publisher.url('/stranger.crl')]] });
    const { revocation = {} } = await inquirerFor([root])(
      showing(trusting([root]), [leaf, issuing]),
      'api.test',
    );
    const { because, detail } = revocation[fingerprint(leaf)] ?? {};
    expect([because, detail?.length]).toEqual(['foreign_issuer', 300]);
  });
});

describe('a fault of ours in one part', () => {
  const fault = () => {
    throw new Error('a fault');
  };

  test('costs neither the other parts nor the observation', async () => {
    const leaf = await leafWith({ crl: [[publisher.url('/fault.crl')]] });
    const seen = showing(trusting([root]), [leaf, issuing]);
    const caa = { find: async () => ({ state: 'none' as const }) };
    const published = { crls: { get: fault }, issuers: { get: fault } };
    const asked = inquirerFor([root], { urls: true, caa, published });
    expect(await asked(seen, 'api.test')).toEqual({ caa: { state: 'unrestricted' } });
    const other = inquirerFor([root], { caa: { find: fault } });
    expect(Object.keys(await other(seen, 'api.test'))).toEqual(['revocation']);
  });
});
