import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../lib/x509/bundle.ts';
import { mintCanary } from '../../lib/x509/canary.ts';

describe('a canary', () => {
  it('is a certificate that OpenSSL verifies by its own key, valid for exactly the time asked for', () => {
    const seconds = fc.integer({ min: Date.UTC(2000, 0) / 1000, max: Date.UTC(2049, 11, 31) / 1000 });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const [begin, end] = [new Date(Math.min(a, b) * 1000), new Date(Math.max(a, b) * 1000)];
        const der = mintCanary(begin, end);
        const x509 = new X509Certificate(der);
        expect(x509.verify(x509.publicKey)).toBe(true);
        const [certificate] = readBundle(der).certificates;
        expect(certificate).toMatchObject({
          subject: 'CN=NotAfter canary',
          role: 'root',
          selfSigned: true,
          notBefore: `${begin.toISOString().slice(0, 19)}Z`,
          notAfter: `${end.toISOString().slice(0, 19)}Z`,
        });
      }),
      { numRuns: 30 },
    );
  });

  it('is another one every time', () => {
    const mint = () => mintCanary(new Date(0), new Date(1e12)).toString('hex');
    expect(mint()).not.toBe(mint());
  });
});
