import { describe, expect, it } from 'vitest';
import { revocationText } from '../../../lib/cli/render/revocation.ts';

describe('whether a certificate was revoked', () => {
  it.each([
    [{ state: 'good', by: 'crl' }, 'not revoked (CRL)'],
    [{ state: 'good', by: 'ocsp', thisUpdate: '2026-01-01T00:00:00Z' }, 'not revoked (OCSP)'],
    [
      { state: 'revoked', by: 'crl', revokedAt: '2026-01-02T03:04:05Z', reason: 'keyCompromise' },
      'revoked since 2026-01-02 03:04:05 UTC, keyCompromise (CRL)',
    ],
    [{ state: 'revoked', by: 'staple' }, 'revoked (stapled OCSP)'],
    [
      { state: 'unknown', by: null, because: 'unreachable', detail: '\u001b[2J' },
      'unknown: nobody who would know could be asked (\\u{1b}[2J)',
    ],
  ] as const)('is said by %j', (status, text) => expect(revocationText(status)).toBe(text));
});
