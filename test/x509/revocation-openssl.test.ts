import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPointers } from '../../lib/x509/pointers.ts';
import { readCrl } from '../../lib/x509/revocation/crl.ts';
import { findRevoked } from '../../lib/x509/revocation/find-revoked.ts';
import { ocspRequest } from '../../lib/x509/revocation/ocsp-request.ts';
import { statusByOcsp } from '../../lib/x509/revocation/status-by-ocsp.ts';
import { verifyCrl } from '../../lib/x509/revocation/verify-crl.ts';
import { mintCrl } from '../support/crl.ts';
import { der, extensionOf, sequence, text } from '../support/der-writer.ts';
import { mintOcspResponse } from '../support/ocsp.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { extension, forgeX509 } from './forge.ts';

const isInstalled = /^OpenSSL 3/.test(spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '');
if (!isInstalled) process.stderr.write('skipped: no openssl 3 command to compare with\n');

const directory = mkdtempSync(join(tmpdir(), 'notafter-revocation-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function openssl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8', cwd: directory });
  return stdout + stderr;
}

function save(name: string, bytes: Buffer | string): string {
  writeFileSync(join(directory, name), bytes);
  return name;
}

let ca: Issued;
let leaf: Issued;
let revoked: Issued;

beforeAll(async () => {
  ca = await mint({ subject: 'CN=Issuing,O=Acme', ca: true });
  leaf = await mint({ subject: 'CN=api.test', issuer: ca, serialNumber: '1000' });
  revoked = await mint({ subject: 'CN=old.test', issuer: ca, serialNumber: '1001' });
  save('ca.pem', ca.pem);
  save('ca.key', ca.keyPem);
  save('leaf.pem', leaf.pem);
  save('revoked.pem', revoked.pem);
});

describe.skipIf(!isInstalled)('the openssl command and we agree', () => {
  test('on a CRL that is minted here', () => {
    const bytes = mintCrl({
      issuer: ca,
      thisUpdate: new Date('2026-03-04T05:06:07Z'),
      entries: [
        { serialNumber: '1001', reason: 1 },
        { serialNumber: '00ff' },
        { serialNumber: '7f'.repeat(20), reason: 6 },
      ],
      extensions: [extensionOf('2.5.29.20', der(0x02, Buffer.from('00c0ffee', 'hex')))],
    });
    const crl = readCrl(bytes);
    if ('unreadable' in crl) throw new Error(crl.unreadable);
    const out = openssl(
      'crl',
      '-inform',
      'DER',
      '-in',
      save('a.crl', bytes),
      '-text',
      '-crlnumber',
      '-lastupdate',
      '-nextupdate',
      '-CAfile',
      'ca.pem',
      '-dateopt',
      'iso_8601',
      '-nameopt',
      'RFC2253',
    );
    expect(out).toContain('verify OK');
    expect(verifyCrl(crl, ca.x509)).toBeNull();
    expect(out).toContain(`Issuer: ${crl.issuer}`);
    expect(out).toContain(`lastUpdate=${crl.thisUpdate.replace('T', ' ')}`);
    expect(out).toContain(`nextUpdate=${crl.nextUpdate?.replace('T', ' ')}`);
    expect(out.toLowerCase()).toContain(`crlnumber=0x${crl.number}`);
    const serials = [...out.matchAll(/Serial Number: (\S+)/g)].map((match) => (match[1] ?? '').toLowerCase());
    expect(serials).toHaveLength(crl.entryCount);
    expect(serials.map((serial) => findRevoked(crl, serial)?.reason)).toEqual([
      'keyCompromise',
      null,
      'certificateHold',
    ]);
  });

  test('on a CRL that openssl makes', () => {
    const index = [
      'R\t300101000000Z\t260203040506Z,superseded\t1001\tunknown\t/CN=old.test',
      'V\t300101000000Z\t\t1000\tunknown\t/CN=api.test',
      'R\t300101000000Z\t260203040506Z,keyTime,20260101000000Z\t1002\tunknown\t/CN=stolen.test',
    ];
    save('index.txt', `${index.join('\n')}\n`);
    save('crlnumber', 'C0FFEE\n');
    const config =
      '[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ncrl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n';
    openssl(
      'ca',
      '-config',
      save('ca.cnf', config),
      '-gencrl',
      '-cert',
      'ca.pem',
      '-keyfile',
      'ca.key',
      '-crldays',
      '7',
      '-out',
      'made.pem',
    );
    const pem = Buffer.from(openssl('crl', '-in', 'made.pem'));
    const crl = readCrl(pem);
    if ('unreadable' in crl) throw new Error(crl.unreadable);
    expect(crl).toMatchObject({ issuer: 'CN=Issuing,O=Acme', number: 'c0ffee', entryCount: 2, scope: null });
    expect(verifyCrl(crl, ca.x509)).toBeNull();
    expect(findRevoked(crl, '1000')).toBeNull();
    expect(findRevoked(crl, '1001')).toEqual({
      revokedAt: '2026-02-03T04:05:06Z',
      reason: 'superseded',
      invalidityDate: null,
    });
    expect(findRevoked(crl, '1002')).toMatchObject({
      reason: 'keyCompromise',
      invalidityDate: '2026-01-01T00:00:00Z',
    });
  });

  test('on an OCSP response that is minted here', () => {
    const response = mintOcspResponse({
      answers: [{ certificate: revoked, issuer: ca, status: 'revoked', reason: 4 }],
    });
    const out = openssl(
      'ocsp',
      '-respin',
      save('a.ocsp', response),
      '-issuer',
      'ca.pem',
      '-cert',
      'revoked.pem',
      '-CAfile',
      'ca.pem',
      '-no_nonce',
    );
    expect(out).toContain('Response verify OK');
    expect(out).toMatch(/revoked\.pem: revoked[\s\S]*Reason: superseded/);
    const asked = {
      certificate: revoked.x509,
      issuer: ca.x509,
      response,
      by: 'staple',
      now: new Date(),
    } as const;
    expect(statusByOcsp(asked)).toMatchObject({ state: 'revoked', reason: 'superseded' });
  });

  test.each(['good', 'revoked'] as const)(
    'on a request of ours and the answer of its responder: %s',
    (state) => {
      const { x509 } = state === 'good' ? leaf : revoked;
      const request = save('a.req', ocspRequest(x509, ca.x509));
      const index = [
        'R\t300101000000Z\t260203040506Z,keyCompromise\t1001\tunknown\t/CN=old.test',
        'V\t300101000000Z\t\t1000\tunknown\t/CN=api.test',
      ];
      save('responder.txt', `${index.join('\n')}\n`);
      const out = openssl(
        'ocsp',
        '-index',
        'responder.txt',
        '-CA',
        'ca.pem',
        '-rsigner',
        'ca.pem',
        '-rkey',
        'ca.key',
        '-reqin',
        request,
        '-respout',
        'b.ocsp',
        '-ndays',
        '1',
      );
      expect(out).not.toMatch(/error/i);
      const response = readFileSync(join(directory, 'b.ocsp'));
      const asked = { certificate: x509, issuer: ca.x509, response, by: 'ocsp', now: new Date() } as const;
      expect(statusByOcsp(asked)).toMatchObject(
        state === 'good' ? { state } : { state, reason: 'keyCompromise', revokedAt: '2026-02-03T04:05:06Z' },
      );
    },
  );

  test('on what a certificate points to', () => {
    const uri = (url: string): Buffer => text(0x86, url);
    const fullName = (...names: Buffer[]): Buffer => der(0xa0, der(0xa0, ...names));
    const points = sequence(
      sequence(fullName(uri('http://crl.test/1.crl'), uri('ldap://dir.test/cn=ca'))),
      sequence(fullName(uri('http://crl.test/2.crl')), der(0x81, Buffer.of(5, 0b01100000))),
    );
    const x509 = forgeX509(
      leaf,
      {
        extensions: [
          extension('2.5.29.31', points),
          extension('1.3.6.1.5.5.7.1.24', sequence(der(0x02, Buffer.of(5)))),
        ],
      },
      ca,
    );
    const out = openssl('x509', '-in', save('pointed.pem', x509.toString()), '-noout', '-text');
    const { distributionPoints, mustStaple } = readPointers(x509.raw);
    expect([...out.matchAll(/URI:(\S+)/g)].map(([, url]) => url)).toEqual(
      distributionPoints?.flatMap(({ urls }) => urls),
    );
    expect(out).toMatch(/Key Compromise, CA Compromise/);
    expect(distributionPoints?.[1]?.reasons).toEqual(['keyCompromise', 'cACompromise']);
    expect([mustStaple, out.includes('status_request')]).toEqual([true, true]);
  });
});
