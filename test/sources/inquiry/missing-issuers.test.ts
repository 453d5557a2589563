import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readCertsOnly } from '../../../lib/sources/inquiry/certs-only.ts';
import { der, sequence } from '../../support/der-writer.ts';
import { type Issued, mint, pemBundle } from '../../support/pki.ts';
import { type PointerUrls, pointers } from '../../support/pointers.ts';
import { type Publisher, startPublisher } from '../../support/publisher.ts';
import { refusedPort } from '../../support/tls-servers.ts';
import { oid } from '../../x509/forge.ts';
import { isOpensslInstalled } from '../../x509/openssl-verify.ts';
import { fingerprint, inquirerFor, showing, trusting } from './asking.ts';

const DAY = 86_400_000;
let root: Issued;
let issuing: Issued;
let publisher: Publisher;
let paths = 0;

beforeAll(async () => {
  publisher = await startPublisher();
  root = await mint({ subject: 'CN=Root', ca: true });
  issuing = await mint({ subject: 'CN=Issuing CA', ca: true, issuer: root });
});
afterAll(() => publisher.close());

function published(what: Parameters<Publisher['publish']>[1]): string {
  paths += 1;
  publisher.publish(`/${paths}`, what);
  return publisher.url(`/${paths}`);
}

const leafAt = (...issuer: string[]) => leafUnder(issuing, { issuer });

function leafUnder(issuer: Issued, urls: PointerUrls, days = 90): Promise<Issued> {
  return mint({ subject: 'CN=api.test', names: ['api.test'], issuer, days, extensions: pointers(urls) });
}

/** Whether it can be completed; undefined where nobody can tell, or nothing is missing. */
async function completes(sent: readonly Issued[], inquire = inquirerFor([root], { revocation: undefined })) {
  const { fetched } = await inquire(showing(trusting([root]), sent), 'api.test');
  return fetched?.[fingerprint(sent[0] as Issued)];
}

/** A certs-only message as RFC 5652 §5.1 has it. */
function certsOnly(...certificates: readonly Issued[]): Buffer {
  const data = sequence(
    der(0x02, Buffer.of(1)),
    der(0x31),
    sequence(oid('1.2.840.113549.1.7.1')),
    der(0xa0, ...certificates.map((each) => each.der)),
    der(0x31),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), der(0xa0, data));
}

describe('a chain without its intermediate', () => {
  test('is completed by what the certificate points to', async () => {
    expect(await completes([await leafAt(published(issuing.der))])).toBe(true);
  });

  test.each([
    ['PEM', () => Buffer.from(pemBundle(issuing))],
    ['CMS', () => certsOnly(root, issuing)],
  ])('is completed by %s, too', async (_, encoded) => {
    expect(await completes([await leafAt(published(encoded()))])).toBe(true);
  });

  test('is completed over several steps, and by the second URL', async () => {
    const upper = await mint({ subject: 'CN=Upper', ca: true, issuer: root });
    const lower = await mint({
      subject: 'CN=Lower',
      ca: true,
      issuer: upper,
      extensions: pointers({ issuer: [published(404), published(upper.der)] }),
    });
    const other = published((await mint({ subject: 'CN=Lower', ca: true })).der);
    const leaf = await leafUnder(lower, { issuer: ['ldap://127.0.0.1/', other, published(lower.der)] });
    expect(await completes([leaf])).toBe(true);
  });

  test('takes six steps at most', async () => {
    const line = [root];
    for (let depth = 0; depth < 7; depth += 1) {
      const above = line.at(-1) as Issued;
      const extensions = pointers({ issuer: depth === 0 ? [] : [published(above.der)] });
      line.push(await mint({ subject: `CN=CA ${depth}`, ca: true, issuer: above, extensions }));
    }
    const under = async (index: number) => {
      const issuer = line[index] as Issued;
      return completes([await leafUnder(issuer, { issuer: [published(issuer.der)] })]);
    };
    expect(await under(6)).toBe(true);
    expect(await under(7)).toBe(false);
  });

  test('is not completed by nothing, by a stranger, or by what has ended', async () => {
    const stranger = await mint({ subject: 'CN=Issuing CA', ca: true });
    const old = await mint({ subject: 'CN=Old CA', ca: true, issuer: root, days: -1 });
    expect(await completes([await leafUnder(issuing, {})])).toBe(false);
    expect(await completes([await leafAt(published(stranger.der))])).toBe(false);
    expect(await completes([await leafAt(published(root.der))])).toBe(false);
    expect(await completes([await leafUnder(old, { issuer: [published(old.der)] })])).toBe(false);
  });

  test('is completed where only the leaf itself has ended', async () => {
    const ended = await mint({
      subject: 'CN=api.test',
      issuer: issuing,
      notBefore: new Date(Date.now() - 9 * DAY),
      days: -1,
      extensions: pointers({ issuer: [published(issuing.der)] }),
    });
    expect(await completes([ended])).toBe(true);
  });

  test('is a matter of opinion where somebody could not be reached', async () => {
    const gone = `http://127.0.0.1:${await refusedPort()}/ca.cer`;
    expect(await completes([await leafAt(gone)])).toBeUndefined();
    expect(await completes([await leafAt(gone, published(root.der))])).toBeUndefined();
    expect(await completes([await leafAt(gone, published(issuing.der))])).toBe(true);
  });

  test('is not asked about where nothing is missing', async () => {
    const before = publisher.asked.length;
    const leaf = await leafAt(published(issuing.der));
    expect(await completes([leaf, issuing])).toBeUndefined();
    expect(publisher.asked).toHaveLength(before);
  });
});

describe('what CAs publish', () => {
  test('ends, where certificates point to each other in a circle', async () => {
    paths += 2;
    const [a, b] = [`/${paths - 1}`, `/${paths}`];
    const first = await mint({ subject: 'CN=A', ca: true });
    const second = await mint({
      subject: 'CN=B',
      ca: true,
      issuer: first,
      extensions: pointers({ issuer: [publisher.url(a)] }),
    });
    const back = await mint({
      subject: 'CN=A',
      ca: true,
      issuer: second,
      reuseKeyOf: first,
      extensions: pointers({ issuer: [publisher.url(b)] }),
    });
    publisher.publish(a, back.der);
    publisher.publish(b, second.der);
    const leaf = await leafUnder(second, { issuer: [publisher.url(b)] });
    expect(await completes([leaf])).toBe(false);
    expect(publisher.asked.filter((each) => each === `GET ${a}` || each === `GET ${b}`)).toHaveLength(2);
  });

  test.each([
    ['text', Buffer.from('no certificate here')],
    ['half a certificate', Buffer.from('3082010030', 'hex')],
    ['a CMS message without certificates', sequence(oid('1.2.840.113549.1.7.2'), der(0xa0, sequence()))],
    ['a CMS message of something else', certsOnly().subarray(0, 20)],
    ['nothing', Buffer.of()],
    ['a thousand strangers', 'thousand'],
  ])('may be junk: %s', async (_, junk) => {
    const stranger = await mint({ subject: 'CN=Issuing CA', ca: true });
    const bytes = typeof junk === 'string' ? Buffer.from(pemBundle(...Array(1000).fill(stranger))) : junk;
    expect(await completes([await leafAt(published(bytes))])).not.toBe(true);
    expect(await completes([await leafAt(published(bytes), published(issuing.der))])).toBe(true);
  });
});

describe('a certs-only message', () => {
  test.skipIf(!isOpensslInstalled)('is read as OpenSSL writes it, up to a number', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'notafter-cms-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'both.pem');
    await writeFile(file, pemBundle(issuing, root));
    const written = execFileSync('openssl', ['crl2pkcs7', '-nocrl', '-outform', 'DER', '-certfile', file]);
    const read = (most: number) => readCertsOnly(written, most)?.map(({ fingerprint256 }) => fingerprint256);
    expect(read(9)?.sort()).toEqual([issuing.x509.fingerprint256, root.x509.fingerprint256].sort());
    expect(read(1)).toHaveLength(1);
  });

  test('is not what a certificate is', () => {
    expect(readCertsOnly(issuing.der, 9)).toBeNull();
  });
});
