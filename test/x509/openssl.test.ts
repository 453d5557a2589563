import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import { readCertificate } from '../../lib/x509/certificate.ts';
import { mint } from '../support/pki.ts';
import { forgeX509, name, tlv, utf8 } from './forge.ts';

const FIELDS = ['-serial', '-subject', '-issuer', '-startdate', '-enddate', '-fingerprint', '-sha256'];
const FORMAT = ['-nameopt', 'RFC2253,-esc_msb', '-dateopt', 'iso_8601'];

function openssl(...args: readonly string[]) {
  return spawnSync('openssl', args, { encoding: 'utf8' });
}

/** What `openssl x509` prints of a certificate, in our field names. */
function readWithOpenssl(pem: string): Partial<Certificate> {
  const { stdout, stderr } = spawnSync('openssl', ['x509', '-noout', ...FIELDS, ...FORMAT], {
    input: pem,
    encoding: 'utf8',
  });
  const value = (key: string): string => {
    const line = stdout.split('\n').find((each) => each.toLowerCase().startsWith(`${key}=`));
    if (line === undefined) throw new Error(`openssl printed no ${key}: ${stderr}`);
    return line.slice(key.length + 1);
  };
  const instant = (key: string): string => value(key).replace(' ', 'T');
  return {
    serialNumber: value('serial').toLowerCase(),
    subject: value('subject'),
    issuer: value('issuer'),
    notBefore: instant('notbefore'),
    notAfter: instant('notafter'),
    fingerprint: value('sha256 fingerprint').replaceAll(':', '').toLowerCase(),
  };
}

// -dateopt came with OpenSSL 3.0.
const isInstalled = /^OpenSSL 3/.test(openssl('version').stdout ?? '');
if (!isInstalled) process.stderr.write('skipped: no openssl 3 command to compare with\n');

describe.skipIf(!isInstalled)('the same as the openssl command prints', () => {
  test('for roots that Node ships', () => {
    for (const pem of rootCertificates.filter((_, index) => index % 5 === 0)) {
      expect(readCertificate(new X509Certificate(pem))).toMatchObject(readWithOpenssl(pem));
    }
  });

  test('for names that need escaping and serial numbers that are no positive number', async () => {
    const base = await mint({ subject: 'CN=base' });
    const subject = name(
      [['2.5.4.6', tlv(0x13, Buffer.from('DE'))]],
      [['0.9.2342.19200300.100.1.25', tlv(0x16, Buffer.from('test'))]],
      [['2.5.4.10', utf8(' Acme, "Inc"; <a>+\\ ')]],
      [['2.5.4.11', utf8('#1\n\u001b Zürich 名')]],
      [['2.5.4.3', tlv(0x1e, Buffer.from('bmp é', 'utf16le').swap16())]],
      [['1.2.840.113549.1.9.1', tlv(0x16, Buffer.from('a@b.test'))]],
      [['1.2.3.4.5', utf8('unknown')]],
      [['2.5.4.5', tlv(0x13, Buffer.from('42'))]],
      [['2.5.4.97', utf8('VATDE-1')]],
    );
    for (const serialNumber of ['020100', '0201ff', '02020080', `0214${'7f'.repeat(20)}`]) {
      const x509 = forgeX509(base, { subject, serialNumber: Buffer.from(serialNumber, 'hex') });
      expect(readCertificate(x509)).toMatchObject(readWithOpenssl(x509.toString()));
    }
  });
});
