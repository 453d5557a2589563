import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finished, startCli } from '../cli/process.ts';
import { mint, pemBundle } from '../support/pki.ts';
import { extension, forge, name, oid, tlv, utf8 } from '../x509/forge.ts';

const launcher = fileURLToPath(new URL('../../scripts/compare-openssl.ts', import.meta.url));
const isInstalled = /^OpenSSL [3-9]/.test(
  spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '',
);
if (!isInstalled) process.stderr.write('skipped: no openssl 3 command to compare with\n');

const ia5 = (tag: number, text: string) => tlv(tag, Buffer.from(text));

/** A name with an attribute that only OpenSSL has a word for and an RDN of two; alternative names of every kind. */
async function oddities(): Promise<Buffer> {
  const base = await mint({ subject: 'CN=odd' });
  const subject = name(
    [['2.5.4.72', utf8('role, if any')]],
    [
      ['2.5.4.3', utf8('Zoë')],
      ['0.9.2342.19200300.100.1.1', utf8('42')],
    ],
  );
  const names = [
    ia5(0x82, 'a.test, DNS:b.test'),
    ia5(0x81, 'a@b.test'),
    tlv(0xa4, name([['2.5.4.3', utf8('x, DNS:y')]])),
    ia5(0x86, 'https://a.test/'),
    tlv(0x87, Buffer.of(192, 0, 2, 1)),
    tlv(0x87, Buffer.from('20010db8000000000000000000000001', 'hex')),
    tlv(0x88, Buffer.of(0x2a, 0x03)),
    tlv(0xa0, oid('1.3.6.1.4.1.311.20.2.3'), tlv(0xa0, utf8('a@b.test'))),
  ];
  return forge(base, { subject, extensions: [extension('2.5.29.17', tlv(0x30, ...names))] });
}

describe.skipIf(!isInstalled)('npm run compare', () => {
  let folder = '';
  const run = async (env: Record<string, string> = {}, ...args: string[]) =>
    finished(startCli(args, { launcher, env }));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'notafter-compare-'));
    const ca = await mint({ subject: 'CN=Compare CA', ca: true });
    const leaf = await mint({ subject: 'CN=leaf.test', issuer: ca, names: ['leaf.test', '192.0.2.1'] });
    const inner = join(folder, 'collection', 'inner');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, 'bundle.pem'), `${pemBundle(leaf, ca)}${leaf.keyPem}`);
    writeFileSync(join(inner, 'again.der'), leaf.der);
    writeFileSync(join(inner, 'odd.der'), await oddities());
    writeFileSync(join(inner, 'cut.der'), leaf.der.subarray(0, 200));
    writeFileSync(join(inner, 'notes.txt'), 'no certificate');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('counts every distinct certificate once and finds nothing where both agree', async () => {
    const { code, stdout } = await run({}, join(folder, 'collection'));
    expect(stdout).toMatch(
      /in files +5\n.*for either +1\n.*compared +3\n +equal +3\n +flagged +0\n +different +0\n/,
    );
    expect(code).toBe(0);
  });

  test('names the field and ends with 1 where they say different things', async () => {
    const real = execFileSync('sh', ['-c', 'command -v openssl'], { encoding: 'utf8' }).trim();
    const liar = join(folder, 'openssl');
    writeFileSync(liar, `#!/bin/sh\n'${real}' "$@" | sed 's/^serial=../serial=77/; s/DNS:leaf/DNS:loaf/'\n`);
    chmodSync(liar, 0o755);
    const { code, stdout } = await run(
      { PATH: `${folder}${delimiter}${process.env['PATH']}` },
      join(folder, 'collection', 'inner', 'bundle.pem'),
    );
    expect(stdout).toMatch(/different: serialNumber: 2\n +\S+bundle\.pem:1\n/);
    expect(stdout).toMatch(/different: subjectAltNames: 1\n/);
    expect(code).toBe(1);
  });

  test('cannot compare what is not there', async () => {
    expect((await run({}, join(folder, 'nowhere'))).code).toBe(2);
  });
});
