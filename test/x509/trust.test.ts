import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../lib/x509/certificate.ts';
import { loadTrust, mozillaStore, pemStore, systemStore } from '../../lib/x509/trust.ts';
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

describe('trust stores', () => {
  test('are Mozilla’s, the host’s and what a PEM text holds, each alone', async () => {
    const ours = await mint({ subject: 'CN=Private C', ca: true });
    const store = pemStore('ours', ours.pem.repeat(2));
    expect([store.name, mozillaStore().name, systemStore().name]).toEqual(['ours', 'mozilla', 'system']);
    expect(store.trust.bySubject('CN=Private C')).toHaveLength(1);
    expect(store.trust.pem).toHaveLength(1);
    expect(mozillaStore().trust.pem).toHaveLength(rootCertificates.length);
    expect(mozillaStore().trust.bySubject('CN=Private C')).toEqual([]);
    expect(() => pemStore('empty', '')).toThrow(/no CERTIFICATE block/);
  });

  test('of the host are read once and hold each anchor once', () => {
    const { trust } = systemStore();
    const pem = getCACertificates('system');
    expect(systemStore().trust).toBe(trust);
    expect(trust.pem).toHaveLength(pem.length);
    for (const one of pem.slice(0, 5)) {
      const x509 = new X509Certificate(one);
      const anchor = trust.byFingerprint(fingerprintOf(x509));
      expect(anchor?.x509.raw.equals(x509.raw)).toBe(true);
      expect(trust.bySubject(anchor?.subject ?? '').filter((other) => other === anchor)).toHaveLength(1);
    }
  });
});
