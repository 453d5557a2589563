import { createSecureContext, rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { loadTrust } from '../../lib/x509/trust.ts';
import { mint, pemBundle } from '../support/pki.ts';

describe('trust anchors', () => {
  test('are the roots that Node ships, and the same object every time', () => {
    const trust = loadTrust();
    expect(trust.pem).toHaveLength(rootCertificates.length);
    expect(loadTrust()).toBe(trust);
  });

  test('are joined by those of a PEM text, for paths and for OpenSSL alike', async () => {
    const [a, b] = await Promise.all([
      mint({ subject: 'CN=Private A', ca: true }),
      mint({ subject: 'CN=Private B', ca: true }),
    ]);
    const trust = loadTrust(
      `# ours\n${pemBundle(a, b)}\n-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n`,
    );
    expect(trust.bySubject('CN=Private B').map(({ x509 }) => x509.raw.equals(b.der))).toEqual([true]);
    expect(trust.pem).toHaveLength(rootCertificates.length + 2);
    expect(() => createSecureContext({ ca: [...trust.pem] })).not.toThrow();
    expect(loadTrust().bySubject('CN=Private B')).toEqual([]);
  });

  test('are found by name without regard to case and repeated spaces', async () => {
    const { pem } = await mint({ subject: 'CN=Private  CA', ca: true });
    expect(loadTrust(pem).bySubject('CN=private ca')).toHaveLength(1);
  });

  test.each([
    ['', /no CERTIFICATE block/],
    ['hello', /no CERTIFICATE block/],
    ['-----BEGIN CERTIFICATE-----\nMIIB!\n-----END CERTIFICATE-----\n', /line 1: line 2 is not base64/],
  ])('are not to be had from %j', (text, message) => {
    expect(() => loadTrust(text)).toThrow(message);
  });
});
